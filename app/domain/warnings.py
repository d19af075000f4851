"""What a caller should know about a request that was carried out."""

from dataclasses import dataclass
from enum import StrEnum

from app.domain.errors import Path


class WarningCode(StrEnum):
    """What a warning is about, for programs; its message has the words."""

    NOT_QUARTER_HOUR = "NOT_QUARTER_HOUR"
    TIME_ROUNDED = "TIME_ROUNDED"
    OVERLAPS_TIME_OFF = "OVERLAPS_TIME_OFF"
    INSTANCE_WITHOUT_COUNTED_DAY = "INSTANCE_WITHOUT_COUNTED_DAY"
    HOURS_TAKEN_BACK = "HOURS_TAKEN_BACK"
    PERSON_WITHOUT_USER = "PERSON_WITHOUT_USER"
    OUTSIDE_WINDOW = "OUTSIDE_WINDOW"
    REPEAT_MEETS_MONTH_END = "REPEAT_MEETS_MONTH_END"
    LENGTH_KEPT = "LENGTH_KEPT"
    BEGINS_BEFORE_OCCURRENCE = "BEGINS_BEFORE_OCCURRENCE"
    NOTHING_CHANGED = "NOTHING_CHANGED"
    EMAIL_SHARED = "EMAIL_SHARED"
    NOT_AN_EMAIL = "NOT_AN_EMAIL"
    EMPLOYEE_NUMBER_SHARED = "EMPLOYEE_NUMBER_SHARED"
    NO_LONGER_MIRRORED = "NO_LONGER_MIRRORED"


@dataclass(frozen=True, slots=True)
class Warning:
    """Something was stored otherwise than sent, or deserves a look.

    ``sent`` and ``stored`` are the two values where one became the other.
    """

    code: WarningCode
    message: str
    path: Path
    sent: str | None = None
    stored: str | None = None
