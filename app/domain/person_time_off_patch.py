"""What may be changed of a stored record of person time off, and in whose list it is."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, time
from typing import Final, TypeVar

from app.domain.days import DaySpan
from app.domain.errors import NotFound, Refusals, RepeatingDaysFixed
from app.domain.identifiers import Kind
from app.domain.person_time_off import PersonTimeOff, PersonTimeOffWish, refuse_other_series
from app.domain.recurrence import Repeat

T = TypeVar("T")


OF_THE_RULE: Final = ("repeat", "cadence", "repeat_end_day")
OF_THE_RECORD: Final = ("apply_to_saturday", "apply_to_sunday", "reason", *OF_THE_RULE)
"""The fields of a patch that one occurrence cannot have of its own (rule 3.11)."""


@dataclass(frozen=True, slots=True)
class PersonTimeOffPatch:
    """The fields to change; None leaves a field as it is (rules 3.8 and 6.3).

    Of all occurrences, the last three and the days of a record that repeats can only be what
    they are.
    """

    start_day: date | None = None
    end_day: date | None = None
    batch_start_time: time | None = None
    batch_end_time: time | None = None
    apply_to_saturday: bool | None = None
    apply_to_sunday: bool | None = None
    is_paid: bool | None = None
    reason: str | None = None
    repeat: Repeat | None = None
    cadence: int | None = None
    repeat_end_day: date | None = None


def patched(
    before: PersonTimeOff, patch: PersonTimeOffPatch, refusals: Refusals
) -> PersonTimeOffWish:
    """Return the record as a wish with the patch laid over it (rule 3.8).

    What the patch may not change is refused by field, and left as it is in the wish.
    """
    allowed = replace(patch, repeat=None, cadence=None, repeat_end_day=None)
    if before.rule:
        _refuse_other_days(before, patch, refusals)
        allowed = replace(allowed, start_day=None, end_day=None)
    refuse_other_series(before.rule, patch.repeat, patch.cadence, patch.repeat_end_day, refusals)
    return laid_over(before, before.span, allowed)


def laid_over(before: PersonTimeOff, span: DaySpan, patch: PersonTimeOffPatch) -> PersonTimeOffWish:
    """Return the record, with this span for its first occurrence, as a wish under the patch."""
    rule, pattern = before.rule, before.pattern
    return PersonTimeOffWish(
        start_day=either(patch.start_day, span.first),
        end_day=either(patch.end_day, span.last),
        batch_start_time=either(patch.batch_start_time, pattern.start_time),
        batch_end_time=either(patch.batch_end_time, pattern.end_time),
        apply_to_saturday=either(patch.apply_to_saturday, pattern.apply_to_saturday),
        apply_to_sunday=either(patch.apply_to_sunday, pattern.apply_to_sunday),
        is_paid=either(patch.is_paid, before.is_paid),
        reason=either(patch.reason, before.reason) or "",  # stored records always have one
        repeat=either(patch.repeat, rule.repeat if rule else Repeat.NEVER),
        cadence=either(patch.cadence, rule.cadence if rule else None),
        repeat_end_day=either(patch.repeat_end_day, rule.until if rule else None),
    )


def _refuse_other_days(
    before: PersonTimeOff, patch: PersonTimeOffPatch, refusals: Refusals
) -> None:
    # The end is answered as the last instance's (3.3), and was sent as the first one's.
    for name, given, same in (
        ("start_day", patch.start_day, {before.span.first}),
        ("end_day", patch.end_day, {before.span.last, before.last_day}),
    ):
        if given is not None and given not in same:
            msg = (
                "The days of a record that repeats are fixed: create another record. Over GraphQL "
                "one occurrence can be moved, or all from one on."
            )
            refusals.add(RepeatingDaysFixed(msg, (name,)))


def either(given: T | None, kept: T) -> T:
    """Return what is given, or what is kept where nothing is."""
    return kept if given is None else given


@dataclass(frozen=True, slots=True)
class Whose:
    """The person in whose list a record is looked for, as Procore's addresses name it."""

    company_id: str
    person_id: str

    def has(self, record: PersonTimeOff) -> bool:
        """Say whether the record is in this list: in another person's it is not found (3.10)."""
        return (record.company_id, record.person_id) == (self.company_id, self.person_id)


def unknown_places(
    company_id: str | None, person_company_id: str | None, *, is_person_asked: bool = True
) -> Iterator[NotFound]:
    """Yield what an address names that is not there: the company, then the person (rule 3.10).

    ``company_id`` is the company if the caller sees it, ``person_company_id`` that of the
    person if there is one. Another company's person is as unknown as one who is not there.
    """
    if company_id is None:
        yield NotFound(Kind.COMPANY.words, ("company_id",))
    if is_person_asked and (company_id is None or person_company_id != company_id):
        yield NotFound(Kind.PERSON.words, ("person_id",))
