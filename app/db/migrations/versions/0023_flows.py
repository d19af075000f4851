"""What is carried from one system into the other, and what could not be."""

import sqlalchemy as sa
from alembic import op

from app.db.schema.column_types import LONG_TEXT, NAME, Instant, UuidText

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sync_flows",
        sa.Column("company_id", UuidText(), nullable=False),
        sa.Column("flow", NAME, nullable=False),
        sa.Column("passed", sa.BigInteger(), nullable=False),
        sa.Column("settled_after", NAME, nullable=True),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("company_id"),
    )
    op.create_table(
        "flow_problems",
        sa.Column("id", UuidText(), nullable=False),
        sa.Column("company_id", UuidText(), nullable=False),
        sa.Column("record_id", UuidText(), nullable=False),
        sa.Column("person_id", UuidText(), nullable=False),
        sa.Column("code", NAME, nullable=False),
        sa.Column("message", LONG_TEXT, nullable=False),
        sa.Column("first_seen_at", Instant(), nullable=False),
        sa.Column("last_seen_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "uq_flow_problems_record", "flow_problems", ["company_id", "record_id"], unique=True
    )
    op.create_index(
        "ix_flow_problems_first_seen", "flow_problems", ["company_id", "first_seen_at", "id"]
    )
    op.create_index("ix_flow_problems_last_seen", "flow_problems", ["company_id", "last_seen_at"])


def downgrade() -> None:
    op.drop_table("flow_problems")
    op.drop_table("sync_flows")
