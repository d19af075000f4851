"""Enums of person time off."""

from enum import Enum

import strawberry

from app.domain.recurrence import Repeat as DomainRepeat


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
