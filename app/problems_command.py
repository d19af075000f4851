"""`timeoff sync-problems`: what of connected systems is to be looked at."""

from datetime import datetime
from typing import TYPE_CHECKING, Final

import click

from app.command_line import MOST_LISTED, ago, database_option, echo_list, on_one_line
from app.connect_command import with_sync

if TYPE_CHECKING:
    from app.db.connections.database import Database
    from app.services.sync.problem_lines import ProblemLine
    from app.sync import Sync

HEADINGS: Final = ("SYSTEM", "WHOSE", "DAY", "CODE", "SINCE", "THERE", "WHAT")
EXAMPLES = """\b
Examples:
    timeoff sync-problems --code GONE
"""


@click.command(
    "sync-problems", epilog=EXAMPLES, short_help="List records there that are to be looked at."
)
@click.option("--upstream", "upstream_id", metavar="ID", help="Only of this one; default: all.")
@click.option("--code", multiple=True, help="Only with this code; may be repeated.")
@database_option
def sync_problems(upstream_id: str | None, code: tuple[str, ...], database_url: str | None) -> None:
    """List records of connected systems that cannot be taken in, or are to be looked at.

    GONE is what is gone from there and waits for `timeoff resume-upstream`. THERE is the
    record's id in the system. docs/sync.md tells more.
    """
    from app.clock import now  # noqa: PLC0415
    from app.domain.paging import Order, PageRequest  # noqa: PLC0415
    from app.domain.sync.remote import SyncProblemFilter  # noqa: PLC0415
    from app.services.caller import COMMAND  # noqa: PLC0415
    from app.services.sync.first_page import beyond  # noqa: PLC0415
    from app.services.sync.overview import SyncOverview  # noqa: PLC0415
    from app.services.sync.problem_lines import ProblemLine, problem_lines  # noqa: PLC0415

    async def find(sync: "Sync", database: "Database") -> tuple[list[ProblemLine], int]:
        overview, of = SyncOverview(database), None
        if upstream_id is not None:
            of = (await sync.service.find(COMMAND, upstream_id)).id
        wanted = SyncProblemFilter(upstream_id=of, codes=code or None)
        request = PageRequest(Order("FIRST_SEEN_AT", descending=True), MOST_LISTED)
        page = await overview.problems(COMMAND, wanted, request)
        more = await beyond(page, lambda: overview.count_problems(COMMAND, wanted))
        return await problem_lines(database, page.items), more

    (lines, more), at = with_sync(database_url, find), now()
    echo_list(
        HEADINGS, [_cells(each, at) for each in lines], more, nothing="Nothing is to be looked at."
    )


def _cells(line: "ProblemLine", now: datetime) -> tuple[str, ...]:
    problem = line.problem.problem
    return (
        line.upstream.api.value,
        on_one_line(line.whose),
        "" if problem.day is None else problem.day.isoformat(),
        problem.code,
        ago(line.problem.first_seen_at, now),
        on_one_line(problem.remote_id),
        on_one_line(problem.message),
    )
