"""What a pass of reading asks of a vendor; whoever answers speaks HTTP, or stands in for it."""

from collections.abc import Collection, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Protocol, TypeAlias, runtime_checkable

from app.domain.days import DaySpan
from app.domain.sync.credentials import AnyCredentials
from app.domain.sync.remote import (
    EntryPage,
    NewRemoteEntry,
    RemoteDirectory,
    RemoteEntry,
    RemoteReference,
)
from app.domain.sync.remote_people import (
    NewTimeOff,
    RemotePeople,
    RemoteTimeOff,
    SurveyPage,
    TimeOffChange,
    TimeOffPage,
)
from app.domain.sync.upstreams import Upstream
from app.domain.time_off_entries import ReferenceFacts, UserDay


class Kantata(Protocol):
    """One account of Kantata OX. Every method may raise VendorFailure.

    Each request is sent once. What it was to change may be done or not where a failure ``was_sent``
    and is UNREACHABLE or UNREADABLE.
    """

    @property
    def told_at(self) -> datetime | None:
        """The instant of the last answer by the vendor's own clock; None where it told none."""

    async def account(self) -> str:
        """Return the vendor's id of the account that the credentials open."""

    async def directory(self) -> RemoteDirectory:
        """Return everybody on the account, roles, workweeks and holidays."""

    async def entries(self, days: DaySpan, page: int) -> EntryPage:
        """Return a page of the entries of these days, from 1 on."""

    async def entries_changed(self, since: datetime, page: int) -> EntryPage:
        """Return a page of the entries that were changed since the moment."""

    async def entries_created(self, since: datetime, page: int) -> EntryPage:
        """Return a page of the entries that were made since the moment."""

    async def entries_by_id(self, ids: Collection[str]) -> EntryPage:
        """Return those of the entries that exist; at most 200 are asked for."""

    async def entries_of(self, users: Collection[int], days: DaySpan, page: int) -> EntryPage:
        """Return a page of the entries of these users on these days, from 1 on."""

    async def create_entry(self, new: NewRemoteEntry) -> RemoteEntry:
        """Make an entry and return it as it is there then; a POST, which adds to a day's hours.

        One reference goes along, the first: what the answer lacks is for put_reference.
        """

    async def create_entries(self, new: Sequence[NewRemoteEntry]) -> Sequence[RemoteEntry]:
        """Make entries of several days in one request; return them as they are there, in order.

        Each is added to its day as by create_entry. An answer that is not about these days, each
        of them once, is UNREADABLE. What is stored where the request is refused is not documented.
        """

    async def change_entry(
        self, remote_id: str, seconds: int, of: UserDay | None = None
    ) -> RemoteEntry:
        """Have an entry with so many seconds, above 0; return it as it is there then.

        An answer about another day than ``of``, where it is given, is UNREADABLE.
        """

    async def delete_entry(self, remote_id: str) -> None:
        """Delete an entry with its references; one that is not there is NOT_THERE."""

    async def put_reference(self, remote_id: str, facts: ReferenceFacts) -> RemoteReference:
        """Have an entry with this reference, in place of one of the same service.

        What is None is not sent; the documentation does not say whether it stays there then, and
        has no deletion of a reference.
        """


@runtime_checkable
class Procore(Protocol):
    """One company of Procore Workforce Planning. Every method may raise VendorFailure.

    Each write is sent once, as Kantata's are.
    """

    async def account(self) -> str:
        """Return the vendor's id of the company that the credentials open."""

    async def people(self) -> RemotePeople:
        """Return everybody, with their job titles."""

    async def time_off(self, person_id: str, after: str | None) -> TimeOffPage:
        """Return a page of somebody's time off, behind the record that is named."""

    async def has_time_off(self, person_id: str, id_: str) -> bool:
        """Say whether a record is there, by its id."""

    async def create_time_off(self, new: NewTimeOff) -> RemoteTimeOff:
        """Make a record and return it as it is there then; a POST makes another one each time."""

    async def change_time_off(
        self, person_id: str, id_: str, change: TimeOffChange
    ) -> RemoteTimeOff:
        """Have a record be otherwise; return it as it is there then.

        One that is not there is NOT_THERE.
        """

    async def delete_time_off(self, person_id: str, id_: str) -> None:
        """Delete a record with its instances; one that is not there is NOT_THERE."""

    async def survey(self, days: DaySpan, page: int) -> SurveyPage:
        """Return a page of what is said of people's time off in these days, from 0 on."""


Account: TypeAlias = Kantata | Procore


class Vendors(Protocol):
    """Opens accounts of vendors."""

    def open(
        self, upstream: Upstream, credentials: AnyCredentials
    ) -> AbstractAsyncContextManager[Account]:
        """Return the account that the credentials open; its connections end with the block."""
