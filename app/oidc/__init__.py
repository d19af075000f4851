"""An issuer's tokens and the sign-in of people: OpenID Connect, seen from the relying party.

Nothing here knows services, the database or a face: tokens come in as text and go out as what they
say. ``app.oidc.settings`` is all that a server without an issuer imports of it.
"""
