"""Makes operations of the schema, each with one root field, and prints them.

Run by `selections.py`, in the environment of the clients: hypothesis-graphql wants an older
graphql-core than the gateway.
"""

import argparse
import json
import random
import sys
from pathlib import Path

import graphql
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st
from hypothesis_graphql import mutations, nodes, queries

# What most of them mean is written over them later; here are the odd ones.
SCALARS = {
    "Date": st.sampled_from(["2026-11-02", "11/02/26", "2026-02-30", "1999-12-31", "", "today"]),
    "LocalTime": st.sampled_from(["07:00", "3:30 PM", "24:00", "noon", "", "07:07"]),
    "DateTime": st.sampled_from(
        ["2026-11-02T07:30:00Z", "2026-11-02", "2026-11-02T07:30:00+14:00"]
    ),
    "JSON": st.just("null"),
}


def main() -> None:
    """Print as many as are asked for, one JSON text a line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("schema", type=Path)
    parser.add_argument("count", type=int)
    parser.add_argument("seed", type=int)
    wanted = parser.parse_args()
    schema = graphql.build_schema(wanted.schema.read_text())
    scalars = {name: values.map(nodes.String) for name, values in SCALARS.items()}
    operations = [
        make(schema, fields=[name], custom_scalars=scalars, allow_x00=False)
        for make, type_ in ((queries, schema.query_type), (mutations, schema.mutation_type))
        for name in (type_.fields if type_ else ())
    ]

    chance = random.Random(wanted.seed)  # noqa: S311 - no secret
    for strategy in operations:
        show(strategy, -(-wanted.count // len(operations)), chance.getrandbits(32))


def show(strategy: st.SearchStrategy[str], count: int, number: int) -> None:
    """Print so many operations."""

    @seeded(number)
    @settings(
        max_examples=count,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def print_one(operation: str) -> None:
        sys.stdout.write(json.dumps(operation) + "\n")

    print_one()


if __name__ == "__main__":
    main()
