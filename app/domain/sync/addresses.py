"""Where a vendor may be asked: its own hosts, and those that the operator adds.

Credentials are sent there, so that nobody but the operator may name another host.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from app.domain.errors import InvalidValue
from app.domain.sync.upstreams import UpstreamApi
from app.domain.webhook_urls import ReachRules, read_webhook_url

BASE_URLS: Final[Mapping[UpstreamApi, str]] = {
    UpstreamApi.KANTATA_OX: "https://api.mavenlink.com/api/v1/",
    UpstreamApi.PROCORE_REST: "https://api.procore.com/rest/v1.0/workforce-planning/",
}
"""Where the vendor's API is, unless somebody says otherwise."""
HOSTS: Final[Mapping[UpstreamApi, frozenset[str]]] = {
    UpstreamApi.KANTATA_OX: frozenset({"api.mavenlink.com", "app.mavenlink.com"}),
    UpstreamApi.PROCORE_REST: frozenset(
        {"api.procore.com", "api-monthly.procore.com", "sandbox.procore.com"}
    ),
}
_LOGIN_HOSTS: Final = {
    "api.procore.com": "login.procore.com",
    "api-monthly.procore.com": "login-sandbox-monthly.procore.com",
    "sandbox.procore.com": "login-sandbox.procore.com",
}


def login_url(base_url: str) -> str:
    """Return below which address Procore hands out tokens for an API; of others it is their own.

    >>> login_url("https://sandbox.procore.com/rest/v1.0/workforce-planning/")
    'https://login-sandbox.procore.com/'
    >>> login_url("https://API.procore.com:443/rest/v1.0/workforce-planning/")
    'https://login.procore.com/'
    >>> login_url("http://127.0.0.1:8080/procore/")
    'http://127.0.0.1:8080/'
    """
    parts = urlsplit(base_url)
    host = _LOGIN_HOSTS.get(parts.hostname or "", parts.netloc)
    return f"{parts.scheme}://{host}/"


@dataclass(frozen=True, slots=True)
class VendorHosts:
    """The hosts that the operator adds to the vendors' own; this machine may be asked by http."""

    added: frozenset[str] = frozenset()

    def read_base_url(self, api: UpstreamApi, text: str | None) -> str:
        """Return the address below which an API is, ending in a slash, or raise InvalidValue."""
        if text is None:
            return BASE_URLS[api]
        rules = ReachRules(hosts=self.added, http_hosts=self.added)
        target = read_webhook_url(text, rules)
        if target.host not in HOSTS[api] | self.added:
            names = ", ".join(sorted(HOSTS[api]))
            raise InvalidValue(f"{api.value} is asked at {names}, or where the operator says.")
        if "?" in target.target:
            raise InvalidValue("The address of an API has no query.")
        return text if text.endswith("/") else f"{text}/"
