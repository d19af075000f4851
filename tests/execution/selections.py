"""What hypothesis-graphql makes of the schema, as it comes."""

import json
import subprocess
from collections import defaultdict
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from random import Random

from graphql import FieldNode, OperationDefinitionNode, parse

from tests.clients.tools import PROJECT, PYTHON_PROGRAMS

PYTHON = PYTHON_PROGRAMS / "python"
SCHEMA = PROJECT / "graphql_schema" / "schema.graphql"
PROGRAM = Path(__file__).with_name("made_selections.py")

MUTATIONS = 0.2
"""The share of operations that write."""


def selections(count: int, seed: int) -> Iterator[str]:
    """Yield so many operations of one root field."""
    command: list[str | Path] = [PYTHON, PROGRAM, SCHEMA, str(count), str(seed)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as making:
        assert making.stdout is not None
        yield from map(json.loads, making.stdout)
    assert making.returncode == 0


def groups(made: list[str], chance: Random) -> Iterator[list[list[str]]]:
    """Yield, without end, what makes one operation: selections of one to three root fields."""
    known: dict[str, dict[str, list[str]]] = {
        "query": defaultdict(list),
        "mutation": defaultdict(list),
    }
    for text in made:
        (operation,) = parse(text).definitions
        assert isinstance(operation, OperationDefinitionNode)
        (root,) = operation.selection_set.selections
        assert isinstance(root, FieldNode)
        known[operation.operation.value][root.name.value].append(text)
    dealt = {kind: _dealt(sorted(same), chance) for kind, same in known.items()}
    while True:
        kind = "mutation" if chance.random() < MUTATIONS else "query"
        same, count = known[kind], chance.choice((1, 1, 1, 1, 2, 3))
        names = list(islice(dealt[kind], count))
        yield [chance.choices(same[name], k=chance.choice((1, 1, 2, 3))) for name in names]


def _dealt(names: list[str], chance: Random) -> Iterator[str]:
    """Yield the names without end, each as often as the others: none is left out by chance."""
    while True:
        yield from chance.sample(names, k=len(names))
