"""Calendar feeds."""

import sqlalchemy as sa
from alembic import op

from app.db.schema.column_types import NAME, Instant, UuidText
from app.db.schema.tables import JSON_TEXT

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "calendar_feeds",
        sa.Column("id", UuidText(), nullable=False),
        sa.Column("company_id", UuidText(), nullable=False),
        sa.Column("worker_id", NAME, nullable=True),
        sa.Column("role_ids", JSON_TEXT, nullable=False),
        sa.Column("name", NAME, nullable=True),
        sa.Column("secret_hash", NAME, nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("renewed_at", Instant(), nullable=True),
        sa.Column("revoked_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("uq_calendar_feeds_secret", "calendar_feeds", ["secret_hash"], unique=True)
    op.create_index(
        "ix_calendar_feeds_company", "calendar_feeds", ["company_id", "created_at", "id"]
    )
    op.create_index("ix_calendar_feeds_created", "calendar_feeds", ["created_at", "id"])


def downgrade() -> None:
    op.drop_table("calendar_feeds")
