"""Connected systems: vendor accounts, what they last had, how they were read."""

import sqlalchemy as sa
from alembic import op

from app.db.schema.column_types import LONG_TEXT, NAME, Instant, UuidText
from app.db.schema.tables import JSON_TEXT

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "upstreams",
        sa.Column("id", UuidText(), nullable=False),
        sa.Column("company_id", UuidText(), nullable=False),
        sa.Column("api", NAME, nullable=False),
        sa.Column("base_url", LONG_TEXT, nullable=False),
        sa.Column("account_key", NAME, nullable=True),
        sa.Column("direction", NAME, nullable=False),
        sa.Column("state", NAME, nullable=False),
        sa.Column("state_reason", NAME, nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("next_try_at", Instant(), nullable=True),
        sa.Column("days_back", sa.Integer(), nullable=False),
        sa.Column("days_ahead", sa.Integer(), nullable=False),
        sa.Column("wanted", NAME, nullable=True),
        sa.Column("credential_hint", NAME, nullable=True),
        sa.Column("credentials", LONG_TEXT, nullable=True),
        sa.Column("cursors", JSON_TEXT, nullable=False),
        sa.Column("budget", JSON_TEXT, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("connected_at", Instant(), nullable=False),
        sa.Column("last_read_at", Instant(), nullable=True),
        sa.Column("last_full_read_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("uq_upstreams_company_api", "upstreams", ["company_id", "api"], unique=True)
    op.create_table(
        "remote_records",
        _of_upstream(),
        sa.Column("key", NAME, nullable=False),
        sa.Column("local_key", NAME, nullable=False),
        sa.Column("remote_id", NAME, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("content", JSON_TEXT, nullable=False),
        _to_upstreams(),
        sa.PrimaryKeyConstraint("upstream_id", "key"),
    )
    op.create_index("ix_remote_records_days", "remote_records", ["upstream_id", "day"])
    op.create_index("ix_remote_records_local", "remote_records", ["local_key"])
    op.create_index("ix_remote_records_remote", "remote_records", ["upstream_id", "remote_id"])
    op.create_table(
        "sync_runs",
        sa.Column("id", UuidText(), nullable=False),
        _of_upstream(),
        sa.Column("kind", NAME, nullable=False),
        sa.Column("state", NAME, nullable=False),
        sa.Column("checkpoint", NAME, nullable=True),
        sa.Column("started_at", Instant(), nullable=False),
        sa.Column("ended_at", Instant(), nullable=True),
        *(
            sa.Column(name, sa.Integer(), nullable=False)
            for name in ("requests", "read", "created", "updated", "deleted", "drift_repaired")
        ),
        sa.Column("message", LONG_TEXT, nullable=True),
        _to_upstreams(),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_sync_runs_upstream", "sync_runs", ["upstream_id", "started_at", "id"])
    op.create_index("ix_sync_runs_started", "sync_runs", ["started_at"])
    op.create_table(
        "sync_problems",
        sa.Column("id", UuidText(), nullable=False),
        _of_upstream(),
        sa.Column("remote_id", NAME, nullable=False),
        sa.Column("code", NAME, nullable=False),
        sa.Column("message", LONG_TEXT, nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("day", sa.Date(), nullable=True),
        sa.Column("first_seen_at", Instant(), nullable=False),
        sa.Column("last_seen_at", Instant(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        _to_upstreams(),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "uq_sync_problems_record",
        "sync_problems",
        ["upstream_id", "remote_id", "code"],
        unique=True,
    )
    op.create_index("ix_sync_problems_seen", "sync_problems", ["upstream_id", "last_seen_at", "id"])


def _of_upstream() -> sa.Column[str]:
    return sa.Column("upstream_id", UuidText(), nullable=False)


def _to_upstreams() -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["upstream_id"], ["upstreams.id"], ondelete="CASCADE")


def downgrade() -> None:
    for table in ("sync_problems", "sync_runs", "remote_records", "upstreams"):
        op.drop_table(table)
