"""`timeoff check`: a sound database has no violation, a damaged one is named, kind by kind."""

import asyncio
import json
from datetime import UTC, date, datetime, time

import pytest
from sqlalchemy import select
from sqlmodel import col

from app.db.connections.database import Database
from app.db.data_check import scan
from app.db.schema.tables import PersonTimeOffRow
from app.domain.directory import PersonStatus
from app.domain.person_time_off import PersonTimeOffWish
from app.domain.recurrence import Repeat
from app.domain.workers import name_key
from app.services.caller import LOCAL
from app.services.data_check import check, findings, records
from app.services.directory.items import UpsertItem
from app.services.directory.service import DirectoryService
from app.services.mirror.service import MirrorPersonTimeOff, MirrorService
from app.services.person_time_off.commands import CreatePersonTimeOff
from app.services.person_time_off.service import PersonTimeOffService
from app.services.time_off_entries.commands import CreateEntries, EntryItem
from app.services.time_off_entries.service import TimeOffEntryService
from app.services.workers import WorkerService
from tests.builders import COMPANY, OTHER_COMPANY, OTHER_PERSON, PERSON, UNKNOWN_UUID, node_id, uuid
from tests.services.statements import ask, corrupt

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
MONDAY, TUESDAY = date(2026, 3, 2), date(2026, 3, 3)


def no_progress(what, done=0, total=0):
    pass


def item(**given):
    return UpsertItem(given)


async def fill(url):
    """Store two companies, who works there, two entries and a weekly record."""
    database = Database(url)
    directory = DirectoryService(database, lambda: NOW)
    await directory.upsert_companies(
        LOCAL,
        [item(source_id=COMPANY, name="Ours"), item(source_id=OTHER_COMPANY, name="Other")],
    )
    await directory.upsert_users(
        LOCAL,
        [
            item(
                source_id=str(id_),
                company_id=COMPANY,
                full_name=f"User {id_}",
                email_address=f"user{id_}@example.com",
            )
            for id_ in (1, 2, 3)
        ],
    )
    await directory.upsert_people(
        LOCAL,
        [
            item(
                source_id=PERSON,
                company_id=COMPANY,
                first_name="A",
                last_name="B",
                email="USER1@example.com",
            ),
            item(source_id=OTHER_PERSON, company_id=COMPANY, first_name="C", last_name="D"),
        ],
    )
    await WorkerService(database, lambda: NOW).link(LOCAL, "2", OTHER_PERSON)
    entries = [EntryItem("1", 8, MONDAY), EntryItem("1", 4, TUESDAY)]
    await TimeOffEntryService(database, lambda: NOW).create(LOCAL, CreateEntries(entries))
    wish = PersonTimeOffWish(
        MONDAY,
        TUESDAY,
        time(8),
        time(16),
        apply_to_saturday=False,
        apply_to_sunday=False,
        is_paid=True,
        reason="vacation",
        repeat=Repeat.WEEKLY,
        cadence=1,
        repeat_end_day=date(2026, 3, 31),
    )
    record = CreatePersonTimeOff(COMPANY, PERSON, wish)
    await PersonTimeOffService(database, lambda: NOW).create(LOCAL, record)
    await database.close()


def _filled(url):
    asyncio.run(fill(url))


@pytest.fixture
def beginnings():
    return {"filled": _filled}


@pytest.fixture
def filled(database_url):
    return database_url


def violations(url):
    return [str(each) for each in check.find_violations(url, no_progress)]


def test_an_empty_database_is_sound(database_url):
    assert violations(database_url) == []


def test_what_the_services_write_is_sound(filled):
    found = check.examine(filled, no_progress)

    assert [str(each) for each in found.listed] == []


IDS_UNREADABLE = "cannot be expanded: the ids of its instances cannot be read"
DAMAGE = [
    pytest.param(
        "INSERT INTO person_days (person_id, day, record_id, starts, ends, is_paid) "
        "VALUES ('{person}', '2026-03-09', '{unknown}', 0, 60, false)",
        f"person_days {PERSON}/2026-03-09/{UNKNOWN_UUID}/0: "
        f"there is no person_id with record_id {PERSON} with {UNKNOWN_UUID}",
        id="a day of no record",
    ),
    pytest.param(
        "UPDATE person_days SET person_id = '{other_person}' WHERE day = '2026-03-03'",
        f"there is no person_id with record_id {OTHER_PERSON} with ",
        id="a day of another person than its record",
    ),
    pytest.param(
        "DELETE FROM person_days WHERE day = '2026-03-03'",
        "has 9 day rows, its fields make 10; they differ first on 2026-03-03",
        id="a record without one of its days",
    ),
    *(
        pytest.param(
            f"UPDATE person_days SET {change} WHERE day = '2026-03-03'",  # noqa: S608
            f"has day rows with other {what} than its fields make, first on 2026-03-03",
            id=f"a day of a record with {change}",
        )
        for change, what in {
            "starts = 0": "clock times",
            "ends = 90000": "clock times",
            "is_paid = false": "pay",
            "is_paid = false, ends = 90000": "clock times and pay",
        }.items()
    ),
    pytest.param(
        "UPDATE person_time_offs SET is_paid = false",
        "has day rows with other pay than its fields make, first on 2026-03-02",
        id="a record paid otherwise than its days",
    ),
    pytest.param(
        "UPDATE person_days SET day = '2026-03-04' WHERE day = '2026-03-03'",
        "has day rows with other days than its fields make, first on 2026-03-03",
        id="a record with a day for another",
    ),
    *(
        pytest.param(
            f"UPDATE person_time_offs SET instance_ids = '{json.dumps(ids)}'",  # noqa: S608
            told,
            id=f"ids of instances that are {what}",
        )
        for what, ids, told in [
            ("too many", [uuid(number) for number in range(6)], "keeps 6 ids for 5 instances"),
            ("one twice", [uuid(2), uuid(1)], "has one id for two of its instances"),
            ("none", [], IDS_UNREADABLE),
            ("no UUIDs", ["x"], IDS_UNREADABLE),
            ("in part no UUIDs", ["zz", uuid(1)], IDS_UNREADABLE),
            ("no texts", [7], IDS_UNREADABLE),
            ("no list", None, IDS_UNREADABLE),
            ("a text", uuid(1), IDS_UNREADABLE),
        ]
    ),
    pytest.param(
        "UPDATE person_time_offs SET first_span_end = '2026-03-04'",
        "has 10 day rows, its fields make 15; they differ first on 2026-03-04",
        id="a record whose first span is another than that of its days",
    ),
    pytest.param(
        "UPDATE person_time_offs SET last_day = '2026-12-31'",
        "ends on 2026-12-31, its last instance on 2026-03-31",
        id="a record with another end than its last instance",
    ),
    pytest.param(
        "UPDATE person_time_offs SET cadence = 0",
        "cannot be expanded: ",
        id="a record that stands still",
    ),
    pytest.param(
        "UPDATE person_time_offs SET cadence = NULL",
        "cannot be expanded: no rule admits its fields",
        id="a repeat without cadence",
    ),
    pytest.param(
        "UPDATE person_time_offs SET repeat = 'daily'",
        "cannot be expanded: no rule admits its fields",
        id="a repeat that there is not",
    ),
    pytest.param(
        "UPDATE person_time_offs SET first_span_end = '2026-03-01'",
        "cannot be expanded: 2026-03-01 is before 2026-03-02.",
        id="a span that ends before it starts",
    ),
    pytest.param(
        "UPDATE person_time_offs SET start_minute = 9999",
        "cannot be expanded: no rule admits its fields",
        id="a time of day that there is not",
    ),
    pytest.param(
        "UPDATE person_time_offs SET end_minute = start_minute",
        "has no hours on any day",
        id="a record without hours",
    ),
    pytest.param(
        "UPDATE person_time_offs SET repeat_end_day = '2026-03-01'",
        "has no hours on any day",
        id="a record without an instance",
    ),
    pytest.param(
        "DELETE FROM workers WHERE user_id = 3",
        "worker: U3 has no worker",
        id="a user without a worker",
    ),
    pytest.param(
        "UPDATE workers SET person_id = NULL WHERE person_id = '{person}'",
        f"worker: the worker of U1 should be user 1 with person {PERSON}, and is user 1",
        id="a pair that its e-mail should join",
    ),
    pytest.param(
        "UPDATE workers SET person_id = NULL WHERE person_id = '{person}'",
        f"worker: P{PERSON} has no worker",
        id="a person without a worker",
    ),
    pytest.param(
        "DELETE FROM worker_links",
        f"worker: the worker of U2 should be user 2, and is user 2 with person {OTHER_PERSON}",
        id="a joined pair that no link joins",
    ),
    pytest.param(
        "INSERT INTO worker_links (user_id, person_id, is_bar) VALUES (1, '{person}', true)",
        f"worker: the worker of P{PERSON} should be person {PERSON}, and is user 1 with",
        id="a joined pair that is barred",
    ),
    pytest.param(
        "UPDATE workers SET full_name = 'Somebody' WHERE user_id = 3",
        "worker: the worker of U3 has another id, company, name or e-mail than it should",
        id="a worker with another name than its user",
    ),
    pytest.param(
        "UPDATE workers SET id = 'U33' WHERE user_id = 3",
        "worker: the worker of U3 has another id, company, name or e-mail than it should",
        id="a worker with another id than its user",
    ),
    pytest.param(
        "INSERT INTO workers (id, company_id, full_name, name_key) "
        "VALUES ('U9', '{company}', 'Nine', 'nine')",
        "worker: worker U9 is neither a user nor a person",
        id="a worker that is nobody",
    ),
    pytest.param(
        "UPDATE users SET email_key = 'other@example.com' WHERE id = 3",
        "e-mail key: user 3 is found by another e-mail",
        id="a user found by another e-mail",
    ),
    pytest.param(
        "UPDATE people SET email_key = 'other@example.com' WHERE id = '{other_person}'",
        f"e-mail key: person {OTHER_PERSON} is found by another e-mail",
        id="a person found by another e-mail",
    ),
    pytest.param(
        "UPDATE users SET name_key = 'user 3' WHERE id = 3",
        "name key: user 3 is found by another name",
        id="a user found by another name",
    ),
    pytest.param(
        "UPDATE people SET name_key = 'a b' WHERE id = '{person}'",
        f"name key: person {PERSON} is found by another name",
        id="a person found by another name",
    ),
    pytest.param(
        "UPDATE users SET email_address = 'user1@example.com', email_key = 'user1@example.com' "
        "WHERE id = 3",
        f"worker: the worker of U1 should be user 1, and is user 1 with person {PERSON}",
        id="a pair joined by an e-mail that two users have",
    ),
    pytest.param(
        "DELETE FROM users WHERE id = 1",
        "names nothing: time_off_entries 1: there is no user_id 1",
        id="an entry of no user",
    ),
    pytest.param(
        "DELETE FROM users WHERE id = 3",
        "names nothing: workers U3: there is no user_id 3",
        id="a worker without its user",
    ),
    pytest.param(
        "DELETE FROM people WHERE id = '{person}'",
        f"there is no person_id {PERSON}",
        id="a record of no person",
    ),
    pytest.param(
        "DELETE FROM person_time_offs",
        "names nothing: person_days ",
        id="days without their record",
    ),
    pytest.param(
        "INSERT INTO external_references (id, company_id, entry_id, service_name, service_model, "
        "service_model_ref, locked, brought_seconds, created_at, updated_at) VALUES "
        "(1, '{company}', 77, 'jira', 'Issue', 'A-1', false, 0, '2026-03-02', '2026-03-02')",
        "names nothing: external_references 1: there is no entry_id 77",
        id="a reference on no entry",
    ),
    pytest.param(
        "UPDATE users SET company_id = '{other_company}' WHERE id = 1",
        "names another company's: time_off_entries 1: its user_id 1 is another company's",
        id="an entry of another company than its user",
    ),
    pytest.param(
        "UPDATE people SET company_id = '{other_company}' WHERE id = '{person}'",
        f"its person_id {PERSON} is another company's",
        id="a record of another company than its person",
    ),
    pytest.param(
        "INSERT INTO discrepancy_acknowledgements (id, company_id, user_id, person_id, day, kind, "
        "kantata, procore, fingerprint, acknowledged_at, actor_kind, actor, actor_label) VALUES "
        "('00000000-0000-4000-8000-000000000001', '{other_company}', 1, '{person}', '2026-03-02', "
        "'HOURS_DIFFER', 1, 2, 'x', '2026-03-02', 'LOCAL', 'local', 'local')",
        f"names another company's: discrepancy_acknowledgements {uuid(1)}: its user_id 1 is "
        "another company's",
        id="an acknowledgement in another company than its worker",
    ),
    pytest.param(
        "DELETE FROM changes WHERE sequence = 3 AND subject_type <> 'Company'",
        f"numbers of changes: company {COMPANY} has 15 changes up to number 16; 3 is lacking",
        id="a gap among the changes",
    ),
    pytest.param(
        "DELETE FROM changes WHERE sequence = 1",
        f"numbers of changes: company {COMPANY} has no change number 1; the first is 2",
        id="the first change is lacking",
    ),
    pytest.param(
        "UPDATE change_counters SET last_sequence = last_sequence + 1 "
        "WHERE company_id = '{company}'",
        f"numbers of changes: company {COMPANY} has changes up to number 16, but counted 17",
        id="a counter ahead of its changes",
    ),
    pytest.param(
        "DELETE FROM changes WHERE company_id = '{company}'",
        f"numbers of changes: company {COMPANY} has changes up to number 0, but counted 16",
        id="all changes of a company are lacking",
    ),
    pytest.param(
        "DELETE FROM change_counters WHERE company_id = '{company}'",
        f"numbers of changes: company {COMPANY} has no counter of its changes",
        id="a company without counter",
    ),
    pytest.param(
        "DELETE FROM change_origins WHERE company_id = '{company}' AND first_sequence = 2",
        f"origins of changes: company {COMPANY}: changes after 1 and before 8 have no origin",
        id="changes without an origin",
    ),
    pytest.param(
        "UPDATE change_origins SET first_sequence = 1 WHERE company_id = '{company}' "
        "AND first_sequence = 2",
        f"origins of changes: company {COMPANY}: changes 1 to 1 have two origins",
        id="changes of two origins",
    ),
    pytest.param(
        "UPDATE change_origins SET first_sequence = 17 WHERE company_id = '{company}' "
        "AND last_sequence = 1",
        f"origins of changes: company {COMPANY}: an origin is of changes 17 to 1",
        id="an origin of no changes",
    ),
    pytest.param(
        "DELETE FROM change_origins WHERE company_id = '{company}' AND last_sequence = 16",
        f"origins of changes: company {COMPANY}: changes up to 15 have an origin, those after it "
        "have none",
        id="the last change has no origin",
    ),
]


@pytest.mark.parametrize(("statement", "expected"), DAMAGE)
def test_it_names(filled, statement, expected):
    corrupt(filled, statement)

    found = violations(filled)

    assert any(expected in each for each in found), found


def test_it_names_two_entries_of_one_day(filled):
    corrupt(
        filled,
        "DROP INDEX uq_time_off_entries_day",
        "UPDATE time_off_entries SET requested_date = '2026-03-02'",
    )

    assert "two entries of a day: user 1 has 2 entries on 2026-03-02" in violations(filled)


@pytest.mark.only_on("sqlite")
def test_it_names_entries_whose_instants_or_days_cannot_be_read(filled):
    """SQLite itself takes whatever is written there."""
    whole = "'2026-03-02 09:00:00.000000'"
    for column, value in (
        ("created_at", "'2026-02-31 09:00:00.000000'"),
        ("updated_at", "1772442000"),
        ("updated_at", "'2026-03-02 09:00:00.000000+05:00'"),
        ("submission_date", "'2026-02-31'"),
        ("submission_date", "'soon'"),
    ):
        others = f"created_at = {whole}, updated_at = {whole}, submission_date = '2026-03-02'"
        corrupt(filled, f"UPDATE time_off_entries SET {others} WHERE id = 2")  # noqa: S608
        assert violations(filled) == []

        corrupt(filled, f"UPDATE time_off_entries SET {column} = {value} WHERE id = 2")  # noqa: S608

        told = "entry 2 has a created_at, updated_at or submission_date that cannot be read"
        assert violations(filled) == [f"unreadable: {told}"], (column, value)


INSERT_REFERENCE = (
    "INSERT INTO external_references (id, company_id, entry_id, service_name, service_model, "
    "service_model_ref, locked, brought_seconds, created_at, updated_at) VALUES "
    "({id}, '{company}', 1, 'jira', 'Issue', 'A-1', false, 0, '2026-03-02', '2026-03-02')"
)


def test_it_names_two_references_of_one_service_on_an_entry(filled):
    corrupt(filled, "DROP INDEX uq_external_references_service")
    for id_ in (1, 2):
        corrupt(filled, INSERT_REFERENCE, id=id_)

    assert violations(filled) == [
        "two references of a service: entry 1 has 2 references of service 'jira'"
    ]


@pytest.mark.rule("2.2")
@pytest.mark.parametrize("kind", ["holiday", "workweek"])
def test_a_day_that_a_later_calendar_leaves_over_full_is_a_notice_only(filled, kind):
    async def change_the_calendar():
        database = Database(filled)
        service = DirectoryService(database, lambda: NOW)
        if kind == "holiday":
            days = {"start_date": MONDAY, "end_date": MONDAY}
            holiday = item(source_id="1", company_id=COMPANY, name="A holiday", **days)
            await service.upsert_holidays(LOCAL, [holiday])
        else:
            colleague = CreateEntries([EntryItem("2", 8, MONDAY)])
            await TimeOffEntryService(database, lambda: NOW).create(LOCAL, colleague)
            none = dict.fromkeys(("tuesday", "thursday", "friday", "saturday", "sunday"), 480)
            week = {"monday": 0, "wednesday": 0} | none
            await service.upsert_workweeks(
                LOCAL, [item(company_id=COMPANY, user_id="1", effective_from=MONDAY, **week)]
            )
        await database.close()

    asyncio.run(change_the_calendar())

    found = check.examine(filled, no_progress)

    assert found.violations == []
    [notice] = found.notices
    assert str(notice) == (
        "over-full day: entry 1 of user 1 on 2026-03-02 takes 8 h of 0 h possible; "
        "it may be lowered"
    )


@pytest.mark.rule("4.4")
@pytest.mark.parametrize("rows_a_piece", [1, 2_000])
@pytest.mark.parametrize(("user_id", "words"), [("3", "user 3"), (None, "no user")])
def test_mirrored_hours_of_a_former_link_are_a_notice_until_they_are_settled(
    filled, monkeypatch, user_id, words, rows_a_piece
):
    monkeypatch.setattr(scan, "ROWS_A_PIECE", rows_a_piece)

    async def settle(database):
        async with database.reading() as connection:
            [id_] = await connection.scalars(select(col(PersonTimeOffRow.id)))
        await MirrorService(database, lambda: NOW).person_time_off(LOCAL, MirrorPersonTimeOff(id_))

    async def correct(database):
        workers = WorkerService(database, lambda: NOW)
        if user_id:
            await workers.link(LOCAL, user_id, PERSON)
        else:
            await workers.unlink(LOCAL, node_id("Worker", "U1"))

    def do(*steps):
        async def all_of_them():
            database = Database(filled)
            for step in steps:
                await step(database)
            await database.close()

        asyncio.run(all_of_them())
        return check.examine(filled, no_progress)

    assert do(settle).listed == []
    found = do(correct)
    assert found.violations == []
    assert len(found.notices) == 10
    assert str(found.notices[0]) == (
        "hours of a former link: entry 1 of user 1 on 2026-03-02 has 0 h that were mirrored for "
        f"person {PERSON}, who is linked with {words}; mirror a record of that person to settle it"
    )
    assert "on 2026-03-03 has 4 h that were" in str(found.notices[1])
    assert do(settle).listed == []


@pytest.mark.rule("4.4")
@pytest.mark.parametrize(
    ("ref", "count"),
    [
        pytest.param(f"{OTHER_PERSON}:{MONDAY}", 1, id="the mark of another user's person"),
        pytest.param(f"{PERSON}:{MONDAY}", 0, id="the mark of the user's own person"),
        pytest.param(f"{OTHER_PERSON}:{TUESDAY}", 0, id="of another day"),
        pytest.param(f"{UNKNOWN_UUID}:{MONDAY}", 0, id="of nobody in the company"),
        pytest.param(f"x:{MONDAY}", 0, id="of no person"),
        pytest.param("something else", 0, id="of no day"),
    ],
)
def test_only_marks_are_hours_of_a_former_link(filled, ref, count):
    corrupt(
        filled,
        INSERT_REFERENCE.replace("jira", "procore_workforce_planning")
        .replace("Issue", "PersonDay")
        .replace("A-1", ref),
        id=1,
    )

    found = check.examine(filled, no_progress)

    assert [each.kind.name for each in found.listed] == ["FORMER_LINK"] * count


def test_of_each_kind_a_hundred_are_listed_and_the_rest_counted(filled):
    rows = ", ".join(f"({id_}, '{COMPANY}', 'A', '{name_key('A')}')" for id_ in range(1000, 1250))
    corrupt(
        filled, "INSERT INTO users (id, company_id, full_name, name_key) VALUES {rows}", rows=rows
    )

    found = check.examine(filled, no_progress)

    assert found.count(is_notice=False) == 250
    assert len(found.violations) == findings.MOST_LISTED + 1
    assert str(found.violations[-1]) == "worker: and 150 more of this kind"


def test_it_goes_through_everything_in_pieces(filled, monkeypatch):
    monkeypatch.setattr(scan, "ROWS_A_PIECE", 1)
    monkeypatch.setattr(scan, "NARROW_ROWS_A_PIECE", 1)
    monkeypatch.setattr(records, "DAYS_A_PIECE", 1)

    assert violations(filled) == []

    corrupt(filled, "UPDATE person_days SET ends = 60", "DELETE FROM workers")
    found = check.examine(filled, no_progress)

    assert {kind.name: count for kind, count in found.counts.items()} == {
        "RECORD_DAYS": 1,
        "WORKER": 5,
    }


def test_it_repeats_no_reason_and_no_name(filled):
    corrupt(
        filled,
        "UPDATE person_time_offs SET reason = 'secret', cadence = 0",
        "UPDATE workers SET full_name = 'secret', email = 'secret'",
        "UPDATE users SET full_name = 'secret'",
    )

    found = violations(filled)

    assert found != []
    assert not any("secret" in each for each in found)


def test_it_changes_nothing(filled):
    before = ask(filled, "SELECT count(*), max(sequence) FROM changes")

    violations(filled)

    assert ask(filled, "SELECT count(*), max(sequence) FROM changes") == before


def test_an_e_mail_that_many_have_joins_nobody(filled):
    email = "'all@example.com'"
    for id_ in range(100, 110):
        corrupt(
            filled,
            "INSERT INTO users (id, company_id, full_name, name_key, email_address, email_key) "
            "VALUES ({id}, '{company}', 'Many', 'many\nMany', {email}, {email})",
            "INSERT INTO workers (id, company_id, user_id, full_name, name_key, email) "
            "VALUES ('U{id}', '{company}', {id}, 'Many', 'many\nMany', {email})",
            id=id_,
            email=email,
        )
    corrupt(
        filled,
        "INSERT INTO people (id, company_id, first_name, last_name, name_key, email, email_key, "
        "status) VALUES ('{unknown}', '{company}', 'O', 'P', 'o p\nO P', {email}, {email}, "
        "'active')",
        "INSERT INTO workers (id, company_id, person_id, full_name, name_key, email) "
        "VALUES ('P{unknown}', '{company}', '{unknown}', 'O P', 'o p\nO P', {email})",
        email=email,
    )

    found = check.examine(filled, no_progress)

    users = ", ".join(map(str, range(100, 110)))
    notice = (
        f"shared e-mail: users {users} and people {UNKNOWN_UUID} have the same: it joins nobody"
    )
    assert found.violations == []
    assert [str(each) for each in found.notices] == [notice]


@pytest.fixture
def hire(filled):
    """Store more people, and link them with users: each as its id, e-mail and status."""

    def hire(*people, links=()):
        async def write():
            database = Database(filled)
            try:
                await DirectoryService(database, lambda: NOW).upsert_people(
                    LOCAL,
                    [
                        item(
                            source_id=id_,
                            company_id=COMPANY,
                            first_name="E",
                            last_name="F",
                            email=email,
                            status=status,
                        )
                        for id_, email, status in people
                    ],
                )
                for user_id, person_id in links:
                    await WorkerService(database, lambda: NOW).link(LOCAL, user_id, person_id)
            finally:
                await database.close()

        asyncio.run(write())
        return [str(each) for each in check.examine(filled, no_progress).listed]

    return hire


ACTIVE, INACTIVE = PersonStatus.ACTIVE, PersonStatus.INACTIVE


@pytest.mark.rule("4.1")
@pytest.mark.parametrize(
    ("people", "links", "expected"),
    [
        pytest.param(
            [(uuid(1), "user3@example.com", ACTIVE), (uuid(2), "USER3@example.com", ACTIVE)],
            [],
            [f"users 3 and people {uuid(1)}, {uuid(2)}"],
            id="a user and two people",
        ),
        pytest.param(
            [(uuid(n), f"mail{n % 3}@example.com", ACTIVE) for n in range(6)],
            [],
            [f"people {uuid(n)}, {uuid(n + 3)}" for n in range(3)],
            id="people alone, some at a time",
        ),
        pytest.param(
            [(uuid(1), "user1@example.com", INACTIVE)],
            [],
            [],
            id="not the inactive beside an active one",
        ),
        pytest.param(
            [(uuid(1), "user3@example.com", INACTIVE), (uuid(2), "user3@example.com", INACTIVE)],
            [],
            [f"users 3 and people {uuid(1)}, {uuid(2)}"],
            id="the inactive where nobody is active",
        ),
        pytest.param(
            [(uuid(1), "user3@example.com", ACTIVE), (uuid(2), "user3@example.com", ACTIVE)],
            [("3", uuid(1))],
            [],
            id="not who is left when the others are linked",
        ),
        pytest.param(
            [(uuid(1), "n/a", ACTIVE), (uuid(2), "n/a", ACTIVE)],
            [],
            [],
            id="not what is no e-mail",
        ),
    ],
)
def test_an_e_mail_that_several_share_is_a_notice(hire, monkeypatch, people, links, expected):
    monkeypatch.setattr(scan, "ROWS_A_PIECE", 2)

    assert hire(*people, links=links) == [
        f"shared e-mail: {sharers} have the same: it joins nobody" for sharers in expected
    ]
