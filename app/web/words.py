"""What the pages without a script say, in each language: `pages/words/` has the texts.

Every text is plain: braces name the facts in it, which may be markup. That each language has all
texts and no other, and the same facts in them, tests see to.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from html import escape
from typing import Final

from starlette.requests import Request

from app.oidc.errors import SignInFailure
from app.web.bundles import PAGES
from app.web.languages import language_of

FOLDER: Final = PAGES / "words"


@dataclass(frozen=True, slots=True)
class SignInWords:
    """Signing in and out, and who somebody is."""

    title: str
    token: str
    token_hint: str
    act: str
    with_issuer: str
    signed_out: str
    open_title: str
    nobody_asked: str
    this_machine_alone: str
    go_on: str
    signed_in_title: str
    you_are: str
    where: str
    sign_out: str
    paste: str
    wrong: str
    too_many: str
    no_cookies: str
    not_ours: str
    not_readable: str
    failures: Mapping[SignInFailure, str]
    roles: Mapping[str, str]
    moment: str
    """How a moment in UTC is written, as strftime has it."""

    def time(self, moment: datetime) -> str:
        """Write a moment for people."""
        return moment.strftime(self.moment)


@dataclass(frozen=True, slots=True)
class SessionWords:
    """Where somebody is signed in."""

    none: str
    elsewhere: str
    others: str
    who: str
    signed_in: str
    last_used: str
    this_browser: str
    sign_out_of: str
    no_such: str


@dataclass(frozen=True, slots=True)
class RefusalWords:
    """What is refused to who opens an address."""

    titles: Mapping[str, str]
    """By status."""
    other_title: str
    nowhere: str
    other_use: str
    no_guide: str
    fault: str
    busy: str
    sign_in_first: str
    in_english: str
    permission: str
    no_file: str
    to_start: str
    all_guides: str
    in_log: str

    def title(self, status: int) -> str:
        """Return what stands over a refusal of this status."""
        return self.titles.get(str(status), self.other_title)


@dataclass(frozen=True, slots=True)
class StartWords:
    """The start page, and the line on it that says who somebody is."""

    about: str
    endpoint: str
    version: str
    doors: Mapping[str, Mapping[str, str]]
    """Title and text of each, by the door's name."""
    nobody: str
    not_known: str
    signed_in_as: str
    webhooks: str
    connected_systems: str


@dataclass(frozen=True, slots=True)
class Words:
    """All texts of one language."""

    language: str
    sign_in: SignInWords
    sessions: SessionWords
    refusals: RefusalWords
    start: StartWords


def _read(language: str) -> Words:
    texts = json.loads((FOLDER / f"{language}.json").read_text("utf-8"))
    sign_in = texts["sign_in"]
    failures = {SignInFailure[name]: text for name, text in sign_in.pop("failures").items()}
    return Words(
        language,
        SignInWords(failures=failures, **sign_in),
        SessionWords(**texts["sessions"]),
        RefusalWords(**texts["refusals"]),
        StartWords(**texts["start"]),
    )


@cache
def all_words() -> Mapping[str, Words]:
    """Return the texts by language; English is among them."""
    return {path.stem: _read(path.stem) for path in sorted(FOLDER.glob("*.json"))}


def words_of(request: Request) -> Words:
    """Return the texts in the language of who opens a page."""
    words = all_words()
    return words[language_of(request, words)]


def fill(text: str, **facts: str) -> str:
    """Return a text as markup, with facts in it that are markup.

    >>> fill("It is <{who}>.", who="<b>Ada</b>")
    'It is &lt;<b>Ada</b>&gt;.'
    """
    return escape(text, quote=False).format(**facts)
