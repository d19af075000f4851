"""What deserves a look about users and people that were written (rule 4.1)."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Final

from app.db.connections.database import Transaction
from app.db.writing import directory as store
from app.domain.directory import Person, PersonStatus, User, UserStatus
from app.domain.identifiers import Key
from app.domain.warnings import Warning, WarningCode
from app.domain.workers import Sharing, email_key, is_email

MOST_NAMED: Final = 3


async def warnings_of(
    connection: Transaction, objects: Collection[Any]
) -> Mapping[Key, list[Warning]]:
    """Return what deserves a look about each object, its path being one of its fields.

    That is so of users and people only, and as the whole company is by now.
    """
    humans_of: dict[str, list[User | Person]] = defaultdict(list)
    for each in objects:
        if isinstance(each, User | Person):
            humans_of[each.company_id].append(each)
    found: dict[Key, list[Warning]] = {}
    for company_id, humans in humans_of.items():
        emails = {key for key in store.emails_of(humans) if is_email(key)}
        shared = {
            each.email_key: each
            for each in await store.shared_emails(connection, company_id, emails)
        }
        numbers = {
            each.employee_number
            for each in humans
            if isinstance(each, Person) and each.employee_number
        }
        same_number = await store.people_with_numbers(connection, company_id, numbers)
        for human in humans:
            about = [*_of_email(human, shared), *_of_number(human, same_number)]
            if about:
                found[human.id] = about
    return found


def _of_email(human: User | Person, shared: Mapping[str, Sharing]) -> Iterator[Warning]:
    """Yield a warning for an e-mail that is none, and for one by which nobody is joined."""
    is_user = isinstance(human, User)
    field = "email_address" if is_user else "email"
    key = email_key(getattr(human, field))
    if key is None:
        return
    if not is_email(key):
        message = "This is no e-mail, so it joins nobody; stored as sent."
        yield Warning(WarningCode.NOT_AN_EMAIL, message, (field,))
    elif (sharing := shared.get(key)) and _counts(human, sharing):
        others = [
            *(f"user {id_}" for id_ in sharing.user_ids if not is_user or id_ != human.id),
            *(f"person {id_}" for id_ in sharing.person_ids if is_user or id_ != human.id),
        ]
        message = (
            f"The e-mail is shared with {_listed(others)}, so it joins nobody: "
            "linkWorker says who is one worker."
        )
        yield Warning(WarningCode.EMAIL_SHARED, message, (field,))


def _counts(human: User | Person, sharing: Sharing) -> bool:
    """Say whether somebody counts among those who have the e-mail."""
    if isinstance(human, User):
        return human.status is UserStatus.ACTIVE or human.id in sharing.user_ids
    return human.status is PersonStatus.ACTIVE or human.id in sharing.person_ids


def _of_number(human: User | Person, same_number: Mapping[str, Sequence[str]]) -> Iterator[Warning]:
    if isinstance(human, Person) and human.employee_number is not None:
        others = [id_ for id_ in same_number[human.employee_number] if id_ != human.id]
        if others:
            named = _listed([f"person {id_}" for id_ in others])
            message = f"The employee number is also that of {named}; stored as sent."
            yield Warning(WarningCode.EMPLOYEE_NUMBER_SHARED, message, ("employee_number",))


def _listed(names: Sequence[str]) -> str:
    """Return the first names, and how many more there are.

    >>> _listed(["user 1", "user 2", "person a"])
    'user 1, user 2 and person a'
    """
    named = list(names[:MOST_NAMED])
    if len(names) > MOST_NAMED:
        named.append(f"{len(names) - MOST_NAMED} more")
    return " and ".join(filter(None, (", ".join(named[:-1]), named[-1])))
