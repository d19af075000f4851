"""Enums of person time off."""

from enum import Enum

import strawberry

from app.domain.instances import OccurrenceStatus as DomainStatus
from app.domain.recurrence import Repeat as DomainRepeat
from app.domain.repeat_changes import Scope as DomainScope


@strawberry.enum(description="How often a time off comes back.")
class Repeat(Enum):
    NEVER = strawberry.enum_value(DomainRepeat.NEVER, description="It does not.")
    WEEKLY = strawberry.enum_value(
        DomainRepeat.WEEKLY, description="Every `cadence` weeks, on the same weekdays."
    )
    MONTHLY = strawberry.enum_value(
        DomainRepeat.MONTHLY,
        description="Every `cadence` months, measured from the first day; a day that a month "
        "lacks becomes its last.",
    )
    YEARLY = strawberry.enum_value(
        DomainRepeat.YEARLY,
        description="Every `cadence` years, measured from the first day; 29 February becomes 28 "
        "in other years.",
    )


@strawberry.enum(description="Whether an occurrence is as its record's rule has it.")
class OccurrenceStatus(Enum):
    PLANNED = strawberry.enum_value(DomainStatus.PLANNED, description="It is.")
    CHANGED = strawberry.enum_value(
        DomainStatus.CHANGED,
        description="It was moved, or has other times or another paid flag than the record.",
    )
    SKIPPED = strawberry.enum_value(DomainStatus.SKIPPED, description="It does not take place.")


@strawberry.enum(description="How much of a time off that comes back a change is of.")
class Scope(Enum):
    ONE = strawberry.enum_value(
        DomainScope.ONE, description="The occurrence that `originalDay` names."
    )
    FOLLOWING = strawberry.enum_value(
        DomainScope.FOLLOWING, description="That occurrence and all that follow it."
    )
    ALL = strawberry.enum_value(DomainScope.ALL, description="The record as a whole.")
