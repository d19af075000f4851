"""Storing sessions of browsers, within the caller's transaction."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, bindparam, delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from app.db.schema.tables import AccessSessionRow
from app.db.writing.statements import insert_all
from app.domain.access_sessions import AccessSession

SESSIONS_A_STATEMENT: Final = 1_000
_ROW: Final = AccessSessionRow
_IS_UNREVOKED: Final = col(_ROW.revoked_at).is_(None)
_USE: Final = (
    update(_ROW)
    .where(col(_ROW.id) == bindparam("the_id"), col(_ROW.last_used_at) < bindparam("the_moment"))
    .values(last_used_at=bindparam("the_moment"))
)


async def add_session(
    connection: AsyncConnection, session: AccessSession, secret_hash: str
) -> None:
    """Store a new session. Of its secret only the hash is kept."""
    await insert_all(connection, _ROW, [_values(session, secret_hash)])


async def use_sessions(connection: AsyncConnection, used: Mapping[str, datetime]) -> None:
    """Store when sessions were last used, each by its id; never an earlier moment."""
    if used:
        given = [{"the_id": id_, "the_moment": at} for id_, at in sorted(used.items())]
        await connection.execute(_USE, given)


async def revoke_by_hash(connection: AsyncConnection, secret_hash: str, at: datetime) -> None:
    """End the session whose secret has the hash."""
    await _revoke(connection, col(_ROW.secret_hash) == secret_hash, at)


async def revoke_by_ids(connection: AsyncConnection, ids: list[str], at: datetime) -> None:
    """End the sessions of these ids."""
    if ids:
        await _revoke(connection, col(_ROW.id).in_(ids), at)


async def revoke_of_credential(connection: AsyncConnection, credential: str, at: datetime) -> None:
    """End the sessions that were begun with the credential: the id of a token."""
    await _revoke(connection, col(_ROW.credential) == credential, at)


async def forget_ended(
    connection: AsyncConnection, *, created_before: datetime, used_before: datetime, now: datetime
) -> int:
    """Delete sessions that are over, some thousand of them; return how many."""
    is_over = or_(
        col(_ROW.revoked_at).is_not(None),
        col(_ROW.created_at) < created_before,
        col(_ROW.last_used_at) < used_before,
        and_(col(_ROW.expires_at).is_not(None), col(_ROW.expires_at) < now),
    )
    some = select(col(_ROW.id)).where(is_over).limit(SESSIONS_A_STATEMENT)
    return (await connection.execute(delete(_ROW).where(col(_ROW.id).in_(some)))).rowcount


async def _revoke(connection: AsyncConnection, which: ColumnElement[bool], at: datetime) -> None:
    await connection.execute(update(_ROW).where(which, _IS_UNREVOKED).values(revoked_at=at))


def _values(session: AccessSession, secret_hash: str) -> dict[str, Any]:
    identity, worker = session.identity, session.identity.worker
    companies = identity.companies
    return {
        "id": session.id,
        "secret_hash": secret_hash,
        "kind": identity.kind.value,
        "name": identity.name,
        "label": identity.label,
        "role": identity.role and identity.role.value,
        "permissions": sorted(identity.permissions),
        "companies": None if companies is None else sorted(companies),
        "worker_company_id": worker and worker.company_id,
        "worker_user_id": worker and worker.user_id,
        "worker_person_id": worker and worker.person_id,
        "credential": session.credential,
        "expires_at": identity.expires_at,
        "created_at": session.created_at,
        "last_used_at": session.last_used_at,
        "revoked_at": session.revoked_at,
    }
