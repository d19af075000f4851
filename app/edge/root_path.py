"""The prefix below which a proxy shows the gateway to the world, such as ``/timeoff``.

A proxy may pass a request on as it came, or without the prefix; here both become the same: the
path with its prefix, and ``root_path``, as ASGI has it. All links are made from that.
"""

import re
from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

ROOT_PATH: Final = "timeoff.root_path"
"""In the state that the application leaves for its server, which looks at paths before it."""

_ROOT_PATH: Final = re.compile(r"(/[A-Za-z0-9._~-]+)+")

OWN_NAMES: Final = frozenset({
    "calendar", "directory", "docs", "exports", "favicon.ico", "feeds", "graphiql", "graphql",
    "health", "kantata", "metrics", "openapi", "openapi.json", "procore", "schema.graphql",
    "sessions", "sign-in", "sign-out", "sync", "webhooks",
})  # fmt: skip
"""What our own paths begin with: a prefix of that name could not be told from them."""


def is_root_path(text: str) -> bool:
    """Say whether this can be a prefix.

    >>> [is_root_path(text) for text in ("/timeoff", "/hr/time-off")]
    [True, True]
    >>> [is_root_path(text) for text in ("timeoff", "/timeoff/", "/", "//evil.example", "/..")]
    [False, False, False, False, False]
    >>> is_root_path("/calendar/of/ours")
    False
    """
    _, *names = text.split("/")
    is_path = _ROOT_PATH.fullmatch(text) is not None and not {".", ".."} & set(names)
    return is_path and names[0] not in OWN_NAMES


def path_below_root(scope: Scope) -> str:
    """Return the path of a request as it would be without a prefix.

    >>> path_below_root({"path": "/timeoff/health/live", "root_path": "/timeoff"})
    '/health/live'
    """
    path: str = scope["path"]
    return path.removeprefix(scope.get("root_path", ""))


class RootPathMiddleware:
    """Puts every request below the prefix."""

    def __init__(self, app: ASGIApp, root: str) -> None:
        self._app = app
        self._root = root

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Say where the request is, and pass it on."""
        if scope["type"] == "lifespan":
            scope.get("state", {})[ROOT_PATH] = self._root
        else:
            self._place(scope)
        await self._app(scope, receive, send)

    def _place(self, scope: Scope) -> None:
        path = scope["path"]
        if path == self._root:
            path = f"{path}/"
        elif not path.startswith(f"{self._root}/"):
            path = f"{self._root}{path}"  # a proxy that takes it away, or nobody between
        scope["path"], scope["root_path"] = path, self._root
