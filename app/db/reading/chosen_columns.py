"""Chosen columns of a list's rows and of the rows that they point to, in one statement.

The statement is made and compiled once for a shape of filter and page; a request adds its
values. Its rows are the driver's tuples: no object is made on the way to the answer.

A column is named by a dotted path, such as ``user.role.name``. Days and instants come as
the text by which the API writes them, ids as they are.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain, count
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Dialect,
    FromClause,
    Integer,
    Select,
    Table,
    literal_column,
    select,
)
from sqlalchemy.types import TypeEngine

from app.db.reading.lists import Listing, Scope, cursor_value, keyset_values
from app.db.reading.prepared import Later, Values, readers, shape_of, template_of
from app.db.reading.shown_columns import Shown, kind_of, own_values, wire
from app.db.schema.array_parameters import ArrayOf, is_among, join_keys
from app.db.schema.tables import (
    CompanyRow,
    ExternalReferenceRow,
    PersonRow,
    PersonTimeOffRow,
    RoleRow,
    TimeOffEntryRow,
    UserRow,
    WorkerRow,
)
from app.domain.access import PersonalScope
from app.domain.identifiers import Key
from app.domain.paging import Order, PageRequest, Row, write_cursor

Columns = tuple[str, ...]

_INTEGER: Final = Integer()

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
}


@dataclass(frozen=True)
class Statement:
    """A compiled statement, and how its parameters are made of a request's values."""

    text: str
    readers: list[Callable[[Values], Any]]

    @classmethod
    def of(cls, statement: Select[Any], dialect: Dialect) -> "Statement":
        """Compile a statement for the database's own driver."""
        compiled = statement.compile(dialect=dialect, compile_kwargs={"render_postcompile": True})
        return cls(str(compiled), readers(compiled, dialect))

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
            known = self.statements[key] = Statement.of(make(), dialect)
        return known

    def page(
        self,
        dialect: Dialect,
        scope: Scope,
        wanted: object,
        request: PageRequest,
        personal: PersonalScope | None = None,
    ) -> tuple[Statement, list[Any]]:
        """Return the statement for a page, which reads one row more, and its parameters."""
        values: list[Any] = []
        parts = shape_of(wanted, values)
        columns = self.listing.orders[request.order.field]
        keys = {
            argument: key
            for argument in ("after", "before")
            if (key := keyset_values(columns, getattr(request, argument), argument)) is not None
        }
        on_postgresql = dialect.name == "postgresql"
        size = request.size if on_postgresql else None
        page = (request.order, request.backward, tuple(keys), size)
        values += [_companies(scope), request.size + 1, *own_values(personal)]
        values += chain(*keys.values())

        def make() -> Select[Any]:
            places = count()
            template = template_of(wanted, places)
            companies, limit, user, person = (Later(next(places)) for _ in range(4))
            shown = Shown(dialect, personal, user, person)
            conditions = [*self._seen(scope, companies), *self.listing.conditions(template)]
            for argument, key in keys.items():
                bounds = [Later(next(places)) for _ in key]
                conditions.append(self.listing.beyond(request.order, bounds, argument))
            if on_postgresql:
                return self._page_first(shown, conditions, request)
            statement = self._chosen(shown, self._table, request.order).where(*conditions)
            return self.listing.ordered(statement, request).limit(limit.bind(_INTEGER))

        shape = (parts, _kind_of_scope(scope), kind_of(personal), page)
        return self.statement(dialect, shape, make), values

    def _page_first(
        self, shown: Shown, conditions: Sequence[ColumnElement[bool]], request: PageRequest
    ) -> Select[Any]:
        """Return PostgreSQL's statement for a page: its rows are found before anything is joined.

        It plans a prepared statement without its values, and takes an unknown LIMIT for a
        tenth of all rows, joined or not; so it is told the number. SQLite joins as it reads.
        """
        rows = self.listing.ordered(self.listing.select(None, *conditions), request)
        page = rows.limit(literal_column(str(request.size + 1))).subquery(self._table.name)
        return self.listing.ordered(self._chosen(shown, page, request.order), request, page)

    def one(
        self, dialect: Dialect, scope: Scope, key: Key, personal: PersonalScope | None = None
    ) -> tuple[Statement, list[Any]]:
        """Return the statement for the row with the key, and its parameters."""

        def make() -> Select[Any]:
            id_ = self.listing.table.id
            shown = Shown(dialect, personal, Later(2), Later(3))
            is_it = id_ == Later(0).bind(id_.type)
            return self._chosen(shown, self._table).where(is_it, *self._seen(scope, Later(1)))

        shape = (_kind_of_scope(scope), kind_of(personal))
        return self.statement(dialect, shape, make), [key, _companies(scope), *own_values(personal)]

    def many_children(
        self,
        dialect: Dialect,
        name: str,
        keys: Collection[Key],
        personal: PersonalScope | None = None,
    ) -> tuple[Statement, list[Any]]:
        """Return the statement for the children of all rows, and its parameters."""

        def make() -> Select[Any]:
            found = CHILDREN[self.listing.table][name]
            columns = found.table.__table__.c
            key = columns[found.key]
            shown = Shown(dialect, personal, Later(1), Later(2))
            asked = [shown.column(columns, each) for each in self.children[name]]
            order = [columns[each] for each in found.order]
            if self.is_single:
                mine = key == Later(0).bind(key.type)
                return select(*(asked or [key])).where(mine).order_by(*order)
            statement = select(wire(key, dialect), *asked).order_by(key, *order)
            among = Later(0).bind(ArrayOf(key.type))
            if found.are_few and dialect.name == "sqlite":
                return join_keys(statement, key, among)
            return statement.where(is_among(key, among))

        of_parents = next(iter(keys), None) if self.is_single else keys
        statement = self.statement(dialect, (name, kind_of(personal)), make)
        return statement, [of_parents, *own_values(personal)]

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
            (place, result_processor(each.type, dialect))
            for place, each in zip(places, self.listing.orders[order.field], strict=True)
        ]

        def cursor(row: Row) -> str:
            return write_cursor(
                order, tuple(cursor_value(read(row[place])) for place, read in readers)
            )

        return cursor

    def _order_columns(self, dialect: Dialect, order: Order) -> tuple[list[str], list[int]]:
        """Return the columns of the order that are read for it only, and where each is."""
        more: list[str] = []
        places = []
        for attribute in self.listing.orders[order.field]:
            column = self._table.c[attribute.key]
            if column.key in self.columns and wire(column, dialect) is column:
                places.append(self.columns.index(column.key))
            else:
                places.append(len(self.columns) + len(more))
                more.append(column.key)
        return more, places

    @property
    def _table(self) -> Table:
        return self.listing.table.__table__  # type: ignore[no-any-return]

    def _chosen(self, shown: Shown, source: FromClause, order: Order | None = None) -> Select[Any]:
        """Return the statement for the chosen columns of all rows of the table, or of its page.

        With those of the order that a cursor needs besides.
        """
        tables: dict[str, FromClause] = {"": source}
        entities: dict[str, type[Any]] = {"": self.listing.table}
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
        asked = [_shown_column(shown, tables, each) for each in self.columns]
        if order is not None:
            more, _ = self._order_columns(shown.dialect, order)
            asked += [tables[""].c[each] for each in more]
        return select(*asked).select_from(source)

    def _seen(self, scope: Scope, companies: Later) -> list[ColumnElement[bool]]:
        """Return what holds of the rows that the caller may see."""
        if scope is None:
            return []
        company = self.listing.company
        if len(scope) == 1:  # so that an index that begins with it has the list's order
            return [company == companies.bind(company.type)]
        return [is_among(company, companies.bind(ArrayOf(company.type)))]


def _shown_column(shown: Shown, tables: Mapping[str, Any], name: str) -> Any:  # noqa: ANN401
    path, _, own = name.rpartition(".")
    return shown.column(tables[path].c, own)


def _kind_of_scope(scope: Scope) -> int | None:
    """Return what of a scope decides what a statement is: none, one company, or several."""
    return None if scope is None else min(len(scope), 2)


def _companies(scope: Scope) -> Any:  # noqa: ANN401 - what `_seen` compares with
    companies = list(scope or ())
    return companies[0] if len(companies) == 1 else companies


def result_processor(type_: TypeEngine[Any], dialect: Dialect) -> Callable[[Any], Any]:
    """Return what makes a column's value of what the driver returns."""
    return type_.dialect_impl(dialect).result_processor(dialect, None) or (lambda value: value)
