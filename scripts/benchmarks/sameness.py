"""Do all servers say the same, and store the same? Asked before anything is measured."""

import json
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from typing import Any, Final

from scripts.benchmarks.load import Questions
from scripts.benchmarks.servers import Server, WrongAnswers

READS: Final = 20
WRITES: Final = 5

# What a write leaves behind, but for new ids and times.
STORED: Final = {
    "CreateEntries": """
        SELECT user_id, requested_date, seconds, company_id FROM time_off_entries
        ORDER BY created_at DESC, user_id, requested_date LIMIT 500
    """,
    "CreateSeries": """
        SELECT record.company_id, record.person_id, first_day, first_span_end, last_day,
            start_minute, end_minute, apply_to_saturday, apply_to_sunday, is_paid, reason, repeat,
            cadence, repeat_end_day, count(*), min(start_day), max(end_day), sum(julianday(end_day))
        FROM person_time_offs AS record
        JOIN time_off_instances AS instance ON instance.person_time_off_id = record.id
        GROUP BY record.id ORDER BY record.created_at DESC, record.person_id LIMIT 5
    """,
}


def compare(questions: Mapping[Server, Questions], databases: Mapping[Server, str]) -> int:
    """Ask every server the same, and raise WrongAnswers unless all agree; return how many."""
    workload = next(iter(questions.values())).workload
    count = WRITES if workload.writes else READS
    asked = [[*mine.some(count), *mine.hard] for mine in questions.values()]
    for bodies in zip(*asked, strict=True):
        answers = [server.ask(body) for server, body in zip(questions, bodies, strict=True)]
        _require_success(workload.name, list(questions), answers)
        if workload.writes:
            answers = [_without_ids(answer) for answer in answers]
        _require_equal(workload.name, list(questions), answers)
    if workload.writes:
        rows = [sorted(_stored(databases[server], workload.operation)) for server in questions]
        _require_equal(f"rows of {workload.name}", list(questions), rows)
    return len(asked[0])


def _require_success(what: str, servers: Sequence[Server], answers: Sequence[Any]) -> None:
    for server, answer in zip(servers, answers, strict=True):
        payloads = (answer.get("data") or {}).values()
        refused = any(isinstance(each, dict) and each.get("userErrors") for each in payloads)
        if "errors" in answer or refused:
            raise WrongAnswers(f"{what}: {server.peer.name} answers {json.dumps(answer)[:1000]}")


def _require_equal(what: str, servers: Sequence[Server], found: Sequence[Any]) -> None:
    for server, each in zip(servers, found, strict=True):
        if each != found[0] or not each:
            first = servers[0].peer.name
            raise WrongAnswers(
                f"{what}: {server.peer.name} and {first} differ:\n"
                f"{json.dumps(each)[:1000]}\n{json.dumps(found[0])[:1000]}"
            )


def _without_ids(answer: Any) -> Any:  # noqa: ANN401 - JSON
    """Return the answer with ids as their places only: new ids differ."""
    if isinstance(answer, dict):
        return {name: "id" if name == "id" else _without_ids(part) for name, part in answer.items()}
    return list(map(_without_ids, answer)) if isinstance(answer, list) else answer


def _stored(database: str, operation: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(database)) as connection:
        return connection.execute(STORED[operation]).fetchall()
