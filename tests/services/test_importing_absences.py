"""`timeoff import` of absences: what rows become, and how what they may not be is told."""

import asyncio
import json
from datetime import UTC, date, datetime, time
from textwrap import dedent

import pytest

from app.db.connections.database import Database
from app.db.reading.lists_of_nouns import PERSON_TIME_OFFS
from app.domain.erasure import REMOVED
from app.domain.filters import PersonTimeOffFilter
from app.domain.paging import Order, PageRequest
from app.services.caller import COMMAND
from app.services.data_check import check
from app.services.importing import run
from app.services.importing.options import ImportOptions
from app.services.person_time_off.commands import DeletePersonTimeOff, RestorePersonTimeOff
from app.services.person_time_off.service import PersonTimeOffService
from app.services.personal_data.retention import forget_old_reasons
from tests.builders import COMPANY, OTHER_COMPANY, OTHER_PERSON, PERSON
from tests.services.statements import ask

DIRECTORY = {
    "companies.csv": f"source_id,name\n{COMPANY},Builders\n{OTHER_COMPANY},Others\n",
    "users.csv": f"""\
        source_id,company_id,full_name,email_address
        1,{COMPANY},Ada,ada@example.com
        2,{COMPANY},Ben,ben@example.com
        3,{OTHER_COMPANY},Ben,ben@example.com
        """,
    "people.csv": f"""\
        source_id,company_id,first_name,last_name,email,employee_number
        {PERSON},{COMPANY},Ada,L,ADA@example.com,E-1
        {OTHER_PERSON},{COMPANY},Cleo,M,cleo@example.com,E-2
        """,
    "holidays.csv": f"""\
        source_id,company_id,name,start_date,end_date
        9,{COMPANY},Day of rest,2026-03-06,2026-03-06
        """,
}
ENTRIES = "user_id,requested_date,hours,service_name,service_model,service_model_ref\n"
SPANS = (
    "person_id,start_day,end_day,batch_start_time,batch_end_time,is_paid,reason,"
    "repeat,cadence,repeat_end_day,service_name,service_model_ref\n"
)
SAME_REFERENCE = "An earlier line has the same reference for this user and day."
SECOND_REFERENCE = "The entry already has another reference of this service."
NO_HOURS = "Hours are more than 0; delete an entry that is no longer wanted."
NO_SERVICE = "Which system the reference is of is needed: in this column, or by --service."
NO_REFERENCE = "A reference is needed, by which the row is found again; --make-ids makes one."
NOBODY = "Whose it is: one of user_id, email and employee_number is needed."
WEEKLY = f"{PERSON},2026-03-02,2026-03-02,08:00,12:00,no,school,weekly,1,2026-03-30,hr,7\n"


def no_progress(what, done=0, total=0):
    pass


@pytest.fixture
def load(database_url, tmp_path):
    """Import files, given as text by their names, and return the report; the directory is there."""
    numbers = iter(range(1000))

    def load(files, **options):
        folder = tmp_path / str(next(numbers))
        folder.mkdir()
        for name, content in files.items():
            raw = content if isinstance(content, bytes) else dedent(content).encode()
            (folder / name).write_bytes(raw)
        return run.load(database_url, folder, no_progress, ImportOptions(**options))

    assert load(DIRECTORY).refusals == []
    return load


@pytest.fixture
def entries(database_url):
    """Return what is stored of entries: user, day and hours, with what references brought."""

    def entries():
        found = ask(
            database_url,
            "SELECT e.user_id, e.requested_date, e.seconds, r.service_name, r.service_model_ref, "
            "r.brought_seconds FROM time_off_entries e LEFT JOIN external_references r "
            "ON r.entry_id = e.id ORDER BY e.user_id, e.requested_date, r.service_name",
        )
        return [
            (user, str(day), seconds / 3600, service, ref, brought / 3600)
            for user, day, seconds, service, ref, brought in found
        ]

    return entries


@pytest.fixture
def with_database(database_url):
    """Do something with the database, and return what it answers."""

    def run_it(do):
        async def whole():
            database = Database(database_url)
            try:
                return await do(database)
            finally:
                await database.close()

        return asyncio.run(whole())

    return run_it


@pytest.fixture
def records(with_database):
    """Return the records that are stored, by their first day."""

    async def read(database):
        async with database.reading() as connection:
            request = PageRequest(Order("START_DAY"), 100)
            page = await PERSON_TIME_OFFS.page(connection, None, PersonTimeOffFilter(), request)
        return list(page.items)

    return lambda: with_database(read)


def refusals(report):
    return [each.coded for each in report.refusals]


def warnings(report):
    return [str(each) for each in report.warnings]


def counts(report):
    (only,) = report.counts.values()
    return only.new, only.changed, only.same, only.left_out


# Entries of Kantata OX


@pytest.mark.rule("2.10")
def test_rows_are_new_then_the_same_then_changed(load, entries, database_url):
    rows = ENTRIES + "1,2026-03-02,8,hr,Absence,A\n1,2026-03-03,4,hr,Absence,A\n"

    first = load({"time_off_entries.csv": rows})
    before = ask(database_url, "SELECT count(*) FROM changes")
    again = load({"time_off_entries.csv": rows})
    unchanged = ask(database_url, "SELECT count(*) FROM changes")
    changed = load({"time_off_entries.csv": rows.replace(",4,", ",6,")})

    assert [counts(each) for each in (first, again, changed)] == [
        (2, 0, 0, 0),
        (0, 0, 2, 0),
        (0, 1, 1, 0),
    ]
    assert before == unchanged
    assert entries() == [
        (1, "2026-03-02", 8, "hr", "A", 8),
        (1, "2026-03-03", 6, "hr", "A", 6),
    ]
    assert check.find_violations(database_url, no_progress) == []


def test_a_dry_run_says_the_same_and_stores_nothing(load, entries):
    rows = ENTRIES + "1,2026-03-02,8,hr,Absence,A\n2,2026-03-02,9,hr,Absence,B\n"

    refused = load({"time_off_entries.csv": rows}, dry_run=True)
    fine = load({"time_off_entries.csv": rows.replace(",9,", ",7,")}, dry_run=True)

    assert (refused.stored, len(refused.refusals)) == (0, 1)
    assert (fine.stored, counts(fine), entries()) == (2, (2, 0, 0, 0), [])


def test_hours_of_one_day_are_combined_and_it_is_told(load, entries):
    report = load(
        {
            "time_off_entries.csv": ENTRIES
            + "1,2026-03-02,4,hr,Absence,A\n1,2026-03-02,2.2,jira,Issue,B\n"
        }
    )

    assert warnings(report) == [
        "time_off_entries.csv:3: hours: Added to 4 h of the same day: 6.2 h now.",
        (
            "time_off_entries.csv:3: hours: 2.2 h is no multiple of a quarter hour, as Kantata OX "
            "recommends; stored as sent."
        ),
    ]
    assert [each[2:] for each in entries()] == [(6.2, "hr", "A", 4), (6.2, "jira", "B", 2.2)]


def test_all_faults_are_told_at_once_by_line_column_and_code(load, entries):
    rows = """\
        1,2026-03-02,8,hr,Absence,A
        1,2026-03-02,8,hr,Absence,A
        1,2026-03-03,9,hr,Absence,A
        1,2026-03-06,4,hr,Absence,A
        99,2026-03-03,4,hr,Absence,A
        1,2026-13-01,many,hr,Absence,A
        1,2026-03-04,0,hr,Absence,A
        1,2026-03-05,4,,Absence,A
        ,2026-03-05,4,hr,Absence,
        1,2026-03-09,4,hr,Absence,A
        1,2026-03-09,4,hr,Absence,B
        """

    report = load({"time_off_entries.csv": ENTRIES + dedent(rows)})

    invalid, conflict = "INVALID_VALUE", "EXTERNAL_REFERENCE_CONFLICT"
    too_long = "User 1 has {} h possible workday hours on 2026-03-0{}: {} h do not fit."
    assert [(each.line, each.field, each.code, each.message) for each in report.refusals] == [
        (3, "service_model_ref", conflict, SAME_REFERENCE),
        (4, "hours", "WORKDAY_HOURS_EXCEEDED", too_long.format(8, 3, 9)),
        (5, "hours", "WORKDAY_HOURS_EXCEEDED", too_long.format(0, 6, 4)),
        (6, "user_id", "NOT_FOUND", "There is no such user."),
        (7, "requested_date", invalid, "There is no such day in the calendar."),
        (7, "hours", invalid, "Hours are a number, such as 7.5."),
        (8, "hours", invalid, NO_HOURS),
        (9, "service_name", invalid, NO_SERVICE),
        (10, "user_id", invalid, NOBODY),
        (10, "service_model_ref", invalid, NO_REFERENCE),
        (12, "service_model_ref", conflict, SECOND_REFERENCE),
    ]
    assert report.refusals[3].coded == (
        "time_off_entries.csv:6: user_id: There is no such user. [NOT_FOUND]"
    )
    assert (report.stored, entries()) == (0, [])


def test_hours_are_cut_to_the_workday_where_that_is_wanted(load, entries):
    rows = ENTRIES + "".join(
        f"1,2026-03-0{day},{hours},hr,Absence,A\n" for day, hours in ((2, 9), (6, 8), (7, 0))
    )

    first = load({"time_off_entries.csv": rows}, cuts=True)
    again = load({"time_off_entries.csv": rows}, cuts=True)

    assert (counts(first), counts(again)) == ((1, 0, 0, 2), (0, 0, 1, 2))
    assert warnings(first) == [
        "time_off_entries.csv:2: hours: 9 h cut to 8 h: the workday has no room for more.",
        "time_off_entries.csv:3: hours: 8 h left out: the workday has no room for them.",
        "time_off_entries.csv:4: hours: A row of no hours left out.",
    ]
    assert entries() == [(1, "2026-03-02", 8, "hr", "A", 8)]


@pytest.mark.parametrize(
    ("who", "problem"),
    [
        pytest.param("employee_number;E-1", None, id="a number"),
        pytest.param("Employee No.;E-1", None, id="a number under another name"),
        pytest.param("E-mail;Ada@Example.com", None, id="an e-mail"),
        pytest.param(
            "email;ben@example.com", "Several have this e-mail: name one by user_id", id="of two"
        ),
        pytest.param("email;no@example.com", "Nobody has this e-mail.", id="nobody's e-mail"),
        pytest.param("employee_number;7", "Nobody has this employee number.", id="no number"),
        pytest.param(
            "email;cleo@example.com",
            "Whoever has this e-mail is not known to Kantata OX.",
            id="of the other system",
        ),
        pytest.param("user_id;x", "This is not the id of a user.", id="no id"),
    ],
)
def test_people_are_named_as_the_directory_has_them(load, entries, who, problem):
    column, value = who.split(";")
    content = f"{column};Date;Hours;Absence ID\n{value};03/02/26;7,5;17\n"

    report = load({"time_off_entries.csv": content}, service="hr")

    if problem is None:
        assert (refusals(report), entries()) == ([], [(1, "2026-03-02", 7.5, "hr", "17", 7.5)])
    else:
        [told] = refusals(report)
        assert told.startswith(f"time_off_entries.csv:2: {column}: {problem}")


def test_a_company_tells_apart_who_shares_an_e_mail(load, entries):
    content = (
        "company_id,email,requested_date,hours,service_model_ref\n"
        f"{OTHER_COMPANY},ben@example.com,2026-03-02,4,1\n"
        f"{COMPANY},ben@example.com,2026-03-02,6,1\n"
    )

    assert refusals(load({"time_off_entries.csv": content}, service="hr")) == []
    assert [each[:3] for each in entries()] == [(2, "2026-03-02", 6), (3, "2026-03-02", 4)]
    foreign = (
        f"company_id,user_id,requested_date,hours,service_model_ref\n{COMPANY},3,2026-03-03,4,1\n"
    )
    assert refusals(load({"time_off_entries.csv": foreign}, service="hr")) == [
        "time_off_entries.csv:2: user_id: There is no such user. [NOT_FOUND]"
    ]


def test_of_users_who_share_an_e_mail_the_active_one_is_meant(load, entries):
    header = "source_id,company_id,full_name,email_address,status\n"
    load({"users.csv": f"{header}4,{COMPANY},Ada,ada@example.com,INACTIVE\n"})
    content = "email,requested_date,hours\nada@example.com,2026-03-02,4\n"

    assert refusals(load({"time_off_entries.csv": content}, makes_ids=True)) == []
    assert [each[0] for each in entries()] == [1]


def test_references_are_made_up_on_wish_and_found_again(load, entries):
    rows = "user_id,requested_date,hours\n1,2026-03-02,4\n1,2026-03-02,2\n2,2026-03-02,8\n"

    first = load({"time_off_entries.csv": rows}, makes_ids=True)
    again = load({"time_off_entries.csv": rows.replace("02,8", "02,7")}, makes_ids=True)

    assert (counts(first), counts(again)) == ((3, 0, 0, 0), (0, 1, 2, 0))
    assert entries() == [
        (1, "2026-03-02", 6, "import", "1:2026-03-02", 4),
        (1, "2026-03-02", 6, "import (2)", "1:2026-03-02", 2),
        (2, "2026-03-02", 7, "import", "2:2026-03-02", 7),
    ]


def test_what_createtimeoffentries_takes_is_read_as_lines_of_json(load, entries):
    reference = {"serviceName": "jira", "serviceModel": "Issue", "serviceModelRef": "T-1"}
    item = {"userId": 1, "requestedDate": "2026-03-02", "hours": 4, "externalReference": reference}
    lines = f"\ufeff{json.dumps(item)}\n\n{{nothing\n[]\n"

    bad = load({"time_off_entries.jsonl": lines})
    good = load({"time_off_entries.ndjson": json.dumps(item | {"colour": "red"})})
    ignored = load(
        {"time_off_entries.jsonl": json.dumps(item | {"colour": 1})}, ignores_unknown=True
    )

    place = "time_off_entries.jsonl"
    assert [each.partition(" [")[0] for each in refusals(bad)] == [
        f"{place}:3: item 2: This is no JSON: Expecting property name enclosed in double quotes.",
        f"{place}:4: item 3: An item is an object of fields.",
    ]
    assert refusals(good)[0].startswith("time_off_entries.ndjson:1: item 1: colour: There is no")
    assert ignored.notes == ["time_off_entries.jsonl: Unknown fields left out: colour."]
    assert entries() == [(1, "2026-03-02", 4, "jira", "T-1", 4)]


# Person time off of Procore


@pytest.mark.rule("3.14")
def test_records_are_new_then_the_same_then_changed(load, records, database_url):
    rows = SPANS + WEEKLY + f"{OTHER_PERSON},2026-05-04,2026-05-05,8:00 AM,4:00 PM,1,rest,,,,hr,8\n"

    first = load({"person_time_off.csv": rows})
    weekly, rest = records()
    again = load({"person_time_off.csv": rows})
    later = rows.replace("2026-03-30", "2026-04-13").replace(",rest,", ",vacation,")
    changed = load({"person_time_off.csv": later})
    longer, vacation = records()

    assert [counts(each) for each in (first, again, changed)] == [
        (2, 0, 0, 0),
        (0, 0, 2, 0),
        (0, 2, 0, 0),
    ]
    assert (len(weekly.instances), len(longer.instances)) == (5, 7)
    assert [each.id for each in longer.instances][:5] == [each.id for each in weekly.instances]
    assert (rest.id, rest.reason, vacation.id, vacation.reason) == (
        vacation.id,
        "rest",
        rest.id,
        "vacation",
    )
    assert (rest.is_paid, rest.pattern.start_time, rest.span.last) == (
        True,
        time(8),
        date(2026, 5, 5),
    )
    assert check.find_violations(database_url, no_progress) == []


@pytest.mark.rule("3.14")
def test_what_a_row_leaves_out_stays_and_a_repeat_ends_if_it_says_so(load, records):
    load({"person_time_off.csv": SPANS + WEEKLY})
    short = f"""\
        person_id,start_day,end_day,batch_start_time,batch_end_time,is_paid,reason,service_name,service_model_ref,repeat
        {PERSON},2026-03-02,2026-03-02,08:00,12:00,no,school,hr,7,
        """

    same = load({"person_time_off.csv": short})
    ended = load({"person_time_off.csv": dedent(short).rstrip() + "never\n"})

    [record] = records()
    assert (counts(same), counts(ended)) == ((0, 0, 1, 0), (0, 1, 0, 0))
    assert (record.rule, len(record.instances)) == (None, 1)


@pytest.mark.rule("3.14")
def test_a_record_keeps_its_own_id_and_its_person(load, records):
    own = "9b2d3c1e-0000-4000-8000-00000000000a"
    columns = SPANS.replace("person_id", "source_id,person_id")
    row = f"{own.upper()},{PERSON},2026-03-02,2026-03-02,08:00,12:00,no,school,,,,,\n"

    assert refusals(load({"person_time_off.csv": columns + row})) == []
    moved = load({"person_time_off.csv": columns + row.replace(PERSON, OTHER_PERSON)})
    twice = load({"person_time_off.csv": columns + row + row})
    ill = load({"person_time_off.csv": columns + row.replace(own.upper(), "7")})

    assert [each.id for each in records()] == [own]
    assert [each for report in (moved, twice, ill) for each in refusals(report)] == [
        (
            "person_time_off.csv:2: person_id: This record is of another person, and stays so: "
            "delete it, or give another id. [INVALID_VALUE]"
        ),
        (
            "person_time_off.csv:3: source_id: An earlier line is of the same record. "
            "[EXTERNAL_REFERENCE_CONFLICT]"
        ),
        "person_time_off.csv:2: source_id: This is not an id of the source system. [INVALID_VALUE]",
    ]


@pytest.mark.rule("3.14")
def test_a_record_that_was_deleted_is_made_anew_and_not_brought_back_beside(
    load, records, with_database
):
    load({"person_time_off.csv": SPANS + WEEKLY})
    [record] = records()

    async def delete(database):
        await PersonTimeOffService(database, run.now).delete(
            COMMAND, DeletePersonTimeOff(record.id)
        )

    async def bring_back(database):
        service = PersonTimeOffService(database, run.now)
        with pytest.raises(Exception, match="no such person time off"):
            await service.bring_back(COMMAND, RestorePersonTimeOff(record.id))

    with_database(delete)
    report = load({"person_time_off.csv": SPANS + WEEKLY})
    with_database(bring_back)

    assert counts(report) == (1, 0, 0, 0)
    assert [each.id for each in records()] == [record.id]


@pytest.mark.rule("3.14")
def test_a_reason_that_was_removed_is_not_brought_back(load, records, with_database):
    rows = SPANS + WEEKLY.replace("2026", "2023")
    load({"person_time_off.csv": rows})

    with_database(lambda database: forget_old_reasons(database, datetime.now(UTC), 30))
    same = load({"person_time_off.csv": rows})
    changed = load({"person_time_off.csv": rows.replace("12:00", "13:00")})

    [record] = records()
    assert (counts(same), counts(changed)) == ((0, 0, 1, 0), (0, 1, 0, 0))
    assert (record.reason, record.pattern.end_time) == (REMOVED, time(13))


def test_every_fault_of_a_record_is_told_beside_whose_it_is(load, records):
    rows = """\
        x,2026-03-02,2026-03-01,08:00,08:05,maybe,,weekly,0,,hr,1
        {other},2026-03-02,2026-03-01,08:00,08:00,no,rest,weekly,0,2026-04-01,hr,2
        ,2026-03-02,2026-03-02,08:00,09:00,no,rest,,,,,
        """
    report = load({"person_time_off.csv": SPANS + dedent(rows).format(other=OTHER_PERSON)})

    columns = [(each.line, each.field, each.code) for each in report.refusals]
    assert columns == [
        (2, "is_paid", "INVALID_VALUE"),
        (2, "reason", "INVALID_VALUE"),
        (3, "batch_end_time", "INVALID_VALUE"),
        (3, "end_day", "DAYS_REVERSED"),
        (3, "cadence", "INVALID_VALUE"),
        (4, "person_id", "INVALID_VALUE"),
        (4, "service_model_ref", "INVALID_VALUE"),
    ]
    assert records() == []


def test_rows_without_times_and_paid_flag_have_those_that_were_given(load, records):
    content = "Employee No.;Absence type;From;To\nE-2;Vacation;2026-03-02;2026-03-03\n"
    options = {"makes_ids": True, "day_times": (time(8), time(16)), "is_paid": True}

    first = load({"person_time_off.csv": content}, **options)
    again = load({"person_time_off.csv": content.replace("03-03", "03-04")}, **options)

    [record] = records()
    assert (counts(first), counts(again)) == ((1, 0, 0, 0), (0, 1, 0, 0))
    assert (record.person_id, record.is_paid, record.reason, str(record.span.last)) == (
        OTHER_PERSON,
        True,
        "Vacation",
        "2026-03-04",
    )
    assert (record.pattern.start_time, record.pattern.end_time) == (time(8), time(16))


# Together


def test_changes_say_who_made_them_by_one_id(load, database_url):
    before = ask(database_url, "SELECT max(last_sequence) FROM change_origins")
    load(
        {
            "time_off_entries.csv": ENTRIES + "1,2026-03-02,8,hr,Absence,A\n",
            "person_time_off.csv": SPANS + WEEKLY,
        }
    )

    told = ask(
        database_url,
        "SELECT DISTINCT actor_kind, actor, actor_label, via, request_id FROM change_origins "
        "WHERE last_sequence > :before AND company_id = :company",
        before=before[0][0],
        company=COMPANY,
    )
    [(kind, actor, label, via, request_id)] = told
    assert (kind, actor, label, via) == ("COMMAND", "command", "timeoff", "IMPORT")
    assert request_id.startswith("import-")


def test_nothing_is_stored_of_any_file_if_one_row_is_refused(load, entries, records):
    report = load(
        {
            "time_off_entries.csv": ENTRIES + "1,2026-03-02,8,hr,Absence,A\n",
            "person_time_off.csv": SPANS + WEEKLY.replace("12:00", "08:00"),
        }
    )

    assert (report.stored, len(report.refusals), entries(), records()) == (0, 1, [], [])


def test_what_names_people_of_an_unreadable_file_is_not_judged(load):
    report = load(
        {"users.csv": "colour\nred\n", "time_off_entries.csv": ENTRIES + "77,x,y,hr,Absence,A\n"}
    )

    assert [each.partition(":")[0] for each in refusals(report)] == [
        "users.csv",
        "time_off_entries.csv",
    ]


@pytest.mark.rule("5.3")
def test_changes_of_many_rows_of_person_time_off_are_numbered_at_once(load, database_url):
    rows = [
        f"{PERSON},2026-03-0{day},2026-03-0{day},08:00,12:00,no,school,never,,,hr,{day}\n"
        for day in (2, 3, 4, 5)
    ]
    assert load({"person_time_off.csv": SPANS + "".join(rows[:3])}).stored == 3
    changed = rows[0].replace("12:00", "13:00")
    assert load({"person_time_off.csv": SPANS + changed + "".join(rows[1:])}).stored == 4

    last_two = ask(
        database_url,
        "SELECT last_sequence - first_sequence + 1 FROM change_origins "
        "WHERE company_id = :company ORDER BY last_sequence DESC LIMIT 2",
        company=COMPANY,
    )

    assert last_two == [(2,), (3,)]
    assert check.find_violations(database_url, no_progress) == []
