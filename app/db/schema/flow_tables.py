"""Tables of what is carried from one system into the other, and what could not be."""

from datetime import datetime

from sqlalchemy import BigInteger, Column, ForeignKey, Index
from sqlmodel import Field, SQLModel

from app.db.schema.column_types import LONG_TEXT, UuidText
from app.db.schema.sync_tables import instant_column, key_column, name_column


class SyncFlowRow(SQLModel, table=True):
    """What is carried for a company, and how far it has come; no row: nothing."""

    __tablename__ = "sync_flows"

    company_id: str = Field(
        sa_column=Column(UuidText, ForeignKey("companies.id", ondelete="CASCADE"), primary_key=True)
    )
    flow: str = name_column()
    passed: int = Field(sa_column=Column(BigInteger, nullable=False))
    settled_after: str | None = name_column(nullable=True)


class FlowProblemRow(SQLModel, table=True):
    """A record that could not be carried; without words of anybody."""

    __tablename__ = "flow_problems"
    __table_args__ = (
        Index("uq_flow_problems_record", "company_id", "record_id", unique=True),
        Index("ix_flow_problems_first_seen", "company_id", "first_seen_at", "id"),
        Index("ix_flow_problems_last_seen", "company_id", "last_seen_at"),
    )

    id: str = key_column()
    company_id: str = Field(
        sa_column=Column(UuidText, ForeignKey("companies.id", ondelete="CASCADE"), nullable=False)
    )
    record_id: str = Field(sa_column=Column(UuidText, nullable=False))
    person_id: str = Field(sa_column=Column(UuidText, nullable=False))
    code: str = name_column()
    message: str = Field(sa_column=Column(LONG_TEXT, nullable=False))
    first_seen_at: datetime = instant_column()
    last_seen_at: datetime = instant_column()
