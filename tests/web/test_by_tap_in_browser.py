"""What is done on a phone to its end, with taps and its keyboard, in the dark, too."""

import re

import pytest
from playwright.async_api import expect

from tests.web import differences, entries, repeats
from tests.web.calendar_page import box_of, cell, field, in_full, overflow, stands_still

pytestmark = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="session"),  # that of Chromium
    pytest.mark.process,
    pytest.mark.usefixtures("calendar_bundle"),
]

DARA, EDDA = "Dara Fenn", "Edda Roe"
TUESDAY, WEDNESDAY, THURSDAY, FRIDAY = "2026-03-10", "2026-03-11", "2026-03-12", "2026-03-13"
FREE = re.compile("free, 8 h")


@pytest.fixture(autouse=True)
def _nothing_is_left(harbour):
    yield
    differences.clear(harbour)


@pytest.fixture
def open_phone(visit, harbour):
    """Open the week of a Tuesday of one worker."""

    async def open_phone(name, *, scheme="light", width=390):
        page = await visit(
            harbour,
            f"?day={TUESDAY}&name={name}",
            size=(width, 740),
            scheme=scheme,
            has_touch=True,
            is_mobile=True,
        )
        await expect(page.get_by_text("1 worker", exact=True)).to_be_visible()
        await stands_still(page)
        return page

    return open_phone


def button(page, name):
    """A button of the window."""
    return page.get_by_role("dialog").get_by_role("button", name=name, exact=True)


async def tap(page, control):
    """Tap what a finger can hit; nothing is moved sideways by it."""
    await control.scroll_into_view_if_needed()
    box = await box_of(control)
    assert min(box["width"], box["height"]) >= 24  # WCAG 2.5.8
    await control.tap()
    assert await overflow(page) == 0


async def undo(page, expected):
    """Tap *Undo* in the notice of what was done."""
    notice = page.locator("footer .notice")
    await expect(notice).to_contain_text(expected)
    button = notice.get_by_role("button", name="Undo")
    await expect(button).to_be_in_viewport(ratio=1)
    await tap(page, button)
    await expect(page.get_by_role("status").filter(has_text="Undone")).to_be_in_viewport()


async def open_record(page, name, day, what):
    """Open a day, and one of the things that can be done with its one record."""
    await tap(page, cell(page, name, day))
    await expect(page.get_by_role("dialog").get_by_role("article")).to_have_count(1)
    await tap(page, button(page, what))


async def done(page):
    await expect(page.get_by_role("dialog")).to_have_count(0)


@pytest.mark.parametrize(("width", "scheme"), [(360, "dark"), (390, "light")])
async def test_an_entry_is_edited_and_moved_and_all_of_it_undone(
    open_phone, harbour, width, scheme
):
    entries.make(harbour, EDDA, TUESDAY, 6)
    page = await open_phone("edda", scheme=scheme, width=width)
    await open_record(page, EDDA, TUESDAY, "Edit…")
    await tap(page, page.get_by_role("dialog").locator("label", has_text="Half days"))
    await expect(field(page, "Hours")).to_have_value("4")
    await tap(page, button(page, "Save"))
    await done(page)
    await expect(cell(page, EDDA, TUESDAY)).to_have_text("4")
    await undo(page, "6 h")
    await expect(cell(page, EDDA, TUESDAY)).to_have_text("6")
    assert entries.hours(harbour, EDDA) == {TUESDAY: 6}

    await open_record(page, EDDA, TUESDAY, "Move…")
    await done(page)
    bar = page.get_by_role("status").filter(has_text=f"{EDDA}, {in_full(TUESDAY)}: choose")
    await expect(bar).to_be_in_viewport(ratio=1)
    await tap(page, cell(page, EDDA, THURSDAY))
    await expect(field(page, "Day")).to_have_value(THURSDAY)
    await expect(bar).to_have_count(0)
    await tap(page, button(page, "Save"))
    await done(page)
    await expect(cell(page, EDDA, THURSDAY)).to_have_text("6")
    assert entries.hours(harbour, EDDA) == {THURSDAY: 6}
    await undo(page, "Moved 6 h")

    await expect(cell(page, EDDA, TUESDAY)).to_have_text("6")
    assert entries.hours(harbour, EDDA) == {TUESDAY: 6}


async def test_one_occurrence_is_changed_and_all_are_deleted_and_back(open_phone, harbour):
    record = repeats.make(harbour, EDDA, WEDNESDAY, "2026-03-25")
    page = await open_phone("edda", width=360)
    await open_record(page, EDDA, WEDNESDAY, "Edit…")
    await expect(page.get_by_role("radio", name="This one Wed 11 March")).to_be_checked()
    await field(page, "To").fill("12:00")
    await tap(page, button(page, "Save"))
    await done(page)
    await expect(cell(page, EDDA, WEDNESDAY)).to_have_text("4")

    await open_record(page, EDDA, WEDNESDAY, "Delete…")
    await tap(
        page, page.get_by_role("dialog").locator("label", has=page.get_by_role("radio", name="All"))
    )
    await tap(page, button(page, "Delete"))
    await done(page)
    await expect(cell(page, EDDA, WEDNESDAY)).to_have_accessible_name(FREE)
    assert repeats.records(harbour, EDDA) == []
    await undo(page, EDDA)

    await expect(cell(page, EDDA, WEDNESDAY)).to_have_text("4")
    assert [each["id"] for each in repeats.records(harbour, EDDA)] == [record]


async def test_a_record_is_copied_and_deleted(open_phone, harbour):
    repeats.make(harbour, DARA, THURSDAY)
    page = await open_phone("dara")
    await open_record(page, DARA, THURSDAY, "Copy…")
    await expect(page.get_by_role("dialog", name="Copy time off")).to_be_visible()
    await field(page, "First day").fill(FRIDAY)
    await tap(page, button(page, "Create"))
    await done(page)
    await expect(cell(page, DARA, FRIDAY)).to_have_text("8")

    await open_record(page, DARA, THURSDAY, "Delete…")
    await tap(page, button(page, "Delete"))
    await done(page)
    await expect(cell(page, DARA, THURSDAY)).to_have_accessible_name(FREE)
    assert [*differences.spans(harbour, DARA)] == [FRIDAY]
