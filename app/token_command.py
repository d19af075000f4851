"""`timeoff token`: making, listing, rotating and revoking API tokens on the server's machine."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, time
from typing import TYPE_CHECKING, Any, TypeVar

import click

from app.command_line import (
    database_errors,
    database_option,
    make_missing_file,
    progress_bars,
    read_settings,
    require_current_schema,
)

if TYPE_CHECKING:
    from app.domain.access_tokens import AccessToken
    from app.services.access.tokens import CreateToken, TokenService
    from app.settings import Settings

Answer = TypeVar("Answer")

CREATE_EXAMPLES = """\b
Examples:
    timeoff token create me --role admin
    timeoff token create hr-sync --role integration --company 6f1c… --expires 2027-06-30
    timeoff token create ada --role employee --worker V29ya2VyOlU0MDE=
"""

ROLES = ("viewer", "employee", "planner", "hr", "integration", "admin")
"""Written out, as importing them would make --help slow; a test compares them."""


@click.group("token", short_help="Make, list, rotate and revoke API tokens.")
def token() -> None:
    """Make, list, rotate and revoke API tokens.

    Whoever calls the gateway sends one: Authorization: Bearer <token>. docs/access.md says
    what each role may do.
    """


@token.command(epilog=CREATE_EXAMPLES)
@click.argument("name")
@click.option(
    "--role",
    type=click.Choice(ROLES, case_sensitive=False),
    required=True,
    help="What it may do.",
)
@click.option("--allow", metavar="PERMISSION", multiple=True, help="Also this; may be repeated.")
@click.option("--deny", metavar="PERMISSION", multiple=True, help="But not this; may be repeated.")
@click.option(
    "--company",
    metavar="ID",
    multiple=True,
    help="Only this company; may be repeated. Default: all companies.",
)
@click.option("--worker", metavar="ID", help="Whose own time off it is for: a worker's id.")
@click.option(
    "--expires", metavar="DAY|never", help="Last day, or never; default: a year from now."
)
@database_option
def create(name: str, database_url: str | None, **wish: Any) -> None:  # noqa: ANN401 - as parsed
    """Make a token called NAME, and print it. It is shown this once and kept nowhere."""
    command = _read(name, **wish)
    issued = _run(database_url, lambda tokens, caller: tokens.create(caller, command))
    click.echo(f"{_line(issued.token)}\nIt is shown this once:", err=True)
    click.echo(issued.text)


def _read(
    name: str,
    *,
    role: str,
    allow: tuple[str, ...],
    deny: tuple[str, ...],
    company: tuple[str, ...],
    worker: str | None,
    expires: str | None,
) -> "CreateToken":
    """Return the token that the options describe."""
    from app.domain.access import AccessRole, Permission  # noqa: PLC0415
    from app.services.access.tokens import CreateToken  # noqa: PLC0415

    try:
        added, taken = ([Permission(each.upper()) for each in given] for given in (allow, deny))
    except ValueError as unknown:
        known = ", ".join(Permission)
        raise click.UsageError(f"{unknown}. Permissions: {known}") from None
    return CreateToken(
        name=name,
        role=AccessRole[role.upper()],
        added=added,
        taken=taken,
        companies=company or None,
        worker_id=worker,
        expires_at=None if expires in {None, "never"} else _end_of_day(str(expires)),
        never_expires=expires == "never",
    )


@token.command("list")
@database_option
def list_tokens(database_url: str | None) -> None:
    """List all tokens, the newest first; no secret is among what is printed."""
    for each in _run(database_url, lambda tokens, caller: tokens.list_all(caller)):
        click.echo(_line(each))


@token.command()
@click.argument("id_", metavar="ID")
@database_option
def rotate(id_: str, database_url: str | None) -> None:
    """Give the token a new secret and print it. The one before works for another 24 hours."""
    issued = _run(database_url, lambda tokens, caller: tokens.rotate(caller, id_))
    click.echo(f"{_line(issued.token)}\nIt is shown this once:", err=True)
    click.echo(issued.text)


@token.command()
@click.argument("id_", metavar="ID")
@database_option
def revoke(id_: str, database_url: str | None) -> None:
    """Let the token open nothing any more: within 5 seconds, in every process."""
    click.echo(_line(_run(database_url, lambda tokens, caller: tokens.revoke(caller, id_))))


def _run(
    database_url: str | None, do: Callable[["TokenService", Any], Awaitable[Answer]]
) -> Answer:
    """Do it on the database; a refusal ends the command with a line for each reason."""
    settings = read_settings(database_url=database_url)

    from app.domain.errors import Refused, TimeOffError  # noqa: PLC0415

    with progress_bars() as progress, database_errors(settings):
        make_missing_file(settings, progress)
        require_current_schema(settings)
        try:
            return with_tokens(settings, do)
        except (Refused, TimeOffError) as refusal:
            errors = refusal.errors if isinstance(refusal, Refused) else [refusal]
            raise click.ClickException("\n".join(each.message for each in errors)) from None


def with_tokens(
    settings: "Settings", do: Callable[["TokenService", Any], Awaitable[Answer]]
) -> Answer:
    """Do it with the tokens of the database, as the command's caller; no schema is made here."""
    from app.clock import now  # noqa: PLC0415
    from app.db.connections.database import Database  # noqa: PLC0415
    from app.services.access.events import AccessEvents  # noqa: PLC0415
    from app.services.access.tokens import TokenService  # noqa: PLC0415
    from app.services.caller import COMMAND  # noqa: PLC0415

    async def run() -> Answer:
        database = Database(settings.database_url)
        try:
            events = AccessEvents(database, now)
            return await do(TokenService(database, now, events), COMMAND)
        finally:
            await database.close()

    return asyncio.run(run())


def _end_of_day(text: str) -> datetime:
    try:
        day = datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC).date()
    except ValueError:
        raise click.UsageError("--expires is a day such as 2027-06-30, or never.") from None
    return datetime.combine(day, time(23, 59, 59), UTC)


def _line(token: "AccessToken") -> str:
    state = (
        f"revoked {token.revoked_at:%Y-%m-%d}"
        if token.revoked_at
        else f"until {token.expires_at:%Y-%m-%d}"
        if token.expires_at
        else "never expires"
    )
    used = f"last used {token.last_used_at:%Y-%m-%d %H:%M}" if token.last_used_at else "not used"
    companies = "all companies" if token.companies is None else ", ".join(sorted(token.companies))
    more = [
        *(f"+{each.value}" for each in sorted(token.added)),
        *(f"-{each.value}" for each in sorted(token.taken)),
    ]
    role = " ".join([token.role.value.lower(), *more])
    return f"{token.id}  {token.name}  {role}  {companies}  {state}  {used}"
