"""A backup put back in the place of a SQLite database, and what follows for those who read it.

Keys of requests (rule 5.1) stay as the backup has them: each was stored with what it wrote, so a
request that is sent again is answered where its write is there, and done where it is not.
"""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from app.clock import now
from app.db.connections.database import Database
from app.db.connections.files import alone_in
from app.db.connections.migrate import SchemaUnknown, upgrade
from app.db.connections.url import sqlite_path, sqlite_url
from app.db.copying import drafts, new_feed, served_mark, sqlite_files
from app.domain.access_events import AccessEventKind
from app.progress import Progress
from app.services.access.events import AccessEvents
from app.services.caller import COMMAND
from app.services.copying import backup
from app.services.data_check import check
from app.services.data_check.findings import Findings


class Torn(Exception):
    """The file was copied by `cp` while it was served: it is no backup."""


class Newer(Exception):
    """A newer version made the backup: its schema's number."""


class Violated(Exception):
    """The check has found something; what it is comes with it."""

    def __init__(self, found: Findings) -> None:
        super().__init__()
        self.found = found


@dataclass(frozen=True, slots=True)
class Begun:
    """How much was begun anew, and what the check says.

    Of feeds, of sessions, and of systems to which nothing is written before they are compared.
    """

    companies: int
    sessions: int
    systems: int
    found: Findings


@dataclass(frozen=True, slots=True)
class Restored:
    """What was done; ``kept`` is where the replaced file is now, if there was one."""

    kept: Path | None
    begun: Begun


def put_back(file: Path, target: Path, progress: Progress, *, despite: bool) -> Restored:
    """Put a backup into the target's place: all of it, checked and migrated, or nothing.

    Raises Held where somebody has the target open; Torn, NotOurs, Damaged, Newer where the
    file is no backup for this version; Violated unless it is wanted ``despite`` what is found.
    """
    with alone_in(target.parent):
        if target.exists():
            with sqlite_files.held_by_us(target):
                pass  # before anything is copied
        if served_mark.is_torn(file):
            raise Torn
        served_mark.settle(file)
        sqlite_files.refuse_foreign(file)
        with drafts.draft_of(target) as draft:
            backup.copy(file, draft, progress)
            begun = _made_ready(draft, progress, despite=despite)
            sqlite_files.finish(draft)
            drafts.belong_like(draft, target)
            return Restored(_put(draft, target), begun)


def begin_anew(database_url: str, progress: Progress) -> Begun:
    """Do what is left where another program has restored the database, of either kind.

    Such a program may give SQLite's file the mark of the one that it has copied.
    """
    if (file := sqlite_path(database_url)) is not None:
        served_mark.forget_foreign(file)
    begun = asyncio.run(_begin_anew(database_url))
    return Begun(*begun, check.examine(database_url, progress))


def _made_ready(draft: Path, progress: Progress, *, despite: bool) -> Begun:
    """Check a copy as it came, bring it to this version, and check it again if that was needed."""
    found = backup.looked_through(draft, progress, indexes=True)
    url = sqlite_url(draft)
    if found is None:
        try:
            upgrade(url, progress)
        except SchemaUnknown as schema:
            raise Newer(*schema.args) from None
        found = check.examine(url, progress)
    if found.violations and not despite:
        raise Violated(found)
    return Begun(*asyncio.run(_begin_anew(url)), found)


async def _begin_anew(database_url: str) -> tuple[int, int, int]:
    database = Database(database_url)
    try:
        async with database.writing() as connection:
            companies = await new_feed.rename_feeds(connection)
            sessions = await new_feed.end_sessions(connection, now())
            systems = await new_feed.compare_before_writing(connection)
            as_of = await new_feed.last_change_at(connection)
            details = {"asOf": as_of.isoformat() if as_of else None}
            events = AccessEvents(database, now)
            event = events.event_of(COMMAND, AccessEventKind.RESTORED, details=details)
            await events.record(connection, event)
            return companies, sessions, systems
    finally:
        await database.close()


def _put(draft: Path, target: Path) -> Path | None:
    """Put the copy into its place; return where the file is that was there."""
    if not target.exists():
        sqlite_files.remove_companions(target)
        drafts.publish(draft, target, overwrite=False)
        return None
    sqlite_files.close_log(target)
    with sqlite_files.held_by_us(target):
        kept = _free_name(target, datetime.now(UTC))
        sqlite_files.replace(draft, target, kept)
    return kept


def _free_name(target: Path, now: datetime) -> Path:
    stem = f"{target.name}.replaced-{now:%Y%m%dT%H%M%SZ}"
    names = (target.with_name(stem + more) for more in ("", *(f"-{n}" for n in range(1, 1000))))
    return next(name for name in names if not name.exists())
