"""What a vendor says of a request that it refuses: for who has just typed what it refused."""

from collections.abc import Mapping
from typing import Any, Final

import orjson

LONGEST: Final = 300
"""Characters of it that are shown."""
READ_BYTES: Final = 16 * 1024


def words_of(body: bytes) -> str | None:
    r"""Return the messages of a refusal as one line; None where it has none that can be read.

    >>> words_of(b'{"errors": [{"type": "oauth", "message": "Invalid\\ntoken"}]}')
    'Invalid token'
    """
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(document, Mapping):
        return None
    errors = document.get("errors")
    said = [_message(each) for each in (errors if isinstance(errors, list) else [document])]
    line = " ".join(" ".join(each.split()) for each in said if each)
    shown = "".join(each for each in line if each.isprintable())
    return shown[:LONGEST] or None


def _message(error: Any) -> str | None:  # noqa: ANN401 - JSON
    if isinstance(error, Mapping):
        error = error.get("message") or error.get("error_description") or error.get("error")
    return error if isinstance(error, str) else None
