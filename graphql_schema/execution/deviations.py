"""When graphql-core has to answer after all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graphql import FieldNode, SelectionSetNode


@dataclass(frozen=True, slots=True)
class Selected:
    """A field of a selection: everything that was asked for under one response name."""

    key: str
    nodes: tuple[FieldNode, ...]

    @property
    def name(self) -> str:
        """The field's name in the schema."""
        return self.nodes[0].name.value

    @property
    def below(self) -> list[SelectionSetNode]:
        """What is selected of the field's own object."""
        return [node.selection_set for node in self.nodes if node.selection_set]


class CannotCompile(Exception):
    """Something in the operation that is not compiled, so graphql-core runs all of it."""


class Deviation(Exception):
    """What a compiled operation met has no place in its answer: an error, or a surprise.

    graphql-core then answers, so that errors, their paths and the nulls around them are its
    own. Of a mutation it only answers what is left: ``answered`` stays as it is, and the
    field that deviates, the first of ``left``, has come to ``outcome`` and is not run again.
    """

    def __init__(
        self,
        answered: Mapping[str, Any] | None = None,
        left: Sequence[Selected] = (),
        outcome: Any = None,  # noqa: ANN401
    ) -> None:
        super().__init__()
        self.answered = answered or {}
        self.left = left
        self.outcome = outcome


def deviate(*_: object) -> Any:  # noqa: ANN401 - stands where a value is expected
    """Raise Deviation, as an expression."""
    raise Deviation
