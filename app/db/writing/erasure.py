"""What the tables keep of somebody: found, and taken out, within the caller's transaction.

Two ways: by what rows are about (``of_worker``, ``changes_of``, ``end_access``), and by what is
written in them (``find_mentions``): every column of text of every table, so that none is forgotten.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import JSON, Column, String, Table, Text, and_, cast, delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import AutoString, SQLModel, col

from app.db.reading.personal_data import Reach, within
from app.db.schema.tables import (
    AccessEventRow,
    AccessSessionRow,
    AccessTokenRow,
    CalendarFeedRow,
    ChangeOriginRow,
    ChangeRow,
    CompanyRow,
    DiscrepancyAcknowledgementRow,
    HolidayRow,
    PersonRow,
    RoleRow,
    UserRow,
    WorkerRow,
    table_columns,
)
from app.db.writing.locks import is_postgresql
from app.domain.access_events import AccessEventKind
from app.domain.erasure import Mentions, erased_facts
from app.domain.identifiers import Kind, node_id
from app.domain.texts import folded
from app.domain.workers import Worker, email_key, name_key

NAMES_OF_OTHERS: Final = (CompanyRow, RoleRow, HolidayRow, UserRow, PersonRow, WorkerRow)
"""Whose texts are names of their own: of these only e-mails are taken out."""
_DIRECTORY: Final = [
    each.type_name
    for each in (Kind.COMPANY, Kind.ROLE, Kind.HOLIDAY, Kind.USER, Kind.PERSON, Kind.WORKER)
]
_ESCAPE: Final = "/"
_MOST_CONDITIONS: Final = 200
"""In one statement; SQLite takes fewer than 1,000."""
_LABELLED: Final = (ChangeOriginRow, AccessEventRow, DiscrepancyAcknowledgementRow)
"""Where an actor stands with what people called it."""

Told = tuple[str, int]
"""A change: its company, and its number there."""


async def companies_of(connection: AsyncConnection, worker: Worker, reach: Reach) -> frozenset[str]:
    """Return the worker's company, and those within reach in which it was before (rule 4.10).

    As their feeds tell; and as their audits do, which may be kept for longer.
    """
    event = AccessEventRow
    ids = [node_id(Kind.WORKER, each) for each in worker.subjects]
    was_moved = and_(
        col(event.kind) == AccessEventKind.PERSON_MOVED.value,
        col(event.details)["workerId"].as_string().in_(ids),
    )
    found: set[str] = set()
    for table, is_theirs in ((ChangeRow, _is_about(worker)), (event, was_moved)):
        columns = table_columns(table)
        companies = select(columns.company_id).distinct().where(is_theirs, within(columns, reach))
        found.update((await connection.execute(companies)).scalars())
    return frozenset([worker.company_id, *found])


async def facts_told(
    connection: AsyncConnection, worker: Worker, companies: Collection[str]
) -> list[dict[str, Any]]:
    """Return what these feeds have told of the worker's user and person, then and now."""
    rows = await connection.execute(
        select(col(ChangeRow.before), col(ChangeRow.after)).where(
            _is_about(worker), col(ChangeRow.company_id).in_(companies)
        )
    )
    return [facts for row in rows for facts in (row.before, row.after) if facts]


async def held_by_others(
    connection: AsyncConnection, worker: Worker, names: Collection[str], emails: Collection[str]
) -> tuple[set[str], set[str]]:
    """Return which of the names and e-mails somebody else has, too, in any company."""
    others_names: set[str] = set()
    others_emails: set[str] = set()
    keys = {email_key(each) for each in emails}
    for table, own in ((UserRow, worker.user_id), (PersonRow, worker.person_id)):
        is_other = [] if own is None else [table_columns(table).id != own]
        found = await connection.execute(
            select(col(table.email_key)).where(col(table.email_key).in_(keys), *is_other)
        )
        taken = set(found.scalars())
        # In whichever spelling: texts are searched without regard to case.
        others_emails |= {each for each in emails if email_key(each) in taken}
        for name in names:
            alike = col(table.name_key).startswith(f"{folded(name)}\n", autoescape=True)
            found = await connection.execute(select(col(table.id)).where(alike, *is_other).limit(1))
            if found.first() is not None:
                others_names.add(name)
    return others_names, others_emails


async def erase_changes(
    connection: AsyncConnection, worker: Worker, companies: Collection[str], pseudonym: str
) -> int:
    """Take the names out of what the feeds tell of the user and the person; return of how many."""
    is_theirs = (_is_about(worker), col(ChangeRow.company_id).in_(companies))
    rows = await connection.execute(_changes(*is_theirs))
    erased = 0
    for row in rows.all():
        facts = {
            name: facts and erased_facts(facts, pseudonym)
            for name, facts in (("before", row.before), ("after", row.after))
        }
        erased += await _change_facts(connection, row, facts)
    return erased


async def messages_told(
    connection: AsyncConnection, worker: Worker, companies: Collection[str]
) -> list[Told]:
    """Return which changes tell what other systems said in words of the user's entries.

    Reads all changes of the companies.
    """
    if worker.user_id is None:
        return []
    table = ChangeRow
    told = [col(table.before), col(table.after)]
    is_of_user = or_(*(each["userId"].as_string() == str(worker.user_id) for each in told))
    entries = select(col(table.subject_key)).where(
        col(table.company_id).in_(companies),
        col(table.subject_type) == Kind.ENTRY.type_name,
        is_of_user,
    )
    statement = select(col(table.company_id), col(table.sequence)).where(
        col(table.company_id).in_(companies),
        col(table.subject_type) == Kind.REFERENCE.type_name,
        or_(*(each["externalMessage"].as_string().is_not(None) for each in told)),
        or_(*(each["timeOffEntryId"].as_string().in_(entries) for each in told)),
    )
    return [(company_id, sequence) for company_id, sequence in await connection.execute(statement)]


async def erase_messages_told(connection: AsyncConnection, changes: Sequence[Told]) -> int:
    """Take out of these changes what other systems said in words; return of how many."""
    table, erased = ChangeRow, 0
    for company_id, sequence in changes:
        is_it = (col(table.company_id) == company_id, col(table.sequence) == sequence)
        row = (await connection.execute(_changes(*is_it))).one_or_none()
        if row is None:  # forgotten meanwhile
            continue
        facts = {
            name: facts and facts | {"externalMessage": None}
            for name, facts in (("before", row.before), ("after", row.after))
        }
        erased += await _change_facts(connection, row, facts)
    return erased


def _is_about(worker: Worker) -> Any:  # noqa: ANN401 - a condition
    table = ChangeRow
    subjects = [(Kind.USER, worker.user_id), (Kind.PERSON, worker.person_id)]
    about = (
        and_(col(table.subject_type) == kind.type_name, col(table.subject_key) == str(key))
        for kind, key in subjects
        if key is not None
    )
    return or_(*about)


def _changes(*conditions: Any) -> Any:  # noqa: ANN401
    table = ChangeRow
    return select(
        col(table.company_id), col(table.sequence), col(table.before), col(table.after)
    ).where(*conditions)


async def _change_facts(
    connection: AsyncConnection,
    row: Any,  # noqa: ANN401 - of _changes
    facts: Mapping[str, Any],
) -> int:
    """Store what a change tells, and return 1 if that is something else."""
    if facts["before"] == row.before and facts["after"] == row.after:
        return 0
    table = ChangeRow
    is_the_change = (
        col(table.company_id) == row.company_id,
        col(table.sequence) == row.sequence,
    )
    await connection.execute(update(table).where(*is_the_change).values(dict(facts)))
    return 1


@dataclass(frozen=True, slots=True)
class EndedAccess:
    """How many sessions and feeds are gone and tokens revoked, and who these actors were."""

    sessions: int
    tokens: int
    feeds: int
    actors: frozenset[str]


async def end_access(
    connection: AsyncConnection, worker: Worker, at: datetime, *, pseudonym: str | None = None
) -> EndedAccess:
    """Delete the worker's sessions and feeds, and revoke the tokens for its own time off.

    Where there is a pseudonym, the tokens are called by it from then on.
    """
    session, token, feed = AccessSessionRow, AccessTokenRow, CalendarFeedRow
    is_theirs = and_(
        col(session.worker_company_id) == worker.company_id,
        or_(
            *([col(session.worker_user_id) == worker.user_id] if worker.user_id else []),
            *([col(session.worker_person_id) == worker.person_id] if worker.person_id else []),
        ),
    )
    names = (await connection.execute(select(col(session.name)).where(is_theirs))).scalars().all()
    sessions = (await connection.execute(delete(session).where(is_theirs))).rowcount
    is_token = col(token.worker_id).in_(worker.subjects)
    ids = (await connection.execute(select(col(token.id)).where(is_token))).scalars().all()
    revoking = update(token).where(is_token, col(token.revoked_at).is_(None))
    tokens = (await connection.execute(revoking.values(revoked_at=at))).rowcount
    if pseudonym is not None:
        await connection.execute(update(token).where(is_token).values(name=pseudonym))
    is_feed = col(feed.worker_id).in_(worker.subjects)
    feeds = (await connection.execute(delete(feed).where(is_feed))).rowcount
    return EndedAccess(
        sessions, tokens, feeds, frozenset([*names, *(f"token:{id_}" for id_ in ids)])
    )


async def actors_labelled(
    connection: AsyncConnection, mentions: Mentions, reach: Reach
) -> set[str]:
    """Return the actors that people called by one of the names or e-mails."""
    labels = {folded(each) for each in (*mentions.names, *mentions.emails)}
    found: set[str] = set()
    for table in (AccessSessionRow, *_LABELLED) if labels else ():
        columns = table_columns(table)
        name, label = (
            (columns.name, columns.label)
            if table is AccessSessionRow
            else (columns.actor, columns.actor_label)
        )
        called = select(name, label).distinct().where(label.is_not(None), within(columns, reach))
        rows = await connection.execute(called)
        found |= {row[0] for row in rows if folded(row[1]) in labels}
    return found


async def relabel(
    connection: AsyncConnection, actors: Collection[str], pseudonym: str, reach: Reach
) -> int:
    """Call these actors by the pseudonym wherever it is kept who did something; return the rows."""
    relabelled = 0
    for table in _LABELLED if actors else ():
        columns = table_columns(table)
        is_theirs = and_(columns.actor.in_(actors), within(columns, reach))
        is_other = and_(is_theirs, columns.actor_label != pseudonym)
        done = await connection.execute(update(table).where(is_other).values(actor_label=pseudonym))
        relabelled += done.rowcount
    return relabelled


@dataclass(frozen=True, slots=True)
class Place:
    """Rows of a table that may name somebody, by their keys; and as whom they are looked at."""

    table: Table
    keys: Sequence[tuple[Any, ...]]
    mentions: Mentions


async def find_mentions(
    connection: AsyncConnection, companies: Collection[str], mentions: Mentions, reach: Reach
) -> list[Place]:
    """Return where somebody is named: in any column of text of any table.

    Of the companies' rows, and of those that are of no company, as far as they are within reach.
    Reads every table whole. Rows in which a part of a longer word looks like the name are among
    them; ``replace_mentions`` leaves those as they are.
    """
    places = []
    for table in SQLModel.metadata.sorted_tables:
        company = table.columns.get("company_id")
        is_ours = [] if company is None else [or_(company.in_(companies), company.is_(None))]
        for as_whom, condition in _ways_to_look(table, mentions):
            keys: dict[tuple[Any, ...], None] = {}
            for contains in _contains(connection, text_columns(table), as_whom.fragments):
                found = select(*table.primary_key.columns).where(or_(*contains), *is_ours)
                found = found.where(*condition, within(table.columns, reach))
                keys |= dict.fromkeys(map(tuple, await connection.execute(found)))
            places += [Place(table, list(keys), as_whom)] if keys else []
    return places


def _ways_to_look(table: Table, mentions: Mentions) -> list[tuple[Mentions, list[Any]]]:
    """Return as whom rows of a table are looked at, and which rows."""
    if table.name in {each.__tablename__ for each in NAMES_OF_OTHERS}:
        return [(mentions.without_names(), [])]
    if table.name == ChangeRow.__tablename__:
        is_of_names = table.c.subject_type.in_(_DIRECTORY)
        return [(mentions, [~is_of_names]), (mentions.without_names(), [is_of_names])]
    return [(mentions, [])]


async def replace_mentions(connection: AsyncConnection, places: Sequence[Place]) -> int:
    """Write the pseudonym wherever somebody is named in these rows; return in how many.

    A row whose own key names them is deleted.
    """
    replaced = 0
    for place in places:
        table, columns = place.table, text_columns(place.table)
        key_columns = list(table.primary_key.columns)
        for key in place.keys:
            is_the_row = [each == value for each, value in zip(key_columns, key, strict=True)]
            row = (await connection.execute(select(*columns).where(*is_the_row))).one_or_none()
            if row is None:
                continue
            now = {
                each.name: place.mentions.replaced_within(value)
                for each, value in zip(columns, row, strict=True)
            }
            changed = {
                name: value
                for (name, value), before in zip(now.items(), row, strict=True)
                if value != before
            }
            if any(each.name in changed for each in key_columns):
                # An idempotency key that names them: two of them may be the same without the name.
                await connection.execute(delete(table).where(*is_the_row))
            elif changed:
                changed |= _key_of_name(now)
                await connection.execute(update(table).where(*is_the_row).values(changed))
            replaced += bool(changed)
    return replaced


def _key_of_name(row: Mapping[str, Any]) -> dict[str, str]:
    """Return the key of a name that names somebody else's e-mail: it follows from the name."""
    if "name_key" not in row:
        return {}
    parts = ("name", "full_name", "first_name", "last_name")
    return {"name_key": name_key(" ".join(row[each] for each in parts if each in row).strip())}


def text_columns(table: Table) -> list[Column[Any]]:
    """Return the columns of a table in which words can stand."""
    return [each for each in table.columns if _holds_words(each.type)]


def _holds_words(type_: Any) -> bool:  # noqa: ANN401 - any column's type
    if isinstance(type_, JSON | String):
        return True
    # What SQLModel makes of `str` is a decorated String; ids and instants are of classes of ours.
    return isinstance(type_, AutoString)


def _contains(
    connection: AsyncConnection, columns: Sequence[Column[Any]], fragments: Sequence[str]
) -> Iterator[list[Any]]:
    """Yield the conditions that a column contains a fragment, in letters of any case.

    Some at a time: of more in one statement SQLite says that its expression is too deep.
    """
    patterns = [f"%{_escaped(each)}%" for each in fragments]
    texts = [cast(each, Text) for each in columns]
    conditions = [
        each.ilike(pattern, escape=_ESCAPE)
        if is_postgresql(connection)
        else each.like(pattern, escape=_ESCAPE)
        for each in texts
        for pattern in patterns
    ]
    for start in range(0, len(conditions), _MOST_CONDITIONS):
        yield conditions[start : start + _MOST_CONDITIONS]


def _escaped(text: str) -> str:
    for special in (_ESCAPE, "%", "_"):
        text = text.replace(special, _ESCAPE + special)
    return text
