"""Variables and arguments read by functions that are made once, for the types of the schema.

Each reads what is as usual and raises for everything else: what a client sent wrongly is
told by graphql-core, in its words and with its paths.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from graphql import (
    FieldNode,
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLSchema,
    ListValueNode,
    NullValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    Undefined,
    ValueNode,
    VariableNode,
    coerce_input_literal,
    get_named_type,
    type_from_ast,
)
from strawberry import Schema
from strawberry.types.field import StrawberryField

from graphql_schema.execution.deviations import Cause, Deviation
from graphql_schema.execution.generated_source import make_function


def deviate() -> Any:  # noqa: ANN401 - stands where a value is expected
    """Leave it to graphql-core to read a value, or to say why it cannot be read."""
    raise Deviation(Cause.VARIABLES)


Variables = Mapping[str, Any]
Read = Callable[[Any], Any]
Build = Callable[[Variables], Any]

ABSENT: Final = object()
"""Stands for the value of a variable that was not given: not null, which may be given."""

_LEAVES: Final = {
    "String": "{x} if {x}.__class__ is str else deviate()",
    "ID": "{x} if {x}.__class__ is str else str({x}) if {x}.__class__ is int else deviate()",
    "Boolean": "{x} if {x}.__class__ is bool else deviate()",
    "Int": "{x} if {x}.__class__ is int and -2147483648 <= {x} <= 2147483647 else deviate()",
    # Infinity and NaN are the only numbers whose difference to themselves is not 0.
    "Float": "{x} if {x}.__class__ is float and {x} - {x} == 0 "
    "else float({x}) if {x}.__class__ is int else deviate()",
}
"""How the specification's own scalars are read, as Python expressions."""


class Inputs:
    """Reads variables, and builds arguments, as the resolvers of one schema take them."""

    def __init__(self, schema: Schema, core: GraphQLSchema) -> None:
        self._core = core
        self._config = schema.config
        self._types = schema.schema_converter.type_map
        self._names: dict[str, Any] = {"deviate": deviate, "ABSENT": ABSENT}

    def variables(self, operation: OperationDefinitionNode) -> Callable[[Variables], Variables]:
        """Return what reads the variables of an operation from a request's JSON."""
        readers: list[tuple[str, Read, Any]] = []
        for definition in operation.variable_definitions or ():
            type_: Any = type_from_ast(self._core, definition.type)
            default: Any = deviate if isinstance(type_, GraphQLNonNull) else ABSENT
            if definition.default_value is not None:
                default = self._literal(type_, definition.default_value)({})
            readers.append((definition.variable.name.value, self._reader(type_), default))

        def read(given: Variables) -> Variables:
            values = {}
            for name, reader, default in readers:
                value = given.get(name, ABSENT)
                if value is not ABSENT:
                    values[name] = reader(value)
                elif default is deviate:
                    deviate()
                elif default is not ABSENT:
                    values[name] = default
            return values

        return read

    def argument(self, argument: GraphQLArgument, node: ValueNode) -> Build:
        """Return what builds an argument from the operation's variables, or ABSENT."""
        build = self._literal(argument.type, node)
        if _has_variables(node):
            return build
        value = build({})  # one for all requests: no resolver changes what it is given
        return lambda _: value

    def graphql_name(self, named: Any) -> str:  # noqa: ANN401 - a field or an argument
        """Return the name in camel case, as the schema has it."""
        return self._config.name_converter.get_graphql_name(named)

    # From JSON: a Python expression for each type, compiled into functions for inputs

    def _reader(self, type_: GraphQLInputType) -> Read:
        text = f"def read(x): return {self._read(type_, 'x')}"
        return make_function(f"variable of {get_named_type(type_).name}", text, self._names)

    def _read(self, type_: GraphQLInputType, x: str) -> str:
        """Return Python source that reads the JSON value of the expression ``x``."""
        if isinstance(type_, GraphQLNonNull):
            return f"(deviate() if {x} is None else {self._read_some(type_.of_type, x)})"
        return f"(None if {x} is None else {self._read_some(type_, x)})"

    def _read_some(self, type_: Any, x: str) -> str:  # noqa: ANN401 - any input type, never null
        if isinstance(type_, GraphQLList):
            inner = f"{x}_"
            items = f"[{self._read(type_.of_type, inner)} for {inner} in {x}]"
            single = self._read(type_.of_type, x)
            return f"({items} if {x}.__class__ is list else [{single}])"
        if type_.name in _LEAVES:
            return f"({_LEAVES[type_.name].format(x=x)})"
        return f"{self._named(type_)}({x})"

    def _named(self, type_: GraphQLNamedType) -> str:
        """Return the name of the function that reads a type of this schema."""
        name = f"read_{type_.name}"
        if name not in self._names:
            self._names[name] = self._function_of(type_)
        return name

    def _function_of(self, type_: Any) -> Read:  # noqa: ANN401 - an enum, an input or a scalar
        if isinstance(type_, GraphQLEnumType):
            members = {value: type_.coerce_input_value(value) for value in type_.values}
            return members.__getitem__
        if isinstance(type_, GraphQLInputObjectType):
            return self._input_function(type_)
        return type_.coerce_input_value

    def _input_function(self, type_: GraphQLInputObjectType) -> Read:
        python_names = self._python_names(type_)
        lines = [
            "def read(value):",
            "    if value.__class__ is not dict: deviate()",
            "    left = len(value)",
            "    given = {}",
        ]
        for name, field in type_.fields.items():
            lines += [
                f"    x = value.get({name!r}, ABSENT)",
                "    if x is not ABSENT:",
                "        left -= 1",
                f"        given[{python_names[name]!r}] = {self._read(field.type, 'x')}",
            ]
            if isinstance(field.type, GraphQLNonNull) and field.default_value is Undefined:
                lines.append("    else: deviate()")
        lines += ["    if left: deviate()", f"    return make_{type_.name}(**given)"]
        self._names[f"make_{type_.name}"] = self._origin(type_)
        return make_function(f"input of {type_.name}", "\n".join(lines), self._names)

    # From the document: values with variables in them

    def _literal(self, type_: GraphQLInputType, node: ValueNode) -> Build:
        if isinstance(node, VariableNode):
            name, must = node.name.value, isinstance(type_, GraphQLNonNull)

            def look_up(variables: Variables) -> Any:  # noqa: ANN401
                value = variables.get(name, ABSENT)
                return deviate() if must and value is None else value

            return look_up
        if isinstance(type_, GraphQLNonNull):
            type_ = type_.of_type
        if isinstance(node, NullValueNode):
            return lambda _: None
        if isinstance(type_, GraphQLList):
            return self._literal_list(type_, node)
        if isinstance(type_, GraphQLInputObjectType):
            return self._literal_object(type_, node)
        value = coerce_input_literal(node, type_)  # validation has read it before
        return lambda _: value

    def _literal_list(self, type_: GraphQLList[Any], node: ValueNode) -> Build:
        nodes = node.values if isinstance(node, ListValueNode) else (node,)
        builders = [self._literal(type_.of_type, each) for each in nodes]

        def build(variables: Variables) -> Any:  # noqa: ANN401
            values = [each(variables) for each in builders]
            return deviate() if any(each is ABSENT for each in values) else values

        return build

    def _literal_object(self, type_: GraphQLInputObjectType, node: Any) -> Build:  # noqa: ANN401 - an ObjectValueNode
        make, python_names = self._origin(type_), self._python_names(type_)
        builders = {
            python_names[each.name.value]: self._literal(
                type_.fields[each.name.value].type, each.value
            )
            for each in node.fields
        }
        required = [
            python_names[name]
            for name, field in type_.fields.items()
            if isinstance(field.type, GraphQLNonNull) and field.default_value is Undefined
        ]

        def build(variables: Variables) -> Any:  # noqa: ANN401
            values = {name: each(variables) for name, each in builders.items()}
            given = {name: value for name, value in values.items() if value is not ABSENT}
            return make(**given) if all(name in given for name in required) else deviate()

        return build

    def _origin(self, type_: GraphQLInputObjectType) -> Any:  # noqa: ANN401
        return self._definition(type_).origin

    def _python_names(self, type_: GraphQLInputObjectType) -> dict[str, str]:
        return {
            self.graphql_name(field): field.python_name for field in self._definition(type_).fields
        }

    def _definition(self, type_: GraphQLInputObjectType) -> Any:  # noqa: ANN401
        return self._types[type_.name].definition


def _has_variables(node: ValueNode) -> bool:
    if isinstance(node, ListValueNode):
        return any(map(_has_variables, node.values))
    if isinstance(node, ObjectValueNode):
        return any(_has_variables(each.value) for each in node.fields)
    return isinstance(node, VariableNode)


class ArgumentSets:
    """The arguments of all fields of an operation, built together once per request."""

    def __init__(self, inputs: Inputs) -> None:
        self._inputs = inputs
        self._builders: list[list[tuple[str, Build]]] = []

    def __len__(self) -> int:
        return len(self._builders)

    def add(self, field: GraphQLField, definition: StrawberryField, node: FieldNode) -> int:
        """Note a field's arguments; return their place among the built ones."""
        given = {each.name.value: each.value for each in node.arguments or ()}
        self._builders.append(
            [
                (each.python_name, self._inputs.argument(field.args[name], given[name]))
                for each in definition.arguments
                if (name := self._inputs.graphql_name(each)) in given
            ]
        )
        return len(self._builders) - 1

    def build(self, variables: Variables) -> list[dict[str, Any]]:
        """Return the arguments by their Python names; what is left out has its default."""
        return [
            {name: value for name, build in builders if (value := build(variables)) is not ABSENT}
            for builders in self._builders
        ]
