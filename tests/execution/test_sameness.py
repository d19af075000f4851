"""Compiled operations answer what graphql-core answers, to the letter.

hypothesis-graphql chooses what is selected, from the schema; `dressing.py` writes it as
clients do, with arguments that find something in the data. Each operation runs on two equal
databases at the same time of day: compiled, and by graphql-core alone.
"""

import pytest

from tests.execution.comparison import DOCUMENTS, comparison, count_from_rows
from tests.execution.selections import selections

ROUNDS = 2
LONG_ROUNDS = 40
OPERATIONS = {"sqlite": 1_500, "postgresql": 250}
SELECTIONS = 900
STORED = {"sqlite": 0.1, "postgresql": 0.05}
"""The least share of mutations that store something; of few, chance leaves fewer."""
LEAST_CODES = 8
"""Of errors and refusals: so many kinds of them a round meets at least."""

ALL_FIELDS = frozenset(
    name
    for type_ in (DOCUMENTS.query_type, DOCUMENTS.mutation_type)
    for name in (type_.fields if type_ else ())
)


@pytest.mark.parametrize(
    "seed",
    [
        pytest.param(number, marks=[pytest.mark.long] if number >= ROUNDS else [])
        for number in range(LONG_ROUNDS)
    ],
)
async def test_generated_operations_are_answered_alike(
    seed, twins, fate, database_kind, monkeypatch, record_property
):
    made = list(selections(SELECTIONS, seed))

    async with comparison(twins, fate, seed) as compared:
        count_from_rows(monkeypatch, compared.figures)
        fields = ALL_FIELDS if database_kind == "sqlite" else frozenset()
        figures = await compared.run(made, OPERATIONS[database_kind], fields)

    record_property("sameness", f"{database_kind}, seed {seed}: {figures}")
    assert not figures.differences, "\n\n".join(figures.differences)
    # What always falls back, finds nothing or is always refused would prove nothing.
    assert figures.share("compiled") > 0.75
    # Of what the directory has, the version is made of objects, and often asked for here.
    assert figures.share("from rows", "root fields") > 0.12
    assert figures.share("with lists") > 0.4
    assert 0.03 < figures.share("with errors") < 0.25
    assert figures.share("stored", "mutations") > STORED[database_kind]
    assert "INTERNAL_SERVER_ERROR" not in figures.codes
    if database_kind == "sqlite":
        assert figures.compiled_fields == ALL_FIELDS
        assert figures.codes >= {"BAD_USER_INPUT", "INVALID_VALUE", "NOT_FOUND", "DAYS_REVERSED"}
        assert len(figures.codes) >= LEAST_CODES
