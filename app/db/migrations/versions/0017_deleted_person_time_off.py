"""Records that were deleted, for as long as they can be brought back."""

import sqlalchemy as sa
from alembic import op

from app.db.schema.column_types import Instant, UuidText
from app.db.schema.tables import JSON_TEXT

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "deleted_person_time_offs",
        sa.Column("id", UuidText(), nullable=False),
        sa.Column("company_id", UuidText(), nullable=False),
        sa.Column("record", JSON_TEXT, nullable=False),
        sa.Column("deleted_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_deleted_person_time_offs_at", "deleted_person_time_offs", ["deleted_at"])


def downgrade() -> None:
    op.drop_table("deleted_person_time_offs")
