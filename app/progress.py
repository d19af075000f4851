"""What long work tells about itself while it goes on."""

from typing import Protocol


class Progress(Protocol):
    """Hears how far the work is; the command line shows it as lines and bars."""

    def __call__(self, what: str, done: int = 0, total: int = 0) -> None:
        """Say what is being done and, where that is known, how much of how much is."""
