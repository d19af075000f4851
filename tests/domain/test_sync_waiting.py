"""What waits of an upstream, in numbers."""

from app.domain.sync.deliveries import DeliveryState
from app.domain.sync.waiting import Waiting


def test_what_needs_nobody_is_in_line_and_the_rest_is_not():
    waiting = Waiting({state: 10**place for place, state in enumerate(DeliveryState)})

    assert (waiting.in_line, waiting.blocked) == (11, 100)
    assert (Waiting().in_line, Waiting().blocked) == (0, 0)
