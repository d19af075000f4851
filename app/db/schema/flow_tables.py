"""Tables of what is carried from one system into the other, and what could not be."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index
from sqlmodel import Field, SQLModel

from app.db.schema.column_types import LONG_TEXT, UuidText
from app.db.schema.sync_tables import instant_column, key_column, name_column
from app.db.schema.tables import JSON_TEXT


class SyncFlowRow(SQLModel, table=True):
    """What is carried for a company, and how far it has come; no row: nothing."""

    __tablename__ = "sync_flows"

    company_id: str = Field(
        sa_column=Column(UuidText, ForeignKey("companies.id", ondelete="CASCADE"), primary_key=True)
    )
    flow: str = name_column()
    passed: int = Field(sa_column=Column(BigInteger, nullable=False))
    settled_after: str | None = name_column(nullable=True)
    reason: str = Field(sa_column=Column(LONG_TEXT, nullable=False))
    is_paid: bool = Field(sa_column=Column(Boolean, nullable=False))
    batch_start_time: str = name_column()
    round_to_quarter_hours: bool = Field(sa_column=Column(Boolean, nullable=False))


class MirroredRecordRow(SQLModel, table=True):
    """A record that was made of a user's entries, as it was made.

    The record may be gone: whoever has deleted it is seen by that.
    """

    __tablename__ = "mirrored_records"
    __table_args__ = (
        Index("ix_mirrored_records_user", "company_id", "user_id"),
        Index("ix_mirrored_records_person", "company_id", "person_id"),
    )

    record_id: str = Field(sa_column=Column(UuidText, primary_key=True))
    company_id: str = Field(
        sa_column=Column(UuidText, ForeignKey("companies.id", ondelete="CASCADE"), nullable=False)
    )
    person_id: str = Field(sa_column=Column(UuidText, nullable=False))
    user_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    plan: dict[str, Any] = Field(sa_column=Column(JSON_TEXT, nullable=False))


class FlowProblemRow(SQLModel, table=True):
    """A record or a user's day that could not be carried; without words of anybody."""

    __tablename__ = "flow_problems"
    __table_args__ = (
        Index("uq_flow_problems_key", "company_id", "key", unique=True),
        Index("ix_flow_problems_first_seen", "company_id", "first_seen_at", "id"),
        Index("ix_flow_problems_last_seen", "company_id", "last_seen_at"),
    )

    id: str = key_column()
    company_id: str = Field(
        sa_column=Column(UuidText, ForeignKey("companies.id", ondelete="CASCADE"), nullable=False)
    )
    key: str = name_column()
    code: str = name_column()
    message: str = Field(sa_column=Column(LONG_TEXT, nullable=False))
    first_seen_at: datetime = instant_column()
    last_seen_at: datetime = instant_column()
