"""Whose time off Procore lists, when it was last read, and whose each of its records is."""

import sqlalchemy as sa
from alembic import op

from app.db.schema.column_types import Instant, UuidText
from app.db.schema.tables import JSON_TEXT

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("remote_records", sa.Column("person_id", UuidText(), nullable=True))
    op.create_index("ix_remote_records_person", "remote_records", ["upstream_id", "person_id"])
    op.add_column("sync_problems", sa.Column("person_id", UuidText(), nullable=True))
    op.create_table(
        "swept_people",
        sa.Column("upstream_id", UuidText(), nullable=False),
        sa.Column("person_id", UuidText(), nullable=False),
        sa.Column("read_at", Instant(), nullable=True),
        sa.Column("is_wanted", sa.Boolean(), nullable=False),
        sa.Column("digests", JSON_TEXT, nullable=False),
        sa.ForeignKeyConstraint(["upstream_id"], ["upstreams.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("upstream_id", "person_id"),
    )
    op.create_index(
        "ix_swept_people_next", "swept_people", ["upstream_id", "is_wanted", "read_at", "person_id"]
    )


def downgrade() -> None:
    op.drop_table("swept_people")
    op.drop_index("ix_remote_records_person", "remote_records")
    op.drop_column("sync_problems", "person_id")
    with op.batch_alter_table("remote_records") as batch:
        batch.drop_column("person_id")
