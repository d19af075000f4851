"""`timeoff pause-upstream`, `resume-upstream`, `update-upstream`: one connected system."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Final

import click

from app.command_line import database_option
from app.connect_command import with_sync

if TYPE_CHECKING:
    from app.db.connections.database import Database
    from app.domain.sync.upstreams import Upstream
    from app.services.sync.commands import UpdateUpstream
    from app.services.sync.service import UpstreamService
    from app.sync import Sync

Do = Callable[["UpstreamService"], Awaitable["Upstream"]]

CONFIRMED: Final = {
    "MASS_DELETION": "Have all be deleted here that is listed as gone from there?",
    "FIRST_WRITE": "Have all be written there that `timeoff deliveries` lists?",
    "FLAPPING": "Have days be written there again that another program has changed back?",
}
EXAMPLES = """\b
Examples:
    timeoff update-upstream VXBzdHJlYW06… --direction two-way --conflict-policy ask
    timeoff update-upstream VXBzdHJlYW06… --days-back 30
"""


@click.command("pause-upstream", short_help="Ask a connected system nothing until it is resumed.")
@click.argument("id_", metavar="ID")
@database_option
def pause(id_: str, database_url: str | None) -> None:
    """Have the system ID of `timeoff upstreams` be asked nothing, and written nothing.

    What is changed here meanwhile waits.
    """
    from app.services.caller import COMMAND  # noqa: PLC0415

    _changed(database_url, lambda service: service.pause(COMMAND, id_))
    click.echo("Paused.")


@click.command("resume-upstream", short_help="Go on with a system that is paused or held back.")
@click.argument("id_", metavar="ID")
@click.option("--yes", is_flag=True, help="Do not ask.")
@database_option
def resume(id_: str, database_url: str | None, *, yes: bool) -> None:
    """Go on with the system ID of `timeoff upstreams`, which is paused or waits.

    Of one in NEEDS_REVIEW it approves what it was held back for, and nothing else: what is
    deleted here, or written there. docs/sync.md says how to look at that before.
    """
    from app.domain.sync.upstreams import UpstreamState  # noqa: PLC0415
    from app.services.caller import COMMAND  # noqa: PLC0415

    if not yes:
        held = _changed(database_url, lambda service: service.find(COMMAND, id_))
        question = CONFIRMED.get(held.state_reason or "", "Go on?")
        if held.state is UpstreamState.NEEDS_REVIEW:
            click.confirm(question, abort=True, err=True)
    _changed(database_url, lambda service: service.resume(COMMAND, id_))
    click.echo("Resumed.")
    _tell_when()


@click.command(
    "update-upstream",
    epilog=EXAMPLES,
    short_help="Change who may write, whose version holds, or the window.",
)
@click.argument("id_", metavar="ID")
@click.option(
    "--direction",
    type=click.Choice(["read-only", "two-way"]),
    help="two-way: what is changed here is written there as well.",
)
@click.option(
    "--conflict-policy",
    type=click.Choice(["vendor-wins", "gateway-wins", "ask"]),
    help="Whose version holds where both sides have changed the same.",
)
@click.option("--days-back", type=click.IntRange(0), help="How far back it is read.")
@click.option("--days-ahead", type=click.IntRange(0), help="How far ahead.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@database_option
def update(
    id_: str,
    direction: str | None,
    conflict_policy: str | None,
    days_back: int | None,
    days_ahead: int | None,
    database_url: str | None,
    *,
    yes: bool,
) -> None:
    """Change the system ID of `timeoff upstreams`; what is left out stays.

    Written to for the first time, everything is compared, and somebody looks before anything
    is written. Written to no more, what waits is forgotten, and the system's version holds.
    """
    from app.services.caller import COMMAND  # noqa: PLC0415

    command = _command(id_, direction, conflict_policy, days_back, days_ahead)
    if direction == "read-only" and not yes:
        click.confirm("Forget what waits to be written there?", abort=True, err=True)
    after = _changed(database_url, lambda service: service.update(COMMAND, command))
    window = after.window
    click.echo(
        f"{after.direction.value}, {after.conflict_policy.value}, "
        f"{window.days_back:,} days back and {window.days_ahead:,} ahead."
    )
    _tell_when()


def _command(
    id_: str,
    direction: str | None,
    conflict_policy: str | None,
    days_back: int | None,
    days_ahead: int | None,
) -> "UpdateUpstream":
    """Return what is asked for, or raise UsageError where nothing is."""
    from app.domain.sync.conflicts import ConflictPolicy  # noqa: PLC0415
    from app.domain.sync.upstreams import SyncDirection  # noqa: PLC0415
    from app.services.sync.commands import UpdateUpstream  # noqa: PLC0415

    if all(each is None for each in (direction, conflict_policy, days_back, days_ahead)):
        raise click.UsageError("Say what is to be otherwise.")
    return UpdateUpstream(
        id_,
        days_back,
        days_ahead,
        None if direction is None else SyncDirection[_member(direction)],
        None if conflict_policy is None else ConflictPolicy[_member(conflict_policy)],
    )


def _member(choice: str) -> str:
    return choice.upper().replace("-", "_")


def _changed(database_url: str | None, do: Do) -> "Upstream":
    """Do it with the service of connected systems, and return what became of the system."""

    async def change(sync: "Sync", _: "Database") -> "Upstream":
        return await do(sync.service)

    return with_sync(database_url, change)


def _tell_when() -> None:
    click.echo("The server does so within seconds; `timeoff sync --once` does it here.", err=True)


COMMANDS: Final = (pause, resume, update)
