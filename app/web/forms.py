"""What the forms of our pages send."""

from email.message import Message
from typing import Final
from urllib.parse import parse_qsl

from starlette.requests import Request

from app.http_json import Unreadable, read_body

FORM: Final = "application/x-www-form-urlencoded"
MOST_BYTES: Final = 8_192
MOST_FIELDS: Final = 8
_NO_FORM: Final = "This is no form of ours."


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
