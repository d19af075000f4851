"""What Kantata has is stored as it is there, once, and told to the change feed."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import text

from app.db.connections.database import Database
from app.db.reading import sync as known
from app.db.reading.lists_of_nouns import ENTRIES
from app.db.writing import sync as kept
from app.db.writing import time_off_entries as store
from app.db.writing.statements import ENTRY_IDS, REFERENCE_IDS, next_ids
from app.db.writing.time_off_entries import references_of
from app.domain.identifiers import Kind, node_id
from app.domain.sync.remote import RemoteEntry, RemoteReference
from app.domain.sync.runs import RunCounts, RunKind, SyncRun
from app.domain.sync.upstreams import Upstream, UpstreamApi
from app.domain.time_off_entries import ReferenceFacts, TimeOffEntry
from app.services.access.events import AccessEvents
from app.services.caller import LOCAL
from app.services.directory.items import UpsertItem
from app.services.directory.service import DirectoryService
from app.services.personal_data.moving import MovingService
from app.services.sync.take_in import Overtaken, TakeIn
from tests.builders import COMPANY, OTHER_COMPANY, uuid

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
MONDAY = date(2026, 3, 2)
HOUR = 3600
UPSTREAM = Upstream(uuid(1), COMPANY, UpstreamApi.KANTATA_OX, "https://api.example", NOW)
RUN = SyncRun(uuid(2), UPSTREAM.id, RunKind.FULL, NOW)
HR = RemoteReference(71, ReferenceFacts("hr", "Leave", "1"))
ENTRY = RemoteEntry(70, 7, MONDAY, MONDAY, 10 * HOUR, (HR,))


def clock():
    return NOW


@pytest.fixture
async def database(database_url):
    database = Database(database_url)
    directory = DirectoryService(database, clock)
    company = {"source_id": COMPANY, "name": "Brick"}
    await directory.upsert_companies(LOCAL, [UpsertItem(company)])
    users = [{"source_id": id_, "company_id": COMPANY, "full_name": "Ada"} for id_ in ("7", "8")]
    await directory.upsert_users(LOCAL, list(map(UpsertItem, users)))
    async with database.writing() as connection:
        await kept.add_upstream(connection, UPSTREAM, "sealed")
        await kept.add_run(connection, RUN)
    yield database
    await database.close()


async def stored(database):
    async with database.reading() as connection:
        found = await ENTRIES.find_many(connection, None, [70, 71, 80, 90])
        references = await references_of(connection, [each.id for each in found.values()])
        return {
            each.id: (each.seconds // HOUR, [ref.facts.service_name for ref in references[each.id]])
            for each in found.values()
        }


async def changes(database):
    async with database.reading() as connection:
        rows = await connection.execute(
            text("SELECT operation, subject_type, subject_key FROM changes ORDER BY sequence")
        )
        return [
            tuple(row) for row in rows if row.subject_type in {"TimeOffEntry", "ExternalReference"}
        ]


async def test_what_the_vendor_has_is_here_with_its_ids_and_taken_once(database):
    take_in = TakeIn(database, clock)

    run = await take_in.entries(UPSTREAM, RUN, [ENTRY])
    again = await take_in.entries(UPSTREAM, run, [ENTRY])

    assert await stored(database) == {70: (10, ["hr"])}
    assert run.counts == RunCounts(read=1, created=1)
    assert again.counts == RunCounts(read=2, created=1)
    assert await changes(database) == [
        ("CREATED", "TimeOffEntry", "70"),
        ("CREATED", "ExternalReference", "71"),
    ]


async def test_what_changes_there_changes_here_and_what_goes_there_goes_here(database):
    take_in = TakeIn(database, clock)
    other = RemoteEntry(80, 8, MONDAY, MONDAY, 4 * HOUR)
    run = await take_in.entries(UPSTREAM, RUN, [ENTRY, other])

    run = await take_in.entries(UPSTREAM, run, [replace(ENTRY, seconds=2 * HOUR, references=())])
    async with database.reading() as connection:
        bases = await known.bases(connection, UPSTREAM.id, [f"K:8:{MONDAY}"])
    run = await take_in.gone(UPSTREAM, run, list(bases.values()))

    assert await stored(database) == {70: (2, [])}
    assert run.counts == RunCounts(read=3, created=2, updated=1, deleted=1)
    assert (await changes(database))[3:] == [
        ("UPDATED", "TimeOffEntry", "70"),
        ("DELETED", "ExternalReference", "71"),
        ("DELETED", "TimeOffEntry", "80"),
    ]


async def test_a_user_who_is_none_of_the_companys_is_a_problem_and_stops_nobody(database):
    stranger = RemoteEntry(90, 9, MONDAY, MONDAY, HOUR)
    run = await TakeIn(database, clock).entries(UPSTREAM, RUN, [stranger, ENTRY])

    assert run.counts == RunCounts(read=2, created=1)
    async with database.reading() as connection:
        assert await known.count_problems(connection, UPSTREAM.id) == 1


async def test_an_id_that_is_taken_here_moves_nothing(database):
    taken = TimeOffEntry(70, COMPANY, 8, MONDAY, MONDAY, HOUR, NOW, NOW)
    async with database.writing() as connection:
        await store.add_entries(connection, [taken])
    run = await TakeIn(database, clock).entries(UPSTREAM, RUN, [ENTRY])

    assert run.counts.created == 1
    async with database.reading() as connection:
        bases = await known.bases(connection, UPSTREAM.id, [f"K:7:{MONDAY}"])
    base = bases[f"K:7:{MONDAY}"]
    assert base.remote_id == "70"
    assert int(base.local_key) == kept.OWN_IDS_ABOVE + 1
    assert (await stored(database))[70] == (1, [])


async def test_ids_that_are_ours_to_give_or_said_twice_become_others(database):
    """Whoever makes something here next would have them."""
    ours = kept.OWN_IDS_ABOVE
    first = replace(ENTRY, id=ours + 1, references=(replace(HR, id=ours + 1),))
    second = replace(ENTRY, id=72, user_id=8)
    third = replace(second, id=9 * 10**18, day=MONDAY + timedelta(days=1))
    await TakeIn(database, clock).entries(UPSTREAM, RUN, [first, second, third])

    async with database.writing() as connection:
        assert (await next_ids(connection, ENTRY_IDS, 1))[0] == ours + 3
        assert (await next_ids(connection, REFERENCE_IDS, 1))[0] == ours + 3
        references = await references_of(connection, [72, ours + 1, ours + 2])
    ids = {id_: [each.id for each in found] for id_, found in references.items()}
    assert ids == {ours + 1: [ours + 1], 72: [71], ours + 2: [ours + 2]}


async def test_hours_that_gave_way_are_told_until_they_were_long_ago(database):
    """Neither the next look nor the end of a whole pass forgets them."""
    here = TimeOffEntry(90, COMPANY, 7, MONDAY, MONDAY, 2 * HOUR, NOW, NOW)
    async with database.writing() as connection:
        await store.add_entries(connection, [here])
    take_in = TakeIn(database, clock)
    run = await take_in.entries(UPSTREAM, RUN, [ENTRY])
    await take_in.entries(UPSTREAM, run, [ENTRY])

    async with database.writing() as connection:
        await kept.forget_problems_before(connection, UPSTREAM.id, NOW + timedelta(days=1))
        await kept.forget_replaced_before(connection, UPSTREAM.id, NOW)
        told = await connection.execute(text("SELECT code, message, user_id FROM sync_problems"))
        assert [*map(tuple, told)] == [
            ("REPLACED", "It was 2 h here, and is 10 h now, as there.", 7)
        ]
        assert await known.problems_of_systems(connection) == {"KANTATA_OX": 0}
        await kept.forget_replaced_before(connection, UPSTREAM.id, NOW + timedelta(seconds=1))
        assert await known.count_problems(connection, UPSTREAM.id) == 0
    assert (await stored(database))[90] == (10, ["hr"])


async def test_an_upstream_that_somebody_has_changed_is_read_anew(database):
    with pytest.raises(Overtaken):
        await TakeIn(database, clock).entries(replace(UPSTREAM, revision=9), RUN, [ENTRY])

    assert await stored(database) == {}


async def test_an_entry_that_goes_to_another_day_there_is_not_twice_here(database):
    take_in = TakeIn(database, clock)
    tuesday = MONDAY + timedelta(days=1)
    run = await take_in.entries(UPSTREAM, RUN, [ENTRY])
    async with database.reading() as connection:
        before = await known.bases_of_remote(connection, UPSTREAM.id, ["70"])
    await take_in.entries(UPSTREAM, run, [replace(ENTRY, day=tuesday)])
    await take_in.gone(UPSTREAM, run, before)  # by a listing from before it went

    async with database.reading() as connection:
        bases = await known.bases_of_remote(connection, UPSTREAM.id, ["70"])
        days = await store.stored_days(connection, {(7, MONDAY), (7, tuesday)})
    assert [each.key for each in bases] == [f"K:7:{tuesday}"]
    assert [(day, each.entry.id) for (_, day), each in days.items()] == [(tuesday, 70)]


async def test_who_went_to_another_company_takes_the_entries_along_and_loses_none(database):
    """Neither the next pass nor a deletion at the vendor touches what is another tenant's."""
    other = OTHER_COMPANY
    directory = DirectoryService(database, clock)
    company = {"source_id": other, "name": "Other"}
    await directory.upsert_companies(LOCAL, [UpsertItem(company)])
    take_in = TakeIn(database, clock)
    run = await take_in.entries(UPSTREAM, RUN, [ENTRY])
    moving = MovingService(database, clock, AccessEvents(database, clock))
    await moving.move(LOCAL, node_id(Kind.WORKER, "U7"), other)

    changed = replace(ENTRY, seconds=HOUR)
    run = await take_in.entries(UPSTREAM, run, [changed])
    async with database.reading() as connection:
        bases = await known.bases_of_remote(connection, UPSTREAM.id, ["70"])
    run = await take_in.gone(UPSTREAM, run, bases)

    assert await stored(database) == {70: (10, ["hr"])}
    assert run.counts == RunCounts(read=2, created=1)
    async with database.reading() as connection:
        assert await known.count_problems(connection, UPSTREAM.id) == 1
        assert await known.bases_of_remote(connection, UPSTREAM.id, ["70"]) == []
    await moving.move(LOCAL, node_id(Kind.WORKER, "U7"), COMPANY)
    await take_in.entries(UPSTREAM, run, [changed])
    assert await stored(database) == {70: (1, ["hr"])}
