"""Enums of time off entries."""

from enum import Enum

import strawberry

from app.domain import time_off_entries as domain


@strawberry.enum(description="How an integration fared with an object.")
class ExternalReferenceStatus(Enum):
    SUCCESSFUL = strawberry.enum_value(
        domain.ReferenceStatus.SUCCESSFUL, description="It went through."
    )
    PENDING = strawberry.enum_value(domain.ReferenceStatus.PENDING, description="It is under way.")
    FAILED = strawberry.enum_value(domain.ReferenceStatus.FAILED, description="It did not work.")
