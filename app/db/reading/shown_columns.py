"""How a column is written for a caller: as the API does, and null where it is not theirs."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import JSON, ColumnElement, Date, Dialect, String, case, cast, func, null, select

from app.db.reading.prepared import Later
from app.db.schema.column_types import KANTATA_ID, Instant, UuidText
from app.db.schema.tables import ExternalReferenceRow, PersonTimeOffRow, TimeOffEntryRow
from app.domain.access import PersonalScope

_POSTGRESQL_INSTANT: Final = 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'


def kind_of(personal: PersonalScope | None) -> Any:  # noqa: ANN401 - a part of a statement's key
    """Return what of the scope decides what a statement is, not only what it is about."""
    return personal and (personal.user_id is not None, personal.person_id is not None)


def own_values(personal: PersonalScope | None) -> list[Any]:
    """Return the values of ``Shown.user`` and ``Shown.person``."""
    return [personal.user_id, personal.person_id] if personal else [None, None]


@dataclass(frozen=True)
class Shown:
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
            return wire(column, self.dialect)
        mine = is_own(columns, self)
        return null().label(name) if mine is None else case((mine, column), else_=null())


def _is_of_own_person(columns: Any, shown: Shown) -> ColumnElement[bool] | None:  # noqa: ANN401
    if shown.personal is None or shown.personal.person_id is None:
        return None
    column = columns.person_id
    return column == shown.person.bind(column.type)  # type: ignore[no-any-return]


def _is_of_own_user(columns: Any, shown: Shown) -> ColumnElement[bool] | None:  # noqa: ANN401
    if shown.personal is None or shown.personal.user_id is None:
        return None
    entries: Any = TimeOffEntryRow.__table__  # type: ignore[attr-defined]
    mine = select(entries.c.id).where(entries.c.user_id == shown.user.bind(KANTATA_ID))
    return columns.entry_id.in_(mine)  # type: ignore[no-any-return]


PERSONAL: Final[Mapping[tuple[str, str], Callable[[Any, Shown], ColumnElement[bool] | None]]] = {
    (str(PersonTimeOffRow.__tablename__), "reason"): _is_of_own_person,
    (str(ExternalReferenceRow.__tablename__), "external_message"): _is_of_own_user,
}
"""The columns that only some callers read, by table and name, and what makes a row one's own."""


def wire(column: Any, dialect: Dialect) -> Any:  # noqa: ANN401
    """Return the column as the API writes it: days, instants and UUIDs as text, JSON likewise."""
    if isinstance(column.type, Instant):
        if dialect.name == "sqlite":
            # Kept as 2026-11-21 06:00:00.000000, in UTC.
            text = cast(column, String)
            return func.substr(text, 1, 10) + "T" + func.substr(text, 12, 12) + "Z"
        return func.to_char(func.timezone("UTC", column), _POSTGRESQL_INSTANT)
    if isinstance(column.type, Date | UuidText | JSON) and dialect.name == "postgresql":
        return cast(column, String)
    return column
