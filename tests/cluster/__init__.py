"""PostgreSQL on several nodes of one machine: `scripts/cluster`, and the tests of failovers."""
