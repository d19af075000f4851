"""First tables."""

import sqlalchemy as sa
from alembic import op

from app.db.schema.column_types import KANTATA_ID, NAME, Instant, UuidText
from app.db.schema.tables import JSON_TEXT

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

SEQUENCES = ("time_off_entry_ids", "external_reference_ids")
TABLES_LAST_FIRST = (
    "external_references",
    "workweeks",
    "workers",
    "worker_links",
    "time_off_instances",
    "time_off_entries",
    "users",
    "person_time_offs",
    "roles",
    "people",
    "holidays",
    "changes",
    "change_counters",
    "absence_days",
    "idempotency_keys",
    "id_counters",
    "companies",
)


def upgrade() -> None:
    # SQLite has no sequences: there the table id_counters hands out ids.
    if op.get_bind().dialect.name == "postgresql":
        for name in SEQUENCES:
            op.execute(sa.schema.CreateSequence(sa.Sequence(name)))
    op.create_table(
        "companies",
        sa.Column("id", UuidText(), nullable=False),
        sa.Column("name", NAME, nullable=False),
        sa.Column("name_key", NAME, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "id_counters",
        sa.Column("name", NAME, nullable=False),
        sa.Column("last_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "idempotency_keys",
        sa.Column("caller", NAME, nullable=False),
        sa.Column("operation", NAME, nullable=False),
        sa.Column("key", NAME, nullable=False),
        sa.Column("fingerprint", NAME, nullable=False),
        sa.Column("answer", JSON_TEXT, nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("caller", "operation", "key"),
    )
    op.create_index("ix_idempotency_keys_created", "idempotency_keys", ["created_at"])

    op.create_table(
        "absence_days",
        sa.Column("company_id", UuidText(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("subject", NAME, nullable=False),
        sa.Column("record", NAME, nullable=False),
        sa.Column("seconds", sa.Integer(), nullable=False),
        sa.Column("starts", sa.Integer(), nullable=True),
        sa.Column("ends", sa.Integer(), nullable=True),
        sa.Column("is_paid", sa.Boolean(), nullable=True),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"]),
        sa.PrimaryKeyConstraint("company_id", "day", "subject", "record"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_absence_days_record", "absence_days", ["record"])
    op.create_index("ix_absence_days_subject", "absence_days", ["subject", "day"])

    op.create_table(
        "change_counters",
        sa.Column("company_id", UuidText(), nullable=False),
        sa.Column("last_sequence", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"]),
        sa.PrimaryKeyConstraint("company_id"),
    )
    op.create_table(
        "changes",
        sa.Column("company_id", UuidText(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("operation", NAME, nullable=False),
        sa.Column("subject_type", NAME, nullable=False),
        sa.Column("subject_key", NAME, nullable=False),
        sa.Column("before", JSON_TEXT, nullable=True),
        sa.Column("after", JSON_TEXT, nullable=True),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"]),
        sa.PrimaryKeyConstraint("company_id", "sequence"),
    )
    op.create_index("ix_changes_subject", "changes", ["subject_type", "subject_key"])
    op.create_table(
        "holidays",
        sa.Column("id", KANTATA_ID, autoincrement=False, nullable=False),
        sa.Column("company_id", UuidText(), nullable=False),
        sa.Column("name", NAME, nullable=False),
        sa.Column("start_date", sa.Date(), nullable=False),
        sa.Column("end_date", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_holidays_company", "holidays", ["company_id", "start_date", "id"])
    op.create_index("ix_holidays_start", "holidays", ["start_date", "id"])

    op.create_table(
        "people",
        sa.Column("id", UuidText(), nullable=False),
        sa.Column("company_id", UuidText(), nullable=False),
        sa.Column("first_name", NAME, nullable=False),
        sa.Column("last_name", NAME, nullable=False),
        sa.Column("name_key", NAME, nullable=False),
        sa.Column("email", NAME, nullable=True),
        sa.Column("email_key", NAME, nullable=True),
        sa.Column("employee_number", NAME, nullable=True),
        sa.Column("status", NAME, nullable=False),
        sa.Column("job_title", NAME, nullable=True),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_people_company_email", "people", ["company_id", "email_key"])
    op.create_index("ix_people_company_name", "people", ["company_id", "name_key", "id"])
    op.create_index("ix_people_name", "people", ["name_key", "id"])

    op.create_table(
        "roles",
        sa.Column("id", KANTATA_ID, autoincrement=False, nullable=False),
        sa.Column("company_id", UuidText(), nullable=False),
        sa.Column("name", NAME, nullable=False),
        sa.Column("name_key", NAME, nullable=False),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_roles_company", "roles", ["company_id", "name_key", "id"])

    op.create_table(
        "person_time_offs",
        sa.Column("id", UuidText(), nullable=False),
        sa.Column("company_id", UuidText(), nullable=False),
        sa.Column("person_id", UuidText(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("first_span_end", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("start_minute", sa.Integer(), nullable=False),
        sa.Column("end_minute", sa.Integer(), nullable=False),
        sa.Column("apply_to_saturday", sa.Boolean(), nullable=False),
        sa.Column("apply_to_sunday", sa.Boolean(), nullable=False),
        sa.Column("is_paid", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("repeat", NAME, nullable=False),
        sa.Column("cadence", sa.Integer(), nullable=True),
        sa.Column("repeat_end_day", sa.Date(), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"]),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "ix_person_time_offs_company", "person_time_offs", ["company_id", "first_day", "id"]
    )
    op.create_index("ix_person_time_offs_created", "person_time_offs", ["created_at", "id"])
    op.create_index(
        "ix_person_time_offs_person", "person_time_offs", ["person_id", "first_day", "id"]
    )
    op.create_index("ix_person_time_offs_start", "person_time_offs", ["first_day", "id"])

    op.create_table(
        "users",
        sa.Column("id", KANTATA_ID, autoincrement=False, nullable=False),
        sa.Column("company_id", UuidText(), nullable=False),
        sa.Column("full_name", NAME, nullable=False),
        sa.Column("name_key", NAME, nullable=False),
        sa.Column("email_address", NAME, nullable=True),
        sa.Column("email_key", NAME, nullable=True),
        sa.Column("headline", NAME, nullable=True),
        sa.Column("role_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"]),
        sa.ForeignKeyConstraint(["role_id"], ["roles.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_users_company_email", "users", ["company_id", "email_key"])
    op.create_index("ix_users_company_name", "users", ["company_id", "name_key", "id"])
    op.create_index("ix_users_name", "users", ["name_key", "id"])
    op.create_index("ix_users_role", "users", ["role_id"])

    op.create_table(
        "time_off_entries",
        sa.Column("id", KANTATA_ID, autoincrement=False, nullable=False),
        sa.Column("company_id", UuidText(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("requested_date", sa.Date(), nullable=False),
        sa.Column("submission_date", sa.Date(), nullable=False),
        sa.Column("seconds", sa.Integer(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.CheckConstraint("seconds > 0", name="seconds_positive"),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"]),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "ix_time_off_entries_company",
        "time_off_entries",
        ["company_id", "requested_date", "user_id"],
    )
    op.create_index("ix_time_off_entries_created", "time_off_entries", ["created_at", "id"])
    op.create_index("ix_time_off_entries_date", "time_off_entries", ["requested_date", "user_id"])
    op.create_index(
        "uq_time_off_entries_day", "time_off_entries", ["user_id", "requested_date"], unique=True
    )

    op.create_table(
        "time_off_instances",
        sa.Column("id", UuidText(), nullable=False),
        sa.Column("person_time_off_id", UuidText(), nullable=False),
        sa.Column("start_day", sa.Date(), nullable=False),
        sa.Column("end_day", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_time_off_id"], ["person_time_offs.id"], ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "uq_time_off_instances_day",
        "time_off_instances",
        ["person_time_off_id", "start_day"],
        unique=True,
    )

    op.create_table(
        "worker_links",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", UuidText(), nullable=False),
        sa.Column("is_bar", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"]),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"]),
        sa.PrimaryKeyConstraint("user_id", "person_id"),
    )
    op.create_index("ix_worker_links_person", "worker_links", ["person_id"])

    op.create_table(
        "workers",
        sa.Column("id", NAME, nullable=False),
        sa.Column("company_id", UuidText(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("person_id", UuidText(), nullable=True),
        sa.Column("full_name", NAME, nullable=False),
        sa.Column("name_key", NAME, nullable=False),
        sa.Column("email", NAME, nullable=True),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"]),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"]),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("person_id"),
        sa.UniqueConstraint("user_id"),
    )
    op.create_index("ix_workers_company_name", "workers", ["company_id", "name_key", "id"])
    op.create_index("ix_workers_name", "workers", ["name_key", "id"])

    op.create_table(
        "workweeks",
        sa.Column("id", UuidText(), nullable=False),
        sa.Column("company_id", UuidText(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("effective_from", sa.Date(), nullable=False),
        sa.Column("effective_to", sa.Date(), nullable=True),
        sa.Column("monday", sa.Integer(), nullable=False),
        sa.Column("tuesday", sa.Integer(), nullable=False),
        sa.Column("wednesday", sa.Integer(), nullable=False),
        sa.Column("thursday", sa.Integer(), nullable=False),
        sa.Column("friday", sa.Integer(), nullable=False),
        sa.Column("saturday", sa.Integer(), nullable=False),
        sa.Column("sunday", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"]),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_workweeks_owner", "workweeks", ["company_id", "user_id", "effective_from"])
    op.create_index("ix_workweeks_user", "workweeks", ["user_id"])

    op.create_table(
        "external_references",
        sa.Column("id", KANTATA_ID, autoincrement=False, nullable=False),
        sa.Column("company_id", UuidText(), nullable=False),
        sa.Column("entry_id", sa.BigInteger(), nullable=False),
        sa.Column("service_name", NAME, nullable=False),
        sa.Column("service_model", NAME, nullable=False),
        sa.Column("service_model_ref", NAME, nullable=False),
        sa.Column("status", NAME, nullable=True),
        sa.Column("external_message", sa.Text(), nullable=True),
        sa.Column("external_link", sa.Text(), nullable=True),
        sa.Column("external_status", sa.Text(), nullable=True),
        sa.Column("locked", sa.Boolean(), nullable=False),
        sa.Column("brought_seconds", sa.Integer(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"]),
        sa.ForeignKeyConstraint(["entry_id"], ["time_off_entries.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_external_references_company", "external_references", ["company_id", "id"])
    op.create_index(
        "ix_external_references_ref",
        "external_references",
        ["service_name", "service_model", "service_model_ref", "entry_id"],
    )
    op.create_index(
        "uq_external_references_service",
        "external_references",
        ["entry_id", "service_name"],
        unique=True,
    )


def downgrade() -> None:
    for table in TABLES_LAST_FIRST:
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        for name in SEQUENCES:
            op.execute(sa.schema.DropSequence(sa.Sequence(name)))
