"""The issuer as it is known: its metadata and keys, fetched seldom and kept while it fails."""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import inf
from typing import Any, Final, Self

from joserfc.jwk import Key

from app.oidc.errors import IssuerUnavailable, KeysUnavailable
from app.oidc.fetching import Fetcher, FetchFailed
from app.oidc.key_set import KeySet, find_key, read_key_set
from app.oidc.settings import OidcLimits, may_be_asked

_LOG: Final = logging.getLogger("app")
WELL_KNOWN: Final = "/.well-known/openid-configuration"


@dataclass(frozen=True, slots=True)
class Metadata:
    """What an issuer says of itself (OpenID Connect Discovery 1.0, 3)."""

    jwks_uri: str
    authorization_endpoint: str | None
    token_endpoint: str | None
    takes_secret_in_form_only: bool
    """Whether a client's secret goes into the form (``client_secret_post``) and nowhere else."""
    names_itself_in_answers: bool
    """Whether each answer of its sign-in has ``iss`` (RFC 9207)."""

    @classmethod
    def read(cls, document: Mapping[str, Any], issuer: str) -> Self:
        """Read it, or raise ValueError; the issuer is the very text that is set."""
        if document.get("issuer") != issuer:
            raise ValueError(
                "its metadata names another issuer; TIMEOFF_OIDC_ISSUER has to be the same text"
            )
        if not may_be_asked(document.get("jwks_uri"), issuer):
            raise ValueError("its metadata names no key set by https")
        methods = document.get("token_endpoint_auth_methods_supported")
        authorization, token = (
            url if may_be_asked(url := document.get(name), issuer) else None
            for name in ("authorization_endpoint", "token_endpoint")
        )
        return cls(
            jwks_uri=document["jwks_uri"],
            authorization_endpoint=authorization,
            token_endpoint=token,
            takes_secret_in_form_only=isinstance(methods, list)
            and "client_secret_post" in methods
            and "client_secret_basic" not in methods,
            names_itself_in_answers=document.get("authorization_response_iss_parameter_supported")
            is True,
        )


class Issuer:
    """One issuer of one process.

    Nothing is fetched twice at a time: who comes meanwhile waits for the same. What was fetched
    last stays in use until there is something newer, however long the issuer fails.
    """

    def __init__(
        self,
        url: str,
        fetcher: Fetcher,
        limits: OidcLimits,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.url = url
        self._fetcher = fetcher
        self._limits = limits
        self._clock = clock
        self._metadata: Metadata | None = None
        self._metadata_at = -inf
        self._keys: KeySet | None = None
        self._keys_at = -inf
        self._asked_at = -inf
        self._asked_for_unknown_at = -inf
        self._fetching: asyncio.Task[None] | None = None
        self._failure = ""

    def start(self) -> None:
        """Fetch what is needed, beside whatever the process does; never raises."""
        self._renew_if_due()

    async def aclose(self) -> None:
        """End what is being fetched."""
        if self._fetching is not None:
            self._fetching.cancel()
            await asyncio.wait({self._fetching})

    async def metadata(self) -> Metadata:
        """Return what the issuer says of itself, or raise IssuerUnavailable."""
        self._renew_if_due()
        if self._metadata is None:
            await self._wait(self._limits.fetch_seconds)
        if self._metadata is None:
            raise IssuerUnavailable(self._failure or "it has not answered yet")
        return self._metadata

    async def key(self, kid: str | None, algorithm: str) -> Key | None:
        """Return the key of this name for this algorithm, or None: the issuer has no such key.

        A name that is not known may be that of a new key: the keys are fetched for it, but at most
        once in 30 s, whatever names come in. Raises KeysUnavailable where None would be a guess:
        no keys were ever had, or they are still being fetched.
        """
        self._renew_if_due()
        if self._were_left_alone():
            await self._wait(self._limits.wait_seconds)
        key = self._known(kid, algorithm)
        if key is not None:
            return key
        if self._keys is not None and kid is not None:
            self._ask_for_unknown()
        if not await self._wait(self._limits.wait_seconds):
            raise KeysUnavailable("the issuer's keys are still being fetched")
        if self._keys is None:
            raise KeysUnavailable("the issuer's keys could not be fetched")
        return self._known(kid, algorithm)

    def _known(self, kid: str | None, algorithm: str) -> Key | None:
        return None if self._keys is None else find_key(self._keys, kid, algorithm)

    def _renew_if_due(self) -> None:
        now = self._clock()
        is_old = now >= self._keys_at + self._limits.renew_seconds
        if is_old and now >= self._asked_at + self._limits.unknown_key_seconds:
            self._fetch()

    def _were_left_alone(self) -> bool:
        """Say whether nobody needed the keys for long: some may have been withdrawn meanwhile.

        Where they are old because the issuer fails, nobody waits for it.
        """
        is_very_old = self._clock() >= self._keys_at + 2 * self._limits.renew_seconds
        return is_very_old and self._keys is not None and not self._failure

    def _ask_for_unknown(self) -> None:
        now = self._clock()
        if self._is_fetching():
            self._asked_for_unknown_at = now
        elif now >= self._asked_for_unknown_at + self._limits.unknown_key_seconds:
            self._asked_for_unknown_at = now
            self._fetch()

    def _is_fetching(self) -> bool:
        return self._fetching is not None and not self._fetching.done()

    def _fetch(self) -> None:
        if not self._is_fetching():
            self._asked_at = self._clock()
            self._fetching = asyncio.create_task(self._fetch_and_tell())

    async def _wait(self, seconds: float) -> bool:
        """Wait for what is being fetched; say whether that has ended. It goes on if it has not."""
        if self._fetching is None:
            return True
        done, _ = await asyncio.wait({self._fetching}, timeout=seconds)
        return bool(done)

    async def _fetch_and_tell(self) -> None:
        try:
            await self._fetch_all()
        except (FetchFailed, ValueError) as failure:
            self._tell_failure(str(failure))
        else:
            self._tell_success()

    async def _fetch_all(self) -> None:
        if self._clock() >= self._metadata_at + self._limits.renew_seconds:
            await self._fetch_metadata()
        if self._metadata is not None:
            keys = read_key_set(await self._fetcher.get(self._metadata.jwks_uri))
            if not keys:
                raise ValueError("its key set has no key that can be used")
            self._keys, self._keys_at = keys, self._clock()

    async def _fetch_metadata(self) -> None:
        try:
            document = await self._fetcher.get(self.url.rstrip("/") + WELL_KNOWN)
            self._metadata = Metadata.read(document, self.url)
            self._metadata_at = self._clock()
        except (FetchFailed, ValueError):
            if self._metadata is None:
                raise

    def _tell_failure(self, reason: str) -> None:
        """Log it once, not for each request that meets it."""
        if not self._failure:
            kept = "the keys it had stay in use" if self._keys else "none of its tokens is taken"
            _LOG.warning("The issuer %s fails: %s. Until it answers, %s.", self.url, reason, kept)
        self._failure = reason

    def _tell_success(self) -> None:
        if self._failure:
            _LOG.warning("The issuer %s answers again.", self.url)
        self._failure = ""
