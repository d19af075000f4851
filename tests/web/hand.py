"""A hand at mouse and keyboard that counts what it does."""

from typing import Final

from playwright.async_api import Locator, Page

MOST_ACTIONS: Final = 8
"""No everyday task may take more."""


class Hand:
    """Clicks, presses keys and types on a page: a whole text is one action, as a click or a key."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.actions = 0

    async def click(self, place: Locator) -> None:
        """Click in the middle of it, or in a field where its text begins."""
        self._count()
        is_field = await place.evaluate("each => each.matches('input[type=date]')")
        await place.click(position={"x": 18, "y": 16} if is_field else None)

    async def press(self, key: str) -> None:
        """Press a key, or several together such as "Control+z"."""
        self._count()
        await self.page.keyboard.press(key)

    async def type(self, text: str) -> None:
        """Type a text where the focus is."""
        self._count()
        await self.page.keyboard.type(text)

    def _count(self) -> None:
        self.actions += 1
        assert self.actions <= MOST_ACTIONS, "no task may take so many actions"
