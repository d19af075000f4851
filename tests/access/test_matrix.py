"""Every root field by every role, of one's own and of another worker, company and foreign one.

What is expected is read from `@requires` in the schema; a field without a call fails.
"""

from typing import Any

import pytest

from app.domain.access import PERMISSIONS_OF, AccessRole, OwnWorker, Permission
from graphql_schema.access.requires import Requires
from graphql_schema.schema import schema
from tests.access.samples import MUTATIONS, QUERIES, mutation, query
from tests.builders import COMPANY, OTHER_COMPANY, PERSON, node_id
from tests.callers import caller
from tests.graphql.test_tenants import answering

ROOTS = (("Query", query, QUERIES), ("Mutation", mutation, MUTATIONS))
NEEDS_NOTHING = {"viewer"}
SHOWS_ONE_S_OWN = {"calendarFeeds"}
OF_A_FEED = {"renewCalendarFeed", "revokeCalendarFeed", "deleteCalendarFeed"}
"""Who manages only the own feeds does not learn that another's is there."""


def policies(type_name):
    """The permission of each field, and the one that is enough for what is one's own."""
    found: dict[str, Any] = {}
    type_: Any = schema.get_type_by_name(type_name)
    for field in type_.fields:
        name = schema.config.name_converter.from_field(field)
        found[name] = (Permission.READ_TIME_OFF, None)
        for directive in field.directives:
            if isinstance(directive, Requires):
                own = directive.of_own and directive.of_own.value
                found[name] = (directive.permission.value, own)
    return found


def of_role(role, *companies):
    """A caller who is Ada, the user 1."""
    return caller(
        role.value,
        frozenset(companies),
        permissions=PERMISSIONS_OF[role],
        reads_reasons=True,
        worker=OwnWorker(COMPANY, 1, PERSON),
    )


def test_every_field_has_a_call_and_every_mutation_a_policy():
    for type_name, _, calls in ROOTS:
        assert policies(type_name).keys() == calls.keys()
    for name, (permission, _) in policies("Mutation").items():
        assert permission is not Permission.READ_TIME_OFF, name


@pytest.mark.parametrize("role", AccessRole)
async def test_every_role_may_do_what_the_schema_says(database_url, whose, role):
    wrong = []
    async with answering(database_url, of_role(role, COMPANY)) as ask_as:
        for type_name, document, _ in ROOTS:
            for name, policy in policies(type_name).items():
                for user, data in whose.items():
                    answer = await ask_as(document(name, data))
                    if _told(answer) not in _expected(name, policy, role, is_own=user == "1"):
                        wrong.append((name, user, answer))
    assert wrong == []


@pytest.mark.parametrize("role", AccessRole)
async def test_nobody_reaches_a_foreign_company(database_url, whose, role):
    async with answering(database_url, of_role(role, OTHER_COMPANY)) as ask_as:
        for type_name, document, _ in ROOTS:
            for name in policies(type_name).keys() - NEEDS_NOTHING:
                answer = await ask_as(document(name, whose["2"]))
                assert _shows_nothing(answer), (name, answer)


def _expected(name, policy, role, *, is_own):
    permission, own = policy
    if name in NEEDS_NOTHING or permission in PERMISSIONS_OF[role]:
        return {"done", "NOT_FOUND"}
    if own in PERMISSIONS_OF[role] and (is_own or name in SHOWS_ONE_S_OWN):
        return {"done", "NOT_FOUND"}
    return {"NOT_FOUND"} if name in OF_A_FEED else {"FORBIDDEN", "NOT_PERMITTED"}


def _told(answer):
    """What became of a call, in one word."""
    for error in answer.get("errors", ()):
        assert not (answer["data"] or {}).get("answer")
        return error["extensions"]["code"]
    found = answer["data"]["answer"]
    for error in found["userErrors"] if isinstance(found, dict) and "userErrors" in found else ():
        if error["code"] in {"NOT_PERMITTED", "NOT_FOUND"}:
            return error["code"]
    return "done"


def _shows_nothing(answer):
    if "errors" in answer:
        return True
    found = answer["data"]["answer"]
    if isinstance(found, dict) and "userErrors" in found:
        return bool(found["userErrors"])
    shown = found["nodes"] if isinstance(found, dict) else found or []
    return all(each in (None, {"id": node_id("Company", OTHER_COMPANY)}) for each in shown)
