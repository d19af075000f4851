"""Whose days a change makes a calendar read anew, and which (rule 5.3)."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from app.domain.changes import CommittedChange
from app.domain.days import DayRange
from app.domain.identifiers import Kind, person_subject, user_subject

ALL_DAYS: Final = DayRange()


@dataclass(frozen=True, slots=True)
class ChangedDays:
    """Days to be read anew: of the workers who are one of the subjects, or of everybody.

    ``sequence`` is the last change that they are told of; what came before it was told before.
    """

    subjects: tuple[str, ...]
    """As ``user_subject`` and ``person_subject`` write them; none: everybody's days."""
    days: DayRange
    sequence: int


@dataclass(frozen=True, slots=True)
class ChangedDaysFilter:
    """Of which workers, by the subjects that they are, and of which days; None is of all."""

    subjects: frozenset[str] | None = None
    days: DayRange = ALL_DAYS

    def admits(self, changed: ChangedDays) -> bool:
        """Say whether they are asked for."""
        is_theirs = self.subjects is None or not changed.subjects
        return self.days.meets(changed.days) and (
            is_theirs or not (self.subjects or frozenset()).isdisjoint(changed.subjects)
        )

    def joined(self, changed: ChangedDays) -> "ChangedDaysFilter":
        """Return the filter once a worker has become one with somebody else, or apart.

        Whoever follows one of the two follows both from then on: too much is told, nothing missed.
        """
        if self.subjects is None or self.subjects.isdisjoint(changed.subjects):
            return self
        return replace(self, subjects=self.subjects.union(changed.subjects))


def changed_days(
    changes: Iterable[CommittedChange], wanted: ChangedDaysFilter
) -> tuple[list[ChangedDays], ChangedDaysFilter]:
    """Return whose days the changes touch, of those asked for, and the filter from now on.

    Neighbours of the same workers are told together. Only neighbours: so each is told behind all
    that came before it, and a reader may go on from any of them.
    """
    told: list[ChangedDays] = []
    for found in filter(None, map(_changed_by, changes)):
        wanted = wanted.joined(found)
        if not wanted.admits(found):
            continue
        if told and told[-1].subjects == found.subjects:
            both = told[-1].days.hull(found.days)
            told[-1] = ChangedDays(found.subjects, both, found.sequence)
        else:
            told.append(found)
    return told, wanted


def _changed_by(change: CommittedChange) -> ChangedDays | None:
    """Return whose days it changes; None where it changes nobody's.

    Names and job titles are shown beside all days of whoever has them. An external reference
    changes together with its entry, which tells the day.
    """
    days = change.days or ALL_DAYS
    states = [each for each in (change.before, change.after) if each is not None]
    match change.kind:
        case Kind.HOLIDAY:
            subjects: set[str] = set()
        case Kind.USER:
            subjects = {user_subject(int(change.key))}
        case Kind.PERSON:
            subjects = {person_subject(str(change.key))}
        case Kind.ENTRY | Kind.WORKWEEK | Kind.PERSON_TIME_OFF | Kind.WORKER | Kind.ACKNOWLEDGEMENT:
            subjects = {subject for state in states for subject in _subjects_of(state)}
        case _:
            return None
    return ChangedDays(tuple(sorted(subjects)), days, change.sequence)


def _subjects_of(state: Mapping[str, Any]) -> Iterator[str]:
    """Yield the user and the person that the facts of an object name."""
    user_id, person_id = state.get("userId"), state.get("personId")
    if user_id is not None:
        yield user_subject(user_id)
    if person_id is not None:
        yield person_subject(person_id)
