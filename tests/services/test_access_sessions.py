"""Sessions of browsers: found as long as they last, and ended by whoever may."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlmodel import col

from app.db.connections.database import Database
from app.db.reading import access_sessions as stored
from app.db.schema.tables import AccessEventRow, AccessSessionRow, table_columns
from app.db.writing.access_sessions import revoke_of_credential
from app.domain.access import (
    PERMISSIONS_OF,
    AccessRole,
    CallerKind,
    Identity,
    OwnWorker,
    Permission,
)
from app.domain.access_sessions import NoSuchSession, SessionLimits
from app.domain.errors import NotPermitted
from app.services.access import sessions as module
from app.services.access.events import AccessEvents
from app.services.access.sessions import SessionService
from app.services.caller import Caller
from tests.builders import COMPANY, OTHER_COMPANY, PERSON
from tests.edge.test_failed_credentials import Clock

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
EMPLOYEE = Identity(
    CallerKind.OIDC,
    "oidc:https://id.example:7",
    "Ada",
    PERMISSIONS_OF[AccessRole.EMPLOYEE] | {Permission.READ_CHANGES},
    frozenset({COMPANY, OTHER_COMPANY}),
    AccessRole.EMPLOYEE,
    OwnWorker(COMPANY, 2**40, PERSON),
)
TOKEN = Identity(
    CallerKind.TOKEN,
    "token:ab12cd34",
    "nightly",
    PERMISSIONS_OF[AccessRole.VIEWER],
    None,
    AccessRole.VIEWER,
    expires_at=datetime(2026, 11, 3, tzinfo=UTC),
)
ADMIN = Identity(CallerKind.TOKEN, "token:admin", "admin", PERMISSIONS_OF[AccessRole.ADMIN])


class Now(Clock):
    """A clock that answers instants, for services."""

    def instant(self):
        return datetime(2026, 11, 2, tzinfo=UTC) + timedelta(seconds=self.seconds)

    def pass_(self, duration):
        self.seconds += duration.total_seconds()


@pytest.fixture
def now():
    return Now()


@pytest.fixture
async def database(database_url):
    database = Database(database_url)
    yield database
    await database.close()


@pytest.fixture
def sessions(database, now):
    return SessionService(database, now.instant, AccessEvents(database, now.instant))


def elsewhere(sessions):
    """The same service in another process."""
    return SessionService(sessions.database, sessions.clock, sessions.events, sessions.limits)


async def rows(database):
    async with database.reading() as connection:
        return (await connection.execute(select(*table_columns(AccessSessionRow)))).all()


async def revoked(database):
    return {row.revoked_at is not None for row in await rows(database)}


@pytest.mark.parametrize("identity", [EMPLOYEE, TOKEN, ADMIN], ids=lambda each: each.label)
async def test_a_session_stands_for_who_signed_in(sessions, now, identity):
    secret = await sessions.begin(identity, "oidc")

    found = await sessions.find(secret)

    last = now.instant() + 7 * DAY
    ends = last if identity.expires_at is None else identity.expires_at
    assert found == replace(identity, kind=CallerKind.SESSION, expires_at=ends)
    assert await elsewhere(sessions).find(secret) == found


async def test_the_secret_is_stored_nowhere(sessions, database):
    secret = await sessions.begin(EMPLOYEE, "oidc")

    (row,) = await rows(database)
    assert len(secret) == 43
    assert secret not in str(row)


@pytest.mark.parametrize("secret", ["", "x" * 43, "x" * 8_000, "\ud800" * 43, "é" * 43])
async def test_what_is_no_secret_finds_nobody(sessions, secret):
    await sessions.begin(EMPLOYEE, "oidc")

    assert await sessions.find(secret) is None
    await sessions.end(secret)


@pytest.mark.parametrize(
    ("unused", "is_found"), [(8 * HOUR - timedelta(seconds=1), True), (8 * HOUR, False)]
)
async def test_it_ends_when_it_is_not_used_for_so_long(sessions, now, unused, is_found):
    secret = await sessions.begin(EMPLOYEE, "oidc")
    now.pass_(unused)

    assert bool(await sessions.find(secret)) == is_found


@pytest.mark.parametrize("stores", [True, False])
async def test_used_again_and_again_it_lasts_for_days_and_no_longer(sessions, now, stores):
    secret = await sessions.begin(EMPLOYEE, "oidc")
    for _ in range(23):
        now.pass_(7 * HOUR)
        assert await sessions.find(secret)
        if stores:
            await sessions.store_uses()
    now.pass_(7 * HOUR - timedelta(seconds=1))
    assert await sessions.find(secret)

    now.pass_(timedelta(seconds=1))
    assert await sessions.find(secret) is None


async def test_it_ends_with_the_credential_that_began_it(sessions, now):
    secret = await sessions.begin(TOKEN, "ab12cd34")

    now.pass_(TOKEN.expires_at - now.instant())
    assert await sessions.find(secret) is None


async def test_revoking_a_token_ends_its_sessions(sessions, database, now):
    mine, others = await sessions.begin(TOKEN, "ab12cd34"), await sessions.begin(TOKEN, "ef")

    async with database.writing() as connection:
        await revoke_of_credential(connection, "ab12cd34", now.instant())

    assert await sessions.find(mine) is None
    assert await sessions.find(others)


async def test_it_ends_when_a_person_signs_out(sessions):
    secret, other = [await sessions.begin(EMPLOYEE, "oidc") for _ in range(2)]

    await sessions.end(secret)
    await sessions.end(secret)

    assert await sessions.find(secret) is None
    assert await sessions.find(other)


async def test_a_use_is_stored_beside_the_requests_and_once_a_minute(sessions, database, now):
    secret = await sessions.begin(EMPLOYEE, "oidc")
    begun = now.instant()
    now.pass_(timedelta(seconds=59))
    await sessions.find(secret)
    await sessions.store_uses()
    (row,) = await rows(database)
    assert row.last_used_at == begun

    now.pass_(timedelta(seconds=1))
    used = now.instant()
    await sessions.find(secret)
    (row,) = await rows(database)
    assert row.last_used_at == begun  # the request has not waited for it

    now.pass_(timedelta(seconds=59))
    await sessions.find(secret)
    await sessions.store_uses()
    (row,) = await rows(database)
    assert row.last_used_at == used


async def test_an_earlier_use_never_takes_the_place_of_a_later_one(sessions, database, now):
    secret, other = await sessions.begin(EMPLOYEE, "oidc"), elsewhere(sessions)
    now.pass_(HOUR)
    await sessions.find(secret)
    now.pass_(HOUR)
    later = now.instant()
    await other.find(secret)

    await other.store_uses()
    await sessions.store_uses()

    (row,) = await rows(database)
    assert row.last_used_at == later


async def test_one_lists_and_ends_ones_own(sessions, now):
    mine = [await sessions.begin(EMPLOYEE, "oidc") for _ in range(3)]
    await sessions.begin(TOKEN, "ab12cd34")
    now.pass_(HOUR)
    await sessions.find(mine[1])
    caller = Caller(EMPLOYEE)

    listed = await sessions.list_own(caller)
    assert len(listed) == 3
    assert listed[0].last_used_at == now.instant()
    ended = await sessions.revoke(caller, listed[0].id)

    assert ended.id == listed[0].id
    assert [bool(await sessions.find(each)) for each in mine] == [True, False, True]
    assert len(await sessions.list_own(caller)) == 2
    with pytest.raises(NotPermitted):  # as any other id
        await sessions.revoke(Caller(TOKEN), listed[1].id)
    with pytest.raises(NotPermitted):
        await sessions.list_all(caller)


async def test_one_ends_all_of_ones_own_but_this(sessions):
    secrets = [await sessions.begin(EMPLOYEE, "oidc") for _ in range(3)]
    this = await sessions.find_session(secrets[1])

    assert await sessions.revoke_all(Caller(EMPLOYEE), but=this.id) == 2

    assert [bool(await sessions.find(each)) for each in secrets] == [False, True, False]


async def test_nobody_learns_which_ids_there_are(sessions):
    await sessions.begin(EMPLOYEE, "oidc")
    (there,) = await sessions.list_own(Caller(EMPLOYEE))

    for id_ in (there.id, PERSON, "no id"):
        with pytest.raises(NotPermitted):
            await sessions.revoke(Caller(TOKEN), id_)
    with pytest.raises(NotPermitted):
        await sessions.revoke_all(Caller(TOKEN), EMPLOYEE.name)


async def test_sessions_of_foreign_companies_hide_none_of_ones_own(sessions, now, monkeypatch):
    """However many were used since: they are read piece by piece."""
    monkeypatch.setattr(stored, "MOST_LISTED", 4)
    ours = frozenset([COMPANY, OTHER_COMPANY])
    mine, theirs = replace(TOKEN, companies=ours), replace(EMPLOYEE, companies=None)
    for identity in (mine, *(theirs,) * 9, mine, *(theirs,) * 5):
        await sessions.begin(identity, "oidc")
        now.pass_(timedelta(seconds=1))
    admin = Caller(replace(ADMIN, companies=ours))

    listed = await sessions.list_all(admin)

    assert [each.identity.name for each in listed] == [TOKEN.name] * 2


async def test_who_manages_access_ends_others(sessions):
    secrets = [await sessions.begin(EMPLOYEE, "oidc") for _ in range(2)]
    token = await sessions.begin(TOKEN, "ab12cd34")
    admin = Caller(ADMIN)

    listed = await sessions.list_all(admin)
    assert [each.identity.name for each in listed].count(EMPLOYEE.name) == 2
    (of_token,) = [each for each in listed if each.identity.name == TOKEN.name]
    await sessions.revoke(admin, of_token.id)
    with pytest.raises(NoSuchSession):
        await sessions.revoke(admin, of_token.id)
    assert await sessions.revoke_all(admin, EMPLOYEE.name) == 2

    assert [await sessions.find(each) for each in (*secrets, token)] == [None] * 3


async def test_only_of_the_companies_whose_access_they_manage(sessions):
    await sessions.begin(EMPLOYEE, "oidc")
    (there,) = await sessions.list_own(Caller(EMPLOYEE))
    local = Caller(replace(ADMIN, companies=frozenset({COMPANY})))

    assert await sessions.list_all(local) == []
    assert await sessions.revoke_all(local, EMPLOYEE.name) == 0
    for id_ in (there.id, PERSON, "no id"):
        with pytest.raises(NoSuchSession):
            await sessions.revoke(local, id_)


async def test_one_caller_has_only_so_many(sessions, database, monkeypatch, now):
    monkeypatch.setattr(module, "MOST_OF_A_NAME", 3)
    secrets = []
    for _ in range(5):
        secrets.append(await sessions.begin(EMPLOYEE, "oidc"))
        now.pass_(HOUR)

    assert [bool(await sessions.find(each)) for each in secrets] == [False, False, True, True, True]
    async with database.reading() as connection:
        told = await connection.scalars(select(col(AccessEventRow.kind)))
        assert sorted(told) == ["SESSION_REVOKED"] * 2 + ["SIGNED_IN"] * 5


async def test_those_that_are_over_are_deleted(sessions, database, now):
    limits = SessionLimits(HOUR, DAY)
    sessions = SessionService(sessions.database, now.instant, sessions.events, limits)
    ended = await sessions.begin(EMPLOYEE, "oidc")
    await sessions.end(ended)
    await sessions.begin(TOKEN, "ab12cd34")
    assert await sessions.forget_ended() == 1

    now.pass_(HOUR + timedelta(minutes=9))
    live = await sessions.begin(ADMIN, "admin")
    assert await sessions.forget_ended() == 0
    now.pass_(timedelta(minutes=2))

    assert await sessions.forget_ended() == 1
    assert len(await rows(database)) == 1
    assert await sessions.find(live)


async def test_a_permission_of_another_version_gives_nothing(sessions, database):
    unknown: frozenset[Any] = frozenset({"FLY"})
    secret = await sessions.begin(replace(EMPLOYEE, permissions=unknown), "oidc")

    found = await sessions.find(secret)

    assert found.permissions == frozenset()
