"""Fields of hours, of which a page of the schedule has tens of thousands."""

import re
from collections.abc import Mapping
from typing import Any, Final

import strawberry

from app.domain.durations import HOUR

HOURS_SOURCE: Final = f"{{0}} / {HOUR}"
"""What ``hours_of_seconds`` computes, as Python source: for functions made for many values."""

_KEY: Final = "made by source"
_SELF: Final = re.compile(r"\bself\b")


def in_hours(seconds: str, *, description: str) -> Any:  # noqa: ANN401 - the field, a float
    """Return a field of hours: of seconds that a Python expression makes of ``self``.

    Compiled operations have the expression in their own source, where a resolver would be a call.

    >>> source_of(in_hours("self.merged.low", description="The hours off.").metadata, "value")
    '(value.merged.low) / 3600'
    """
    source = HOURS_SOURCE.format(f"({seconds})")
    resolve = eval(f"lambda self: {source}")  # noqa: S307 - none of it comes from outside
    return strawberry.field(resolver=resolve, description=description, metadata={_KEY: source})


def source_of(metadata: Mapping[Any, Any], name: str) -> str | None:
    """Return the expression of a field with this metadata, with this name for ``self``."""
    source = metadata.get(_KEY)
    return None if source is None else _SELF.sub(name, source)
