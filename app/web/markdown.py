"""Markdown as HTML, and what a list of guides says of each. Imported by who reads a guide."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token

_SENTENCE_END: Final = re.compile(r"(?<=[.!?])(?<!e\.g\.)(?<!i\.e\.)(?<!etc\.) ")
_NOT_OF_A_NAME: Final = re.compile(r"[^\w\- ]")
_OTHER_PAGE: Final = re.compile(r"(?P<path>[\w./-]+)\.md(?P<place>#.*)?")


@dataclass(frozen=True, slots=True)
class Guide:
    """A page: its title, what it is about, and all of it as HTML."""

    title: str
    summary: str
    html: str


def to_guide(text: str) -> Guide:
    """Render a guide. HTML in it, such as a comment, is left out."""
    markdown = MarkdownIt("commonmark", renderer_cls=_Renderer).enable("table")
    tokens = markdown.parse(text)
    title, summary = "", ""
    for token, following in pairwise(tokens):
        if token.type == "heading_open":
            token.attrSet("id", _place(_plain(following)))
            title = title or _plain(following)
        elif token.type == "paragraph_open":
            summary = summary or _SENTENCE_END.split(_plain(following))[0]
    for inline in (each for token in tokens for each in token.children or ()):
        if inline.type == "link_open":
            inline.attrSet("href", _address(str(inline.attrGet("href"))))
    return Guide(title, summary, markdown.renderer.render(tokens, markdown.options, {}))


class _Renderer(RendererHTML):
    """Writes HTML; what is wide scrolls, also by the keyboard."""

    def html_block(self, *_: object) -> str:
        return ""

    def html_inline(self, *_: object) -> str:
        return ""

    def fence(self, tokens: Sequence[Token], idx: int, *_: object) -> str:
        return f'<pre tabindex="0"><code>{escape(tokens[idx].content)}</code></pre>\n'

    def table_open(self, *_: object) -> str:
        return '<div class="table" tabindex="0"><table>\n'

    def table_close(self, *_: object) -> str:
        return "</table></div>\n"


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
