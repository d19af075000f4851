"""Upstreams: connected, changed, paused and taken away by those who may."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import uuid4

from app.db.connections.database import Database, Transaction
from app.db.reading import sync as known
from app.db.reading.flows import flows_of
from app.db.reading.lists_of_nouns import COMPANIES
from app.db.writing import sync as kept
from app.domain.access import Permission
from app.domain.access_events import AccessEventKind
from app.domain.errors import InvalidValue, NotFound, Refusals
from app.domain.identifiers import Kind, read_text_id
from app.domain.sync.addresses import VendorHosts
from app.domain.sync.credentials import AnyCredentials, refuse_of_another
from app.domain.sync.failures import VendorFailure
from app.domain.sync.flows import SyncFlow
from app.domain.sync.refusals import AlreadyConnected, ConnectionRefused
from app.domain.sync.upstreams import (
    Upstream,
    UpstreamApi,
    UpstreamState,
    Wanted,
)
from app.services.access.events import AccessEvents
from app.services.caller import Caller
from app.services.sync.commands import ConnectUpstream, ReplaceCredentials, UpdateUpstream
from app.services.sync.outbox import begin_to_follow, details_of, end_writing
from app.services.sync.sealing import Seal
from app.services.sync.vendor import Vendors


@dataclass(frozen=True, slots=True)
class UpstreamService:
    """Write and read upstreams. Whoever connects one decides what the company's time off is.

    ``woken`` is called after each write, so that the driver of this process looks at once.
    """

    database: Database
    clock: Callable[[], datetime]
    vendors: Vendors
    hosts: VendorHosts
    seal: Seal
    events: AccessEvents
    woken: Callable[[], None]

    async def list_of(self, caller: Caller, company_id: str | None = None) -> list[Upstream]:
        """Return the upstreams that the caller manages, in the order they were connected."""
        caller.require(Permission.MANAGE_UPSTREAMS)
        if company_id is not None and not caller.sees(company_id):
            return []
        scope = caller.companies if company_id is None else frozenset({company_id})
        async with self.database.reading() as connection:
            return await known.upstreams_of(connection, scope)

    async def find(self, caller: Caller, id_text: str) -> Upstream:
        """Return an upstream that the caller manages, or raise Refused or NotFound."""
        caller.require(Permission.MANAGE_UPSTREAMS)
        refusals = Refusals()
        with refusals.collecting("id"):
            id_ = read_text_id(Kind.UPSTREAM, id_text)
        refusals.raise_any()
        async with self.database.reading() as connection:
            found = await known.find_upstream(connection, caller.companies, id_)
        if found is None:
            raise NotFound(Kind.UPSTREAM.words, ("id",))
        return found

    async def connect(self, caller: Caller, command: ConnectUpstream) -> Upstream:
        """Connect an account after its credentials were tried, or raise Refused.

        Nothing is asked of the vendor within a transaction.
        """
        caller.require(Permission.MANAGE_UPSTREAMS)
        upstream = self._read_connect(command)
        async with self.database.reading() as connection:
            await self._refuse_unfit(connection, caller, upstream)
        if not command.dry_run:
            self.seal.keys.to_seal()  # what nobody could seal is not even tried
        account = await self._account(upstream, command.credentials)
        if command.account_key not in {None, account}:
            message = f"The credentials open the account {account}."
            raise ConnectionRefused(message, ("account_key",))
        upstream = replace(upstream.checked(account), credential_hint=command.credentials.hint)
        if command.dry_run:
            return upstream
        async with self.database.writing() as connection:
            await kept.lock_upstreams_of_company(connection, upstream.company_id)
            await self._refuse_unfit(connection, caller, upstream)
            # The keys may have been changed while the vendor was asked.
            sealed = self.seal.close(upstream.id, command.credentials)
            await kept.add_upstream(connection, upstream, sealed)
            if upstream.is_two_way:
                await begin_to_follow(connection, upstream)
            await self._record(connection, caller, AccessEventKind.UPSTREAM_CONNECTED, upstream)
        self.woken()
        return upstream

    async def update(self, caller: Caller, command: UpdateUpstream) -> Upstream:
        """Change the window, the direction or the policy, or raise Refused.

        What is outside of the window stays as it is. Before anything is written in another
        direction, everything is compared.
        """

        def changed(before: Upstream) -> Upstream:
            given = {
                name: value
                for name in ("days_back", "days_ahead")
                if (value := getattr(command, name)) is not None
            }
            window = replace(before.window, **given)
            window.refuse_unfit()
            policy = command.conflict_policy or before.conflict_policy
            direction = command.direction or before.direction
            after = replace(before, conflict_policy=policy).directed(direction)
            if window == before.window:
                return after
            moved = replace(after, window=window)
            return moved.wanting(Wanted.WHOLE) if moved.is_at_work else moved

        return await self._change(caller, command.id, AccessEventKind.UPSTREAM_CHANGED, changed)

    async def replace_credentials(self, caller: Caller, command: ReplaceCredentials) -> Upstream:
        """Give an upstream other credentials, which open the same account, or raise Refused."""
        before = await self.find(caller, command.id)
        refusals = Refusals()
        with refusals.collecting("credentials"):
            refuse_of_another(before.api, command.credentials)
            command.credentials.refuse_unfit()
        refusals.raise_any()
        account = await self._account(before, command.credentials)
        if before.account_key not in {None, account}:
            raise ConnectionRefused("They open another account.", ("credentials",))

        def changed(upstream: Upstream) -> Upstream:
            renewed = upstream.renewed().checked(account)
            return replace(renewed, credential_hint=command.credentials.hint)

        return await self._change(
            caller,
            command.id,
            AccessEventKind.UPSTREAM_CREDENTIALS_REPLACED,
            changed,
            command.credentials,
        )

    async def pause(self, caller: Caller, id_text: str) -> Upstream:
        """Ask the vendor nothing until it is resumed."""
        return await self._change(
            caller,
            id_text,
            AccessEventKind.UPSTREAM_PAUSED,
            lambda upstream: upstream.ended(UpstreamState.PAUSED),
        )

    async def resume(self, caller: Caller, id_text: str) -> Upstream:
        """Go on with an upstream that was paused, waits, or was held back for a person to look.

        What a person could look at, and nothing else, is deleted by the next whole pass.
        """
        return await self._change(
            caller, id_text, AccessEventKind.UPSTREAM_RESUMED, lambda upstream: upstream.resumed()
        )

    async def read_soon(self, caller: Caller, id_text: str, *, whole: bool) -> Upstream:
        """Have a pass made as soon as the vendor may be asked, or raise Refused.

        One that is under way comes to its end before.
        """
        wanted = Wanted.WHOLE if whole else Wanted.RECENT

        def changed(upstream: Upstream) -> Upstream:
            return upstream.wanting(wanted)

        return await self._change(caller, id_text, None, changed, overtakes=False)

    async def disconnect(self, caller: Caller, id_text: str) -> Upstream:
        """Forget what opens the account, and what the vendor had; time off stays."""
        before = await self.find(caller, id_text)
        async with self.database.writing() as connection:
            upstream = await _get(connection, caller, before.id)
            await kept.remove_upstream(connection, upstream.id)
            await self._record(connection, caller, AccessEventKind.UPSTREAM_DISCONNECTED, upstream)
        self.woken()
        return upstream.ended(UpstreamState.DISCONNECTED)

    def _read_connect(self, command: ConnectUpstream) -> Upstream:
        refusals = Refusals()
        company_id, base_url = "", ""
        with refusals.collecting("company_id"):
            company_id = read_text_id(Kind.COMPANY, command.company_id)
        with refusals.collecting("base_url"):
            base_url = self.hosts.read_base_url(command.api, command.base_url)
        with refusals.collecting("credentials"):
            refuse_of_another(command.api, command.credentials)
            command.credentials.refuse_unfit()
        with refusals.collecting():
            command.window.refuse_unfit()
        refusals.raise_any()
        return Upstream(
            str(uuid4()),
            company_id,
            command.api,
            base_url,
            self.clock(),
            direction=command.direction,
            conflict_policy=command.conflict_policy,
            window=command.window,
        )

    async def _refuse_unfit(
        self, connection: Transaction, caller: Caller, upstream: Upstream
    ) -> None:
        """Raise NotFound for a company that is none of the caller's, or AlreadyConnected."""
        company = upstream.company_id
        if not await COMPANIES.find_many(connection, caller.companies, [company]):
            raise NotFound(Kind.COMPANY.words, ("company_id",))
        there = await known.upstreams_of(connection, frozenset({company}))
        if any(each.api is upstream.api for each in there):
            raise AlreadyConnected(("api",))
        if not upstream.is_two_way:
            await _refuse_carried(connection, company, upstream.api)

    async def _account(self, upstream: Upstream, credentials: AnyCredentials) -> str:
        try:
            async with self.vendors.open(upstream, credentials) as vendor:
                return await vendor.account()
        except VendorFailure as failure:
            raise ConnectionRefused(_told(failure, credentials), ("credentials",)) from failure

    async def _change(
        self,
        caller: Caller,
        id_text: str,
        kind: AccessEventKind | None,
        changed: Callable[[Upstream], Upstream],
        credentials: AnyCredentials | None = None,
        *,
        overtakes: bool = True,
    ) -> Upstream:
        """Store what becomes of it; where nothing does, nobody who reads it is disturbed.

        ``overtakes``: a pass under way is given up, for it was begun by what was before.
        """
        found = await self.find(caller, id_text)
        async with self.database.writing() as connection:
            before = await _get(connection, caller, found.id)
            after = changed(before)
            if after == before and credentials is None:
                return before
            after = replace(after, revision=before.revision + int(overtakes))
            sealed = None if credentials is None else self.seal.close(before.id, credentials)
            await kept.change_upstream(connection, after, sealed)
            if after.is_two_way and not before.is_two_way:
                await begin_to_follow(connection, after)
            if before.is_two_way and not after.is_two_way:
                await _refuse_carried(connection, before.company_id, before.api)
                await end_writing(connection, before.id, caller.name, self.clock())
            if kind is not None:
                await self._record(connection, caller, kind, after)
        self.woken()
        return after

    async def _record(
        self, connection: Transaction, caller: Caller, kind: AccessEventKind, upstream: Upstream
    ) -> None:
        event = self.events.event_of(
            caller, kind, company_id=upstream.company_id, details=details_of(upstream)
        )
        await self.events.record(connection, event)


def _told(failure: VendorFailure, credentials: AnyCredentials) -> str:
    """Return what became of a try in words for who has made it, the vendor's own among them.

    A vendor that repeats a token is not repeated.
    """
    if failure.words is None or any(each in failure.words for each in credentials.secrets):
        return failure.message
    return f'{failure.message} It says: "{failure.words}"'


async def _refuse_carried(connection: Transaction, company_id: str, api: UpstreamApi) -> None:
    """Raise InvalidValue where time off is carried to what is to be read only."""
    carried = (await flows_of(connection, [company_id])).get(company_id, SyncFlow.NONE)
    if carried.is_into(api):
        message = "Time off is carried to it: it has to be TWO_WAY, or setSyncFlow ends that first."
        raise InvalidValue(message, ("direction",))


async def _get(connection: Transaction, caller: Caller, id_: str) -> Upstream:
    """Return the upstream as it is while nobody else writes it, or raise NotFound."""
    await kept.lock_upstream(connection, id_)
    found = await known.find_upstream(connection, caller.companies, id_)
    if found is None:
        raise NotFound(Kind.UPSTREAM.words, ("id",))
    return found
