"""One run of a compiled operation: what has to wait, and is then done together with its level."""

import asyncio
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from app.domain.identifiers import Key, Kind
from app.services.pauses import Pauses
from graphql_schema.execution.deviations import Cause, Deviation
from graphql_schema.execution.inputs import Variables
from graphql_schema.execution.resolvers import Arguments, Resolve, info_of
from graphql_schema.links import Linked
from graphql_schema.node import load_nodes
from graphql_schema.shared_items import Sharing

Complete = Callable[[Any, "Run"], Any]
AnswerOf = Callable[[Sequence[Any]], list[Any]]
Place = tuple[dict[str, Any], str]
"""An answer, and under which name of it something is put."""
LONG: Final = 16
"""A list of so many objects is completed in pieces, of up to as many: they may have lists too."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """An async resolver to be awaited with all others of its level, and where its result goes."""

    resolve: Resolve
    source: Any
    arguments: Arguments
    target: dict[str, Any]
    key: str
    complete: Complete


@dataclass(slots=True)
class Long:
    """A list that is completed in pieces, what completes one, and where its answer goes."""

    values: Sequence[Any]
    answer_of: AnswerOf
    answer: list[Any]
    done: int = 0
    size: int = 1
    """Of the next piece: one item may take long, and where it does not, many are quicker."""

    @property
    def is_done(self) -> bool:
        """Whether there is no piece left."""
        return self.done >= len(self.values)

    def next_piece(self) -> Sequence[Any]:
        """Return the items of the next piece, from now on done."""
        piece = self.values[self.done : self.done + self.size]
        self.done += self.size
        return piece


@dataclass(slots=True)
class Run:
    """State of one request: context, arguments by field number, async resolvers to be awaited."""

    context: Any
    arguments: Sequence[Arguments]
    variables: Variables
    later: list[Waiting] = field(default_factory=list)
    long: list[Long] = field(default_factory=list)
    _info: Any = None
    _links: dict[tuple[Kind, Complete], dict[Key, list[Place]]] = field(default_factory=dict)
    _once: dict[Hashable, "_Once"] = field(default_factory=dict)
    _expanded: dict[int, int] = field(default_factory=dict)
    """The fields that were counted of lists in the answer, by the list's identity."""
    _has_repeated: bool = False
    """Whether linked objects stand in several places of the answer."""
    _repeated: int = 0
    """Fields that were counted because they stand there once more."""

    @property
    def info(self) -> Any:  # noqa: ANN401 - Strawberry's
        """The ``info`` argument of resolvers, made when the first of them is called."""
        self._info = self._info or info_of(self.context)
        return self._info

    @property
    def is_to_be_finished(self) -> bool:
        """Whether there is something to be done yet, or was counted."""
        return bool(self.later or self.long or self._links or self._once or self._expanded)

    def listed(self, values: Sequence[Any], complete: Complete) -> list[Any]:
        """Return the completed list; one of 16 or more items is filled later, by ``finish``."""
        return self._in_pieces(values, lambda piece: [complete(each, self) for each in piece])

    def expanded(self, values: Sequence[Any], complete: Complete, fields: int) -> list[Any]:
        """Return a completed list of so many fields each, after they were counted.

        Raises AnswerTooLarge.
        """
        counted = len(values) * fields
        self.context.answer_size.add(counted)
        answer = self.listed(values, complete)
        self._expanded[id(answer)] = counted
        return answer

    def count_repeated(self, data: Any) -> None:  # noqa: ANN401 - JSON
        """Count what was completed once and stands in several places of the answer.

        Raises AnswerTooLarge.
        """
        if self._expanded and (self._has_repeated or self._once):
            in_all_places = _fields_of(data, dict(self._expanded))
            repeated = in_all_places - sum(self._expanded.values())
            self.context.answer_size.add(repeated - self._repeated)
            self._repeated = repeated

    def shared(self, parent: object, sharing: Sharing, complete: Complete) -> list[Any]:
        """Return the completed list, of which each record is completed once in the request.

        It is known by what completes it, and by what it is shown by.
        """
        shown_by = sharing.shown_by(parent)
        key = complete, shown_by
        once = self._once.get(key)
        if once is None:
            once = self._once[key] = _Once(sharing.show, shown_by, complete, self)
        records = sharing.records(parent)
        return self._in_pieces(records, lambda piece: [once[each] for each in piece])

    def link(self, linked: Linked, complete: Complete, answer: dict[str, Any], name: str) -> None:
        """Put a linked object under this name of the answer, with all others of its level."""
        kind, key = linked
        if key is None:
            answer[name] = complete(None, self)
        else:
            places = self._links.setdefault((kind, complete), {})
            places.setdefault(key, []).append((answer, name))

    def _in_pieces(self, values: Sequence[Any], answer_of: AnswerOf) -> list[Any]:
        if len(values) < LONG:
            return answer_of(values)
        answer: list[Any] = []
        self.long.append(Long(values, answer_of, answer))
        return answer

    async def finish(self) -> None:
        """Complete the long lists and run the resolvers that wait, level by level."""
        while True:
            if self.long:
                await self._complete_long()
            if self._links:
                await self._follow_links()
                continue
            if not self.later:
                return
            level, self.later = self.later, []
            results = await asyncio.gather(
                *(each.resolve(each.source, self.info, each.arguments) for each in level),
                return_exceptions=True,
            )
            for each, result in zip(level, results, strict=True):
                if isinstance(result, Exception):
                    raise result
                each.target[each.key] = each.complete(result, self)

    async def _follow_links(self) -> None:
        """Load the linked objects of a level, one statement a kind, and complete each once."""
        links, self._links = self._links, {}
        keys: dict[Kind, dict[Key, None]] = {}
        for (kind, _), places in links.items():
            keys.setdefault(kind, {}).update(dict.fromkeys(places))
        found = {kind: await load_nodes(self.context, kind, each) for kind, each in keys.items()}
        pauses = Pauses()
        for (kind, complete), places in links.items():
            for key, of_key in places.items():
                completed = _linked(complete, found[kind][key], self)
                self._has_repeated |= len(of_key) > 1
                for answer, name in of_key:
                    answer[name] = completed
                await pauses.pause_if_due()

    async def _complete_long(self) -> None:
        """Complete the lists that are in the items of a piece before the next piece.

        So there are never more objects than one record is expanded into.
        """
        pauses = Pauses()
        while self.long:
            list_ = self.long[-1]
            piece = list_.next_piece()
            if list_.is_done:
                self.long.pop()
            list_.answer += list_.answer_of(piece)
            is_long = await pauses.pause_if_due()
            list_.size = 1 if is_long else min(2 * list_.size, LONG)


def _fields_of(value: Any, known: dict[int, int]) -> int:  # noqa: ANN401
    """Return the fields that are known of lists, in all places below a value of the answer."""
    counted = known.get(id(value))
    if counted is None:
        below = value.values() if isinstance(value, dict) else value
        counted = known[id(value)] = sum(
            _fields_of(each, known) for each in below if each.__class__ in (dict, list)
        )
    return counted


class _Once(dict[Any, Any]):
    """Answers by record, each completed when it is first asked for."""

    __slots__ = ("_complete", "_run", "_show", "_shown_by")

    def __init__(
        self, show: Callable[[Any, Any], Any], shown_by: Hashable, complete: Complete, run: Run
    ) -> None:
        super().__init__()
        self._show = show
        self._shown_by = shown_by
        self._complete = complete
        self._run = run

    def __missing__(self, record: object) -> Any:  # noqa: ANN401
        answer = self[record] = self._complete(self._show(record, self._shown_by), self._run)
        return answer


def _linked(complete: Complete, value: object, run: "Run") -> Any:  # noqa: ANN401
    """Return what is answered of a linked object; raise Deviation where it is gone meanwhile."""
    try:
        return complete(value, run)
    except Deviation:
        if value is None:
            raise Deviation(Cause.GONE) from None
        raise
