"""A stand-in for Kantata OX: an HTTP server that behaves as its documentation says.

Behind it is a second gateway with a database of its own, whose REST face answers for time off
entries; what that face lacks (whose token it is, everybody on the account, workweeks, holiday
calendars) is answered here, out of the same database. Between both stands what can go wrong.

What is the matter is said by `POST /-/faults` with a JSON list of faults (faults.py), which
reading of its documentation it follows by `POST /-/reading` (kantata_writes.py), and
`GET /-/requests` answers what was asked so far: method, path and query of each.
"""

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

import httpx

from tests.standins.faults import Answer, Fault, Faults, controlled, json_answer, spoilt
from tests.standins.kantata_writes import ALTERED, ENTRIES, WRITTEN, Reading, Writes

ROOT: Final = "/api/v1/"
ACCOUNT: Final = "4001"
TOKEN: Final = "stand-in-token-for-tests-only"  # noqa: S105 - it opens a stand-in
TOKEN_OF_PEOPLE: Final = "stand-in-token-of-people"  # noqa: S105
"""Of those who type into the vendor: no fault is theirs, and no request of theirs is counted."""
CALENDAR: Final = "1"
WEEKDAYS: Final = ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
USUAL: Final = (0, 480, 480, 480, 480, 480, 0)
LONGEST_PAGE: Final = 200
BEHIND_SECONDS: Final = 60
MEMBERS: Final = {
    "users": "sourceId fullName emailAddress headline status role { sourceId }",
    "holidays": "sourceId name startDate endDate company { sourceId }",
    "workweeks": f"effectiveFrom effectiveTo company {{ sourceId }} user {{ sourceId }} "
    f"{' '.join(WEEKDAYS)}",
    "companies": "sourceId",
}

Row = dict[str, Any]
Rows = Mapping[str, Row]


@dataclass(frozen=True, slots=True)
class Listed:
    """A list of the vendor's, whole: its rows by id, and what is answered beside them."""

    rows: Rows
    beside: Mapping[str, Rows]


@dataclass(frozen=True, slots=True)
class Asked:
    """A request of the gateway's."""

    method: str
    path: str
    query: Mapping[str, str]


Between = Callable[[Asked, Answer], Answer]


def _nothing(_: Asked, answer: Answer) -> Answer:
    return answer


class StandIn:
    """Kantata as it is for who has its base URL and its token."""

    def __init__(self, behind: str, port: int = 0) -> None:
        self.behind = httpx.Client(base_url=behind, timeout=BEHIND_SECONDS)
        self.faults = Faults()
        self.requests: list[str] = []
        self.together: list[int] = []
        """How many entries each request had that was to make several."""
        self.writes = Writes(self._behind)
        self.between: Between = _nothing
        """What a test puts between an answer and the gateway."""
        self._server = ThreadingHTTPServer(
            ("127.0.0.1", port), type("Asking", (_Asking,), {"vendor": self})
        )
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self.base_url = f"{self.url}{ROOT}"

    def serve(self) -> None:
        """Answer until it is stopped."""
        self._server.serve_forever(poll_interval=0.05)

    def stop(self) -> None:
        """Stop answering."""
        self._server.shutdown()
        self._server.server_close()
        self.behind.close()

    def answer(self, method: str, path: str, query: Mapping[str, str], body: bytes) -> Answer:
        """Return what Kantata answers, without any fault."""
        if path == "users/me":
            return json_answer(_page("users", Listed({"1": _me()}, {}), {}))
        if method != "GET" and path.startswith(WRITTEN):
            return self.writes.answer(method, path, query, body)
        if path == "roles" or path.startswith("time_off_entries"):
            return self._behind(method, path, query, body)
        lists = {
            "users": self._users,
            "workweeks": self._workweeks,
            "workweek_memberships": self._memberships,
            "holiday_calendars": self._calendars,
            "holiday_calendar_associations": self._associations,
        }
        if path not in lists or method != "GET":
            return json_answer({"errors": [{"message": "No such endpoint."}]}, 404)
        return json_answer(_page(path, lists[path](), query))

    def _behind(self, method: str, path: str, query: Mapping[str, str], body: bytes) -> Answer:
        """Return what the second gateway's own face answers."""
        told = self.behind.request(
            method,
            f"/kantata{ROOT}{path}",
            params=query,
            content=body,
            headers={"Content-Type": "application/json"} if body else None,
        )
        return Answer(told.status_code, told.content, {"Content-Type": "application/json"})

    def _directory(self, name: str) -> list[Row]:
        """Return all objects of one kind from the database behind."""
        document = (
            f"query($after: String) {{ {name}(first: 500, after: $after) "
            f"{{ pageInfo {{ hasNextPage endCursor }} nodes {{ {MEMBERS[name]} }} }} }}"
        )
        found: list[Row] = []
        after = None
        while True:
            asked = {"query": document, "variables": {"after": after}}
            listed = self.behind.post("/graphql", json=asked).json()["data"][name]
            found += listed["nodes"]
            if not listed["pageInfo"]["hasNextPage"]:
                return found
            after = listed["pageInfo"]["endCursor"]

    def _of_account(self, name: str) -> list[Row]:
        """Return what an account has once: of the first company, if there are several behind."""
        company = self._directory("companies")[0]
        return [each for each in self._directory(name) if each["company"] == company]

    def _users(self) -> Listed:
        return Listed({each["sourceId"]: _user(each) for each in self._directory("users")}, {})

    def _workweeks(self) -> Listed:
        """The account has one in any case."""
        own = [each for each in self._of_account("workweeks") if each["user"] is None]
        usual = [
            _workweek({"effectiveFrom": "2000-01-01", **dict(zip(WEEKDAYS, USUAL, strict=True))})
        ]
        return Listed(_numbered([_workweek(each) for each in own] or usual), {})

    def _memberships(self) -> Listed:
        weeks = [each for each in self._directory("workweeks") if each["user"] is not None]
        rows = [
            {
                "user_id": each["user"]["sourceId"],
                "workweek_id": str(1_000 + number),
                "start_date": each["effectiveFrom"],
                "end_date": each["effectiveTo"],
            }
            for number, each in enumerate(weeks)
        ]
        named = {str(1_000 + number): _workweek(each) for number, each in enumerate(weeks)}
        return Listed(_numbered(rows), {"workweeks": named})

    def _calendars(self) -> Listed:
        return Listed({CALENDAR: {"id": CALENDAR, "name": "Standard", "default": True}}, {})

    def _associations(self) -> Listed:
        holidays = {
            each["sourceId"]: {
                "id": each["sourceId"],
                "name": each["name"],
                "start_date": each["startDate"],
                "end_date": each["endDate"],
            }
            for each in self._of_account("holidays")
        }
        rows = [{"holiday_calendar_id": CALENDAR, "holiday_id": each} for each in holidays]
        return Listed(_numbered(rows), {"holidays": holidays})


class _Asking(BaseHTTPRequestHandler):
    """One connection to the stand-in."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else each answer waits 40 ms for the other side
    vendor: StandIn
    asked: Asked | None = None
    """What the gateway asks; None: others do."""

    def do_GET(self) -> None:
        self._do()

    def do_POST(self) -> None:
        self._do()

    def do_PUT(self) -> None:
        self._do()

    def do_DELETE(self) -> None:
        self._do()

    def _do(self) -> None:
        self.asked = None
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = urlsplit(self.path)
        if parts.path.startswith("/-/"):
            self._send(self._control(parts.path, body))
            return
        path = parts.path.removeprefix(ROOT)
        query = dict(parse_qsl(parts.query))
        token = str(self.headers.get("Authorization")).removeprefix("Bearer ")
        if token == TOKEN_OF_PEOPLE:
            self._send(self.vendor.answer(self.command, path, query, body))
            return
        self.asked = Asked(self.command, path, query)
        self.vendor.requests.append(f"{self.command} {path}?{parts.query}")
        if token != TOKEN:
            self._send(json_answer({"errors": [{"message": "Not you."}]}, 401))
            return
        place = path if self.command == "GET" else path.split("/")[0]
        fault = self.vendor.faults.next_of(place, query, self.command)
        if self.command != "GET":
            self._write(fault, path, query, body)
        elif fault is None:
            self._send(self.vendor.answer(self.command, path, query, body))
        elif fault.kind == "silent":
            self.close_connection = True
        else:
            self._spoil(fault, path, query, body)

    def _spoil(self, fault: Fault, path: str, query: dict[str, str], body: bytes) -> None:
        time.sleep(fault.seconds)
        page = int(query.get("page", 1))
        if fault.kind == "doubled":
            query["page"] = str(max(1, page - 1))
        answer = self.vendor.answer(self.command, path, query, body)
        if fault.kind == "stale":
            answer = self.vendor.writes.stale(answer, query)
        self._send(spoilt(answer, fault, path, page))

    def _write(self, fault: Fault | None, path: str, query: dict[str, str], body: bytes) -> None:
        """Do what is asked before or after the fault, or not at all."""
        vendor = self.vendor
        if path == ENTRIES and self.command == "POST":
            entries = json.loads(body).get(ENTRIES, [])
            vendor.together += [len(entries)] if entries else []
        if vendor.faults.has("stale"):
            vendor.writes.remember(body, path)
        if fault is None:
            self._send(vendor.answer(self.command, path, query, body))
            return
        if fault.kind in ALTERED:
            altered = vendor.writes.altered(fault, self.command, path, body)
            answer = vendor.answer(self.command, path, query, altered)
            self._send(vendor.writes.spoilt(answer, fault))
            return
        answer = json_answer({})
        if fault.is_done:
            answer = vendor.answer(self.command, path, query, body)
        time.sleep(fault.seconds)
        if fault.kind == "silent":
            self.close_connection = True
            return
        if fault.kind == "slow" and not fault.is_done:
            answer = vendor.answer(self.command, path, query, body)
        self._send(spoilt(answer, fault, path, 1))

    def _control(self, path: str, body: bytes) -> Answer:
        """Follow the reading that is posted, or do what all stand-ins do."""
        if path != "/-/reading":
            answer = controlled(self.vendor, path, body)
            if not self.vendor.faults.has("stale"):
                self.vendor.writes.before = {}  # what was late belongs to no other test
            return answer
        try:
            self.vendor.writes.reading = Reading(**json.loads(body or b"{}"))
        except (TypeError, ValueError) as unfit:
            return json_answer({"error": str(unfit)}, 400)
        return json_answer({"ok": True})

    def _send(self, answer: Answer) -> None:
        if self.asked is not None:
            answer = self.vendor.between(self.asked, answer)
        with suppress(ConnectionError):
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body[: answer.cut_at])
        if answer.cut_at is not None:
            self.close_connection = True

    def log_message(self, *_: Any) -> None:
        """Say nothing of each request."""


@contextmanager
def standing_in(behind: str) -> Iterator[StandIn]:
    """Run a stand-in before a gateway until the block is left."""
    vendor = StandIn(behind)
    thread = threading.Thread(target=vendor.serve, daemon=True)
    thread.start()
    try:
        yield vendor
    finally:
        vendor.stop()
        thread.join()


def _page(key: str, listed: Listed, query: Mapping[str, str]) -> Row:
    """Return a page as the vendor wraps it."""
    size = min(int(query.get("per_page", 20)), LONGEST_PAGE)
    number = max(int(query.get("page", 1)), 1)
    ids = [*listed.rows][(number - 1) * size : number * size]
    count = len(listed.rows)
    return {
        "count": count,
        "meta": {
            "count": count,
            "page_count": -(-count // size),
            "page_number": number,
            "page_size": size,
        },
        "results": [{"key": key, "id": each} for each in ids],
        key: {each: listed.rows[each] for each in ids},
        **listed.beside,
    }


def _numbered(rows: Sequence[Row]) -> Rows:
    return {str(number): {"id": str(number), **row} for number, row in enumerate(rows, 1)}


def _me() -> Row:
    return {"id": "1", "full_name": "Integration", "account_id": ACCOUNT}


def _user(user: Row) -> Row:
    is_gone = user["status"] == "INACTIVE"
    return {
        "id": user["sourceId"],
        "full_name": user["fullName"],
        "email_address": user["emailAddress"],
        "headline": user["headline"],
        "role_id": user["role"] and user["role"]["sourceId"],
        "account_id": ACCOUNT,
        "disabled_at": "2026-01-01T00:00:00-08:00" if is_gone else None,
    }


def _workweek(workweek: Row) -> Row:
    minutes = {f"{day}_minutes": workweek[day] for day in WEEKDAYS}
    return {
        "default": workweek.get("user") is None,
        "start_date": workweek["effectiveFrom"],
        "end_date": workweek.get("effectiveTo"),
        "total_minutes": sum(minutes.values()),
        **minutes,
    }
