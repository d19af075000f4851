"""Paths into a request's input, in the schema's names."""

from strawberry.utils.str_converters import to_camel_case

from app.domain import errors as domain


def to_path(path: domain.Path) -> list[str]:
    """Return a path in the schema's names.

    >>> to_path(("time_off_entries", 1, "user_id"))
    ['timeOffEntries', '1', 'userId']
    """
    return [to_camel_case(part) if isinstance(part, str) else str(part) for part in path]
