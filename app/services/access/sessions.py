"""Sessions of browsers: begun by a sign-in, found by a cookie, ended by a person or by time."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from secrets import token_urlsafe
from typing import Final
from uuid import uuid4

from app.db.connections.database import Database, Transaction
from app.db.reading.access_sessions import find_by_hash, find_by_id, list_unrevoked
from app.db.writing import access_sessions as store
from app.domain.access import Identity, Permission, Via
from app.domain.access_events import AccessEventKind
from app.domain.access_sessions import AccessSession, NoSuchSession, SessionLimits, newest_first
from app.domain.wire_formats import is_uuid
from app.services.access.events import AccessEvents
from app.services.access.last_uses import LastUses
from app.services.caller import Caller
from app.services.secrets import hash_of

SECRET_BYTES: Final = 32
SECRET_CHARACTERS: Final = 43
MOST_OF_A_NAME: Final = 50
"""Sessions of one caller; who signs in once more ends the one that was not used for longest."""
GRACE: Final = timedelta(minutes=10)
"""For what another process has yet to store of a session's use, before the session is deleted."""


@dataclass(frozen=True, slots=True)
class SessionService:
    """Write and read sessions. The secret of one is kept as its hash only.

    When a session was last used is noted here, and stored by ``store_uses``: no request waits
    for that.
    """

    database: Database
    clock: Callable[[], datetime]
    events: AccessEvents
    limits: SessionLimits = field(default_factory=SessionLimits)
    _uses: LastUses = field(default_factory=LastUses)

    async def begin(
        self, identity: Identity, credential: str, request_id: str = "", peer: str | None = None
    ) -> str:
        """Begin a session of who has just proved who they are, and return its secret.

        ``credential`` is the id of the token that proved it, with which the session ends; or
        ``oidc``.
        """
        secret, now = token_urlsafe(SECRET_BYTES), self.clock()
        session = AccessSession(str(uuid4()), identity, credential, now, now)
        async with self.database.writing() as connection:
            who = Caller(identity, Via.PAGE, request_id)
            mine = await list_unrevoked(connection, identity.name)
            excess = mine[MOST_OF_A_NAME - 1 :]
            await store.revoke_by_ids(connection, [each.id for each in excess], now)
            for each in filter(self._live, excess):
                await self._record(connection, who, AccessEventKind.SESSION_REVOKED, each)
            await store.add_session(connection, session, hash_of(secret))
            await self._record(connection, who, AccessEventKind.SIGNED_IN, session, peer)
        return secret

    async def find(self, secret: str) -> Identity | None:
        """Return whom the cookie's secret stands for, and note the use; None: it is no good.

        A session ends with the token that began it, which ends sessions when it is revoked.
        """
        session = await self.find_session(secret)
        if session is None:
            return None
        self._uses.note(session.id, self.clock(), session.last_used_at)
        return session.as_identity(self.limits)

    async def find_session(self, secret: str) -> AccessSession | None:
        """Return the live session of the secret, without using it."""
        if len(secret) != SECRET_CHARACTERS:
            return None
        async with self.database.reading() as connection:
            session = await find_by_hash(connection, hash_of(secret))
        return None if session is None else self._live(session)

    async def end(self, secret: str, request_id: str = "") -> None:
        """End the session of the secret; again, or without one, that changes nothing."""
        async with self.database.writing() as connection:
            session = await find_by_hash(connection, hash_of(secret))
            if session is None or self._live(session) is None:
                return
            await store.revoke_by_hash(connection, hash_of(secret), self.clock())
            who = Caller(session.identity, Via.PAGE, request_id)
            await self._record(connection, who, AccessEventKind.SIGNED_OUT, session)

    async def list_own(self, caller: Caller) -> list[AccessSession]:
        """Return the caller's own live sessions, last used first."""
        async with self.database.reading() as connection:
            found = await list_unrevoked(connection, caller.name)
        return self._all_live(found)

    async def list_all(self, caller: Caller) -> list[AccessSession]:
        """Return everybody's live sessions that the caller manages, last used first."""
        caller.require(Permission.MANAGE_ACCESS)
        async with self.database.reading() as connection:
            found = await list_unrevoked(
                connection,
                None,
                lambda each: each.is_managed_by(caller.identity) and self._live(each) is not None,
            )
        return self._all_live(found)

    async def revoke(self, caller: Caller, id_: str) -> AccessSession:
        """End a session: one's own, or with MANAGE_ACCESS another's. Raises NoSuchSession."""
        async with self.database.writing() as connection:
            found = await find_by_id(connection, id_.lower()) if is_uuid(id_) else None
            if found is None or found.identity.name != caller.name:
                # Before it is told whether there is such a session.
                caller.require(Permission.MANAGE_ACCESS)
            session = found and self._live(found)
            if session is None or not session.is_managed_by(caller.identity):
                raise NoSuchSession
            await store.revoke_by_ids(connection, [session.id], self.clock())
            await self._record(connection, caller, AccessEventKind.SESSION_REVOKED, session)
        return session

    async def revoke_all(
        self, caller: Caller, name: str | None = None, *, but: str | None = None
    ) -> int:
        """End all sessions of a name, the caller's own if none is given; return how many.

        ``but`` is the id of one that stays. Another's name needs MANAGE_ACCESS.
        """
        name = caller.name if name is None else name
        if name != caller.name:
            caller.require(Permission.MANAGE_ACCESS)
        async with self.database.writing() as connection:
            found = await list_unrevoked(connection, name)
            ended = [
                each
                for each in self._all_live(found)
                if each.id != but and each.is_managed_by(caller.identity)
            ]
            await store.revoke_by_ids(connection, [each.id for each in ended], self.clock())
            for each in ended:
                await self._record(connection, caller, AccessEventKind.SESSION_REVOKED, each)
        return len(ended)

    async def store_uses(self) -> None:
        """Store when the sessions were last used that were used here since the last time."""
        await self._uses.store_by(self._store_uses)

    async def forget_ended(self) -> int:
        """Delete the sessions that are over; return how many."""
        now, forgotten = self.clock(), 0
        while True:
            async with self.database.writing() as connection:
                some = await store.forget_ended(
                    connection,
                    created_before=now - self.limits.total,
                    used_before=now - self.limits.idle - GRACE,
                    now=now,
                )
            if not some:
                return forgotten
            forgotten += some

    async def _record(
        self,
        connection: Transaction,
        caller: Caller,
        kind: AccessEventKind,
        session: AccessSession,
        peer: str | None = None,
    ) -> None:
        companies = session.identity.companies
        details = {"sessionId": session.id, "of": session.identity.name}
        await self.events.record_access(connection, caller, kind, companies, details, peer)

    async def _store_uses(self, used_at: Mapping[str, datetime]) -> None:
        async with self.database.writing() as connection:
            await store.use_sessions(connection, used_at)

    def _live(self, session: AccessSession) -> AccessSession | None:
        """Return the session as it is used here, if it is not over."""
        used = self._uses.last(session.id, session.last_used_at)
        session = replace(session, last_used_at=used or session.last_used_at)
        return session if session.is_live(self.clock(), self.limits) else None

    def _all_live(self, sessions: list[AccessSession]) -> list[AccessSession]:
        return newest_first([each for each in map(self._live, sessions) if each])
