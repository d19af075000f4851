"""The time that services and commands are handed."""

from datetime import UTC, datetime


def now() -> datetime:
    """Return the time, to the millisecond: as the source systems keep it."""
    moment = datetime.now(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
