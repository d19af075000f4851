"""What `timeoff serve` makes sure of before it starts: somebody can sign in, and not everybody."""

from typing import TYPE_CHECKING

import click

from app.command_line import BadUsage, database_errors
from app.this_command import FIRST_TOKEN, command_for
from app.token_command import with_tokens

if TYPE_CHECKING:
    from app.services.access.tokens import TokenService
    from app.settings import Settings


def refuse_useless_token_file(settings: "Settings") -> None:
    """End with what is wrong with the file of the administrator's token, if there is to be one."""
    from app.authentication.admin_token_file import (  # noqa: PLC0415
        MIN_ADMIN_TOKEN_LENGTH,
        Unusable,
        read_admin_token,
    )

    file = settings.admin_token_file
    if file is None:
        return
    try:
        read_admin_token(file)
    except Unusable as fault:
        raise BadUsage(
            f"TIMEOFF_ADMIN_TOKEN_FILE: {file} {fault}; put a token of at least "
            f"{MIN_ADMIN_TOKEN_LENGTH} characters into it, such as `openssl rand -hex 32` prints, "
            "or unset the variable."
        ) from None


def refuse_useless_documents_file(settings: "Settings") -> None:
    """End with what is wrong with the file of trusted documents, if there is to be one."""
    from graphql_schema.http.documents import read_trusted_documents  # noqa: PLC0415

    file = settings.trusted_documents_file
    if file is None:
        return
    try:
        read_trusted_documents(file)
    except OSError as fault:
        reason = f"cannot be read: {fault.strerror}."
    except ValueError:
        reason = "is no JSON object of documents by id, as Relay and graphql-codegen write it."
    else:
        return
    raise BadUsage(f"TIMEOFF_TRUSTED_DOCUMENTS_FILE: {file} {reason}")


def refuse_to_be_open(settings: "Settings") -> None:
    """End with the command to type, where nobody could sign in, or everybody could come in."""
    from app.settings import Auth  # noqa: PLC0415

    if settings.auth is Auth.OFF or settings.may_be_open:
        return
    if settings.admin_token_file or settings.oidc_issuer:
        return

    async def lack(tokens: "TokenService", _: object) -> str | None:
        if await tokens.is_any_live():
            return None
        return "every token is revoked or expired" if await tokens.is_any() else "no token yet"

    with database_errors(settings):
        lacking = with_tokens(settings, lack)
    if lacking:
        place = f"[{settings.host}]" if ":" in settings.host else settings.host
        raise click.ClickException(
            f"Nobody could sign in at {place}:{settings.port} ({lacking}): make a token with "
            f"{command_for(settings, FIRST_TOKEN)}, then start again."
        )


def refuse_other_replica(settings: "Settings") -> None:
    """End with what is wrong with the replica, if there is to be one.

    One that does not answer now may do so later: until then queries are read from the database.
    """
    import asyncio  # noqa: PLC0415

    from app.db.availability.outages import outage_of  # noqa: PLC0415
    from app.db.availability.unusable import DatabaseUnusable, why_unusable  # noqa: PLC0415
    from app.db.connections.replica import refuse_other  # noqa: PLC0415
    from app.db.connections.url import shown_url  # noqa: PLC0415

    url = settings.read_database_url
    if url is None:
        return
    try:
        asyncio.run(refuse_other(url, settings.database_url, settings.database_limits))
    except Exception as error:
        reason = why_unusable(error, url)
        if reason is None:
            raise
        said = f"TIMEOFF_READ_DATABASE_URL: {shown_url(url)} cannot be used. {reason}"
        cause = outage_of(error.__cause__ or error) or ""
        if isinstance(error, DatabaseUnusable) or cause.startswith(("SQLSTATE 28", "SQLSTATE 3D")):
            raise click.ClickException(said) from None
        click.echo(f"Warning: {said}\nUntil it can, all is read from the database.", err=True)
