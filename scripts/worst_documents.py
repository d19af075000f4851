"""Searches for the requests that cost most before they run. See scripts/worst-documents.

A request is written by one of the families below from a list of genes, numbers between 0
and 1; the search changes genes, and pieces of the finished document, and keeps what costs
more. Guessing finds what one has thought of; the search also finds the rest.
"""

import argparse
import gc
import json
import random
import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    get_named_type,
    get_variable_values,
    is_composite_type,
    is_required_argument,
)

from graphql_schema.http.documents import Documents, TrustedDocumentsMode
from graphql_schema.http.errors import BAD_USER_INPUT, REQUEST_TOO_LARGE, NotAdmitted, NotRun
from graphql_schema.http.limits import Limits
from graphql_schema.http.operations import Operation, Operations
from graphql_schema.http.parameters import from_body
from graphql_schema.http.request_errors import MAX_ERRORS, coded, unreadable_variables
from graphql_schema.schema import schema

CORPUS: Final = Path(__file__).resolve().parent.parent / "tests" / "gate" / "worst"
MOST_BYTES: Final = 128 * 1024
MOST_MS: Final = 100.0
GENES: Final = 16
SCALES: Final = (1.0, 0.7, 0.5, 0.35, 0.25, 0.15, 0.1, 0.05, 0.02)
LIMITS: Final = Limits()

_TOKEN: Final = re.compile(r'"""[\s\S]*?"""|"(?:[^"\\]|\\.)*"|\.\.\.|[$@]?\w+|[^\s\w]')

Request = dict[str, Any]


class Gate:
    """Everything that a request passes before it runs, with nothing remembered."""

    def __init__(self) -> None:
        self._documents = Documents({}, TrustedDocumentsMode.OFF, remembers=True)
        self._limits = LIMITS

    def pass_through(self, body: bytes) -> str:
        """Read, admit, validate and coerce; return what became of the request."""
        # Made anew, for a document that is remembered costs nothing.
        operations = Operations(schema, self._limits, hides_suggestions=False, introspection=True)
        try:
            parameters, _ = self._documents.find(from_body(body, self._limits))
            operation = operations.prepare(parameters)
            self._coerce(operation, parameters.variables or {})
        except NotAdmitted as refusal:
            return f"{refusal.code}: {refusal.message}"
        except NotRun as refusal:
            first = refusal.errors[0]
            return f"{first['extensions']['code']}: {first['message'][:80]}"
        return "admitted"

    @staticmethod
    def _coerce(operation: Operation, given: dict[str, Any]) -> None:
        """Read the variables as the execution does before it starts."""
        core, definition = schema._schema, operation.definition  # noqa: SLF001
        read = get_variable_values(
            core,
            definition.variable_definitions or (),
            given,
            max_errors=MAX_ERRORS,
            hide_suggestions=True,
        )
        if isinstance(read, list):
            told = unreadable_variables(core, definition, given, introspection=True)
            raise NotRun(coded(told or read, BAD_USER_INPUT))

    def cost(self, body: bytes, *, times: int = 1) -> tuple[float, str]:
        """Return milliseconds of CPU, the best of some tries, and what became of it."""
        best, outcome = float("inf"), ""
        for _ in range(times):
            gc.collect(0)
            before = time.process_time()
            outcome = self.pass_through(body)
            best = min(best, (time.process_time() - before) * 1000)
        return best, outcome


class Genes:
    """Numbers between 0 and 1, taken one after the other as whatever is needed."""

    def __init__(self, values: Sequence[float], scale: float = 1.0) -> None:
        self._values = list(values)
        self._scale = scale
        self._next = 0

    def number(self, low: int, high: int) -> int:
        """Take a number, small ones more often than large ones."""
        return low + int(self._take() ** 2 * (high - low + 0.999) * self._scale)

    def of(self, choices: Sequence[Any]) -> Any:  # noqa: ANN401 - one of whatever is given
        """Take one of several."""
        return choices[min(int(self._take() * len(choices)), len(choices) - 1)]

    def _take(self) -> float:
        value = self._values[self._next % len(self._values)]
        self._next += 1
        return value


_TYPES: Final = schema._schema.type_map  # noqa: SLF001 - Strawberry has no public name for it
OBJECTS: Final = [each for each in _TYPES.values() if isinstance(each, GraphQLObjectType)]
ABSTRACT: Final = [each for each in _TYPES.values() if isinstance(each, GraphQLInterfaceType)]
INPUTS: Final = [each for each in _TYPES.values() if isinstance(each, GraphQLInputObjectType)]
ENUMS: Final = [each for each in _TYPES.values() if isinstance(each, GraphQLEnumType)]
NODES: Final = [each.name for each in OBJECTS if any(i.name == "Node" for i in each.interfaces)]
WORDS: Final = sorted(
    {name for each in (OBJECTS, ABSTRACT, INPUTS) for type_ in each for name in type_.fields}
    | set(_TYPES)
)
FIELDS: Final = (
    "__typename",
    "node(id:1){id}",
    "node(id:1){...on User{id fullName}}",
    "users{nodes{id}}",
    "timeOffEntries(first:1){nodes{id hours user{id}}}",
    "__schema{types{name}}",
    "nope",
    "usres{nodes{id}}",
    "nodes(ids:[1,2,3]){id}",
)


def fragments(genes: Genes) -> Request:
    """Fragments that spread each other, used or not."""
    count, degree = genes.number(1, 300), genes.number(1, 40)
    body, inside = genes.of(FIELDS), genes.of(["{}", "node(id:1){{{}}}", "...{{{}}}", "a:x{{{}}}"])
    repeats, skip = genes.number(0, 30), genes.number(1, 7)
    on, roots = genes.of(["Query", "Node", "User"]), genes.number(0, 12)
    alias = genes.of([False, True])
    texts = []
    for index in range(count):
        below = [index + 1 + skip * each for each in range(degree)]
        spread = " ".join(f"...f{each}" for each in below if each < count)
        fields = " ".join(f"x{each}:{body}" if alias else body for each in range(repeats))
        wrapped = inside.replace("{}", spread or "__typename")
        wrapped = wrapped.replace("{{", "{").replace("}}", "}")
        texts.append(f"fragment f{index} on {on}{{{fields} {wrapped}}}")
    used = " ".join(f"...f{each}" for each in range(roots)) or "__typename"
    return {"query": f"{{{used}}}" + "".join(texts)}


def repeats(genes: Genes) -> Request:
    """One response name again and again, in many ways."""
    count, body = genes.number(1, 700), genes.of(FIELDS)
    wrap = genes.of(["{}", "...{{{}}}", "...on Query{{{}}}", "...@skip(if:true){{{}}}"])
    depth, at = genes.number(0, 25), genes.of(["operation", "fragment", "unused", "many"])
    names = genes.number(1, 60)
    pieces = [
        wrap.replace("{{", "{").replace("}}", "}").replace("{}", f"x{each % names}:{body}")
        for each in range(count)
    ]
    text = "...{" * depth + " ".join(pieces) + "}" * depth
    if at == "operation":
        return {"query": f"{{{text}}}"}
    if at == "unused":
        return {"query": f"{{__typename}} fragment f on Query{{{text}}}"}
    if at == "fragment":
        return {"query": f"{{...f}} fragment f on Query{{{text}}}"}
    parts = max(1, genes.number(1, 60))
    size = max(1, len(pieces) // parts)
    groups = [pieces[each : each + size] for each in range(0, len(pieces), size)]
    spread = " ".join(f"...f{each}" for each in range(len(groups)))
    texts = [f"fragment f{i} on Query{{{' '.join(group)}}}" for i, group in enumerate(groups)]
    return {"query": f"{{{spread}}}" + "".join(texts)}


def operations(genes: Genes) -> Request:
    """Many operations over the same fragments and variables."""
    count, fields, variables = genes.number(1, 350), genes.number(1, 300), genes.number(0, 60)
    body = genes.of(FIELDS)
    chain = genes.number(1, 60)
    named = genes.of(["q{}", "q", "verylongname" * 4 + "{}"])
    uses = " ".join(f"v{each}:node(id:$v{each}){{id}}" for each in range(variables))
    inner = " ".join(f"x{each}:{body}" for each in range(fields))
    shared = "".join(f"fragment f{each} on Query{{...f{each + 1}}}" for each in range(chain))
    shared += f"fragment f{chain} on Query{{{uses} {inner}}}"
    declared = " ".join(f"$v{each}:ID!" for each in range(variables))
    heads = [
        f"query {named.format(each)}{f'({declared})' if declared else ''}{{...f0}}"
        for each in range(count)
    ]
    return {"query": "".join(heads) + shared, "operationName": named.format(0)}


def declared_variables(genes: Genes) -> Request:
    """Many variables, with defaults, used or not, known types or not."""
    count = genes.number(1, 600)
    type_ = genes.of(["Int", "ID!", "[[Int]]", "Nope", "CreateTimeOffEntriesInput", "[ID!]!"])
    default = genes.of(["", "=1", "=[[1]]", '="x"', "={a:1}", "=$v0", "=null"])
    used, same = genes.number(0, 300), genes.of([False, True])
    directive = genes.of(["", "@skip(if:true)", "@nope", "@a@b@c@d"])
    declared = " ".join(
        f"${'v' if same else f'v{each}'}:{type_}{default}{directive}" for each in range(count)
    )
    uses = " ".join(f"x{each}:node(id:$v{each}){{id}}" for each in range(used)) or "__typename"
    values = {f"v{each}": genes.of([1, "x", None, [1], {}]) for each in range(genes.number(0, 600))}
    return {"query": f"query({declared}){{{uses}}}", "variables": values}


def literals(genes: Genes) -> Request:
    """Deep and wide literals in arguments."""
    argument = genes.of(["id", "ids", "input", "filter", "nope"])
    name = genes.of(["node", "nodes", "createTimeOffEntries", "timeOffEntries", "users"])
    depth, width = genes.number(0, 120), genes.number(1, 700)
    item = genes.of(
        [
            "1",
            '"x"',
            "{userId:1}",
            '{userId:1,hours:1,requestedDate:"2026-01-01"}',
            "{a:1,b:2}",
            "$v",
            "NOPE",
            "1e99",
            "[[]]",
        ]
    )
    keyed = genes.of(["[{}]", "{timeOffEntries:[{}]}", "{a:{}}", "{ids:[{}]}"])
    value = keyed.replace("{}", ",".join([item] * width) if "[" in keyed else item)
    value = "[" * depth + value + "]" * depth
    kind = genes.of(["query", "mutation"])
    fields = " ".join(
        f"x{each}:{name}({argument}:{value}){{__typename}}" for each in range(genes.number(1, 20))
    )
    head = genes.of(["", "($v:ID)", "($v:[CreateTimeOffEntriesInput!])"])
    return {"query": f"{kind}{head}{{{fields}}}"}


def directives(genes: Genes) -> Request:
    """Many directives, everywhere."""
    one = genes.of(["@skip(if:true)", "@include(if:$v)", "@nope", "@skip", "@defer", "@deprecated"])
    count, fields = genes.number(1, 600), genes.number(1, 300)
    where = genes.of(["field", "operation", "fragment", "spread", "variable", "inline"])
    many = one * count
    texts = {
        "field": "{" + " ".join(f"x{i}:__typename{many}" for i in range(fields)) + "}",
        "operation": f"query {many}{{__typename}}",
        "fragment": f"{{...f}} fragment f on Query{many}{{__typename}}",
        "spread": "{" + f"...f{many} " * fields + "} fragment f on Query{__typename}",
        "variable": f"query($v:Boolean!{many}){{__typename}}",
        "inline": "{" + f"...{many}{{__typename}}" * fields + "}",
    }
    return {"query": texts[where], "variables": {"v": True}}


def unknown_names(genes: Genes) -> Request:
    """Names that are nearly right: each is compared with all that there are."""
    count, length = genes.number(1, 600), genes.number(1, 400)
    where = genes.of(["field", "argument", "type", "input", "enum", "directive", "fragment"])
    word = genes.of(WORDS)
    near = [f"{word[:3]}{word}{'e' * (each % 7)}"[: length + 3] for each in range(count)]
    texts = {
        "field": "{" + " ".join(near) + "}",
        "argument": "{users(" + ",".join(f"{each}:1" for each in near) + "){nodes{id}}}",
        "type": "{" + "".join(f"...on {each}{{id}}" for each in near) + "}",
        "input": "{users(filter:{" + ",".join(f"{each}:1" for each in near) + "}){nodes{id}}}",
        "enum": "{"
        + " ".join(f"users(orderBy:{{field:{each}}}){{nodes{{id}}}}" for each in near)
        + "}",
        "directive": "{__typename " + "".join(f"@{each}" for each in near) + "}",
        "fragment": "{" + "".join(f"...{each} " for each in near) + "}",
    }
    return {"query": texts[where]}


def lexemes(genes: Genes) -> Request:
    """Comments, block strings, escapes, long names and numbers, Unicode."""
    unit = genes.of(
        ["x", "é", "\U0001d4b3", " ", "\n", ",", "\ufeff", "\\n", "\\u0041", "\\u{1F600}", '\\"']
    )
    size = genes.number(1, 16_000) // max(1, len(unit.encode()))
    inside = unit * size
    shape = genes.of(["comment", "comments", "block", "string", "name", "number", "blank", "lines"])
    texts = {
        "comment": f"#{inside.replace(chr(10), ' ')}\n{{__typename}}",
        "comments": f"#{unit.strip()}\n" * size + "{__typename}",
        "block": f'{{node(id:"""{inside}"""){{id}}}}',
        "string": f'{{node(id:"{inside}"){{id}}}}',
        "name": "{" + "x" * size + "}",
        "number": "{node(id:" + "1" * size + "){id}}",
        "blank": f"{{{' ,' * size}__typename}}",
        "lines": '{node(id:"""' + f"{unit}\n" * size + '"""){id}}',
    }
    return {"query": texts[shape]}


ENTRY: Final = {"userId": "1", "hours": 1.25, "requestedDate": "2026-03-02"}
REFERENCE: Final = {"serviceName": "s", "serviceModel": "m", "serviceModelRef": "r"}


def variables(genes: Genes) -> Request:
    """Large variables: many items, bad items, items with too much in them."""
    count = genes.number(1, 9000)
    item: Any = genes.of(
        [
            ENTRY,
            {**ENTRY, "externalReference": REFERENCE},
            {**ENTRY, "nope": 1},
            {**ENTRY, "requestedDate": "2026-13-77"},
            {"usrId": 1},
            [],
            {},
            None,
            1,
            "x",
            {f"k{each}": 1 for each in range(20)},
            {**ENTRY, "externalReference": {**REFERENCE, "status": "NOPE"}},
        ]
    )
    nest = genes.number(0, 28)
    value: Any = [item] * count
    for _ in range(nest):
        value = [value]
    where = genes.of(["entries", "ids", "unused", "users", "mixed"])
    entries = "mutation($v:[TimeOffEntryInput!]!){createTimeOffEntries(input:{timeOffEntries:$v})"
    texts = {
        "entries": entries + "{userErrors{code}}}",
        "mixed": "mutation($v:CreateTimeOffEntriesInput!){createTimeOffEntries(input:$v)"
        "{userErrors{code}}}",
        "ids": "query($v:[ID!]!){nodes(ids:$v){id}}",
        "unused": "{__typename}",
        "users": "mutation($v:[UserInput!]!){upsertUsers(input:{users:$v}){userErrors{code}}}",
    }
    given = {"timeOffEntries": value} if where == "mixed" else value
    return {"query": texts[where], "variables": {"v": given}}


def text_variables(genes: Genes) -> Request:
    """Variables of much text, in many escapes, under many keys."""
    unit = genes.of(["x", "\x01", "é", "\ud800", "\U0001d4b3", '"', "\\"])
    count, keys = genes.number(1, 40_000), genes.number(1, 9000)
    where = genes.of(["value", "keys", "key"])
    given: dict[str, Any] = {
        "value": {"v": unit * count},
        "keys": {f"{unit}{each}": each for each in range(keys)},
        "key": {unit * count: 1},
    }[where]
    return {"query": "query($v:ID!){node(id:$v){id}}", "variables": given}


def introspection(genes: Genes) -> Request:
    """Introspection in introspection, side by side."""
    depth, width = genes.number(1, 14), genes.number(1, 60)
    one = genes.of(
        ["fields{type{{}}}", "ofType{{}}", "possibleTypes{{}}", "fields{args{type{{}}}}"]
    )
    text = "name"
    for _ in range(depth):
        text = one.replace("{}", text) if "{{}}" not in one else one.replace("{{}}", f"{{{text}}}")
    root = genes.of(["__schema{types{{}}}", '__type(name:"Query"){{}}']).replace(
        "{{}}", f"{{{text}}}"
    )
    return {"query": "{" + " ".join(f"x{each}:{root}" for each in range(width)) + "}"}


def inline_fragments(genes: Genes) -> Request:
    """Inline fragments over all types, nested and side by side."""
    count, depth = genes.number(1, 250), genes.number(1, 40)
    types = [genes.of([*NODES, "Node", "Nope", "Query"]) for _ in range(5)]
    field_ = genes.of(["id", "x:id", "__typename", "company{id}", "user{id}", "nope"])
    inside = field_
    for level in range(depth):
        inside = f"...on {types[level % len(types)]}{{{inside}}}"
    return {"query": "{node(id:1){" + f"{inside} " * count + "}}"}


def raw_json(genes: Genes) -> Request:
    """JSON that is none of our business: unknown members, deep, wide, with large numbers."""
    count, depth = genes.number(1, 12_000), genes.number(0, 33)
    item = genes.of([1, "x", [], {}, 1.5, True, None, 10**31, {"a": 1}, [1, 2, 3]])
    value: Any = [item] * count
    for _ in range(depth):
        value = {"a": value}
    where = genes.of(["extensions", "more", "variables"])
    return {"query": "{__typename}", where: value if where == "more" else {"a": value}}


def selections(genes: Genes) -> Request:
    """Documents that mostly follow the schema, with fragments and aliases."""
    random_ = random.Random(genes.number(0, 2**31))  # noqa: S311
    writer = _Writer(
        random_,
        fields=genes.number(10, 900),
        depth=genes.number(1, 19),
        aliased=genes.of([0.0, 0.1, 0.3]),
        inline=genes.of([0.0, 0.2, 0.5]),
        spread=genes.of([0.0, 0.1, 0.3, 0.6]),
    )
    operations_ = [
        f"query q{each}{{{writer.selection('Query', 1)}}}" for each in range(genes.number(1, 19))
    ]
    return {"query": "".join((*operations_, *writer.fragments)), "operationName": "q0"}


class _Writer:
    """Writes selections of the schema's own fields until its budget is spent."""

    def __init__(
        self,
        random_: random.Random,
        *,
        fields: int,
        depth: int,
        aliased: float,
        inline: float,
        spread: float,
    ) -> None:
        self._random = random_
        self._left = fields
        self._depth = depth
        self._aliased, self._inline, self._spread = aliased, inline, spread
        self._known: dict[str, list[str]] = {}
        self.fragments: list[str] = []

    def selection(self, type_name: str, level: int) -> str:
        """Write what is selected of a type."""
        parts = []
        for _ in range(self._random.randint(1, 12)):
            if self._left <= 0:
                break
            parts.append(self._part(type_name, level))
        return " ".join(parts) or "__typename"

    def _part(self, type_name: str, level: int) -> str:
        if self._random.random() < self._spread and level < self._depth:
            return self._fragment(type_name, level)
        if self._random.random() < self._inline and level < self._depth:
            return f"...on {type_name}{{{self.selection(type_name, level + 1)}}}"
        return self._field(type_name, level)

    def _fragment(self, type_name: str, level: int) -> str:
        known = self._known.setdefault(type_name, [])
        if known and self._random.random() < 0.7:  # noqa: PLR2004
            return f"...{self._random.choice(known)}"
        name = f"F{len(self.fragments)}_{level}"
        text = self.selection(type_name, level + 1)
        self.fragments.append(f"fragment {name} on {type_name}{{{text}}}")
        known.append(name)
        return f"...{name}"

    def _field(self, type_name: str, level: int) -> str:
        self._left -= 1
        type_ = _TYPES[type_name]
        if not isinstance(type_, GraphQLObjectType | GraphQLInterfaceType):
            return "__typename"
        name = self._random.choice(list(type_.fields))
        definition = type_.fields[name]
        below = get_named_type(definition.type)
        alias = f"a{self._left}:" if self._random.random() < self._aliased else ""
        given = [
            each for each, argument in definition.args.items() if is_required_argument(argument)
        ]
        values = ",".join(f'{each}:"1"' for each in given)
        arguments = f"({values})" if given else ""
        if not is_composite_type(below):
            return f"{alias}{name}{arguments}"
        if level >= self._depth:
            return "__typename"
        return f"{alias}{name}{arguments}{{{self.selection(below.name, level + 1)}}}"


FAMILIES: Final[dict[str, Callable[[Genes], Request]]] = {
    each.__name__: each
    for each in (
        selections,
        fragments,
        repeats,
        operations,
        declared_variables,
        literals,
        directives,
        unknown_names,
        lexemes,
        variables,
        text_variables,
        introspection,
        inline_fragments,
        raw_json,
    )
}


@dataclass(frozen=True)
class Candidate:
    """A request, how it came about, and what it costs."""

    family: str
    genes: tuple[float, ...]
    scale: float = 1.0
    edits: tuple[int, ...] = ()
    body: bytes = b""
    ms: float = 0.0
    outcome: str = ""


@dataclass
class Search:
    """Keeps the worst of each family, and looks around them for worse."""

    seed: int
    gate: Gate = field(default_factory=Gate)
    worst: dict[str, list[Candidate]] = field(default_factory=dict)
    tried: int = 0

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)  # noqa: S311 - a search, no secret

    def run(self, seconds: float) -> None:
        """Search for so long."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self._consider(self._next())

    def _next(self) -> Candidate:
        family = self.random.choice(list(FAMILIES))
        known = self.worst.get(family, [])
        if not known or self.random.random() < 0.25:  # noqa: PLR2004
            return Candidate(family, tuple(self.random.random() for _ in range(GENES)))
        parent = self.random.choice(known)
        if self.random.random() < 0.4:  # noqa: PLR2004
            return replace(parent, edits=(*parent.edits[-12:], self.random.randrange(2**32)))
        genes = list(parent.genes)
        for _ in range(self.random.randint(1, 3)):
            place = self.random.randrange(GENES)
            near = min(max(genes[place] + self.random.gauss(0, 0.1), 0.0), 1.0)
            genes[place] = self.random.choice([near, self.random.random()])
        return replace(parent, genes=tuple(genes))

    def _consider(self, candidate: Candidate) -> None:
        # As large as the limits admit: what is refused for its size alone teaches nothing.
        for scale in SCALES:
            candidate = replace(candidate, scale=scale)
            body = write(candidate)
            if body is None:
                continue
            self.tried += 1
            ms, outcome = self.gate.cost(body)
            if not outcome.startswith(REQUEST_TOO_LARGE):
                break
        if body is None:
            return
        best = self.worst.setdefault(candidate.family, [])
        if len(best) >= 5 and ms <= best[-1].ms:  # noqa: PLR2004
            return
        ms, outcome = self.gate.cost(body, times=3)
        if any(each.body == body for each in best):
            return
        best.append(replace(candidate, body=body, ms=ms, outcome=outcome))
        best.sort(key=lambda each: -each.ms)
        del best[5:]


def write(candidate: Candidate) -> bytes | None:
    """Return the request's body, or None for one that is above 128 kB."""
    request = FAMILIES[candidate.family](Genes(candidate.genes, candidate.scale))
    for edit in candidate.edits:
        request["query"] = edited(request["query"], random.Random(edit))  # noqa: S311
    body = json.dumps(request, separators=(",", ":")).encode()
    return body if len(body) <= MOST_BYTES else None


def edited(text: str, random_: random.Random) -> str:
    """Return the document with some of its tokens repeated, moved, removed or renamed."""
    tokens = _TOKEN.findall(text)
    if not tokens:
        return text
    start = random_.randrange(len(tokens))
    end = min(len(tokens), start + random_.randint(1, 30))
    span = tokens[start:end]
    place = random_.randrange(len(tokens))
    match random_.randrange(6):
        case 0:
            tokens[end:end] = span * random_.randint(1, 60)
        case 1:
            tokens[place:place] = span
        case 2:
            del tokens[start:end]
        case 3:
            names = [
                each for each in (*tokens, *random_.choices(WORDS, k=20)) if each[:1].isalpha()
            ]
            tokens[start] = random_.choice(names)
        case 4:
            tokens[start:end] = ["...", "{", *span, "}"]
        case _:
            balanced = list(_balanced(tokens, start))
            tokens[start:start] = balanced * random_.randint(1, 20)
    return " ".join(tokens)[: LIMITS.document_bytes]


def _balanced(lexemes_: Sequence[str], start: int) -> Iterator[str]:
    """Yield a whole field or fragment from the start on."""
    depth = 0
    for each in lexemes_[start:]:
        depth += (each in "{([") - (each in "})]")
        if depth < 0:
            return
        yield each
        if depth == 0 and each == "}":
            return


def main() -> None:
    """Search, say what was found, and keep it if that is wanted."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=time.time_ns() % 1_000_000)
    parser.add_argument("--save", action="store_true", help=f"keep the worst in {CORPUS.name}/")
    arguments = parser.parse_args()
    search = Search(arguments.seed)
    search.run(arguments.seconds)
    print(f"seed {search.seed}, {search.tried} requests, limit {MOST_MS:.0f} ms of CPU")
    found = sorted((each[0] for each in search.worst.values()), key=lambda each: -each.ms)
    for each in found:
        mark = "ABOVE" if each.ms > MOST_MS else "     "
        print(f"{mark} {each.ms:7.1f} ms {len(each.body):7} B  {each.family:18} {each.outcome}")
        if arguments.save:
            save(each)
    raise SystemExit(any(each.ms > MOST_MS for each in found))


def save(candidate: Candidate) -> None:
    """Keep the request, unless a worse one of its family is kept already."""
    path = CORPUS / f"{candidate.family}.json"
    if path.exists() and Gate().cost(path.read_bytes(), times=3)[0] >= candidate.ms:
        return
    CORPUS.mkdir(parents=True, exist_ok=True)
    path.write_bytes(candidate.body)


if __name__ == "__main__":
    main()
