"""A worker's day as a row of a table."""

import csv
import io
import sys
from datetime import date
from unicodedata import category, name, normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.contributions import ClockHours, EntryHours
from app.domain.directory import Holiday
from app.domain.durations import HOUR
from app.domain.identifiers import Kind, node_id
from app.domain.schedule import merge
from app.domain.schedule_csv import (
    COLUMNS,
    DayKind,
    Separator,
    WorkersWords,
    csv_text,
    day_kind,
    day_row,
    inert,
)
from app.domain.workers import Worker
from tests.domain.worker_days import PAIR

MONDAY = date(2026, 3, 2)
ADA = Worker("c", 1, "p", "Ada", "ada@example.com")
ACME = WorkersWords("Acme", "Consultant", "Carpenter")


def day(*records, workday=8, holiday=None):
    """Ada's Monday with the records."""
    return merge(MONDAY, workday * HOUR, records, holiday, pair=PAIR)


def called(name):
    """A holiday of this name on that Monday."""
    return Holiday(7, "c", name, MONDAY, MONDAY)


def entry(hours):
    return EntryHours(1, hours * HOUR)


def clock(starts, ends, *, paid=True, record_id="p"):
    return ClockHours(record_id, starts * HOUR, ends * HOUR, is_paid=paid)


@pytest.mark.rule("4.2")
@pytest.mark.parametrize(
    ("worker_day", "kind"),
    [
        pytest.param(day(), DayKind.FREE, id="nothing booked"),
        pytest.param(day(workday=0), DayKind.DAY_OFF, id="no workday"),
        pytest.param(day(entry(8), workday=0), DayKind.DAY_OFF, id="off where nobody works"),
        pytest.param(day(workday=0, holiday=called("New Year")), DayKind.HOLIDAY, id="a holiday"),
        pytest.param(day(clock(8, 12)), DayKind.PAID, id="paid"),
        pytest.param(day(clock(8, 12, paid=False)), DayKind.UNPAID, id="unpaid"),
        pytest.param(day(entry(4)), DayKind.UNKNOWN, id="Kantata does not say"),
        pytest.param(day(entry(4), clock(8, 12)), DayKind.PAID, id="both, as one absence"),
        pytest.param(day(entry(6), clock(8, 12)), DayKind.MIXED, id="paid and not known"),
        pytest.param(
            day(clock(8, 10), clock(10, 12, paid=False, record_id="q")),
            DayKind.MIXED,
            id="paid and unpaid",
        ),
    ],
)
def test_a_day_is_of_one_kind(worker_day, kind):
    assert day_kind(worker_day) is kind


@pytest.mark.rule("4.2")
def test_a_row_has_the_days_figures_in_hours():
    both = day(entry(6), clock(8, 12), clock(10, 13, paid=False, record_id="q"))

    row = dict(zip(COLUMNS, day_row(ADA, ACME, both), strict=True))

    assert row == {
        "name": "Ada",
        "role": "Consultant",
        "job_title": "Carpenter",
        "email": "ada@example.com",
        "company": "Acme",
        "date": "2026-03-02",
        "kind": "MIXED",
        "workday_hours": 8.0,
        "hours_off": 6.0,
        "hours_off_high": 8.0,
        "available_hours": 2.0,
        "paid_hours": 4.0,
        "unpaid_hours": 1.0,
        "unknown_paid_hours": 1.0,
        "holiday": "",
        "notes": "POSSIBLE_DUPLICATE OVERLAP PAID_UNPAID_OVERLAP",
        "discrepancy": "HOURS_DIFFER",
        "worker_id": node_id(Kind.WORKER, "U1"),
        "user_id": "1",
        "person_id": "p",
        "company_id": "c",
    }


def test_what_is_not_known_is_an_empty_cell():
    alone = Worker("c", None, "p", "Ada", None)
    row = dict(zip(COLUMNS, day_row(alone, WorkersWords(), day()), strict=True))
    person = dict(
        zip(COLUMNS, day_row(Worker("c", 7, None, "Ada", None), ACME, day()), strict=True)
    )

    unknown = ("role", "job_title", "email", "company", "user_id", "notes", "discrepancy")
    assert [row[name] for name in unknown] == [""] * 7
    assert (person["user_id"], person["person_id"]) == ("7", "")


CODE = "=1+1"


@pytest.mark.parametrize(
    ("place", "worker", "words", "holiday"),
    [
        pytest.param("company", ADA, WorkersWords(company=CODE), "", id="the company"),
        pytest.param("role", ADA, WorkersWords(role=CODE), "", id="the role"),
        pytest.param("job_title", ADA, WorkersWords(job_title=CODE), "", id="the job title"),
        pytest.param("holiday", ADA, ACME, CODE, id="the holiday"),
        pytest.param("name", Worker("c", 1, "p", CODE, None), ACME, "", id="the name"),
        pytest.param("email", Worker("c", 1, "p", "Ada", CODE), ACME, "", id="the e-mail"),
    ],
)
def test_no_cell_of_a_callers_text_is_a_formula(place, worker, words, holiday):
    row = dict(zip(COLUMNS, day_row(worker, words, day(holiday=called(holiday))), strict=True))

    assert row[place] == "'=1+1"


@pytest.mark.parametrize(
    "text",
    [
        "=1",
        "+1",
        "-1",
        "@x",
        "\t1",
        "\r1",
        "\n1",
        " =1",
        "\u00a0=1",
        "\u200b=1",
        "\ufeff @x",
        "\0=1",
    ],
)
def test_what_spreadsheets_take_for_a_formula_is_made_inert(text):
    assert inert(text) == f"'{text}"


EVERY_CHARACTER = [chr(code) for code in range(sys.maxunicode + 1)]


def test_the_signs_of_formulas_are_guarded_in_the_form_of_every_script():
    signs = [
        each
        for each in EVERY_CHARACTER
        if normalize("NFKC", each).startswith(("=", "+", "-", "@"))
        or name(each, "") in {"MINUS SIGN", "HEAVY MINUS SIGN", "HEAVY PLUS SIGN"}
    ]

    assert len(signs) >= 21
    assert set("=+-@\uff1d\uff0b\uff0d\uff20\ufe62\u2212") < set(signs)
    assert [each for each in signs if inert(f"{each}1") != f"'{each}1"] == []
    assert [each for each in signs if inert(f" {each}1") != f"' {each}1"] == []


def test_no_character_that_shows_nothing_hides_a_sign():
    hidden = [
        each for each in EVERY_CHARACTER if each.isspace() or category(each) in {"Cc", "Cf", "Zs"}
    ]

    assert len(hidden) > 200
    unguarded = [each for each in hidden if inert(f"{each}=1") != f"'{each}=1"]
    # Behind these a cell may begin as well.
    assert unguarded == ["\t", "\n", "\r"]
    assert [inert(f"{each}=1") for each in unguarded] == [f"'{each}'=1" for each in unguarded]


@pytest.mark.parametrize(
    ("text", "guarded"),
    [
        ("Ada;=1", "Ada;'=1"),
        ("Ada; \uff0b1;x", "Ada;' \uff0b1;x"),
        ("Ada\t@x", "Ada\t'@x"),
        ("=1;=2", "'=1;'=2"),
    ],
)
def test_nor_does_a_cell_within_a_text_begin_as_a_formula(text, guarded):
    assert inert(text) == guarded


@pytest.mark.parametrize(
    "text",
    ["", "Ada", "1+1", "O'Hara", "a=b", "x@example.com", "Ada; Ida", "山田\uff0d太郎", "1 = 1"],
)
def test_other_text_stays(text):
    assert inert(text) == text


@given(st.lists(st.lists(st.text(st.characters(codec="utf-8")), min_size=1), min_size=1))
def test_csv_is_read_as_it_was_written(rows):
    assert list(csv.reader(io.StringIO(csv_text(rows), newline=""), strict=True)) == rows
    local = io.StringIO(csv_text(rows, Separator.SEMICOLON), newline="")
    found = list(csv.reader(local, delimiter=";", strict=True))
    # Behind a comma an apostrophe may have been put, and nothing else.
    assert [[text.replace(",'", ",") for text in row] for row in found] == [
        [text.replace(",'", ",") for text in row] for row in rows
    ]


@pytest.mark.parametrize("separator", Separator)
@pytest.mark.parametrize("reader", [",", ";", "\t"])
@pytest.mark.parametrize("begin", ["a,", "a;", "a\t", "a, ", 'a",', 'a";', "a,\u200b", "a\r\n", ""])
def test_no_cell_runs_whatever_parts_cells_where_it_is_read(separator, reader, begin):
    text = csv_text([[inert(f"{begin}=1+1"), "x"]], separator)

    cells = [cell for row in csv.reader(io.StringIO(text), delimiter=reader) for cell in row]
    assert not [cell for cell in cells if cell.strip(" \u200b").startswith("=")]


def test_where_semicolons_part_cells_numbers_have_a_decimal_comma():
    assert csv_text([("a.b", 7.25, 8.0)], Separator.SEMICOLON) == "a.b;7,25;8,0\r\n"
