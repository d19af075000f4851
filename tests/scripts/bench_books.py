"""What a server of the bench has written beside the records, and how many rows of what."""

import json
from base64 import b64decode
from collections import Counter

from app.domain.instances import ids_of_instances
from app.services.sample_data.bench import COMPANY
from scripts.benchmarks.databases import rows_of

TABLES = (
    "time_off_entries",
    "person_time_offs",
    "time_off_instances",
    "person_days",
    "changes",
    "change_origins",
)
SQL = {
    "days": """
        SELECT person_id, day, starts, ends, is_paid FROM person_days
        WHERE day >= '2026-01-01' ORDER BY person_id, day
    """,
    "changes": f"""
        SELECT sequence, operation, subject_type, before, after FROM changes
        WHERE company_id = '{COMPANY}' ORDER BY sequence DESC LIMIT 200
    """,  # noqa: S608 - our own constant
    "counters": "SELECT last_sequence FROM change_counters ORDER BY company_id",
    "behind": """
        SELECT count(*) FROM changes AS change
        JOIN change_counters AS counter ON counter.company_id = change.company_id
        WHERE change.at > counter.last_at OR counter.last_at IS NULL
    """,
    "origins": f"""
        SELECT first_sequence, last_sequence, actor_kind, actor, actor_label, via
        FROM change_origins WHERE company_id = '{COMPANY}' ORDER BY last_sequence DESC LIMIT 2
    """,  # noqa: S608 - our own constant
}


def books_of(database):
    """Return what is kept of new records, without ids that each server makes for itself."""
    found = {name: rows_of(database, statement) for name, statement in SQL.items()}
    found["days"] = [(str(person), str(day), *rest) for person, day, *rest in found["days"]]
    found["changes"] = [
        (*which, json.loads(before), own_facts(json.loads(after)))
        for *which, before, after in found["changes"]
    ]
    return found


def own_facts(after):
    is_series = "personId" in after
    return {name: fact for name, fact in after.items() if not (is_series and name == "sourceId")}


def rows_written(server, database, body):
    """Return how many rows of each table an answer adds, and the answer."""
    before = counts_of(database)
    answer = server.ask(body)
    return dict(counts_of(database) - before), answer


def counts_of(database):
    counts = (rows_of(database, f"SELECT count(*) FROM {name}")[0][0] for name in TABLES)  # noqa: S608
    return Counter(dict(zip(TABLES, counts, strict=True)))


def has_ids_of_its_record(answer, database):
    """Say whether the instances of a created record have the ids that follow from its own."""
    record = answer["data"]["createPersonTimeOff"]["personTimeOff"]
    key, *ids = (
        b64decode(each["id"]).decode().partition(":")[2] for each in (record, *record["instances"])
    )
    kept = f"SELECT instance_ids FROM person_time_offs WHERE id = '{key}'"  # noqa: S608
    return ids == ids_of_instances(json.loads(rows_of(database, kept)[0][0]), len(ids))
