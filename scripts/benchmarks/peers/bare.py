"""Hand-written endpoints: fixed SQL, rows into dicts, dicts into JSON. No GraphQL.

Each answers what the gateway answers to one of the operations of the load, chosen by
`operationName`. By default sqlite3 runs on the event loop; DRIVER=aiosqlite gives it a
thread, as most applications do. ROWS=all also writes the rows by which the gateway keeps
its change feed and its day table; without, only the records themselves.
"""

import asyncio
import os
import sqlite3
from base64 import b64encode, urlsafe_b64encode
from collections import defaultdict
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import aiosqlite
import bare_schedule
import orjson
from caps import Calendar
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

ON_LOOP = os.environ.get("DRIVER") != "aiosqlite"
ALL_ROWS = os.environ.get("ROWS") == "all"
PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    # As the gateway sets them.
    "PRAGMA cache_size = -16384",
    "PRAGMA mmap_size = 0x7fff0000",
    "PRAGMA wal_autocheckpoint = 8192",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA busy_timeout = 5000",
)

ENTRIES = """
SELECT entry.id, entry.seconds, entry.requested_date, user.id, user.full_name, role.id, role.name
FROM time_off_entries AS entry
JOIN users AS user ON user.id = entry.user_id
LEFT JOIN roles AS role ON role.id = user.role_id
WHERE entry.user_id IN (SELECT value FROM json_each(?)) AND entry.requested_date BETWEEN ? AND ?
ORDER BY entry.requested_date, entry.user_id
LIMIT ?
"""
REFERENCES = """
SELECT entry_id, id, service_name, service_model_ref, status
FROM external_references WHERE entry_id IN (SELECT value FROM json_each(?)) ORDER BY id
"""
SERIES = """
SELECT record.person_id, person.first_name, person.last_name, record.reason, record.is_paid,
    record.repeat, record.cadence, record.first_day, record.last_day, record.repeat_end_day
FROM person_time_offs AS record JOIN people AS person ON person.id = record.person_id
WHERE record.id = ?
"""
USERS = "SELECT id, company_id FROM users WHERE id IN (SELECT value FROM json_each(?))"
WORKWEEKS = """
SELECT user_id, effective_from, effective_to, monday, tuesday, wednesday, thursday, friday,
    saturday, sunday
FROM workweeks
WHERE company_id = ? AND (user_id IS NULL OR user_id IN (SELECT value FROM json_each(?)))
ORDER BY effective_from
"""
HOLIDAYS = """
SELECT start_date, end_date FROM holidays
WHERE company_id = ? AND start_date <= ? AND end_date >= ?
"""
DAYS = """
SELECT entry.user_id, entry.requested_date, entry.id, entry.seconds
FROM json_each(?) AS asked CROSS JOIN time_off_entries AS entry
    ON entry.user_id = asked.value ->> 0 AND entry.requested_date = asked.value ->> 1
"""
NEXT_IDS = """
INSERT INTO id_counters (name, last_id) VALUES ('time_off_entry_ids', ?1)
ON CONFLICT (name) DO UPDATE SET last_id = last_id + ?1 RETURNING last_id
"""
NEW_ENTRY = """
INSERT INTO time_off_entries
    (id, company_id, user_id, requested_date, submission_date, seconds, created_at, updated_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)
"""
NEW_TOTAL = "UPDATE time_off_entries SET seconds = ?, updated_at = ? WHERE id = ?"
PERSON = "SELECT 1 FROM people WHERE id = ? AND company_id = ?"
NEW_RECORD = """
INSERT INTO person_time_offs
    (id, company_id, person_id, first_day, first_span_end, last_day, start_minute, end_minute,
    apply_to_saturday, apply_to_sunday, is_paid, reason, repeat, cadence, repeat_end_day,
    created_at, updated_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, 0, ?, ?, ?, ?, ?, ?, ?)
"""
NEW_INSTANCE = """
INSERT INTO time_off_instances (id, person_time_off_id, start_day, end_day) VALUES (?, ?, ?, ?)
"""
DROP_DAY = "DELETE FROM absence_days WHERE record = ?"
NEW_DAY = """
INSERT INTO absence_days (company_id, day, subject, record, seconds, starts, ends, is_paid)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)
"""
NEXT_CHANGES = """
UPDATE change_counters SET last_sequence = last_sequence + ? WHERE company_id = ?
RETURNING last_sequence
"""
NEW_CHANGE = """
INSERT INTO changes
    (company_id, sequence, at, operation, subject_type, subject_key, before, after)
VALUES (?, ?, ?, ?, ?, ?, 'null', ?)
"""
_IS_SCHEDULED = """(worker.user_id IS NOT NULL OR EXISTS (
    SELECT 1 FROM people AS human WHERE human.id = worker.person_id AND human.status = 'active'
))"""
_BEHIND = f"""
WHERE (worker.name_key, worker.id) > (?, ?) AND {_IS_SCHEDULED}
ORDER BY worker.name_key, worker.id LIMIT ?
"""
_WORKER = """worker.id, worker.company_id, worker.user_id, worker.person_id, worker.full_name,
    worker.name_key"""
SCHEDULE = {
    "workers": f"SELECT {_WORKER} FROM workers AS worker {_BEHIND}",
    "rows": f"""
        SELECT {_WORKER}, company.name, role.name, person.job_title
        FROM workers AS worker
        JOIN companies AS company ON company.id = worker.company_id
        LEFT JOIN users AS user ON user.id = worker.user_id
        LEFT JOIN roles AS role ON role.id = user.role_id
        LEFT JOIN people AS person ON person.id = worker.person_id
        {_BEHIND}
    """,
    "count": f"SELECT count(*) FROM workers AS worker WHERE {_IS_SCHEDULED}",
    "entries": """
        SELECT user_id, requested_date, id, seconds FROM time_off_entries
        WHERE user_id IN (SELECT value FROM json_each(?)) AND requested_date BETWEEN ? AND ?
    """,
    "clocks": """
        SELECT subject, day, starts, record, ends, is_paid FROM absence_days
        WHERE subject IN (SELECT value FROM json_each(?)) AND day BETWEEN ? AND ?
            AND starts IS NOT NULL
    """,
    "marks": """
        SELECT entry_id, service_model_ref FROM external_references
        WHERE entry_id IN (SELECT value FROM json_each(?))
            AND service_name = ? AND service_model = ?
    """,
    "weeks": """
        SELECT company_id, user_id, effective_from, effective_to, monday, tuesday, wednesday,
            thursday, friday, saturday, sunday
        FROM workweeks
        WHERE company_id IN (SELECT value FROM json_each(?))
            AND (user_id IS NULL OR user_id IN (SELECT value FROM json_each(?)))
            AND effective_from <= ?
    """,
    "holidays": """
        SELECT company_id, name, start_date, end_date FROM holidays
        WHERE company_id IN (SELECT value FROM json_each(?)) AND start_date <= ? AND end_date >= ?
        ORDER BY start_date, id
    """,
}
INSTANCES = """
SELECT id, start_day, end_day FROM time_off_instances
WHERE person_time_off_id = ? ORDER BY start_day
"""


class Database:
    """One connection, which requests take turns to write through."""

    async def open(self):
        self._turn = asyncio.Lock()
        if ON_LOOP:
            self._connection = sqlite3.connect(os.environ["DATABASE"], isolation_level=None)
        else:
            path = os.environ["DATABASE"]
            self._connection = await aiosqlite.connect(path, isolation_level=None)
        for pragma in PRAGMAS:
            await self.rows(pragma)

    async def rows(self, statement, parameters=()):
        if ON_LOOP:
            return self._connection.execute(statement, parameters).fetchall()
        return await self._connection.execute_fetchall(statement, parameters)

    def listed(self, keys):
        """Return the keys as one parameter of a statement."""
        return orjson.dumps(list(keys)).decode()

    async def many(self, statement, parameters):
        if ON_LOOP:
            self._connection.executemany(statement, parameters)
        else:
            await self._connection.executemany(statement, parameters)

    @asynccontextmanager
    async def writing(self):
        """Open a transaction that is the only one, and commit it."""
        async with self._turn:
            await self.rows("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                await self.rows("ROLLBACK")
                raise
            await self.rows("COMMIT")


class Refused(Exception):
    """The answer to what cannot be."""

    def __init__(self, code, message, *path):
        super().__init__(message)
        self.error = {"code": code, "message": message, "path": list(path)}


database = Database()


def node_id(name, key):
    return b64encode(b"%s:%s" % (name, str(key).encode())).decode()


def cursor(day, user_id):
    text = orjson.dumps(["REQUESTED_DATE", day, user_id])
    return urlsafe_b64encode(text).decode().rstrip("=")


async def entries(variables):
    first = variables["first"]
    wanted = orjson.dumps(variables["userIds"]).decode()
    found = await database.rows(ENTRIES, (wanted, variables["from"], variables["to"], first + 1))
    page = found[:first]
    references = defaultdict(list)
    ids = orjson.dumps([row[0] for row in page]).decode()
    for entry_id, id_, service, reference, status in await database.rows(REFERENCES, (ids,)):
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
    found = await database.rows(SERIES, (id_,))
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
                for key, start, end in await database.rows(INSTANCES, (id_,))
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
    users = orjson.dumps([user_id for user_id, _ in wanted]).decode()
    companies = dict(await database.rows(USERS, (users,)))
    calendars = await read_calendars(set(companies.values()), users, [day for _, day in wanted])
    keys = orjson.dumps(list(wanted)).decode()
    stored = {(row[0], row[1]): (row[2], row[3]) for row in await database.rows(DAYS, (keys,))}
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
    ((last,),) = await database.rows(NEXT_IDS, (len(new),))
    ids = dict(zip(new, range(last - len(new) + 1, last + 1), strict=True))
    today = now.date().isoformat()
    await database.many(
        NEW_ENTRY,
        [(ids[key], companies[key[0]], key[0], key[1], today, totals[key], at, at) for key in new],
    )
    changed = [(totals[key], at, id_) for key, (id_, _) in stored.items()]
    await database.many(NEW_TOTAL, changed)
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
        for owner, first, last, *minutes in await database.rows(WORKWEEKS, (company_id, users)):
            until = last and date.fromisoformat(last)
            week = date.fromisoformat(first), until, tuple(minutes)
            calendar.weeks.setdefault(owner, []).append(week)
        for first, last in await database.rows(HOLIDAYS, (company_id, max(days), min(days))):
            calendar.holidays.append((date.fromisoformat(first), date.fromisoformat(last)))
    return calendars


async def keep_books_of_entries(companies, totals, ids, today, at):
    """Write what the gateway's day table and change feed have of the entries."""
    await database.many(DROP_DAY, [(str(ids[key]),) for key in totals])
    await database.many(
        NEW_DAY,
        [
            (companies[user], day, f"U{user}", str(ids[user, day]), seconds, None, None, None)
            for (user, day), seconds in totals.items()
        ],
    )
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
    ((last,),) = await database.rows(NEXT_CHANGES, (len(changes), company_id))
    await database.many(
        NEW_CHANGE,
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
    if not await database.rows(PERSON, (person_id, company_id)):
        raise Refused("NOT_FOUND", "There is no such person.", "personId")
    first, end, until = (
        date.fromisoformat(asked[name]) for name in ("startDay", "endDay", "repeatEndDay")
    )
    step = timedelta(weeks=asked["cadence"])
    if end < first or end >= first + step:
        raise Refused("INVALID_VALUE", "The days do not fit.", "endDay")
    starts = [first + step * turn for turn in range((until - first) // step + 1)]
    id_ = str(uuid4())
    instances = [
        (str(uuid4()), id_, start.isoformat(), (start + (end - first)).isoformat())
        for start in starts
    ]
    minutes = [minute_of(asked[name]) for name in ("batchStartTime", "batchEndTime")]
    at = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
    await database.rows(
        NEW_RECORD,
        (
            *(id_, company_id, person_id, asked["startDay"], asked["endDay"], instances[-1][3]),
            *(*minutes, asked["isPaid"], asked["reason"], asked["repeat"].lower()),
            *(asked["cadence"], asked["repeatEndDay"], at, at),
        ),
    )
    await database.many(NEW_INSTANCE, instances)
    if ALL_ROWS:
        await keep_books_of_series(asked, id_, instances, minutes, at)
    return {
        "id": node_id(b"PersonTimeOff", id_),
        "instances": [
            {"id": node_id(b"TimeOffInstance", key), "startDay": start, "endDay": last}
            for key, _, start, last in instances
        ],
    }


async def keep_books_of_series(asked, id_, instances, minutes, at):
    """Write what the gateway's day table and change feed have of the series."""
    starts, ends = (minute * 60 for minute in minutes)
    company_id, subject = asked["companyId"], f"P{asked['personId']}"
    await database.many(
        NEW_DAY,
        [
            (company_id, day, subject, id_, ends - starts, starts, ends, asked["isPaid"])
            for _, _, day, _ in instances
        ],
    )
    facts = {
        "sourceId": id_,
        "companyId": company_id,
        "personId": asked["personId"],
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
    }
    await keep_changes([(company_id, "PersonTimeOff", id_, facts)], at)


def minute_of(clock):
    hours, minutes = clock.split(":")
    return int(hours) * 60 + int(minutes)


async def worker_days(variables):
    return await bare_schedule.worker_days(database, SCHEDULE, variables)


async def calendar(variables):
    return await bare_schedule.calendar(database, SCHEDULE, variables)


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
