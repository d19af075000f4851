"""Tables of what is kept alike with the vendors; time off itself is in the tables of its model."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer
from sqlmodel import Field, SQLModel

from app.db.schema.column_types import LONG_TEXT, NAME, Instant, UuidText
from app.db.schema.tables import JSON_TEXT


def key_column() -> Any:  # noqa: ANN401 - sqlmodel's Field is typed Any
    """Return the column of an object's own id."""
    return Field(sa_column=Column(UuidText, primary_key=True))


def upstream_column(*, is_key: bool = False) -> Any:  # noqa: ANN401
    """Return the column of the upstream that a row belongs to, and goes with."""
    upstream = ForeignKey("upstreams.id", ondelete="CASCADE")
    return Field(sa_column=Column(UuidText, upstream, nullable=False, primary_key=is_key))


def name_column(*, nullable: bool = False) -> Any:  # noqa: ANN401
    """Return a column of a short word."""
    return Field(sa_column=Column(NAME, nullable=nullable))


def instant_column(*, nullable: bool = False) -> Any:  # noqa: ANN401
    """Return a column of an instant."""
    return Field(sa_column=Column(Instant, nullable=nullable))


class UpstreamRow(SQLModel, table=True):
    """One vendor account of a company; what opens it is sealed, and no dump has it.

    ``followed`` is the number of the last change that its outbox has taken notice of, where it is
    written to.
    """

    __tablename__ = "upstreams"
    __table_args__ = (Index("uq_upstreams_company_api", "company_id", "api", unique=True),)

    id: str = key_column()
    company_id: str = Field(sa_column=Column(UuidText, ForeignKey("companies.id"), nullable=False))
    api: str = name_column()
    base_url: str = Field(sa_column=Column(LONG_TEXT, nullable=False))
    account_key: str | None = name_column(nullable=True)
    direction: str = name_column()
    conflict_policy: str = name_column()
    may_write: bool
    state: str = name_column()
    state_reason: str | None = name_column(nullable=True)
    failures: int
    next_try_at: datetime | None = instant_column(nullable=True)
    days_back: int
    days_ahead: int
    wanted: str | None = name_column(nullable=True)
    credential_hint: str | None = name_column(nullable=True)
    credentials: str | None = Field(default=None, sa_column=Column(LONG_TEXT))
    cursors: dict[str, str] = Field(sa_column=Column(JSON_TEXT, nullable=False))
    budget: dict[str, Any] = Field(sa_column=Column(JSON_TEXT, nullable=False))
    revision: int
    connected_at: datetime = instant_column()
    last_read_at: datetime | None = instant_column(nullable=True)
    last_full_read_at: datetime | None = instant_column(nullable=True)
    followed: int | None = Field(default=None, sa_column=Column(BigInteger))


class RemoteRecordRow(SQLModel, table=True):
    """What a vendor had under a key when it was last looked at: the base of a comparison.

    ``key`` is ``K:<user>:<day>`` of Kantata's, as a user has one entry per day, or
    ``P:<person>:<record>`` of Procore's, which names its ``person_id``; ``day`` is then the
    last one. ``content`` holds hours, times and digests; no words. Of users (``U:<id>``), people
    (``N:<id>``), holidays (``H:<id>``) and workweeks (``W:<user>:<day>``, the company's without a
    user) it is only kept that the vendor had them.
    """

    __tablename__ = "remote_records"
    __table_args__ = (
        Index("ix_remote_records_days", "upstream_id", "day"),
        Index("ix_remote_records_local", "local_key"),
        Index("ix_remote_records_person", "upstream_id", "person_id"),
        Index("ix_remote_records_remote", "upstream_id", "remote_id"),
    )

    upstream_id: str = upstream_column(is_key=True)
    key: str = Field(sa_column=Column(NAME, primary_key=True))
    local_key: str = name_column()
    remote_id: str = name_column()
    day: date
    content: dict[str, Any] = Field(sa_column=Column(JSON_TEXT, nullable=False))
    person_id: str | None = Field(default=None, sa_column=Column(UuidText))


class SweptPersonRow(SQLModel, table=True):
    """Somebody whose time off Procore lists one by one: when it was last read, who is next.

    ``digests`` is what surveys last said of them, by the first day of what they looked at.
    """

    __tablename__ = "swept_people"
    __table_args__ = (
        Index("ix_swept_people_next", "upstream_id", "is_wanted", "read_at", "person_id"),
    )

    upstream_id: str = upstream_column(is_key=True)
    person_id: str = key_column()
    read_at: datetime | None = instant_column(nullable=True)
    is_wanted: bool
    digests: dict[str, str] = Field(sa_column=Column(JSON_TEXT, nullable=False))


class SyncRunRow(SQLModel, table=True):
    """One pass of reading, and how far it has come."""

    __tablename__ = "sync_runs"
    __table_args__ = (
        Index("ix_sync_runs_upstream", "upstream_id", "started_at", "id"),
        Index("ix_sync_runs_started", "started_at"),
    )

    id: str = key_column()
    upstream_id: str = upstream_column()
    kind: str = name_column()
    state: str = name_column()
    checkpoint: str | None = name_column(nullable=True)
    started_at: datetime = instant_column()
    ended_at: datetime | None = instant_column(nullable=True)
    requests: int
    read: int
    created: int
    updated: int
    deleted: int
    drift_repaired: int
    message: str | None = Field(default=None, sa_column=Column(LONG_TEXT))


class SyncProblemRow(SQLModel, table=True):
    """A record of the vendor that cannot be taken in, and what is the matter with it."""

    __tablename__ = "sync_problems"
    __table_args__ = (
        Index("uq_sync_problems_record", "upstream_id", "remote_id", "code", unique=True),
        Index("ix_sync_problems_seen", "upstream_id", "last_seen_at", "id"),
    )

    id: str = key_column()
    upstream_id: str = upstream_column()
    remote_id: str = name_column()
    code: str = name_column()
    message: str = Field(sa_column=Column(LONG_TEXT, nullable=False))
    user_id: int | None = Field(default=None, sa_column=Column(BigInteger))
    person_id: str | None = Field(default=None, sa_column=Column(UuidText))
    day: date | None = None
    first_seen_at: datetime = instant_column()
    last_seen_at: datetime = instant_column()
    times: int = Field(sa_column=Column(Integer, nullable=False))
