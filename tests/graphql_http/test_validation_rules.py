"""Rules that a document cannot break are left out; what is told stays the same."""

import json
from pathlib import Path

import pytest
from graphql import GraphQLSyntaxError, parse, validate

from graphql_schema.http.request_errors import MAX_ERRORS, rules
from graphql_schema.http.validation_rules import rules_for
from graphql_schema.schema import schema

CORE = schema._schema  # noqa: SLF001 - Strawberry has no public name for it
RULES = rules(introspection=True)
CORPUS = [
    json.loads(path.read_bytes()).get("query")
    for path in sorted((Path(__file__).parent / "worst").glob("*.json"))
]
BROKEN = [
    "{ nothing }",
    "{ users }",
    "{ node { id } }",
    "{ users(first: 1, first: 2) { totalCount } }",
    "{ users(last: $n) { totalCount } }",
    "query ($n: Int) { __typename }",
    "query ($n: Int, $n: Int) { users(first: $n) { totalCount } }",
    "query ($n: User) { users(first: $n) { totalCount } }",
    "query ($n: String) { users(first: $n) { totalCount } }",
    "{ ...Missing }",
    "{ __typename } fragment Unused on Query { __typename }",
    "{ __typename } fragment Unused on Nothing { __typename }",
    "{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }",
    "{ ...A } fragment A on User { id } fragment A on User { id }",
    "{ ... on User { id } }",
    "{ ... on Date { id } }",
    "{ __typename @nothing }",
    "{ __typename @skip(if: true) @skip(if: false) }",
    "{ __typename @skip }",
    "{ __typename @skip(unless: true) }",
    'query A { a: node(id: "$ @ ...") { id } a: node(id: "1") { id } } query A { __typename }',
    "query A { __typename } { __typename }",
    "{ users(filter: { name: 1, name: 2 }) { totalCount } }",
    "subscription { __typename }",
    "type User { id: ID }",
]


@pytest.mark.parametrize("document", [*BROKEN, *filter(None, CORPUS)])
def test_the_same_errors_as_by_all_rules(document):
    try:
        parsed = parse(document)
    except GraphQLSyntaxError:
        return
    by_all, by_some = (
        [error.formatted for error in validate(CORE, parsed, those, max_errors=MAX_ERRORS)]
        for those in (RULES, rules_for(document, RULES))
    )

    assert by_some == by_all
    assert by_all or document not in BROKEN


def test_a_plain_document_is_spared_what_it_cannot_break():
    assert len(rules_for("{ users { totalCount } }", RULES)) == len(RULES) - 17
    assert list(rules_for("query ($a: Int) { ...A @skip(if: $a) }", RULES)) == list(RULES)
