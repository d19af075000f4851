"""The two source systems' own REST endpoints, wire-exact, over the services that GraphQL uses."""
