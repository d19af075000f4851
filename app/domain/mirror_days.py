"""A user's day in a conversion to Kantata: what is stored, and what it becomes (rule 4.4)."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from app.domain.errors import NotConvertible
from app.domain.mirror import (
    SERVICE_NAME,
    MirrorOutcome,
    Settlement,
    mirror_facts,
    person_of_mark,
    settle,
    settlement_outcome,
)
from app.domain.time_off_entries import ExternalReference, StoredDay, TimeOffEntry, UserDay
from app.domain.versions import next_version
from app.domain.workers import Worker


@dataclass(frozen=True, slots=True)
class DayPlan:
    """What a conversion makes of a day of the worker's person.

    ``user_id`` is whose entry it is: the worker's user, or one who was linked with the person
    before. ``mark`` is the conversion's reference that stands on the entry. It may be that of
    another person, with whom the user was linked before.
    """

    worker: Worker
    user_id: int
    day: date
    stored: StoredDay | None
    mark: ExternalReference | None
    settlement: Settlement

    @classmethod
    def of(
        cls,
        worker: Worker,
        place: UserDay,
        stored: StoredDay | None,
        clocked: int,
        others: Collection[str],
    ) -> "DayPlan":
        """Plan a day of which Procore has ``clocked`` seconds, at most the workday.

        ``others`` are other people that exist: a mark of theirs is of an earlier link. An
        entry with any other reference of the service is NotConvertible.
        """
        user_id, day = place
        mark = service_reference(stored.references if stored else ())
        if mark and person_of_mark(mark.facts, day) not in {worker.person_id, *others}:
            msg = f"The entry of {day} has another reference of {SERVICE_NAME}."
            raise NotConvertible(msg, ("id",))
        seconds = stored.entry.seconds if stored else 0
        brought = mark.brought_seconds if mark else 0
        return cls(
            worker=worker,
            user_id=user_id,
            day=day,
            stored=stored,
            mark=mark,
            settlement=settle(seconds, brought, clocked),
        )

    @property
    def is_of_interest(self) -> bool:
        """Say whether Procore has, or had, anything to do with the day."""
        return self.settlement.keeps_reference or self.mark is not None

    @property
    def brought(self) -> int:
        """The seconds that earlier conversions have brought to the entry."""
        return self.mark.brought_seconds if self.mark else 0

    @property
    def is_of_former_user(self) -> bool:
        """Say whether the hours were brought to a user who is not linked with the person now."""
        return self.user_id != self.worker.user_id

    @property
    def former_person(self) -> str | None:
        """Whose mark stands on the entry, if not the worker's person's: of an earlier link."""
        person_id = person_of_mark(self.mark.facts, self.day) if self.mark else None
        return None if person_id == self.worker.person_id else person_id

    @property
    def needs_reference(self) -> bool:
        """Say whether a new reference will stand on the entry."""
        return self.settlement.keeps_reference and not (self.mark and not self.former_person)

    @property
    def entry(self) -> TimeOffEntry | None:
        """The day's entry as it is stored; None where there is none."""
        return self.stored.entry if self.stored else None

    @property
    def seconds_before(self) -> int:
        """The entry's hours as they are stored; 0 for none."""
        return self.entry.seconds if self.entry else 0

    @property
    def outcome(self) -> MirrorOutcome:
        """What becomes of the day; another person's mark is ADJUSTED though the hours stay."""
        brought = self.mark.brought_seconds if self.mark else None
        outcome = settlement_outcome(self.seconds_before, brought, self.settlement)
        if self.former_person and outcome is MirrorOutcome.UNCHANGED:
            return MirrorOutcome.ADJUSTED
        return outcome

    def entry_after(self, ids: Iterator[int], now: datetime) -> TimeOffEntry | None:
        """Return the entry as it becomes, a new one by the next id; None where it is deleted."""
        seconds = self.settlement.seconds
        if not seconds:
            return None
        if self.entry is None:
            return TimeOffEntry(
                id=next(ids),
                company_id=self.worker.company_id,
                user_id=self.user_id,
                requested_date=self.day,
                submission_date=now.date(),
                seconds=seconds,
                created_at=now,
                updated_at=now,
            )
        if self.entry.seconds == seconds:
            return self.entry
        updated_at = next_version(self.entry.updated_at, now)
        return replace(self.entry, seconds=seconds, updated_at=updated_at)

    def references_after(
        self, entry: TimeOffEntry | None, ids: Iterator[int], now: datetime
    ) -> Iterator[tuple[ExternalReference | None, ExternalReference | None]]:
        """Yield the references that change, as they are and as they become.

        The first of a pair is None for a new reference, which takes the next id; the second for
        one that is deleted. ``entry`` is the entry as it becomes: without it all are deleted.
        """
        if entry is None:
            references = self.stored.references if self.stored else ()
            yield from ((reference, None) for reference in references)
            return
        brought = self.settlement.brought
        if self.mark and (self.former_person or not self.settlement.keeps_reference):
            yield self.mark, None
        elif self.mark and self.mark.brought_seconds != brought:
            yield self.mark, replace(self.mark, brought_seconds=brought, updated_at=now)
        if self.needs_reference:
            facts = mirror_facts(self.worker.person_id or "", self.day)
            new = ExternalReference(
                id=next(ids),
                company_id=entry.company_id,
                entry_id=entry.id,
                facts=facts,
                brought_seconds=brought,
                created_at=now,
                updated_at=now,
            )
            yield None, new


def service_reference(references: Sequence[ExternalReference]) -> ExternalReference | None:
    """Return an entry's reference of the conversions' service, of which it has one at most."""
    of_service = (each for each in references if each.facts.service_name == SERVICE_NAME)
    return next(of_service, None)
