"""`timeoff token`: making, listing, rotating and revoking API tokens on the server's machine."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, time
from typing import TYPE_CHECKING, Any, TypeVar

import click

from app.command_line import (
    EMPTY,
    database_errors,
    database_option,
    make_missing_file,
    progress_bars,
    read_settings,
    require_current_schema,
)

if TYPE_CHECKING:
    from app.domain.access_tokens import AccessToken
    from app.domain.errors import TimeOffError
    from app.services.access.token_words import TokenWords
    from app.services.access.tokens import CreateToken, IssuedToken, TokenService
    from app.services.caller import Caller
    from app.settings import Settings

Answer = TypeVar("Answer")

CREATE_EXAMPLES = """\b
Examples:
    timeoff token create me --role admin
    timeoff token create hr-sync --role integration --company 6f1c… --expires 2027-06-30
    timeoff token create ada --role employee --worker ada@example.com
"""

ROLES = ("viewer", "employee", "planner", "hr", "integration", "admin")
"""Written out, as importing them would make --help slow; a test compares them."""

WHERE_WORKERS_ARE = (
    "The query { workers { nodes { id fullName email } } } finds workers' ids; the e-mail address "
    "will do where one worker alone has it."
)


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
@click.option(
    "--worker",
    metavar="ID|EMAIL",
    help="Whose own time off it is for: a worker's id or e-mail address.",
)
@click.option(
    "--expires", metavar="DAY|never", help="Last day, or never; default: a year from now."
)
@database_option
def create(name: str, database_url: str | None, **wish: Any) -> None:  # noqa: ANN401 - as parsed
    """Make a token called NAME, and print it. It is shown this once and kept nowhere."""
    command = _read(name, **wish)

    async def make(tokens: "TokenService", caller: "Caller") -> tuple["IssuedToken", str]:
        issued = await tokens.create(caller, await _with_worker(tokens, command))
        (line,) = await _lines(tokens, [issued.token])
        return issued, line

    issued, line = _run(database_url, make)
    _show(issued, line)
    if issued.token.is_for_nobody:
        click.echo("Warning: without --worker it may write nobody's time off.", err=True)


async def _with_worker(tokens: "TokenService", command: "CreateToken") -> "CreateToken":
    """Return the command with the worker's id, also if it names the worker by e-mail."""
    from app.domain.errors import InvalidValue  # noqa: PLC0415
    from app.services.access.token_words import worker_of_email  # noqa: PLC0415

    given = command.worker_id
    if given is None or "@" not in given:
        return command
    found = await worker_of_email(tokens.database, command.companies, given)
    if found is None:
        msg = "No worker has this e-mail address, or several do."
        raise InvalidValue(msg, ("worker_id",))
    return replace(command, worker_id=found)


def _show(issued: "IssuedToken", line: str) -> None:
    click.echo(f"{line}\nIt is shown this once:", err=True)
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

    async def find(tokens: "TokenService", caller: "Caller") -> list[str]:
        return await _lines(tokens, await tokens.list_all(caller))

    for line in _run(database_url, find):
        click.echo(line)


@token.command()
@click.argument("id_", metavar="ID")
@database_option
def rotate(id_: str, database_url: str | None) -> None:
    """Give the token a new secret and print it. The one before works for another 24 hours.

    Another rotation within these 24 hours ends the first secret at once.
    """

    async def renew(tokens: "TokenService", caller: "Caller") -> tuple["IssuedToken", str]:
        issued = await tokens.rotate(caller, id_)
        (line,) = await _lines(tokens, [issued.token])
        return issued, line

    _show(*_run(database_url, renew))


@token.command()
@click.argument("id_", metavar="ID")
@database_option
def revoke(id_: str, database_url: str | None) -> None:
    """Let the token open nothing any more: within 5 seconds, in every process."""

    async def end(tokens: "TokenService", caller: "Caller") -> list[str]:
        return await _lines(tokens, [await tokens.revoke(caller, id_)])

    for line in _run(database_url, end):
        click.echo(line)


def _run(
    database_url: str | None, do: Callable[["TokenService", Any], Awaitable[Answer]]
) -> Answer:
    """Do it on the database; a refusal ends the command with a line for each reason."""
    settings = read_settings(database_url=database_url)

    from app.domain.errors import Refused, TimeOffError  # noqa: PLC0415

    with progress_bars() as progress, database_errors(settings):
        if make_missing_file(settings, progress):
            progress(EMPTY)
        require_current_schema(settings)
        try:
            return with_tokens(settings, do)
        except (Refused, TimeOffError) as refusal:
            errors = refusal.errors if isinstance(refusal, Refused) else [refusal]
            raise click.ClickException("\n".join(map(_complaint, errors))) from None


def _complaint(error: "TimeOffError") -> str:
    if error.path != ("worker_id",):
        return error.message
    return f"--worker: {error.message} {WHERE_WORKERS_ARE}"


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


async def _lines(tokens: "TokenService", found: "Sequence[AccessToken]") -> list[str]:
    from app.services.access.token_words import words_of  # noqa: PLC0415

    words = await words_of(tokens.database, found)
    return [_line(each, words) for each in found]


def _line(token: "AccessToken", words: "TokenWords") -> str:
    state = (
        f"revoked {token.revoked_at:%Y-%m-%d}"
        if token.revoked_at
        else f"until {token.expires_at:%Y-%m-%d}"
        if token.expires_at
        else "never expires"
    )
    used = f"last used {token.last_used_at:%Y-%m-%d %H:%M}" if token.last_used_at else "not used"
    more = [
        *(f"+{each.value}" for each in sorted(token.added)),
        *(f"-{each.value}" for each in sorted(token.taken)),
    ]
    role = " ".join([token.role.value.lower(), *more])
    parts = (
        token.id,
        token.name,
        role,
        words.companies_of(token),
        words.worker_of(token),
        state,
        used,
    )
    return "  ".join(part for part in parts if part)
