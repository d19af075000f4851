"""Webhooks, and a log of what was sent."""

import sqlalchemy as sa
from alembic import op

from app.db.schema.column_types import LONG_TEXT, NAME, Instant, UuidText
from app.db.schema.tables import JSON_TEXT

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "webhooks",
        sa.Column("id", UuidText(), nullable=False),
        sa.Column("company_id", UuidText(), nullable=False),
        sa.Column("url", LONG_TEXT, nullable=False),
        sa.Column("types", JSON_TEXT, nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("passed", sa.BigInteger(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("gathered_to", sa.BigInteger(), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("failing_since", Instant(), nullable=True),
        sa.Column("next_attempt_at", Instant(), nullable=True),
        sa.Column("last_delivered_at", Instant(), nullable=True),
        sa.Column("disabled_at", Instant(), nullable=True),
        sa.Column("disabled_reason", NAME, nullable=True),
        sa.Column("rotated_at", Instant(), nullable=True),
        sa.Column("secret", NAME, nullable=False),
        sa.Column("previous_secret", NAME, nullable=True),
        sa.Column("previous_until", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_webhooks_company", "webhooks", ["company_id", "created_at", "id"])
    op.create_table(
        "webhook_attempts",
        sa.Column("id", UuidText(), nullable=False),
        sa.Column("webhook_id", UuidText(), nullable=False),
        sa.Column("message_id", NAME, nullable=False),
        sa.Column("type", NAME, nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("outcome", NAME, nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("milliseconds", sa.Integer(), nullable=False),
        sa.Column("answer", LONG_TEXT, nullable=False),
        sa.ForeignKeyConstraint(["webhook_id"], ["webhooks.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_webhook_attempts_webhook", "webhook_attempts", ["webhook_id", "at", "id"])
    op.create_index("ix_webhook_attempts_at", "webhook_attempts", ["at"])


def downgrade() -> None:
    op.drop_table("webhook_attempts")
    op.drop_table("webhooks")
