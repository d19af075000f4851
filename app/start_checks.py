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
