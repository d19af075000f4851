"""`timeoff deliveries`: what waits to be written to connected systems, and what was refused."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Final

import click

from app.command_line import MOST_LISTED, ago, database_option, echo_list, on_one_line
from app.connect_command import with_sync

if TYPE_CHECKING:
    from app.db.connections.database import Database
    from app.domain.errors import TimeOffError
    from app.domain.sync.deliveries import Delivery
    from app.services.caller import Caller
    from app.services.sync.delivery_lines import DeliveryLine
    from app.sync import Sync

Decide = Callable[["Caller", Sequence[str]], Awaitable[list["Delivery"]]]

HEADINGS: Final = ("ID", "SYSTEM", "WHOSE", "DAY", "STATE", "SINCE", "TRIES", "WHY")
EXAMPLES = """\b
Examples:
    timeoff deliveries --blocked
    timeoff deliveries --retry RGVsaXZlcnk6… --retry RGVsaXZlcnk6…
    timeoff deliveries --give-up RGVsaXZlcnk6…
"""


@click.command(epilog=EXAMPLES, short_help="List what waits to be written, and what was refused.")
@click.option("--upstream", "upstream_id", metavar="ID", help="Only of this one; default: all.")
@click.option("--blocked", is_flag=True, help="Only what was refused.")
@click.option(
    "--retry", metavar="ID", multiple=True, help="Have what was refused be tried; may be repeated."
)
@click.option(
    "--give-up",
    metavar="ID",
    multiple=True,
    help="Take what the system has instead of what was refused; may be repeated.",
)
@database_option
def deliveries(
    upstream_id: str | None,
    database_url: str | None,
    *,
    blocked: bool,
    retry: tuple[str, ...],
    give_up: tuple[str, ...],
) -> None:
    """List what is to be written to connected systems, the longest wanted first.

    PENDING is written soon. UNCERTAIN was sent, and nobody knows yet what became of it.
    BLOCKED was refused, and is tried again or given up by its ID, all that are named or
    none. HELD is a conflict, or outside of the system's window. docs/sync.md tells more.
    """
    if retry and give_up:
        raise click.UsageError("--retry or --give-up, not both at once.")
    if (retry or give_up) and (blocked or upstream_id is not None):
        raise click.UsageError("--upstream and --blocked only list.")
    if retry:
        count = _decide(database_url, retry, lambda sync: sync.outbox.retry)
        click.echo(f"To be tried again: {count:,}.")
    elif give_up:
        count = _decide(database_url, give_up, lambda sync: sync.outbox.give_up)
        click.echo(f"Given up, so that what the system has is taken: {count:,}.")
    else:
        _list(database_url, upstream_id, blocked=blocked)
        return
    click.echo("The server does so within seconds; `timeoff sync --once` does it here.", err=True)


def _decide(
    database_url: str | None, ids: Sequence[str], decision: Callable[["Sync"], Decide]
) -> int:
    """Decide about refused days, and return how many there were."""
    from app.domain.errors import Refused  # noqa: PLC0415
    from app.services.caller import COMMAND  # noqa: PLC0415

    async def do(sync: "Sync", _: "Database") -> int:
        try:
            return len(await decision(sync)(COMMAND, ids))
        except Refused as refused:
            told = (_complaint(each, ids) for each in refused.errors)
            raise click.ClickException("\n".join(told)) from None

    return with_sync(database_url, do)


def _complaint(error: "TimeOffError", ids: Sequence[str]) -> str:
    """Say which of the ids is the matter."""
    place = error.path[-1] if error.path else None
    return f"{ids[place]}: {error.message}" if isinstance(place, int) else error.message


def _list(database_url: str | None, upstream_id: str | None, *, blocked: bool) -> None:
    from app.clock import now  # noqa: PLC0415
    from app.domain.paging import Order, PageRequest  # noqa: PLC0415
    from app.domain.sync.deliveries import DeliveryFilter, DeliveryState  # noqa: PLC0415
    from app.services.caller import COMMAND  # noqa: PLC0415
    from app.services.sync.delivery_lines import DeliveryLine, delivery_lines  # noqa: PLC0415
    from app.services.sync.fill_outbox import fill_all  # noqa: PLC0415
    from app.services.sync.first_page import beyond  # noqa: PLC0415

    async def find(sync: "Sync", database: "Database") -> tuple[list[DeliveryLine], int]:
        await fill_all(database)
        wanted = DeliveryFilter(states=[DeliveryState.BLOCKED] if blocked else None)
        if upstream_id is not None:
            of = await sync.service.find(COMMAND, upstream_id)
            wanted = replace(wanted, upstream_id=of.id)
        request = PageRequest(Order("WANTED_AT"), MOST_LISTED)
        page = await sync.outbox.deliveries(COMMAND, wanted, request)
        more = await beyond(page, lambda: sync.outbox.count_deliveries(COMMAND, wanted))
        return await delivery_lines(database, page.items), more

    (lines, more), at = with_sync(database_url, find), now()
    nothing = "Nothing was refused." if blocked else "Nothing waits."
    echo_list(HEADINGS, [_cells(each, at) for each in lines], more, nothing=nothing)


def _cells(line: "DeliveryLine", now: datetime) -> tuple[str, ...]:
    from app.domain.identifiers import Kind, node_id  # noqa: PLC0415

    delivery = line.delivery
    return (
        node_id(Kind.DELIVERY, delivery.id),
        line.upstream.api.value,
        on_one_line(line.whose),
        line.when,
        delivery.state.value,
        ago(delivery.wanted_at, now),
        str(line.tries),
        on_one_line(line.why(now)),
    )
