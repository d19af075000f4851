"""Ours, theirs and the base that both last agreed on: what is to be done (no clock decides).

``None`` stands for a key that has nothing: no entry on that day.
"""

from collections.abc import Mapping
from enum import Enum
from typing import Any, TypeVar

Content = Mapping[str, Any]
"""A version as JSON."""

Version = TypeVar("Version")


class Verdict(Enum):
    """What becomes of one key."""

    SAME = "SAME"
    THEIRS = "THEIRS"
    OURS = "OURS"
    CONFLICT = "CONFLICT"


def compare(base: Version | None, ours: Version | None, theirs: Version | None) -> Verdict:
    """Return whose version holds; a conflict where both have moved away from the base.

    >>> [compare(8, *both).value for both in ((8, 4), (4, 8), (4, 4), (4, None))]
    ['THEIRS', 'OURS', 'SAME', 'CONFLICT']
    """
    if ours == theirs:
        return Verdict.SAME
    if ours == base:
        return Verdict.THEIRS
    return Verdict.OURS if theirs == base else Verdict.CONFLICT
