"""What the other system cannot say of what was converted: coded, and in words (rule 4.4)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import time
from enum import StrEnum


class LossCode(StrEnum):
    """What is lost, for programs; the message has the words."""

    CLOCK_TIMES = "CLOCK_TIMES"
    REASON = "REASON"
    PAID = "PAID"
    SERIES = "SERIES"
    ENTRY_IDENTITY = "ENTRY_IDENTITY"
    EXTERNAL_REFERENCES = "EXTERNAL_REFERENCES"
    SUBMITTED = "SUBMITTED"
    QUARTER_HOURS = "QUARTER_HOURS"


@dataclass(frozen=True, slots=True)
class ClockTimes:
    """From when to when, of a day of Procore's; an end that is not later is on the next day."""

    starts: time
    ends: time


@dataclass(frozen=True, slots=True)
class Loss:
    """One thing that is lost, never a reason itself; what is None or empty is no part of it.

    Of a series, so many instances out of ``of_instances`` become entries. Of entries, so many
    stand as ``records``, or so many of ``seconds_before`` each stand as ``seconds_after``.
    """

    code: LossCode
    message: str
    times: Sequence[ClockTimes] = field(default_factory=list)
    instances: int | None = None
    of_instances: int | None = None
    entries: int | None = None
    records: int | None = None
    seconds_before: int | None = None
    seconds_after: int | None = None
