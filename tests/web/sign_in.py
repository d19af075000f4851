"""A gateway whose people sign in, served over http and https, with callers of these tests."""

import ssl
import threading
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Final

import uvicorn
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from starlette.requests import HTTPConnection
from starlette.routing import BaseRoute, Route

from app.authentication.callers import AlwaysShut, Callers
from app.domain.access import PERMISSIONS_OF, AccessRole, CallerKind, Identity, Via
from app.edge.failed_credentials import FailedCredentials
from app.edge.session_cookies import cookie_of
from app.main import guarded
from app.server import open_listener
from app.services.access.sessions import SessionService
from app.services.caller import Caller
from app.web.sessions import SessionsPage
from app.web.sign_in import IssuerSignIn, SignInPages
from tests.applications import create_app, settings_of

START_SECONDS: Final = 20


def identity(name: str, role: AccessRole) -> Identity:
    """Whom a token of these tests stands for."""
    return Identity(CallerKind.TOKEN, f"token:{name}", name, PERMISSIONS_OF[role], role=role)


PLANNER: Final = identity("planning", AccessRole.PLANNER)
ADMIN: Final = identity("<b>admin</b>", AccessRole.ADMIN)
TOKENS: Final = {"tog_planner": PLANNER, "tog_admin": ADMIN}


@dataclass
class SignInGateway:
    """A served gateway: its address, its sessions, and what was asked of ``authenticate``."""

    url: str
    sessions: SessionService
    asked: list[str] = field(default_factory=list)


def _is_of_sign_in(route: BaseRoute) -> bool:
    path = route.path if isinstance(route, Route) else ""
    return path.startswith(("/sign-", "/sessions"))


@contextmanager
def signing_in(
    database_url: str,
    *,
    issuer: IssuerSignIn | None = None,
    most_failed: int = 20,
    certificate: Path | None = None,
    **given: Any,
) -> Iterator[SignInGateway]:
    """Serve on a free port of 127.0.0.1, from a thread; with a certificate by https."""
    app = create_app(database_url, **given)
    gateway = SignInGateway("", app.sessions)

    async def authenticate(token: str) -> Identity | None:
        gateway.asked.append(token)
        return TOKENS.get(token)

    callers = Callers(
        AlwaysShut(),
        [authenticate],
        gateway.sessions.find,
        FailedCredentials(most_failed),
        gateway.sessions.events,
    )
    pages = SignInPages(gateway.sessions, callers.authenticate, callers.is_open, issuer)
    finder = find_caller(gateway.sessions)
    ours = [*pages.routes(), *SessionsPage(gateway.sessions, finder).routes()]
    theirs = [each for each in app.router.routes if not _is_of_sign_in(each)]
    app.router.routes[:] = [*ours, *theirs]
    config = uvicorn.Config(
        guarded(app, settings_of(database_url, **given)),
        log_config=None,
        proxy_headers=False,
        timeout_graceful_shutdown=2,
        ssl_certfile=certificate,
    )
    with listening(config) as address:
        gateway.url = f"{'https' if certificate else 'http'}://{address}"
        yield gateway


def find_caller(
    sessions: SessionService,
) -> Callable[[HTTPConnection], Awaitable[Caller | None]]:
    """Find callers by their cookies."""

    async def find(connection: HTTPConnection) -> Caller | None:
        secret = cookie_of(connection.scope)
        found = await sessions.find(secret) if secret else None
        return Caller(found, Via.PAGE) if found else None

    return find


@contextmanager
def listening(config: uvicorn.Config) -> Iterator[str]:
    """Run uvicorn until the block is left; yields host and port."""
    server = uvicorn.Server(config)
    with open_listener("127.0.0.1", 0) as listener:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        waited = threading.Event()
        for _ in range(START_SECONDS * 100):
            if server.started or not thread.is_alive():
                break
            waited.wait(0.01)
        assert server.started
        host, port = listener.getsockname()
        try:
            yield f"{host}:{port}"
        finally:
            server.should_exit = True
            thread.join(START_SECONDS)


def own_certificate(folder: Path) -> Path:
    """Make a certificate for 127.0.0.1 that nobody has signed but itself; with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    begin = datetime.now(UTC) - timedelta(days=1)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(begin + timedelta(days=30))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    file = folder / "certificate.pem"
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file.write_bytes(private + certificate.public_bytes(Encoding.PEM))
    ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(file)
    return file


@dataclass(frozen=True)
class Begun:
    """Where an issuer of these tests sends the browser."""

    url: str
    cookie: str


@dataclass
class FakeIssuer:
    """Stands for app/oidc where only our pages are tested: it says yes to everybody."""

    label: str = "Harbour & Sons"
    asked: list[tuple[str, ...]] = field(default_factory=list)
    refusal: Exception | None = None

    async def begin(self, return_to: str, redirect_uri: str) -> Begun:
        self.asked.append((return_to, redirect_uri))
        if self.refusal:
            raise self.refusal
        return Begun(f"{redirect_uri}?code=7&return={return_to}", "state")

    async def finish(self, query: Mapping[str, str], cookie: str | None) -> tuple[Identity, str]:
        self.asked.append((query["code"], cookie or ""))
        if self.refusal:
            raise self.refusal
        person = Identity(CallerKind.OIDC, "oidc:https://id.example:7", "Ada", PLANNER.permissions)
        return person, query["return"]
