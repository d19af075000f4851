"""The demo data: loaded as a whole or not at all, and never a second time.

It is written through the services, as a client would write it.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from app.db.database import Database
from app.db.joined import JoinedDatabase
from app.db.listings import COMPANIES
from app.db.writing import lock_directory
from app.domain.errors import Refused, TimeOffError
from app.domain.identifiers import Kind, node_id, user_subject
from app.services import demo_directory as directory
from app.services.caller import LOCAL
from app.services.demo_absences import Submission, submissions
from app.services.directory import DirectoryService
from app.services.person_time_off import PersonTimeOffService
from app.services.progress import Progress
from app.services.time_off_entries import CreateEntries, TimeOffEntryService
from app.services.workers import WorkerService

_LABEL: Final = "Loading the demo data"


class DemoDoesNotFit(Exception):
    """The database has objects of its own with ids of the demo data; nothing was stored."""


def load(database_url: str, progress: Progress, today: date | None = None) -> None:
    """Load the demo data around ``today``, unless its company is there already.

    ``today`` is the current day of UTC if it is left out. All is one transaction: an
    interrupted load leaves nothing.
    """
    asyncio.run(_load(database_url, progress, today or datetime.now(UTC).date()))


async def _load(database_url: str, progress: Progress, today: date) -> None:
    database = Database(database_url)
    try:
        async with database.writing() as connection:
            await lock_directory(connection, [directory.BUILDERS])
            if await COMPANIES.find_many(connection, None, [directory.BUILDERS]):
                progress("The demo data is there already")
                return
            await _Loader(JoinedDatabase(connection), progress, today).load()
    except (Refused, TimeOffError) as refusal:
        msg = f"The demo data does not fit beside what the database has: {refusal}"
        raise DemoDoesNotFit(msg) from refusal
    finally:
        await database.close()


@dataclass(frozen=True, slots=True)
class _Loader:
    """Writes everything, each part at the time at which it is said to have been sent."""

    database: Database
    progress: Progress
    today: date

    async def load(self) -> None:
        """Write the directory of a year ago, then the time off in its order."""
        await self._directory()
        sent = submissions(self.today)
        for done, submission in enumerate(sent):
            self.progress(_LABEL, done, len(sent))
            await self._submit(submission)
        self.progress(_LABEL, len(sent), len(sent))

    async def _directory(self) -> None:
        opened = datetime.combine(self.today - timedelta(days=365), time(8), UTC)
        service = DirectoryService(self.database, _always(opened))
        await service.upsert_companies(LOCAL, directory.companies())
        await service.upsert_roles(LOCAL, directory.roles())
        await service.upsert_users(LOCAL, directory.users())
        await service.upsert_people(LOCAL, directory.people())
        await service.upsert_workweeks(LOCAL, directory.workweeks(self.today))
        await service.upsert_holidays(LOCAL, directory.holidays(self.today))
        pairs = WorkerService(self.database, _always(opened))
        for user_id, person_id in directory.linked_pairs():
            await pairs.link(LOCAL, str(user_id), person_id)
        barred = user_subject(directory.barred_user())
        await pairs.unlink(LOCAL, node_id(Kind.WORKER, barred))

    async def _submit(self, submission: Submission) -> None:
        clock = _always(submission.at)
        if submission.record:
            await PersonTimeOffService(self.database, clock).create(LOCAL, submission.record)
        if submission.entries:
            entries = TimeOffEntryService(self.database, clock)
            await entries.create(LOCAL, CreateEntries(submission.entries))


def _always(moment: datetime) -> Callable[[], datetime]:
    return lambda: moment
