"""How much an answer holds of what its records are expanded into: their instances and days.

How many those are only the records say, so the gate before the operation has a guess of them.
They are counted here as soon as the records are read, and refused before they fill the memory.
"""

import sys
from typing import Final

EXPANDED_TYPES: Final = frozenset({"TimeOffDay", "TimeOffInstance"})
"""The types of the schema whose lists are as long as their record makes them."""


class AnswerTooLarge(Exception):
    """More fields of such lists than an answer may have, wherever in the operation they are."""

    def __init__(self, most: int) -> None:
        self.message = (
            f"Fields of instances and days in the answer: at most {most} are admitted. Ask for "
            "fewer records at a time (`first`), for the `days` of a window (`from`, `to`), or "
            "for fewer fields of them."
        )
        super().__init__(self.message)


class AnswerSize:
    """Counts the fields of such lists in the answer of one operation, all its aliases together."""

    def __init__(self, most: int = sys.maxsize) -> None:
        self._most = most
        self.fields = 0

    def add(self, fields: int) -> None:
        """Count fields that the answer is about to have, or raise AnswerTooLarge."""
        self.fields += fields
        if self.fields > self._most:
            raise AnswerTooLarge(self._most)
