"""Documents that mean harm: compiling them stays cheap, and makes no code of what they say."""

import gc
import itertools
import json
import re
import sys
import tracemalloc
import weakref

import pytest

from graphql_schema.execution import generated_source
from graphql_schema.http.errors import NotAdmitted, NotRun
from graphql_schema.http.limits import Limits
from graphql_schema.http.operations import CACHED_DOCUMENTS, Operations
from graphql_schema.http.parameters import Parameters, from_body
from graphql_schema.schema import schema
from tests.execution.both_ways import gateway
from tests.graphql_http.test_worst import CORPUS, MOST_CALLS

MOST_KEPT = 30 * 1024 * 1024
FLAGS = ("a", "b", "c", "d")


def branching(levels: int) -> str:
    """Fragments that double at each level: small to write, large to spread."""
    last = f"fragment W{levels} on Worker {{ fullName }}"
    return last + "".join(
        f"fragment W{n} on Worker {{ id user {{ id worker {{ ...W{n + 1} }} }}"
        f" person {{ id worker {{ ...W{n + 1} }} }} }}"
        for n in range(levels)
    )


def flagged(mark: object) -> str:
    """A document of which each combination of its flags is compiled apart."""
    declared = ", ".join(f"${name}: Boolean!" for name in FLAGS)
    fields = " ".join(f"{name}{mark}: totalHours @skip(if: ${name})" for name in FLAGS)
    return f"""query ({declared}) {{ node(id: "x") {{ ... on TimeOff {{ {fields} ...T }} }} }}
      fragment T on TimeOff {{ worker {{ ...W0 }} }} {branching(5)}"""


DEEP = "worker { user { timeOffEntries(first: 1) { nodes { %s } } } }"
DOCUMENTS = {
    "fragments that branch": '{ worker(id: "x") { ...W0 } }' + branching(5),
    "branches under an interface": (
        '{ node(id: "x") { ... on TimeOff { worker { ...W0 } } } }' + branching(5)
    ),
    "interfaces within interfaces": (
        "{ timeOffEntries(first: 1) { nodes { externalReferences { subject { worker { user {"
        " timeOffEntries(first: 1) { nodes { externalReferences { subject { worker { ...W0 } } } }"
        " } } } } } } } }" + branching(3)
    ),
    "as deep as may be": "{ timeOffEntries(first: 1) { nodes { %s } } }"
    % (DEEP % (DEEP % (DEEP % (DEEP % "id")))),
    "as many root fields as may be": (
        "{" + " ".join(f"r{n}: user(id: {n + 1}) {{ id fullName }}" for n in range(20)) + "}"
    ),
    "one list of many": "{ users(filter: {ids: [%s]}) { totalCount } }" % ("1," * 900),
    "many flags": (
        "query ("
        + " ".join(f"$f{n}: Boolean!" for n in range(15))
        + ") { "
        + " ".join(f"u{n}: user(id: 1) @skip(if: $f{n}) {{ id }}" for n in range(15))
        + "}"
    ),
    "many types": "{ nodes(ids: []) {"
    + " ".join(
        f"... on {name} {{ __typename id company {{ id name sourceId }} }}"
        for name in ("User", "Role", "Person", "Worker", "Holiday", "Workweek", "CalendarFeed")
    )
    + "} }",
}


def new_operations() -> Operations:
    return Operations(schema, Limits(), hides_suggestions=True, introspection=True)


@pytest.mark.parametrize("name", DOCUMENTS)
async def test_hostile_documents_are_answered_alike(same, name):
    variables = {f"f{number}": number % 2 == 0 for number in range(15)} if "flags" in name else {}
    ran = await same(DOCUMENTS[name], variables)

    assert "INTERNAL_SERVER_ERROR" not in json.dumps(ran.answer)


async def test_the_worst_documents_are_answered_alike(same):
    ran = 0
    for path in CORPUS:
        try:
            parameters = from_body(path.read_bytes(), Limits())
            await same(parameters.query, parameters.variables, name=parameters.operation_name)
            ran += 1
        except (NotAdmitted, NotRun):
            continue
    assert ran


@pytest.fixture
def written(monkeypatch):
    """The Python code that is made meanwhile."""
    sources: list[str] = []

    def compiling(source, *more):
        sources.append(source)
        return compile(source, *more)

    monkeypatch.setattr(generated_source, "compile", compiling, raising=False)
    return sources


QUERY = """query Named($variable: [ID!]! = ["first"], $yes: Boolean!) {
  alias: users(filter: {ids: $variable, name: "second"}) { ...Fragment }
  node(id: "third") { ... on PersonTimeOff { other: reason @skip(if: $yes) } }
  person(id: "fourth") { timeOff(filter: {companyId: "fifth"}, first: 7) { totalCount } }
} fragment Fragment on UserConnection { nodes { fullName } totalCount }"""
HARM = "'); __import__('os')._exit(1) #\\\" {0} %s \\\\ \\n"


async def code_of(query, written, twins):
    async with gateway(twins[0], compiles=True) as compiling:
        written.clear()
        operation = new_operations().prepare(Parameters(query))
        for yes in (True, False):
            await compiling.run(operation, {next(iter(FLAG.findall(query))): yes})
        return list(written)


FLAG = re.compile(r"\$(\w+): Boolean!")


async def test_no_text_of_a_document_becomes_code(written, module_twins):
    harmful = QUERY
    for word in ("first", "second", "third", "fourth", "fifth"):
        harmful = harmful.replace(f'"{word}"', f'"{HARM}"')
    for name in ("Named", "$variable", "$yes", "Fragment"):
        harmful = harmful.replace(name, name[0] + "__import__" + name[1:])
    harmful = harmful.replace("first: 7", "first: 8")

    plain = await code_of(QUERY, written, module_twins)
    changed = await code_of(harmful, written, module_twins)

    assert len(plain) > 5
    assert changed == plain


async def test_other_names_are_only_ever_quoted(written, module_twins):
    renamed = QUERY.replace("alias:", "__import__:").replace("other:", "exec:")

    plain = await code_of(QUERY, written, module_twins)
    changed = await code_of(renamed, written, module_twins)

    assert any("'exec': " in source for source in changed)
    assert [source.replace("'exec': ", "'other': ") for source in changed] == plain


@pytest.mark.parametrize("name", DOCUMENTS)
async def test_compiling_costs_little(name, module_twins):
    variables = {f"f{number}": True for number in range(15)}
    async with gateway(module_twins[0], compiles=True) as compiling:
        operations = [
            new_operations().prepare(Parameters(DOCUMENTS[name], None, variables)) for _ in range(2)
        ]
        await compiling.run(operations[0], variables)  # what is made once per process is made now

        calls = await calls_while(compiling.run(operations[1], variables))

    # Running it included.
    assert calls < MOST_CALLS


async def calls_while(work):
    """Count the calls of functions, of Python's and of C's."""
    count = 0

    def profile(_frame, event, _argument):
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(profile)
    try:
        await work
    finally:
        sys.setprofile(before)
    return count


async def test_what_is_kept_of_many_documents_is_bounded(module_twins):
    async with gateway(module_twins[0], compiles=True) as compiling:
        operations = new_operations()
        await keep(compiling, operations, [0])
        gc.collect()
        tracemalloc.start()
        try:
            await keep(compiling, operations, range(1, 7))
            gc.collect()
            kept, _ = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()

    assert kept < MOST_KEPT


async def test_what_left_the_cache_is_gone(module_twins):
    async with gateway(module_twins[0], compiles=True) as compiling:
        operations = new_operations()
        first = operations.prepare(
            Parameters("{ a: __typename users @skip(if: true) { id: totalCount } }")
        )
        await compiling.run(first, {})
        left = weakref.ref(first.compiled)
        del first
        for number in range(CACHED_DOCUMENTS):
            operations.prepare(Parameters(f"{{ a{number}: __typename }}"))
        gc.collect()

    assert left() is None


async def keep(compiling, operations, marks):
    for mark in marks:
        for flags in itertools.product((True, False), repeat=len(FLAGS)):
            variables = dict(zip(FLAGS, flags, strict=True))
            operation = operations.prepare(Parameters(flagged(mark), None, variables))
            await compiling.run(operation, variables)
