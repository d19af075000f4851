"""What a check of the database finds."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

MOST_LISTED: Final = 100
"""Of each kind; the rest is counted, so that a database in ruins fits into memory."""

Step = Callable[[int], None]
"""Hears how many more rows have been looked at."""


class Topic(Enum):
    """What may be wrong, in words that stand before the particulars."""

    TORN_COPY = "copied while it was served"
    DAMAGED = "damaged file"
    UNREADABLE = "unreadable"
    OVERFULL_DAY = "over-full day"
    FORMER_LINK = "hours of a former link"
    RECORD = "person time off"
    RECORD_DAYS = "person time off and days"
    WORKER = "worker"
    EMAIL = "e-mail key"
    NAME = "name key"
    SHARED_EMAIL = "shared e-mail"
    NO_SUCH_ROW = "names nothing"
    OTHER_COMPANY = "names another company's"
    DOUBLE_ENTRY = "two entries of a day"
    DOUBLE_REFERENCE = "two references of a service"
    NUMBERING = "numbers of changes"
    ORIGIN = "origins of changes"

    @property
    def is_notice(self) -> bool:
        """Say whether it is allowed, and only worth to be looked at (rules 2.2, 4.1 and 4.4)."""
        return self in {Topic.OVERFULL_DAY, Topic.SHARED_EMAIL, Topic.FORMER_LINK}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it should be."""

    kind: Topic
    what: str

    def __str__(self) -> str:
        """One line: the kind, then the particulars."""
        return f"{self.kind.value}: {self.what}"


@dataclass(slots=True)
class Findings:
    """Everything that was found, the first hundred of each kind."""

    listed: list[Finding] = field(default_factory=list)
    counts: Counter[Topic] = field(default_factory=Counter)

    def add(self, kind: Topic, what: str) -> None:
        """List what was found; beyond the first MOST_LISTED of its kind it is only counted."""
        self.counts[kind] += 1
        if self.counts[kind] <= MOST_LISTED:
            self.listed.append(Finding(kind, what))

    @property
    def violations(self) -> list[Finding]:
        """What breaks a rule: the check fails."""
        return self._of(is_notice=False)

    @property
    def notices(self) -> list[Finding]:
        """What a rule allows and somebody should look at: the check does not fail."""
        return self._of(is_notice=True)

    def count(self, *, is_notice: bool) -> int:
        """Return how many violations or notices there are, listed or not."""
        return sum(count for kind, count in self.counts.items() if kind.is_notice is is_notice)

    def _of(self, *, is_notice: bool) -> list[Finding]:
        listed = [each for each in self.listed if each.kind.is_notice is is_notice]
        more = [
            Finding(kind, f"and {count - MOST_LISTED} more of this kind")
            for kind, count in self.counts.items()
            if kind.is_notice is is_notice and count > MOST_LISTED
        ]
        return listed + more
