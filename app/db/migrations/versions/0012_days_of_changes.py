"""A change keeps the days that it touched, and each company's feed has a name of its own.

Of the changes that are there the days stay unknown. A cursor repeats the feed's name, so that one
of another company, or of a time before a restore, is told from those of this feed.
"""

from secrets import token_hex

import sqlalchemy as sa
from alembic import op

from app.db.schema.column_types import NAME

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("changes", sa.Column("first_day", sa.Date(), nullable=True))
    op.add_column("changes", sa.Column("last_day", sa.Date(), nullable=True))
    # The defaults are of this migration only: what a company is given stands in its row.
    op.add_column(
        "change_counters", sa.Column("generation", NAME, nullable=False, server_default="")
    )
    op.add_column(
        "change_counters",
        sa.Column("last_forgotten", sa.BigInteger(), nullable=False, server_default="0"),
    )
    bind = op.get_bind()
    companies = bind.execute(sa.text("SELECT company_id FROM change_counters")).scalars().all()
    for company_id in companies:
        bind.execute(
            sa.text("UPDATE change_counters SET generation = :made WHERE company_id = :company"),
            {"made": token_hex(8), "company": company_id},
        )
    if bind.dialect.name == "postgresql":
        op.alter_column("change_counters", "generation", server_default=None)
        op.alter_column("change_counters", "last_forgotten", server_default=None)


def downgrade() -> None:
    op.drop_column("change_counters", "last_forgotten")
    op.drop_column("change_counters", "generation")
    op.drop_column("changes", "last_day")
    op.drop_column("changes", "first_day")
