"""PostgreSQL's addresses: the URL that providers hand out, and what the driver makes of it.

The parameters are libpq's, by its names and meanings:
https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS
"""

import re
import ssl
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any, Final
from urllib.parse import urlencode

from sqlalchemy.engine import URL

from app.db.connections.limits import CONNECT_SECONDS

_PORT: Final = 5432
_SSL_MODES: Final = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
_SESSIONS: Final = ("any", "primary", "standby", "read-write", "read-only", "prefer-standby")
_SEVERAL_HOSTS: Final = re.compile(r"([\w+]+://(?:[^@/]*@)?)([^@/?]*,[^@/?]*)(.*)")

_OF_THE_DRIVER: Final = frozenset({
    "sslmode", "sslcert", "sslkey", "sslrootcert", "sslcrl", "sslpassword", "sslnegotiation",
    "ssl_min_protocol_version", "ssl_max_protocol_version", "target_session_attrs", "passfile",
    "krbsrvname", "gsslib",
})  # fmt: skip
"""What asyncpg reads of a URL by itself."""

_OF_THE_SERVER: Final = ("application_name", "options")
_NUMBERS: Final = ("connect_timeout", "statement_cache_size", "prepared_statement_cache_size")
_PARTS: Final = {"user": "username", "password": "password", "dbname": "database"}
"""What may stand among the parameters instead of before them."""

_ONE_OF: Final[Mapping[str, tuple[str, ...]]] = {
    "sslmode": _SSL_MODES,
    "target_session_attrs": _SESSIONS,
    "sslnegotiation": ("postgres", "direct"),
    "channel_binding": ("disable", "prefer", "require"),
    # Without effect here, as these values wish. Their others are not to be had.
    "client_encoding": ("auto", "utf8", "utf-8"),
    "gssencmode": ("disable", "prefer"),
    "keepalives": ("1",),
    "load_balance_hosts": ("disable",),
    "sslcompression": ("0",),
    "sslsni": ("1",),
}
KNOWN_PARAMETERS: Final = (
    *sorted(_OF_THE_DRIVER), *_OF_THE_SERVER, *_NUMBERS, *_PARTS, *_ONE_OF, "host", "port",
)  # fmt: skip


def read_url(url: URL) -> URL:
    """Return the URL in the one form that `connect_args` takes.

    Raises ValueError with every parameter that is unknown or has a value that cannot be.
    """
    query = {name: _one(value) for name, value in url.query.items()}
    if "ssl" in query:
        query.setdefault("sslmode", query.pop("ssl"))  # the driver's own word for it
    complaints = [text for name, value in query.items() if (text := _complaint(name, value))]
    if query.get("channel_binding") == "require" and query.get("sslmode") in {"disable", "allow"}:
        complaints.append("channel_binding=require needs TLS, which this sslmode does not ask for")
    if complaints:
        raise ValueError("; ".join(complaints))
    if "," in query.get("host", ""):
        count = query["host"].count(",") + 1
        ports = query.get("port", str(url.port or _PORT)).split(",")
        query["port"] = ",".join(ports * count if len(ports) == 1 else ports)
    parts: dict[str, Any] = {
        part: query.pop(name) for name, part in _PARTS.items() if name in query
    }
    if "port" in query:
        if "," in query["port"]:
            return url.set(**parts, host=None, port=None, query=query)
        parts["port"] = int(query.pop("port"))
    return url.set(**parts, query=query)


def apart_from_parameters(text: str) -> str:
    """Return a URL whose several hosts are parameters, which is how they can be read.

    >>> apart_from_parameters("postgresql://me@a:1,b/timeoff?sslmode=require")
    'postgresql://me@/timeoff?sslmode=require&host=a%2Cb&port=1%2C5432'
    """
    match = _SEVERAL_HOSTS.fullmatch(text)
    if match is None:
        return text
    before, hosts, rest = match.groups()
    pairs = [host.partition(":")[::2] for host in hosts.split(",")]
    several = {
        "host": ",".join(host for host, _ in pairs),
        "port": ",".join(port or str(_PORT) for _, port in pairs),
    }
    return f"{before}{rest}{'&' if '?' in rest else '?'}{urlencode(several)}"


def connect_args(url: URL, connect_seconds: float = CONNECT_SECONDS) -> tuple[URL, dict[str, Any]]:
    """Return a URL without parameters (but several hosts), and what they mean to asyncpg.

    ``connect_seconds`` is for a URL that does not say it itself.
    """
    query = {name: _one(value) for name, value in url.query.items()}
    hosts: dict[str, str] = {}
    hosts.update((name, query.pop(name)) for name in ("host", "port") if name in query)
    seconds = float(query.pop("connect_timeout", connect_seconds))
    args: dict[str, Any] = {"timeout": seconds if seconds > 0 else None}  # as libpq means 0
    settings = {"application_name": "timeoff-gateway"}
    settings.update({name: query.pop(name) for name in _OF_THE_SERVER if name in query})
    args["server_settings"] = settings
    args.update({name: int(query.pop(name)) for name in _NUMBERS if name in query})
    if query.pop("channel_binding", None) == "require":
        # asyncpg has no channel binding. What that is for, that nobody stands between, holds
        # just as well when the server's certificate is verified.
        query["sslmode"] = "verify-full"
        query.setdefault("sslrootcert", "system")
    if query.get("sslrootcert") == "system":
        args["ssl"] = _with_the_systems_roots(query)
    known = {name: value for name, value in query.items() if name in _OF_THE_DRIVER}
    if known:
        args["dsn"] = f"postgresql://?{urlencode(known)}"
    return url.set(query=hosts), args


def _with_the_systems_roots(query: Mapping[str, str]) -> ssl.SSLContext:
    """Return what sslrootcert=system means, which asyncpg takes for the name of a file."""
    context = ssl.create_default_context()
    if "sslcert" in query:
        context.load_cert_chain(query["sslcert"], query.get("sslkey"), query.get("sslpassword"))
    return context


def _one(value: str | tuple[str, ...]) -> str:
    """Return a parameter's value; of several the last, as libpq does."""
    return value if isinstance(value, str) else value[-1]


def _complaint(name: str, value: str) -> str | None:
    """Say what is wrong with a parameter. Repeats no value: it may be a password."""
    if name not in KNOWN_PARAMETERS:
        close = get_close_matches(name, KNOWN_PARAMETERS, n=1, cutoff=0.75)
        hint = (
            f"did you mean {close[0]}?"
            if close
            else ("leave it out (a setting of the server goes into options=-c%20name%3Dvalue)")
        )
        return f"{name} is no parameter of PostgreSQL's URLs; {hint}"
    if name in _NUMBERS and not (value.isascii() and value.removeprefix("-").isdigit()):
        return f"{name} is a whole number"
    if name in _ONE_OF and value.lower() not in _ONE_OF[name]:
        return f"{name} can be {' or '.join(_ONE_OF[name])} here"
    if name == "port" and not re.fullmatch(r"[0-9]{1,5}(,[0-9]{1,5})*", value):
        return "port is a number"
    return None
