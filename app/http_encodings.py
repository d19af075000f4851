"""Which encodings of an answer a client takes (RFC 9110, 12.5.3)."""

from functools import lru_cache
from math import isfinite
from typing import Final, Literal

Encoding = Literal["gzip", "zstd"]

_LONGEST_WISH: Final = 256


@lru_cache(maxsize=128)
def accepts_gzip(wish: bytes) -> bool:
    """Say whether a client takes gzip.

    >>> [accepts_gzip(wish) for wish in (b"gzip, br", b"*", b"br", b"gzip;q=0, *", b"GZIP;q=0.5")]
    [True, True, False, False, True]
    """
    qualities = _qualities(wish)
    return qualities.get("gzip", qualities.get("*", 0)) > 0


@lru_cache(maxsize=128)
def encoding_for(wish: bytes) -> Encoding | None:
    """Return how an answer is encoded for a client; None: as it is.

    zstd takes a quarter of gzip's time. It is for who names it, and likes it no less than gzip.

    >>> [encoding_for(wish) for wish in (b"gzip, zstd", b"gzip;q=1, zstd;q=0.9", b"*", b"br")]
    ['zstd', 'gzip', 'gzip', None]
    """
    qualities = _qualities(wish)
    zstd = qualities.get("zstd", 0)
    if zstd > 0 and zstd >= qualities.get("gzip", 0):
        return "zstd"
    return "gzip" if accepts_gzip(wish) else None


def _qualities(wish: bytes) -> dict[str, float]:
    """Return how much each coding is liked, from 0 (refused) to 1."""
    if len(wish) > _LONGEST_WISH:
        return {}
    qualities: dict[str, float] = {}
    for part in wish.decode("latin-1").lower().split(","):
        coding, *parameters = (piece.strip() for piece in part.split(";"))
        weights = [each.replace(" ", "") for each in parameters]
        qualities[coding] = next((_quality(each) for each in weights if each[:2] == "q="), 1)
    return qualities


def _quality(weight: str) -> float:
    try:
        value = float(weight[2:])
    except ValueError:
        return 1
    return value if isfinite(value) else 1
