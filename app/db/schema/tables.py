"""Rows as the databases keep them. Rows never leave app.db.

Objects are keyed by their source system's id, which is unique per type over all companies;
each row names its company, so that every query can be held to the caller's tenants.
"""

from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel, col

from app.db.schema.column_types import JSON_OR_NULL, KANTATA_ID, LONG_TEXT, NAME, Instant, UuidText

JSON_TEXT = JSON().with_variant(JSONB(), "postgresql")


def _kantata_key() -> Any:  # noqa: ANN401 - sqlmodel's Field is typed Any
    return Field(sa_column=Column(KANTATA_ID, primary_key=True, autoincrement=False))


def _procore_key() -> Any:  # noqa: ANN401
    return Field(sa_column=Column(UuidText, primary_key=True))


def _company() -> Any:  # noqa: ANN401
    return Field(sa_column=Column(UuidText, ForeignKey("companies.id"), nullable=False))


def _name(*, nullable: bool = False) -> Any:  # noqa: ANN401
    return Field(sa_column=Column(NAME, nullable=nullable))


def _instant() -> Any:  # noqa: ANN401
    return Field(sa_column=Column(Instant, nullable=False))


class CompanyRow(SQLModel, table=True):
    """A tenant. Locked for share while entries are judged, for update by calendar writes."""

    __tablename__ = "companies"

    id: str = _procore_key()
    name: str = _name()
    name_key: str = _name()
    minimum_workers_available: int | None = None


class RoleRow(SQLModel, table=True):
    """A Kantata account role."""

    __tablename__ = "roles"
    __table_args__ = (Index("ix_roles_company", "company_id", "name_key", "id"),)

    id: int = _kantata_key()
    company_id: str = _company()
    name: str = _name()
    name_key: str = _name()


class UserRow(SQLModel, table=True):
    """A Kantata user. Its row is the lock under which the user's days are judged."""

    __tablename__ = "users"
    __table_args__ = (
        Index("ix_users_company_name", "company_id", "name_key", "id"),
        Index("ix_users_name", "name_key", "id"),
        Index("ix_users_company_email", "company_id", "email_key"),
        Index("ix_users_role", "role_id"),
    )

    id: int = _kantata_key()
    company_id: str = _company()
    full_name: str = _name()
    name_key: str = _name()
    email_address: str | None = _name(nullable=True)
    email_key: str | None = _name(nullable=True)
    headline: str | None = _name(nullable=True)
    role_id: int | None = Field(sa_column=Column(BigInteger, ForeignKey("roles.id"), nullable=True))
    status: str = _name()


class PersonRow(SQLModel, table=True):
    """A Procore person. Its row is the lock under which the person's records are written."""

    __tablename__ = "people"
    __table_args__ = (
        Index("ix_people_company_name", "company_id", "name_key", "id"),
        Index("ix_people_name", "name_key", "id"),
        Index("ix_people_company_email", "company_id", "email_key"),
        Index("ix_people_company_number", "company_id", "employee_number"),
        Index("ix_people_company_title", "company_id", "job_title"),
    )

    id: str = _procore_key()
    company_id: str = _company()
    first_name: str = _name()
    last_name: str = _name()
    name_key: str = _name()
    email: str | None = _name(nullable=True)
    email_key: str | None = _name(nullable=True)
    employee_number: str | None = _name(nullable=True)
    status: str = _name()
    job_title: str | None = _name(nullable=True)


class WorkerRow(SQLModel, table=True):
    """One human, as rule 4.1 joins users and people; kept with every directory write."""

    __tablename__ = "workers"
    __table_args__ = (
        Index("ix_workers_company_name", "company_id", "name_key", "id"),
        Index("ix_workers_name", "name_key", "id"),
    )

    id: str = Field(sa_column=Column(NAME, primary_key=True))
    company_id: str = _company()
    user_id: int | None = Field(
        sa_column=Column(BigInteger, ForeignKey("users.id"), unique=True, nullable=True)
    )
    person_id: str | None = Field(
        sa_column=Column(UuidText, ForeignKey("people.id"), unique=True, nullable=True)
    )
    full_name: str = _name()
    name_key: str = _name()
    email: str | None = _name(nullable=True)


class WorkerLinkRow(SQLModel, table=True):
    """A user and a person that somebody joined, or keeps apart (``is_bar``)."""

    __tablename__ = "worker_links"
    __table_args__ = (Index("ix_worker_links_person", "person_id"),)

    user_id: int = Field(sa_column=Column(BigInteger, ForeignKey("users.id"), primary_key=True))
    person_id: str = Field(sa_column=Column(UuidText, ForeignKey("people.id"), primary_key=True))
    is_bar: bool


class WorkweekRow(SQLModel, table=True):
    """Minutes per weekday of a user, or of a company; the id is derived from the key."""

    __tablename__ = "workweeks"
    __table_args__ = (
        Index("ix_workweeks_owner", "company_id", "user_id", "effective_from"),
        Index("ix_workweeks_user", "user_id"),
    )

    id: str = _procore_key()
    company_id: str = _company()
    user_id: int | None = Field(sa_column=Column(BigInteger, ForeignKey("users.id"), nullable=True))
    effective_from: date
    effective_to: date | None = None
    monday: int
    tuesday: int
    wednesday: int
    thursday: int
    friday: int
    saturday: int
    sunday: int


class HolidayRow(SQLModel, table=True):
    """Days on which nobody of the company works."""

    __tablename__ = "holidays"
    __table_args__ = (
        Index("ix_holidays_company", "company_id", "start_date", "id"),
        Index("ix_holidays_start", "start_date", "id"),
    )

    id: int = _kantata_key()
    company_id: str = _company()
    name: str = _name()
    start_date: date
    end_date: date


class TimeOffEntryRow(SQLModel, table=True):
    """A Kantata entry: one per user and day."""

    __tablename__ = "time_off_entries"
    __table_args__ = (
        Index("uq_time_off_entries_day", "user_id", "requested_date", unique=True),
        # The default order, for one tenant and for a caller who sees them all.
        Index("ix_time_off_entries_company", "company_id", "requested_date", "user_id"),
        Index("ix_time_off_entries_date", "requested_date", "user_id"),
        Index("ix_time_off_entries_created", "created_at", "id"),
        # With all that a list of entries is usually asked for: no row is looked up.
        Index("ix_time_off_entries_covering", "user_id", "requested_date", "id", "seconds"),
        CheckConstraint("seconds > 0", name="seconds_positive"),
    )

    id: int = _kantata_key()
    company_id: str = _company()
    user_id: int = Field(sa_column=Column(BigInteger, ForeignKey("users.id"), nullable=False))
    requested_date: date
    submission_date: date
    seconds: int
    created_at: datetime = _instant()
    updated_at: datetime = _instant()


class ExternalReferenceRow(SQLModel, table=True):
    """What ties an entry to another system; one per service and entry."""

    __tablename__ = "external_references"
    __table_args__ = (
        Index("uq_external_references_service", "entry_id", "service_name", unique=True),
        Index(
            "ix_external_references_ref",
            "service_name",
            "service_model",
            "service_model_ref",
            "entry_id",
        ),
        Index("ix_external_references_company", "company_id", "id"),
        Index(
            "ix_external_references_covering",
            "entry_id",
            "id",
            "service_name",
            "service_model",
            "service_model_ref",
            "status",
        ),
    )

    id: int = _kantata_key()
    company_id: str = _company()
    entry_id: int = Field(
        sa_column=Column(
            BigInteger, ForeignKey("time_off_entries.id", ondelete="CASCADE"), nullable=False
        )
    )
    service_name: str = _name()
    service_model: str = _name()
    service_model_ref: str = _name()
    status: str | None = _name(nullable=True)
    external_message: str | None = Field(default=None, sa_column=Column(LONG_TEXT))
    external_link: str | None = Field(default=None, sa_column=Column(LONG_TEXT))
    external_status: str | None = Field(default=None, sa_column=Column(LONG_TEXT))
    locked: bool
    brought_seconds: int
    created_at: datetime = _instant()
    updated_at: datetime = _instant()


class PersonTimeOffRow(SQLModel, table=True):
    """A Procore record. ``first_day`` .. ``first_span_end`` is its first occurrence.

    The others follow from the rule, their ids from ``instance_ids`` (domain/instances.py). Where
    one is otherwise than the rule has it, it is among the ``exceptions`` (repeat_exceptions.py);
    ``last_day`` is the end of the last one as it is now.
    """

    __tablename__ = "person_time_offs"
    __table_args__ = (
        Index("ix_person_time_offs_person", "person_id", "first_day", "id"),
        Index("ix_person_time_offs_company", "company_id", "first_day", "id"),
        Index("ix_person_time_offs_start", "first_day", "id"),
        Index("ix_person_time_offs_created", "created_at", "id"),
        Index(
            "ix_person_time_offs_split",
            "split_from",
            "first_day",
            "id",
            sqlite_where=text("split_from IS NOT NULL"),
            postgresql_where=text("split_from IS NOT NULL"),
        ),
        # Those that may have an instance before their first day.
        Index(
            "ix_person_time_offs_excepted",
            "first_day",
            sqlite_where=text("exceptions IS NOT NULL"),
            postgresql_where=text("exceptions IS NOT NULL"),
        ),
        # What a day row names, so that it cannot be of another person than its record.
        UniqueConstraint("person_id", "id", name="uq_person_time_offs_of_person"),
    )

    id: str = _procore_key()
    company_id: str = _company()
    person_id: str = Field(sa_column=Column(UuidText, ForeignKey("people.id"), nullable=False))
    first_day: date
    first_span_end: date
    last_day: date
    start_minute: int
    end_minute: int
    apply_to_saturday: bool
    apply_to_sunday: bool
    is_paid: bool
    reason: str = Field(sa_column=Column(LONG_TEXT, nullable=False))
    repeat: str = _name()
    cadence: int | None = None
    repeat_end_day: date | None = None
    instance_ids: list[str] = Field(sa_column=Column(JSON_TEXT, nullable=False))
    exceptions: list[dict[str, Any]] | None = Field(default=None, sa_column=Column(JSON_OR_NULL))
    split_from: str | None = Field(default=None, sa_column=Column(UuidText))
    created_at: datetime = _instant()
    updated_at: datetime = _instant()


class DeletedPersonTimeOffRow(SQLModel, table=True):
    """A record that was deleted whole, for as long as it can be brought back (rule 3.13).

    ``record`` is all of it, its reason too.
    """

    __tablename__ = "deleted_person_time_offs"
    __table_args__ = (Index("ix_deleted_person_time_offs_at", "deleted_at"),)

    id: str = _procore_key()
    company_id: str = _company()
    record: dict[str, Any] = Field(sa_column=Column(JSON_TEXT, nullable=False))
    deleted_at: datetime = _instant()


class PersonDayRow(SQLModel, table=True):
    """What a record of person time off brings to a day, in seconds from midnight of that day.

    Kept in the transaction that writes the record, so that "who is off on these days" is a range
    of an index however long the records are. A record has two rows of a day where two of its
    occurrences lie on it. What an entry takes of its day the entry says.
    """

    __tablename__ = "person_days"
    __table_args__ = (
        ForeignKeyConstraint(
            ["person_id", "record_id"],
            ["person_time_offs.person_id", "person_time_offs.id"],
            ondelete="CASCADE",
        ),
        {"sqlite_with_rowid": False},
    )

    person_id: str = Field(sa_column=Column(UuidText, primary_key=True))
    day: date = Field(primary_key=True)
    record_id: str = Field(sa_column=Column(UuidText, primary_key=True))
    starts: int = Field(primary_key=True)
    ends: int
    is_paid: bool


class DiscrepancyAcknowledgementRow(SQLModel, table=True):
    """That a day's discrepancy is to stay, as long as both systems say of it what they said then.

    One that is out of force goes when its day is acknowledged anew, or by whoever deletes it: what
    was put back as it was is acknowledged again.
    """

    __tablename__ = "discrepancy_acknowledgements"
    __table_args__ = (
        # With the days of a window together, which is how they are read.
        Index("uq_discrepancy_acknowledgements_day", "user_id", "day", "person_id", unique=True),
    )

    id: str = _procore_key()
    company_id: str = _company()
    user_id: int = Field(sa_column=Column(BigInteger, ForeignKey("users.id"), nullable=False))
    person_id: str = Field(sa_column=Column(UuidText, ForeignKey("people.id"), nullable=False))
    day: date
    kind: str = _name()
    kantata: int
    procore: int
    fingerprint: str = _name()
    acknowledged_at: datetime = _instant()
    actor_kind: str = _name()
    actor: str = _name()
    actor_label: str = _name()


class IdempotencyKeyRow(SQLModel, table=True):
    """The first answer to a keyed request, written in the transaction of the change."""

    __tablename__ = "idempotency_keys"
    __table_args__ = (Index("ix_idempotency_keys_created", "created_at"),)

    caller: str = Field(sa_column=Column(NAME, primary_key=True))
    operation: str = Field(sa_column=Column(NAME, primary_key=True))
    key: str = Field(sa_column=Column(NAME, primary_key=True))
    fingerprint: str = _name()
    answer: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON_TEXT))
    created_at: datetime = _instant()


class ChangeCounterRow(SQLModel, table=True):
    """The last number of a company's changes; updated last in each transaction.

    ``generation`` is the feed's own random name, which cursors repeat: numbers of another feed,
    or of this one before a restore, are told from it. Changes up to ``last_forgotten`` are kept no
    more. ``last_at`` is the instant of the last change, and empty before the first one: whatever a
    clock says, the next one is not earlier.
    """

    __tablename__ = "change_counters"

    company_id: str = Field(
        sa_column=Column(UuidText, ForeignKey("companies.id"), primary_key=True)
    )
    last_sequence: int = Field(sa_column=Column(BigInteger, nullable=False))
    generation: str = _name()
    last_forgotten: int = Field(sa_column=Column(BigInteger, nullable=False))
    last_at: datetime | None = Field(sa_column=Column(Instant, nullable=True))


class ChangeRow(SQLModel, table=True):
    """One committed change of one object, without reasons.

    It touched the days from ``first_day`` to ``last_day``, which is empty where that is open; both
    are empty where the object has no days, and of what was committed before they were kept.
    """

    __tablename__ = "changes"
    __table_args__ = (Index("ix_changes_subject", "subject_type", "subject_key"),)

    company_id: str = Field(
        sa_column=Column(UuidText, ForeignKey("companies.id"), primary_key=True)
    )
    sequence: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    at: datetime = _instant()
    operation: str = _name()
    subject_type: str = _name()
    subject_key: str = _name()
    before: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON_TEXT))
    after: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON_TEXT))
    first_day: date | None = None
    last_day: date | None = None


IS_OF_A_CALENDAR: Final = text("subject_type IN ('Holiday', 'Workweek')")
"""Of what decides possible hours; said to the letter wherever its index is to be used."""
Index(
    "ix_changes_calendars",
    col(ChangeRow.company_id),
    col(ChangeRow.sequence),
    col(ChangeRow.at),
    sqlite_where=IS_OF_A_CALENDAR,
    postgresql_where=IS_OF_A_CALENDAR,
)

IS_OF_A_DELETED_ENTRY: Final = text("subject_type = 'TimeOffEntry' AND operation = 'DELETED'")
"""Of what is gone from the days of calendar feeds; said to the letter as the one before."""
Index(
    "ix_changes_deleted_entries",
    col(ChangeRow.company_id),
    col(ChangeRow.first_day),
    sqlite_where=IS_OF_A_DELETED_ENTRY,
    postgresql_where=IS_OF_A_DELETED_ENTRY,
)


class ChangeOriginRow(SQLModel, table=True):
    """Where all changes of one transaction and company came from: who, how, by which request.

    The origin of a change is the first row whose ``last_sequence`` is not below its number, if
    that row's ``first_sequence`` is not above it. What was committed before there were origins
    has none.
    """

    __tablename__ = "change_origins"
    __table_args__ = (
        # With all that is read of it: an actor's changes come in their order, range after range.
        Index(
            "ix_change_origins_actor",
            "company_id",
            "actor",
            "last_sequence",
            "first_sequence",
            unique=True,
        ),
        {"sqlite_with_rowid": False},
    )

    company_id: str = Field(
        sa_column=Column(UuidText, ForeignKey("companies.id"), primary_key=True)
    )
    last_sequence: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    first_sequence: int = Field(sa_column=Column(BigInteger, nullable=False))
    actor_kind: str = _name()
    actor: str = _name()
    actor_label: str = _name()
    via: str = _name()
    request_id: str = _name()


class AccessEventRow(SQLModel, table=True):
    """What changes no record: who signed in, was refused, exported, made a token.

    ``company_id`` is empty where it is about no company, or about all of them; so are the actor's
    columns where nobody was known. ``details`` has neither secrets nor reasons.
    """

    __tablename__ = "access_events"
    __table_args__ = (
        Index("ix_access_events_at", "at"),
        Index("ix_access_events_company", "company_id", "id"),
        Index("ix_access_events_kind", "kind", "id"),
        Index("ix_access_events_actor", "actor", "id"),
    )

    id: int = _kantata_key()
    at: datetime = _instant()
    kind: str = _name()
    company_id: str | None = Field(
        sa_column=Column(UuidText, ForeignKey("companies.id"), nullable=True)
    )
    actor_kind: str | None = _name(nullable=True)
    actor: str | None = _name(nullable=True)
    actor_label: str | None = _name(nullable=True)
    peer: str | None = _name(nullable=True)
    via: str = _name()
    request_id: str = _name()
    times: int
    details: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON_TEXT))


class CalendarFeedRow(SQLModel, table=True):
    """A calendar feed. Of its link only a hash is kept, and none once it is revoked.

    ``is_use_known``: that this link was used is among the access events.
    """

    __tablename__ = "calendar_feeds"
    __table_args__ = (
        Index("uq_calendar_feeds_secret", "secret_hash", unique=True),
        Index("ix_calendar_feeds_company", "company_id", "created_at", "id"),
        Index("ix_calendar_feeds_created", "created_at", "id"),
    )

    id: str = _procore_key()
    company_id: str = _company()
    worker_id: str | None = _name(nullable=True)
    role_ids: list[int] = Field(sa_column=Column(JSON_TEXT, nullable=False))
    job_titles: list[str] = Field(sa_column=Column(JSON_TEXT, nullable=False))
    name: str | None = _name(nullable=True)
    secret_hash: str | None = _name(nullable=True)
    is_use_known: bool
    created_at: datetime = _instant()
    renewed_at: datetime | None = Field(default=None, sa_column=Column(Instant))
    revoked_at: datetime | None = Field(default=None, sa_column=Column(Instant))


class AccessTokenRow(SQLModel, table=True):
    """An API token. Of its secret only hashes are kept."""

    __tablename__ = "access_tokens"
    __table_args__ = (Index("ix_access_tokens_created", "created_at", "id"),)

    id: str = Field(sa_column=Column(NAME, primary_key=True))
    name: str = _name()
    secret_hash: str = _name()
    previous_hash: str | None = _name(nullable=True)
    previous_until: datetime | None = Field(default=None, sa_column=Column(Instant))
    role: str = _name()
    added: list[str] = Field(sa_column=Column(JSON_TEXT, nullable=False))
    taken: list[str] = Field(sa_column=Column(JSON_TEXT, nullable=False))
    companies: list[str] | None = Field(default=None, sa_column=Column(JSON_TEXT))
    worker_id: str | None = _name(nullable=True)
    made_by: str = _name()
    created_at: datetime = _instant()
    expires_at: datetime | None = Field(default=None, sa_column=Column(Instant))
    rotated_at: datetime | None = Field(default=None, sa_column=Column(Instant))
    last_used_at: datetime | None = Field(default=None, sa_column=Column(Instant))
    revoked_at: datetime | None = Field(default=None, sa_column=Column(Instant))


class AccessSessionRow(SQLModel, table=True):
    """A browser's session, with what its credential proved. Of its secret only a hash is kept."""

    __tablename__ = "access_sessions"
    __table_args__ = (
        Index("uq_access_sessions_secret", "secret_hash", unique=True),
        Index("ix_access_sessions_name", "name", "created_at"),
        Index("ix_access_sessions_credential", "credential"),
    )

    id: str = _procore_key()
    secret_hash: str = _name()
    kind: str = _name()
    name: str = _name()
    label: str = _name()
    role: str | None = _name(nullable=True)
    permissions: list[str] = Field(sa_column=Column(JSON_TEXT, nullable=False))
    companies: list[str] | None = Field(default=None, sa_column=Column(JSON_TEXT))
    worker_company_id: str | None = _name(nullable=True)
    worker_user_id: int | None = Field(default=None, sa_column=Column(BigInteger))
    worker_person_id: str | None = _name(nullable=True)
    credential: str = _name()
    expires_at: datetime | None = Field(default=None, sa_column=Column(Instant))
    created_at: datetime = _instant()
    last_used_at: datetime = _instant()
    revoked_at: datetime | None = Field(default=None, sa_column=Column(Instant))


class WebhookRow(SQLModel, table=True):
    """A webhook, where it stands in the feed, and the secrets that sign: they are kept as they are.

    ``passed``: the number of the last change that was told, or was none of its types.
    """

    __tablename__ = "webhooks"
    __table_args__ = (Index("ix_webhooks_company", "company_id", "created_at", "id"),)

    id: str = _procore_key()
    company_id: str = _company()
    url: str = Field(sa_column=Column(LONG_TEXT, nullable=False))
    types: list[str] = Field(sa_column=Column(JSON_TEXT, nullable=False))
    created_at: datetime = _instant()
    passed: int = Field(sa_column=Column(BigInteger, nullable=False))
    revision: int
    gathered_to: int | None = Field(default=None, sa_column=Column(BigInteger))
    failures: int
    failing_since: datetime | None = Field(default=None, sa_column=Column(Instant))
    next_attempt_at: datetime | None = Field(default=None, sa_column=Column(Instant))
    last_delivered_at: datetime | None = Field(default=None, sa_column=Column(Instant))
    disabled_at: datetime | None = Field(default=None, sa_column=Column(Instant))
    disabled_reason: str | None = _name(nullable=True)
    rotated_at: datetime | None = Field(default=None, sa_column=Column(Instant))
    secret: str = _name()
    previous_secret: str | None = _name(nullable=True)
    previous_until: datetime | None = Field(default=None, sa_column=Column(Instant))


class WebhookAttemptRow(SQLModel, table=True):
    """One attempt to deliver a message, and the beginning of what was answered."""

    __tablename__ = "webhook_attempts"
    __table_args__ = (
        Index("ix_webhook_attempts_webhook", "webhook_id", "at", "id"),
        Index("ix_webhook_attempts_at", "at"),
    )

    id: str = _procore_key()
    webhook_id: str = Field(
        sa_column=Column(UuidText, ForeignKey("webhooks.id", ondelete="CASCADE"), nullable=False)
    )
    message_id: str = _name()
    type: str = _name()
    at: datetime = _instant()
    outcome: str = _name()
    status: int | None
    milliseconds: int
    answer: str = Field(sa_column=Column(LONG_TEXT, nullable=False))


class IdCounterRow(SQLModel, table=True):
    """The last id handed out of each kind, where the database has no sequences (SQLite)."""

    __tablename__ = "id_counters"

    name: str = Field(sa_column=Column(NAME, primary_key=True))
    last_id: int = Field(sa_column=Column(Integer, nullable=False))


def table_columns(table: type[Any]) -> Any:  # noqa: ANN401 - SQLModel does not type it
    """Return all columns of a table, to select plain rows instead of objects."""
    return table.__table__.columns
