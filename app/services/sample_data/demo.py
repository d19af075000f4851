"""The demo data: loaded as a whole or not at all, and never a second time.

It is written through the services, as a client would write it.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from app.db.connections.database import Database
from app.db.connections.one_transaction import JoinedDatabase
from app.db.reading.lists_of_nouns import COMPANIES
from app.db.writing.locks import lock_directory
from app.domain.errors import Refused, TimeOffError
from app.domain.identifiers import Kind, node_id, user_subject
from app.progress import Progress
from app.services.caller import COMMAND
from app.services.directory.service import DirectoryService
from app.services.person_time_off.service import PersonTimeOffService
from app.services.sample_data import demo_directory as directory
from app.services.sample_data.demo_absences import Submission, submissions
from app.services.time_off_entries.commands import CreateEntries
from app.services.time_off_entries.service import TimeOffEntryService
from app.services.workers import WorkerService

_LABEL: Final = "Loading the demo data"
_NAMED_IDS: Final = 5


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
        msg = (
            f"The demo data does not fit beside what is in the database: {_conflict(refusal)} "
            "Load it into a database of its own, such as --database-url sqlite:///demo.db."
        )
        raise DemoDoesNotFit(msg) from refusal
    finally:
        await database.close()


def _conflict(refusal: Refused | TimeOffError) -> str:
    """Say which ids of the demo data are taken, or else what was refused."""
    errors = refusal.errors if isinstance(refusal, Refused) else (refusal,)
    plural, *place = errors[0].path or ("",)
    if plural not in {"roles", "users", "people"} or "source_id" not in place:
        return " ".join(dict.fromkeys(error.message for error in errors))
    items = getattr(directory, str(plural))()
    taken = [items[int(error.path[1])].given["source_id"] for error in errors]
    more = f" and {len(taken) - _NAMED_IDS} more" if len(taken) > _NAMED_IDS else ""
    ids = ", ".join(taken[:_NAMED_IDS])
    return f"{plural} {ids}{more} are there already, of another company."


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
        await service.upsert_companies(COMMAND, directory.companies())
        await service.upsert_roles(COMMAND, directory.roles())
        await service.upsert_users(COMMAND, directory.users())
        await service.upsert_people(COMMAND, directory.people())
        await service.upsert_workweeks(COMMAND, directory.workweeks(self.today))
        await service.upsert_holidays(COMMAND, directory.holidays(self.today))
        pairs = WorkerService(self.database, _always(opened))
        for user_id, person_id in directory.linked_pairs():
            await pairs.link(COMMAND, str(user_id), person_id)
        barred = user_subject(directory.barred_user())
        await pairs.unlink(COMMAND, node_id(Kind.WORKER, barred))

    async def _submit(self, submission: Submission) -> None:
        clock = _always(submission.at)
        if submission.record:
            await PersonTimeOffService(self.database, clock).create(COMMAND, submission.record)
        if submission.entries:
            entries = TimeOffEntryService(self.database, clock)
            await entries.create(COMMAND, CreateEntries(submission.entries))


def _always(moment: datetime) -> Callable[[], datetime]:
    return lambda: moment
