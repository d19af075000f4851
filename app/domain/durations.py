"""Exact durations. Everything is stored as whole seconds; 36 s are 0.01 h."""

from decimal import Context, Decimal
from fractions import Fraction
from math import isfinite

MINUTE = 60
QUARTER_HOUR = 15 * MINUTE
HOUR = 60 * MINUTE
DAY = 24 * HOUR
HUNDREDTH = HOUR // 100
"""The smallest duration that hours with two fraction digits can name: 36 seconds."""
_TOLERANCE = Fraction(1, 1_000_000)
"""Hours by which a number may miss a hundredth, as sums of floats do (rule 1.1)."""
_AS_FLOATS = Context(prec=400, Emin=-400, Emax=400, traps=[])
"""The digits that any float has: a text such as 1e-999999999 would be a fraction of gigabytes."""


def seconds_of_hours(hours: Decimal | float) -> int:
    """Return the hours as whole seconds, a multiple of HUNDREDTH.

    More than two fraction digits, and what is not finite, are a ValueError. A float stands for
    the shortest decimal that names it, so 0.1 is a tenth. What misses a hundredth by a millionth
    of an hour or less is that hundredth: sums of floats are as near (rule 1.1).

    >>> seconds_of_hours(0.1)
    360
    >>> seconds_of_hours(1.1 + 2.2)
    11880
    >>> seconds_of_hours(Decimal("0.005"))
    Traceback (most recent call last):
    ValueError: hours have at most two fraction digits
    """
    given = repr(hours) if isinstance(hours, float) else hours
    exact = _AS_FLOATS.create_decimal(given)
    # As floats: an integer or a Decimal beyond the largest float cannot be answered.
    if not isfinite(exact):
        msg = "hours are a finite number"
        raise ValueError(msg)
    hundredths = Fraction(exact) * 100
    nearest = round(hundredths)
    if abs(hundredths - nearest) > _TOLERANCE * 100:
        msg = "hours have at most two fraction digits"
        raise ValueError(msg)
    return nearest * HUNDREDTH


def hours_of_seconds(seconds: int) -> float:
    """Return the seconds as the nearest JSON number of hours.

    >>> hours_of_seconds(10 * seconds_of_hours(0.1))
    1.0
    """
    return seconds / HOUR


def hours_text(seconds: int) -> str:
    """Return the hours with their unit, as messages have them.

    >>> hours_text(29_700)
    '8.25 h'
    >>> hours_text(28_800)
    '8 h'
    """
    return f"{hours_of_seconds(seconds):.15g} h"


def is_quarter_hours(seconds: int) -> bool:
    """Say whether the duration is a multiple of a quarter hour, as Kantata recommends (1.2)."""
    return seconds % QUARTER_HOUR == 0


def is_same_amount(a_seconds: int, b_seconds: int) -> bool:
    """Say whether two amounts are the same: they differ by less than 0.01 h (rule 2.3).

    >>> is_same_amount(440 * MINUTE, seconds_of_hours(7.33))
    True
    >>> is_same_amount(seconds_of_hours(7.34), seconds_of_hours(7.33))
    False
    """
    return abs(a_seconds - b_seconds) < HUNDREDTH


def rounded_up_to_hundredth(seconds: int) -> int:
    """Return the duration, rounded up to 0.01 h.

    >>> rounded_up_to_hundredth(20 * MINUTE), 34 * HUNDREDTH
    (1224, 1224)
    """
    return -(-seconds // HUNDREDTH) * HUNDREDTH
