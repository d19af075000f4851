"""Conflicts as the command lists them: whose day it is, and what each side has."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.db.connections.database import Database
from app.db.reading import sync as known
from app.domain.sync.conflicts import SyncConflict
from app.domain.sync.upstreams import Upstream
from app.domain.sync.versions import day_of, version_words
from app.services.sync.delivery_lines import names_of_keys


@dataclass(frozen=True, slots=True)
class ConflictLine:
    """A conflict, where it is, whose and of when; each version in words, without any reason."""

    conflict: SyncConflict
    upstream: Upstream
    whose: str

    @property
    def when(self) -> str:
        """The day, in ISO 8601; of a record the first one."""
        each = self.conflict
        day = day_of(each.key, each.ours, each.theirs, each.base)
        return "" if day is None else day.isoformat()

    @property
    def versions(self) -> tuple[str, str, str]:
        """What is here, what is there, and what both had last agreed on."""
        each = self.conflict
        here, there, base = (
            version_words(each.key, version) for version in (each.ours, each.theirs, each.base)
        )
        return here, there, base


async def conflict_lines(
    database: Database, conflicts: Sequence[SyncConflict]
) -> list[ConflictLine]:
    """Return a line for each of them, in their order."""
    async with database.reading() as connection:
        upstreams = {each.id: each for each in await known.upstreams_of(connection, None)}
        names = await names_of_keys(connection, [each.key for each in conflicts])
    return [
        ConflictLine(each, upstreams[each.upstream_id], names[each.key])
        for each in conflicts
        if each.upstream_id in upstreams
    ]
