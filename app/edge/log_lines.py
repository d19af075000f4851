"""The form of lines: text for people, or JSON, one object a line, for what collects them.

Text is uvicorn's own. A line of a request is made by hand: thousands are written in a second.
"""

import asyncio
import logging
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Final, Literal

import orjson

from app.edge.logs import masked
from app.request_ids import CURRENT

LogFormat = Literal["text", "json"]

SLOW: Final = logging.getLogger("app.slow")

FIELDS: Final = "timeoff_fields"
"""The attribute of a record with what a line of JSON has besides: ``extra={FIELDS: {...}}``."""

_LEVELS: Final = {
    logging.DEBUG: "debug",
    logging.INFO: "info",
    logging.WARNING: "warning",
    logging.ERROR: "error",
    logging.CRITICAL: "critical",
}


WRITTEN_EVERY: Final = 0.1
"""Seconds."""
MOST_PENDING: Final = 256
_IN_MESSAGE: Final = {"method", "path", "status"}


Parts = tuple[str, str]
"""Of the line of a request: what stands before its time and size, and what stands behind."""


class _Moments:
    """Writes moments; the part that is the same for a second is made once."""

    def __init__(self, form: str, last: str, is_utc: bool) -> None:  # noqa: FBT001 - a constant
        self._form, self._last = form, last
        self._part_of = time.gmtime if is_utc else time.localtime
        self._second = -1
        self._text = ""

    def text(self, moment: float) -> str:
        """Return the moment with its milliseconds."""
        second = int(moment)
        if second != self._second:
            self._text = time.strftime(self._form, self._part_of(second))
            self._second = second
        return self._last % (self._text, int((moment - second) * 1000))


_JSON_TIME: Final = ("%Y-%m-%dT%H:%M:%S", "%s.%03dZ", True)
_TEXT_TIME: Final = ("%Y-%m-%d %H:%M:%S", "%s,%03d", False)


class JsonLines(logging.Formatter):
    """One JSON object a line: time, level, logger, message, request, and what else is known.

    What a message has below its first line, such as the frames of a fault, is a list in ``stack``.
    """

    def __init__(self) -> None:
        super().__init__()
        self._moments = _Moments(*_JSON_TIME)

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        message, *below = record.getMessage().splitlines() or [""]
        line: dict[str, object] = {
            "time": self._moments.text(record.created),
            "level": _LEVELS.get(record.levelno, "info"),
            "logger": record.name.removesuffix(".error"),  # uvicorn's word for all but requests
            "message": message,
        }
        if id_ := CURRENT.get():
            line["request"] = masked(id_)
        fields: Mapping[str, object] | None = record.__dict__.get(FIELDS)
        if fields is not None:
            line.update(fields)
        if record.exc_info and not record.exc_text:
            record.exc_text = self.formatException(record.exc_info)
        if below or record.exc_text:
            line["stack"] = [*below, *(record.exc_text or "").splitlines()]
        return orjson.dumps(line, default=str).decode("utf-8", "replace")


class RequestLines:
    """Writes a line for each request, some of them at a time: a write costs more than its line.

    Where the process is killed the lines of the last WRITTEN_EVERY are lost.
    """

    def __init__(self, form: LogFormat) -> None:
        self._is_json = form == "json"
        self._moments = _Moments(*(_JSON_TIME if self._is_json else _TEXT_TIME))
        self._pending: list[str] = []

    def add(self, parts: Parts, seconds: float, size: int, trace: str) -> None:
        """Write the line of a request that has ended now, soon."""
        when = self._moments.text(time.time())
        id_ = CURRENT.get()
        if "_" in id_ or "/" in id_:  # it is a client's
            id_ = str(masked(id_))
        first, last = parts
        took = f"{seconds * 1000:.2f}"
        if self._is_json:
            traced = f',"trace":"{trace}"' if trace else ""
            line = (
                f'{{"time":"{when}","level":"info","logger":"app.requests",{first},'
                f'"request":"{id_}","ms":{took},"bytes":{size},{last}{traced}}}\n'
            )
        else:
            traced = f" trace={trace}" if trace else ""
            line = f"{when} INFO:     {first} {took} ms {size} bytes {last}{traced} request={id_}\n"
        self._pending.append(line)
        if len(self._pending) == 1:
            asyncio.get_running_loop().call_later(WRITTEN_EVERY, self.write)
        elif len(self._pending) >= MOST_PENDING:
            self.write()

    def parts_of(self, fields: Mapping[str, object]) -> Parts:
        """Return what is the same in many lines; they begin with method, path and status."""
        message = f"{fields['method']} {fields.get('path', '-')} {fields['status']}"
        if self._is_json:
            first = orjson.dumps({"message": message}).decode()
            return first[1:-1], orjson.dumps(fields).decode()[1:-1]
        more = (f"{name}={each}" for name, each in fields.items() if name not in _IN_MESSAGE)
        return message, " ".join(more)

    def write(self) -> None:
        """Write what is still to be written."""
        text = "".join(self._pending)
        self._pending.clear()
        with suppress(OSError):  # nobody reads it any more, which is no request's fault
            sys.stderr.write(text)
            sys.stderr.flush()
