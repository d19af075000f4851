"""A company's feed keeps the latest instant of its changes, so that none goes behind another."""

import sqlalchemy as sa
from alembic import op

from app.db.schema.column_types import Instant

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("change_counters", sa.Column("last_at", Instant(), nullable=True))
    op.execute(
        "UPDATE change_counters SET last_at = (SELECT max(changes.at) FROM changes "
        "WHERE changes.company_id = change_counters.company_id)"
    )


def downgrade() -> None:
    op.drop_column("change_counters", "last_at")
