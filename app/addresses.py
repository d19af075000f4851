"""Internet addresses, and those of them that lead to this machine itself."""

from ipaddress import ip_address


def is_loopback(host: str) -> bool:
    """Say whether a name or an address, without a port, can be reached from this machine only.

    >>> [is_loopback(host) for host in ("127.0.0.1", "::1", "localhost", "127.8.8.8")]
    [True, True, True, True]
    >>> [is_loopback(host) for host in ("0.0.0.0", "10.0.0.7", "127.example.com", "")]
    [False, False, False, False]
    """
    return host == "localhost" or (is_address(host) and ip_address(host).is_loopback)


def is_address(name: str) -> bool:
    """Say whether a name is an IPv4 or IPv6 address, without brackets."""
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


def local_url(host: str, port: int) -> str:
    """Return the address at which this machine reaches what listens on a host and a port.

    >>> local_url("0.0.0.0", 8000)
    'http://127.0.0.1:8000'
    >>> local_url("::", 8000)
    'http://[::1]:8000'
    """
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
