"""What is written to connected systems: the outbox, its journal, and conflicts."""

import sqlalchemy as sa
from alembic import op

from app.db.schema.column_types import LONG_TEXT, NAME, Instant, UuidText
from app.db.schema.tables import JSON_TEXT

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "upstreams",
        sa.Column("conflict_policy", NAME, nullable=False, server_default="VENDOR_WINS"),
    )
    op.add_column(
        "upstreams",
        sa.Column("may_write", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    op.create_table(
        "deliveries",
        sa.Column("id", UuidText(), nullable=False),
        sa.Column("upstream_id", UuidText(), nullable=False),
        sa.Column("key", NAME, nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("state", NAME, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("wanted_at", Instant(), nullable=False),
        sa.Column("not_before", Instant(), nullable=True),
        sa.Column("code", NAME, nullable=True),
        sa.Column("message", LONG_TEXT, nullable=True),
        sa.ForeignKeyConstraint(["upstream_id"], ["upstreams.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("uq_deliveries_key", "deliveries", ["upstream_id", "key"], unique=True)
    op.create_index("ix_deliveries_due", "deliveries", ["upstream_id", "state", "wanted_at", "id"])
    op.create_table(
        "delivery_attempts",
        sa.Column("id", UuidText(), nullable=False),
        sa.Column("upstream_id", UuidText(), nullable=False),
        sa.Column("key", NAME, nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("operation", NAME, nullable=False),
        sa.Column("sent", JSON_TEXT, nullable=True),
        sa.Column("before", JSON_TEXT, nullable=True),
        sa.Column("sent_at", Instant(), nullable=False),
        sa.Column("settles_at", Instant(), nullable=False),
        sa.Column("outcome", NAME, nullable=False),
        sa.ForeignKeyConstraint(["upstream_id"], ["upstreams.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "ix_delivery_attempts_key", "delivery_attempts", ["upstream_id", "key", "sent_at"]
    )
    op.create_index("ix_delivery_attempts_sent", "delivery_attempts", ["sent_at"])
    op.create_table(
        "sync_conflicts",
        sa.Column("id", UuidText(), nullable=False),
        sa.Column("upstream_id", UuidText(), nullable=False),
        sa.Column("key", NAME, nullable=False),
        sa.Column("kind", NAME, nullable=False),
        sa.Column("ours", JSON_TEXT, nullable=True),
        sa.Column("theirs", JSON_TEXT, nullable=True),
        sa.Column("base", JSON_TEXT, nullable=True),
        sa.Column("opened_at", Instant(), nullable=False),
        sa.Column("resolved_at", Instant(), nullable=True),
        sa.Column("kept", NAME, nullable=True),
        sa.Column("decided_by", NAME, nullable=True),
        sa.ForeignKeyConstraint(["upstream_id"], ["upstreams.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_sync_conflicts_key", "sync_conflicts", ["upstream_id", "key"])
    op.create_index(
        "ix_sync_conflicts_opened", "sync_conflicts", ["upstream_id", "opened_at", "id"]
    )


def downgrade() -> None:
    for table in ("sync_conflicts", "delivery_attempts", "deliveries"):
        op.drop_table(table)
    op.drop_column("upstreams", "may_write")
    op.drop_column("upstreams", "conflict_policy")
