"""What becomes of a day of Kantata's that both sides may have: by three versions and a policy.

Ours is what is here, theirs what was just read, and the base what both last agreed on. What only
one side changed holds; where both did, a policy says whose does, or that a person is asked.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from app.domain.sync.comparing import Verdict, compare
from app.domain.sync.conflicts import (
    KEPT_BY,
    ConflictPolicy,
    SyncConflictKind,
    SyncSide,
    kind_of,
)
from app.domain.sync.taking_in import THEIRS, DayVersion, Ours


@dataclass(frozen=True, slots=True)
class Settled:
    """What is to be done with a day. ``conflict`` is what both had changed.

    ``kept`` is whose version holds in it; None: a person is asked, and nothing is changed until
    then.
    """

    ours: Ours = THEIRS
    conflict: SyncConflictKind | None = None
    kept: SyncSide | None = None

    @property
    def is_open(self) -> bool:
        """Say whether a person has to decide."""
        return self.conflict is not None and self.kept is None


def settle(
    base: DayVersion | None,
    ours: DayVersion | None,
    theirs: DayVersion | None,
    policy: ConflictPolicy,
) -> Settled:
    """Return what holds of a day. None stands for a side that has no entry on it.

    >>> four, eight = DayVersion(14_400, {}), DayVersion(28_800, {})
    >>> settle(four, eight, four, ConflictPolicy.VENDOR_WINS).ours.hours
    True
    >>> settle(four, four, None, ConflictPolicy.VENDOR_WINS).ours.hours
    False
    """
    verdict = compare(_hours(base), _hours(ours), _hours(theirs))
    references = _references(base, ours, theirs)
    services = frozenset(name for name, each in references.items() if each is Verdict.OURS)
    if verdict is not Verdict.CONFLICT and Verdict.CONFLICT not in references.values():
        return Settled(Ours(verdict is Verdict.OURS, services))
    kept = KEPT_BY[policy]
    both = {name for name, each in references.items() if each is Verdict.CONFLICT}
    stays = kept is not SyncSide.VENDOR
    return Settled(
        Ours(
            verdict is Verdict.OURS or (verdict is Verdict.CONFLICT and stays),
            services | both if stays else services,
        ),
        kind_of(base, ours, theirs),
        kept,
    )


def _hours(version: DayVersion | None) -> int | None:
    return None if version is None else version.seconds


def _references(
    base: DayVersion | None, ours: DayVersion | None, theirs: DayVersion | None
) -> Mapping[str, Verdict]:
    """Return whose each reference is, by its service; without an entry there is none to compare.

    One that is gone here only stays there: the vendor has no deletion of a reference.
    """
    if ours is None or theirs is None:
        return {}
    agreed = {} if base is None else base.references
    services: Collection[str] = {*agreed, *ours.references, *theirs.references}
    return {
        name: compare(agreed.get(name), ours.references.get(name), theirs.references.get(name))
        for name in services
    }


def base_of_unknown(
    base: DayVersion | None,
    theirs: DayVersion | None,
    unknown: Collection[tuple[DayVersion | None, DayVersion | None]],
) -> DayVersion | None:
    """Return the base of a key of which writes may have been done: each was sent, before it was.

    A write that shows has been done, so that both have agreed on what was sent. So has one whose
    hours are there once for each time that they were sent to be added (n POSTs, no base).
    """
    if any(_hours(sent) == _hours(theirs) for sent, _ in unknown):
        return theirs
    added = [sent.seconds for sent, before in unknown if sent is not None and before is None]
    if base is None and theirs is not None and added and theirs.seconds in _sums(added):
        return theirs
    return base


def is_late(
    done: Sequence[tuple[DayVersion | None, DayVersion | None]], theirs: DayVersion | None
) -> bool:
    """Say whether what was read may be older than writes that were just done.

    Each was sent, before it was. A write may be several requests (hours, then each reference), so
    that an old answer may show some of it; what nobody wrote and nobody had before is no old one.

    >>> three, five = DayVersion(10_800, {}), DayVersion(18_000, {})
    >>> is_late([(five, three)], three), is_late([(five, three)], five)
    (True, False)
    """
    seen, after = defaultdict[str, set[object]](set), dict[str, object]()
    for sent, before in done:
        # A reference that is only there stays, unless its entry goes.
        had = _fields(before)
        after = {**had, **_fields(sent)} if sent is not None else {}
        for name in {*had, *after}:
            seen[name] |= {had.get(name), after.get(name)}
    found = _fields(theirs)
    is_old = all(found.get(name) in values for name, values in seen.items())
    return found != after and found.keys() <= seen.keys() and is_old


def _fields(version: DayVersion | None) -> dict[str, object]:
    """Return what is written of a day, each by its name; hours have none."""
    return {} if version is None else {"": version.seconds, **version.references}


def _sums(added: Collection[int]) -> set[int]:
    """Return what may be there of hours that were added, some of them, in whatever order."""
    sums = {0}
    for each in added:
        sums |= {each + one for one in sums}
    return sums - {0}
