"""Discrepancies can be acknowledged, a company has a minimum, and job titles are a filter."""

import sqlalchemy as sa
from alembic import op

from app.db.schema.column_types import NAME, Instant, UuidText

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_TABLE = "discrepancy_acknowledgements"


def upgrade() -> None:
    op.create_table(
        _TABLE,
        sa.Column("id", UuidText(), nullable=False),
        sa.Column("company_id", UuidText(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", UuidText(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("kind", NAME, nullable=False),
        sa.Column("kantata", sa.Integer(), nullable=False),
        sa.Column("procore", sa.Integer(), nullable=False),
        sa.Column("fingerprint", NAME, nullable=False),
        sa.Column("acknowledged_at", Instant(), nullable=False),
        sa.Column("actor_kind", NAME, nullable=False),
        sa.Column("actor", NAME, nullable=False),
        sa.Column("actor_label", NAME, nullable=False),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"]),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"]),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "uq_discrepancy_acknowledgements_day",
        _TABLE,
        ["user_id", "day", "person_id"],
        unique=True,
    )
    op.create_index("ix_people_company_title", "people", ["company_id", "job_title"])
    op.add_column("companies", sa.Column("minimum_workers_available", sa.Integer(), nullable=True))


def downgrade() -> None:
    op.drop_column("companies", "minimum_workers_available")
    op.drop_index("ix_people_company_title", table_name="people")
    op.drop_table(_TABLE)
