"""The directory: upserts keyed by source id, all or nothing, and the same again is nothing."""

from typing import Any

import pytest

from tests.builders import (
    COMPANY,
    MONDAY,
    OTHER_COMPANY,
    OTHER_PERSON,
    PERSON,
    TUESDAY,
    WEDNESDAY,
    company,
    entry,
    holiday,
    node_id,
    person,
    role,
    user,
    uuid,
    workweek,
)
from tests.graphql.api import REFUSAL, put, put_entries, refusal

pytestmark = pytest.mark.rule("6.3")

SHOWN = {
    "companies": "id sourceId name minimumWorkersAvailable",
    "roles": "id sourceId name company { sourceId }",
    "users": "id sourceId fullName emailAddress headline role { sourceId } company { sourceId }",
    "people": "id sourceId firstName lastName fullName email employeeNumber status jobTitle "
    "company { sourceId }",
    "workweeks": "id company { sourceId } user { sourceId } effectiveFrom effectiveTo "
    "sunday monday tuesday wednesday thursday friday saturday",
    "holidays": "id sourceId name startDate endDate company { sourceId }",
}
INPUTS = {
    "companies": "CompanyInput",
    "roles": "RoleInput",
    "users": "UserInput",
    "people": "PersonInput",
    "workweeks": "WorkweekInput",
    "holidays": "HolidayInput",
}
BUILDERS = {
    "companies": company,
    "roles": role,
    "users": user,
    "people": person,
    "workweeks": workweek,
    "holidays": holiday,
}
NOUNS = pytest.mark.parametrize("noun", list(BUILDERS))


def key_of(noun, number):
    """The fields that make item ``number`` another one than the builder's."""
    if noun in {"companies", "people"}:
        return {"sourceId": uuid(number)}
    if noun == "workweeks":
        return {"effectiveFrom": f"20{number:02}-06-01"}
    return {"sourceId": str(100 + number)}


async def upsert(ask, noun, *items):
    answer = await ask(
        f"""
        mutation Upsert($items: [{INPUTS[noun]}!]!) {{
          upsert{noun.title()}(input: {{{noun}: $items}}) {{
            {noun} {{ {SHOWN[noun]} }}
            userErrors {{ ...Refusal }}
          }}
        }}
        """
        + REFUSAL,
        items=list(items),
    )
    return answer["data"][f"upsert{noun.title()}"]


async def listed(ask, noun):
    answer = await ask(f"{{ {noun} {{ nodes {{ {SHOWN[noun]} }} }} }}")
    return answer["data"][noun]["nodes"]


@pytest.fixture
async def a_company(ask):
    await put(ask, companies=[company()])


@pytest.mark.usefixtures("a_company")
@pytest.mark.parametrize(
    ("noun", "item", "expected"),
    [
        pytest.param(
            "companies",
            company(name="Beam 🏗️ & Söhne"),
            {
                "id": node_id("Company", COMPANY),
                "sourceId": COMPANY,
                "name": "Beam 🏗️ & Söhne",
                "minimumWorkersAvailable": None,
            },
            id="company",
        ),
        pytest.param(
            "roles",
            role(),
            {
                "id": node_id("Role", 5),
                "sourceId": "5",
                "name": "Carpenter",
                "company": {"sourceId": COMPANY},
            },
            id="role",
        ),
        pytest.param(
            "users",
            user(),
            {
                "id": node_id("User", 1),
                "sourceId": "1",
                "fullName": "Ada Lovelace",
                "emailAddress": None,
                "headline": None,
                "role": None,
                "company": {"sourceId": COMPANY},
            },
            id="user",
        ),
        pytest.param(
            "people",
            person(
                email="Grace@Example.com", employeeNumber="007", jobTitle="Admiral", status=None
            ),
            {
                "id": node_id("Person", PERSON),
                "sourceId": PERSON,
                "firstName": "Grace",
                "lastName": "Hopper",
                "fullName": "Grace Hopper",
                "email": "Grace@Example.com",
                "employeeNumber": "007",
                "status": "ACTIVE",
                "jobTitle": "Admiral",
                "company": {"sourceId": COMPANY},
            },
            id="person, active if new",
        ),
        pytest.param(
            "holidays",
            holiday(endDate="03/06/26"),
            {
                "id": node_id("Holiday", 3),
                "sourceId": "3",
                "name": "Founders' Day",
                "startDate": WEDNESDAY,
                "endDate": "2026-03-06",
                "company": {"sourceId": COMPANY},
            },
            id="holiday",
        ),
    ],
)
async def test_an_upsert_answers_the_object_as_it_is_read(ask, noun, item, expected):
    answer = await upsert(ask, noun, item)

    assert answer == {noun: [expected], "userErrors": []}
    assert await listed(ask, noun) == [expected]


@pytest.mark.usefixtures("everyone")
async def test_a_workweek_answers_its_minutes_and_whose_it_is(ask):
    answer = await upsert(
        ask,
        "workweeks",
        workweek(480),
        workweek(240, userId=node_id("User", 1), effectiveTo="2030-12-31", sunday=1440),
    )

    def minutes(of_workdays, **given):
        days = ("monday", "tuesday", "wednesday", "thursday", "friday")
        return dict.fromkeys(days, of_workdays) | {"saturday": 0, "sunday": 0} | given

    ids = [each.pop("id") for each in answer["workweeks"]]
    common = {"company": {"sourceId": COMPANY}, "effectiveFrom": "2020-01-01"}
    assert answer == {
        "workweeks": [
            common | {"user": None, "effectiveTo": None} | minutes(480),
            common
            | {"user": {"sourceId": "1"}, "effectiveTo": "2030-12-31"}
            | minutes(240, sunday=1440),
        ],
        "userErrors": [],
    }
    found = await ask("query Find($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }", ids=ids)
    assert found == {"data": {"nodes": [{"__typename": "Workweek", "id": id_} for id_ in ids]}}


@pytest.mark.usefixtures("everyone")
@NOUNS
async def test_the_same_upsert_again_changes_nothing(ask, stored, noun):
    items = [BUILDERS[noun](), BUILDERS[noun](**key_of(noun, 7))]
    first = await upsert(ask, noun, *items)
    before = await stored()

    again = await upsert(ask, noun, *items, items[0])

    assert first["userErrors"] == []
    assert again == first
    assert await stored() == before


@pytest.mark.usefixtures("everyone")
async def test_an_optional_field_that_is_left_out_stays_and_null_clears_it(ask):
    await put(ask, roles=[role()])
    full = user(emailAddress="ada@example.com", headline="Analyst", roleId="5")
    await upsert(ask, "users", full)

    left_out = await upsert(ask, "users", user(fullName="Ada King"))
    cleared = await upsert(ask, "users", user(emailAddress=None, headline=None, roleId=None))

    shown = {
        "id": node_id("User", 1),
        "sourceId": "1",
        "fullName": "Ada King",
        "emailAddress": "ada@example.com",
        "headline": "Analyst",
        "role": {"sourceId": "5"},
        "company": {"sourceId": COMPANY},
    }
    nothing = {"fullName": "Ada Lovelace", "emailAddress": None, "headline": None, "role": None}
    assert left_out["users"] == [shown]
    assert cleared["users"] == [shown | nothing]


@pytest.mark.usefixtures("a_company")
async def test_a_company_has_a_minimum_of_workers_until_null_clears_it(ask, stored):
    async def minimum(**given):
        answer = await upsert(ask, "companies", company(**given))
        assert answer["userErrors"] == []
        assert await listed(ask, "companies") == answer["companies"]
        return answer["companies"][0]["minimumWorkersAvailable"]

    assert await minimum(minimumWorkersAvailable=1) == 1
    assert await minimum(minimumWorkersAvailable=1_000_000) == 1_000_000
    assert await minimum(name="Renamed") == 1_000_000
    before = await stored()
    for unfit in (0, -1, 1_000_001):
        answer = await upsert(ask, "companies", company(minimumWorkersAvailable=unfit))
        path = ("companies", "0", "minimumWorkersAvailable")
        assert answer["userErrors"] == [refusal("INVALID_VALUE", *path)]
    assert await stored() == before
    assert await minimum(minimumWorkersAvailable=None) is None


@pytest.mark.usefixtures("everyone")
async def test_a_person_keeps_what_is_left_out_and_null_keeps_the_status(ask):
    optional = {"email": "g@example.com", "employeeNumber": "7", "jobTitle": "Admiral"}
    await upsert(ask, "people", person(status="INACTIVE", **optional))

    kept = await upsert(ask, "people", person())
    null_status = await upsert(ask, "people", person(status=None))
    cleared = await upsert(ask, "people", person(**dict.fromkeys(optional)))

    (shown,) = kept["people"]
    assert shown == shown | optional | {"status": "INACTIVE"}
    assert null_status == kept
    assert cleared["people"] == [shown | dict.fromkeys(optional)]


@pytest.mark.usefixtures("everyone")
async def test_a_workweek_keeps_its_end_when_it_is_left_out(ask):
    ids = [
        (await upsert(ask, "workweeks", item))["workweeks"][0]
        for item in (
            workweek(effectiveTo="2030-01-01"),
            workweek(60),
            workweek(60, effectiveTo=None),
        )
    ]

    assert [each["effectiveTo"] for each in ids] == ["2030-01-01", "2030-01-01", None]
    assert len({each["id"] for each in ids}) == 1


@pytest.mark.usefixtures("everyone")
@NOUNS
async def test_a_batch_with_bad_items_stores_nothing_and_names_each(ask, stored, noun):
    bad_field: dict[str, Any] = {
        "companies": {"name": " "},
        "roles": {"name": ""},
        "users": {"fullName": "a\x00b"},
        "people": {"lastName": "\ud800"},
        "workweeks": {"friday": 1441},
        "holidays": {"endDate": MONDAY},
    }[noun]  # type: ignore[assignment]
    build = BUILDERS[noun]
    before = await stored()

    answer = await upsert(
        ask,
        noun,
        build(**key_of(noun, 7)),
        build(**key_of(noun, 8), **bad_field),
        build(**key_of(noun, 9)),
        build(**key_of(noun, 10), **bad_field),
    )

    (field,) = bad_field
    code = "DAYS_REVERSED" if noun == "holidays" else "INVALID_VALUE"
    assert answer == {noun: [], "userErrors": [refusal(code, noun, n, field) for n in ("1", "3")]}
    assert await stored() == before


@pytest.mark.usefixtures("everyone")
@NOUNS
async def test_a_batch_has_1_to_1000_items(ask, stored, noun):
    before = await stored()

    none = await upsert(ask, noun)
    too_many = await upsert(ask, noun, *[BUILDERS[noun]()] * 1001)

    expected = {noun: [], "userErrors": [refusal("TOO_MANY_ITEMS", noun)]}
    assert none == too_many == expected
    assert await stored() == before


@pytest.mark.usefixtures("everyone")
@pytest.mark.parametrize(
    ("noun", "source_id"),
    [
        pytest.param("companies", "1", id="a company is no number"),
        pytest.param("companies", node_id("Company", COMPANY), id="a company by its node id"),
        pytest.param("people", "1", id="a person is no number"),
        pytest.param("roles", COMPANY, id="a role is no UUID"),
        pytest.param("roles", "0", id="role 0"),
        pytest.param("users", "007", id="a leading zero"),
        pytest.param("users", "1_000", id="an underscore"),
        pytest.param("users", str(2**63 - 1), id="the largest number, which names nobody"),
        pytest.param("users", str(2**63), id="2**63"),
        pytest.param("users", node_id("User", 1), id="a user by its node id"),
        pytest.param("holidays", " 7 ", id="spaces"),
    ],
)
@pytest.mark.rule("6.2")
async def test_a_source_id_has_the_form_of_its_system(ask, stored, noun, source_id):
    before = await stored()

    answer = await upsert(ask, noun, BUILDERS[noun](sourceId=source_id))

    assert answer == {noun: [], "userErrors": [refusal("INVALID_VALUE", noun, "0", "sourceId")]}
    assert await stored() == before


@pytest.mark.usefixtures("everyone")
@pytest.mark.rule("6.2")
@pytest.mark.parametrize("noun", ["roles", "users", "people", "holidays"])
async def test_an_id_that_another_company_holds_is_not_found(ask, stored, noun):
    await put(ask, companies=[company(sourceId=OTHER_COMPANY)])
    await upsert(ask, noun, BUILDERS[noun]())
    before = await stored()

    answer = await upsert(ask, noun, BUILDERS[noun](companyId=OTHER_COMPANY))

    assert answer == {noun: [], "userErrors": [refusal("NOT_FOUND", noun, "0", "sourceId")]}
    assert await stored() == before


SAYS_WHY = """
mutation Move($people: UpsertPeopleInput!, $users: UpsertUsersInput!) {
  upsertPeople(input: $people) { userErrors { code message } }
  upsertUsers(input: $users) { userErrors { code message } }
  linkWorker(input: {userId: 1, personId: "%s"}) { userErrors { code message } }
}
"""


@pytest.mark.usefixtures("everyone")
@pytest.mark.rule("6.2")
async def test_who_sees_both_companies_is_told_how_it_can_be_here(ask):
    await put(ask, companies=[company(sourceId=OTHER_COMPANY)])
    await put(ask, roles=[role(companyId=OTHER_COMPANY)])
    await put(ask, people=[person(sourceId=OTHER_PERSON, companyId=OTHER_COMPANY)])

    answer = await ask(
        SAYS_WHY % OTHER_PERSON,
        people={"people": [person(companyId=OTHER_COMPANY)]},
        users={"users": [user(roleId=role()["sourceId"])]},
    )

    def error(words, where):
        message = f"This {words} belongs to another company, {where}"
        message += (
            ", and stays there. To have one in this company, create it with an id of its own."
            if words == "role"
            else ". To have them in this company, with their time off, move them: "
            "moveWorker, or timeoff move-person."
        )
        return {"userErrors": [{"code": "NOT_FOUND", "message": message}]}

    assert answer["data"] == {
        "upsertPeople": error("person", COMPANY),
        "upsertUsers": error("role", OTHER_COMPANY),
        "linkWorker": error("person", OTHER_COMPANY),
    }


@pytest.mark.usefixtures("everyone")
@pytest.mark.parametrize(
    ("noun", "given", "expected"),
    [
        ("roles", {"companyId": uuid(1)}, refusal("NOT_FOUND", "roles", "0", "companyId")),
        ("users", {"companyId": "x"}, refusal("INVALID_VALUE", "users", "0", "companyId")),
        ("users", {"roleId": "404"}, refusal("NOT_FOUND", "users", "0", "roleId")),
        ("users", {"roleId": "6"}, refusal("NOT_FOUND", "users", "0", "roleId")),
        ("users", {"roleId": ""}, refusal("INVALID_VALUE", "users", "0", "roleId")),
        (
            "users",
            {"roleId": node_id("User", 1)},
            refusal("NOT_FOUND", "users", "0", "roleId"),
        ),
        ("workweeks", {"userId": "404"}, refusal("NOT_FOUND", "workweeks", "0", "userId")),
        ("workweeks", {"userId": "2"}, refusal("NOT_FOUND", "workweeks", "0", "userId")),
        ("workweeks", {"monday": -1}, refusal("INVALID_VALUE", "workweeks", "0", "monday")),
        (
            "workweeks",
            {"effectiveTo": "2019-12-31"},
            refusal("DAYS_REVERSED", "workweeks", "0", "effectiveTo"),
        ),
        (
            "workweeks",
            {"effectiveFrom": "1999-12-31"},
            refusal("INVALID_VALUE", "workweeks", "0", "effectiveFrom"),
        ),
        (
            "holidays",
            {"startDate": "2100-01-01"},
            refusal("INVALID_VALUE", "holidays", "0", "startDate"),
        ),
        ("users", {"fullName": "x" * 256}, refusal("INVALID_VALUE", "users", "0", "fullName")),
        ("users", {"headline": "x" * 256}, refusal("INVALID_VALUE", "users", "0", "headline")),
        ("people", {"firstName": "a\nb"}, refusal("INVALID_VALUE", "people", "0", "firstName")),
        ("people", {"email": "\x00"}, refusal("INVALID_VALUE", "people", "0", "email")),
    ],
    ids=[
        "unknown company",
        "ill-formed company",
        "unknown role",
        "role of another company",
        "empty role",
        "role that is a user",
        "unknown user",
        "user of another company",
        "negative minutes",
        "workweek that ends before it starts",
        "day before the calendar",
        "day after the calendar",
        "name too long",
        "headline too long",
        "name of two lines",
        "NUL in an e-mail",
    ],
)
async def test_an_unfit_item_says_where(ask, noun, given, expected):
    await put(ask, companies=[company(sourceId=OTHER_COMPANY)])
    await put(ask, roles=[role(sourceId="6", companyId=OTHER_COMPANY)])
    await put(ask, users=[user(sourceId="2", companyId=OTHER_COMPANY)])

    answer = await upsert(ask, noun, BUILDERS[noun](**given))

    assert answer == {noun: [], "userErrors": [expected]}


@pytest.mark.rule("6.2")
async def test_uuids_are_compared_without_regard_to_case(ask):
    await upsert(ask, "companies", company(sourceId=COMPANY.upper()))
    await upsert(ask, "people", person(companyId=COMPANY.upper(), sourceId=PERSON.upper()))

    answer = await ask(
        "query Find($id: ID!) { person(id: $id) { sourceId company { sourceId } } }",
        id=PERSON.upper(),
    )

    expected = {"sourceId": PERSON, "company": {"sourceId": COMPANY}}
    assert answer == {"data": {"person": expected}}


@pytest.mark.usefixtures("everyone")
async def test_a_later_item_of_a_batch_overrides_an_earlier_one(ask):
    answer = await upsert(
        ask,
        "users",
        user(sourceId="8", emailAddress="b@example.com"),
        user(sourceId="9"),
        user(sourceId="8", fullName="Bob"),
    )

    names = [(each["sourceId"], each["fullName"], each["emailAddress"]) for each in answer["users"]]
    assert names == [("8", "Bob", "b@example.com"), ("9", "Ada Lovelace", None)]


@pytest.mark.usefixtures("everyone")
@pytest.mark.rule("2.2")
@pytest.mark.parametrize("noun", ["workweeks", "holidays"])
async def test_calendars_are_written_whatever_entries_are_stored_and_leave_them_alone(ask, noun):
    await put_entries(ask, entry(hours=8))
    item = workweek(60) if noun == "workweeks" else holiday(startDate=MONDAY)

    answer = await upsert(ask, noun, item)

    assert answer["userErrors"] == []
    entries = await ask(
        "query On($day: Date!) { timeOffEntry(id: 1) { hours user { possibleHours(on: $day) } } }",
        day=MONDAY,
    )
    possible = {"workweeks": 1.0, "holidays": 0.0}[noun]
    assert entries == {
        "data": {"timeOffEntry": {"hours": 8.0, "user": {"possibleHours": possible}}}
    }


@pytest.mark.usefixtures("everyone")
@pytest.mark.parametrize("noun", ["workweeks", "holidays"])
async def test_deleting_calendars_is_all_or_nothing_and_names_each_bad_id(ask, stored, noun):
    items = [BUILDERS[noun](**key_of(noun, number)) for number in (7, 8)]
    ids = [each["id"] for each in (await upsert(ask, noun, *items))[noun]]
    document = (
        f"""
        mutation Delete($ids: [ID!]!) {{
          delete{noun.title()}(input: {{ids: $ids}}) {{ deletedIds userErrors {{ ...Refusal }} }}
        }}
        """
        + REFUSAL
    )
    unknown = node_id("Holiday", 404) if noun == "holidays" else node_id("Workweek", uuid(404))
    before = await stored()

    refused = await ask(document, ids=[ids[0], unknown, "x", node_id("User", 1)])
    assert await stored() == before
    empty = await ask(document, ids=[])
    deleted = await ask(document, ids=[ids[1], ids[0], ids[1]])

    name = f"delete{noun.title()}"
    assert [refused["data"][name], empty["data"][name], deleted["data"][name]] == [
        {
            "deletedIds": [],
            "userErrors": [
                refusal("NOT_FOUND", "ids", "1"),
                refusal("INVALID_VALUE", "ids", "2"),
                refusal("NOT_FOUND", "ids", "3"),
            ],
        },
        {"deletedIds": [], "userErrors": [refusal("TOO_MANY_ITEMS", "ids")]},
        {"deletedIds": [ids[1], ids[0]], "userErrors": []},
    ]
    assert await listed(ask, noun) == []


@pytest.mark.rule("2.3")
@pytest.mark.usefixtures("everyone")
async def test_possible_hours_are_those_of_the_day_that_is_asked_about(ask):
    await put(
        ask,
        holidays=[holiday()],
        workweeks=[workweek(450), workweek(300, userId="1", effectiveFrom=TUESDAY)],
    )

    answer = await ask(
        """
        { user(id: 1) {
            monday: possibleHours(on: "2026-03-02")
            tuesday: possibleHours(on: "3/3/26")
            holiday: possibleHours(on: "2026-03-04")
            saturday: possibleHours(on: "2026-03-07")
        } }
        """
    )

    expected = {"monday": 7.5, "tuesday": 5.0, "holiday": 0.0, "saturday": 0.0}
    assert answer == {"data": {"user": expected}}


@pytest.mark.usefixtures("everyone")
@pytest.mark.parametrize(
    ("field", "id_"),
    [
        ("company", OTHER_COMPANY),
        ("role", "404"),
        ("user", "404"),
        ("person", OTHER_PERSON),
        ("worker", node_id("Worker", "U404")),
    ],
)
async def test_what_is_unknown_is_null(ask, field, id_):
    answer = await ask(f"query Find($id: ID!) {{ {field}(id: $id) {{ id }} }}", id=id_)

    assert answer == {"data": {field: None}}
