"""Generated functions can be looked at while they are there, and leave nothing when they go."""

import gc
import linecache
import traceback

import pytest

from graphql_schema.execution.generated_source import (
    CHARACTERS_OF_ANY,
    MOST_KEPT_CHARACTERS,
    KeptPlans,
    make_function,
)
from graphql_schema.execution.operation import CompiledOperation
from graphql_schema.http.parameters import Parameters
from tests.execution.both_ways import gateway
from tests.execution.test_hostile_documents import new_operations

SOURCE = """def write(page):
    answer = {'hours': page['seconds'] / 3600}
    return answer"""


def known_lines():
    return {name for name in linecache.cache if name.startswith("<")}


def test_a_traceback_shows_the_line():
    write = make_function("rows of TimeOffEntry", SOURCE, {})

    assert write({"seconds": 7200}) == {"hours": 2}
    with pytest.raises(KeyError) as met:
        write({})
    shown = "".join(traceback.format_exception(met.value))
    assert 'File "<rows of TimeOffEntry ' in shown
    assert "    answer = {'hours': page['seconds'] / 3600}" in shown


def test_two_functions_of_one_title_keep_their_own_lines():
    functions = [make_function("rows", SOURCE.replace("hours", name), {}) for name in ("a", "b")]

    lines = [linecache.getline(each.__code__.co_filename, 2) for each in functions]

    assert ["'a'" in lines[0], "'b'" in lines[1]] == [True, True]
    linecache.checkcache()  # as each traceback does
    assert [linecache.getline(each.__code__.co_filename, 2) for each in functions] == lines


def test_the_lines_leave_with_the_function():
    write = make_function("rows", SOURCE, {})
    name = write.__code__.co_filename
    assert name in linecache.cache

    del write
    gc.collect()

    assert name not in linecache.cache


async def test_the_lines_of_a_plan_leave_with_it(module_twins):
    query = """query ($no: Boolean!) { timeOffEntries(first: 2) { nodes { id user { fullName } } }
      node(id: "x") { id ... on User { role { name @skip(if: $no) } } } }"""
    operations = new_operations()
    async with gateway(module_twins[0], compiles=True) as compiling:
        gc.collect()
        before = known_lines()
        operation = operations.prepare(Parameters(query))
        await compiling.run(operation, {"no": True})
        of_plan = known_lines() - before

        assert isinstance(operation.compiled, CompiledOperation)
        operation.compiled.forget()
        del operation, operations
        gc.collect()

    titles = {name.rpartition(" ")[0] for name in of_plan}
    assert {"<rows of TimeOffEntry", "<objects of User", "<variable of Boolean"} <= titles
    assert not known_lines() & of_plan


def test_the_plans_that_were_not_used_for_longest_make_room():
    kept: KeptPlans[str] = KeptPlans()
    half = MOST_KEPT_CHARACTERS // 2 - CHARACTERS_OF_ANY
    kept.keep(1, "one", half)
    kept.keep(2, "two", half)
    assert kept.get(1) == "one"  # and is used later than two

    kept.keep(3, "three", half)

    assert [kept.get(each) for each in (1, 2, 3)] == ["one", None, "three"]
