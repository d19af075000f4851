"""How texts are compared: what cannot be seen is no difference (rules 4.1 and 6.4)."""

import re
from typing import Final
from unicodedata import category, combining, normalize

# Beside the format characters (category Cf) whatever else Unicode calls ignorable by default,
# and the Braille pattern without a dot: fonts show nothing or a blank.
_IGNORABLE = re.compile(
    r"[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2065\u2800\u3164\ufe00-\ufe0f\uffa0"
    r"\ufff0-\ufff8\U000e0000-\U000e0fff]"
)
# Letters that Unicode does not take apart, as its own transliteration "Latin-ASCII" writes
# them (CLDR); and the apostrophes and hyphens of word processors, as keyboards have them.
_PLAIN: Final = str.maketrans(
    {
        "æ": "ae",
        "ð": "d",
        "ø": "o",
        "þ": "th",
        "đ": "d",
        "ħ": "h",
        "\u0131": "i",
        "ł": "l",
        "ŋ": "n",
        "œ": "oe",
        "ŧ": "t",
        "\u2018": "'",
        "\u2019": "'",
        "\u02bb": "'",
        "\u02bc": "'",
        "\u2010": "-",
    }
)


def visible(text: str) -> str:
    r"""Return the text without the characters that show nothing and take no place.

    >>> visible("zoe\u200b@x.example")
    'zoe@x.example'
    """
    if text.isascii():
        return text
    shown = _IGNORABLE.sub("", text)
    return "".join(character for character in shown if category(character) != "Cf")


def is_blank(text: str) -> bool:
    r"""Say whether nothing can be seen: only blanks, format characters, accents of no letter.

    >>> is_blank(" \u200b\ufeff"), is_blank("0")
    (True, False)
    """
    return all(character.isspace() or combining(character) for character in visible(text))


def folded(text: str) -> str:
    """Return the text as it is compared: without case, accents, form, and blanks around.

    Unicode's NFKD without combining marks, case-folded. ``ß`` is ``ss`` by case folding;
    ``ø``, ``ł``, the dotless i and their like, which do not come apart, are written plainly.

    >>> folded("Zoë"), folded("Łukasz  Groß")
    ('zoe', 'lukasz gross')
    """
    if text.isascii():
        return " ".join(text.lower().split())
    decomposed = normalize("NFKD", visible(text))
    letters = "".join(character for character in decomposed if not combining(character))
    return " ".join(letters.casefold().translate(_PLAIN).split())
