"""The sign-in of a person: authorization code with PKCE (RFC 6749, 4.1; RFC 7636; RFC 9700)."""

import hashlib
import re
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Final
from urllib.parse import quote_plus

from authlib.oauth2.auth import ClientAuth
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri, prepare_token_request
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from itsdangerous import BadData, SignatureExpired, URLSafeTimedSerializer

from app.oidc.errors import InvalidToken, IssuerUnavailable, SignInFailed, SignInFailure
from app.oidc.fetching import Fetcher, FetchFailed
from app.oidc.issuer import Issuer, Metadata
from app.oidc.settings import OidcSettings
from app.oidc.verifier import VerifiedToken, Verifier, is_same

MOST_CODE_CHARACTERS: Final = 4_096
_OK: Final = 200
_ERROR_CODE: Final = re.compile(r"[a-z_]{1,64}", re.ASCII)


@dataclass(frozen=True, slots=True)
class BegunSignIn:
    """Where the browser is sent, and the cookie that it keeps on its way."""

    url: str
    cookie: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class FinishedSignIn:
    """What the ID token says of who signed in, and the path of ours to which they return."""

    token: VerifiedToken
    return_to: str


@dataclass(frozen=True, slots=True)
class _Pending:
    """What the cookie holds. Its browser may read it: it proves that the same one comes back."""

    state: str
    nonce: str
    verifier: str
    redirect_uri: str
    return_to: str


class SignIn:
    """The sign-ins of one issuer. ``secret`` signs the cookies: the same in every process."""

    def __init__(
        self,
        settings: OidcSettings,
        issuer: Issuer,
        fetcher: Fetcher,
        verifier: Verifier,
        secret: str,
    ) -> None:
        self._settings = settings
        self._issuer = issuer
        self._fetcher = fetcher
        self._verifier = verifier
        self._cookies = URLSafeTimedSerializer(
            secret, salt="timeoff.sign-in", signer_kwargs={"digest_method": hashlib.sha256}
        )

    async def begin(self, return_to: str, redirect_uri: str) -> BegunSignIn:
        """Return where to send the browser; raise SignInFailed if the issuer cannot be asked.

        ``redirect_uri`` is our address to which it comes back, as the issuer knows it.
        ``return_to`` is a path of ours, at most some thousand characters: the cookie holds it.
        """
        endpoint = (await self._metadata()).authorization_endpoint
        if endpoint is None:
            raise _unreachable("its metadata has no authorization_endpoint by https")
        pending = _Pending(
            state=secrets.token_urlsafe(32),
            nonce=secrets.token_urlsafe(32),
            verifier=secrets.token_urlsafe(48),
            redirect_uri=redirect_uri,
            return_to=return_to,
        )
        url = prepare_grant_uri(
            endpoint,
            client_id=self._settings.client_id,
            response_type="code",
            redirect_uri=redirect_uri,
            scope=self._settings.scopes,
            state=pending.state,
            nonce=pending.nonce,
            code_challenge=create_s256_code_challenge(pending.verifier),
            code_challenge_method="S256",
        )
        return BegunSignIn(url, str(self._cookies.dumps(asdict(pending))))

    async def finish(self, query: Mapping[str, str], cookie: str | None) -> FinishedSignIn:
        """Return who signed in, by the answer of the issuer and the cookie; or raise SignInFailed.

        The cookie is of no use afterwards: the issuer takes a code once.
        """
        pending = self._read(cookie)
        self._check_answer(query, pending, await self._metadata())
        code = query.get("code", "")
        if not 0 < len(code) <= MOST_CODE_CHARACTERS:
            raise _failed("the answer has no code")
        id_token = await self._exchange(code, pending)
        try:
            token = await self._verifier.verify_id_token(id_token, pending.nonce)
        except InvalidToken as error:
            raise _failed(f"the ID token is not taken: {error}") from error
        return FinishedSignIn(token, pending.return_to)

    def _read(self, cookie: str | None) -> _Pending:
        try:
            held = self._cookies.loads(cookie or "", max_age=self._settings.limits.sign_in_seconds)
        except SignatureExpired:
            minutes = self._settings.limits.sign_in_seconds // 60
            raise SignInFailed(
                SignInFailure.TOO_LATE, "the cookie is too old", str(minutes)
            ) from None
        except BadData:
            raise SignInFailed(
                SignInFailure.OTHER_BROWSER, "the cookie is missing or not ours"
            ) from None
        return _Pending(**held)

    def _check_answer(
        self, query: Mapping[str, str], pending: _Pending, metadata: Metadata
    ) -> None:
        """Raise SignInFailed unless it is the issuer's answer to this sign-in, and a good one."""
        if not is_same(query.get("state", ""), pending.state):
            raise SignInFailed(SignInFailure.OTHER_SIGN_IN, "the state is another")
        issuer = query.get("iss")
        if (issuer is not None or metadata.names_itself_in_answers) and issuer != self._issuer.url:
            raise _failed("the answer is of another issuer (iss)")
        if "error" in query:
            code = _code(query["error"])
            raise SignInFailed(SignInFailure.REFUSED, f"the issuer answered {code}", code)

    async def _exchange(self, code: str, pending: _Pending) -> str:
        """Return the ID token for a code (OpenID Connect Core, 3.1.3)."""
        metadata = await self._metadata()
        if metadata.token_endpoint is None:
            raise _unreachable("its metadata has no token_endpoint by https")
        form = prepare_token_request(
            "authorization_code",
            code=code,
            redirect_uri=pending.redirect_uri,
            code_verifier=pending.verifier,
        )
        url, headers, body = self._client_auth(metadata).prepare(
            "POST", metadata.token_endpoint, {}, form
        )
        try:
            status, document = await self._fetcher.post(url, body, headers)
        except FetchFailed as failure:
            raise _unreachable(f"its token endpoint: {failure}") from failure
        if status != _OK:
            raise _failed(f"its token endpoint answered {status} {_code(document.get('error'))}")
        id_token = document.get("id_token")
        if not isinstance(id_token, str):
            raise _failed("its token endpoint answered without an ID token")
        return id_token

    def _client_auth(self, metadata: Metadata) -> ClientAuth:
        """Return how this client says who it is: as the issuer takes it, by preference Basic.

        RFC 6749, 2.3.1 has both parts of Basic written as in a form; Authlib leaves that to us.
        """
        client_id, secret = self._settings.client_id or "", self._settings.client_secret
        if secret is None:
            return ClientAuth(client_id, None, "none")
        if metadata.takes_secret_in_form_only:
            return ClientAuth(client_id, secret, "client_secret_post")
        return ClientAuth(quote_plus(client_id), quote_plus(secret), "client_secret_basic")

    async def _metadata(self) -> Metadata:
        try:
            return await self._issuer.metadata()
        except IssuerUnavailable as failure:
            raise _unreachable(str(failure)) from failure


def _code(error: object) -> str:
    """Return the provider's code of an error, or what stands for one that is none."""
    return error if isinstance(error, str) and _ERROR_CODE.fullmatch(error) else "no error code"


def _failed(reason: str) -> SignInFailed:
    return SignInFailed(SignInFailure.FAILED, reason)


def _unreachable(reason: str) -> SignInFailed:
    return SignInFailed(SignInFailure.UNREACHABLE, reason)
