"""What is carried between the systems, and what could not be, as the command lists it."""

from dataclasses import dataclass

from app.db.connections.database import Database
from app.db.reading import changes
from app.db.reading import flows as known
from app.db.reading.lists_of_nouns import COMPANIES
from app.domain.paging import Order, PageRequest
from app.domain.sync.flows import Flow, FlowProblem, FlowProblemFilter
from app.services.sync.delivery_lines import named
from app.services.sync.first_page import beyond


@dataclass(frozen=True, slots=True)
class FlowLine:
    """What is carried of a company: how many changes are not passed, and what could not be."""

    flow: Flow
    company: str
    behind: int
    problems: int


@dataclass(frozen=True, slots=True)
class FlowProblemLine:
    """What could not be carried, and whose it is."""

    problem: FlowProblem
    whose: str


async def flow_lines(database: Database) -> list[FlowLine]:
    """Return a line for each company of which anything is carried."""
    async with database.reading() as connection:
        flows = await known.flows_under_way(connection)
        companies = await COMPANIES.find_many(connection, None, [each.company_id for each in flows])
        problems = await known.count_problems_of_flows(connection)
        last = {
            each.company_id: await changes.last_number(connection, each.company_id)
            for each in flows
        }
    return [
        FlowLine(
            each,
            companies[each.company_id].name,
            max(0, last[each.company_id] - each.passed),
            problems.get(each.company_id, 0),
        )
        for each in flows
    ]


async def flow_problem_lines(database: Database, most: int) -> tuple[list[FlowProblemLine], int]:
    """Return what could not be carried, the oldest first, and how many more there are."""
    request, wanted = PageRequest(Order("FIRST_SEEN_AT"), most), FlowProblemFilter()
    async with database.reading() as connection:
        page = await known.FLOW_PROBLEMS.page(connection, None, wanted, request)
        more = await beyond(page, lambda: known.FLOW_PROBLEMS.count(connection, None, wanted))
        owners = [each.record or each.day for each in page.items]
        names = await named(connection, [owner[0] for owner in owners if owner])
    return [
        FlowProblemLine(problem, names[owner[0]] if owner else "")
        for problem, owner in zip(page.items, owners, strict=True)
    ], more
