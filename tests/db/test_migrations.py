"""Migrations make the tables that the code declares, and can be taken back."""

import re
from importlib import import_module

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import SQLModel

from app.db.connections.migrate import MIGRATIONS, is_current, upgrade
from app.db.schema.column_types import UuidText
from app.db.writing.statements import ACCESS_EVENT_IDS, ENTRY_IDS, REFERENCE_IDS
from app.domain.workers import email_key, name_key
from app.services.data_check import check
from tests.builders import COMPANY, OTHER_COMPANY, uuid
from tests.db.taking_back import downgrade, within

LAST_BUT_ONE, LAST = sorted(path.stem[:4] for path in (MIGRATIONS / "versions").glob("0*.py"))[-2:]
MIGRATION = import_module("app.db.migrations.versions.0005_names_in_any_form")


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

    assert before == sorted([ACCESS_EVENT_IDS, ENTRY_IDS, REFERENCE_IDS])
    assert within(database_url, sequences) == []


def test_an_upgrade_says_what_it_does_and_the_second_does_nothing(database_url):
    downgrade(database_url)
    heard: list[str] = []

    upgrade(database_url, heard.append)
    again: list[str] = []
    upgrade(database_url, again.append)

    plan, *steps = heard
    assert plan == (
        f"Making the tables, in {len(steps)} steps and one transaction: "
        "if it is interrupted, none is there."
    )
    assert steps[0] == f"Step 1 of {len(steps)}: 0001"
    assert steps[-1] == f"Step {len(steps)} of {len(steps)}: {len(steps):04}"
    assert again == []


@pytest.mark.parametrize(
    ("version", "steps"), [("0009", r"\d+ steps"), (LAST_BUT_ONE, "1 step")], ids=["many", "one"]
)
def test_an_upgrade_says_from_where_it_goes_and_that_it_may_be_interrupted(
    database_url, version, steps
):
    downgrade(database_url, version)
    heard: list[str] = []

    upgrade(database_url, heard.append)

    assert re.fullmatch(
        rf"Migrating the schema from {version} to {LAST}, in {steps} and one transaction: "
        r"if it is interrupted, all is as it was before\.",
        heard[0],
    )


# Of version 0004, as it stored them: names and e-mails in small letters, blanks taken off.
EMAILS = {
    1: "zw@x.example",
    2: "Twice@x.example",
    3: "n/a",
    4: "zo\u00eb@x.example",
    5: "same@x.example",
}
PEOPLE = {
    1: ("zw@x.example\u200b", "active"),
    2: ("twice@x.example", "active"),
    3: ("n/a", "active"),
    4: ("zoe\u0308@x.example", "inactive"),
    5: (" SAME@x.example", "active"),
    6: ("twice@x.example", "inactive"),
    7: (None, "active"),
}
NAMES = ["\u00c9a", "Eb", "Zo\u00eb", "Jose\u0301", "Ea"]


def fill_as_0004(connection):
    """Two companies; 3 is joined with 3 by no e-mail, 5 with 5, and 2 is linked with 7."""
    for company_id, name in ((COMPANY, "\u00c9clair"), (OTHER_COMPANY, "Other")):
        put_row(connection, "companies", id=company_id, name=name, name_key=name.casefold())
        put_row(connection, "change_counters", company_id=company_id, last_sequence=0)
    put_row(connection, "roles", id=5, company_id=COMPANY, name="\u00c4", name_key="\u00e4")
    workers: list[tuple[object, ...]] = []
    for id_, email in EMAILS.items():
        name, key = NAMES[id_ - 1], NAMES[id_ - 1].casefold()
        joined = {3: uuid(3), 5: uuid(5), 2: uuid(7)}.get(id_)
        workers.append((f"U{id_}", id_, joined, name, key, email))
        put_row(
            connection,
            "users",
            id=id_,
            company_id=COMPANY,
            full_name=name,
            name_key=key,
            email_address=email,
            email_key=email.lower(),
        )
    for id_, (address, status) in PEOPLE.items():
        if id_ not in {3, 5, 7}:
            workers.append((f"P{uuid(id_)}", None, uuid(id_), f"P {id_}", f"p {id_}", address))
        put_row(
            connection,
            "people",
            id=uuid(id_),
            company_id=COMPANY,
            first_name="P",
            last_name=str(id_),
            name_key=f"p {id_}",
            email=address,
            email_key=address and address.strip().lower(),
            status=status,
        )
    columns = ("id", "user_id", "person_id", "full_name", "name_key", "email")
    for worker in workers:
        values = dict(zip(columns, worker, strict=True))
        put_row(connection, "workers", company_id=COMPANY, **values)
    put_row(connection, "worker_links", user_id=2, person_id=uuid(7), is_bar=False)


def put_row(connection, table, **values):
    columns = ", ".join(values)
    places = ", ".join(f":{name}" for name in values)
    types = [
        sa.bindparam(name, type_=UuidText())
        for name in values
        if name in {"company_id", "person_id"}
        or (name == "id" and table in {"people", "companies"})
    ]
    statement = sa.text(f"INSERT INTO {table} ({columns}) VALUES ({places})")  # noqa: S608
    connection.execute(statement.bindparams(*types), values)


@pytest.fixture
def of_0004(databases):
    """A database as version 0004 left it, with what it stored."""
    url = databases.create()
    downgrade(url, "0004")
    within(url, fill_as_0004)
    return url


def workers(url):
    rows = within(
        url,
        lambda connection: connection.execute(
            sa.text("SELECT user_id, CAST(person_id AS TEXT) FROM workers ORDER BY id")
        ).all(),
    )
    return {(user_id, person_id and int(person_id[-2:], 16)) for user_id, person_id in rows}


BEFORE = {(1, None), (None, 1), (2, 7), (None, 2), (3, 3), (4, None), (None, 4), (5, 5), (None, 6)}
AFTER = {(1, 1), (2, 7), (None, 2), (3, None), (None, 3), (4, 4), (5, 5), (None, 6)}


@pytest.mark.rule("4.1")
@pytest.mark.rule("6.4")
def test_names_and_e_mails_of_0004_are_carried_over_and_workers_joined_anew(of_0004):
    before = workers(of_0004)

    upgrade(of_0004)

    assert before == BEFORE
    assert workers(of_0004) == AFTER
    assert check.find_violations(of_0004, lambda *_: None) == []

    def names(connection):
        statement = "SELECT name_key FROM {} ORDER BY name_key"
        return {
            table: connection.execute(sa.text(statement.format(table))).scalars().all()
            for table in ("companies", "roles", "users")
        }

    assert within(of_0004, names) == {
        "companies": [name_key("\u00c9clair"), name_key("Other")],
        "roles": [name_key("\u00c4")],
        "users": [name_key(name) for name in ("Ea", "\u00c9a", "Eb", "Jose\u0301", "Zo\u00eb")],
    }


@pytest.mark.rule("5.3")
def test_whom_the_migration_joins_or_separates_is_among_the_changes(of_0004):
    upgrade(of_0004)

    def read(connection):
        changes = connection.execute(
            sa.text("SELECT sequence, operation, subject_key FROM changes ORDER BY sequence")
        ).all()
        counters = connection.execute(
            sa.text("SELECT last_sequence FROM change_counters ORDER BY last_sequence")
        ).scalars()
        return [tuple(row) for row in changes], list(counters)

    changes, counters = within(of_0004, read)
    assert changes == [
        (1, "DELETED", f"P{uuid(1)}"),
        (2, "CREATED", f"P{uuid(3)}"),
        (3, "DELETED", f"P{uuid(4)}"),
        (4, "UPDATED", "U1"),
        (5, "UPDATED", "U3"),
        (6, "UPDATED", "U4"),
    ]
    assert counters == [0, 6]


def test_names_and_e_mails_go_back_to_what_0004_made_of_them(of_0004):
    def stored(connection):
        return {
            table: connection.execute(sa.text(f"SELECT * FROM {table} ORDER BY id")).all()  # noqa: S608
            for table in ("companies", "roles", "users", "people", "workers")
        }

    before = within(of_0004, stored)
    upgrade(of_0004)

    downgrade(of_0004, "0004")

    assert within(of_0004, stored) == before


@pytest.mark.rule("6.4")
@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=300))
def test_the_migration_makes_the_keys_that_the_code_makes(text):
    # Only as long as no later version makes others: then this test goes, the migration stays.
    assert MIGRATION.NOW.name_key(text) == name_key(text)
    assert MIGRATION.NOW.email_key(text) == email_key(text)
