"""The page of the connected systems in a browser: whatever it says, on a phone and in the dark."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from playwright.async_api import expect

from app.db.connections.database import Database
from app.db.reading.deliveries import deliveries_of
from app.db.writing import sync as kept
from app.db.writing.deliveries import add_conflicts, change_delivery, make_sure
from app.domain.sync.conflicts import SyncConflict, SyncConflictKind, SyncSide
from app.domain.sync.deliveries import DeliveryCode, day_key, record_key
from app.domain.sync.remote import RemoteProblem
from app.domain.sync.runs import RunKind, RunState, SyncRun
from app.domain.sync.upstreams import ReviewReason, SyncDirection, Upstream, UpstreamApi
from app.services.caller import LOCAL
from app.services.directory.items import UpsertItem
from app.services.directory.service import DirectoryService
from app.services.person_time_off.commands import CreatePersonTimeOff
from app.services.person_time_off.service import PersonTimeOffService
from app.services.time_off_entries.commands import CreateEntries, EntryItem
from app.services.time_off_entries.service import TimeOffEntryService
from tests import warm
from tests.builders import COMPANY, PERSON, uuid
from tests.server import clean_environment, serving
from tests.sync.procore_company import WISH
from tests.web.axe import violations
from tests.web.calendar_page import cell

pytestmark = [
    pytest.mark.browser,
    pytest.mark.process,
    pytest.mark.asyncio(loop_scope="session"),  # that of Chromium
]

TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
KEY = day_key(17, NOW.date())
ASKED, PENDING = day_key(18, NOW.date()), day_key(18, "2026-03-03")
LONG = "Maximiliane-Alexandrina von und zu Oberhausen-Niedertal"


@pytest.fixture(scope="module")
def gateway(tmp_path_factory):
    """The address of a gateway with a system that somebody has to look at."""
    path = tmp_path_factory.mktemp("connected") / "timeoff.db"
    url = f"sqlite:///{path}"
    warm.run("migrate", "--database-url", url, env=clean_environment(), check=True)
    asyncio.run(_fill(f"sqlite+aiosqlite:///{path}"))
    with serving(url, "--no-demo", environment={"TIMEOFF_SYNC": "false"}) as server:
        yield server.url


async def _fill(url):
    database = Database(url)
    directory = DirectoryService(database, lambda: NOW)
    await directory.upsert_companies(LOCAL, [UpsertItem({"source_id": COMPANY, "name": "B" * 80})])
    ada = {"source_id": "17", "company_id": COMPANY, "full_name": "Ada Byron"}
    other = {"source_id": "18", "company_id": COMPANY, "full_name": LONG}
    await directory.upsert_users(LOCAL, [UpsertItem(ada), UpsertItem(other)])
    entries = TimeOffEntryService(database, lambda: NOW)
    await entries.create(LOCAL, CreateEntries([EntryItem("17", 4, NOW.date())]))
    new = Upstream(uuid(1), COMPANY, UpstreamApi.KANTATA_OX, "https://api.mavenlink.com/", NOW)
    new = replace(new, direction=SyncDirection.TWO_WAY)
    held = new.checked("7").read(NOW, whole=True).to_be_reviewed(ReviewReason.MASS_DELETION)
    run = SyncRun(uuid(2), uuid(1), RunKind.FULL, NOW)
    failed = replace(run, id=uuid(3)).ended(RunState.FAILED, NOW, "It answered 503.")
    async with database.writing() as connection:
        await kept.add_upstream(connection, held, "sealed")
        for each in (run.ended(RunState.SUCCEEDED, NOW), failed):
            await kept.add_run(connection, each)
        gone = RemoteProblem("9" * 15, "GONE", "It is not there any more.", 17, NOW.date())
        await kept.keep_problems(connection, uuid(1), [gone], NOW)
        await make_sure(connection, uuid(1), [KEY], NOW)
        waiting = (await deliveries_of(connection, uuid(1), [KEY]))[KEY]
        refused = waiting.blocked(DeliveryCode.REFUSED, "That day is locked.")
        await change_delivery(connection, refused)
        await _have_conflicts(connection)
    await _fill_procore(database, directory)
    await database.close()


async def _fill_procore(database, directory):
    """Have an absence that Procore cannot have as it is here."""
    grace = {"source_id": PERSON, "company_id": COMPANY, "first_name": "Grace"}
    await directory.upsert_people(LOCAL, [UpsertItem(grace | {"last_name": "Hopper"})])
    records = PersonTimeOffService(database, lambda: NOW)
    wish = replace(WISH, start_day=NOW.date(), end_day=NOW.date())
    made = await records.create(LOCAL, CreatePersonTimeOff(COMPANY, PERSON, wish))
    new = Upstream(uuid(11), COMPANY, UpstreamApi.PROCORE_REST, "https://api.procore.com/", NOW)
    running = replace(new, direction=SyncDirection.TWO_WAY).checked("7").read(NOW, whole=True)
    key = record_key(PERSON, made.record.id)
    async with database.writing() as connection:
        await kept.add_upstream(connection, running, "sealed")
        await make_sure(connection, uuid(11), [key], NOW)
        waiting = (await deliveries_of(connection, uuid(11), [key]))[key]
        unsupported = waiting.blocked(DeliveryCode.UNSUPPORTED, "Single occurrences stay.")
        await change_delivery(connection, unsupported)


async def _have_conflicts(connection):
    """Have one that somebody is asked about, one that is decided, and a day that waits."""
    await make_sure(connection, uuid(1), [ASKED, PENDING], NOW)
    held = (await deliveries_of(connection, uuid(1), [ASKED]))[ASKED].held(DeliveryCode.CONFLICT)
    await change_delivery(connection, held)
    ours, theirs = ({"seconds": each, "references": {"hr": str(each)}} for each in (14_400, 7_200))
    kind = SyncConflictKind.BOTH_CHANGED
    asked = SyncConflict(uuid(5), uuid(1), ASKED, kind, ours, theirs, None, NOW)
    decided = replace(asked, id=uuid(6), resolved_at=NOW, kept=SyncSide.GATEWAY, theirs=None)
    await add_conflicts(connection, [asked, decided])


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
async def test_everybody_can_read_it(browser, gateway, needs_axe, scheme, width):
    size = {"width": width, "height": 740}
    page = await browser.new_page(viewport=size, color_scheme=scheme)
    await page.goto(f"{gateway}/sync")

    await expect(page.get_by_text("Much is gone from Kantata OX")).to_be_visible()
    await expect(page.get_by_text("It answered 503.")).to_be_visible()
    await expect(page.get_by_role("button", name="Try again: Ada Byron")).to_be_visible()
    await expect(page.get_by_role("button", name="Try again: Grace Hopper")).to_be_visible()
    await expect(page.get_by_text("Not written: 1 absence")).to_be_visible()
    await expect(page.get_by_text("2026-03-02, 07:00 to 15:30, paid")).to_be_visible()
    await expect(page.get_by_role("button", name=f"Keep ours: {LONG}")).to_be_visible()
    assert await page.evaluate(TOO_WIDE) <= 0
    assert await violations(page) == []
    await page.close()


@pytest.mark.usefixtures("calendar_bundle")
async def test_the_calendar_says_what_was_refused_and_why(visit, gateway):
    page = await visit(gateway, f"?view=month&day={NOW.date()}&name=ada")
    await cell(page, "Ada Byron", str(NOW.date())).click()

    entry = page.get_by_role("article").filter(has_text="Kantata OX")
    await expect(entry).to_contain_text("refused there")
    await expect(entry).to_contain_text("That day is locked.")

    page = await visit(gateway, f"?view=month&day={NOW.date()}&name=grace")
    await cell(page, "Grace Hopper", str(NOW.date())).click()

    record = page.get_by_role("article").filter(has_text="Procore Workforce Planning")
    await expect(record).to_contain_text("refused there")
    await expect(record).to_contain_text("Single occurrences stay.")


async def test_a_conflict_is_decided_by_a_button_and_the_page_stays_where_it_was(browser, gateway):
    page = await browser.new_page()
    await page.goto(f"{gateway}/sync")
    await page.get_by_role("button", name=f"Keep theirs: {LONG}").click()

    await expect(
        page.get_by_text("Kantata OX's version holds, decided by a person")
    ).to_be_visible()
    await expect(page.get_by_text("2 days wait to be written.")).to_be_visible()
    await expect(page.get_by_role("button", name="Keep theirs")).to_have_count(0)
    assert page.url == f"{gateway}/sync#{uuid(1)}"
    await page.close()
