"""Acknowledged discrepancies, in force or not: what both systems say of a day decides (4.5)."""

from collections.abc import Collection
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from app.db.reading.lists import Listing, Scope
from app.db.schema.acknowledgement_rows import to_acknowledgement
from app.db.schema.array_parameters import is_among
from app.db.schema.tables import DiscrepancyAcknowledgementRow, table_columns
from app.domain.acknowledgements import DiscrepancyAcknowledgement, PairDay
from app.domain.days import DaySpan
from app.domain.workers import Pair

_TABLE: Final = DiscrepancyAcknowledgementRow
ACKNOWLEDGEMENTS: Final[Listing[DiscrepancyAcknowledgement, None]] = Listing(
    _TABLE, to_acknowledgement, {"ID": (_TABLE.id,)}, lambda _: []
)


async def acknowledged_of(
    connection: AsyncConnection, scope: Scope, pairs: Collection[Pair], window: DaySpan
) -> dict[PairDay, DiscrepancyAcknowledgement]:
    """Return what was acknowledged of the pairs' days in the window."""
    if not pairs:
        return {}
    statement = ACKNOWLEDGEMENTS.select(
        scope,
        is_among(table_columns(_TABLE).user_id, [user_id for user_id, _ in pairs]),
        col(_TABLE.day).between(window.first, window.last),
    )
    wanted = set(pairs)
    found = map(ACKNOWLEDGEMENTS.to_domain, await connection.execute(statement))
    return {each.place: each for each in found if each.place[0] in wanted}
