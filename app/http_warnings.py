"""Warnings as response headers, where bodies have no place for them (rule 6.6)."""

import json
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Any, Final, NamedTuple

from app.domain.errors import Path
from app.domain.warnings import Warning

WARNINGS: Final = "TimeOff-Warnings"
LEFT_OUT: Final = "TimeOff-Warnings-Left-Out"
MAX_BYTES: Final = 3_000
"""Clients and proxies commonly take 4 or 8 kB of headers in all."""

_LONGEST_NAME: Final = 64


class IgnoredCode(StrEnum):
    """What of a request did not count."""

    IGNORED_FIELD = "IGNORED_FIELD"
    IGNORED_PARAMETER = "IGNORED_PARAMETER"
    REPEATED_PARAMETER = "REPEATED_PARAMETER"


class Ignored(NamedTuple):
    """A part of a request that did not count, and where it stands."""

    code: IgnoredCode
    path: Path


def warning_headers(warnings: Sequence[Warning], ignored: Sequence[Ignored] = ()) -> dict[str, str]:
    """Return the headers; what does not fit is counted in one of its own.

    An ASCII JSON array of code, path and, where one became the other, the value sent and the
    value stored. Never a message, so never a reason.
    """
    told: list[Warning | Ignored] = [*warnings, *ignored]
    if not told:
        return {}
    texts: list[str] = []
    size = len("[]")
    for warning in told:
        text = json.dumps(_facts(warning), separators=(",", ":"))
        size += len(text) + 1
        if size > MAX_BYTES:
            break
        texts.append(text)
    headers = {WARNINGS: f"[{','.join(texts)}]"}
    if left_out := len(told) - len(texts):
        headers[LEFT_OUT] = str(left_out)
    return headers


def ignored_parameters(names: Iterable[str]) -> list[Ignored]:
    """Return that nobody reads parameters of these names."""
    return [Ignored(IgnoredCode.IGNORED_PARAMETER, (shown_name(name),)) for name in names]


def shown_name(name: str) -> str:
    r"""Return a client's own name as a header may repeat it: short, and without control characters.

    >>> shown_name("user_ids[]"), shown_name("a\x7fb"), len(shown_name("x" * 999))
    ('user_ids[]', 'a\ufffdb', 65)
    """
    whole = len(name) <= _LONGEST_NAME
    kept = name if whole else f"{name[:_LONGEST_NAME]}\u2026"
    return "".join(each if each.isprintable() else "\ufffd" for each in kept)


def _facts(warning: Warning | Ignored) -> dict[str, Any]:
    facts: dict[str, Any] = {"code": warning.code.value, "path": list(warning.path)}
    if isinstance(warning, Warning) and warning.sent is not None:
        facts |= {"sent": warning.sent, "stored": warning.stored}
    return facts
