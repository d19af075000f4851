"""Calendar feeds of people with certain job titles."""

import sqlalchemy as sa
from alembic import op

from app.db.schema.tables import JSON_TEXT

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # The default is for processes of the version before, which go on writing feeds meanwhile.
    op.add_column(
        "calendar_feeds",
        sa.Column("job_titles", JSON_TEXT, nullable=False, server_default="[]"),
    )


def downgrade() -> None:
    op.drop_column("calendar_feeds", "job_titles")
