"""The OpenAPI document, and the page on which it is read."""

import re
from html.parser import HTMLParser

import pytest

from tests.rest.faces import running

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
        f"#{each}" for each in page.ids
    }


@pytest.mark.only_on("sqlite")
async def test_the_page_loads_nothing_and_runs_nothing(gateway):
    answer, page = await page_of(gateway)

    policy = answer.headers["content-security-policy"]
    assert re.fullmatch(
        r"default-src 'none'; style-src 'sha256-[^']+'; "
        r"base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        policy,
    )
    assert not {"script", "img", "iframe", "link", "form"} & set(page.tags)
    assert "http" not in "".join(page.links)


@pytest.mark.only_on("sqlite")
async def test_the_page_has_one_heading_of_the_first_rank_and_a_language(gateway):
    answer, page = await page_of(gateway)

    assert page.tags.count("h1") == page.tags.count("main") == page.tags.count("nav") == 1
    assert answer.text.startswith('<!doctype html><html lang="en">')


@pytest.mark.only_on("sqlite")
async def test_both_are_there_in_production(database_url):
    async with running(database_url, mode="production", auth="off") as gateway:
        assert (await gateway.get("/openapi.json")).status_code == 200
        assert (await gateway.get("/openapi")).status_code == 200
