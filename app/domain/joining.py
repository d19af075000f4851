"""By what a worker is joined, or why a user or person is a worker of its own (rule 4.1)."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain, islice
from typing import Final

from app.domain.identifiers import person_subject, user_subject
from app.domain.workers import MANY, Human, Pair, Worker, holders

MOST_OTHERS: Final = 10
"""So many are named whom the reason of a worker is about: thousands may share an e-mail."""


class JoinedBy(StrEnum):
    """What makes a user and a person one worker."""

    LINK = "LINK"
    EMAIL = "EMAIL"


class ApartReason(StrEnum):
    """Why a user is joined with no person, or a person with no user."""

    NO_EMAIL = "NO_EMAIL"
    NOT_AN_EMAIL = "NOT_AN_EMAIL"
    NOBODY_HAS_EMAIL = "NOBODY_HAS_EMAIL"
    EMAIL_SHARED = "EMAIL_SHARED"
    ACTIVE_HAS_EMAIL = "ACTIVE_HAS_EMAIL"
    LINKED_ELSEWHERE = "LINKED_ELSEWHERE"
    SPLIT = "SPLIT"


@dataclass(frozen=True, slots=True)
class Joining:
    """How it is with a worker: joined by something, or apart for a reason.

    ``others`` are the first MOST_OTHERS of the users and people that the reason is about, by the
    keys of their days.
    """

    joined_by: JoinedBy | None = None
    apart: ApartReason | None = None
    others: tuple[str, ...] = ()


def joinings(
    workers: Collection[Worker],
    users: Mapping[int, Human],
    people: Mapping[str, Human],
    links: Collection[Pair],
) -> dict[str, Joining]:
    """Return how it is with each of the workers of one company, by their ids; gone ones not.

    ``users`` and ``people`` are they, and all of the company who have their e-mails; ``links``
    all that tie any of these to somebody.
    """
    counting = {
        key: _Holders(
            dict.fromkeys(user_subject(each) for each in sorted(of_users)),
            dict.fromkeys(person_subject(each) for each in sorted(of_people)),
        )
        for key, of_users, of_people in holders(users, people)
    }
    linked = {user_subject(each) for each, _ in links} | {person_subject(each) for _, each in links}
    found = {}
    for worker in workers:
        if worker.pair:
            found[worker.id] = Joining(JoinedBy.LINK if worker.pair in links else JoinedBy.EMAIL)
            continue
        is_user = worker.user_id is not None
        human = users.get(worker.user_id or 0) if is_user else people.get(worker.person_id or "")
        if human is None:
            continue  # of another company since the worker was read, or as yet
        key = human.joining_key
        if key is None:
            is_text = human.email_key is not None
            reason = ApartReason.NOT_AN_EMAIL if is_text else ApartReason.NO_EMAIL
            found[worker.id] = Joining(apart=reason)
        else:
            found[worker.id] = _apart_by_email(worker.id, counting[key], linked)
    return found


@dataclass(frozen=True, slots=True)
class _Holders:
    """Who counts of those who have an e-mail, in order: asked again for each of them."""

    of_users: Mapping[str, None]
    of_people: Mapping[str, None]

    def __contains__(self, subject: str) -> bool:
        return subject in self.of_users or subject in self.of_people

    def others_than(self, subject: str) -> tuple[str, ...]:
        """Return the first of them without the one."""
        others = (each for each in chain(self.of_users, self.of_people) if each != subject)
        return tuple(islice(others, MOST_OTHERS))


def _apart_by_email(subject: str, counting: _Holders, linked: Collection[str]) -> Joining:
    """Return why somebody's e-mail joins them with nobody; who has it counts for the rule."""
    others = counting.others_than(subject)
    if subject not in counting:
        return Joining(apart=ApartReason.ACTIVE_HAS_EMAIL, others=others)
    if len(counting.of_users) >= MANY or len(counting.of_people) >= MANY:
        return Joining(apart=ApartReason.EMAIL_SHARED, others=others)
    if not others:
        return Joining(apart=ApartReason.NOBODY_HAS_EMAIL)
    is_linked = any(each in linked for each in others)
    return Joining(
        apart=ApartReason.LINKED_ELSEWHERE if is_linked else ApartReason.SPLIT, others=others
    )
