"""GraphiQL's example operations, as the build reads them."""

import json
from dataclasses import dataclass
from pathlib import Path

from app.web import graphiql

EXAMPLES = Path(graphiql.__file__).with_name("graphiql") / "src" / "examples"


@dataclass(frozen=True)
class Example:
    """One tab of a first visit."""

    name: str
    query: str
    variables: dict


def read_examples():
    """Return the examples in the order of their tabs."""
    return [
        Example(
            name=name,
            query=(EXAMPLES / f"{name}.graphql").read_text(),
            variables=json.loads((EXAMPLES / f"{name}.json").read_text()),
        )
        for name in json.loads((EXAMPLES / "index.json").read_text())
    ]
