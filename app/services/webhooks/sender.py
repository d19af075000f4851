"""Sends what webhooks are to be told: in one process at a time of all that share the database.

Nothing runs where there is no webhook but a look for one, now and then. Webhooks do not wait for
each other: each has a task of its own while it has something to be told.
"""

import asyncio
from collections.abc import Callable, Collection, Coroutine, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from time import monotonic
from typing import Any, Final

from app.db.connections.database import Database
from app.db.connections.direct_reads import Ready
from app.db.connections.sole import Sole
from app.db.reading import webhooks as stored
from app.db.reading.webhooks import Overview
from app.db.writing import webhooks as store
from app.domain.errors import Unavailable
from app.domain.webhooks import KEPT_FOR, Outcome, Webhook, WebhookStatus
from app.services.waits import wait_for_any
from app.services.webhooks.delivering import STORED_EVERY_SECONDS, Deliveries, Place

LOOK_SECONDS: Final = 2.0
"""How often a process looks whether there are webhooks, and whether it is the one that sends."""
APART_SECONDS: Final = 0.05
"""Between two looks for what is due, however often the bell rings: it does so with each commit."""
FEW: Final = 20
"""Changes: who is no further behind, and was not told of others a moment ago, is told at once."""
SETTLE_SECONDS: Final = 0.5
"""For which a webhook is left alone at most while changes keep coming: many are one message."""
HELD_SECONDS: Final = 1.0
"""How often the one that sends looks whether it still is."""
COUNTED_SECONDS: Final = 10.0
"""How old what the metrics say of all webhooks may be."""
LEFT_ALONE_SECONDS: Final = 2.0
"""A webhook whose telling ended by a fault or an outage."""
GRACE_SECONDS: Final = 3.0
"""For statements that are under way when the process ends."""

_NOTHING: Final = Overview(0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class SenderFigures:
    """What this process has sent, and how the webhooks do if it is the one that sends."""

    deliveries: Mapping[str, int]
    webhooks: Mapping[str, int]
    furthest_behind: int


@dataclass(slots=True)
class Runs:
    """What goes on for each webhook: its task, how far it was looked at, when it may run again."""

    tasks: dict[str, "asyncio.Task[None]"] = field(default_factory=dict)
    places: dict[str, Place] = field(default_factory=dict)
    not_before: dict[str, float] = field(default_factory=dict)
    caught_up_at: dict[str, float] = field(default_factory=dict)
    seen: dict[str, tuple[int, float]] = field(default_factory=dict)
    """The last change when it was found to be behind, and since when it waits."""
    sure: set[str] = field(default_factory=set)
    """The webhooks of which all is stored that was sent here."""

    def may_start(self, webhook: Webhook) -> bool:
        """Say whether there is something to be done for a webhook that is behind.

        It may be behind only because it is not stored yet how far it was looked at.
        """
        if webhook.id in self.tasks or monotonic() < self.not_before.get(webhook.id, 0):
            return False
        place, last = self.places.get(webhook.id), webhook.passed + webhook.behind
        if place != (webhook.revision, webhook.passed, last):
            return not self._is_growing(webhook, last)
        return monotonic() - self.caught_up_at[webhook.id] >= STORED_EVERY_SECONDS

    def _is_growing(self, webhook: Webhook, last: int) -> bool:
        """Say whether more is to come soon, so that it is better told together."""
        now = monotonic()
        place, told_at = self.places.get(webhook.id), self.caught_up_at.get(webhook.id, 0)
        looked_to = webhook.passed if place is None else max(place.looked_to, webhook.passed)
        if last - looked_to <= FEW and now - told_at >= SETTLE_SECONDS:
            return False
        seen, since = self.seen.pop(webhook.id, (None, now))
        if seen == last or now - since >= SETTLE_SECONDS:
            return False
        self.seen[webhook.id] = last, since
        return True

    def ended(self, id_: str, place: Place | None) -> None:
        """Remember how far a webhook was looked at."""
        self.caught_up_at[id_] = monotonic()
        self.seen.pop(id_, None)
        self.sure.add(id_)
        if place is not None:
            self.places[id_] = place

    def forget_all_but(self, ids: Collection[str]) -> None:
        """Forget the webhooks that have had nothing to be told for a while."""
        now, kept = monotonic(), set(ids)
        kept |= {id_ for id_, at in self.caught_up_at.items() if now - at < SETTLE_SECONDS}
        for each in (self.places, self.not_before, self.caught_up_at, self.seen):
            for id_ in each.keys() - kept:
                del each[id_]


class WebhookSender:
    """Runs beside the requests of a process.

    ``woken`` is set where somebody has changed a webhook here, so that it need not wait for the
    next look; ``told`` is given what went wrong.
    """

    def __init__(
        self,
        database: Database,
        deliveries: Deliveries,
        clock: Callable[[], datetime],
        woken: asyncio.Event,
        told: Callable[[Exception], object],
    ) -> None:
        self._database, self._deliveries = database, deliveries
        self._clock, self._woken, self._told = clock, woken, told
        self._overview = _NOTHING
        self._counted_at = float("-inf")

    @property
    def figures(self) -> SenderFigures:
        """What was sent, and how webhooks do."""
        seen = self._overview
        return SenderFigures(
            deliveries={each.value: self._deliveries.counted[each] for each in Outcome},
            webhooks={
                WebhookStatus.ACTIVE: seen.webhooks - seen.disabled - seen.failing,
                WebhookStatus.FAILING: seen.failing,
                WebhookStatus.DISABLED: seen.disabled,
            },
            furthest_behind=seen.furthest_behind,
        )

    async def run(self, stopping: asyncio.Event) -> None:
        """Send until ``stopping`` is set, whatever becomes of the database meanwhile."""
        sole = self._database.sole()
        try:
            while not stopping.is_set():
                try:
                    await self._send_if_needed(sole, stopping)
                except Exception as fault:  # noqa: BLE001 - the next look may be better
                    self._told(fault)
                self._overview, self._counted_at = _NOTHING, float("-inf")
                await self._pause(LOOK_SECONDS, stopping)
        finally:
            await sole.release()

    async def _send_if_needed(self, sole: Sole, stopping: asyncio.Event) -> None:
        if self._database.is_read_only or not await self._is_any():
            await sole.release()
        elif await sole.take():
            await self._send(sole, stopping)

    async def _is_any(self) -> bool:
        async with self._database.reading() as connection:
            return await stored.is_any_webhook(connection)

    async def _send(self, sole: Sole, stopping: asyncio.Event) -> None:
        """Send while the lock is ours and there are webhooks."""
        runs, ending = Runs(), asyncio.Event()
        held_at = monotonic()
        with self._database.bell() as bell:
            ringing = asyncio.create_task(bell.rung(LOOK_SECONDS))
            try:
                while not stopping.is_set():
                    looked_at = monotonic()
                    self._woken.clear()
                    if looked_at - held_at >= HELD_SECONDS:
                        if not await sole.is_held() or not await self._is_any():
                            return
                        held_at = looked_at
                    await self._count()
                    seconds = await self._start_due(runs, ending)
                    ringing = _again(ringing, lambda: bell.rung(LOOK_SECONDS))
                    waits = [ringing, *_waits(stopping, self._woken)]
                    await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
                    await _cancel(waits[1:])
                    await asyncio.sleep(looked_at + APART_SECONDS - monotonic())
            finally:
                ending.set()
                await _cancel([ringing])
                await _end(runs.tasks.values())

    async def _behind(self) -> list[Webhook]:
        """Return the webhooks that have changes to pass: looked at with each commit, or nearly."""
        direct = self._database.direct
        reading = stored.WebhooksBehind.of(direct.dialect)
        found = await direct.read(Ready.of(reading.statement, {}), lambda _: {})
        if found is not None:
            return reading.webhooks(found[0])
        async with self._database.reading() as connection:
            return await stored.webhooks_behind(connection)

    async def _start_due(self, runs: Runs, ending: asyncio.Event) -> float:
        """Start telling the webhooks that are due; return when to look again at the latest."""
        behind = await self._behind()
        runs.forget_all_but([each.id for each in behind])
        now, seconds = self._clock(), HELD_SECONDS
        for webhook in behind:
            if wait := webhook.wait(now):
                seconds = min(seconds, wait.total_seconds())
                continue
            if not runs.may_start(webhook):
                seconds = min(seconds, APART_SECONDS if webhook.id in runs.seen else seconds)
            else:
                telling = self._tell(runs, webhook.id, ending)
                runs.tasks[webhook.id] = asyncio.create_task(telling)
        return max(seconds, 0.01)

    async def _tell(self, runs: Runs, id_: str, ending: asyncio.Event) -> None:
        is_sure, place = id_ in runs.sure, runs.places.get(id_)
        runs.sure.discard(id_)
        try:
            runs.ended(id_, await self._deliveries.tell(id_, place, ending, is_sure=is_sure))
        except Exception as fault:  # noqa: BLE001 - others go on, and so does this one, later
            runs.not_before[id_] = monotonic() + LEFT_ALONE_SECONDS
            self._told(fault)
        finally:
            del runs.tasks[id_]
            self._woken.set()

    async def _count(self) -> None:
        if monotonic() - self._counted_at >= COUNTED_SECONDS:
            async with self._database.reading() as connection:
                self._overview = await stored.overview(connection)
            self._counted_at = monotonic()

    async def _pause(self, seconds: float, stopping: asyncio.Event) -> None:
        await wait_for_any(seconds, stopping, self._woken)
        self._woken.clear()


async def forget_old_attempts(database: Database, now: datetime) -> int:
    """Delete what was sent longer ago than it is listed; return how many attempts."""
    moment, forgotten = now - KEPT_FOR, 0
    async with database.reading() as connection:
        if not await stored.is_any_attempt_before(connection, moment):
            return 0
    while True:
        async with database.writing() as connection:
            some = await store.forget_attempts_before(connection, moment)
        if not some:
            return forgotten
        forgotten += some


def _waits(*events: asyncio.Event) -> list["asyncio.Task[Any]"]:
    return [asyncio.create_task(each.wait()) for each in events]


def _again(
    ringing: "asyncio.Task[None]", ring: Callable[[], Coroutine[Any, Any, None]]
) -> "asyncio.Task[None]":
    """Return the task that waits for the bell; an outage while it waited is raised here."""
    if not ringing.done():
        return ringing
    ringing.result()
    return asyncio.create_task(ring())


async def _cancel(tasks: Collection["asyncio.Task[Any]"]) -> None:
    for task in tasks:
        task.cancel()
    for task in tasks:
        with suppress(asyncio.CancelledError, Unavailable):
            await task


async def _end(tasks: Collection["asyncio.Task[None]"]) -> None:
    """Wait for what is in the middle of a statement; what sends has been told to end."""
    under_way = list(tasks)
    if under_way:
        await asyncio.wait(under_way, timeout=GRACE_SECONDS)
    for task in under_way:
        task.cancel()
