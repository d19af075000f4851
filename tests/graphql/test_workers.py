"""Who is one human: joined by e-mail, linked or kept apart by somebody's word."""

import pytest

from tests.builders import (
    OTHER_COMPANY,
    OTHER_PERSON,
    PERSON,
    UNKNOWN_UUID,
    company,
    entry,
    node_id,
    person,
    user,
    uuid,
)
from tests.graphql.api import REFUSAL, put, put_entries, put_person_time_off, refusal

pytestmark = [pytest.mark.usefixtures("everyone"), pytest.mark.rule("4.1")]

LIST = """
{ workers { nodes { id fullName email user { sourceId } person { sourceId } } } }
"""
LINK = (
    """
    mutation Link($userId: ID!, $personId: ID!) {
      linkWorker(input: {userId: $userId, personId: $personId}) {
        worker { id user { sourceId } person { sourceId } }
        userErrors { ...Refusal }
      }
    }
    """
    + REFUSAL
)
UNLINK = (
    """
    mutation Unlink($workerId: ID!) {
      unlinkWorker(input: {workerId: $workerId}) {
        workers { id user { sourceId } person { sourceId } }
        userErrors { ...Refusal }
      }
    }
    """
    + REFUSAL
)
ADA = user(emailAddress="ada@example.com")
GRACE = person(email="ada@example.com")
USER_1 = node_id("Worker", "U1")
PERSON_1 = node_id("Worker", f"P{PERSON}")


async def pairs(ask):
    """Each worker as (user, person), sorted."""
    answer = await ask(LIST)
    nodes = answer["data"]["workers"]["nodes"]
    ends = (
        tuple(each[end] and each[end]["sourceId"] for end in ("user", "person")) for each in nodes
    )
    return sorted(ends, key=repr)


async def link(ask, user_id="1", person_id=PERSON):
    return (await ask(LINK, userId=user_id, personId=person_id))["data"]["linkWorker"]


async def unlink(ask, worker_id=USER_1):
    return (await ask(UNLINK, workerId=worker_id))["data"]["unlinkWorker"]


async def test_a_user_and_a_person_are_two_workers_until_something_joins_them(ask):
    answer = await ask(LIST)

    assert answer["data"]["workers"]["nodes"] == [
        {
            "id": USER_1,
            "fullName": "Ada Lovelace",
            "email": None,
            "user": {"sourceId": "1"},
            "person": None,
        },
        {
            "id": PERSON_1,
            "fullName": "Grace Hopper",
            "email": None,
            "user": None,
            "person": {"sourceId": PERSON},
        },
    ]


@pytest.mark.parametrize(
    ("of_user", "of_person", "is_joined"),
    [
        pytest.param("ada@example.com", "ada@example.com", True, id="the same"),
        pytest.param(" Ada@Example.COM", "aDA@example.com ", True, id="trimmed, in any case"),
        pytest.param("ada@example.com", "ada@example.org", False, id="others"),
        pytest.param("zw@x.example", "zw@x.example\u200b", True, id="a zero width space behind"),
        pytest.param("zw@x.example", "\ufeffzw@x.example", True, id="an order mark in front"),
        pytest.param("zw@x.example", "z\u00adw@x.example", True, id="a soft hyphen inside"),
        pytest.param("\u2066zw@x.example\u2069", "zw@x.example", True, id="direction marks"),
        pytest.param("zw@x.example", "\u200e zw@x.example \u200e", True, id="blanks and marks"),
        pytest.param("zo\u00eb@x.example", "zoe\u0308@x.example", True, id="two forms of Unicode"),
        pytest.param("zo\u00eb@x.example", "zoe@x.example", False, id="accents"),
        pytest.param("n/a", "n/a", False, id="no e-mail"),
        pytest.param("@x.example", "@x.example", False, id="nothing before the sign"),
        pytest.param("ada@", "ada@", False, id="nothing behind it"),
        pytest.param("\u200b", "\u200b", False, id="nothing that can be seen"),
        pytest.param("", "", False, id="empty"),
        pytest.param(" ", " ", False, id="blank"),
        pytest.param(None, None, False, id="none"),
    ],
)
async def test_one_e_mail_makes_one_worker(ask, of_user, of_person, is_joined):
    await put(ask, users=[user(emailAddress=of_user)], people=[person(email=of_person)])

    joined, apart = [("1", PERSON)], [("1", None), (None, PERSON)]
    assert await pairs(ask) == (joined if is_joined else apart)


async def test_the_name_and_e_mail_of_a_joined_worker_are_the_users_first(ask):
    await put(ask, users=[user(emailAddress="Ada@example.com")], people=[GRACE])

    answer = await ask(LIST)

    expected = {
        "id": USER_1,
        "fullName": "Ada Lovelace",
        "email": "Ada@example.com",
        "user": {"sourceId": "1"},
        "person": {"sourceId": PERSON},
    }
    assert answer["data"]["workers"]["nodes"] == [expected]


async def test_a_linked_users_missing_e_mail_is_the_persons(ask):
    await put(ask, people=[person(email="grace@example.com")])
    await link(ask)

    answer = await ask(LIST)

    assert [each["email"] for each in answer["data"]["workers"]["nodes"]] == ["grace@example.com"]


async def test_an_e_mail_that_two_users_have_joins_nobody_until_one_gives_it_up(ask):
    await put(ask, users=[ADA, user(sourceId="2", emailAddress="ADA@example.com")], people=[GRACE])
    shared = await pairs(ask)
    await put(ask, users=[user(sourceId="2", emailAddress=None)])

    assert shared == [("1", None), ("2", None), (None, PERSON)]
    assert await pairs(ask) == [("1", PERSON), ("2", None)]


async def test_a_second_person_with_the_e_mail_separates_those_it_had_joined(ask):
    await put(ask, users=[ADA], people=[GRACE])
    await put(ask, people=[person(sourceId=OTHER_PERSON, email="ada@example.com")])

    assert await pairs(ask) == [("1", None), (None, PERSON), (None, OTHER_PERSON)]


async def test_e_mails_join_within_a_company_only(ask):
    await put(ask, companies=[company(sourceId=OTHER_COMPANY)], users=[ADA])
    await put(
        ask,
        people=[person(sourceId=OTHER_PERSON, companyId=OTHER_COMPANY, email="ada@example.com")],
    )

    assert await pairs(ask) == [("1", None), (None, PERSON), (None, OTHER_PERSON)]


async def test_a_link_joins_whatever_the_e_mails_say_and_lasts(ask):
    await put(
        ask,
        users=[ADA],
        people=[person(), person(sourceId=OTHER_PERSON, email="ada@example.com")],
    )
    by_e_mail = await pairs(ask)

    answer = await link(ask)
    await put(ask, users=[user(fullName="Ada King", emailAddress="ada@example.com")])

    expected = {"id": USER_1, "user": {"sourceId": "1"}, "person": {"sourceId": PERSON}}
    assert by_e_mail == [("1", OTHER_PERSON), (None, PERSON)]
    assert answer == {"worker": expected, "userErrors": []}
    assert await pairs(ask) == [("1", PERSON), (None, OTHER_PERSON)]


async def test_a_link_dissolves_the_earlier_links_of_both_sides(ask):
    await put(
        ask,
        users=[user(), user(sourceId="2", fullName="Bob")],
        people=[person(), person(sourceId=OTHER_PERSON)],
    )
    await link(ask, "1", PERSON)
    await link(ask, "2", OTHER_PERSON)

    await link(ask, "1", OTHER_PERSON)

    assert await pairs(ask) == [("1", OTHER_PERSON), ("2", None), (None, PERSON)]


async def test_those_whom_a_link_sets_free_are_joined_by_their_e_mails_again(ask):
    await put(
        ask,
        users=[ADA, user(sourceId="2", fullName="Bob")],
        people=[GRACE, person(sourceId=OTHER_PERSON)],
    )
    await link(ask, "1", OTHER_PERSON)
    linked = await pairs(ask)

    await link(ask, "2", OTHER_PERSON)

    assert linked == [("1", OTHER_PERSON), ("2", None), (None, PERSON)]
    assert await pairs(ask) == [("1", PERSON), ("2", OTHER_PERSON)]


async def test_an_unlink_splits_a_worker_and_bars_that_pair_only(ask):
    await put(ask, users=[ADA], people=[GRACE])

    answer = await unlink(ask)
    await put(ask, users=[ADA | {"headline": "touched again"}])
    apart = await pairs(ask)
    await put(
        ask, people=[person(email=None), person(sourceId=OTHER_PERSON, email=ADA["emailAddress"])]
    )

    assert answer == {
        "workers": [
            {"id": USER_1, "user": {"sourceId": "1"}, "person": None},
            {"id": PERSON_1, "user": None, "person": {"sourceId": PERSON}},
        ],
        "userErrors": [],
    }
    assert apart == [("1", None), (None, PERSON)]
    assert await pairs(ask) == [("1", OTHER_PERSON), (None, PERSON)]


async def test_a_link_wins_over_a_bar_of_its_pair_and_an_unlink_over_a_link(ask):
    await put(ask, users=[ADA], people=[GRACE])

    states = []
    for step in (unlink, link, unlink, link):
        await step(ask)
        states.append(await pairs(ask))

    apart, joined = [("1", None), (None, PERSON)], [("1", PERSON)]
    assert states == [apart, joined, apart, joined]


async def test_a_link_dissolves_the_bars_of_both_sides(ask):
    await put(
        ask,
        users=[ADA, user(sourceId="2", fullName="Bob")],
        people=[GRACE, person(sourceId=OTHER_PERSON)],
    )
    await unlink(ask)
    await link(ask, "1", OTHER_PERSON)

    await link(ask, "2", OTHER_PERSON)

    assert await pairs(ask) == [("1", PERSON), ("2", OTHER_PERSON)]


async def test_the_id_that_a_joined_person_had_alone_resolves_to_the_joined_worker(ask):
    await link(ask)

    answer = await ask(
        """
        query Find($id: ID!, $ids: [ID!]!) {
          worker(id: $id) { id }
          node(id: $id) { id }
          nodes(ids: $ids) { id }
          workers(filter: {workerIds: [$id]}) { nodes { id } }
        }
        """,
        id=PERSON_1,
        ids=[PERSON_1, USER_1],
    )

    joined = {"id": USER_1}
    assert answer == {
        "data": {
            "worker": joined,
            "node": joined,
            "nodes": [joined, joined],
            "workers": {"nodes": [joined]},
        }
    }


async def test_a_worker_may_be_split_by_the_id_that_its_person_had_alone(ask):
    await link(ask)

    answer = await unlink(ask, PERSON_1)

    assert [each["id"] for each in answer["workers"]] == [USER_1, PERSON_1]


@pytest.mark.rule("6.2")
@pytest.mark.parametrize(
    ("user_id", "person_id", "expected"),
    [
        pytest.param("404", PERSON, [refusal("NOT_FOUND", "userId")], id="unknown user"),
        pytest.param("1", UNKNOWN_UUID, [refusal("NOT_FOUND", "personId")], id="unknown person"),
        pytest.param(
            "1", OTHER_PERSON, [refusal("NOT_FOUND", "personId")], id="person of another company"
        ),
        pytest.param(
            "x",
            node_id("User", 1),
            [refusal("INVALID_VALUE", "userId"), refusal("NOT_FOUND", "personId")],
            id="ill-formed user, person of another type",
        ),
    ],
)
async def test_a_refused_link_says_why_and_stores_nothing(
    ask, stored, user_id, person_id, expected
):
    await put(ask, companies=[company(sourceId=OTHER_COMPANY)])
    await put(ask, people=[person(sourceId=OTHER_PERSON, companyId=OTHER_COMPANY)])
    before = await stored()

    answer = await link(ask, user_id, person_id)

    assert answer == {"worker": None, "userErrors": expected}
    assert await stored() == before


@pytest.mark.parametrize(
    ("worker_id", "code"),
    [
        pytest.param(USER_1, "INVALID_VALUE", id="known to one system only"),
        pytest.param(node_id("Worker", "U404"), "NOT_FOUND", id="unknown"),
        pytest.param(node_id("User", 1), "NOT_FOUND", id="another type"),
        pytest.param("U1", "INVALID_VALUE", id="no node id"),
        pytest.param(node_id("Worker", "U9999999999999999999"), "INVALID_VALUE", id="too large"),
    ],
)
async def test_a_refused_unlink_says_why_and_stores_nothing(ask, stored, worker_id, code):
    before = await stored()

    answer = await unlink(ask, worker_id)

    assert answer == {"workers": [], "userErrors": [refusal(code, "workerId")]}
    assert await stored() == before


async def test_linking_those_who_are_one_worker_already_leaves_them_so(ask):
    await link(ask)

    answer = await link(ask, node_id("User", 1), node_id("Person", PERSON))

    assert answer["userErrors"] == []
    assert await pairs(ask) == [("1", PERSON)]


async def test_users_and_people_know_their_worker(ask):
    await link(ask)

    answer = await ask(
        """
        { users { nodes { worker { id person { sourceId } } } }
          people { nodes { worker { id user { sourceId } } } } }
        """
    )

    assert answer == {
        "data": {
            "users": {"nodes": [{"worker": {"id": USER_1, "person": {"sourceId": PERSON}}}]},
            "people": {"nodes": [{"worker": {"id": USER_1, "user": {"sourceId": "1"}}}]},
        }
    }


# Why, and what a link or a split would change

WHY = """
{ workers { nodes { id joinedBy apart { reason others { id } } } } }
"""
DRY_LINK = (
    """
    mutation Link($userId: ID!, $personId: ID!) {
      linkWorker(input: {userId: $userId, personId: $personId, dryRun: true}) {
        worker {
          id joinedBy apart { reason }
          schedule(from: "2026-03-02", to: "2026-03-03") {
            days { date hoursOff discrepancy contributions { hours } }
          }
        }
        workersBefore {
          id person { sourceId }
          schedule(from: "2026-03-02", to: "2026-03-02") { days { hoursOff discrepancy } }
        }
        workersAfter {
          id person { sourceId }
          schedule(from: "2026-03-02", to: "2026-03-02") { days { hoursOff discrepancy } }
        }
        userErrors { ...Refusal }
      }
    }
    """
    + REFUSAL
)
DRY_UNLINK = (
    """
    mutation Unlink($workerId: ID!) {
      unlinkWorker(input: {workerId: $workerId, dryRun: true}) {
        workers { id joinedBy apart { reason others { id } } }
        workersBefore { id }
        workersAfter {
          id schedule(from: "2026-03-02", to: "2026-03-02") { days { hoursOff discrepancy } }
        }
        userErrors { ...Refusal }
      }
    }
    """
    + REFUSAL
)


async def reasons(ask):
    """How it is with each worker: joined by what, or why apart, and from whom."""
    nodes = (await ask(WHY))["data"]["workers"]["nodes"]
    return {
        each["id"]: each["joinedBy"]
        or (each["apart"]["reason"], [other["id"] for other in each["apart"]["others"]])
        for each in nodes
    }


async def test_a_worker_says_what_joins_it_or_why_it_is_apart(ask):
    without = await reasons(ask)
    await put(ask, users=[ADA], people=[GRACE])
    by_email = await reasons(ask)
    await unlink(ask)
    split = await reasons(ask)
    await link(ask)
    linked = await reasons(ask)
    await put(ask, users=[ADA | {"sourceId": "2", "fullName": "Bea"}])
    shared = await reasons(ask)

    bea = node_id("Worker", "U2")
    assert without == {USER_1: ("NO_EMAIL", []), PERSON_1: ("NO_EMAIL", [])}
    assert by_email == {USER_1: "EMAIL"}
    assert split == {USER_1: ("SPLIT", [PERSON_1]), PERSON_1: ("SPLIT", [USER_1])}
    assert linked == {USER_1: "LINK"}
    # Ada's user and Grace are one worker, which is named once.
    assert shared == {USER_1: "LINK", bea: ("EMAIL_SHARED", [USER_1])}


async def test_only_so_many_of_those_who_share_an_e_mail_are_named(ask):
    many = [user(sourceId=str(number), emailAddress="a@x.example") for number in range(1, 21)]
    await put(ask, users=many)

    found = await reasons(ask)

    reason, others = found[node_id("Worker", "U20")]
    assert reason == "EMAIL_SHARED"
    assert others == [node_id("Worker", f"U{number}") for number in range(1, 11)]


@pytest.mark.rule("6.5")
async def test_a_dry_link_shows_the_days_as_they_would_become_and_stores_nothing(ask, stored):
    await put_entries(ask, entry(hours=3, requestedDate="2026-03-02"))
    await put_person_time_off(
        ask, startDay="2026-03-02", endDay="2026-03-03", batchStartTime="08:00",
        batchEndTime="12:00",
    )  # fmt: skip
    before = await stored()

    answer = (await ask(DRY_LINK, userId="1", personId=PERSON))["data"]["linkWorker"]

    assert answer == {
        "worker": {
            "id": USER_1,
            "joinedBy": "LINK",
            "apart": None,
            "schedule": {
                "days": [
                    {
                        "date": "2026-03-02",
                        "hoursOff": 4,
                        "discrepancy": "HOURS_DIFFER",
                        "contributions": [{"hours": 3}, {"hours": 4}],
                    },
                    {
                        "date": "2026-03-03",
                        "hoursOff": 4,
                        "discrepancy": "ONLY_IN_PROCORE_WORKFORCE_PLANNING",
                        "contributions": [{"hours": 4}],
                    },
                ]
            },
        },
        "workersBefore": [
            {
                "id": id_,
                "person": whose,
                "schedule": {"days": [{"hoursOff": hours, "discrepancy": None}]},
            }
            for id_, whose, hours in ((USER_1, None, 3), (PERSON_1, {"sourceId": PERSON}, 4))
        ],
        "workersAfter": [
            {
                "id": USER_1,
                "person": {"sourceId": PERSON},
                "schedule": {"days": [{"hoursOff": 4, "discrepancy": "HOURS_DIFFER"}]},
            }
        ],
        "userErrors": [],
    }
    assert await stored() == before


@pytest.mark.rule("6.5")
async def test_a_dry_split_shows_both_as_they_would_become_and_stores_nothing(ask, stored):
    await put(ask, users=[ADA], people=[GRACE])
    await put_entries(ask, entry(hours=8, requestedDate="2026-03-02"))
    before = await stored()

    answer = (await ask(DRY_UNLINK, workerId=USER_1))["data"]["unlinkWorker"]

    apart = {USER_1: PERSON_1, PERSON_1: USER_1}
    assert answer == {
        "workers": [
            {
                "id": id_,
                "joinedBy": None,
                "apart": {"reason": "SPLIT", "others": [{"id": other}]},
            }
            for id_, other in apart.items()
        ],
        "workersBefore": [{"id": USER_1}],
        "workersAfter": [
            {"id": id_, "schedule": {"days": [{"hoursOff": hours, "discrepancy": None}]}}
            for id_, hours in ((USER_1, 8), (PERSON_1, 0))
        ],
        "userErrors": [],
    }
    assert await stored() == before


async def test_a_link_tells_of_everybody_whom_it_parts(ask):
    await put(ask, users=[ADA, user(sourceId="2", fullName="Bea")], people=[GRACE])

    answer = (await ask(DRY_LINK, userId="2", personId=PERSON))["data"]["linkWorker"]

    bea = node_id("Worker", "U2")
    ends = {
        name: {each["id"]: each["person"] and each["person"]["sourceId"] for each in answer[name]}
        for name in ("workersBefore", "workersAfter")
    }
    assert ends == {
        "workersBefore": {USER_1: PERSON, bea: None},
        "workersAfter": {USER_1: None, bea: PERSON},
    }


@pytest.mark.parametrize(
    ("known_to", "expected"),
    [
        pytest.param("BOTH", [("1", PERSON)], id="both"),
        pytest.param("ONLY_KANTATA_OX", [("2", None)], id="Kantata alone"),
        pytest.param("ONLY_PROCORE_WORKFORCE_PLANNING", [(None, OTHER_PERSON)], id="Procore alone"),
    ],
)
async def test_workers_are_found_by_the_systems_that_know_them(ask, known_to, expected):
    await put(
        ask,
        users=[ADA, user(sourceId="2", fullName="Bea")],
        people=[GRACE, person(sourceId=OTHER_PERSON)],
    )

    answer = await ask(
        """
        query Find($filter: WorkerFilter) {
          workers(filter: $filter) { nodes { user { sourceId } person { sourceId } } totalCount }
        }
        """,
        filter={"knownTo": known_to},
    )

    found = answer["data"]["workers"]
    ends = [
        tuple(each[end] and each[end]["sourceId"] for end in ("user", "person"))
        for each in found["nodes"]
    ]
    assert (ends, found["totalCount"]) == (expected, 1)


@pytest.mark.rule("4.9")
async def test_workers_are_found_by_whether_they_have_left(ask):
    """Of both systems one has left only where both say so."""
    joe, eve = {"sourceId": "2", "fullName": "Joe"}, {"sourceId": "3", "fullName": "Eve"}
    await put(
        ask,
        users=[ADA, user(**joe, status="INACTIVE"), user(**eve, status="INACTIVE")],
        people=[
            GRACE | {"status": "INACTIVE"},
            person(sourceId=OTHER_PERSON, email="eve@example.com", status="INACTIVE"),
            person(sourceId=uuid(7), firstName="Max"),
        ],
    )
    found = {}
    for has_left in (True, False, None):
        answer = await ask(
            """
            query Find($filter: WorkerFilter) {
              workers(filter: $filter) { nodes { fullName } totalCount }
            }
            """,
            filter={"hasLeft": has_left},
        )
        workers = answer["data"]["workers"]
        found[has_left] = [each["fullName"] for each in workers["nodes"]]
        assert workers["totalCount"] == len(found[has_left])

    assert found[True] == ["Eve", "Grace Hopper", "Joe"]
    assert found[False] == ["Ada Lovelace", "Max Hopper"]
    assert found[None] == ["Ada Lovelace", "Eve", "Grace Hopper", "Joe", "Max Hopper"]
