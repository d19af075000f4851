"""`timeoff conflicts`: what both sides have changed, and whose version holds."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Final

import click

from app.command_line import MOST_LISTED, ago, database_option, echo_list, on_one_line
from app.connect_command import with_sync

if TYPE_CHECKING:
    from app.db.connections.database import Database
    from app.services.sync.conflict_lines import ConflictLine
    from app.sync import Sync

HEADINGS: Final = ("ID", "SYSTEM", "WHOSE", "DAY", "SINCE", "HERE", "THERE", "BEFORE")
KEPT: Final = {"ours": "GATEWAY", "theirs": "VENDOR"}
EXAMPLES = """\b
Examples:
    timeoff conflicts
    timeoff conflicts --keep theirs U3luY0NvbmZsaWN0Om… U3luY0NvbmZsaWN0Om…
"""


@click.command(epilog=EXAMPLES, short_help="List what both sides have changed, and decide it.")
@click.argument("ids", metavar="[ID]...", nargs=-1)
@click.option("--keep", type=click.Choice([*KEPT]), help="Whose version holds in the IDs named.")
@click.option("--upstream", "upstream_id", metavar="ID", help="Only of this one; default: all.")
@database_option
def conflicts(
    ids: tuple[str, ...], keep: str | None, upstream_id: str | None, database_url: str | None
) -> None:
    """List conflicts that somebody is to decide, the oldest first, or decide those named.

    HERE is what the gateway has, THERE what the connected system has, BEFORE what both had
    last agreed on. With --keep ours what is here is written there, with --keep theirs what
    is there is taken. docs/sync.md tells more.
    """
    if bool(ids) != (keep is not None):
        raise click.UsageError("--keep goes with the IDs of conflicts.")
    if keep is None:
        _list(database_url, upstream_id)
        return
    if upstream_id is not None:
        raise click.UsageError("--upstream only lists.")
    _decide(database_url, ids, keep)
    click.echo(f"Decided: {len(dict.fromkeys(ids)):,}.")
    click.echo("The server does so within seconds; `timeoff sync --once` does it here.", err=True)


def _decide(database_url: str | None, ids: Sequence[str], keep: str) -> None:
    """Decide one after the other; the first that cannot be ends it, and those before it hold."""
    from app.domain.errors import Refused, TimeOffError  # noqa: PLC0415
    from app.domain.sync.conflicts import SyncSide  # noqa: PLC0415
    from app.services.caller import COMMAND  # noqa: PLC0415

    async def do(sync: "Sync", _: "Database") -> None:
        for count, id_ in enumerate(dict.fromkeys(ids)):
            try:
                await sync.outbox.resolve(COMMAND, id_, SyncSide[KEPT[keep]])
            except (Refused, TimeOffError) as refusal:
                error = refusal.errors[0] if isinstance(refusal, Refused) else refusal
                before = f" Decided before it: {count:,}." if count else ""
                raise click.ClickException(f"{id_}: {error.message}{before}") from None

    with_sync(database_url, do)


def _list(database_url: str | None, upstream_id: str | None) -> None:
    from app.clock import now  # noqa: PLC0415
    from app.domain.paging import Order, PageRequest  # noqa: PLC0415
    from app.domain.sync.conflicts import SyncConflictFilter  # noqa: PLC0415
    from app.services.caller import COMMAND  # noqa: PLC0415
    from app.services.sync.conflict_lines import ConflictLine, conflict_lines  # noqa: PLC0415
    from app.services.sync.first_page import beyond  # noqa: PLC0415

    async def find(sync: "Sync", database: "Database") -> tuple[list[ConflictLine], int]:
        wanted = SyncConflictFilter(is_open=True)
        if upstream_id is not None:
            of = await sync.service.find(COMMAND, upstream_id)
            wanted = replace(wanted, upstream_id=of.id)
        request = PageRequest(Order("OPENED_AT"), MOST_LISTED)
        page = await sync.outbox.conflicts(COMMAND, wanted, request)
        more = await beyond(page, lambda: sync.outbox.count_conflicts(COMMAND, wanted))
        return await conflict_lines(database, page.items), more

    (lines, more), at = with_sync(database_url, find), now()
    echo_list(
        HEADINGS, [_cells(each, at) for each in lines], more, nothing="Nothing is to be decided."
    )


def _cells(line: "ConflictLine", now: datetime) -> tuple[str, ...]:
    from app.domain.identifiers import Kind, node_id  # noqa: PLC0415

    return (
        node_id(Kind.SYNC_CONFLICT, line.conflict.id),
        line.upstream.api.value,
        on_one_line(line.whose),
        line.when,
        ago(line.conflict.opened_at, now),
        *line.versions,
    )
