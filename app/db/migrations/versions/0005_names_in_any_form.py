"""Names and e-mails are found in whatever form they are written; workers are joined anew by them.

The functions below are those of the day on which this was written, kept with what they made:
what later versions make of a name is for later migrations.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import Any, NamedTuple
from unicodedata import category, combining, normalize

import sqlalchemy as sa
from alembic import op

from app.db.schema.column_types import KANTATA_ID, NAME, Instant, UuidText
from app.db.schema.tables import JSON_TEXT

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

ROWS_A_PIECE = 2_000


def _table(name: str, /, **columns: Any) -> sa.TableClause:  # noqa: ANN401 - a type of SQLAlchemy
    return sa.table(name, *(sa.column(each, type_) for each, type_ in columns.items()))


_COMPANIES = _table("companies", id=UuidText(), name=NAME, name_key=NAME)
_ROLES = _table("roles", id=KANTATA_ID, name=NAME, name_key=NAME)
_USERS = _table(
    "users",
    id=KANTATA_ID,
    company_id=UuidText(),
    full_name=NAME,
    name_key=NAME,
    email_address=NAME,
    email_key=NAME,
)
_PEOPLE = _table(
    "people",
    id=UuidText(),
    company_id=UuidText(),
    first_name=NAME,
    last_name=NAME,
    name_key=NAME,
    email=NAME,
    email_key=NAME,
    status=NAME,
)
_WORKERS = _table(
    "workers",
    id=NAME,
    company_id=UuidText(),
    user_id=sa.BigInteger(),
    person_id=UuidText(),
    full_name=NAME,
    name_key=NAME,
    email=NAME,
)
_LINKS = _table("worker_links", user_id=sa.BigInteger(), person_id=UuidText(), is_bar=sa.Boolean())
_COUNTERS = _table("change_counters", company_id=UuidText(), last_sequence=sa.BigInteger())
_CHANGES = _table(
    "changes",
    company_id=UuidText(),
    sequence=sa.BigInteger(),
    at=Instant(),
    operation=NAME,
    subject_type=NAME,
    subject_key=NAME,
    before=JSON_TEXT,
    after=JSON_TEXT,
)


class Rule(NamedTuple):
    """How names and e-mails are compared, and which e-mails and people join."""

    name_key: Callable[[str], str]
    email_key: Callable[[str | None], str | None]
    joins: Callable[[str], bool]
    inactive_give_way: bool


class Worker(NamedTuple):
    """A user, a person, or both."""

    user_id: int | None
    person_id: str | None
    full_name: str
    email: str | None

    @property
    def id(self) -> str:
        return f"U{self.user_id}" if self.user_id is not None else f"P{self.person_id}"


def upgrade() -> None:
    op.create_index("ix_people_company_number", "people", ["company_id", "employee_number"])
    _carry_over(op.get_bind(), NOW)


def downgrade() -> None:
    _carry_over(op.get_bind(), BEFORE)
    op.drop_index("ix_people_company_number", "people")


def _carry_over(connection: sa.Connection, rule: Rule) -> None:
    """Make every key anew, and every worker of which the e-mails now say something else."""
    for table, name in (
        (_COMPANIES, lambda row: row.name),
        (_ROLES, lambda row: row.name),
        (_USERS, lambda row: row.full_name),
        (_PEOPLE, _full_name),
        (_WORKERS, lambda row: row.full_name),
    ):
        for rows in _pieces(connection, table):
            keys = [{"the_id": row.id, "new": rule.name_key(name(row))} for row in rows]
            _set(connection, table, "name_key", keys)
    for table, email in ((_USERS, "email_address"), (_PEOPLE, "email")):
        for rows in _pieces(connection, table):
            keys = [{"the_id": row.id, "new": rule.email_key(getattr(row, email))} for row in rows]
            _set(connection, table, "email_key", keys)
    for company_id in connection.execute(sa.select(_COMPANIES.c.id)).scalars().all():
        _rejoin(connection, company_id, rule)


def _pieces(connection: sa.Connection, table: sa.TableClause) -> Iterator[list[Any]]:
    statement = sa.select(table).order_by(table.c.id).limit(ROWS_A_PIECE)
    piece = list(connection.execute(statement))
    while piece:
        yield piece
        last = sa.literal(piece[-1].id, table.c.id.type)
        piece = list(connection.execute(statement.where(table.c.id > last)))


def _set(
    connection: sa.Connection, table: sa.TableClause, column: str, keys: list[dict[str, Any]]
) -> None:
    id_ = sa.bindparam("the_id", type_=table.c.id.type)
    new = sa.bindparam("new", type_=NAME)
    connection.execute(sa.update(table).where(table.c.id == id_).values({column: new}), keys)


def _rejoin(connection: sa.Connection, company_id: str, rule: Rule) -> None:
    """Join the company's users and people anew, and number what became of its workers."""
    stored = {
        Worker(row.user_id, row.person_id, row.full_name, row.email)
        for row in connection.execute(_of(_WORKERS, company_id))
    }
    expected = set(_join(connection, company_id, rule))
    gone = {each.id: each for each in stored - expected}
    come = {each.id: each for each in expected - stored}
    for ids in _chunks(gone):
        connection.execute(sa.delete(_WORKERS).where(_WORKERS.c.id.in_(ids)))
    for ids in _chunks(come):
        rows = [
            {
                **come[id_]._asdict(),
                "id": id_,
                "company_id": company_id,
                "name_key": rule.name_key(come[id_].full_name),
            }
            for id_ in ids
        ]
        connection.execute(sa.insert(_WORKERS), rows)
    _number(connection, company_id, gone, come)


def _join(connection: sa.Connection, company_id: str, rule: Rule) -> Iterator[Worker]:
    users = {row.id: row for row in connection.execute(_of(_USERS, company_id))}
    people = {row.id: row for row in connection.execute(_of(_PEOPLE, company_id))}
    partner: dict[int, str] = {}
    barred = set()
    mine = _USERS.c.company_id == sa.literal(company_id, UuidText())
    of_company = sa.select(_LINKS).join(_USERS, _USERS.c.id == _LINKS.c.user_id).where(mine)
    for row in connection.execute(of_company):
        if row.user_id in users and row.person_id in people:
            if row.is_bar:
                barred.add((row.user_id, row.person_id))
            else:
                partner[row.user_id] = row.person_id
    linked = set(partner.values())
    for pair in _by_email(users.values(), people.values(), rule):
        if pair[0] not in partner and pair[1] not in linked and pair not in barred:
            partner[pair[0]] = pair[1]
    for id_, user in users.items():
        email = user.email_address
        if not user.email_key:
            email = people[partner[id_]].email if id_ in partner else None
        yield Worker(id_, partner.get(id_), user.full_name, email)
    for id_ in people.keys() - set(partner.values()):
        yield Worker(None, id_, _full_name(people[id_]), people[id_].email)


def _by_email(users: Iterable[Any], people: Iterable[Any], rule: Rule) -> Iterator[tuple[int, str]]:
    users_of: dict[str, list[int]] = defaultdict(list)
    people_of: dict[str, list[str]] = defaultdict(list)
    inactive_of: dict[str, list[str]] = defaultdict(list)
    for user in users:
        users_of[user.email_key or ""].append(user.id)
    for person in people:
        gives_way = rule.inactive_give_way and person.status != "active"
        (inactive_of if gives_way else people_of)[person.email_key or ""].append(person.id)
    for key, user_ids in users_of.items():
        person_ids = people_of.get(key) or inactive_of.get(key, [])
        if key and rule.joins(key) and len(user_ids) == len(person_ids) == 1:
            yield user_ids[0], person_ids[0]


def _number(
    connection: sa.Connection,
    company_id: str,
    gone: dict[str, Worker],
    come: dict[str, Worker],
) -> None:
    """Let readers of the company's changes hear of it, as of any other change."""
    ids = sorted(gone | come)
    if not ids:
        return
    mine = _COUNTERS.c.company_id == sa.literal(company_id, UuidText())
    last = connection.execute(sa.select(_COUNTERS.c.last_sequence).where(mine)).scalar_one()
    at = datetime.now(UTC).replace(microsecond=0)
    rows = [
        {
            "company_id": company_id,
            "sequence": sequence,
            "at": at,
            "operation": "UPDATED" if id_ in gone and id_ in come else _new_or_gone(id_, come),
            "subject_type": "Worker",
            "subject_key": id_,
            "before": _facts(gone.get(id_)),
            "after": _facts(come.get(id_)),
        }
        for sequence, id_ in enumerate(ids, start=last + 1)
    ]
    connection.execute(sa.insert(_CHANGES), rows)
    connection.execute(sa.update(_COUNTERS).where(mine).values(last_sequence=last + len(ids)))


def _new_or_gone(id_: str, come: dict[str, Worker]) -> str:
    return "CREATED" if id_ in come else "DELETED"


def _facts(worker: Worker | None) -> dict[str, str | None] | None:
    if worker is None:
        return None
    user_id = None if worker.user_id is None else str(worker.user_id)
    return {"userId": user_id, "personId": worker.person_id}


def _of(table: sa.TableClause, company_id: str) -> sa.Select[Any]:
    return sa.select(table).where(table.c.company_id == sa.literal(company_id, UuidText()))


def _chunks(ids: Iterable[str]) -> Iterator[list[str]]:
    every = sorted(ids)
    for start in range(0, len(every), ROWS_A_PIECE):
        yield every[start : start + ROWS_A_PIECE]


def _full_name(person: Any) -> str:  # noqa: ANN401 - a row
    return f"{person.first_name} {person.last_name}".strip()


_IGNORABLE = re.compile(
    r"[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2065\u2800\u3164\ufe00-\ufe0f\uffa0"
    r"\ufff0-\ufff8\U000e0000-\U000e0fff]"
)
_PLAIN = str.maketrans(
    {
        "æ": "ae",
        "ð": "d",
        "ø": "o",
        "þ": "th",
        "đ": "d",
        "ħ": "h",
        "\u0131": "i",
        "ł": "l",
        "ŋ": "n",
        "œ": "oe",
        "ŧ": "t",
        "\u2018": "'",
        "\u2019": "'",
        "\u02bb": "'",
        "\u02bc": "'",
        "\u2010": "-",
    }
)


def _visible(text: str) -> str:
    shown = _IGNORABLE.sub("", text)
    return "".join(each for each in shown if category(each) != "Cf")


def _name_key(name: str) -> str:
    apart = (each for each in normalize("NFKD", _visible(name)) if not combining(each))
    folded = " ".join("".join(apart).casefold().translate(_PLAIN).split())
    return f"{_start(folded, 1_600)}\n{_start(name, 900)}"


def _start(text: str, most_bytes: int) -> str:
    return text.encode()[:most_bytes].decode(errors="ignore")


def _email_key(email: str | None) -> str | None:
    lowered = normalize("NFC", _visible(email or "")).lower()
    return normalize("NFC", lowered).strip() or None


def _is_email(text: str) -> bool:
    local, _, domain = text.rpartition("@")
    return bool(local.strip() and domain.strip())


NOW = Rule(_name_key, _email_key, _is_email, inactive_give_way=True)
BEFORE = Rule(
    str.casefold,
    lambda email: (email or "").strip().lower() or None,
    bool,
    inactive_give_way=False,
)
