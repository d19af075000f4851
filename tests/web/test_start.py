"""The start page and the guides, as the server sends them in either mode."""

import re
from base64 import b64encode
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from hashlib import sha256
from html import escape
from html.parser import HTMLParser
from urllib.parse import urldefrag, urljoin

import httpx
import pytest
from starlette.applications import Starlette

from app.web.documentation import FOLDER, READERS, by_reader, guides
from app.web.documentation_search import MOST_LETTERS, GuideIndex
from app.web.markdown import to_guide
from app.web.start import EXPORT, start_route
from graphql_schema.http.media_types import wants_page
from tests.applications import create_app

PAGE = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
START = "http://127.0.0.1/"


class Reader(HTMLParser):
    """Reads a page: where its links lead, and which places it has."""

    def __init__(self, text):
        super().__init__()
        self.links, self.places, self.tags = [], [], set()
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.tags.add(tag)
        if tag == "a":
            self.links.append(given["href"])
        if "id" in given:
            self.places.append(given["id"])


@asynccontextmanager
async def visiting(app, root_path=""):
    transport = httpx.ASGITransport(app, root_path=root_path)
    async with httpx.AsyncClient(transport=transport, base_url=START) as client:
        yield client


def gateway(database_url, **settings):
    return create_app(database_url, **{"auth": "off"} | settings)


@pytest.fixture
async def client(database_url):
    app = gateway(database_url)
    async with app.router.lifespan_context(app), visiting(app) as client:
        yield client


EVERYTHING = ["calendar", "directory", "graphiql", "schema", "rest", "export", "docs"]


@pytest.mark.parametrize(
    ("settings", "doors"),
    [
        pytest.param({}, EVERYTHING, id="development"),
        pytest.param(
            {"mode": "production"},
            ["calendar", "directory", "rest", "export", "docs"],
            id="world",
        ),
        pytest.param(
            {"mode": "production", "introspection": True},
            ["calendar", "directory", "schema", "rest", "export", "docs"],
            id="a world that may read the schema",
        ),
        pytest.param(
            {"introspection": False},
            ["calendar", "directory", "graphiql", "rest", "export", "docs"],
            id="development without introspection",
        ),
    ],
)
async def test_it_leads_to_what_is_served_and_to_nothing_else(database_url, settings, doors):
    app = gateway(database_url, **settings)
    async with app.router.lifespan_context(app), visiting(app) as client:
        index = (await client.get("/")).json()
        text = (await client.get("/", headers=PAGE)).text
        page = Reader(text)

        links = dict(index["links"])
        assert links.pop("graphql") == "/graphql"
        assert list(links) == doors
        # Nobody is asked here, so everybody may look at these; they are named for people.
        assert page.links == ["/webhooks", "/sync", *links.values()]
        assert all(f'href="{escape(link)}"' in text for link in page.links)
        for link in page.links:
            assert (await client.get(link, headers=PAGE)).status_code == 200, link
        for path in {"/schema.graphql", "/graphql"} - set(page.links):
            assert (await client.get(path, headers=PAGE)).status_code >= 400, path


@pytest.mark.parametrize("accept", ["*/*", "application/json", None])
@pytest.mark.only_on("sqlite")
async def test_who_asks_for_no_page_gets_json(client, accept):
    del client.headers["accept"]

    answer = await client.get("/", headers={"Accept": accept} if accept else {})

    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Vary"] == "Accept"
    assert {"name", "version", "links"} == set(answer.json())


def hash_of(tag, text):
    """How the policy names what stands in the one element of this name."""
    (found,) = re.findall(f"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
    return f"'sha256-{b64encode(sha256(found.encode()).digest()).decode()}'"


@pytest.mark.only_on("sqlite")
async def test_the_start_page_has_one_style_and_no_script(client):
    answer = await client.get("/", headers=PAGE)

    assert answer.headers["Content-Security-Policy"] == (
        f"default-src 'none'; style-src {hash_of('style', answer.text)}; img-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert not {"script", "iframe", "form", "object"} & Reader(answer.text).tags
    assert 'style="' not in answer.text
    assert "<!--" not in answer.text


@pytest.mark.parametrize("path", ["/docs", "/docs/frontend", "/docs?q=repeat", "/openapi"])
@pytest.mark.only_on("sqlite")
async def test_a_page_to_read_has_one_style_and_one_script_which_its_policy_names(client, path):
    answer = await client.get(path, headers=PAGE)

    assert answer.headers["Content-Security-Policy"] == (
        f"default-src 'none'; script-src {hash_of('script', answer.text)}; "
        f"style-src {hash_of('style', answer.text)}; img-src 'self'; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert not {"iframe", "object", "embed"} & Reader(answer.text).tags
    assert 'style="' not in answer.text
    assert "<!--" not in answer.text


@pytest.mark.only_on("sqlite")
async def test_below_the_prefix_of_a_proxy_all_links_have_it(database_url):
    async with visiting(gateway(database_url), root_path="/time") as client:
        # The proxy passes the path on whole: what comes is below the prefix.
        start = await client.get("/time/", headers=PAGE)
        index = await client.get("/time/")
        docs = await client.get("/time/docs", headers=PAGE)
        reference = await client.get("/time/openapi", headers=PAGE)

    assert all(link.startswith("/time/") for link in Reader(start.text).links)
    assert all(link.startswith("/time/") for link in index.json()["links"].values())
    assert all(link.startswith(("/time/", "#")) for link in Reader(docs.text).links)
    assert 'action="/time/docs"' in docs.text
    links = Reader(reference.text).links
    assert all(link.startswith(("/time/", "#")) or link == "openapi.json" for link in links)
    assert "GATEWAY=http://127.0.0.1/time" in reference.text
    assert 'src="/time/favicon.ico"' in start.text


@pytest.mark.only_on("sqlite")
async def test_a_strange_host_stays_text(database_url):
    async with visiting(gateway(database_url)) as client:
        page = await client.get("/", headers=PAGE | {"Host": '"><script>alert(1)</script>'})

    assert "<script" not in page.text


@pytest.mark.parametrize(
    ("today", "window"),
    [
        ("2028-02-29", "?from=2028-02-01&to=2028-02-29"),
        ("2026-12-01", "?from=2026-12-01&to=2026-12-31"),
    ],
)
async def test_the_export_is_of_this_month(today, window):
    def clock():
        return datetime.fromisoformat(today).replace(tzinfo=UTC)

    async def greet(_request, _words):
        return ""

    async with visiting(
        Starlette(routes=[start_route([EXPORT], "1", clock, wants_page, greet)])
    ) as client:
        index = (await client.get("/")).json()

    assert index["links"]["export"] == f"/exports/schedule.csv{window}"


@pytest.mark.only_on("sqlite")
async def test_the_schema_is_text_as_the_command_writes_it(client):
    answer = await client.get("/schema.graphql")

    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert answer.text == (FOLDER.resolve().parent / "graphql_schema/schema.graphql").read_text()


# The guides


@pytest.mark.only_on("sqlite")
async def test_every_guide_of_the_repository_is_listed_and_there(client):
    listed = Reader((await client.get("/docs", headers=PAGE)).text).links

    files = sorted(FOLDER.resolve().rglob("*.md"))
    assert len(files) >= 12
    for file in files:
        name = file.relative_to(FOLDER.resolve()).with_suffix("")
        assert f"/docs/{name}" in listed
        answer = await client.get(f"/docs/{name}", headers=PAGE)
        assert answer.status_code == 200
        assert f"<title>{escape(guides()[str(name)].title)} · " in answer.text
    assert all(guide.title and guide.summary for guide in guides().values())


@pytest.mark.parametrize("name", guides())
def test_the_summary_of_a_guide_is_a_whole_sentence(name):
    summary = guides()[name].summary

    assert re.match(r"[A-Z]|[a-z]+[-_][a-z]", summary), "a sentence or a name begins it"
    assert re.search(r"[A-Za-z)\"][.!?]$", summary), "it ends as a sentence does"
    assert not re.search(r"(e\.g|i\.e|etc|such as|approx|vs)\.$", summary)
    assert summary.count("(") == summary.count(")")
    assert 20 <= len(summary) <= 300


@pytest.mark.parametrize(
    ("text", "summary"),
    [
        ("For payroll: a row a day. And more:", "For payroll: a row a day."),
        ("Some days, e.g. holidays, count. More.", "Some days, e.g. holidays, count."),
        ("What is it? This.", "What is it?"),
        ("`timeoff` runs it. `x` too.", "timeoff runs it."),
        ("Only one", "Only one"),
        ("As schedule does ([schedule.md](schedule.md)). More.", "As schedule does."),
    ],
)
def test_a_summary_is_the_first_sentence(text, summary):
    assert to_guide(f"# Title\n\n{text}\n").summary == summary


def test_every_guide_is_for_somebody_and_none_for_two():
    named = [name for reader in READERS for name in reader.guides]

    assert len(named) == len(set(named))
    assert set(named) == {name for name in guides() if not name.startswith("decisions/")}
    assert sorted(name for names in by_reader().values() for name in names) == sorted(guides())


@pytest.mark.only_on("sqlite")
async def test_a_guide_lists_its_headings_and_says_for_whom_it_is(client):
    page = await client.get("/docs/access", headers=PAGE)
    places = [each.place for each in guides()["access"].sections if each.level in {2, 3}]

    links = Reader(page.text).links
    assert len(places) > 5
    within = [link for link in links if link.startswith("#")]
    assert within[: 1 + 2 * len(places)] == [
        "#text",
        *2 * [f"#{place}" for place in places],  # beside the text, and above it on a phone
    ]
    assert "/docs#operators" in links
    assert "/docs/security" in links


@pytest.mark.parametrize("name", guides())
def test_no_place_is_on_a_guide_twice(name):
    places = [each.place for each in guides()[name].sections]

    assert len(places) == len(set(places))
    assert all(f'id="{place}"' in guides()[name].html for place in places)


def test_headings_of_the_same_words_have_places_of_their_own():
    guide = to_guide("# A\n\n## B\n\none\n\n## B\n\ntwo\n\n```sh\nthree\n```\n\n## C\n")

    assert [(each.place, each.text) for each in guide.sections] == [
        ("a", ""),
        ("b", "one"),
        ("b-1", "two three"),
        ("c", ""),
    ]


def test_names_in_code_are_broken_between_their_words_only():
    html = to_guide("# A\n\n`TIMEOFF_LIMIT` `a<b` `workerIds`\n").html

    assert "<code>TIMEOFF_<wbr>LIMIT</code>" in html
    assert "<code>a&lt;b</code>" in html
    assert "<code>worker<wbr>Ids</code>" in html


def test_a_column_is_aligned_by_a_class_for_no_policy_lets_a_cell_have_a_style():
    html = to_guide("# A\n\n| a | b |\n|---|--:|\n| 1 | 2 |\n").html

    assert '<th class="right">b</th>' in html
    assert "style" not in html


def test_a_table_of_many_columns_is_not_stacked():
    html = to_guide("# A\n\n| a | b | c | d |\n|---|---|---|---|\n| 1 | 2 | 3 | 4 |\n").html

    assert '<div class="table" tabindex="0">' in html


@pytest.mark.only_on("sqlite")
async def test_the_pictures_of_guides_are_there_and_nothing_else(client):
    page = await client.get("/docs/performance", headers=PAGE)
    picture = await client.get("/docs/images/performance.svg")

    assert 'src="images/performance.svg"' in page.text
    assert (picture.status_code, picture.headers["Content-Type"]) == (200, "image/svg+xml")
    assert picture.headers["Content-Security-Policy"].startswith("default-src 'none';")
    for name in ("nope.svg", "..%2faccess.md", "%2e%2e%2faccess.md", "%00"):
        assert (await client.get(f"/docs/images/{name}")).status_code == 404


# The search


def results(text):
    """The headings that were found, with where they lead."""
    found = re.findall(r'<li>(?:<small>.*?</small>)?<a href="(.*?)">(.*?)</a>', text)
    return [(address, heading) for address, heading in found if "#" in address]


@pytest.mark.only_on("sqlite")
async def test_a_search_finds_sections_of_all_guides_by_words_in_any_form(client):
    page = await client.get("/docs", params={"q": "  IDEMPOTENCY kéy "}, headers=PAGE)

    found = results(page.text)
    place = "idempotency-keys-remember-their-input"
    assert found[0] == (
        f"/docs/decisions/0008-{place}#{place}",
        "Idempotency keys remember their input",
    )
    assert len({address.partition("#")[0] for address, _ in found}) > 4
    assert "<mark>idempotency</mark>" in page.text
    assert 'value="IDEMPOTENCY kéy"' in page.text
    assert f"{len(found)} places" in page.text
    for address, _ in found:
        target, place = urldefrag(address)
        assert place in Reader((await client.get(target, headers=PAGE)).text).places


@pytest.mark.only_on("sqlite")
async def test_all_words_have_to_be_there(client):
    both = results((await client.get("/docs", params={"q": "mirror holiday"})).text)
    one = results((await client.get("/docs", params={"q": "holiday"})).text)
    none = await client.get("/docs", params={"q": "holiday xyzzy"})

    assert 0 < len(both) <= len(one) <= 30
    assert "Nothing in the guides has all of it." in none.text
    assert results(none.text) == []


@pytest.mark.parametrize(
    "asked", ["<script>alert(1)</script>", "\u200b", "(.*)+$", "a" * 9000, "&q"]
)
@pytest.mark.only_on("sqlite")
async def test_a_strange_question_is_answered_as_text(client, asked):
    page = await client.get("/docs", params={"q": asked})

    assert page.status_code == 200
    assert page.text.count("<script") == 1
    assert escape(asked.strip()[:20]) in page.text


@pytest.mark.only_on("sqlite")
async def test_what_is_shown_as_the_question_is_what_was_searched_for(client):
    page = await client.get("/docs", params={"q": "holiday\0 " + "a" * 9000})

    assert f'value="holiday {"a" * (MOST_LETTERS - len("holiday "))}"' in page.text
    assert "\0" not in page.text
    assert "a" * MOST_LETTERS not in page.text


@pytest.mark.only_on("sqlite")
async def test_no_question_is_the_list(client):
    assert (await client.get("/docs", params={"q": " "})).text == (await client.get("/docs")).text


def test_an_excerpt_is_of_whole_words_around_the_first_that_was_found():
    text = f"{'before ' * 40}the Needle & thread {'after ' * 60}"
    index = GuideIndex({"a": to_guide(f"# A\n\n## B\n\n{text}\n")})

    (found,) = index.find("needle")
    assert (found.name, found.title, found.heading, found.place) == ("a", "A", "B", "b")
    assert re.fullmatch(
        r"… (before )+the <mark>Needle</mark> &amp; thread (after )*after …", found.excerpt
    )
    (whole,) = GuideIndex({"a": to_guide("# A\n\nFew words.\n")}).find("words few")
    assert whole.excerpt == "<mark>Few</mark> <mark>words</mark>."


@pytest.mark.only_on("sqlite")
async def test_every_link_between_the_guides_leads_to_its_place(client):
    seen = 0
    for name in guides():
        address = f"{START}docs/{name}"
        for link in Reader((await client.get(address, headers=PAGE)).text).links:
            target, place = urldefrag(urljoin(address, link))
            if target.startswith("https://"):
                continue
            answer = await client.get(target, headers=PAGE)
            assert answer.status_code == 200, (name, link)
            assert not place or place in Reader(answer.text).places, (name, link)
            seen += bool(place)
    assert seen >= 5


@pytest.mark.parametrize(
    "path", ["nope", "%2e%2e/README", "..%2fREADME", "clients.md", "/etc/passwd", "a%00", "%ff"]
)
@pytest.mark.only_on("sqlite")
async def test_what_is_no_guide_is_not_found(client, path):
    answer = await client.get(f"/docs/{path}", headers=PAGE)

    assert answer.status_code == 404
    assert answer.json()["errors"][0]["extensions"]["code"] == "NOT_FOUND"


@pytest.mark.only_on("sqlite")
async def test_a_slash_too_many_leads_to_the_list(client):
    answer = await client.get("/docs/", headers=PAGE)

    assert (answer.status_code, answer.headers["Location"]) == (308, "/docs")


def test_a_guide_is_rendered_with_its_places_links_and_tables():
    guide = to_guide(
        "# A `guide`\n\nFirst [one](other.md#a-place). Second.\n\n"
        "<!-- left out -->\n\n## A place, too\n\n| a | b |\n|---|---|\n| 1 | <b>2 |\n\n"
        "```js\na < b\n```\n\n[far](https://example.com/a.md) [script](javascript:x)\n"
    )

    assert (guide.title, guide.summary) == ("A guide", "First one.")
    assert guide.html == (
        '<h1 id="a-guide">A <code>guide</code></h1>\n'
        '<p>First <a href="other#a-place">one</a>. Second.</p>\n'
        '<h2 id="a-place-too">A place, too</h2>\n'
        '<div class="table stacks" tabindex="0"><table>\n'
        "<thead>\n<tr>\n<th>a</th>\n<th>b</th>\n</tr>\n</thead>\n"
        '<tbody>\n<tr>\n<td>1</td>\n<td data-label="b">2</td>\n</tr>\n</tbody>\n</table></div>\n'
        '<pre tabindex="0"><code>a &lt; b\n</code></pre>\n'
        '<p><a href="https://example.com/a.md">far</a> [script](javascript:x)</p>\n'
    )
