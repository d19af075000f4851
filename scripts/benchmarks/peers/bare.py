"""Hand-written endpoints: fixed SQL, rows into dicts, dicts into JSON. No GraphQL.

Each answers what the gateway answers to one of the operations of the load, chosen by
`operationName`. DATABASE is a SQLite file or the URL of a PostgreSQL database. ROWS=all writes the
rows that the gateway writes: its change feed and its day table as well, and of a series the id from
which those of its instances follow; without, the records and a row for each instance.
"""

import os
from base64 import b64encode, urlsafe_b64encode
from collections import defaultdict
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import bare_schedule
import orjson
from caps import Calendar
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

if "://" in os.environ["DATABASE"]:
    import bare_postgresql as store
else:
    import bare_sqlite as store

ALL_ROWS = os.environ.get("ROWS") == "all"
ORIGIN = "LOCAL", "local", "local", "GRAPHQL", ""
"""Kind, name and label of who made a change, the door, and the request's id."""


class Refused(Exception):
    """The answer to what cannot be."""

    def __init__(self, code, message, *path):
        super().__init__(message)
        self.error = {"code": code, "message": message, "path": list(path)}


database = store.Database()


def node_id(name, key):
    return b64encode(b"%s:%s" % (name, str(key).encode())).decode()


def cursor(day, user_id):
    text = orjson.dumps(["REQUESTED_DATE", day, user_id])
    return urlsafe_b64encode(text).decode().rstrip("=")


async def entries(variables):
    first = variables["first"]
    wanted = database.listed(map(int, variables["userIds"]))
    found = await database.rows(
        store.ENTRIES, (wanted, variables["from"], variables["to"], first + 1)
    )
    page = found[:first]
    references = defaultdict(list)
    ids = database.listed(row[0] for row in page)
    for entry_id, id_, service, reference, status in await database.rows(store.REFERENCES, (ids,)):
        references[entry_id].append(
            {
                "id": node_id(b"ExternalReference", id_),
                "serviceName": service,
                "serviceModelRef": reference,
                "status": status and status.upper(),
            }
        )
    nodes = [
        {
            "id": node_id(b"TimeOffEntry", id_),
            "hours": seconds / 3600,
            "requestedDate": day,
            "user": {
                "id": node_id(b"User", user_id),
                "fullName": name,
                "role": role_id and {"id": node_id(b"Role", role_id), "name": role},
            },
            "externalReferences": references[id_],
        }
        for id_, seconds, day, user_id, name, role_id, role in page
    ]
    info = {
        "hasNextPage": len(found) > first,
        "endCursor": cursor(page[-1][2], page[-1][3]) if page else None,
    }
    return {"timeOffEntries": {"nodes": nodes, "pageInfo": info}}


async def series(variables):
    id_ = variables["id"]
    found = await database.rows(store.SERIES, (id_,))
    if not found:
        return {"personTimeOff": None}
    ((person_id, first_name, last_name, reason, is_paid, repeat, cadence, first, last, until),) = (
        found
    )
    return {
        "personTimeOff": {
            "id": node_id(b"PersonTimeOff", id_),
            "person": {
                "id": node_id(b"Person", person_id),
                "fullName": f"{first_name} {last_name}",
            },
            "reason": reason,
            "isPaid": bool(is_paid),
            "repeat": repeat.upper(),
            "cadence": cadence,
            "startDay": first,
            "endDay": last,
            "repeatEndDay": until,
            "instances": [
                {"id": node_id(b"TimeOffInstance", key), "startDay": start, "endDay": end}
                for key, start, end in await database.rows(store.INSTANCES, (id_,))
            ],
        }
    }


async def typename(_):
    return {"__typename": "Query"}


async def create_entries(variables):
    try:
        async with database.writing():
            nodes = await add_entries(variables["input"]["timeOffEntries"])
    except Refused as refusal:
        return {"createTimeOffEntries": {"timeOffEntries": [], "userErrors": [refusal.error]}}
    return {"createTimeOffEntries": {"timeOffEntries": nodes, "userErrors": []}}


async def add_entries(items):
    wanted = {}
    for item in items:
        key = int(item["userId"]), item["requestedDate"]
        wanted[key] = wanted.get(key, 0) + round(item["hours"] * 3600)
    users = database.listed(user_id for user_id, _ in wanted)
    companies = dict(await database.rows(store.USERS, (users,)))
    calendars = await read_calendars(set(companies.values()), users, [day for _, day in wanted])
    stored = {
        (row[0], row[1]): (row[2], row[3])
        for row in await database.rows(store.DAYS, database.paired(wanted))
    }
    totals = {}
    for (user_id, day), seconds in wanted.items():
        if user_id not in companies:
            raise Refused("NOT_FOUND", "There is no such user.", "timeOffEntries")
        total = seconds + stored.get((user_id, day), (0, 0))[1]
        possible = calendars[companies[user_id]].possible_seconds(user_id, date.fromisoformat(day))
        if total > possible:
            words = f"{total / 3600} h are asked, {possible / 3600} h are possible"
            raise Refused("WORKDAY_HOURS_EXCEEDED", words, "timeOffEntries")
        totals[user_id, day] = total
    now = datetime.now(UTC)
    at = now.strftime("%Y-%m-%d %H:%M:%S.%f")
    new = [key for key in totals if key not in stored]
    ids = dict(zip(new, await database.new_ids(len(new)), strict=True))
    today = now.date().isoformat()
    await database.many(
        store.NEW_ENTRY,
        [(ids[key], companies[key[0]], key[0], key[1], today, totals[key], at, at) for key in new],
    )
    changed = [(totals[key], at, id_) for key, (id_, _) in stored.items()]
    await database.many(store.NEW_TOTAL, changed)
    ids |= {key: id_ for key, (id_, _) in stored.items()}
    if ALL_ROWS:
        await keep_books_of_entries(companies, totals, ids, today, at)
    return [
        {
            "id": node_id(b"TimeOffEntry", ids[key]),
            "hours": seconds / 3600,
            "requestedDate": key[1],
        }
        for key, seconds in totals.items()
    ]


async def read_calendars(company_ids, users, days):
    calendars = {}
    for company_id in company_ids:
        calendar = calendars[company_id] = Calendar()
        for owner, first, last, *minutes in await database.rows(
            store.WORKWEEKS, (company_id, users)
        ):
            until = last and date.fromisoformat(last)
            week = date.fromisoformat(first), until, tuple(minutes)
            calendar.weeks.setdefault(owner, []).append(week)
        for first, last in await database.rows(store.HOLIDAYS, (company_id, max(days), min(days))):
            calendar.holidays.append((date.fromisoformat(first), date.fromisoformat(last)))
    return calendars


async def keep_books_of_entries(companies, totals, ids, today, at):
    """Write what the gateway's change feed has of the entries."""
    changes = [
        (
            companies[user],
            "TimeOffEntry",
            str(ids[user, day]),
            {
                "sourceId": str(ids[user, day]),
                "userId": str(user),
                "requestedDate": day,
                "submissionDate": today,
                "hours": seconds / 3600,
            },
        )
        for (user, day), seconds in totals.items()
    ]
    await keep_changes(changes, at)


async def keep_changes(changes, at):
    """Number the changes of one company."""
    company_id = changes[0][0]
    last, at = await database.count_changes(company_id, len(changes), at, ORIGIN)
    await database.many(
        store.NEW_CHANGE,
        [
            (company, number, at, "CREATED", type_, key, orjson.dumps(after).decode())
            for number, (company, type_, key, after) in enumerate(
                changes, start=last - len(changes) + 1
            )
        ],
    )


async def create_series(variables):
    try:
        async with database.writing():
            record = await add_series(variables["input"])
    except Refused as refusal:
        return {"createPersonTimeOff": {"personTimeOff": None, "userErrors": [refusal.error]}}
    return {"createPersonTimeOff": {"personTimeOff": record, "userErrors": []}}


async def add_series(asked):
    company_id, person_id = asked["companyId"], asked["personId"]
    if not await database.rows(store.PERSON, (person_id, company_id)):
        raise Refused("NOT_FOUND", "There is no such person.", "personId")
    first, end, until = (
        date.fromisoformat(asked[name]) for name in ("startDay", "endDay", "repeatEndDay")
    )
    step = timedelta(weeks=asked["cadence"])
    if end < first or end >= first + step:
        raise Refused("INVALID_VALUE", "The days do not fit.", "endDay")
    starts = [first + step * turn for turn in range((until - first) // step + 1)]
    id_ = str(uuid4())
    ids = following_ids(len(starts)) if ALL_ROWS else [str(uuid4()) for _ in starts]
    instances = [
        (key, id_, start.isoformat(), (start + (end - first)).isoformat())
        for key, start in zip(ids, starts, strict=True)
    ]
    # The gateway keeps the first id; here each row has its own.
    kept_ids = orjson.dumps(ids[:1] if ALL_ROWS else []).decode()
    minutes = [minute_of(asked[name]) for name in ("batchStartTime", "batchEndTime")]
    at = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
    await database.rows(
        store.NEW_RECORD,
        (
            *(id_, company_id, person_id, asked["startDay"], asked["endDay"], instances[-1][3]),
            *(*minutes, asked["isPaid"], asked["reason"], asked["repeat"].lower()),
            *(asked["cadence"], asked["repeatEndDay"], kept_ids, at, at),
        ),
    )
    if ALL_ROWS:
        await keep_books_of_series(asked, id_, instances, minutes, at)
    else:
        await database.many(store.NEW_INSTANCE, instances)
    return {
        "id": node_id(b"PersonTimeOff", id_),
        "instances": [
            {"id": node_id(b"TimeOffInstance", key), "startDay": start, "endDay": last}
            for key, _, start, last in instances
        ],
    }


def following_ids(count):
    """Return ids of which each is the one before and one, as the gateway gives them."""
    first = str(uuid4())
    stem, last = first[:24], int(first[24:], 16)
    return [f"{stem}{number % 16**12:012x}" for number in range(last, last + count)]


async def keep_books_of_series(asked, id_, instances, minutes, at):
    """Write what the gateway's day table and change feed have of the series."""
    starts, ends = (minute * 60 for minute in minutes)
    company_id, person_id = asked["companyId"], asked["personId"]
    await database.many(
        store.NEW_DAY,
        [(person_id, day, id_, starts, ends, asked["isPaid"]) for _, _, day, _ in instances],
    )
    facts = {
        "sourceId": id_,
        "companyId": company_id,
        "personId": person_id,
        "startDay": asked["startDay"],
        "endDay": instances[-1][3],
        "applyToSaturday": False,
        "applyToSunday": False,
        "isPaid": asked["isPaid"],
        "repeat": asked["repeat"],
        "cadence": asked["cadence"],
        "repeatEndDay": asked["repeatEndDay"],
        "batchStartTime": asked["batchStartTime"],
        "batchEndTime": asked["batchEndTime"],
        "exceptions": [],
        "splitFromId": None,
    }
    await keep_changes([(company_id, "PersonTimeOff", id_, facts)], at)


def minute_of(clock):
    hours, minutes = clock.split(":")
    return int(hours) * 60 + int(minutes)


async def worker_days(variables):
    return await bare_schedule.worker_days(database, store.SCHEDULE, variables)


async def calendar(variables):
    return await bare_schedule.calendar(database, store.SCHEDULE, variables)


ENDPOINTS = {
    "WorkerDays": worker_days,
    "Schedule": calendar,
    "Entries": entries,
    "Series": series,
    "CreateEntries": create_entries,
    "CreateSeries": create_series,
    "Typename": typename,
}


async def graphql(request):
    asked = orjson.loads(await request.body())
    answer = await ENDPOINTS[asked["operationName"]](asked.get("variables"))
    return Response(orjson.dumps({"data": answer}), media_type="application/json")


@asynccontextmanager
async def lifespan(_):
    await database.open()
    yield


app = Starlette(routes=[Route("/graphql", graphql, methods=["POST"])], lifespan=lifespan)
