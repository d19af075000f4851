"""Measures how soon bad credentials are refused. See scripts/measure-access.

A real gateway and a real issuer, one request after the other over one connection; each
credential is another one, so that nothing is remembered of it.
"""

import argparse
import asyncio
import hashlib
import hmac
import http.client
import json
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Final

import httpx2

from app.domain.access_tokens import new_id, new_token
from scripts.benchmarks.servers import timeoff
from tests.oidc.issuer import (
    AUDIENCE,
    CLIENT_ID,
    After,
    Issuer,
    encoded,
    known_key,
    running_issuer,
    sign,
    unsigned,
)
from tests.server import Server, serving

AT_MOST_MS: Final = 10.0
BURST: Final = 1_000
AT_ONCE: Final = 20
BODY: Final = json.dumps({"query": "{ viewer { name } }"})
JSON: Final = {"Content-Type": "application/json"}
GARBAGE: Final = 8_000

Kind = Callable[[Issuer, int], str]
"""Returns the Authorization header of another credential of a kind."""


def _by_public_key(issuer: Issuer, number: int) -> str:
    """Sign with HS256, and the issuer's public key as the secret."""
    key = issuer.keys["RS256"]
    head = encoded({"alg": "HS256", "kid": key.kid})
    parts = f"{head}.{encoded(issuer.claims(sub=f'u-{number}'))}"
    secret = json.dumps(key.as_dict(private=False)).encode()
    digest = hmac.new(secret, parts.encode(), hashlib.sha256).digest()
    return f"Bearer {parts}.{encoded(digest)}"


def _by_another_key(issuer: Issuer, number: int) -> str:
    head = {"alg": "RS256", "kid": issuer.keys["RS256"].kid, "typ": "at+jwt"}
    return f"Bearer {sign(head, issuer.claims(sub=f'u-{number}'), known_key('RS256', 'theirs'))}"


KINDS: Final[dict[str, Kind]] = {
    "unknown token": lambda *_: f"Bearer {new_token(new_id()).text}",
    "8 kB of garbage": lambda _, number: f"Bearer {number:0>{GARBAGE}}",
    "more than a header may have": lambda _, number: f"Bearer {number:0>{GARBAGE + 1_000}}",
    "no Bearer": lambda _, number: f"Basic {number:0>40}",
    "expired": lambda issuer, n: f"Bearer {issuer.token(sub=f'u-{n}', exp=After(-120))}",
    "not yet valid": lambda issuer, n: f"Bearer {issuer.token(sub=f'u-{n}', nbf=After(120))}",
    "wrong issuer": lambda issuer, n: f"Bearer {issuer.token(sub=f'u-{n}', iss='https://no')}",
    "wrong audience": lambda issuer, n: f"Bearer {issuer.token(sub=f'u-{n}', aud='other')}",
    "ID token": lambda issuer, n: f"Bearer {issuer.id_token(sub=f'u-{n}')}",
    "wrong key": _by_another_key,
    "alg: none": lambda issuer, n: (
        f"Bearer {unsigned({'alg': 'none'}, issuer.claims(sub=f'u-{n}'))}"
    ),
    "HS256 with the public key": _by_public_key,
    "unknown kid": lambda issuer, n: f"Bearer {issuer.token(header={'kid': f'new-{n}'})}",
}


def main() -> None:
    """Measure, print, and fail where it takes too long."""
    parser = argparse.ArgumentParser(prog="scripts/measure-access", description=__doc__)
    parser.add_argument("--count", type=int, default=200, help="of each kind")
    options = parser.parse_args()
    faults = []
    with running_issuer() as issuer, _gateway(issuer) as server:
        print(f"{'':28}{'median ms':>10}{'99 %':>8}{'worst':>8}")
        for name, kind in KINDS.items():
            # Made before: signing is the issuer's work, and takes longer than refusing.
            headers = [[kind(issuer, number)] for number in range(options.count)]
            faults += _told(name, _refused(server, headers))
        twice = [2 * [KINDS["unknown token"](issuer, 0)] for _ in range(options.count)]
        faults += _told("two headers", _refused(server, twice))
        faults += _burst(server, issuer)
    if faults:
        sys.exit("scripts/measure-access: " + "; ".join(faults))


@contextmanager
def _gateway(issuer: Issuer) -> Iterator[Server]:
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder, 'timeoff.db')}"
        timeoff("migrate", "--database-url", url)
        environment = {
            "TIMEOFF_AUTH": "required",
            "TIMEOFF_OIDC_ISSUER": issuer.url,
            "TIMEOFF_OIDC_AUDIENCES": AUDIENCE,
            "TIMEOFF_OIDC_ROLES": "hr-admins=HR",
            "TIMEOFF_OIDC_CLIENT_ID": CLIENT_ID,
            "TIMEOFF_LIMIT_FAILED_CREDENTIALS_PER_MINUTE": "1000000",
        }
        with serving(url, "--no-demo", environment=environment) as server:
            _require_good(server, issuer)
            yield server


def _require_good(server: Server, issuer: Issuer) -> None:
    """Be let in once, so that what is refused later is refused for what it is."""
    headers = JSON | {"Authorization": f"Bearer {issuer.token()}"}
    answer = httpx2.post(f"{server.url}/graphql", content=BODY, headers=headers)
    if answer.status_code != http.client.OK:
        sys.exit(f"scripts/measure-access: a good token is answered {answer.status_code}")


def _refused(server: Server, authorizations: Sequence[Sequence[str]]) -> list[float]:
    """Send each request's headers, and return how many milliseconds its 401 took."""
    connection = http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=30)
    took = []
    for headers in authorizations:
        connection.connect() if connection.sock is None else None
        started = perf_counter()
        connection.putrequest("POST", "/graphql")
        for name, value in (*JSON.items(), ("Content-Length", str(len(BODY)))):
            connection.putheader(name, value)
        for value in headers:
            connection.putheader("Authorization", value)
        connection.endheaders(BODY.encode())
        answer = connection.getresponse()
        answer.read()
        took.append((perf_counter() - started) * 1000)
        if answer.status != http.client.UNAUTHORIZED:
            sys.exit(f"scripts/measure-access: {headers[0][:60]}… is answered {answer.status}")
    connection.close()
    return took


def _told(name: str, took: list[float]) -> list[str]:
    """Print the figures; return what is wrong with them."""
    middle, ordered = median(took), sorted(took)
    high = ordered[len(ordered) * 99 // 100]
    print(f"{name:28}{middle:>10.2f}{high:>8.2f}{ordered[-1]:>8.2f}", flush=True)
    return [] if middle < AT_MOST_MS else [f"{name}: {middle:.1f} ms"]


def _burst(server: Server, issuer: Issuer) -> list[str]:
    """Send tokens of unknown keys from many clients at once; count the fetches of keys."""
    tokens = [issuer.token(header={"kid": f"burst-{number}"}) for number in range(BURST)]
    before = issuer.asked["keys"]
    took = asyncio.run(_all_at_once(server, tokens))
    fetches = issuer.asked["keys"] - before
    _told(f"{BURST} unknown kids, {AT_ONCE} at once", took)  # most of it is waiting for others
    print(f"{fetches} fetches of keys for them")
    return [] if fetches <= 1 else [f"{fetches} fetches of keys"]


async def _all_at_once(server: Server, tokens: Sequence[str]) -> list[float]:
    places, took = asyncio.Semaphore(AT_ONCE), []
    async with httpx2.AsyncClient(timeout=30) as client:

        async def send(token: str) -> None:
            async with places:
                started = perf_counter()
                headers = JSON | {"Authorization": f"Bearer {token}"}
                answer = await client.post(f"{server.url}/graphql", content=BODY, headers=headers)
                while answer.status_code == http.client.SERVICE_UNAVAILABLE:  # it is busy
                    answer = await client.post(answer.url, content=BODY, headers=headers)
                took.append((perf_counter() - started) * 1000)
                if answer.status_code != http.client.UNAUTHORIZED:
                    sys.exit(f"scripts/measure-access: a token is answered {answer.status_code}")

        await asyncio.gather(*map(send, tokens))
    return took


if __name__ == "__main__":
    main()
