"""Settling one system's time off into the other."""

import datetime as dt  # a field is named date
from enum import Enum
from typing import Annotated, Self

import strawberry

from app.domain import mirror as domain
from app.domain.access import Permission
from app.domain.durations import hours_of_seconds
from app.domain.identifiers import Kind
from app.domain.person_time_off import ROUNDING_MINUTES
from app.domain.time_off_entries import MAX_ENTRIES_OF_A_CREATE
from app.services.caller import REASON
from app.services.mirror.kantata_to_procore import MirroredEntries
from app.services.mirror.procore_to_kantata import MirroredPersonTimeOff, SettledDay
from app.services.mirror.service import MirrorEntries, MirrorPersonTimeOff
from graphql_schema.access.requires import requires
from graphql_schema.acknowledgements.inputs import SeenDayInput, seen_days
from graphql_schema.arguments import DRY_RUN, IDEMPOTENCY_KEY, IF_UNCHANGED, INPUT
from graphql_schema.context import Info
from graphql_schema.directory.types import User
from graphql_schema.errors import Warning
from graphql_schema.mirror.types import Loss
from graphql_schema.mutation import Refusable, WithDays, WithWarnings, mutation, show_provisional
from graphql_schema.node import load_node
from graphql_schema.person_time_off.types import PersonTimeOff
from graphql_schema.time_off_entries.types import TimeOffEntry

LOST = "What the other system cannot keep of the settled days, in plain words."
LOSSES = (
    "The same as `lost`, in its order, with a code and the facts for words of one's own. Empty "
    "where a key is answered as by a version that had no codes."
)
FROM = "Only days from this one on are settled; left out, from the first."
TO = "Only days up to this one are settled; left out, to the last."

_WRITING = requires(Permission.WRITE_TIME_OFF)


@strawberry.enum(description="What became of a day that was settled.")
class MirrorOutcome(Enum):
    CREATED = strawberry.enum_value(
        domain.MirrorOutcome.CREATED, description="The day had no entry: a new one."
    )
    COMBINED = strawberry.enum_value(
        domain.MirrorOutcome.COMBINED,
        description="The day's entry became what both have: the larger of the two.",
    )
    UNCHANGED = strawberry.enum_value(
        domain.MirrorOutcome.UNCHANGED, description="It was settled before, and still is."
    )
    ADJUSTED = strawberry.enum_value(
        domain.MirrorOutcome.ADJUSTED,
        description="It was settled before, and Procore's time off has changed since, or the "
        "link of the worker.",
    )
    REMOVED = strawberry.enum_value(
        domain.MirrorOutcome.REMOVED,
        description="All of its hours had come from Procore, which has none of this user any more.",
    )


@strawberry.type(description="What became of one user's day.")
class MirrorResult:
    date: dt.date = strawberry.field(description="The day.")
    outcome: MirrorOutcome = strawberry.field(description="What became of it.")
    hours_before: float = strawberry.field(
        description="The hours of the day's entry until now; 0 for none."
    )
    hours_after: float = strawberry.field(
        description="The hours of the day's entry from now on; 0 when it was taken back whole."
    )
    time_off_entry: TimeOffEntry | None = strawberry.field(
        description="The day's entry; null when it was taken back whole."
    )
    user_key: strawberry.Private[int]

    @strawberry.field(
        description="Whose day it is: the user who is linked with the person, or one to whom an "
        "earlier conversion had brought hours, which are taken back."
    )
    async def user(self, info: Info) -> User:
        return await load_node(info, Kind.USER, self.user_key)

    @classmethod
    def from_domain(cls, settled: SettledDay, entry: TimeOffEntry | None) -> Self:
        return cls(
            date=settled.date,
            outcome=MirrorOutcome(settled.outcome),
            hours_before=hours_of_seconds(settled.seconds_before),
            hours_after=hours_of_seconds(settled.seconds_after),
            time_off_entry=entry,
            user_key=settled.user_id,
        )


@strawberry.input(
    description="Procore time off to settle into Kantata as entries; again changes nothing."
)
class MirrorPersonTimeOffInput:
    id: strawberry.ID = strawberry.field(
        description="The record. One that was deleted is accepted: what it had brought is taken "
        "back, from whomever has it."
    )
    from_: dt.date | None = strawberry.field(name="from", default=None, description=FROM)
    to: dt.date | None = strawberry.field(default=None, description=TO)
    if_unchanged: list[SeenDayInput] | None = strawberry.field(
        default=None, description=IF_UNCHANGED
    )
    dry_run: bool = strawberry.field(default=False, description=DRY_RUN)
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)

    def to_domain(self) -> MirrorPersonTimeOff:
        return MirrorPersonTimeOff(
            id=self.id,
            dry_run=self.dry_run,
            idempotency_key=self.idempotency_key,
            first_day=self.from_,
            last_day=self.to,
            if_unchanged=seen_days(self.if_unchanged),
        )


@strawberry.type(description="What became of the days.")
class MirrorPersonTimeOffPayload(Refusable, WithWarnings, WithDays):
    results: list[MirrorResult] = strawberry.field(
        default_factory=list, description="What became of each settled day, by date, then user."
    )
    time_off_entries: list[TimeOffEntry] = strawberry.field(
        default_factory=list, description="The entries of the settled days."
    )
    lost: list[str] = strawberry.field(default_factory=list, description=LOST)
    losses: list[Loss] = strawberry.field(default_factory=list, description=LOSSES)

    @classmethod
    def from_domain(cls, mirrored: MirroredPersonTimeOff) -> Self:
        entries = {entry.id: TimeOffEntry.from_domain(entry) for entry in mirrored.entries}
        return cls(
            results=[
                MirrorResult.from_domain(each, entries[each.entry_id] if each.entry_id else None)
                for each in mirrored.results
            ],
            time_off_entries=list(entries.values()),
            lost=list(mirrored.lost),
            losses=list(map(Loss.from_domain, mirrored.losses)),
            warnings=Warning.list_from_domain(mirrored.warnings),
            touched=mirrored.touched,
            days_if_stored=mirrored.days_if_stored,
        )


@strawberry.input(
    description="Kantata entries to write into Procore as few spans and weekly repeats."
)
class MirrorTimeOffEntriesInput:
    ids: list[strawberry.ID] = strawberry.field(
        description=f"1 to {MAX_ENTRIES_OF_A_CREATE:,} entries."
    )
    is_paid: bool = strawberry.field(description="Whether the time off is paid.")
    reason: str = strawberry.field(description=REASON)
    batch_start_time: dt.time = strawberry.field(
        description=f"When each day's time off starts; rounded to {ROUNDING_MINUTES} minutes. It "
        "ends when the entry's hours are over."
    )
    round_to_quarter_hours: bool = strawberry.field(
        default=False,
        description="Write hours that are no multiple of a quarter as the nearest quarter; `lost` "
        "says by how much. Otherwise they are refused.",
    )
    from_: dt.date | None = strawberry.field(name="from", default=None, description=FROM)
    to: dt.date | None = strawberry.field(default=None, description=TO)
    if_unchanged: list[SeenDayInput] | None = strawberry.field(
        default=None, description=IF_UNCHANGED
    )
    dry_run: bool = strawberry.field(default=False, description=DRY_RUN)
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)

    def to_domain(self) -> MirrorEntries:
        return MirrorEntries(
            ids=list(self.ids),
            is_paid=self.is_paid,
            reason=self.reason,
            batch_start_time=self.batch_start_time,
            dry_run=self.dry_run,
            idempotency_key=self.idempotency_key,
            first_day=self.from_,
            last_day=self.to,
            if_unchanged=seen_days(self.if_unchanged),
            round_to_quarter_hours=self.round_to_quarter_hours,
        )


@strawberry.type(description="What became of the entries.")
class MirrorTimeOffEntriesPayload(Refusable, WithWarnings, WithDays):
    person_time_offs: list[PersonTimeOff] = strawberry.field(
        default_factory=list, description="The records that stand for the entries."
    )
    lost: list[str] = strawberry.field(default_factory=list, description=LOST)
    losses: list[Loss] = strawberry.field(default_factory=list, description=LOSSES)

    @classmethod
    def from_domain(cls, mirrored: MirroredEntries) -> Self:
        return cls(
            person_time_offs=list(map(PersonTimeOff.from_domain, mirrored.records)),
            lost=list(mirrored.lost),
            losses=list(map(Loss.from_domain, mirrored.losses)),
            warnings=Warning.list_from_domain(mirrored.warnings),
            touched=mirrored.touched,
            days_if_stored=mirrored.days_if_stored,
        )


@strawberry.type
class MirrorMutations:
    @mutation(
        MirrorPersonTimeOffPayload,
        "Settle Procore time off into Kantata OX: each of its days gets an entry of at least as "
        "many hours. Again it changes nothing; after the record changed or was deleted it "
        "settles the difference. After the worker's link was corrected or taken back, the hours "
        "are taken from the user who has them and given to the one who is linked.",
        _WRITING,
    )
    async def mirror_person_time_off(
        self, info: Info, input: Annotated[MirrorPersonTimeOffInput, INPUT]
    ) -> MirrorPersonTimeOffPayload:
        mirrored = await info.context.services.mirror.person_time_off(
            info.context.caller, input.to_domain()
        )
        if input.dry_run:
            show_provisional(info, entries=mirrored.entries)
        return MirrorPersonTimeOffPayload.from_domain(mirrored)

    @mutation(
        MirrorTimeOffEntriesPayload,
        "Write Kantata OX entries into Procore Workforce Planning as few spans and weekly "
        "repeats, which count exactly the entries' days and hours, or with `roundToQuarterHours` "
        "the nearest quarters. Again it changes nothing.",
        _WRITING,
    )
    async def mirror_time_off_entries(
        self, info: Info, input: Annotated[MirrorTimeOffEntriesInput, INPUT]
    ) -> MirrorTimeOffEntriesPayload:
        mirrored = await info.context.services.mirror.entries(
            info.context.caller, input.to_domain()
        )
        if input.dry_run:
            show_provisional(info, records=mirrored.records)
        return MirrorTimeOffEntriesPayload.from_domain(mirrored)
