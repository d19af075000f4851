"""The statements of bare.py for SQLite, and one connection.

sqlite3 runs on the event loop; DRIVER=aiosqlite gives it a thread, as most applications do.
"""

import asyncio
import os
import sqlite3
from contextlib import asynccontextmanager

import aiosqlite
import orjson

ON_LOOP = os.environ.get("DRIVER") != "aiosqlite"
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
    instance_ids, created_at, updated_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, 0, ?, ?, ?, ?, ?, ?, ?, ?)
"""
NEW_INSTANCE = """
INSERT INTO time_off_instances (id, person_time_off_id, start_day, end_day) VALUES (?, ?, ?, ?)
"""
NEW_DAY = """
INSERT INTO person_days (person_id, day, record_id, starts, ends, is_paid)
VALUES (?, ?, ?, ?, ?, ?)
"""
NEXT_CHANGES = """
UPDATE change_counters
SET last_sequence = last_sequence + ?1, last_at = max(coalesce(last_at, ?2), ?2)
WHERE company_id = ?3 RETURNING last_sequence, last_at
"""
NEW_ORIGIN = """
INSERT INTO change_origins
    (company_id, last_sequence, first_sequence, actor_kind, actor, actor_label, via, request_id)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)
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
        SELECT person_id, day, starts, record_id, ends, is_paid FROM person_days
        WHERE person_id IN (SELECT value FROM json_each(?)) AND day BETWEEN ? AND ?
    """,
    "marks": """
        SELECT entry_id, service_model_ref FROM external_references
        WHERE entry_id IN (SELECT value FROM json_each(?))
            AND service_name = ? AND service_model = ?
    """,
    "acknowledged": """
        SELECT user_id, person_id, day, id FROM discrepancy_acknowledgements
        WHERE user_id IN (SELECT value FROM json_each(?)) AND day BETWEEN ? AND ?
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

    async def new_ids(self, count):
        """Return so many new ids of entries."""
        ((last,),) = await self.rows(NEXT_IDS, (count,))
        return range(last - count + 1, last + 1)

    async def count_changes(self, company_id, count, at, origin):
        """Return the last of so many new changes, and its instant; store where they are from."""
        ((last, at),) = await self.rows(NEXT_CHANGES, (count, at, company_id))
        await self.rows(NEW_ORIGIN, (company_id, last, last - count + 1, *origin))
        return last, at

    def listed(self, keys):
        """Return the keys as one parameter of a statement."""
        return orjson.dumps(list(keys)).decode()

    def paired(self, keys):
        """Return pairs of keys as the parameters of a statement."""
        return (self.listed(keys),)

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
