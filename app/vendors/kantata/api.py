"""Asks Kantata OX: lists, page by page, in the vendor's own words."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from app.domain.days import DaySpan
from app.domain.sync.remote import EntryPage, RemoteDirectory
from app.vendors.client import VendorClient, unreadable
from app.vendors.kantata import directory, wire
from app.vendors.kantata.wire import ROWS_OF_A_PAGE

ANSWER_SECONDS: Final = 190.0
"""The vendor works on a request for up to three minutes."""
_INCLUDED: Final = "external_references,user"
_MOST_PAGES: Final = 500


@dataclass(frozen=True, slots=True)
class KantataApi:
    """One account, by its client."""

    client: VendorClient

    @property
    def told_at(self) -> datetime | None:
        """The instant of the last answer by the vendor's own clock; None where it told none."""
        return self.client.told_at

    async def account(self) -> str:
        """Return the id of the account that the credentials open."""
        answer = await self.client.get("users/me", {"include": "account_membership"})
        return directory.read_account(answer.document)

    async def directory(self) -> RemoteDirectory:
        """Return everybody on the account, roles, workweeks and holidays."""
        read = directory.Reading()
        for each in directory.LISTS:
            for number in range(1, _MOST_PAGES + 1):
                answer = await self.client.get(each.path, _page(number) | dict(each.query))
                read.requests += 1
                if not each.take(read, answer.document):
                    break
            else:
                raise unreadable(f"Its {each.path} have more than {_MOST_PAGES} pages.")
        return read.directory()

    async def entries(self, days: DaySpan, page: int) -> EntryPage:
        """Return a page of the entries of these days, from 1 on."""
        return await self._entries(
            page, {"start_date": days.first.isoformat(), "end_date": days.last.isoformat()}
        )

    async def entries_changed(self, since: datetime, page: int) -> EntryPage:
        """Return a page of the entries that were changed since the moment."""
        return await self._entries(page, {"updated_after": since.isoformat()})

    async def entries_created(self, since: datetime, page: int) -> EntryPage:
        """Return a page of the entries that were made since the moment."""
        return await self._entries(page, {"created_after": since.isoformat()})

    async def entries_by_id(self, ids: Collection[str]) -> EntryPage:
        """Return those of the entries that exist; at most 200 are asked for."""
        return await self._entries(1, {"only": ",".join(ids)})

    async def _entries(self, page: int, query: Mapping[str, str]) -> EntryPage:
        asked = _page(page) | {"include": _INCLUDED} | dict(query)
        answer = await self.client.get("time_off_entries", asked)
        return wire.read_entries(answer.document)


def _page(number: int) -> dict[str, str | int]:
    return {"page": number, "per_page": ROWS_OF_A_PAGE}
