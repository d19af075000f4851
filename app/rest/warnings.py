"""Warnings, which have no place in the vendors' bodies, as response headers (rule 6.6)."""

import json
from collections.abc import Sequence
from typing import Any, Final

from app.domain.warnings import Warning

WARNINGS: Final = "TimeOff-Warnings"
LEFT_OUT: Final = "TimeOff-Warnings-Left-Out"
MAX_BYTES: Final = 3_000
"""Clients and proxies commonly take 4 or 8 kB of headers in all."""


def warning_headers(warnings: Sequence[Warning]) -> dict[str, str]:
    """Return the headers; what does not fit is counted in one of its own.

    An ASCII JSON array of code, path and, where one became the other, the value sent and the
    value stored. Never a message, so never a reason.
    """
    if not warnings:
        return {}
    texts: list[str] = []
    size = len("[]")
    for warning in warnings:
        text = json.dumps(_facts(warning), separators=(",", ":"))
        size += len(text) + 1
        if size > MAX_BYTES:
            break
        texts.append(text)
    headers = {WARNINGS: f"[{','.join(texts)}]"}
    if left_out := len(warnings) - len(texts):
        headers[LEFT_OUT] = str(left_out)
    return headers


def _facts(warning: Warning) -> dict[str, Any]:
    facts: dict[str, Any] = {"code": warning.code.value, "path": list(warning.path)}
    if warning.sent is not None:
        facts |= {"sent": warning.sent, "stored": warning.stored}
    return facts
