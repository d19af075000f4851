"""Erasing somebody: name, e-mail and reasons go, figures stay under a pseudonym (rule 4.7)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from app.db.connections.database import Transaction
from app.db.reading import changes as feeds
from app.db.reading.lists_of_nouns import ENTRIES, PEOPLE, PERSON_TIME_OFFS, REFERENCES, USERS
from app.db.reading.personal_data import Reach
from app.db.writing import deliveries, directory, erasure, personal_texts
from app.db.writing.changes import record_changes
from app.db.writing.locks import lock_directory, lock_people
from app.db.writing.objects import change_objects
from app.db.writing.time_off_entries import lock_users
from app.domain.changes import Change
from app.domain.directory import Person, User
from app.domain.erasure import (
    REMOVED,
    Erasure,
    Mentions,
    emails_in_facts,
    erased_person,
    erased_user,
    names_in_facts,
    pseudonym_of,
)
from app.domain.person_time_off import PersonTimeOff
from app.domain.time_off_entries import ExternalReference, ReferenceFacts
from app.domain.versions import next_version
from app.domain.workers import Worker
from app.services.caller import Caller
from app.services.change_facts import facts
from app.services.changes import change
from app.services.directory.service import rejoin_humans

MOST_ROUNDS: Final = 3
"""What others write meanwhile is looked for again, so often."""


@dataclass(frozen=True, slots=True)
class Named:
    """A worker, how texts name it, and in which rows within reach."""

    worker: Worker
    mentions: Mentions
    reach: Reach
    companies: frozenset[str]
    """Its own, and those within reach in which it was before."""
    actors: frozenset[str] = frozenset()
    """Whom people called by one of the names or e-mails when they did something."""
    places: Sequence[erasure.Place] = ()
    messages: Sequence[erasure.Told] = ()
    """The changes that tell what other systems said of the user's entries."""
    answers: Sequence[personal_texts.KeyPlace] = ()
    """Idempotency keys beside which reasons of the person's records are kept."""
    last_changes: Mapping[str, int] = field(default_factory=dict)
    """The number of each company's last one before all this was found."""


async def find_named(connection: Transaction, worker: Worker, reach: Reach) -> Named:
    """Return where the worker is named: every table is read whole, so not while others wait.

    Without the messages, which are needed to erase them only.
    """
    companies = await erasure.companies_of(connection, worker, reach)
    mentions = await mentions_of(connection, worker, companies)
    actors = await erasure.actors_labelled(connection, mentions, reach)
    named = Named(worker, mentions, reach, companies, frozenset(actors))
    return await _with_places(connection, named)


async def find_erasable(connection: Transaction, worker: Worker, reach: Reach) -> Named:
    """Return where the worker is named, and which changes tell messages about the user."""
    last_changes = await _last_changes(connection)
    named = await _with_messages(connection, await find_named(connection, worker, reach))
    return replace(named, last_changes=last_changes)


async def is_as_found(connection: Transaction, worker: Worker, named: Named) -> bool:
    """Say whether the worker, who is locked by now, is who was found, and is named alike."""
    if worker != named.worker:
        return False
    if await _last_changes(connection) == named.last_changes:
        return True  # nothing was written anywhere, so nobody has another name
    return await mentions_of(connection, worker, named.companies) == named.mentions


async def _last_changes(connection: Transaction) -> Mapping[str, int]:
    return await feeds.last_numbers(connection, await feeds.companies(connection))


async def mentions_of(
    connection: Transaction, worker: Worker, companies: Collection[str]
) -> Mentions:
    """Return how texts name the worker, now and before; not what others are named, too.

    Before: as the feeds of these companies have told.
    """
    told = await erasure.facts_told(connection, worker, companies)
    told += [facts(each) for each in await humans_of(connection, worker)]
    names = {name for each in told for name in names_in_facts(each)}
    emails = {email for each in told for email in emails_in_facts(each)}
    others_names, others_emails = await erasure.held_by_others(connection, worker, names, emails)
    return Mentions.of(names - others_names, emails - others_emails, pseudonym_of(worker))


async def humans_of(connection: Transaction, worker: Worker) -> list[User | Person]:
    """Return the worker's user and person, as far as it has them."""
    user_ids = [] if worker.user_id is None else [worker.user_id]
    person_ids = [] if worker.person_id is None else [worker.person_id]
    users = await USERS.find_many(connection, None, user_ids)
    people = await PEOPLE.find_many(connection, None, person_ids)
    return [*users.values(), *people.values()]


async def lock_worker(connection: Transaction, worker: Worker) -> None:
    """Hold the worker's user and person, and whatever is judged by them."""
    await lock_directory(connection, [worker.company_id])
    await lock_users(connection, None, [worker.user_id] if worker.user_id is not None else [])
    await lock_people(connection, [worker.person_id] if worker.person_id else [])


async def erase(
    connection: Transaction, caller: Caller, named: Named, at: datetime
) -> tuple[Worker, Erasure]:
    """Erase the worker, who is locked; return it as it stays, and how much has gone."""
    worker, pseudonym = named.worker, named.mentions.pseudonym
    ended = await erasure.end_access(connection, worker, at, pseudonym=pseudonym)
    actors = ended.actors | named.actors
    texts = await erasure.relabel(connection, actors, pseudonym, named.reach)
    erased, changes = await _erase_humans(connection, worker, pseudonym)
    told = await erasure.erase_changes(connection, worker, named.companies, pseudonym)
    told += await erasure.erase_messages_told(connection, named.messages)
    records = await _remove_reasons(connection, worker, at)
    messages = await _remove_messages(connection, worker, named.mentions, at)
    reasons, answers = len(records), 0
    if worker.person_id is not None:
        await deliveries.forget_words(connection, worker.person_id)
        reasons += await personal_texts.remove_reasons_of_deleted(
            connection, worker.company_id, worker.person_id
        )
        answers = await personal_texts.remove_reasons_of_answers(
            connection, worker.person_id, named.answers
        )
    texts += await erasure.replace_mentions(connection, named.places)
    changes += [change(each, each) for each in (*records, *messages)]
    await record_changes(connection, caller.origin, at, changes)
    stays = replace(worker, full_name=pseudonym, email=None)
    return stays, Erasure(
        directory=erased,
        reasons=reasons,
        messages=len(messages),
        changes=told,
        answers=answers,
        sessions=ended.sessions,
        tokens=ended.tokens,
        feeds=ended.feeds,
        texts=texts,
    )


async def find_rest(connection: Transaction, named: Named) -> Named:
    """Return where the worker is named still, or again."""
    return await _with_messages(connection, await _with_places(connection, named))


async def _with_places(connection: Transaction, named: Named) -> Named:
    places = await erasure.find_mentions(connection, named.companies, named.mentions, named.reach)
    return replace(named, places=places)


async def _with_messages(connection: Transaction, named: Named) -> Named:
    worker, answers = named.worker, list[personal_texts.KeyPlace]()
    if worker.person_id is not None:
        answers = await personal_texts.answers_with_reasons(connection, worker.person_id)
    told = await erasure.messages_told(connection, worker, named.companies)
    return replace(named, messages=told, answers=answers)


async def erase_rest(connection: Transaction, named: Named) -> Erasure:
    """Take out what was written about the worker meanwhile; return in how many rows."""
    answers = 0
    if named.worker.person_id is not None:
        answers = await personal_texts.remove_reasons_of_answers(
            connection, named.worker.person_id, named.answers
        )
    return Erasure(
        answers=answers,
        changes=await erasure.erase_messages_told(connection, named.messages),
        texts=await erasure.replace_mentions(connection, named.places),
    )


async def _erase_humans(
    connection: Transaction, worker: Worker, pseudonym: str
) -> tuple[int, list[Change]]:
    """Give the user and the person the pseudonym; they stay one worker if they were.

    What is told of them before is what they are now: a change never says the name once more.
    """
    before = await humans_of(connection, worker)
    now = [
        erased_user(each, pseudonym) if isinstance(each, User) else erased_person(each, pseudonym)
        for each in before
    ]
    changed = [each for each, was in zip(now, before, strict=True) if each != was]
    if not changed:
        return 0, []
    for noun in (User, Person):
        await change_objects(connection, [each for each in changed if isinstance(each, noun)])
    if worker.pair:
        await directory.link(connection, worker.pair)
    changes = [change(each, each) for each in changed]
    return len(changed), changes + await rejoin_humans(connection, [*before, *now])


async def _remove_reasons(
    connection: Transaction, worker: Worker, at: datetime
) -> list[PersonTimeOff]:
    if worker.person_id is None:
        return []
    found = await PERSON_TIME_OFFS.find_by(connection, None, [worker.person_id], "START_DAY")
    records = [
        replace(each, reason=REMOVED, updated_at=next_version(each.updated_at, at))
        for each in found.get(worker.person_id, ())
        if each.reason != REMOVED
    ]
    await change_objects(connection, records)
    return records


async def _remove_messages(
    connection: Transaction, worker: Worker, mentions: Mentions, at: datetime
) -> list[ExternalReference]:
    """Remove what other systems said of the user's entries in words, and whom they name."""
    if worker.user_id is None:
        return []
    entries = await ENTRIES.find_by(connection, None, [worker.user_id], "REQUESTED_DATE")
    entry_ids = [each.id for each in entries.get(worker.user_id, ())]
    found = await REFERENCES.find_by(connection, None, entry_ids, "ID")
    references = [
        replace(each, facts=said, updated_at=max(each.updated_at, at))
        for of_entry in found.values()
        for each in of_entry
        if (said := _without_message(each.facts, mentions)) != each.facts
    ]
    await change_objects(connection, references)
    return references


def _without_message(said: ReferenceFacts, mentions: Mentions) -> ReferenceFacts:
    return replace(
        said,
        service_name=mentions.replaced(said.service_name),
        service_model=mentions.replaced(said.service_model),
        service_model_ref=mentions.replaced(said.service_model_ref),
        external_message=None,
        external_link=said.external_link and mentions.replaced(said.external_link),
        external_status=said.external_status and mentions.replaced(said.external_status),
    )
