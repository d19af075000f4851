"""Days of a user's entries, carried to Procore by a flow: one transaction for a user (rule 4.4).

Entries become records that are kept as *mirrored*: what changes of the entries changes them.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from app.db.reading import flows as known
from app.db.reading.calendars import calendars
from app.db.reading.lists_of_nouns import PERSON_TIME_OFFS
from app.db.reading.schedule import clock_hours
from app.db.reading.workers import workers_of_subjects
from app.db.writing import flows as kept
from app.db.writing import person_time_off as record_store
from app.db.writing import time_off_entries as entry_store
from app.db.writing.locks import lock_companies, lock_people
from app.db.writing.statements import REFERENCE_IDS
from app.domain.changes import Change
from app.domain.contributions import union_seconds
from app.domain.days import DaySpan
from app.domain.errors import TimeOffError
from app.domain.identifiers import user_subject
from app.domain.mirror import SpanPlan
from app.domain.mirror_days import service_reference
from app.domain.mirror_entries import NeededEntry
from app.domain.person_time_off import PersonTimeOff, plan
from app.domain.sync.mirrored import CarriedDay, MirroredRecord, Terms, origin_of, plan_of, replan
from app.domain.time_off_entries import ExternalReference
from app.domain.versions import next_version
from app.domain.workers import Worker
from app.services.changes import change
from app.services.person_time_off import deleted as deleted_records
from app.services.person_time_off.service import new_record
from app.services.writes import Write


@dataclass(frozen=True, slots=True)
class DaysWish:
    """Days of a user whose entries are to be carried, none of them before the first."""

    company_id: str
    user_id: int
    days: frozenset[date]
    first: date
    terms: Terms


@dataclass(frozen=True, slots=True)
class CarriedDays:
    """Why which days could not be carried; all others are."""

    problems: Mapping[date, TimeOffError] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Scene:
    """What there is, while nobody else writes it: the user's worker, and mirrored records.

    ``mirrored`` are the records that stand as they were made, by their ids. The others are not
    the flow's to change: somebody else has changed them.
    """

    worker: Worker
    is_here: bool
    mirrored: Mapping[str, tuple[MirroredRecord, PersonTimeOff]]

    @property
    def seconds(self) -> dict[date, int]:
        """What the mirrored records of the worker's person have of each day."""
        mine = [each for each, _ in self.mirrored.values()]
        return {
            day: seconds
            for each in mine
            if each.person_id == self.worker.person_id
            for day, seconds in each.seconds.items()
        }

    def reached_by(self, days: Collection[date], first: date) -> list[MirroredRecord]:
        """Return the records that entries of these days may change.

        And those of people whom the user is no more, unless all their days are before the first.
        """
        return [
            each
            for each, _ in self.mirrored.values()
            if each.is_reached_by(days)
            or (each.person_id != self.worker.person_id and max(each.seconds) >= first)
        ]


async def carry_days(write: Write[DaysWish]) -> CarriedDays:
    """Have mirrored records be what the entries of days are, and of the days that these touch."""
    scene = await _locked(write)
    first, before, person_id = write.asked.first, scene.seconds, scene.worker.person_id
    # A user who was moved to another company has no entries in this one.
    asked = {day for day in write.asked.days if day >= first and scene.is_here}
    reached = scene.reached_by(asked, first)
    days = asked.union(*(each.seconds for each in reached))
    # What is long past, has not changed, or cannot be carried, stays as it is.
    stays = {day for day in days if day < first or day in before.keys() - asked}
    needed, problems = await _needed(write, scene, days - stays)
    stays |= problems.keys()
    seconds = {day: before[day] for day in stays if day in before}
    seconds |= {each.entry.requested_date: each.seconds for each in needed}
    records = await _store_records(write, scene, reached, person_id, seconds)
    for former in sorted({each.person_id for each in reached} - {person_id}):
        records += await _leave_past(write, scene, reached, former)
    marks = await _store_marks(write, needed)
    if records or marks:
        await write.record(records, marks=marks)
    return CarriedDays({day: each for day, each in problems.items() if day in asked})


async def _locked(write: Write[DaysWish]) -> _Scene:
    """Lock the company, so that links stay as they are, then the user, then the people."""
    connection, asked = write.connection, write.asked
    mine = frozenset([asked.company_id])
    await lock_companies(connection, [asked.company_id])
    subject = user_subject(asked.user_id)
    worker = (await workers_of_subjects(connection, [subject]))[subject]
    rows = await known.mirrored_of_user(connection, asked.company_id, asked.user_id)
    users = await entry_store.lock_users(connection, mine, {asked.user_id})
    people = {each.person_id for each in rows} | {worker.person_id or ""}
    await lock_people(connection, people - {""})
    rows = await known.mirrored_of_user(connection, asked.company_id, asked.user_id)
    records = await PERSON_TIME_OFFS.find_many(connection, mine, [each.record_id for each in rows])
    mirrored = {
        each.record_id: (each, records[each.record_id])
        for each in rows
        if each.record_id in records and each.stands_as(records[each.record_id])
    }
    return _Scene(worker, asked.user_id in users, mirrored)


async def _needed(
    write: Write[DaysWish], scene: _Scene, days: Collection[date]
) -> tuple[list[NeededEntry], dict[date, TimeOffError]]:
    """Return what mirrored records are to have of the days, and what cannot be carried."""
    needed, problems = list[NeededEntry](), dict[date, TimeOffError]()
    if not days or not scene.is_here:
        return needed, problems
    for day, each in (await _states(write, scene, days)).items():
        try:
            one = each.needed(
                scene.worker, round_to_quarter_hours=write.asked.terms.round_to_quarter_hours
            )
        except TimeOffError as problem:
            problems[day] = problem
        else:
            needed += [one] if one else []
    return needed, problems


async def _states(
    write: Write[DaysWish], scene: _Scene, days: Collection[date]
) -> dict[date, CarriedDay]:
    connection, user_id, worker = write.connection, write.asked.user_id, scene.worker
    window = DaySpan(min(days), max(days))
    stored = await entry_store.stored_days(connection, [(user_id, day) for day in days])
    people = [worker.person_id] if worker.person_id else []
    clocks = await clock_hours(connection, people, window)
    calendar = (await calendars(connection, {user_id: write.asked.company_id}, window))[user_id]
    mirrored = scene.seconds
    return {
        day: CarriedDay(
            stored.get((user_id, day)),
            mirrored.get(day, 0),
            union_seconds(
                [
                    each
                    for each in clocks.get((worker.person_id or "", day), ())
                    if each.record_id not in scene.mirrored
                ]
            ),
            calendar.workday_seconds(day),
        )
        for day in sorted(days)
    }


async def _store_records(
    write: Write[DaysWish],
    scene: _Scene,
    reached: Sequence[MirroredRecord],
    person_id: str | None,
    seconds: Mapping[date, int],
) -> list[Change]:
    """Make, change and delete records of the person, so that they count exactly the days."""
    mine = [each for each in reached if each.person_id == person_id]
    planned = replan(mine, person_id, seconds)
    changes, mirrored = list[Change](), list[MirroredRecord]()
    for each in planned.gone:
        record = scene.mirrored[each.record_id][1]
        await record_store.remove_record(write.connection, record)
        await deleted_records.keep(write, record)
        changes.append(change(record, None))
    for each, wish in planned.changed:
        before = scene.mirrored[each.record_id][1]
        after = _changed(write, before, wish)
        await record_store.change_record(write.connection, after)
        changes.append(change(before, after))
        mirrored.append(replace(each, plan=wish))
    for wish in planned.made:
        origin = origin_of(wish, mine)
        likeness = None if origin is None else scene.mirrored[origin.record_id][1]
        made = _made(write, person_id or "", wish, likeness)
        await record_store.add_record(write.connection, made)
        changes.append(change(None, made))
        mirrored.append(
            MirroredRecord(made.id, made.company_id, made.person_id, write.asked.user_id, wish)
        )
    await kept.forget_mirrored(write.connection, [each.record_id for each in planned.gone])
    await kept.keep_mirrored(write.connection, mirrored)
    return changes


async def _leave_past(
    write: Write[DaysWish], scene: _Scene, reached: Sequence[MirroredRecord], person_id: str
) -> list[Change]:
    """Leave a person whom the user is no more what is long past, and nothing else."""
    theirs = [each for each in reached if each.person_id == person_id]
    seconds = {
        day: seconds
        for each in theirs
        for day, seconds in each.seconds.items()
        if day < write.asked.first
    }
    return await _store_records(write, scene, theirs, person_id, seconds)


def _made(
    write: Write[DaysWish], person_id: str, wish: SpanPlan, likeness: PersonTimeOff | None
) -> PersonTimeOff:
    """Return a new record: with what Procore alone has of the one that it was a part of, if any."""
    terms = write.asked.terms
    return new_record(
        write.asked.company_id,
        person_id,
        plan(_terms(write, likeness, wish).wish(wish)),
        write.now,
        is_paid=terms.is_paid if likeness is None else likeness.is_paid,
        reason=terms.reason if likeness is None else likeness.reason,
    )


def _terms(write: Write[DaysWish], before: PersonTimeOff | None, wish: SpanPlan) -> Terms:
    """Return the terms of a record that was another: its times stay with its hours."""
    was = plan_of(before) if before is not None else None
    if before is None or was is None or was.seconds != wish.seconds:
        return write.asked.terms
    return replace(write.asked.terms, batch_start_time=before.pattern.start_time)


def _changed(write: Write[DaysWish], before: PersonTimeOff, wish: SpanPlan) -> PersonTimeOff:
    """Return the record on other days, or with other hours: all else of it stays."""
    planned = plan(_terms(write, before, wish).wish(wish))
    return replace(
        before,
        span=planned.spans[0],
        last_day=planned.spans[-1].last,
        pattern=planned.pattern,
        updated_at=next_version(before.updated_at, write.now),
    )


async def _store_marks(write: Write[DaysWish], needed: Sequence[NeededEntry]) -> list[Change]:
    """Mark the entries as the same absence as their records (rule 4.4)."""
    connection = write.connection
    entries = [each.entry.id for each in needed]
    standing = await entry_store.references_of(connection, entries)
    changed, new = list[tuple[ExternalReference | None, ExternalReference]](), list[NeededEntry]()
    for each in needed:
        before = service_reference(standing[each.entry.id])
        if before is None:
            new.append(each)
        elif each.mark and (before.facts != each.mark.facts or before.brought_seconds):
            changed.append((before, each.mark_after(iter(()), write.now)))
    ids = iter(await write.new_ids(REFERENCE_IDS, len(new)))
    made = [(None, each.mark_after(ids, write.now)) for each in new]
    await entry_store.change_references(connection, [after for _, after in changed])
    await entry_store.add_references(connection, [after for _, after in made])
    return [change(before, after) for before, after in (*changed, *made)]
