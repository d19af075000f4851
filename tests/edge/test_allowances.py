"""What a caller may ask for in a minute: counted exactly, told, and on every face the same."""

import re

import pytest

from app import allowances as module
from app.allowances import Allowances, AllowanceSpent, NeverAllowed
from tests.builders import MONDAY, SUNDAY, TUESDAY
from tests.edge.test_failed_credentials import Clock
from tests.graphql_http.clients import open_socket, over_http, served
from tests.rest.faces import ENTRIES, KANTATA, TIME_OFF, entry, put_everyone, running, weekly

EXPORT = f"/exports/schedule.csv?from={MONDAY}&to={SUNDAY}"
FIELD = re.compile(r'"cost";r=(\d+);t=(\d+)')


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def allowances(clock):
    return Allowances(600, clock)


def told(answer):
    """What an answer says is left, and in how many seconds there is more."""
    match = FIELD.fullmatch(answer.headers["RateLimit"])
    assert match
    return int(match[1]), int(match[2])


def left(answer):
    return told(answer)[0]


# The count


def test_as_much_as_the_limit_may_be_asked_for_and_no_more(allowances):
    allowances.spend("a", 599)
    headers = allowances.spend("a", 1)

    assert headers == {
        "RateLimit-Policy": '"cost";q=600;w=60',
        "RateLimit": '"cost";r=0;t=60',
    }
    with pytest.raises(AllowanceSpent) as refusal:
        allowances.spend("a", 1)
    assert refusal.value.headers == {
        "RateLimit-Policy": '"cost";q=600;w=60',
        "RateLimit": '"cost";r=0;t=1',
        "Retry-After": "1",
    }


def test_callers_do_not_share_it(allowances):
    allowances.spend("a", 600)

    assert allowances.spend("b", 600)


def test_it_comes_back_evenly(allowances, clock):
    allowances.spend("a", 600)
    clock.seconds += 30

    allowances.spend("a", 300)
    with pytest.raises(AllowanceSpent):
        allowances.spend("a", 1)
    clock.seconds += 600
    allowances.spend("a", 600)  # what was not asked for is not saved up
    with pytest.raises(AllowanceSpent):
        allowances.spend("a", 1)


@pytest.mark.parametrize("cost", [1, 7, 10, 11, 333, 600])
def test_after_the_seconds_that_are_told_it_fits(allowances, clock, cost):
    allowances.spend("a", 600)

    with pytest.raises(AllowanceSpent) as refusal:
        allowances.spend("a", cost)
    seconds = int(refusal.value.headers["Retry-After"])
    clock.seconds += seconds
    allowances.spend("a", cost)
    assert seconds == max(1, -(-cost // 10))


def test_a_refused_request_costs_nothing(allowances):
    allowances.spend("a", 500)
    for _ in range(3):
        with pytest.raises(AllowanceSpent):
            allowances.spend("a", 101)

    allowances.spend("a", 100)


def test_what_fits_into_no_minute_is_not_told_to_wait(allowances):
    with pytest.raises(NeverAllowed):
        allowances.spend("a", 601)

    allowances.spend("a", 600)


def test_what_is_owed_is_waited_for(allowances, clock):
    allowances.spend("a", 1)
    allowances.owe("a", 1_200)

    with pytest.raises(AllowanceSpent) as refusal:
        allowances.spend("a", 1)
    assert refusal.value.headers["Retry-After"] == "61"


def test_only_so_many_callers_are_remembered(allowances, monkeypatch):
    monkeypatch.setattr(module, "CALLERS", 2)
    for name in "abca":
        allowances.spend(name, 600)  # "a" was forgotten when "c" came

    with pytest.raises(AllowanceSpent):
        allowances.spend("c", 1)
    allowances.spend("b", 600)


# The faces. What comes back while a test runs is some two units in a second.

PAGE = "{ users(first: 49) { nodes { id } } __typename }"
"""Costs 100: the page, a list and an id for each of its items, and a field."""


@pytest.mark.only_on("sqlite")
async def test_graphql_over_http_says_what_is_left_and_then_when_to_come_back(database_url):
    async with over_http(database_url, limit_cost_per_minute=200) as http:
        first, second = await http.post(PAGE), await http.post(PAGE)
        third = await http.post(PAGE)

    assert (first.status_code, second.status_code) == (200, 200)
    assert first.headers["RateLimit-Policy"] == '"cost";q=200;w=60'
    assert left(first) == 100
    assert left(second) < 10
    assert third.status_code == 429
    assert third.json()["errors"][0]["extensions"] == {"code": "RATE_LIMITED"}
    assert "data" not in third.json()
    assert 25 <= int(third.headers["Retry-After"]) <= 30
    assert told(third)[1] == int(third.headers["Retry-After"])


@pytest.mark.only_on("sqlite")
async def test_what_fits_into_no_minute_is_refused_as_too_large(database_url):
    async with over_http(database_url, limit_cost_per_minute=99) as http:
        answer = await http.post(PAGE)

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["extensions"] == {"code": "REQUEST_TOO_LARGE"}
    assert "This costs 100" in answer.json()["errors"][0]["message"]
    assert "Retry-After" not in answer.headers


@pytest.mark.only_on("sqlite")
async def test_without_the_setting_nothing_is_counted_or_said(database_url):
    async with over_http(database_url) as http:
        answer = await http.post(PAGE)

    assert answer.status_code == 200
    assert not {"ratelimit", "ratelimit-policy"} & set(answer.headers)


@pytest.mark.only_on("sqlite")
async def test_each_operation_of_a_socket_counts(database_url):
    with served(database_url, limit_cost_per_minute=200) as url:
        async with open_socket(url) as client, open_socket(url) as other:
            answers = [await each.ask(PAGE) for each in (client, other)]
            (error,) = await client.ask(PAGE)
            pong = await client.ask("{ __typename }", id_="2")

    assert all("data" in each for each in answers)
    assert error["extensions"]["code"] == "RATE_LIMITED"
    assert 25 <= error["extensions"]["retryAfterSeconds"] <= 30
    assert isinstance(pong, list) or pong == {"data": {"__typename": "Query"}}


async def ready(database_url):
    """Fill the database, without a limit."""
    async with running(database_url) as gateway:
        await put_everyone(gateway)


@pytest.mark.parametrize(
    ("method", "address", "body", "cost"),
    [
        ("GET", f"{KANTATA}/users?per_page=9", None, 1 + 10 * 9),
        ("GET", f"{KANTATA}/users?only=1,2", None, 1 + 10 * 2),
        ("GET", f"{KANTATA}/users", None, 1 + 10 * 20),
        ("GET", f"{KANTATA}/users/1", None, 1),
        ("GET", f"{TIME_OFF}?timezone=Europe/London&limit=7", None, 1 + 10 * 7),
        ("POST", ENTRIES, {"time_off_entry": entry()}, 1 + 25),
        (
            "POST",
            ENTRIES,
            {"time_off_entries": [entry(), entry(requested_date=TUESDAY)]},
            1 + 25 * 2,
        ),
        ("POST", TIME_OFF, weekly(), 1 + 25 * 4),
        ("DELETE", f"{ENTRIES}?ids=1,2,3", None, 1 + 25 * 3),
    ],
)
@pytest.mark.only_on("sqlite")
async def test_a_rest_request_costs_its_page_or_what_it_stores(
    database_url, method, address, body, cost
):
    await ready(database_url)
    async with running(database_url, limit_cost_per_minute=1_000) as gateway:
        answer = await gateway.send(method, address, body)

    assert left(answer) == 1_000 - cost


@pytest.mark.only_on("sqlite")
@pytest.mark.parametrize(
    ("address", "error"),
    [
        (f"{KANTATA}/users?per_page=9", {"type": "system"}),
        (f"{TIME_OFF}?timezone=Europe/London&limit=9", {}),
    ],
)
async def test_rest_refuses_in_the_vendors_words(database_url, address, error):
    await ready(database_url)
    async with running(database_url, limit_cost_per_minute=182) as gateway:
        answers = [await gateway.send("GET", address) for _ in range(3)]

    assert [each.status_code for each in answers] == [200, 200, 429]
    (complaint,) = answers[-1].json()["errors"]
    assert complaint.pop("message").startswith("This caller has asked for as much as one may")
    assert complaint == error
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 31


@pytest.mark.only_on("sqlite")
async def test_rest_says_what_fits_into_no_minute(database_url):
    await ready(database_url)
    async with running(database_url, limit_cost_per_minute=90) as gateway:
        answer = await gateway.get(f"{KANTATA}/users", per_page=9)

    assert answer.status_code == 400
    assert "This costs 91" in answer.json()["errors"][0]["message"]


@pytest.mark.only_on("sqlite")
async def test_an_export_counts_its_rows_when_they_are_made(database_url):
    async with running(database_url) as gateway:
        await put_everyone(gateway)
        days = [entry(requested_date=f"2026-03-0{day}") for day in range(2, 7)]
        made = await gateway.send("POST", ENTRIES, {"time_off_entries": days})
        assert made.status_code == 200
    async with running(database_url, limit_cost_per_minute=40) as gateway:
        file = await gateway.send("GET", EXPORT)
        refused = await gateway.send("GET", EXPORT)
        over_rest = await gateway.get(f"{KANTATA}/users/1")

    assert file.status_code == 200
    assert left(file) == 39
    assert len(file.text.splitlines()) == 1 + 5
    assert refused.status_code == 429
    assert refused.json()["errors"][0]["extensions"] == {"code": "RATE_LIMITED"}
    assert 10 <= int(refused.headers["Retry-After"]) <= 18
    assert over_rest.status_code == 429  # one caller, whatever way it comes
