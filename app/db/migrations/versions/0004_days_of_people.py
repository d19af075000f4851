"""Only people's days are looked up by subject: those of users are their entries."""

from alembic import op
from sqlalchemy import text

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_OF_A_PERSON = text("starts IS NOT NULL")


def upgrade() -> None:
    op.drop_index("ix_absence_days_subject", "absence_days")
    op.create_index(
        "ix_absence_days_person",
        "absence_days",
        ["subject", "day"],
        sqlite_where=_OF_A_PERSON,
        postgresql_where=_OF_A_PERSON,
    )


def downgrade() -> None:
    op.drop_index("ix_absence_days_person", "absence_days")
    op.create_index("ix_absence_days_subject", "absence_days", ["subject", "day"])
