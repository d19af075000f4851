"""Who is one human: a user of Kantata, a person of Procore, or both (rule 4.1)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from app.domain.identifiers import person_subject, user_subject


@dataclass(frozen=True, slots=True)
class Human:
    """What one system says of somebody: enough to name them and to find them in the other."""

    full_name: str
    email: str | None

    @property
    def email_key(self) -> str | None:
        """By which the two systems are joined: trimmed, case-insensitive, blank never."""
        return email_key(self.email)


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
        """Derived from the user, else from the person, so that linking keeps the user's."""
        if self.user_id is not None:
            return user_subject(self.user_id)
        return person_subject(self.person_id or "")

    @property
    def is_known_to_both(self) -> bool:
        """Whether it is a user and a person, so that the systems can agree or differ."""
        return self.user_id is not None and self.person_id is not None


NO_ONE: Final = Human("", None)


def email_key(email: str | None) -> str | None:
    """Return the e-mail as it is compared, or None where there is none.

    >>> email_key("  Ada@Example.COM ")
    'ada@example.com'
    """
    return (email or "").strip().lower() or None


def name_key(full_name: str) -> str:
    """Return the name as it is searched and ordered: without regard to case."""
    return full_name.casefold()


def join(
    company_id: str,
    users: Mapping[int, Human],
    people: Mapping[str, Human],
    *,
    links: Iterable[tuple[int, str]],
    bars: Iterable[tuple[int, str]],
) -> list[Worker]:
    """Return the workers that the users and people of one company make.

    A link joins whatever the e-mails say. Of the rest, a user and a person with the same
    e-mail are one worker if nobody else of the company has it and no bar keeps them apart.
    """
    partner = dict(links)
    linked_people = set(partner.values())
    barred = set(bars)
    for user_id, person_id in _by_email(users, people):
        is_free = user_id not in partner and person_id not in linked_people
        if is_free and (user_id, person_id) not in barred:
            partner[user_id] = person_id
    joined = set(partner.values())
    both = [_worker(company_id, users, people, user_id, partner.get(user_id)) for user_id in users]
    alone = [_worker(company_id, users, people, None, key) for key in people if key not in joined]
    return both + alone


def _by_email(users: Mapping[int, Human], people: Mapping[str, Human]) -> Iterable[tuple[int, str]]:
    users_of: dict[str, list[int]] = defaultdict(list)
    people_of: dict[str, list[str]] = defaultdict(list)
    for user_id, user in users.items():
        if user.email_key:
            users_of[user.email_key].append(user_id)
    for person_id, person in people.items():
        if person.email_key:
            people_of[person.email_key].append(person_id)
    for key, user_ids in users_of.items():
        if len(user_ids) == 1 and len(people_of[key]) == 1:
            yield user_ids[0], people_of[key][0]


def _worker(
    company_id: str,
    users: Mapping[int, Human],
    people: Mapping[str, Human],
    user_id: int | None,
    person_id: str | None,
) -> Worker:
    user = users[user_id] if user_id is not None else NO_ONE
    person = people[person_id] if person_id is not None else NO_ONE
    human = user if user_id is not None else person
    if user_id is not None and not user.email_key:
        human = replace(user, email=person.email)
    return Worker(company_id, user_id, person_id, human.full_name, human.email)
