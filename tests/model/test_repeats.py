"""Any sequence of changes of repeats leaves what the rules say, in every picture of them."""

import asyncio
from collections import Counter
from collections.abc import Callable
from contextlib import AsyncExitStack
from datetime import date, timedelta
from http import HTTPStatus
from itertools import count
from typing import Any, ClassVar

import pytest
from httpx import ASGITransport, AsyncClient, Response
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
)
from icalendar import Calendar

from tests.applications import create_app
from tests.builders import uuid
from tests.model import machines, repeats
from tests.model.machines import is_unavailable, sent_until_taken, violations
from tests.model.repeats import Occurrence, Refused, Series
from tests.model.test_state_machine import DIRECTORY

RUNS = 20
TODAY = date.today()  # noqa: DTZ011 - feeds show what is around it
FEED_DAYS = TODAY - timedelta(days=365), TODAY + timedelta(days=730)

RECORD = """
sourceId updatedAt totalHours days { date hours }
instances { originalDay status startDay endDay batchStartTime batchEndTime isPaid }
"""
REVISED = f"personTimeOff {{ {RECORD} }} keptExceptions {{ originalDay }}"
WRITES = {
    "createPersonTimeOff": f"personTimeOff {{ {RECORD} }}",
    "updatePersonTimeOff": f"{REVISED} splitOff {{ {RECORD} }}",
    "restoreOccurrence": f"{REVISED} splitOff {{ {RECORD} }}",
    "deletePersonTimeOff": f"{REVISED} deletedId",
}
DOCUMENTS = {
    name: f"mutation ($input: {name[0].upper()}{name[1:]}Input!) {{ "
    f"{name}(input: $input) {{ {payload} userErrors {{ code path message }} }} }}"
    for name, payload in WRITES.items()
}
SHOWN = """
query ($worker: ID!, $from: Date!, $to: Date!) {
  worker(id: $worker) {
    schedule(from: $from, to: $to) {
      days { date contributions { startTime endTime isPaid hours timeOff { sourceId } } }
    }
  }
}
"""
MIRROR = """
mutation ($id: ID!) { mirrorPersonTimeOff(input: { id: $id }) { userErrors { code message } } }
"""
ENTRIES = """
query ($user: ID!, $after: String) {
  timeOffEntries(first: 500, after: $after, filter: { userIds: [$user] }) {
    nodes { requestedDate hours }
    pageInfo { hasNextPage endCursor }
  }
}
"""
FEED = """
mutation ($worker: ID!) {
  createCalendarFeed(input: { workerId: $worker }) { link userErrors { code } }
}
"""

QUARTERS = st.integers(0, 95)
LENGTHS = st.sampled_from([0, 0, 0, 1, 3])
DAYS = st.integers(-60, 400).map(lambda days: TODAY + timedelta(days=days))
# Days on which months differ come up often.
MONTH_ENDS = st.sampled_from(
    [date(TODAY.year, 1, 31), date(TODAY.year, 8, 31), date(2028, 2, 29), date(TODAY.year, 10, 30)]
)
COMMON = {
    "is_paid": st.booleans(),
    "saturday": st.booleans(),
    "sunday": st.booleans(),
}
TIMES = st.tuples(QUARTERS, QUARTERS).filter(lambda times: times[0] != times[1])


def clock(quarter: int) -> str:
    return f"{quarter // 4:02}:{quarter % 4 * 15:02}"


NAMES: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "first": ("startDay", str),
    "last": ("endDay", str),
    "start": ("batchStartTime", clock),
    "end": ("batchEndTime", clock),
    "is_paid": ("isPaid", bool),
    "saturday": ("applyToSaturday", bool),
    "sunday": ("applyToSunday", bool),
    "repeat": ("repeat", str),
    "cadence": ("cadence", int),
    "until": ("repeatEndDay", str),
}


def sent(given: dict[str, Any]) -> dict[str, Any]:
    """Write what the model is given as the API takes it."""
    return {
        NAMES[name][0]: NAMES[name][1](value) for name, value in given.items() if value is not None
    }


class Gateway:
    """The application over one database, asked from outside of its loop."""

    def __init__(self, database_url: str) -> None:
        self._runner = asyncio.Runner()
        self._loop = self._runner.get_loop()
        self._exits = AsyncExitStack()
        app = create_app(database_url, auth="off")
        self._client = AsyncClient(transport=ASGITransport(app), base_url="http://127.0.0.1")
        self._run(self._exits.enter_async_context(app.router.lifespan_context(app)))
        self._run(self._exits.enter_async_context(self._client))
        self.companies = count(1)
        self.steps = self.carried_out = 0

    def _run(self, awaited: Any) -> Any:
        return self._loop.run_until_complete(awaited)

    def ask(self, document: str, **variables: Any) -> Any:
        sent = {"query": document, "variables": variables}

        async def send() -> Any:
            return (await self._client.post("/graphql", json=sent)).json()

        answer = self._run(sent_until_taken(send, is_unavailable))
        assert "errors" not in answer, answer
        return answer["data"]

    def get(self, path: str) -> Response:
        answer: Response = self._run(
            sent_until_taken(
                lambda: self._client.get(path),
                lambda answer: answer.status_code == HTTPStatus.SERVICE_UNAVAILABLE,
            )
        )
        assert answer.status_code == HTTPStatus.OK, (path, answer.text)
        return answer

    def close(self) -> None:
        self._run(self._exits.aclose())
        self._runner.close()


class Repeats(RuleBasedStateMachine):
    """Records of one person, known by the ids that the gateway gave them."""

    gateway: ClassVar[Any]

    @initialize()
    def hire(self) -> None:
        number = next(self.gateway.companies) * 10
        self.company, self.person, self.user = uuid(number), uuid(number + 1), str(number)
        email = f"p{number}@example.com"
        self.gateway.ask(
            DIRECTORY,
            companies=[{"sourceId": self.company, "name": "c"}],
            users=[
                {
                    "sourceId": self.user,
                    "companyId": self.company,
                    "fullName": "A B",
                    "emailAddress": email,
                }
            ],
            people=[
                {
                    "sourceId": self.person,
                    "companyId": self.company,
                    "firstName": "A",
                    "lastName": "B",
                    "email": email,
                }
            ],
        )
        self.known: dict[str, Series] = {}
        self.gone: list[str] = []

    @rule(
        first=DAYS | MONTH_ENDS,
        length=LENGTHS,
        times=TIMES,
        common=st.fixed_dictionaries(COMMON),
        repeat=st.sampled_from(["WEEKLY", "WEEKLY", "MONTHLY", "YEARLY", "NEVER"]),
        cadence=st.sampled_from([1, 1, 2]),
        turns=st.integers(0, 9),
    )
    @precondition(lambda self: len(self.known) < 3)
    def create(
        self,
        first: date,
        length: int,
        times: tuple[int, int],
        common: dict[str, bool],
        repeat: str,
        cadence: int,
        turns: int,
    ) -> None:
        given: dict[str, Any] = {
            "first": first,
            "last": first + timedelta(days=length),
            "start": times[0],
            "end": times[1],
            **common,
            "repeat": repeat,
        }
        if repeat != "NEVER":
            until = first + repeats.STEPS[repeat](turns * cadence)
            given |= {"cadence": cadence, "until": until}
        asked = {"companyId": self.company, "personId": self.person, "reason": "r", **sent(given)}
        payload, expected = self._both(
            "createPersonTimeOff", asked, lambda: [Series(**given).judged()]
        )
        if expected:
            self._same([payload["personTimeOff"]], expected)

    def _some(self, place: int, which: int) -> tuple[str, Series, date]:
        ids = list(self.known)
        id_ = ids[place % len(ids)]
        series = self.known[id_]
        return id_, series, series.starts[which % len(series.starts)]

    @rule(place=st.integers(0, 9), which=st.integers(0, 9))
    @precondition(lambda self: self.known)
    def skip(self, place: int, which: int) -> None:
        id_, series, day = self._some(place, which)
        asked = {"scope": "ONE", "originalDay": str(day)}
        self._revise("deletePersonTimeOff", id_, asked, lambda: repeats.skip(series, day))

    @rule(
        place=st.integers(0, 9),
        which=st.integers(0, 9),
        days=st.none() | st.tuples(st.integers(-40, 40), st.none() | LENGTHS),
        times=st.none() | TIMES,
        common=st.fixed_dictionaries({}, optional={"is_paid": st.booleans()}),
    )
    @precondition(lambda self: self.known)
    def change_one(
        self,
        place: int,
        which: int,
        days: tuple[int, int | None] | None,
        times: tuple[int, int] | None,
        common: dict[str, bool],
    ) -> None:
        id_, series, day = self._some(place, which)
        own = {**common, **_span(day, days), **_times(times)}
        asked = {"scope": "ONE", "originalDay": str(day), **sent(own)}
        self._revise(
            "updatePersonTimeOff", id_, asked, lambda: repeats.change_one(series, day, **own)
        )

    @rule(place=st.integers(0, 9), which=st.integers(0, 9))
    @precondition(lambda self: self.known)
    def restore(self, place: int, which: int) -> None:
        id_, series, day = self._some(place, which)
        asked = {"originalDay": str(day)}
        self._revise("restoreOccurrence", id_, asked, lambda: repeats.restore(series, day))

    @rule(
        place=st.integers(0, 9),
        which=st.integers(0, 9),
        days=st.none() | st.tuples(st.integers(-3, 3), st.none() | LENGTHS),
        times=st.none() | TIMES,
        common=st.fixed_dictionaries({}, optional=COMMON),
        rule_of=st.none() | st.sampled_from(["WEEKLY", "MONTHLY", "NEVER"]),
        later=st.none() | st.integers(-10, 60),
    )
    @precondition(lambda self: self.known)
    def change_following(
        self,
        place: int,
        which: int,
        days: tuple[int, int | None] | None,
        times: tuple[int, int] | None,
        common: dict[str, bool],
        rule_of: str | None,
        later: int | None,
    ) -> None:
        id_, series, day = self._some(place, which)
        given = {**common, **_span(day, days), **_times(times)}
        if rule_of:
            given["repeat"] = rule_of
        if later is not None:
            given["until"] = day + timedelta(days=later)
        if given.get("repeat", series.repeat) != "NEVER":
            given |= {
                "cadence": series.cadence or 1,
                "until": given.get("until", series.until) or day,
            }
        asked = {"scope": "FOLLOWING", "originalDay": str(day), **sent(given)}
        self._revise(
            "updatePersonTimeOff",
            id_,
            asked,
            lambda: repeats.change_following(series, day, **given),
        )

    @rule(place=st.integers(0, 9), which=st.integers(0, 9))
    @precondition(lambda self: self.known)
    def end_before(self, place: int, which: int) -> None:
        id_, series, day = self._some(place, which)
        asked = {"scope": "FOLLOWING", "originalDay": str(day)}
        self._revise("deletePersonTimeOff", id_, asked, lambda: repeats.end_before(series, day))

    @rule(
        place=st.integers(0, 9),
        times=st.none() | TIMES,
        common=st.fixed_dictionaries({}, optional=COMMON),
    )
    @precondition(lambda self: self.known)
    def change_all(
        self, place: int, times: tuple[int, int] | None, common: dict[str, bool]
    ) -> None:
        id_, series, _ = self._some(place, 0)
        given = {**common, **_times(times)}
        self._revise(
            "updatePersonTimeOff", id_, sent(given), lambda: repeats.change_all(series, **given)
        )

    @rule(place=st.integers(0, 9))
    @precondition(lambda self: len(self.known) > 1)
    def delete(self, place: int) -> None:
        id_, *_ = self._some(place, 0)
        self._revise("deletePersonTimeOff", id_, {}, list)

    # Comparing

    def _both(self, mutation: str, asked: dict[str, Any], expect: Any) -> tuple[Any, Any]:
        """Ask the gateway and the model; both refuse alike, or both answer."""
        self.gateway.steps += 1
        payload = self.gateway.ask(DOCUMENTS[mutation], input=asked)[mutation]
        expected, codes = None, []
        try:
            expected = expect()
        except Refused as refused:
            codes = [refused.code]
        assert [each["code"] for each in payload["userErrors"]] == codes, (asked, payload)
        self.gateway.carried_out += not codes
        return payload, expected

    def _revise(self, mutation: str, id_: str, asked: dict[str, Any], expect: Any) -> None:
        payload, expected = self._both(mutation, {"id": id_, **asked}, expect)
        if expected is None:
            return
        del self.known[id_]
        if not expected:
            assert payload["deletedId"] is not None
            self.gone.append(id_)
        answered = [payload["personTimeOff"], payload.get("splitOff")]
        self._same([each for each in answered if each], expected)
        exceptions = {str(day) for series in expected for day in series.exceptions}
        assert {each["originalDay"] for each in payload["keptExceptions"]} == exceptions
        if expected:
            assert id_ in self.known

    def _same(self, answered: list[Any], expected: list[Series]) -> None:
        for record, series in zip(answered, expected, strict=True):
            assert list(map(_occurrence, record["instances"])) == series.occurrences()
            hours = {day: len(of_day) / 4 for day, of_day in series.quarters().items()}
            assert {
                date.fromisoformat(each["date"]): each["hours"] for each in record["days"]
            } == hours
            assert record["totalHours"] == sum(hours.values())
            self.known[record["sourceId"]] = series
            self._same_procore_face(record["sourceId"], series)

    def teardown(self) -> None:
        if not hasattr(self, "known"):
            return
        self._same_schedule()
        self._same_feed()
        self._same_entries()

    def _same_procore_face(self, id_: str, series: Series) -> None:
        path = f"/procore/v2/companies/{self.company}/people/{self.person}/time-off/{id_}"
        told = self.gateway.get(path).json()["data"]
        spans = [(each["start_day"], each["end_day"]) for each in told["instances"]]
        found = series.occurrences()
        assert spans == [(f"{each.first:%m/%d/%y}", f"{each.last:%m/%d/%y}") for each in found]
        assert told["end_day"] == f"{max(each.last for each in found):%m/%d/%y}"

    def _worker(self) -> str:
        query = "query ($id: ID!) { user(id: $id) { worker { id } } }"
        worker: str = self.gateway.ask(query, id=self.user)["user"]["worker"]["id"]
        return worker

    def _same_schedule(self) -> None:
        """Look at half a year, in which most of it is."""
        first, last = TODAY - timedelta(days=60), TODAY + timedelta(days=120)
        answer = self.gateway.ask(
            SHOWN, worker=self._worker(), **{"from": str(first), "to": str(last)}
        )
        found: Counter[tuple[date, str, int, bool]] = Counter()
        for day in answer["worker"]["schedule"]["days"]:
            for each in day["contributions"]:
                start = _quarter(each["startTime"])
                for quarter in range(start, start + round(each["hours"] * 4)):
                    place = date.fromisoformat(day["date"]), each["timeOff"]["sourceId"]
                    found[(*place, quarter, each["isPaid"])] += 1
        assert found == Counter(
            (day, id_, quarter, is_paid)
            for id_, series in self.known.items()
            for day, quarters in series.quarters().items()
            for quarter, is_paid in quarters.items()
            if first <= day <= last
        )

    def _same_feed(self) -> None:
        made = self.gateway.ask(FEED, worker=self._worker())["createCalendarFeed"]
        read = Calendar.from_ical(self.gateway.get(made["link"]).content)
        found: Counter[date] = Counter()
        names = [str(event["UID"]) for event in read.walk("VEVENT")]
        assert len(set(names)) == len(names)
        for event in read.walk("VEVENT"):
            day, end = event.decoded("DTSTART"), event.decoded("DTEND")
            while day < end:
                found[day] += 1
                day += timedelta(days=1)
        expected = Counter(
            day
            for series in self.known.values()
            for each in series.occurrences()
            for day in _days(each)
            if series.counts(day)
        )
        inside = [each for each in (*found, *expected) if FEED_DAYS[0] <= each <= FEED_DAYS[1]]
        assert {each: found[each] for each in inside} == {each: expected[each] for each in inside}

    def _same_entries(self) -> None:
        """Mirrored, the days are Kantata's; taken back, nothing is left of them."""
        quarters: dict[date, set[int]] = {}
        for series in self.known.values():
            for day, of_day in series.quarters().items():
                quarters.setdefault(day, set()).update(of_day)
        hours = {
            day: min(len(of_day) / 4, 8) for day, of_day in quarters.items() if day.weekday() < 5
        }
        for id_ in self.known:
            self._mirror(id_)
        assert self._entries() == hours
        for id_ in self.known:
            answer = self.gateway.ask(DOCUMENTS["deletePersonTimeOff"], input={"id": id_})
            assert answer["deletePersonTimeOff"]["userErrors"] == []
            self._mirror(id_)
        assert self._entries() == {}

    def _mirror(self, id_: str) -> None:
        answer = self.gateway.ask(MIRROR, id=id_)["mirrorPersonTimeOff"]
        assert answer["userErrors"] == []

    def _entries(self) -> dict[date, float]:
        hours: dict[date, float] = {}
        after, has_next = None, True
        while has_next:
            page = self.gateway.ask(ENTRIES, user=self.user, after=after)["timeOffEntries"]
            for each in page["nodes"]:
                hours[date.fromisoformat(each["requestedDate"])] = each["hours"]
            after, has_next = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
        return hours


def _span(day: date, given: tuple[int, int | None] | None) -> dict[str, Any]:
    """Return a span so many days later, and how long; without a length its first day alone."""
    if given is None:
        return {}
    first = day + timedelta(days=given[0])
    return {"first": first} | (
        {} if given[1] is None else {"last": first + timedelta(days=given[1])}
    )


def _times(given: tuple[int, int] | None) -> dict[str, Any]:
    return {} if given is None else {"start": given[0], "end": given[1]}


def _days(occurrence: Occurrence) -> list[date]:
    count = (occurrence.last - occurrence.first).days + 1
    return [occurrence.first + timedelta(days=each) for each in range(count)]


def _quarter(text: str) -> int:
    hour, minute = text.split(":")
    return int(hour) * 4 + int(minute) // 15


def _occurrence(told: dict[str, Any]) -> Occurrence:
    assert told["status"] in {"PLANNED", "CHANGED"}
    return Occurrence(
        original=date.fromisoformat(told["originalDay"]),
        first=date.fromisoformat(told["startDay"]),
        last=date.fromisoformat(told["endDay"]),
        start=_quarter(told["batchStartTime"]),
        end=_quarter(told["batchEndTime"]),
        is_paid=told["isPaid"],
    )


@pytest.mark.rule("3.11")
@pytest.mark.rule("3.12")
def test_changes_of_repeats_agree_with_the_rules(pytestconfig, module_database_url):
    gateway = Gateway(module_database_url)
    machine = type("Changes", (Repeats,), {"gateway": gateway})
    try:
        machines.run(machine, pytestconfig, few_runs=RUNS)
        assert violations(module_database_url) == []
    finally:
        gateway.close()
    assert gateway.carried_out > gateway.steps / 2
