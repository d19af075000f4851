"""What is carried from one source system into the other: part of the page of connected systems."""

from dataclasses import dataclass
from html import escape
from typing import Final

from app.domain.paging import Order, PageRequest
from app.domain.sync.flows import Flow, FlowProblemFilter
from app.services.caller import Caller
from app.services.catalogue import Catalogue
from app.services.sync.flow_service import FlowService
from app.web.connected_words import number, of_them

MOST_LISTED: Final = 20
_CARRIED: Final = (
    "<p>What becomes of time off of Procore Workforce Planning is carried to Kantata OX, a second "
    "after it has changed.{rest}</p>"
)
_STANDING: Final = " What stood before is being carried, too."


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
            rest = "" if flow.settled_after is None else _STANDING
            parts.append(
                f"<h2>{escape(name)}: from Procore to Kantata</h2>{_CARRIED.format(rest=rest)}"
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
        people = await self.catalogue.people.find_many(
            caller, sorted({each.person_id for each in page.items})
        )
        names = {id_: person.full_name for id_, person in people.items()}
        rows = "".join(
            f"<tr><td>{escape(names.get(each.person_id, 'Somebody'))}</td>"
            f"<td>{escape(each.message)}</td></tr>"
            for each in page.items
        )
        return (
            f"<h3>What could not be carried: {number(count, 'record')}{of_them(page.items, count)}"
            "</h3>"
            "<table><thead><tr><th>Whose</th><th>What is the matter</th></tr></thead>"
            f"<tbody>{rows}</tbody></table>"
        )
