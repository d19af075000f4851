"""What is said in each line of the log, and what is kept out of it.

A line of a request says its id. Kept out are the links of feeds, tokens, secrets of webhooks, the
values in the query strings of addresses, and more lines than anybody can read.
"""

import logging
import re
import time
from collections.abc import Callable
from typing import Final

from app.request_ids import CURRENT

MINUTE: Final = 60.0
HEAD: Final = 40
"""Of a line: its time and level."""

_LINK: Final = re.compile(r"(/feeds/)[^\s\"]+", re.IGNORECASE)
_TOKEN: Final = re.compile(r"(tog_[0-9A-Za-z]{8}_)[0-9A-Za-z_]+")
_SIGNING: Final = re.compile(r"(whsec_)[0-9A-Za-z+/=_-]+")
_VALUE: Final = re.compile(r"([?&][^=&\s\"]*=|[?&])[^&\s\"]+")
"""Of a query string; where there is no name, all of it."""


class WithoutSecrets(logging.Filter):
    """Masks the links of calendar feeds, tokens, and what signs the messages of webhooks.

    Of addresses also the values of their parameters: a filter may be a personal text, the answer
    of an issuer has a code, and clients put tokens there.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every line pass, without the secret in it.

        >>> line = logging.LogRecord("", 0, "", 0, "%s %d", ("GET /feeds/se%20cret.ics", 200), None)
        >>> WithoutSecrets().filter(line), line.getMessage()
        (True, 'GET /feeds/*** 200')
        >>> line = logging.LogRecord("", 0, "", 0, "GET %s", ("/a?code=se%20cret&x",), None)
        >>> WithoutSecrets().filter(line), line.getMessage()
        (True, 'GET /a?code=***&***')
        """
        record.msg = masked(record.msg)
        if isinstance(record.args, tuple):
            record.args = tuple(map(_without_values, map(masked, record.args)))
        return True


class WithRequestId(logging.Filter):
    """Says at the end of a line to which request it belongs; outside of requests to none."""

    def filter(self, record: logging.LogRecord) -> bool:
        r"""Let every line pass, with ``request=`` and the id; frames below it are left alone.

        >>> line = logging.LogRecord("", 0, "", 0, "error %s\n%s", ("1", "frames"), None)
        >>> token = CURRENT.set("order:17")
        >>> WithRequestId().filter(line), line.getMessage()
        (True, 'error 1 request=order:17\nframes')
        >>> CURRENT.reset(token)
        """
        id_ = CURRENT.get()
        record.request = said = f" request={id_}" if id_ else ""
        if said:
            first, newline, rest = str(record.msg).partition("\n")
            record.msg = f"{first}{said}{newline}{rest}"
        return True


class WithinBudget(logging.Filter):
    """Lets so many bytes pass in a minute; the next line after it says how many were left out.

    Whatever happens, the log does not fill the disk. Frames count as well.
    """

    def __init__(self, most_bytes: int, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._most = most_bytes
        self._clock = clock
        self._until = float("-inf")
        self._left = 0
        self._left_out = 0

    def filter(self, record: logging.LogRecord) -> bool:
        """Say whether the line passes."""
        now = self._clock()
        if now >= self._until:
            self._until, self._left = now + MINUTE, self._most
        size = _size(record)
        if size > self._left:
            self._left_out += 1
            self._left = 0  # not a shorter one after it: what passes is all until there
            return False
        self._left -= size
        if self._left_out:
            record.msg = f"({self._left_out} lines were left out) {record.msg}"
            self._left_out = 0
        return True


def _size(record: logging.LogRecord) -> int:
    """Return about how many bytes the line takes, its frames included."""
    if record.exc_info and not record.exc_text:
        record.exc_text = logging.Formatter().formatException(record.exc_info)
    frames = (record.exc_text or "") + (record.stack_info or "")
    return len(record.getMessage().encode("utf-8", "replace")) + len(frames) + HEAD


def masked(part: object) -> object:
    """Return a text without the secrets that may be in it, and everything else as it is."""
    if not isinstance(part, str):
        return part
    for secret in (_LINK, _TOKEN, _SIGNING):
        part = secret.sub(r"\1***", part)
    return part


def _without_values(part: object) -> object:
    """Return an address without the values of its parameters, and everything else as it is."""
    if not isinstance(part, str) or not part.startswith("/"):
        return part
    return _VALUE.sub(r"\1***", part)
