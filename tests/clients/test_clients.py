"""Clients of others, as they are, get along with the gateway; docs/clients.md shows them."""

import json
import sys

import pytest

from tests.clients.tools import (
    CLIENTS,
    PROGRAMS,
    PYTHON_PROGRAMS,
    Ended,
    must_run,
    needs_npm,
    run,
    workshop,
)

ALL_PASSED = Ended(0, "all passed\n")

pytestmark = pytest.mark.process


@pytest.fixture(scope="module")
def relay(schema, tmp_path_factory):
    """The Relay client, compiled: a folder with its script and its documents by id."""
    folder = workshop(CLIENTS / "relay", tmp_path_factory.mktemp("relay"), schema)
    (folder / "documents.json").write_text("{}")  # the compiler wants to find it
    must_run(PROGRAMS / "relay-compiler", cwd=folder)
    return folder


@pytest.fixture(scope="module")
def codegen(schema, tmp_path_factory):
    """The graphql-codegen client: its types generated, checked and compiled."""
    folder = workshop(CLIENTS / "codegen", tmp_path_factory.mktemp("codegen"), schema)
    must_run(PROGRAMS / "graphql-codegen", "--config", "codegen.json", cwd=folder)
    must_run(PROGRAMS / "tsc", cwd=folder)
    return folder


@pytest.fixture(scope="module")
def ariadne(schema, tmp_path_factory):
    """The ariadne-codegen client, generated."""
    folder = workshop(CLIENTS / "ariadne", tmp_path_factory.mktemp("ariadne"), schema)
    must_run(PYTHON_PROGRAMS / "ariadne-codegen", cwd=folder)
    return folder


@pytest.fixture(scope="module")
def endpoint_for_trusted_documents(relay, codegen, serving_the_company, tmp_path_factory):
    """The address of a gateway that runs what Relay and graphql-codegen wrote, and no more."""
    documents = json.loads((relay / "documents.json").read_text())
    documents |= json.loads((codegen / "generated" / "persisted-documents.json").read_text())
    file = tmp_path_factory.mktemp("trusted") / "documents.json"
    file.write_text(json.dumps(documents))
    with serving_the_company(
        TIMEOFF_MODE="production",
        TIMEOFF_AUTH="off",
        TIMEOFF_TRUSTED_DOCUMENTS="only",
        TIMEOFF_TRUSTED_DOCUMENTS_FILE=str(file),
    ) as url:
        yield url


@needs_npm
@pytest.mark.parametrize(
    "client", ["apollo", "urql", "graphql_ws", "following_ws", "following_sse"]
)
def test_a_client_from_npm(client, endpoint):
    assert run("node", f"{client}.mjs", endpoint) == ALL_PASSED


@pytest.mark.parametrize("client", ["gql_client", "following_gql"])
def test_gql_over_http_and_websocket(client, endpoint):
    assert run(sys.executable, CLIENTS / f"{client}.py", endpoint) == ALL_PASSED


@needs_npm
def test_clients_from_npm_with_a_token(guarded_endpoint):
    assert run("node", "tokens.mjs", *guarded_endpoint) == ALL_PASSED


def test_gql_with_a_token(guarded_endpoint):
    assert run(sys.executable, CLIENTS / "gql_token.py", *guarded_endpoint) == ALL_PASSED


def test_a_reader_of_the_change_feed(endpoint):
    assert run(sys.executable, CLIENTS / "change_reader.py", endpoint) == ALL_PASSED


def test_ariadne_codegen(ariadne, endpoint):
    assert run(PYTHON_PROGRAMS / "python", "client.py", endpoint, cwd=ariadne) == ALL_PASSED


@needs_npm
def test_relay_by_the_ids_of_its_documents(relay, endpoint_for_trusted_documents):
    assert run("node", "client.mjs", endpoint_for_trusted_documents, cwd=relay) == ALL_PASSED


@needs_npm
def test_graphql_codegen_by_the_ids_of_its_documents(codegen, endpoint_for_trusted_documents):
    ended = run("node", "built/client.js", endpoint_for_trusted_documents, cwd=codegen)

    assert ended == ALL_PASSED


@needs_npm
def test_the_audits_of_graphql_over_http_all_pass(development_endpoint):
    ended = run("node", "audits.mjs", development_endpoint)

    assert ended == Ended(0, '{"ok":61,"notice":0,"warn":0,"error":0}\n')
