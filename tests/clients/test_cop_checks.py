"""In production mode nothing that graphql-cop looks for is there.

graphql-cop (github.com/dolevf/graphql-cop) makes 13 requests and tells a weakness by the
answer. These are requests of our own for the same 13, and ask for more: that each is refused
by a well-formed answer, or harmless.
"""

import httpx
import pytest

pytestmark = pytest.mark.process

INTROSPECTION = "{ __schema { types { name fields { name } } } }"
CIRCLE = "{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }"


@pytest.fixture
def send(production_endpoint):
    def send(method, **request):
        return httpx.request(method, production_endpoint, timeout=300, **request)

    return send


@pytest.fixture
def post(send):
    return lambda query: send("POST", json={"query": query})


@pytest.fixture
def get(send):
    return lambda query, **headers: send("GET", params={"query": query}, headers=headers)


def refusal(response):
    """Return status and code of an answer that is nothing but one error."""
    answer = response.json()
    assert answer.keys() == {"errors"}
    [error] = answer["errors"]
    return response.status_code, error["extensions"]["code"]


def test_an_honest_query_is_answered(post):
    answer = post("{ __typename }")

    assert (answer.status_code, answer.json()) == (200, {"data": {"__typename": "Query"}})


def test_a_hundred_aliases_are_refused(post):
    aliases = " ".join(f"a{number}: __typename" for number in range(101))

    assert refusal(post(f"{{ {aliases} }}")) == (400, "REQUEST_TOO_LARGE")


def test_a_batch_of_requests_is_refused(send):
    answer = send("POST", json=[{"query": "{ __typename }"}] * 10)

    assert refusal(answer) == (400, "BAD_REQUEST")


def test_ten_directives_are_not_answered_one_by_one(post):
    answer = post(f"{{ __typename {'@aa ' * 10} }}").json()

    assert "data" not in answer
    assert len(answer["errors"]) < 10


def test_one_directive_many_times_is_refused(post):
    assert "data" not in post(f"{{ __typename {'@skip(if: false) ' * 10} }}").json()


def test_a_field_five_hundred_times_is_refused(post):
    assert refusal(post(f"{{ {'__typename ' * 500} }}")) == (400, "REQUEST_TOO_LARGE")


@pytest.mark.parametrize("query", [INTROSPECTION, CIRCLE], ids=["introspection", "circular"])
def test_the_schema_is_not_told(post, query):
    answer = post(query).json()

    assert "data" not in answer
    assert {error["extensions"]["code"] for error in answer["errors"]} == {
        "GRAPHQL_VALIDATION_FAILED"
    }


@pytest.mark.parametrize(
    "query", ["{ __schema { directive } }", "{ __typenam user(idd: 1) { i } }"]
)
def test_nothing_is_suggested(post, query):
    assert "did you mean" not in post(query).text.lower()


def test_a_query_by_get_is_refused(get):
    assert refusal(get("{ __typename }"))[0] in {400, 403, 405}


@pytest.mark.parametrize("accept", ["application/json", "application/graphql-response+json", "*/*"])
def test_a_mutation_by_get_is_refused(get, accept):
    answer = get("mutation { __typename }", Accept=accept)

    assert answer.status_code == 405
    assert "GET" not in answer.headers["Allow"]
    assert answer.json().keys() == {"errors"}


@pytest.mark.parametrize(
    "content_type",
    ["application/x-www-form-urlencoded", "multipart/form-data; boundary=b", "text/plain"],
)
def test_what_a_form_can_send_is_refused(send, content_type):
    body = "query=%7B__typename%7D" if "urlencoded" in content_type else '{"query":"{__typename}"}'

    answer = send("POST", content=body, headers={"Content-Type": content_type})

    assert refusal(answer)[0] == 415


def test_there_is_no_graphiql(send):
    answer = send("GET", headers={"Accept": "text/html"})

    assert answer.status_code >= 400
    assert "graphiql" not in answer.text.lower()
    assert "playground" not in answer.text.lower()


@pytest.mark.parametrize(
    "query",
    [
        "{ __typename }",
        "{ nothing }",
        "qwerty cop { abc }",
        '{ users(after: "x") { nodes { id } } }',
    ],
)
def test_no_answer_has_a_trace_or_an_exception(post, query):
    answer = post(query).json()

    assert "extensions" not in answer
    for error in answer.get("errors", []):
        assert error.keys() <= {"message", "locations", "path", "extensions"}
        assert error["extensions"].keys() <= {"code", "errorId", "path"}


def test_what_is_no_document_is_a_syntax_error_and_no_more(post):
    assert refusal(post("qwerty cop { abc }")) == (200, "GRAPHQL_PARSE_FAILED")
