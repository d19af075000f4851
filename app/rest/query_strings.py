"""Query strings as Rails' clients write them: a list is `a=1,2`, `a[]=1&a[]=2` or `a[0]=1`."""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, get_args, get_origin

from app.http_warnings import Ignored, IgnoredCode, ignored_parameters
from app.rest.wire import Sent

_BRACKETS: Final = re.compile(r"([a-z_]{1,64})\[[0-9]{0,4}\]", re.ASCII)


@dataclass(frozen=True, slots=True)
class QueryString:
    """One text for each parameter that the endpoint has, and what did not count."""

    values: dict[str, str]
    ignored: list[Ignored]


def read_query_string(model: type[Sent], pairs: Iterable[tuple[str, str]]) -> QueryString:
    """Return the parameters of the model, those of a list with commas between them.

    Of a parameter with one value that is given several the last one counts, as in Rails.
    """
    texts: dict[str, list[str]] = defaultdict(list)
    unknown: dict[str, None] = {}
    for name, text in pairs:
        if (known := _known_name(model, name)) is None:
            unknown[name] = None
        else:
            texts[known].append(text)
    lists = list_parameters(model)
    ignored = ignored_parameters(unknown)
    ignored += [
        Ignored(IgnoredCode.REPEATED_PARAMETER, (name,))
        for name, given in texts.items()
        if name not in lists and len(set(given)) > 1
    ]
    values = {name: _joined(given) if name in lists else given[-1] for name, given in texts.items()}
    return QueryString(values, ignored)


@cache
def list_parameters(model: type[Sent]) -> frozenset[str]:
    """Return the names of the parameters that take several values."""
    fields = model.model_fields.items()
    return frozenset(name for name, field in fields if _takes_many(field.annotation))


def _takes_many(annotation: Any) -> bool:  # noqa: ANN401
    if get_origin(annotation) in (tuple, frozenset):
        return True
    return any(map(_takes_many, get_args(annotation)))


def _known_name(model: type[Sent], name: str) -> str | None:
    if name in model.model_fields:
        return name
    match = _BRACKETS.fullmatch(name)
    return match[1] if match and match[1] in model.model_fields else None


def _joined(texts: Iterable[str]) -> str:
    """Return the items; an empty one beside others is what Rails' forms put before them."""
    return ",".join(text for text in texts if text)
