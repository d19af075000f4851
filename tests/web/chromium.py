"""The system's Chromium, and an ear for whatever goes wrong in its pages."""

import shutil
from typing import Final
from urllib.parse import urlsplit

from playwright.async_api import Browser, BrowserContext, Playwright

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


async def launch(playwright: Playwright) -> Browser:
    """Start it without a window."""
    return await playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_FLAGS)


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

    context.on("request", note_request)
    context.on("requestfailed", note_failure)
    context.on("response", note_answer)
    context.on("console", note_message)
    context.on("weberror", lambda failure: complaints.append(str(failure.error)))
