"""How much may be stored: each is a setting that the README lists."""

from dataclasses import dataclass

from app.domain.person_time_off import MAX_COUNTED_DAYS


@dataclass(frozen=True, slots=True)
class StorageLimits:
    """Of one record, of one company, and of all callers together."""

    record_days: int = MAX_COUNTED_DAYS
    calendar_feeds: int = 10_000
    idempotency_keys: int = 1_000_000
    webhooks: int = 50
