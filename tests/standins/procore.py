"""A stand-in for Procore Workforce Planning: an HTTP server that behaves as its pages say.

Behind it is a second gateway with a database of its own, whose REST face answers for the time off
of a person; what that face lacks (tokens, people, job titles, the survey) is answered here, out of
the same database. Between both stands what can go wrong: ``faults`` (faults.py), whose paths are
the names in ``_PATHS``. It is controlled as that of Kantata is (kantata.py); how it writes is in
procore_writes.py.
"""

import json
import re
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import date, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit
from uuid import NAMESPACE_URL, uuid5

import httpx

from tests.builders import COMPANY
from tests.standins.faults import Answer, Fault, Faults, controlled, json_answer, spoilt
from tests.standins.procore_writes import ALTERED, WRITTEN, Writes

ROOT: Final = "/rest/v1.0/workforce-planning/"
COMPANY_NUMBER: Final = "562949953421312"
CLIENT_ID: Final = "stand-in-client"
CLIENT_SECRET: Final = "stand-in-secret-for-tests-only"  # noqa: S105 - it opens a stand-in
BEHIND_SECONDS: Final = 60
_PATHS: Final = {
    "token": r"/oauth/token",
    "job-titles": ROOT + r"v2/companies/([^/]+)/job-titles",
    "people": ROOT + r"v2/companies/([^/]+)/people",
    "time-off": ROOT + r"v2/companies/([^/]+)/people/([^/]+)/time-off",
    "record": ROOT + r"v2/companies/([^/]+)/people/([^/]+)/time-off/([^/]+)",
    "survey": ROOT + r"v2/companies/([^/]+)/assignments",
}
_PEOPLE: Final = """query($after: String, $company: ID!) {
  people(first: 500, after: $after, filter: {companyId: $company}) {
    pageInfo { hasNextPage endCursor }
    nodes { sourceId firstName lastName email employeeNumber status jobTitle } } }"""
_TIME_OFF: Final = """query($after: String, $company: ID!, $range: DateRange!) {
  personTimeOffs(
    first: 500, after: $after, filter: {overlaps: $range, companyId: $company}
  ) {
    pageInfo { hasNextPage endCursor }
    nodes { person { sourceId } startDay endDay batchStartTime batchEndTime isPaid repeat reason
      instances { startDay endDay } } } }"""

OF_LISTS: Final = {"empty", "hidden", "moved", "misfit_rows"}

Row = dict[str, Any]


class StandIn:
    """Procore as it is for who has its base URL, a client id and its secret.

    ``people_a_page`` and ``records_a_page`` are how many are answered at once at most; ``left`` is
    what its limit leaves. ``company`` is the one of the gateway behind.
    """

    def __init__(self, behind: str, port: int = 0, company: str = COMPANY) -> None:
        self.company = company
        self.behind = httpx.Client(base_url=behind, timeout=BEHIND_SECONDS)
        self.writes = Writes(self.behind)
        self.faults = Faults()
        self.requests: list[str] = []
        self.tokens: list[str] = []
        self.people_a_page = 400
        self.records_a_page = 100
        self.left: int | None = None
        self._server = ThreadingHTTPServer(
            ("127.0.0.1", port), type("Asked", (_Asked,), {"vendor": self})
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

    def token(self, form: Mapping[str, str]) -> Answer:
        """Return a new token to who has the client's secret."""
        given = form.get("grant_type"), form.get("client_id"), form.get("client_secret")
        if given != ("client_credentials", CLIENT_ID, CLIENT_SECRET):
            return json_answer({"error": "invalid_client", "error_description": "No."}, 401)
        self.tokens.append(f"token-{len(self.tokens) + 1}-of-the-stand-in")
        told = {"access_token": self.tokens[-1], "token_type": "Bearer", "expires_in": 5_400}
        return json_answer(told)

    def answer(
        self,
        name: str,
        places: tuple[str, ...],
        query: Mapping[str, str],
        method: str = "GET",
        body: bytes = b"",
    ) -> Answer:
        """Return what Procore answers, without any fault."""
        if places[0] != COMPANY_NUMBER:
            return json_answer({"errors": ["You are not of this company."]}, 403)
        if method != "GET":
            return self.writes.answer(method, self._behind(name, places), body)
        page = int(query.get("page", 0))
        if name == "job-titles":
            titles = sorted({each["jobTitle"] for each in self._people()} - {None})
            return json_answer({"data": [{"id": _title_id(each), "name": each} for each in titles]})
        if name == "people":
            return json_answer(self._page([_person(each) for each in self._people()], page))
        if name == "survey":
            return json_answer([self._page(self._surveyed(query), page)])
        if name == "time-off":
            query = {**query, "limit": str(min(int(query["limit"]), self.records_a_page))}
        return self.writes.read(self._behind(name, places), query)

    def _behind(self, name: str, places: tuple[str, ...]) -> str:
        """Return where the gateway behind has it."""
        record = f"/{places[2]}" if name == "record" else ""
        return f"{self.list_behind(places)}{record}"

    def list_behind(self, places: tuple[str, ...]) -> str:
        """Return where the gateway behind has the list of the person in these places."""
        return f"/procore/v2/companies/{self.company}/people/{places[1]}/time-off"

    def _page(self, rows: list[Row], number: int) -> Row:
        first = number * self.people_a_page
        pages = -(-len(rows) // self.people_a_page)
        some = rows[first : first + self.people_a_page]
        return {"possible_pages": max(1, pages), "current_page": number, "data": some}

    def _people(self) -> list[Row]:
        return self._all("people", _PEOPLE, {})

    def _surveyed(self, query: Mapping[str, str]) -> list[Row]:
        """Return everybody with the time off that lies in the days that are asked for."""
        first = query["start_day"]
        last = _later(first, int(query["dayRange"]))
        records = self._all("personTimeOffs", _TIME_OFF, {"range": {"from": first, "to": last}})
        rows = {
            each["sourceId"]: {"person_id": each["sourceId"], "assignments": [], "timeoff": []}
            for each in self._people()
        }
        for each in records:
            rows[each["person"]["sourceId"]]["timeoff"] += [
                {
                    "start_day": instance["startDay"],
                    "end_day": instance["endDay"],
                    "start_time": each["batchStartTime"],
                    "end_time": each["batchEndTime"],
                    "is_paid": each["isPaid"],
                    "repeat": each["repeat"],
                    "reason": each["reason"],
                }
                for instance in each["instances"]
                if first <= instance["startDay"] <= last
            ]
        return list(rows.values())

    def _all(self, name: str, document: str, variables: Row) -> list[Row]:
        found: list[Row] = []
        after = None
        variables = variables | {"company": self.company}
        while True:
            asked = {"query": document, "variables": variables | {"after": after}}
            answered = self.behind.post("/graphql", json=asked).json()
            listed = answered["data"][name]
            found += listed["nodes"]
            if not listed["pageInfo"]["hasNextPage"]:
                return found
            after = listed["pageInfo"]["endCursor"]


class _Asked(BaseHTTPRequestHandler):
    """One connection to the stand-in."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else each answer waits 40 ms for the other side
    vendor: StandIn

    def do_GET(self) -> None:
        self._do()

    def do_POST(self) -> None:
        self._do()

    def do_PATCH(self) -> None:
        self._do()

    def do_DELETE(self) -> None:
        self._do()

    def _do(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = urlsplit(self.path)
        if parts.path.startswith("/-/"):
            self._send(self._control(parts.path, body))
            return
        query = dict(parse_qsl(parts.query))
        name, places = _place(parts.path)
        is_write = self.command != "GET" and name in WRITTEN
        self.vendor.requests.append(f"{self.command} {name}" if is_write else name)
        fault = self.vendor.faults.next_of(name, query, self.command if is_write else "GET")
        if is_write and not self._is_refused():
            self._write(fault, name, places, body)
            return
        if fault is not None and fault.kind == "silent":
            self.close_connection = True
            return
        if fault is not None:
            time.sleep(fault.seconds)
        answer = self._answer(name, places, query, body)
        if fault is not None and fault.kind != "slow":
            answer = _spoilt(answer, fault, name, places, query, self.vendor)
        self._send(answer)

    def _control(self, path: str, body: bytes) -> Answer:
        """Follow the reading that is posted, or do what all stand-ins do."""
        if path == "/-/reading":
            return self.vendor.writes.read_as(body)
        return controlled(self.vendor, path, body)

    def _write(self, fault: Fault | None, name: str, places: tuple[str, ...], body: bytes) -> None:
        """Do what is asked before or after the fault, or not at all."""
        writes, answer = self.vendor.writes, json_answer({})
        if self.vendor.faults.has("stale"):
            writes.remember(self.vendor.list_behind(places), places[1])
        is_done = fault is None or fault.is_done or fault.kind in ALTERED
        if is_done:
            sent = body if fault is None else writes.altered(fault, body)
            answer = self.vendor.answer(name, places, {}, self.command, sent)
        if fault is None:
            self._send(answer)
            return
        time.sleep(fault.seconds)
        if fault.kind == "silent":
            self.close_connection = True
            return
        if fault.kind == "slow" and not is_done:
            answer = self.vendor.answer(name, places, {}, self.command, body)
        if fault.kind in ALTERED:
            self._send(writes.spoilt(answer, fault))
        else:
            self._send(answer if fault.kind == "slow" else spoilt(answer, fault, name, 0))

    def _is_refused(self) -> bool:
        given = str(self.headers.get("Authorization")).removeprefix("Bearer ")
        is_known = given in self.vendor.tokens
        return not is_known or self.headers.get("Procore-Company-Id") != COMPANY_NUMBER

    def _answer(
        self, name: str, places: tuple[str, ...], query: dict[str, str], body: bytes
    ) -> Answer:
        if name == "token":
            return self.vendor.token(dict(parse_qsl(body.decode())))
        given = str(self.headers.get("Authorization")).removeprefix("Bearer ")
        if given not in self.vendor.tokens:
            return json_answer({"errors": ["The access token is invalid."]}, 401)
        if name == "" or self._is_refused():
            return json_answer({"errors": ["Not found."]}, 404)
        return self.vendor.answer(name, places, query)

    def _send(self, answer: Answer) -> None:
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if self.vendor.left is not None:
            self.send_header("X-Rate-Limit-Remaining", str(self.vendor.left))
            self.send_header("X-Rate-Limit-Reset", str(int(time.time()) + 10))
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        with suppress(ConnectionError):
            self.wfile.write(answer.body[: answer.cut_at])
        if answer.cut_at is not None:
            self.close_connection = True

    def log_message(self, *_: Any) -> None:
        """Say nothing of each request."""


def _place(path: str) -> tuple[str, tuple[str, ...]]:
    """Return the name of a path, and the ids in it."""
    for name, pattern in _PATHS.items():
        if match := re.fullmatch(pattern, path):
            return name, match.groups()
    return "", ()


def _spoilt(
    answer: Answer,
    fault: Fault,
    name: str,
    places: tuple[str, ...],
    query: Mapping[str, str],
    vendor: StandIn,
) -> Answer:
    """Return what is answered instead; what is the matter with lists leaves all else alone."""
    if fault.kind == "doubled":
        before = {key: value for key, value in query.items() if key != "start_after"}
        return vendor.answer(name, places, before)
    if fault.kind == "stale":
        return vendor.writes.stale(answer, places[1]) if len(places) > 1 else answer
    if fault.kind == "misfit_list":
        return json_answer({"data": "many"})
    if fault.kind in OF_LISTS:
        document = json.loads(answer.body)
        if isinstance(document, dict) and isinstance(document.get("data"), list):
            _spoil_list(document, document["data"], fault)
        return json_answer(document, answer.status)
    if fault.kind != "cut":
        answer = Answer(answer.status, b"{}", answer.headers)
    return spoilt(answer, fault, name, 0)


def _spoil_list(document: Row, rows: list[Row], fault: Fault) -> None:
    pagination = document.get("pagination", {})
    if fault.kind == "empty":
        document |= {"data": [], "possible_pages": 1}
        pagination["total_possible"] = 0
    elif fault.kind == "misfit_rows":
        for row in rows:
            row |= {"batch_start_time": 8, "name": "eight", "status": None}
    elif rows:
        rows.pop(0)
        if fault.kind == "hidden" and pagination:
            pagination["total_possible"] -= 1


def _person(person: Row) -> Row:
    title = person["jobTitle"]
    return {
        "id": person["sourceId"],
        "name": {"first": person["firstName"], "last": person["lastName"]},
        "email": person["email"],
        "employee_number": person["employeeNumber"],
        "status": person["status"].lower(),
        "job_title_id": None if title is None else _title_id(title),
        "is_assignable": True,
    }


def _title_id(title: str) -> str:
    return str(uuid5(NAMESPACE_URL, title))


def _later(day: str, days: int) -> str:
    return str(date.fromisoformat(day) + timedelta(days=days))


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
