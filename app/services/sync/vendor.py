"""What a pass of reading asks of a vendor; whoever answers speaks HTTP, or stands in for it."""

from collections.abc import Collection
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Protocol, TypeAlias, runtime_checkable

from app.domain.days import DaySpan
from app.domain.sync.credentials import AnyCredentials
from app.domain.sync.remote import EntryPage, RemoteDirectory
from app.domain.sync.remote_people import RemotePeople, SurveyPage, TimeOffPage
from app.domain.sync.upstreams import Upstream


class Kantata(Protocol):
    """One account of Kantata OX. Every method may raise VendorFailure."""

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


@runtime_checkable
class Procore(Protocol):
    """One company of Procore Workforce Planning. Every method may raise VendorFailure."""

    async def account(self) -> str:
        """Return the vendor's id of the company that the credentials open."""

    async def people(self) -> RemotePeople:
        """Return everybody, with their job titles."""

    async def time_off(self, person_id: str, after: str | None) -> TimeOffPage:
        """Return a page of somebody's time off, behind the record that is named."""

    async def has_time_off(self, person_id: str, id_: str) -> bool:
        """Say whether a record is there, by its id."""

    async def survey(self, days: DaySpan, page: int) -> SurveyPage:
        """Return a page of what is said of people's time off in these days, from 0 on."""


Account: TypeAlias = Kantata | Procore


class Vendors(Protocol):
    """Opens accounts of vendors."""

    def open(
        self, upstream: Upstream, credentials: AnyCredentials
    ) -> AbstractAsyncContextManager[Account]:
        """Return the account that the credentials open; its connections end with the block."""
