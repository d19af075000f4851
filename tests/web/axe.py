"""axe: what of a page keeps people from using it.

A page gets it only to be looked at, for it costs more than a quarter of opening the calendar.
"""

import os
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.async_api import Page

from app.web import calendar

_AXE: Final = Path(calendar.__file__).with_name("calendar") / "node_modules/axe-core/axe.min.js"
_IS_THERE: Final = "typeof axe === 'object'"
_RUN: Final = """place => axe.run(place ?? document, { resultTypes: ['violations'] })
  .then(({ violations }) => violations)"""


@pytest.fixture
def needs_axe() -> None:
    """Run a test only if axe is there, which scripts/test sees to."""
    if not _AXE.exists():
        in_ci = os.environ.get("CI", "").lower() in {"1", "true"}
        (pytest.fail if in_ci else pytest.skip)("axe comes with app/web/calendar/build")


async def violations(page: Page, place: str | None = None) -> list[tuple[Any, ...]]:
    """Return all that axe finds, on the page or below a selector: the rule, where, and why."""
    for frame in page.frames:
        if not await frame.evaluate(_IS_THERE):
            # As an expression, for what is a script of the page its policy would not let run.
            await frame.evaluate(_AXE.read_text("utf-8"))
    found = await page.evaluate(_RUN, place)
    return [
        (each["id"], each["impact"], node["html"], node["failureSummary"])
        for each in found
        for node in each["nodes"]
    ]
