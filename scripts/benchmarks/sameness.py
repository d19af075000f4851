"""Do all servers say the same, and store the same? Asked before anything is measured."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from scripts.benchmarks.databases import rows_of
from scripts.benchmarks.load import Questions
from scripts.benchmarks.servers import Server, WrongAnswers

# What a write leaves behind, but for new ids and times.
STORED: Final = {
    "CreateEntries": """
        SELECT user_id, requested_date, seconds, company_id FROM time_off_entries
        ORDER BY created_at DESC, user_id, requested_date LIMIT 500
    """,
    "CreateSeries": """
        SELECT record.company_id, record.person_id, first_day, first_span_end, last_day,
            start_minute, end_minute, apply_to_saturday, apply_to_sunday, is_paid, reason, repeat,
            cadence, repeat_end_day
        FROM person_time_offs AS record
        ORDER BY record.created_at DESC, record.person_id LIMIT 5
    """,
}


def compare(questions: Mapping[Server, Questions], databases: Mapping[Server, str]) -> int:
    """Ask every server the same, and raise WrongAnswers unless all agree; return how many."""
    workload = next(iter(questions.values())).workload
    asked = [[*mine.some(workload.compared), *mine.hard] for mine in questions.values()]
    for bodies in zip(*asked, strict=True):
        answers = [
            _asked(server, workload.name, body)
            for server, body in zip(questions, bodies, strict=True)
        ]
        _require_success(workload.name, list(questions), answers)
        if workload.writes:
            answers = [_without(answer, "id") for answer in answers]
        if any(server.peer.wording for server in questions):
            answers = [_without(answer, "endCursor") for answer in answers]
        _require_equal(workload.name, list(questions), answers)
    if workload.writes:
        stored = STORED[workload.operation]
        rows = [_texts(rows_of(databases[server], stored)) for server in questions]
        _require_equal(f"rows of {workload.name}", list(questions), rows)
    return len(asked[0])


def _asked(server: Server, workload: str, body: str) -> Any:  # noqa: ANN401 - JSON
    """Return a server's answer, in the gateway's words."""
    answer = server.ask(body)
    wording = server.peer.wording
    if wording is None or "errors" in answer:
        return answer
    return {"data": wording.answer(workload, answer["data"])}


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


def _without(answer: Any, name: str) -> Any:  # noqa: ANN401 - JSON
    """Return the answer with the name's values as their places only: each server has its own."""
    if isinstance(answer, dict):
        return {key: name if key == name else _without(part, name) for key, part in answer.items()}
    return [_without(part, name) for part in answer] if isinstance(answer, list) else answer


def _texts(rows: Sequence[Sequence[Any]]) -> list[list[str]]:
    return sorted([str(value) for value in row] for row in rows)
