"""What is written to vendors follows the change feed; keys of Procore's records name the person."""

import sqlalchemy as sa
from alembic import op

from app.db.schema.column_types import NAME

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

_IS_OF_A_RECORD = "key LIKE 'P:%' AND person_id IS NOT NULL"


def upgrade() -> None:
    op.add_column("upstreams", sa.Column("followed", sa.BigInteger(), nullable=True))
    # What was changed before is in the outbox, where each write put it until now.
    last = "(SELECT last_sequence FROM change_counters WHERE company_id = upstreams.company_id)"
    op.execute(f"UPDATE upstreams SET followed = {last} WHERE direction = 'TWO_WAY'")  # noqa: S608 - constants
    op.add_column("delivery_attempts", sa.Column("words", NAME, nullable=True))
    key = "'P:' || CAST(person_id AS VARCHAR(36)) || ':' || local_key"
    op.execute(sa.text(f"UPDATE remote_records SET key = {key} WHERE {_IS_OF_A_RECORD}"))  # noqa: S608 - constants


def downgrade() -> None:
    op.drop_column("delivery_attempts", "words")
    op.drop_column("upstreams", "followed")
    key = "'P:' || local_key"
    op.execute(sa.text(f"UPDATE remote_records SET key = {key} WHERE {_IS_OF_A_RECORD}"))  # noqa: S608 - constants
