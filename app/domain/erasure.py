"""What is left of somebody who was erased, and where in texts they were named (rule 4.7)."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Final, Self
from unicodedata import normalize

from app.domain.directory import Person, User
from app.domain.texts import folded
from app.domain.workers import Worker, is_email

REMOVED: Final = "(removed)"
"""What a reason says that was removed: a record always has one (rule 3.4)."""

ERASED: Final = "Erased"
"""The first word of a pseudonym."""

_ID_CHARACTERS: Final = 8
_IN_AN_ADDRESS: Final = r"[\w.+\-]"
_PARTS_OF_A_NAME: Final = 2
"""One word alone may be a word of the language: "Will", "May", "Rose"."""


def pseudonym_of(worker: Worker) -> str:
    """Return what an erased worker is called: made of its id, the same for user and person.

    >>> pseudonym_of(Worker("c", 1001, None, "Ada", None))
    'Erased 1001'
    """
    if worker.user_id is not None:
        return erased_name(worker.user_id)
    return f"{ERASED} {(worker.person_id or '')[:_ID_CHARACTERS]}"


def erased_name(user_id: int) -> str:
    """Return what a user is called once its worker was erased."""
    return f"{ERASED} {user_id}"


def is_erased(user: User) -> bool:
    """Say whether the user's worker was erased: whoever has the name elsewhere keeps it there."""
    return user.full_name == erased_name(user.id)


def is_erased_person(person: Person) -> bool:
    """Say whether the person's worker was erased: nothing is left but a pseudonym."""
    has_more = person.email or person.employee_number or person.job_title
    return person.first_name == ERASED and bool(person.last_name) and not has_more


def erased_user(user: User, pseudonym: str) -> User:
    """Return the user as it stays: its id and role, under the pseudonym."""
    return replace(user, full_name=pseudonym, email_address=None, headline=None)


def erased_person(person: Person, pseudonym: str) -> Person:
    """Return the person as it stays: its id and status, under the pseudonym."""
    first, _, last = pseudonym.partition(" ")
    return replace(
        person, first_name=first, last_name=last, email=None, employee_number=None, job_title=None
    )


def erased_facts(facts: dict[str, Any], pseudonym: str) -> dict[str, Any]:
    """Return what a change says of a user or a person, without what is gone.

    >>> erased_facts({"sourceId": "1", "fullName": "Ada", "emailAddress": "a@b.c"}, "Erased 1")
    {'sourceId': '1', 'fullName': 'Erased 1', 'emailAddress': None}
    """
    first, _, last = pseudonym.partition(" ")
    stays = {"fullName": pseudonym, "firstName": first, "lastName": last}
    gone = dict.fromkeys(("emailAddress", "headline", "email", "employeeNumber", "jobTitle"))
    stands = stays | gone
    return {name: stands.get(name, value) for name, value in facts.items()}


def names_in_facts(facts: dict[str, Any]) -> set[str]:
    """Return the names that a change says of a user or a person, in the orders of both systems.

    >>> sorted(names_in_facts({"firstName": "Ada", "lastName": "King"}))
    ['Ada King', 'King Ada', 'King, Ada']
    """
    first, last = facts.get("firstName") or "", facts.get("lastName") or ""
    names = {facts.get("fullName") or "", f"{first} {last}".strip()}
    if first and last:
        names |= {f"{last}, {first}", f"{last} {first}"}
    return names - {""}


def emails_in_facts(facts: dict[str, Any]) -> set[str]:
    """Return the e-mails that a change says of a user or a person."""
    found = {(facts.get(name) or "").strip() for name in ("emailAddress", "email")}
    return {each for each in found if is_email(each)}


@dataclass(frozen=True, slots=True)
class Mentions:
    """How somebody is named in texts of others, and what stands there instead.

    E-mails and names of more than one word are found anywhere in a text, as whole words; a name
    of one word only where it is the whole text.
    """

    names: tuple[str, ...]
    emails: tuple[str, ...]
    pseudonym: str

    @classmethod
    def of(cls, names: Iterable[str], emails: Iterable[str], pseudonym: str) -> Self:
        """Return the mentions, the longest first, without those that are the pseudonym."""
        first, _, last = pseudonym.partition(" ")
        own = {folded(each) for each in (pseudonym, f"{last}, {first}", f"{last} {first}")}
        return cls(
            tuple(_longest_first(each for each in names if folded(each) not in own)),
            tuple(_longest_first(emails)),
            pseudonym,
        )

    def without_names(self) -> "Mentions":
        """Return the e-mails alone, for texts in which names are others' own."""
        return replace(self, names=())

    @property
    def fragments(self) -> tuple[str, ...]:
        """What a text that names them contains, as it may be written, also within JSON."""
        words = [*self.names, *self.emails]
        written = (form(each) for each in words for form in (str, str.lower, str.upper))
        composed = {normalize(form, each) for each in written for form in ("NFC", "NFD")}
        return tuple(sorted(composed | {json.dumps(each)[1:-1] for each in words if '"' in each}))

    def replaced(self, text: str) -> str:
        """Return the text with the pseudonym wherever they are named."""
        return self._pattern().sub(self.pseudonym, text) if self.names or self.emails else text

    def replaced_within(self, value: Any) -> Any:  # noqa: ANN401 - JSON
        """Return a JSON value with the pseudonym in all its texts; keys of objects stay."""
        match value:
            case str():
                return self.replaced(value)
            case list():
                return [self.replaced_within(each) for each in value]
            case dict():
                return {name: self.replaced_within(each) for name, each in value.items()}
            case _:
                return value

    def _pattern(self) -> re.Pattern[str]:
        long = [each for each in self.names if len(each.split()) >= _PARTS_OF_A_NAME]
        short = [each for each in self.names if each not in long]
        ways = [
            *(rf"(?<!{_IN_AN_ADDRESS}){_any_form(each)}(?![\w\-])" for each in self.emails),
            *(rf"(?<!\w){_any_form(each)}(?!\w)" for each in long),
            *(rf"\A\s*{_any_form(each)}\s*\Z" for each in short),
        ]
        return re.compile("|".join(ways), re.IGNORECASE)


def _any_form(text: str) -> str:
    """Return the pattern of a text, its accents as letters of their own or not."""
    forms = {normalize(form, text) for form in ("NFC", "NFD")} | {text}
    return f"(?:{'|'.join(re.escape(each) for each in sorted(forms))})"


def _longest_first(texts: Iterable[str]) -> list[str]:
    return sorted(set(texts), key=lambda each: (-len(each), each))


def without_reasons_of(value: Any, person_ids: frozenset[str]) -> Any:  # noqa: ANN401 - JSON
    """Return an answer that was kept, without the reasons of these people's records.

    >>> without_reasons_of([{"person_id": "p", "reason": "flu"}], frozenset({"p"}))
    [{'person_id': 'p', 'reason': '(removed)'}]
    """
    match value:
        case list():
            return [without_reasons_of(each, person_ids) for each in value]
        case dict():
            own = {name: without_reasons_of(each, person_ids) for name, each in value.items()}
            is_theirs = own.get("person_id") in person_ids and own.get("reason")
            return own | {"reason": REMOVED} if is_theirs else own
        case _:
            return value


@dataclass(frozen=True, slots=True)
class Erasure:
    """How much was erased, or would be.

    ``directory``: users and people; ``reasons`` of records, also of those deleted a while ago;
    ``messages`` of other systems; ``changes`` of the feed; ``answers`` kept beside idempotency
    keys; ``sessions`` ended; ``tokens`` revoked; ``feeds`` deleted; ``texts``: rows elsewhere that
    named them.
    """

    directory: int = 0
    reasons: int = 0
    messages: int = 0
    changes: int = 0
    answers: int = 0
    sessions: int = 0
    tokens: int = 0
    feeds: int = 0
    texts: int = 0

    @property
    def is_nothing(self) -> bool:
        """Whether nobody was there to be erased any more."""
        return self == Erasure()


_BACKUPS: Final = (
    "Backups and copies of the database still have all of it: let them expire, or restore, erase "
    "again and back up anew."
)
_SOURCES: Final = (
    "The source systems: erase there first, as the next import that names somebody brings the name "
    "back."
)
_FOLLOWERS: Final = (
    "Whoever follows the change feed, a webhook, a calendar feed or an export has what was told "
    "before."
)
_OTHERS: Final = (
    "Texts of other people that name somebody otherwise than by e-mail or full name; and the ids "
    "of the source systems, under which the hours are kept."
)
REMAINS: Final = (_BACKUPS, _SOURCES, _FOLLOWERS, _OTHERS)
"""What an erasure cannot reach."""
