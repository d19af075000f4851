"""Documents that are named instead of sent: Apollo's persisted queries, trusted documents."""

import json
from hashlib import sha256

import pytest

from graphql_schema.http.limits import Limits
from graphql_schema.http.operations import Operations
from graphql_schema.http.parameters import Parameters
from graphql_schema.schema import schema
from tests.graphql_http.clients import GRAPHQL_RESPONSE, open_socket

pytestmark = pytest.mark.only_on("sqlite")

QUERY = "{ __typename }"
OTHER = "{ other: __typename }"
ANSWER = {"data": {"__typename": "Query"}}
PRODUCTION = {"mode": "production", "auth": "off"}


def digest(document):
    return sha256(document.encode()).hexdigest()


def persisted(hash_, version=1):
    return {"persistedQuery": {"version": version, "sha256Hash": hash_}}


def codes(response):
    return [error["extensions"]["code"] for error in response.json()["errors"]]


@pytest.fixture
def trusted(tmp_path):
    """A file with one trusted document, under a name of its own."""
    file = tmp_path / "documents.json"
    file.write_text(json.dumps({"typename": QUERY}))
    return file


async def test_a_query_is_known_by_its_hash_once_it_was_sent(http):
    unknown = await http.post(extensions=persisted(digest(QUERY)))
    sent = await http.post(QUERY, extensions=persisted(digest(QUERY)))
    known = await http.post(extensions=persisted(digest(QUERY).upper()))
    by_get = await http.get(extensions=json.dumps(persisted(digest(QUERY))))

    assert unknown.json()["errors"][0]["message"] == "PersistedQueryNotFound"
    assert (unknown.status_code, codes(unknown)) == (200, ["PERSISTED_QUERY_NOT_FOUND"])
    assert [each.json() for each in (sent, known, by_get)] == [ANSWER] * 3


def text_of(size, name):
    document = f"{{ {name}: __typename }}"
    return document + "#" + "x" * (size - len(document) - 1)


def test_documents_are_kept_up_to_so_many_bytes_of_their_texts():
    limits = Limits(cached_document_bytes=1_000)
    operations = Operations(schema, limits, hides_suggestions=False, introspection=True)
    first, second, third = text_of(600, "a"), text_of(400, "b"), text_of(401, "c")

    def known(text):
        before = operations.executions.known_documents
        operations.prepare(Parameters(text))
        return operations.executions.known_documents > before

    assert [known(each) for each in (first, second, first, second)] == [False, False, True, True]
    assert operations.cached == (2, 1_000)
    assert [known(each) for each in (third, second, third, first)] == [False, True, True, False]
    assert operations.cached == (1, 600)


async def test_each_application_remembers_for_itself(gateway):
    async with gateway() as one, gateway() as another:
        await one.post(QUERY, extensions=persisted(digest(QUERY)))
        response = await another.post(extensions=persisted(digest(QUERY)))

    assert codes(response) == ["PERSISTED_QUERY_NOT_FOUND"]


@pytest.mark.parametrize(
    "extension",
    [
        persisted(digest(OTHER)),
        persisted(digest(QUERY), version=2),
        persisted(5),
        persisted(None),
        {"persistedQuery": []},
        {"persistedQuery": "x"},
        {"persistedQuery": {}},
    ],
    ids=str,
)
async def test_a_hash_that_is_none_is_refused(http, extension):
    response = await http.post(QUERY, extensions=extension)

    assert (response.status_code, codes(response)) == (400, ["BAD_REQUEST"])


async def test_what_cannot_run_is_not_remembered(http):
    for document in ("{", "{ nope }", "{" + "__typename " * 11 + "}"):
        await http.post(document, extensions=persisted(digest(document)))
        response = await http.post(extensions=persisted(digest(document)))

        assert codes(response) == ["PERSISTED_QUERY_NOT_FOUND"]


async def test_a_socket_knows_the_same_hashes(serving):
    with serving() as url:
        async with open_socket(url) as socket:
            (unknown,) = await socket.ask(extensions=persisted(digest(QUERY)))
            sent = await socket.ask(QUERY, extensions=persisted(digest(QUERY)))
        async with open_socket(url) as socket:
            known = await socket.ask(extensions=persisted(digest(QUERY)))

    assert unknown["message"] == "PersistedQueryNotFound"
    assert (sent, known) == (ANSWER, ANSWER)


@pytest.mark.parametrize("name", ["typename", digest(QUERY), f"sha256:{digest(QUERY)}"])
@pytest.mark.parametrize("mode", ["allow", "only"])
async def test_a_trusted_document_is_run_by_its_id(gateway, trusted, mode, name):
    async with gateway(trusted_documents=mode, trusted_documents_file=trusted) as http:
        by_post = await http.post(documentId=name)
        by_get = await http.get(documentId=name)

    assert (by_post.json(), by_get.json()) == (ANSWER, ANSWER)


async def test_without_the_mode_no_document_is_trusted(gateway, trusted):
    async with gateway(trusted_documents="off", trusted_documents_file=trusted) as http:
        response = await http.post(documentId="typename")

    assert (response.status_code, codes(response)) == (400, ["PERSISTED_QUERY_NOT_FOUND"])


async def test_an_unknown_id_is_refused(gateway, trusted):
    async with gateway(trusted_documents="allow", trusted_documents_file=trusted) as http:
        response = await http.post(documentId="other")

    assert (response.status_code, codes(response)) == (400, ["PERSISTED_QUERY_NOT_FOUND"])


async def test_where_others_are_allowed_they_run(gateway, trusted):
    async with gateway(trusted_documents="allow", trusted_documents_file=trusted) as http:
        sent = await http.post(OTHER)
        by_hash = await http.post(OTHER, extensions=persisted(digest(OTHER)))

    assert sent.json() == by_hash.json() == {"data": {"other": "Query"}}


async def test_where_only_trusted_ones_run_others_do_not(gateway, trusted):
    async with gateway(trusted_documents="only", trusted_documents_file=trusted) as http:
        same_text = await http.post(QUERY)
        its_hash = await http.post(extensions=persisted(digest(QUERY)))
        other = await http.post(OTHER)
        other_hash = await http.post(OTHER, extensions=persisted(digest(OTHER)))
        unknown_hash = await http.post(extensions=persisted(digest(OTHER)))

    assert same_text.json() == its_hash.json() == ANSWER
    for refused in (other, other_hash):
        assert (refused.status_code, codes(refused)) == (403, ["FORBIDDEN"])
    assert codes(unknown_hash) == ["PERSISTED_QUERY_NOT_SUPPORTED"]


async def test_a_trusted_document_passes_the_gate_too(gateway, trusted):
    trusted.write_text(json.dumps({"wide": "{" + "__typename " * 11 + "}"}))
    async with gateway(trusted_documents="only", trusted_documents_file=trusted) as http:
        response = await http.post(documentId="wide")

    assert (response.status_code, codes(response)) == (400, ["REQUEST_TOO_LARGE"])


@pytest.mark.parametrize("extension", [None, persisted(digest(QUERY))])
async def test_in_production_a_get_brings_no_document_of_its_own(gateway, extension):
    parameters = {"extensions": json.dumps(extension)} if extension else {}
    async with gateway(**PRODUCTION) as http:
        response = await http.get(query=QUERY, **parameters)

    assert (response.status_code, codes(response)) == (403, ["FORBIDDEN"])


async def test_in_production_a_get_names_what_was_persisted_or_is_trusted(gateway, trusted):
    async with gateway(
        trusted_documents="allow", trusted_documents_file=trusted, **PRODUCTION
    ) as http:
        await http.post(OTHER, extensions=persisted(digest(OTHER)))
        by_hash = await http.get(extensions=json.dumps(persisted(digest(OTHER))))
        by_id = await http.get(documentId="typename")

    assert by_hash.json() == {"data": {"other": "Query"}}
    assert by_id.json() == ANSWER


async def test_a_persisted_mutation_may_not_come_by_get(http):
    mutation = "mutation { deleteHolidays(input: { ids: [] }) { userErrors { code } } }"
    await http.post(mutation, extensions=persisted(digest(mutation)))
    response = await http.get(extensions=json.dumps(persisted(digest(mutation))))

    assert (response.status_code, response.headers["allow"]) == (405, "POST")


async def test_a_hash_that_is_not_known_is_refused_in_the_types_own_status(gateway):
    async with gateway(status_codes="draft-2026") as http:
        response = await http.post(
            headers={"accept": GRAPHQL_RESPONSE}, extensions=persisted(digest(QUERY))
        )

    assert codes(response) == ["PERSISTED_QUERY_NOT_FOUND"]
