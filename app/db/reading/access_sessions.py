"""Sessions of browsers, found by their secret's hash, their id, or whose they are."""

from collections.abc import Callable
from typing import Any, Final

from sqlalchemy import Row, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from app.db.schema.tables import AccessSessionRow, table_columns
from app.domain.access import AccessRole, CallerKind, Identity, OwnWorker, Permission
from app.domain.access_sessions import AccessSession

MOST_LISTED: Final = 1_000
_ROWS: Final = select(*table_columns(AccessSessionRow))
_NEWEST: Final = (col(AccessSessionRow.last_used_at).desc(), col(AccessSessionRow.id).desc())
_PLACE: Final = tuple_(col(AccessSessionRow.last_used_at), col(AccessSessionRow.id))
_PERMISSIONS: Final = {each.value: each for each in Permission}


async def find_by_hash(connection: AsyncConnection, secret_hash: str) -> AccessSession | None:
    """Return the session whose secret has the hash, be it over or not."""
    return await _find(connection, col(AccessSessionRow.secret_hash) == secret_hash)


async def find_by_id(connection: AsyncConnection, id_: str) -> AccessSession | None:
    """Return the session of the id, be it over or not."""
    return await _find(connection, col(AccessSessionRow.id) == id_)


async def list_unrevoked(
    connection: AsyncConnection,
    name: str | None,
    is_wanted: Callable[[AccessSession], bool] = lambda _: True,
) -> list[AccessSession]:
    """Return the wanted sessions of a name, or of everybody, last used first: 1,000 at most.

    Those that have timed out are among them.
    """
    statement = _ROWS.where(col(AccessSessionRow.revoked_at).is_(None))
    if name is not None:
        statement = statement.where(col(AccessSessionRow.name) == name)
    statement = statement.order_by(*_NEWEST).limit(MOST_LISTED)
    wanted: list[AccessSession] = []
    following = statement
    while len(wanted) < MOST_LISTED:
        rows = (await connection.execute(following)).all()
        wanted += filter(is_wanted, map(_session, rows))
        if len(rows) < MOST_LISTED:
            break
        following = statement.where((rows[-1].last_used_at, rows[-1].id) > _PLACE)
    return wanted[:MOST_LISTED]


async def _find(connection: AsyncConnection, condition: Any) -> AccessSession | None:  # noqa: ANN401
    row = (await connection.execute(_ROWS.where(condition))).one_or_none()
    return _session(row) if row else None


def _session(row: Row[Any]) -> AccessSession:
    return AccessSession(
        id=row.id,
        identity=Identity(
            kind=CallerKind(row.kind),
            name=row.name,
            label=row.label,
            # One that this version does not know, of a newer or an older one, gives nothing.
            permissions=frozenset(filter(None, map(_PERMISSIONS.get, row.permissions))),
            companies=None if row.companies is None else frozenset(row.companies),
            role=AccessRole(row.role) if row.role in set(AccessRole) else None,
            worker=_worker(row),
            expires_at=row.expires_at,
        ),
        credential=row.credential,
        created_at=row.created_at,
        last_used_at=row.last_used_at,
        revoked_at=row.revoked_at,
    )


def _worker(row: Row[Any]) -> OwnWorker | None:
    if row.worker_company_id is None:
        return None
    return OwnWorker(row.worker_company_id, row.worker_user_id, row.worker_person_id)
