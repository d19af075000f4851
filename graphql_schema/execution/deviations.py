"""The two signals by which graphql-core answers instead, each with its cause.

``CannotCompile``: the operation is never tried again. ``Deviation``: this request only.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from graphql import FieldNode, SelectionSetNode

from app.domain.errors import Refused, TimeOffError, Unavailable
from graphql_schema.answer_size import AnswerTooLarge


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


class Cause(StrEnum):
    """Why graphql-core answers an operation. The values are the labels of a metric."""

    INTROSPECTION = "introspection"
    """The schema is asked about itself."""
    DIRECTIVES = "directives"
    """More ``@skip`` and ``@include`` by variables than are compiled."""
    SIZE = "size"
    """More generated source than one operation may have."""
    BEING_COMPILED = "being_compiled"
    """Another request was compiling the operation just then."""
    VARIABLES = "variables"
    """Variables or arguments that are not as usual: graphql-core reads them, or says why not."""
    REFUSED = "refused"
    """A resolver refused what it was asked, for instance a page that is too long."""
    UNAVAILABLE = "unavailable"
    """The database did not answer."""
    GONE = "gone"
    """An object was deleted after what links to it was read, and before it was itself."""
    ANSWER = "answer"
    """A value that has no place in the answer, such as null where the schema admits none."""
    FAULT = "fault"
    """Anything else that was raised: a fault of ours."""


class CannotCompile(Exception):
    """Something in the operation that is not compiled, so graphql-core runs all of it.

    ``why`` says it to people: `timeoff explain` prints it.
    """

    def __init__(self, cause: Cause, why: str) -> None:
        super().__init__(why)
        self.cause = cause
        self.why = why


class Deviation(Exception):
    """What a compiled operation met has no place in its answer: an error, or a surprise.

    graphql-core then answers, so that errors, their paths and the nulls around them are its
    own. ``met`` is what was raised, where graphql-core should meet it as well: if it does not,
    that is a fault of ours. Of a mutation graphql-core only answers what is left: ``answered``
    stays as it is, and the field that deviates, the first of ``left``, has come to ``outcome``
    and is not run again.
    """

    def __init__(
        self,
        cause: Cause,
        met: Exception | None = None,
        answered: Mapping[str, Any] | None = None,
        left: Sequence[Selected] = (),
        outcome: Any = None,  # noqa: ANN401
    ) -> None:
        super().__init__(cause)
        self.cause = cause
        self.met = met
        self.answered = answered or {}
        self.left = left
        self.outcome = outcome


def deviate(*_: object) -> Any:  # noqa: ANN401 - stands where a value is expected
    """Raise Deviation for a value that has no place in the answer, as an expression."""
    raise Deviation(Cause.ANSWER)


def cause_of(error: Exception) -> Cause:
    """Return why graphql-core has to answer after this was raised on the way to an answer."""
    if isinstance(error, Deviation):
        return error.cause
    if isinstance(error, TimeOffError | Refused | AnswerTooLarge):
        return Cause.REFUSED
    return Cause.UNAVAILABLE if isinstance(error, Unavailable) else Cause.FAULT
