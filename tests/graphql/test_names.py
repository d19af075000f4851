"""Names: kept as sent but trimmed, found and ordered in whatever form they are written (6.4)."""

# ruff: noqa: RUF001 - letters that look alike are what this is about

import base64
import json
from unicodedata import normalize

import pytest

from tests.builders import (
    COMPANY,
    PERSON,
    company,
    entry,
    holiday,
    person,
    person_time_off,
    reference,
    role,
    user,
    uuid,
)
from tests.graphql.api import CREATE_ENTRIES, CREATE_PERSON_TIME_OFF, UPSERTS, put, put_entries

pytestmark = pytest.mark.rule("6.4")

NOTHING_SEEN = [
    pytest.param("", id="nothing"),
    pytest.param(" \t", id="blanks"),
    pytest.param("\u200b", id="a zero width space"),
    pytest.param(" \ufeff\u00ad\u200e\u2060 ", id="blanks and format characters"),
    pytest.param("\u3164", id="a filler"),
]
CREATE_FEED = """
mutation Create($input: CreateCalendarFeedInput!) {
  createCalendarFeed(input: $input) { calendarFeed { name } userErrors { code message path } }
}
"""


def sent(field, text):
    """The document, its variables, and the path of the field that is given the text."""
    noun, _, name = field.partition(".")
    if noun == "references":
        wish = entry(externalReference=reference(**{name: text}))
        return CREATE_ENTRIES, {"input": {"timeOffEntries": [wish]}}
    if noun == "feeds":
        return CREATE_FEED, {"input": {"companyId": COMPANY, "name": text}}
    if noun == "personTimeOff":
        return CREATE_PERSON_TIME_OFF, {"input": person_time_off(**{name: text})}
    nouns = {"companies": company, "roles": role, "users": user, "holidays": holiday}
    return UPSERTS[noun], {"items": [nouns[noun](**{name: text})]}


@pytest.mark.usefixtures("everyone")
@pytest.mark.parametrize("text", NOTHING_SEEN)
@pytest.mark.parametrize(
    "field",
    [
        "companies.name",
        "roles.name",
        "users.fullName",
        "holidays.name",
        "references.serviceName",
        "references.serviceModel",
        "references.serviceModelRef",
        "feeds.name",
        "personTimeOff.reason",
    ],
)
async def test_a_required_text_in_which_nothing_can_be_seen_is_refused(ask, stored, field, text):
    before = await stored()
    document, variables = sent(field, text)

    answer = await ask(document, **variables)

    (payload,) = answer["data"].values()
    ((code, path),) = [(each["code"], each["path"]) for each in payload["userErrors"]]
    assert (code, path[-1]) == ("INVALID_VALUE", field.partition(".")[2])
    assert await stored() == before


@pytest.mark.usefixtures("everyone")
@pytest.mark.parametrize("blank", NOTHING_SEEN)
@pytest.mark.parametrize(
    ("first", "last", "full"),
    [
        pytest.param("Sari", None, "Sari", id="a first name only"),
        pytest.param(None, "Sari", "Sari", id="a last name only"),
        pytest.param(" Sari ", None, "Sari", id="with blanks around"),
    ],
)
async def test_a_person_may_have_one_name_only(ask, blank, first, last, full):
    given = {"firstName": blank if first is None else first, "lastName": last or blank}

    await put(ask, people=[person(**given)])

    answer = await ask("{ people { nodes { firstName lastName fullName worker { fullName } } } }")
    assert answer["data"]["people"]["nodes"] == [
        {
            "firstName": (first or "").strip(),
            "lastName": (last or "").strip(),
            "fullName": full,
            "worker": {"fullName": full},
        }
    ]


@pytest.mark.usefixtures("everyone")
@pytest.mark.parametrize("blank", NOTHING_SEEN)
async def test_a_person_without_any_name_is_refused(ask, stored, blank):
    before = await stored()

    answer = await ask(UPSERTS["people"], items=[person(firstName=blank, lastName=blank)])

    assert answer["data"]["upsertPeople"]["userErrors"] == [
        {
            "code": "INVALID_VALUE",
            "message": "A person has a first name or a last name.",
            "path": ["people", "0", "firstName"],
        }
    ]
    assert await stored() == before


async def test_names_are_kept_as_sent_without_the_blanks_around(ask):
    await put(
        ask,
        companies=[company(name=" Brick \u200b& Beam\t")],
        roles=[role(name="\u00a0Carpenter ")],
        users=[user(fullName=" Ada  Lovelace ", headline=" Analyst ", emailAddress=" a@x.example")],
        people=[person(firstName=" Grace ", lastName="\u3000Hopper", jobTitle=" ")],
        holidays=[holiday(name=" Founders' Day ")],
    )

    answer = await ask(
        "{ companies { nodes { name } } roles { nodes { name } } "
        "users { nodes { fullName headline emailAddress } } "
        "people { nodes { firstName lastName jobTitle } } holidays { nodes { name } } }"
    )
    assert {noun: list_["nodes"] for noun, list_ in answer["data"].items()} == {
        "companies": [{"name": "Brick \u200b& Beam"}],
        "roles": [{"name": "Carpenter"}],
        "users": [
            {"fullName": "Ada  Lovelace", "headline": "Analyst", "emailAddress": "a@x.example"}
        ],
        "people": [{"firstName": "Grace", "lastName": "Hopper", "jobTitle": None}],
        "holidays": [{"name": "Founders' Day"}],
    }


FOUND = [
    ("Zoë Acacia", ["zoe", "ZOË", "Zoe\u0308", "zo\u200be", " zoë ", "oë a"]),
    (normalize("NFD", "José Ñandú"), ["jose", "José", "nandu", "É Ñ"]),
    ("Łukasz Groß", ["lukasz", "GROSS", "groß"]),
    ("Işık O’Neill", ["isik", "IŞIK", "o'neill"]),
    ("Søren\u00a0Æbelø", ["soren aebelo", "belø"]),
    ("50% off_/x", ["0%", "F_", "_/x"]),
]


@pytest.mark.parametrize(("name", "parts"), FOUND)
async def test_a_name_is_found_in_any_form(ask, name, parts):
    others = {"companyId": COMPANY, "sourceId": "2", "fullName": "Quinn"}
    await put(
        ask,
        companies=[company(name=name)],
        roles=[role(name=name), role(sourceId="6", name="Quinn")],
        users=[user(fullName=name), others],
        people=[person(firstName=name, lastName=""), person(sourceId=uuid(1), firstName="Quinn")],
    )
    document = """
    query Find($name: String!, $company: ID!) {
      companies(filter: {name: $name}) { nodes { name } }
      roles(filter: {name: $name}) { nodes { name } }
      users(filter: {name: $name}) { nodes { name: fullName } }
      people(filter: {name: $name}) { nodes { name: fullName } }
      workers(filter: {name: $name}) { nodes { name: fullName } }
      schedule(from: "2026-03-02", to: "2026-03-02", filter: {name: $name, companyId: $company}) {
        nodes { worker { name: fullName } }
      }
    }
    """

    for part in parts:
        answer = await ask(document, name=part, company=COMPANY)
        found = {noun: list_["nodes"] for noun, list_ in answer["data"].items()}
        scheduled = [each["worker"] for each in found.pop("schedule")]
        once = [{"name": name}]
        assert found == {
            **dict.fromkeys(("companies", "roles", "users", "people"), once),
            "workers": once * 2,
        }, part
        assert scheduled == once * 2, part


async def test_a_part_that_is_not_in_the_name_finds_nobody(ask):
    await put(ask, companies=[company()], users=[user(fullName="Zoë Acacia")])

    for part in ("zoee", "acacia\nzoe", "zoe\u0308e", "a\u0327\u0327z"):
        answer = await ask(
            "query Find($name: String!) { users(filter: {name: $name}) { nodes { id } } }",
            name=part,
        )
        assert answer["data"]["users"]["nodes"] == [], part


async def test_names_stand_beside_their_like_and_the_text_breaks_ties(ask):
    names = ["Zed", "Éa", "eb", "EA", "Ea", "ea", "Eá", "Ann B", "Ann", "ann", "Ännchen", "Anna"]
    numbers = {name: str(n) for n, name in enumerate(names, start=1)}
    await put(
        ask,
        companies=[company()],
        users=[user(sourceId=n, fullName=name) for name, n in numbers.items()],
        people=[
            person(sourceId=uuid(int(n)), firstName=name, lastName="")
            for name, n in numbers.items()
        ],
    )
    expected = [
        "Ann",
        "ann",
        "Ann B",
        "Anna",
        "Ännchen",
        "EA",
        "Ea",
        "Eá",
        "ea",
        "Éa",
        "eb",
        "Zed",
    ]

    for list_, times in (("users", 1), ("people", 1), ("workers", 2)):
        found, after = [], None
        while True:
            answer = await ask(
                f"query Page($after: String) {{ {list_}(first: 5, after: $after) {{ "
                "nodes { fullName } pageInfo { endCursor hasNextPage } } }",
                after=after,
            )
            page = answer["data"][list_]
            found += [each["fullName"] for each in page["nodes"]]
            after = page["pageInfo"]["endCursor"]
            if not page["pageInfo"]["hasNextPage"]:
                break
        assert found == [name for name in expected for _ in range(times)], list_


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("각" * 255, id="Korean syllables, which come apart"),
        pytest.param("\ufdfa" * 255, id="a ligature of eighteen letters"),
        pytest.param("\U0001e900" * 255, id="letters of four bytes"),
        pytest.param("ΐ" * 255, id="letters with two accents"),
    ],
)
async def test_the_longest_names_are_stored_listed_and_found(ask, name):
    await put(
        ask,
        companies=[company()],
        users=[user(fullName=name), user(sourceId="2", fullName=name)],
        people=[person(firstName=name, lastName=name)],
    )
    document = """
    query Page($name: String, $after: String) {
      workers(first: 1, after: $after, filter: {name: $name}) {
        nodes { fullName } pageInfo { endCursor hasNextPage }
      }
    }
    """

    found, after, has_next = [], None, True
    while has_next:
        page = (await ask(document, name=name[:20], after=after))["data"]["workers"]
        found += [each["fullName"] for each in page["nodes"]]
        after, has_next = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
    assert found == [name, name, f"{name} {name}"]


@pytest.mark.parametrize(
    ("list_", "key"),
    [
        ("users", ["FULL_NAME", "ada lovelace", 1]),
        ("people", ["FULL_NAME", "grace hopper", PERSON]),
        ("workers", ["FULL_NAME", "ada lovelace", "U1"]),
        ("companies", ["NAME", "brick & beam", COMPANY]),
        ("roles", ["NAME", "carpenter", 5]),
        ('schedule(from: "2026-03-02", to: "2026-03-02"', ["FULL_NAME", "ada lovelace", "U1"]),
        (
            'discrepancies(from: "2026-03-02", to: "2026-03-02"',
            ["WORKER_DATE", "ada lovelace", "U1", "2026-03-02"],
        ),
    ],
)
async def test_a_cursor_of_an_earlier_version_is_refused(ask, list_, key):
    place = list_ if "(" in list_ else f"{list_}("
    text = json.dumps(key, separators=(",", ":"), ensure_ascii=False)
    earlier = base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")

    answer = await ask(
        f"query Page($c: String) {{ {place} after: $c) {{ pageInfo {{ hasNextPage }} }} }}",
        c=earlier,
    )

    (error,) = answer["errors"]
    assert error["extensions"] == {"code": "BAD_USER_INPUT", "path": ["after"]}


async def test_a_calendar_feed_finds_a_name_in_any_form(ask):
    await put(ask, companies=[company()], users=[user(fullName="Zoë Acacia")])
    await put_entries(ask, entry())

    answer = await ask(CREATE_FEED, input={"companyId": COMPANY, "name": " ZOE\u0308 "})

    assert answer["data"]["createCalendarFeed"] == {
        "calendarFeed": {"name": "ZOE\u0308"},
        "userErrors": [],
    }
