"""`timeoff import` reads CSV as spreadsheets write it, and says what it passed over."""

import pytest

from app.services.importing import run
from app.services.importing.columns import NOUNS
from tests.builders import COMPANY, PERSON
from tests.services.statements import ask

COMPANIES = f"source_id,name\n{COMPANY},Example Builders\n"
USERS = f"source_id,company_id,full_name,headline\n1,{COMPANY},Zoë Acacia,Lead\n"
NOWHERE = "a4592b47-0000-4000-8000-000000000000"


def no_progress(what, done=0, total=0):
    pass


@pytest.fixture
def load(database_url, tmp_path):
    """Import files, given as text or bytes by their names, beside a file of the company."""

    def load(files):
        for name, content in ({"companies.csv": COMPANIES} | files).items():
            raw = content if isinstance(content, bytes) else content.encode()
            (tmp_path / name).write_bytes(raw)
        report = run.load(database_url, tmp_path, no_progress)
        return report.stored, [str(each) for each in report.refusals], report.notes

    return load


@pytest.fixture
def users(database_url):
    """Return what is stored of the users."""
    return lambda: ask(database_url, "SELECT id, full_name, headline FROM users ORDER BY id")


ZOE = [(1, "Zoë Acacia", "Lead")]


@pytest.mark.parametrize(
    ("content", "notes"),
    [
        pytest.param(USERS.encode("utf-8-sig"), [], id="UTF-8 with its mark"),
        pytest.param(USERS.replace("\n", "\r\n"), [], id="Windows lines"),
        pytest.param(USERS.replace("\n", "\r"), [], id="lines of old Macs"),
        pytest.param(USERS.removesuffix("\n"), [], id="no line end at the end"),
        pytest.param(
            USERS.replace(",", "\t").replace("\n", "\r\n").encode("utf-16"),
            ["Read as UTF-16.", "Read with tabs between the cells."],
            id="Excel's Unicode text",
        ),
        pytest.param(
            b"\xfe\xff" + USERS.encode("utf-16-be"), ["Read as UTF-16."], id="UTF-16, big end first"
        ),
        pytest.param(
            USERS.replace(",", ";"), ["Read with semicolons between the cells."], id="semicolons"
        ),
        pytest.param(USERS.replace(",", "\t"), ["Read with tabs between the cells."], id="tabs"),
        pytest.param(
            "sep=;\r\n" + USERS.replace(",", ";"),
            ["Read with semicolons between the cells."],
            id="sep=;",
        ),
        pytest.param('"sep=,"\n' + USERS, [], id="sep=, in quotes"),
        pytest.param(
            "sep=|\n" + USERS.replace(",", "|"), ["Read with '|' between the cells."], id="sep=|"
        ),
        pytest.param(
            USERS.replace("source_id", "Source ID").replace("full_name", "FULL-NAME "),
            ["Columns by other names: Source ID is source_id, FULL-NAME is full_name."],
            id="headers for people",
        ),
        pytest.param(
            USERS.replace("source_id,company_id", '"source id", "companyId"'),
            ["Columns by other names: source id is source_id."],
            id="headers in quotes behind blanks",
        ),
        pytest.param(
            "\n,,,\n" + USERS + ",,,\n , , , \n\n\n", ["6 empty rows left out."], id="empty rows"
        ),
        pytest.param(
            USERS.replace("headline\n", "headline,,\n").replace("Lead\n", "Lead,,\n"),
            ["2 empty columns without a name left out."],
            id="empty columns at the end",
        ),
        pytest.param(
            USERS.replace(",full", ",,full").replace(",Zoë", ",,Zoë"),
            ["1 empty column without a name left out."],
            id="an empty column between",
        ),
        pytest.param(USERS.replace("Lead", "Lead,,"), [], id="empty cells beyond the header"),
        pytest.param(
            USERS.replace("headline", "headline,role_id"),
            ["1 row with fewer cells than the header: the last ones are empty."],
            id="a row that ends with its last value, as Excel writes some",
        ),
        pytest.param(USERS.replace("Zoë Acacia", '"Zoë Acacia"'), [], id="quotes"),
    ],
)
def test_a_table_is_read_as_spreadsheets_write_it(load, users, content, notes):
    stored, refusals, told = load({"users.csv": content})

    assert (stored, refusals, users()) == (2, [], ZOE)
    assert told == [f"users.csv: {note}" for note in notes]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param(
            USERS.replace(",Lead", "").replace(",headline", ",,headline")
            + f"2,{COMPANY},A,Lost,B\n",
            ["users.csv:3: Cell 4 has a value, but no name in the header."],
            id="a value in a column without a name",
        ),
        pytest.param(
            "\n\n" + USERS.replace("headline", "source-id"),
            ["users.csv:3: source-id: This column comes twice."],
            id="a header twice, with the line on which it is",
        ),
        pytest.param(
            "source_id;company_id;full_name,x\n",
            ["users.csv:1: full_name,x: There is no such column of users; did you mean full_name?"],
            id="semicolons make more known columns than the comma",
        ),
        pytest.param(
            USERS + ";;;\n",
            ["users.csv:3: The row has 1 cells, the header 4."],
            id="a row of other delimiters",
        ),
        pytest.param(
            "source_id;x,full_name\n",
            [
                (
                    "users.csv:1: The header has commas and semicolons: which of them part the "
                    "cells cannot be told. A first line such as sep=; tells it."
                )
            ],
            id="no delimiter is the better one",
        ),
        pytest.param(
            USERS.replace(",", "|"),
            [
                (
                    "users.csv:1: The header is a single cell. Cells are parted by commas, "
                    "semicolons or tabs."
                )
            ],
            id="a delimiter that is none",
        ),
        pytest.param(
            USERS.encode("cp1252"),
            [
                (
                    "users.csv:2: The file is not in UTF-8. Save it as UTF-8; Excel calls that "
                    '"CSV UTF-8 (Comma delimited)". If it is in Windows-1252 (cp1252), '
                    "--encoding cp1252 reads it."
                )
            ],
            id="Windows-1252",
        ),
        pytest.param(
            USERS.encode("utf-16-le"),
            [
                (
                    "users.csv: The file seems to be in UTF-16 without a byte order mark. "
                    "Save it as UTF-8."
                )
            ],
            id="UTF-16 without its mark",
        ),
        pytest.param(
            USERS.encode("utf-32"),
            ["users.csv: The file is in UTF-32. Save it as UTF-8."],
            id="UTF-32",
        ),
        pytest.param(
            USERS.encode("utf-16")[:-1],
            ["users.csv:2: The file is damaged: this is not UTF-16, as its first bytes say."],
            id="half a character of UTF-16",
        ),
        pytest.param(
            b"PK\x03\x04 and so on",
            [
                (
                    "users.csv: This is a workbook (.xlsx, .ods) under another name. Open it there "
                    "and save it as UTF-8 text."
                )
            ],
            id="a workbook",
        ),
    ],
)
def test_what_cannot_be_told_is_refused(load, content, expected):
    assert load({"users.csv": content})[1] == expected


UNCLOSED = "The quote that opens here is never closed."


def within(line):
    return (
        f"The quote that opens here closes within a cell, on line {line}. A cell is in quotes as "
        "a whole, and a quote inside it is written twice."
    )


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        pytest.param(['1,COMPANY,"A', *["2,COMPANY,B"] * 50], f"2: {UNCLOSED}", id="to the end"),
        pytest.param(["1,COMPANY,A", '2,COMPANY,"B'], f"3: {UNCLOSED}", id="on the last line"),
        pytest.param(['1,COMPANY,A"', '2,COMPANY, "B'], f"3: {UNCLOSED}", id="behind a blank"),
        pytest.param(['1,COMPANY,"A ""Z""', "2,C"], f"2: {UNCLOSED}", id="with doubled ones"),
        pytest.param(
            ['1,COMPANY,"A', '2,COMPANY,"B"'], f"2: {within(3)}", id="to the next row's quote"
        ),
        pytest.param(['1,COMPANY,"A" Z'], f"2: {within(2)}", id="a word behind the closing one"),
        pytest.param(
            ['"1",COMPANY,"A', 'line","B'], f"3: {UNCLOSED}", id="on a later line of its row"
        ),
        pytest.param(['1,COMPANY,"A', "x" * 200_000], f"2: {UNCLOSED}", id="beyond a cell's size"),
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=["LF", "CRLF", "CR"])
def test_an_unclosed_quote_is_reported_where_it_opens(load, rows, expected, end):
    text = end.join(["source_id,company_id,full_name", *rows, ""]).replace("COMPANY", COMPANY)

    assert load({"users.csv": text})[1] == [f"users.csv:{expected}"]


def test_a_quote_within_a_cell_is_a_letter(load, users):
    assert load({"users.csv": USERS.replace("Lead", '6" pipes')})[:2] == (2, [])
    assert users() == [(1, "Zoë Acacia", '6" pipes')]


def test_files_of_the_system_and_of_editors_are_left_out_and_named(load, users):
    shadows = ["._users.csv", ".users.csv", "~$users.csv"]

    stored, refusals, notes = load({"users.csv": USERS} | dict.fromkeys(shadows, b"\0\5\x16\7"))

    assert (stored, refusals, users()) == (2, [], ZOE)
    assert notes == [
        f"{name}: Left out: a file of the system or of an editor." for name in sorted(shadows)
    ]


@pytest.mark.parametrize("name", ["users.txt", "Users.tsv", "users.xlsx", "users.ods"])
def test_what_spreadsheets_save_besides_is_named(load, name):
    refusal = f"{name}: An import reads CSV or JSON. Save it as users.csv, in UTF-8."
    assert load({name: USERS})[1] == [refusal]


def test_a_json_may_be_in_utf_16(load, users):
    fields = (
        f'"sourceId": 1, "companyId": "{COMPANY}", "fullName": "Zoë Acacia", "headline": "Lead"'
    )

    assert load({"users.json": f"[{{{fields}}}]".encode("utf-16")})[:2] == (2, [])
    assert users() == ZOE


WEEK = "monday,tuesday,wednesday,thursday,friday,saturday,sunday"


def test_an_error_in_a_line_hides_no_unknown_company_role_or_user_in_it(load):
    _, refusals, _ = load(
        {
            "users.csv": "source_id,company_id,full_name,role_id\n"
            f"1_0,{NOWHERE},A,7\n2,{COMPANY},B,8\n3,{COMPANY},C\1,9\n4,x,,10\n"
            f"5,{NOWHERE},{'E' * 300},\n",
            "people.csv": "source_id,company_id,first_name,last_name,status\n"
            f"{PERSON},{NOWHERE},A,B,gone\n",
            "workweeks.csv": f"company_id,user_id,effective_from,{WEEK}\n"
            f"{COMPANY},77,soon{',480' * 7}\n",
        }
    )

    assert refusals == [
        "users.csv:2: source_id: This is not an id of the source system.",
        "users.csv:2: company_id: There is no such company.",
        "users.csv:2: role_id: There is no such role.",
        "users.csv:3: role_id: There is no such role.",
        "users.csv:4: full_name: Text has no control characters and no lone surrogates.",
        "users.csv:4: role_id: There is no such role.",
        "users.csv:5: full_name: A value is required.",
        "users.csv:5: role_id: There is no such role.",
        "users.csv:6: full_name: Text has at most 255 characters.",
        "users.csv:6: company_id: There is no such company.",
        "people.csv:2: status: A status is one of ACTIVE, INACTIVE.",
        "people.csv:2: company_id: There is no such company.",
        "workweeks.csv:2: effective_from: A day is written YYYY-MM-DD, such as 2023-11-01.",
        "workweeks.csv:2: user_id: There is no such user.",
    ]


def test_a_file_that_cannot_be_read_hides_no_error_of_another(load):
    _, refusals, _ = load(
        {
            "user.csv": USERS,
            "roles.json": "[{}",
            "people.csv": f"source_id,first_name\n{PERSON},A\n",
            "workweeks.csv": f"company_id,user_id,effective_from,{WEEK}\n"
            f"{COMPANY},77,soon{',480' * 7}\n{NOWHERE},77,2026-01-01{',480' * 7}\n",
        }
    )

    unknown = "that it names are there is not known, because not all of those can be read."
    assert refusals == [
        "user.csv: An import has no file of this name; did you mean users.csv?",
        "roles.json:1: This is no JSON array: Expecting ','.",
        "people.csv:1: The header lacks company_id.",
        f"workweeks.csv: Whether the users {unknown}",
        "workweeks.csv:2: effective_from: A day is written YYYY-MM-DD, such as 2023-11-01.",
        "workweeks.csv:3: company_id: There is no such company.",
    ]


def test_no_two_columns_of_a_file_are_one_when_blanks_and_case_are_left_out():
    for noun in NOUNS:
        headers = [each.name.replace("_", " ").upper() for each in noun.columns]
        assert list(noun.columns_of(headers).values()) == list(noun.columns)
