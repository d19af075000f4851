"""The cost of what a mutation stores, estimated from its raw inputs before they are validated."""

from collections.abc import Mapping
from typing import Any

from graphql import (
    DocumentNode,
    OperationDefinitionNode,
    OperationType,
    ValueNode,
)
from graphql.utilities import value_from_ast_untyped

from app.allowances import COST_OF_AN_ITEM
from app.domain.days import DaySpan
from app.domain.errors import TimeOffError
from app.domain.recurrence import Repeat, days_asked_for
from app.domain.wire_formats import parse_day
from graphql_schema.http.root_fields import root_fields


class StoredItems:
    """How many items and days one operation would store; a query stores none.

    Items are the members of the lists in an input, such as ``timeOffEntries`` or ``ids``;
    days those between ``startDay`` and ``endDay``, as often as the record comes back. An
    input without either counts as one, and so does what no rule admits: it is refused later.
    """

    def __init__(
        self, document: DocumentNode, operation: OperationDefinitionNode, most_days: int
    ) -> None:
        is_mutation = operation.operation is OperationType.MUTATION
        fields = root_fields(document, operation) if is_mutation else ()
        self._inputs = [argument.value for each in fields for argument in each.arguments or ()]
        self._defaults = {
            each.variable.name.value: value_from_ast_untyped(each.default_value)
            for each in operation.variable_definitions or ()
            if self._inputs and each.default_value
        }
        self._most_days = most_days

    def cost(self, variables: Mapping[str, Any]) -> int:
        """Return the cost of storing, in the gate's unit: fields of an answer."""
        if not self._inputs:
            return 0
        given = {**self._defaults, **variables}
        return COST_OF_AN_ITEM * sum(self._count(node, given) for node in self._inputs)

    def _count(self, node: ValueNode, variables: dict[str, Any]) -> int:
        value = value_from_ast_untyped(node, variables)
        if not isinstance(value, dict):
            return 1
        if "startDay" in value:
            return min(_days(value), self._most_days)  # more are refused before they are stored
        return max(1, sum(len(each) for each in value.values() if isinstance(each, list)))


def _days(given: Mapping[str, Any]) -> int:
    try:
        span = DaySpan(parse_day(given["startDay"]), parse_day(given["endDay"]))
        repeat = Repeat[given.get("repeat") or Repeat.NEVER.name]
        cadence, until = given.get("cadence"), None
        if repeat is not Repeat.NEVER:
            until = parse_day(given["repeatEndDay"])
        return days_asked_for(span, repeat, cadence if isinstance(cadence, int) else None, until)
    except (TimeOffError, LookupError, TypeError):
        return 1
