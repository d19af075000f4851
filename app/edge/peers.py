"""Where a request comes from: the socket's peer, or what a proxy that is trusted says of it.

Only ``X-Forwarded-For`` and ``X-Forwarded-Proto`` are read, for they are what proxies set unless
told otherwise. ``Forwarded`` (RFC 7239) is not: a proxy that sets one of the two and passes the
other on would let its clients write the other.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

UNIX: Final = "unix"
"""The name of peers without an address: those of a Unix socket."""

IPV6_SITE_BITS: Final = 64
"""What one customer has at least; who counted addresses would count nobody."""

_SCHEMES: Final = {b"http": "http", b"https": "https"}
_FORWARDED_FOR: Final = b"x-forwarded-for"
_FORWARDED_PROTO: Final = b"x-forwarded-proto"


def is_proxy(text: str) -> bool:
    """Say whether this can be trusted: an address, a network, or ``unix``.

    >>> [is_proxy(text) for text in ("10.0.0.7", "10.0.0.0/8", "fd00::/8", "unix")]
    [True, True, True, True]
    >>> [is_proxy(text) for text in ("*", "10.0.0.7/8", "proxy.example.com", "10.0.0")]
    [False, False, False, False]
    """
    if text == UNIX:
        return True
    try:
        ip_network(text)
    except ValueError:
        return False
    return True


def peer_of(scope: Scope) -> str:
    """Return how a request's peer is counted: an IPv4 address, an IPv6 network of /64, ``unix``.

    >>> [peer_of({"client": each}) for each in (("192.0.2.7", 1), ("::ffff:192.0.2.7", 1), None)]
    ['192.0.2.7', '192.0.2.7', 'unix']
    >>> peer_of({"client": ("2001:db8:1:2:a:b:c:d", 1)})
    '2001:db8:1:2::/64'
    """
    client = scope.get("client")
    return _counted(client[0]) if client and client[0] else UNIX


@lru_cache(maxsize=1024)
def _counted(host: str) -> str:
    address = _read_address(host)
    if isinstance(address, IPv6Address):
        return str(IPv6Network((address, IPV6_SITE_BITS), strict=False))
    return host if address is None else str(address)


class TrustedProxies:
    """Whose word is taken for where a request comes from."""

    def __init__(self, trusted: Iterable[str]) -> None:
        names = frozenset(trusted)
        self._trusts_unix = UNIX in names
        self._networks = [ip_network(name) for name in names - {UNIX}]

    def trusts(self, host: str) -> bool:
        """Say whether this peer is one of them; '' is a peer without an address."""
        if not host:
            return self._trusts_unix
        address = _read_address(host)
        return address is not None and any(address in network for network in self._networks)

    def find_client(self, host: str, forwarded: Sequence[str]) -> str:
        """Return the nearest address that is no trusted proxy's.

        ``forwarded`` is the list of ``X-Forwarded-For``, to which each proxy adds, at the end,
        whom it was asked by. What stands before an address that is not trusted may be anybody's
        invention; so may what is no address, and then the proxy that told it is taken.
        """
        nearest = host
        for told in reversed(forwarded):
            if not self.trusts(nearest):
                return nearest
            address = _read_address(_without_port(told))
            if address is None:
                return nearest
            nearest = str(address)
        return nearest


class ProxyMiddleware:
    """Puts the client and the scheme that a trusted proxy tells in the place of the proxy's own."""

    def __init__(self, app: ASGIApp, trusted: Iterable[str]) -> None:
        self._app = app
        self._proxies = TrustedProxies(trusted)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Look at what a proxy has added, and pass the request on."""
        if scope["type"] != "lifespan":
            self.look(scope)
        await self._app(scope, receive, send)

    def look(self, scope: Scope) -> None:
        """Look at what a proxy has added, and believe it if that is trusted."""
        host = (scope.get("client") or ("",))[0]
        if self._proxies.trusts(host):
            self._believe(scope, host)

    def _believe(self, scope: Scope, host: str) -> None:
        told = [str(value, "latin-1") for value in _values(scope, _FORWARDED_FOR)]
        client = self._proxies.find_client(host, ",".join(told).split(",") if told else ())
        if client != host:
            scope["client"] = (client, 0)
        if schemes := b",".join(_values(scope, _FORWARDED_PROTO)):
            scheme = _SCHEMES.get(schemes.rpartition(b",")[2].strip().lower())
            if scheme is not None:
                is_socket = scope["type"] == "websocket"
                scope["scheme"] = scheme.replace("http", "ws") if is_socket else scheme


def _values(scope: Scope, name: bytes) -> list[bytes]:
    return [value for each, value in scope["headers"] if each == name]


def _without_port(text: str) -> str:
    """Return the address of ``192.0.2.7:80`` or ``[2001:db8::1]:80``."""
    text = text.strip()
    if text.startswith("["):
        return text[1:].partition("]")[0]
    return text.partition(":")[0] if text.count(":") == 1 else text


def _read_address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return (address.ipv4_mapped if isinstance(address, IPv6Address) else None) or address
