"""What a deployment may choose about requests; each is a setting that the README lists."""

from dataclasses import dataclass
from enum import StrEnum

from app.domain.person_time_off import MAX_COUNTED_DAYS


@dataclass(frozen=True, slots=True)
class Limits:
    """The defaults admit GraphiQL's introspection, pages of 500 and batches of 1,000."""

    body_bytes: int = 1_048_576
    json_depth: int = 32
    json_values: int = 20_000
    number_characters: int = 32
    document_bytes: int = 16_384
    tokens: int = 2_000
    operations: int = 20
    fragments: int = 100
    depth: int = 20
    fields: int = 500
    aliases: int = 50
    root_fields: int = 20
    directives: int = 50
    repeats: int = 10
    cost: int = 250_000
    record_days: int = MAX_COUNTED_DAYS
    cached_document_bytes: int = 1_048_576
    query_seconds: float = 15.0
    mutation_seconds: float = 60.0
    socket_operations: int = 20
    subscriptions: int = 500
    subscriptions_per_caller: int = 100
    subscription_seconds: float = 3600.0


class StatusCodes(StrEnum):
    """Which status codes refuse and tell: those of today's clients, or the newer draft's."""

    AUDITS = "audits"
    DRAFT_2026 = "draft-2026"
