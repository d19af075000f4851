"""Reading rows as domain objects: by key, by parent, and in pages with keyset cursors.

Each statement is held to the caller's tenants. A page does not use OFFSET: it starts at the
last key of the page before, so that page 1,000 costs what page 1 costs. The exception are
numbered pages, which Kantata's REST clients ask for.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Generic, TypeAlias, TypeVar

from sqlalchemy import ColumnElement, FromClause, Row, Select, String, func, literal, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from app.db.reading.prepared import Later
from app.db.schema.array_parameters import is_among
from app.db.schema.column_types import UuidText
from app.db.schema.tables import table_columns
from app.domain.errors import InvalidValue
from app.domain.identifiers import Key
from app.domain.paging import CursorKey, Order, Page, PageRequest, write_cursor
from app.domain.wire_formats import fit_text, is_uuid
from app.domain.workers import is_name_key

T = TypeVar("T")
F = TypeVar("F")
R = TypeVar("R")

Attribute: TypeAlias = Any
"""A column of a table; SQLModel types it as the value that it holds."""

Condition = ColumnElement[bool]
Scope = frozenset[str] | None
"""The companies that a caller may see; None for all of them."""

MAX_KEYS_A_STATEMENT = 10_000
"""Both databases take some 32,000 parameters a statement."""


@dataclass(frozen=True, eq=False)
class Listing(Generic[T, F]):
    """How one table is read: its columns, its keys, its orders and its filters.

    ``parent`` is the column that names the object to which a row belongs, where lists of one
    parent are asked for.
    """

    table: type[Any]
    to_domain: Callable[[Row[Any]], T]
    orders: Mapping[str, Sequence[Attribute]]
    conditions: Callable[[F], list[Condition]]
    parent: Attribute = None

    def select(self, scope: Scope, *conditions: Condition) -> Select[Any]:
        """Return the statement for all rows that the caller may see."""
        statement = select(*table_columns(self.table)).where(*conditions)
        if scope is not None:
            statement = statement.where(self.company.in_(scope))
        return statement

    @property
    def company(self) -> Attribute:
        """The column of the tenant; a company is its own."""
        attribute: Attribute = getattr(self.table, "company_id", self.table.id)
        return attribute

    async def find_many(
        self, connection: AsyncConnection, scope: Scope, keys: Collection[Key]
    ) -> dict[Key, T]:
        """Return the objects by key; what is unknown or another tenant's is left out."""
        found: dict[Key, T] = {}
        for some in _chunks(keys):
            rows = await connection.execute(
                self.select(scope, has_one_of(connection, self.table.id, some))
            )
            found |= {row.id: self.to_domain(row) for row in rows}
        return found

    async def find_by(
        self,
        connection: AsyncConnection,
        scope: Scope,
        keys: Collection[Key],
        order: str,
    ) -> dict[Key, list[T]]:
        """Return all objects of each parent, in the named order."""
        found: dict[Key, list[T]] = defaultdict(list)
        for some in _chunks(keys):
            mine = has_one_of(connection, self.parent, some)
            statement = self.select(scope, mine).order_by(*self.orders[order])
            for row in await connection.execute(statement):
                found[getattr(row, self.parent.key)].append(self.to_domain(row))
        return found

    async def page(
        self,
        connection: AsyncConnection,
        scope: Scope,
        wanted: F,
        request: PageRequest,
        *more: Condition,
    ) -> Page[T]:
        """Return one page of the filtered list; ``more`` narrows it further."""
        rows_wanted = self.select(scope, *self.conditions(wanted), *more)
        statement = self.ordered(self._after(rows_wanted, request), request)
        rows = (await connection.execute(statement.limit(request.size + 1))).all()
        return self._to_page(rows, request)

    async def pages_by(
        self,
        connection: AsyncConnection,
        scope: Scope,
        wanted: F,
        request: PageRequest,
        keys: Collection[Key],
    ) -> dict[Key, Page[T]]:
        """Return one page of each parent's filtered list, all in one statement."""
        parent = self.parent
        rows_of: dict[Key, list[Row[Any]]] = defaultdict(list)
        columns = self._direction(request)
        for some in _chunks(keys):
            place = func.row_number().over(partition_by=parent, order_by=columns).label("place")
            mine = has_one_of(connection, parent, some)
            numbered = (
                self._after(self.select(scope, mine, *self.conditions(wanted)), request)
                .add_columns(place)
                .subquery()
            )
            statement = (
                select(numbered)
                .where(numbered.c.place <= request.size + 1)
                .order_by(numbered.c[parent.key], numbered.c.place)
            )
            for row in await connection.execute(statement):
                rows_of[getattr(row, parent.key)].append(row)
        return {key: self._to_page(rows_of[key], request) for key in keys}

    async def list_all(
        self, connection: AsyncConnection, scope: Scope, wanted: F, order: str
    ) -> list[T]:
        """Return the filtered list as a whole; the filter names what it may be."""
        statement = self.select(scope, *self.conditions(wanted)).order_by(*self.orders[order])
        return [self.to_domain(row) for row in await connection.execute(statement)]

    async def numbered_page(
        self,
        connection: AsyncConnection,
        scope: Scope,
        wanted: F,
        order: str,
        *,
        number: int,
        size: int,
    ) -> list[T]:
        """Return the page of this number, from 1 on: for Kantata's REST lists only.

        The one use of OFFSET, because their clients know no cursors: page 1,000 costs the
        reading of 999.
        """
        statement = self.select(scope, *self.conditions(wanted)).order_by(*self.orders[order])
        rows = await connection.execute(statement.limit(size).offset((number - 1) * size))
        return [self.to_domain(row) for row in rows]

    async def count(
        self, connection: AsyncConnection, scope: Scope, wanted: F, *more: Condition
    ) -> int:
        """Return how long the filtered list is; ``more`` narrows it further."""
        statement = self.counting(scope, wanted, *more)
        return int((await connection.execute(statement)).scalar_one())

    def counting(self, scope: Scope, wanted: F, *more: Condition) -> Select[Any]:
        """Return the statement that counts the filtered list."""
        rows = self.select(scope, *self.conditions(wanted), *more)
        # Without any condition the table would vanish together with its columns.
        return rows.with_only_columns(func.count(), maintain_column_froms=True)

    async def counts_by(
        self,
        connection: AsyncConnection,
        scope: Scope,
        wanted: F,
        keys: Collection[Key],
    ) -> dict[Key, int]:
        """Return how long each parent's filtered list is."""
        parent = self.parent
        counts = dict.fromkeys(keys, 0)
        for some in _chunks(keys):
            mine = has_one_of(connection, parent, some)
            rows = self.select(scope, mine, *self.conditions(wanted))
            statement = rows.with_only_columns(parent, func.count().label("items")).group_by(parent)
            for row in await connection.execute(statement):
                counts[getattr(row, parent.key)] = row.items
        return counts

    def ordered(
        self, statement: Select[Any], request: PageRequest, rows: FromClause | None = None
    ) -> Select[Any]:
        """Return the statement in the order in which a page is read; ``rows`` hold its columns."""
        return statement.order_by(*self._direction(request, rows))

    def _direction(
        self, request: PageRequest, rows: FromClause | None = None
    ) -> list[ColumnElement[Any]]:
        """Return the order in which rows are read; a backward page is read from its end."""
        columns = self.orders[request.order.field]
        if rows is not None:
            columns = [rows.c[column.key] for column in columns]
        descending = request.order.descending != request.backward
        return [column.desc() if descending else column.asc() for column in columns]

    def _after(self, statement: Select[Any], request: PageRequest) -> Select[Any]:
        columns = self.orders[request.order.field]
        for key, argument in ((request.after, "after"), (request.before, "before")):
            values = keyset_values(columns, key, argument)
            if values is not None:
                statement = statement.where(self.beyond(request.order, values, argument))
        return statement

    def beyond(self, order: Order, values: Sequence[Any], argument: str) -> Condition:
        """Return the condition of what lies after, or before, the row with these values."""
        columns = self.orders[order.field]
        row = tuple_(*columns) if len(columns) > 1 else columns[0]
        # Typed as their columns: PostgreSQL compares no UUID with text.
        typed = [
            value.bind(column.type) if isinstance(value, Later) else literal(value, column.type)
            for column, value in zip(columns, values, strict=True)
        ]
        bound = tuple_(*typed) if len(columns) > 1 else typed[0]
        is_greater = (argument == "after") != order.descending
        return row > bound if is_greater else row < bound

    def _to_page(self, rows: Sequence[Row[Any]], request: PageRequest) -> Page[T]:
        kept, has_next, has_previous = cut_page(rows, request)
        return Page(
            [self.to_domain(row) for row in kept],
            [self.cursor(row, request.order) for row in kept],
            has_next,
            has_previous,
        )

    def cursor(self, row: Row[Any], order: Order) -> str:
        """Return the cursor of a row."""
        values = [getattr(row, column.key) for column in self.orders[order.field]]
        return write_cursor(order, tuple(cursor_value(value) for value in values))


def has_one_of(connection: AsyncConnection, column: Attribute, keys: Sequence[Key]) -> Condition:
    """Return the condition that the column has one of the keys.

    PostgreSQL gets them as one array: a statement is prepared once, however many they are.
    SQLite finds a few keys sooner when each is a parameter.
    """
    if connection.dialect.name == "postgresql":
        return is_among(column, keys)  # type: ignore[no-any-return]
    return column.in_(keys)  # type: ignore[no-any-return]


def cut_page(rows: Sequence[R], request: PageRequest) -> tuple[Sequence[R], bool, bool]:
    """Return a page in its list's order, and whether there is more behind it and before it.

    ``rows`` are as they were read: backward from the end of a page, and one more if there is one.
    """
    kept, has_more = rows[: request.size], len(rows) > request.size
    if request.backward:
        return kept[::-1], request.before is not None, has_more
    return kept, has_more, request.after is not None


def cursor_value(value: date | datetime | str | int) -> str | int:
    """Return a column's value as a cursor keeps it."""
    return value.isoformat() if isinstance(value, date) else value


def keyset_values(
    columns: Sequence[Attribute], key: CursorKey | None, argument: str
) -> list[Any] | None:
    """Return what a cursor says of the columns; one of another list is refused."""
    if key is None:
        return None
    if len(columns) != len(key):
        raise _not_a_cursor(argument)
    return [
        _column_value(column, part, argument) for column, part in zip(columns, key, strict=True)
    ]


def _column_value(column: Attribute, part: str | int, argument: str) -> Any:  # noqa: ANN401
    """Return a cursor's part as the column's type; a forged one is refused."""
    wanted = column.type.python_type
    try:
        if wanted is int and isinstance(part, int) and abs(part) < 2**63:
            return part
        if wanted is datetime and isinstance(part, str):
            return _instant(part)
        if wanted is date and isinstance(part, str):
            return date.fromisoformat(part)
        if isinstance(column.type, UuidText) and isinstance(part, str) and is_uuid(part):
            return part
        if column.key == "name_key" and isinstance(part, str) and not is_name_key(part):
            raise _not_a_cursor(argument)
        if isinstance(column.type, String) and isinstance(part, str):
            return fit_text(part)
    except (ValueError, OverflowError, InvalidValue):
        raise _not_a_cursor(argument) from None
    raise _not_a_cursor(argument)


def _instant(text: str) -> datetime:
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        msg = "an instant has a zone"
        raise ValueError(msg)
    return instant.astimezone(UTC)


def _not_a_cursor(argument: str) -> InvalidValue:
    return InvalidValue("This is not a cursor of this list.", (argument,))


def _chunks(keys: Collection[Key]) -> list[list[Key]]:
    every = list(keys)
    return [
        every[start : start + MAX_KEYS_A_STATEMENT]
        for start in range(0, len(every), MAX_KEYS_A_STATEMENT)
    ]
