"""Who is one human: a user of Kantata, a person of Procore, or both (rule 4.1)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final, TypeVar
from unicodedata import normalize

from app.domain.identifiers import person_subject, user_subject
from app.domain.texts import folded, visible

_LONGEST_FOLDED: Final = 1_600
_LONGEST_WRITTEN: Final = 900
"""Bytes of the two parts of a name's key: together they fit into an index of PostgreSQL, whose
rows have at most 2,704. Names of 255 letters do; of 200 Korean syllables the first 177."""


@dataclass(frozen=True, slots=True)
class Human:
    """What one system says of somebody: enough to name them and to find them in the other.

    Users and people who have left are inactive.
    """

    full_name: str
    email: str | None
    is_active: bool = True

    @property
    def email_key(self) -> str | None:
        """The e-mail as it is compared; None where there is none."""
        return email_key(self.email)

    @property
    def joining_key(self) -> str | None:
        """The e-mail by which the two systems are joined; None where there is none (rule 4.1)."""
        key = self.email_key
        return key if key and is_email(key) else None


Id = TypeVar("Id", int, str)

Pair = tuple[int, str]
"""A user and a person who are one worker."""


@dataclass(frozen=True, slots=True)
class Worker:
    """One human of a company. The name and e-mail are the user's first, else the person's."""

    company_id: str
    user_id: int | None
    person_id: str | None
    full_name: str
    email: str | None

    @property
    def id(self) -> str:
        """The user's key, else the person's; so a user who is linked keeps the worker's id."""
        if self.user_id is not None:
            return user_subject(self.user_id)
        return person_subject(self.person_id or "")

    @property
    def pair(self) -> Pair | None:
        """The user and the person; None for a worker whom one system knows, which cannot differ."""
        if self.user_id is None or self.person_id is None:
            return None
        return self.user_id, self.person_id

    @property
    def subjects(self) -> tuple[str, ...]:
        """The keys of its user and its person, as far as it has them."""
        user = () if self.user_id is None else (user_subject(self.user_id),)
        return user if self.person_id is None else (*user, person_subject(self.person_id))


def without_common_subjects(workers: Iterable[Worker]) -> list[list[Worker]]:
    """Return the workers in groups in which nobody has a user or a person of another.

    Almost always it is one group; workers before and after a link are two.
    """
    groups: list[tuple[set[str], list[Worker]]] = []
    for worker in workers:
        fit = [each for each in groups if each[0].isdisjoint(worker.subjects)]
        if not fit:
            fit = [(set(), [])]
            groups += fit
        subjects, members = fit[0]
        subjects.update(worker.subjects)
        members.append(worker)
    return [members for _, members in groups]


NO_ONE: Final = Human("", None)
MANY: Final = 2
"""So many users, or so many people, with one e-mail keep it from joining anybody (rule 4.1)."""


def email_key(email: str | None) -> str | None:
    r"""Return the e-mail as it is compared, or None where there is none.

    In Unicode's NFC, without regard to case, format characters, and blanks around it.

    >>> email_key("  Ada@Example.COM\u200b ")
    'ada@example.com'
    """
    lowered = normalize("NFC", visible(email or "")).lower()
    return normalize("NFC", lowered).strip() or None


def is_email(text: str) -> bool:
    """Say whether the text has an ``@`` with something on both of its sides.

    Whoever has to deliver a message asks for more; here it keeps ``n/a`` from joining people.

    >>> is_email("ada@example.com"), is_email("not-an-email"), is_email("@example.com")
    (True, False, False)
    """
    local, _, domain = text.rpartition("@")
    return bool(local.strip() and domain.strip())


def name_key(name: str) -> str:
    r"""Return the key by which a name is searched and ordered: folded, then as it is written.

    So the text itself breaks the ties. The line break between them, which is less than all
    that a folded name has, lets ``Ann`` stand before ``Ann B``.

    >>> name_key("Zoë")
    'zoe\nZoë'
    """
    return f"{_start(folded(name), _LONGEST_FOLDED)}\n{_start(name, _LONGEST_WRITTEN)}"


def is_name_key(text: str) -> bool:
    """Say whether the text can be a name's key: cursors of earlier versions have others."""
    return "\n" in text


def _start(text: str, most_bytes: int) -> str:
    """Return as much of the text as so many bytes of UTF-8 hold."""
    if len(text) * 4 <= most_bytes:
        return text
    return text.encode()[:most_bytes].decode(errors="ignore")


def join(
    company_id: str,
    users: Mapping[int, Human],
    people: Mapping[str, Human],
    *,
    links: Iterable[Pair],
    bars: Iterable[Pair],
) -> list[Worker]:
    """Return the workers that the users and people of one company make.

    A link joins whatever the e-mails say. Of the rest, a user and a person with the same
    e-mail are one worker if nobody else of the company has it and no bar keeps them apart;
    of users, and of people, the inactive count only where no active one has it.
    """
    partner = dict(links)
    linked_people = set(partner.values())
    barred = set(bars)
    for user_id, person_id in _by_email(users, people):
        is_free = user_id not in partner and person_id not in linked_people
        if is_free and (user_id, person_id) not in barred:
            partner[user_id] = person_id
    joined = set(partner.values())
    pairs = [(user_id, partner.get(user_id)) for user_id in users]
    alone = [(None, person_id) for person_id in people if person_id not in joined]
    return [
        _worker(company_id, users, people, user_id=user_id, person_id=person_id)
        for user_id, person_id in [*pairs, *alone]
    ]


@dataclass(frozen=True, slots=True)
class Sharing:
    """Users and people with one e-mail, which therefore joins none of them (rule 4.1)."""

    email_key: str
    user_ids: tuple[int, ...]
    person_ids: tuple[str, ...]


def sharings(
    users: Mapping[int, Human], people: Mapping[str, Human], *, links: Iterable[Pair]
) -> list[Sharing]:
    """Return who stays separate because an e-mail is shared; whoever is linked does not.

    The inactive who have the e-mail of an active user or person do not count and share nothing.
    """
    pairs = list(links)
    linked_users = {user_id for user_id, _ in pairs}
    linked_people = {person_id for _, person_id in pairs}
    shared = []
    for key, user_ids, person_ids in holders(users, people):
        if len(user_ids) < MANY and len(person_ids) < MANY:
            continue
        free_users = tuple(user_id for user_id in user_ids if user_id not in linked_users)
        free_people = tuple(person_id for person_id in person_ids if person_id not in linked_people)
        if len(free_users) + len(free_people) >= MANY:
            shared.append(Sharing(key, free_users, free_people))
    return shared


def _by_email(users: Mapping[int, Human], people: Mapping[str, Human]) -> Iterable[Pair]:
    """Yield each user and person who alone have the same e-mail."""
    for _, user_ids, person_ids in holders(users, people):
        if len(user_ids) == len(person_ids) == 1:
            yield user_ids[0], person_ids[0]


def holders(
    users: Mapping[int, Human], people: Mapping[str, Human]
) -> Iterable[tuple[str, list[int], list[str]]]:
    """Yield each e-mail with the users and the people who count among those who have it."""
    users_of, people_of = _counting(users), _counting(people)
    for key in users_of | people_of:
        yield key, users_of.get(key, []), people_of.get(key, [])


def _counting(humans: Mapping[Id, Human]) -> dict[str, list[Id]]:
    """Return who has each e-mail: the active, and the inactive only where none of them has it."""
    active_of: dict[str, list[Id]] = defaultdict(list)
    inactive_of: dict[str, list[Id]] = defaultdict(list)
    for id_, human in humans.items():
        if key := human.joining_key:
            (active_of if human.is_active else inactive_of)[key].append(id_)
    return inactive_of | active_of


def _worker(
    company_id: str,
    users: Mapping[int, Human],
    people: Mapping[str, Human],
    *,
    user_id: int | None,
    person_id: str | None,
) -> Worker:
    user = users[user_id] if user_id is not None else NO_ONE
    person = people[person_id] if person_id is not None else NO_ONE
    human = user if user_id is not None else person
    if user_id is not None and not user.email_key:
        human = replace(user, email=person.email)
    return Worker(
        company_id=company_id,
        user_id=user_id,
        person_id=person_id,
        full_name=human.full_name,
        email=human.email,
    )
