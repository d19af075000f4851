"""The specification's tricky rules, each on two equal databases: compiled, and by graphql-core.

The answers are the same to the letter. Where a case says so, the compiled operation gave it:
an answer that always falls back would be the same for nothing.
"""

import asyncio
import json
from itertools import product
from typing import Any

import pytest

from app.db.connections import direct_reads
from app.services.caller import LOCAL
from graphql_schema.execution.operation import MAX_FLAGS, MAX_PLANS
from graphql_schema.http.parameters import Parameters
from tests import builders
from tests.callers import caller
from tests.execution.both_ways import OPERATIONS, TODAY, gateway, tables_of
from tests.execution.known import TYPES

COMPANY = builders.COMPANY
PERSON = builders.PERSON
USER = builders.node_id("User", 1)
DAY = "2026-12-07"

COMPILED, REFERENCE, EITHER = "compiled", "reference", "either"

NARROW = caller("narrow", frozenset([COMPANY]))
ELSEWHERE = caller("elsewhere", frozenset([builders.UNKNOWN_UUID]))

RECORD = f"""companyId: "{COMPANY}", personId: "{PERSON}", isPaid: true, reason: "r",
  batchStartTime: "07:00", batchEndTime: "15:00\""""


async def runs_the_same(same, query, variables, how, caller=LOCAL):
    # Twice: what the first made ready serves the second.
    for _ in range(2):
        ran = await same(query, variables, caller)
        if how is not EITHER:
            assert ran.was_compiled is (how is COMPILED), ran.answer
        assert "INTERNAL_SERVER_ERROR" not in json.dumps(ran.answer)
    return ran.answer


def case(id_: str, query: str, variables: Any = None, how: str = COMPILED) -> Any:
    return pytest.param(query, variables or {}, how, id=id_)


SELECTIONS = [
    case(
        "a field stands where it is first asked for",
        """{ users(first: 2) { nodes { company { name } ...A id company { id } fullName } } }
        fragment A on User { headline company { sourceId } id }""",
    ),
    case(
        "a fragment is spread twice in one place",
        """{ users(first: 2) { ...A nodes { id } ...A } }
        fragment A on UserConnection { totalCount }""",
    ),
    case(
        "a fragment is spread in two places",
        """{ a: users(first: 1) { nodes { ...A } } b: users(last: 1) { nodes { id ...A } } }
        fragment A on User { fullName role { name } }""",
    ),
    case(
        "a fragment that was skipped is spread again",
        """query ($no: Boolean!) { users(first: 1) { nodes { ...A @skip(if: $no) id ...A } } }
        fragment A on User { fullName }""",
        {"no": True},
    ),
    case(
        "fragments within fragments",
        """{ people(first: 3) { ...A } } fragment A on PersonConnection { nodes { ...B } }
        fragment B on Person { ...C firstName ...D } fragment C on Node { id }
        fragment D on Person { lastName ...C }""",
    ),
    case("inline without a type", "{ users(first: 2) { ... { nodes { ... { id } } } } }"),
    case(
        "inline without a type, on a condition",
        """query ($yes: Boolean!) { users(first: 2) { nodes {
          ... @include(if: $yes) { id } ... @skip(if: $yes) { fullName } headline } } }""",
        {"yes": True},
    ),
    case(
        "types that do not apply",
        f"""{{ node(id: "{USER}") {{ ... on Person {{ firstName }} ... on TimeOff {{ totalHours }}
          ... on TimeOffEntry {{ hours }} }} }}""",
    ),
    case(
        "interfaces within an object",
        "{ users(first: 2) { nodes { ... on Node { id ... on User { sourceId } } } } }",
    ),
    case(
        "an object within an interface within an interface",
        """{ externalReferences(first: 9) { nodes { subject { ... on Node { id ... on TimeOff {
          totalHours ... on TimeOffEntry { hours } ... on PersonTimeOff { cadence } } } } } } }""",
    ),
    case(
        "@skip and @include of one field",
        """query ($a: Boolean!, $b: Boolean!) { users(first: 1) { nodes { id
          s: fullName @skip(if: $a) @include(if: $b) t: fullName @include(if: $a) @skip(if: $b)
        } } }""",
        {"a": False, "b": True},
    ),
    case(
        "nothing is left of an item",
        """query ($no: Boolean!) { users(first: 2) { edges { node @skip(if: $no) { id } }
          nodes { id @skip(if: $no) } pageInfo { hasNextPage @skip(if: $no) } } }""",
        {"no": True},
    ),
    case("nothing is left of an object", f'{{ user(id: "{USER}") {{ id @skip(if: true) }} }}'),
    case(
        "nothing is left of an object of an object, nor of a list's",
        """{ timeOffEntries(first: 9) { nodes { user { id @skip(if: true) }
          role { id @skip(if: true) } externalReferences { id @skip(if: true) } } } }""",
    ),
    case(
        "nothing is left",
        "query ($no: Boolean!) { users @skip(if: $no) { totalCount } }",
        {"no": True},
    ),
    case(
        "objects asked for twice are one",
        """{ timeOffEntries(first: 9) { nodes { user { id } hours user { role { id } }
          user { role { name } id } role { id } role { name id } } } }""",
    ),
    case(
        "lists asked for twice are one",
        """{ timeOffEntries(first: 9) { nodes { externalReferences { serviceName } hours
          externalReferences { status serviceName id } } edges { cursor }
          edges { node { id } } } }""",
    ),
    case(
        "root fields asked for twice are one",
        "{ users(first: 1) { totalCount } roles { totalCount } users(first: 1) { nodes { id } } }",
    ),
    case(
        "columns that are made, and those that are the same for all",
        """{ personTimeOffs(first: 9) { nodes { source batchStartTime batchEndTime repeat
          instances { __typename a: startDay b: startDay id } } }
          timeOffEntries(first: 9) { nodes { source externalReferences { __typename
          a: serviceName b: serviceName } } } }""",
    ),
    case(
        "a list below an object below",
        f"""{{ personTimeOff(id: "{builders.uuid(1)}") {{ id instances {{ id startDay }} }}
          timeOffEntry(id: 1) {{ source externalReferences {{ __typename serviceName }} }} }}""",
    ),
    case(
        "the names of all types",
        """{ __typename t: __typename users(first: 1) { __typename edges { __typename cursor
          node { __typename u: __typename company { __typename } } } pageInfo { __typename } } }""",
    ),
    case(
        "other names for an object, a list and a leaf",
        """{ a: timeOffEntries(first: 5) { b: nodes { c: user { d: id id: fullName }
          e: externalReferences { f: id } user: hours } nodes: totalCount } }""",
    ),
    case(
        "names that are words of Python, or ours",
        """{ class: users(first: 2) { None: nodes { lambda: id def: fullName value: headline
          run: company { answer: id deviate: name x0: sourceId __class__: __typename row: name
          page: name } __dict__: emailAddress } import: totalCount } }""",
    ),
    case(
        "the same object twice with different arguments",
        """{ users(first: 3) { nodes { a: timeOffEntries(first: 1) { totalCount nodes { id } }
          b: timeOffEntries(last: 2) { nodes { hours } } possibleHours(on: "2026-11-02") } } }""",
    ),
    case(
        "where pages stand",
        """{ a: users(first: 3) { ...P } b: timeOffEntries(last: 2) { ...Q } c: people(filter: {
          name: "nobody"}) { edges { cursor } pageInfo { endCursor startCursor hasNextPage } } }
        fragment P on UserConnection { pageInfo { startCursor endCursor hasNextPage
          hasPreviousPage } edges { cursor } } fragment Q on TimeOffEntryConnection { totalCount
          pageInfo { hasPreviousPage endCursor s: startCursor hasNextPage __typename } }""",
    ),
    case(
        "introspection beside data",
        '{ __type(name: "User") { name } users(first: 1) { totalCount } }',
        how=REFERENCE,
    ),
    case("introspection", "{ __schema { queryType { name } } }", how=REFERENCE),
]

PAGE = "query ($first: Int{default}) {{ users(first: $first) {{ nodes {{ id }} }} }}"
FILTERED = "query ($filter: UserFilter) { users(filter: $filter) { nodes { fullName } } }"
IDS = "query ($ids: [ID!]{default}) {{ users(filter: {{ids: $ids}}) {{ nodes {{ id }} }} }}"
WINDOW = """query ($combine: Combine{default}) {{ schedule(from: "2026-11-02", to: "2026-11-04",
  combine: $combine, first: 5) {{ nodes {{ hoursOff worker {{ id }} }} }} }}"""
DRY_RUN = """mutation ($hours: Float!, $user: ID!) { createTimeOffEntries(input: {dryRun: true,
  timeOffEntries: [{userId: $user, hours: $hours, requestedDate: "2026-12-07"}]}) {
  timeOffEntries { hours } userErrors { code } } }"""

VARIABLES = [
    case("absent, without a default", PAGE.format(default="")),
    case("null, without a default", PAGE.format(default=""), {"first": None}),
    case("absent, with a default", PAGE.format(default=" = 2")),
    case("null over a default", PAGE.format(default=" = 2"), {"first": None}),
    case("a value over a default", PAGE.format(default=" = 2"), {"first": 3}),
    case("a default that is null", PAGE.format(default=" = null")),
    case("one that is not declared", PAGE.format(default=""), {"first": 3, "other": [1]}),
    case("absent, for what may not be null but has a default", WINDOW.format(default="")),
    case(
        "null, for what may not be null but has a default",
        WINDOW.format(default=""),
        {"combine": None},
        REFERENCE,
    ),
    case("an enum", WINDOW.format(default=""), {"combine": "SUM"}),
    case("an enum by default", WINDOW.format(default=" = SUM")),
    case("no member of the enum", WINDOW.format(default=""), {"combine": "MIN"}, REFERENCE),
    case("an enum in lower case", WINDOW.format(default=""), {"combine": "sum"}, REFERENCE),
    case("an enum of another kind", WINDOW.format(default=""), {"combine": 1}, REFERENCE),
    case("an enum as a list", WINDOW.format(default=""), {"combine": ["SUM"]}, REFERENCE),
    case(
        "absent in an input object",
        "query ($name: String) { users(filter: {name: $name, companyId: null}) { totalCount } }",
    ),
    case(
        "null in an input object",
        "query ($name: String) { users(filter: {name: $name}) { totalCount } }",
        {"name": None},
    ),
    case(
        "absent for what an input object needs",
        """query ($field: TimeOffEntryOrderField!) { timeOffEntries(first: 3,
          orderBy: {field: $field, direction: DESC}) { nodes { id } } }""",
        how=REFERENCE,
    ),
    case(
        "a part of an input object",
        """query ($field: TimeOffEntryOrderField!) { timeOffEntries(first: 3,
          orderBy: {field: $field, direction: DESC}) { nodes { id } } }""",
        {"field": "CREATED_AT"},
    ),
    case("an object that is null", FILTERED, {"filter": None}),
    case("an empty object", FILTERED, {"filter": {}}),
    case("an object", FILTERED, {"filter": {"name": "a", "companyId": COMPANY, "ids": None}}),
    case("a field that there is not", FILTERED, {"filter": {"nickname": "a"}}, REFERENCE),
    case("two errors at once", FILTERED, {"filter": {"nickname": "a", "name": 1}}, REFERENCE),
    case("text for an object", FILTERED, {"filter": "a"}, REFERENCE),
    case("a list for an object", FILTERED, {"filter": [{}]}, REFERENCE),
    case("a list", IDS.format(default=""), {"ids": ["1", "2"]}),
    case("an empty list", IDS.format(default=""), {"ids": []}),
    case("one value for a list", IDS.format(default=""), {"ids": "1"}, EITHER),
    case("one number for a list", IDS.format(default=""), {"ids": 1}, EITHER),
    case("null in a list that has none", IDS.format(default=""), {"ids": ["1", None]}, REFERENCE),
    case("a list in a list", IDS.format(default=""), {"ids": [["1"]]}, REFERENCE),
    case("a list by default", IDS.format(default=' = ["1", 2]')),
    case("one value for a list by default", IDS.format(default=" = 1")),
    case("one value for a list, written", '{ users(filter: {ids: "1"}) { nodes { id } } }'),
    case(
        "items of a written list",
        "query ($a: ID!, $b: ID!) { users(filter: {ids: [$a, 3, $b]}) { nodes { id } } }",
        {"a": "1", "b": 2},
    ),
    case(
        "an absent item of a written list",
        "query ($a: ID!) { nodes(ids: [$a]) { id } }",
        how=REFERENCE,
    ),
    case("a number for an ID", "query ($id: ID!) { user(id: $id) { fullName } }", {"id": 1}),
    case("a number for an ID, written", "{ user(id: 1) { fullName } }"),
    case(
        "a whole fraction for an ID",
        "query ($id: ID!) { user(id: $id) { fullName } }",
        {"id": 1.0},
        EITHER,
    ),
    case(
        "a fraction for an ID",
        "query ($id: ID!) { user(id: $id) { fullName } }",
        {"id": 1.5},
        REFERENCE,
    ),
    case(
        "a Boolean for an ID",
        "query ($id: ID!) { user(id: $id) { fullName } }",
        {"id": True},
        REFERENCE,
    ),
    case("a Boolean for an Int", PAGE.format(default=""), {"first": True}, REFERENCE),
    case("a whole fraction for an Int", PAGE.format(default=""), {"first": 2.0}, EITHER),
    case("text for an Int", PAGE.format(default=""), {"first": "2"}, REFERENCE),
    case("more than an Int", PAGE.format(default=""), {"first": 2**31}, REFERENCE),
    case(
        "null for what may not be null",
        "query ($id: ID!) { user(id: $id) { id } }",
        {"id": None},
        REFERENCE,
    ),
    case(
        "absent for what may not be null",
        "query ($id: ID!) { user(id: $id) { id } }",
        how=REFERENCE,
    ),
    case("a whole number for a Float", DRY_RUN, {"hours": 2, "user": 2}),
    case("a Float", DRY_RUN, {"hours": 0.25, "user": "2"}),
    case("no number", DRY_RUN, {"hours": float("nan"), "user": 2}, REFERENCE),
    case("without end", DRY_RUN, {"hours": float("inf"), "user": 2}, REFERENCE),
    case("more than a Float", DRY_RUN, {"hours": 10**400, "user": 2}, REFERENCE),
    case(
        "a day in Procore's form",
        "query ($on: Date!) { user(id: 1) { possibleHours(on: $on) } }",
        {"on": "11/02/26"},
    ),
    case(
        "no day",
        "query ($on: Date!) { user(id: 1) { possibleHours(on: $on) } }",
        {"on": "2026-02-30"},
        REFERENCE,
    ),
]

ERRORS = [
    case(
        "of one who waits for the same as others",
        """{ a: user(id: 1) { company { name } timeOffEntries(first: 501) { totalCount } }
          b: user(id: 2) { company { name } } }""",
        how=REFERENCE,
    ),
    case(
        "of one root field beside others",
        '{ a: user(id: 1) { id } b: user(id: "x") { id } c: user(id: 2) { id } }',
        how=REFERENCE,
    ),
    case(
        "of two root fields", '{ b: user(id: "x") { id } a: person(id: "x") { id } }', how=REFERENCE
    ),
    case(
        "that leaves nothing",
        "{ user(id: 1) { id } users(first: 501) { totalCount } }",
        how=REFERENCE,
    ),
    case(
        "of one page, two reasons",
        '{ users(first: 2, last: 2, after: "x") { totalCount } }',
        how=REFERENCE,
    ),
    case(
        "within an item of a list, up to the nearest that may be null",
        """{ workers(first: 9) { nodes { id person { timeOff(first: 501) { totalCount } } } } }""",
        how=REFERENCE,
    ),
    case(
        "within an item of a list, up to the top",
        "{ users(first: 3) { nodes { id timeOffEntries(first: 501) { totalCount } } } }",
        how=REFERENCE,
    ),
    case(
        "two beside each other in items",
        """{ workers(first: 9) { nodes { user { timeOffEntries(first: 501) { totalCount } }
          person { timeOff(last: 0) { totalCount } } } } }""",
        how=REFERENCE,
    ),
    case(
        "objects that there are not",
        f'{{ user(id: 99999) {{ id }} node(id: "{builders.node_id("Role", 999)}") {{ id }} }}',
    ),
    case(
        "items that there are not",
        f"""{{ nodes(ids: ["{USER}", "{builders.node_id("User", 99_999)}", "{USER}"]) {{ id
          ... on User {{ fullName }} }} }}""",
    ),
    case("no cursor", '{ users(after: "x") { totalCount } }', how=REFERENCE),
]


@pytest.mark.parametrize(("query", "variables", "how"), SELECTIONS)
async def test_what_is_selected(same, query, variables, how):
    await runs_the_same(same, query, variables, how)


@pytest.mark.parametrize(("query", "variables", "how"), VARIABLES)
async def test_what_variables_and_arguments_become(same, query, variables, how):
    await runs_the_same(same, query, variables, how)


@pytest.mark.parametrize(("query", "variables", "how"), ERRORS)
async def test_where_errors_leave_nulls(same, query, variables, how):
    await runs_the_same(same, query, variables, how)


async def test_each_combination_of_flags_has_its_own_answer(same):
    query = """query ($a: Boolean!, $b: Boolean! = true) { users(first: 1) { nodes {
      id @skip(if: $a) ... @include(if: $b) { fullName } } } }"""
    for given in ({"a": True}, {"a": False}, {"a": True, "b": False}, {"a": False, "b": False}):
        for _ in range(2):
            ran = await same(query, given)
            assert ran.was_compiled
            (user,) = ran.answer["data"]["users"]["nodes"]
            assert ("id" in user, "fullName" in user) == (not given["a"], given.get("b", True))


async def test_an_operation_has_only_so_many_plans(same):
    flags = [f"f{each}" for each in range(MAX_FLAGS)]
    fields = " ".join(f"{each}: __typename @include(if: ${each})" for each in flags)
    query = (
        f"query ({', '.join(f'${each}: Boolean!' for each in flags)}) {{ roles {{ {fields} }} }}"
    )
    were_compiled = []
    for values in product([True, False], repeat=MAX_FLAGS):
        ran = await same(query, dict(zip(flags, values, strict=True)))
        were_compiled.append(ran.was_compiled)

    assert were_compiled == [True] * MAX_PLANS + [False] * (2**MAX_FLAGS - MAX_PLANS)
    assert (await same(query, dict.fromkeys(flags, True))).was_compiled


async def test_who_asks_while_a_plan_is_made_need_not_wait_for_it(same, module_twins):
    fields = " ".join(f"r{each}: roles(first: {each}) {{ totalCount }}" for each in range(1, 15))
    async with gateway(module_twins[0], compiles=True) as compiling:
        operation = OPERATIONS.prepare(Parameters(f"{{ {fields} }}"))
        ran = await asyncio.gather(*(compiling.run(operation, {}) for _ in range(3)))
        after = await compiling.run(operation, {})

    assert [each.was_compiled for each in (*ran, after)].count(True) >= 2
    assert len({json.dumps(each.answer) for each in (*ran, after)}) == 1


async def test_a_flag_that_is_null_spoils_nothing_for_the_next(same):
    query = "query ($f: Boolean = true) { users { totalCount @include(if: $f) } }"

    refused = await same(query, {"f": None})
    ran = await same(query, {})

    assert "errors" in refused.answer
    assert ran.was_compiled


async def test_the_operation_is_chosen_by_its_name(same):
    query = """query A { users(first: 1) { ...U } } query B { people { totalCount } }
    fragment U on UserConnection { totalCount nodes { id } }"""

    for name in ("A", "B"):
        assert (await same(query, name=name)).was_compiled


@pytest.mark.parametrize("type_", sorted({*TYPES.values()} - {"TimeOffInstance"}))
async def test_a_node_of_each_type(same, module_twins, type_):
    # A feed is made first: nothing else has one.
    await same(
        f'mutation {{ createCalendarFeed(input: {{companyId: "{COMPANY}"}}) '
        "{ calendarFeed { id } userErrors { code } } }"
    )
    tables = await tables_of(module_twins[0])
    (rows,) = [tables[name] for name, each in TYPES.items() if each == type_]
    query = """query ($id: ID!, $ids: [ID!]!) { node(id: $id) { ...A } nodes(ids: $ids) { ...A } }
    fragment A on Node { id t: __typename ...TimeOffs
      ... on User { fullName role { name } itself: worker { id } } ... on Role { title: name }
      ... on Person { fullName status itself: worker { id } }
      ... on Worker { asUser: user { id } asPerson: person { id } }
      ... on Company { title: name } ... on Holiday { startDate } ... on Workweek { monday }
      ... on ExternalReference { serviceName subject { id totalHours } }
      ... on CalendarFeed { createdAt company { id } roles { id } of: worker { id } } }
    fragment TimeOffs on TimeOff { sourceId source createdAt totalHours days { date hours }
      itself: worker { id fullName email }
      ... on TimeOffEntry { hours user { id } role { name } externalReferences { id } }
      ... on PersonTimeOff { reason instances { id hours } person { id } cadence } }"""
    ids = [builders.node_id(type_, row["id"]) for row in (rows[0], rows[-1])]

    ran = await same(query, {"id": ids[0], "ids": ids})

    assert ran.was_compiled
    assert ran.answer["data"]["node"]["t"] == type_


@pytest.mark.parametrize("caller", [NARROW, ELSEWHERE], ids=["of one company", "of none of these"])
async def test_callers_see_what_is_theirs(same, caller):
    query = """{ users { totalCount nodes { fullName company { name } } } user(id: 1) { fullName }
      other: user(id: 5001) { fullName } node(id: "USER") { id }
      personTimeOffs(first: 50) { totalCount nodes { reason isPaid person { fullName } } }
      schedule(from: "2026-11-02", to: "2026-11-06", first: 50) { nodes { days {
        contributions { hours reason } } } } }""".replace("USER", USER)

    answer = await runs_the_same(same, query, {}, COMPILED, caller)

    reasons = [each["reason"] for each in answer["data"]["personTimeOffs"]["nodes"]]
    assert set(reasons) == ({None} if caller is NARROW else set())


# Mutations


async def rows_in(urls, table):
    counts = [len((await tables_of(url))[table]) for url in urls]
    assert counts[0] == counts[1]
    return counts[0]


async def stores_the_same(urls):
    ours, theirs = [await tables_of(url) for url in urls]
    assert ours == theirs


def create(day: str, select: str, **more: Any) -> str:
    given = ", ".join(f"{name}: {json.dumps(value)}" for name, value in more.items())
    return f"""createPersonTimeOff(input: {{{RECORD}, startDay: "{day}", endDay: "{day}" {given}}})
      {{ personTimeOff {{ {select} }} userErrors {{ code }} }}"""


TOTAL = "person { timeOff { totalCount } }"
FAILS = "person { timeOff(first: 501) { totalCount } }"


async def test_mutations_run_one_by_one(same, module_twins):
    before = await rows_in(module_twins, "person_time_offs")

    ran = await same(f"mutation {{ a: {create(DAY, TOTAL)} b: {create(DAY, TOTAL)} }}")

    assert ran.was_compiled
    totals = [
        ran.answer["data"][key]["personTimeOff"]["person"]["timeOff"]["totalCount"] for key in "ab"
    ]
    assert totals[1] == totals[0] + 1
    assert await rows_in(module_twins, "person_time_offs") == before + 2
    await stores_the_same(module_twins)


async def test_a_refused_mutation_stops_none_of_the_others(same, module_twins):
    before = await rows_in(module_twins, "person_time_offs")
    refused = create(DAY, "id", repeat="x").replace('"x"', "WEEKLY")

    ran = await same(f"mutation {{ a: {create(DAY, 'id')} b: {refused} c: {create(DAY, 'id')} }}")

    assert ran.was_compiled
    assert ran.answer["data"]["b"]["userErrors"] == [{"code": "REPEAT_INCOMPLETE"}] * 2
    assert await rows_in(module_twins, "person_time_offs") == before + 2
    await stores_the_same(module_twins)


@pytest.mark.parametrize(
    "selections",
    [(FAILS,), (TOTAL, FAILS), (FAILS, TOTAL), (TOTAL, FAILS, TOTAL), (FAILS, FAILS)],
    ids=["alone", "after another", "before another", "between others", "twice"],
)
async def test_a_mutation_whose_answer_fails_runs_once(same, module_twins, selections):
    before = await rows_in(module_twins, "person_time_offs")
    fields = (f"f{index}: {create(DAY, each)}" for index, each in enumerate(selections))

    ran = await same(f"mutation {{ {' '.join(fields)} }}")

    assert len(ran.answer["errors"]) == selections.count(FAILS)
    assert await rows_in(module_twins, "person_time_offs") == before + len(selections)
    await stores_the_same(module_twins)


async def test_a_mutation_before_one_that_deletes_what_it_shows_keeps_its_answer(
    same, module_twins
):
    made = await same(f"mutation {{ {create(DAY, 'id')} }}")
    id_ = made.answer["data"]["createPersonTimeOff"]["personTimeOff"]["id"]

    ran = await same(f"""mutation {{
      a: updatePersonTimeOff(input: {{id: "{id_}", reason: "other"}}) {{ personTimeOff {{
        reason {TOTAL} days {{ date }} instances {{ id }} }} }}
      b: deletePersonTimeOff(input: {{id: "{id_}"}}) {{ deletedId userErrors {{ code }} }}
      c: {create(DAY, FAILS)} }}""")

    assert ran.answer["data"]["a"]["personTimeOff"]["reason"] == "other"
    await stores_the_same(module_twins)


async def test_a_mutation_with_variables_that_cannot_be_read_does_not_run(same, module_twins):
    before = await rows_in(module_twins, "changes")

    ran = await same(
        """mutation ($items: [CompanyInput!]!, $more: [RoleInput!]!) {
          upsertCompanies(input: {companies: $items}) { userErrors { code } }
          upsertRoles(input: {roles: $more}) { userErrors { code } } }""",
        {"items": [builders.company(name="Another")], "more": [{"sourceId": 1}]},
    )

    assert "errors" in ran.answer
    assert await rows_in(module_twins, "changes") == before


async def test_the_links_of_a_dry_run_lead_where_they_would(same, module_twins):
    before = await rows_in(module_twins, "changes")
    days = """days { date hoursOff worker { id fullName } contributions { hours timeOff { id
      ... on TimeOffEntry { hours externalReferences { id subject { id } } user { fullName } }
      ... on PersonTimeOff { instances { id } person { fullName } } } }
      notes { code timeOff { id } } }"""

    entries = await same(f"""mutation {{ createTimeOffEntries(input: {{dryRun: true,
      timeOffEntries: [{{userId: 3, hours: 1, requestedDate: "{DAY}", externalReference: {{
        serviceName: "s", serviceModel: "m", serviceModelRef: "r"}}}}]}}) {{ {days}
      results {{ index outcome timeOffEntry {{ id hours user {{ fullName }} worker {{ id }}
        externalReferences {{ id serviceName subject {{ id totalHours }} }} days {{ date }} }}
        }} }} }}""")
    record = await same(f"""mutation {{ createPersonTimeOff(input: {{dryRun: true, {RECORD},
      startDay: "{DAY}", endDay: "{DAY}", repeat: WEEKLY, cadence: 1, repeatEndDay: "2027-01-31"}})
      {{ {days} personTimeOff {{ id instances {{ id startDay }} days {{ date hours }}
        {TOTAL} }} }} }}""")

    for ran in (entries, record):
        assert ran.was_compiled
        assert "errors" not in ran.answer
    assert await rows_in(module_twins, "changes") == before


@pytest.mark.rule("5.4")
async def test_a_refusal_of_a_version_leads_to_what_it_is_now(same, module_twins):
    made = await same(f"""mutation {{ {create(DAY, "id updatedAt")} createTimeOffEntries(input: {{
      timeOffEntries: [{{userId: 3, hours: 1, requestedDate: "{DAY}"}}]}})
      {{ timeOffEntries {{ id updatedAt }} }} }}""")
    record = made.answer["data"]["createPersonTimeOff"]["personTimeOff"]["id"]
    (entry,) = made.answer["data"]["createTimeOffEntries"]["timeOffEntries"]
    before = await rows_in(module_twins, "changes")
    never = 'ifUnchangedSince: "2020-01-01T00:00:00Z"'
    told = f"""userErrors {{ __typename code path ... on ChangedSince {{ updatedAt current {{
      id updatedAt totalHours worker {{ fullName }} ... on TimeOffEntry {{ hours user {{ id }} }}
      ... on PersonTimeOff {{ reason {TOTAL} instances {{ id }} }} }} }} }}"""

    ran = await same(f"""mutation {{
      a: updatePersonTimeOff(input: {{id: "{record}", isPaid: false, {never}}}) {{ {told} }}
      b: deletePersonTimeOff(input: {{id: "{record}", {never}}}) {{ {told} }}
      c: updateTimeOffEntry(input: {{id: "{entry["id"]}", hours: 2, {never}}}) {{ {told} }}
      d: deleteTimeOffEntries(input: {{ids: ["{entry["id"]}"], {never}}}) {{ {told} }} }}""")

    assert ran.was_compiled
    assert "errors" not in ran.answer
    errors = [ran.answer["data"][key]["userErrors"][0] for key in "abcd"]
    assert [each["current"]["id"] for each in errors] == [record, record, entry["id"], entry["id"]]
    assert {each["code"] for each in errors} == {"CHANGED_SINCE"}
    assert await rows_in(module_twins, "changes") == before


async def test_the_same_key_again_is_answered_alike(same, module_twins):
    query = f"mutation {{ {create(DAY, 'id sourceId', idempotencyKey='again')} }}"

    answers = [await same(query) for _ in range(2)]

    assert all(each.was_compiled for each in answers)
    assert answers[0] == answers[1]
    await stores_the_same(module_twins)


def test_the_days_of_the_cases_are_ahead():
    assert str(TODAY) < DAY


@pytest.mark.only_on("sqlite")
async def test_rows_that_take_too_long_to_read_in_the_loop_are_made_of_objects(same, monkeypatch):
    monkeypatch.setattr(direct_reads, "MOST_SECONDS", -1.0)
    monkeypatch.setattr(direct_reads, "STEPS_BETWEEN_LOOKS", 1)
    query = "{ personTimeOffs(first: 50) { totalCount nodes { reason person { fullName } } } }"

    ran = await same(query)
    again = await same(query)

    assert ran.answer["data"]["personTimeOffs"]["nodes"]
    assert again.answer == ran.answer
