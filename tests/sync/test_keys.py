"""Keys that seal credentials: where they are, what they open, and what becomes without them."""

import asyncio
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from app.clock import now
from app.db.connections.database import Database
from app.db.reading import sync as known
from app.db.writing import sync as kept
from app.domain.directory import UserStatus
from app.domain.sync.credentials import Credentials
from app.domain.sync.refusals import SyncKeyMissing
from app.domain.sync.remote import RemoteDirectory, RemoteUser
from app.domain.sync.upstreams import Upstream, UpstreamApi, UpstreamState
from app.services.access.events import AccessEvents
from app.services.caller import LOCAL, Caller
from app.services.directory.items import UpsertItem
from app.services.directory.service import DirectoryService
from app.services.sync.directory import TakeInDirectory
from app.services.sync.keys import SyncKeys
from app.services.sync.rules import SyncRules
from app.services.sync.sealing import Seal, Unsealable, new_key
from app.sync import Sync
from tests.builders import COMPANY, uuid
from tests.graphql.api import rows_of

AT = datetime(2026, 3, 2, 8, tzinfo=UTC)
UPSTREAM = Upstream(uuid(1), COMPANY, UpstreamApi.KANTATA_OX, "https://api.example/", AT)
SECRET = Credentials("a-token-of-somebody")
SECONDS = 60
ERASED = {"source_id": "7", "company_id": COMPANY, "full_name": "Erased 7", "email_address": None}


def test_a_key_is_made_once_and_for_its_owner_alone(tmp_path):
    keys = SyncKeys(file=tmp_path / "keys")
    assert keys.known() == []

    (made,) = keys.to_seal()

    assert keys.to_seal() == SyncKeys(file=tmp_path / "keys").known() == [made]
    assert (tmp_path / "keys").stat().st_mode & 0o777 == 0o600
    assert [each.name for each in tmp_path.iterdir()] == ["keys"]


# No tool is missing: only root may give files away, and the tests run as root or not.
@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_a_key_that_root_makes_can_be_read_by_whom_the_database_belongs(tmp_path):
    database = tmp_path / "timeoff.db"
    database.touch()
    os.chown(database, 65_534, 65_533)
    keys = SyncKeys(file=tmp_path / "keys", database=database)

    for make in (keys.to_seal, keys.add_first, keys.keep_first):
        make()
        made = (tmp_path / "keys").stat()
        assert (made.st_uid, made.st_gid, made.st_mode & 0o777) == (65_534, 65_533, 0o600)


def test_without_a_key_and_a_place_for_one_nothing_is_sealed():
    with pytest.raises(SyncKeyMissing):
        Seal(SyncKeys()).close("u", SECRET)
    with pytest.raises(Unsealable):
        Seal(SyncKeys()).open("u", "gAAAA")


def test_what_is_sealed_is_opened_for_its_own_upstream_by_any_of_the_keys(tmp_path):
    old, new = new_key(), new_key()
    sealed = Seal(SyncKeys([old])).close("u", SECRET)

    assert Seal(SyncKeys([new, old])).open("u", sealed) == SECRET
    renewed = Seal(SyncKeys([new, old])).renewed(sealed)
    assert Seal(SyncKeys([new])).open("u", renewed) == SECRET
    for keys, upstream in (([new], "u"), ([old], "another")):
        with pytest.raises(Unsealable):
            Seal(SyncKeys(keys)).open(upstream, sealed)


def test_a_key_of_the_file_still_opens_once_others_are_set(tmp_path):
    file = tmp_path / "keys"
    sealed = Seal(SyncKeys(file=file)).close("u", SECRET)
    keys = SyncKeys([new_key()], file)

    renewed = Seal(keys).renewed(sealed)
    keys.keep_first()

    assert not file.exists()
    assert Seal(keys).open("u", renewed) == SECRET


@pytest.fixture
async def database(database_url):
    database = Database(database_url)
    directory = DirectoryService(database, now)
    await directory.upsert_companies(LOCAL, [UpsertItem({"source_id": COMPANY, "name": "Brick"})])
    async with database.writing() as connection:
        await kept.add_upstream(
            connection, UPSTREAM, Seal(SyncKeys([new_key()])).close("u", SECRET)
        )
    yield database
    await database.close()


@pytest.mark.parametrize("is_there", [True, False], ids=["another key's", "none, as of a dump"])
async def test_credentials_that_cannot_be_opened_are_asked_for(database, is_there):
    if not is_there:
        async with database.writing() as connection:
            await kept.change_credentials(connection, UPSTREAM.id, None)
    directory, events = DirectoryService(database, now), AccessEvents(database, now)
    sync = Sync(database, directory, events, SyncRules(keys=[new_key()]))

    async with sync.driving(), asyncio.timeout(SECONDS):
        while True:
            async with database.reading() as connection:
                found = await known.find_upstream(connection, None, UPSTREAM.id)
            assert found is not None
            if found.state is not UpstreamState.CHECKING:
                break
            await asyncio.sleep(0.02)

    assert (found.state, found.state_reason) == (
        UpstreamState.NEEDS_CREDENTIALS,
        "SYNC_KEY_MISSING",
    )


async def test_who_was_erased_here_is_not_named_again(database, database_url):
    directory = DirectoryService(database, now)
    await directory.upsert_users(LOCAL, [UpsertItem(ERASED)])
    there = [
        RemoteUser(id_, "Quetzal", "quetzal@example.com", "Nurse", None, UserStatus.INACTIVE)
        for id_ in (7, 8)
    ]

    whole = RemoteDirectory(roles=[], users=there, workweeks=[], holidays=[])
    taken = await TakeInDirectory(database, directory).store(UPSTREAM, whole)

    assert list(taken.problems) == []
    rows = await rows_of(database_url)
    users = {str(each): "Quetzal" in str(each) for each in rows["users"]}
    assert sorted(users.values()) == [False, True]
    assert all("inactive" in each for each in users)


class _ErasedMeanwhile(DirectoryService):
    """The directory of a company in which user 7 is erased just before it is stored first."""

    has_erased = False

    async def upsert_users(self, caller: Caller, items: Sequence[UpsertItem]) -> Any:
        is_theirs = any(each.given["source_id"] == "7" for each in items)
        if is_theirs and not _ErasedMeanwhile.has_erased:
            _ErasedMeanwhile.has_erased = True
            await super().upsert_users(LOCAL, [UpsertItem(ERASED)])
        return await super().upsert_users(caller, items)


@pytest.mark.parametrize("is_listed", [True, False], ids=["listed", "gone"])
async def test_who_is_erased_while_people_are_stored_is_not_named_again(
    database, database_url, is_listed
):
    there = [
        RemoteUser(id_, f"Quetzal {id_}", "quetzal@example.com", "Nurse", None) for id_ in (7, 8)
    ]
    directory = DirectoryService(database, now)
    await TakeInDirectory(database, directory).store(UPSTREAM, RemoteDirectory([], there, [], []))
    left = RemoteDirectory([], there if is_listed else there[1:], [], [])
    _ErasedMeanwhile.has_erased = False

    taken = await TakeInDirectory(database, _ErasedMeanwhile(database, now)).store(UPSTREAM, left)

    assert list(taken.problems) == []
    assert _ErasedMeanwhile.has_erased
    rows = await rows_of(database_url)
    assert [str(each) for each in rows["users"] if "Quetzal 7" in str(each)] == []
    assert any("Erased 7" in str(each) for each in rows["users"])
