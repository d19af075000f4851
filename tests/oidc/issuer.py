"""A real OpenID provider on loopback: keys that rotate, failures to order, sign-in with PKCE."""

import asyncio
import base64
import hashlib
import json
import secrets
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

import uvicorn
from joserfc.jwk import ECKey, Key, OctKey, OKPKey, RSAKey
from joserfc.jws import JWSRegistry
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from app.oidc.settings import ALGORITHMS

AUDIENCE = "timeoff-api"
CLIENT_ID = "timeoff-gateway"
CLIENT_SECRET = "a~secret+with/all:kinds&of=characters"  # noqa: S105 - the issuer's own
COMPRESSED = {"Content-Encoding": "gzip"}
CALLBACK = "http://127.0.0.1:8000/sign-in/callback"


class Behaviour(Enum):
    """How an endpoint answers."""

    GOOD = "as it should"
    FAILING = "500"
    GONE = "404 with an object"
    EMPTY = "an object without anything"
    SLOW = "after a second"
    LARGE = "more than 256 kB"
    ENDLESS = "bytes without end, one now and then"
    REDIRECTING = "302 to where the right answer is"
    COMPRESSED = "gzip, unasked"
    HTML = "a page"
    LIST = "JSON that is no object"
    NESTED = "brackets by the thousand"


def generate(algorithm: str, kid: str) -> Key:
    """Return a new private key for the algorithm."""
    parameters: Any = {"kid": kid, "use": "sig", "alg": algorithm}
    match algorithm:
        case "RS256":
            return RSAKey.generate_key(2048, parameters)
        case "ES256":
            return ECKey.generate_key("P-256", parameters)
        case "EdDSA":
            return OKPKey.generate_key("Ed25519", parameters)
        case _:
            return OctKey.generate_key(256, parameters)


@cache
def known_key(algorithm: str, kid: str) -> Key:
    """Return the key of this name: the same all through a run, for RSA keys take their time."""
    return generate(algorithm, kid)


def encoded(part: object) -> str:
    """Return a part of a token: JSON, or bytes as they are."""
    text = part if isinstance(part, bytes) else json.dumps(part).encode()
    return base64.urlsafe_b64encode(text).decode().rstrip("=")


def sign(header: dict, claims: dict, key: Key) -> str:
    """Return the token with exactly this header and these claims, however wrong they are."""
    parts = f"{encoded(header)}.{encoded(claims)}"
    signature = JWSRegistry.algorithms[header["alg"]].sign(parts.encode(), key)
    return f"{parts}.{encoded(signature)}"


def unsigned(header: dict, claims: dict) -> str:
    """Return a token whose signature is empty, as `alg: none` wants it."""
    return f"{encoded(header)}.{encoded(claims)}."


@dataclass(frozen=True)
class After:
    """A date in a claim: so many seconds after the token is made."""

    seconds: float


class Issuer:
    """The issuer's state, which tests change while it runs."""

    def __init__(self) -> None:
        self.url = ""
        self.reset()

    def reset(self) -> None:
        """Be as at first, for the next test."""
        self.keys = {each: known_key(each, f"first-{each}") for each in ALGORITHMS}
        self.extra_keys: list[dict] = []
        self.behaviour = {"keys": Behaviour.GOOD, "metadata": Behaviour.GOOD}
        self.asked: Counter[str] = Counter()
        self.metadata: dict = {}
        self.user = {"sub": "u-17", "email": "amara@example.com", "email_verified": True}
        self.id_token_claims: dict = {}
        self.answer_error: str | None = None
        self.token_answer: tuple[int, dict] | None = None
        self.codes: dict[str, dict[str, str]] = {}
        self.secret_in: list[str] = []
        self.cookies: list[str] = []

    # What tests do

    def rotate(self, name: str) -> None:
        """Sign with new keys, and forget the old ones."""
        self.keys = {each: known_key(each, f"{name}-{each}") for each in self.keys}

    def claims(self, **changed) -> dict:
        """Return the claims of a good access token; a claim that is None is left out."""
        now = int(time.time())
        claims = {
            "iss": self.url,
            "sub": "u-17",
            "aud": AUDIENCE,
            "iat": now,
            "exp": now + 300,
            "client_id": "some-app",
            "roles": ["hr-admins"],
        } | changed
        return {
            name: now + value.seconds if isinstance(value, After) else value
            for name, value in claims.items()
            if value is not None
        }

    def token(self, algorithm: str = "RS256", header: dict | None = None, **changed) -> str:
        """Return an access token of this issuer."""
        key = self.keys[algorithm]
        head = {"alg": algorithm, "kid": key.kid, "typ": "at+jwt"} | (header or {})
        head = {name: value for name, value in head.items() if value is not None}
        return sign(head, self.claims(**changed), key)

    def id_token(self, **changed) -> str:
        """Return an ID token of this issuer, with no claim that only some issuers write."""
        return self.token(
            header={"typ": "JWT"}, **({"aud": CLIENT_ID, "client_id": None} | changed)
        )

    # What it answers

    async def openid_configuration(self, request: Request) -> Response:
        self.asked["metadata"] += 1
        return await self.answer("metadata", request, self.described())

    async def jwks(self, request: Request) -> Response:
        self.asked["keys"] += 1
        keys = [key.as_dict(private=False) for key in self.keys.values()]
        return await self.answer("keys", request, {"keys": [*self.extra_keys, *keys]})

    def described(self) -> dict:
        return {
            "issuer": self.url,
            "jwks_uri": f"{self.url}/keys",
            "authorization_endpoint": f"{self.url}/authorize?tenant=1",
            "token_endpoint": f"{self.url}/token",
        } | self.metadata

    async def answer(self, name: str, request: Request, document: dict) -> Response:
        behaviour = self.behaviour[name]
        if behaviour is Behaviour.SLOW:
            await asyncio.sleep(1)
        if behaviour is Behaviour.REDIRECTING and "again" not in request.query_params:
            return RedirectResponse(f"{request.url}?again")
        page = "text/html" if behaviour is Behaviour.HTML else "application/json"
        answers = {
            Behaviour.FAILING: lambda: Response("not now", status_code=500),
            Behaviour.GONE: lambda: JSONResponse(document, status_code=404),
            Behaviour.EMPTY: lambda: JSONResponse({}),
            Behaviour.LARGE: lambda: JSONResponse(document | {"more": "x" * 262_144}),
            Behaviour.ENDLESS: lambda: StreamingResponse(drops(), media_type=page),
            Behaviour.COMPRESSED: lambda: JSONResponse(document, headers=COMPRESSED),
            Behaviour.HTML: lambda: Response("<p>Sign in</p>", media_type=page),
            Behaviour.LIST: lambda: JSONResponse([document]),
            Behaviour.NESTED: lambda: Response("[" * 200_000, media_type=page),
        }
        return answers.get(behaviour, lambda: JSONResponse(document))()

    async def authorize(self, request: Request) -> Response:
        """Sign the user in without a question."""
        asked = dict(request.query_params)
        assert asked["tenant"] == "1"
        assert asked["response_type"] == "code"
        assert (asked["client_id"], asked["redirect_uri"]) == (CLIENT_ID, CALLBACK)
        assert asked["code_challenge_method"] == "S256"
        assert "openid" in asked["scope"].split()
        if self.answer_error:
            answer = {"error": self.answer_error, "error_description": "<b>words</b>"}
        else:
            code = secrets.token_urlsafe(16)
            self.codes[code] = asked
            answer = {"code": code}
        return RedirectResponse(f"{CALLBACK}?{urlencode(answer | {'state': asked['state']})}", 302)

    async def give_token(self, request: Request) -> Response:
        """Take a code once, from the client that asked for it, with its challenge's verifier."""
        self.asked["token"] += 1
        self.cookies += request.cookies
        form = dict(parse_qsl((await request.body()).decode()))
        if self.token_answer is not None:
            status, document = self.token_answer
            return JSONResponse(document, status_code=status)
        if not self.knows_client(request, form):
            return JSONResponse({"error": "invalid_client"}, status_code=401)
        asked = self.codes.pop(form.get("code", ""), None)
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        if (
            asked is None
            or form.get("grant_type") != "authorization_code"
            or form.get("redirect_uri") != asked["redirect_uri"]
            or challenge != asked["code_challenge"]
        ):
            return JSONResponse({"error": "invalid_grant"}, status_code=400)
        claims = self.user | {"nonce": asked["nonce"]} | self.id_token_claims
        return JSONResponse(
            {"access_token": "opaque", "token_type": "Bearer", "id_token": self.id_token(**claims)},
            headers={"Set-Cookie": "session=of-this-person; Path=/"},
        )

    def knows_client(self, request: Request, form: dict) -> bool:
        basic = request.headers.get("Authorization", "")
        if basic:
            self.secret_in.append("header")
            quoted = base64.b64decode(basic.removeprefix("Basic ")).decode()
            return quoted == f"{CLIENT_ID}:a~secret%2Bwith%2Fall%3Akinds%26of%3Dcharacters"
        if "client_secret" in form:
            self.secret_in.append("form")
            return (form["client_id"], form["client_secret"]) == (CLIENT_ID, CLIENT_SECRET)
        self.secret_in.append("nowhere")
        return bool(form["client_id"] == CLIENT_ID)

    def application(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/.well-known/openid-configuration", self.openid_configuration),
                Route("/keys", self.jwks),
                Route("/authorize", self.authorize),
                Route("/token", self.give_token, methods=["POST"]),
            ]
        )


async def drops():
    yield b"{"
    while True:
        await asyncio.sleep(0.05)
        yield b" "


@contextmanager
def running_issuer(certificate: Path | None = None) -> Iterator[Issuer]:
    """Run an issuer on a free port of loopback, in a thread of its own.

    ``certificate``: a PEM file with a certificate and its key, for https.
    """
    issuer = Issuer()
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        issuer.url = f"http{'s' if certificate else ''}://127.0.0.1:{listening.getsockname()[1]}"
        config = uvicorn.Config(
            issuer.application(),
            log_level="critical",
            timeout_graceful_shutdown=1,
            lifespan="off",
            ssl_certfile=certificate,
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.01)
        try:
            yield issuer
        finally:
            server.should_exit = True
            thread.join(10)
