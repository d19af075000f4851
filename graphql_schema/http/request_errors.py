"""Errors of documents and variables: coded, placed, and never repeating the input."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from graphql import (
    ArgumentNode,
    GraphQLError,
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
    DeferStreamDirectiveLabel,
    DeferStreamDirectiveOnRootField,
    DeferStreamDirectiveOnValidOperationsRule,
    FragmentsOnCompositeTypesRule,
    KnownDirectivesRule,
    KnownFragmentNamesRule,
    NoFragmentCyclesRule,
    NoUndefinedVariablesRule,
    NoUnusedFragmentsRule,
    NoUnusedVariablesRule,
    PossibleFragmentSpreadsRule,
    StreamDirectiveOnListField,
    UniqueDirectivesPerLocationRule,
    UniqueFragmentNamesRule,
    UniqueVariableNamesRule,
    ValuesOfCorrectTypeRule,
    VariablesAreInputTypesRule,
    VariablesInAllowedPositionRule,
)

from graphql_schema.http.errors import BAD_USER_INPUT, PARSE_FAILED, Answer

MAX_ERRORS: Final = 5

_NAMED_FIELD: Final = re.compile(
    r"to include (?:required|unknown) field '(\w{1,64})'(?=[,.]|$)", re.ASCII
)
_UNNAMEABLE_FIELD: Final = re.compile(r"unknown field '.*$", re.DOTALL)
_REPEATED_TOKEN: Final = re.compile(r"\b(Name|String|BlockString|Int|Float) '.*'\.$", re.DOTALL)
_REPEATED_INPUT: Final = re.compile(r"(?:, found)?: .*$", re.DOTALL)
_REPEATED_ENUM: Final = re.compile(r"^Value '.*' does not exist in", re.DOTALL)
_GRAPHQL_CORE: Final = re.compile(r"^(Int|Float|String|Boolean|ID|Enum|Expected|Value) ")


class _Enough(Exception):
    """As many errors were found as are told."""


class ReadableArgumentsRule(ValuesOfCorrectTypeRule):
    """The specified rule, with a code and the path from the argument on (rule 6.1)."""

    _argument = ""

    def enter_argument(self, node: ArgumentNode, *_: Any) -> None:  # noqa: ANN401
        """Remember in which argument the next value is."""
        self._argument = node.name.value

    def enter_variable_definition(self, node: VariableDefinitionNode, *_: Any) -> None:  # noqa: ANN401
        """Remember of which variable the next value is the default."""
        self._argument = node.variable.name.value

    def is_valid_value_node(self, node: Any, input_type: Any) -> Any:  # noqa: ANN401
        """Report what cannot be read."""
        if input_type:
            validate_input_literal(
                node,
                input_type,
                lambda error, path: self.report_error(
                    unreadable(error.message, [self._argument, *path], error.nodes or node)
                ),
                None,
                None,
                self.context.hide_suggestions,
            )
        return self.SKIP


RULES: Final = tuple(
    ReadableArgumentsRule if rule is ValuesOfCorrectTypeRule else rule for rule in specified_rules
)
"""The specification's rules."""

_SPREAD: Final = "..."
_RULES_ABOUT: Final[Mapping[str, Sequence[type[ASTValidationRule]]]] = {
    "$": (
        NoUndefinedVariablesRule,
        NoUnusedVariablesRule,
        UniqueVariableNamesRule,
        VariablesAreInputTypesRule,
        VariablesInAllowedPositionRule,
    ),
    _SPREAD: (
        FragmentsOnCompositeTypesRule,
        KnownFragmentNamesRule,
        NoFragmentCyclesRule,
        NoUnusedFragmentsRule,
        PossibleFragmentSpreadsRule,
        UniqueFragmentNamesRule,
    ),
    "@": (
        DeferStreamDirectiveLabel,
        DeferStreamDirectiveOnRootField,
        DeferStreamDirectiveOnValidOperationsRule,
        KnownDirectivesRule,
        StreamDirectiveOnListField,
        UniqueDirectivesPerLocationRule,
    ),
}
"""Rules about variables, fragments and directives, by what those are written with."""


def rules_of(text: str) -> Sequence[type[ASTValidationRule]]:
    """Return the rules that a document may break: each walks through all of it.

    A fragment that nobody spreads is written without ``...``, so its keyword counts as well.
    """
    idle = {
        rule
        for sign, rules in _RULES_ABOUT.items()
        if sign not in text and not (sign == _SPREAD and "fragment" in text)
        for rule in rules
    }
    return [rule for rule in RULES if rule not in idle]


def unreadable(message: str, path: Sequence[str | int], nodes: Any) -> GraphQLError:  # noqa: ANN401
    """Return the error of a value that cannot be read, at its place in the input."""
    if match := _NAMED_FIELD.search(message):
        path = [*path, match.group(1)]
        message = f"{message[: match.end()]}."
    else:
        # A key of JSON may be anything, of any length; only a name is worth repeating.
        message = _UNNAMEABLE_FIELD.sub("a field of that name.", message)
    if _GRAPHQL_CORE.match(message):
        message = _REPEATED_ENUM.sub("This value does not exist in", message)
        message = _REPEATED_INPUT.sub(".", message)
    place = list(map(str, path))
    extensions = {"code": BAD_USER_INPUT, "path": place}
    return GraphQLError(f"{'.'.join(place)}: {message}", nodes, extensions=extensions)


def unreadable_variables(
    schema: GraphQLSchema, operation: OperationDefinitionNode, variables: Mapping[str, Any]
) -> list[GraphQLError]:
    """Return an error for each value that cannot be read, up to five of them."""
    errors: list[GraphQLError] = []
    try:
        for definition in operation.variable_definitions or ():
            _collect(schema, definition, variables, errors)
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
) -> None:
    name = definition.variable.name.value

    def report(error: GraphQLError, path: list[str | int]) -> None:
        errors.append(unreadable(error.message, [name, *path], definition))
        if len(errors) >= MAX_ERRORS:
            raise _Enough

    if name in variables:
        type_: Any = type_from_ast(schema, definition.type)
        validate_input_value(variables[name], type_, report, hide_suggestions=True)
    elif definition.type.kind == "non_null_type" and definition.default_value is None:
        report(GraphQLError("A value is required."), [])
