"""The calendar in the languages and regions of those who read it."""

import re
from dataclasses import dataclass

import pytest
from playwright.async_api import expect

from tests.web import repeats
from tests.web.axe import violations
from tests.web.calendar_company import EVERYBODY
from tests.web.calendar_page import MARCH, choose_worker, forgive, go_to

pytestmark = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="session"),  # that of Chromium
    pytest.mark.process,
    pytest.mark.usefixtures("calendar_bundle"),
]


@dataclass(frozen=True)
class Speech:
    """What the page says in a language."""

    language: str
    title: str
    month: str
    everybody: str
    one: str
    legend: tuple[str, ...]
    week: str
    cell: str
    panel: str
    note: str
    times: str
    new: str
    hours: str
    free: str
    refusal: str
    create: str


ENGLISH = Speech(
    language="en-US",
    title="March 2026 · Time-off calendar",
    month="March 2026",
    everybody=f"{EVERYBODY} workers",
    one="1 worker",
    legend=("Paid", "Unpaid", "Holiday"),
    week="Week 10, March",
    cell="Tuesday, March 3, 2026: 4 h off, conflict, 4 h free, the systems differ",
    panel="Tuesday, March 3, 2026 · Engineer · Harbour",
    note="Both systems have time off on this day: most often the same absence, entered twice.",
    times="10:00 AM to 12:00 PM",
    new="New time off",
    hours="Hours",
    free="4 h are free",
    refusal="Ida Vale works 8 h on Tuesday, March 3, 2026, of which 4 h are free: "
    "5.5 h do not fit.",
    create="Create",
)
GERMAN = Speech(
    language="de-AT",
    title="März 2026 · Abwesenheitskalender",
    month="März 2026",
    everybody=f"{EVERYBODY} Personen",
    one="1 Person",
    legend=("Bezahlt", "Unbezahlt", "Feiertag"),
    week="Woche 10, März",
    cell="Dienstag, 3. März 2026: 4 h abwesend, Konflikt, 4 h verfügbar, "
    "die Systeme unterscheiden sich",
    panel="Dienstag, 3. März 2026 · Engineer · Harbour",
    note="Beide Systeme haben an diesem Tag eine Abwesenheit: meist dieselbe, zweimal eingetragen.",
    times="10:00 bis 12:00",
    new="Neue Abwesenheit",
    hours="Stunden",
    free="4 h sind verfügbar",
    refusal="Dienstag, 3. März 2026: Ida Vale arbeitet 8 h, davon sind 4 h verfügbar: "
    "5,5 h passen nicht.",
    create="Anlegen",
)
SPANISH = Speech(
    language="es-ES",
    title="Marzo de 2026 · Calendario de ausencias",
    month="Marzo de 2026",
    everybody=f"{EVERYBODY} personas",
    one="1 persona",
    legend=("Retribuida", "No retribuida", "Festivo"),
    week="Semana 10, marzo",
    cell="martes, 3 de marzo de 2026: 4 h de ausencia, conflicto, 4 h disponibles, "
    "los sistemas difieren",
    panel="martes, 3 de marzo de 2026 · Engineer · Harbour",
    note="Ambos sistemas tienen una ausencia este día: casi siempre es la misma, registrada "
    "dos veces.",
    times="10:00 a 12:00",
    new="Nueva ausencia",
    hours="Horas",
    free="4 h disponibles",
    refusal="martes, 3 de marzo de 2026: Ida Vale trabaja 8 h, de las que 4 h están disponibles: "
    "5,5 h no caben.",
    create="Crear",
)
FRENCH = Speech(
    language="fr-FR",
    title="Mars 2026 · Calendrier des absences",
    month="Mars 2026",
    everybody=f"{EVERYBODY} personnes",
    one="1 personne",
    legend=("Rémunérée", "Non rémunérée", "Jour férié"),
    week="Semaine 10, mars",
    cell="mardi 3 mars 2026 : 4 h d\N{RIGHT SINGLE QUOTATION MARK}absence, conflit, "
    "4 h disponibles, les systèmes diffèrent",
    panel="mardi 3 mars 2026 · Engineer · Harbour",
    note="Les deux systèmes ont une absence ce jour-là : le plus souvent la même, saisie "
    "deux fois.",
    times="10:00 à 12:00",
    new="Nouvelle absence",
    hours="Heures",
    free="4 h disponibles",
    refusal="mardi 3 mars 2026 : Ida Vale travaille 8 h, dont 4 h disponibles : "
    "5,5 h de plus, c\N{RIGHT SINGLE QUOTATION MARK}est trop.",
    create="Créer",
)
SPOKEN = [ENGLISH, GERMAN, SPANISH, FRENCH]


ISO_DAY = r"\d{4}-\d\d-\d\d"
WRITTEN = """() => [
    document.title,
    document.body.innerText,
    ...[...document.querySelectorAll("*")].flatMap(
        each => [each.ariaLabel, each.title, each.placeholder],
    ),
].join("\\n")"""
"""All that the page says, seen or heard. What stands in a field is the browser's to write."""


async def weekdays(page):
    return await page.locator(".days .day > span:first-child").all_text_contents()


@pytest.mark.parametrize("said", SPOKEN, ids=lambda said: said.language)
async def test_the_page_speaks_the_language_of_the_browser(visit, harbour, said):
    page = await visit(harbour, locale=said.language)

    await expect(page).to_have_title(said.title)
    await expect(page.locator("html")).to_have_attribute("lang", said.language)
    await expect(page.locator("html")).to_have_attribute("dir", "ltr")
    await expect(page.get_by_role("heading", level=1)).to_have_text(said.month)
    await expect(page.get_by_text(said.everybody, exact=True)).to_be_visible()
    legend = await page.locator(".legend li").all_text_contents()
    assert {*said.legend} <= {re.sub(r"^8", "", text) for text in legend}
    await expect(page.get_by_role("columnheader", name=said.week, exact=True)).to_be_visible()

    await page.get_by_role("gridcell", name=said.cell, exact=True).click()

    panel = page.get_by_role("dialog", name="Ida Vale")
    await expect(panel).to_contain_text(said.panel)
    await expect(panel).to_contain_text(said.note)
    await expect(panel).to_contain_text(said.times)
    assert re.findall(ISO_DAY, await page.evaluate(WRITTEN)) == []
    await panel.get_by_role("button", name=said.new, exact=True).click()
    form = page.get_by_role("dialog", name=said.new)
    hours = form.get_by_label(said.hours, exact=True)
    await expect(hours).to_have_accessible_description(said.free)
    await hours.fill("5.5")
    await form.get_by_role("button", name=said.create, exact=True).click()
    await expect(form.locator(".field .problem")).to_have_text(said.refusal)


@pytest.mark.parametrize("said", SPOKEN, ids=lambda said: said.language)
async def test_one_is_no_plural(visit, harbour, said):
    page = await visit(harbour, f"{MARCH}&name=ida", locale=said.language)

    await expect(page.get_by_text(said.one, exact=True)).to_be_visible()


@pytest.mark.parametrize(
    ("locale", "sunday", "first", "title"),
    [
        pytest.param("en-US", "Sunday, March 8, 2026", "Su", "Week 11 of 2026", id="en-US"),
        pytest.param("en-GB", "Sunday, 8 March 2026", "Mo", "Week 10 of 2026", id="en-GB"),
        pytest.param("de-AT", "Sonntag, 8. März 2026", "Mo", "Kalenderwoche 10, 2026", id="de-AT"),
        pytest.param("es-MX", "domingo, 8 de marzo de 2026", "do", "Semana 11 de 2026", id="es-MX"),
        pytest.param("fr-CA", "dimanche 8 mars 2026", "di", "Semaine 11, 2026", id="fr-CA"),
    ],
)
async def test_weeks_start_where_the_reader_lives(visit, harbour, locale, sunday, first, title):
    page = await visit(harbour, "?view=week&day=2026-03-08", locale=locale)

    await expect(page.get_by_role("heading", level=1)).to_have_text(title)
    await expect(page.get_by_role("columnheader", name=sunday, exact=True)).to_be_visible()
    names = await weekdays(page)
    assert (len(names), names[0]) == (7, first)


NEW_YEARS = [
    # Day, the week from Monday by ISO 8601, the week from Sunday in which 1 January is.
    ("2026-01-01", "Week 1 of 2026", "Week 1 of 2026"),
    ("2027-01-01", "Week 53 of 2026", "Week 1 of 2027"),
    ("2026-12-26", "Week 52 of 2026", "Week 52 of 2026"),
    ("2026-12-27", "Week 52 of 2026", "Week 1 of 2027"),
    ("2023-01-01", "Week 52 of 2022", "Week 1 of 2023"),
]


async def test_weeks_are_counted_as_where_the_reader_lives(visit, harbour):
    for locale, place in (("en-GB", 1), ("en-US", 2)):
        page = await visit(harbour, locale=locale)
        for each in NEW_YEARS:
            await page.goto(f"{harbour}/calendar?view=week&day={each[0]}")
            await expect(page.get_by_role("heading", level=1)).to_have_text(each[place])


async def test_the_address_says_the_language_before_the_browser_does(visit, harbour):
    page = await visit(harbour, f"{MARCH}&lang=fr", locale="de-CH")

    await expect(page.get_by_role("heading", level=1)).to_have_text(FRENCH.month)
    await expect(page.locator("html")).to_have_attribute("lang", "fr")
    await page.get_by_role("button", name="Mois suivant").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Avril 2026")
    await expect(page).to_have_url(re.compile("lang=fr"))
    await page.reload()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Avril 2026")
    await expect(page.locator("a.brand")).to_have_attribute("href", "/?lang=fr")
    await page.get_by_role("link", name="Annuaire").click()
    await expect(page).to_have_url(re.compile(r"/directory\?.*lang=fr"))
    await expect(page.locator("html")).to_have_attribute("lang", "fr")
    await expect(page.get_by_role("link", name="Calendrier")).to_have_attribute(
        "href", "/calendar?lang=fr"
    )
    tabs = page.get_by_role("navigation").get_by_role("link")
    await expect(tabs.first).to_have_attribute("href", re.compile("lang=fr"))


async def test_a_language_has_the_region_in_which_the_browser_speaks_it(visit, harbour):
    page = await visit(harbour, f"{MARCH}&lang=de", locale="de-CH")
    await expect(page.locator("html")).to_have_attribute("lang", "de-CH")

    await page.goto(f"{harbour}/calendar{MARCH}&lang=de-AT")
    await expect(page.locator("html")).to_have_attribute("lang", "de-AT")


@pytest.mark.parametrize("lang", ["tlh", "", "-", "%00", "en-US-u-ca-buddhist"])
async def test_an_address_that_names_no_language_of_the_page_changes_nothing(visit, harbour, lang):
    page = await visit(harbour, f"{MARCH}&lang={lang}", locale="en-US")

    await expect(page).to_have_title(ENGLISH.title)
    await expect(page.locator("html")).to_have_attribute("lang", "en-US")


async def test_whoever_reads_none_of_the_languages_reads_english(visit, harbour):
    page = await visit(harbour, locale="fi-FI")

    await expect(page).to_have_title(ENGLISH.title)
    await expect(page.locator("html")).to_have_attribute("lang", "en")


async def test_a_language_that_was_chosen_stays(visit, harbour):
    page = await visit(harbour, f"{MARCH}&lang=de", locale="en-GB")

    await page.get_by_role("combobox", name="Sprache").select_option("Español")

    await expect(page.get_by_role("heading", level=1)).to_have_text(SPANISH.month)
    assert "lang=" not in page.url
    await page.goto(f"{harbour}/calendar{MARCH}")
    await expect(page.get_by_role("heading", level=1)).to_have_text(SPANISH.month)
    await page.goto(f"{harbour}/calendar{MARCH}&lang=en")
    await expect(page.get_by_role("heading", level=1)).to_have_text("March 2026")


async def test_only_the_messages_of_ones_language_are_loaded(visit, harbour):
    page = await visit(harbour, locale="fr-FR")
    await expect(page.get_by_role("heading", level=1)).to_have_text(FRENCH.month)

    scripts = await page.evaluate(
        "performance.getEntriesByType('resource').map(({name}) => name)"
        ".filter(name => name.endsWith('.js'))"
    )
    names = [re.sub(r"-[\w-]{8}\.js$", "", name.rsplit("/", 1)[1]) for name in scripts]
    assert sorted(names) == ["fr", "main"]


async def test_without_the_messages_of_ones_language_the_page_is_english(
    visit, harbour, complaints
):
    page = await visit(harbour, locale="en-GB")
    await page.route(re.compile(r"/de-[\w-]+\.js$"), lambda route: route.abort())

    await page.goto(f"{harbour}/calendar{MARCH}&lang=de")

    await expect(page.get_by_role("link", name="As CSV")).to_be_visible()
    await expect(page.locator("html")).to_have_attribute("lang", "en")
    forgive(complaints, "net::ERR_FAILED", "Failed to load")


async def test_what_goes_wrong_on_the_way_is_said_in_ones_language(visit, harbour, complaints):
    page = await visit(harbour, locale="de-DE")
    await expect(page.get_by_text(GERMAN.everybody, exact=True)).to_be_visible()
    await page.route("**/graphql", lambda route: route.abort())

    await page.get_by_role("button", name="Nächster Monat").click()

    alert = page.get_by_role("alert")
    await expect(alert).to_contain_text("Der Server ist nicht erreichbar.")
    await expect(alert.get_by_role("button", name="Noch einmal versuchen")).to_be_visible()
    forgive(complaints, "net::ERR_FAILED", "Failed to load")


async def too_wide(page):
    """How far the page, or what is in its windows, reaches beyond them."""
    boxes = page.locator(":root, dialog, .window-body, .figures")
    return await boxes.evaluate_all(
        "boxes => boxes.map(each => each.scrollWidth - each.clientWidth)"
    )


@pytest.mark.parametrize("said", SPOKEN, ids=lambda said: said.language)
@pytest.mark.parametrize("size", [(1440, 900), (360, 740)], ids=["wide", "narrow"])
async def test_no_day_is_written_as_programs_do_and_all_of_it_fits(visit, harbour, said, size):
    record = repeats.make(harbour, "Cy Moss", "2026-03-11", "2026-04-01")
    repeats.update(
        harbour,
        record,
        scope="ONE",
        originalDay="2026-03-18",
        startDay="2026-03-19",
        endDay="2026-03-19",
        batchEndTime="12:00",
    )
    try:
        page = await visit(
            harbour, "?view=week&day=2026-03-19&name=cy", size=size, locale=said.language
        )
        await expect(page.get_by_text(said.one, exact=True)).to_be_visible()
        read, wide = [await page.evaluate(WRITTEN)], await too_wide(page)
        await page.locator("[role=gridcell].paid").click()
        await page.locator(".window-body[aria-busy=false]").wait_for()
        read.append(await page.evaluate(WRITTEN))
        wide += await too_wide(page)
        await page.locator(".record .acts button").first.click()
        await page.locator("input[value=FOLLOWING]").check()
        await page.locator("input[type=date]").last.fill("2026-04-15")
        await page.locator("aside[aria-busy=false] .becoming li").first.wait_for()
        read.append(await page.evaluate(WRITTEN))
        wide += await too_wide(page)
    finally:
        for each in repeats.records(harbour, "Cy Moss"):
            repeats.delete(harbour, each["id"])

    assert [re.findall(ISO_DAY, text) for text in read] == [[], [], []]
    assert [re.findall(r"\{\w+|undefined|NaN|Invalid Date", text) for text in read] == [[], [], []]
    assert wide == [0] * len(wide)


async def test_a_code_that_the_page_does_not_know_is_said_as_the_gateway_says_it(visit, harbour):
    page = await visit(harbour, f"{MARCH}&name=cy", locale="es-ES")

    async def answer_otherwise(route):
        answer = await route.fetch()
        body = (await answer.text()).replace("DAYS_REVERSED", "BEYOND_THE_MOON")
        await route.fulfill(response=answer, body=body)

    await page.route("**/graphql", answer_otherwise)
    await page.get_by_role("button", name=SPANISH.new).click()
    await choose_worker(page, "Cy Moss", label="Quién se ausenta")
    await page.get_by_label("Primer día").fill("2026-03-12")
    await page.get_by_label("Último día").fill("2026-03-11")
    await page.get_by_label("Motivo").fill("medical")

    problem = page.locator(".field .problem")
    await expect(problem).to_have_text("2026-03-11 is before 2026-03-12.")


WITHOUT_WEEK_INFO = """
delete Intl.Locale.prototype.getWeekInfo;
delete Intl.Locale.prototype.weekInfo;
"""


@pytest.mark.parametrize(
    ("locale", "first"), [("en-US", "Su"), ("es-MX", "do"), ("de-AT", "Mo"), ("en-EG", "Sa")]
)
async def test_a_browser_that_knows_no_weeks_has_them_from_the_page(
    browser, harbour, locale, first
):
    context = await browser.new_context(locale=locale)
    await context.add_init_script(WITHOUT_WEEK_INFO)
    page = await context.new_page()
    await page.goto(f"{harbour}/calendar?view=week&day=2026-03-08")

    await page.locator(".days .day").first.wait_for()
    assert (await weekdays(page))[0] == first


@pytest.mark.parametrize("typed", ["1,5", "1.5", " 1,50"])
@pytest.mark.parametrize("locale", ["en-GB", "de-DE"])
async def test_hours_are_typed_with_a_comma_or_a_point(visit, harbour, locale, typed):
    """A field of numbers made 15 of 1,5 where the browser's own language writes 1.5."""
    page = await visit(harbour, "?view=month&day=2026-03-10&name=Edda&lang=de", locale=locale)
    await go_to(page, 10)
    await page.keyboard.press("n")
    hours = page.get_by_role("dialog").get_by_label("Stunden", exact=True)
    await hours.fill("")
    await hours.press_sequentially(typed)
    await expect(hours).to_have_value(typed)
    preview = page.get_by_role("complementary")
    await expect(preview).to_contain_text("1,5")
    await expect(preview).not_to_contain_text("15")
    await hours.fill("abc")
    await page.keyboard.press("Enter")
    await expect(hours).to_have_attribute("aria-invalid", "true")
    await page.get_by_role("radio", name="Ganze Tage").check()
    await expect(hours).to_have_value("8")


PAGES = {
    "/": "main",
    "/nope": "main",
    f"/calendar{MARCH}": "[role=gridcell]",
    f"/calendar{MARCH}&settle=1": "main [role=grid] input[type=checkbox]",
    "/directory": "main table td",
}
"""Pages, and what they have once they are drawn."""


@pytest.mark.parametrize("language", ["de", "es", "fr"])
async def test_on_a_phone_long_words_stick_out_nowhere_and_axe_finds_nothing(
    visit, harbour, complaints, language, needs_axe
):
    forgive(complaints, "404 for", "status of 404")
    page = await visit(harbour, locale=language, size=(360, 740))
    for path, drawn in PAGES.items():
        await page.goto(f"{harbour}{path}")
        await expect(page.locator(drawn).first).to_be_visible()

        assert await violations(page) == [], path
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
