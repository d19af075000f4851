"""Markdown as HTML, and what a list of guides and a search say of each. For who reads a guide."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from html import escape
from itertools import pairwise
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token

MOST_STACKED_COLUMNS: Final = 3
"""A table of more has figures to compare: on a narrow screen it scrolls, the others stack."""

_SENTENCE_END: Final = re.compile(r"(?<=[.!?])(?<!e\.g\.)(?<!i\.e\.)(?<!etc\.) ")
_NAMED_PAGE: Final = re.compile(r" \([\w./-]+\.md\)")
_NOT_OF_A_NAME: Final = re.compile(r"[^\w\- ]")
_OTHER_PAGE: Final = re.compile(r"(?P<path>[\w./-]+)\.md(?P<place>#.*)?")
_BETWEEN_WORDS: Final = re.compile(r"[_./=:](?=[\w{<])|(?<=[a-z])(?=[A-Z])")
_SHOWN: Final = {"inline", "fence", "code_block"}


@dataclass(slots=True)
class Section:
    """A part of a guide: its heading, the place to which a link leads, its text without marks."""

    heading: str
    place: str
    level: int
    texts: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """All of its text, on one line."""
        return " ".join(" ".join(self.texts).split())


@dataclass(frozen=True, slots=True)
class Guide:
    """A page: its title, what it is about, all of it as HTML, and its sections in order."""

    title: str
    summary: str
    html: str
    sections: Sequence[Section]


def to_guide(text: str) -> Guide:
    """Render a guide. HTML in it, such as a comment, is left out."""
    markdown = MarkdownIt("commonmark", renderer_cls=_Renderer).enable("table")
    tokens = markdown.parse(text)
    sections = _sections(tokens)
    title = sections[0].heading if sections else ""
    _label_cells(tokens)
    _drop_empty_headings(tokens)
    for inline in (each for token in tokens for each in token.children or ()):
        if inline.type == "link_open":
            inline.attrSet("href", _address(str(inline.attrGet("href"))))
    html = markdown.renderer.render(tokens, markdown.options, {})
    return Guide(title, _summary(tokens), html, sections)


def _sections(tokens: Sequence[Token]) -> list[Section]:
    """Return what is below each heading, and give each heading the place that leads to it."""
    sections: list[Section] = []
    taken: dict[str, int] = {}
    before = ""
    for token, following in pairwise([*tokens, Token("end", "", 0)]):
        if token.type == "heading_open":
            heading = _plain(following)
            place = _place(heading)
            taken[place] = count = taken.get(place, -1) + 1
            place = f"{place}-{count}" if count else place
            token.attrSet("id", place)
            sections.append(Section(heading, place, int(token.tag[1:])))
        elif token.type in _SHOWN and before != "heading_open" and sections:
            sections[-1].texts.append(_plain(token) if token.children else token.content)
        before = token.type
    return sections


def _summary(tokens: Sequence[Token]) -> str:
    """Return the first sentence of the first paragraph, without names of other pages in it."""
    for token, following in pairwise(tokens):
        if token.type == "paragraph_open":
            return _SENTENCE_END.split(_NAMED_PAGE.sub("", _plain(following)))[0]
    return ""


def _label_cells(tokens: Sequence[Token]) -> None:
    """Say in each cell the heading of its column, which stands before it where rows are stacked.

    How a column is aligned becomes a class: the policy of our pages lets no attribute have a style.
    """
    table, labels, column = tokens[0] if tokens else None, list[str](), 0
    for token, following in pairwise(tokens):
        if token.type == "table_open":
            table, labels = token, []
        elif token.type == "tr_open":
            column = 0
        elif token.type == "th_open":
            labels.append(_plain(following))
            if table:
                table.meta["stacks"] = len(labels) <= MOST_STACKED_COLUMNS
        elif token.type == "td_open":
            if column and labels[column]:
                token.attrSet("data-label", labels[column])
            column += 1
        if style := token.attrs.pop("style", None):
            token.attrSet("class", str(style).rpartition(":")[2])


def _drop_empty_headings(tokens: Sequence[Token]) -> None:
    """Make a heading without words a cell as any other: there is nothing to be read out."""
    for begin, words, end in zip(tokens, tokens[1:], tokens[2:], strict=False):
        if begin.type == "th_open" and not words.content:
            begin.tag = end.tag = "td"


class _Renderer(RendererHTML):
    """Writes HTML; what is wide scrolls, also by the keyboard."""

    def html_block(self, *_: object) -> str:
        return ""

    def html_inline(self, *_: object) -> str:
        return ""

    def fence(self, tokens: Sequence[Token], idx: int, *_: object) -> str:
        return f'<pre tabindex="0"><code>{escape(tokens[idx].content)}</code></pre>\n'

    def code_inline(self, tokens: Sequence[Token], idx: int, *_: object) -> str:
        return f"<code>{with_breaks(tokens[idx].content)}</code>"

    def table_open(self, tokens: Sequence[Token], idx: int, *_: object) -> str:
        stacks = " stacks" if tokens[idx].meta.get("stacks") else ""
        return f'<div class="table{stacks}" tabindex="0"><table>\n'

    def table_close(self, *_: object) -> str:
        return "</table></div>\n"


def with_breaks(name: str) -> str:
    """Return a name or a path, escaped, that a narrow screen breaks between its words only.

    >>> with_breaks("time_off/{id}"), with_breaks("workerIds")
    ('time_<wbr>off/<wbr>{id}', 'worker<wbr>Ids')
    """
    return "<wbr>".join(map(escape, _BETWEEN_WORDS.sub(r"\g<0>\0", name).split("\0")))


def _plain(token: Token) -> str:
    """Return the text of a heading or a paragraph without its marks."""
    return "".join(_texts(token)).strip()


def _texts(token: Token) -> Iterator[str]:
    for each in token.children or ():
        yield " " if each.type in {"softbreak", "hardbreak"} else each.content


def _place(heading: str) -> str:
    """Return what a link to the heading ends in.

    >>> _place("gql (Python), and `ws`")
    'gql-python-and-ws'
    """
    return _NOT_OF_A_NAME.sub("", heading.lower()).replace(" ", "-")


def _address(link: str) -> str:
    """Return where a link leads: to another guide without the ending of its file.

    >>> _address("clients.md#relay"), _address("#relay")
    ('clients#relay', '#relay')
    """
    match = _OTHER_PAGE.fullmatch(link)
    return f"{match['path']}{match['place'] or ''}" if match else link
