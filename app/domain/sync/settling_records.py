"""What becomes of a record of Procore's that both sides may have: by three versions and a policy.

As with the days of Kantata (settling.py): what only one side changed holds, and where both did, a
policy says whose does, or that a person is asked. A record is compared in three parts: when it is,
its occurrences one by one, and whether it is paid. Its reason is in no version, because from a
digest a word is easily guessed: the one that is here holds as long as a change waits to be written.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from app.domain.sync.comparing import Verdict, compare
from app.domain.sync.conflicts import (
    KEPT_BY,
    ConflictPolicy,
    SyncConflictKind,
    SyncSide,
    kind_of,
)
from app.domain.sync.taking_in_records import KeptHere, Parts, RecordPart, RecordVersion

Unknown = tuple[RecordVersion | None, RecordVersion | None]
"""A write of which nobody knows whether it was done: what was sent, and what was there before."""


@dataclass(frozen=True, slots=True)
class SettledRecord:
    """What is to be done with a record: ``ours`` are the parts that hold as they are here.

    ``conflict`` is what both had changed, ``kept`` whose version holds in it; None: a person is
    asked, and nothing is changed until then.
    """

    ours: Parts = field(default=frozenset())
    conflict: SyncConflictKind | None = None
    kept: SyncSide | None = None

    @property
    def is_open(self) -> bool:
        """Say whether a person has to decide."""
        return self.conflict is not None and self.kept is None

    def kept_here(self, *, is_wanted: bool) -> KeptHere:
        """Return what stays as it is here: the reason, too, where a change is to be written."""
        return KeptHere(self.ours, is_wanted or bool(self.ours), self.kept is SyncSide.VENDOR)


def settle_record(
    base: RecordVersion | None,
    ours: RecordVersion | None,
    theirs: RecordVersion | None,
    policy: ConflictPolicy,
) -> SettledRecord:
    """Return what holds of a record. None stands for a side that does not have it."""
    verdicts = _verdicts(base, ours, theirs)
    mine = frozenset(part for part, each in verdicts.items() if each is Verdict.OURS)
    both = frozenset(part for part, each in verdicts.items() if each is Verdict.CONFLICT)
    if not both:
        return SettledRecord(mine)
    kept = KEPT_BY[policy]
    stays = mine if kept is SyncSide.VENDOR else mine | both
    return SettledRecord(stays, kind_of(base, ours, theirs), kept)


def _verdicts(
    base: RecordVersion | None, ours: RecordVersion | None, theirs: RecordVersion | None
) -> Mapping[RecordPart, Verdict]:
    if ours is None or theirs is None:
        return {RecordPart.EXISTENCE: compare(base, ours, theirs)}
    if base is None and ours.fingerprint == theirs.fingerprint:
        return {}  # the same was made on both sides: single occurrences are as they are there
    found = {part: _compared(part, base, ours, theirs) for part in _READ}
    if found[RecordPart.WHEN] is not Verdict.SAME:
        found[RecordPart.OCCURRENCES] = found[RecordPart.WHEN]
    return found


def _compared(
    part: RecordPart, base: RecordVersion | None, ours: RecordVersion, theirs: RecordVersion
) -> Verdict:
    read = _READ[part]
    return compare(None if base is None else read(base), read(ours), read(theirs))


def _when(version: RecordVersion) -> object:
    return replace(version, is_paid=False, instances="")


_READ: Final[Mapping[RecordPart, Callable[[RecordVersion], object]]] = {
    RecordPart.WHEN: _when,
    RecordPart.OCCURRENCES: lambda version: version.instances,
    RecordPart.IS_PAID: lambda version: version.is_paid,
}


def parts_that_differ(ours: RecordVersion, theirs: RecordVersion) -> Parts:
    """Return what of a record is not the same on both sides."""
    return frozenset(part for part, read in _READ.items() if read(ours) != read(theirs))


def base_of_unknown_record(
    base: RecordVersion | None, theirs: RecordVersion | None, unknown: Collection[Unknown]
) -> RecordVersion | None:
    """Return the base of a record of which writes may have been done.

    A write that shows has been done, so that both have agreed on what was sent; how the vendor has
    expanded it is no matter.
    """
    done = [sent for sent, _ in unknown if _says(sent) == _says(theirs)]
    return done[-1] if done else base


def is_late_record(done: Collection[Unknown], theirs: RecordVersion | None) -> bool:
    """Say whether what was read is what was there before a write that was just done."""
    last = [*done][-1:]
    is_there_now = any(_says(sent) == _says(theirs) for sent, _ in last)
    return not is_there_now and any(_says(before) == _says(theirs) for _, before in done)


def _says(version: RecordVersion | None) -> str | None:
    return None if version is None else version.fingerprint
