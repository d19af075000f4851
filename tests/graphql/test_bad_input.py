"""Bad input of every kind: a coded error with its path, alike on both databases.

Nothing is stored, nothing is our fault, and no error repeats what was sent.
"""

import asyncio
import base64
import json
from typing import Any, NamedTuple

import pytest

from tests.builders import (
    COMPANY,
    MONDAY,
    PERSON,
    SATURDAY,
    SUNDAY,
    company,
    entry,
    holiday,
    node_id,
    person,
    person_time_off,
    reference,
    role,
    user,
    workweek,
)
from tests.graphql.api import api, put, put_entries, put_person_time_off, rows_of

pytestmark = [pytest.mark.rule("6.1"), pytest.mark.rule("1.7")]

NAN, INFINITY = float("nan"), float("inf")
NUL, SURROGATE, CONTROL = "se\x00cret", "se\ud800cret", "se\x1bcret"
UNFIT_TEXTS = {"NUL": NUL, "lone surrogate": SURROGATE, "control character": CONTROL}
ILL_FORMED_NUMBERS = {
    "underscore": "1_000",
    "spaces": " 7 ",
    "leading zeros": "007",
    "plus sign": "+5",
    "minus sign": "-5",
    "zero": "0",
    "fraction": "1.0",
    "exponent": "1e3",
    "Arabic-Indic digits": "\u0661\u0662",
    "wide digits": "\uff11\uff12",
    "20 digits": "12345678901234567890",
    "empty": "",
    "line break": "7\n",
    **UNFIT_TEXTS,
}
ILL_FORMED_UUIDS = {
    "number": "7",
    "no hyphens": PERSON.replace("-", ""),
    "braces": "{" + PERSON + "}",
    "urn": "urn:uuid:" + PERSON,
    "one digit less": PERSON[:-1],
    "no hexadecimal digit": PERSON[:-1] + "g",
    "wide digit": PERSON[:-1] + "\uff11",
    "line break": PERSON + "\n",
    "empty": "",
    **UNFIT_TEXTS,
}
UNREADABLE_DAYS = {
    "day and month swapped": "23/10/23",
    "no hyphens": "20240101",
    "week date": "2024-W01-1",
    "ordinal date": "2024-001",
    "date-time": "2024-01-01T00:00:00Z",
    "no such day": "2023-02-29",
    "no such month": "2023-13-01",
    "four-digit year": "10/23/2023",
    "wide digits": "\uff12\uff10\uff12\uff13-11-01",
    "spaces": " 2023-11-01 ",
    "one digit": "2023-1-1",
    "empty": "",
    "words": "tomorrow",
    "NUL": "2023-11-01\x00",
    "lone surrogate": "2023-11-01\ud800",
    "number": 20231101,
    "boolean": True,
    "list": ["2023-11-01"],
    "object": {"year": 2023},
}
UNREADABLE_TIMES = {
    "24 hours": "24:00",
    "60 minutes": "07:60",
    "13 PM": "13:00 PM",
    "0 AM": "0:30 AM",
    "seconds": "07:00:00",
    "zone": "07:00Z",
    "one digit": "7:00",
    "two spaces": "7:00  AM",
    "wide digits": "\uff10\uff17:00",
    "NUL": "07:00\x00",
    "number": 7,
}

CREATE_ENTRIES = """
mutation Bad($input: CreateTimeOffEntriesInput!) {
  answer: createTimeOffEntries(input: $input) { userErrors { code message path } }
}
"""
UPDATE_ENTRY = """
mutation Bad($input: UpdateTimeOffEntryInput!) {
  answer: updateTimeOffEntry(input: $input) { userErrors { code message path } }
}
"""
DELETE_ENTRIES = """
mutation Bad($input: DeleteTimeOffEntriesInput!) {
  answer: deleteTimeOffEntries(input: $input) { userErrors { code message path } }
}
"""
CREATE_RECORD = """
mutation Bad($input: CreatePersonTimeOffInput!) {
  answer: createPersonTimeOff(input: $input) { userErrors { code message path } }
}
"""
UPDATE_RECORD = """
mutation Bad($input: UpdatePersonTimeOffInput!) {
  answer: updatePersonTimeOff(input: $input) { userErrors { code message path } }
}
"""
DELETE_RECORD = """
mutation Bad($input: DeletePersonTimeOffInput!) {
  answer: deletePersonTimeOff(input: $input) { userErrors { code message path } }
}
"""
UPSERTS = {
    noun: f"""
    mutation Bad($input: Upsert{noun.title()}Input!) {{
      answer: upsert{noun.title()}(input: $input) {{ userErrors {{ code message path }} }}
    }}
    """
    for noun in ("companies", "roles", "users", "people", "workweeks", "holidays")
}
RECORD = "11111111-2222-4333-8444-555555555555"
"""Stands for the stored record, whose id only the database knows."""


class Case(NamedTuple):
    """A request with one bad thing in it, and where it is."""

    document: str
    input: dict[str, Any]
    code: str
    path: str


def entries(path, code="INVALID_VALUE", **bad):
    place = f"timeOffEntries.0.{path}"
    return Case(CREATE_ENTRIES, {"timeOffEntries": [entry(**bad)]}, code, place)


def referring(path, code="INVALID_VALUE", **bad):
    return entries(f"externalReference.{path}", code, externalReference=reference(**bad))


def record(path, code="INVALID_VALUE", **bad):
    return Case(CREATE_RECORD, person_time_off(**bad), code, path)


def patch(path, code="INVALID_VALUE", **bad):
    return Case(UPDATE_RECORD, {"id": RECORD} | bad, code, path)


def upsert(noun, path, item, code="INVALID_VALUE"):
    return Case(UPSERTS[noun], {noun: [item]}, code, f"{noun}.0.{path}")


BAD = "BAD_USER_INPUT"
REPEAT = {"repeat": "WEEKLY", "cadence": 1, "repeatEndDay": "2026-12-31"}

CASES = {
    # numbers
    "hours NaN": entries("hours", BAD, hours=NAN),
    "hours infinite": entries("hours", BAD, hours=INFINITY),
    "hours minus infinite": entries("hours", BAD, hours=-INFINITY),
    "hours as text": entries("hours", BAD, hours="8"),
    "hours true": entries("hours", BAD, hours=True),
    "hours null": entries("hours", BAD, hours=None),
    "hours a list": entries("hours", BAD, hours=[8]),
    "hours 0": entries("hours", hours=0),
    "hours -0.0": entries("hours", hours=-0.0),
    "hours negative": entries("hours", hours=-1),
    "hours too fine": entries("hours", hours=7.255),
    "hours hardly any": entries("hours", hours=1e-300),
    "hours two millionths above a hundredth": entries("hours", hours=7.250002),
    "hours beyond every day": entries("hours", "WORKDAY_HOURS_EXCEEDED", hours=1e300),
    "hours 2**63": entries("hours", "WORKDAY_HOURS_EXCEEDED", hours=2**63),
    "update hours NaN": Case(UPDATE_ENTRY, {"id": "1", "hours": NAN}, BAD, "hours"),
    "update hours 0": Case(UPDATE_ENTRY, {"id": "1", "hours": 0}, "INVALID_VALUE", "hours"),
    "update hours 1e300": Case(
        UPDATE_ENTRY, {"id": "1", "hours": 1e300}, "WORKDAY_HOURS_EXCEEDED", "hours"
    ),
    "cadence a fraction": record("cadence", BAD, **REPEAT | {"cadence": 1.5}),
    "cadence NaN": record("cadence", BAD, **REPEAT | {"cadence": NAN}),
    "cadence 2**31": record("cadence", BAD, **REPEAT | {"cadence": 2**31}),
    "cadence as text": record("cadence", BAD, **REPEAT | {"cadence": "1"}),
    "cadence -2**31": record("cadence", **REPEAT | {"cadence": -(2**31)}),
    "cadence 0": record("cadence", **REPEAT | {"cadence": 0}),
    "minutes 1441": upsert("workweeks", "monday", workweek(monday=1441)),
    "minutes -1": upsert("workweeks", "sunday", workweek(sunday=-1)),
    "minutes 2**31": upsert("workweeks", "sunday", workweek(sunday=2**31), BAD),
    # days and times
    **{
        f"entry's day: {name}": entries("requestedDate", BAD, requestedDate=day)
        for name, day in UNREADABLE_DAYS.items()
    },
    "start day swapped": record("startDay", BAD, startDay="23/10/23"),
    "end day a date-time": record("endDay", BAD, endDay="2023-11-01T00:00:00"),
    "end of repeat swapped": record("repeatEndDay", BAD, **REPEAT | {"repeatEndDay": "31/12/26"}),
    "patched day swapped": patch("startDay", BAD, startDay="23/10/23"),
    "holiday swapped": upsert("holidays", "startDate", holiday(startDate="23/10/23"), BAD),
    "workweek swapped": upsert("workweeks", "effectiveTo", workweek(effectiveTo="23/10/23"), BAD),
    **{
        f"time: {name}": record("batchStartTime", BAD, batchStartTime=time)
        for name, time in UNREADABLE_TIMES.items()
    },
    "patched time": patch("batchEndTime", BAD, batchEndTime="25:00"),
    "entry in 1999": entries("requestedDate", requestedDate="1999-12-31"),
    "entry in 2100": entries("requestedDate", requestedDate="2100-01-01"),
    "entry in year 1": entries("requestedDate", requestedDate="0001-01-01"),
    "entry in year 9999": entries("requestedDate", requestedDate="9999-12-31"),
    "record from 1999": record("startDay", startDay="1999-12-31"),
    "record to 2100": record("endDay", endDay="2100-01-01"),
    "record to year 9999": record("endDay", endDay="9999-12-31"),
    "repeat to 2100": record("repeatEndDay", **REPEAT | {"repeatEndDay": "2100-01-01"}),
    "weekly to 2099": record(
        "repeatEndDay", "TOO_MANY_INSTANCES", **REPEAT | {"repeatEndDay": "2099-12-31"}
    ),
    "patch to 2100": patch("endDay", endDay="2100-01-01"),
    "holiday in 2100": upsert("holidays", "endDate", holiday(endDate="2100-01-01")),
    "workweek from 1999": upsert(
        "workweeks", "effectiveFrom", workweek(effectiveFrom="1999-12-31")
    ),
    "workweek to year 9999": upsert("workweeks", "effectiveTo", workweek(effectiveTo="9999-12-31")),
    "end before start": record("endDay", "DAYS_REVERSED", endDay="2026-03-01"),
    "equal times": record("batchEndTime", batchEndTime="07:00"),
    "a weekend": record("startDay", "NO_DAY_COUNTS", startDay=SATURDAY, endDay=SUNDAY),
    # words
    "repeat in small letters": record("repeat", BAD, repeat="weekly"),
    "repeat as number": record("repeat", BAD, repeat=1),
    "status unknown": referring("status", BAD, status="DONE"),
    "status of a person": upsert("people", "status", person(status="active"), BAD),
    "paid as text": record("isPaid", BAD, isPaid="true"),
    "paid null": record("isPaid", BAD, isPaid=None),
    "reason null": record("reason", BAD, reason=None),
    "reason a number": record("reason", BAD, reason=7),
    "reason empty": record("reason", reason=""),
    "reason blank": record("reason", reason=" \n\t"),
    "reason too long": record("reason", reason="x" * 2001),
    "reason patched too long": patch("reason", reason="x" * 2001),
    "reason patched blank": patch("reason", reason=" "),
    **{f"reason: {name}": record("reason", reason=text) for name, text in UNFIT_TEXTS.items()},
    **{
        f"keyed reason: {name}": record("reason", reason=text, idempotencyKey="k")
        for name, text in UNFIT_TEXTS.items()
    },
    **{
        f"patched reason: {name}": patch("reason", reason=text, idempotencyKey="k")
        for name, text in UNFIT_TEXTS.items()
    },
    **{
        f"reference's {field}: {name}": referring(field, **{field: text})
        for field in (
            "serviceName",
            "serviceModel",
            "serviceModelRef",
            "externalMessage",
            "externalLink",
            "externalStatus",
        )
        for name, text in UNFIT_TEXTS.items()
    },
    "reference without service": referring("serviceName", BAD, serviceName=None),
    "service too long": referring("serviceName", serviceName="x" * 256),
    "message too long": referring("externalMessage", externalMessage="x" * 2001),
    "updated reference": Case(
        UPDATE_ENTRY,
        {"id": "1", "hours": 1, "externalReference": reference(externalLink=NUL)},
        "INVALID_VALUE",
        "externalReference.externalLink",
    ),
    **{
        f"{noun}' {field}: {name}": upsert(noun, field, build(**{field: text}))
        for noun, build, fields in (
            ("companies", company, ["name"]),
            ("roles", role, ["name"]),
            ("users", user, ["fullName", "emailAddress", "headline"]),
            ("people", person, ["firstName", "lastName", "email", "employeeNumber", "jobTitle"]),
            ("holidays", holiday, ["name"]),
        )
        for field in fields
        for name, text in (UNFIT_TEXTS | {"too long": "x" * 256}).items()
    },
    # ids
    **{
        f"user's id: {name}": entries("userId", userId=id_)
        for name, id_ in ILL_FORMED_NUMBERS.items()
    },
    **{
        f"entry's id: {name}": Case(DELETE_ENTRIES, {"ids": [id_]}, "INVALID_VALUE", "ids.0")
        for name, id_ in ILL_FORMED_NUMBERS.items()
    },
    **{
        f"user's source id: {name}": upsert("users", "sourceId", user(sourceId=id_))
        for name, id_ in ILL_FORMED_NUMBERS.items()
    },
    **{
        f"person's id: {name}": record("personId", personId=id_)
        for name, id_ in ILL_FORMED_UUIDS.items()
    },
    **{
        f"record's id: {name}": Case(DELETE_RECORD, {"id": id_}, "INVALID_VALUE", "id")
        for name, id_ in ILL_FORMED_UUIDS.items()
    },
    **{
        f"person's source id: {name}": upsert("people", "sourceId", person(sourceId=id_))
        for name, id_ in ILL_FORMED_UUIDS.items()
    },
    "user 2**63": entries("userId", "NOT_FOUND", userId=str(2**63)),
    "user 2**63 - 1": entries("userId", "NOT_FOUND", userId=str(2**63 - 1)),
    "user by a person's node id": entries(
        "userId", "NOT_FOUND", userId=node_id("Person", PERSON)
    ),
    "user by an entry's node id": entries(
        "userId", "NOT_FOUND", userId=node_id("TimeOffEntry", 1)
    ),
    "person by a user's node id": record("personId", "NOT_FOUND", personId=node_id("User", 1)),
    "company by a role's node id": record("companyId", "NOT_FOUND", companyId=node_id("Role", 5)),
    "update of 20 digits": Case(
        UPDATE_ENTRY, {"id": "9" * 20, "hours": 1}, "INVALID_VALUE", "id"
    ),
    "user's id a float": entries("userId", BAD, userId=1.5),
    "user's id a list": entries("userId", BAD, userId=["1"]),
    "user's id null": entries("userId", BAD, userId=None),
    # how many
    "no entries": Case(
        CREATE_ENTRIES, {"timeOffEntries": []}, "TOO_MANY_ITEMS", "timeOffEntries"
    ),
    "1,001 entries": Case(
        CREATE_ENTRIES, {"timeOffEntries": [entry()] * 1001}, "TOO_MANY_ITEMS", "timeOffEntries"
    ),
    "no ids": Case(DELETE_ENTRIES, {"ids": []}, "TOO_MANY_ITEMS", "ids"),
    "101 ids": Case(DELETE_ENTRIES, {"ids": ["1"] * 101}, "TOO_MANY_ITEMS", "ids"),
    "an id that is null": Case(DELETE_ENTRIES, {"ids": [None]}, BAD, "ids.0"),
    # shape
    "no input": Case(CREATE_ENTRIES, {}, BAD, "timeOffEntries"),
    "an unknown field": Case(
        CREATE_ENTRIES, {"timeOffEntries": [entry()], "surplus": "secret"}, BAD, "surplus"
    ),
    "a missing field": Case(
        CREATE_ENTRIES, {"timeOffEntries": [{"userId": "1", "hours": 1}]}, BAD,
        "timeOffEntries.0.requestedDate",
    ),
    "an entry that is text": Case(
        CREATE_ENTRIES, {"timeOffEntries": ["secret"]}, BAD, "timeOffEntries.0"
    ),
    "dry run null": Case(
        CREATE_ENTRIES, {"timeOffEntries": [entry()], "dryRun": None}, BAD, "dryRun"
    ),
    **{
        f"key: {name}": Case(
            CREATE_ENTRIES,
            {"timeOffEntries": [entry()], "idempotencyKey": key},
            "INVALID_VALUE",
            "idempotencyKey",
        )
        for name, key in (
            {"empty": "", "256": "k" * 256, "not ASCII": "sécret"} | UNFIT_TEXTS
        ).items()
    },
}  # fmt: skip


async def fill(database_url):
    async with api(database_url) as ask:
        await put(
            ask,
            companies=[company()],
            roles=[role()],
            users=[user()],
            people=[person()],
            workweeks=[workweek(saturday=480, sunday=480)],
        )
        await put_entries(ask, entry(hours=1, requestedDate="2026-04-01"))
        await put_person_time_off(ask, startDay="2026-04-01", endDay="2026-04-01")
        answer = await ask("{ personTimeOffs { nodes { sourceId } } }")
        return answer["data"]["personTimeOffs"]["nodes"][0]["sourceId"]


@pytest.fixture(scope="module")
def filled(module_database_url):
    """The database's URL, the id of its record, and all that it holds."""
    record_id = asyncio.run(fill(module_database_url))
    return module_database_url, record_id, asyncio.run(rows_of(module_database_url))


@pytest.fixture
async def ask(filled):
    """Nothing here is ever stored, so the tests share one database."""
    async with api(filled[0]) as ask:
        yield ask


def told_by(answer, start):
    """Each refusal, in whichever of the two ways: its code and its path in the input."""
    if "errors" in answer:
        return [
            (error["extensions"]["code"], error["extensions"]["path"][start:])
            for error in answer["errors"]
        ]
    return [(error["code"], error["path"]) for error in answer["data"]["answer"]["userErrors"]]


def bad_part(case):
    """The value that the case's path leads to, or None where something is missing."""
    part: Any = case.input
    for name in case.path.split("."):
        part = part.get(name) if isinstance(part, dict) else part[int(name)]
        if part is None:
            break
    return part


@pytest.mark.rule("4.6")
@pytest.mark.rule("1.1")
@pytest.mark.rule("1.5")
@pytest.mark.rule("1.6")
@pytest.mark.rule("6.2")
@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
async def test_a_bad_value_is_told_by_code_and_path_and_nothing_is_stored_or_repeated(
    ask, filled, case
):
    url, record_id, before = filled
    given = json.loads(json.dumps(case.input).replace(RECORD, record_id))

    answer = await ask(case.document, input=given)

    assert told_by(answer, start=1) == [(case.code, case.path.split("."))]
    assert await rows_of(url) == before
    bad = bad_part(case)
    # Days that could be read are facts of a refusal; what could not be is never told.
    if isinstance(bad, str) and len(bad) > 5 and case.code != "DAYS_REVERSED":
        assert bad not in str(answer)
        assert "cret" not in str(answer)


INLINE = {
    "1e999": ("hours: 1e999", BAD, "timeOffEntries.0.hours"),
    "-1e999": ("hours: -1e999", BAD, "timeOffEntries.0.hours"),
    "9" * 400: (f"hours: {'9' * 400}", BAD, "timeOffEntries.0.hours"),
    "text": ('hours: "secret"', BAD, "timeOffEntries.0.hours"),
    "name": ("hours: secret", BAD, "timeOffEntries.0.hours"),
    "null": ("hours: null", BAD, "timeOffEntries.0.hours"),
    "negative": ("hours: -1", "INVALID_VALUE", "timeOffEntries.0.hours"),
    "unknown field": ("hours: 1, secret: 1", BAD, "timeOffEntries.0.secret"),
    "missing field": ("", BAD, "timeOffEntries.0.hours"),
}


@pytest.mark.parametrize(("text", "code", "path"), INLINE.values(), ids=INLINE.keys())
async def test_a_bad_literal_is_told_by_code_and_path(ask, filled, text, code, path):
    url, _, before = filled

    answer = await ask(
        "mutation { answer: createTimeOffEntries(input: {timeOffEntries: ["
        f'{{userId: 1, requestedDate: "{MONDAY}", {text}}}'
        "]}) { userErrors { code path } } }"
    )

    assert told_by(answer, start=1) == [(code, path.split("."))]
    assert await rows_of(url) == before


@pytest.mark.parametrize(
    "argument",
    [
        pytest.param('companyId: "{x}", after: 7', id="a number for a cursor"),
        pytest.param("companyId: {x: 1}", id="an object for an id"),
        pytest.param("companyId: true", id="a boolean for an id"),
        pytest.param('companyId: "{x}", first: "1"', id="text for a number"),
        pytest.param('companyId: "{x}", first: 99999999999', id="a number of 64 bits"),
        pytest.param('companyId: "{x}", first: 1.5', id="a fraction"),
    ],
)
async def test_bad_arguments_of_a_query_are_bad_input(ask, argument):
    answer = await ask(
        "{ changes(%s) { nodes { sequence } } }" % argument.replace('"{x}"', f'"{COMPANY}"')  # noqa: UP031
    )

    assert [error["extensions"]["code"] for error in answer["errors"]] == [BAD]
    assert answer.get("data") is None


def cursor(*parts):
    text = json.dumps(parts, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


LISTS: dict[str, list[Any]] = {
    "timeOffEntries": ["REQUESTED_DATE", MONDAY, 1],
    "timeOffEntries(orderBy: {field: ID, direction: ASC}": ["ID", 1],
    "timeOffEntries(orderBy: {field: CREATED_AT, direction: ASC}": [
        "CREATED_AT",
        "2026-01-01T00:00:00+00:00",
        1,
    ],
    "personTimeOffs": ["START_DAY", MONDAY, PERSON],
    "personTimeOffs(orderBy: {field: CREATED_AT, direction: DESC}": [
        "-CREATED_AT",
        "2026-01-01T00:00:00+00:00",
        PERSON,
    ],
    "users": ["FULL_NAME", "ada\nAda", 1],
    "people": ["FULL_NAME", "ada\nAda", PERSON],
    "workers": ["FULL_NAME", "ada\nAda", "U1"],
    "companies": ["NAME", "ada\nAda", COMPANY],
    "holidays": ["START_DATE", MONDAY, 1],
    "workweeks": ["EFFECTIVE_FROM", MONDAY, PERSON],
    "externalReferences": ["ID", 1],
}
FORGED: list[Any] = [
    None,
    True,
    1.5,
    [],
    {},
    "",
    "garbage",
    "2026-02-30",
    "2026-01-01T00:00:00",
    "0001-01-01T00:00:00+23:59",
    "a\x00b",
    "\ud800",
    0,
    -1,
    2**31,
    2**63 - 1,
    2**63,
    -(2**63),
    10**30,
    PERSON[:-1] + "g",
    COMPANY,
]


async def after(ask, list_, forged):
    place = list_ if "(" in list_ else f"{list_}("
    return await ask(
        f"query Page($c: String) {{ {place} after: $c) {{ nodes {{ id }} }} }}", c=forged
    )


@pytest.mark.rule("6.4")
@pytest.mark.parametrize("list_", LISTS)
async def test_a_forged_cursor_is_bad_input_or_a_place_in_the_list(ask, list_):
    key = LISTS[list_]
    forgeries = [
        cursor(*key[:place], part, *key[place + 1 :])
        for place in range(len(key))
        for part in FORGED
    ]
    forgeries += [cursor(*key[:-1]), cursor(*key, 1), cursor(key[0]), cursor(), cursor(key)]
    forgeries += [cursor(*key) + "=", cursor(*key)[:-1], "\x00", "\ud800", "é", "A" * 5000]

    answers = [await after(ask, list_, forged) for forged in forgeries]

    refused = [error for answer in answers for error in answer.get("errors", ())]
    assert {(error["extensions"]["code"], *error["extensions"]["path"]) for error in refused} == {
        (BAD, "after")
    }
    assert len(refused) > len(forgeries) / 2
    assert "errors" not in await after(ask, list_, cursor(*key))


@pytest.mark.rule("1.4")
@pytest.mark.parametrize(
    "instant",
    [
        "2026-01-01",
        "2026-01-01T00:00:00",
        "2026-01-01 00:00:00Z",
        "20260101T000000Z",
        "2026-W01-1T00:00:00Z",
        "2026-01-01T25:00:00Z",
        "0001-01-01T00:00:00+23:59",
        "9999-12-31T23:59:59-23:59",
        "\uff12\uff10\uff12\uff16-01-01T00:00:00Z",
        "2026-01-01T00:00:00Z\x00",
        "now",
        "",
        1767225600,
    ],
)
async def test_an_instant_is_written_as_in_rfc_3339_with_its_offset(ask, instant):
    answer = await ask(
        "query Since($since: DateTime) { timeOffEntries(filter: {createdAt: {since: $since}}) {"
        "  totalCount"
        "} }",
        since=instant,
    )

    assert [error["extensions"] for error in answer["errors"]] == [{"code": BAD, "path": ["since"]}]


@pytest.mark.parametrize("day", ["0001-01-01", "1999-12-31", "2100-01-01", "9999-12-31"])
async def test_a_query_may_ask_about_any_day(ask, day):
    answer = await ask(
        """
        query About($day: Date!) {
          user(id: 1) { possibleHours(on: $day) }
          timeOffEntries(filter: {requestedDate: {from: $day, to: $day}}) { totalCount }
          personTimeOffs(filter: {overlaps: {from: $day, to: $day}}) { totalCount }
        }
        """,
        day=day,
    )

    assert "errors" not in answer
    assert answer["data"]["timeOffEntries"] == answer["data"]["personTimeOffs"] == {"totalCount": 0}


async def test_a_reversed_window_of_days_is_bad_input_where_it_is_asked_for(ask):
    window = '(from: "2026-03-03", to: "2026-03-02")'

    answer = await ask(f"{{ timeOffEntry(id: 1) {{ days{window} {{ date }} }} }}")

    (error,) = answer["errors"]
    assert error["path"] == ["timeOffEntry", "days"]
    assert error["extensions"] == {"code": BAD, "path": ["to"]}


@pytest.mark.parametrize("as_variable", [True, False])
@pytest.mark.parametrize(
    ("field", "name", "range_"),
    [
        (f'changes(companyId: "{COMPANY}", filter: %s) {{ nodes {{ sequence }} }}', "Change", "at"),
        ("accessEvents(filter: %s) { nodes { at } }", "AccessEvent", "at"),
        ("timeOffEntries(filter: %s) { nodes { id } }", "TimeOffEntry", "createdAt"),
        ("timeOffEntries(filter: %s) { nodes { id } }", "TimeOffEntry", "updatedAt"),
    ],
)
async def test_a_reversed_range_of_instants_is_bad_input(ask, field, name, range_, as_variable):
    since, until = "2026-03-02T08:00:00Z", "2026-03-02T08:00:00+01:00"

    async def read(since, until):
        if as_variable:
            document = f"query Read($filter: {name}Filter) {{ {field % '$filter'} }}"
            return await ask(document, filter={range_: {"since": since, "until": until}})
        literal = f'{{{range_}: {{since: "{since}", until: "{until}"}}}}'
        return await ask(f"{{ {field % literal} }}")

    for _ in range(2):  # at first, and compiled
        (error,) = (await read(since, until))["errors"]
        assert error["message"] == "`until` is before `since`."
        assert error["extensions"] == {"code": BAD, "path": ["filter", range_, "until"]}
    assert "errors" not in await read(until, since)
    assert "errors" not in await read(since, since)


async def test_names_with_emojis_and_long_ones_are_kept_alike(database_url):
    name = "👩🏽‍💻 " + "é" * 250
    async with api(database_url) as ask:
        await put(ask, companies=[company(name=name)])

        answer = await ask("{ companies { nodes { name } } }")

    assert answer == {"data": {"companies": {"nodes": [{"name": name}]}}}


@pytest.mark.parametrize("cadence", [2, 2**31 - 1])
@pytest.mark.parametrize("repeat", ["WEEKLY", "MONTHLY", "YEARLY"])
async def test_a_huge_cadence_has_one_instance(database_url, repeat, cadence):
    async with api(database_url) as ask:
        await put(ask, companies=[company()], people=[person()])
        id_ = await put_person_time_off(
            ask, repeat=repeat, cadence=cadence, repeatEndDay="2026-03-14"
        )

        answer = await ask(
            "query Read($id: ID!) { personTimeOff(id: $id) { cadence instances { startDay } } }",
            id=id_,
        )

    expected = {"cadence": cadence, "instances": [{"startDay": MONDAY}]}
    assert answer == {"data": {"personTimeOff": expected}}
