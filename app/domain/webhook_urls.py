"""Addresses of webhooks: which may be asked at all, and which of the internet's addresses.

Whoever makes a webhook lets the gateway send requests: so it must not reach what only the gateway
can reach. The rules are about the URL when it is given, and about each address to which its name
leads when something is sent.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import Final

from app.domain.errors import InvalidValue

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

MAX_URL_LENGTH: Final = 2_000
HTTP_PORT: Final = 80
HTTPS_PORT: Final = 443
FIRST_FREE_PORT: Final = 1024
"""From here on, and 443, a receiver may listen; the ports of other protocols are below."""
LAST_PORT: Final = 65_535

_URL: Final = re.compile(r"(https?)://([^/?]*)([/?].*)?", re.IGNORECASE)
_UNFIT: Final = re.compile(r"[^\x21-\x7e]|[\\\"<>^`{|}]")
_NAME: Final = re.compile(
    r"(?=.{1,253}$)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*"
    r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
)
_NUMBER: Final = re.compile(r"[0-9]+|0x[0-9a-f]*")

# The registries of special addresses (iana.org/assignments/iana-ipv4-special-registry and
# iana-ipv6-special-registry), and what clouds answer their machines at.
_IPV4: Final = tuple(
    map(
        IPv4Network,
        (
            "0.0.0.0/8",  # this network, unspecified
            "10.0.0.0/8",  # private
            "100.64.0.0/10",  # shared by a carrier's customers
            "127.0.0.0/8",  # this machine
            "168.63.129.16/32",  # a cloud's own agent
            "169.254.0.0/16",  # this link; metadata of most clouds
            "172.16.0.0/12",  # private
            "192.0.0.0/24",  # protocol assignments; metadata of a cloud
            "192.0.2.0/24",  # documentation
            "192.88.99.0/24",  # relays of 6to4
            "192.168.0.0/16",  # private
            "198.18.0.0/15",  # benchmarks
            "198.51.100.0/24",  # documentation
            "203.0.113.0/24",  # documentation
            "224.0.0.0/4",  # multicast
            "240.0.0.0/4",  # reserved, broadcast
        ),
    )
)
_IPV6_OF_ALL: Final = IPv6Network("2000::/3")
"""The only part of IPv6 in which there are addresses of the internet."""
_IPV6: Final = tuple(
    map(
        IPv6Network,
        (
            "2001::/23",  # protocol assignments: Teredo (2001::/32), which wraps IPv4, among them
            "2001:db8::/32",  # documentation
            "2002::/16",  # 6to4, which wraps IPv4
            "3fff::/20",  # documentation
        ),
    )
)
_NAT64: Final = IPv6Network("64:ff9b::/96")
"""How a network without IPv4 names an IPv4 address; it is judged as that."""


@dataclass(frozen=True, slots=True)
class Target:
    """A URL in its parts, so that nobody reads it a second time, and otherwise.

    ``host`` is a name in lower case or an address without brackets; ``target`` begins with ``/``.
    """

    is_secure: bool
    host: str
    port: int
    target: str


@dataclass(frozen=True, slots=True)
class ReachRules:
    """What the operator lets webhooks reach beyond the internet, and by plain http."""

    hosts: frozenset[str] = frozenset()
    networks: Sequence[Network] = ()
    http_hosts: frozenset[str] = frozenset()

    def lists(self, host: str) -> bool:
        """Say whether the operator has named the host, wherever it leads."""
        return host in self.hosts

    def admits(self, host: str, address: Address) -> bool:
        """Say whether an address to which this host leads may be connected to."""
        if self.lists(host) or is_of_the_internet(address):
            return True
        plain = _unwrapped(address)
        return any(each in network for each in {address, plain} for network in self.networks)


def read_reach(texts: Sequence[str]) -> tuple[frozenset[str], tuple[Network, ...]]:
    """Return the names and the networks of a list that has both; a ValueError for others.

    >>> names, networks = read_reach(["hooks.internal", "10.0.0.0/8", "::1"])
    >>> sorted(names), [str(each) for each in networks]
    (['hooks.internal'], ['10.0.0.0/8', '::1/128'])
    """
    names, networks = set(), []
    for text in texts:
        if is_host_name(text):
            names.add(text)
        else:
            networks.append(ip_network(text))
    return frozenset(names), tuple(networks)


def usual_host(text: str) -> str:
    """Return a host as a ``Target`` has it: of an IPv6 address there are many spellings.

    >>> usual_host("hooks.internal"), usual_host("fd00:0:0::07")
    ('hooks.internal', 'fd00::7')
    """
    return text if is_host_name(text) else str(ip_address(text))


def is_host_name(text: str) -> bool:
    """Say whether this is a name in lower case, and no way to write an address.

    >>> [is_host_name(text) for text in ("hooks.example.com", "127.1", "0x7f000001", "a..b", "")]
    [True, False, False, False, False]
    """
    last = text.rpartition(".")[2]
    return _NAME.fullmatch(text) is not None and not _NUMBER.fullmatch(last)


def read_webhook_url(text: str, rules: ReachRules) -> Target:
    """Return the parts of a URL to which messages may be sent, or raise InvalidValue.

    The message never repeats the URL, in which there may be a secret.
    """
    if len(text) > MAX_URL_LENGTH or _UNFIT.search(text):
        msg = (
            f"A URL has at most {MAX_URL_LENGTH:,} characters, all of ASCII and without blanks; "
            "others are written as %XX, and in the host as xn--…."
        )
        raise InvalidValue(msg)
    if "#" in text:
        raise InvalidValue("Leave the fragment (#…) out: it is never sent.")
    found = _URL.fullmatch(text)
    if found is None:
        raise InvalidValue("Write the whole URL, such as https://hooks.example.com/timeoff.")
    scheme, authority, target = found.group(1).lower(), found.group(2).lower(), found.group(3)
    if "@" in authority:
        raise InvalidValue("A URL has no user and no password: the signature says who sends.")
    host, port = _host_and_port(authority, scheme)
    _refuse_inside(host, rules)
    is_secure = scheme == "https"
    if not is_secure and host not in rules.http_hosts:
        msg = (
            "Take https: what is sent by http can be read on its way. An operator can admit it: "
            "TIMEOFF_WEBHOOK_HTTP_HOSTS."
        )
        raise InvalidValue(msg)
    usual = HTTPS_PORT if is_secure else HTTP_PORT
    if port < FIRST_FREE_PORT and port != usual and not rules.lists(host):
        raise InvalidValue(f"Take port {usual}, or one from {FIRST_FREE_PORT} on.")
    path = target or "/"
    return Target(is_secure, host, port, path if path.startswith("/") else f"/{path}")


def _host_and_port(authority: str, scheme: str) -> tuple[str, int]:
    if authority.startswith("["):
        host, bracket, rest = authority[1:].partition("]")
        is_address = not is_host_name(host)
        is_written_well = bool(bracket) and is_address and (not rest or rest.startswith(":"))
        port_text = rest[1:] if rest else None
    else:
        host, colon, after = authority.partition(":")
        is_written_well, port_text = True, after if colon else None
    if not is_written_well or not (is_host_name(host) or _address_of(host, authority)):
        msg = (
            "The host is a name such as hooks.example.com, or an address in its usual form, "
            "such as 192.0.2.7 or [2001:db8::7]."
        )
        raise InvalidValue(msg)
    host = usual_host(host)
    if port_text is None:
        return host, HTTPS_PORT if scheme == "https" else HTTP_PORT
    if not re.fullmatch(r"[0-9]{1,5}", port_text) or not 0 < int(port_text) <= LAST_PORT:
        raise InvalidValue(f"A port is a number from 1 to {LAST_PORT}.")
    return host, int(port_text)


def _address_of(host: str, authority: str) -> Address | None:
    """Return the address that a host is; IPv6 stands in brackets, and has no zone."""
    try:
        address = ip_address(host)
    except ValueError:
        return None
    is_in_brackets = authority.startswith("[")
    return address if "%" not in host and is_in_brackets == (address.version != 4) else None  # noqa: PLR2004 - IPv4


def _refuse_inside(host: str, rules: ReachRules) -> None:
    """Refuse what can be told from the host alone; where its name leads is looked at later."""
    if is_host_name(host):
        is_local = host == "localhost" or host.endswith(".localhost")
        is_refused = is_local and not rules.lists(host)
    else:
        is_refused = not rules.admits(host, ip_address(host))
    if is_refused:
        msg = (
            "This leads to the gateway's own machine or network. An operator can admit it: "
            "TIMEOFF_WEBHOOK_HOSTS."
        )
        raise InvalidValue(msg)


def is_of_the_internet(address: Address) -> bool:
    """Say whether an address is one that everybody reaches, and not only who stands where we do.

    >>> inside = ("127.0.0.1", "169.254.169.254", "fd00:ec2::254", "::ffff:10.0.0.1", "2002:a00::")
    >>> [is_of_the_internet(ip_address(each)) for each in inside]
    [False, False, False, False, False]
    >>> [is_of_the_internet(ip_address(each)) for each in ("8.8.8.8", "2606:4700::1111")]
    [True, True]
    """
    address = _unwrapped(address)
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _IPV4)
    return address in _IPV6_OF_ALL and not any(address in network for network in _IPV6)


def _unwrapped(address: Address) -> Address:
    """Return the IPv4 address that a connection to an IPv6 one would really reach."""
    if isinstance(address, IPv4Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address
