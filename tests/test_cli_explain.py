"""`timeoff explain` in a process of its own: no server runs, and no database is there."""

import json

import pytest

from tests import builders, warm
from tests.graphql_http.clients import over_http
from tests.server import clean_environment

pytestmark = pytest.mark.process

NOWHERE = "postgresql://nobody@127.0.0.1:1/nothing"
DOCUMENT = """
query Page($first: Int = 3, $filter: TimeOffEntryFilter) {
  mine: timeOffEntries(first: $first, filter: $filter) {
    totalCount
    nodes { id hours user { fullName } externalReferences { serviceName } }
  }
  users { nodes { id timeOffEntries { totalCount } } }
  node(id: "VXNlcjox") { id }
  user(id: 1) { fullName }
  unknown: user(id: "A_PERSON") { fullName }
}
query Schema { __schema { queryType { name } } }
mutation Delete { deleteTimeOffEntries(input: { ids: [1, 2] }) { userErrors { code } } }
""".replace("A_PERSON", builders.node_id("Person", builders.PERSON))
LARGE = "{ users(first: 500) { nodes { timeOffEntries(first: 500) { nodes { id hours } } } } }"


@pytest.fixture
def explain(tmp_path):
    """Run the command on a document, and return how it ended."""

    def run(document, *options):
        file = tmp_path / "document.graphql"
        file.write_bytes(document if isinstance(document, bytes) else document.encode())
        environment = clean_environment() | {"TIMEOFF_DATABASE_URL": NOWHERE}
        return warm.run("explain", file, *options, env=environment, cwd=tmp_path)

    return run


def test_each_root_field_is_told_with_its_reason_and_its_sql(explain):
    ended = explain(DOCUMENT, "--operation", "Page", "--variables", '{"filter": {"userIds": [1]}}')

    assert (ended.returncode, ended.stderr) == (0, "")
    lines = ended.stdout.splitlines()
    assert lines[0] == "query Page: cost 648 of at most 250,000"
    assert [line.strip() for line in lines if line.startswith("  ") and line[2] != " "] == [
        "mine: timeOffEntries: rows: all that is selected are columns",
        (
            "users: objects: User.timeOffEntries is no column: a list of its own, with a filter, "
            "an order and pages"
        ),
        "node: objects: Node is an interface: only an object says its type",
        "user: rows: all that is selected are columns",
        "unknown: user: rows: null, for no object has such an id",
    ]
    # In the database's own words: the list, its count, the list below, and the single user.
    sql = [line for line in lines if line.startswith("    ")]
    assert sum(line.startswith("    SELECT") for line in sql) == 4
    assert any("time_off_entries.user_id = ANY ($1::BIGINT[])" in line for line in sql)


def test_sqlite_has_other_words(explain, tmp_path):
    url = f"sqlite:///{tmp_path / 'none.db'}"

    ended = explain("{ roles { nodes { name } } }", "--database-url", url)

    assert ended.returncode == 0
    assert "LIMIT ?" in ended.stdout
    assert not (tmp_path / "none.db").exists()


def test_what_graphql_core_runs_is_told_as_a_whole(explain):
    ended = explain(DOCUMENT, "--operation", "Schema")

    assert ended.stdout == (
        "query Schema: cost 3 of at most 250,000\n"
        "  all of it: graphql-core: `__schema` belongs to introspection\n"
    )


def test_what_a_mutation_stores_is_part_of_its_cost(explain):
    ended = explain(DOCUMENT, "--operation", "Delete")

    assert ended.stdout == (
        "mutation Delete: cost 62 of at most 250,000\n"
        "  deleteTimeOffEntries: objects: a mutation answers what it has just written\n"
    )


def test_variables_as_graphql_core_alone_reads_them(explain):
    ended = explain(DOCUMENT, "--operation", "Page", "--variables", '{"first": 2.0}')

    assert ended.returncode == 0
    assert "all of it: graphql-core: the variables are readable, but not as usual" in ended.stdout


@pytest.mark.only_on("sqlite")
@pytest.mark.parametrize(
    ("document", "variables", "name"),
    [
        ("{ users {", None, None),
        ("{ nothing }", None, None),
        (DOCUMENT, None, None),
        (DOCUMENT, None, "Nobody"),
        (DOCUMENT, {"first": 501}, "Page"),
        (DOCUMENT, {"first": "x"}, "Page"),
        (LARGE, None, None),
        ("{ " + " ".join(f"a{n}: __typename" for n in range(60)) + " }", None, None),
    ],
)
async def test_what_is_refused_is_answered_as_by_the_gateway(
    explain, database_url, document, variables, name
):
    options = ["--operation", name] if name else []
    options += ["--variables", json.dumps(variables)] if variables else []
    async with over_http(database_url) as http:
        answer = await http.post(query=document, variables=variables, operationName=name)

    ended = explain(document, *options)

    assert (ended.returncode, ended.stderr) == (1, "")
    assert json.loads(ended.stdout)["errors"] == answer.json()["errors"]


@pytest.mark.parametrize("variables", ["{", '{"a": 1, "a": 2}', "NaN"])
def test_variables_that_are_no_json_are_called_wrongly(explain, variables):
    ended = explain("{ __typename }", "--variables", variables)

    assert ended.returncode in {1, 2}
    assert "Traceback" not in ended.stderr
    assert ended.stderr or "variables is a JSON object" in ended.stdout


def test_a_document_that_is_no_text_is_refused(explain):
    ended = explain(b"{ users { \xff } }")

    assert (ended.returncode, ended.stderr) == (1, "")
    assert "lone surrogates" in ended.stdout
