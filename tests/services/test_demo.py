"""The demo data: what a first look finds, and that loading it again changes nothing."""

from collections import Counter
from datetime import date, timedelta

import pytest

from app.domain.person_time_off import plan
from app.services.data_check import check
from app.services.sample_data import demo
from app.services.sample_data.demo_absences import submissions
from app.services.sample_data.demo_directory import BUILDERS, SEED_PERSON, calendars, workers
from tests.graphql.api import statements
from tests.services.statements import ask, corrupt

TODAY = date(2026, 6, 10)
MOST_STATEMENTS = 8_000
"""Three times what is sent."""


def no_progress(what, done=0, total=0):
    pass


@pytest.fixture(scope="module")
def loaded(module_database_url):
    """A database with the demo data around a day in June."""
    demo.load(module_database_url, no_progress, TODAY)
    return module_database_url


def everything(url):
    """Return all rows but those whose ids are random, in an order of their own."""
    tables = {
        "companies": "*",
        "users": "*",
        "people": "*",
        "workers": "*",
        "worker_links": "*",
        "workweeks": "*",
        "holidays": "*",
        "time_off_entries": "*",
        "external_references": "*",
        "person_time_offs": "person_id, first_day, last_day, start_minute, reason, created_at",
        "person_days": "person_id, day, starts, ends, is_paid",
        "change_counters": "company_id, last_sequence",
    }
    return {
        table: sorted(map(str, ask(url, f"SELECT {columns} FROM {table}")))  # noqa: S608
        for table, columns in tables.items()
    }


def test_it_has_the_company_and_the_person_of_procores_own_example(loaded):
    found = ask(
        loaded,
        "SELECT p.id, w.user_id, c.name FROM people p JOIN workers w ON w.person_id = p.id "
        "JOIN companies c ON c.id = p.company_id WHERE p.id = :id",
        id=SEED_PERSON,
    )

    assert [(str(id_), user_id, name) for id_, user_id, name in found] == [
        (SEED_PERSON, 1, "Example Builders")
    ]


def test_about_forty_workers_are_known_to_one_or_to_both_systems(loaded):
    rows = ask(
        loaded,
        "SELECT user_id IS NOT NULL, person_id IS NOT NULL FROM workers WHERE company_id = :id",
        id=BUILDERS,
    )

    both, kantata, procore = (True, True), (True, False), (False, True)
    assert Counter((bool(user), bool(person)) for user, person in rows) == {
        both: 22,
        kantata: 9,
        procore: 10,
    }


def test_users_are_numbered_from_1_without_a_gap(loaded):
    ids = [id_ for (id_,) in ask(loaded, "SELECT id FROM users ORDER BY id")]

    assert ids == list(range(1, len(ids) + 1))


def test_two_pairs_are_linked_and_one_is_kept_apart_in_spite_of_its_e_mail(loaded):
    links = ask(
        loaded,
        "SELECT is_bar, u.email_key = p.email_key FROM worker_links l "
        "JOIN users u ON u.id = l.user_id JOIN people p ON p.id = l.person_id",
    )

    assert Counter((bool(bar), bool(same)) for bar, same in links) == {
        (False, False): 2,
        (True, True): 1,
    }


def test_the_time_off_lies_in_the_half_years_before_and_after_today(loaded):
    [(first, last, count)] = ask(
        loaded, "SELECT min(requested_date), max(requested_date), count(*) FROM time_off_entries"
    )

    half_a_year = timedelta(days=190)
    assert str(TODAY - half_a_year) < str(first) < str(TODAY) < str(last)
    assert str(last) < str(TODAY + half_a_year)
    assert count > 300


def test_nothing_was_submitted_in_the_future(loaded):
    [(last,)] = ask(loaded, "SELECT max(submission_date) FROM time_off_entries")

    assert str(last) < str(TODAY)


@pytest.mark.parametrize(
    ("table", "column", "values"),
    [
        ("person_time_offs", "repeat", {"never", "weekly", "monthly", "yearly"}),
        ("external_references", "status", {"successful", "pending", "failed"}),
        (
            "external_references",
            "service_name",
            {"jira", "bamboohr", "procore_workforce_planning"},
        ),
        ("people", "status", {"active", "inactive"}),
    ],
)
def test_there_is_some_of_everything(loaded, table, column, values):
    found = {value for (value,) in ask(loaded, f"SELECT DISTINCT {column} FROM {table}")}  # noqa: S608

    assert found == values


@pytest.mark.parametrize(
    ("what", "condition"),
    [
        ("a night shift", "end_minute < start_minute"),
        ("a weekend that counts", "apply_to_saturday AND apply_to_sunday"),
        ("unpaid time off", "NOT is_paid"),
        ("a long span", "first_span_end > first_day AND repeat = 'never'"),
    ],
)
def test_there_is_person_time_off_of_every_kind(loaded, what, condition):
    [(count,)] = ask(loaded, f"SELECT count(*) FROM person_time_offs WHERE {condition}")  # noqa: S608

    assert count > 0, what


def test_the_two_systems_agree_on_some_days_and_differ_on_others(loaded):
    rows = ask(
        loaded,
        "SELECT k.seconds = p.ends - p.starts FROM workers w "
        "JOIN time_off_entries k ON k.user_id = w.user_id "
        "JOIN person_days p ON p.person_id = w.person_id AND p.day = k.requested_date",
    )

    assert Counter(bool(same) for (same,) in rows).keys() == {True, False}


@pytest.mark.parametrize(
    "today", [TODAY, date(2023, 10, 1), date(2023, 11, 15), date(2024, 2, 29)], ids=str
)
def test_november_2023_is_free_for_those_whom_the_examples_are_about(today):
    sent = submissions(today)
    records = [each.record for each in sent if each.record]
    days = [
        *(
            each.requested_date
            for one in sent
            for each in one.entries
            if each.user_id in {"1", "2"}
        ),
        *(
            day
            for record in records
            if record.person_id == SEED_PERSON
            for span in plan(record.wish).spans
            for day in span
        ),
    ]

    assert len(days) > 5
    assert not any((day.year, day.month) == (2023, 11) for day in days)


@pytest.mark.parametrize("user_id", [1, 2])
def test_eight_hours_are_possible_on_the_monday_of_the_examples(user_id):
    assert calendars(TODAY)[user_id].possible_seconds(date(2023, 11, 6)) == 8 * 3600


@pytest.mark.only_on("sqlite")
@pytest.mark.parametrize(
    "today", [date(2024, 2, 29), date(2026, 12, 31), date(2027, 1, 1), date(2026, 1, 20)], ids=str
)
def test_it_fits_around_any_day(database_url, today):
    demo.load(database_url, no_progress, today)

    assert [str(each) for each in check.examine(database_url, no_progress).listed] == []


def test_loading_it_again_changes_nothing_also_on_another_day(loaded):
    before = everything(loaded)

    demo.load(loaded, no_progress, TODAY)
    demo.load(loaded, no_progress, TODAY + timedelta(days=400))

    assert everything(loaded) == before


def test_it_is_the_same_wherever_it_is_loaded(loaded, database_url):
    demo.load(database_url, no_progress, TODAY)

    assert everything(database_url) == everything(loaded)


def test_it_breaks_no_invariant(loaded):
    found = check.examine(loaded, no_progress)

    assert [str(each) for each in found.listed] == []


def test_an_interrupted_load_leaves_nothing(database_url):
    class Interrupted(Exception):
        pass

    def interrupt(what, done=0, total=0):
        if done > 5:
            raise Interrupted

    with pytest.raises(Interrupted):
        demo.load(database_url, interrupt, TODAY)

    assert ask(database_url, "SELECT id FROM companies") == []
    demo.load(database_url, no_progress, TODAY)
    assert len(ask(database_url, "SELECT id FROM users")) > 30


def test_it_is_refused_as_a_whole_where_another_company_has_its_ids(database_url):
    corrupt(
        database_url,
        "INSERT INTO companies (id, name, name_key) VALUES ('{other_company}', 'Other', 'other')",
        "INSERT INTO change_counters VALUES ('{other_company}', 0, 'a', 0, NULL)",
        "INSERT INTO users (id, company_id, full_name, name_key) "
        "VALUES (7, '{other_company}', 'Seven', 'seven')",
    )

    with pytest.raises(
        demo.DemoDoesNotFit, match=r"users 7 are there already, of another company\. Load "
    ):
        demo.load(database_url, no_progress, TODAY)

    assert ask(database_url, "SELECT name FROM companies") == [("Other",)]


def test_it_takes_no_longer_than_a_first_look_may(database_url):
    told = []

    with statements() as sent:
        demo.load(database_url, lambda _, done=0, total=0: told.append((done, total)), TODAY)

    assert told[-1][0] == told[-1][1] > 100
    assert len(sent) < MOST_STATEMENTS


def test_its_people_have_nothing_of_real_ones():
    assert all(worker.user_email.endswith("@example.com") for worker in workers())
    assert all(worker.person_email.lower().endswith("@example.com") for worker in workers())


def test_it_is_sent_in_the_order_of_time():
    sent = [each.at for each in submissions(TODAY)]

    assert sent == sorted(sent)
