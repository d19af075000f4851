"""What must always hold of the data, checked over the whole database.

Everything is derived anew by the domain's own rules and compared with what is stored. What
is found names objects by their ids only, so that it can be shown to anybody.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final

from app.db.connections.database import Database, Transaction
from app.db.connections.url import sqlite_path
from app.db.copying import served_mark
from app.db.data_check import keys, scan
from app.db.data_check.keys import Numbering, OriginRange
from app.db.data_check.scan import Scanned
from app.progress import Progress
from app.services.data_check.findings import MOST_LISTED, Finding, Findings, Step, Topic
from app.services.data_check.marks import check_marks
from app.services.data_check.records import check_entries, check_person_time_offs
from app.services.data_check.workers import (
    check_nobodies,
    check_people,
    check_shared_emails,
    check_users,
)

_TORN: Final = (
    "the file itself, without the -wal that was beside it: what was written last is missing. "
    "`timeoff backup` makes whole copies (docs/backup.md)"
)
Check = Callable[[Transaction, Findings, Step], Awaitable[None]]


def find_violations(database_url: str, progress: Progress) -> list[Finding]:
    """Return what must not be; notices are left out."""
    return examine(database_url, progress).violations


def examine(database_url: str, progress: Progress, *, indexes: bool = True) -> Findings:
    """Look at everything that is stored, as it is at one moment; none of it is changed.

    ``indexes``: also whether SQLite's have all rows, which a copy of a file need not be asked.

    What is there beside other work stays as it is: neither readers nor writers wait.
    """
    path = sqlite_path(database_url)
    # Before it is opened, which makes a log beside it.
    is_torn = path is not None and served_mark.is_torn(path)
    if path is not None:
        served_mark.settle(path)
    return asyncio.run(_examine(database_url, progress, is_torn=is_torn, indexes=indexes))


async def _examine(
    database_url: str, progress: Progress, *, is_torn: bool, indexes: bool
) -> Findings:
    database = Database(database_url)
    try:
        async with scan.one_moment(database) as connection:
            examination = _Examination(connection, progress)
            if is_torn:
                examination.findings.add(Topic.TORN_COPY, _TORN)
            if await examination.of_file(indexes=indexes):
                return examination.findings  # what else could be read of it says nothing
            await examination.of_keys()
            await examination.of_numbers()
            await examination.of_rows("Checking entries", Scanned.ENTRIES, check_entries)
            await examination.of_rows(
                "Checking person time off", Scanned.PERSON_TIME_OFF, check_person_time_offs
            )
            await examination.of_rows("Checking users", Scanned.USERS, check_users)
            await examination.of_rows("Checking people", Scanned.PEOPLE, check_people)
            await examination.of_rows("Checking marks", Scanned.REFERENCES, check_marks)
            await check_nobodies(connection, examination.findings)
            await check_shared_emails(connection, examination.findings)
    finally:
        await database.close()
    return examination.findings


@dataclass(slots=True)
class _Examination:
    """One check after the other, over one transaction."""

    connection: Transaction
    progress: Progress
    findings: Findings = field(default_factory=Findings)

    async def of_rows(self, label: str, what: Scanned, check: Check) -> None:
        """Go through all rows of a kind in pieces, telling how far it is."""
        total, done = await scan.count(self.connection, what), 0

        def step(rows: int) -> None:
            nonlocal done
            done = min(done + rows, total)
            self.progress(label, done, total)

        self.progress(label, 0, total)
        await check(self.connection, self.findings, step)
        if total:
            self.progress(label, total, total)

    async def of_file(self, *, indexes: bool) -> int:
        """Have SQLite look through its file; return how much is wrong with it."""
        self.progress("Checking the file")
        faults = await scan.faults_of_file(self.connection, indexes=indexes)
        for each in faults:
            self.findings.add(Topic.DAMAGED, each)
        return len(faults)

    async def of_keys(self) -> None:
        """Look for rows that name what is not there, or another company's; and for doubles."""
        self.progress("Checking keys")
        most = MOST_LISTED + 1
        for each in await keys.dangling(self.connection, most):
            what = f"{each.table} {each.key}: there is no {each.column} {each.value}"
            self.findings.add(Topic.NO_SUCH_ROW, what)
        for each in await keys.foreign(self.connection, most):
            what = f"{each.table} {each.key}: its {each.column} {each.value} is another company's"
            self.findings.add(Topic.OTHER_COMPANY, what)
        for user_id, day, count in await keys.doubled_entries(self.connection, most):
            self.findings.add(Topic.DOUBLE_ENTRY, f"user {user_id} has {count} entries on {day}")
        for entry_id, service, count in await keys.doubled_references(self.connection, most):
            what = f"entry {entry_id} has {count} references of service {service!r}"
            self.findings.add(Topic.DOUBLE_REFERENCE, what)

    async def of_numbers(self) -> None:
        """See that each company's changes are numbered 1, 2, 3, … up to its counter.

        Or from the first on that is still kept.

        Their origins follow one another, from the first that was kept to the last change.
        """
        misnumbered = set()
        for each in await keys.numberings(self.connection):
            if what := await self._wrong_numbers(each):
                misnumbered.add(each.company_id)
                self.findings.add(Topic.NUMBERING, f"company {each.company_id} {what}")
        for broken in await keys.broken_origins(self.connection, MOST_LISTED + 1):
            if broken.company_id not in misnumbered:
                what = f"company {broken.company_id}: {_wrong_origin(broken)}"
                self.findings.add(Topic.ORIGIN, what)

    async def _wrong_numbers(self, numbering: Numbering) -> str | None:
        if numbering.counter is None:
            return "has no counter of its changes"
        forgotten = numbering.forgotten or 0
        last = numbering.last or forgotten
        if numbering.changes and numbering.first != forgotten + 1:
            return f"has no change number {forgotten + 1}; the first is {numbering.first}"
        if numbering.changes != last - forgotten:
            gap = await keys.first_gap(self.connection, numbering.company_id)
            return f"has {numbering.changes} changes up to number {last}; {gap} is lacking"
        if last != numbering.counter:
            return f"has changes up to number {last}, but counted {numbering.counter}"
        return None


def _wrong_origin(range_: OriginRange) -> str:
    first, last = range_.first, range_.last
    if last is None:
        return f"changes up to {range_.before} have an origin, those after it have none"
    if first > last:
        return f"an origin is of changes {first} to {last}"
    if range_.before is not None and first <= range_.before:
        return f"changes {first} to {range_.before} have two origins"
    return f"changes after {range_.before} and before {first} have no origin"
