"""Whole rows by key, read by the database's own driver."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import SimpleNamespace
from typing import Any

from sqlalchemy import Dialect, Select, bindparam, select

from app.db.reading.chosen_columns import Statement, result_processor
from app.db.reading.lists import Listing, Scope
from app.db.schema.array_parameters import ArrayOf, is_among
from app.db.schema.tables import table_columns
from app.domain.identifiers import Key
from app.domain.paging import Row

MOST_KEPT = 64
"""Statements: two for each listing and database that anybody asks for."""


@dataclass(frozen=True)
class ByKey:
    """The statement for objects of a listing by key, and what its rows say.

    It takes ``keys``, and the ``companies`` of a caller who may not see all.
    """

    listing: Listing[Any, Any]
    statement: Statement
    typed: Callable[[Iterable[Row]], Iterator[Any]]

    @staticmethod
    @lru_cache(maxsize=MOST_KEPT)
    def of(listing: Listing[Any, Any], dialect: Dialect, *, is_scoped: bool) -> "ByKey":
        """Return it, compiled once for a database."""
        id_, company = listing.table.id, listing.company
        statement = select(*table_columns(listing.table)).where(
            is_among(id_, bindparam("keys", type_=ArrayOf(id_.type)))
        )
        if is_scoped:
            companies = bindparam("companies", type_=ArrayOf(company.type))
            statement = statement.where(is_among(company, companies))
        return ByKey(listing, Statement.of(statement, dialect), typed_rows(statement, dialect))

    def values(self, keys: Collection[Key], scope: Scope) -> Mapping[str, Any]:
        """Return what the statement takes."""
        return {"keys": list(keys), "companies": list(scope or ())}

    def objects(self, rows: Iterable[Row]) -> dict[Key, Any]:
        """Return the objects by key."""
        return {row.id: self.listing.to_domain(row) for row in self.typed(rows)}


def typed_rows(
    statement: Select[Any], dialect: Dialect
) -> Callable[[Iterable[Row]], Iterator[Any]]:
    """Return what makes of a driver's rows such as SQLAlchemy makes of them."""
    columns = list(statement.selected_columns)
    names = [str(each.key) for each in columns]
    readers = [result_processor(each.type, dialect) for each in columns]

    def typed(row: Row) -> SimpleNamespace:
        values = (read(value) for read, value in zip(readers, row, strict=True))
        return SimpleNamespace(**dict(zip(names, values, strict=True)))

    return lambda rows: map(typed, rows)
