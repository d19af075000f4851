"""Numbers and stores what a transaction changed (rule 5.3)."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import BigInteger, bindparam, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from app.db.schema.tables import ChangeCounterRow, ChangeRow
from app.db.writing.locks import is_postgresql, waiting_for
from app.db.writing.statements import insert_all
from app.domain.changes import Change

_COUNT_CHANGES: Final = (
    update(ChangeCounterRow)
    .where(col(ChangeCounterRow.company_id) == bindparam("company"))
    .values(
        last_sequence=col(ChangeCounterRow.last_sequence) + bindparam("count", type_=BigInteger)
    )
    .returning(col(ChangeCounterRow.last_sequence))
)


async def record_changes(
    connection: AsyncConnection, at: datetime, changes: Sequence[Change]
) -> None:
    """Number and store the changes; the last step of a transaction (rule 5.3).

    The counter's row is held from here to the commit, so that numbers become visible in
    their order and without a gap.
    """
    changes_of: dict[str, list[Change]] = defaultdict(list)
    for change in changes:
        changes_of[change.company_id].append(change)
    for company_id in sorted(changes_of):
        mine = changes_of[company_id]
        last = await _count_changes(connection, company_id, len(mine))
        first = last - len(mine) + 1
        await insert_all(
            connection,
            ChangeRow,
            [change_row(change, first + offset, at) for offset, change in enumerate(mine)],
        )


async def _count_changes(connection: AsyncConnection, company_id: str, count: int) -> int:
    """Take the company's counter, and return it with so many changes more."""
    numbers = {"company": company_id, "count": count}
    if not is_postgresql(connection):
        return int((await connection.execute(_COUNT_CHANGES, numbers)).scalar_one())
    async with waiting_for(connection, [(ChangeCounterRow, company_id)]):
        return int((await connection.execute(_COUNT_CHANGES, numbers)).scalar_one())


def change_row(change: Change, sequence: int, at: datetime) -> dict[str, Any]:
    """Write a change under its number."""
    return {
        "company_id": change.company_id,
        "sequence": sequence,
        "at": at,
        "operation": change.operation.value,
        "subject_type": change.kind.type_name,
        "subject_key": str(change.key),
        "before": change.before,
        "after": change.after,
    }
