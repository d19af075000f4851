"""The forms of our pages by which people change something: buttons, and what they send."""

from collections.abc import Mapping
from email.message import Message
from html import escape
from typing import Final
from urllib.parse import parse_qsl

from starlette.requests import Request

from app.edge.same_origin import is_same_origin
from app.http_json import Unreadable, read_body
from app.places import PLACE, write_in
from app.web.words import SignInWords

FORM: Final = "application/x-www-form-urlencoded"
MOST_BYTES: Final = 8_192
MOST_FIELDS: Final = 8
_NO_FORM: Final = "This is no form of ours."


class FormRefused(Exception):
    """A form that changes nothing: why, as people are told."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


def button_form(
    address: str, fields: Mapping[str, str], text: str, *, style: str = "", heard: str = ""
) -> str:
    """Return the markup of a form that is one button.

    ``heard`` is what is read out in place of the text, where that alone would not say of what.
    """
    hidden = "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">'
        for name, value in fields.items()
    )
    label = f' aria-label="{escape(heard)}"' if heard else ""
    return (
        f'<form method="post" action="{escape(address)}" class="{style}">{hidden}'
        f'<button class="quiet"{label}>{escape(text)}</button></form>'
    )


async def take_form(request: Request, said: SignInWords) -> dict[str, str]:
    """Return what a page of ours has sent, in the place of a writer.

    Raises FormRefused for what another site has a browser send, and for what is no form; Busy.
    """
    if not is_same_origin(request.scope):
        raise FormRefused(said.not_ours, 403)
    try:
        form = await read_form(request)
    except Unreadable as error:
        raise FormRefused(said.not_readable, error.status) from None
    await write_in(request.scope.get(PLACE))
    return form


async def read_form(request: Request) -> dict[str, str]:
    """Return the fields of a form, each once. Raises Unreadable, which repeats nothing of it."""
    message = Message()
    message["content-type"] = request.headers.get("content-type", "")
    if message.get_content_type() != FORM or request.headers.get("content-encoding"):
        raise Unreadable(f"A form is sent as {FORM}.", 415)
    body = await read_body(request, MOST_BYTES)
    try:
        fields = parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=bool(body),
            errors="strict",
            max_num_fields=MOST_FIELDS,
        )
    except ValueError:
        raise Unreadable(_NO_FORM) from None
    form = dict(fields)
    if len(form) != len(fields):
        raise Unreadable(_NO_FORM)
    return form
