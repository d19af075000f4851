"""Writes are sent once, and a failure says whether anything can have been done by them."""

import json
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from app.clock import now
from app.domain.days import DaySpan
from app.domain.sync.credentials import Credentials
from app.domain.sync.failures import FailureKind, VendorFailure
from app.domain.sync.remote import NewRemoteEntry, RemoteEntry
from app.domain.sync.upstreams import Upstream, UpstreamApi
from app.domain.time_off_entries import ReferenceFacts, ReferenceStatus
from app.services.access.events import AccessEvents
from app.services.directory.service import DirectoryService
from app.services.sync.rules import SyncRules
from app.services.sync.sealing import new_key
from app.sync import Sync
from app.vendors.client import Asked
from app.vendors.kantata.api import KantataApi
from app.vendors.opening import OpenedVendors
from tests.builders import COMPANY, uuid
from tests.standins.faults import json_answer
from tests.standins.kantata import TOKEN
from tests.sync.conftest import TODAY, Account

USER = 3
SECRET = "canary-of-a-message"  # noqa: S105 - it is looked for in logs
HR = ReferenceFacts("hr", "Leave", "7", ReferenceStatus.PENDING, external_message=SECRET)
JIRA = ReferenceFacts("jira", "Issue", "8", external_link="https://jira.example.com/8")
NEW = NewRemoteEntry(USER, TODAY, 5 * 3600, TODAY, [HR])
SEVERAL = [NEW, replace(NEW, user_id=4, references=[])]
DAY = DaySpan(TODAY, TODAY)
UNKNOWN = {FailureKind.UNREACHABLE, FailureKind.UNREADABLE}
WAIT_SECONDS = 60
Write = Callable[[KantataApi, str], Awaitable[object]]


async def _change(vendor: KantataApi, id_: str) -> RemoteEntry:
    return await vendor.change_entry(id_, 7200, (USER, TODAY))


WRITES: dict[str, tuple[str, Write]] = {
    "create": ("POST time_off_entries", lambda vendor, _: vendor.create_entry(NEW)),
    "create all": ("POST time_off_entries", lambda vendor, _: vendor.create_entries(SEVERAL)),
    "change": ("PUT time_off_entries/", _change),
    "delete": ("DELETE time_off_entries/", lambda vendor, id_: vendor.delete_entry(id_)),
    "put": (
        "POST external_references/create_or_update",
        lambda vendor, id_: vendor.put_reference(id_, JIRA),
    ),
}


@pytest.fixture
def asked() -> list[Asked]:
    """All that was asked of the vendor, as a log may tell it."""
    return []


@pytest.fixture
async def vendor(account, asked):
    async with opened(account.vendor.base_url, asked) as vendor:
        yield vendor


@asynccontextmanager
async def opened(
    base_url: str, asked: list[Asked], seconds: float = WAIT_SECONDS
) -> AsyncIterator[KantataApi]:
    vendors = OpenedVendors(lambda _, each: asked.append(each), seconds)
    async with vendors.open(upstream_at(base_url), Credentials(TOKEN)) as vendor:
        assert isinstance(vendor, KantataApi)
        yield vendor


def upstream_at(base_url: str) -> Upstream:
    return Upstream(uuid(1), COMPANY, UpstreamApi.KANTATA_OX, base_url, now())


class Stage:
    """One write, with the entry that it is about where it needs one."""

    def __init__(self, account: Account, name: str) -> None:
        self.account, self.name = account, name
        self.sent, self.write = WRITES[name]
        if not name.startswith("create"):
            account.create([TODAY], range(USER, USER + 1))
        self.id = next(iter(account.entries()), "0")

    @property
    def is_done(self) -> bool:
        if self.name == "put":
            asked = {"include": "external_references"}
            answer = self.account.people.get("time_off_entries", params=asked).json()
            services = {each["service_name"] for each in answer["external_references"].values()}
            return services == {"hr", "jira"}
        wanted = {
            "create": {(USER, str(TODAY)): 18_000},
            "create all": {(user, str(TODAY)): 18_000 for user in (USER, 4)},
            "change": {(USER, str(TODAY)): 7200},
        }
        return self.account.days() == wanted.get(self.name, {})

    async def fails(self, vendor: KantataApi) -> VendorFailure:
        """Write once; return how it failed."""
        with pytest.raises(VendorFailure) as raised:
            await self.write(vendor, self.id)
        (sent,) = self.account.written()
        assert sent.startswith(self.sent)
        return raised.value


@pytest.fixture(params=WRITES)
def stage(request, account) -> Stage:
    return Stage(account, request.param)


READINGS: list[dict[str, Any]] = [
    {},
    {"created": 201, "wraps": "named", "deleted": "empty"},
    {"wraps": "bare", "deleted": "object"},
    {"deleted": "entry"},
]


@pytest.mark.parametrize("reading", READINGS)
async def test_what_is_written_is_there_by_each_reading_of_the_documentation(
    account, vendor, asked, reading
):
    account.read_as(**reading)
    made = await vendor.create_entry(NEW)
    id_ = str(made.id)
    changed = await vendor.change_entry(id_, 7200, (USER, TODAY))
    put = await vendor.put_reference(id_, JIRA)
    await vendor.put_reference(id_, replace(HR, locked=True))
    listed = await vendor.entries_of([USER, 4], DAY, 1)
    elsewhere = [
        (await vendor.entries_of([4], DAY, 1)).entries,
        (await vendor.entries_of([USER], DaySpan(*[TODAY + timedelta(days=1)] * 2), 1)).entries,
    ]
    await vendor.delete_entry(id_)

    (found,) = listed.entries
    assert (made.user_id, made.day, made.seconds) == (USER, TODAY, 18_000)
    assert [each.facts for each in made.references] == [HR]
    assert (found.id, found.seconds) == (changed.id, changed.seconds) == (made.id, 7200)
    assert put.facts == JIRA
    assert {each.facts for each in found.references} == {JIRA, replace(HR, locked=True)}
    assert elsewhere == [[], []]
    assert account.days() == {}
    assert [each.split("/")[0] for each in account.written()] == [
        "POST time_off_entries",
        "PUT time_off_entries",
        "POST external_references",
        "POST external_references",
        "DELETE time_off_entries",
    ]
    assert {(each.method, each.path) for each in asked} == {
        ("GET", "time_off_entries"),
        ("POST", "time_off_entries"),
        ("PUT", "time_off_entries/{id}"),
        ("DELETE", "time_off_entries/{id}"),
        ("POST", "external_references/create_or_update"),
    }


@pytest.mark.parametrize("reading", [{}, {"created": 201, "wraps": "named"}, {"wraps": "bare"}])
async def test_several_are_made_by_one_request_and_answered_in_their_order(
    account, vendor, asked, reading
):
    account.read_as(**reading)
    several = SEVERAL[::-1]

    made = await vendor.create_entries(several)

    assert [(each.user_id, each.day, each.seconds) for each in made] == [
        (each.user_id, each.day, each.seconds) for each in several
    ]
    named = [[each.facts for each in one.references] for one in made]
    assert named == ([[], []] if reading.get("wraps") == "bare" else [[], [HR]])
    assert {str(each.id) for each in made} == account.entries().keys()
    assert (len(asked), account.vendor.together) == (1, [2])


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"time_off_entries": {}},
        {"time_off_entries": [[]]},
        {"time_off_entries": [{"id": "1"}]},
        {"time_off_entries": [{"hours": 5}]},
        {"time_off_entries": [{"id": "1"}] * 201},
        {"results": [], "time_off_entries": {}},
        [],
        [8],
    ],
    ids=str,
)
async def test_an_answer_to_several_that_is_not_as_documented_is_unreadable(
    account, vendor, answer
):
    with account.answering(lambda _, __: json_answer(answer)), pytest.raises(VendorFailure) as it:
        await vendor.create_entries(SEVERAL)

    assert (it.value.kind, it.value.was_sent) == (FailureKind.UNREADABLE, True)


async def test_an_answer_with_one_day_twice_is_unreadable(account, vendor):
    def doubled(_, answer):
        rows = json.loads(answer.body)["time_off_entries"].values()
        return json_answer({"time_off_entries": [*rows, *rows]})

    with account.answering(doubled), pytest.raises(VendorFailure) as raised:
        await vendor.create_entries([replace(each, references=[]) for each in SEVERAL])

    assert raised.value.kind is FailureKind.UNREADABLE


REFUSALS = {
    400: FailureKind.REFUSED,
    401: FailureKind.CREDENTIALS_REFUSED,
    403: FailureKind.NOT_PERMITTED,
    404: FailureKind.NOT_THERE,
    409: FailureKind.REFUSED,
    422: FailureKind.REFUSED,
    429: FailureKind.THROTTLED,
}


@pytest.mark.parametrize(
    ("name", "status"),
    [
        *((name, each) for each in REFUSALS for name in ("create", "create all")),
        *(("change", 404), ("delete", 429), ("put", 422)),
    ],
)
async def test_a_refusal_says_why_and_nothing_was_done(account, vendor, name, status):
    words = "Time off hours exceed the workday."
    account.fault({"kind": "status", "status": status, "words": words, "retry_after": "7"})
    stage = Stage(account, name)

    failure = await stage.fails(vendor)

    assert (failure.kind, failure.was_sent) == (REFUSALS[status], status not in {401, 429})
    assert failure.words == words
    assert failure.retry_after == timedelta(seconds=7)
    assert not stage.is_done


SPOILT: list[dict[str, Any]] = [
    {"kind": "status", "status": 408},
    {"kind": "status", "status": 500},
    {"kind": "status", "status": 503},
    {"kind": "silent"},
    {"kind": "cut", "bytes": 1},
    {"kind": "html"},
    {"kind": "redirect"},
    {"kind": "deep"},
    {"kind": "huge"},
    {"kind": "bomb"},
]
OF_EACH = [each for each in SPOILT if each["kind"] in {"silent", "html", "redirect", "huge"}]


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        *(("create", each | {"is_done": done}) for each in SPOILT for done in (False, True)),
        *((name, each | {"is_done": True}) for each in OF_EACH for name in [*WRITES][1:]),
    ],
    ids=lambda given: given if isinstance(given, str) else "-".join(map(str, given.values())),
)
async def test_what_is_not_answered_as_documented_may_be_done_or_not(account, vendor, name, fault):
    account.read_as(deleted="object")
    elsewhere = account.vendor.base_url.replace("127.0.0.1", "localhost")
    account.fault(fault | {"location": f"{elsewhere}time_off_entries"})
    stage = Stage(account, name)

    failure = await stage.fails(vendor)

    assert failure.kind in UNKNOWN
    assert failure.was_sent
    assert stage.is_done == fault["is_done"]


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("create", "other_user"),
        ("create", "other_day"),
        ("create all", "other_user"),
        ("create all", "other_day"),
        ("create all", "other_id"),
        ("change", "other_user"),
        ("change", "other_day"),
        ("change", "other_id"),
        ("put", "other_id"),
    ],
)
async def test_an_answer_about_another_entry_is_unreadable(account, vendor, name, kind):
    stage = Stage(account, name)
    account.fault({"kind": kind})

    failure = await stage.fails(vendor)

    assert (failure.kind, failure.was_sent) == (FailureKind.UNREADABLE, True)
    assert SECRET not in failure.message
    assert stage.is_done


@pytest.mark.parametrize("is_done", [False, pytest.param(True, marks=pytest.mark.long)])
async def test_what_takes_too_long_may_still_be_done(account, asked, is_done):
    account.fault({"kind": "slow", "seconds": 6, "is_done": is_done})
    stage = Stage(account, "create")

    async with opened(account.vendor.base_url, asked, seconds=5) as vendor:
        failure = await stage.fails(vendor)

    assert (failure.kind, failure.was_sent) == (FailureKind.UNREACHABLE, True)
    _wait_until(lambda: stage.is_done)


def _wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.parametrize("scheme", ["nobody", "tls"])
async def test_without_a_connection_nothing_was_sent(account, asked, stage, scheme):
    base_url = account.vendor.base_url.replace("http:", "https:")
    if scheme == "nobody":
        base_url = "http://127.0.0.1:1/api/v1/"
    async with opened(base_url, asked) as vendor:
        with pytest.raises(VendorFailure) as raised:
            await stage.write(vendor, stage.id)

    assert (raised.value.kind, raised.value.was_sent) == (FailureKind.UNREACHABLE, False)
    assert account.written() == []
    assert not stage.is_done


@pytest.mark.parametrize(("combines", "seconds"), [("sums", 7 * 3600), ("replaces", 5 * 3600)])
async def test_somebody_is_quicker_and_the_answer_says_what_is_there(
    account, vendor, combines, seconds
):
    account.read_as(combines=combines)
    account.fault({"kind": "combined", "hours": 2, "times": 1})

    made = await vendor.create_entry(NEW)

    assert made.seconds == seconds
    assert account.days() == {(USER, str(TODAY)): seconds}


async def test_a_vendor_that_combines_nothing_says_so(account, vendor):
    account.read_as(combines="refuses")
    await vendor.create_entry(NEW)

    with pytest.raises(VendorFailure) as raised:
        await vendor.create_entry(NEW)

    assert raised.value.kind is FailureKind.REFUSED
    assert account.days() == {(USER, str(TODAY)): 18_000}


async def test_what_is_sent_twice_is_there_twice(account, vendor):
    """As Kantata does, which knows no replays."""
    for _ in range(2):
        made = await vendor.create_entry(replace(NEW, seconds=3 * 3600))

    assert made.seconds == 6 * 3600


@pytest.mark.parametrize("name", ["create", "change"])
async def test_a_vendor_that_rounds_answers_what_it_has(account, vendor, name):
    stage = Stage(account, name)
    account.fault({"kind": "rounded"})
    if name == "create":
        answered = await vendor.create_entry(replace(NEW, seconds=4 * 3600 + 36))
    else:
        answered = await vendor.change_entry(stage.id, 4 * 3600 + 36)

    assert answered.seconds == 4 * 3600 + 900


@pytest.mark.parametrize(("zero", "there"), [("refuses", 1), ("deletes", 0)])
async def test_no_hours_are_not_a_deletion(account, vendor, zero, there):
    stage = Stage(account, "change")
    account.read_as(zero=zero)

    with pytest.raises(VendorFailure) as raised:
        await vendor.change_entry(stage.id, 0)

    assert raised.value.kind in {FailureKind.REFUSED, FailureKind.UNREADABLE}
    assert len(account.days()) == there


async def test_a_late_replica_shows_what_was_there_before(account, vendor, stage):
    before = (await vendor.entries_of([USER], DAY, 1)).entries
    account.fault({"kind": "stale", "method": "GET", "times": 2})
    await stage.write(vendor, stage.id)

    late = [(await vendor.entries_of([USER], DAY, 1)).entries for _ in range(2)]
    after = (await vendor.entries_of([USER], DAY, 1)).entries

    assert late == [before, before]
    assert after != before
    assert stage.is_done


async def test_no_log_has_what_was_sent(account, vendor, caplog):
    caplog.set_level(logging.DEBUG)
    stage = Stage(account, "put")
    for fault in ({"kind": "html"}, {"kind": "status", "words": SECRET}, {"kind": "silent"}):
        account.vendor.requests.clear()
        account.fault(fault)
        failure = await stage.fails(vendor)
        assert SECRET not in str(failure)
    account.fault()
    await stage.write(vendor, stage.id)

    assert SECRET not in caplog.text
    assert TOKEN not in caplog.text


@pytest.mark.only_on("sqlite")
async def test_a_line_of_a_failed_write_has_its_method_and_no_id(account, database, caplog):
    stage = Stage(account, "change")
    directory = DirectoryService(database, now)
    sync = Sync(database, directory, AccessEvents(database, now), SyncRules(keys=[new_key()]))
    account.fault({"kind": "status", "status": 503, "words": SECRET, "times": 1})

    async with sync.vendors.open(upstream_at(account.vendor.base_url), Credentials(TOKEN)) as it:
        assert isinstance(it, KantataApi)
        await stage.fails(it)
        await stage.write(it, stage.id)
        await it.delete_entry(stage.id)

    (line,) = [each.getMessage() for each in caplog.records if each.name == "app.sync"]
    assert line.startswith(f"upstream {uuid(1)}: PUT time_off_entries/{{id}}: 503, ")
    answers = sync.figures.requests[UpstreamApi.KANTATA_OX.value]
    assert (answers["answered"], answers["failed"], answers["refused"]) == (2, 1, 0)
