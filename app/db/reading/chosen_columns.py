"""Chosen columns of a list's rows and of the rows that they point to, in one statement.

The statement is made and compiled once for a shape of filter and page; a request adds its
values. Its rows are the driver's tuples: no object is made on the way to the answer.

A column is named by a dotted path, such as ``user.role.name``. Days and instants come as
the text by which the API writes them, ids as they are.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import count
from typing import Any, Final

from sqlalchemy import Date, Dialect, Integer, Select, String, cast, func, select
from sqlalchemy.types import TypeEngine

from app.db.reading.lists import Listing, Scope, cursor_value, keyset_values
from app.db.reading.prepared import Later, Values, readers, shape_of, template_of
from app.db.schema.array_parameters import ArrayOf, is_among, join_keys
from app.db.schema.column_types import Instant, UuidText
from app.db.schema.tables import (
    CompanyRow,
    ExternalReferenceRow,
    PersonRow,
    PersonTimeOffRow,
    RoleRow,
    TimeOffEntryRow,
    TimeOffInstanceRow,
    UserRow,
    WorkerRow,
)
from app.domain.identifiers import Key
from app.domain.paging import Order, PageRequest, Row, write_cursor

Columns = tuple[str, ...]

_INTEGER: Final = Integer()
_POSTGRESQL_INSTANT: Final = 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'

MOST_STATEMENTS: Final = 64
"""Kept of one projection: there are so many shapes at most of those that anybody asks for."""

MOST_PROJECTIONS: Final = 256
"""Kept of all: whatever the document, equal selections share their statements."""


@dataclass(frozen=True)
class Parent:
    """A join to one other row: where our column ``own`` equals the other table's ``key``."""

    table: type[Any]
    own: str
    key: str = "id"


@dataclass(frozen=True)
class Children:
    """A join to many rows: those whose ``key`` names ours; ``are_few`` if most rows have none."""

    table: type[Any]
    key: str
    order: tuple[str, ...]
    are_few: bool = False


_COMPANY: Final = Parent(CompanyRow, "company_id")
PARENTS: Final[Mapping[type[Any], Mapping[str, Parent]]] = {
    TimeOffEntryRow: {
        "user": Parent(UserRow, "user_id"),
        "worker": Parent(WorkerRow, "user_id", "user_id"),
    },
    PersonTimeOffRow: {
        "company": _COMPANY,
        "person": Parent(PersonRow, "person_id"),
        "worker": Parent(WorkerRow, "person_id", "person_id"),
    },
    UserRow: {
        "company": _COMPANY,
        "role": Parent(RoleRow, "role_id"),
        "worker": Parent(WorkerRow, "id", "user_id"),
    },
    PersonRow: {"company": _COMPANY, "worker": Parent(WorkerRow, "id", "person_id")},
    WorkerRow: {
        "company": _COMPANY,
        "user": Parent(UserRow, "user_id"),
        "person": Parent(PersonRow, "person_id"),
    },
    RoleRow: {"company": _COMPANY},
}
CHILDREN: Final[Mapping[type[Any], Mapping[str, Children]]] = {
    TimeOffEntryRow: {
        "external_references": Children(ExternalReferenceRow, "entry_id", ("id",), are_few=True),
    },
    PersonTimeOffRow: {
        "instances": Children(TimeOffInstanceRow, "person_time_off_id", ("start_day",)),
    },
}


@dataclass(frozen=True)
class Statement:
    """A compiled statement, and how its parameters are made of a request's values."""

    text: str
    readers: list[Callable[[Values], Any]]

    def parameters(self, values: Values) -> list[Any]:
        """Return the parameters in the driver's order."""
        return [read(values) for read in self.readers]


@dataclass(frozen=True)
class Projection:
    """What is read of a list: its own columns first, then those of its children.

    ``columns[0]`` is ``id`` where there are children: they are found by it. A row of
    children begins with the key of the row that it belongs to, unless that is known: where
    ``is_single``, of one object of the list.
    """

    listing: Listing[Any, Any]
    columns: Columns
    children: Mapping[str, Columns]
    is_single: bool = False
    statements: dict[Any, Statement] = field(default_factory=dict)
    cursors: dict[tuple[str, Order], Callable[[Row], str]] = field(default_factory=dict)

    @staticmethod
    @lru_cache(maxsize=MOST_PROJECTIONS)
    def of(
        listing: Listing[Any, Any],
        columns: Columns,
        children: tuple[tuple[str, Columns], ...],
        is_single: bool,  # noqa: FBT001 - a key of the cache
    ) -> "Projection":
        """Return the projection of these columns; equal ones share their compiled statements."""
        return Projection(listing, columns, dict(children), is_single)

    def statement(self, dialect: Dialect, key: Any, make: Callable[[], Select[Any]]) -> Statement:  # noqa: ANN401
        """Return the compiled statement of a shape, making it by ``make`` the first time."""
        key = (dialect.name, key)
        known = self.statements.get(key)
        if known is None:
            if len(self.statements) >= MOST_STATEMENTS:
                self.statements.clear()
            compiled = make().compile(dialect=dialect, compile_kwargs={"render_postcompile": True})
            known = self.statements[key] = Statement(str(compiled), readers(compiled, dialect))
        return known

    def page(
        self,
        dialect: Dialect,
        scope: Scope,
        wanted: object,
        request: PageRequest,
    ) -> tuple[Statement, list[Any]]:
        """Return the statement for a page, which reads one row more, and its parameters."""
        values: list[Any] = []
        parts = shape_of(wanted, values)
        after, before = (
            keyset_values(self.listing.orders[request.order.field], key, argument)
            for key, argument in ((request.after, "after"), (request.before, "before"))
        )
        shape = (
            parts,
            scope is None,
            request.order,
            request.backward,
            after is None,
            before is None,
        )
        values += [list(scope or ()), request.size + 1, *(after or ()), *(before or ())]

        def make() -> Select[Any]:
            places = count()
            template = template_of(wanted, places)
            companies, limit = Later(next(places)), Later(next(places))
            statement = self._scoped(dialect, scope, companies)
            statement = statement.add_columns(*self._order_columns(dialect, request.order)[0])
            statement = statement.where(*self.listing.conditions(template))
            for key, argument in ((after, "after"), (before, "before")):
                if key is not None:
                    bounds = [Later(next(places)) for _ in key]
                    statement = self.listing.beyond(statement, request.order, bounds, argument)
            return self.listing.ordered(statement, request).limit(limit.bind(_INTEGER))

        return self.statement(dialect, shape, make), values

    def one(self, dialect: Dialect, scope: Scope, key: Key) -> tuple[Statement, list[Any]]:
        """Return the statement for the row with the key, and its parameters."""

        def make() -> Select[Any]:
            id_ = self.listing.table.id
            statement = self._scoped(dialect, scope, Later(1))
            return statement.where(id_ == Later(0).bind(id_.type))

        return self.statement(dialect, scope is None, make), [key, list(scope or ())]

    def many_children(
        self, dialect: Dialect, name: str, keys: Collection[Key]
    ) -> tuple[Statement, list[Any]]:
        """Return the statement for the children of all rows, and its parameters."""

        def make() -> Select[Any]:
            found = CHILDREN[self.listing.table][name]
            columns = found.table.__table__.c
            key = columns[found.key]
            asked = [_wire(columns[each], dialect) for each in self.children[name]]
            order = [columns[each] for each in found.order]
            if self.is_single:
                mine = key == Later(0).bind(key.type)
                return select(*(asked or [key])).where(mine).order_by(*order)
            statement = select(_wire(key, dialect), *asked).order_by(key, *order)
            among = Later(0).bind(ArrayOf(key.type))
            if found.are_few and dialect.name == "sqlite":
                return join_keys(statement, key, among)
            return statement.where(is_among(key, among))

        return self.statement(dialect, name, make), [*keys] if self.is_single else [keys]

    def texts(self, dialect: Dialect, first: Statement, counted: Select[Any] | None) -> list[str]:
        """Return the SQL of a page or an object: its own, the count's, and each list's below."""
        texts = [first.text]
        if counted is not None:
            options = {"render_postcompile": True}
            texts.append(str(counted.compile(dialect=dialect, compile_kwargs=options)))
        return texts + [self.many_children(dialect, each, [])[0].text for each in self.children]

    def cursor(self, dialect: Dialect, request: PageRequest) -> Callable[[Row], str]:
        """Return the function that writes the cursor of a row in this order."""
        key = dialect.name, request.order
        known = self.cursors.get(key)
        if known is None:
            known = self.cursors[key] = self._make_cursor(dialect, request.order)
        return known

    def _make_cursor(self, dialect: Dialect, order: Order) -> Callable[[Row], str]:
        _, places = self._order_columns(dialect, order)
        readers = [
            (place, _result_processor(each.type, dialect))
            for place, each in zip(places, self.listing.orders[order.field], strict=True)
        ]

        def cursor(row: Row) -> str:
            return write_cursor(
                order, tuple(cursor_value(read(row[place])) for place, read in readers)
            )

        return cursor

    def _order_columns(self, dialect: Dialect, order: Order) -> tuple[list[Any], list[int]]:
        """Return the columns of the order that are read for it only, and where each is."""
        more: list[Any] = []
        places = []
        for attribute in self.listing.orders[order.field]:
            column = self.listing.table.__table__.c[attribute.key]
            if column.key in self.columns and _wire(column, dialect) is column:
                places.append(self.columns.index(column.key))
            else:
                places.append(len(self.columns) + len(more))
                more.append(attribute)
        return more, places

    def _scoped(self, dialect: Dialect, scope: Scope, companies: Later) -> Select[Any]:
        """Return the statement for the chosen columns of all rows that the caller may see."""
        tables: dict[str, Any] = {"": self.listing.table.__table__}
        entities: dict[str, type[Any]] = {"": self.listing.table}
        source = tables[""]
        for column in self.columns:
            path = ""
            for name in column.split(".")[:-1]:
                above, path = path, f"{path}.{name}" if path else name
                if path not in tables:
                    parent = PARENTS[entities[above]][name]
                    entities[path] = parent.table
                    tables[path] = parent.table.__table__.alias()
                    own, key = tables[above].c[parent.own], tables[path].c[parent.key]
                    source = source.outerjoin(tables[path], own == key)
        asked = [_wire(_column(tables, each), dialect) for each in self.columns]
        statement = select(*asked).select_from(source)
        if scope is None:
            return statement
        company = self.listing.company
        return statement.where(is_among(company, companies.bind(ArrayOf(company.type))))


def _column(tables: Mapping[str, Any], name: str) -> Any:  # noqa: ANN401
    path, _, own = name.rpartition(".")
    return tables[path].c[own]


def _wire(column: Any, dialect: Dialect) -> Any:  # noqa: ANN401
    """Return the column as the API writes it: days and instants as text, UUIDs too."""
    if isinstance(column.type, Instant):
        if dialect.name == "sqlite":
            # Kept as 2026-11-21 06:00:00.000000, in UTC.
            text = cast(column, String)
            return func.substr(text, 1, 10) + "T" + func.substr(text, 12, 12) + "Z"
        return func.to_char(func.timezone("UTC", column), _POSTGRESQL_INSTANT)
    if isinstance(column.type, Date | UuidText) and dialect.name == "postgresql":
        return cast(column, String)
    return column


def _result_processor(type_: TypeEngine[Any], dialect: Dialect) -> Callable[[Any], Any]:
    return type_.dialect_impl(dialect).result_processor(dialect, None) or (lambda value: value)
