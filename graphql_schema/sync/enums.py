"""How connected systems do, and what becomes of a pass of reading."""

from collections.abc import Sequence
from enum import Enum
from typing import Final

import strawberry

from app.domain import filters
from app.domain.sync import conflicts, deliveries, flows, runs, upstreams
from graphql_schema.input_values import domain_value


@strawberry.enum(description="Which of the vendors' APIs is spoken.")
class UpstreamApi(Enum):
    KANTATA_OX = strawberry.enum_value(
        upstreams.UpstreamApi.KANTATA_OX, description="Kantata OX, `https://api.mavenlink.com`."
    )
    PROCORE_REST = strawberry.enum_value(
        upstreams.UpstreamApi.PROCORE_REST,
        description="Procore Workforce Planning, `https://api.procore.com`.",
    )


@strawberry.enum(description="Who may change the records that a connected system has.")
class SyncDirection(Enum):
    READ_ONLY = strawberry.enum_value(
        upstreams.SyncDirection.READ_ONLY,
        description="The vendor alone: its records are read, and refused to be written here "
        "(`READ_ONLY_SYSTEM`).",
    )
    TWO_WAY = strawberry.enum_value(
        upstreams.SyncDirection.TWO_WAY,
        description="Both: what is changed here is written there (`deliveries`), once somebody has "
        "looked at what that is for the first time.",
    )


@strawberry.enum(description="Whose version holds where both sides have changed the same.")
class ConflictPolicy(Enum):
    VENDOR_WINS = strawberry.enum_value(
        conflicts.ConflictPolicy.VENDOR_WINS,
        description="The connected system's: planners and payroll look there.",
    )
    GATEWAY_WINS = strawberry.enum_value(
        conflicts.ConflictPolicy.GATEWAY_WINS, description="The one that is here."
    )
    ASK = strawberry.enum_value(
        conflicts.ConflictPolicy.ASK,
        description="Neither until somebody decides it: `resolveSyncConflict`.",
    )


@strawberry.enum(description="Whether a record is one that a connected system has.")
class SyncState(Enum):
    LOCAL = strawberry.enum_value(
        deliveries.SyncState.LOCAL, description="No connected system has it: it is only here."
    )
    IN_SYNC = strawberry.enum_value(
        deliveries.SyncState.IN_SYNC,
        description="It is as the connected system had it when that was last read.",
    )
    PENDING = strawberry.enum_value(
        deliveries.SyncState.PENDING, description="It is to be written to the connected system."
    )
    UNCERTAIN = strawberry.enum_value(
        deliveries.SyncState.UNCERTAIN,
        description="It was sent, and the system has not said what became of it: that is looked "
        "at before anything is sent again.",
    )
    BLOCKED = strawberry.enum_value(
        deliveries.SyncState.BLOCKED, description="The connected system refuses it: `deliveries`."
    )
    CONFLICT = strawberry.enum_value(
        deliveries.SyncState.CONFLICT,
        description="The system has changed it as well, and somebody has to decide.",
    )
    OUTSIDE_WINDOW = strawberry.enum_value(
        deliveries.SyncState.OUTSIDE_WINDOW,
        description="It lies outside of the days that are kept alike.",
    )


SYNC_STATES: Final = "Its `syncState` was one of these when the list was read."


def read_sync_states(asked: Sequence[SyncState] | None) -> filters.SyncStates | None:
    """Return the states that a filter asks for, or None where it asks for none."""
    if asked is None:
        return None
    states: frozenset[deliveries.SyncState] = frozenset(map(domain_value, asked))
    return filters.SyncStates(states)


@strawberry.enum(description="How a connected system does.")
class UpstreamState(Enum):
    CHECKING = strawberry.enum_value(
        upstreams.UpstreamState.CHECKING, description="Its credentials are being tried."
    )
    IMPORTING = strawberry.enum_value(
        upstreams.UpstreamState.IMPORTING, description="Everything is read for the first time."
    )
    RUNNING = strawberry.enum_value(
        upstreams.UpstreamState.RUNNING, description="What changes there is read again and again."
    )
    WAITING = strawberry.enum_value(
        upstreams.UpstreamState.WAITING,
        description="It does not answer, or asks to be left alone; it is asked again at "
        "`nextTryAt`.",
    )
    NEEDS_CREDENTIALS = strawberry.enum_value(
        upstreams.UpstreamState.NEEDS_CREDENTIALS,
        description="It refuses the credentials: `replaceUpstreamCredentials`.",
    )
    NEEDS_REVIEW = strawberry.enum_value(
        upstreams.UpstreamState.NEEDS_REVIEW,
        description="A person has to look, for the reason of `stateReason`: before much is deleted "
        "here (`MASS_DELETION`, which ends by itself when all is there again), before anything is "
        "written there for the first time (`FIRST_WRITE`), or because another program changes back "
        "what is written (`FLAPPING`). `resumeUpstream` approves it; reading goes on.",
    )
    PAUSED = strawberry.enum_value(
        upstreams.UpstreamState.PAUSED, description="Nothing is asked until `resumeUpstream`."
    )
    DISCONNECTED = strawberry.enum_value(
        upstreams.UpstreamState.DISCONNECTED, description="It is connected no more."
    )


@strawberry.enum(description="What a pass reads.")
class SyncRunKind(Enum):
    DIRECTORY = strawberry.enum_value(
        runs.RunKind.DIRECTORY, description="Users, roles, workweeks and holidays; or people."
    )
    FULL = strawberry.enum_value(
        runs.RunKind.FULL, description="All time off of the window, also what is gone there."
    )
    INCREMENTAL = strawberry.enum_value(
        runs.RunKind.INCREMENTAL, description="What was made or changed since the last pass."
    )
    SURVEY = strawberry.enum_value(
        runs.RunKind.SURVEY,
        description="What Procore says of everybody at once: whose time off is read first.",
    )
    SWEEP = strawberry.enum_value(
        runs.RunKind.SWEEP, description="The time off of some people, one after the other."
    )


@strawberry.enum(description="What became of a pass.")
class SyncRunState(Enum):
    RUNNING = strawberry.enum_value(runs.RunState.RUNNING, description="It is under way.")
    SUCCEEDED = strawberry.enum_value(runs.RunState.SUCCEEDED, description="It came to its end.")
    FAILED = strawberry.enum_value(
        runs.RunState.FAILED, description="It ended before; `message` says why."
    )
    STOPPED = strawberry.enum_value(
        runs.RunState.STOPPED, description="The gateway ended; the next one goes on there."
    )


@strawberry.enum(description="Where a delivery is.")
class DeliveryState(Enum):
    PENDING = strawberry.enum_value(
        deliveries.DeliveryState.PENDING, description="It is to be written."
    )
    UNCERTAIN = strawberry.enum_value(
        deliveries.DeliveryState.UNCERTAIN,
        description="It was sent, and nobody knows yet what became of it: the system is asked when "
        "a late answer cannot come any more, before anything is sent again.",
    )
    BLOCKED = strawberry.enum_value(
        deliveries.DeliveryState.BLOCKED,
        description="The system refuses it: `retryDeliveries`, `giveUpDeliveries`, or change it.",
    )
    HELD = strawberry.enum_value(
        deliveries.DeliveryState.HELD,
        description="It waits for a decision (`resolveSyncConflict`), or lies outside of the "
        "window.",
    )


@strawberry.enum(description="How two versions came to differ.")
class SyncConflictKind(Enum):
    BOTH_CHANGED = strawberry.enum_value(
        conflicts.SyncConflictKind.BOTH_CHANGED, description="Both sides have changed it."
    )
    CHANGED_HERE_DELETED_THERE = strawberry.enum_value(
        conflicts.SyncConflictKind.CHANGED_HERE_DELETED_THERE,
        description="It was changed here and deleted there.",
    )
    DELETED_HERE_CHANGED_THERE = strawberry.enum_value(
        conflicts.SyncConflictKind.DELETED_HERE_CHANGED_THERE,
        description="It was deleted here and changed there.",
    )
    FIRST_CONTACT = strawberry.enum_value(
        conflicts.SyncConflictKind.FIRST_CONTACT,
        description="Both had it, and differ, before they were ever compared.",
    )


@strawberry.enum(description="What is to be done to the record of a connected system.")
class DeliveryOperation(Enum):
    CREATE = strawberry.enum_value(
        deliveries.DeliveryOperation.CREATE, description="It is not there, and is to be made."
    )
    UPDATE = strawberry.enum_value(
        deliveries.DeliveryOperation.UPDATE, description="It is there, and is to be otherwise."
    )
    DELETE = strawberry.enum_value(
        deliveries.DeliveryOperation.DELETE, description="It is not here any more, and is to go."
    )


@strawberry.enum(description="One of two systems that have the same record.")
class SyncSide(Enum):
    GATEWAY = strawberry.enum_value(
        conflicts.SyncSide.GATEWAY, description="What is here; it is written there."
    )
    VENDOR = strawberry.enum_value(
        conflicts.SyncSide.VENDOR, description="What is there; it is taken."
    )


@strawberry.enum(description="From which source system into which time off is carried by itself.")
class SyncFlow(Enum):
    NONE = strawberry.enum_value(flows.SyncFlow.NONE, description="From none into none.")
    PROCORE_TO_KANTATA = strawberry.enum_value(
        flows.SyncFlow.PROCORE_TO_KANTATA,
        description="What becomes of a record of Procore Workforce Planning is carried to the "
        "entries of Kantata OX, as `mirrorPersonTimeOff` does, a second later.",
    )
    KANTATA_TO_PROCORE = strawberry.enum_value(
        flows.SyncFlow.KANTATA_TO_PROCORE,
        description="What becomes of entries of Kantata OX is carried to records of Procore "
        "Workforce Planning, as `mirrorTimeOffEntries` does, a second later. The records follow "
        "the entries until somebody else changes or deletes one: that is theirs from then on.",
    )
    BOTH = strawberry.enum_value(
        flows.SyncFlow.BOTH,
        description="Both. Hours that came from one system are not carried back to it. What "
        "somebody makes of a record that was made of entries holds for these, too.",
    )
