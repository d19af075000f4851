"""What `timeoff explain` says, asked in process; tests/test_cli_explain.py runs the command."""

import asyncio

import pytest

from graphql_schema.http.errors import NotRun
from tests import builders
from tests.execution.test_docs import explained

ENTRY = builders.node_id("TimeOffEntry", 1)


def said(query: str) -> list[str]:
    explanation, _ = asyncio.run(explained(query))
    return [line.strip() for line in explanation.lines() if line.strip()]


def test_a_single_object_is_read_with_its_list():
    lines = said(f'{{ timeOffEntry(id: "{ENTRY}") {{ hours externalReferences {{ id }} }} }}')

    assert lines[1] == "timeOffEntry: rows: all that is selected are columns"
    assert [line for line in lines if line.startswith("WHERE")] == [
        "WHERE time_off_entries.id = ?",
        "WHERE external_references.entry_id = ? ORDER BY external_references.id",
    ]


@pytest.mark.parametrize(
    ("query", "why"),
    [
        ("{ holidays { totalCount } }", "Holiday has no columns: a company has some tens of them"),
        (
            "{ personTimeOffs { nodes { totalHours } } }",
            (
                "PersonTimeOff.totalHours is no column: added up over the counted days of all "
                "instances"
            ),
        ),
        (
            "{ personTimeOffs { nodes { instances(includeSkipped: true) { id } } } }",
            "PersonTimeOff.instances has an argument: only objects read it",
        ),
        (
            "{ timeOffEntries { nodes { externalReferences { subject { id } } } } }",
            (
                "ExternalReference.subject is no column: an interface: only the object says which "
                "type it is"
            ),
        ),
        (
            """{ timeOffEntries { nodes { user { company { id } role { company { id } } worker {
              company { id } person { company { id } worker { company { id } user { role { id
              company { id } } } } } } } } } }""",
            "one statement joins at most 10 tables",
        ),
    ],
)
def test_why_a_field_is_answered_from_objects(query, why):
    assert said(query)[1].split(": ", 1)[1] == f"objects: {why}"


def test_all_fields_that_refuse_their_arguments_are_told():
    with pytest.raises(NotRun) as refused:
        said(
            "{ users(first: 501) { totalCount } roles(last: 0) { totalCount } user(id: 1) { id } }"
        )

    assert [(each["path"], each["extensions"]) for each in refused.value.errors] == [
        (["users"], {"code": "BAD_USER_INPUT", "path": ["first"]}),
        (["roles"], {"code": "BAD_USER_INPUT", "path": ["last"]}),
    ]


def test_a_mutation_is_not_run():
    lines = said("mutation { deleteTimeOffEntries(input: {ids: [1]}) { deletedIds } }")

    assert lines[1:] == [
        "deleteTimeOffEntries: objects: a mutation answers what it has just written"
    ]
