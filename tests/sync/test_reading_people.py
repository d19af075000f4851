"""People, workweeks and holidays of Kantata's: what goes there goes here, and nothing else."""

from collections.abc import Iterator
from typing import Any

import pytest

from app.db.reading.sync_directory import (
    holidays_of_company,
    users_of_company,
    workweeks_of_company,
)
from app.domain.directory import UserStatus
from app.domain.sync.upstreams import UpstreamState
from app.domain.workweek import WEEKDAYS
from app.services.caller import LOCAL
from app.services.directory.items import UpsertItem
from app.services.directory.service import DirectoryService
from tests.builders import COMPANY
from tests.sync.conftest import TODAY, USERS, Account, Connected, workdays

MINUTES = dict.fromkeys(WEEKDAYS, 300)
ALL_USERS = dict.fromkeys(USERS, UserStatus.ACTIVE)
FILL = """mutation($holidays: [HolidayInput!]!, $workweeks: [WorkweekInput!]!) {
  upsertHolidays(input: {holidays: $holidays}) { userErrors { message } }
  upsertWorkweeks(input: {workweeks: $workweeks}) { workweeks { id } userErrors { message } } }"""
CLEAR = """mutation($holidays: [ID!]!, $workweeks: [ID!]!) {
  deleteHolidays(input: {ids: $holidays}) { userErrors { message } }
  deleteWorkweeks(input: {ids: $workweeks}) { userErrors { message } } }"""


def ask(account: Account, document: str, **variables: Any) -> Any:
    asked = {"query": document, "variables": variables}
    answer = account.vendor.behind.post("/graphql", json=asked).json()
    assert "errors" not in answer, answer
    assert not any(each["userErrors"] for each in answer["data"].values()), answer
    return answer["data"]


@pytest.fixture
def calendars(account) -> Iterator[None]:
    """Three holidays of the account, and three people with workweeks of their own."""
    days = {"startDate": str(TODAY), "endDate": str(TODAY)}
    holidays = [
        {"sourceId": str(id_), "companyId": COMPANY, "name": "Feast"} | days
        for id_ in (501, 502, 503)
    ]
    workweeks = [
        {"companyId": COMPANY, "userId": str(id_), "effectiveFrom": "2024-01-01", **MINUTES}
        for id_ in (1, 2, 3)
    ]
    made = ask(account, FILL, holidays=holidays, workweeks=workweeks)
    yield
    ids = [each["id"] for each in made["upsertWorkweeks"]["workweeks"]]
    ask(account, CLEAR, holidays=["501", "502", "503"], workweeks=ids)


async def here(
    connected: Connected,
) -> tuple[dict[int, UserStatus], set[int], set[tuple[Any, str]]]:
    """Return the status of each user, the holidays, and whose workweeks begin when."""
    async with connected.database.reading() as connection:
        users = await users_of_company(connection, COMPANY)
        holidays = await holidays_of_company(connection, COMPANY)
        weeks = await workweeks_of_company(connection, COMPANY)
    return (
        {each.id: each.status for each in users},
        {each.id for each in holidays},
        {(each.user_id, str(each.effective_from)) for each in weeks},
    )


async def type_in(connected: Connected) -> None:
    """Have people here type what Kantata does not have."""
    directory = DirectoryService(connected.database, connected.clock)
    company = {"company_id": COMPANY}
    user = company | {"source_id": "99", "full_name": "Ours"}
    feast = company | {"source_id": "901", "name": "Ours", "start_date": TODAY, "end_date": TODAY}
    week = company | {"user_id": None, "effective_from": TODAY, **MINUTES}
    await directory.upsert_users(LOCAL, [UpsertItem(user)])
    await directory.upsert_holidays(LOCAL, [UpsertItem(feast)])
    await directory.upsert_workweeks(LOCAL, [UpsertItem(week)])


@pytest.mark.usefixtures("calendars")
async def test_what_was_typed_here_stays_and_what_came_from_there_goes_with_it(account, connected):
    await type_in(connected)
    await connected.work()
    account.fault(
        *(
            {"kind": "hidden", "path": path}
            for path in ("users", "workweek_memberships", "holiday_calendar_associations")
        )
    )
    first = await here(connected)

    await connected.whole_pass()

    weeks = {(each, "2024-01-01") for each in (1, 2, 3)}
    ours = {(None, "2000-01-01"), (None, str(TODAY))}
    assert first == (ALL_USERS | {99: UserStatus.ACTIVE}, {501, 502, 503, 901}, weeks | ours)
    users, holidays, left = await here(connected)
    gone = {id_ for id_, status in users.items() if status is not UserStatus.ACTIVE}
    assert (len(gone), len(weeks - left), len({501, 502, 503} - holidays)) == (1, 1, 1)
    assert ours < left
    assert 901 in holidays
    assert 99 not in gone
    assert await connected.problems() == set()


@pytest.mark.usefixtures("calendars")
async def test_a_list_of_short_pages_is_read_to_its_end_and_one_that_moved_takes_nothing(
    account, connected, monkeypatch
):
    monkeypatch.setattr("tests.standins.kantata.LONGEST_PAGE", 2)
    await connected.work()
    first = await here(connected)
    account.fault({"kind": "moved"})

    await connected.whole_pass()
    told = await connected.problems()
    account.fault()
    await connected.whole_pass()

    assert first[:2] == (ALL_USERS, {501, 502, 503})
    assert len(first[2]) == 4
    assert await here(connected) == first
    assert told == {"INCOMPLETE_LIST"}
    assert await connected.problems() == set()


@pytest.mark.usefixtures("calendars")
async def test_lists_that_are_suddenly_empty_take_nothing_with_them(account, connected):
    await connected.work()
    before = await here(connected)
    account.fault({"kind": "empty"})

    await connected.whole_pass()

    assert await here(connected) == before
    assert await connected.problems() == {
        "MANY_USERS_GONE",
        "MANY_WORKWEEKS_GONE",
        "MANY_HOLIDAYS_GONE",
    }


async def test_who_leaves_as_a_whole_leaves_the_time_off_here(account, connected):
    account.create(workdays(3))
    await connected.work()
    listed = account.people.get("users", params={"per_page": 200}).json()
    first = int(listed["results"][0]["id"])
    other = first % len(USERS) + 1
    ids = {
        user: [id_ for id_, each in account.entries().items() if int(each["user_id"]) == user]
        for user in (first, other)
    }
    account.delete([*ids[first], ids[other][0]])
    account.fault({"kind": "hidden", "path": "users"})

    upstream = await connected.whole_pass()
    held = await connected.days()
    told = await connected.problems()
    account.fault()
    await connected.whole_pass()

    assert upstream.state is UpstreamState.RUNNING
    assert len(held) == 3 * len(USERS) - 1
    assert sum(user == first for user, _ in held) == 3
    assert told == {"USER_GONE"}
    assert await connected.days() == account.days()
    assert await connected.problems() == set()
