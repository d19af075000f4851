"""`timeoff import`: what files may say, and how what they may not is told."""

import asyncio
import json
from textwrap import dedent

import pytest

from app.db.connections.database import Database
from app.db.reading.lists_of_nouns import COMPANIES, HOLIDAYS, PEOPLE, ROLES, USERS, WORKWEEKS
from app.domain.filters import CalendarFilter, DirectoryFilter
from app.domain.paging import Order, PageRequest
from app.services.data_check import check
from app.services.importing import run
from tests.builders import COMPANY, OTHER_PERSON, PERSON, uuid
from tests.services.statements import ask

COMPANIES_CSV = f"source_id,name\n{COMPANY},Example Builders\n"


def no_progress(what, done=0, total=0):
    pass


@pytest.fixture
def load(database_url, tmp_path):
    """Import files, each given as text or bytes under its name, and return the report."""

    def load(**files):
        for name, content in files.items():
            path = tmp_path / name.replace("__", ".")
            raw = content if isinstance(content, bytes) else dedent(content).encode()
            path.write_bytes(raw.replace(b"COMPANY", COMPANY.encode()))
        return run.load(database_url, tmp_path, no_progress)

    return load


@pytest.fixture
def stored(database_url):
    """Return all objects of a listing."""

    def stored(listing, wanted, order):
        async def read():
            database = Database(database_url)
            try:
                async with database.reading() as connection:
                    page = await listing.page(
                        connection, None, wanted, PageRequest(Order(order), 100)
                    )
            finally:
                await database.close()
            return list(page.items)

        return asyncio.run(read())

    return stored


def refusals(report):
    return [str(each) for each in report.refusals]


EVERYTHING = {
    "companies__csv": COMPANIES_CSV,
    "roles__json": '[{"sourceId": 5, "companyId": "COMPANY", "name": "Engineer"}]',
    "users__csv": """\
        source_id,company_id,full_name,email_address,headline,role_id
        1,COMPANY,Amara Birch,amara@example.com,"Planner, lead",5
        2,COMPANY,Zoë Acacia,,,
        """,
    "people__csv": f"""\
        sourceId,companyId,firstName,lastName,email,status,jobTitle,employeeNumber
        {PERSON},COMPANY,Amara,Birch,AMARA@example.com,ACTIVE,Mason,E-1
        {OTHER_PERSON},COMPANY,Chen,Maple,,inactive,,
        """,
    "workweeks__csv": """\
        company_id,user_id,effective_from,effective_to,monday,tuesday,wednesday,thursday,friday,saturday,sunday
        COMPANY,,2020-01-01,,480,480,480,480,480,0,0
        COMPANY,1,01/01/26,12/31/26,240,240,240,240,0,0,0
        """,
    "holidays__json": """\
        [{"sourceId": "9", "companyId": "COMPANY", "name": "New Year",
          "startDate": "2026-01-01", "endDate": "2026-01-01"}]
        """,
}


def test_every_kind_of_file_is_stored_in_the_order_of_what_refers_to_what(load, database_url):
    report = load(**EVERYTHING)

    assert (report.stored, refusals(report)) == (9, [])
    workers = ask(database_url, "SELECT id, full_name FROM workers ORDER BY id")
    assert workers == [
        (f"P{OTHER_PERSON}", "Chen Maple"),
        ("U1", "Amara Birch"),
        ("U2", "Zoë Acacia"),
    ]
    assert check.find_violations(database_url, no_progress) == []


def test_what_was_written_is_what_the_files_say(load, stored):
    load(**EVERYTHING)

    [role] = stored(ROLES, DirectoryFilter(), "NAME")
    amara, zoe = stored(USERS, DirectoryFilter(), "FULL_NAME")
    mason, chen = stored(PEOPLE, DirectoryFilter(), "FULL_NAME")
    default, own = stored(WORKWEEKS, CalendarFilter(), "EFFECTIVE_FROM")
    [holiday] = stored(HOLIDAYS, CalendarFilter(), "START_DATE")
    assert (amara.headline, amara.role_id, role.id) == ("Planner, lead", 5, 5)
    assert (zoe.email_address, zoe.headline, zoe.role_id) == (None, None, None)
    assert (mason.job_title, mason.status.name) == ("Mason", "ACTIVE")
    assert (chen.job_title, chen.status.name) == (None, "INACTIVE")
    assert (default.user_id, default.minutes) == (None, (480,) * 5 + (0, 0))
    assert (own.user_id, own.minutes) == (1, (240,) * 4 + (0, 0, 0))
    assert (str(own.effective_from), str(own.effective_to)) == ("2026-01-01", "2026-12-31")
    assert (holiday.id, str(holiday.start_date)) == (9, "2026-01-01")


def test_a_company_s_minimum_is_a_whole_number_or_left_as_it_is(load, stored):
    minimum = "source_id,name,minimum_workers_available\nCOMPANY,Builders,{}\n"

    assert refusals(load(companies__csv=minimum.format(12))) == []
    assert refusals(load(companies__csv=minimum.format(""))) == []
    unfit = [refusals(load(companies__csv=minimum.format(each))) for each in ("1.5", "0")]

    [company] = stored(COMPANIES, DirectoryFilter(), "NAME")
    assert company.minimum_workers_available == 12
    place = "companies.csv:2: minimum_workers_available:"
    assert unfit == [
        [f"{place} Workers are a whole number."],
        [f"{place} A minimum is 1 to 1,000,000 workers; null is none."],
    ]


def test_importing_the_same_again_changes_nothing(load, database_url):
    load(**EVERYTHING)
    before = ask(database_url, "SELECT count(*) FROM changes")

    report = load(**EVERYTHING)

    assert (report.stored, refusals(report)) == (9, [])
    assert ask(database_url, "SELECT count(*) FROM changes") == before


def test_an_empty_cell_leaves_a_field_as_it_is_and_null_clears_it(load, stored):
    load(**EVERYTHING)

    load(users__csv="source_id,company_id,full_name,headline\n1,COMPANY,Amara Fern,\n")
    [user, _] = stored(USERS, DirectoryFilter(), "FULL_NAME")
    assert (user.full_name, user.headline) == ("Amara Fern", "Planner, lead")

    fields = {"sourceId": "1", "companyId": COMPANY, "fullName": "Amara Fern", "headline": None}
    load(users__json=json.dumps([fields]))
    [user, _] = stored(USERS, DirectoryFilter(), "FULL_NAME")
    assert (user.headline, user.email_address) == (None, "amara@example.com")


def test_one_refused_line_keeps_everything_from_being_stored(load, database_url):
    report = load(
        companies__csv=COMPANIES_CSV,
        roles__csv="source_id,company_id,name\n5,COMPANY,Engineer\n6,COMPANY,\n",
    )

    assert refusals(report) == ["roles.csv:3: name: A value is required."]
    assert report.stored == 0
    assert ask(database_url, "SELECT id FROM companies") == []


def test_every_refusal_of_every_file_is_told_at_once(load):
    report = load(
        companies__csv=COMPANIES_CSV + "12,No UUID\n",
        users__csv="""\
            source_id,companyId,full_name,role_id
            1,COMPANY,Amara,
            1_0,COMPANY,Bjorn,
            3,a4592b47-0000-4000-8000-000000000000,Chen,
            4,COMPANY,Dalia,77
            5,COMPANY
            6,COMPANY,,
            """,
        holidays__json="""\
            [
              {"sourceId": "1", "companyId": "COMPANY", "name": "A",
               "startDate": "2026-02-30", "endDate": 5},
              {"sourceId": "2", "companyId": "COMPANY", "name": "B",
               "startDate": "2026-02-03", "endDate": "2026-02-02"},
              "three"
            ]
            """,
    )

    assert refusals(report) == [
        "companies.csv:3: source_id: This is not an id of the source system.",
        "users.csv:3: source_id: This is not an id of the source system.",
        "users.csv:4: companyId: There is no such company.",
        "users.csv:5: role_id: There is no such role.",
        "users.csv:6: The row has 2 cells, the header 4.",
        "users.csv:7: full_name: A value is required.",
        "holidays.json:2: item 1: startDate: There is no such day in the calendar.",
        "holidays.json:2: item 1: endDate: This is a text.",
        "holidays.json:4: item 2: endDate: 2026-02-02 is before 2026-02-03.",
        "holidays.json:6: item 3: An item is an object of fields.",
    ]


HEADER = "source_id,company_id,full_name"
NO_SUCH_COLUMN = (
    "There is no such column of users; there are source_id, company_id, full_name, "
    "email_address, headline, role_id, status."
)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param(
            "source_id,company_id,full_nam\n",
            ["users.csv:1: full_nam: There is no such column of users; did you mean full_name?"],
            id="an unknown column",
        ),
        pytest.param(
            "source_id,company_id,full_name,fullName,xyz\n",
            [
                "users.csv:1: fullName: This column comes twice.",
                f"users.csv:1: xyz: {NO_SUCH_COLUMN}",
            ],
            id="a column twice, in two spellings",
        ),
        pytest.param(
            "source_id,source_id,company_id,full_name\n",
            ["users.csv:1: source_id: This column comes twice."],
            id="a column twice",
        ),
        pytest.param(
            "source_id\n1\n",
            ["users.csv:1: The header lacks company_id, full_name."],
            id="missing columns",
        ),
        pytest.param(
            "",
            ["users.csv:1: The header lacks source_id, company_id, full_name."],
            id="nothing at all",
        ),
        pytest.param(
            f"{HEADER}\n1,COMPANY,A,B\n",
            ["users.csv:2: The row has 4 cells, the header 3."],
            id="a cell too many",
        ),
        pytest.param(
            f'{HEADER}\n\n1,COMPANY,"A\n',
            ["users.csv:3: The quote that opens here is never closed."],
            id="a quote that does not end",
        ),
        pytest.param(
            f"{HEADER}\n1,COMPANY,A\n".encode() + b"2,COMPANY,Zo\xeb\n",
            [
                (
                    "users.csv:3: The file is not in UTF-8. Save it as UTF-8; Excel calls that "
                    '"CSV UTF-8 (Comma delimited)". If it is in Windows-1252 (cp1252), '
                    "--encoding cp1252 reads it."
                )
            ],
            id="Latin-1",
        ),
        pytest.param(
            f"{HEADER}\n1,COMPANY,A\0B\n",
            ["users.csv:2: full_name: Text has no control characters and no lone surrogates."],
            id="a NUL",
        ),
        pytest.param(
            f"{HEADER}\n1,COMPANY,{'x' * 200_000}\n",
            ["users.csv:2: This is no CSV: field larger than field limit (131072)."],
            id="a giant cell",
        ),
        pytest.param(
            f'{HEADER}\n1,COMPANY,"A\nB"\n-1,COMPANY,C\n',
            [
                "users.csv:2: full_name: Text must be on one line.",
                "users.csv:4: source_id: This is not an id of the source system.",
            ],
            id="a line break in a cell: the line is the one on which the row begins",
        ),
        pytest.param(
            f"{HEADER},\x1b[31m\n",
            [
                rf"users.csv:1: \x1b[31m: {NO_SUCH_COLUMN}",
            ],
            id="control characters of a terminal",
        ),
    ],
)
def test_a_csv_is_refused(load, content, expected):
    assert refusals(load(companies__csv=COMPANIES_CSV, users__csv=content)) == expected


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param(
            "[\n{]", "users.json:2: This is no JSON array: Expecting property name", id="no JSON"
        ),
        pytest.param("{}", "users.json:1: This is no JSON array: Expecting '['", id="an object"),
        pytest.param("", "users.json:1: This is no JSON array: Expecting '['", id="nothing"),
        pytest.param("[1 2]", "users.json:1: This is no JSON array: Expecting ','", id="no comma"),
        pytest.param(
            "[] x", "users.json:1: This is no JSON array: Nothing may follow it", id="more"
        ),
        pytest.param("[NaN]", "users.json:1: This is no JSON array: NaN is no value.", id="NaN"),
        pytest.param(
            '[\n{"a": 1, "a": 2}]',
            "users.json:2: This is no JSON array: an object has the same field twice.",
            id="a field twice",
        ),
        pytest.param(
            "[" * 100_000, "users.json:1: This is no JSON array: a value is too large.", id="deep"
        ),
        pytest.param(
            f"[{'9' * 5_000}]",
            "users.json:1: This is no JSON array: a value is too large.",
            id="a number of 5,000 digits",
        ),
        pytest.param(b"[\n\xff]", "users.json:2: The file is not in UTF-8.", id="no UTF-8"),
        pytest.param(
            '[{"source_id": true, "companyId": "COMPANY", "fullName": "A"}]',
            "users.json:1: item 1: source_id: This is a text.",
            id="an id that is a boolean",
        ),
        pytest.param(
            '[{"sourceId": "1", "companyId": "COMPANY", "fullName": null}]',
            "users.json:1: item 1: fullName: A value is required.",
            id="null for what is required",
        ),
        pytest.param(
            r'[{"sourceId": "1", "companyId": "COMPANY", "fullName": "\ud800"}]',
            "users.json:1: item 1: fullName: Text has no control characters",
            id="a lone surrogate",
        ),
        pytest.param(
            r'[{"\ud800": "1"}]',
            r"users.json:1: item 1: \ud800: There is no such column of users",
            id="a lone surrogate for a name",
        ),
    ],
)
def test_a_json_is_refused(load, content, expected):
    *_, refusal = refusals(load(companies__csv=COMPANIES_CSV, users__json=content))

    assert refusal.startswith(expected)


@pytest.mark.parametrize("minutes", ["-1", "1441", "1_0", "٤٨٠", "8h", "4.5", "9" * 30])
def test_minutes_are_a_whole_number_of_a_day(load, minutes):
    days = "monday,tuesday,wednesday,thursday,friday,saturday,sunday"

    report = load(
        companies__csv=COMPANIES_CSV,
        workweeks__csv=f"company_id,effective_from,{days}\nCOMPANY,2026-01-01,{minutes}" + ",0" * 6,
    )

    [refusal] = refusals(report)
    assert refusal.startswith("workweeks.csv:2: monday: ")


def test_a_status_that_there_is_not_is_refused(load):
    report = load(
        companies__csv=COMPANIES_CSV,
        people__csv="source_id,company_id,first_name,last_name,status\n"
        f"{PERSON},COMPANY,A,B,gone\n",
    )

    assert refusals(report) == ["people.csv:2: status: A status is one of ACTIVE, INACTIVE."]


def test_a_byte_order_mark_and_windows_lines_are_fine(load):
    report = load(companies__csv=b"\xef\xbb\xbf" + COMPANIES_CSV.replace("\n", "\r\n").encode())

    assert (report.stored, refusals(report)) == (1, [])


def test_blanks_around_a_cell_and_empty_lines_are_no_part_of_it(load, database_url):
    report = load(companies__csv=f"\nname , source_id\n\n Builders , {COMPANY} \n\n"[1:])

    assert (report.stored, refusals(report)) == (1, [])
    assert ask(database_url, "SELECT name FROM companies") == [("Builders",)]


def test_a_csv_and_a_json_of_one_kind_are_both_read(load, database_url):
    load(
        companies__csv=COMPANIES_CSV,
        roles__csv="source_id,company_id,name\n5,COMPANY,Engineer\n",
        roles__json='[{"source_id": 6, "company_id": "COMPANY", "name": "Designer"}]',
    )

    assert ask(database_url, "SELECT id FROM roles ORDER BY id") == [(5,), (6,)]


def test_whether_a_file_that_cannot_be_read_has_what_others_name_is_left_open(load):
    report = load(
        companies__csv="source_id\n",
        users__csv=f"{HEADER}\n1,COMPANY,A\n1_0,COMPANY,B\n",
        workweeks__json="[]",
        holidays__json='[{"sourceId": "0"}]',
    )

    unknown = "that it names are there is not known, because not all of those can be read."
    assert [each for each in refusals(report) if "A value is required" not in each] == [
        "companies.csv:1: The header lacks name.",
        f"users.csv: Whether the companies {unknown}",
        "users.csv:3: source_id: This is not an id of the source system.",
        f"workweeks.json: Whether the companies and users {unknown}",
        f"holidays.json: Whether the companies {unknown}",
    ]


def test_a_file_of_another_name_is_refused_and_other_files_are_none_of_our_business(load):
    report = load(companies__csv=COMPANIES_CSV, user__csv="", README__md="x", Roles__JSON="[]")

    assert refusals(report) == [
        "Roles.JSON: An import has no file of this name; did you mean roles.json?",
        "user.csv: An import has no file of this name; did you mean users.csv?",
    ]


def test_a_directory_without_files_is_refused(load):
    [refusal] = refusals(load())

    assert "There is nothing to import" in refusal


def test_a_folder_in_the_place_of_a_file_is_refused(load, tmp_path):
    (tmp_path / "users.csv").mkdir()

    assert refusals(load()) == ["users.csv: The file cannot be read: Is a directory."]


def test_no_value_is_repeated(load):
    report = load(
        companies__csv=COMPANIES_CSV,
        users__csv=f"{HEADER},email_address\n1_0,COMPANY,secret\1,secret\1\n",
    )

    assert report.refusals != []
    assert not any("secret" in each for each in refusals(report))


def test_thousands_are_stored_as_one_and_lines_are_right_beyond_the_first_batch(load, database_url):
    rows = [f"{id_},COMPANY,User {id_}" for id_ in range(1, 2_501)]

    report = load(companies__csv=COMPANIES_CSV, users__csv="\n".join([HEADER, *rows, ""]))
    assert (report.stored, refusals(report)) == (2_501, [])

    rows[2_300] = "0,COMPANY,No id"
    rows[10] = "11,COMPANY,Renamed"
    report = load(users__csv="\n".join([HEADER, *rows, ""]))
    assert refusals(report) == [
        "users.csv:2302: source_id: This is not an id of the source system."
    ]
    assert ask(database_url, "SELECT full_name FROM users WHERE id = 11") == [("User 11",)]


def test_it_stops_where_nothing_fits(load, monkeypatch):
    monkeypatch.setattr(run, "MOST_REFUSALS", 5)

    report = load(companies__csv="source_id,name\n" + "x,Y\n" * 50)

    assert (len(report.refusals), report.stopped_early) == (5, True)


def test_progress_goes_from_file_to_file_and_up_to_its_end(load, database_url, tmp_path):
    load(**EVERYTHING)
    told = {}

    run.load(
        database_url, tmp_path, lambda what, done=0, total=0: told.update({what: (done, total)})
    )

    assert list(told) == [f"Importing {name.replace('__', '.')}" for name in EVERYTHING]
    assert all(done == total > 0 for done, total in told.values())


def warnings(report):
    assert refusals(report) == []
    return [str(each) for each in report.warnings]


PEOPLE_HEADER = "source_id,company_id,first_name,last_name,email,employee_number,status"


@pytest.mark.rule("6.4")
def test_a_person_may_have_one_name_only(load, stored):
    names = [
        {"sourceId": OTHER_PERSON, "companyId": COMPANY, "firstName": "", "lastName": "Putri"},
        {"sourceId": uuid(1), "companyId": COMPANY, "firstName": "Budi", "lastName": None},
        {"sourceId": uuid(2), "companyId": COMPANY, "firstName": "Cinta"},
    ]

    report = load(
        companies__csv=COMPANIES_CSV,
        people__csv=f"{PEOPLE_HEADER}\n{PERSON},COMPANY,Sari,,,,\n",
        people__json=json.dumps(names),
    )

    assert refusals(report) == []
    people = stored(PEOPLE, DirectoryFilter(), "FULL_NAME")
    assert [(each.first_name, each.last_name, each.full_name) for each in people] == [
        ("Budi", "", "Budi"),
        ("Cinta", "", "Cinta"),
        ("", "Putri", "Putri"),
        ("Sari", "", "Sari"),
    ]


@pytest.mark.rule("6.4")
@pytest.mark.parametrize("cells", [",", "\u200b,", "\u200b,\ufeff\u00ad"])
def test_a_person_without_any_name_is_refused(load, cells):
    report = load(
        companies__csv=COMPANIES_CSV,
        people__csv=f"source_id,company_id,firstName,lastName\n{PERSON},COMPANY,{cells}\n",
    )

    expected = ["people.csv:2: firstName: A person has a first name or a last name."]
    assert refusals(report) == expected


@pytest.mark.rule("4.1")
def test_what_deserves_a_look_is_told_by_its_line(load, database_url):
    report = load(
        companies__csv=COMPANIES_CSV,
        users__csv="""\
            source_id,company_id,full_name,emailAddress
            1,COMPANY,Ada,ada@example.com
            2,COMPANY,Bea,not-an-email
            3,COMPANY,Cleo,cleo@example.com
            """,
        people__csv=f"""\
            {PEOPLE_HEADER}
            {PERSON},COMPANY,Ada,A,ada@example.com,7,
            {OTHER_PERSON},COMPANY,Ada,B,ADA@example.com\u200b,7,
            {uuid(1)},COMPANY,Cleo,C,cleo@example.com,8,
            {uuid(2)},COMPANY,Cleo,Old,cleo@example.com,9,INACTIVE
            """,
    )

    sharing = "The e-mail is shared with user 1 and person"
    shared = "so it joins nobody: linkWorker says who is one worker."
    number = "The employee number is also that of person"
    assert report.stored == 8
    assert warnings(report) == [
        "users.csv:3: emailAddress: This is no e-mail, so it joins nobody; stored as sent.",
        f"people.csv:2: email: {sharing} {OTHER_PERSON}, {shared}",
        f"people.csv:2: employee_number: {number} {OTHER_PERSON}; stored as sent.",
        f"people.csv:3: email: {sharing} {PERSON}, {shared}",
        f"people.csv:3: employee_number: {number} {PERSON}; stored as sent.",
    ]
    workers = ask(
        database_url, "SELECT person_id FROM workers WHERE id IN ('U1', 'U3') ORDER BY id"
    )
    assert [id_ and str(id_) for (id_,) in workers] == [None, uuid(1)]


@pytest.mark.rule("4.1")
def test_what_a_later_line_mends_is_not_told(load):
    both = f"{PERSON},COMPANY,Ada,A,ada@example.com,,\n{OTHER_PERSON},COMPANY,Ada,B,%s,,%s\n"
    users = "source_id,company_id,full_name,email_address\n1,COMPANY,Ada,ada@example.com\n"
    split = load(
        companies__csv=COMPANIES_CSV,
        users__csv=users,
        people__csv=f"{PEOPLE_HEADER}\n{both % ('ada@example.com', '')}",
    )

    again = load()
    mended = load(people__csv=f"{PEOPLE_HEADER}\n{both % ('ada@example.com', 'inactive')}")

    assert [each.partition(": ")[0] for each in warnings(split)] == ["people.csv:2", "people.csv:3"]
    assert [each.partition(": ")[0] for each in warnings(again)] == [
        "users.csv:2",
        "people.csv:2",
        "people.csv:3",
    ]
    assert warnings(mended) == []


@pytest.mark.rule("4.1")
def test_nothing_is_warned_of_where_nothing_is_stored(load):
    report = load(
        companies__csv=COMPANIES_CSV,
        users__csv="source_id,company_id,full_name,email_address\n1,COMPANY,Ada,no\n2,COMPANY,,\n",
    )

    assert len(report.refusals) == 1
    assert report.warnings == []
