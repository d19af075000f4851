"""A record keeps the exceptions of its repeat, and from which record it goes on.

Two occurrences of one record may lie on one day then, so that the key of a day row has the
second at which it starts.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from app.db.schema.column_types import JSON_OR_NULL, UuidText

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_COLUMNS = "person_id, day, record_id, starts, ends, is_paid"


def upgrade() -> None:
    op.add_column("person_time_offs", sa.Column("exceptions", JSON_OR_NULL, nullable=True))
    op.add_column("person_time_offs", sa.Column("split_from", UuidText(), nullable=True))
    is_split = sa.text("split_from IS NOT NULL")
    op.create_index(
        "ix_person_time_offs_split",
        "person_time_offs",
        ["split_from", "first_day", "id"],
        sqlite_where=is_split,
        postgresql_where=is_split,
    )
    is_excepted = sa.text("exceptions IS NOT NULL")
    op.create_index(
        "ix_person_time_offs_excepted",
        "person_time_offs",
        ["first_day"],
        sqlite_where=is_excepted,
        postgresql_where=is_excepted,
    )
    _set_key(["person_id", "day", "record_id", "starts"])


def downgrade() -> None:
    """Take the columns back; refused where a record would lose its exceptions."""
    told = "SELECT count(*) FROM person_time_offs WHERE exceptions IS NOT NULL"
    if count := op.get_bind().execute(sa.text(told)).scalar_one():
        msg = f"{count} records have exceptions that version 0010 cannot keep: restore them first."
        raise RuntimeError(msg)
    _set_key(["person_id", "day", "record_id"])
    op.drop_index("ix_person_time_offs_excepted", "person_time_offs")
    op.drop_index("ix_person_time_offs_split", "person_time_offs")
    op.drop_column("person_time_offs", "split_from")
    op.drop_column("person_time_offs", "exceptions")


def _set_key(columns: Sequence[str]) -> None:
    """Give the day rows another key; SQLite makes the table anew, in the order of the key."""
    if op.get_bind().dialect.name == "postgresql":
        op.drop_constraint("person_days_pkey", "person_days", type_="primary")
        op.create_primary_key("person_days_pkey", "person_days", list(columns))
        return
    op.create_table(
        "person_days_by_key",
        sa.Column("person_id", UuidText(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("record_id", UuidText(), nullable=False),
        sa.Column("starts", sa.Integer(), nullable=False),
        sa.Column("ends", sa.Integer(), nullable=False),
        sa.Column("is_paid", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id", "record_id"],
            ["person_time_offs.person_id", "person_time_offs.id"],
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(*columns),
        sqlite_with_rowid=False,
    )
    op.execute(
        f"INSERT INTO person_days_by_key ({_COLUMNS}) SELECT {_COLUMNS} FROM person_days "  # noqa: S608 - names of ours
        f"ORDER BY {', '.join(columns)}"
    )
    op.drop_table("person_days")
    op.rename_table("person_days_by_key", "person_days")
