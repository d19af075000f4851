"""The pages without a script, in every language: none lacks a text or a fact, and each is told."""

import json
import re
from contextlib import asynccontextmanager
from html import unescape
from pathlib import Path
from string import Formatter

import httpx
import pytest

from app.domain.access import AccessRole
from app.main import guarded
from app.oidc.errors import SignInFailure
from app.web import start, words
from app.web.words import FOLDER, all_words
from tests.applications import create_app, settings_of
from tests.web.test_calendar_messages import MESSAGES

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
LANGUAGES = sorted(all_words())


def texts_of(language):
    """Each text of a language by where it stands."""

    def flat(where, found):
        if isinstance(found, str):
            yield where, found
            return
        for name, inner in found.items():
            yield from flat(f"{where}.{name}" if where else name, inner)

    return dict(flat("", json.loads((FOLDER / f"{language}.json").read_text("utf-8"))))


def facts_of(text):
    return sorted(name for _, name, _, _ in Formatter().parse(text) if name is not None)


def test_they_are_the_languages_of_the_calendar():
    assert sorted(MESSAGES) == LANGUAGES


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_is_missing_left_over_empty_or_of_other_facts(language):
    english, texts = texts_of("en"), texts_of(language)

    assert [*texts] == [*english]
    assert {where: facts_of(text) for where, text in texts.items()} == {
        where: facts_of(text) for where, text in english.items()
    }
    assert [where for where, text in texts.items() if not text.strip()] == []
    if language == "fr":
        assert [where for where, text in texts.items() if re.search(r" [:;?!»]|« ", text)] == []


def test_no_text_of_another_language_is_still_english():
    same = {
        where
        for language in set(LANGUAGES) - {"en"}
        for where, text in texts_of(language).items()
        if text == texts_of("en")[where]
    }

    assert same <= {
        "start.doors.graphiql.title",
        "start.doors.docs.title",
        "start.version",
        "start.webhooks",
    } | {f"sign_in.roles.{role}" for role in AccessRole}


def test_each_role_failure_and_door_has_words():
    english = all_words()["en"]
    doors = {each.name for each in vars(start).values() if isinstance(each, start.Door)}

    assert {*english.sign_in.roles} == {each.value for each in AccessRole}
    assert {*english.sign_in.failures} == {*SignInFailure}
    assert {*english.start.doors} == doors


WEB = Path(words.__file__).parent
CODE = "".join(path.read_text("utf-8") for path in WEB.glob("*.py") if path.name != "words.py")
OWN = (WEB / "words.py").read_text("utf-8")


def is_said(group, name):
    """Whether the code reads this text of this group: of another object of a like name is none."""
    of_group = re.search(rf"\b(said|{group})\.{name}\b", CODE)
    return bool(of_group or re.search(rf"\bself\.{name}\b", OWN))


def test_each_text_is_said_somewhere():
    names = {tuple(where.split(".")[:2]) for where in texts_of("en")}

    assert {each for each in names if not is_said(*each)} == set()
    # As other objects have them, whose names say nothing of a text.
    assert not is_said("start", "headers")
    assert not is_said("sessions", "status")


@asynccontextmanager
async def gateway(database_url, **settings):
    app = create_app(database_url, **settings)
    transport = httpx.ASGITransport(guarded(app, settings_of(database_url, **settings)))
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client,
    ):
        yield client


TOLD = {
    "en": ("One GraphQL API over", "Access token", "This address leads nowhere.", "Sign in first"),
    "de": ("Eine GraphQL-Schnitt", "Zugangstoken", "Diese Adresse führt", "Melden Sie sich zuerst"),
    "es": ("Una API GraphQL sobre", "Token de acceso", "Esta dirección no", "Primero inicie sesi"),
    "fr": ("Une API GraphQL pour", "Jeton d’accès", "Cette adresse ne m", "Connectez-vous d’abord"),  # noqa: RUF001, as French is written
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.only_on("sqlite")
async def test_each_page_speaks_the_readers_language(database_url, language):
    headers = BROWSER | {"Accept-Language": f"it, {language}-CH;q=0.8, en;q=0.5"}
    start_page, sign_in, nowhere, nobody = TOLD[language]
    pages = {
        "/": (200, start_page),
        "/sign-in": (200, sign_in),
        "/nope": (404, nowhere),
        "/procore/v2/companies/x/people/y/time-off": (401, nobody),
    }
    async with gateway(database_url, auth="required") as client:
        for path, (status, told) in pages.items():
            page = await client.get(path, headers=headers)

            assert (page.status_code, told in page.text) == (status, True), path
            assert f'<html lang="{language}" dir="ltr">' in page.text
            assert page.headers["Content-Language"] == language
            assert "Accept-Language" in page.headers["Vary"]


@pytest.mark.only_on("sqlite")
async def test_the_address_goes_before_the_browser_and_a_form_keeps_it(database_url):
    async with gateway(database_url, auth="required") as client:
        page = await client.get("/sign-in?lang=de", headers={"Accept-Language": "fr"})
        sent = await client.post(
            "/sign-in?lang=de", data={"token": "x"}, headers={"Sec-Fetch-Site": "same-origin"}
        )
        odd = await client.get('/sign-in?lang="><b>')

    assert 'action="/sign-in?lang=de"' in page.text
    assert (sent.status_code, "Dieses Token gilt nicht" in sent.text) == (401, True)
    assert "<b>" not in odd.text
    assert "Access token" in odd.text


def links(page):
    """Where a page leads, within the gateway."""
    return {unescape(each) for each in re.findall(r'(?:href|action)="(/[^"]*)"', page.text)}


@pytest.mark.only_on("sqlite")
async def test_what_is_asked_for_leads_on_in_the_language_of_its_address(database_url):
    async with gateway(database_url, auth="required") as client:
        start_page = await client.get("/?lang=fr", headers=BROWSER)
        nowhere = await client.get("/nope?lang=fr", headers=BROWSER)
        calendar = await client.get("/calendar?view=week&lang=fr", headers=BROWSER)
        sign_in = await client.get(calendar.headers["location"], headers=BROWSER)

    assert {"/calendar?lang=fr", "/directory?lang=fr", "/sign-in?lang=fr"} <= links(start_page)
    assert "/docs" in links(start_page)  # English whoever asks
    assert "/?lang=fr" in links(nowhere)
    assert calendar.headers["location"] == "/sign-in?return_to=/calendar%3Fview%3Dweek%26lang%3Dfr"
    assert sign_in.headers["Content-Language"] == "fr"


@pytest.mark.only_on("sqlite")
async def test_what_only_the_api_says_stays_english_and_is_marked_so(database_url):
    async with gateway(database_url, auth="off") as client:
        german = BROWSER | {"Accept-Language": "de"}
        page = await client.get("/exports/schedule.csv", headers=german)
        json_ = await client.get("/exports/schedule.csv", headers={"Accept-Language": "de"})

    assert "Der Server sagt dazu auf Englisch" in page.text
    assert '<span lang="en">from: This is required.' in page.text
    assert json_.json()["errors"][0]["message"] == "This is required."
    assert "Content-Language" not in json_.headers
