"""What can be the matter with a vendor: how a stand-in spoils the answers that it is told to."""

import gzip
import json
import threading
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any, Final, Literal, Protocol, get_args

Kind = Literal[
    "slow",  # answers after so many ``seconds``
    "silent",  # hangs up without an answer
    "cut",  # hangs up after so many ``bytes`` of the answer's body
    "status",  # answers ``status``, with ``retry_after`` if it is given
    "html",  # answers a page for people, as proxies before an API do
    "doubled",  # answers the page before once more
    "hidden",  # leaves out a row, and says that there is one less
    "moved",  # leaves out the first row of each later page, as if rows before it had gone
    "empty",  # answers that there is nothing
    "misfit_rows",  # answers rows whose members have other types than documented
    "misfit_ids",  # answers the first row twice, the last without a fit id, one id of references
    "misfit_list",  # answers a list that does not say how long it is
    "deep",  # answers 100,000 lists, one in the other
    "huge",  # answers 24 MB
    "bomb",  # answers 1 MB that becomes 256 MB when it is unpacked
    "other_account",  # says that the credentials open another account
    "redirect",  # leads to ``location``
    "stale",  # a list shows what was there before the last write, as a replica that is late
    "combined",  # somebody adds so many ``hours`` to the day that a POST is about, just before it
    "rounded",  # stores the next quarter of an hour in place of what was sent
    "forgotten",  # stores no external reference that is sent with an entry
    "other_user",  # answers to a write as if it had been about somebody else's entry
    "other_day",  # ... about another day
    "other_id",  # ... about another entry
    "reworded",  # stores another reason than was sent
]
KINDS: Final = frozenset(get_args(Kind))
HUGE_BYTES: Final = 24 * 1024 * 1024
BOMB_BYTES: Final = 256 * 1024 * 1024
PAGE: Final = b"<!doctype html><title>Down</title><h1>Back soon</h1>"


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault: ``skips`` requests pass first, then so many ``times`` (None: all) have it.

    With a ``path``, as `time_off_entries`, it counts only the requests to that one (what is
    written may be below it); with a ``method`` only such ones; and with ``unless`` none whose query
    has a parameter of this name.

    What a write asks for is not done, but answered so: with ``is_done`` it is done before. One that
    is ``slow`` is done in any case, before the ``seconds`` or after them.
    """

    kind: Kind
    path: str | None = None
    method: str | None = None
    unless: str | None = None
    skips: int = 0
    times: int | None = None
    seconds: float = 0
    bytes: int = 0
    status: int = 500
    retry_after: str | None = None
    is_done: bool = False
    words: str = "No."
    location: str = ""
    hours: float = 1

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"There is no fault {self.kind}.")


@dataclass(frozen=True, slots=True)
class Answer:
    """What is sent, and after how many bytes of its body the line is cut."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    cut_at: int | None = None


@dataclass(slots=True)
class Faults:
    """The faults that are set; each request meets the first of those that are for it."""

    _set: list[Fault] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def put(self, *faults: Fault) -> None:
        """Have these faults, and none that were set before."""
        with self._lock:
            self._set = [*faults]

    def has(self, kind: Kind) -> bool:
        """Say whether such a fault is set."""
        with self._lock:
            return any(each.kind == kind for each in self._set)

    def next_of(self, path: str, query: Collection[str], method: str = "GET") -> Fault | None:
        """Return the fault of a request that comes now."""
        with self._lock:
            met = None
            for index, each in enumerate(self._set):
                if each.path not in {None, path} or each.method not in {None, method}:
                    continue
                if each.unless in query or each.times == 0:
                    continue
                if each.skips:
                    self._set[index] = replace(each, skips=each.skips - 1)
                elif met is None:
                    met = each
                    times = None if each.times is None else each.times - 1
                    self._set[index] = replace(each, times=times)
            return met


class Controlled(Protocol):
    """A stand-in that is told what is to be the matter."""

    @property
    def faults(self) -> Faults:
        """What is the matter with it."""

    @property
    def requests(self) -> list[str]:
        """What it was asked."""


def controlled(vendor: Controlled, path: str, body: bytes) -> Answer:
    """Have the faults that are posted, or answer what was asked so far."""
    if path == "/-/requests":
        return json_answer(vendor.requests)
    try:
        vendor.faults.put(*(Fault(**each) for each in json.loads(body or b"[]")))
    except (TypeError, ValueError) as unfit:
        return json_answer({"error": str(unfit)}, 400)
    return json_answer({"ok": True})


def spoilt(answer: Answer, fault: Fault, path: str, page: int) -> Answer:
    """Return what is answered instead; ``slow``, ``silent`` and ``doubled`` are the server's."""
    document = json.loads(answer.body or b"{}")
    if isinstance(document, dict):  # a plain list has nothing around it to spoil
        _spoil(document, fault.kind, path, page)
    wait = {"Retry-After": fault.retry_after} if fault.retry_after is not None else {}
    others = {
        "cut": lambda: replace(answer, cut_at=fault.bytes),
        "status": lambda: json_answer(refusal(fault.words), fault.status, wait),
        "redirect": lambda: Answer(307, b"", {"Location": fault.location}),
        "html": lambda: Answer(200, PAGE, {"Content-Type": "text/html"}),
        "deep": lambda: replace(answer, body=b'{"results":' + b"[" * 100_000),
        "huge": lambda: replace(answer, body=b'{"count":1,"a":"' + b"a" * HUGE_BYTES + b'"}'),
        "bomb": lambda: Answer(200, _bomb(), {"Content-Encoding": "gzip"}),
    }
    make = others.get(fault.kind, lambda: json_answer(document, answer.status))
    return make()


def _spoil(document: dict[str, Any], kind: Kind, path: str, page: int) -> None:
    rows = document.get(path, {})
    if kind == "empty":
        document |= {"count": 0, "results": [], path: {}}
    elif kind == "misfit_list":
        document["count"] = "many"
    elif kind == "hidden" and document["results"]:
        rows.pop(document["results"].pop(0)["id"])
        document["count"] -= 1
    elif kind == "moved" and page > 1 and document["results"]:
        rows.pop(document["results"].pop(0)["id"])
    elif kind == "misfit_rows":
        for number, row in enumerate(rows.values()):
            hours = ("eight", "1e-999999999", "9" * 1_000)[number % 3]
            row |= {"hours": hours, "full_name": 8, "name": None, "monday_minutes": "480"}
    elif kind == "misfit_ids" and document["results"]:
        _misfit_ids(document, path)
    elif kind == "other_account":
        for row in document.get("users", {}).values():
            row["account_id"] = "666"


def refusal(words: str) -> dict[str, Any]:
    """Return what is said of a request that is refused."""
    return {"errors": [{"type": "validation", "message": words}]}


def _misfit_ids(document: dict[str, Any], path: str) -> None:
    """Have ids that no record can have, and those of others; the list is as long as it says."""
    rows, results = document[path], document["results"]
    results[-1] |= {"id": str(2**63)}
    rows[results[-1]["id"]] = rows.popitem()[1]
    results.insert(0, results[0] | {"id": str(2**62)})
    rows[results[0]["id"]] = rows[results[1]["id"]]
    document["count"] += 1
    references = document.get("external_references", {})
    for row in rows.values():
        named = row.get("external_reference_ids")
        if named:
            references["71"] = references[named[0]]
            row["external_reference_ids"] = ["71"]


def json_answer(
    document: object, status: int = 200, headers: Mapping[str, str] | None = None
) -> Answer:
    """Return an answer of JSON."""
    kind = {"Content-Type": "application/json"}
    return Answer(status, json.dumps(document).encode(), kind | dict(headers or {}))


@cache
def _bomb() -> bytes:
    return gzip.compress(bytes(BOMB_BYTES), 1)
