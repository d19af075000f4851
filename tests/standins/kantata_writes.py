"""How the stand-in for Kantata OX writes: by whichever reading of the documentation is chosen.

The gateway behind keeps its own rules; here stands what the vendor does and that gateway does not,
as adding up whatever is sent once more: there are no replays in Kantata.
"""

import json
import math
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from itertools import count
from typing import Any, Final, Literal

from tests.standins.faults import Answer, Fault, json_answer, refusal

ENTRIES: Final = "time_off_entries"
REFERENCES: Final = "external_references"
WRITTEN: Final = (ENTRIES, REFERENCES)
ALTERED: Final = {"combined", "rounded", "forgotten", "other_user", "other_day", "other_id"}
"""Faults of writes that are done, but otherwise than they were asked for or are answered."""
OTHER: Final = "987654321"
CLOSED: Final = "Nobody can have time off on this day."
REFERENCE_IDS: Final = "external_reference_ids"
MOST_USERS: Final = 50
PUT: Final = {"status", "external_message", "external_link", "external_status"}
"""What a reference may have beside what it refers to."""

Row = dict[str, Any]
Behind = Callable[[str, str, Mapping[str, str], bytes], Answer]


@dataclass(frozen=True, slots=True)
class Reading:
    """What the documentation leaves open.

    ``created``: the status of a POST. ``wraps``: an answer is a list as any other, has the entry by
    its name, or is the entry; of several, it has a plain list of them by their name, or is that
    list, without references. ``arrays``: what becomes of several of which one is refused: nothing
    is stored, or all others are, and it is refused all the same, or answered without it.
    ``closed``: a day on which nobody can have time off, unknown to the gateway. ``combines``: what
    a POST does to a day that has an entry. ``zero``: what a PUT of no hours does. ``deleted``: what
    a DELETE answers. ``omitted``: what becomes of what a reference has, and whoever puts it does
    not say.
    """

    created: Literal[200, 201] = 200
    wraps: Literal["list", "named", "bare"] = "list"
    arrays: Literal["atomic", "partial", "thinned"] = "atomic"
    closed: str = ""
    combines: Literal["sums", "replaces", "refuses"] = "sums"
    zero: Literal["refuses", "deletes"] = "refuses"
    deleted: Literal["nothing", "empty", "object", "entry"] = "nothing"
    omitted: Literal["goes", "stays"] = "goes"


@dataclass(slots=True)
class Writes:
    """Writes to the gateway ``behind``, one after the other.

    ``before`` is what was there of the days that were last written, by their user and day.
    """

    behind: Behind
    reading: Reading = field(default_factory=Reading)
    before: dict[tuple[str, str], Row | None] = field(default_factory=dict)
    references: dict[str, Row] = field(default_factory=dict)
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def answer(self, method: str, path: str, query: Mapping[str, str], body: bytes) -> Answer:
        """Do what is asked, and answer by the reading."""
        with self._lock:
            document = json.loads(body or b"{}")
            if path == f"{REFERENCES}/create_or_update" and method == "POST":
                return self._reference(document)
            if path.startswith(REFERENCES):
                return json_answer(refusal("No such endpoint."), 404)
            entry = document.get("time_off_entry")
            entries = document.get("time_off_entries")
            if method == "POST" and entry is not None:
                answer = self._create(entry, query)
            elif method == "POST" and entries:
                answer = self._create_all(entries, query, body)
            elif method == "PUT" and entry and entry["hours"] == 0:
                answer = self._zero(path, query, body)
            else:
                answer = self.behind(method, path, query, body)
            return self._wrapped(method, answer)

    def _create(self, entry: Row, query: Mapping[str, str]) -> Answer:
        if entry["requested_date"] == self.reading.closed:
            return json_answer(refusal(CLOSED), 422)
        there = self._of_day(entry["user_id"], entry["requested_date"])
        if there is None:
            return self.behind("POST", ENTRIES, query, _single(entry))
        if self.reading.combines == "refuses":
            return json_answer(refusal("The user has time off on this day already."), 422)
        sums = self.reading.combines == "sums"
        hours = entry["hours"] + (there["hours"] if sums else 0)
        changed = {"hours": hours}
        if "external_reference" in entry:
            changed["external_reference"] = entry["external_reference"]
        return self.behind("PUT", f"{ENTRIES}/{there['id']}", query, _single(changed))

    def _create_all(self, entries: list[Row], query: Mapping[str, str], body: bytes) -> Answer:
        """Make several: at once where no day has anything, else one after the other."""
        there = self._of_days(entries)
        if not there and self.reading.closed not in {each["requested_date"] for each in entries}:
            answer = self.behind("POST", ENTRIES, query, body)
            if answer.status < 300 or self.reading.arrays == "atomic":
                return answer
        made: list[tuple[Row, Answer]] = []
        refused: Answer | None = None
        for entry in entries:
            answer = self._create(entry, query)
            if answer.status < 300:
                made.append((entry, answer))
            else:
                refused = refused or answer
        if refused is not None and self.reading.arrays == "atomic":
            for entry, answer in reversed(made):
                self._take_back(there.get(_place(entry)), answer)
        if refused is not None and self.reading.arrays != "thinned":
            return refused
        return _joined([answer for _, answer in made])

    def _take_back(self, before: Row | None, answer: Answer) -> None:
        """Have a day as it was before it was written; its references stay."""
        path = f"{ENTRIES}/{json.loads(answer.body)['results'][0]['id']}"
        if before is None:
            self.behind("DELETE", path, {}, b"")
        else:
            self.behind("PUT", path, {}, _single({"hours": before["hours"]}))

    def _zero(self, path: str, query: Mapping[str, str], body: bytes) -> Answer:
        if self.reading.zero == "refuses":
            return self.behind("PUT", path, query, body)
        entry = self._by_id(path.rpartition("/")[2])
        if entry is None:
            return self.behind("PUT", path, query, body)
        self.behind("DELETE", path, {}, b"")
        return json_answer(_list_of(ENTRIES, entry | {"hours": 0}))

    def _reference(self, document: Row) -> Answer:
        """Put a reference by changing its entry, whose hours stay."""
        reference = document["external_reference"]
        id_ = str(reference.pop("subject_id"))
        entry = self._by_id(id_)
        if reference.pop("subject_type") != "TimeOffEntry" or entry is None:
            return json_answer(refusal("There is no such subject."), 404)
        if self.reading.omitted == "stays":
            reference = self._of_service(entry, reference["service_name"]) | reference
        changed = {"hours": entry["hours"], "external_reference": reference}
        sent = json.dumps({"time_off_entry": changed}).encode()
        answer = self.behind("PUT", f"{ENTRIES}/{id_}", {"include": REFERENCES}, sent)
        if answer.status != 200:
            return answer
        for row in json.loads(answer.body)[REFERENCES].values():
            if row["service_name"] == reference["service_name"]:
                return self._shown(REFERENCES, row, {})
        raise AssertionError("What was put is there.")

    def _wrapped(self, method: str, answer: Answer) -> Answer:
        if answer.status >= 300:
            return answer
        if method == "DELETE":
            return {
                "nothing": Answer(204, b""),
                "empty": Answer(200, b""),
                "object": json_answer({}),
                "entry": json_answer({"time_off_entry": {"id": "1"}}),
            }[self.reading.deleted]
        document = json.loads(answer.body)
        rows = list(document[ENTRIES].values())
        created = self.reading.created if method == "POST" else 200
        if not rows or self.reading.wraps == "list":
            return replace(answer, status=created)
        beside = {REFERENCES: document.get(REFERENCES, {})}
        if len(rows) == 1:
            return replace(self._shown(ENTRIES, rows[0], beside), status=created)
        if self.reading.wraps == "named":
            return json_answer({ENTRIES: rows} | beside, created)
        without = [{name: row[name] for name in row.keys() - {REFERENCE_IDS}} for row in rows]
        return json_answer(without, created)

    def _shown(self, key: str, row: Row, beside: Row) -> Answer:
        single = {ENTRIES: "time_off_entry", REFERENCES: "external_reference"}[key]
        shown = {"list": _list_of(key, row), "named": {single: row}, "bare": row}
        return json_answer(shown[self.reading.wraps] | beside)

    def altered(self, fault: Fault, method: str, path: str, body: bytes) -> bytes:
        """Return what is stored in place of what was sent; somebody may be quicker."""
        document = json.loads(body or b"{}")
        entries = _entries(document)
        if fault.kind in {"rounded", "forgotten"}:
            for entry in entries:
                if fault.kind == "forgotten":
                    entry.pop("external_reference", None)
                elif "hours" in entry:
                    entry["hours"] = math.ceil(entry["hours"] * 4) / 4
            return json.dumps(document).encode()
        if fault.kind == "combined" and method == "POST" and path == ENTRIES:
            others = {name: entries[0][name] for name in ("user_id", "requested_date")}
            self.answer("POST", path, {}, _single(others | {"hours": fault.hours}))
        return body

    def spoilt(self, answer: Answer, fault: Fault) -> Answer:
        """Return what is answered to a write that was done."""
        if fault.kind not in {"other_user", "other_day", "other_id"} or not answer.body:
            return answer
        document = json.loads(answer.body)
        listed = document if isinstance(document, list) else document.get(ENTRIES)
        if isinstance(listed, list):
            listed[0] |= {"user_id": OTHER}  # a plain list of several
            return json_answer(document, answer.status)
        key = ENTRIES if ENTRIES in document else REFERENCES
        (id_, row), *_ = document.get(key, {}).items()
        if fault.kind == "other_user":
            row["user_id"] = OTHER
        elif fault.kind == "other_day" and "requested_date" in row:
            day = date.fromisoformat(row["requested_date"]) + timedelta(days=1)
            row["requested_date"] = str(day)
        elif fault.kind == "other_id":
            document[key] = {OTHER: document[key].pop(id_) | {"id": OTHER, "subject_id": OTHER}}
            document["results"] = [{"key": key, "id": OTHER}]
        return json_answer(document, answer.status)

    def remember(self, body: bytes, path: str) -> None:
        """Keep what is there of a day before a write of it, for a replica that is late."""
        with self._lock:
            document = json.loads(body or b"{}")
            if path == ENTRIES:
                places = map(_place, _entries(document))
                self.before = {place: self._of_day(*place) for place in places}
                return
            id_ = document.get("external_reference", {}).get("subject_id", path.rpartition("/")[2])
            row = self._by_id(str(id_))
            if row is not None:
                self.before = {(row["user_id"], row["requested_date"]): row}

    def stale(self, answer: Answer, query: Mapping[str, str]) -> Answer:
        """Return a list as it was before the last write."""
        document = json.loads(answer.body)
        rows = {
            id_: row
            for id_, row in document[ENTRIES].items()
            if (row["user_id"], row["requested_date"]) not in self.before
        }
        older = [each for each in self.before.values() if each and _is_asked_for(each, query)]
        rows |= {each["id"]: each for each in older}
        document[ENTRIES] = rows
        document.setdefault(REFERENCES, {}).update(self.references)
        document["results"] = [{"key": ENTRIES, "id": id_} for id_ in rows]
        document["count"] = len(rows)
        return json_answer(document)

    def _of_service(self, entry: Row, service: str) -> Row:
        """Return what there is of a reference that is put anew."""
        mine = (self.references[each] for each in entry["external_reference_ids"])
        found = next((each for each in mine if each["service_name"] == service), {})
        return {name: found[name] for name in PUT & found.keys()}

    def _of_day(self, user: object, day: str) -> Row | None:
        asked = {"user_id": str(user), "start_date": day, "end_date": day}
        return next(iter(self._listed(asked).values()), None)

    def _of_days(self, entries: list[Row]) -> dict[tuple[str, str], Row]:
        """Return what there is of some of these days, by user and day."""
        places = set(map(_place, entries))
        users, days = ({place[at] for place in places} for at in (0, 1))
        asked = {"start_date": min(days), "end_date": max(days), "per_page": "200"}
        if len(users) <= MOST_USERS:
            asked["user_ids"] = ",".join(users)
        found: dict[tuple[str, str], Row] = {}
        for page in count(1):
            listed = self._listed(asked | {"page": str(page)})
            found |= {(row["user_id"], row["requested_date"]): row for row in listed.values()}
            if len(listed) < 200:
                break
        return {place: found[place] for place in places & found.keys()}

    def _by_id(self, id_: str) -> Row | None:
        return self._listed({"only": id_}).get(id_)

    def _listed(self, asked: Row) -> dict[str, Row]:
        answer = self.behind("GET", ENTRIES, asked | {"include": REFERENCES}, b"")
        document = json.loads(answer.body)
        self.references |= document.get(REFERENCES, {})
        found: dict[str, Row] = document.get(ENTRIES, {})
        return found


def _entries(document: Row) -> list[Row]:
    """Return the entries that are sent, be it one or several."""
    if "time_off_entries" in document:
        return list(document["time_off_entries"])
    return [document["time_off_entry"]] if "time_off_entry" in document else []


def _place(entry: Row) -> tuple[str, str]:
    return str(entry["user_id"]), entry["requested_date"]


def _single(entry: Row) -> bytes:
    return json.dumps({"time_off_entry": entry}).encode()


def _joined(answers: list[Answer]) -> Answer:
    """Return one list of what several answers have."""
    joined: Row = {"count": len(answers), "results": [], ENTRIES: {}, REFERENCES: {}}
    for answer in answers:
        document = json.loads(answer.body)
        joined["results"] += document["results"]
        joined[ENTRIES] |= document[ENTRIES]
        joined[REFERENCES] |= document.get(REFERENCES, {})
    return json_answer(joined)


def _list_of(key: str, row: Row) -> Row:
    id_ = str(row["id"])
    return {"count": 1, "results": [{"key": key, "id": id_}], key: {id_: row}}


def _is_asked_for(row: Row, query: Mapping[str, str]) -> bool:
    """Say whether a list would have the row: by its id, or by its user and its day."""
    if "only" in query:
        return row["id"] in query["only"].split(",")
    users = query.get("user_ids", query.get("user_id", row["user_id"])).split(",")
    if {"updated_after", "created_after"} & {*query}:
        return False
    first, last = query.get("start_date", "0"), query.get("end_date", "9")
    return row["user_id"] in users and first <= row["requested_date"] <= last
