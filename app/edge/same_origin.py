"""Whether a page of this very gateway sends a request: asked of what a cookie lets change.

Browsers send cookies along whoever makes them send the request, so a cookie alone proves nothing.
"""

from typing import Final

from starlette.types import Scope

from app.edge.hosts import is_loopback_name

MOST_PATH_CHARACTERS: Final = 1_024
HOME: Final = "/"
_OURS: Final = {b"same-origin", b"none"}
"""Of Sec-Fetch-Site: a page of ours, or the person without any page."""
_USUAL_PORTS: Final = {"http": ":80", "https": ":443"}


def is_same_origin(scope: Scope) -> bool:
    """Say whether a request or a WebSocket comes from a page of ours, or straight from the person.

    By ``Sec-Fetch-Site``, which no script can set; of browsers that do not send it (over plain
    http, and those from before 2023) by ``Origin``. Without either it does not.
    """
    sites = _values(scope, b"sec-fetch-site")
    if sites:
        return len(sites) == 1 and sites[0] in _OURS
    origins, hosts = _values(scope, b"origin"), _values(scope, b"host")
    if len(origins) != 1 or len(hosts) != 1:
        return False
    scheme = scheme_of(scope)
    host = str(hosts[0], "latin-1").lower().removesuffix(_USUAL_PORTS[scheme])
    return str(origins[0], "latin-1").lower() == f"{scheme}://{host}"


def scheme_of(scope: Scope) -> str:
    """Return ``http`` or ``https``, of a WebSocket too."""
    return "https" if scope.get("scheme") in {"https", "wss"} else "http"


def is_loopback(scope: Scope) -> bool:
    """Say whether the browser asks this machine by a name that leads nowhere else."""
    hosts = _values(scope, b"host")
    return len(hosts) == 1 and is_loopback_name(str(hosts[0], "latin-1"))


def path_of_ours(text: str | None) -> str:
    r"""Return the path, if it is one on this server; or else the start page.

    >>> [path_of_ours(text) for text in ("/calendar?week=7", "//evil.example", "/\\evil.example")]
    ['/calendar?week=7', '/', '/']
    >>> [path_of_ours(text) for text in ("https://evil.example", "/\t/evil.example", None)]
    ['/', '/', '/']
    """
    if text is None or len(text) > MOST_PATH_CHARACTERS or not text.isprintable():
        return HOME
    return text if text.startswith("/") and text[1:2] not in {"/", "\\"} else HOME


def _values(scope: Scope, name: bytes) -> list[bytes]:
    return [value for each, value in scope["headers"] if each == name]
