"""The system's Chromium, and an ear for whatever goes wrong in its pages."""

import contextlib
import os
import shutil
from typing import Final
from urllib.parse import urlsplit

from playwright.async_api import Browser, BrowserContext, Error, Page, Playwright

from tests.conftest import CHROMIUM_NAMES

CHROMIUM: Final = next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)
# No sandbox, because tests may run as root; and no conversations of Chromium's own.
CHROMIUM_FLAGS: Final = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

PATIENCE: Final = 60_000
"""Milliseconds that a page may take for anything: a busy machine is no failure of it."""
SLOWER: Final = float(os.environ.get("BROWSER_SLOWER", "1"))
"""How many times slower than this machine the pages of `listen` are to be."""


async def launch(playwright: Playwright) -> Browser:
    """Start it without a window."""
    return await playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_FLAGS)


class Complaints(list[str]):
    """What went wrong in the pages of a test, without what the test provoked."""

    def __init__(self) -> None:
        super().__init__()
        self._forgiven: list[str] = []

    def append(self, text: str) -> None:
        """Note it, unless it was forgiven before it came."""
        if not any(each in text for each in self._forgiven):
            super().append(text)

    def forgive(self, *expected: str) -> None:
        """Take away what has these words, also of what is told later."""
        self._forgiven.extend(expected)
        self[:] = [text for text in self if not any(each in text for each in expected)]


def listen(context: BrowserContext, address: str, complaints: list[str]) -> None:
    """Note each request to another origin, failed request, bad answer and console message."""
    own_origin = urlsplit(address).netloc

    def note_request(request):
        address = urlsplit(request.url)
        if address.scheme != "data" and address.netloc != own_origin:
            complaints.append(f"request to {request.url}")

    def note_message(message):
        if message.type in {"warning", "error"}:
            complaints.append(f"console: {message.text}")

    def note_answer(answer):
        if not answer.ok:
            complaints.append(f"{answer.status} for {answer.url}")

    def note_failure(request):
        if request.failure != "net::ERR_ABORTED":  # by a page that left, or asks anew
            complaints.append(f"{request.failure} for {request.url}")

    context.set_default_timeout(PATIENCE)
    if SLOWER > 1:
        context.on("page", _slow_down)
    context.on("request", note_request)
    context.on("requestfailed", note_failure)
    context.on("response", note_answer)
    context.on("console", note_message)
    context.on("weberror", lambda failure: complaints.append(str(failure.error)))


async def _slow_down(page: Page) -> None:
    """Let the page have only a part of the processor's time."""
    with contextlib.suppress(Error):  # it is closed already
        session = await page.context.new_cdp_session(page)
        await session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
