"""Enums of the schedule."""

from enum import Enum

import strawberry

from app.domain import day_notes as notes
from app.domain import schedule as domain


@strawberry.enum(
    description="How hours that both systems have on one day are taken: most often it is the "
    "same absence, entered twice."
)
class Combine(Enum):
    MAX = strawberry.enum_value(
        domain.Combine.MAX, description="As one absence: the larger of the two."
    )
    SUM = strawberry.enum_value(
        domain.Combine.SUM, description="As two absences: their sum, up to the workday."
    )


@strawberry.enum(description="What deserves an explanation about a day.")
class DayNoteCode(Enum):
    POSSIBLE_DUPLICATE = strawberry.enum_value(
        notes.DayNoteCode.POSSIBLE_DUPLICATE,
        description="Both systems have time off: most often the same absence, entered twice.",
    )
    OVERLAP = strawberry.enum_value(
        notes.DayNoteCode.OVERLAP,
        description="Procore records go on at the same time; a night shift and a record of the "
        "next day are noted on both days.",
    )
    OVER_WORKDAY = strawberry.enum_value(
        notes.DayNoteCode.OVER_WORKDAY,
        description="More time off than the workday has hours, which may be none.",
    )
    PAID_UNPAID_OVERLAP = strawberry.enum_value(
        notes.DayNoteCode.PAID_UNPAID_OVERLAP,
        description="A paid and an unpaid Procore record go on at the same time.",
    )


@strawberry.enum(description="How the two systems differ about a worker's day.")
class DiscrepancyKind(Enum):
    ONLY_IN_KANTATA_OX = strawberry.enum_value(
        domain.DiscrepancyKind.ONLY_IN_KANTATA_OX, description="Procore has nothing."
    )
    ONLY_IN_PROCORE_WORKFORCE_PLANNING = strawberry.enum_value(
        domain.DiscrepancyKind.ONLY_IN_PROCORE_WORKFORCE_PLANNING,
        description="Kantata has nothing.",
    )
    HOURS_DIFFER = strawberry.enum_value(
        domain.DiscrepancyKind.HOURS_DIFFER, description="Both have hours, but not the same."
    )
