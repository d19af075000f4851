"""The schema that is served: as the repository keeps it, described, and true to the contract."""

from pathlib import Path

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLScalarType,
    build_schema,
    is_introspection_type,
    is_required_argument,
    is_required_input_field,
    is_specified_scalar_type,
    print_ast,
)

import graphql_schema
from graphql_schema.schema import sdl

SERVED = build_schema(sdl())
CONTRACT = build_schema(Path(__file__).with_name("contract.graphql").read_text("utf-8"))
KEPT = Path(graphql_schema.__path__[0]) / "schema.graphql"


def own_types(schema):
    return {
        name: type_
        for name, type_ in schema.type_map.items()
        if not is_introspection_type(type_) and not is_specified_scalar_type(type_)
    }


def test_the_repository_keeps_the_schema_that_is_served():
    assert KEPT.read_text("utf-8") == sdl().rstrip("\n") + "\n", "run scripts/export-schema"


def elements(schema):
    """Yield the coordinate and the description of everything that a client can see."""
    for name, type_ in own_types(schema).items():
        yield name, type_.description
        for member, value in getattr(type_, "values", {}).items():
            yield f"{name}.{member}", value.description
        for member, field in getattr(type_, "fields", {}).items():
            yield f"{name}.{member}", field.description
            for argument, of_field in getattr(field, "args", {}).items():
                yield f"{name}.{member}({argument}:)", of_field.description


def test_every_element_has_a_description():
    assert [place for place, text in elements(SERVED) if not (text or "").strip()] == []


def test_descriptions_are_whole_sentences():
    unfinished = [
        place for place, text in elements(SERVED) if text and text.rstrip()[-1] not in ".:`)*!"
    ]

    assert unfinished == []


KINDS = (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLScalarType,
)


@pytest.mark.parametrize("name", sorted(own_types(CONTRACT)))
def test_a_type_is_what_the_contract_says(name):
    promised, served = CONTRACT.type_map[name], SERVED.type_map.get(name)

    assert [kind for kind in KINDS if isinstance(served, kind)] == [type(promised)]
    assert differences(promised, served) == []


def differences(promised, served):
    """What the contract promises of a type and the served one does not keep."""
    found = [
        f"not {interface.name}"
        for interface in getattr(promised, "interfaces", ())
        if interface.name not in {each.name for each in served.interfaces}
    ]
    found += [
        f"no {value}" for value in getattr(promised, "values", ()) if value not in served.values
    ]
    if isinstance(promised, GraphQLInputObjectType):
        found += members(promised.fields, served.fields, is_required_input_field)
    elif hasattr(promised, "fields"):
        found += members(promised.fields, served.fields)
        for name, field in promised.fields.items():
            if name in served.fields:
                arguments = served.fields[name].args
                found += members(field.args, arguments, is_required_argument, f"{name}: ")
    return found


def members(promised, served, is_required=None, prefix=""):
    """Compare fields or arguments: all that was promised, and nothing more required."""
    found = []
    for name, member in promised.items():
        if name not in served:
            found.append(f"{prefix}no {name}")
            continue
        if str(served[name].type) != str(member.type):
            found.append(f"{prefix}{name} is {served[name].type}, not {member.type}")
        if is_required and default(served[name]) != default(member):
            found.append(f"{prefix}{name} = {default(served[name])}, not {default(member)}")
    if is_required:
        added = {name: member for name, member in served.items() if name not in promised}
        found += [
            f"{prefix}{name} is required" for name, each in added.items() if is_required(each)
        ]
    return found


def default(member):
    """The default as it is written; null and none are the same to a client."""
    written = member.ast_node.default_value
    return None if written is None or print_ast(written) == "null" else print_ast(written)


def test_the_comparison_sees_what_is_missing_and_what_has_changed():
    promised = build_schema(
        """
        interface Node { id: ID! }
        type Query implements Node { id: ID!  a: Int!  b(x: Int! = 1): Int  c: Kind  gone: Int }
        enum Kind { A B }
        input In { x: Int! = 1  y: Int }
        """
    )
    served = build_schema(
        """
        interface Node { id: ID! }
        type Query { id: ID!  a: Int  b(x: Int! = 2, y: Int!): Int  c: Kind  more: Int }
        enum Kind { B C }
        input In { x: Int! = 1  z: Int! }
        """
    )

    found = {
        name: differences(promised.type_map[name], served.type_map[name])
        for name in ("Query", "Kind", "In")
    }

    assert found == {
        "Query": [
            "not Node",
            "a is Int, not Int!",
            "no gone",
            "b: x = 2, not 1",
            "b: y is required",
        ],
        "Kind": ["no A"],
        "In": ["no y", "z is required"],
    }
