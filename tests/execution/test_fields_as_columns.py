"""What is answered from rows is complete, or says what it leaves out and why."""

from collections.abc import Iterator
from typing import Any

import pytest
from graphql import GraphQLObjectType, get_named_type

from app.db.reading import lists_of_nouns
from app.db.reading.chosen_columns import CHILDREN, PARENTS
from graphql_schema.execution.fields_as_columns import (
    FIELDS_AS_COLUMNS,
    FIELDS_FROM_OBJECTS,
    TYPES_FROM_OBJECTS,
    Expanded,
    FieldFromRows,
    Made,
    ToMany,
    ToOne,
)
from tests.execution.comparison import DOCUMENTS

TABLES = {
    "TimeOffEntry": lists_of_nouns.ENTRIES.table,
    "ExternalReference": lists_of_nouns.REFERENCES.table,
    "PersonTimeOff": lists_of_nouns.PERSON_TIME_OFFS.table,
    "Company": lists_of_nouns.COMPANIES.table,
    "Role": lists_of_nouns.ROLES.table,
    "User": lists_of_nouns.USERS.table,
    "Person": lists_of_nouns.PEOPLE.table,
    "Worker": lists_of_nouns.WORKERS.table,
}

NAMES_OF_EXPANDED = {
    "TimeOffInstance": {
        name
        for field in FIELDS_AS_COLUMNS["PersonTimeOff"].values()
        if isinstance(field, Expanded)
        for name in field.names
    }
}
"""What there is of types whose values are made of another one's columns."""


def object_type(name: str) -> GraphQLObjectType:
    found = DOCUMENTS.type_map[name]
    assert isinstance(found, GraphQLObjectType), name
    return found


def answered_types() -> Iterator[str]:
    """The types of objects that Query's fields answer, alone or in a list."""
    assert DOCUMENTS.query_type
    for field in DOCUMENTS.query_type.fields.values():
        type_: Any = get_named_type(field.type)
        if type_.name.endswith("Connection"):
            type_ = get_named_type(type_.fields["nodes"].type)
        if isinstance(type_, GraphQLObjectType):
            yield type_.name


def columns() -> Iterator[Any]:
    for type_name, fields in FIELDS_AS_COLUMNS.items():
        for name, field in fields.items():
            yield pytest.param(type_name, name, field, id=f"{type_name}.{name}")


def test_each_type_of_a_list_is_answered_from_rows_or_it_is_said_why_not():
    # A type that only stands below another, such as an instance, has columns as well.
    assert not FIELDS_AS_COLUMNS.keys() & TYPES_FROM_OBJECTS.keys()
    assert {*answered_types()} | {"TimeOffInstance"} == {*FIELDS_AS_COLUMNS, *TYPES_FROM_OBJECTS}


@pytest.mark.parametrize("type_name", FIELDS_AS_COLUMNS)
def test_each_field_is_a_column_or_it_is_said_why_not(type_name):
    are_columns = FIELDS_AS_COLUMNS[type_name].keys()
    are_not = FIELDS_FROM_OBJECTS.get(type_name, {}).keys()
    fields = object_type(type_name).fields.keys()

    assert not are_columns & are_not
    missing = [f"{type_name}.{name}" for name in fields - are_columns - are_not]
    assert not missing, "neither a column nor said why not, in fields_as_columns.py"
    unknown = [f"{type_name}.{name}" for name in (are_columns | are_not) - fields]
    assert not unknown, "not in the schema"


def test_what_is_left_out_is_left_out_of_types_with_columns():
    assert FIELDS_FROM_OBJECTS.keys() <= FIELDS_AS_COLUMNS.keys()


@pytest.mark.parametrize(("type_name", "name", "field"), [*columns()])
def test_the_columns_of_a_field_are_there(type_name: str, name: str, field: FieldFromRows):
    if type_name in NAMES_OF_EXPANDED:
        assert isinstance(field, Made)
        assert {*field.columns} <= NAMES_OF_EXPANDED[type_name]
        return
    table = TABLES[type_name]
    of_schema: Any = get_named_type(object_type(type_name).fields[name].type)
    if isinstance(field, Made | Expanded):
        made = field.made if isinstance(field, Expanded) else field
        assert {*made.columns} <= {*table.__table__.columns.keys()}
    elif isinstance(field, ToOne):
        for step in field.path.split("."):
            table = PARENTS[table][step].table
        assert field.key in table.__table__.columns
        assert table is TABLES[of_schema.name]
    elif isinstance(field, ToMany):
        children = CHILDREN[table][field.name]
        assert children.table is TABLES[of_schema.name]
        assert {children.key, *children.order} <= {*children.table.__table__.columns.keys()}


@pytest.mark.parametrize(
    ("table", "name", "parent"),
    [
        pytest.param(table, name, parent, id=f"{table.__name__}.{name}")
        for table, parents in PARENTS.items()
        for name, parent in parents.items()
    ],
)
def test_the_columns_that_lead_to_a_parent_are_there(table, name, parent):
    assert parent.own in table.__table__.columns
    assert parent.key in parent.table.__table__.columns


def test_lists_are_only_of_types_that_no_other_object_leads_to():
    # A list is found by the key of the row itself: answers_from_rows.py knows of none below.
    reached = {
        get_named_type(object_type(type_name).fields[name].type).name
        for type_name, fields in FIELDS_AS_COLUMNS.items()
        for name, field in fields.items()
        if isinstance(field, ToOne | ToMany)
    }
    with_lists = {
        type_name
        for type_name, fields in FIELDS_AS_COLUMNS.items()
        if any(isinstance(field, ToMany) for field in fields.values())
    }

    assert not reached & with_lists
