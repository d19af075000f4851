"""REST and GraphQL agree: the same operations through both leave, and answer, the same."""

import itertools
import re
from datetime import date, time, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests import builders
from tests.rest.faces import ENTRIES, entry, put_entries, put_time_off, time_off_of

EXAMPLES = 40
"""For each database: an example is up to a dozen requests."""

_numbers = itertools.count(1_000)
laws = settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)

CREATE_ENTRIES = """mutation ($input: CreateTimeOffEntriesInput!) {
  createTimeOffEntries(input: $input) {
    timeOffEntries { sourceId hours requestedDate } warnings { code path }
    userErrors { message path }
  }
}"""
UPDATE_ENTRY = """mutation ($input: UpdateTimeOffEntryInput!) {
  updateTimeOffEntry(input: $input) {
    timeOffEntry { sourceId hours requestedDate } warnings { code path }
    userErrors { message path }
  }
}"""
DELETE_ENTRIES = """mutation ($input: DeleteTimeOffEntriesInput!) {
  deleteTimeOffEntries(input: $input) { userErrors { message path } }
}"""
ENTRIES_OF = """query ($user: ID!) {
  timeOffEntries(filter: {userIds: [$user]}) {
    nodes {
      sourceId hours requestedDate submissionDate
      externalReferences { serviceName serviceModel serviceModelRef status locked }
    }
  }
}"""


def snake(name: str) -> str:
    return re.sub("[A-Z]", lambda letter: f"_{letter[0].lower()}", name)


def mostly(good, bad):
    """One of the good values nine times of ten: a bad one refuses the whole request."""
    return st.integers(0, 9).flatmap(lambda roll: st.sampled_from(good if roll else bad))


hours = mostly([0.1, 0.75, 1, 2.25, 4], [0, 3.125, 8.01, 24])
days = mostly(
    [builders.MONDAY, builders.TUESDAY, builders.FRIDAY], [builders.SATURDAY, "1999-01-01"]
)
references = st.none() | st.fixed_dictionaries(
    {
        "service_name": mostly(["jira", "bamboohr"], [" "]),
        "service_model": st.just("Issue"),
        "service_model_ref": st.sampled_from(["1", "2"]),
    },
    optional={
        "status": st.sampled_from(["successful", "pending"]),
        "locked": st.sampled_from([True]),
    },
)
items = st.fixed_dictionaries(
    {"hours": hours, "requested_date": days, "external_reference": references}
)
operations = st.lists(
    st.one_of(
        st.tuples(st.just("create"), st.lists(items, min_size=1, max_size=3)),
        st.tuples(st.just("update"), st.tuples(st.integers(0, 3), hours, references)),
        st.tuples(st.just("delete"), st.lists(st.integers(0, 3), max_size=3)),
    ),
    min_size=1,
    max_size=4,
)


def as_graphql(item: dict[str, Any]) -> dict[str, Any]:
    """The same input in GraphQL's names."""
    renamed = {}
    for name, value in item.items():
        head, *rest = name.split("_")
        if isinstance(value, dict):
            value = as_graphql(value)  # noqa: PLW2901 - the same value
        if name == "status" and value:
            value = value.upper()  # noqa: PLW2901
        renamed[head + "".join(map(str.title, rest))] = value
    return renamed


class Kantata:
    """One user's entries, through one of the two; ids are told by their places in ``known``."""

    def __init__(self, gateway, user):
        self.gateway, self.user = gateway, user
        self.known: list[str] = []

    def place_of(self, id_):
        if id_ not in self.known:
            self.known.append(id_)
        return self.known.index(id_)

    def named(self, place):
        return self.known[place] if place < len(self.known) else "999999999"

    def told(self, message):
        return message.replace(f"User {self.user} ", "User ")


class KantataRest(Kantata):
    async def create(self, wanted):
        body = {"time_off_entries": [{"user_id": self.user, **item} for item in wanted]}
        return self.answered(await self.gateway.send("POST", ENTRIES, body))

    async def update(self, wanted):
        place, total, facts = wanted
        body = {"time_off_entry": {"hours": total, "external_reference": facts}}
        return self.answered(await self.gateway.send("PUT", f"{ENTRIES}/{self.named(place)}", body))

    async def delete(self, wanted):
        ids = ",".join(map(self.named, wanted))
        address = f"{ENTRIES}?ids={ids}" if ids else ENTRIES
        return self.answered(await self.gateway.send("DELETE", address))

    def answered(self, answer):
        if answer.status_code == 204:
            return [], []
        shown = answer.json()
        if "errors" in shown:
            return [
                (self.told(each["message"]), each["field"], each.get("index"))
                for each in shown["errors"]
            ], []
        entries = (shown["time_off_entries"][each["id"]] for each in shown["results"])
        return [], [
            (self.place_of(each["id"]), each["hours"], each["requested_date"]) for each in entries
        ]


class KantataGraphQL(Kantata):
    async def create(self, wanted):
        entries = [as_graphql({"user_id": str(self.user), **item}) for item in wanted]
        return await self.asked(CREATE_ENTRIES, {"timeOffEntries": entries})

    async def update(self, wanted):
        place, total, facts = wanted
        given = {"hours": total, "external_reference": facts}
        return await self.asked(UPDATE_ENTRY, {"id": self.named(place), **as_graphql(given)})

    async def delete(self, wanted):
        return await self.asked(DELETE_ENTRIES, {"ids": list(map(self.named, wanted))})

    async def asked(self, document, given):
        answer = await self.gateway.ask(document, input=given)
        (payload,) = answer["data"].values()
        if payload["userErrors"]:
            return [self.refused(error) for error in payload["userErrors"]], []
        entries = payload.get("timeOffEntries") or [payload.get("timeOffEntry")]
        return [], [
            (self.place_of(each["sourceId"]), each["hours"], each["requestedDate"])
            for each in entries
            if each
        ]

    def refused(self, error):
        names = [snake(part) for part in error["path"] if not part.isdecimal()]
        index = next((int(part) for part in error["path"] if part.isdecimal()), None)
        if names[0] == "time_off_entries" and len(names) > 1:
            del names[0]
        return self.told(error["message"]), ".".join(names), index


async def entries_by_both(gateway, user):
    """What each of the two shows of a user's entries, without ids."""
    rest = (await gateway.get(ENTRIES, user_id=user, include="external_references")).json()
    through_rest = []
    for each in rest["results"]:
        shown = rest["time_off_entries"][each["id"]]
        told = [rest["external_references"][id_] for id_ in shown["external_reference_ids"]]
        through_rest.append(
            (
                shown["hours"],
                shown["requested_date"],
                shown["submission_date"],
                [
                    (
                        one["service_name"],
                        one["service_model"],
                        one["service_model_ref"],
                        one["status"],
                        one["locked"],
                    )
                    for one in told
                ],
            )
        )
    answer = await gateway.ask(ENTRIES_OF, user=str(user))
    through_graphql = [
        (
            each["hours"],
            each["requestedDate"],
            each["submissionDate"],
            [
                (
                    one["serviceName"],
                    one["serviceModel"],
                    one["serviceModelRef"],
                    one["status"] and one["status"].lower(),
                    one["locked"],
                )
                for one in each["externalReferences"]
            ],
        )
        for each in answer["data"]["timeOffEntries"]["nodes"]
    ]
    return through_rest, through_graphql


@laws
@given(operations=operations)
async def test_entries_come_out_alike(gateway, operations):
    users = [next(_numbers), next(_numbers)]
    await gateway.put(
        users=[builders.user(sourceId=str(id_), fullName=f"User {id_}") for id_ in users]
    )
    rest, graphql = KantataRest(gateway, users[0]), KantataGraphQL(gateway, users[1])

    for name, wanted in operations:
        assert await getattr(rest, name)(wanted) == await getattr(graphql, name)(wanted)

    of_rest, of_graphql = [await entries_by_both(gateway, user) for user in users]
    assert of_rest[0] == of_rest[1] == of_graphql[0] == of_graphql[1]


first_days = st.dates(date(2026, 1, 1), date(2026, 3, 31))
clocks = st.builds(time, st.integers(0, 23), st.integers(0, 59))


@st.composite
def wishes(draw):
    start = draw(first_days)
    repeat = draw(st.sampled_from(["never", "weekly", "monthly", "yearly"]))
    return {
        "start_day": start,
        "end_day": start + timedelta(days=draw(st.integers(-1, 9))),
        "batch_start_time": draw(clocks),
        "batch_end_time": draw(clocks),
        "apply_to_saturday": draw(st.booleans()),
        "apply_to_sunday": draw(st.booleans()),
        "is_paid": draw(st.booleans()),
        "reason": draw(st.sampled_from(["medical", "été", " "])),
        "repeat": repeat,
        "cadence": draw(st.none() | st.integers(0, 3)),
        "repeat_end_day": draw(st.none() | st.dates(start - timedelta(days=1), date(2027, 12, 31))),
    }


def rest_value(value):
    if isinstance(value, date):
        return value.strftime("%m/%d/%y")
    if isinstance(value, time):
        return value.strftime("%I:%M %p").lstrip("0")
    return value


def graphql_value(value):
    if isinstance(value, date):
        return value.isoformat()
    return value.strftime("%H:%M") if isinstance(value, time) else value


def facts_of_rest(data):
    """What REST shows of a record, but for ids and instants."""
    return {
        name: value for name, value in data.items() if name not in ("id", "created_at", "person_id")
    } | {"instances": [(each["start_day"], each["end_day"]) for each in data["instances"]]}


def facts_of_graphql(record):
    """What GraphQL shows of a record, as REST writes it."""

    def day(text):
        return text and rest_value(date.fromisoformat(text))

    return {
        "apply_to_saturday": record["applyToSaturday"],
        "apply_to_sunday": record["applyToSunday"],
        "batch_end_time": rest_value(time.fromisoformat(record["batchEndTime"])),
        "batch_start_time": rest_value(time.fromisoformat(record["batchStartTime"])),
        "cadence": record["cadence"],
        "company_id": builders.COMPANY,
        "end_day": day(record["instances"][-1]["endDay"]),
        "instances": [(day(each["startDay"]), day(each["endDay"])) for each in record["instances"]],
        "is_paid": record["isPaid"],
        "reason": record["reason"],
        "repeat_end_day": day(record["repeatEndDay"]),
        "repeat": record["repeat"].lower(),
        "start_day": day(record["instances"][0]["startDay"]),
    }


@laws
@given(wish=wishes())
async def test_person_time_off_comes_out_alike(gateway, person_fields, wish):
    people = [builders.uuid(next(_numbers)), builders.uuid(next(_numbers))]
    await gateway.put(people=[builders.person(sourceId=id_) for id_ in people])
    sent = {name: rest_value(value) for name, value in wish.items()}
    given_to_graphql = as_graphql(
        {"company_id": builders.COMPANY, "person_id": people[1]}
        | {name: graphql_value(value) for name, value in wish.items()}
    ) | {"repeat": wish["repeat"].upper()}

    rest = await gateway.send("POST", time_off_of(people[0]), sent)
    asked = await gateway.ask(
        f"""mutation ($input: CreatePersonTimeOffInput!) {{
          createPersonTimeOff(input: $input) {{
            personTimeOff {{ {person_fields} }}
            userErrors {{ message path }}
          }}
        }}""",
        input=given_to_graphql,
    )

    payload = asked["data"]["createPersonTimeOff"]
    refused = [(each["property"], each["message"]) for each in rest.json().get("errors", ())]
    assert refused == [(snake(each["path"][0]), each["message"]) for each in payload["userErrors"]]
    if refused:
        return
    assert facts_of_rest(rest.json()["data"]) == facts_of_graphql(payload["personTimeOff"])
    shown = await gateway.get(f"{time_off_of(people[1])}/{payload['personTimeOff']['sourceId']}")
    assert facts_of_rest(shown.json()["data"]) == facts_of_rest(rest.json()["data"])


@pytest.fixture
def person_fields():
    return """
      sourceId applyToSaturday applyToSunday isPaid reason repeat cadence repeatEndDay
      batchStartTime batchEndTime instances { startDay endDay }
    """


async def test_what_rest_creates_graphql_shows_by_the_same_ids(gateway):
    (entry_id,) = await put_entries(gateway, entry())
    id_ = await put_time_off(gateway)

    answer = await gateway.ask(
        """query ($entry: ID!, $record: ID!) {
          entry: timeOffEntry(id: $entry) { sourceId user { sourceId } }
          record: personTimeOff(id: $record) { sourceId person { sourceId } }
        }""",
        entry=entry_id,
        record=id_,
    )

    assert answer["data"] == {
        "entry": {"sourceId": entry_id, "user": {"sourceId": "1"}},
        "record": {"sourceId": id_, "person": {"sourceId": builders.PERSON}},
    }
