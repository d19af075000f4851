"""How the stand-in for Procore writes: by whichever reading of the documentation is chosen."""

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal
from uuid import uuid4

import httpx

from app.domain.sync.remote_people import NO_REASON
from tests.standins.faults import Answer, Fault, json_answer

WRITTEN: Final = {"time-off", "record"}
ALTERED: Final = {"rounded", "reworded", "other_user", "other_id"}
"""Faults of writes that are done, but otherwise than they were asked for or are answered."""

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Reading:
    """What the documentation leaves open.

    ``created``: the status of a POST. ``wraps``: the answer has the record as `data`, has a list of
    one as `data`, is such a list, or is the record. ``deleted``: what a DELETE answers.
    ``changed``: what a PATCH answers; ``unchanged``: its status where it changes nothing.
    """

    created: Literal[200, 201] = 201
    wraps: Literal["data", "list", "rows", "bare"] = "data"
    deleted: Literal["nothing", "empty", "object"] = "object"
    changed: Literal["record", "nothing", "empty"] = "record"
    unchanged: Literal[200, 304] = 200


@dataclass(slots=True)
class Writes:
    """Writes to the gateway ``behind``; ``before`` is somebody's list before the last write."""

    behind: httpx.Client
    reading: Reading = field(default_factory=Reading)
    before: dict[str, list[Row]] = field(default_factory=dict)
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def read_as(self, body: bytes) -> Answer:
        """Follow the reading that is posted; what it does not name is as usual."""
        try:
            self.reading = Reading(**json.loads(body or b"{}"))
        except (TypeError, ValueError) as unfit:
            return json_answer({"error": str(unfit)}, 400)
        return json_answer({"ok": True})

    def read(self, path: str, query: Mapping[str, str]) -> Answer:
        """Return what the gateway behind answers."""
        told = self.behind.get(path, params=query)
        return Answer(told.status_code, told.content, {"Content-Type": "application/json"})

    def answer(self, method: str, path: str, body: bytes) -> Answer:
        """Do what is asked, and answer by the reading; no write is taken for one that was made."""
        with self._lock:
            was = self.read(path, {}) if method == "PATCH" else None
            headers = {"Content-Type": "application/json", "Idempotency-Key": str(uuid4())}
            sent = _with_reason(body)
            told = self.behind.request(method, path, content=sent or None, headers=headers)
            answer = Answer(told.status_code, told.content, {"Content-Type": "application/json"})
            if not told.is_success:
                return answer
            if was is not None and was.body == answer.body and self.reading.unchanged == 304:
                return Answer(304, b"")
            return self._wrapped(method, answer)

    def _wrapped(self, method: str, answer: Answer) -> Answer:
        said = {"DELETE": self.reading.deleted, "PATCH": self.reading.changed}.get(method)
        if said in {"nothing", "empty"}:
            return Answer(204 if said == "nothing" else 200, b"")
        if method == "DELETE":
            return answer
        status = self.reading.created if method == "POST" else 200
        row = json.loads(answer.body)["data"]
        shown = {"data": {"data": row}, "list": {"data": [row]}, "rows": [row], "bare": row}
        return json_answer(shown[self.reading.wraps], status)

    def altered(self, fault: Fault, body: bytes) -> bytes:
        """Return what is stored in place of what was sent."""
        document = json.loads(body or b"{}")
        if fault.kind == "rounded" and "batch_end_time" in document:
            document["batch_end_time"] = "4:00 PM"
        elif fault.kind == "reworded" and "reason" in document:
            document["reason"] = "Other"
        else:
            return body
        return json.dumps(document).encode()

    def spoilt(self, answer: Answer, fault: Fault) -> Answer:
        """Return what is answered to a write that was done."""
        member = {"other_user": "person_id", "other_id": "id"}.get(fault.kind)
        if member is None or not answer.body:
            return answer
        document = json.loads(answer.body)
        data = document if isinstance(document, list) else document.get("data", document)
        row = data[0] if isinstance(data, list) else data
        row[member] = str(uuid4())
        return json_answer(document, answer.status)

    def remember(self, path: str, person: str) -> None:
        """Keep what somebody's list at this path was before a write, for a replica that is late."""
        with self._lock:
            told = self.read(path, {"timezone": "UTC", "limit": "500"})
            self.before = {person: json.loads(told.body)["data"]}

    def stale(self, answer: Answer, person: str) -> Answer:
        """Return a list as it was before the last write."""
        if person not in self.before:
            return answer
        rows = self.before[person]
        document = json.loads(answer.body)
        if not isinstance(document.get("data"), list):
            found = [each for each in rows if each["id"] == document.get("data", {}).get("id")]
            return json_answer({"data": found[0]}) if found else answer
        pagination = document.get("pagination", {}) | {"total_possible": len(rows)}
        return replace(json_answer(document | {"data": rows, "pagination": pagination}))


def _with_reason(body: bytes) -> bytes:
    """Return what the gateway behind takes, which has no record without a reason."""
    document = json.loads(body or b"{}")
    if document.get("reason") != "":
        return body
    return json.dumps(document | {"reason": NO_REASON}).encode()
