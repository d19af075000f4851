"""Enums of access: permissions, and the roles that bundle them."""

from enum import Enum

import strawberry

from app.domain import access


@strawberry.enum(description="What a caller may be allowed to do, in each of its companies.")
class Permission(Enum):
    READ_TIME_OFF = strawberry.enum_value(
        access.Permission.READ_TIME_OFF,
        description="Read schedules, records and the directory; reasons only of one's own worker.",
    )
    WRITE_OWN_TIME_OFF = strawberry.enum_value(
        access.Permission.WRITE_OWN_TIME_OFF,
        description="Write the time off of one's own worker.",
    )
    WRITE_TIME_OFF = strawberry.enum_value(
        access.Permission.WRITE_TIME_OFF,
        description="Write anybody's time off, and settle what the two systems differ about.",
    )
    READ_REASONS = strawberry.enum_value(
        access.Permission.READ_REASONS,
        description="Read everybody's `reason` and `externalMessage`.",
    )
    READ_CHANGES = strawberry.enum_value(
        access.Permission.READ_CHANGES, description="Read the change feed."
    )
    WRITE_DIRECTORY = strawberry.enum_value(
        access.Permission.WRITE_DIRECTORY,
        description="Write companies, roles, users, people, workweeks and holidays; link workers.",
    )
    MANAGE_FEEDS = strawberry.enum_value(
        access.Permission.MANAGE_FEEDS,
        description="Make and revoke anybody's calendar feeds; one's own worker's need no more "
        "than `READ_TIME_OFF`.",
    )
    READ_AUDIT = strawberry.enum_value(
        access.Permission.READ_AUDIT, description="Read who came in, and who was refused."
    )
    MANAGE_ACCESS = strawberry.enum_value(
        access.Permission.MANAGE_ACCESS, description="Make and revoke tokens, end sessions."
    )
    MANAGE_WEBHOOKS = strawberry.enum_value(
        access.Permission.MANAGE_WEBHOOKS, description="Manage webhooks."
    )
    MANAGE_PERSONAL_DATA = strawberry.enum_value(
        access.Permission.MANAGE_PERSONAL_DATA,
        description="Read all that is kept about one person, and erase it.",
    )
    MANAGE_UPSTREAMS = strawberry.enum_value(
        access.Permission.MANAGE_UPSTREAMS, description="Manage connections to the two systems."
    )


@strawberry.enum(description="A bundle of permissions; docs/access.md has the table.")
class AccessRole(Enum):
    VIEWER = strawberry.enum_value(
        access.AccessRole.VIEWER, description="Reads schedules, records and the directory."
    )
    EMPLOYEE = strawberry.enum_value(
        access.AccessRole.EMPLOYEE, description="Reads, and writes its own worker's time off."
    )
    PLANNER = strawberry.enum_value(
        access.AccessRole.PLANNER,
        description="Reads, writes everybody's time off, and follows the change feed.",
    )
    HR = strawberry.enum_value(
        access.AccessRole.HR,
        description="A planner who reads reasons, writes the directory, manages feeds and reads "
        "the audit.",
    )
    INTEGRATION = strawberry.enum_value(
        access.AccessRole.INTEGRATION,
        description="Reads, writes everybody's time off and the directory, and follows the change "
        "feed.",
    )
    ADMIN = strawberry.enum_value(access.AccessRole.ADMIN, description="May do everything.")
