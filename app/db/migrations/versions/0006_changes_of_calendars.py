"""The last change of a company's workweeks and holidays is found at once: feeds show it."""

from alembic import op
from sqlalchemy import text

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_IS_OF_A_CALENDAR = text("subject_type IN ('Holiday', 'Workweek')")


def upgrade() -> None:
    op.create_index(
        "ix_changes_calendars",
        "changes",
        ["company_id", "sequence", "at"],
        sqlite_where=_IS_OF_A_CALENDAR,
        postgresql_where=_IS_OF_A_CALENDAR,
    )


def downgrade() -> None:
    op.drop_index("ix_changes_calendars", "changes")
