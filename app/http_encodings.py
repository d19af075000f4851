"""Which encodings of an answer a client takes (RFC 9110, 12.5.3)."""

from functools import lru_cache
from typing import Final

_LONGEST_WISH: Final = 256


@lru_cache(maxsize=128)
def accepts_gzip(wish: bytes) -> bool:
    """Say whether a client takes gzip.

    >>> [accepts_gzip(wish) for wish in (b"gzip, br", b"*", b"br", b"gzip;q=0, *", b"GZIP;q=0.5")]
    [True, True, False, False, True]
    """
    if len(wish) > _LONGEST_WISH:
        return False
    qualities: dict[str, bool] = {}
    for part in wish.decode("latin-1").lower().split(","):
        coding, *parameters = (piece.strip() for piece in part.split(";"))
        refused = any(each.replace(" ", "").rstrip("0") in ("q=", "q=0.") for each in parameters)
        qualities[coding] = not refused
    return qualities.get("gzip", qualities.get("*", False))
