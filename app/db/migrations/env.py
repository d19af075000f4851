"""How Alembic reaches the database: app.db.connections.migrate hands over a connection."""

from alembic import context
from sqlmodel import SQLModel

from app.db.schema import delivery_tables, flow_tables, sync_tables, tables  # noqa: F401 - fill the metadata

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=SQLModel.metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    compare_type=False,  # variants per database differ by design; a test compares the columns
)
with context.begin_transaction():
    context.run_migrations()
