"""What happens to objects."""

from enum import Enum

import strawberry

from app.domain import changes


@strawberry.enum(description="What happened to an object.")
class ChangeOperation(Enum):
    CREATED = strawberry.enum_value(
        changes.ChangeOperation.CREATED, description="It came into being."
    )
    UPDATED = strawberry.enum_value(
        changes.ChangeOperation.UPDATED, description="Some of its fields changed."
    )
    DELETED = strawberry.enum_value(changes.ChangeOperation.DELETED, description="It is gone.")
