"""What a caller may ask for in a minute, in GraphQL's words."""

from typing import Any

from app.allowances import Allowances, AllowanceSpent, NeverAllowed
from graphql_schema.http.errors import RATE_LIMITED, REQUEST_TOO_LARGE, NotAdmitted
from graphql_schema.http.operations import Operation


def spend(
    allowances: Allowances | None, caller: str, operation: Operation, variables: dict[str, Any]
) -> dict[str, str]:
    """Count an operation towards what its caller may ask for; return the headers that say so.

    Raises NotAdmitted: 429 with ``Retry-After``, or 400 for what costs more than a minute holds.
    """
    if allowances is None:
        return {}
    try:
        return allowances.spend(caller, operation.cost_of(variables))
    except AllowanceSpent as refusal:
        raise NotAdmitted(refusal.message, 429, RATE_LIMITED, refusal.headers) from None
    except NeverAllowed as refusal:
        raise NotAdmitted(refusal.message, code=REQUEST_TOO_LARGE) from None
