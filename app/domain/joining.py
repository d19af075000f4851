"""By what a worker is joined, or why a user or person is a worker of its own (rule 4.1)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from app.domain.identifiers import person_subject, user_subject
from app.domain.workers import MANY, Human, Pair, Worker, holders


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

    ``others`` are the users and people that the reason is about, by the keys of their days.
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
    """Return how it is with each of the workers of one company, by their ids.

    ``users`` and ``people`` are they, and all of the company who have their e-mails; ``links``
    all that tie any of these to somebody.
    """
    counting = {key: (of_users, of_people) for key, of_users, of_people in holders(users, people)}
    linked = {user_subject(each) for each, _ in links} | {person_subject(each) for _, each in links}
    found = {}
    for worker in workers:
        if worker.pair:
            found[worker.id] = Joining(JoinedBy.LINK if worker.pair in links else JoinedBy.EMAIL)
            continue
        human = people[worker.person_id or ""] if worker.user_id is None else users[worker.user_id]
        key = human.joining_key
        if key is None:
            is_text = human.email_key is not None
            reason = ApartReason.NOT_AN_EMAIL if is_text else ApartReason.NO_EMAIL
            found[worker.id] = Joining(apart=reason)
        else:
            of_users, of_people = counting[key]
            found[worker.id] = _apart_by_email(
                worker.id,
                [user_subject(each) for each in sorted(of_users)],
                [person_subject(each) for each in sorted(of_people)],
                linked,
            )
    return found


def _apart_by_email(
    subject: str, of_users: Sequence[str], of_people: Sequence[str], linked: Collection[str]
) -> Joining:
    """Return why somebody's e-mail joins them with nobody; who has it counts for the rule."""
    everybody = [*of_users, *of_people]
    others = tuple(each for each in everybody if each != subject)
    if subject not in everybody:
        return Joining(apart=ApartReason.ACTIVE_HAS_EMAIL, others=others)
    if len(of_users) >= MANY or len(of_people) >= MANY:
        return Joining(apart=ApartReason.EMAIL_SHARED, others=others)
    if not others:
        return Joining(apart=ApartReason.NOBODY_HAS_EMAIL)
    is_linked = any(each in linked for each in others)
    return Joining(
        apart=ApartReason.LINKED_ELSEWHERE if is_linked else ApartReason.SPLIT, others=others
    )
