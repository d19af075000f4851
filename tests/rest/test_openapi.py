"""The OpenAPI document, and the page on which it is read."""

import json
import re
import shlex
from html.parser import HTMLParser

import pytest

from app.rest.examples import FILE
from tests.rest.faces import running
from tests.rest.recorded import address_of, replay

VOID = {"meta", "link", "br", "img", "input", "hr", "wbr"}


@pytest.fixture
async def document(gateway):
    return (await gateway.get("/openapi.json")).json()


def operations(document):
    return [
        (method, path, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]


def described(schema, path=""):
    """Every field of a schema, by its path."""
    for name, field in schema.get("properties", {}).items():
        yield f"{path}.{name}", field


@pytest.mark.only_on("sqlite")
async def test_every_endpoint_of_the_issue_is_in_the_document(document):
    person = "/procore/v2/companies/{company_id}/people/{person_id}/time-off"

    assert document["openapi"] == "3.1.0"
    assert sorted((method.upper(), path) for method, path, _ in operations(document)) == sorted(
        [
            ("POST", "/kantata/api/v1/time_off_entries"),
            ("GET", "/kantata/api/v1/time_off_entries"),
            ("DELETE", "/kantata/api/v1/time_off_entries"),
            ("PUT", "/kantata/api/v1/time_off_entries/{id}"),
            ("DELETE", "/kantata/api/v1/time_off_entries/{id}"),
            ("GET", "/kantata/api/v1/users"),
            ("GET", "/kantata/api/v1/users/{id}"),
            ("GET", "/kantata/api/v1/roles"),
            ("GET", "/kantata/api/v1/external_references"),
            ("POST", person),
            ("GET", person),
            ("GET", f"{person}/{{id}}"),
            ("PATCH", f"{person}/{{id}}"),
            ("DELETE", f"{person}/{{id}}"),
        ]
    )


@pytest.mark.only_on("sqlite")
async def test_everything_is_described(document):
    for _, path, operation in operations(document):
        assert operation["summary"]
        assert operation["description"]
        assert all(each["description"] for each in operation["parameters"]), path
        assert all(each["description"] for each in operation["responses"].values())
    for name, schema in document["components"]["schemas"].items():
        assert schema["description"], name
        for field, facts in described(schema, name):
            assert facts.get("description"), field


@pytest.mark.only_on("sqlite")
async def test_operations_have_unique_names_and_references_lead_somewhere(document):
    names = [operation["operationId"] for _, _, operation in operations(document)]

    assert len(set(names)) == len(names)
    schemas = set(document["components"]["schemas"])
    assert set(re.findall(r"#/components/schemas/(\w+)", str(document))) == schemas


@pytest.mark.only_on("sqlite")
async def test_writing_takes_a_key_and_reading_does_not(document):
    for method, _, operation in operations(document):
        names = {each["name"] for each in operation["parameters"]}
        assert ("Idempotency-Key" in names) == (method != "get")


class Page(HTMLParser):
    """What a page is made of; refuses tags that are not closed in order."""

    def __init__(self):
        super().__init__()
        self.tags, self.open, self.ids, self.links = [], [], [], []
        self.text = ""

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        if tag not in VOID:
            self.open.append(tag)
        facts = dict(attrs)
        assert not any(name.startswith("on") or name == "style" for name in facts)
        if "id" in facts:
            self.ids.append(facts["id"])
        if "href" in facts:
            self.links.append(facts["href"])

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


async def page_of(gateway):
    answer = await gateway.get("/openapi")
    page = Page()
    page.feed(answer.text)
    assert not page.open
    return answer, page


@pytest.mark.only_on("sqlite")
async def test_the_page_shows_every_endpoint_and_every_field(gateway, document):
    _, page = await page_of(gateway)

    for method, path, operation in operations(document):
        assert f"{method.upper()} {path}" in page.text
        assert operation["summary"] in page.text
        assert operation["operationId"] in page.ids
    for model, schema in document["components"]["schemas"].items():
        if "Error" not in model:  # these stand under "Refusals", in words
            assert all(name in page.text for name in schema["properties"]), model
    assert {link for link in page.links if link.startswith("#")} == {
        f"#{each}" for each in page.ids if each != "contents"
    }


@pytest.mark.only_on("sqlite")
async def test_the_page_loads_nothing_from_elsewhere(gateway):
    answer, page = await page_of(gateway)

    policy = answer.headers["content-security-policy"]
    assert re.fullmatch(
        r"default-src 'none'; script-src 'sha256-[^' ]+'; style-src 'sha256-[^' ]+'; "
        r"img-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
        policy,
    )
    assert page.tags.count("script") == page.tags.count("style") == 1
    assert not {"iframe", "object", "embed"} & set(page.tags)
    assert "http" not in "".join(page.links)


@pytest.mark.only_on("sqlite")
async def test_the_page_has_one_heading_of_the_first_rank_our_header_and_a_language(gateway):
    answer, page = await page_of(gateway)

    assert page.tags.count("h1") == page.tags.count("main") == page.tags.count("header") == 1
    assert {"/", "/docs", "/calendar", "/openapi"} <= set(page.links)
    assert re.match(r'<!doctype html>\s*<html lang="en">', answer.text)
    assert "GATEWAY=http://localhost" in answer.text


# Examples


@pytest.mark.only_on("sqlite")
async def test_every_operation_has_examples_and_some_show_a_refusal(document):
    samples = [
        (operation, sample)
        for _, _, operation in operations(document)
        for sample in operation["x-codeSamples"]
    ]

    assert {each["operationId"] for each, _ in samples} == {
        each["operationId"] for _, _, each in operations(document)
    }
    assert {sample["x-status"] for _, sample in samples} == {200, 204, 400}
    assert len(samples) == len(recorded())


async def test_the_examples_are_answered_as_they_are_shown(gateway):
    assert await replay(gateway, recorded()) == recorded()


@pytest.mark.only_on("sqlite")
async def test_curl_is_told_what_was_sent_and_the_document_has_what_was_answered(document):
    """So what a reader copies is what was tried."""
    shown = {
        (operation["operationId"], sample["label"]): (operation, sample)
        for _, _, operation in operations(document)
        for sample in operation["x-codeSamples"]
    }
    assert len(shown) == len(recorded())

    for each in recorded():
        operation, sample = shown[each["operation"], each["summary"]]
        name, *words = shlex.split(sample["source"].replace("\\\n", " "))
        address = next(word for word in words if word.startswith("$GATEWAY"))
        assert (name, address) == ("curl", f"$GATEWAY{address_of(each['path'])}")
        options = [word for word in words if word != address]
        told = dict(zip(options[::2], options[1::2], strict=True))
        method = told.get("--request", "POST" if "--data" in told else "GET")
        assert method == each["method"]
        assert ("--data" in told) == ("body" in each)
        if "body" in each:
            assert json.loads(told["--data"]) == each["body"]
            assert told["--header"] == "Content-Type: application/json"
            assert each["body"] in values_of(operation["requestBody"])
        if "answer" in each:
            assert each["answer"] in values_of(operation["responses"][str(each["status"])])


def recorded():
    return json.loads(FILE.read_text("utf-8"))


def values_of(described):
    (content,) = described["content"].values()
    return [each["value"] for each in content["examples"].values()]


@pytest.mark.only_on("sqlite")
async def test_the_page_shows_every_example_with_its_answer(gateway):
    _, page = await page_of(gateway)
    text = " ".join(page.text.split())

    for each in recorded():
        assert f"Example: {each['summary']}" in text
        assert f"Answers {each['status']}" in text
        if "answer" in each:
            assert " ".join(json.dumps(each["answer"], indent=2).split()) in text


@pytest.mark.only_on("sqlite")
async def test_both_are_there_in_production(database_url):
    async with running(database_url, mode="production", auth="off") as gateway:
        assert (await gateway.get("/openapi.json")).status_code == 200
        assert (await gateway.get("/openapi")).status_code == 200
