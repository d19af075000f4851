"""Who asks, and what they may see. One tenant per company."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, for which companies (None: all of them), and whether they read reasons."""

    name: str
    companies: frozenset[str] | None = None
    may_read_reasons: bool = False

    def sees(self, company_id: str) -> bool:
        """Say whether the company is one of the caller's."""
        return self.companies is None or company_id in self.companies


LOCAL: Final = Caller("local", None, may_read_reasons=True)
"""Every request, until callers are told apart."""

READERS_OF_REASONS: Final = (
    "Callers are not told apart yet: everyone who reaches this gateway can read it."
)
"""What the schema, the REST reference and the calendar say of a reason while that is so."""

REASON: Final = (
    "Why. Personal data: never in a log, an error, a calendar feed, an export or a change. "
    + READERS_OF_REASONS
)
"""What whoever writes a reason is told."""
