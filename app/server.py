"""The server process: its socket, its uvicorn, and what is printed once it answers."""

import copy
import errno
import http.client
import json
import logging
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from types import FrameType
from typing import Any

import uvicorn
from uvicorn.config import LOGGING_CONFIG, STARTUP_FAILURE
from uvicorn.supervisors import ChangeReload, Multiprocess
from uvicorn.supervisors.multiprocess import Process

from app.addresses import local_url
from app.edge.crowds import CrowdedHttpProtocol
from app.edge.log_lines import LogFormat
from app.edge.sockets import ManyTextsProtocol
from app.service_manager import READY, STOPPING, tell, watching
from app.settings import Settings
from app.web import calendar, graphiql
from app.web.worker_figures import FOLDER_VARIABLE

GRACE_SECONDS = 6
"""For requests that are under way at SIGTERM; the rest of the 10 s is for closing."""

END_SECONDS = 9
"""After which a worker process that was asked to end, and is still there, is killed.

What is left of the 10 s is for hearing of the request, and for the process that asked.
"""

WORKER_SECONDS = 30
"""In which a worker process has to give a sign of life, from its start on, or it is replaced.

uvicorn's 5 s are less than the imports take where a machine is very busy: each worker would be
killed before it serves, and so would the next.
"""

WEBSOCKET_MESSAGE_BYTES = 1024 * 1024
"""As large as an HTTP body may be; uvicorn would take 16 times as much."""

HTTPS_ONLY = (
    "People sign in by https: put a proxy that does https in front, and name it in "
    "TIMEOFF_TRUSTED_PROXIES (docs/access.md)."
)
"""Of a gateway that others reach by http only: no browser is given a cookie there."""


_logger = logging.getLogger("uvicorn.error")


class CannotListen(Exception):
    """The address cannot be had; the message says why and what to do."""


def open_listener(host: str, port: int) -> socket.socket:
    """Listen at once, so that two servers never both believe a port is theirs.

    Clients that connect before the application is ready wait in the backlog.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        raise CannotListen(_why_not(error, host, port)) from None


def _why_not(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"Port {port} of {host} is taken by another program. "
            "Stop that, or choose another with --port (TIMEOFF_PORT)."
        )
    if error.errno == errno.EACCES:
        return (
            f"Port {port} needs more rights than this user has. "
            "Choose one from 1024 with --port (TIMEOFF_PORT)."
        )
    # socket.create_server adds the address, in Python's way of writing it.
    reason = str(error.strerror).partition(" (while")[0]
    return f"Cannot listen on {host} (--host, TIMEOFF_HOST): {reason}"


def run_server(
    settings: Settings, listener: socket.socket, say: Callable[[str], None], command: str
) -> int:
    """Serve until SIGTERM, SIGHUP or Ctrl-C, and return the exit code.

    Says where what is served is, and how ``command`` is typed, once it really answers.

    Every way to run (one process, workers, reload) makes its application from the
    environment, which therefore says first what was settled here.
    """
    settings.settle(os.environ)
    config = uvicorn_config(settings)
    announced = (settings, local_url(*listener.getsockname()[:2]), say, command)
    threading.Thread(target=announce, args=announced, daemon=True).start()
    # uvicorn raises the signal that ended it once more, for us to decide: a server
    # that was asked to stop, and did, has succeeded.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    if not _outlives_its_terminal():
        signal.signal(signal.SIGHUP, lambda *_: signal.raise_signal(signal.SIGTERM))
    server = _Server(config)
    try:
        if config.should_reload:
            ChangeReload(config, target=server.run, sockets=[listener]).run()
        elif config.workers > 1:
            workers = _Workers(config, sockets=[listener])
            with _sharing_figures(settings), watching(workers.pids):
                workers.run()
        else:
            server.run(sockets=[listener])
            return 0 if server.started else 1
    except KeyboardInterrupt:
        pass
    return 0


def _outlives_its_terminal() -> bool:
    """Whether it was started so, by nohup for instance."""
    return signal.getsignal(signal.SIGHUP) is signal.SIG_IGN


class _Server(uvicorn.Server):
    """One process that serves."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to stop; requests that are under way take their time."""
        tell(STOPPING)
        super().handle_exit(sig, frame)


class _Worker(Process):
    """One of several processes that serve."""

    def target(self, sockets: list[socket.socket] | None = None) -> None:
        """Serve. A terminal that is closed tells all its processes; the main one decides."""
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        super().target(sockets)


class _Workers(Multiprocess):
    """Several processes that serve, and the one that looks after them.

    uvicorn's waits for a sign of life of one after the other, and hears no signal meanwhile; and
    in the end it waits for each of them, however long that takes. This one waits for nobody.
    """

    def __init__(self, config: uvicorn.Config, sockets: list[socket.socket]) -> None:
        goes_on = _outlives_its_terminal()
        super().__init__(config, sockets)
        if goes_on:
            signal.signal(signal.SIGHUP, signal.SIG_IGN)
        self._asked: dict[int, float] = {}
        """By its process id, when a worker was asked for the sign of life that is still due."""

    def pids(self) -> set[int]:
        """Return the ids of the processes that serve, or are about to."""
        return {each.pid for each in self.processes if each.pid is not None}

    def init_processes(self) -> None:
        """Start all of them."""
        self.processes = [_Worker(self.config, self.sockets) for _ in range(self.processes_num)]
        for worker in self.processes:
            worker.start()

    def handle_hup(self) -> None:
        """End as with one process: who closes a terminal expects that."""
        _logger.info("Received SIGHUP, exiting.")
        self.should_exit.set()

    def keep_subprocess_alive(self) -> None:
        """Replace each worker that has ended, or gave no sign of life for WORKER_SECONDS."""
        if self.should_exit.is_set():
            return
        for number, worker in enumerate(self.processes):
            if self._is_alive(worker):
                continue
            worker.kill()
            worker.join()
            self._asked.pop(worker.pid or 0, None)
            if worker.exitcode == STARTUP_FAILURE:
                # The next one would fail in the same way.
                _logger.error("Worker %s did not start: stopping.", worker.pid)
                self.should_exit.set()
                return
            _logger.info("Worker %s died: another takes its place.", worker.pid)
            self.processes[number] = _Worker(self.config, self.sockets)
            self.processes[number].start()

    def _is_alive(self, worker: Process) -> bool:
        """Return whether it runs and still has time to give the sign of life that is due."""
        if worker.pid is None or not worker.process.is_alive():
            return False
        try:
            while worker.parent_conn.poll():
                worker.parent_conn.recv()
                self._asked.pop(worker.pid, None)
            if worker.pid not in self._asked:
                worker.parent_conn.send(b"ping")
                self._asked[worker.pid] = time.monotonic()
        except (OSError, EOFError):
            return False
        return time.monotonic() - self._asked[worker.pid] < WORKER_SECONDS

    def terminate_all(self) -> None:
        """Ask all of them to end."""
        tell(STOPPING)
        super().terminate_all()

    def join_all(self) -> None:
        """Wait until all have ended; kill those that have not after END_SECONDS."""
        latest = time.monotonic() + END_SECONDS
        for worker in self.processes:
            worker.process.join(max(0, latest - time.monotonic()))
            if worker.exitcode is None:
                _logger.warning("Worker %s had not ended after %d s.", worker.pid, END_SECONDS)
                worker.process.kill()
                worker.process.join()


@contextmanager
def _sharing_figures(settings: Settings) -> Iterator[None]:
    """Give the workers a folder in which each finds the figures of all, if they are wanted."""
    if not settings.metrics:
        yield
        return
    with TemporaryDirectory(prefix="timeoff-") as folder:
        os.environ[FOLDER_VARIABLE] = folder
        yield


def uvicorn_config(settings: Settings) -> uvicorn.Config:
    """Return how uvicorn runs the application."""
    project = Path(__file__).resolve().parent.parent
    sources = ("app", "graphql_schema") if settings.reload else ()
    return uvicorn.Config(
        "app.main:app_from_environment",
        factory=True,
        http=partial(  # type: ignore[arg-type]  # it is called, like the class
            CrowdedHttpProtocol, limits=settings.connection_limits
        ),
        ws=ManyTextsProtocol,
        loop="uvloop",
        workers=settings.workers,
        reload=settings.reload,
        reload_dirs=[str(project / name) for name in sources],
        log_config=log_config(settings.log_level, settings.log_bytes, settings.log_format),
        access_log=settings.log_level == "debug" and not settings.logs_requests,
        # It would believe every process of this machine; app/edge/peers.py believes the named.
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=settings.limit_idle_seconds,
        timeout_graceful_shutdown=GRACE_SECONDS,
        timeout_worker_healthcheck=WORKER_SECONDS,
        ws_max_size=WEBSOCKET_MESSAGE_BYTES,
        # A request that is pipelined behind another begins in that one's task otherwise, and would
        # be read from where that one is: app/positions.py.
        reset_contextvars=True,
    )


def log_config(level: str, most_bytes: int = 0, form: LogFormat = "text") -> dict[str, Any]:
    """Return uvicorn's logging with our own loggers added, all on standard error.

    At `debug` a line for each request is wanted, so the bytes of a minute are not bounded.
    """
    config = copy.deepcopy(LOGGING_CONFIG)
    config["formatters"]["default"]["fmt"] = "%(asctime)s %(levelprefix)s %(message)s"
    config["formatters"]["access"]["fmt"] += "%(request)s"  # it does not show the message
    config["handlers"]["access"]["stream"] = "ext://sys.stderr"
    config["filters"] = {"secrets": {"()": "app.edge.logs.WithoutSecrets"}}
    if form == "json":
        json_lines = {"()": "app.edge.log_lines.JsonLines"}
        config["formatters"] = dict.fromkeys(("default", "access"), json_lines)
    else:
        config["filters"]["request_ids"] = {"()": "app.edge.logs.WithRequestId"}
    is_bounded = most_bytes and level != "debug"
    if is_bounded:
        config["filters"]["budget"] = {
            "()": "app.edge.logs.WithinBudget",
            "most_bytes": most_bytes,
        }
    for handler in config["handlers"].values():
        # In this order: the request's id is looked through as well, and all of it is counted.
        handler["filters"] = [
            name for name in ("request_ids", "secrets", "budget") if name in config["filters"]
        ]
    config["root"] = {"handlers": ["default"], "level": "WARNING"}
    for name in ("app", "graphql_schema", "strawberry"):
        config["loggers"][name] = {"level": level.upper()}
    # Of connections that an outage took: we tell the outage, once.
    for pool in ("sqlalchemy.pool", "app.db.connections.counted_pool"):
        config["loggers"][pool] = {"level": "CRITICAL"}
    config["loggers"]["uvicorn"]["level"] = level.upper()
    # Below that it shows the headers and messages of WebSockets: credentials and personal texts.
    config["loggers"]["uvicorn.error"]["level"] = "INFO" if level == "debug" else level.upper()
    return config


def announce(settings: Settings, url: str, say: Callable[[str], None], command: str) -> None:
    """Say what is where, after it has really answered a request."""
    try:
        links = _links(url)
    except (OSError, http.client.HTTPException):
        return  # it ended before it answered, and has said why
    tell(READY, f"STATUS=Serves {url}")
    say(f"Start page: {url}{settings.root_path or ''}/")
    if "calendar" in links and calendar.BUNDLE.find_manifest():
        say(f"Calendar: {url}{links['calendar']}")
    has_graphiql = "graphiql" in links and graphiql.BUNDLE.find_manifest()
    say(f"{'GraphiQL' if has_graphiql else 'GraphQL API'}: {url}{links['graphql']}")
    say(f"Data: {settings.database_name}")
    say(f"Import, export, check: {command} --help")
    if settings.needs_https_to_sign_in:
        say(HTTPS_ONLY)
    say("Stop it with Ctrl-C.")


def _links(url: str) -> dict[str, str]:
    """Wait for an answer of the start page, and return what it leads to."""
    connection = http.client.HTTPConnection(url.removeprefix("http://"))
    try:
        connection.request("GET", "/", headers={"Accept": "application/json"})
        answer = connection.getresponse()
        index = json.load(answer) if answer.status == http.client.OK else {}
    finally:
        connection.close()
    return {"graphql": "/graphql", **index.get("links", {})}
