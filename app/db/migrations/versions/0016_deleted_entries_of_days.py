"""The last deletion of an entry on a day is found at once: events of feeds depend on it."""

from alembic import op
from sqlalchemy import text

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_IS_OF_A_DELETED_ENTRY = text("subject_type = 'TimeOffEntry' AND operation = 'DELETED'")


def upgrade() -> None:
    op.create_index(
        "ix_changes_deleted_entries",
        "changes",
        ["company_id", "first_day"],
        sqlite_where=_IS_OF_A_DELETED_ENTRY,
        postgresql_where=_IS_OF_A_DELETED_ENTRY,
    )


def downgrade() -> None:
    op.drop_index("ix_changes_deleted_entries", "changes")
