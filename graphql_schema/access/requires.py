"""`@requires`: which permission a field needs, said in the schema.

It says what services ask for, and asks for nothing itself; a test compares the two for every
field, role and company (tests/access/test_matrix.py).
"""

import strawberry
from strawberry.schema_directive import Location

from app.domain import access
from graphql_schema.access.enums import Permission


@strawberry.schema_directive(
    locations=[Location.FIELD_DEFINITION],
    description="The permission that a field needs beyond `READ_TIME_OFF`. Without it a field of "
    "`Query` is null with the error `FORBIDDEN`, a mutation is refused with `NOT_PERMITTED`, and a "
    "personal text is null. `ofOwn`: the permission that is enough for the caller's own worker.",
)
class Requires:
    """What a field needs."""

    permission: Permission
    of_own: Permission | None = strawberry.directive_field(name="ofOwn", default=None)


def requires(
    permission: access.Permission, of_own: access.Permission | None = None
) -> list[object]:
    """Return the directives of a field that needs the permission."""
    own = None if of_own is None else Permission(of_own)
    return [Requires(permission=Permission(permission), of_own=own)]


OF_REASONS = requires(access.Permission.READ_REASONS, access.Permission.READ_TIME_OFF)
"""Of a text that only some callers read: one's own worker's everybody who reads anything."""
