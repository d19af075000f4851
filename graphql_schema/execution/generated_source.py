"""Compiles generated Python source into functions, and bounds its total size."""

import linecache
from collections import OrderedDict
from collections.abc import Callable, Hashable
from itertools import count
from typing import Any, Final, Generic, TypeVar
from weakref import finalize

from graphql_schema.execution.deviations import CannotCompile, Cause

P = TypeVar("P")

MOST_CHARACTERS: Final = 60_000
"""Of one plan's source. A page with all that it links to has some thousands."""

MOST_KEPT_CHARACTERS: Final = 2_000_000
"""Of all plans together: some 20 MB as functions."""

CHARACTERS_OF_ANY: Final = 1_000
"""What a plan counts for beside its source: there is more to one than that."""

_NUMBERS: Final = count(1)


class GeneratedSource:
    """Compiles the functions of one plan, and counts the characters of their source."""

    def __init__(self) -> None:
        self.characters = 0

    def function(self, title: str, lines: list[str], names: dict[str, Any]) -> Callable[..., Any]:
        """Return the function that the lines define, as ``make_function`` does.

        Raises CannotCompile for what has grown too large.
        """
        text = "\n".join(lines)
        self.characters += len(text)
        if self.characters > MOST_CHARACTERS:
            why = f"it would take more than {MOST_CHARACTERS:,} characters of generated source"
            raise CannotCompile(Cause.SIZE, why)
        return make_function(title, text, names)


def make_function(title: str, text: str, names: dict[str, Any]) -> Callable[..., Any]:
    """Return the one function that Python source defines; tracebacks show its lines.

    There the source has the title for its file, with a number that is its own. ``linecache``
    has it for as long as there is the function. Nothing that a client sends may be in the
    title, and in the text only names that GraphQL's grammar admits.
    """
    file = f"<{title} {next(_NUMBERS)}>"
    found: dict[str, Any] = {}
    exec(compile(text, file, "exec"), names, found)  # noqa: S102 - see above
    (function,) = found.values()
    linecache.cache[file] = len(text), None, text.splitlines(keepends=True), file
    finalize(function, linecache.cache.pop, file, None).atexit = False
    made: Callable[..., Any] = function
    return made


class KeptPlans(Generic[P]):
    """A cache of compiled plans, bounded by their source; the longest unused are evicted."""

    def __init__(self) -> None:
        self._plans: OrderedDict[Hashable, tuple[P, int]] = OrderedDict()
        self._characters = 0

    def get(self, key: Hashable) -> P | None:
        """Return the plan, as the one that was used last; None if it was evicted."""
        found = self._plans.get(key)
        if found is None:
            return None
        self._plans.move_to_end(key)
        return found[0]

    def keep(self, key: Hashable, plan: P, characters: int) -> None:
        """Keep a plan; the ones that were not used for longest make room."""
        size = characters + CHARACTERS_OF_ANY
        self._plans[key] = plan, size
        self._characters += size
        while self._characters > MOST_KEPT_CHARACTERS:
            self.forget(next(iter(self._plans)))

    def forget(self, key: Hashable) -> None:
        """Remove a plan; nothing happens if it was evicted before."""
        _, size = self._plans.pop(key, (None, 0))
        self._characters -= size
