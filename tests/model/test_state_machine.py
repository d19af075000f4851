"""Any sequence of writes leaves what the rules say: the gateway beside a small model of them."""

import asyncio
from base64 import b64decode
from contextlib import AsyncExitStack
from datetime import date, timedelta
from itertools import count
from typing import Any, ClassVar

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
)
from sqlalchemy import select
from sqlmodel import SQLModel

from app.db.connections.engines import create_engine
from tests.builders import uuid
from tests.graphql.api import REFUSAL, api
from tests.model import machines
from tests.model.machines import is_unavailable, sent_until_taken, violations
from tests.model.rules import Model, Record, Refused, shown

MONDAY = date(2026, 3, 2)
RUNS = 40

ENTRY = "sourceId hours requestedDate user { sourceId }"
RECORD = """
sourceId startDay endDay applyToSaturday applyToSunday isPaid repeat cadence repeatEndDay
batchStartTime batchEndTime totalHours instances { sourceId startDay endDay }
"""
DIRECTORY = """
mutation ($companies: [CompanyInput!]!, $users: [UserInput!]!, $people: [PersonInput!]!) {
  upsertCompanies(input: { companies: $companies }) { userErrors { code } }
  upsertUsers(input: { users: $users }) { userErrors { code } }
  upsertPeople(input: { people: $people }) { userErrors { code } }
}
"""
MUTATIONS = {
    name: f"""
      mutation ($input: {name[0].upper()}{name[1:]}Input!) {{
        {name}(input: $input) {{ {payload} userErrors {{ ...Refusal }} }}
      }}
      {REFUSAL}
    """
    for name, payload in {
        "createTimeOffEntries": "results { index outcome timeOffEntry { sourceId } } "
        f"timeOffEntries {{ {ENTRY} }} warnings {{ code }}",
        "updateTimeOffEntry": f"timeOffEntry {{ {ENTRY} }} warnings {{ code }}",
        "deleteTimeOffEntries": "deletedIds",
        "createPersonTimeOff": f"personTimeOff {{ {RECORD} }} warnings {{ code }}",
        "updatePersonTimeOff": f"personTimeOff {{ {RECORD} }} warnings {{ code }}",
        "deletePersonTimeOff": "deletedId",
        "upsertWorkweeks": "workweeks { id }",
        "upsertHolidays": "holidays { id }",
        "deleteHolidays": "deletedIds",
    }.items()
}
STORED = f"""
query ($company: ID!) {{
  timeOffEntries(first: 500, filter: {{ companyId: $company }}) {{
    nodes {{ {ENTRY} externalReferences {{ serviceName serviceModel serviceModelRef status }} }}
  }}
  personTimeOffs(first: 500, filter: {{ companyId: $company }}) {{
    nodes {{ {RECORD} reason person {{ sourceId }} }}
  }}
}}
"""
REFERENCES = SQLModel.metadata.tables["external_references"]


class Gateway:
    """The application over one database, asked from outside of its loop."""

    def __init__(self, database_url: str) -> None:
        self.database_url = database_url
        self._runner = asyncio.Runner()
        self._loop = self._runner.get_loop()
        self._exits = AsyncExitStack()
        self._engine = create_engine(database_url)
        self._ask = self._runner.run(self._exits.enter_async_context(api(database_url)))
        self.companies = count(1)
        self.steps = 0
        self.carried_out = 0

    def ask(self, document: str, **variables: Any) -> Any:
        # Not by the runner, which prepares for Ctrl-C each time.
        answer = self._loop.run_until_complete(
            sent_until_taken(lambda: self._ask(document, **variables), is_unavailable)
        )
        assert "errors" not in answer, answer
        return answer["data"]

    def brought(self, company: str) -> dict[tuple[str, str], int]:
        async def read() -> Any:
            async with self._engine.connect() as connection:
                wanted = (REFERENCES.c.entry_id, REFERENCES.c.service_name)
                query = select(*wanted, REFERENCES.c.brought_seconds)
                return (
                    await connection.execute(query.where(REFERENCES.c.company_id == company))
                ).all()

        return {(str(id_), name): seconds for id_, name, seconds in self._runner.run(read())}

    def close(self) -> None:
        self._runner.run(self._exits.aclose())
        self._runner.run(self._engine.dispose())
        self._runner.close()


def refusals(errors: list[dict[str, Any]]) -> list[str]:
    """Write the gateway's refusals as the model's are written."""
    return sorted(repr(_refusal(error)) for error in errors)


def _refusal(error: dict[str, Any]) -> tuple[Any, ...]:
    place = (error["code"], tuple(error["path"]))
    if error["code"] == "WORKDAY_HOURS_EXCEEDED":
        return (*place, error["possibleHours"], error["takenHours"], error["requestedHours"])
    if error["code"] == "EXTERNAL_REFERENCE_CONFLICT":
        path = error["existingPath"]
        return (*place, int(path[1]) if path else None)
    return place


def clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def source_id(node_id: str) -> str:
    return b64decode(node_id).decode().partition(":")[2]


def mostly(usual: Any, *strange: Any) -> st.SearchStrategy[Any]:
    """Something usual, and now and then what is refused."""
    return st.integers(0, 15).flatmap(
        lambda number: st.sampled_from(strange) if number == STRANGE else usual
    )


STRANGE = 11
weekdays = [MONDAY + timedelta(days=each) for each in (0, 1, 2, 3, 4, 7, 8)]
days = mostly(st.sampled_from(weekdays), MONDAY + timedelta(days=5), MONDAY + timedelta(days=6))
hours = mostly(st.sampled_from([1, 0.25, 0.5, 1.11, 1.5, 2, 4]), 0, -1, 1.005, 8.01, 24)
users = mostly(st.sampled_from(["1", "2", "3"]), "unknown")
people = mostly(st.sampled_from(["1", "2"]), "unknown")
keys = st.sampled_from([None, None, None, "a", "b"])
rarely = st.sampled_from([False, False, False, True])
SELDOM = 36
places = st.integers(0, 39)
references = st.none() | st.fixed_dictionaries(
    {
        "service": st.sampled_from(["jira", "calendar"]),
        "model": mostly(st.just("Issue"), "Event"),
        "ref": st.sampled_from(["A", "B"]),
        "status": st.sampled_from([None, "SUCCESSFUL", "FAILED"]),
    }
)
items = st.lists(
    st.fixed_dictionaries({"user": users, "day": days, "hours": hours, "reference": references}),
    min_size=1,
    max_size=3,
)
starts = st.sampled_from([300, 420, 427, 428, 480, 720, 1320])
ends = st.sampled_from([900, 480, 720, 1020, 360, 1432, 1433, 1439, 0])
first_days = mostly(st.sampled_from(weekdays), date(2026, 1, 31), date(2028, 2, 29))
lengths = mostly(st.sampled_from([0, 0, 1, 2, 6]), 7, 8, -1)
cadences = mostly(st.sampled_from([1, 1, 2, 3]), 0, None)
until = mostly(st.sampled_from([14, 0, 30, 60, 400]), 30_000, -1, None)
wishes = st.fixed_dictionaries(
    {
        "person": people,
        "first": first_days,
        "length": lengths,
        "start": starts,
        "end": ends,
        "saturday": st.booleans(),
        "sunday": st.booleans(),
        "is_paid": st.booleans(),
        "reason": mostly(st.sampled_from(["vacation", "medical"]), " "),
        "repeat": st.sampled_from(["NEVER", "NEVER", "WEEKLY", "MONTHLY", "YEARLY"]),
        "cadence": cadences,
        "until": until,
    }
)


def optional(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | st.none() | strategy


patches = st.fixed_dictionaries(
    {
        "first": optional(days),
        "last": optional(days),
        "start": optional(starts),
        "end": optional(ends),
        "saturday": optional(st.booleans()),
        "sunday": optional(st.booleans()),
        "is_paid": optional(st.booleans()),
        "reason": optional(mostly(st.just("flu"), " ")),
    }
)


class Writes(RuleBasedStateMachine):
    """Whatever a client of one company writes, on the gateway and on the model."""

    gateway: ClassVar[Gateway]

    @initialize()
    def found_a_company(self) -> None:
        number = next(self.gateway.companies)
        self.number = number
        self.company = uuid(number)
        self.model = Model()
        self.entry_ids: dict[int, str] = {}
        self.record_ids: dict[int, str] = {}
        self.sent: list[tuple[Any, ...]] = []
        self.agrees = True
        answers = self.gateway.ask(
            DIRECTORY,
            companies=[{"sourceId": self.company, "name": "Brick"}],
            users=[
                {"sourceId": self.user(each), "companyId": self.company, "fullName": each}
                for each in "123"
            ],
            people=[
                {
                    "sourceId": self.person(each),
                    "companyId": self.company,
                    "firstName": each,
                    "lastName": each,
                }
                for each in "12"
            ],
        )
        assert all(each == {"userErrors": []} for each in answers.values())

    def user(self, name: str) -> str:
        return "9" * 15 if name == "unknown" else f"{self.number}{name}"

    def person(self, name: str) -> str:
        return uuid(0 if name == "unknown" else self.number * 10 + int(name))

    def key(self, key: str | None) -> str | None:
        return key and f"{key} of {self.company}"

    @rule(items=items, key=keys, dry_run=rarely)
    def create_entries(self, items: Any, key: str | None, dry_run: bool) -> None:  # noqa: FBT001
        self.do("create_entries", items, key, dry_run)

    @rule(items=items)
    def create_more_entries(self, items: Any) -> None:
        self.do("create_entries", items, None, False)  # noqa: FBT003

    @precondition(lambda self: self.entry_ids)
    @rule(place=places, hours=hours, reference=references, key=keys)
    def update_entry(self, place: int, hours: float, reference: Any, key: str | None) -> None:
        self.do("update_entry", self.some_entry(place), hours, reference, key)

    @precondition(lambda self: self.entry_ids)
    @rule(chosen=st.lists(places, min_size=1, max_size=3), key=keys, dry_run=rarely)
    def delete_entries(self, chosen: list[int], key: str | None, dry_run: bool) -> None:  # noqa: FBT001
        numbers = [self.some_entry(each) for each in chosen]
        self.do("delete_entries", numbers, key, dry_run)

    @rule(wish=wishes, key=keys, dry_run=rarely)
    def create_record(self, wish: Any, key: str | None, dry_run: bool) -> None:  # noqa: FBT001
        first, until = wish["first"], wish["until"]
        given = wish | {
            "last": first + timedelta(days=wish["length"]),
            "until": None if until is None else first + timedelta(days=until),
        }
        del given["length"]
        if given["until"] and given["until"].year > 2099:
            given["until"] = date(2099, 12, 31)
        self.do("create_record", given, key, dry_run)

    @precondition(lambda self: self.record_ids)
    @rule(place=places, patch=patches, key=keys)
    def update_record(self, place: int, patch: Any, key: str | None) -> None:
        self.do("update_record", self.some_record(place), patch, key)

    @precondition(lambda self: self.record_ids)
    @rule(place=places, key=keys, dry_run=rarely)
    def delete_record(self, place: int, key: str | None, dry_run: bool) -> None:  # noqa: FBT001
        self.do("delete_record", self.some_record(place), key, dry_run)

    @precondition(lambda self: self.sent)
    @rule(place=places)
    def send_again(self, place: int) -> None:
        """Whatever was sent before, as a client does that saw no answer."""
        self.do(*self.sent[place % len(self.sent)])

    @rule(
        owner=st.sampled_from([None, None, "1", "2"]),
        effective=st.sampled_from([date(2025, 1, 1), MONDAY, MONDAY + timedelta(days=3)]),
        lasting=mostly(st.none(), 0, 4),
        minutes=mostly(st.sampled_from([480, 600, 250]), 0, 1440),
        weekend=st.sampled_from([0, 480]),
    )
    def put_workweek(
        self, owner: str | None, effective: date, lasting: int | None, minutes: int, weekend: int
    ) -> None:
        last = None if lasting is None else effective + timedelta(days=lasting)
        weekdays = ("monday", "tuesday", "wednesday", "thursday", "friday")
        workweek = {
            "companyId": self.company,
            "userId": owner and self.user(owner),
            "effectiveFrom": effective.isoformat(),
            "effectiveTo": last and last.isoformat(),
            **dict.fromkeys(weekdays, minutes),
            "saturday": weekend,
            "sunday": weekend,
        }
        assert self.write("upsertWorkweeks", {"workweeks": [workweek]})["userErrors"] == []
        self.model.workweeks.setdefault(owner, {})[effective] = (
            last,
            (minutes,) * 5 + (weekend,) * 2,
        )

    @rule(which=st.integers(1, 2), first=days, length=st.integers(0, 1))
    def put_holiday(self, which: int, first: date, length: int) -> None:
        last = first + timedelta(days=length)
        holiday = {
            "sourceId": f"{self.number}{which}",
            "companyId": self.company,
            "name": "Founders' Day",
            "startDate": first.isoformat(),
            "endDate": last.isoformat(),
        }
        assert self.write("upsertHolidays", {"holidays": [holiday]})["userErrors"] == []
        self.model.holidays[which] = (first, last)

    @rule(which=st.integers(1, 2))
    def delete_holiday(self, which: int) -> None:
        payload = self.write("deleteHolidays", {"ids": [f"{self.number}{which}"]})
        assert bool(payload["userErrors"]) is (which not in self.model.holidays)
        self.model.holidays.pop(which, None)

    def some_entry(self, place: int) -> int:
        """Choose one that is there; now and then one that was, or never was."""
        return _some(place, [each.number for each in self.model.entries.values()], self.entry_ids)

    def some_record(self, place: int) -> int:
        return _some(place, list(self.model.records), self.record_ids)

    def write(self, mutation: str, given: dict[str, Any]) -> Any:
        self.gateway.steps += 1
        return self.gateway.ask(MUTATIONS[mutation], input=given)[mutation]

    def do(self, method: str, *given: Any) -> None:
        """Write on both sides, and compare the answers."""
        self.sent.append((method, *given))
        self.agrees = False
        payload = getattr(self, f"_{method}")(*given)
        named = {}
        if method in ("create_entries", "delete_entries", "create_record", "delete_record"):
            *given_, dry_run = given
            given, named = tuple(given_), {"dry_run": dry_run}
        try:
            expected = getattr(self.model, method)(*given, **named)
        except Refused as refused:
            expected, wrong = None, refused.refusals
        else:
            wrong = []
        assert refusals(payload["userErrors"]) == wrong
        if expected is not None:
            self.gateway.carried_out += 1
            getattr(self, f"_compare_{method}")(payload, expected)
        self.agrees = True

    def _create_entries(self, items: Any, key: str | None, dry_run: bool) -> Any:  # noqa: FBT001
        given = [
            {
                "userId": self.user(item["user"]),
                "hours": item["hours"],
                "requestedDate": item["day"].isoformat(),
                "externalReference": _reference(item["reference"]),
            }
            for item in items
        ]
        more = {"dryRun": dry_run, "idempotencyKey": self.key(key)}
        return self.write("createTimeOffEntries", {"timeOffEntries": given, **more})

    def _compare_create_entries(self, payload: Any, expected: Any) -> None:
        results = payload["results"]
        assert [each["index"] for each in results] == list(range(len(results)))
        assert [each["outcome"] for each in results] == expected["outcomes"]
        assert len(payload["warnings"]) == expected["warnings"]
        for each, number in zip(results, expected["numbers"], strict=True):
            self.same_id(self.entry_ids, number, each["timeOffEntry"]["sourceId"])
        entries = payload["timeOffEntries"]
        assert [each["hours"] * 3600 for each in entries] == pytest.approx(
            [seconds for _, seconds in expected["entries"]]
        )
        for each, (number, _) in zip(entries, expected["entries"], strict=True):
            self.same_id(self.entry_ids, number, each["sourceId"])

    def _update_entry(self, number: int, hours: float, reference: Any, key: str | None) -> Any:
        given = {"id": self.entry_ids.get(number, "9" * 15), "hours": hours}
        more = {"externalReference": _reference(reference), "idempotencyKey": self.key(key)}
        return self.write("updateTimeOffEntry", given | more)

    def _compare_update_entry(self, payload: Any, expected: Any) -> None:
        entry = payload["timeOffEntry"]
        assert entry["hours"] == expected["seconds"] / 3600
        assert len(payload["warnings"]) == expected["warnings"]
        self.same_id(self.entry_ids, expected["number"], entry["sourceId"])

    def _delete_entries(self, numbers: list[int], key: str | None, dry_run: bool) -> Any:  # noqa: FBT001
        ids = [self.entry_ids.get(number, "9" * 15) for number in numbers]
        more = {"dryRun": dry_run, "idempotencyKey": self.key(key)}
        return self.write("deleteTimeOffEntries", {"ids": ids, **more})

    def _compare_delete_entries(self, payload: Any, expected: Any) -> None:
        ids = [self.entry_ids[number] for number in expected["numbers"]]
        assert list(map(source_id, payload["deletedIds"])) == ids

    def _create_record(self, wish: Any, key: str | None, dry_run: bool) -> Any:  # noqa: FBT001
        given = _times(wish) | {
            "companyId": self.company,
            "personId": self.person(wish["person"]),
            "startDay": wish["first"].isoformat(),
            "endDay": wish["last"].isoformat(),
            "repeat": wish["repeat"],
            "cadence": wish["cadence"],
            "repeatEndDay": wish["until"] and wish["until"].isoformat(),
        }
        more = {"dryRun": dry_run, "idempotencyKey": self.key(key)}
        return self.write("createPersonTimeOff", given | more)

    def _compare_create_record(self, payload: Any, expected: Any) -> None:
        self.same_record(payload["personTimeOff"], expected)
        assert sorted(each["code"] for each in payload["warnings"]) == expected["warnings"]

    def _update_record(self, number: int, patch: Any, key: str | None) -> Any:
        given = _times(patch) | {
            "id": self.record_ids.get(number, uuid(0)),
            "startDay": patch["first"] and patch["first"].isoformat(),
            "endDay": patch["last"] and patch["last"].isoformat(),
            "idempotencyKey": self.key(key),
        }
        return self.write("updatePersonTimeOff", given)

    _compare_update_record = _compare_create_record

    def _delete_record(self, number: int, key: str | None, dry_run: bool) -> Any:  # noqa: FBT001
        given = {"id": self.record_ids.get(number, uuid(0)), "dryRun": dry_run}
        return self.write("deletePersonTimeOff", given | {"idempotencyKey": self.key(key)})

    def _compare_delete_record(self, payload: Any, expected: Any) -> None:
        assert source_id(payload["deletedId"]) == self.record_ids[expected["number"]]

    @staticmethod
    def same_id(ids: dict[int, str], number: int, id_: str) -> None:
        """Compare an id with the one that the object had before, or remember it."""
        if number == 0:
            return  # a dry run's are provisional
        if number not in ids:
            assert id_ not in ids.values()
            ids[number] = id_
        assert ids[number] == id_

    def same_record(self, answered: Any, expected: Any) -> None:
        self.same_id(self.record_ids, expected["number"], answered["sourceId"])
        repeat, cadence, until = expected["repeat"]
        assert {name: value for name, value in answered.items() if name != "sourceId"} == {
            "startDay": expected["spans"][0][0].isoformat(),
            "endDay": expected["spans"][-1][1].isoformat(),
            "applyToSaturday": expected["saturday"],
            "applyToSunday": expected["sunday"],
            "isPaid": expected["is_paid"],
            "repeat": repeat,
            "cadence": cadence,
            "repeatEndDay": until and until.isoformat(),
            "batchStartTime": clock(expected["start"]),
            "batchEndTime": clock(expected["end"]),
            "totalHours": expected["hours"],
            "instances": [
                {
                    "sourceId": instance["sourceId"],
                    "startDay": first.isoformat(),
                    "endDay": last.isoformat(),
                }
                for instance, (first, last) in zip(
                    answered["instances"], expected["spans"], strict=True
                )
            ],
        }

    def teardown(self) -> None:
        """Compare all that is stored, unless an answer differed already."""
        if not getattr(self, "agrees", False):
            return
        stored = self.gateway.ask(STORED, company=self.company)
        assert self._stored_entries(stored) == self._expected_entries()
        records = {each["sourceId"]: each for each in stored["personTimeOffs"]["nodes"]}
        assert set(records) == {self.record_ids[each] for each in self.model.records}
        for number, record in self.model.records.items():
            self._same_stored_record(records[self.record_ids[number]], record)

    def _stored_entries(self, stored: Any) -> Any:
        brought = self.gateway.brought(self.company)
        entries = {
            entry["sourceId"]: (
                entry["user"]["sourceId"],
                entry["requestedDate"],
                round(entry["hours"] * 3600),
                {
                    (
                        each["serviceName"],
                        each["serviceModel"],
                        each["serviceModelRef"],
                        each["status"],
                        brought.pop((entry["sourceId"], each["serviceName"])),
                    )
                    for each in entry["externalReferences"]
                },
            )
            for entry in stored["timeOffEntries"]["nodes"]
        }
        assert brought == {}
        return entries

    def _expected_entries(self) -> Any:
        return {
            self.entry_ids[entry.number]: (
                self.user(user),
                day.isoformat(),
                entry.seconds,
                {
                    (name, each.model, each.ref, each.status, each.brought)
                    for name, each in entry.references.items()
                },
            )
            for (user, day), entry in self.model.entries.items()
        }

    def _same_stored_record(self, stored: Any, record: Record) -> None:
        reason, person = stored.pop("reason"), stored.pop("person")["sourceId"]
        assert (reason, person) == (record.reason, self.person(record.person))
        self.same_record(stored, {"number": record.number, **shown(record)})


def _some(place: int, present: list[int], known: Any) -> int:
    """Choose a number; the last few places are for what is no longer there, or never was."""
    numbers = present if present and place < SELDOM else [*known, 0]
    return numbers[place % len(numbers)]


def _reference(given: Any) -> Any:
    return given and {
        "serviceName": given["service"],
        "serviceModel": given["model"],
        "serviceModelRef": given["ref"],
        "status": given["status"],
    }


def _times(given: Any) -> dict[str, Any]:
    return {
        "batchStartTime": None if given["start"] is None else clock(given["start"]),
        "batchEndTime": None if given["end"] is None else clock(given["end"]),
        "applyToSaturday": given["saturday"],
        "applyToSunday": given["sunday"],
        "isPaid": given["is_paid"],
        "reason": given["reason"],
    }


def test_writes_agree_with_the_rules(pytestconfig, module_database_url):
    gateway = Gateway(module_database_url)
    machine = type("Writes", (Writes,), {"gateway": gateway})
    try:
        machines.run(machine, pytestconfig, few_runs=RUNS)
        # Of all runs at once: what one has stored no other changes.
        assert violations(module_database_url) == []
    finally:
        gateway.close()
    # Runs in which everything is refused would agree about nothing.
    assert gateway.carried_out > gateway.steps / 5  # by chance: some runs have just a quarter
