"""Sessions of browsers."""

import sqlalchemy as sa
from alembic import op

from app.db.schema.column_types import NAME, Instant, UuidText
from app.db.schema.tables import JSON_TEXT

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "access_sessions",
        sa.Column("id", UuidText(), nullable=False),
        sa.Column("secret_hash", NAME, nullable=False),
        sa.Column("kind", NAME, nullable=False),
        sa.Column("name", NAME, nullable=False),
        sa.Column("label", NAME, nullable=False),
        sa.Column("role", NAME, nullable=True),
        sa.Column("permissions", JSON_TEXT, nullable=False),
        sa.Column("companies", JSON_TEXT, nullable=True),
        sa.Column("worker_company_id", NAME, nullable=True),
        sa.Column("worker_user_id", sa.BigInteger(), nullable=True),
        sa.Column("worker_person_id", NAME, nullable=True),
        sa.Column("credential", NAME, nullable=False),
        sa.Column("expires_at", Instant(), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("last_used_at", Instant(), nullable=False),
        sa.Column("revoked_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("uq_access_sessions_secret", "access_sessions", ["secret_hash"], unique=True)
    op.create_index("ix_access_sessions_name", "access_sessions", ["name", "created_at"])
    op.create_index("ix_access_sessions_credential", "access_sessions", ["credential"])


def downgrade() -> None:
    op.drop_table("access_sessions")
