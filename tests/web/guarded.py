"""A gateway with callers of every kind: tokens of the command, sessions of the sign-in page."""

import time
import urllib.error
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

from playwright.async_api import Page

from tests import warm
from tests.server import Server, clean_environment, serving
from tests.web.calendar_company import ask, fill

OWN: Final = "Ida Vale"
"""The worker that the tokens `ida` and `clerk` are for."""

TOKENS: Final = {
    "viewer": ["--role", "viewer"],
    "employee": ["--role", "employee"],
    "ida": ["--role", "employee", "--worker", OWN],
    "planner": ["--role", "planner"],
    "hr": ["--role", "hr"],
    "admin": ["--role", "admin"],
    "clerk": ["--role", "viewer", "--worker", OWN],
    "blind": ["--role", "viewer", "--deny", "READ_TIME_OFF"],
}


@dataclass
class Guarded:
    """The address of the gateway, and a token for each name."""

    url: str
    tokens: Mapping[str, str]
    server: Server


@contextmanager
def guarding(database_url: str, environment: Mapping[str, str] | None = None) -> Iterator[Guarded]:
    """Serve the company of these tests; by the time of its tokens nobody comes in without."""
    with serving(database_url, "--no-demo", environment=environment) as server:
        fill(server.url)
        workers = ask(server.url, '{ workers(filter: {name: "Ida"}, first: 1) { nodes { id } } }')
        own = workers["workers"]["nodes"][0]["id"]
        tokens = {
            name: make_token(database_url, name, *(own if each == OWN else each for each in wish))
            for name, wish in TOKENS.items()
        }
        _wait_until_guarded(server.url)
        yield Guarded(server.url, tokens, server)


def _wait_until_guarded(gateway: str) -> None:
    """Wait until the server has seen the first token: five seconds on a machine with time."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            ask(gateway, "{ viewer { name } }")
        except urllib.error.HTTPError as refusal:
            with refusal:
                if refusal.code == HTTPStatus.UNAUTHORIZED:
                    return
                raise
        time.sleep(0.05)
    raise AssertionError("whoever has no token is still let in")


def make_token(database_url: str, name: str, *wish: str) -> str:
    """Make a token as an operator does."""
    words = ("token", "create", name, *wish, "--database-url", database_url)
    made = warm.run(*words, env=clean_environment(), check=True)
    return made.stdout.strip()


def ask_as(gateway: Guarded, who: str, query: str, **variables: Any) -> dict[str, Any]:
    """Return the data of the answer to one of its tokens; there must be no error."""
    return ask(gateway.url, query, token=gateway.tokens[who], **variables)


async def sign_in(page: Page, token: str) -> None:
    """Sign in on the page that is open, as a person does."""
    await page.get_by_label("Access token").fill(token)
    await page.get_by_role("button", name="Sign in").click()


async def sign_out_elsewhere(page: Page, gateway: str) -> None:
    """Sign out in another tab of the same browser."""
    other = await page.context.new_page()
    await other.goto(f"{gateway}/sign-in")
    await other.get_by_role("button", name="Sign out").click()
    await other.get_by_text("You are signed out.").wait_for()
    await other.close()
