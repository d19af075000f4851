"""Writes that say which version they expect, and what is changed by somebody else meanwhile."""

from typing import Any

import pytest

from tests.builders import entry
from tests.graphql.api import REFUSAL, put_entries, put_person_time_off

CHANGED = """
fragment Changed on UserError {
  ...Refusal
  ... on ChangedSince {
    updatedAt
    current {
      id updatedAt totalHours
      ... on TimeOffEntry { externalReferences { serviceModelRef } }
      ... on PersonTimeOff { isPaid reason }
    }
  }
}
"""


def mutation(name, shown=""):
    input_type = f"{name[0].upper()}{name[1:]}Input!"
    return (
        f"mutation Write($input: {input_type}) {{ answer: {name}(input: $input) "
        f"{{ {shown} userErrors {{ ...Changed }} }} }} {CHANGED} {REFUSAL}"
    )


UPDATE_ENTRY = mutation("updateTimeOffEntry", "timeOffEntry { hours updatedAt }")
UPDATE_RECORD = mutation("updatePersonTimeOff", "personTimeOff { isPaid updatedAt }")
DELETE_ENTRIES = mutation("deleteTimeOffEntries", "deletedIds")
DELETE_RECORD = mutation("deletePersonTimeOff", "deletedId")
WRITES: dict[str, tuple[str, dict[str, Any]]] = {
    "updateTimeOffEntry": (UPDATE_ENTRY, {"id": "1", "hours": 2}),
    "deleteTimeOffEntries": (DELETE_ENTRIES, {"ids": ["1"]}),
    "updatePersonTimeOff": (UPDATE_RECORD, {"isPaid": False, "reason": "mine"}),
    "deletePersonTimeOff": (DELETE_RECORD, {}),
}
EACH = pytest.mark.parametrize("name", WRITES)


async def entry_version(ask, id_="1"):
    found = await ask("query V($id: ID!) { timeOffEntry(id: $id) { updatedAt } }", id=id_)
    return found["data"]["timeOffEntry"]["updatedAt"]


async def record_version(ask, id_):
    found = await ask("query V($id: ID!) { personTimeOff(id: $id) { updatedAt } }", id=id_)
    return found["data"]["personTimeOff"]["updatedAt"]


async def both(ask):
    """Store entry 1 and a record; return the record's id."""
    await put_entries(ask, entry())
    return await put_person_time_off(ask)


async def given_for(ask, name, record):
    """Return the mutation with its input, and the version of what it is about."""
    document, given = WRITES[name]
    if name.endswith("PersonTimeOff"):
        return document, given | {"id": record}, await record_version(ask, record)
    return document, given, await entry_version(ask)


async def change_both(ask, record):
    """Do what somebody else does meanwhile."""
    for document, given in (
        (UPDATE_ENTRY, {"id": "1", "hours": 6}),
        (UPDATE_RECORD, {"id": record, "reason": "theirs"}),
    ):
        answer = await ask(document, input=given)
        assert answer["data"]["answer"]["userErrors"] == []
