"""All that is kept about one worker, as JSON for them to be given (rule 4.7)."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from app.db.connections.database import Transaction
from app.db.reading import personal_data as stored
from app.db.reading.lists_of_nouns import ENTRIES, PERSON_TIME_OFFS, REFERENCES, ROLES
from app.domain.directory import User
from app.domain.identifiers import Kind, node_id
from app.domain.person_time_off import PersonTimeOff
from app.domain.time_off_entries import TimeOffEntry
from app.services.change_facts import facts
from app.services.personal_data.erasing import Named, humans_of

Json = dict[str, Any]


async def gather(connection: Transaction, named: Named) -> Json:
    """Return what is kept about the worker, in the schema's words where it has some.

    ``namedElsewhere`` says in how many rows of which tables others' texts name it: what these say
    is about others, too.
    """
    worker = named.worker
    entries = await _entries(connection, worker.user_id)
    records = await _records(connection, worker.person_id)
    about = await stored.rows_about(connection, worker)
    actors = {
        *(each["name"] for each in about["sessions"]),
        *(f"token:{each['id']}" for each in about["apiTokens"]),
        *named.actors,
    }
    # One of a company in which the worker was before says which that is.
    about["apiTokens"] = [
        each for each in about["apiTokens"] if named.reach.covers(each["companies"])
    ]
    told: Json = {
        "worker": {
            "id": node_id(Kind.WORKER, worker.id),
            "companyId": worker.company_id,
            "fullName": worker.full_name,
            "email": worker.email,
        },
        **await _humans(connection, named),
        "timeOffEntries": entries,
        "personTimeOff": records,
        "deletedPersonTimeOff": await stored.deleted_records_of(connection, worker),
        **about,
        "changes": await stored.changes_of(connection, worker, named.companies),
        **await stored.rows_by(connection, actors, named.reach),
        "namedElsewhere": _named_elsewhere(named),
    }
    plain: Json = _plain(told)
    return plain


async def _humans(connection: Transaction, named: Named) -> Json:
    told: Json = {"user": None, "person": None}
    for each in await humans_of(connection, named.worker):
        told["user" if isinstance(each, User) else "person"] = facts(each)
        if isinstance(each, User) and each.role_id is not None:
            roles = await ROLES.find_many(connection, None, [each.role_id])
            told["user"]["roleName"] = next((role.name for role in roles.values()), None)
    return told


async def _entries(connection: Transaction, user_id: int | None) -> list[Json]:
    if user_id is None:
        return []
    found = await ENTRIES.find_by(connection, None, [user_id], "REQUESTED_DATE")
    entries = found.get(user_id, [])
    references = await REFERENCES.find_by(connection, None, [each.id for each in entries], "ID")
    return [
        _with_moments(entry)
        | {"externalReferences": [facts(each) for each in references.get(entry.id, ())]}
        for entry in entries
    ]


async def _records(connection: Transaction, person_id: str | None) -> list[Json]:
    if person_id is None:
        return []
    found = await PERSON_TIME_OFFS.find_by(connection, None, [person_id], "START_DAY")
    return [_with_moments(each) | {"reason": each.reason} for each in found.get(person_id, ())]


def _with_moments(record: TimeOffEntry | PersonTimeOff) -> Json:
    return facts(record) | {"createdAt": record.created_at, "updatedAt": record.updated_at}


def _named_elsewhere(named: Named) -> list[Json]:
    rows: dict[str, int] = defaultdict(int)
    for place in named.places:
        rows[place.table.name] += len(place.keys)
    return [{"table": name, "rows": count} for name, count in sorted(rows.items())]


def _plain(value: Any) -> Any:  # noqa: ANN401 - JSON
    """Return a value as JSON has it: names of columns as the schema writes names."""
    match value:
        case datetime() | date():
            return value.isoformat()
        case Mapping():
            return {_camel(str(name)): _plain(each) for name, each in value.items()}
        case Sequence() if not isinstance(value, str):
            return [_plain(each) for each in value]
        case _:
            return value


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(each.title() for each in rest)
