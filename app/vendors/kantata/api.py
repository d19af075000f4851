"""Asks Kantata OX: lists, page by page, in the vendor's own words; what is written, once."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from app.domain.days import DaySpan
from app.domain.sync.remote import (
    EntryPage,
    NewRemoteEntry,
    RemoteDirectory,
    RemoteEntry,
    RemoteReference,
)
from app.domain.time_off_entries import ReferenceFacts, UserDay
from app.vendors.client import VendorClient, unreadable
from app.vendors.kantata import directory, wire, writing
from app.vendors.kantata.wire import ROWS_OF_A_PAGE

ANSWER_SECONDS: Final = 190.0
"""The vendor works on a request for up to three minutes."""
_INCLUDED: Final = "external_references,user"
_MOST_PAGES: Final = 500
_A_DAY: Final = timedelta(days=1)


def path_told(path: str) -> str:
    """Return a path without the ids in it.

    >>> path_told("time_off_entries/4711")
    'time_off_entries/{id}'
    """
    return re.sub(r"/\d+", "/{id}", path)


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

    async def entries_of(self, users: Collection[int], days: DaySpan, page: int) -> EntryPage:
        """Return a page of the entries of these users on these days, from 1 on.

        A day more is asked for on each side: whether both ends belong to a span is not documented.
        The page is counted as it was answered, with what was not asked for.
        """
        found = await self._entries(
            page,
            {
                "user_ids": ",".join(map(str, users)),
                "start_date": (days.first - _A_DAY).isoformat(),
                "end_date": (days.last + _A_DAY).isoformat(),
            },
        )
        of = [
            each
            for each in found.entries
            if each.user_id in users and days.first <= each.day <= days.last
        ]
        return replace(found, entries=of)

    async def create_entry(self, new: NewRemoteEntry) -> RemoteEntry:
        """Make an entry with the first of its references; return it as it is there then."""
        return await writing.create_entry(self.client, new)

    async def create_entries(self, new: Sequence[NewRemoteEntry]) -> Sequence[RemoteEntry]:
        """Make entries of several days at once; return them as they are there then, in order."""
        return await writing.create_entries(self.client, new)

    async def change_entry(
        self, remote_id: str, seconds: int, of: UserDay | None = None
    ) -> RemoteEntry:
        """Have an entry with so many seconds; return it as it is there then."""
        return await writing.change_entry(self.client, remote_id, seconds, of)

    async def delete_entry(self, remote_id: str) -> None:
        """Delete an entry with its references."""
        await writing.delete_entry(self.client, remote_id)

    async def put_reference(self, remote_id: str, facts: ReferenceFacts) -> RemoteReference:
        """Have an entry with this reference; return it as it is there then."""
        return await writing.put_reference(self.client, remote_id, facts)

    async def _entries(self, page: int, query: Mapping[str, str]) -> EntryPage:
        asked = _page(page) | {"include": _INCLUDED} | dict(query)
        answer = await self.client.get("time_off_entries", asked)
        return wire.read_entries(answer.document)


def _page(number: int) -> dict[str, str | int]:
    return {"page": number, "per_page": ROWS_OF_A_PAGE}
