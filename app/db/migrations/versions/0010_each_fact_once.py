"""Entries are no longer written a second time as days, nor records as instances.

What an entry takes of a day the entry says; an instance follows from its record's span and rule,
and its id from the record's column of ids. Rows per day are left for people alone.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import chain, count
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import sqlalchemy as sa
from alembic import op
from dateutil.relativedelta import relativedelta

from app.db.schema.column_types import NAME, UuidText
from app.db.schema.tables import JSON_TEXT

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

ROWS_A_PIECE = 1_000


def _table(name: str, /, **columns: Any) -> sa.TableClause:  # noqa: ANN401 - a type of SQLAlchemy
    return sa.table(name, *(sa.column(each, type_) for each, type_ in columns.items()))


_RECORDS = _table(
    "person_time_offs",
    id=UuidText(),
    first_day=sa.Date(),
    first_span_end=sa.Date(),
    repeat=NAME,
    cadence=sa.Integer(),
    repeat_end_day=sa.Date(),
    instance_ids=JSON_TEXT,
)
_INSTANCES = _table(
    "time_off_instances",
    id=UuidText(),
    person_time_off_id=UuidText(),
    start_day=sa.Date(),
    end_day=sa.Date(),
)
_KEYS = _table(
    "idempotency_keys",
    caller=NAME,
    operation=NAME,
    key=NAME,
    answer=JSON_TEXT,
)


def upgrade() -> None:
    connection = op.get_bind()
    op.add_column("person_time_offs", sa.Column("instance_ids", JSON_TEXT, nullable=True))
    for records in _records(connection):
        _set_instance_ids(connection, records)
    _carry_over_answers(connection)
    op.drop_table("time_off_instances")
    # SQLite makes the table anew, and deletes what would name its rows: nothing does by now.
    with op.batch_alter_table("person_time_offs") as batch:
        batch.alter_column("instance_ids", existing_type=JSON_TEXT, nullable=False)
        batch.create_unique_constraint("uq_person_time_offs_of_person", ["person_id", "id"])
    op.create_table(
        "person_days",
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
        sa.PrimaryKeyConstraint("person_id", "day", "record_id"),
        sqlite_with_rowid=False,
    )
    op.execute("""
        INSERT INTO person_days (person_id, day, record_id, starts, ends, is_paid)
        SELECT record.person_id, each.day, record.id, each.starts, each.ends, each.is_paid
        FROM absence_days AS each
        JOIN person_time_offs AS record ON CAST(record.id AS VARCHAR) = each.record
        WHERE each.starts IS NOT NULL AND each.ends IS NOT NULL AND each.is_paid IS NOT NULL
        AND each.subject = 'P' || record.person_id AND each.company_id = record.company_id
        ORDER BY each.subject, each.day, each.record
    """)
    op.drop_table("absence_days")


def downgrade() -> None:
    connection = op.get_bind()
    op.create_table(
        "absence_days",
        sa.Column("company_id", UuidText(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("subject", NAME, nullable=False),
        sa.Column("record", NAME, nullable=False),
        sa.Column("seconds", sa.Integer(), nullable=False),
        sa.Column("starts", sa.Integer(), nullable=True),
        sa.Column("ends", sa.Integer(), nullable=True),
        sa.Column("is_paid", sa.Boolean(), nullable=True),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"]),
        sa.PrimaryKeyConstraint("company_id", "day", "subject", "record"),
        sqlite_with_rowid=False,
    )
    op.execute("""
        INSERT INTO absence_days (company_id, day, subject, record, seconds)
        SELECT company_id, requested_date, 'U' || user_id, CAST(id AS VARCHAR), seconds
        FROM time_off_entries
    """)
    op.execute("""
        INSERT INTO absence_days
        (company_id, day, subject, record, seconds, starts, ends, is_paid)
        SELECT record.company_id, each.day, 'P' || record.person_id,
        CAST(record.id AS VARCHAR), each.ends - each.starts, each.starts, each.ends, each.is_paid
        FROM person_days AS each JOIN person_time_offs AS record ON record.id = each.record_id
    """)
    op.create_index("ix_absence_days_record", "absence_days", ["record"])
    of_a_person = sa.text("starts IS NOT NULL")
    op.create_index(
        "ix_absence_days_person",
        "absence_days",
        ["subject", "day"],
        sqlite_where=of_a_person,
        postgresql_where=of_a_person,
    )
    op.drop_table("person_days")
    # SQLite makes the table anew, and deletes what would name its rows: nothing does by then.
    records = list(chain.from_iterable(_records(connection)))
    with op.batch_alter_table("person_time_offs") as batch:
        batch.drop_constraint("uq_person_time_offs_of_person", type_="unique")
        batch.drop_column("instance_ids")
    op.create_table(
        "time_off_instances",
        sa.Column("id", UuidText(), nullable=False),
        sa.Column("person_time_off_id", UuidText(), nullable=False),
        sa.Column("start_day", sa.Date(), nullable=False),
        sa.Column("end_day", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_time_off_id"], ["person_time_offs.id"], ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    for start in range(0, len(records), ROWS_A_PIECE):
        some = records[start : start + ROWS_A_PIECE]
        instances = list(chain.from_iterable(map(_instances, some)))
        connection.execute(sa.insert(_INSTANCES), instances)
    columns = ["person_time_off_id", "start_day"]
    op.create_index("uq_time_off_instances_day", "time_off_instances", columns, unique=True)
    columns += ["end_day", "id"]
    op.create_index("ix_time_off_instances_covering", "time_off_instances", columns)
    _carry_back_answers(connection)


def _records(connection: sa.Connection) -> Iterator[list[Any]]:
    """Yield all records, some at a time."""
    return _pieces(connection, sa.select(_RECORDS), _RECORDS.c.id)


def _kept_answers(connection: sa.Connection) -> Iterator[Any]:
    """Yield the answers that tell of instances, each with the key beside which it is kept."""
    columns = _KEYS.c
    keys = (columns.caller, columns.operation, columns.key)
    statement = sa.select(_KEYS).where(columns.operation.in_(_WITH_INSTANCES))
    return chain.from_iterable(_pieces(connection, statement, *keys))


def _pieces(
    connection: sa.Connection, statement: sa.Select[Any], *keys: sa.ColumnClause[Any]
) -> Iterator[list[Any]]:
    """Yield what is selected by its keys, some at a time."""
    statement = statement.order_by(*keys).limit(ROWS_A_PIECE)
    piece = list(connection.execute(statement))
    while piece:
        yield piece
        last = [sa.literal(getattr(piece[-1], key.key), key.type) for key in keys]
        piece = list(connection.execute(statement.where(sa.tuple_(*keys) > sa.tuple_(*last))))


def _set_instance_ids(connection: sa.Connection, records: Sequence[Any]) -> None:
    columns = _INSTANCES.c
    rows_of = defaultdict(list)
    of_records = (
        sa.select(_INSTANCES)
        .where(columns.person_time_off_id.in_([record.id for record in records]))
        .order_by(columns.person_time_off_id, columns.start_day)
    )
    for row in connection.execute(of_records):
        rows_of[row.person_time_off_id].append(row)
    statement = (
        sa.update(_RECORDS)
        .where(_RECORDS.c.id == sa.bindparam("record", type_=UuidText()))
        .values(instance_ids=sa.bindparam("ids", type_=JSON_TEXT))
    )
    given = [
        {"record": record.id, "ids": _given(_ids_by_day(record, rows_of[record.id]))}
        for record in records
    ]
    connection.execute(statement, given)


def _ids_by_day(record: Any, rows: Sequence[Any]) -> list[str]:  # noqa: ANN401 - rows
    """Return the id of each instance that the record's rule makes.

    Where the rows are others, which `timeoff check` of the version before says, no id goes to
    another day: a day without a row has a new one, a row of no such day is left behind.
    """
    ids = [row.id for row in rows]
    starts = list(_starts(record))
    length = record.first_span_end - record.first_day
    if [(row.start_day, row.end_day) for row in rows] == [(day, day + length) for day in starts]:
        return ids
    if ids and not _is_rule(record) and record.repeat != "never":
        return ids  # `timeoff check` says that it cannot be expanded.
    id_on = {row.start_day: row.id for row in rows}
    kept = len(id_on.keys() & set(starts))
    _tell(
        f"Person time off {record.id} has not the instances that its rule makes: "
        f"{kept} keep their ids, {len(starts) - kept} are new, {len(ids) - kept} are left behind."
    )
    return [id_on.get(day) or str(uuid4()) for day in starts]


def _tell(text: str) -> None:
    config = op.get_context().config
    if tell := config and config.attributes.get("tell"):
        tell(text)


def _given(ids: Sequence[str]) -> list[str]:
    """Return the ids up to the one from which on they follow by one each."""
    last = len(ids)
    while last > 1 and ids[last - 1] == _following(ids[last - 2], 1):
        last -= 1
    return list(ids[:last])


def _following(id_: str, number: int) -> str:
    """Return the id so many after this one."""
    return f"{id_[:24]}{(int(id_[24:], 16) + number) % 16**12:012x}"


def _instances(record: Any) -> Iterator[dict[str, Any]]:  # noqa: ANN401 - a row
    """Yield the instances that the record's rule makes, with their ids."""
    length = record.first_span_end - record.first_day
    given = record.instance_ids
    for number, start in enumerate(_starts(record)):
        more = number - len(given) + 1
        yield {
            "id": given[number] if more <= 0 else _following(given[-1], more),
            "person_time_off_id": record.id,
            "start_day": start,
            "end_day": start + length,
        }


def _starts(record: Any) -> Iterator[date]:  # noqa: ANN401
    """Yield the first day, then each day on which the rule comes back."""
    first = record.first_day
    yield first
    if not _is_rule(record):
        return
    for number in count(1):
        steps = number * record.cadence
        try:
            if record.repeat == "weekly":
                start = first + timedelta(weeks=steps)
            else:
                months = steps * (12 if record.repeat == "yearly" else 1)
                start = first + relativedelta(months=months)
        except (OverflowError, ValueError):
            return  # A cadence may be any number of 32 bits: it is after the last day of all.
        if start > record.repeat_end_day:
            return
        yield start


def _is_rule(record: Any) -> bool:  # noqa: ANN401
    """Say whether the record comes back; what is damaged does not."""
    return (
        record.repeat in {"weekly", "monthly", "yearly"}
        and (record.cadence or 0) > 0
        and record.repeat_end_day is not None
    )


_WITH_INSTANCES = ("createPersonTimeOff", "updatePersonTimeOff", "mirrorTimeOffEntries")
"""The operations whose answers tell of instances; they are kept beside idempotency keys."""


def _carry_over_answers(connection: sa.Connection) -> None:
    """Let the records of answers that are kept name their instances' ids, as this version reads."""
    for row in _kept_answers(connection):
        instances = (row.answer or {}).pop("instances", [])
        for record in _records_of(row.answer):
            mine = [each["id"] for each in instances if each["person_time_off_id"] == record["id"]]
            record["instance_ids"] = _given(mine)
        _keep(connection, row)


def _carry_back_answers(connection: sa.Connection) -> None:
    """Let the answers that are kept tell of instances again."""
    for row in _kept_answers(connection):
        if row.answer is not None:
            records = _records_of(row.answer)
            row.answer["instances"] = list(chain.from_iterable(map(_told_instances, records)))
            _keep(connection, row)


def _records_of(answer: dict[str, Any] | None) -> list[dict[str, Any]]:
    if answer is None:
        return []
    return [answer["record"]] if "record" in answer else answer["records"]


def _told_instances(record: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the instances of a record that an answer tells of, as the answer told of them."""
    rule = record["rule"] or {"repeat": "never", "cadence": None, "until": None}
    row = SimpleNamespace(
        id=record["id"],
        first_day=date.fromisoformat(record["span"]["first"]),
        first_span_end=date.fromisoformat(record["span"]["last"]),
        repeat=rule["repeat"],
        cadence=rule["cadence"],
        repeat_end_day=rule["until"] and date.fromisoformat(rule["until"]),
        instance_ids=record.pop("instance_ids"),
    )
    for each in _instances(row):
        span = {"first": each["start_day"].isoformat(), "last": each["end_day"].isoformat()}
        yield {"id": each["id"], "person_time_off_id": record["id"], "span": span}


def _keep(connection: sa.Connection, row: Any) -> None:  # noqa: ANN401
    columns = _KEYS.c
    is_it = [columns[name] == getattr(row, name) for name in ("caller", "operation", "key")]
    connection.execute(sa.update(_KEYS).where(*is_it).values(answer=row.answer))
