"""How values are kept, so that both databases answer alike."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, DateTime, Dialect, Integer, String, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeDecorator, TypeEngine

# PostgreSQL orders text by the database's locale unless told otherwise, SQLite by code point.
NAME = String().with_variant(String(collation="C"), "postgresql")
"""Text that lists are ordered by or keys are made of: by code point on both."""

LONG_TEXT = Text()

JSON_OR_NULL = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
"""JSON, or nothing: None is SQL's NULL."""

# SQLite finds a row by an INTEGER key itself, and by a BIGINT one through an index beside it.
KANTATA_ID = BigInteger().with_variant(Integer(), "sqlite")
"""A key that Kantata gives: 63 bits on both."""


class UuidText(TypeDecorator[str]):
    """A UUID as canonical text: native on PostgreSQL, 36 characters on SQLite."""

    impl = String(36)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """UUID on PostgreSQL, 36 characters of text on SQLite."""
        if dialect.name == "postgresql":
            return dialect.type_descriptor(Uuid(as_uuid=False))
        return dialect.type_descriptor(String(36))


class Instant(TypeDecorator[datetime]):
    """A point in time, UTC; SQLite keeps no zone, so it is put back on reading."""

    impl = DateTime(timezone=True)
    cache_ok = True

    @property
    def python_type(self) -> type[datetime]:
        """What a cursor's part must be to be compared with the column."""
        return datetime

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Convert to UTC and drop the zone for SQLite, which has no type with one."""
        if value is None or dialect.name == "postgresql":
            return value
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Mark what SQLite returns as UTC; PostgreSQL's has its zone already."""
        del dialect
        return value.replace(tzinfo=UTC) if value and value.tzinfo is None else value
