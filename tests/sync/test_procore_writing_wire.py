"""Writes to Procore are sent once, and a failure says whether anything can have been done."""

import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import date, timedelta
from datetime import time as clock
from typing import Any

import pytest

from app.clock import now
from app.domain.days import DaySpan
from app.domain.pattern import Pattern
from app.domain.recurrence import Repeat, RepeatRule
from app.domain.sync.failures import FailureKind, VendorFailure
from app.domain.sync.remote_people import NO_REASON, NewTimeOff, RemoteTimeOff, TimeOffChange
from app.domain.sync.upstreams import Upstream, UpstreamApi
from app.services.access.events import AccessEvents
from app.services.directory.service import DirectoryService
from app.services.sync.rules import SyncRules
from app.services.sync.sealing import new_key
from app.sync import Sync
from app.vendors.client import Asked
from app.vendors.opening import OpenedVendors
from app.vendors.procore.api import ProcoreApi
from app.vendors.procore.wire import read_record
from app.vendors.procore.writing import change_document, new_document
from tests.builders import COMPANY, UNKNOWN_UUID, uuid
from tests.standins.procore import CLIENT_SECRET, COMPANY_NUMBER
from tests.sync.procore_company import CREDENTIALS, Company
from tests.sync.test_writing_wire import SPOILT

ADA, GRACE = 1, 2
SECRET = "canary-of-a-reason"  # noqa: S105 - it is looked for in logs
DAY = date(2026, 3, 4)
PATTERN = Pattern(clock(7), clock(15, 30), apply_to_saturday=True, apply_to_sunday=True)
NEW = NewTimeOff(uuid(ADA), DaySpan(DAY, DAY), PATTERN, is_paid=True, reason=SECRET, rule=None)
WEEKLY = RepeatRule(Repeat.WEEKLY, 1, date(2026, 3, 20))
UNPAID = TimeOffChange(is_paid=False, reason=SECRET)
UNKNOWN = {FailureKind.UNREACHABLE, FailureKind.UNREADABLE}
WAIT_SECONDS = 60
LIST = "v2/companies/{id}/people/{id}/time-off"
Write = Callable[[ProcoreApi, str], Awaitable[RemoteTimeOff | None]]


async def _create(vendor: ProcoreApi, _: str) -> RemoteTimeOff:
    return await vendor.create_time_off(NEW)


async def _change(vendor: ProcoreApi, id_: str) -> RemoteTimeOff:
    return await vendor.change_time_off(uuid(ADA), id_, UNPAID)


async def _delete(vendor: ProcoreApi, id_: str) -> None:
    await vendor.delete_time_off(uuid(ADA), id_)


WRITES: dict[str, tuple[str, Write]] = {
    "create": ("POST time-off", _create),
    "change": ("PATCH record", _change),
    "delete": ("DELETE record", _delete),
}


@pytest.fixture
def asked() -> list[Asked]:
    """All that was asked of the vendor, as a log may tell it."""
    return []


@pytest.fixture
async def vendor(company, asked):
    async with opened(company.vendor.base_url, asked) as vendor:
        yield vendor


@asynccontextmanager
async def opened(
    base_url: str, asked: list[Asked], seconds: float = WAIT_SECONDS
) -> AsyncIterator[ProcoreApi]:
    vendors = OpenedVendors(lambda _, each: asked.append(each), seconds)
    async with vendors.open(upstream_at(base_url), CREDENTIALS) as vendor:
        assert isinstance(vendor, ProcoreApi)
        yield vendor


def upstream_at(base_url: str) -> Upstream:
    return Upstream(uuid(90), COMPANY, UpstreamApi.PROCORE_REST, base_url, now())


def written(company: Company) -> list[str]:
    """Return the writes that were asked for so far, whether they were done or not."""
    return [each for each in company.vendor.requests if " " in each]


class Stage:
    """One write, with the record that it is about where it needs one."""

    def __init__(self, company: Company, name: str) -> None:
        self.company, self.name = company, name
        self.sent, self.write = WRITES[name]
        self.id = uuid(91) if name == "create" else company.create(ADA)

    @property
    def is_done(self) -> bool:
        paid = [each["is_paid"] for each in self.company.records().values()]
        return paid == {"create": [True], "change": [False], "delete": []}[self.name]

    def fault(self, fault: dict[str, Any]) -> None:
        """Have the write meet a fault; nothing else meets it."""
        method, path = self.sent.split()
        self.company.fault({"method": method, "path": path} | fault)

    async def fails(self, vendor: ProcoreApi, times: int = 1) -> VendorFailure:
        """Write once, by so many requests; return how it failed."""
        self.company.vendor.requests.clear()
        with pytest.raises(VendorFailure) as raised:
            await self.write(vendor, self.id)
        assert written(self.company) == [self.sent] * times
        assert SECRET not in raised.value.message
        return raised.value


@pytest.fixture(params=WRITES)
def stage(request, company) -> Stage:
    return Stage(company, request.param)


READINGS: list[dict[str, Any]] = [
    {},
    {"created": 200, "wraps": "bare", "deleted": "nothing", "unchanged": 304},
    {"wraps": "list", "deleted": "empty"},
    {"wraps": "rows", "changed": "nothing"},
    {"changed": "empty"},
]


@pytest.mark.parametrize("reading", READINGS, ids=str)
async def test_what_is_written_is_there_by_each_reading_of_the_documentation(
    company, vendor, asked, reading
):
    company.read_as(**reading)
    made = await vendor.create_time_off(NEW)
    moved = DaySpan(DAY, DAY + timedelta(days=1))
    nights = replace(PATTERN, start_time=clock(22), end_time=clock(6), apply_to_sunday=False)
    change = TimeOffChange(moved, nights, is_paid=False, reason="other")
    changed = await vendor.change_time_off(uuid(ADA), made.id, change)
    shown = company.records()[made.id]
    again = await vendor.change_time_off(uuid(ADA), made.id, change)
    is_there = await vendor.has_time_off(uuid(ADA), made.id)
    await vendor.delete_time_off(uuid(ADA), made.id)

    assert (made.person_id, made.span, made.pattern) == (uuid(ADA), NEW.span, PATTERN)
    assert (made.is_paid, made.reason, made.rule) == (True, SECRET, None)
    assert (changed.id, changed.span, changed.pattern) == (made.id, moved, nights)
    assert (changed.is_paid, changed.reason) == (False, "other")
    assert again == changed
    assert (shown["start_day"], shown["end_day"]) == ("03/04/26", "03/05/26")
    assert is_there
    assert company.records() == {}
    expected = ["POST time-off", "PATCH record", "PATCH record", "DELETE record"]
    assert written(company) == expected
    assert {(each.method, each.path) for each in asked} == {
        ("POST", "oauth/token"),
        ("POST", LIST),
        ("PATCH", f"{LIST}/{{id}}"),
        ("GET", f"{LIST}/{{id}}"),
        ("DELETE", f"{LIST}/{{id}}"),
    }


async def test_a_patch_that_changes_nothing_is_answered_by_what_is_there(company, vendor):
    company.read_as(unchanged=304)
    made = await vendor.create_time_off(NEW)
    company.vendor.requests.clear()

    same = await vendor.change_time_off(uuid(ADA), made.id, TimeOffChange(is_paid=True))

    assert same == made
    assert company.vendor.requests == ["PATCH record", "record"]


@pytest.mark.parametrize("wraps", ["data", "list", "rows", "bare"])
async def test_a_repeat_is_made_with_its_instances(company, vendor, wraps):
    company.read_as(wraps=wraps)

    made = await vendor.create_time_off(replace(NEW, rule=WEEKLY))

    assert (made.span, made.rule) == (NEW.span, WEEKLY)
    assert [str(each.span.first) for each in made.instances] == [
        "2026-03-04",
        "2026-03-11",
        "2026-03-18",
    ]


async def test_only_what_is_given_is_otherwise(company, vendor):
    made = await vendor.create_time_off(replace(NEW, rule=WEEKLY))

    changed = await vendor.change_time_off(uuid(ADA), made.id, TimeOffChange(is_paid=False))

    assert changed == replace(made, is_paid=False)


async def test_what_is_sent_twice_is_there_twice(company, vendor):
    """As Procore does, which knows no replays."""
    made = [await vendor.create_time_off(NEW) for _ in range(2)]

    assert company.records().keys() == {each.id for each in made}
    assert len(company.records()) == 2


def test_documents_are_as_the_vendor_writes_them():
    assert new_document(NEW) == {
        "start_day": "03/04/26",
        "end_day": "03/04/26",
        "batch_start_time": "7:00 AM",
        "batch_end_time": "3:30 PM",
        "apply_to_saturday": True,
        "apply_to_sunday": True,
        "is_paid": True,
        "reason": SECRET,
        "repeat": "never",
    }
    repeats = new_document(replace(NEW, rule=WEEKLY))
    members = {name: repeats[name] for name in ("repeat", "cadence", "repeat_end_day")}
    assert members == {"repeat": "weekly", "cadence": 1, "repeat_end_day": "03/20/26"}
    assert change_document(TimeOffChange()) == {}
    assert change_document(TimeOffChange(is_paid=False)) == {"is_paid": False}
    assert change_document(TimeOffChange(reason=SECRET)) == {"reason": SECRET}
    assert change_document(TimeOffChange(NEW.span, PATTERN)).keys() == {
        "start_day",
        "end_day",
        "batch_start_time",
        "batch_end_time",
        "apply_to_saturday",
        "apply_to_sunday",
    }


async def test_our_word_for_no_reason_is_sent_only_where_one_is_required(company, vendor):
    assert new_document(replace(NEW, reason=NO_REASON))["reason"] == NO_REASON
    assert change_document(TimeOffChange(is_paid=True, reason=NO_REASON)) == {"is_paid": True}

    made = await vendor.create_time_off(replace(NEW, reason=NO_REASON))

    assert made.reason == NO_REASON


REFUSALS = {
    400: FailureKind.REFUSED,
    403: FailureKind.NOT_PERMITTED,
    404: FailureKind.NOT_THERE,
    409: FailureKind.REFUSED,
    422: FailureKind.REFUSED,
    429: FailureKind.THROTTLED,
}


@pytest.mark.parametrize(
    ("name", "status"),
    [*(("create", each) for each in REFUSALS), ("change", 404), ("change", 422), ("delete", 429)],
)
async def test_a_refusal_says_why_and_nothing_was_done(company, vendor, name, status):
    stage = Stage(company, name)
    stage.fault({"kind": "status", "status": status, "words": SECRET, "retry_after": "7"})

    failure = await stage.fails(vendor)

    assert (failure.kind, failure.was_sent) == (REFUSALS[status], status != 429)
    assert failure.words == SECRET, "They are for whoever has caused them."
    assert failure.retry_after == timedelta(seconds=7)
    assert not stage.is_done


@pytest.mark.parametrize("name", ["change", "delete"])
async def test_a_record_that_is_gone_is_not_there(company, vendor, name):
    stage = Stage(company, name)
    company.delete(ADA, stage.id)

    failure = await stage.fails(vendor)

    assert failure.kind is FailureKind.NOT_THERE


async def test_a_token_that_is_refused_is_renewed_and_the_write_is_done_once(
    company, vendor, stage
):
    stage.fault({"kind": "status", "status": 401, "times": 1})

    await stage.write(vendor, stage.id)

    assert company.vendor.requests == ["token", stage.sent, "token", stage.sent]
    assert stage.is_done


async def test_a_token_that_the_vendor_has_forgotten_is_renewed(company, vendor, stage):
    await vendor.account()
    company.vendor.tokens.clear()

    await stage.write(vendor, stage.id)

    assert written(company) == [stage.sent] * 2
    assert stage.is_done


async def test_credentials_that_are_refused_once_more_have_done_nothing(company, vendor, stage):
    stage.fault({"kind": "status", "status": 401})

    failure = await stage.fails(vendor, times=2)

    assert (failure.kind, failure.was_sent) == (FailureKind.CREDENTIALS_REFUSED, False)
    assert not stage.is_done


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "status", "status": 503},
        {"kind": "html"},
        {"kind": "silent"},
        {"kind": "status", "status": 401},
    ],
    ids=lambda each: "-".join(map(str, each.values())),
)
async def test_without_a_token_nothing_was_sent(company, vendor, stage, fault):
    company.fault(fault | {"path": "token"})

    failure = await stage.fails(vendor, times=0)

    assert not failure.was_sent
    assert not stage.is_done


OF_EACH = [each for each in SPOILT if each["kind"] in {"silent", "cut", "html", "redirect"}]


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        *(("create", each | {"is_done": done}) for each in SPOILT for done in (False, True)),
        *((name, each | {"is_done": True}) for each in OF_EACH for name in ("change", "delete")),
    ],
    ids=lambda given: given if isinstance(given, str) else "-".join(map(str, given.values())),
)
async def test_what_is_not_answered_as_documented_may_be_done_or_not(company, vendor, name, fault):
    stage = Stage(company, name)
    elsewhere = company.vendor.base_url.replace("127.0.0.1", "localhost")
    stage.fault(fault | {"location": f"{elsewhere}v2/companies/{COMPANY_NUMBER}/people"})

    failure = await stage.fails(vendor)

    assert failure.kind in UNKNOWN
    assert failure.was_sent
    assert stage.is_done == fault["is_done"]


@pytest.mark.parametrize("wraps", ["data", "list", "rows", "bare"])
@pytest.mark.parametrize(
    ("name", "kind"), [("create", "other_user"), ("change", "other_user"), ("change", "other_id")]
)
async def test_an_answer_about_another_record_is_unreadable(company, vendor, name, kind, wraps):
    company.read_as(wraps=wraps)
    stage = Stage(company, name)
    stage.fault({"kind": kind})

    failure = await stage.fails(vendor)

    assert (failure.kind, failure.was_sent) == (FailureKind.UNREADABLE, True)
    assert stage.is_done


RECORD: dict[str, Any] = {
    "id": uuid(91),
    "person_id": uuid(ADA),
    **new_document(NEW),
    "instances": [{"id": uuid(92), "start_day": "03/04/26", "end_day": "03/04/26"}],
}


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"data": None},
        {"data": []},
        {"data": [RECORD, RECORD | {"id": uuid(93)}]},
        {"data": RECORD | {"id": 7}},
        {"data": RECORD | {"person_id": UNKNOWN_UUID}},
        {"data": RECORD | {"id": UNKNOWN_UUID}},
        {"data": RECORD | {"repeat": "daily"}},
        {"data": RECORD | {"is_paid": "yes"}},
        {"data": RECORD | {"batch_end_time": "7:00 AM"}},
        {"errors": [SECRET]},
    ],
)
def test_what_is_no_record_or_one_that_no_rule_can_hold_is_unreadable(document):
    assert read_record({"data": RECORD}, uuid(ADA), uuid(91)).reason == SECRET
    with pytest.raises(VendorFailure) as raised:
        read_record(document, uuid(ADA), uuid(91))

    assert (raised.value.kind, raised.value.was_sent) == (FailureKind.UNREADABLE, True)
    assert SECRET not in str(raised.value)


@pytest.mark.parametrize("status", [401, 404, 429, 503])
async def test_a_look_that_fails_after_a_write_does_not_say_that_it_was_not_sent(
    company, vendor, status
):
    stage = Stage(company, "change")
    company.read_as(changed="nothing")
    company.fault({"kind": "status", "status": status, "path": "record", "method": "GET"})

    failure = await stage.fails(vendor)

    assert (failure.was_sent, failure.is_partly_done) == (True, True)
    assert stage.is_done


@pytest.mark.parametrize("is_done", [False, pytest.param(True, marks=pytest.mark.long)])
async def test_what_takes_too_long_may_still_be_done(company, asked, is_done):
    stage = Stage(company, "create")
    stage.fault({"kind": "slow", "seconds": 6, "is_done": is_done})

    async with opened(company.vendor.base_url, asked, seconds=5) as vendor:
        failure = await stage.fails(vendor)

    assert (failure.kind, failure.was_sent) == (FailureKind.UNREACHABLE, True)
    _wait_until(lambda: stage.is_done)


def _wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


async def test_without_a_connection_nothing_was_sent(company, vendor, asked, stage):
    await vendor.account()
    nowhere = "http://127.0.0.1:1/rest/v1.0/workforce-planning/"
    async with opened(nowhere, asked) as unreachable:
        # A token is there, so that it is the write that finds nobody.
        unreachable.authorization.token.text = vendor.authorization.token.text
        unreachable.authorization.token.ends_at = vendor.authorization.token.ends_at
        failure = await stage.fails(unreachable, times=0)

    assert (failure.kind, failure.was_sent) == (FailureKind.UNREACHABLE, False)
    assert not stage.is_done


@pytest.mark.parametrize("name", ["create", "change"])
async def test_a_vendor_that_stores_something_else_answers_what_it_has(company, vendor, name):
    stage = Stage(company, name)
    stage.fault({"kind": "reworded"})
    reworded = await stage.write(vendor, stage.id)
    stage.fault({"kind": "rounded"})
    if name == "create":
        rounded = await vendor.create_time_off(NEW)
    else:
        other = replace(PATTERN, end_time=clock(12))
        rounded = await vendor.change_time_off(uuid(ADA), stage.id, TimeOffChange(pattern=other))

    assert reworded is not None
    assert reworded.reason == "Other"
    assert rounded.pattern == replace(PATTERN, end_time=clock(16))


async def test_a_late_replica_shows_what_was_there_before(company, vendor, stage):
    before = (await vendor.time_off(uuid(ADA), None)).records
    company.fault({"kind": "stale", "path": "time-off", "method": "GET", "times": 2})
    await stage.write(vendor, stage.id)

    late = [(await vendor.time_off(uuid(ADA), None)).records for _ in range(2)]
    after = (await vendor.time_off(uuid(ADA), None)).records

    assert late == [before, before]
    assert after != before
    assert stage.is_done


async def test_nothing_of_another_person_is_changed(company, vendor, stage):
    other = company.create(GRACE, reason="other")
    before = company.records()[other]

    await stage.write(vendor, stage.id)

    assert company.records()[other] == before


async def test_a_reading_that_is_unknown_is_refused(company):
    with pytest.raises(AssertionError, match="wrap"):
        company.read_as(wrap="bare")


async def test_no_log_has_what_was_sent(company, vendor, asked, caplog):
    caplog.set_level(logging.DEBUG)
    for name in ("create", "change"):
        stage = Stage(company, name)
        for fault in ({"kind": "html"}, {"kind": "status", "words": SECRET}, {"kind": "silent"}):
            stage.fault(fault)
            failure = await stage.fails(vendor)
            assert SECRET not in str(failure)
        company.fault()
        await stage.write(vendor, stage.id)

    assert caplog.records
    for secret in (SECRET, CLIENT_SECRET, *company.vendor.tokens):
        assert secret not in caplog.text
    for each in asked:
        for told in (SECRET, CLIENT_SECRET, uuid(ADA), stage.id, COMPANY_NUMBER):
            assert told not in each.path


@pytest.mark.only_on("sqlite")
async def test_a_line_of_a_failed_write_has_its_method_and_no_id(company, database, caplog):
    stage = Stage(company, "change")
    directory = DirectoryService(database, now)
    sync = Sync(database, directory, AccessEvents(database, now), SyncRules(keys=[new_key()]))
    stage.fault({"kind": "status", "status": 503, "words": SECRET, "times": 1})

    async with sync.vendors.open(upstream_at(company.vendor.base_url), CREDENTIALS) as it:
        assert isinstance(it, ProcoreApi)
        await stage.fails(it)
        await stage.write(it, stage.id)
        await it.delete_time_off(uuid(ADA), stage.id)

    (line,) = [each.getMessage() for each in caplog.records if each.name == "app.sync"]
    assert line.startswith(f"upstream {uuid(90)}: PATCH {LIST}/{{id}}: 503, ")
    assert SECRET not in caplog.text
