"""A worker's day as a row of a table."""

import csv
import io
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.contributions import ClockHours, EntryHours
from app.domain.directory import Holiday
from app.domain.durations import HOUR
from app.domain.identifiers import Kind, node_id
from app.domain.schedule import merge
from app.domain.schedule_csv import COLUMNS, DayKind, csv_text, day_kind, day_row, inert
from app.domain.workers import Worker

MONDAY = date(2026, 3, 2)
ADA = Worker("c", 1, "p", "Ada", "ada@example.com")


def day(*records, workday=8, holiday=None):
    """Ada's Monday with the records."""
    return merge(MONDAY, workday * HOUR, records, holiday)


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

    row = dict(zip(COLUMNS, day_row(ADA, "Acme", both), strict=True))

    assert row == {
        "company_id": "c",
        "company": "Acme",
        "worker_id": node_id(Kind.WORKER, "U1"),
        "name": "Ada",
        "email": "ada@example.com",
        "user_id": "1",
        "person_id": "p",
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
    }


def test_what_is_not_known_is_an_empty_cell():
    alone = Worker("c", None, "p", "Ada", None)
    row = dict(zip(COLUMNS, day_row(alone, "Acme", day()), strict=True))
    person = dict(
        zip(COLUMNS, day_row(Worker("c", 7, None, "Ada", None), "Acme", day()), strict=True)
    )

    assert [row[name] for name in ("email", "user_id", "notes", "discrepancy")] == [""] * 4
    assert (person["user_id"], person["person_id"]) == ("7", "")


@pytest.mark.parametrize(
    ("place", "worker", "company", "holiday"),
    [
        pytest.param("company", ADA, "=1+1", "", id="the company"),
        pytest.param("holiday", ADA, "Acme", "=1+1", id="the holiday"),
        pytest.param("name", Worker("c", 1, "p", "=1+1", None), "Acme", "", id="the name"),
        pytest.param("email", Worker("c", 1, "p", "Ada", "=1+1"), "Acme", "", id="the e-mail"),
    ],
)
def test_no_cell_of_a_callers_text_is_a_formula(place, worker, company, holiday):
    row = dict(zip(COLUMNS, day_row(worker, company, day(holiday=called(holiday))), strict=True))

    assert row[place] == "'=1+1"


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@x", "\t1", "\r=1", "\n1", " =1", "\u00a0=1"])
def test_what_spreadsheets_take_for_a_formula_is_made_inert(text):
    assert inert(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "Ada", "1+1", "O'Hara", "a=b", "x@example.com"])
def test_other_text_stays(text):
    assert inert(text) == text


@given(st.lists(st.lists(st.text(st.characters(codec="utf-8")), min_size=1), min_size=1))
def test_csv_is_read_as_it_was_written(rows):
    assert list(csv.reader(io.StringIO(csv_text(rows), newline=""), strict=True)) == rows
