"""An OpenID provider's tokens as credentials."""

import logging
from typing import Final

from app.authentication.credentials import NotLetIn
from app.db.connections.database import Database
from app.domain.access import CallerKind, Identity
from app.domain.errors import Unavailable
from app.oidc.errors import InvalidToken, KeysUnavailable, NoRole
from app.oidc.relying_party import RelyingParty
from app.oidc.verifier import VerifiedToken
from app.services.access.own_workers import find_own_worker

_log: Final = logging.getLogger(__name__)
_PARTS_OF_A_JWT: Final = 3


class IssuerSilent(Unavailable):
    """The issuer's keys are not there (yet), so that nobody can say whether its token is good."""

    def __init__(self) -> None:
        super().__init__("the issuer's keys are not known")

    @property
    def message(self) -> str:
        """Words for people: what to do now."""
        return "The issuer of this token cannot be asked for its keys. Try again later."


class IssuersTokens:
    """Finds who somebody is by a token of the issuer."""

    def __init__(self, party: RelyingParty, database: Database) -> None:
        self._party = party
        self._database = database

    async def find(self, text: str) -> Identity | None:
        """Return whose token it is; None for every text that is no good token of the issuer.

        Raises NotLetIn for somebody without a role, IssuerSilent without keys.
        """
        if text.count(".") != _PARTS_OF_A_JWT - 1:
            return None
        try:
            token = await self._party.verify(text)
        except KeysUnavailable:
            raise IssuerSilent from None
        except InvalidToken as reason:
            _log.info("A token is not taken: %s", reason)
            return None
        try:
            return await self.identity_of(token)
        except NoRole as refusal:
            raise NotLetIn(str(refusal)) from None

    async def identity_of(self, token: VerifiedToken) -> Identity:
        """Return who the token's bearer is here, or raise NoRole."""
        found = self._party.identity_of(token)
        worker = None
        if found.worker_hint:
            worker = await find_own_worker(self._database, found.companies, found.worker_hint)
        return Identity(
            kind=CallerKind.OIDC,
            name=found.name,
            label=found.label,
            permissions=found.permissions,
            companies=found.companies,
            role=found.role,
            worker=worker,
            expires_at=found.expires_at,
        )
