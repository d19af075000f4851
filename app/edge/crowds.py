"""A connection in a crowd: refused at next to no cost, and then not heard for a while."""

import asyncio
from collections.abc import Callable
from functools import cache
from typing import Any, Final

from starlette.types import Scope
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle
from uvicorn.server import ServerState

from app.edge.admission import ADMISSION, REFUSED, Admission
from app.edge.connections import BoundedHttpProtocol
from app.edge.limits import ConnectionLimits
from app.edge.probes import FIRST_PATHS
from app.edge.refusals import BUSY
from app.edge.request_ids import made_id, sent_id
from app.edge.root_path import ROOT_PATH
from app.edge.short_road import SHORT_ROAD, ShortRoad

STOPPING: Final = "timeoff.stopping"
"""In the state that the application leaves for its server: what ends answers that go on."""

COST_OF_A_CONNECTION: Final = 4
"""Refusals that take as long as one for which a connection is opened and closed."""

MOST_KEPT_BYTES: Final = 65_536
"""Of a client that waits for its turn, before nothing more is read from it."""

_EASILY_REFUSED: Final = {b"POST", b"GET"}


@cache
def _paths_of_the_first(root: str) -> frozenset[bytes]:
    """Return the paths of probes and scrapes, as a proxy may send them: with its prefix or not."""
    return frozenset(f"{each}{path}".encode() for path in FIRST_PATHS for each in ("", root))


class _Refused:
    """Stands where uvicorn looks for the last request: one that nobody runs."""

    def __init__(self, *, is_over: bool) -> None:
        self.response_started = True
        self.response_complete = is_over
        self.keep_alive = True
        self.disconnected = False
        self.message_event = asyncio.Event()
        self.scope: Scope = {REFUSED: True}


class CrowdedHttpProtocol(BoundedHttpProtocol):
    """Refuses at once what the application would refuse, and hears no more for a while.

    Where all places are taken, a request costs its parsing and one write of bytes that are
    ready: no task, no scope, no middleware; the same bytes once more not even the parsing.
    What needs more than that (a probe, a page of another origin that is to read why, a body
    still to be asked for) goes the usual way. Whoever was refused on either way is heard again
    when it is his turn, so that the time that refusals take is bounded, however many clients
    come back at once.
    """

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
        *,
        limits: ConnectionLimits,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop, limits=limits)
        self._admission: Admission = app_state[ADMISSION]
        self._is_full = self._admission.reads.is_full
        # On it nobody writes uvicorn's line for each request.
        self._short_road: ShortRoad | None = (
            None if config.access_log else app_state.get(SHORT_ROAD)
        )
        self._first = _paths_of_the_first(app_state.get(ROOT_PATH, ""))
        self._waits_for_turn = False
        self._comes_back = False
        self._kept = b""
        self._known_request = b""
        self._sent_id: str | None = None
        self._ends_with_body = False
        self._is_last = False

    # What comes

    def data_received(self, data: bytes) -> None:
        """Parse what came, or keep it for this client's turn."""
        if self._waits_for_turn:
            self._keep(data)
            return
        is_between = not self._request_has_begun
        super().data_received(data)
        if self._waits_for_turn:
            is_one = is_between and not self._request_has_begun and not self.pipeline
            self._known_request = data if is_one else b""
        elif self._is_last:
            self._is_last = False
            self._admission.pace.wait(self._answer_and_close)

    def _keep(self, data: bytes) -> None:
        self._kept += data
        if len(self._kept) > MOST_KEPT_BYTES:
            self.flow.pause_reading()

    def on_headers_complete(self) -> None:
        """Start answering, or refuse."""
        is_full = self._is_full(comes_back=self._comes_back)
        if is_full and self._is_easily_refused():
            self._refuse_at_once()
        else:
            super().on_headers_complete()

    def on_message_complete(self) -> None:
        """End the request; one that was refused before it ended makes its client wait now."""
        super().on_message_complete()
        if self._ends_with_body:
            self._ends_with_body = False
            self._wait_for_turn()

    # Answering

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:  # noqa: ANN401 - uvicorn's ASGI type
        if self._short_road is not None and not self._is_spare:
            app = self._short_road.app_for(cycle, app)
        super()._start_asgi_task(cycle, app)

    # Refusing

    def _is_easily_refused(self) -> bool:
        if self._is_spare or not self._is_answered():
            return False
        return (
            self.parser.get_method() in _EASILY_REFUSED
            and self.url.partition(b"?")[0] not in self._first
            and not self.expect_100_continue
            and not self.parser.should_upgrade()
            and all(name != b"origin" for name, _ in self.headers)
        )

    def _is_answered(self) -> bool:
        cycle: Any = self.cycle  # None before the first request
        return cycle is None or cycle.response_complete

    def _refuse_at_once(self) -> None:
        self._count(len(self.parser.get_method()))
        refused: Any = _Refused(is_over=True)
        self.cycle = self._answering = refused
        self._expect_body()
        self._admission.note_refusal(refused.scope)
        self._sent_id = sent_id(self.headers)
        if self.parser.get_http_version() == "1.1" and self.parser.should_keep_alive():
            self._ends_with_body = True
            self.transport.write(BUSY.answer(self._sent_id or made_id()))
        else:
            self._is_last = True

    def _answer_and_close(self) -> float:
        if self.transport.is_closing():
            return 0
        self.transport.write(BUSY.answer(self._sent_id or made_id(), is_last=True))
        self.transport.close()
        return COST_OF_A_CONNECTION

    # Waiting

    def on_response_complete(self) -> None:
        """Go on with the next request; after a refusal, when it is this client's turn."""
        answered = self._answering
        if answered is None or REFUSED not in answered.scope or self.transport.is_closing():
            super().on_response_complete()
        elif self._request_has_begun and answered is self.cycle:
            self._ends_with_body = True
            self.flow.resume_reading()
        else:
            self._wait_for_turn()

    def _wait_for_turn(self) -> None:
        self._unset_keepalive_if_required()
        self._waits_for_turn = True
        if not self.pipeline:
            # What has been read with the refused request, and is parsed now, queues behind this.
            waiting: Any = _Refused(is_over=False)
            self.cycle = waiting
        self._admission.pace.wait(self._take_turn)

    def _take_turn(self) -> float:
        if self.transport.is_closing():
            return 0
        kept, self._kept = self._kept, b""
        is_known = bool(kept) and kept == self._known_request
        if is_known and self._is_full(comes_back=True):
            self._admission.refused += 1
            self.transport.write(BUSY.answer(self._sent_id or made_id()))
            self._admission.pace.wait(self._take_turn)
            return 1
        self._waits_for_turn = False
        if isinstance(self.cycle, _Refused):
            self.cycle.response_complete = True
        super().on_response_complete()
        if kept:
            self._comes_back = True
            self.data_received(kept)
            self._comes_back = False
        return 1 if kept else 0

    # From the transport

    def shutdown(self) -> None:
        """End the connection; who waits for his turn has had his answer."""
        stop: Callable[[], None] | None = self.app_state.get(STOPPING)
        if stop is not None:
            stop()
        if self._waits_for_turn:
            self.transport.close()
        else:
            super().shutdown()
