"""A search over the guides: which of their sections have all words that somebody looks for."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Final

from app.domain.texts import folded

if TYPE_CHECKING:
    from app.web.markdown import Guide, Section

MOST_RESULTS: Final = 30
MOST_LETTERS: Final = 100
MOST_WORDS: Final = 8
_AROUND: Final = 90
"""Letters of a section that are shown before the first word that was found, and twice after."""

_TITLE, _HEADING, _TEXT = 8, 5, 1
"""What a word weighs by where it is found; in a text as often as it is there, up to five times."""

_MOST_COUNTED: Final = 5


@dataclass(frozen=True, slots=True)
class Result:
    """A section in which all words were found; ``excerpt`` is markup, with the words marked."""

    name: str
    title: str
    heading: str
    place: str
    excerpt: str


@dataclass(frozen=True, slots=True)
class _Indexed:
    name: str
    guide: "Guide"
    section: "Section"
    title: str
    heading: str
    text: str


class GuideIndex:
    """All sections of the guides, in the form in which texts are compared (rule 6.4)."""

    def __init__(self, guides: Mapping[str, "Guide"]) -> None:
        self._sections = [
            _Indexed(
                name, guide, each, folded(guide.title), folded(each.heading), folded(each.text)
            )
            for name, guide in guides.items()
            for each in guide.sections
        ]

    def find(self, asked: str) -> list[Result]:
        """Return the sections that have every word, best first; a word may be a part of one."""
        words = words_of(asked)
        if not words:
            return []
        weighed = [(_weight(each, words), each) for each in self._sections]
        found = sorted((each for each in weighed if each[0]), key=lambda each: -each[0])
        return [_result(each, words) for _, each in found[:MOST_RESULTS]]


def words_of(asked: str) -> list[str]:
    """Return the words of a question, as they are compared.

    >>> words_of(" Idempotency  KEY ")
    ['idempotency', 'key']
    """
    return folded(asked[:MOST_LETTERS]).split()[:MOST_WORDS]


def _weight(section: _Indexed, words: Sequence[str]) -> int:
    """Return how well a section fits; 0 if one of the words is not in it."""
    weight = 0
    for word in words:
        in_title = _TITLE * (word in section.title)
        in_heading = _HEADING * (word in section.heading)
        in_text = _TEXT * min(section.text.count(word), _MOST_COUNTED)
        if not in_heading + in_text and not (in_title and section.section.level == 1):
            return 0
        weight += in_title + in_heading + in_text
    return weight


def _result(found: _Indexed, words: Sequence[str]) -> Result:
    guide, section = found.guide, found.section
    excerpt = "".join(_marked(section.text, words))
    return Result(found.name, guide.title, section.heading, section.place, excerpt)


def _marked(text: str, words: Sequence[str]) -> Iterator[str]:
    """Yield the markup of the text around the first of the words."""
    pattern = re.compile("|".join(map(re.escape, words)), re.IGNORECASE)
    first = pattern.search(text)
    middle = first.start() if first else 0
    begin = text.rfind(" ", 0, max(0, middle - _AROUND)) + 1
    end = (
        len(text) if len(text) <= middle + 2 * _AROUND else text.rfind(" ", 0, middle + 2 * _AROUND)
    )
    end = max(end, first.end() if first else 0)
    yield "… " if begin else ""
    for match in pattern.finditer(text, begin, end):
        yield escape(text[begin : match.start()])
        yield f"<mark>{escape(match[0])}</mark>"
        begin = match.end()
    yield escape(text[begin:end])
    yield " …" if end < len(text) else ""
