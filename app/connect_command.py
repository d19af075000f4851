"""`timeoff connect` and `timeoff disconnect`: vendor accounts, from the server's machine."""

import sys
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import click

from app.command_line import database_option, read_settings
from app.people_command import run_by_settings

if TYPE_CHECKING:
    from app.db.connections.database import Database
    from app.domain.sync.conflicts import ConflictPolicy
    from app.domain.sync.upstreams import SyncDirection, Upstream, Window
    from app.services.access.events import AccessEvents
    from app.services.sync.commands import ConnectUpstream
    from app.sync import Sync

Answer = TypeVar("Answer")
Command = Callable[..., None]

EXAMPLES = """\b
Examples:
    timeoff connect kantata --company 6f1c… --check-only
    timeoff connect kantata --company 6f1c… < token.txt
    timeoff connect kantata --company 6f1c… --direction two-way --conflict-policy ask
"""
EXAMPLES_OF_PROCORE = """\b
Examples:
    timeoff connect procore --company 6f1c… --account 562949953421312 --client-id 3vL… < secret.txt
    timeoff connect procore … --direction two-way --conflict-policy ask < secret.txt
"""


def _window_options(command: Command) -> Command:
    """Have a command ask where the API is, and which days are read: it is given a ``window``."""

    @wraps(command)
    def windowed(*, days_back: int | None, days_ahead: int | None, **given: Any) -> None:  # noqa: ANN401 - what click has read
        command(window=_window(days_back, days_ahead), **given)

    asking: Command = windowed
    for option in (
        click.option("--days-ahead", type=click.IntRange(0), help="How far ahead [default: 730]."),
        click.option(
            "--days-back", type=click.IntRange(0), help="How far back it is read [default: 90]."
        ),
        click.option(
            "--base-url", metavar="URL", help="Where its API is; default: the vendor's own."
        ),
    ):
        asking = option(asking)
    return asking


class Writing(NamedTuple):
    """Who may change time off, and whose version holds where both sides have."""

    direction: "SyncDirection"
    conflict_policy: "ConflictPolicy"


def _writing_options(command: Command) -> Command:
    """Have a command ask who may change time off: it is given as ``writing``."""

    @wraps(command)
    def with_writing(*, direction: str, conflict_policy: str, **given: Any) -> None:  # noqa: ANN401 - what click has read
        from app.domain.sync.conflicts import ConflictPolicy  # noqa: PLC0415
        from app.domain.sync.upstreams import SyncDirection  # noqa: PLC0415

        direction, policy = (
            each.upper().replace("-", "_") for each in (direction, conflict_policy)
        )
        command(writing=Writing(SyncDirection[direction], ConflictPolicy[policy]), **given)

    policy = click.option(
        "--conflict-policy",
        type=click.Choice(["vendor-wins", "gateway-wins", "ask"]),
        default="vendor-wins",
        show_default=True,
        help="Whose version holds where both sides have changed the same.",
    )
    direction = click.option(
        "--direction",
        type=click.Choice(["read-only", "two-way"]),
        default="read-only",
        show_default=True,
        help="two-way: what is changed here is written there as well.",
    )
    return direction(policy(with_writing))


@click.group("connect", short_help="Connect a company's account of a vendor.")
def connect() -> None:
    """Connect a company's account of a vendor, to be read from then on: docs/sync.md.

    With --direction two-way it is written as well.
    """


@connect.command(epilog=EXAMPLES)
@click.option("--company", metavar="ID", required=True, help="Whose account it is.")
@click.option("--account", metavar="ID", help="Refuse a token that opens another account.")
@_window_options
@_writing_options
@click.option("--check-only", is_flag=True, help="Try the token, and store nothing.")
@database_option
def kantata(
    company: str,
    account: str | None,
    base_url: str | None,
    window: "Window",
    writing: "Writing",
    database_url: str | None,
    *,
    check_only: bool,
) -> None:
    """Connect an account of Kantata OX, once its token was tried.

    The token is asked for, or read from standard input: an argument would be seen by others
    of this machine.
    """
    from app.domain.sync.credentials import Credentials  # noqa: PLC0415
    from app.domain.sync.upstreams import UpstreamApi  # noqa: PLC0415
    from app.services.sync.commands import ConnectUpstream  # noqa: PLC0415

    command = ConnectUpstream(
        company,
        UpstreamApi.KANTATA_OX,
        Credentials(_read_secret("Access token")),
        base_url=base_url,
        account_key=account,
        direction=writing.direction,
        conflict_policy=writing.conflict_policy,
        window=window,
        dry_run=check_only,
    )

    _connect(database_url, command, "The token opens")


@connect.command(epilog=EXAMPLES_OF_PROCORE)
@click.option("--company", metavar="ID", required=True, help="Whose company it is.")
@click.option("--account", metavar="NUMBER", required=True, help="Its number in Procore.")
@click.option("--client-id", metavar="ID", required=True, help="The app's client id.")
@_window_options
@_writing_options
@click.option("--check-only", is_flag=True, help="Try the secret, and store nothing.")
@database_option
def procore(  # noqa: PLR0913 - each is an option of the command
    company: str,
    account: str,
    client_id: str,
    base_url: str | None,
    window: "Window",
    writing: Writing,
    database_url: str | None,
    *,
    check_only: bool,
) -> None:
    """Connect a company of Procore Workforce Planning, once the app's secret was tried.

    The client secret is asked for, or read from standard input: an argument would be seen by
    others of this machine.
    """
    from app.domain.sync.credentials import ClientCredentials  # noqa: PLC0415
    from app.domain.sync.upstreams import UpstreamApi  # noqa: PLC0415
    from app.services.sync.commands import ConnectUpstream  # noqa: PLC0415

    command = ConnectUpstream(
        company,
        UpstreamApi.PROCORE_REST,
        ClientCredentials(account, client_id, _read_secret("Client secret")),
        base_url=base_url,
        direction=writing.direction,
        conflict_policy=writing.conflict_policy,
        window=window,
        dry_run=check_only,
    )
    _connect(database_url, command, "The secret opens")


def _window(days_back: int | None, days_ahead: int | None) -> "Window":
    from app.domain.sync.upstreams import Window  # noqa: PLC0415

    usual = Window()
    return Window(
        usual.days_back if days_back is None else days_back,
        usual.days_ahead if days_ahead is None else days_ahead,
    )


def _connect(database_url: str | None, command: "ConnectUpstream", opens: str) -> None:
    from app.domain.identifiers import Kind, node_id  # noqa: PLC0415
    from app.services.caller import COMMAND  # noqa: PLC0415

    async def do(sync: "Sync", _: "Database") -> "Upstream":
        return await sync.service.connect(COMMAND, command)

    upstream = with_sync(database_url, do)
    if command.dry_run:
        click.echo(f"{opens} account {upstream.account_key}. Nothing is stored.")
        return
    click.echo(f"Connected: {node_id(Kind.UPSTREAM, upstream.id)}, account {upstream.account_key}.")
    click.echo("The server reads it from now on; `timeoff sync --once` reads it here.", err=True)
    if upstream.is_two_way:
        click.echo(
            "Everything is compared first. If anything would be written, somebody has to look "
            "before it is: `timeoff upstreams --check` says so.",
            err=True,
        )


def _read_secret(name: str) -> str:
    if sys.stdin.isatty():
        return str(click.prompt(name, hide_input=True, err=True)).strip()
    return sys.stdin.readline().strip()


@click.command(short_help="Disconnect an account; time off stays.")
@click.argument("id_", metavar="ID")
@click.option("--yes", is_flag=True, help="Do not ask.")
@database_option
def disconnect(id_: str, database_url: str | None, *, yes: bool) -> None:
    """Forget what opens the account ID of `timeoff upstreams`, and what it had; time off stays.

    From then on it can be written here.
    """
    from app.services.caller import COMMAND  # noqa: PLC0415

    if not yes:
        click.confirm("Forget its credentials now?", abort=True, err=True)

    async def do(sync: "Sync", _: "Database") -> None:
        await sync.service.disconnect(COMMAND, id_)

    with_sync(database_url, do)
    click.echo("Disconnected. Its time off stays, and can be written here.")


def with_sync(
    database_url: str | None, do: Callable[["Sync", "Database"], Awaitable[Answer]]
) -> Answer:
    """Do it with the connected systems of the database; a refusal ends the command."""
    settings = read_settings(database_url=database_url)

    async def run(database: "Database", events: "AccessEvents") -> Answer:
        from app.clock import now  # noqa: PLC0415
        from app.services.directory.service import DirectoryService  # noqa: PLC0415
        from app.sync import Sync  # noqa: PLC0415

        directory = DirectoryService(database, now)
        sync = Sync(database, directory, events, settings.sync_rules, logs=False)
        return await do(sync, database)

    return run_by_settings(settings, run)
