"""Writes every mutant of a module as a line of JSON; runs where Cosmic Ray is installed.

Left out is what no test could see, or what Python would refuse at once: the ``|`` of
``int | None``, how a dataclass is made (frozen, slots) and an argument is given (by its name),
and ``==`` for ``is``, which are the same for None and the members of an enumeration.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

from cosmic_ray import plugins
from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.operators.operator import Operator

LEFT_OUT = (
    "core/ReplaceBinaryOperator_BitOr_",
    "core/ReplaceComparisonOperator_Is_Eq",
    "core/ReplaceComparisonOperator_IsNot_NotEq",
)
LINES_LEFT_OUT = ("@dataclass", "*,")


def operators() -> Iterator[tuple[str, Operator]]:
    """Yield each operator that needs no arguments, with its name."""
    for name in sorted(plugins.operator_names()):
        operator = plugins.get_operator(name)
        if not operator.arguments() and not name.startswith(LEFT_OUT):
            yield name, operator()


def mutants(source: str) -> Iterator[dict[str, object]]:
    """Yield the mutants of a module's source, each other source once."""
    tree = get_ast(source)
    lines = source.splitlines()
    seen = {source}
    for name, operator in operators():
        positions = [
            start for node in ast_nodes(tree) for start, _ in operator.mutation_positions(node)
        ]
        for occurrence, (line, _) in enumerate(positions):
            mutated = mutate_code(source, operator, occurrence)
            is_left_out = lines[line - 1].lstrip().startswith(LINES_LEFT_OUT)
            if mutated is not None and mutated not in seen and not is_left_out:
                seen.add(mutated)
                yield {"operator": name.removeprefix("core/"), "line": line, "source": mutated}


if __name__ == "__main__":
    for each in mutants(Path(sys.argv[1]).read_text("utf-8")):
        print(json.dumps(each))
