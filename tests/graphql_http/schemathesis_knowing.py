"""Lets most requests name what the demo data has. Loaded by schemathesis itself."""

import zlib

import graphql
import schemathesis
from schemathesis.graphql import nodes

import tests.graphql_http.schemathesis_scalars  # noqa: F401 - registers our scalars

COMPANY = "a4592b47-42ae-478f-926d-e77a7f768059"
KNOWN = {
    "companyId": nodes.String(COMPANY),
    "userId": nodes.String("1"),
    "personId": nodes.String("81c63107-6843-4822-be42-a40b41e75285"),
    "reason": nodes.String("vacation"),
    "hours": nodes.Int(1),
    "first": nodes.Int(3),
    "batchStartTime": nodes.String("07:00"),
    "batchEndTime": nodes.String("15:00"),
    "endDay": nodes.String("2026-12-31"),
}
LEFT_OUT = {"after", "before", "last", "to", "cadence", "repeat", "idempotencyKey"}
MADE_KNOWN = 3
"""Of four requests so many name what is there; a fourth is as it was made."""


class _Knowing(graphql.Visitor):
    """Names what the demo data has, for more requests to find something."""

    def enter_field(self, node, *_):
        return self._mended(node, "arguments")

    def enter_object_value(self, node, *_):
        return self._mended(node, "fields")

    @staticmethod
    def _mended(node, members):
        kept = [each for each in getattr(node, members) if each.name.value not in LEFT_OUT]
        for each in kept:
            each.value = KNOWN.get(each.name.value, each.value)
        setattr(node, members, tuple(kept))
        return node


@schemathesis.hook
def map_body(_context, body):
    """Change what hypothesis-graphql made, most of the time."""
    if not isinstance(body, graphql.DocumentNode):
        return body
    if zlib.crc32(graphql.print_ast(body).encode("utf-8", "replace")) % 4 >= MADE_KNOWN:
        return body
    return graphql.visit(body, _Knowing())
