"""What this process has asked of vendors, and how the upstreams do if it is the one that drives."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from typing import Final

from app.domain.sync.deliveries import DeliveryState
from app.domain.sync.upstreams import Upstream, UpstreamApi
from app.domain.sync.waiting import FlowBacklog, Waiting

OUTCOMES: Final = ("answered", "refused", "throttled", "failed", "unanswered")
ByName = Mapping[str, Mapping[str, int]]


@dataclass(slots=True)
class SyncFigures:
    """Counted by system; ``upstreams`` is empty but in the process that drives.

    ``problems``: how many records cannot be taken in, by system. ``waiting``: what waits to be
    written, by upstream. ``carrying``: how what is carried does, by flow.
    """

    upstreams: Sequence[Upstream] = ()
    problems: Mapping[str, int] = field(default_factory=dict)
    waiting: Mapping[str, Waiting] = field(default_factory=dict)
    carrying: Mapping[str, FlowBacklog] = field(default_factory=dict)
    _requests: Counter[tuple[str, str]] = field(default_factory=Counter)

    def nothing(self) -> None:
        """Tell of no upstream: it is another process that drives."""
        self.upstreams, self.problems, self.waiting, self.carrying = (), {}, {}, {}

    def asked(self, upstream: Upstream, status: int | None) -> None:
        """Count a request; None: it was not answered."""
        self._requests[upstream.api.value, _outcome(status)] += 1

    @property
    def requests(self) -> ByName:
        """The requests of each system, by what became of them."""
        return {
            api.value: {each: self._requests[api.value, each] for each in OUTCOMES}
            for api in UpstreamApi
        }

    @property
    def by_state(self) -> ByName:
        """The upstreams of each system, by their state."""
        counts = Counter((each.api.value, each.state.value) for each in self.upstreams)
        found: dict[str, dict[str, int]] = {}
        for (api, state), count in counts.items():
            found.setdefault(api, {})[state] = count
        return found

    def last_full_read(self, now: datetime) -> Mapping[str, float]:
        """Return for how many seconds the one that was wholly read longest ago has not been.

        Of those that are read at all; one that never was counts from when it was connected.
        """
        ages: dict[str, float] = {}
        for each in self.upstreams:
            if each.is_at_work:
                age = (now - (each.last_full_read_at or each.connected_at)).total_seconds()
                ages[each.api.value] = max(age, ages.get(each.api.value, 0))
        return ages

    @property
    def deliveries(self) -> ByName:
        """What waits of each system that has an upstream, by its state."""
        found = {each.api.value: dict.fromkeys(DeliveryState, 0) for each in self.upstreams}
        for each in self.upstreams:
            for state, count in self._waiting(each).deliveries.items():
                found[each.api.value][state] += count
        return {api: {each.value: count for each, count in of.items()} for api, of in found.items()}

    @property
    def conflicts(self) -> Mapping[str, int]:
        """The open conflicts of each system that has an upstream."""
        counts = {each.api.value: 0 for each in self.upstreams}
        for each in self.upstreams:
            counts[each.api.value] += self._waiting(each).conflicts
        return counts

    def oldest_pending(self, now: datetime) -> Mapping[str, float]:
        """Return for how many seconds the oldest day of each system waits that waits for nobody."""
        ages = {each.api.value: 0.0 for each in self.upstreams}
        for each in self.upstreams:
            age = (now - (self._waiting(each).oldest_at or now)).total_seconds()
            ages[each.api.value] = max(age, ages[each.api.value])
        return ages

    @property
    def flow_problems(self) -> Mapping[str, int]:
        """How many records of each flow could not be carried."""
        return {flow: each.problems for flow, each in self.carrying.items()}

    @property
    def flow_lags(self) -> Mapping[str, int]:
        """How many changes the company that is furthest behind has not been carried, by flow."""
        return {flow: each.lag for flow, each in self.carrying.items()}

    def _waiting(self, upstream: Upstream) -> Waiting:
        return self.waiting.get(upstream.id, Waiting())


def _outcome(status: int | None) -> str:
    if status is None:
        return "unanswered"
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return "answered"
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return "throttled"
    return "failed" if status >= HTTPStatus.INTERNAL_SERVER_ERROR else "refused"
