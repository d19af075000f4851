"""Enums of the directory."""

from enum import Enum

import strawberry

from app.domain import directory as domain


@strawberry.enum(description="Whether Procore counts a person among the assignable.")
class PersonStatus(Enum):
    ACTIVE = strawberry.enum_value(domain.PersonStatus.ACTIVE, description="Can be assigned.")
    INACTIVE = strawberry.enum_value(
        domain.PersonStatus.INACTIVE, description="Has left, or cannot be assigned."
    )
