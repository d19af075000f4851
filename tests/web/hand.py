"""A hand at mouse and keyboard that counts what it does."""

import time
from typing import Final

from playwright.async_api import Locator, Page

MOST_ACTIONS: Final = 8
"""No everyday task may take more."""

# The keystroke-level model (Card, Moran and Newell, 1980): seconds of somebody who knows the page.
_THINK: Final = 1.35
_POINT: Final = 1.1
_PRESS_BUTTON: Final = 0.2
_PRESS_KEY: Final = 0.28


class Hand:
    """Clicks, presses keys and types on a page: each click is an action, and each single key."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.actions = 0
        self.seconds = 0.0
        """What it takes a person, by the model."""
        self._begun: float | None = None

    async def click(self, place: Locator, *, with_right: bool = False) -> None:
        """Click in the middle of it."""
        self._count(1, _THINK + _POINT + _PRESS_BUTTON)
        await place.click(button="right" if with_right else "left")

    async def press(self, keys: str) -> None:
        """Press a key, or several together such as "Control+z", which are as many."""
        count = len(keys.split("+"))
        self._count(count, _THINK + count * _PRESS_KEY)
        await self.page.keyboard.press(keys)

    async def type(self, text: str) -> None:
        """Type a text where the focus is, key by key."""
        self._count(len(text), _THINK + len(text) * _PRESS_KEY)
        await self.page.keyboard.type(text)

    @property
    def page_seconds(self) -> float:
        """How long it took until now: one that neither thinks nor aims waits for the page alone."""
        assert self._begun is not None
        return time.perf_counter() - self._begun

    def _count(self, actions: int, seconds: float) -> None:
        self._begun = self._begun or time.perf_counter()
        self.actions += actions
        self.seconds += seconds
        assert self.actions <= MOST_ACTIONS, "no task may take so many actions"
