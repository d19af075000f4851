"""API tokens."""

import sqlalchemy as sa
from alembic import op

from app.db.schema.column_types import NAME, Instant
from app.db.schema.tables import JSON_TEXT

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "access_tokens",
        sa.Column("id", NAME, nullable=False),
        sa.Column("name", NAME, nullable=False),
        sa.Column("secret_hash", NAME, nullable=False),
        sa.Column("previous_hash", NAME, nullable=True),
        sa.Column("previous_until", Instant(), nullable=True),
        sa.Column("role", NAME, nullable=False),
        sa.Column("added", JSON_TEXT, nullable=False),
        sa.Column("taken", JSON_TEXT, nullable=False),
        sa.Column("companies", JSON_TEXT, nullable=True),
        sa.Column("worker_id", NAME, nullable=True),
        sa.Column("made_by", NAME, nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=True),
        sa.Column("rotated_at", Instant(), nullable=True),
        sa.Column("last_used_at", Instant(), nullable=True),
        sa.Column("revoked_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_access_tokens_created", "access_tokens", ["created_at", "id"])


def downgrade() -> None:
    op.drop_table("access_tokens")
