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

from sqlalchemy import (
    ColumnElement,
    Date,
    Dialect,
    Integer,
    Select,
    String,
    case,
    cast,
    func,
    null,
    select,
)
from sqlalchemy.types import TypeEngine

from app.db.reading.lists import Listing, Scope, cursor_value, keyset_values
from app.db.reading.prepared import Later, Values, readers, shape_of, template_of
from app.db.schema.array_parameters import ArrayOf, is_among, join_keys
from app.db.schema.column_types import KANTATA_ID, Instant, UuidText
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
from app.domain.access import PersonalScope
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
        after, before = (
            keyset_values(self.listing.orders[request.order.field], key, argument)
            for key, argument in ((request.after, "after"), (request.before, "before"))
        )
        shape = (
            parts,
            scope is None,
            _kind_of(personal),
            request.order,
            request.backward,
            after is None,
            before is None,
        )
        values += [list(scope or ()), request.size + 1, *_own(personal)]
        values += [*(after or ()), *(before or ())]

        def make() -> Select[Any]:
            places = count()
            template = template_of(wanted, places)
            companies, limit, user, person = (Later(next(places)) for _ in range(4))
            shown = _Shown(dialect, personal, user, person)
            statement = self._scoped(shown, scope, companies)
            statement = statement.add_columns(*self._order_columns(dialect, request.order)[0])
            statement = statement.where(*self.listing.conditions(template))
            for key, argument in ((after, "after"), (before, "before")):
                if key is not None:
                    bounds = [Later(next(places)) for _ in key]
                    statement = self.listing.beyond(statement, request.order, bounds, argument)
            return self.listing.ordered(statement, request).limit(limit.bind(_INTEGER))

        return self.statement(dialect, shape, make), values

    def one(
        self, dialect: Dialect, scope: Scope, key: Key, personal: PersonalScope | None = None
    ) -> tuple[Statement, list[Any]]:
        """Return the statement for the row with the key, and its parameters."""

        def make() -> Select[Any]:
            id_ = self.listing.table.id
            shown = _Shown(dialect, personal, Later(2), Later(3))
            statement = self._scoped(shown, scope, Later(1))
            return statement.where(id_ == Later(0).bind(id_.type))

        shape = (scope is None, _kind_of(personal))
        return self.statement(dialect, shape, make), [key, list(scope or ()), *_own(personal)]

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
            shown = _Shown(dialect, personal, Later(1), Later(2))
            asked = [shown.column(columns, each) for each in self.children[name]]
            order = [columns[each] for each in found.order]
            if self.is_single:
                mine = key == Later(0).bind(key.type)
                return select(*(asked or [key])).where(mine).order_by(*order)
            statement = select(_wire(key, dialect), *asked).order_by(key, *order)
            among = Later(0).bind(ArrayOf(key.type))
            if found.are_few and dialect.name == "sqlite":
                return join_keys(statement, key, among)
            return statement.where(is_among(key, among))

        of_parents = next(iter(keys), None) if self.is_single else keys
        statement = self.statement(dialect, (name, _kind_of(personal)), make)
        return statement, [of_parents, *_own(personal)]

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

    def _scoped(self, shown: "_Shown", scope: Scope, companies: Later) -> Select[Any]:
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
        asked = [_shown_column(shown, tables, each) for each in self.columns]
        statement = select(*asked).select_from(source)
        if scope is None:
            return statement
        company = self.listing.company
        return statement.where(is_among(company, companies.bind(ArrayOf(company.type))))


def _shown_column(shown: "_Shown", tables: Mapping[str, Any], name: str) -> Any:  # noqa: ANN401
    path, _, own = name.rpartition(".")
    return shown.column(tables[path].c, own)


def _kind_of(personal: PersonalScope | None) -> Any:  # noqa: ANN401 - a part of a statement's key
    """Return what of the scope decides what a statement is, not only what it is about."""
    return personal and (personal.user_id is not None, personal.person_id is not None)


def _own(personal: PersonalScope | None) -> list[Any]:
    return [personal.user_id, personal.person_id] if personal else [None, None]


@dataclass(frozen=True)
class _Shown:
    """Chooses columns as a caller may see them: personal texts of others are null."""

    dialect: Dialect
    personal: PersonalScope | None
    user: Later
    person: Later

    def column(self, columns: Any, name: str) -> Any:  # noqa: ANN401
        """Return the column, or what stands in its place."""
        column = columns[name]
        is_own = PERSONAL.get((column.table.name, name))
        if self.personal is None or is_own is None:
            return _wire(column, self.dialect)
        mine = is_own(columns, self)
        return null().label(name) if mine is None else case((mine, column), else_=null())


def _is_of_own_person(columns: Any, shown: _Shown) -> ColumnElement[bool] | None:  # noqa: ANN401
    if shown.personal is None or shown.personal.person_id is None:
        return None
    column = columns.person_id
    return column == shown.person.bind(column.type)  # type: ignore[no-any-return]


def _is_of_own_user(columns: Any, shown: _Shown) -> ColumnElement[bool] | None:  # noqa: ANN401
    if shown.personal is None or shown.personal.user_id is None:
        return None
    entries: Any = TimeOffEntryRow.__table__  # type: ignore[attr-defined]
    mine = select(entries.c.id).where(entries.c.user_id == shown.user.bind(KANTATA_ID))
    return columns.entry_id.in_(mine)  # type: ignore[no-any-return]


PERSONAL: Final[Mapping[tuple[str, str], Callable[[Any, _Shown], ColumnElement[bool] | None]]] = {
    (str(PersonTimeOffRow.__tablename__), "reason"): _is_of_own_person,
    (str(ExternalReferenceRow.__tablename__), "external_message"): _is_of_own_user,
}
"""The columns that only some callers read, by table and name, and what makes a row one's own."""


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


def result_processor(type_: TypeEngine[Any], dialect: Dialect) -> Callable[[Any], Any]:
    """Return what makes a column's value of what the driver returns."""
    return type_.dialect_impl(dialect).result_processor(dialect, None) or (lambda value: value)
