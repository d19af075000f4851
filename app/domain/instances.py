"""The instances of a record of person time off, and their ids (rule 3.3)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from app.domain.days import DaySpan

_STEM: Final = 24
"""How many characters of a UUID stay as they are from one instance to the next."""
_NUMBERS: Final = 16**12
"""So many ids have the same ones."""


@dataclass(frozen=True, slots=True)
class Instance:
    """One occurrence of a record, which has an id of its own."""

    id: str
    span: DaySpan


def ids_of_instances(given: Sequence[str], count: int) -> list[str]:
    """Return the ids of so many instances: those given, then what follows the last of them.

    A record keeps the id of its first instance, and others only where they do not follow by one
    each.

    >>> ids_of_instances(["5d0c3b1e-7f4e-4c35-9d8a-2f6f6c1f0a7f"], 2)
    ['5d0c3b1e-7f4e-4c35-9d8a-2f6f6c1f0a7f', '5d0c3b1e-7f4e-4c35-9d8a-2f6f6c1f0a80']
    """
    stem, last = given[-1][:_STEM], int(given[-1][_STEM:], 16)
    more = range(last + 1, last + 1 + count - len(given))
    return [*given[:count], *(f"{stem}{number % _NUMBERS:012x}" for number in more)]
