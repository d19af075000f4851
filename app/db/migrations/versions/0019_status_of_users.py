"""Users who have left."""

import sqlalchemy as sa
from alembic import op

from app.db.schema.column_types import NAME

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # The default is for processes of the version before, which go on writing users meanwhile.
    op.add_column("users", sa.Column("status", NAME, nullable=False, server_default="active"))


def downgrade() -> None:
    op.drop_column("users", "status")
