"""Followers of a feed: each from its own number, in pieces, and nobody waits for ever."""

import asyncio
from contextlib import aclosing

import pytest
from sqlalchemy import text

from app.db.connections.database import Database
from app.db.reading import changes
from app.domain.errors import CursorExpired
from app.services import following
from app.services.changes import ChangeFeed
from app.services.following import Followers
from tests.builders import COMPANY, company, entry, user, uuid
from tests.graphql.api import api, put, put_entries

pytestmark = pytest.mark.rule("5.3")


@pytest.fixture
async def database(database_url):
    database = Database(database_url)
    yield database
    await database.close()


@pytest.fixture
def told():
    return []


@pytest.fixture
async def followers(database, told):
    followers = Followers(database, ChangeFeed(database), told.append)
    yield followers
    await followers.close()


@pytest.fixture
async def ask(database_url):
    async with api(database_url) as ask:
        await put(ask, companies=[company()])
        await put(ask, users=[user(roleId=None)])
        yield ask


@pytest.fixture
async def last(ask, database):
    """The number of the last change, before a test makes more."""
    return await ChangeFeed(database).last(COMPANY)


async def enter(ask, count, start=0):
    for number in range(start, start + count):
        week, day = divmod(number, 5)
        date = f"2026-{3 + week // 4:02}-{2 + 7 * (week % 4) + day:02}"
        await put_entries(ask, entry(requestedDate=date, hours=0.25))


async def take(stream, most):
    """The numbers of so many changes, and the sizes of the pieces that they came in."""
    numbers: list[int] = []
    pieces: list[int] = []
    async with asyncio.timeout(60):
        while len(numbers) < most:
            piece = await anext(stream)
            if piece:
                pieces.append(len(piece))
                numbers += [each.sequence for each in piece]
    return numbers, pieces


async def to_its_end(stream):
    async for _ in stream:
        pass


async def test_history_comes_in_pieces_and_news_behind_it(ask, followers, monkeypatch):
    monkeypatch.setattr(following, "PIECE", 4)
    await enter(ask, 7)
    async with aclosing(followers.follow(COMPANY, 0)) as stream:
        assert await anext(stream) == ()
        history, pieces = await take(stream, 10)
        await enter(ask, 3, start=7)
        news, _ = await take(stream, 3)

    assert max(pieces) == 4
    assert history + news == list(range(1, len(history) + 4))
    assert followers.count == 0


async def test_who_is_behind_what_is_kept_here_reads_the_table(ask, followers, monkeypatch, last):
    monkeypatch.setattr(following, "RECENT", 2)
    async with (
        aclosing(followers.follow(COMPANY, last)) as quick,
        aclosing(followers.follow(COMPANY, last)) as slow,
    ):
        await anext(quick)
        await anext(slow)
        await enter(ask, 6)
        heard, _ = await take(quick, 6)
        late, _ = await take(slow, 6)

    assert late == heard == list(range(heard[0], heard[0] + 6))


async def test_what_is_committed_in_a_moment_is_read_together(ask, followers, monkeypatch, last):
    monkeypatch.setattr(following, "APART_SECONDS", 2)
    async with aclosing(followers.follow(COMPANY, last)) as stream:
        await anext(stream)  # and it reads, to begin with
        await enter(ask, 4)

        assert await take(stream, 4) == ([last + 1 + n for n in range(4)], [4])


@pytest.mark.parametrize("most", [1, 3, 200])
async def test_changes_are_read_alike_by_the_driver_and_by_sqlalchemy(
    ask, database, monkeypatch, most
):
    await enter(ask, 4)
    await put(ask, users=[user(sourceId="2", roleId=None, emailAddress="a@b.example")])
    async with database.writing() as connection:  # of some it was not kept who made them
        await connection.execute(
            text("DELETE FROM change_origins WHERE first_sequence <= 4 AND last_sequence >= 3")
        )
    feed = ChangeFeed(database)
    last = await feed.last(COMPANY)
    async with database.reading() as connection:
        expected = [
            (await changes.following(connection, COMPANY, number, most))[1]
            for number in range(last + 1)
        ]
    monkeypatch.setattr(database, "reading", None)

    found = [await feed.after(COMPANY, number, most) for number in range(last + 1)]

    assert found == expected
    assert {each.origin is None for each in found[0]} == ({False} if most == 1 else {True, False})
    assert await feed.last_numbers([COMPANY, uuid(9)]) == {COMPANY: last}


async def test_where_nothing_happens_a_piece_is_empty(followers, ask, monkeypatch, last):
    monkeypatch.setattr(following, "TICK_SECONDS", 0.05)
    async with aclosing(followers.follow(COMPANY, last)) as stream:
        async with asyncio.timeout(60):
            assert [await anext(stream) for _ in range(3)] == [(), (), ()]


async def test_all_come_to_their_end_when_the_process_stops(ask, followers, last):
    stream = followers.follow(COMPANY, last)
    await anext(stream)
    waiting = asyncio.ensure_future(anext(stream, "ended"))
    await asyncio.sleep(0.05)
    followers.stop()

    assert await asyncio.wait_for(waiting, 60) in ("ended", ())
    assert await anext(stream, "ended") == "ended"


async def test_a_feed_that_goes_back_is_another_one(ask, followers, database, last):
    """Its database was replaced by an older one: the next numbers would mean other changes."""
    async with aclosing(followers.follow(COMPANY, last)) as stream:
        await anext(stream)
        async with database.writing() as connection:
            await connection.execute(
                text("UPDATE change_counters SET last_sequence = last_sequence - 1")
            )
        with pytest.raises(CursorExpired, match="ahead"):
            await asyncio.wait_for(to_its_end(stream), 60)
    assert followers.count == 0


async def test_what_keeps_it_from_being_read_is_told_and_tried_again(
    ask, followers, told, monkeypatch, last
):
    monkeypatch.setattr(following, "RETRY_SECONDS", 0.05)
    real, broken = ChangeFeed.last_numbers, [RuntimeError("once"), RuntimeError("twice")]

    async def sometimes(*arguments):
        if broken:
            raise broken.pop()
        return await real(*arguments)

    async with aclosing(followers.follow(COMPANY, last)) as stream:
        await anext(stream)
        monkeypatch.setattr(ChangeFeed, "last_numbers", sometimes)
        await enter(ask, 1)
        await take(stream, 1)

    assert [str(each) for each in told] == ["twice", "once"]


@pytest.mark.parametrize("is_history", [True, False])
async def test_a_replica_that_is_behind_is_waited_for_once(
    ask, database, followers, monkeypatch, last, is_history
):
    waited = []

    async def until_shown(_):
        waited.append(True)

    monkeypatch.setattr(Database, "until_shown", until_shown)
    monkeypatch.setattr(following, "PIECE", 1)
    many = [user(sourceId=f"{n}", roleId=None, emailAddress=f"{n}@b.example") for n in range(2, 7)]
    async with aclosing(followers.follow(COMPANY, 0 if is_history else last)) as stream:
        await anext(stream)
        if is_history:
            await take(stream, last)
        else:
            await put(ask, users=many)
            await take(stream, 5)

    assert last > 1
    assert waited == [True]
