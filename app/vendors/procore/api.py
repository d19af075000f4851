"""Asks Procore Workforce Planning, in the vendor's own words: lists page by page, and writes."""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final

from app.domain.days import DaySpan
from app.domain.sync.failures import FailureKind, VendorFailure
from app.domain.sync.listings import LOOKS
from app.domain.sync.remote_people import (
    NewTimeOff,
    RemotePeople,
    RemoteTimeOff,
    SurveyPage,
    TimeOffChange,
    TimeOffPage,
)
from app.domain.sync.sweeping import RECORDS_OF_A_PAGE
from app.domain.wire_formats import is_uuid
from app.vendors.client import VendorAnswer, VendorClient, WriteMethod, unreadable
from app.vendors.procore import wire, writing
from app.vendors.procore.people import PeopleRead
from app.vendors.procore.token import ProcoreAuthorization

ANSWER_SECONDS: Final = 90.0
MOST_PAGES: Final = 250
"""Of people: 100,000."""
_IDS: Final = re.compile(r"(companies|people|time-off)/[^/]+")


def path_told(path: str) -> str:
    """Return a path without the ids in it, as logs and metrics may have it.

    >>> path_told("v2/companies/7/people/81c63107-6843-4822-be42-a40b41e75285/time-off")
    'v2/companies/{id}/people/{id}/time-off'
    """
    return _IDS.sub(r"\1/{id}", path)


@dataclass(frozen=True, slots=True)
class ProcoreApi:
    """One company, by its client."""

    client: VendorClient
    authorization: ProcoreAuthorization

    @property
    def company(self) -> str:
        """The company's number there."""
        return self.authorization.token.credentials.company

    async def account(self) -> str:
        """Return the company that the credentials open, after a look at its job titles."""
        wire.rows((await self._get("job-titles")).document)
        return self.company

    async def people(self) -> RemotePeople:
        """Return everybody, with their job titles."""
        read = PeopleRead()
        read.take_titles((await self._get("job-titles")).document)
        for _ in range(LOOKS):
            await self._look(read)
            if read.is_agreed:
                break
        return read.all()

    async def _look(self, read: PeopleRead) -> None:
        read.begin_look()
        for page in range(MOST_PAGES):
            answer = await self._get("people", {"page": page})
            if not read.take_people(answer.document):
                return
        raise unreadable(f"Its people have more than {MOST_PAGES} pages.")

    async def time_off(self, person_id: str, after: str | None) -> TimeOffPage:
        """Return a page of somebody's time off, behind the record that is named."""
        asked: dict[str, str | int] = {"timezone": "UTC", "limit": RECORDS_OF_A_PAGE}
        if after is not None:
            asked["start_after"] = after
        answer = await self._get(f"people/{person_id}/time-off", asked)
        return wire.read_time_off(answer.document, person_id)

    async def has_time_off(self, person_id: str, id_: str) -> bool:
        """Say whether a record is there, by its id."""
        try:
            answer = await self._get(f"people/{person_id}/time-off/{id_}")
        except VendorFailure as failure:
            if failure.kind is FailureKind.NOT_THERE:
                return False
            raise
        data = answer.document.get("data")
        told = data.get("id") if isinstance(data, Mapping) else None
        if not isinstance(told, str) or not is_uuid(told) or told.lower() != id_:
            raise unreadable("It answers another record than it was asked for.")
        return True

    async def create_time_off(self, new: NewTimeOff) -> RemoteTimeOff:
        """Make a record and return it as it is there then; a POST makes another one each time."""
        path = f"people/{new.person_id}/time-off"
        answer = await self._write("POST", path, writing.new_document(new))
        return wire.read_record(answer.document, new.person_id)

    async def change_time_off(
        self, person_id: str, id_: str, change: TimeOffChange
    ) -> RemoteTimeOff:
        """Have a record be otherwise; return it as it is there then."""
        path = f"people/{person_id}/time-off/{id_}"
        answer = await self._write("PATCH", path, writing.change_document(change))
        if not answer.document:  # it says nothing of what it has: 304, or 204
            answer = await self._look_after(path)
        return wire.read_record(answer.document, person_id, id_)

    async def _look_after(self, path: str) -> VendorAnswer:
        """Return what is there after a write, which may be done even where the look fails."""
        try:
            return await self._get(path)
        except VendorFailure as failure:
            failure.was_sent, failure.is_partly_done = True, True
            raise

    async def delete_time_off(self, person_id: str, id_: str) -> None:
        """Delete a record with its instances; what is answered besides the status says nothing."""
        await self._write("DELETE", f"people/{person_id}/time-off/{id_}")

    async def survey(self, days: DaySpan, page: int) -> SurveyPage:
        """Return a page of what is said of people's time off in these days, from 0 on."""
        asked: dict[str, str | int] = {
            "start_day": days.first.isoformat(),
            "dayRange": len(days),
            "page": page,
        }
        return wire.read_survey((await self._get("assignments", asked)).document)

    async def _get(self, path: str, query: Mapping[str, str | int] | None = None) -> VendorAnswer:
        asked = self._path(path)
        return await self._authorized(lambda: self.client.get(asked, query))

    async def _write(
        self, method: WriteMethod, path: str, document: Mapping[str, object] | None = None
    ) -> VendorAnswer:
        asked = self._path(path)
        return await self._authorized(lambda: self.client.write(method, asked, document))

    def _path(self, path: str) -> str:
        return f"v2/companies/{self.company}/{path}"

    async def _authorized(self, ask: Callable[[], Awaitable[VendorAnswer]]) -> VendorAnswer:
        """Ask, and once more with another token where this one is refused: nothing was done."""
        token = self.authorization.token
        used = token.text
        try:
            return await ask()
        except VendorFailure as failure:
            if failure.kind is not FailureKind.CREDENTIALS_REFUSED or token.text is None:
                raise
            token.forget(used or token.text)
        return await ask()
