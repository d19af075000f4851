"""`timeoff flows` and `timeoff set-flow`: what is carried from one system into the other."""

from collections.abc import Sequence
from datetime import datetime, time
from typing import TYPE_CHECKING, Any, Final

import click

from app.command_line import MOST_LISTED, ago, database_option, echo_list, on_one_line
from app.connect_command import with_sync

if TYPE_CHECKING:
    from app.db.connections.database import Database
    from app.services.sync.flow_lines import FlowLine, FlowProblemLine
    from app.sync import Sync

HEADINGS: Final = ("COMPANY", "NAME", "FLOW", "BEHIND", "PROBLEMS")
PROBLEM_HEADINGS: Final = ("COMPANY", "WHOSE", "DAY", "CODE", "SINCE", "WHAT")
FLOWS: Final = ("none", "procore-to-kantata", "kantata-to-procore", "both")
EXAMPLES = """\b
Examples:
    timeoff set-flow both --company 6f1c0f7e-… --settle-existing
    timeoff set-flow none --company 6f1c0f7e-…
"""


@click.command(short_help="List what is carried between the systems, and what could not be.")
@click.option("--problems", is_flag=True, help="List what could not be carried, the oldest first.")
@database_option
def flows(database_url: str | None, *, problems: bool) -> None:
    """List for which companies time off is carried from one system into the other.

    BEHIND is how many changes of the company were not looked at yet, PROBLEMS how many
    absences could not be carried. docs/sync.md tells more.
    """
    from app.clock import now  # noqa: PLC0415
    from app.services.sync.flow_lines import flow_lines, flow_problem_lines  # noqa: PLC0415

    async def find(
        _: "Sync", database: "Database"
    ) -> tuple[list["FlowLine"], list["FlowProblemLine"], int]:
        if problems:
            return [], *await flow_problem_lines(database, MOST_LISTED)
        return await flow_lines(database), [], 0

    (lines, told, more), at = with_sync(database_url, find), now()
    if problems:
        rows = [_problem_cells(each, at) for each in told]
        echo_list(PROBLEM_HEADINGS, rows, more, nothing="All could be carried.")
        return
    nothing = "Nothing is carried; `timeoff set-flow` does."
    echo_list(HEADINGS, list(map(_cells, lines)), 0, nothing=nothing)


def _time(_: click.Context, __: click.Parameter, text: str | None) -> time | None:
    if text is None:
        return None
    try:
        return datetime.strptime(text, "%H:%M").time()  # noqa: DTZ007 - a time of no day
    except ValueError:
        raise click.BadParameter("It is a time as 08:00.") from None


@click.command(
    "set-flow", epilog=EXAMPLES, short_help="Have time off be carried between the systems."
)
@click.argument("flow", metavar="FLOW", type=click.Choice(FLOWS))
@click.option("--company", "company_id", metavar="ID", required=True, help="Of which company.")
@click.option("--settle-existing", is_flag=True, help="Carry all that stands, too.")
@click.option("--reason", help="Of records that are made of entries; at first `Time off`.")
@click.option("--paid/--unpaid", "is_paid", default=None, help="Whether they are paid.")
@click.option(
    "--start-time",
    "batch_start_time",
    metavar="HH:MM",
    callback=_time,
    help="When each of their days starts; at first 08:00.",
)
@click.option(
    "--round/--no-round",
    "round_to_quarter_hours",
    default=None,
    help="Whether hours that are no quarters become the nearest ones.",
)
@database_option
def set_flow(
    flow: str,
    company_id: str,
    database_url: str | None,
    *,
    settle_existing: bool,
    **terms: Any,  # noqa: ANN401 - each as click reads it
) -> None:
    """Have a company's time off be carried by itself as FLOW says, or no more.

    FLOW is none, procore-to-kantata, kantata-to-procore or both. What is left out stays as it
    was; records that stand keep what they have. docs/sync.md tells more.
    """
    from app.domain.sync.flows import SyncFlow  # noqa: PLC0415
    from app.services.caller import COMMAND  # noqa: PLC0415
    from app.services.sync.flow_service import SetSyncFlow  # noqa: PLC0415

    command = SetSyncFlow(
        company_id=company_id,
        flow=SyncFlow[flow.upper().replace("-", "_")],
        settles_existing=settle_existing,
        **terms,
    )

    async def do(sync: "Sync", _: "Database") -> str:
        return await sync.flows.set(COMMAND, command)

    with_sync(database_url, do)
    click.echo(command.flow.value)
    if command.flow is not SyncFlow.NONE:
        click.echo("The server does so within seconds.", err=True)


def _cells(line: "FlowLine") -> Sequence[str]:
    return (
        line.flow.company_id,
        on_one_line(line.company),
        line.flow.flow.value,
        f"{line.behind:,}" + ("" if line.flow.settled is None else " (and what stood)"),
        f"{line.problems:,}",
    )


def _problem_cells(line: "FlowProblemLine", now: datetime) -> Sequence[str]:
    day = line.problem.day
    return (
        line.problem.company_id,
        on_one_line(line.whose),
        "" if day is None else day[1].isoformat(),
        line.problem.code,
        ago(line.problem.first_seen_at, now),
        on_one_line(line.problem.message),
    )


COMMANDS: Final = (flows, set_flow)
