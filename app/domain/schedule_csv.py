"""A worker's day as a row of a table, and tables as CSV (RFC 4180)."""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from app.domain.durations import hours_of_seconds
from app.domain.identifiers import Kind, node_id
from app.domain.schedule import Combine, MergedDay
from app.domain.workers import Worker

Cell = str | float

COLUMNS: Final = (
    "name",
    "role",
    "job_title",
    "email",
    "company",
    "date",
    "kind",
    "workday_hours",
    "hours_off",
    "hours_off_high",
    "available_hours",
    "paid_hours",
    "unpaid_hours",
    "unknown_paid_hours",
    "holiday",
    "notes",
    "discrepancy",
    "worker_id",
    "user_id",
    "person_id",
    "company_id",
)
"""GraphQL's words for the same, in snake_case; people's words first, ids last. No reason."""

BYTE_ORDER_MARK: Final = "\ufeff"
"""By which spreadsheets know UTF-8: without it they show Zoë as ZoÃ«."""

# The formula's signs in every form: whatever Unicode's NFKC makes one of = + - @, and the
# typographers' minus, plus and equals signs. Input methods write some of them for the others.
_SIGNS: Final = (
    r"=+\-@\u207a\u207c\u208a\u208c\u2a75\u2a76\ufb29\ufe62\ufe63\ufe66\ufe6b\uff0b\uff0d\uff1d\uff20"
    r"\u02d6\u02d7\u2212\u2795\u2796\ua78a\U0001f7f0"
)
# Blanks, control characters, and all that shows nothing (app/domain/texts.py).
_BLANKS: Final = (
    r"\s\x00-\x1f\x7f-\x9f\xad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u115f\u1160"
    r"\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff"
    r"\uffa0\ufff0-\ufffb\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3"
    r"\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
# Where spreadsheets part cells by semicolons or tabs, one in a text begins another cell.
_BEGINS_A_CELL: Final = re.compile(
    rf"^(?=[\t\r\n]|[{_BLANKS}]*[{_SIGNS}])|(?<=[;\t\r\n])(?=[{_BLANKS}]*[{_SIGNS}])"
)
# Read by commas, a file of semicolons has a cell behind each comma, which nothing quotes.
_BEGINS_A_CELL_BY_COMMAS: Final = re.compile(rf"(?<=,)(?=[{_BLANKS}]*[{_SIGNS}])")


class Separator(StrEnum):
    """What stands between cells; spreadsheets expect the one of their region."""

    COMMA = "comma"
    SEMICOLON = "semicolon"
    """With decimal commas, as where spreadsheets take a point for a part of a date."""


class DayKind(StrEnum):
    """What a day is, in one word."""

    HOLIDAY = "HOLIDAY"
    DAY_OFF = "DAY_OFF"
    FREE = "FREE"
    PAID = "PAID"
    UNPAID = "UNPAID"
    UNKNOWN = "UNKNOWN"
    MIXED = "MIXED"


def day_kind(day: MergedDay) -> DayKind:
    """Return what a day is; time off on a day without work leaves it a day without work."""
    if day.holiday:
        return DayKind.HOLIDAY
    if not day.workday:
        return DayKind.DAY_OFF
    shares = {
        DayKind.PAID: day.paid,
        DayKind.UNPAID: day.unpaid,
        DayKind.UNKNOWN: day.unknown_paid(Combine.MAX),
    }
    kinds = [kind for kind, seconds in shares.items() if seconds]
    if len(kinds) > 1:
        return DayKind.MIXED
    return kinds[0] if kinds else DayKind.FREE


@dataclass(frozen=True, slots=True)
class WorkersWords:
    """What a row says of its worker beside the worker's own: empty where nobody has said it."""

    company: str = ""
    role: str = ""
    job_title: str = ""


def day_row(worker: Worker, words: WorkersWords, day: MergedDay) -> list[Cell]:
    """Return the day as a row of COLUMNS; what both systems have counts as one absence."""
    return [
        inert(worker.full_name),
        inert(words.role),
        inert(words.job_title),
        inert(worker.email or ""),
        inert(words.company),
        day.date.isoformat(),
        day_kind(day).value,
        hours_of_seconds(day.workday),
        hours_of_seconds(day.low),
        hours_of_seconds(day.high),
        hours_of_seconds(day.available(Combine.MAX)),
        hours_of_seconds(day.paid),
        hours_of_seconds(day.unpaid),
        hours_of_seconds(day.unknown_paid(Combine.MAX)),
        inert(day.holiday.name if day.holiday else ""),
        " ".join(note.code.value for note in day.notes),
        day.discrepancy or "",
        node_id(Kind.WORKER, worker.id),
        "" if worker.user_id is None else str(worker.user_id),
        worker.person_id or "",
        worker.company_id,
    ]


def inert(text: str) -> str:
    """Return text that no spreadsheet runs: an apostrophe stands before what looks like code.

    >>> inert("=1+1"), inert("@sum"), inert("Ada;=1+1"), inert("O'Hara-Lee")
    ("'=1+1", "'@sum", "Ada;'=1+1", "O'Hara-Lee")
    """
    return _BEGINS_A_CELL.sub("'", text)


def csv_text(rows: Iterable[Sequence[Cell]], separator: Separator = Separator.COMMA) -> str:
    r"""Return the rows as CSV.

    >>> csv_text([("Ida, Vale", 7.5)])
    '"Ida, Vale",7.5\r\n'
    >>> csv_text([("Ida, Vale", 7.5)], Separator.SEMICOLON)
    'Ida, Vale;7,5\r\n'
    >>> csv_text([("Ida,=1+1", 7.5)], Separator.SEMICOLON)
    "Ida,'=1+1;7,5\r\n"
    """
    text = io.StringIO(newline="")
    if separator is Separator.COMMA:
        csv.writer(text).writerows(rows)
    else:
        local = ([_among_semicolons(cell) for cell in row] for row in rows)
        csv.writer(text, delimiter=";").writerows(local)
    return text.getvalue()


def _among_semicolons(cell: Cell) -> str:
    """Write numbers with a decimal comma, text so that none runs where commas part cells."""
    if isinstance(cell, str):
        return _BEGINS_A_CELL_BY_COMMAS.sub("'", cell)
    return str(cell).replace(".", ",")
