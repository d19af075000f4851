"""What can be wrong with a token or a sign-in. No message repeats a token or a claim."""


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


class SignInFailed(Exception):
    """A sign-in that did not succeed: the message is a sentence for people.

    ``reason`` is for logs: never a code, a token or what the address of the answer held.
    """

    def __init__(self, sentence: str, reason: str) -> None:
        super().__init__(sentence)
        self.reason = reason
