"""What can be wrong with a token or a sign-in. No message repeats a token or a claim."""

from enum import Enum, auto


class InvalidToken(Exception):
    """A token that is not taken; the message is for logs and says why."""


class KeysUnavailable(InvalidToken):
    """Whether the token is good cannot be said: the issuer's keys are not there (yet).

    Worth a 503 rather than a 401: a client whose token is good tries again.
    """


class NoRole(Exception):
    """A good token of somebody whom no setting gives a role; the message is for people."""


class IssuerUnavailable(Exception):
    """The issuer cannot be asked; the message is for logs."""


class SignInFailure(Enum):
    """Why a sign-in did not succeed, as people are told; the pages have the words."""

    TOO_LATE = auto()
    """Its fact: after how many minutes."""
    OTHER_BROWSER = auto()
    OTHER_SIGN_IN = auto()
    REFUSED = auto()
    """Its fact: the issuer's code."""
    FAILED = auto()
    UNREACHABLE = auto()
    NO_ROLE = auto()


class SignInFailed(Exception):
    """A sign-in that did not succeed.

    ``reason`` is for logs: never a code, a token or what the address of the answer held.
    """

    def __init__(self, failure: SignInFailure, reason: str, fact: str = "") -> None:
        super().__init__(reason)
        self.failure = failure
        self.reason = reason
        self.fact = fact
