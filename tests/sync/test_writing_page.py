"""The page of a system that is written to: what waits, what was refused, and who decides it."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from http import HTTPStatus

import httpx
import pytest

from app.domain.access import AccessRole, Permission
from app.domain.sync.conflicts import ConflictPolicy, SyncSide
from app.domain.sync.deliveries import DeliveryState
from app.domain.sync.upstreams import (
    ReviewReason,
    SyncDirection,
    Upstream,
    UpstreamApi,
    UpstreamState,
)
from app.domain.sync.waiting import Waiting
from app.domain.time_off_entries import ReferenceFacts, ReferenceStatus
from app.main import build_services
from app.services.access.tokens import CreateToken
from app.services.caller import COMMAND, LOCAL
from app.services.directory.items import UpsertItem
from app.services.directory.service import DirectoryService
from app.services.time_off_entries.commands import CreateEntries, EntryItem
from app.web.connected_words import how, in_line, outside_of_window
from tests.builders import COMPANY, OTHER_COMPANY, uuid
from tests.graphql.api import gateway
from tests.sync.test_writing_kantata import ADA, FIRST, GRACE, HOUR, SECOND, THIRD, Writing, writing

__all__ = ["writing"]

PAGE = {"accept": "text/html"}
OURS = {"sec-fetch-site": "same-origin"}
NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
ADMIN = CreateToken("me", AccessRole.ADMIN)
SECRET = "Chemotherapy of Ada"  # noqa: S105 - what the page must not tell


class Visitor:
    """Somebody with a token who opens the page and presses its buttons."""

    def __init__(self, client: httpx.AsyncClient, token: str) -> None:
        self.client = client
        self.headers = {"authorization": f"Bearer {token}"}

    async def open(self) -> httpx.Response:
        return await self.client.get("/sync", headers=PAGE | self.headers)

    async def press(self, label: str, headers: dict[str, str] | None = None) -> httpx.Response:
        """Send the form of a button that is on the page now."""
        return await self.send(await self.fields(label), headers)

    async def fields(self, label: str) -> dict[str, str]:
        """Return what a button would send."""
        forms = re.findall(r"<form.*?</form>", (await self.open()).text)
        [form] = [each for each in forms if f'aria-label="{label}' in each]
        return dict(re.findall(r'name="(\w+)" value="([^"]*)"', form))

    async def send(
        self, form: dict[str, str], headers: dict[str, str] | None = None
    ) -> httpx.Response:
        sent = PAGE | self.headers | (OURS if headers is None else headers)
        return await self.client.post("/sync", data=form, headers=sent)


@pytest.fixture
async def visit(writing, database_url):
    """Return a visitor by the token that is asked for."""
    services = build_services(writing.connected.database)
    async with gateway(database_url) as client:

        async def visitor(token: CreateToken = ADMIN) -> Visitor:
            issued = await services.tokens.create(COMMAND, token)
            return Visitor(client, issued.text)

        yield visitor


async def refuse(account, writing: Writing) -> None:
    """Have Kantata refuse a change of a day that both sides have."""
    await writing.enter(FIRST, 4)
    await writing.work()
    account.fault({"kind": "status", "status": 422, "method": "PUT", "words": "<i>Locked</i>."})
    await writing.change(FIRST, 6)
    await writing.work()
    account.fault()


async def ask_about(account, writing: Writing) -> None:
    """Have both sides change a day, and a person asked about it."""
    await writing.decide(ConflictPolicy.ASK)
    await change_both(account, writing)


async def change_both(account, writing: Writing) -> None:
    """Have both sides change a day."""
    await writing.enter(FIRST, 4)
    await writing.work()
    await writing.change(FIRST, 6)
    account.change(next(iter(account.entries())), 2)
    await writing.work()


async def test_where_somebody_has_to_decide_it_does_not_say_that_all_is_well(
    account, writing, visit
):
    await refuse(account, writing)

    page = (await (await visit()).open()).text

    assert "Somebody has to decide." in page
    assert "It is below: 1 day could not be written." in page
    assert "All is well." not in page


async def test_where_nothing_is_to_be_written_it_says_so(account, writing, visit):
    page = (await (await visit()).open()).text

    assert "Reads from Kantata OX, and writes there what is changed here;" in page
    assert "Nothing waits to be written." in page
    assert "Where both sides have changed the same, Kantata OX&#x27;s version holds." in page
    assert "<form" not in page


async def test_what_waits_is_counted_and_what_is_outside_of_the_window_beside_it(
    account, writing, visit
):
    await writing.enter(date(2026, 12, 1), 4)
    await writing.work()
    account.fault({"kind": "silent", "method": "POST", "path": "time_off_entries", "times": 1})
    await writing.enter(SECOND, 4, GRACE)
    await writing.work()
    await writing.enter(FIRST, 4)
    await writing.connected.fill()

    page = (await (await visit()).open()).text

    assert "1 day waits to be written. Of 1 day it is uncertain whether Kantata OX has done" in page
    assert "The oldest waits since " in page
    assert "1 day is outside of the window, and waits until that has reached it." in page
    assert "2026-12-01" not in page


@pytest.mark.parametrize("is_given_up", [False, True])
async def test_what_was_refused_is_shown_with_the_vendors_words_and_decided_by_a_button(
    account, writing, visit, is_given_up
):
    await refuse(account, writing)
    visitor = await visit()

    page = (await visitor.open()).text
    pressed = await visitor.press("Take theirs" if is_given_up else "Try again")
    told = (await visitor.open()).text
    await writing.work()

    assert "Not written: 1 day<" in page
    assert "User 1<" in page
    assert "user 1<" in page
    assert f"refused 6 h of user 1 on {FIRST}: " in page
    assert "&lt;i&gt;Locked&lt;/i&gt;." in page
    assert "<i>" not in page
    assert 'data-name="Here">6 h<' in page
    assert (pressed.status_code, pressed.headers["location"]) == (303, "/sync")
    assert "1 day waits to be written." in told
    hours = 4 if is_given_up else 6
    assert account.days() == {(ADA, str(FIRST)): hours * HOUR} == await writing.connected.days()
    assert "Nothing waits to be written." in (await visitor.open()).text


@pytest.mark.parametrize(("label", "side"), [("Keep ours", "GATEWAY"), ("Keep theirs", "VENDOR")])
async def test_an_open_conflict_shows_both_versions_and_is_decided_by_a_button(
    account, writing, visit, label, side
):
    await ask_about(account, writing)
    visitor = await visit()

    page = (await visitor.open()).text
    fields = await visitor.fields(label)
    pressed = await visitor.send(fields)
    again = await visitor.send(fields)
    await writing.work()
    after = (await visitor.open()).text

    assert "To be decided: 1 conflict<" in page
    assert "Changed on both sides, it was 4 h" in page
    assert 'data-name="Here">6 h<' in page
    assert 'data-name="Kantata OX">2 h<' in page
    assert "somebody is asked" in page
    assert pressed.status_code == httpx.codes.SEE_OTHER
    assert again.status_code == httpx.codes.CONFLICT
    assert "That was decided meanwhile" in again.text
    hours = 6 if side == SyncSide.GATEWAY else 2
    assert account.days() == {(ADA, str(FIRST)): hours * HOUR} == await writing.connected.days()
    kept = "what was here" if side == SyncSide.GATEWAY else "Kantata OX's version"
    assert f"6 h here, 2 h in Kantata OX; {kept} holds, decided by a person" in after
    assert "To be decided" not in after


async def test_what_the_policy_has_decided_is_told_in_short(account, writing, visit):
    await change_both(account, writing)

    page = (await (await visit()).open()).text

    assert "6 h here, 2 h in Kantata OX; Kantata OX's version holds, decided by the policy" in page
    assert "<form" not in page


async def test_what_was_changed_here_since_a_conflict_was_found_is_shown_with_what_was(
    account, writing, visit
):
    await ask_about(account, writing)
    await writing.change(FIRST, 7)

    page = (await (await visit()).open()).text

    assert '7 h<br><span class="hint">then 6 h</span>' in page


async def test_a_message_of_somebodys_absence_is_not_shown(account, writing, visit):
    hr = ReferenceFacts("hr", "Leave", "7", ReferenceStatus.PENDING, external_message=SECRET)
    account.fault({"kind": "status", "status": 422, "method": "POST", "words": f"No {SECRET}."})
    await writing.entries.create(LOCAL, CreateEntries([EntryItem(str(ADA), 4, FIRST, hr)]))
    await writing.work()

    page = (await (await visit()).open()).text

    assert "Not written: 1 day<" in page
    assert SECRET not in page


async def test_references_that_differ_are_named_without_what_they_say(account, writing, visit):
    await ask_about(account, writing)
    await writing.connected.do(
        """UPDATE sync_conflicts SET ours = '{"seconds": 0, "references": {"hr": "1"}}',"""
        """ theirs = '{"seconds": 0, "references": {"hr": "2"}}'"""
    )

    assert "reference of hr differs" in (await (await visit()).open()).text


@pytest.mark.parametrize(
    ("form", "headers", "status"),
    [
        pytest.param(None, {"sec-fetch-site": "cross-site"}, 403, id="of another site"),
        pytest.param(None, {"origin": "https://evil.example"}, 403, id="of another origin"),
        pytest.param(None, {}, 403, id="of nobody knows where"),
        pytest.param({"do": "erase", "id": "x"}, None, 400, id="no button of ours"),
        pytest.param({"do": "retry", "id": "x"}, None, 409, id="no delivery"),
        pytest.param({"do": "keep-ours", "id": "x"}, None, 409, id="no conflict"),
        pytest.param({f"f{each}": "" for each in range(9)}, None, 400, id="no form of ours"),
    ],
)
async def test_what_no_button_of_the_page_has_sent_changes_nothing(
    account, writing, visit, form, headers, status
):
    await refuse(account, writing)
    visitor = await visit()

    answer = await visitor.send(form or await visitor.fields("Try again"), headers)

    assert answer.status_code == status
    assert await writing.outbox() == [("BLOCKED", "REFUSED")]


async def test_nobody_else_decides(account, writing, visit):
    await refuse(account, writing)
    form = await (await visit()).fields("Try again")

    directory = DirectoryService(writing.connected.database, writing.connected.clock)
    await directory.upsert_companies(LOCAL, [UpsertItem({"source_id": OTHER_COMPANY, "name": "B"})])

    hr = await (await visit(CreateToken("hr", AccessRole.HR))).send(form)
    denied = frozenset({Permission.MANAGE_UPSTREAMS})
    less = await (await visit(replace(ADMIN, taken=denied))).send(form)
    stranger = await (await visit(replace(ADMIN, companies=[OTHER_COMPANY]))).send(form)
    client = (await visit()).client
    nobody = await client.post("/sync", data=form, headers=PAGE | OURS)

    assert [hr.status_code, less.status_code] == [403, 403]
    assert stranger.status_code == httpx.codes.CONFLICT
    assert nobody.status_code == httpx.codes.SEE_OTHER
    assert nobody.headers["location"].startswith("/sign-in")
    assert await writing.outbox() == [("BLOCKED", "REFUSED")]


REVIEWED = Upstream(uuid(1), COMPANY, UpstreamApi.KANTATA_OX, "https://x/", NOW)
REVIEWED = replace(REVIEWED.checked("7"), direction=SyncDirection.TWO_WAY)


@pytest.mark.parametrize(
    ("reason", "state", "do"),
    [
        (
            ReviewReason.FIRST_WRITE,
            "Somebody has to look before anything is written to Kantata OX.",
            "has it written, each after one more look at what Kantata OX has; nothing is",
        ),
        (
            ReviewReason.FLAPPING,
            "Another program writes to Kantata OX, too: no more is written until somebody has",
            "goes on with writing, and nothing is written until then; what is below stays",
        ),
    ],
)
def test_a_review_says_what_happens_when_it_is_resumed(reason, state, do):
    told = how(REVIEWED.to_be_reviewed(reason), None, NOW)

    assert told.state.startswith(state)
    assert do in told.do
    assert told.is_bad


@pytest.mark.parametrize("reason", [ReviewReason.FIRST_WRITE, ReviewReason.FLAPPING])
async def test_nothing_is_written_before_it_is_resumed_whatever_is_read_meanwhile(
    account, writing, visit, reason
):
    account.create([SECOND, THIRD], range(GRACE, GRACE + 1))
    await writing.work()
    may_write = reason is ReviewReason.FLAPPING
    await writing.connected.change(
        lambda each: replace(each.to_be_reviewed(reason), may_write=may_write)
    )
    await writing.enter(FIRST, 4)
    before = account.written()

    account.delete([next(iter(account.entries()))])
    await writing.work(hours=7)
    account.fault({"kind": "cut", "path": "time_off_entries", "skips": 1, "bytes": 9})
    await writing.work(hours=7)
    account.fault()
    held = await writing.work(hours=7)
    visitor = await visit()
    page = (await visitor.open()).text
    written = account.written()
    is_first = reason is ReviewReason.FIRST_WRITE
    pressed = await visitor.press("Have it written" if is_first else "Go on with writing")
    await writing.work()

    assert (held.state, held.state_reason) == (UpstreamState.NEEDS_REVIEW, reason.value)
    assert pressed.status_code == HTTPStatus.SEE_OTHER
    assert ("To be written: 1 day<" in page) == is_first
    assert "nothing is written until then" in page
    assert "1 day waits to be written." in page
    assert [each for each in written if each not in before] == []
    assert account.days() == await writing.connected.days()
    assert account.days()[ADA, str(FIRST)] == 4 * HOUR


def test_many_days_are_told_with_the_oldest_one():
    deliveries = {DeliveryState.PENDING: 1_200, DeliveryState.UNCERTAIN: 2}
    waiting = Waiting(deliveries, NOW - timedelta(hours=3))
    ours = replace(REVIEWED, conflict_policy=ConflictPolicy.GATEWAY_WINS)

    told = in_line(ours, waiting, NOW)

    assert told.startswith("1,200 days wait to be written. Of 2 days it is uncertain")
    assert "The oldest waits since 2026-03-02 05:00 UTC, 3 hours ago." in told
    assert told.endswith("what is here holds.")
    assert outside_of_window(3).startswith("3 days are outside of the window, and wait until")
    assert outside_of_window(0) == ""
