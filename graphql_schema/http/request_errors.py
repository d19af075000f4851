"""Errors of documents and variables: coded, placed, and never repeating the input."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from graphql import (
    ArgumentNode,
    GraphQLEnumType,
    GraphQLError,
    GraphQLInputObjectType,
    GraphQLSchema,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    VariableDefinitionNode,
    specified_rules,
    type_from_ast,
)
from graphql.utilities import validate_input_literal, validate_input_value
from graphql.validation import (
    ASTValidationRule,
    NoSchemaIntrospectionCustomRule,
    ValuesOfCorrectTypeRule,
)

from graphql_schema.http.errors import BAD_USER_INPUT, PARSE_FAILED, Answer

MAX_ERRORS: Final = 5

_NAMED_FIELD: Final = re.compile(
    r"to include (?:required|unknown) field '(\w{1,64})'(?=[,.]|$)", re.ASCII
)
_UNKNOWN_FIELD: Final = re.compile(r"type '(\w+)' not to include unknown field ", re.ASCII)
_UNKNOWN_VALUE: Final = re.compile(r"Value '.*' does not exist in '(\w+)' enum", re.DOTALL)
_UNNAMEABLE_FIELD: Final = re.compile(r"unknown field '.*$", re.DOTALL)
_REPEATED_TOKEN: Final = re.compile(r"\b(Name|String|BlockString|Int|Float) '.*'\.$", re.DOTALL)
_REPEATED_INPUT: Final = re.compile(r"(?:, found)?: .*$", re.DOTALL)
_REPEATED_ENUM: Final = re.compile(r"^Value '.*' does not exist in", re.DOTALL)
_GRAPHQL_CORE: Final = re.compile(r"^(Int|Float|String|Boolean|ID|Enum|Expected|Value) ")


class _Enough(Exception):
    """Ends the search for errors: as many were found as are answered."""


class ReadableArgumentsRule(ValuesOfCorrectTypeRule):
    """The specified rule, with a code and the path from the argument on (rule 6.1)."""

    _argument = ""
    names_fields = False

    def enter_argument(self, node: ArgumentNode, *_: Any) -> None:  # noqa: ANN401
        """Remember in which argument the next value is."""
        self._argument = node.name.value

    def enter_variable_definition(self, node: VariableDefinitionNode, *_: Any) -> None:  # noqa: ANN401
        """Remember of which variable the next value is the default."""
        self._argument = node.variable.name.value

    def is_valid_value_node(self, node: Any, input_type: Any) -> Any:  # noqa: ANN401
        """Report each part of an argument that cannot be read, with its path."""
        if input_type:
            validate_input_literal(
                node,
                input_type,
                lambda error, path: self.report_error(
                    unreadable(
                        error.message,
                        [self._argument, *path],
                        error.nodes or node,
                        self.context.schema if self.names_fields else None,
                    )
                ),
                None,
                None,
                self.context.hide_suggestions,
            )
        return self.SKIP


class FieldNamingArgumentsRule(ReadableArgumentsRule):
    """The same, and beside an unknown field of an input those that there are."""

    names_fields = True


def rules(*, introspection: bool) -> Sequence[type[ASTValidationRule]]:
    """Return the rules of validation; the schema is told only to those who may read it."""
    ours = FieldNamingArgumentsRule if introspection else ReadableArgumentsRule
    all_ours = [ours if rule is ValuesOfCorrectTypeRule else rule for rule in specified_rules]
    return all_ours if introspection else [*all_ours, NoSchemaIntrospectionCustomRule]


def unreadable(
    message: str,
    path: Sequence[str | int],
    nodes: Any,  # noqa: ANN401
    shown: GraphQLSchema | None,
) -> GraphQLError:
    """Return the error of a value that cannot be read, at its place in the input.

    ``shown`` is the schema for a client who may read it: an unknown field of an input is
    then answered with those that there are, and an unknown value of an enum likewise.
    """
    there_are = _names_beside(message, shown)
    if match := _NAMED_FIELD.search(message):
        path = [*path, match.group(1)]
        message = f"{message[: match.end()]}."
    else:
        # A key of JSON may be anything, of any length; only a name is worth repeating.
        message = _UNNAMEABLE_FIELD.sub("a field of that name.", message)
    if _GRAPHQL_CORE.match(message):
        message = _REPEATED_ENUM.sub("This value does not exist in", message)
        message = _REPEATED_INPUT.sub(".", message)
    message += there_are
    place = list(map(str, path))
    extensions = {"code": BAD_USER_INPUT, "path": place}
    return GraphQLError(f"{'.'.join(place)}: {message}", nodes, extensions=extensions)


def _names_beside(message: str, shown: GraphQLSchema | None) -> str:
    """Return a sentence of the fields of an input, or values of an enum, beside an unknown one."""
    match = _UNKNOWN_FIELD.search(message) or _UNKNOWN_VALUE.match(message)
    type_ = shown.get_type(match[1]) if shown and match else None
    if isinstance(type_, GraphQLInputObjectType):
        return f" There are: {', '.join(type_.fields)}."
    if isinstance(type_, GraphQLEnumType):
        return f" There are: {', '.join(type_.values)}."
    return ""


def unreadable_variables(
    schema: GraphQLSchema,
    operation: OperationDefinitionNode,
    variables: Mapping[str, Any],
    *,
    introspection: bool,
) -> list[GraphQLError]:
    """Return an error for each value that cannot be read, up to five of them."""
    errors: list[GraphQLError] = []
    shown = schema if introspection else None
    try:
        for definition in operation.variable_definitions or ():
            _collect(schema, definition, variables, errors, shown)
    except _Enough:
        pass
    return errors


def syntax_error(error: GraphQLSyntaxError) -> Answer:
    """Return the error as it is answered: where it is, but not what stands there."""
    message = _REPEATED_TOKEN.sub(r"\1.", error.message)
    return {**error.formatted, "message": message, "extensions": {"code": PARSE_FAILED}}


def coded(errors: Iterable[GraphQLError], code: str) -> list[Answer]:
    """Return the errors as they are answered; one that has a code keeps it."""
    return [
        {**error.formatted, "extensions": {"code": code, **(error.extensions or {})}}
        for error in errors
    ]


def _collect(
    schema: GraphQLSchema,
    definition: VariableDefinitionNode,
    variables: Mapping[str, Any],
    errors: list[GraphQLError],
    shown: GraphQLSchema | None,
) -> None:
    name = definition.variable.name.value

    def report(error: GraphQLError, path: list[str | int]) -> None:
        errors.append(unreadable(error.message, [name, *path], definition, shown))
        if len(errors) >= MAX_ERRORS:
            raise _Enough

    if name in variables:
        type_: Any = type_from_ast(schema, definition.type)
        validate_input_value(variables[name], type_, report, hide_suggestions=True)
    elif definition.type.kind == "non_null_type" and definition.default_value is None:
        report(GraphQLError("A value is required."), [])
