"""`timeoff upstreams`, `timeoff sync`, `timeoff rotate-sync-keys`: how connected systems do."""

import asyncio
import sys
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

import click

from app.command_line import ago, database_option, echo_table, progress_bars
from app.connect_command import with_sync

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.db.connections.database import Database
    from app.domain.sync.upstreams import Upstream
    from app.domain.sync.waiting import Waiting
    from app.progress import Progress
    from app.services.sync.lines import UpstreamLine
    from app.sync import Sync

HEADINGS: Final = (
    "ID",
    "SYSTEM",
    "COMPANY",
    "STATE",
    "DIRECTION",
    "LAST READ",
    "PROBLEMS",
    "WAITING",
    "REFUSED",
    "CONFLICTS",
    "FAILURES",
)
LOOK_SECONDS: Final = 0.2


@click.command(short_help="List the connected systems, and how they do.")
@click.option(
    "--check", is_flag=True, help="Exit with 1 if one needs somebody, or lags, and say why."
)
@click.option(
    "--max-lag",
    type=click.IntRange(1),
    metavar="MINUTES",
    help="With --check: one lags that was last read so long ago.",
)
@database_option
def upstreams(database_url: str | None, *, check: bool, max_lag: int | None) -> None:
    """List the connected systems: state, direction, last read, what waits or was refused.

    NEEDS_CREDENTIALS and NEEDS_REVIEW wait for somebody, and so do days that were refused
    and conflicts; docs/sync.md says what to do.
    """
    if max_lag is not None and not check:
        raise click.UsageError("--max-lag goes with --check.")

    from app.clock import now  # noqa: PLC0415
    from app.services.caller import COMMAND  # noqa: PLC0415
    from app.services.sync.fill_outbox import fill_all  # noqa: PLC0415
    from app.services.sync.lines import UpstreamLine, lines_of, not_carried  # noqa: PLC0415

    async def find(sync: "Sync", database: "Database") -> tuple[list[UpstreamLine], list[str]]:
        await fill_all(database)
        lines = await lines_of(database, await sync.service.list_of(COMMAND))
        return lines, await not_carried(database)

    (lines, carried), at = with_sync(database_url, find), now()
    if lines:
        echo_table([HEADINGS, *(_cells(each, at) for each in lines)])
    else:
        click.echo("No system is connected; `timeoff connect` does.", err=True)
    if check:
        most_lag = None if max_lag is None else timedelta(minutes=max_lag)
        _end_with_needs(lines, carried, at, most_lag)


def _end_with_needs(
    lines: "Sequence[UpstreamLine]",
    carried: "Sequence[str]",
    now: datetime,
    most_lag: timedelta | None,
) -> None:
    """Say what somebody has to do, and end with 1 if that is anything."""
    from app.domain.sync.refusals import SYSTEMS  # noqa: PLC0415

    needs = [
        f"{SYSTEMS[line.upstream.api]} of {line.company}: {each}"
        for line in lines
        for each in line.needs(now, most_lag)
    ]
    for each in (*needs, *carried):
        click.echo(f"{each}.", err=True)
    if needs or carried:
        sys.exit(1)


def _cells(line: "UpstreamLine", now: datetime) -> tuple[str, ...]:
    from app.domain.identifiers import Kind, node_id  # noqa: PLC0415

    upstream, waiting = line.upstream, line.waiting
    reason = f" ({upstream.state_reason})" if upstream.state_reason else ""
    return (
        node_id(Kind.UPSTREAM, upstream.id),
        upstream.api.value,
        line.company,
        f"{upstream.state.value}{reason}",
        upstream.direction.value,
        ago(upstream.last_read_at, now),
        str(line.problems),
        str(waiting.in_line),
        str(waiting.blocked),
        str(waiting.conflicts),
        str(upstream.failures),
    )


@click.command(short_help="Read connected systems now, and write what waits.")
@click.option("--once", is_flag=True, help="Read what was changed, write what waits, then end.")
@click.option("--full", is_flag=True, help="Read the whole window, which finds what was deleted.")
@click.option("--upstream", "id_", metavar="ID", help="Only this one; default: all.")
@database_option
def sync(id_: str | None, database_url: str | None, *, once: bool, full: bool) -> None:
    """Read the connected systems now, write what waits, and wait until that is done.

    The server does so by itself. Where one is running on the same database, it is asked to.
    Exits with 1 where one could not be read.
    """
    if not once:
        raise click.UsageError("`timeoff serve` reads by itself; --once reads now.")

    from app.services.sync.lines import UpstreamLine, lines_of  # noqa: PLC0415

    async def read(sync: "Sync", database: "Database") -> list[UpstreamLine]:
        with progress_bars() as progress:
            ended = await _read(sync, database, progress, id_, full=full)
        return await lines_of(database, ended)

    is_unread = False
    for line in with_sync(database_url, read):
        upstream = line.upstream
        read_at, reason = upstream.last_read_at, upstream.state_reason
        told = f"last read {read_at:%Y-%m-%d %H:%M} UTC" if read_at else "not read yet"
        why = f", {reason}" if reason else ""
        left = _left(line.waiting)
        click.echo(f"{upstream.api.value}, account {upstream.account_key}: {told}{why}{left}.")
        is_unread |= upstream.wanted is not None or not upstream.is_at_work
    sys.exit(1 if is_unread else 0)


def _left(waiting: "Waiting") -> str:
    """Say what is not written; nothing where all is."""
    told = (
        (waiting.in_line, "still to be written"),
        (waiting.blocked, "refused"),
        (waiting.conflicts, "to be decided"),
    )
    return "".join(f"; {count:,} {what}" for count, what in told if count)


async def _read(
    sync: "Sync", database: "Database", progress: "Progress", id_: str | None, *, full: bool
) -> list["Upstream"]:
    """Ask for a pass of each, and return them as they are when that is over."""
    from app.domain.identifiers import Kind, node_id  # noqa: PLC0415
    from app.services.caller import COMMAND  # noqa: PLC0415
    from app.services.sync.lines import lines_of  # noqa: PLC0415

    found = await sync.service.list_of(COMMAND)
    chosen = [each for each in found if id_ is not None or each.is_at_work]
    ids = [node_id(Kind.UPSTREAM, each.id) for each in chosen] if id_ is None else [id_]
    wanted = [await sync.service.read_soon(COMMAND, each, whole=full) for each in ids]
    names = {each.upstream.id: each.company for each in await lines_of(database, wanted)}
    ended: list[Upstream] = []
    async with sync.driving():
        for each in wanted:
            ended.append(await _await(database, each, names[each.id], progress))  # noqa: PERF401
    return ended


async def _await(
    database: "Database", asked: "Upstream", name: str, progress: "Progress"
) -> "Upstream":
    """Wait for the pass that was asked for, or for a request that fails, and show how far it is.

    What is to be written is waited for, too. What had failed before is tried once more.
    """
    from app.clock import now  # noqa: PLC0415
    from app.domain.sync.refusals import SYSTEMS  # noqa: PLC0415
    from app.services.sync.lines import is_writing, progress_of  # noqa: PLC0415

    progress(f"Reading {SYSTEMS[asked.api]} of {name}.")
    while True:
        upstream, run = await progress_of(database, asked.id, now().date())
        if upstream is None:
            return asked
        has_failed = upstream.failures not in {0, asked.failures}
        if has_failed or not upstream.is_at_work:
            return upstream
        if upstream.wanted is None and not await is_writing(database, upstream, now()):
            return upstream
        if run is not None:
            progress(f"{name}: {run.what}", run.done, run.total)
        await asyncio.sleep(LOOK_SECONDS)


@click.command("rotate-sync-keys", short_help="Seal credentials of connected systems anew.")
@database_option
def rotate_sync_keys(database_url: str | None) -> None:
    """Seal all credentials with the first of TIMEOFF_SYNC_KEYS; then drop the others there.

    Without that setting the key beside the SQLite database is made anew.
    """
    from app.services.sync.resealing import Resealed, reseal  # noqa: PLC0415

    async def do(sync: "Sync", database: "Database") -> Resealed:
        return await reseal(database, sync.keys)

    done = with_sync(database_url, do)
    click.echo(f"{len(done.renewed)} sealed anew.")
    if done.lost:
        ids = ", ".join(each.id for each in done.lost)
        raise click.ClickException(
            f"No key opens the credentials of {ids}: add the key that sealed them, or give them "
            "again (replaceUpstreamCredentials)."
        )


COMMANDS: Final = (upstreams, sync, rotate_sync_keys)
