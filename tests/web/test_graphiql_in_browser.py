"""GraphiQL in Chromium, against a real gateway, cut off from everything else."""

import asyncio
import os

import httpx
import pytest
import pytest_asyncio
from playwright.async_api import expect

from app.web import graphiql
from tests.web.chromium import listen

pytestmark = [
    pytest.mark.browser,
    pytest.mark.process,
    pytest.mark.asyncio(loop_scope="session"),  # that of Chromium
]

EDITOR = ".graphiql-query-editor"
VARIABLES = "section[aria-label=Variables]"
RESPONSE = ".graphiql-response"
TAB_NAME = ".graphiql-tab-button"


@pytest.fixture(autouse=True)
def needs_the_bundle():
    if graphiql.BUNDLE.find_manifest() is None:
        missing = "GraphiQL is not built: app/web/graphiql/build does that, with Node.js"
        in_ci = os.environ.get("CI", "").lower() in {"1", "true"}
        (pytest.fail if in_ci else pytest.skip)(missing)


@pytest.fixture(params=["light", "dark"])
def color_scheme(request):
    return request.param


@pytest.fixture
def complaints():
    """What went wrong in the pages of a test; nothing may."""
    return []


@pytest_asyncio.fixture(loop_scope="session")
async def visitor(browser, gateway, color_scheme, complaints):
    """Somebody's browser, whose storage lasts for the test."""
    context = await browser.new_context(
        color_scheme=color_scheme, viewport={"width": 1440, "height": 900}
    )
    listen(context, gateway, complaints)
    return context


@pytest_asyncio.fixture(loop_scope="session")
async def page(visitor, gateway):
    return await open_graphiql(visitor, gateway)


async def open_graphiql(visitor, gateway):
    page = await visitor.new_page()
    await page.goto(f"{gateway}/graphql")
    await page.locator(EDITOR).get_by_text("TimeOffEntries").first.wait_for()
    return page


async def run(page, *expected):
    """Run the operation, and wait until the response shows what is expected.

    Just after a change of tabs, too, when GraphiQL itself still names the operation before.
    """
    response = page.locator(RESPONSE)
    await page.get_by_role("button", name="Execute query").click()
    for text in ('"data"', *expected):
        await expect(response).to_contain_text(text)


async def wait_until_remembered(page, text):
    """Wait until GraphiQL has put away what was typed, which takes it half a second."""
    for _attempt in range(100):
        if text in await page.evaluate(
            "localStorage.getItem('timeoff-graphiql:graphiql:tabState')"
        ):
            return
        await page.wait_for_timeout(100)
    raise AssertionError(f"{text!r} was not remembered")


async def test_the_first_query_runs_and_nothing_leaves_the_gateway(page, complaints, tmp_path):
    await expect(page).to_have_title("Time-off gateway · GraphiQL")

    await run(page, "totalCount", "fullName")

    await page.screenshot(path=tmp_path / "graphiql.png")
    assert complaints == []


@pytest.mark.parametrize("color_scheme", ["light"], indirect=True)
async def test_a_first_visit_has_the_examples_in_tabs_with_their_variables(page, complaints):
    await expect(page.locator(TAB_NAME)).to_have_text(
        [
            "TimeOffEntries",
            "CreateTimeOffEntries",
            "WeeklyPersonTimeOff",
            "TimeOffOfPerson",
            "WhatChanged",
            "FollowChanges",
        ]
    )
    await expect(page.locator(VARIABLES)).to_contain_text("2023-01-01")

    await page.get_by_role("button", name="WeeklyPersonTimeOff").click()
    await expect(page.locator(VARIABLES)).to_contain_text("11/01/23")

    await run(page, "instances", "2023-11-29")

    assert complaints == []


async def test_a_subscription_shows_what_happens(page, gateway, examples, complaints, tmp_path):
    await page.get_by_role("button", name="FollowChanges").click()
    await expect(page.locator(EDITOR)).to_contain_text("subscription")
    sockets = []

    def note(opened):
        sockets.append(opened)

    page.on("websocket", note)
    execute = page.get_by_role("button", name="Execute query")
    async with asyncio.timeout(120):
        while not sockets:  # GraphiQL knows the tab's operation a moment later
            if await execute.is_visible():
                await execute.click()
            await page.wait_for_timeout(500)
    socket = sockets[0]

    (weekly,) = (each for each in examples if each.name == "weekly-person-time-off")
    response = page.locator(RESPONSE)
    async with httpx.AsyncClient() as client:
        # Nobody is told that it has begun; the first of these may come too early.
        while "CREATED" not in await response.inner_text():
            body = {"query": weekly.query, "variables": weekly.variables}
            created = await client.post(f"{gateway}/graphql", json=body)
            assert "errors" not in created.json()
            await page.wait_for_timeout(1_000)

    await expect(response).to_contain_text('"subjectType": "PersonTimeOff"')
    await page.screenshot(path=tmp_path / "subscription.png")
    async with socket.expect_event("close"):
        await page.get_by_role("button", name="Stop query").click()
    assert complaints == []


@pytest.mark.parametrize("color_scheme", ["light"], indirect=True)
async def test_a_later_visit_finds_what_was_left(page, visitor, gateway, complaints):
    later = await open_graphiql(visitor, gateway)
    await expect(later.locator(TAB_NAME)).to_have_count(6)
    await expect(later.locator(VARIABLES)).to_contain_text("2023-01-01")

    await page.locator(EDITOR).click()
    await page.keyboard.press("ControlOrMeta+Home")
    await page.keyboard.type("# my own words ")
    await wait_until_remembered(page, "my own words")

    await later.reload()
    await expect(later.locator(EDITOR)).to_contain_text("my own words")
    await expect(later.locator(VARIABLES)).to_contain_text("2023-01-01")
    await expect(later.locator(TAB_NAME)).to_have_count(6)
    assert complaints == []


@pytest.mark.parametrize("color_scheme", ["light"], indirect=True)
async def test_the_editor_completes_by_the_schema_and_the_docs_show_it(page, complaints):
    await page.get_by_role("button", name="Show Documentation Explorer").click()
    await page.get_by_role("link", name="Mutation", exact=True).click()
    await expect(page.get_by_role("link", name="createPersonTimeOff", exact=True)).to_be_visible()

    await page.locator(EDITOR).click()
    await page.keyboard.press("ControlOrMeta+a")
    await page.keyboard.type("{ personTimeO")
    await page.keyboard.press("Control+Space")

    await expect(page.locator(".suggest-widget").first).to_contain_text("personTimeOffs")
    assert complaints == []


UNDERLINED = """() => __MONACO.editor.getModelMarkers({}).map(({ message }) => message)"""
IS_CHECKED = """() => {
    const models = __MONACO.editor.getModels();
    const operation = models.find(({ uri }) => uri.path.endsWith("operation.graphql"));
    const variables = [...operation.getValue().matchAll(/[$](\\w+):/g)].map(([, name]) => name);
    const [known] = __MONACO.languages.json.jsonDefaults.diagnosticsOptions.schemas ?? [];
    return `${variables}` === `${Object.keys(known?.schema.properties ?? {})}`;
}"""
WRITE = """([editor, text]) => {
    __MONACO.editor.getModels().find(({ uri }) => uri.path.endsWith(editor)).setValue(text);
}"""
ENTRIES = """
query Entries($first: Int! = 2, $users: [ID!]!) {
  timeOffEntries(first: $first, filter: { userIds: $users }) { totalCount }
}
"""


async def underlined(page):
    """Return what the editors underline, once the variables are checked against the operation."""
    await page.wait_for_function(IS_CHECKED)
    await page.wait_for_timeout(1_000)  # to look, and to draw
    return await page.evaluate(UNDERLINED)


@pytest.mark.parametrize("color_scheme", ["light"], indirect=True)
async def test_no_example_is_underlined(page, complaints):
    for tab in await page.locator(TAB_NAME).all():
        await tab.click()
        assert await underlined(page) == []
    assert complaints == []


@pytest.mark.parametrize("color_scheme", ["light"], indirect=True)
@pytest.mark.parametrize(
    ("variables", "told"),
    [
        ('{"users": [1, "2"]}', []),
        ('{"users": [], "first": 3}', []),
        ("{}", ['Missing property "users".']),
        ('{"users": null}', ['Incorrect type. Expected "array".']),
    ],
)
async def test_only_a_variable_that_has_to_be_given_is_missed(page, variables, told):
    await page.evaluate(WRITE, ["operation.graphql", ENTRIES])
    await page.evaluate(WRITE, ["variables.json", variables])

    assert await underlined(page) == told
