"""Tables of what is written to the vendors: the outbox, its journal, and conflicts."""

from datetime import datetime
from typing import Any

from sqlalchemy import Column, Index
from sqlmodel import Field, SQLModel

from app.db.schema.column_types import LONG_TEXT
from app.db.schema.sync_tables import instant_column, key_column, name_column, upstream_column
from app.db.schema.tables import JSON_TEXT


class DeliveryRow(SQLModel, table=True):
    """A key whose vendor's side is to be made what it is here; it holds no content."""

    __tablename__ = "deliveries"
    __table_args__ = (
        Index("uq_deliveries_key", "upstream_id", "key", unique=True),
        Index("ix_deliveries_due", "upstream_id", "state", "wanted_at", "id"),
    )

    id: str = key_column()
    upstream_id: str = upstream_column()
    key: str = name_column()
    generation: int
    state: str = name_column()
    attempts: int
    wanted_at: datetime = instant_column()
    not_before: datetime | None = instant_column(nullable=True)
    code: str | None = name_column(nullable=True)
    message: str | None = Field(default=None, sa_column=Column(LONG_TEXT))


class DeliveryAttemptRow(SQLModel, table=True):
    """One write as it was journalled before it was sent; versions without words.

    ``words`` is a digest of a reason, as long as nobody knows what became of the write.
    """

    __tablename__ = "delivery_attempts"
    __table_args__ = (
        Index("ix_delivery_attempts_key", "upstream_id", "key", "sent_at"),
        Index("ix_delivery_attempts_sent", "sent_at"),
    )

    id: str = key_column()
    upstream_id: str = upstream_column()
    key: str = name_column()
    generation: int
    operation: str = name_column()
    sent: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON_TEXT))
    before: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON_TEXT))
    sent_at: datetime = instant_column()
    settles_at: datetime = instant_column()
    outcome: str = name_column()
    words: str | None = name_column(nullable=True)


class SyncConflictRow(SQLModel, table=True):
    """Two versions that could not both be, without words, and whose holds."""

    __tablename__ = "sync_conflicts"
    __table_args__ = (
        Index("ix_sync_conflicts_key", "upstream_id", "key"),
        Index("ix_sync_conflicts_opened", "upstream_id", "opened_at", "id"),
    )

    id: str = key_column()
    upstream_id: str = upstream_column()
    key: str = name_column()
    kind: str = name_column()
    ours: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON_TEXT))
    theirs: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON_TEXT))
    base: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON_TEXT))
    opened_at: datetime = instant_column()
    resolved_at: datetime | None = instant_column(nullable=True)
    kept: str | None = name_column(nullable=True)
    decided_by: str | None = name_column(nullable=True)
