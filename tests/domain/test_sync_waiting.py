"""What waits of an upstream, in numbers."""

from datetime import UTC, datetime, timedelta

from app.domain.sync.deliveries import DeliveryState
from app.domain.sync.waiting import Waiting


def test_what_needs_nobody_is_in_line_and_the_rest_is_not():
    waiting = Waiting({state: 10**place for place, state in enumerate(DeliveryState)})

    assert (waiting.in_line, waiting.blocked) == (11, 100)
    assert (Waiting().in_line, Waiting().blocked) == (0, 0)


def test_what_is_news_waits_with_the_rest():
    at = datetime(2026, 3, 2, tzinfo=UTC)
    one = Waiting().with_pending(1, at)

    assert (one.in_line, one.oldest_at) == (1, at)
    assert one.with_pending(2, at + timedelta(days=1)).oldest_at == at
    assert one.with_pending(2, at - timedelta(days=1)).oldest_at == at - timedelta(days=1)
    assert one.with_pending(2, at).in_line == 3
