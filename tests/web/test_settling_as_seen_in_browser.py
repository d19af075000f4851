"""A day that somebody changes between the last look at it and its settling is not settled."""

import pytest
from playwright.async_api import expect

from tests.web import differences
from tests.web.calendar_page import look_away
from tests.web.differences import enter
from tests.web.repeats import make
from tests.web.test_settle_in_browser import (
    DARA,
    FRIDAYS,
    KANTATA,
    NOTHING,
    OF_DARA,
    PROCORE,
    STAYS,
    THURSDAY,
    choose,
    dialog,
    foreseen,
    item,
    press,
)

pytestmark = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="session"),  # that of Chromium
    pytest.mark.process,
    pytest.mark.usefixtures("calendar_bundle"),
]


@pytest.fixture(autouse=True)
def nothing_is_left(harbour):
    yield
    differences.clear(harbour)


async def change_before(page, sent, change):
    """Let somebody else change something once the page has sent this, before it arrives."""
    changed: list[str] = []

    async def overtake(route):
        text = route.request.post_data or ""
        if not changed and "idempotencyKey" in text and all(each in text for each in sent):
            changed.append(text)
            change()
        await route.continue_()

    # What is told of the change comes too late, as on a slow line.
    await look_away(page)
    await page.route("**/graphql", overtake)
    return changed


@pytest.mark.parametrize(
    ("span", "choice", "operation", "procore", "span_after"),
    [
        (("08:00", "16:00"), PROCORE, "MirrorRecord", "8 h", ("08:00", "16:00")),
        (NOTHING, KANTATA, "MirrorEntries", "0 h", ("08:00", "14:00")),
        (("08:00", "12:00"), STAYS, "Acknowledge", "4 h", ("08:00", "12:00")),
    ],
    ids=["Procore's", "Kantata's", "as it is"],
)
async def test_a_day_that_changes_on_the_way_is_shown_as_it_was_and_is(
    visit, harbour, span, choice, operation, procore, span_after
):
    entry = enter(harbour, DARA, THURSDAY, 7)
    if span:
        make(harbour, DARA, THURSDAY, batchStartTime=span[0], batchEndTime=span[1])
    page = await visit(harbour, OF_DARA)
    await item(page).click()
    await choose(page, "They are two absences" if choice == STAYS and span else choice)
    await foreseen(page, "The records stay" if choice == STAYS else "agree on this day")
    changed = await change_before(page, [operation], lambda: differences.change(harbour, entry, 6))

    await press(page, "Settle")

    banner = dialog(page).get_by_role("alert")
    await expect(banner).to_contain_text("Somebody has changed this day meanwhile")
    assert changed
    await expect(banner.get_by_role("definition")).to_have_text(["6 h before: 7 h", procore])
    assert differences.entries(harbour, DARA) == {THURSDAY: 6}
    assert [*differences.spans(harbour, DARA).values()] == ([span] if span else [])
    assert [each["acknowledgement"] for each in differences.differences(harbour)] == [None]

    # Whoever has seen it decides anew.
    await foreseen(page, "The records stay" if choice == STAYS else "agree on this day")
    await press(page, "Settle")
    await expect(dialog(page)).to_have_count(0)
    assert differences.entries(harbour, DARA) == {THURSDAY: 8 if choice == PROCORE else 6}
    assert differences.spans(harbour, DARA) == {THURSDAY: span_after}


async def test_of_several_the_one_that_changes_on_the_way_is_told_and_the_rest_is_done(
    visit, harbour
):
    entries = {day: enter(harbour, DARA, day, 4) for day in FRIDAYS}
    make(harbour, DARA, FRIDAYS[0], FRIDAYS[-1])
    page = await visit(harbour, OF_DARA)
    await page.get_by_role("button", name="Choose all 3").click()
    await page.get_by_role("button", name="Settle 3 …").click()
    await choose(page, PROCORE)
    await foreseen(page, "3 of 3 differences can be settled so.")
    changed = await change_before(
        page,
        ["MirrorRecord", FRIDAYS[1]],
        lambda: differences.change(harbour, entries[FRIDAYS[1]], 2),
    )

    await press(page, "Settle 3 differences")

    await expect(dialog(page).get_by_role("status")).to_have_text("2 settled, 1 left as they are.")
    assert changed
    outcomes = dialog(page).get_by_role("list", name="What became of each").get_by_role("listitem")
    await expect(outcomes.first).to_contain_text(
        "Dara Fenn, Fri 20 March: Somebody has changed this day meanwhile: "
        "Kantata OX has 2 h now and Procore 8 h. Look at it again."
    )
    assert differences.entries(harbour, DARA) == {
        FRIDAYS[0]: 8,
        FRIDAYS[1]: 2,
        FRIDAYS[2]: 8,
    }
