"""Acknowledged discrepancies by id, and by day, fetched together."""

from app.domain.acknowledgements import DiscrepancyAcknowledgement, PairDay
from app.domain.identifiers import Key
from app.services.acknowledgements.service import AcknowledgementService
from app.services.caller import Caller
from graphql_schema.loading.shared_loader import SharedLoader


def acknowledgement_loader(
    service: AcknowledgementService, caller: Caller
) -> SharedLoader[Key, DiscrepancyAcknowledgement | None]:
    """Return the loader of one operation: of those in force."""

    async def load(keys: list[Key]) -> list[DiscrepancyAcknowledgement | None]:
        found = await service.find_many(caller, keys)
        return [found.get(key) for key in keys]

    return SharedLoader(load)


def acknowledged_day_loader(
    service: AcknowledgementService, caller: Caller
) -> SharedLoader[PairDay, DiscrepancyAcknowledgement | None]:
    """Return the loader of one operation: what was acknowledged of a day, in force or not."""

    async def load(keys: list[PairDay]) -> list[DiscrepancyAcknowledgement | None]:
        found = await service.of_days(caller, keys)
        return [found.get(key) for key in keys]

    return SharedLoader(load)
