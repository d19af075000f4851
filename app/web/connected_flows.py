"""What is carried from one source system into the other: part of the page of connected systems."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

from app.domain.paging import Order, PageRequest
from app.domain.sync.flows import Flow, FlowProblem, FlowProblemFilter, SyncFlow
from app.services.caller import Caller
from app.services.catalogue import Catalogue
from app.services.sync.flow_service import FlowService
from app.web.connected_words import number, of_them

MOST_LISTED: Final = 20
_INTO: Final = {
    SyncFlow.PROCORE_TO_KANTATA: "from Procore to Kantata",
    SyncFlow.KANTATA_TO_PROCORE: "from Kantata to Procore",
    SyncFlow.BOTH: "between Procore and Kantata",
}
_INTO_KANTATA: Final = (
    "<p>What becomes of time off of Procore Workforce Planning is carried to Kantata OX, a second "
    "after it has changed.</p>"
)
_INTO_PROCORE: Final = (
    "<p>What becomes of entries of Kantata OX is carried to Procore Workforce Planning, a second "
    "after it has changed. A record that somebody else changes there is theirs from then on.</p>"
)
_STANDING: Final = "<p>What stood before is being carried, too.</p>"


@dataclass(frozen=True)
class ConnectedFlows:
    """Shows for which companies time off is carried, and what could not be."""

    flows: FlowService
    catalogue: Catalogue

    async def markup(self, caller: Caller) -> str:
        """Return the markup of all companies of the caller's for which anything is carried."""
        flows = await self.flows.under_way(caller)
        companies = await self.catalogue.companies.find_many(
            caller, [each.company_id for each in flows]
        )
        parts = []
        for flow in flows:
            name = companies[flow.company_id].name if flow.company_id in companies else ""
            words = [
                _INTO_KANTATA if flow.flow.is_into_kantata else "",
                _INTO_PROCORE if flow.flow.is_into_procore else "",
                "" if flow.settled is None else _STANDING,
            ]
            parts.append(
                f"<h2>{escape(name)}: {_INTO[flow.flow]}</h2>{''.join(words)}"
                f"{await self._problems(caller, flow)}"
            )
        return "".join(parts)

    async def _problems(self, caller: Caller, flow: Flow) -> str:
        wanted = FlowProblemFilter(flow.company_id)
        page = await self.flows.problems(
            caller, wanted, PageRequest(Order("FIRST_SEEN_AT"), MOST_LISTED)
        )
        if not page.items:
            return "<p>All could be carried.</p>"
        count = await self.flows.count_problems(caller, wanted)
        names = await self._names(caller, page.items)
        rows = "".join(
            f"<tr><td>{escape(names.get(each.key, 'Somebody'))}</td>"
            f"<td>{escape(each.message)}</td></tr>"
            for each in page.items
        )
        return (
            f"<h3>What could not be carried: {number(count, 'absence')}{of_them(page.items, count)}"
            "</h3>"
            "<table><thead><tr><th>Whose</th><th>What is the matter</th></tr></thead>"
            f"<tbody>{rows}</tbody></table>"
        )

    async def _names(self, caller: Caller, problems: Sequence[FlowProblem]) -> dict[str, str]:
        """Return who is off, by the problems' keys."""
        records = {each.key: each.record[0] for each in problems if each.record}
        days = {each.key: each.day[0] for each in problems if each.day}
        people = await self.catalogue.people.find_many(caller, sorted(set(records.values())))
        users = await self.catalogue.users.find_many(caller, sorted(set(days.values())))
        named = {key: people[id_].full_name for key, id_ in records.items() if id_ in people}
        return named | {key: users[id_].full_name for key, id_ in days.items() if id_ in users}
