"""The one place where refusals become the vendors' error bodies."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, Protocol

from pydantic import Field, ValidationError
from pydantic_core import ErrorDetails

from app.domain.errors import InvalidValue, NotFound, Path, Refused, TimeOffError
from app.rest.wire import Answer

IDEMPOTENCY_KEY: Final = "Idempotency-Key"
_HEADERS: Final = {"idempotency_key": IDEMPOTENCY_KEY}
_ENTRIES: Final = ("time_off_entry", "time_off_entries")
_OUR_WORDS: Final = {
    "missing": "This is required.",
    "model_type": "Input should be a JSON object.",
}
"""Instead of pydantic's, which name Python's types or leave the reason out."""


@dataclass(frozen=True, slots=True)
class Complaint:
    """Why a request was refused, and where; ``path`` is None for the request as a whole.

    ``is_of_sender``: for who sent it, whatever it asks for.
    """

    message: str
    path: Path | None = None
    is_of_sender: bool = False


class ErrorStyle(Protocol):
    """How a vendor writes errors."""

    model: type[Answer]

    def body(self, complaints: Sequence[Complaint]) -> Answer:
        """Return the answer's body, which lists the complaints in their order."""


class KantataError(Answer):
    """An error as Kantata OX answers it."""

    type: Literal["validation", "system", "oauth"] = Field(
        description="`validation` is about what was sent, `system` about the request as a whole, "
        "`oauth` about who sent it."
    )
    message: str = Field(description="The reason, for people.")
    field: str = Field(default="", description="What it is about; only with `validation`.")
    index: int = Field(default=0, description="Which item of a batch it is about, from 0 on.")


class KantataErrors(Answer):
    """Why Kantata's endpoints refuse."""

    errors: list[KantataError] = Field(description="Every reason that could be found.")


class ProcoreError(Answer):
    """An error as Procore's endpoints answer it."""

    property: str = Field(default="", description="The property or parameter that it is about.")
    message: str = Field(description="The reason, for people.")


class ProcoreErrors(Answer):
    """Why Procore's endpoints refuse."""

    errors: list[ProcoreError] = Field(description="Every reason that could be found.")


class KantataStyle:
    """``{"errors": [{"type", "message", "field", "index"}]}``."""

    model: type[Answer] = KantataErrors

    def body(self, complaints: Sequence[Complaint]) -> Answer:
        """Return the answer's body, which lists the complaints in their order."""
        return KantataErrors(errors=[self._error(each) for each in complaints])

    def _error(self, complaint: Complaint) -> KantataError:
        if complaint.is_of_sender:
            return KantataError(type="oauth", message=complaint.message)
        if complaint.path is None:
            return KantataError(type="system", message=complaint.message)
        names = [part for part in complaint.path if isinstance(part, str)]
        if len(names) > 1 and names[0] in _ENTRIES:
            del names[0]
        where: dict[str, Any] = {"field": _name(names)} if names else {}
        for part in complaint.path:
            if isinstance(part, int):
                where["index"] = part
        return KantataError(type="validation", message=complaint.message, **where)


class ProcoreStyle:
    """``{"errors": [{"property", "message"}]}``."""

    model: type[Answer] = ProcoreErrors

    def body(self, complaints: Sequence[Complaint]) -> Answer:
        """Return the answer's body, which lists the complaints in their order."""
        return ProcoreErrors(errors=[self._error(each) for each in complaints])

    def _error(self, complaint: Complaint) -> ProcoreError:
        if not complaint.path:
            return ProcoreError(message=complaint.message)
        return ProcoreError(property=_name(map(str, complaint.path)), message=complaint.message)


def complaints_of(errors: Iterable[TimeOffError]) -> list[Complaint]:
    """Return what the services refused."""
    return [Complaint(error.message, error.path) for error in errors]


def unreadable_parts(error: ValidationError) -> Refused:
    """Return the refusal of what could not be read; the input itself is never repeated."""
    found = error.errors(include_url=False, include_context=False, include_input=False)
    return Refused([InvalidValue(_sentence(each), each["loc"]) for each in found])


def errors_of(refusal: TimeOffError | Refused) -> Sequence[TimeOffError]:
    """Return every reason of a refusal."""
    return refusal.errors if isinstance(refusal, Refused) else [refusal]


def is_unknown(errors: Iterable[TimeOffError]) -> bool:
    """Say whether something that the request names is not there."""
    return any(isinstance(error, NotFound) for error in errors)


def _name(parts: Iterable[str]) -> str:
    return ".".join(_HEADERS.get(part, part) for part in parts)


def _sentence(error: ErrorDetails) -> str:
    message = _OUR_WORDS.get(error["type"], error["msg"])
    return message if message.endswith(".") else f"{message}."
