"""What opens a vendor account. It is kept sealed, and shown nowhere but by a hint."""

from dataclasses import asdict, dataclass, field
from typing import Any, Final, Self, TypeAlias

from app.domain.errors import InvalidValue, Refusals
from app.domain.sync.upstreams import UpstreamApi
from app.domain.wire_formats import is_kantata_id, is_uuid

HINT_CHARACTERS: Final = 4
LONGEST_TOKEN: Final = 4_096


@dataclass(frozen=True, slots=True)
class Credentials:
    """A bearer token of Kantata's, which holds until it is revoked."""

    access_token: str = field(repr=False)

    def refuse_unfit(self) -> None:
        """Raise InvalidValue where it is no token that a header could have."""
        if not _is_word(self.access_token):
            message = "A token is one word of letters, digits and signs, as Kantata shows it."
            raise InvalidValue(message, ("access_token",))

    @property
    def hint(self) -> str:
        """What tells people which it is; nothing of one that is short enough to be guessed."""
        token = self.access_token
        return token[-HINT_CHARACTERS:] if len(token) >= HINT_CHARACTERS**2 else ""

    def content(self) -> dict[str, Any]:
        """Return them as JSON, to be sealed."""
        return {"access_token": self.access_token}

    @classmethod
    def of_content(cls, content: dict[str, Any]) -> Self:
        """Return what was sealed."""
        return cls(content["access_token"])

    @property
    def secrets(self) -> tuple[str, ...]:
        """What is repeated to nobody."""
        return (self.access_token,)


@dataclass(frozen=True, slots=True)
class ClientCredentials:
    """An application of Procore's, and the number of the company there that it may read."""

    company: str
    client_id: str
    client_secret: str = field(repr=False)

    def refuse_unfit(self) -> None:
        """Raise Refused where any of them is nothing that Procore shows."""
        refusals = Refusals()
        with refusals.collecting("company"):
            if not (is_kantata_id(self.company) or is_uuid(self.company)):
                raise InvalidValue("A company has a number in Procore, or a UUID.")
        for name in ("client_id", "client_secret"):
            with refusals.collecting(name):
                if not _is_word(getattr(self, name)):
                    raise InvalidValue("It is one word of letters, digits and signs.")
        refusals.raise_any()

    @property
    def hint(self) -> str:
        """What tells people which it is; nothing of a client id that is short enough to guess."""
        id_ = self.client_id
        return id_[-HINT_CHARACTERS:] if len(id_) >= HINT_CHARACTERS**2 else ""

    def content(self) -> dict[str, Any]:
        """Return them as JSON, to be sealed."""
        return asdict(self)

    @property
    def secrets(self) -> tuple[str, ...]:
        """What is repeated to nobody."""
        return (self.client_secret,)


AnyCredentials: TypeAlias = Credentials | ClientCredentials
_OF: Final = {
    UpstreamApi.KANTATA_OX: (Credentials, "Kantata OX is opened by an access token."),
    UpstreamApi.PROCORE_REST: (
        ClientCredentials,
        "Procore is opened by a client id and its secret, for a company's number there.",
    ),
}


def refuse_of_another(api: UpstreamApi, credentials: AnyCredentials) -> None:
    """Raise InvalidValue for credentials that are not what the system wants."""
    kind, words = _OF[api]
    if not isinstance(credentials, kind):
        raise InvalidValue(words)


def read_credentials(content: dict[str, Any]) -> AnyCredentials:
    """Return what was sealed, of whichever kind it is."""
    if "client_id" in content:
        return ClientCredentials(**content)
    return Credentials.of_content(content)


def _is_word(text: str) -> bool:
    is_visible = text.isascii() and text.isprintable() and " " not in text
    return 0 < len(text) <= LONGEST_TOKEN and is_visible
