"""Examples of requests with their answers, for the OpenAPI document and the page of it.

They are in examples.json, in the order in which tests send them to a gateway of a small company.
"""

import json
import shlex
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from app.http_json import JSON

FILE: Final = Path(__file__).with_name("examples.json")


@dataclass(frozen=True, slots=True)
class Example:
    """A request of an operation, below its face's prefix, and how it was answered.

    ``answer`` is None where the answer has no body.
    """

    operation: str
    summary: str
    method: str
    path: str
    status: int
    body: Any = None
    answer: Any = None

    def command(self, prefix: str) -> str:
        """Return how curl sends it to the address in ``$GATEWAY``."""
        lines = [f'"$GATEWAY{prefix}{self.path}"']
        if self.method != ("GET" if self.body is None else "POST"):
            lines.insert(0, f"--request {self.method}")
        if self.body is not None:
            lines.append(f"--header 'Content-Type: {JSON}'")
            lines.append(f"--data {shlex.quote(json.dumps(self.body, indent=2))}")
        return "curl " + " \\\n  ".join(lines)


@cache
def examples() -> Mapping[str, Sequence[Example]]:
    """Return the examples of each operation, in order."""
    found: dict[str, list[Example]] = defaultdict(list)
    for given in json.loads(FILE.read_text("utf-8")):
        example = Example(**given)
        found[example.operation].append(example)
    return found


def documented(prefix: str, operation: Mapping[str, Any]) -> dict[str, Any]:
    """Return an operation of the OpenAPI document with its examples.

    ``x-codeSamples`` is what many tools read, ours among them; a sample's label is the summary of
    the example that is its answer.
    """
    shown = examples().get(operation["operationId"], ())
    described = dict(operation)
    for number, example in enumerate(shown, 1):
        if example.body is not None:
            _add(described["requestBody"], number, example.summary, example.body)
        if example.answer is not None:
            answered = described["responses"][str(example.status)]
            _add(answered, number, example.summary, example.answer)
    described["x-codeSamples"] = [
        {
            "lang": "Shell",
            "label": each.summary,
            "source": each.command(prefix),
            "x-status": each.status,
        }
        for each in shown
    ]
    return described


def _add(described: Mapping[str, Any], number: int, summary: str, value: object) -> None:
    told = described["content"][JSON].setdefault("examples", {})
    told[f"example{number}"] = {"summary": summary, "value": value}
