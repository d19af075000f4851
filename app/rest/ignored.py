"""What a client sent and nobody reads, by its name: a misspelt filter must not go unseen."""

from collections.abc import Iterator, Mapping
from typing import Any

from app.domain.errors import Path
from app.http_warnings import Ignored, IgnoredCode, shown_name
from app.rest.wire import Sent


def ignored_fields(sent: Sent, given: Mapping[str, Any]) -> Iterator[Ignored]:
    """Yield each member of a body that its model does not have, those within it as well."""
    for path in _unread(sent, given):
        yield Ignored(IgnoredCode.IGNORED_FIELD, path)


def ignored_values(sent: Sent) -> Iterator[Ignored]:
    """Yield each value of a query string that does not count, such as an unknown `include`."""
    for path in sent.unread_values:
        yield Ignored(IgnoredCode.IGNORED_PARAMETER, tuple(shown_name(str(part)) for part in path))


def _unread(sent: Sent, given: Mapping[str, Any]) -> Iterator[Path]:
    known = type(sent).model_fields
    for name, value in given.items():
        if name not in known:
            yield (shown_name(name),)
            continue
        part = getattr(sent, name)
        if isinstance(part, Sent):
            for path in _unread(part, value):
                yield (name, *path)
        elif isinstance(part, list):
            for index, item in enumerate(part):
                for path in _unread(item, value[index]) if isinstance(item, Sent) else ():
                    yield (name, index, *path)
