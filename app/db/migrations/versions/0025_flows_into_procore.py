"""From Kantata into Procore, too: with which words, and which records were made of entries."""

import sqlalchemy as sa
from alembic import op

from app.db.schema.column_types import LONG_TEXT, NAME, UuidText
from app.db.schema.tables import JSON_TEXT

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

_PROBLEMS = "flow_problems"
_KEY = "'P:' || CAST(person_id AS VARCHAR(36)) || ':' || CAST(record_id AS VARCHAR(36))"
_TERMS = ("reason", "is_paid", "batch_start_time", "round_to_quarter_hours")


def upgrade() -> None:
    for column in (
        sa.Column("reason", LONG_TEXT, nullable=False, server_default="Time off"),
        sa.Column("is_paid", sa.Boolean(), nullable=False, server_default=sa.true()),
        sa.Column("batch_start_time", NAME, nullable=False, server_default="08:00:00"),
        sa.Column(
            "round_to_quarter_hours", sa.Boolean(), nullable=False, server_default=sa.false()
        ),
    ):
        op.add_column("sync_flows", column)
    op.create_table(
        "mirrored_records",
        sa.Column("record_id", UuidText(), nullable=False),
        sa.Column("company_id", UuidText(), nullable=False),
        sa.Column("person_id", UuidText(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("plan", JSON_TEXT, nullable=False),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("record_id"),
    )
    for name in ("user", "person"):
        columns = ["company_id", f"{name}_id"]
        op.create_index(f"ix_mirrored_records_{name}", "mirrored_records", columns)
    op.add_column(_PROBLEMS, sa.Column("key", NAME, nullable=True))
    op.execute(sa.text(f"UPDATE {_PROBLEMS} SET key = {_KEY}"))  # noqa: S608 - constants
    op.drop_index("uq_flow_problems_record", _PROBLEMS)
    with op.batch_alter_table(_PROBLEMS) as batch:
        batch.alter_column("key", existing_type=NAME, nullable=False)
        batch.drop_column("record_id")
        batch.drop_column("person_id")
    op.create_index("uq_flow_problems_key", _PROBLEMS, ["company_id", "key"], unique=True)


def downgrade() -> None:
    op.execute(f"DELETE FROM {_PROBLEMS} WHERE key NOT LIKE 'P:%'")  # noqa: S608 - constants
    op.drop_index("uq_flow_problems_key", _PROBLEMS)
    # Each part of a key is a UUID of 36 characters.
    for name, begin in (("record_id", 40), ("person_id", 3)):
        op.add_column(_PROBLEMS, sa.Column(name, UuidText(), nullable=True))
        part = f"SUBSTR(key, {begin}, 36)"
        if op.get_bind().dialect.name == "postgresql":
            part = f"CAST({part} AS UUID)"
        op.execute(sa.text(f"UPDATE {_PROBLEMS} SET {name} = {part}"))  # noqa: S608 - constants
    with op.batch_alter_table(_PROBLEMS) as batch:
        for name in ("record_id", "person_id"):
            batch.alter_column(name, existing_type=UuidText(), nullable=False)
        batch.drop_column("key")
    op.create_index("uq_flow_problems_record", _PROBLEMS, ["company_id", "record_id"], unique=True)
    op.drop_table("mirrored_records")
    for name in _TERMS:
        op.drop_column("sync_flows", name)
