"""What Procore has is read over HTTP, compared and stored; whatever it does, nothing is lost."""

from dataclasses import replace
from datetime import date, timedelta
from itertools import count
from typing import Any

import pytest

from app.domain.sync.budget import Budget
from app.domain.sync.refusals import ReadOnlySystem
from app.domain.sync.upstreams import UpstreamState, Wanted, Window
from app.services.caller import LOCAL
from app.services.directory.items import UpsertItem
from app.services.directory.service import DirectoryService
from app.services.sync import sweep
from app.services.sync.sealing import new_key
from app.vendors.opening import OpenedVendors
from app.vendors.pace import Pace
from tests import warm
from tests.builders import COMPANY, uuid
from tests.server import clean_environment
from tests.standins.procore import CLIENT_ID, CLIENT_SECRET, COMPANY_NUMBER
from tests.sync.conftest import Clock
from tests.sync.procore_company import PEOPLE, ConnectedCompany, person

NO_LIST = "Its answer has no list, or one that is too long."
ONCE = pytest.mark.only_on("sqlite")
"""What a vendor does is the same to both databases."""
WEEKLY = {"repeat": "weekly", "cadence": 1, "repeat_end_day": "04/01/26"}


@pytest.fixture
def connected(connected_company: ConnectedCompany) -> ConnectedCompany:
    """A company that has nothing yet but the one that it is connected to."""
    return connected_company


async def test_all_of_it_is_here_after_one_pass_and_the_next_tells_nobody_anything(
    company, connected
):
    company.vendor.people_a_page = 3
    for number in PEOPLE:
        company.create(number)
        company.create(number, "03/10/26", reason="vacation", **WEEKLY)

    upstream = await connected.work()
    told = await connected.last_change()
    await connected.whole_pass()

    assert (upstream.state, upstream.account_key) == (UpstreamState.RUNNING, COMPANY_NUMBER)
    assert await connected.records() == company.records()
    assert len(company.records()) == 2 * len(PEOPLE)
    assert set((await connected.people()).values()) == {"active"}
    assert await connected.last_change() == told
    assert await connected.problems() == set()
    assert {(each.kind, each.state) for each in await connected.runs()} == {
        ("DIRECTORY", "SUCCEEDED"),
        ("FULL", "SUCCEEDED"),
    }
    assert company.vendor.requests.count("token") == 1, "it lasts"


async def test_what_changes_is_here_after_a_survey(company, connected):
    ids = {number: company.create(number) for number in PEOPLE}
    await connected.work()
    connected.clock.go_on(minutes=2)
    await connected.work()  # the first survey, with which the next is compared
    connected.clock.go_on(minutes=2)

    company.change(3, ids[3], is_paid=False)
    company.delete(4, ids[4])
    company.create(5, "03/20/26")
    connected.clock.go_on(minutes=11)
    await connected.work()

    assert await connected.records() == company.records()
    assert await connected.first_in_line() == set()


@ONCE
async def test_everybody_is_read_in_turns_where_no_survey_is_allowed(company, connected):
    company.fault({"kind": "status", "status": 403, "path": "survey"})
    ids = {number: company.create(number) for number in PEOPLE}
    await connected.work()
    company.change(8, ids[8], batch_end_time="12:00 PM")
    company.delete(1, ids[1])

    for _ in range(3):
        connected.clock.go_on(minutes=6)
        upstream = await connected.work()

    assert upstream.state is UpstreamState.RUNNING
    assert await connected.records() == company.records()
    assert company.vendor.requests.count("survey") == 1, "tried once a day"


async def test_what_one_look_does_not_show_is_not_deleted(company, connected):
    for number in PEOPLE:
        company.create(number)
    await connected.work()
    before = await connected.records()

    company.fault({"kind": "hidden", "path": "time-off"})
    upstream = await connected.whole_pass()

    assert await connected.records() == before
    assert upstream.state is UpstreamState.RUNNING


@pytest.mark.parametrize("kind", ["doubled", "moved"])
async def test_a_list_without_an_end_adds_and_takes_nothing_away(company, connected, kind):
    """Pages that say the same again, or leave something out, say nothing of what is gone."""
    company.vendor.records_a_page = 2
    ids = [company.create(1) for _ in range(5)]
    await connected.work()
    at_first = await connected.records()
    company.delete(1, ids[0])

    company.fault({"kind": kind, "path": "time-off"})
    await connected.whole_pass()
    while_spoilt = await connected.problems()
    still_here = await connected.records()
    company.fault()
    await connected.whole_pass()

    assert len(at_first) == 5
    assert still_here == at_first
    assert while_spoilt == {"LIST_INCOMPLETE"}
    assert await connected.records() == company.records()
    assert await connected.problems() == set()


@ONCE
async def test_before_much_is_deleted_a_person_looks(company, connected):
    ids = [(number, company.create(number)) for number in [*PEOPLE] * 3]
    await connected.work()
    for number, id_ in ids[:21]:
        company.delete(number, id_)
    company.create(8, "03/20/26")

    held = await connected.whole_pass()
    connected.clock.go_on(minutes=6)
    again = await connected.work()
    while_held = await connected.records()
    told = await connected.problems()
    await connected.change(lambda upstream: upstream.resumed())
    resumed = await connected.whole_pass()

    assert (held.state, held.state_reason) == (UpstreamState.NEEDS_REVIEW, "MASS_DELETION")
    assert again.state is UpstreamState.NEEDS_REVIEW
    assert len(while_held) == 25  # what is new is read meanwhile, and nothing is deleted
    assert told == {"GONE"}
    assert resumed.state is UpstreamState.RUNNING
    assert await connected.records() == company.records()
    assert await connected.problems() == set()


@ONCE
async def test_an_approval_is_one_of_what_was_listed_and_of_nothing_else(company, connected):
    ids = [(number, company.create(number)) for number in [*PEOPLE] * 6]
    await connected.work()
    for number, id_ in ids[:21]:
        company.delete(number, id_)
    await connected.whole_pass()
    listed = await connected.problem_places()
    for number, id_ in ids[21:43]:
        company.delete(number, id_)
    await connected.change(lambda upstream: upstream.resumed())

    held = await connected.whole_pass()

    assert listed == {id_ for _, id_ in ids[:21]}
    assert held.state is UpstreamState.NEEDS_REVIEW
    assert set(await connected.records()) == {id_ for _, id_ in ids[21:]}
    assert await connected.problem_places() == {id_ for _, id_ in ids[21:43]}


@ONCE
async def test_where_more_is_missing_than_is_asked_for_a_person_looks(
    company, connected, monkeypatch
):
    monkeypatch.setattr(sweep, "MOST_ASKED", 2)
    ids = {number: company.create(number) for number in PEOPLE}
    await connected.work()
    for number in (1, 2, 3):
        company.delete(number, ids[number])
    company.vendor.requests.clear()

    held = await connected.whole_pass()
    asked = company.vendor.requests.count("record")
    await connected.change(lambda upstream: upstream.resumed())
    resumed = await connected.whole_pass()

    assert (held.state, asked) == (UpstreamState.NEEDS_REVIEW, 2)
    assert resumed.state is UpstreamState.RUNNING
    assert await connected.records() == company.records()


async def test_who_leaves_keeps_the_time_off_here(company, connected):
    id_ = company.create(1)
    await connected.work()
    company.fill([person(1, status="INACTIVE")])
    company.delete(1, id_)

    upstream = await connected.whole_pass()
    company.fill([person(1, status="ACTIVE")])

    assert upstream.state is UpstreamState.RUNNING
    assert (await connected.people())[1] == "inactive"
    assert set(await connected.records()) == {id_}
    assert await connected.problems() == {"PERSON_GONE"}


async def test_what_was_otherwise_here_gives_way_and_is_told_with_its_person(company, connected):
    await connected.work()
    id_ = company.create(1, batch_end_time="11:00 AM")
    await connected.record_here(1, id_)

    await connected.whole_pass()
    await connected.whole_pass()

    assert (await connected.records())[id_]["batch_end_time"] == "11:00 AM"
    [(whose, words)] = await connected.told("REPLACED")
    assert whose == uuid(1)
    assert words == (
        "It was otherwise here: 2026-03-04, 07:00 to 15:30, paid. "
        "It is as there now: 2026-03-04, 07:00 to 11:00, paid."
    )


async def test_nobody_is_taken_in_from_a_system_that_has_ended(company, connected):
    company.create(1)
    upstream = await connected.upstream()
    await connected.change(
        lambda before: replace(before.checked(COMPANY_NUMBER), revision=before.revision + 1)
    )

    await connected.turn_of(upstream.checked(COMPANY_NUMBER))

    assert (await connected.people(), await connected.records()) == ({}, {})
    assert await connected.runs() == []


@ONCE
async def test_whichever_request_fails_the_next_try_goes_on(company, connected):
    ids = {number: company.create(number) for number in PEOPLE}
    await connected.work()
    kinds: list[dict[str, Any]] = [
        {"kind": "status", "status": 503},
        {"kind": "silent"},
        {"kind": "cut", "bytes": 3},
    ]
    for n in count():
        number = n % len(PEOPLE) + 1
        company.change(number, ids[number], is_paid=n % 2 == 0, batch_end_time=f"{n % 9 + 1}:00 PM")
        company.create(number, "03/11/26")
        company.fault(kinds[n % 3] | {"skips": n, "times": 1})

        failed = await connected.whole_pass()
        is_over = failed.failures == 0
        connected.clock.go_on(seconds=30)
        upstream = await connected.work()

        assert upstream.state is UpstreamState.RUNNING
        assert await connected.records() == company.records(), f"request {n + 1}"
        if is_over:
            break
    assert n > len(PEOPLE)


FAULTS: list[tuple[str, dict[str, Any], str, str]] = [
    ("time-off", {"kind": "slow", "seconds": 3}, "UNREACHABLE", "It did not answer in time."),
    ("people", {"kind": "status", "status": 429}, "THROTTLED", "It answered 429."),
    ("people", {"kind": "deep"}, "UNREADABLE", "Its answer is no JSON."),
    ("people", {"kind": "misfit_list"}, "UNREADABLE", NO_LIST),
    ("time-off", {"kind": "misfit_list"}, "UNREADABLE", NO_LIST),
    ("time-off", {"kind": "status", "status": 404}, "NOT_THERE", "It answered 404."),
]


@ONCE
async def test_what_is_wrong_is_said_in_words_and_nothing_here_is_changed(company, connected):
    company.create(1)
    await connected.work()
    told = await connected.last_change()
    for path, fault, reason, message in FAULTS:
        company.fault(fault | {"path": path})
        connected.answer_seconds = 1 if fault["kind"] == "slow" else 60

        upstream = await connected.whole_pass()

        last = (await connected.runs())[-1]
        assert (upstream.state_reason, last.state, last.message) == (reason, "FAILED", message)
        company.fault()
        connected.answer_seconds = 60
        upstream = await connected.whole_pass()
        assert (upstream.state, upstream.failures) == (UpstreamState.RUNNING, 0), fault
    assert await connected.last_change() == told


@ONCE
async def test_people_who_are_not_shown_stop_nobody_else(company, connected):
    for number in PEOPLE:
        company.create(number)
    forbidden = {"kind": "status", "status": 403, "path": "time-off"}
    company.fault(forbidden | {"skips": 1, "times": 6})

    upstream = await connected.work()
    problems = await connected.problems()
    here = await connected.records()
    connected.clock.go_on(minutes=6)
    for _ in range(2):
        await connected.work()
        connected.clock.go_on(minutes=6)

    assert upstream.state is UpstreamState.RUNNING
    assert problems == {"NOT_PERMITTED"}
    assert len(here) == len(PEOPLE) - 6
    assert await connected.records() == company.records()
    assert await connected.problems() == set()


@ONCE
async def test_rows_that_no_rule_can_hold_stop_nobody_else(company, connected):
    company.create(1)
    await connected.work()
    before = await connected.records()
    company.create(1, "03/11/26")
    company.fault({"kind": "misfit_rows"})

    await connected.change(lambda upstream: upstream.wanting(Wanted.WHOLE))
    upstream = await connected.whole_pass()
    problems, while_misfit = await connected.problem_places(), await connected.records()
    company.fault()
    for _ in range(2):
        await connected.whole_pass()

    assert upstream.state is UpstreamState.RUNNING
    assert {place for place in problems if place.startswith("person:")} == {
        f"person:{uuid(number)}" for number in PEOPLE
    }
    assert problems > set(before), "what is here already is not taken for gone"
    assert while_misfit == before
    assert await connected.records() == company.records()
    assert await connected.problems() == set()


async def test_who_is_gone_there_is_inactive_here_and_keeps_their_time_off(company, connected):
    company.create(1)
    await connected.work()
    company.fault({"kind": "hidden", "path": "people"})

    await connected.whole_pass()
    while_gone = await connected.people()
    company.fault()
    await connected.whole_pass()

    assert sorted(number for number, state in while_gone.items() if state == "inactive") == [1]
    assert set((await connected.people()).values()) == {"active"}
    assert await connected.records() == company.records()


@ONCE
async def test_a_company_that_is_suddenly_empty_takes_nothing_with_it(company, connected):
    for number in [*PEOPLE] * 3:
        company.create(number)
    await connected.work()
    before = await connected.records()
    company.fault(
        {"kind": "empty", "path": "time-off"},
        {"kind": "status", "status": 404, "path": "record"},
    )

    upstream = await connected.whole_pass()
    upstream = await connected.whole_pass()

    assert await connected.records() == before
    assert upstream.state is UpstreamState.NEEDS_REVIEW


async def test_a_token_that_ends_early_is_replaced_and_wrong_credentials_end_it(company, connected):
    company.create(1)
    await connected.work()
    company.create(2)
    company.vendor.tokens.clear()
    company.fault({"kind": "status", "status": 401, "path": "people", "times": 1})
    replaced = await connected.whole_pass()
    assert replaced.state is UpstreamState.RUNNING
    assert await connected.records() == company.records()

    company.fault()
    connected.credentials = replace(connected.credentials, client_secret=uuid(1))
    refused = await connected.whole_pass()
    asked = len(company.vendor.requests)
    await connected.whole_pass()

    assert refused.state is UpstreamState.NEEDS_CREDENTIALS
    assert refused.state_reason == "CREDENTIALS_REFUSED"
    assert len(company.vendor.requests) == asked


async def test_our_own_record_that_says_the_same_becomes_theirs_and_is_not_doubled(
    company, connected
):
    await connected.work()
    ours = await connected.record_here(1)
    company.create(1)

    await connected.whole_pass()
    here = await connected.records()
    company.change(1, next(iter(company.records())), is_paid=False)
    await connected.whole_pass()

    assert set(here) == {ours}
    (changed,) = (await connected.records()).values()
    assert (changed["id"], changed["is_paid"]) == (ours, False)


async def test_what_is_read_from_there_is_not_written_here(connected):
    await connected.work()

    with pytest.raises(ReadOnlySystem):
        await connected.record_now(1)

    assert await connected.records() == {}


async def test_a_day_that_was_skipped_there_is_skipped_here(company, connected):
    id_ = company.create(1, "03/11/26", **WEEKLY)
    company.skip(id_, "2026-03-18")

    await connected.work()
    first = await connected.records()
    told = await connected.last_change()
    await connected.whole_pass()

    assert first == company.records()
    assert len(first[id_]["instances"]) == 3
    assert await connected.problems() == {"INSTANCES_DIFFER"}
    assert await connected.last_change() == told


async def test_what_lies_outside_of_the_window_is_neither_read_nor_deleted(company, connected):
    inside = company.create(1)
    far = company.create(1, "12/01/26")
    await connected.work()
    at_first = set(await connected.records())
    await connected.change(lambda upstream: replace(upstream, window=Window(10, 365)))
    await connected.whole_pass()
    then = set(await connected.records())
    await connected.change(lambda upstream: replace(upstream, window=Window(10, 60)))
    company.delete(1, far)
    await connected.whole_pass()

    assert at_first == {inside}
    assert then == {inside, far}
    assert set(await connected.records()) == {inside, far}


async def test_an_id_that_is_another_companys_here_is_a_problem_and_no_move(company, connected):
    id_ = company.create(1)
    other = await connected.record_of_another_company(id_)

    await connected.work()

    assert await connected.problems() == {"ID_TAKEN"}
    assert await connected.records() == {id_: other}


async def test_a_vendor_that_says_that_nothing_is_left_is_not_asked_until_it_counts_anew(
    company, connected
):
    def clock():
        connected.clock.go_on(seconds=1)
        return connected.clock.now

    pace = Pace(Budget(), 3_000, clock)
    vendors = OpenedVendors(lambda *_: None, turns_of=lambda _: pace)
    upstream = await connected.upstream()
    company.vendor.left = 1
    async with vendors.open(upstream, connected.credentials) as vendor:
        await vendor.account()
        bearable = pace.budget.wait(connected.clock.now)
        company.vendor.left = 0
        await vendor.account()

    assert bearable <= timedelta(seconds=1)
    assert pace.budget.wait(connected.clock.now) > timedelta(seconds=5)


@pytest.mark.process
async def test_it_is_connected_and_read_by_the_commands(
    company, database, database_url, database_kind, tmp_path
):
    for number in PEOPLE:
        company.create(number, date.today().strftime("%m/%d/%y"))  # noqa: DTZ011 - within the window
    directory = DirectoryService(database, Clock())
    await directory.upsert_companies(LOCAL, [UpsertItem({"source_id": COMPANY, "name": "Brick"})])
    environment = clean_environment() | {
        "TIMEOFF_DATABASE_URL": database_url,
        "TIMEOFF_SYNC_EXTRA_HOSTS": "127.0.0.1",
    }
    if database_kind == "postgresql":
        environment["TIMEOFF_SYNC_KEYS"] = new_key()

    def timeoff(*arguments, typed=""):
        return warm.run(*arguments, env=environment, cwd=tmp_path, typed=typed)

    asked = ("--company", COMPANY, "--account", COMPANY_NUMBER, "--client-id", CLIENT_ID)
    connect = ("connect", "procore", *asked, "--base-url", company.vendor.base_url)
    refused = timeoff(*connect, typed="another\n")
    tried = timeoff(*connect, "--check-only", typed=f"{CLIENT_SECRET}\n")
    connected = timeoff(*connect, typed=f"{CLIENT_SECRET}\n")
    read = timeoff("sync", "--once")

    assert (refused.returncode, "another" in refused.stderr) == (1, False)
    assert tried.stdout == f"The secret opens account {COMPANY_NUMBER}. Nothing is stored.\n"
    assert connected.stdout.startswith("Connected: ")
    assert read.stdout.startswith(f"PROCORE_REST, account {COMPANY_NUMBER}: last read ")
    assert len(await ConnectedCompany(database, Clock(), "").records()) == len(PEOPLE)
