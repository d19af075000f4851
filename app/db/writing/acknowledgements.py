"""Acknowledged discrepancies, within the caller's transaction."""

from collections.abc import Collection, Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from app.db.reading.lists import Scope
from app.db.reading.workers import workers_of_subjects
from app.db.schema.tables import DiscrepancyAcknowledgementRow
from app.db.writing.locks import lock_companies
from app.db.writing.objects import add_objects
from app.db.writing.statements import delete_all
from app.db.writing.time_off_entries import lock_users
from app.domain.acknowledgements import DiscrepancyAcknowledgement
from app.domain.workers import Worker


async def lock_workers(
    connection: AsyncConnection, scope: Scope, subjects: Collection[str]
) -> dict[str, Worker]:
    """Return the workers of the scope by these ids, whom nobody joins or separates meanwhile.

    Nobody else acknowledges their days either, until the transaction ends.
    """
    found = await workers_of_subjects(connection, subjects)
    seen = [each for each in found.values() if scope is None or each.company_id in scope]
    await lock_companies(connection, {each.company_id for each in seen})
    users = {each.user_id for each in seen if each.user_id is not None}
    await lock_users(connection, scope, users)
    found = await workers_of_subjects(connection, subjects)
    return {
        subject: found[subject]
        for subject in subjects
        if subject in found and (scope is None or found[subject].company_id in scope)
    }


async def replace_acknowledgements(
    connection: AsyncConnection,
    gone: Sequence[DiscrepancyAcknowledgement],
    made: Sequence[DiscrepancyAcknowledgement] = (),
) -> None:
    """Delete those that are gone, then store new ones."""
    await delete_all(connection, DiscrepancyAcknowledgementRow.id, [each.id for each in gone])
    await add_objects(connection, made)
