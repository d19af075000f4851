"""What upserts of users and people warn of (rule 4.1)."""

import pytest

from tests.builders import OTHER_PERSON, PERSON, company, person, user, uuid
from tests.graphql.api import put

pytestmark = pytest.mark.rule("4.1")

USERS = """
mutation Upsert($items: [UserInput!]!) {
  upsertUsers(input: {users: $items}) { userErrors { code } warnings { code message path } }
}
"""
PEOPLE = """
mutation Upsert($items: [PersonInput!]!) {
  upsertPeople(input: {people: $items}) { userErrors { code } warnings { code message path } }
}
"""
LINK = "mutation Link($user: ID!, $person: ID!) { linkWorker(input: {userId: $user, personId: "
LINK += "$person}) { userErrors { code } } }"
ADA = "ada@example.com"


@pytest.fixture(autouse=True)
async def put_company(ask):
    await put(ask, companies=[company()])


async def warnings(ask, document, *items):
    answer = await ask(document, items=list(items))
    (payload,) = answer["data"].values()
    assert payload["userErrors"] == []
    return [(each["code"], ".".join(each["path"]), each["message"]) for each in payload["warnings"]]


async def joined(ask):
    """Each pair of a user and a person."""
    answer = await ask("{ workers { nodes { user { sourceId } person { sourceId } } } }")
    return [
        (each["user"]["sourceId"], each["person"]["sourceId"])
        for each in answer["data"]["workers"]["nodes"]
        if each["user"] and each["person"]
    ]


def shared(path, others):
    message = f"The e-mail is shared with {others}, so it joins nobody: "
    return "EMAIL_SHARED", path, f"{message}linkWorker says who is one worker."


async def test_one_more_person_with_the_e_mail_of_a_joined_one_is_warned_of(ask):
    await put(ask, users=[user(emailAddress=ADA)], people=[person(email=ADA)])

    told = await warnings(ask, PEOPLE, person(sourceId=OTHER_PERSON, email="ADA@example.com\u200b"))

    assert told == [shared("people.0.email", f"user 1 and person {PERSON}")]
    assert await joined(ask) == []


async def test_an_old_inactive_person_splits_nobody_and_is_not_warned_of(ask):
    await put(ask, users=[user(emailAddress=ADA)], people=[person(email=ADA)])

    old = person(sourceId=OTHER_PERSON, email=ADA, status="INACTIVE")
    told = await warnings(ask, PEOPLE, old)

    assert told == []
    assert await joined(ask) == [("1", PERSON)]


async def test_a_person_who_leaves_gives_way_and_who_comes_back_is_warned_of(ask):
    both = [person(email=ADA), person(sourceId=OTHER_PERSON, email=ADA)]
    await put(ask, users=[user(emailAddress=ADA)], people=both)
    apart = await joined(ask)

    left = await warnings(ask, PEOPLE, person(status="INACTIVE"))
    rejoined = await joined(ask)
    back = await warnings(ask, PEOPLE, person(status="ACTIVE"))

    assert (apart, left, rejoined) == ([], [], [("1", OTHER_PERSON)])
    assert back == [shared("people.0.email", f"user 1 and person {OTHER_PERSON}")]
    assert await joined(ask) == []


async def test_an_inactive_person_is_joined_where_nobody_is_active(ask):
    await put(ask, users=[user(emailAddress=ADA)], people=[person(email=ADA, status="INACTIVE")])

    assert await joined(ask) == [("1", PERSON)]


async def test_each_item_of_a_batch_is_warned_of_by_its_last_mention(ask):
    told = await warnings(
        ask,
        USERS,
        user(sourceId="1", emailAddress=ADA),
        user(sourceId="2", emailAddress="bea@example.com"),
        user(sourceId="3", emailAddress=ADA),
        user(sourceId="1", emailAddress=ADA),
    )

    assert told == [
        shared("users.2.emailAddress", "user 1"),
        shared("users.3.emailAddress", "user 3"),
    ]


async def test_who_is_linked_is_told_apart_and_warned_of_no_more(ask):
    both = [person(email=ADA), person(sourceId=OTHER_PERSON, email=ADA)]
    await put(ask, users=[user(emailAddress=ADA)], people=both)
    await ask(LINK, user="1", person=PERSON)

    assert await warnings(ask, PEOPLE, *both) == []
    assert await warnings(ask, USERS, user(emailAddress=ADA)) == []


async def test_the_same_again_is_told_again(ask):
    both = [person(email=ADA), person(sourceId=OTHER_PERSON, email=ADA)]
    first = await warnings(ask, PEOPLE, *both)

    assert await warnings(ask, PEOPLE, *both) == first
    assert [path for _, path, _ in first] == ["people.0.email", "people.1.email"]


async def test_who_corrects_the_e_mail_is_joined_and_warned_of_no_more(ask):
    both = [person(email=ADA), person(sourceId=OTHER_PERSON, email=ADA)]
    await put(ask, users=[user(emailAddress=ADA)], people=both)

    told = await warnings(
        ask, PEOPLE, person(sourceId=OTHER_PERSON, email="grace@example.com"), person()
    )

    assert told == []
    assert await joined(ask) == [("1", PERSON)]


@pytest.mark.parametrize("text", ["not-an-email", "@example.com", "ada@", " @ ", "ada@\u200b"])
async def test_a_text_that_is_no_e_mail_joins_nobody_and_is_warned_of(ask, text):
    warning = "NOT_AN_EMAIL", "This is no e-mail, so it joins nobody; stored as sent."

    of_users = await warnings(ask, USERS, user(emailAddress=text))
    of_people = await warnings(ask, PEOPLE, person(email=text))

    assert of_users == [(warning[0], "users.0.emailAddress", warning[1])]
    assert of_people == [(warning[0], "people.0.email", warning[1])]
    assert await joined(ask) == []


@pytest.mark.parametrize("text", [None, "", " ", "\u200b", "\u0130@x.example", "a@b", "@@x"])
async def test_what_is_not_warned_of(ask, text):
    assert await warnings(ask, USERS, user(emailAddress=text)) == []


async def test_an_employee_number_that_several_have_is_warned_of(ask):
    told = await warnings(
        ask,
        PEOPLE,
        person(employeeNumber="007"),
        person(sourceId=uuid(1), employeeNumber=" 007 "),
        person(sourceId=uuid(2), employeeNumber="7"),
    )

    def also(other):
        return f"The employee number is also that of person {other}; stored as sent."

    assert told == [
        ("EMPLOYEE_NUMBER_SHARED", "people.0.employeeNumber", also(uuid(1))),
        ("EMPLOYEE_NUMBER_SHARED", "people.1.employeeNumber", also(PERSON)),
    ]


async def test_many_others_are_counted(ask):
    everybody = [person(sourceId=uuid(n), email=ADA, employeeNumber="1") for n in range(1, 7)]
    told = await warnings(ask, PEOPLE, *everybody)

    others = f"person {uuid(2)}, person {uuid(3)}, person {uuid(4)} and 2 more"
    assert told[0] == shared("people.0.email", others)
    assert told[1][2].startswith(f"The employee number is also that of {others}")
    assert len(told) == 12


async def test_other_companies_share_nothing(ask):
    other = "0b6e2f3c-6a6c-4a53-8a37-2f3c1d5e7a90"
    await put(ask, companies=[company(sourceId=other)])
    await put(ask, people=[person(email=ADA, employeeNumber="1")])

    told = await warnings(
        ask,
        PEOPLE,
        person(sourceId=OTHER_PERSON, companyId=other, email=ADA, employeeNumber="1"),
    )

    assert told == []


@pytest.mark.rule("4.1")
@pytest.mark.parametrize("is_named", [True, False])
async def test_who_left_and_is_no_user_is_left_out_unless_named(ask, is_named):
    await put(ask, people=[person(status="INACTIVE"), person(sourceId=OTHER_PERSON)])
    filter_ = {"personIds": [PERSON, OTHER_PERSON]} if is_named else {}

    answer = await ask(
        """
        query Who($filter: WorkerFilter) {
          schedule(from: "2026-03-02", to: "2026-03-02", filter: $filter) {
            nodes { worker { person { sourceId } } }
          }
        }
        """,
        filter=filter_,
    )

    found = {each["worker"]["person"]["sourceId"] for each in answer["data"]["schedule"]["nodes"]}
    assert found == ({PERSON, OTHER_PERSON} if is_named else {OTHER_PERSON})
