"""Migrations make the tables that the code declares, and can be taken back."""

import asyncio

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlmodel import SQLModel

from app.db.database import create_engine
from app.db.migrate import MIGRATIONS, is_current, upgrade
from app.db.writing import ENTRY_IDS, REFERENCE_IDS


def within(url, work):
    """Do synchronous work on a connection, and commit."""

    async def run():
        engine = create_engine(url)
        try:
            async with engine.begin() as connection:
                return await connection.run_sync(work)
        finally:
            await engine.dispose()

    return asyncio.run(run())


def downgrade(url):
    def apply(connection):
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        config.attributes["connection"] = connection
        command.downgrade(config, "base")

    within(url, apply)


def made(connection):
    """Everything about the tables of a database, as text that two of them share if equal."""
    inspector = sa.inspect(connection)
    tables = sorted(set(inspector.get_table_names()) - {"alembic_version"})
    return {
        table: {
            "columns": {
                column["name"]: (str(column["type"]), collation(column), column["nullable"])
                for column in inspector.get_columns(table)
            },
            "primary key": inspector.get_pk_constraint(table)["constrained_columns"],
            "foreign keys": sorted(
                (key["constrained_columns"], key["referred_table"], sorted(key["options"].items()))
                for key in inspector.get_foreign_keys(table)
            ),
            "indexes": sorted(
                (index["name"], index["column_names"], bool(index["unique"]))
                for index in inspector.get_indexes(table)
            ),
            "unique": sorted(
                unique["column_names"] for unique in inspector.get_unique_constraints(table)
            ),
            "checks": sorted(
                (check["name"] or "", check["sqltext"])
                for check in inspector.get_check_constraints(table)
            ),
        }
        for table in tables
    }


def collation(column):
    return getattr(column["type"], "collation", None)


def test_the_migrations_make_what_the_code_declares(databases):
    migrated, declared = databases.create(), databases.create()
    downgrade(declared)
    within(declared, SQLModel.metadata.create_all)

    by_migrations, by_code = within(migrated, made), within(declared, made)

    assert set(by_code) == set(SQLModel.metadata.tables)
    assert by_migrations == by_code


def test_alembic_finds_nothing_left_to_migrate(database_url):
    def difference(connection):
        context = MigrationContext.configure(connection, opts={"compare_type": False})
        return compare_metadata(context, SQLModel.metadata)

    assert within(database_url, difference) == []


def test_down_and_up_again_is_where_we_were(database_url):
    before = within(database_url, made)

    downgrade(database_url)
    nothing = within(database_url, made)
    was_current = is_current(database_url)
    upgrade(database_url)

    assert nothing == {}
    assert not was_current
    assert is_current(database_url)
    assert within(database_url, made) == before


@pytest.mark.only_on("postgresql")
def test_taking_migrations_back_leaves_no_sequence_behind(database_url):
    def sequences(connection):
        return sorted(sa.inspect(connection).get_sequence_names())

    before = within(database_url, sequences)
    downgrade(database_url)

    assert before == sorted([ENTRY_IDS, REFERENCE_IDS])
    assert within(database_url, sequences) == []


def test_an_upgrade_says_what_it_does_and_the_second_does_nothing(database_url):
    downgrade(database_url)
    heard: list[str] = []

    upgrade(database_url, heard.append)
    again: list[str] = []
    upgrade(database_url, again.append)

    assert len(heard) >= 1
    assert all(text.strip() for text in heard)
    assert again == []
