"""What a process does beside the requests, from its start to its end."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import (
    AbstractAsyncContextManager,
    AsyncExitStack,
    asynccontextmanager,
    nullcontext,
)
from datetime import timedelta
from typing import Final

from starlette.applications import Starlette

from app.access import Access
from app.clock import now
from app.db.connections.database import Database
from app.db.connections.sole import Sole, Task
from app.housekeeping import Chore, doing
from app.service_manager import alive
from app.services.access.events import forget_old_events
from app.services.changes import forget_old_changes
from app.services.idempotency import forget_old_keys
from app.services.person_time_off.deleted import forget_deleted
from app.services.personal_data.retention import forget_old_reasons
from app.services.sync.driver import forget_old_runs
from app.services.webhooks.sender import forget_old_attempts
from app.settings import Settings
from app.sync import Sync
from app.watching import Watching
from app.webhooks import Webhooks
from graphql_schema.context import Services

FORGET_EVERY: Final = timedelta(minutes=5)
FORGET_REASONS_EVERY: Final = timedelta(hours=1)
STORE_EVENTS_EVERY: Final = timedelta(seconds=1)


def lifespan(
    settings: Settings,
    database: Database,
    access: Access,
    services: Services,
    webhooks: Webhooks,
    sync: Sync,
    watching: Watching,
) -> Callable[[Starlette], AbstractAsyncContextManager[None]]:
    """Return what runs beside the requests.

    The database is watched, what is old is forgotten, access events are stored, the messages
    of webhooks are sent, and connected systems are read.
    """
    forgetter = database.sole(Task.FORGETTING)
    chores = [
        *_forgetting(settings, database, forgetter),
        Chore(STORE_EVENTS_EVERY, services.access_events.store_noted, at_the_end=True),
        *access.chores,
        *watching.chores,
    ]

    # In the order in which they are made: each ends before what it needs, also where one fails.
    closing = (
        database.close,
        watching.close,
        services.change_streams.followers.close,
        webhooks.close,
        access.close,
        forgetter.release,
    )

    @asynccontextmanager
    async def running(_: Starlette) -> AsyncIterator[None]:
        async with AsyncExitStack() as ending:
            for close in closing:
                ending.push_async_callback(close)
            access.start()
            watches = [database.watch()]
            if database.replica is not None:
                watches.append(database.replica.watch())
            for watch in watches:
                ending.callback(asyncio.create_task(watch).cancel)
            sending = webhooks.sending() if settings.webhooks else nullcontext()
            driving = sync.driving() if settings.sync else nullcontext()
            async with alive(), doing(chores), sending, driving:
                yield

    return running


def _forgetting(settings: Settings, database: Database, forgetter: Sole) -> list[Chore]:
    """Return how what is old is forgotten."""

    async def forget_keys() -> None:
        await forget_old_keys(database, now(), settings.limit_idempotency_keys)

    async def forget_events() -> None:
        if not database.is_read_only:  # a replica's primary does so
            await forget_old_events(database, now(), settings.keep_access_events_days)

    async def forget_changes() -> None:
        days = settings.keep_changes_days
        if days is not None and not database.is_read_only:
            await forget_old_changes(database, now(), days)

    async def forget_attempts_and_records() -> None:
        if not database.is_read_only:
            await forget_old_attempts(database, now())
            await forget_deleted(database, now())
            await forget_old_runs(database, now())

    return [
        Chore(FORGET_EVERY, forget_changes, at_the_start=False),
        Chore(FORGET_EVERY, forget_keys),
        Chore(FORGET_EVERY, forget_attempts_and_records, at_the_start=False),
        Chore(FORGET_EVERY, forget_events, at_the_start=False),
        Chore(FORGET_REASONS_EVERY, _forgetting_reasons(settings, database, forgetter)),
    ]


def _forgetting_reasons(
    settings: Settings, database: Database, forgetter: Sole
) -> Callable[[], Awaitable[None]]:
    """Return what forgets old reasons, if it is wanted: one of all processes, until it ends."""

    async def forget_reasons() -> None:
        days = settings.keep_reasons_days
        if days is None or database.is_read_only:
            return
        if await forgetter.take():
            await forget_old_reasons(database, now(), days)

    return forget_reasons
