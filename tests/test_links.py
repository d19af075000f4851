"""Every link of the README, the changelog and the guides leads to a file and a heading."""

import re
from pathlib import Path
from urllib.parse import urldefrag

import pytest
from markdown_it import MarkdownIt

from app.web.markdown import to_guide
from tests.guides import DOCS, PROJECT, pages

OTHERS = ("ARCHITECTURE", "CHANGELOG", "CONTRIBUTING", "SECURITY")
PAGES = [*pages(), *(PROJECT / f"{name}.md" for name in OTHERS)]
PLACE = re.compile(r' id="([^"]+)"')
FILE = re.compile(r"`((?:docs|tests|scripts|app|graphql_schema)/[\w./-]+)`")


def links(page):
    """Where the links and pictures of a page lead, also those in its HTML."""
    text = page.read_text("utf-8")
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    inline = [each for token in tokens for each in token.children or ()]
    found = [each.attrGet("href") or each.attrGet("src") for each in inline]
    written = re.findall(r'(?:href|src)="([^"]+)"', text)
    return [str(link) for link in (*found, *written) if link]


def places(page):
    return set(PLACE.findall(to_guide(page.read_text("utf-8")).html))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(PROJECT)))
def test_every_link_leads_somewhere(page):
    lost = []
    for link in links(page):
        if re.match(r"[a-z]+:", link):
            continue
        path, place = urldefrag(link)
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (place and place not in places(target)):
            lost.append(link)

    assert lost == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(PROJECT)))
def test_every_file_that_is_named_is_there(page):
    named = FILE.findall(page.read_text("utf-8"))

    assert [name for name in named if not Path(PROJECT, name).exists()] == []


def test_every_guide_is_named_in_the_readme_or_by_one_that_is():
    seen: set[Path] = set()
    left = [PROJECT / "README.md"]
    while left:
        page = left.pop()
        targets = {(page.parent / urldefrag(link)[0]).resolve() for link in links(page)}
        new = {each for each in targets if each.suffix == ".md" and each.exists()} - seen
        seen |= new
        left += new

    assert set(DOCS.glob("*.md")) - seen == set()


def test_links_are_found_at_all():
    assert sum(len(links(page)) for page in PAGES) > 40
