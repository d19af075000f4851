"""Refusals of what was changed since the caller has seen it, of what has no instant (rule 5.4)."""

from datetime import date

from app.domain.errors import ChangedMeanwhile, Path
from app.domain.identifiers import Key, Kind


class DayChangedSince(ChangedMeanwhile):
    """A worker's day is not any more what the caller has seen, or no day that is settled (5.4).

    ``version`` is what it is now; None where the day is none of the workers that are settled.
    """

    def __init__(self, subject: str, day: date, version: str | None, path: Path = ()) -> None:
        super().__init__(
            f"What the two systems say of {day} has changed since you have seen it. Look at what "
            "they say now, and decide anew."
            if version
            else f"{day} is no day of the worker that would be settled, or not any more. Look at "
            "what the two systems say now, and decide anew.",
            path,
        )
        self.subject = subject
        self.day = day
        self.version = version


class ItemChangedSince(ChangedMeanwhile):
    """An object of the directory is not any more what the caller has seen (rule 5.4).

    ``version`` is what it is now; None where there is none.
    """

    def __init__(self, kind: Kind, key: Key, version: str | None, path: Path = ()) -> None:
        super().__init__(
            f"This {kind.words} was changed since you have seen it, or there is one by now. Look "
            "at what it is, and decide anew."
            if version
            else f"There is no such {kind.words} any more.",
            path,
        )
        self.kind = kind
        self.key = key
        self.version = version
