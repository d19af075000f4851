"""What whoever imports may ask for besides the files."""

import codecs
from dataclasses import dataclass
from datetime import time
from typing import Final

from app.domain.errors import InvalidValue
from app.domain.wire_formats import fit_name, parse_local_time

SERVICE: Final = "import"
"""The service that made-up references are of, unless another is named."""
MODEL: Final = "absence"


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """How files are read, and what is taken where they say nothing.

    ``encoding`` and ``delimiter`` are those of the files where they cannot tell; ``kind`` is what
    a single file holds if its name does not say so. Where ``makes_ids``, ids and references that
    files lack are made of what they say. Where ``cuts``, hours that a workday has no room for are
    left out instead of refused. ``service`` is where absences come from; ``day_times`` and
    ``is_paid`` are those of rows of person time off without any.
    """

    dry_run: bool = False
    ignores_unknown: bool = False
    encoding: str | None = None
    delimiter: str | None = None
    kind: str | None = None
    makes_ids: bool = False
    cuts: bool = False
    service: str | None = None
    day_times: tuple[time, time] | None = None
    is_paid: bool | None = None


PLAIN: Final = ImportOptions()
"""Nothing is asked for."""


def read_encoding(name: str) -> str:
    """Return the name of a text encoding, or raise InvalidValue."""
    try:
        codec = codecs.lookup(name)
        b"x".decode(codec.name, "replace")  # refuses those of bytes to bytes, such as zip
    except (LookupError, UnicodeError, ValueError):
        msg = "There is no such encoding. There are cp1252, iso-8859-15, mac-roman and others."
        raise InvalidValue(msg) from None
    if codec.name == "utf-8":
        return "utf-8-sig"
    if codec.name.startswith(("utf-16", "utf-32", "utf-7")):
        msg = "A file in UTF-16 says so by its first bytes; save others as UTF-8."
        raise InvalidValue(msg)
    return codec.name


def read_service(name: str) -> str:
    """Return the name of a service as entries have it, or raise InvalidValue."""
    return fit_name(name.strip())


def read_day_times(text: str) -> tuple[time, time]:
    """Read two times of day with a hyphen between them: 08:00-16:00."""
    first, hyphen, last = text.partition("-")
    if not hyphen:
        msg = "Times are written 08:00-16:00."
        raise InvalidValue(msg)
    return parse_local_time(first.strip()), parse_local_time(last.strip())
