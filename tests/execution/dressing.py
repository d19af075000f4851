"""Operations as clients write them, made of selections that hypothesis-graphql chose.

What it selects stays; arguments are given values that mostly find something, as literals or
variables; fragments, directives, aliases and repeated fields come and go by chance.
"""

import json
from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass, field
from itertools import chain
from random import Random
from typing import Any, Final

from graphql import (
    FieldNode,
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionNode,
    Undefined,
    get_named_type,
    is_composite_type,
    is_leaf_type,
    parse,
    print_ast,
)

from tests.execution.known import LEFT_OUT, Known

# Names that would matter if they became code, and names of the schema in other places.
ODD_NAMES: Final = ("class", "None", "value", "run", "answer", "deviate", "x0", "_", "__proto__",
                    "id", "nodes", "fullName", "lambda", "complete", "is_error")  # fmt: skip
MAX_FLAGS: Final = 4
DEEPEST: Final = 4

Nodes = Sequence[FieldNode | InlineFragmentNode]
Path = tuple[str, ...]


@dataclass(frozen=True)
class Dressed:
    """An operation as it is sent."""

    query: str
    variables: list[dict[str, Any]]
    """Of each time that it is sent."""
    operation_name: str | None
    root_fields: dict[str, str]
    """By their names in the answer."""
    is_mutation: bool


@dataclass
class Dresser:
    """Dresses one operation."""

    schema: GraphQLSchema
    known: Known
    chance: Random
    is_wild: bool
    """Whether arguments stay as they were made: most of them are refused."""
    arguments: dict[Path, str] = field(default_factory=dict)
    definitions: dict[str, str] = field(default_factory=dict)
    variables: dict[str, Any] = field(default_factory=dict)
    drawn: dict[str, Callable[[], Any]] = field(default_factory=dict)
    fragments: list[str] = field(default_factory=list)
    flags: list[str] = field(default_factory=list)

    def dress(self, operations: Sequence[Sequence[str]]) -> Dressed:
        """Make one operation of several, of which those together have the same root field."""
        groups = [[_operation(text) for text in group] for group in operations]
        kind = groups[0][0].operation
        root = self.schema.get_root_type(kind)
        assert root is not None
        names, parts = {}, []
        for index, group in enumerate(groups):
            nodes = [node for each in group for node in each.selection_set.selections]
            key = f"r{index}" if index or self._likely(0.3) else _name(nodes[0])
            names[key] = _name(nodes[0])
            parts += self._field(root, nodes, (key,))
        if self._likely(0.15):
            parts.insert(self.chance.randrange(len(parts) + 1), "__typename")
        body = "{ " + " ".join(self._wrapped(root, parts)) + " }"
        return self._put_together(kind.value, body, names)

    def _put_together(self, kind: str, body: str, names: dict[str, str]) -> Dressed:
        declared = ", ".join(f"${name}: {text}" for name, text in self.definitions.items())
        name = "Asked" if declared or self._likely(0.5) else ""
        head = f"{kind} {name}({declared})" if declared else f"{kind} {name}"
        documents = [f"{head} {body}", *self.fragments]
        if name and self._likely(0.05):
            documents.append("query Other { __typename }")
        self.chance.shuffle(documents)
        wanted = name if len(documents) > len(self.fragments) + 1 or self._likely(0.3) else None
        if self._likely(0.03):
            self.variables["notDeclared"] = 1
        sent = [self.variables, *([self._others()] if self.definitions else [])]
        return Dressed("\n".join(documents), sent, wanted or None, names, kind == "mutation")

    def _others(self) -> dict[str, Any]:
        """Return other variables for the same document."""
        others = {}
        for name, text in self.definitions.items():
            value = self._likely(0.5) if name in self.flags else self.drawn[name]()
            if value is not LEFT_OUT:
                others[name] = value
            elif text.endswith("!"):
                others[name] = self.variables[name]
        return others

    # Selections

    def _selection(self, type_: GraphQLNamedType, nodes: Nodes, path: Path) -> str:
        parts: list[str] = []
        together: dict[str, list[FieldNode]] = {}
        for node in nodes:
            if isinstance(node, FieldNode):
                together.setdefault(_key(node), []).append(node)
            else:
                assert node.type_condition is not None
                condition = self.schema.get_type(node.type_condition.name.value)
                assert condition is not None
                below: Any = node.selection_set.selections
                inner = self._selection(condition, below, path)
                parts.append(self._fragment(condition, inner))
        for key, same in together.items():
            parts += self._field(type_, same, (*path, key))
        parts += self._leaves(type_)
        parts += self._objects(type_, path, but=together)
        if not parts or self._likely(0.25):
            parts.append(self._aliased("__typename"))
        self.chance.shuffle(parts)
        return "{ " + " ".join(self._wrapped(type_, parts)) + " }"

    def _leaves(self, type_: GraphQLNamedType) -> list[str]:
        """Return some fields more that need neither selection nor argument."""
        fields = getattr(type_, "fields", {})
        names = [name for name, each in fields.items() if is_leaf_type(get_named_type(each.type))]
        names = [name for name in names if not fields[name].args]
        wanted = self.chance.sample(names, self.chance.randint(0, min(4, len(names))))
        if type_.name == "UserError":
            wanted.append("code")  # says what was met
        return [self._aliased(name) + self._directives() for name in wanted]

    def _objects(self, type_: GraphQLNamedType, path: Path, *, but: Container[str]) -> list[str]:
        """Return an object or two more: of a list, most often what is on it."""
        fields: dict[str, GraphQLField] = getattr(type_, "fields", {})
        names = [
            name
            for name, each in fields.items()
            if is_composite_type(get_named_type(each.type))
            and name not in but
            and not any(isinstance(one.type, GraphQLNonNull) for one in each.args.values())
        ]
        if len(path) > DEEPEST or not names:
            return []
        if type_.name.endswith(("Connection", "Edge")):
            wanted = [self.chance.choice(names)] if self._likely(0.8) else []
        else:
            wanted = [name for name in names if self._likely(0.5 / len(path))][:2]
        parts = []
        for name in wanted:
            below = (*path, name)
            if below not in self.arguments:
                self.arguments[below] = ""
            selected = self._selection(get_named_type(fields[name].type), [], below)
            parts.append(f"{name}{self.arguments[below]}{self._directives()} {selected}")
        return parts

    def _aliased(self, name: str) -> str:
        if not self._likely(0.06):
            return name
        alias = self.chance.choice(ODD_NAMES) if self._likely(0.4) else f"a{self.chance.random()}"
        return f"{alias.replace('.', '_')}: {name}"

    def _field(self, parent: GraphQLNamedType, nodes: Sequence[Any], path: Path) -> list[str]:
        """Return a field of several selections, at times spread over several of its name."""
        name = _name(nodes[0])
        if name == "__typename":
            return [name]
        definition = parent.fields[name]  # type: ignore[attr-defined]
        if path not in self.arguments:  # where it is asked for twice, they are the same
            self.arguments[path] = self._arguments(definition, nodes[0], name)
        head = (f"{path[-1]}: " if path[-1] != name else "") + name + self.arguments[path]
        if is_leaf_type(get_named_type(definition.type)):
            repeated = [head, head] if self._likely(0.05) else [head]
            return [each + self._directives() for each in repeated]
        below = [each.selection_set.selections for each in nodes]
        if len(below) > 1 and self._likely(0.4):
            middle = len(below) // 2
            halves = [list(chain(*each)) for each in (below[:middle], below[middle:])]
        else:
            halves = [list(chain(*below))]
        type_ = get_named_type(definition.type)
        return [
            f"{head}{self._directives()} {self._selection(type_, each, path)}" for each in halves
        ]

    def _wrapped(self, type_: GraphQLNamedType, parts: list[str]) -> list[str]:
        """Put some neighbours into a fragment."""
        if not parts or not self._likely(0.3):
            return parts
        start = self.chance.randrange(len(parts))
        end = self.chance.randint(start + 1, len(parts))
        inner = "{ " + " ".join(parts[start:end]) + " }"
        wrapped = [*parts[:start], self._fragment(type_, inner), *parts[end:]]
        if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType) and self._likely(0.3):
            for interface in type_.interfaces:
                names = " ".join(self._leaves(interface)) or "__typename"
                wrapped.append(self._fragment(interface, "{ " + names + " }"))
        return wrapped

    def _fragment(self, type_: GraphQLNamedType, selection: str) -> str:
        drawn = self.chance.random()
        if drawn < 0.3:
            name = f"F{len(self.fragments)}"
            self.fragments.append(f"fragment {name} on {type_.name} {selection}")
            spread = f"...{name}{self._directives()}"
            return f"{spread} ...{name}" if self._likely(0.2) else spread
        if drawn < 0.4 and isinstance(type_, GraphQLObjectType) and "... on" not in selection:
            return f"... on {type_.name}{self._directives()} {selection}"
        return f"... on {type_.name}{self._directives()} {selection}"

    def _directives(self) -> str:
        drawn = self.chance.random()
        if drawn > 0.1:
            return ""
        if drawn > 0.05:
            return self._directive("skip" if drawn > 0.08 else "include")
        return self._directive("include") + self._directive("skip") if drawn < 0.015 else ""

    def _directive(self, name: str) -> str:
        kept = "true" if name == "include" else "false"
        lost = "false" if name == "include" else "true"
        if self._likely(0.3):
            return f" @{name}(if: {kept if self._likely(0.8) else lost})"
        return f" @{name}(if: ${self._flag(value=kept == 'true')})"

    def _flag(self, *, value: bool) -> str:
        if self.flags and (len(self.flags) >= MAX_FLAGS or self._likely(0.4)):
            return self.chance.choice(self.flags)
        name = f"flag{len(self.flags)}"
        self.flags.append(name)
        given = value if self._likely(0.85) else not value
        declared = self.chance.choice(("Boolean!", "Boolean!", "Boolean! = true", "Boolean = true"))
        self.definitions[name] = declared
        if "=" not in declared or self._likely(0.5):
            self.variables[name] = given
        return name

    # Arguments

    def _arguments(self, definition: GraphQLField, node: FieldNode, owner: str) -> str:
        if not definition.args:
            return ""
        if self.is_wild:
            return "(" + ", ".join(map(print_ast, node.arguments)) + ")" if node.arguments else ""
        given = {
            name: self.known.value(argument.type, name, owner)
            for name, argument in definition.args.items()
        }
        if {"first", "last"} <= given.keys() and given["last"] is not LEFT_OUT:
            given["first"] = LEFT_OUT if self._likely(0.9) else given["first"]
        texts = [
            f"{name}: {self._written(definition.args[name], value, name, owner)}"
            for name, value in given.items()
            if value is not LEFT_OUT
        ]
        return f"({', '.join(texts)})" if texts else ""

    def _written(self, place: Any, value: Any, name: str, owner: str) -> str:
        """Write a value at the place of an argument or an input's field."""
        if self._likely(0.3):
            return self._variable(place, value, name, owner)
        return self._literal(place.type, value, name, owner)

    def _literal(self, type_: GraphQLInputType, value: Any, name: str, owner: str) -> str:
        type_ = type_.of_type if isinstance(type_, GraphQLNonNull) else type_
        if value is None:
            return "null"
        if isinstance(type_, GraphQLList):
            if not isinstance(value, list):
                return self._literal(type_.of_type, value, name, owner)
            item = GraphQLArgument(type_.of_type)
            return f"[{', '.join(self._written(item, each, name, owner) for each in value)}]"
        if isinstance(type_, GraphQLInputObjectType):
            fields = type_.fields
            texts = (
                f"{field}: {self._written(fields[field], each, field, type_.name)}"
                for field, each in value.items()
            )
            return "{" + ", ".join(texts) + "}"
        if isinstance(type_, GraphQLEnumType):
            return str(value)
        return json.dumps(value, ensure_ascii=self._likely(0.5))

    def _variable(self, place: Any, value: Any, name: str, owner: str) -> str:
        variable = self.chance.choice(("v", "value", "class", "x")) + str(len(self.definitions))
        self.drawn[variable] = lambda: self.known.value(place.type, name, owner)
        drawn = self.chance.random()
        declared = str(place.type)
        if declared.endswith("!") and place.default_value is not Undefined and self._likely(0.5):
            declared = declared[:-1]
        if drawn < 0.1:
            # Its own default: given, or not.
            constant = self._constant(place.type, value, name, owner)
            self.definitions[variable] = f"{declared.rstrip('!')} = {constant}"
            if drawn < 0.05:
                self.variables[variable] = value
            return f"${variable}"
        if not declared.endswith("!") and value is not None and self._likely(0.3):
            declared += "!"
        self.definitions[variable] = declared
        if declared.endswith("!") or drawn < 0.9:
            self.variables[variable] = self._spoilt(value)
        return f"${variable}"

    def _constant(self, type_: GraphQLInputType, value: Any, name: str, owner: str) -> str:
        bare = Dresser(self.schema, self.known, _Never(), is_wild=False)
        return bare._literal(type_, value, name, owner)

    def _spoilt(self, value: Any) -> Any:
        """Return the value, or rarely what its type does not admit."""
        if not self._likely(0.015):
            return value
        if isinstance(value, dict):
            return value | {"notAField": 1}
        return self.chance.choice((None, [], {}, "text", 1.5, True, [value], 2**31))

    def _likely(self, share: float) -> bool:
        return self.chance.random() < share


class _Never(Random):
    """Chance in whose hands nothing unusual happens."""

    def random(self) -> float:
        return 1.0


def _operation(text: str) -> OperationDefinitionNode:
    (operation,) = parse(text).definitions
    assert isinstance(operation, OperationDefinitionNode)
    return operation


def _name(node: SelectionNode) -> str:
    assert isinstance(node, FieldNode)
    return node.name.value


def _key(node: FieldNode) -> str:
    return node.alias.value if node.alias else node.name.value
