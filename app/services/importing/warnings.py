"""What an import warns of, as everything is when its last file has been written.

A line may deserve a look when it is written, and no more when a later line has been read: so
each is asked about once more at the end.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar

from app.domain.identifiers import Key
from app.domain.warnings import Warning, WarningCode
from app.services.caller import COMMAND
from app.services.directory import items as nouns
from app.services.directory.items import UpsertItem
from app.services.directory.service import MAX_ITEMS, DirectoryService

T = TypeVar("T")

NOUNS: Final = {noun.path: noun for noun in (nouns.USERS, nouns.PEOPLE)}
"""What is warned about."""


@dataclass(slots=True)
class WarnedLines(Generic[T]):
    """Lines that were warned of; of several about one object the last counts."""

    _lines: dict[tuple[str, Key], dict[WarningCode, T]] = field(
        default_factory=lambda: defaultdict(dict)
    )

    def add(self, warning: Warning, item: UpsertItem, line: T) -> None:
        """Remember that an item is warned of, and on which line it stands."""
        plural = str(warning.path[0])
        key, _ = NOUNS[plural].read_place(item)
        self._lines[plural, key][warning.code] = line

    async def settled(self, service: DirectoryService, tell: Callable[[T, Warning], T]) -> list[T]:
        """Return the lines of which there still is to be warned, each as it is to be told."""
        told = []
        for plural, noun in NOUNS.items():
            keys = [key for each, key in self._lines if each == plural]
            for start in range(0, len(keys), MAX_ITEMS):
                some = keys[start : start + MAX_ITEMS]
                found = await service.warnings_of(COMMAND, noun.kind, some)
                told += self._told(plural, some, found, tell)
        return told

    def _told(
        self,
        plural: str,
        keys: Sequence[Key],
        found: Mapping[Key, Sequence[Warning]],
        tell: Callable[[T, Warning], T],
    ) -> list[T]:
        return [
            tell(self._lines[plural, key][warning.code], warning)
            for key in keys
            for warning in found.get(key, ())
            if warning.code in self._lines[plural, key]
        ]
