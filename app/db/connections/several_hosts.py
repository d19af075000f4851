"""Connecting to one of several hosts, however many of the others say nothing.

The driver asks one host after the other, and a single one that is silent takes all the time that a
connection may take: a primary that hangs would keep everybody from the one that took its place. So
the next host is asked when the one before has not answered for a moment, as RFC 8305 does with
addresses, and the first one that fits is taken.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Any, Final, NamedTuple, TypeAlias
from urllib.parse import parse_qs, urlsplit

from asyncpg.exceptions import CannotConnectNowError, TargetServerAttributeNotMatched

HEAD_START_SECONDS: Final = 0.25
"""That a host has before the next one is asked as well; one that refuses has none."""

Connect: TypeAlias = Callable[..., Awaitable[Any]]
"""asyncpg's `connect`, which has no types. What it returns has a `terminate`."""


class Host(NamedTuple):
    """Where a server may be."""

    name: str
    port: int


class SeveralHosts:
    """Remembers which host was taken last, and asks it first the next time."""

    def __init__(self) -> None:
        self._last: Host | None = None

    async def connect(self, connect: Connect, **options: Any) -> Any:  # noqa: ANN401 - asyncpg's
        """Return a connection to a host with the wanted `target_session_attrs`.

        A single host is left to the driver. Raises what the first host that answered has said
        against us; if none did, why the last one could not be reached.
        """
        hosts = _hosts(options)
        if not hosts:
            return await connect(**options)
        hosts.sort(key=lambda host: host != self._last)  # else in the order of the URL
        for wanted in _in_turn(options):
            try:
                self._last, connection = await _first(
                    hosts, partial(_ask, connect, options | wanted)
                )
            except TargetServerAttributeNotMatched:
                if wanted.get("target_session_attrs") != "standby":
                    raise
            else:
                return connection
        raise AssertionError  # the last turn returns or raises


async def _first(
    hosts: Sequence[Host], connect: Callable[[Host], Awaitable[Any]]
) -> tuple[Host, Any]:
    under_way: dict[asyncio.Task[Any], Host] = {}
    errors: list[BaseException] = []
    waiting = list(hosts)
    try:
        while waiting or under_way:
            if waiting:
                host = waiting.pop(0)
                under_way[asyncio.ensure_future(connect(host))] = host
            done, _ = await asyncio.wait(
                under_way,
                timeout=HEAD_START_SECONDS if waiting else None,
                return_when=asyncio.FIRST_COMPLETED,
            )
            for task in done:
                host = under_way.pop(task)
                if (error := task.exception()) is None:
                    return host, task.result()
                errors.append(error)
    finally:
        for task in under_way:
            task.cancel()
            task.add_done_callback(_give_back)
    raise _most_telling(errors)


def _give_back(task: "asyncio.Task[Any]") -> None:
    """End the connection of a host that has answered too late to be taken."""
    if not task.cancelled() and task.exception() is None:
        task.result().terminate()


def _most_telling(errors: Sequence[BaseException]) -> BaseException:
    """Return a server's own refusal rather than that another one was not to be reached."""

    def rank(error: BaseException) -> int:
        return 2 if isinstance(error, OSError) else isinstance(error, CannotConnectNowError)

    return min(reversed(errors), key=rank)


def _hosts(options: Mapping[str, Any]) -> list[Host]:
    names, ports = options.get("host"), options.get("port")
    if not isinstance(names, list) or not isinstance(ports, list):
        return []
    return [Host(name, int(port)) for name, port in zip(names, ports, strict=True)]


async def _ask(connect: Connect, options: dict[str, Any], host: Host) -> Any:  # noqa: ANN401 - asyncpg's
    return await connect(**options | {"host": host.name, "port": host.port})


def _in_turn(options: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return what is wanted of the hosts at first, and then if none of them is that."""
    parameters = parse_qs(urlsplit(options.get("dsn") or "").query)
    if parameters.get("target_session_attrs") != ["prefer-standby"]:
        return [{}]
    return [{"target_session_attrs": "standby"}, {"target_session_attrs": "any"}]
