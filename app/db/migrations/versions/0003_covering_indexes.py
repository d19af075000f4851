"""Indexes that hold all that lists are usually asked for, so that no row is looked up."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_INDEXES = (
    (
        "ix_time_off_entries_covering",
        "time_off_entries",
        ["user_id", "requested_date", "id", "seconds"],
    ),
    (
        "ix_external_references_covering",
        "external_references",
        ["entry_id", "id", "service_name", "service_model", "service_model_ref", "status"],
    ),
    (
        "ix_time_off_instances_covering",
        "time_off_instances",
        ["person_time_off_id", "start_day", "end_day", "id"],
    ),
)


def upgrade() -> None:
    for name, table, columns in _INDEXES:
        op.create_index(name, table, columns)


def downgrade() -> None:
    for name, table, _ in reversed(_INDEXES):
        op.drop_index(name, table)
