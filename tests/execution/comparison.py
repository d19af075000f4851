"""The same operations on two gateways with the same data: one compiles, one does not."""

import json
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final

from graphql import GraphQLSchema, build_schema

from app.services.caller import LOCAL, Caller
from graphql_schema.execution.answers_from_rows import Projected
from graphql_schema.http.errors import NotAdmitted, NotRun
from graphql_schema.http.operations import Operation
from graphql_schema.http.parameters import Parameters
from tests.callers import caller
from tests.execution.both_ways import (
    OPERATIONS,
    TODAY,
    Fate,
    Gateway,
    Ran,
    both_gateways,
    tables_of,
)
from tests.execution.dressing import Dressed, Dresser
from tests.execution.known import Known
from tests.execution.selections import SCHEMA, groups

MOST_TIMES: Final = 2
"""So many times as many operations are compared where a field is still lacking."""
MOST_DIFFERENCES: Final = 5
AGAIN: Final = 5
TABLES_EVERY: Final = 25
"""Of the operations that write: so often all that is stored is compared."""

DOCUMENTS: Final[GraphQLSchema] = build_schema(SCHEMA.read_text())


@dataclass
class Figures:
    """What was compared, and what it came to."""

    counts: Counter[str] = field(default_factory=Counter)
    compiled_fields: set[str] = field(default_factory=set)
    codes: set[str] = field(default_factory=set)
    """Of errors, and of refusals that are data."""
    differences: list[str] = field(default_factory=list)

    def share(self, name: str, of: str = "run") -> float:
        """Return how many were so, as a part of all."""
        return self.counts[name] / max(1, self.counts[of])

    def __str__(self) -> str:
        parts = [
            f"{self.counts['run']} operations, of them {self.counts['mutations']} mutations",
            f"{self.share('compiled'):.0%} compiled to the end",
            f"{self.share('from rows', 'root fields'):.0%} of the fields of queries from rows",
            f"{self.share('with lists'):.0%} with a list that has items",
            f"{self.share('with errors'):.0%} with errors",
            f"{self.counts['by time']} whose errors depend on time",
        ]
        return ", ".join(parts)


@dataclass
class Comparison:
    """Two gateways side by side, and what is known of their data."""

    compiling: Gateway
    reference: Gateway
    urls: tuple[str, str]
    fate: Fate
    chance: Random
    known: Known
    figures: Figures = field(default_factory=Figures)

    async def run(
        self, made: list[str], count: int, fields: frozenset[str] = frozenset()
    ) -> Figures:
        """Compare so many operations made of these selections.

        At most twice as many, until each of the root fields was answered compiled: what is
        refused or falls back each time is a matter of chance.
        """
        await self._learn()
        found = groups(made, self.chance)
        while self.figures.counts["run"] < count or (
            not fields <= self.figures.compiled_fields
            and self.figures.counts["run"] < MOST_TIMES * count
        ):
            dressed = Dresser(
                DOCUMENTS, self.known, self.chance, is_wild=self.chance.random() < 0.08
            ).dress(next(found))
            await self._compare_all(dressed)
            if len(self.figures.differences) >= MOST_DIFFERENCES:
                break
        await self._learn()
        return self.figures

    async def _compare_all(self, dressed: Dressed) -> None:
        counts = self.figures.counts
        parameters = Parameters(dressed.query, dressed.operation_name, dressed.variables[0])
        try:
            operation = OPERATIONS.prepare(parameters)
        except (NotAdmitted, NotRun):
            counts["not admitted"] += 1
            return
        for variables in dressed.variables:
            await self._compare(dressed, operation, variables)
        counts["mutations"] += dressed.is_mutation * len(dressed.variables)
        if dressed.is_mutation and counts["mutations"] % TABLES_EVERY < len(dressed.variables):
            await self._learn()

    async def _compare(
        self, dressed: Dressed, operation: Operation, variables: dict[str, Any]
    ) -> None:
        self.fate.turn += 1
        caller = self._caller()
        self.fate.set(self.fate.turn)
        compiled = await self.compiling.run(operation, variables, caller)
        self.fate.set(self.fate.turn)
        expected = await self.reference.run(operation, variables, caller)
        self._count(dressed, compiled)
        # As text: the order of the members is part of an answer.
        texts = [json.dumps(ran.answer) for ran in (compiled, expected)]
        if texts[0] == texts[1]:
            return
        if "errors" in expected.answer and not dressed.is_mutation:
            # Which of two errors takes their parent's place is a matter of time.
            again = [await self.reference.run(operation, variables, caller) for _ in range(AGAIN)]
            if texts[0] in (json.dumps(ran.answer) for ran in again):
                self.figures.counts["by time"] += 1
                return
        shown = (dressed.query, json.dumps(variables), str(caller), *texts)
        self.figures.differences.append("\n".join(shown))

    def _caller(self) -> Caller:
        if self.chance.random() < 0.85:
            return LOCAL
        companies = frozenset(self.known.companies(2))
        return caller("narrow", companies, reads_reasons=self.chance.random() < 0.5)

    def _count(self, dressed: Dressed, ran: Ran) -> None:
        figures, counts = self.figures, self.figures.counts
        counts["run"] += 1
        counts["compiled"] += ran.was_compiled
        counts["with errors"] += "errors" in ran.answer
        data = ran.answer.get("data") or {}
        counts["with lists"] += _has_items(data)
        counts["stored"] += dressed.is_mutation and _is_carried_out(data)
        figures.codes |= set(_codes(ran.answer))
        if ran.was_compiled and not dressed.is_mutation:
            counts["root fields"] += len(dressed.root_fields)
        for key, name in dressed.root_fields.items():
            if ran.was_compiled:
                figures.compiled_fields.add(name)
            if data.get(key):
                self.known.note_cursors(name, data[key])

    async def _learn(self) -> None:
        """Look at what is stored: it is the same, and the next operations ask for it."""
        ours, theirs = [await tables_of(url) for url in self.urls]
        for name, rows in ours.items():
            if rows != theirs[name]:
                other = [row for row in rows if row not in theirs[name]]
                missing = [row for row in theirs[name] if row not in rows]
                self.figures.differences.append(f"{name}: {other[:3]} for {missing[:3]}")
        self.known.learn(ours)


@asynccontextmanager
async def comparison(urls: tuple[str, str], fate: Fate, seed: int) -> AsyncIterator[Comparison]:
    """Open both gateways."""
    chance = Random(seed)  # noqa: S311 - no secret
    async with both_gateways(urls) as (compiling, reference):
        yield Comparison(compiling, reference, urls, fate, chance, Known(chance, TODAY))


def count_from_rows(patch: Any, figures: Figures) -> None:
    """Count how many root fields were answered from rows, and how many might have been."""
    for name in ("connection", "one"):
        original = getattr(Projected, name)

        async def counted(*given: Any, original: Any = original) -> Any:
            answered = await original(*given)
            figures.counts["from rows"] += answered is not None
            return answered

        patch.setattr(Projected, name, counted)


def _has_items(value: Any) -> bool:
    if isinstance(value, dict):
        return any(map(_has_items, value.values()))
    return isinstance(value, list) and bool(value)


def _is_carried_out(data: dict[str, Any]) -> bool:
    payloads = [each for each in data.values() if isinstance(each, dict)]
    return any("userErrors" in each and not each["userErrors"] for each in payloads)


def _codes(answer: dict[str, Any]) -> list[str]:
    errors = answer.get("errors", ())
    codes = [error.get("extensions", {}).get("code") for error in errors]
    for payload in (answer.get("data") or {}).values():
        refusals = payload.get("userErrors") if isinstance(payload, dict) else None
        codes += [each.get("code") for each in refusals or () if isinstance(each, dict)]
    return [code for code in codes if isinstance(code, str)]
