"""When graphql-core has to answer after all."""

from collections.abc import Mapping
from typing import Any


class CannotCompile(Exception):
    """Something in the operation that is not compiled, so graphql-core runs all of it."""


class Deviation(Exception):
    """What a compiled operation met has no place in its answer: an error, or a surprise.

    graphql-core then answers, so that errors, their paths and the nulls around them are its
    own. ``outcomes`` are what the root fields of a mutation came to: those are not run twice.
    """

    def __init__(self, outcomes: Mapping[str, Any] | None = None) -> None:
        super().__init__()
        self.outcomes = outcomes or {}


def deviate(*_: object) -> Any:  # noqa: ANN401 - stands where a value is expected
    """Raise Deviation, as an expression."""
    raise Deviation
