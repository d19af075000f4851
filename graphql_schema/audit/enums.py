"""How callers prove who they are, the doors through which they come, and what they do there."""

from enum import Enum

import strawberry

from app.domain import access, access_events


@strawberry.enum(description="How a caller proved who it is.")
class CallerKind(Enum):
    LOCAL = strawberry.enum_value(
        access.CallerKind.LOCAL,
        description="Nothing had to be proved: one's own machine before the first token is made, "
        "or `TIMEOFF_AUTH=off`.",
    )
    COMMAND = strawberry.enum_value(
        access.CallerKind.COMMAND, description="The `timeoff` command, on the gateway's machine."
    )
    TOKEN = strawberry.enum_value(access.CallerKind.TOKEN, description="By an API token.")
    OIDC = strawberry.enum_value(
        access.CallerKind.OIDC, description="By a token of an OpenID Connect issuer."
    )
    SESSION = strawberry.enum_value(
        access.CallerKind.SESSION, description="By the session of a browser that has signed in."
    )


@strawberry.enum(description="The door through which something came.")
class Via(Enum):
    GRAPHQL = strawberry.enum_value(
        access.Via.GRAPHQL, description="This API, over HTTP or WebSocket; the calendar's page too."
    )
    KANTATA_REST = strawberry.enum_value(
        access.Via.KANTATA_REST, description="Kantata OX's own REST endpoints."
    )
    PROCORE_REST = strawberry.enum_value(
        access.Via.PROCORE_REST, description="Procore Workforce Planning's own REST endpoints."
    )
    PAGE = strawberry.enum_value(
        access.Via.PAGE, description="A page or a download, such as the CSV export."
    )
    IMPORT = strawberry.enum_value(access.Via.IMPORT, description="`timeoff import`.")
    COMMAND = strawberry.enum_value(
        access.Via.COMMAND, description="Another command of `timeoff`, such as `timeoff seed`."
    )
    FLOW = strawberry.enum_value(
        access.Via.FLOW,
        description="The gateway itself, carrying time off from one source system to the other.",
    )
    SYNC = strawberry.enum_value(
        access.Via.SYNC, description="The gateway itself, synchronizing with a source system."
    )
    WEBHOOK = strawberry.enum_value(
        access.Via.WEBHOOK, description="The gateway itself, sending messages of webhooks."
    )


@strawberry.enum(description="What happened that changes no record.")
class AccessEventKind(Enum):
    SIGNED_IN = strawberry.enum_value(
        access_events.AccessEventKind.SIGNED_IN, description="Somebody signed in at `/sign-in`."
    )
    SIGNED_OUT = strawberry.enum_value(
        access_events.AccessEventKind.SIGNED_OUT, description="Somebody signed out."
    )
    SESSION_REVOKED = strawberry.enum_value(
        access_events.AccessEventKind.SESSION_REVOKED,
        description="A session was ended by somebody else than its own browser, or by a sign-in "
        "that was one too many.",
    )
    REFUSED = strawberry.enum_value(
        access_events.AccessEventKind.REFUSED,
        description="Bad credentials came: as often as `count` says, from one `peer` in a minute.",
    )
    TOKEN_CREATED = strawberry.enum_value(
        access_events.AccessEventKind.TOKEN_CREATED, description="An API token was made."
    )
    TOKEN_ROTATED = strawberry.enum_value(
        access_events.AccessEventKind.TOKEN_ROTATED, description="An API token got a new secret."
    )
    TOKEN_REVOKED = strawberry.enum_value(
        access_events.AccessEventKind.TOKEN_REVOKED, description="An API token was revoked."
    )
    EXPORTED = strawberry.enum_value(
        access_events.AccessEventKind.EXPORTED,
        description=(
            "The schedule was exported, by link or by command; or somebody was given all that is "
            "kept about a person."
        ),
    )
    FEED_LINK_FIRST_USED = strawberry.enum_value(
        access_events.AccessEventKind.FEED_LINK_FIRST_USED,
        description="The link of a calendar feed was read for the first time since it was issued.",
    )
    WEBHOOK_CREATED = strawberry.enum_value(
        access_events.AccessEventKind.WEBHOOK_CREATED, description="A webhook was made."
    )
    WEBHOOK_UPDATED = strawberry.enum_value(
        access_events.AccessEventKind.WEBHOOK_UPDATED,
        description="A webhook got another address, or other types.",
    )
    WEBHOOK_ROTATED = strawberry.enum_value(
        access_events.AccessEventKind.WEBHOOK_ROTATED, description="A webhook got a new secret."
    )
    WEBHOOK_REPLAYED = strawberry.enum_value(
        access_events.AccessEventKind.WEBHOOK_REPLAYED,
        description="A webhook was set to another place of the change feed.",
    )
    WEBHOOK_ENABLED = strawberry.enum_value(
        access_events.AccessEventKind.WEBHOOK_ENABLED,
        description="A webhook that was disabled goes on.",
    )
    WEBHOOK_DISABLED = strawberry.enum_value(
        access_events.AccessEventKind.WEBHOOK_DISABLED,
        description="The gateway has disabled a webhook: its receiver is gone, or has failed for "
        "five days.",
    )
    WEBHOOK_DELETED = strawberry.enum_value(
        access_events.AccessEventKind.WEBHOOK_DELETED, description="A webhook was deleted."
    )
    PERSON_ERASED = strawberry.enum_value(
        access_events.AccessEventKind.PERSON_ERASED,
        description="Somebody's name, e-mail and reasons were erased; `details` has the worker's "
        "id and how much it was.",
    )
    PERSON_MOVED = strawberry.enum_value(
        access_events.AccessEventKind.PERSON_MOVED,
        description="Somebody was moved to this company, or away from it; `details` has the "
        "worker's id, which of the two it was, and how much it was.",
    )
    UPSTREAM_CONNECTED = strawberry.enum_value(
        access_events.AccessEventKind.UPSTREAM_CONNECTED,
        description="A source system was connected; `details` has the upstream's id and its API.",
    )
    UPSTREAM_CHANGED = strawberry.enum_value(
        access_events.AccessEventKind.UPSTREAM_CHANGED,
        description="A connected system got another window, direction or conflict policy.",
    )
    UPSTREAM_CREDENTIALS_REPLACED = strawberry.enum_value(
        access_events.AccessEventKind.UPSTREAM_CREDENTIALS_REPLACED,
        description="A connected system got other credentials.",
    )
    UPSTREAM_PAUSED = strawberry.enum_value(
        access_events.AccessEventKind.UPSTREAM_PAUSED, description="A connected system was paused."
    )
    UPSTREAM_RESUMED = strawberry.enum_value(
        access_events.AccessEventKind.UPSTREAM_RESUMED,
        description="A connected system was resumed by somebody, or its review ended.",
    )
    UPSTREAM_DISCONNECTED = strawberry.enum_value(
        access_events.AccessEventKind.UPSTREAM_DISCONNECTED,
        description="A source system was disconnected; time off that came from it stays.",
    )
    DELIVERIES_RETRIED = strawberry.enum_value(
        access_events.AccessEventKind.DELIVERIES_RETRIED,
        description="Days that a connected system had refused were to be tried once more; "
        "`details` has how many.",
    )
    DELIVERIES_GIVEN_UP = strawberry.enum_value(
        access_events.AccessEventKind.DELIVERIES_GIVEN_UP,
        description="Of days that a connected system had refused its version was to be taken; "
        "`details` has how many.",
    )
    SYNC_CONFLICT_RESOLVED = strawberry.enum_value(
        access_events.AccessEventKind.SYNC_CONFLICT_RESOLVED,
        description="Somebody decided whose version of a day holds; `details` has whose.",
    )
    SYNC_FLOW_SET = strawberry.enum_value(
        access_events.AccessEventKind.SYNC_FLOW_SET,
        description="Somebody decided from which source system into which time off is carried; "
        "`details` has it.",
    )
    RESTORED = strawberry.enum_value(
        access_events.AccessEventKind.RESTORED,
        description="The database was restored from a backup, by `timeoff restore`.",
    )
