"""Who changed what, and what happened that changes no record: signing in, exports, refusals."""

import sqlalchemy as sa
from alembic import op

from app.db.schema.column_types import KANTATA_ID, NAME, Instant, UuidText
from app.db.schema.tables import JSON_TEXT

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

SEQUENCE = sa.Sequence("access_event_ids")


def upgrade() -> None:
    op.create_table(
        "change_origins",
        sa.Column("company_id", UuidText(), nullable=False),
        sa.Column("last_sequence", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("first_sequence", sa.BigInteger(), nullable=False),
        sa.Column("actor_kind", NAME, nullable=False),
        sa.Column("actor", NAME, nullable=False),
        sa.Column("actor_label", NAME, nullable=False),
        sa.Column("via", NAME, nullable=False),
        sa.Column("request_id", NAME, nullable=False),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"]),
        sa.PrimaryKeyConstraint("company_id", "last_sequence"),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_change_origins_actor",
        "change_origins",
        ["company_id", "actor", "last_sequence", "first_sequence"],
        unique=True,
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute(sa.schema.CreateSequence(SEQUENCE))
    op.create_table(
        "access_events",
        sa.Column("id", KANTATA_ID, autoincrement=False, nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("kind", NAME, nullable=False),
        sa.Column("company_id", UuidText(), nullable=True),
        sa.Column("actor_kind", NAME, nullable=True),
        sa.Column("actor", NAME, nullable=True),
        sa.Column("actor_label", NAME, nullable=True),
        sa.Column("peer", NAME, nullable=True),
        sa.Column("via", NAME, nullable=False),
        sa.Column("request_id", NAME, nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("details", JSON_TEXT, nullable=True),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    for name in ("company_id", "kind", "actor"):
        column = name.removesuffix("_id")
        op.create_index(f"ix_access_events_{column}", "access_events", [name, "id"])
    op.create_index("ix_access_events_at", "access_events", ["at"])
    # Of links that are there already nobody knows whether they were used: nothing is told of them.
    op.add_column(
        "calendar_feeds",
        sa.Column("is_use_known", sa.Boolean(), nullable=False, server_default=sa.true()),
    )


def downgrade() -> None:
    op.drop_column("calendar_feeds", "is_use_known")
    op.drop_table("access_events")
    if op.get_bind().dialect.name == "postgresql":
        op.execute(sa.schema.DropSequence(SEQUENCE))
    op.drop_table("change_origins")
