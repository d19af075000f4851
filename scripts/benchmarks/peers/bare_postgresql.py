"""The statements of bare.py for PostgreSQL, and a few connections of asyncpg."""

import asyncio
import os
from contextlib import asynccontextmanager
from contextvars import ContextVar

import asyncpg

CONNECTIONS = 8

ENTRIES = """
SELECT entry.id, entry.seconds, entry.requested_date::text, person.id, person.full_name,
    role.id, role.name
FROM (
    SELECT id, seconds, requested_date, user_id FROM time_off_entries
    WHERE user_id = ANY ($1::bigint[])
        AND requested_date BETWEEN $2::text::date AND $3::text::date
    ORDER BY requested_date, user_id LIMIT $4::int
) AS entry
JOIN users AS person ON person.id = entry.user_id
LEFT JOIN roles AS role ON role.id = person.role_id
ORDER BY entry.requested_date, entry.user_id
"""
REFERENCES = """
SELECT entry_id, id, service_name, service_model_ref, status
FROM external_references WHERE entry_id = ANY ($1::bigint[]) ORDER BY id
"""
SERIES = """
SELECT record.person_id::text, person.first_name, person.last_name, record.reason, record.is_paid,
    record.repeat, record.cadence, record.first_day::text, record.last_day::text,
    record.repeat_end_day::text
FROM person_time_offs AS record JOIN people AS person ON person.id = record.person_id
WHERE record.id = $1::text::uuid
"""
INSTANCES = """
SELECT id::text, start_day::text, end_day::text FROM time_off_instances
WHERE person_time_off_id = $1::text::uuid ORDER BY start_day
"""
# Whoever judges a user's day holds the user until the commit, and takes them in one order.
USERS = """
SELECT id, company_id::text FROM users WHERE id = ANY ($1::bigint[]) ORDER BY id
FOR NO KEY UPDATE
"""
WORKWEEKS = """
SELECT user_id, effective_from::text, effective_to::text, monday, tuesday, wednesday, thursday,
    friday, saturday, sunday
FROM workweeks
WHERE company_id = $1::text::uuid AND (user_id IS NULL OR user_id = ANY ($2::bigint[]))
ORDER BY effective_from
"""
HOLIDAYS = """
SELECT start_date::text, end_date::text FROM holidays
WHERE company_id = $1::text::uuid
    AND start_date <= $2::text::date AND end_date >= $3::text::date
"""
DAYS = """
SELECT entry.user_id, entry.requested_date::text, entry.id, entry.seconds
FROM unnest($1::bigint[], $2::text[]) AS asked (user_id, day)
JOIN time_off_entries AS entry
    ON entry.user_id = asked.user_id AND entry.requested_date = asked.day::date
"""
NEXT_IDS = "SELECT nextval('time_off_entry_ids') FROM generate_series(1, $1::int)"
NEW_ENTRY = """
INSERT INTO time_off_entries
    (id, company_id, user_id, requested_date, submission_date, seconds, created_at, updated_at)
SELECT id, company_id::uuid, user_id, day::date, sent::date, seconds,
    created::timestamp AT TIME ZONE 'UTC', updated::timestamp AT TIME ZONE 'UTC'
FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::text[], $5::text[], $6::int[],
    $7::text[], $8::text[])
    AS new (id, company_id, user_id, day, sent, seconds, created, updated)
"""
NEW_TOTAL = """
UPDATE time_off_entries AS entry
SET seconds = new.seconds, updated_at = new.updated::timestamp AT TIME ZONE 'UTC'
FROM unnest($1::int[], $2::text[], $3::bigint[]) AS new (seconds, updated, id)
WHERE entry.id = new.id
"""
PERSON = """
SELECT 1 FROM people WHERE id = $1::text::uuid AND company_id = $2::text::uuid
FOR NO KEY UPDATE
"""
NEW_RECORD = """
INSERT INTO person_time_offs
    (id, company_id, person_id, first_day, first_span_end, last_day, start_minute, end_minute,
    apply_to_saturday, apply_to_sunday, is_paid, reason, repeat, cadence, repeat_end_day,
    instance_ids, created_at, updated_at)
VALUES ($1::text::uuid, $2::text::uuid, $3::text::uuid, $4::text::date, $5::text::date,
    $6::text::date, $7, $8, false, false, $9, $10, $11, $12, $13::text::date,
    $14::text::jsonb, $15::text::timestamp AT TIME ZONE 'UTC',
    $16::text::timestamp AT TIME ZONE 'UTC')
"""
NEW_INSTANCE = """
INSERT INTO time_off_instances (id, person_time_off_id, start_day, end_day)
SELECT id::uuid, record::uuid, starts::date, ends::date
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) AS new (id, record, starts, ends)
"""
NEW_DAY = """
INSERT INTO person_days (person_id, day, record_id, starts, ends, is_paid)
SELECT person_id::uuid, day::date, record_id::uuid, starts, ends, is_paid
FROM unnest($1::text[], $2::text[], $3::text[], $4::int[], $5::int[], $6::bool[])
    AS new (person_id, day, record_id, starts, ends, is_paid)
"""
NEXT_CHANGES = """
WITH counted AS (
    UPDATE change_counters SET last_sequence = last_sequence + $2,
        last_at = greatest(last_at, $3::text::timestamp AT TIME ZONE 'UTC')
    WHERE company_id = $1::text::uuid
    RETURNING last_sequence, last_at
), stored AS (
    INSERT INTO change_origins
        (company_id, last_sequence, first_sequence, actor_kind, actor, actor_label, via, request_id)
    SELECT $1::text::uuid, last_sequence, last_sequence - $2 + 1, $4, $5, $6, $7, $8 FROM counted
)
SELECT last_sequence, (last_at AT TIME ZONE 'UTC')::text FROM counted
"""
NEW_CHANGE = """
INSERT INTO changes
    (company_id, sequence, at, operation, subject_type, subject_key, before, after)
SELECT company_id::uuid, sequence, at::timestamp AT TIME ZONE 'UTC', operation, type, key,
    'null'::jsonb, after::jsonb
FROM unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[])
    AS new (company_id, sequence, at, operation, type, key, after)
"""

_IS_SCHEDULED = """(worker.user_id IS NOT NULL OR EXISTS (
    SELECT 1 FROM people AS human WHERE human.id = worker.person_id AND human.status = 'active'
))"""
_BEHIND = f"""
WHERE (worker.name_key, worker.id) > ($1::text, $2::text) AND {_IS_SCHEDULED}
ORDER BY worker.name_key, worker.id LIMIT $3::int
"""
_WORKER = """worker.id, worker.company_id::text, worker.user_id, worker.person_id::text,
    worker.full_name, worker.name_key"""
SCHEDULE = {
    "workers": f"SELECT {_WORKER} FROM workers AS worker {_BEHIND}",
    "rows": f"""
        SELECT {_WORKER}, company.name, role.name, person.job_title
        FROM workers AS worker
        JOIN companies AS company ON company.id = worker.company_id
        LEFT JOIN users AS account ON account.id = worker.user_id
        LEFT JOIN roles AS role ON role.id = account.role_id
        LEFT JOIN people AS person ON person.id = worker.person_id
        {_BEHIND}
    """,
    "count": f"SELECT count(*) FROM workers AS worker WHERE {_IS_SCHEDULED}",
    "entries": """
        SELECT user_id, requested_date::text, id, seconds FROM time_off_entries
        WHERE user_id = ANY ($1::bigint[])
            AND requested_date BETWEEN $2::text::date AND $3::text::date
    """,
    "clocks": """
        SELECT person_id::text, day::text, starts, record_id::text, ends, is_paid FROM person_days
        WHERE person_id = ANY ($1::text[]::uuid[])
            AND day BETWEEN $2::text::date AND $3::text::date
    """,
    "marks": """
        SELECT entry_id, service_model_ref FROM external_references
        WHERE entry_id = ANY ($1::bigint[]) AND service_name = $2 AND service_model = $3
    """,
    "acknowledged": """
        SELECT user_id, person_id::text, day::text, id::text FROM discrepancy_acknowledgements
        WHERE user_id = ANY ($1::bigint[]) AND day BETWEEN $2::text::date AND $3::text::date
    """,
    "weeks": """
        SELECT company_id::text, user_id, effective_from::text, effective_to::text, monday,
            tuesday, wednesday, thursday, friday, saturday, sunday
        FROM workweeks
        WHERE company_id = ANY ($1::text[]::uuid[])
            AND (user_id IS NULL OR user_id = ANY ($2::bigint[]))
            AND effective_from <= $3::text::date
    """,
    "holidays": """
        SELECT company_id::text, name, start_date::text, end_date::text FROM holidays
        WHERE company_id = ANY ($1::text[]::uuid[])
            AND start_date <= $2::text::date AND end_date >= $3::text::date
        ORDER BY start_date, id
    """,
}


class Database:
    """Connections that requests borrow: the last one given back is lent first."""

    async def open(self):
        self._free = asyncio.LifoQueue()
        self._mine = ContextVar("connection", default=None)
        for _ in range(CONNECTIONS):
            self._free.put_nowait(await asyncpg.connect(os.environ["DATABASE"]))

    @asynccontextmanager
    async def _borrowed(self):
        connection = await self._free.get()
        try:
            yield connection
        finally:
            self._free.put_nowait(connection)

    async def rows(self, statement, parameters=()):
        connection = self._mine.get()
        if connection is not None:
            return await connection.fetch(statement, *parameters)
        async with self._borrowed() as connection:
            return await connection.fetch(statement, *parameters)

    async def new_ids(self, count):
        """Return so many new ids of entries."""
        return [id_ for (id_,) in await self.rows(NEXT_IDS, (count,))]

    async def count_changes(self, company_id, count, at, origin):
        """Return the last of so many new changes, and its instant; store where they are from."""
        return (await self.rows(NEXT_CHANGES, (company_id, count, at, *origin)))[0]

    def listed(self, keys):
        """Return the keys as one parameter of a statement."""
        return list(keys)

    def paired(self, keys):
        """Return pairs of keys as the parameters of a statement."""
        return tuple(map(list, zip(*keys, strict=True)))

    async def many(self, statement, parameters):
        if parameters:
            columns = map(list, zip(*parameters, strict=True))
            await self._mine.get().execute(statement, *columns)

    @asynccontextmanager
    async def writing(self):
        """Open a transaction, and commit it."""
        async with self._borrowed() as connection:
            token = self._mine.set(connection)
            try:
                async with connection.transaction():
                    yield
            finally:
                self._mine.reset(token)
