"""Errors of a request before anything ran: coded, placed, and never repeating the input."""

import re
from collections.abc import Iterator
from typing import Any, Final

from graphql import (
    ArgumentNode,
    GraphQLError,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    VariableDefinitionNode,
    specified_rules,
    type_from_ast,
)
from graphql.utilities import validate_input_literal, validate_input_value
from graphql.validation import ValuesOfCorrectTypeRule
from strawberry.extensions import SchemaExtension

from graphql_schema.errors import BAD_USER_INPUT

PARSE_FAILED: Final = "GRAPHQL_PARSE_FAILED"
VALIDATION_FAILED: Final = "GRAPHQL_VALIDATION_FAILED"

_MISSING_FIELD: Final = re.compile(r"to include (?:required|unknown) field '(\w+)'")
_MISSING_FIELD_NEGATED: Final = re.compile(r"not to include unknown field '(\w+)'")
_REPEATED_INPUT: Final = re.compile(r"(?:, found)?: .*$", re.DOTALL)
_REPEATED_ENUM: Final = re.compile(r"^Value '.*' does not exist in", re.DOTALL)
_GRAPHQL_CORE: Final = re.compile(r"^(Int|Float|String|Boolean|ID|Enum|Expected|Value) ?")


def bad_input(message: str, path: list[str | int], node: Any) -> GraphQLError:  # noqa: ANN401
    """Return the error of a value that cannot be read, at its place in the input (6.1)."""
    if match := _MISSING_FIELD.search(message) or _MISSING_FIELD_NEGATED.search(message):
        path = [*path, match.group(1)]
    if _GRAPHQL_CORE.match(message):
        message = _REPEATED_ENUM.sub("This value does not exist in", message)
        message = _REPEATED_INPUT.sub(".", message)
    texts = list(map(str, path))
    return GraphQLError(
        f"{'.'.join(texts)}: {message}", node, extensions={"code": BAD_USER_INPUT, "path": texts}
    )


class ReadableArgumentsRule(ValuesOfCorrectTypeRule):
    """The specified rule, with a code and the path from the argument on."""

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
                    bad_input(error.message, [self._argument, *path], error.nodes or node)
                ),
                None,
                None,
                self.context.hide_suggestions,
            )
        return self.SKIP


RULES: Final = tuple(
    ReadableArgumentsRule if rule is ValuesOfCorrectTypeRule else rule for rule in specified_rules
)


class CodedRequestErrors(SchemaExtension):
    """Gives each error of a request its code, and those of its variables their places."""

    def on_operation(self) -> Iterator[None]:
        """Choose our rules, and look at the errors when all is done."""
        context = self.execution_context
        context.validation_rules = RULES
        yield
        if context.result and context.result.errors:
            context.result.errors = list(self._coded(context.result.errors))

    def _coded(self, errors: list[GraphQLError]) -> Iterator[GraphQLError]:
        told_variables = False
        for error in errors:
            if error.path is not None or (error.extensions or {}).get("code"):
                yield error
            elif _is_about_variables(error):
                if not told_variables:
                    told_variables = True
                    yield from self._bad_variables() or [_coded(error, BAD_USER_INPUT)]
            elif isinstance(error, GraphQLSyntaxError):
                yield _coded(error, PARSE_FAILED)
            elif error.original_error is None:
                yield _coded(error, VALIDATION_FAILED)
            else:
                yield error

    def _bad_variables(self) -> list[GraphQLError]:
        """Read the variables once more, to learn the path of each bad value."""
        context = self.execution_context
        schema, sent = context.schema._schema, context.variables or {}  # noqa: SLF001
        errors: list[GraphQLError] = []
        for definition in _operation(context).variable_definitions or ():
            name, type_ = definition.variable.name.value, type_from_ast(schema, definition.type)
            if name in sent:
                errors += _bad_value(sent[name], type_, name, definition)
            elif definition.type.kind == "non_null_type" and definition.default_value is None:
                errors.append(bad_input("A value is required.", [name], definition))
        return errors


def _bad_value(value: object, type_: Any, name: str, node: Any) -> list[GraphQLError]:  # noqa: ANN401
    errors: list[GraphQLError] = []
    validate_input_value(
        value,
        type_,
        lambda error, path: errors.append(bad_input(error.message, [name, *path], node)),
        hide_suggestions=True,
    )
    return errors


def _operation(context: Any) -> OperationDefinitionNode:  # noqa: ANN401
    operations = [
        each
        for each in context.graphql_document.definitions
        if isinstance(each, OperationDefinitionNode)
    ]
    name = context.operation_name
    return next(
        (each for each in operations if each.name and each.name.value == name), operations[0]
    )


def _is_about_variables(error: GraphQLError) -> bool:
    return bool(error.nodes) and isinstance(error.nodes[0], VariableDefinitionNode)  # type: ignore[index]


def _coded(error: GraphQLError, code: str) -> GraphQLError:
    return GraphQLError(
        error.message,
        error.nodes,
        error.source,
        error.positions,
        extensions={**(error.extensions or {}), "code": code},
    )
