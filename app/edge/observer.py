"""What is told of each request once it has ended: its line, its figures, its trace.

A request is observed from when its headers are there until its answer is written. What is refused
before that, because all is busy, is only counted (``timeoff_requests_refused_total``), and
neither are probes and scrapes.
"""

from collections.abc import Mapping, Sequence
from contextvars import Token
from functools import lru_cache
from hashlib import sha256
from time import perf_counter
from typing import Final, Protocol

from starlette.types import Scope

from app.domain.wire_formats import is_uuid
from app.edge.durations import Durations
from app.edge.log_lines import FIELDS, SLOW, Parts, RequestLines
from app.observed import OBSERVED, Asked, Observed

LEFT: Final = 499
"""The status, as nginx says it, of a request whose client left before it was answered."""

SUBSCRIPTION: Final = "subscription"
SOCKET: Final = "SOCKET"
"""What stands for the method of an operation of a WebSocket."""
MOST_KNOWN: Final = 4096
_Key = tuple[Asked, tuple[str, frozenset[str] | None], int, str | None]
_CALLER_CHARACTERS: Final = 12


class Traces(Protocol):
    """Where traces go."""

    def tell(self, observed: Observed, name: str, headers: Sequence[tuple[bytes, bytes]]) -> str:
        """Tell a request and its steps; return the id of its trace."""


class Observer:
    """Observes the requests of one process, as far as somebody wants to know of them."""

    def __init__(
        self,
        *,
        graphql_path: str,
        rest_paths: tuple[str, ...],
        root_path: str = "",
        lines: RequestLines | None = None,
        slow_ms: int | None = None,
        durations: Durations | None = None,
        traces: Traces | None = None,
    ) -> None:
        self._graphql_path = graphql_path
        self._rest_paths = rest_paths
        self._root_path = root_path
        self._lines = lines
        self._known_parts: dict[_Key, Parts] = {}
        self._slow_seconds = None if slow_ms is None else slow_ms / 1000
        self.durations = durations
        self._traces = traces

    def begin(self) -> tuple[Observed, Token[Observed | None]]:
        """Begin to observe a request, or an operation of a WebSocket."""
        observed = Observed(None if self._traces is None else [])
        return observed, OBSERVED.set(observed)

    def end(self, observed: Observed, scope: Scope) -> None:
        """Tell of a request that has its answer."""
        seconds = perf_counter() - observed.began
        asked = observed.asked
        kind = self._kind(scope) if asked is None else asked.kind
        if not observed.status:
            observed.status = LEFT
        if self._traces is not None:
            observed.trace = self._traces.tell(observed, self._name(scope), _headers(scope))
        if kind != SUBSCRIPTION:  # that lasts as long as its client listens
            if self.durations is not None:
                self.durations.add(kind, observed.status, seconds)
            if self._slow_seconds is not None and seconds >= self._slow_seconds:
                _tell_slow(observed, kind, seconds, self._path(scope))
        if self._lines is not None:
            if asked is None or "endpoint" in scope:
                parts = self._parts(self._lines, scope, observed)
            else:
                # Put together once for all requests of a caller that ask for the same.
                who = (observed.caller, observed.companies)
                key = (asked, who, observed.status, scope.get("method"))
                known = self._known_parts.get(key)
                parts = known or self._keep(key, self._parts(self._lines, scope, observed))
            self._lines.add(parts, seconds, observed.size, observed.trace)

    def _parts(self, lines: RequestLines, scope: Scope, observed: Observed) -> Parts:
        """Return what the request's line shares with those of others."""
        asked = observed.asked
        kind, name, document = asked or (self._kind(scope), None, None)
        company = scope["path_params"].get("company_id") if "path_params" in scope else None
        if company is None and observed.companies is not None and len(observed.companies) == 1:
            (company,) = observed.companies
        fields: dict[str, object] = {
            "method": scope.get("method", SOCKET),
            "path": self._path(scope),
            "status": observed.status,
            "kind": kind,
            "operation": name,
            "document": document,
            "caller": _caller_id(observed.caller) or None,
            "company": company if company is not None and is_uuid(company) else None,
        }
        return lines.parts_of({name: value for name, value in fields.items() if value is not None})

    def _keep(self, key: _Key, parts: Parts) -> Parts:
        if len(self._known_parts) >= MOST_KNOWN:
            self._known_parts.clear()
        self._known_parts[key] = parts
        return parts

    def _name(self, scope: Scope) -> str:
        return f"{scope.get('method', SOCKET)} {self._path(scope) or ''}".strip()

    def _below_root(self, scope: Scope) -> str:
        """Return the path without the prefix of a proxy, which may have taken it away itself."""
        path: str = scope["path"]
        return path.removeprefix(self._root_path)

    def _kind(self, scope: Scope) -> str:
        """Return what a request is for, where no operation of GraphQL was found in it.

        >>> paths = {"graphql_path": "/graphql", "rest_paths": ("/procore/",)}
        >>> observer = Observer(**paths, root_path="/timeoff")
        >>> [observer._kind({"path": f"{root}/procore/people"}) for root in ("", "/timeoff")]
        ['rest', 'rest']
        """
        path = self._below_root(scope)
        if path == self._graphql_path:
            return "graphql"
        return "rest" if path.startswith(self._rest_paths) else "page"

    def _path(self, scope: Scope) -> str | None:
        """Return the path with names instead of values; None of one that leads nowhere.

        >>> observer = Observer(graphql_path="/graphql", rest_paths=("/procore/",))
        >>> feed = {"path": "/feeds/s3cret.ics", "path_params": {"key": "s3cret"}, "endpoint": 1}
        >>> observer._path(feed), observer._path({"path": "/ada@example.com"})
        ('/feeds/{key}.ics', None)
        """
        path = self._below_root(scope)
        if path == self._graphql_path:
            return path
        if "endpoint" not in scope:
            return None
        for name, value in scope.get("path_params", {}).items():
            if f"/{value}" not in path:
                return None
            path = path.replace(f"/{value}", f"/{{{name}}}", 1)
        return path


def _headers(scope: Scope) -> Sequence[tuple[bytes, bytes]]:
    """Return a request's headers; an operation of a WebSocket has none."""
    headers: Sequence[tuple[bytes, bytes]] = scope["headers"] if "method" in scope else ()
    return headers


def _tell_slow(observed: Observed, kind: str, seconds: float, path: str | None) -> None:
    fields: dict[str, object] = {
        "kind": kind,
        "operation": observed.asked.name if observed.asked else None,
        "document": observed.asked.document if observed.asked else None,
        "path": path,
        "ms": round(seconds * 1000, 2),
        "statements": observed.statements,
        "statements_ms": round(observed.statement_seconds * 1000, 2),
        "commit_ms": round(observed.commit_seconds * 1000, 2),
        "cost": observed.cost,
    }
    if observed.trace:
        fields["trace"] = observed.trace
    SLOW.warning("slow: %s", _said(fields), extra={FIELDS: fields})


def _said(fields: Mapping[str, object]) -> str:
    return " ".join(f"{name}={value}" for name, value in fields.items() if value is not None)


@lru_cache(1024)
def _caller_id(name: str) -> str:
    """Return a caller's id for a line: an issuer's subject may be an address, so its hash.

    >>> _caller_id("token:ab12cd34"), _caller_id("oidc:https://id.example.com:ada@example.com")
    ('token:ab12cd34', 'oidc:11eef8a66557')
    """
    kind, _, rest = name.partition(":")
    if kind != "oidc" or not rest:
        return name
    return f"oidc:{sha256(name.encode()).hexdigest()[:_CALLER_CHARACTERS]}"
