"""API tokens: made, rotated and revoked by those who may; found by what a request carries."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from hmac import compare_digest
from typing import Final

from app.db.connections.database import Database, Transaction
from app.db.reading import access_tokens as stored
from app.db.reading.lists_of_nouns import COMPANIES
from app.db.reading.workers import find_worker
from app.db.writing import access_tokens as store
from app.db.writing.access_sessions import revoke_of_credential
from app.domain.access import (
    AccessRole,
    Identity,
    OwnWorker,
    Permission,
    needed_to_act_for,
    needing_to_read,
)
from app.domain.access_events import AccessEventKind
from app.domain.access_tokens import (
    LIFETIME,
    ROTATION_GRACE,
    AccessToken,
    id_of_token,
    is_id,
    new_id,
    new_token,
)
from app.domain.errors import InvalidValue, NotFound, NotPermitted, Refusals, TooManyItems
from app.domain.identifiers import Kind, read_text_id
from app.domain.wire_formats import fit_name
from app.services.access.events import AccessEvents
from app.services.access.last_uses import LastUses
from app.services.caller import Caller
from app.services.secrets import hash_of

MOST_TOKENS: Final = 1_000
LONGEST_LIFE: Final = timedelta(days=3_650)
NEVER: Final = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class CreateToken:
    """A token that is wished for; ids as sent. ``companies`` None: all of them.

    Without ``expires_at`` it ends after a year, unless it ``never_expires``.
    """

    name: str
    role: AccessRole
    added: Collection[Permission] = ()
    taken: Collection[Permission] = ()
    companies: Sequence[str] | None = None
    worker_id: str | None = None
    expires_at: datetime | None = None
    never_expires: bool = False


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """A token and its text, which is shown this once."""

    token: AccessToken
    text: str


@dataclass(frozen=True, slots=True)
class TokenService:
    """Write and read tokens; of a secret only the SHA-256 is kept.

    When a token was last used is noted here, and stored by ``store_uses``: no request waits
    for that.
    """

    database: Database
    clock: Callable[[], datetime]
    events: AccessEvents
    _uses: LastUses = field(default_factory=LastUses)

    async def create(self, caller: Caller, command: CreateToken) -> IssuedToken:
        """Make a token that can do no more than its maker, or raise Refused."""
        caller.require(Permission.MANAGE_ACCESS)
        now = self.clock()
        async with self.database.writing() as connection:
            if await stored.count_tokens(connection) >= MOST_TOKENS:
                msg = f"There are {MOST_TOKENS} tokens, as many as there may be."
                raise TooManyItems(msg, ("name",))
            token = await _read(connection, caller, command, now)
            text = new_token(token.id).text
            await store.add_token(connection, token, hash_of(text))
            await self._record(connection, caller, AccessEventKind.TOKEN_CREATED, token)
        return IssuedToken(token, text)

    async def list_all(self, caller: Caller) -> list[AccessToken]:
        """Return the tokens of the caller's companies, also ended ones, the newest first."""
        caller.require(Permission.MANAGE_ACCESS)
        async with self.database.reading() as connection:
            found = await stored.all_tokens(connection)
        return [token for token in found if _is_managed_by(caller, token)]

    async def rotate(self, caller: Caller, id_: str) -> IssuedToken:
        """Give a token a new secret; the one before works for another day."""
        caller.require(Permission.MANAGE_ACCESS)
        now = self.clock()
        async with self.database.writing() as connection:
            token = await _get(connection, caller, id_)
            if not token.is_live(now):
                raise InvalidValue("This token has ended; make another one.", ("id",))
            for more, _ in _more_than(caller, token):
                raise NotPermitted(min(more), ("id",))
            text = new_token(id_).text
            await store.rotate_token(connection, id_, hash_of(text), now, now + ROTATION_GRACE)
            await self._record(connection, caller, AccessEventKind.TOKEN_ROTATED, token)
        return IssuedToken(replace(token, rotated_at=now), text)

    async def revoke(self, caller: Caller, id_: str) -> AccessToken:
        """Let a token open nothing any more; again changes nothing."""
        caller.require(Permission.MANAGE_ACCESS)
        async with self.database.writing() as connection:
            token = await _get(connection, caller, id_)
            if token.revoked_at is None:
                now = self.clock()
                token = replace(token, revoked_at=now)
                await store.revoke_token(connection, id_, now)
                await self._record(connection, caller, AccessEventKind.TOKEN_REVOKED, token)
                await revoke_of_credential(connection, id_, now)
        return token

    async def find(self, text: str) -> Identity | None:
        """Return who has the live token of this text, and note the use; None: it is no good."""
        id_ = id_of_token(text)
        if id_ is None:
            return None
        now = self.clock()
        async with self.database.reading() as connection:
            found = await stored.find_token(connection, id_)
            token = None if found is None else _opened(found, text)
            if token is None or not token.is_live(now):
                return None
            worker = await own_worker(connection, token.worker_id)
        self._uses.note(token.id, now, token.last_used_at)
        return token.identity(worker)

    async def is_any(self) -> bool:
        """Say whether a token was ever made."""
        async with self.database.reading() as connection:
            return await stored.is_any_token(connection)

    async def is_any_live(self) -> bool:
        """Say whether a token opens anything now."""
        async with self.database.reading() as connection:
            return await stored.is_any_live_token(connection, self.clock())

    async def _record(
        self, connection: Transaction, caller: Caller, kind: AccessEventKind, token: AccessToken
    ) -> None:
        details = {"tokenId": token.id, "role": token.role.value}
        await self.events.record_access(connection, caller, kind, token.companies, details)

    async def store_uses(self) -> None:
        """Store when the tokens were last used that were used here since the last time."""
        await self._uses.store_by(self._store_uses)

    async def _store_uses(self, used_at: Mapping[str, datetime]) -> None:
        async with self.database.writing() as connection:
            await store.note_uses(connection, used_at)


async def own_worker(connection: Transaction, worker_id: str | None) -> OwnWorker | None:
    """Return the worker that an id names, under its ids of both systems as they are today."""
    worker = await find_worker(connection, worker_id) if worker_id else None
    if worker is None:
        return None
    return OwnWorker(worker.company_id, worker.user_id, worker.person_id)


async def _read(
    connection: Transaction, caller: Caller, command: CreateToken, now: datetime
) -> AccessToken:
    """Return the token that is wished for, of what its maker may give; nothing is stored."""
    refusals = Refusals()
    with refusals.collecting("name"):
        fit_name(command.name)
    companies = await _companies(connection, caller, command, refusals)
    worker_id = await _worker(connection, caller, command, companies, refusals)
    expires_at = _end(command, now, refusals)
    token = AccessToken(
        id=new_id(),
        name=command.name.strip(),
        role=command.role,
        added=frozenset(command.added),
        taken=frozenset(command.taken),
        companies=companies,
        worker_id=worker_id,
        made_by=caller.name,
        created_at=now,
        expires_at=expires_at,
    )
    if blind := needing_to_read(token.permissions):
        names = ", ".join(sorted(blind))
        msg = f"Whoever may not read time off may have none of these either: {names}."
        refusals.add(InvalidValue(msg, ("take",)))
    for more, place in _more_than(caller, token):
        refusals.add(NotPermitted(min(more), (place,)))
    refusals.raise_any()
    return token


def _more_than(caller: Caller, token: AccessToken) -> Iterator[tuple[frozenset[Permission], str]]:
    """Yield the permissions by which the token could do more than the caller, and the reason.

    A worker is as good as permissions: whoever is one reads its reasons and writes its time off.
    """
    mine = caller.identity.permissions
    if more := token.permissions - mine:
        yield more, "role"
    if token.worker_id is None or token.worker_id in caller.own_subjects:
        return
    if more := needed_to_act_for(token.permissions) - mine:
        yield more, "worker_id"


async def _companies(
    connection: Transaction, caller: Caller, command: CreateToken, refusals: Refusals
) -> frozenset[str] | None:
    """Return the companies that the token is for, each of them one of the caller's."""
    if command.companies is None:
        if caller.companies is not None:
            msg = "Name companies: you are not one of all companies yourself."
            refusals.add(InvalidValue(msg, ("company_ids",)))
        return None
    if not command.companies:
        msg = "Name at least one company; a token for none would open nothing."
        refusals.add(InvalidValue(msg, ("company_ids",)))
    wanted = []
    for index, text in enumerate(command.companies):
        with refusals.collecting("company_ids", index):
            wanted.append(read_text_id(Kind.COMPANY, text))
    found = await COMPANIES.find_many(connection, caller.companies, wanted)
    for index, company_id in enumerate(wanted):
        if company_id not in found:
            refusals.add(NotFound(Kind.COMPANY.words, ("company_ids", index)))
    return frozenset(wanted)


async def _worker(
    connection: Transaction,
    caller: Caller,
    command: CreateToken,
    companies: frozenset[str] | None,
    refusals: Refusals,
) -> str | None:
    """Return the worker that the token is for, of one of the token's companies."""
    if command.worker_id is None:
        return None
    with refusals.collecting("worker_id"):
        worker = await find_worker(connection, read_text_id(Kind.WORKER, command.worker_id))
        if worker is None or not caller.sees(worker.company_id):
            raise NotFound(Kind.WORKER.words)
        if companies and worker.company_id not in companies:
            raise InvalidValue("This worker is of none of the token's companies.")
        return worker.id
    return None


def _end(command: CreateToken, now: datetime, refusals: Refusals) -> datetime | None:
    if command.never_expires:
        if command.expires_at:
            msg = "A token that never expires has no end."
            refusals.add(InvalidValue(msg, ("expires_at",)))
        return None
    if command.expires_at is None:
        return now + LIFETIME
    if not now < command.expires_at <= now + LONGEST_LIFE:
        msg = "A token ends in the future, within ten years; or say that it never expires."
        refusals.add(InvalidValue(msg, ("expires_at",)))
    return command.expires_at


async def _get(connection: Transaction, caller: Caller, id_: str) -> AccessToken:
    """Return the token while nobody else writes it, or raise NotFound."""
    if not is_id(id_):
        raise NotFound("token", ("id",))
    await store.lock_token(connection, id_)
    found = await stored.find_token(connection, id_)
    if found is None or not _is_managed_by(caller, found.token):
        raise NotFound("token", ("id",))
    return found.token


def _is_managed_by(caller: Caller, token: AccessToken) -> bool:
    """Say whether the token reaches only companies of the caller's."""
    return caller.identity.reaches(token.companies)


def _opened(found: stored.StoredToken, text: str) -> AccessToken | None:
    """Return the token if the text has its secret, or the one before, with which it ends sooner.

    Both are compared in constant time.
    """
    given, token = hash_of(text), found.token
    is_current = compare_digest(given, found.secret_hash)
    is_previous = compare_digest(given, found.previous_hash or "")
    if is_current:
        return token
    if not is_previous or found.previous_until is None:
        return None
    return replace(token, expires_at=min(token.expires_at or NEVER, found.previous_until))
