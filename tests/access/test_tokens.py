"""API tokens: how they are written, what they may do, and how they end."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from app.domain.access import (
    ALL_PERMISSIONS,
    PERMISSIONS_OF,
    SHOWING_NO_TIME_OFF,
    AccessRole,
    OwnWorker,
    Permission,
)
from app.domain.access_tokens import id_of_token, new_id, new_token
from app.domain.errors import InvalidValue, NotFound, NotPermitted, Refused
from app.services.access.tokens import CreateToken, TokenService
from app.services.caller import COMMAND
from tests.builders import COMPANY, OTHER_COMPANY, PERSON, node_id
from tests.callers import caller

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)


class Clock:
    """A time that tests move."""

    now = NOW

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def tokens(services, clock):
    return replace(services.tokens, clock=clock)


def wish(**given):
    return CreateToken(**({"name": "sync", "role": AccessRole.VIEWER} | given))


@given(st.integers(0, 62), st.sampled_from("0aZ_-é"))
def test_a_slip_of_a_key_is_no_token(place, letter):
    token = new_token(new_id()).text
    changed = token[:place] + letter + token[place + 1 :]

    assert len(token) == len("tog_") + 8 + 1 + 43 + 1 + 6
    assert id_of_token(changed) == (token[4:12] if changed == token else None)


async def test_a_token_is_who_it_was_made_for(tokens, whose):
    issued = await tokens.create(
        COMMAND,
        wish(
            role=AccessRole.PLANNER,
            added=[Permission.READ_AUDIT],
            taken=[Permission.READ_CHANGES],
            companies=[COMPANY],
            worker_id=whose["1"].worker,
        ),
    )

    identity = await tokens.find(issued.text)
    assert identity.name == f"token:{issued.token.id}"
    assert identity.label == "sync"
    assert Permission.READ_AUDIT in identity.permissions
    assert Permission.READ_CHANGES not in identity.permissions
    assert identity.companies == {COMPANY}
    assert identity.worker == OwnWorker(COMPANY, 1, PERSON)
    assert identity.expires_at == NOW + timedelta(days=365)


async def test_nothing_of_the_secret_is_stored(services, tokens):
    issued = await tokens.create(COMMAND, wish())

    async with services.tokens.database.reading() as connection:
        rows = (await connection.execute(text("SELECT * FROM access_tokens"))).all()
    assert issued.text.split("_")[2] not in str(rows)


async def test_it_ends_when_it_was_said(tokens, clock):
    issued = await tokens.create(COMMAND, wish(expires_at=NOW + timedelta(hours=1)))
    endless = await tokens.create(COMMAND, wish(never_expires=True))

    clock.now += timedelta(minutes=59, seconds=59)
    assert await tokens.find(issued.text)
    clock.now += timedelta(seconds=1)
    assert await tokens.find(issued.text) is None
    clock.now += timedelta(days=10_000)
    assert await tokens.find(endless.text)


@pytest.mark.parametrize(
    "given",
    [
        {"expires_at": NOW},
        {"expires_at": NOW + timedelta(days=3_651)},
        {"expires_at": NOW + timedelta(days=1), "never_expires": True},
    ],
)
async def test_an_end_lies_ahead_and_within_ten_years(tokens, given):
    with pytest.raises(Refused) as refused:
        await tokens.create(COMMAND, wish(**given))
    assert [each.path for each in refused.value.errors] == [("expires_at",)]


async def test_a_rotation_leaves_the_secret_before_a_day(tokens, clock):
    first = await tokens.create(COMMAND, wish())
    second = await tokens.rotate(COMMAND, first.token.id)

    assert second.text != first.text
    assert second.token.id == first.token.id
    assert (await tokens.find(first.text)).expires_at == NOW + timedelta(days=1)
    assert (await tokens.find(second.text)).expires_at == first.token.expires_at
    clock.now += timedelta(hours=23, minutes=59)
    assert await tokens.find(first.text)
    assert await tokens.find(second.text)
    clock.now += timedelta(minutes=1)
    assert await tokens.find(first.text) is None
    assert await tokens.find(second.text)


async def test_a_revoked_token_opens_nothing_and_is_not_rotated(tokens):
    issued = await tokens.create(COMMAND, wish())
    rotated = await tokens.rotate(COMMAND, issued.token.id)
    revoked = await tokens.revoke(COMMAND, issued.token.id)

    assert revoked.revoked_at == NOW
    assert await tokens.revoke(COMMAND, issued.token.id) == revoked
    assert await tokens.find(issued.text) is await tokens.find(rotated.text) is None
    with pytest.raises(InvalidValue):
        await tokens.rotate(COMMAND, issued.token.id)


async def test_nobody_hands_out_more_than_they_have(tokens, whose):
    maker = caller(
        "maker",
        frozenset([COMPANY]),
        permissions=frozenset({Permission.READ_TIME_OFF, Permission.MANAGE_ACCESS}),
    )
    assert await tokens.create(maker, wish(companies=[COMPANY]))
    for more, path in (
        ({"role": AccessRole.EMPLOYEE, "companies": [COMPANY]}, ("role",)),
        ({"added": [Permission.READ_REASONS], "companies": [COMPANY]}, ("role",)),
        ({}, ("company_ids",)),
        ({"companies": [COMPANY, OTHER_COMPANY]}, ("company_ids", 1)),
    ):
        with pytest.raises(Refused) as refused:
            await tokens.create(maker, wish(**more))
        assert [each.path for each in refused.value.errors] == [path]
    assert whose


async def test_who_may_not_read_time_off_may_not_write_it(tokens):
    """Else a write would be stored, and its answer be an error, as for one that is refused."""
    with pytest.raises(Refused) as refused:
        await tokens.create(COMMAND, wish(role=AccessRole.EMPLOYEE, taken=["READ_TIME_OFF"]))
    (error,) = refused.value.errors
    assert (error.path, "WRITE_OWN_TIME_OFF" in str(error)) == (("take",), True)

    taken = PERMISSIONS_OF[AccessRole.ADMIN] - SHOWING_NO_TIME_OFF
    auditor = await tokens.create(COMMAND, wish(role=AccessRole.ADMIN, taken=taken))
    assert auditor.token.permissions == SHOWING_NO_TIME_OFF


@pytest.mark.parametrize(
    ("role", "is_for_nobody"),
    [(AccessRole.VIEWER, False), (AccessRole.EMPLOYEE, True), (AccessRole.PLANNER, False)],
)
async def test_an_employee_who_is_no_worker_can_write_nothing(tokens, role, is_for_nobody):
    issued = await tokens.create(COMMAND, wish(role=role))

    assert issued.token.is_for_nobody is is_for_nobody


MANAGE = frozenset({Permission.READ_TIME_OFF, Permission.MANAGE_ACCESS})
OF_ADA = OwnWorker(COMPANY, 1, PERSON)


@pytest.mark.parametrize(
    ("permissions", "role", "lacking"),
    [
        (MANAGE, AccessRole.VIEWER, "MANAGE_FEEDS"),
        (MANAGE | {Permission.MANAGE_FEEDS}, AccessRole.VIEWER, "READ_REASONS"),
        (MANAGE | {Permission.READ_REASONS}, AccessRole.VIEWER, "MANAGE_FEEDS"),
        (
            MANAGE
            | {Permission.READ_REASONS, Permission.MANAGE_FEEDS, Permission.WRITE_OWN_TIME_OFF},
            AccessRole.EMPLOYEE,
            "WRITE_TIME_OFF",
        ),
    ],
)
async def test_nobody_becomes_another_worker_by_a_token(tokens, whose, permissions, role, lacking):
    """To be a worker is to read its reasons, to have its feed and to write its time off."""
    maker = caller("maker", permissions=permissions, reads_reasons=True, worker=OF_ADA)
    joe, ada = whose["2"].worker, whose["1"].worker

    with pytest.raises(Refused) as refused:
        await tokens.create(maker, wish(role=role, worker_id=joe))
    (error,) = refused.value.errors
    assert isinstance(error, NotPermitted)
    assert (error.path, error.permission) == (("worker_id",), lacking)

    stronger = await tokens.create(COMMAND, wish(role=role, worker_id=joe))
    with pytest.raises(NotPermitted):
        await tokens.rotate(maker, stronger.token.id)

    assert await tokens.create(maker, wish(role=role, worker_id=ada))
    admin = caller("admin", reads_reasons=True)
    assert await tokens.create(admin, wish(role=role, worker_id=joe))


async def test_a_token_is_for_companies_and_a_worker_of_theirs(tokens, whose):
    for more, path in (
        ({"companies": []}, ("company_ids",)),
        ({"companies": [OTHER_COMPANY], "worker_id": whose["1"].worker}, ("worker_id",)),
    ):
        with pytest.raises(Refused) as refused:
            await tokens.create(COMMAND, wish(**more))
        assert [each.path for each in refused.value.errors] == [path]


@pytest.mark.parametrize(
    "id_", ["", "ab12cd3", "ab12cd3\0", "ab12cd3\ud800", "é" * 8, "x" * 99_999]
)
async def test_what_is_no_id_of_a_token_is_an_unknown_one(tokens, id_):
    for change in (tokens.rotate, tokens.revoke):
        with pytest.raises(NotFound):
            await change(COMMAND, id_)


async def test_tokens_of_other_companies_are_unknown(tokens, whose):
    everywhere = await tokens.create(COMMAND, wish())
    theirs = await tokens.create(COMMAND, wish(companies=[OTHER_COMPANY]))
    maker = caller("maker", frozenset([COMPANY]), permissions=ALL_PERMISSIONS)

    assert await tokens.list_all(maker) == []
    for issued in (everywhere, theirs):
        for change in (tokens.rotate, tokens.revoke):
            with pytest.raises(NotFound):
                await change(maker, issued.token.id)
    assert whose


async def test_a_stronger_token_is_not_rotated_into_one_s_own_hands(tokens, whose):
    admin = await tokens.create(COMMAND, wish(role=AccessRole.ADMIN, companies=[COMPANY]))
    maker = caller("maker", frozenset([COMPANY]), permissions=frozenset({Permission.MANAGE_ACCESS}))

    with pytest.raises(NotPermitted):
        await tokens.rotate(maker, admin.token.id)
    assert await tokens.revoke(maker, admin.token.id)
    assert whose


async def test_a_worker_who_is_linked_later_gains_the_other_system(ask, tokens, whose):
    """Whose own worker a token is for is looked up each time."""
    issued = await tokens.create(COMMAND, wish(worker_id=whose["1"].worker))
    await ask(
        "mutation($id: ID!) { unlinkWorker(input: {workerId: $id}) { userErrors { code } } }",
        id=whose["1"].worker,
    )

    identity = await tokens.find(issued.text)
    assert identity.worker == OwnWorker(COMPANY, 1, None)


async def test_an_unknown_company_or_worker_is_named(tokens, whose):
    with pytest.raises(Refused) as refused:
        await tokens.create(
            COMMAND, wish(name=" ", companies=["x"], worker_id=node_id("Worker", "U404"))
        )
    assert {each.path for each in refused.value.errors} == {
        ("name",),
        ("company_ids", 0),
        ("worker_id",),
    }
    assert whose


def test_the_service_is_what_the_context_has(services):
    assert isinstance(services.tokens, TokenService)


async def test_only_what_opens_something_now_counts_for_the_start(tokens, clock):
    assert not await tokens.is_any_live()
    revoked = await tokens.create(COMMAND, wish(never_expires=True))
    assert await tokens.is_any_live()
    await tokens.revoke(COMMAND, revoked.token.id)
    assert not await tokens.is_any_live()
    await tokens.create(COMMAND, wish(expires_at=NOW + timedelta(hours=1)))
    assert await tokens.is_any_live()
    clock.now += timedelta(hours=1)
    assert not await tokens.is_any_live()
    assert await tokens.is_any()
