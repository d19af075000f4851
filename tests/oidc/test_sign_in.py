"""People sign in: code, PKCE, state and nonce, against an issuer that checks its side."""

import asyncio
import re
from urllib.parse import parse_qs, parse_qsl, urlsplit

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.edge.same_origin import path_of_ours
from app.oidc.errors import SignInFailed, SignInFailure
from app.oidc.relying_party import RelyingParty
from app.oidc.settings import OidcLimits
from tests.oidc.issuer import AUDIENCE, CALLBACK, CLIENT_ID, Behaviour, known_key, sign


async def visit(url):
    """Follow the redirect to the issuer as a browser does; return what it sends back with."""
    async with httpx2.AsyncClient() as browser:
        answer = await browser.get(url)
    assert answer.status_code == 302, answer.text
    assert answer.headers["Location"].startswith(f"{CALLBACK}?")
    return dict(parse_qsl(urlsplit(answer.headers["Location"]).query))


@pytest.fixture
def sign_in(party):
    return party.sign_in


async def signed_in(sign_in, return_to="/calendar"):
    begun = await sign_in.begin(return_to, CALLBACK)
    return await sign_in.finish(await visit(begun.url), begun.cookie)


async def test_somebody_signs_in_and_returns_to_where_they_were(issuer, sign_in):
    finished = await signed_in(sign_in, "/calendar?week=7")

    assert finished.return_to == "/calendar?week=7"
    assert finished.token.subject == "u-17"
    assert (finished.token.email, finished.token.email_verified) == ("amara@example.com", True)
    assert finished.token.issuer == issuer.url


@pytest.mark.parametrize(
    ("methods", "place"),
    [
        (None, "header"),
        (["client_secret_basic"], "header"),
        (["client_secret_post"], "form"),
        (["client_secret_post", "client_secret_basic"], "header"),
    ],
)
async def test_the_client_says_who_it_is_as_the_issuer_takes_it(issuer, sign_in, methods, place):
    issuer.metadata = {"token_endpoint_auth_methods_supported": methods} if methods else {}

    await signed_in(sign_in)

    assert issuer.secret_in == [place]


async def test_a_public_client_has_pkce_alone(issuer, relying_on):
    assert await signed_in(relying_on(client_secret=None).sign_in)
    assert issuer.secret_in == ["nowhere"]


async def test_no_cookie_of_the_issuer_goes_from_one_person_to_the_next(issuer, sign_in):
    for _ in range(2):
        await signed_in(sign_in)

    assert issuer.asked["token"] == 2
    assert issuer.cookies == []


async def test_without_a_client_nobody_signs_in(relying_on):
    assert relying_on(client_id=None, client_secret=None).sign_in is None


async def test_every_sign_in_has_secrets_of_its_own(sign_in):
    begun = [await sign_in.begin("/", CALLBACK) for _ in range(2)]
    asked = [parse_qs(urlsplit(each.url).query) for each in begun]

    for name in ("state", "nonce", "code_challenge"):
        first, second = (each[name][0] for each in asked)
        assert first != second
        assert re.fullmatch(r"[A-Za-z0-9_-]{43}", first)
    assert all(len(each.cookie) < 1000 for each in begun)
    assert begun[0].cookie not in repr(begun[0])


async def test_the_longest_return_path_still_fits_into_a_cookie(sign_in):
    begun = await sign_in.begin("/" + "ä" * 1023, CALLBACK)

    assert len(begun.cookie) < 4000


async def test_an_answer_is_of_the_sign_in_of_this_browser(sign_in):
    mine, other = [await sign_in.begin("/", CALLBACK) for _ in range(2)]
    answer = await visit(other.url)

    for cookie, reason in (
        (mine.cookie, "state"),
        (None, "cookie"),
        ("", "cookie"),
        (other.cookie[:-9] + other.cookie[-9:].swapcase(), "cookie"),
        ("x" + other.cookie, "cookie"),
        ("ö", "cookie"),
    ):
        with pytest.raises(SignInFailed) as failed:
            await sign_in.finish(answer, cookie)
        assert reason in failed.value.reason
        of_state = reason == "state"
        assert failed.value.failure is (
            SignInFailure.OTHER_SIGN_IN if of_state else SignInFailure.OTHER_BROWSER
        )


@pytest.mark.parametrize("state", [None, "", "x", "ö", "\ud800"])
async def test_an_answer_without_its_state_is_refused(sign_in, state):
    begun = await sign_in.begin("/", CALLBACK)
    answer = await visit(begun.url) | {"state": state}

    with pytest.raises(SignInFailed) as failed:
        await sign_in.finish({name: each for name, each in answer.items() if each is not None},
                             begun.cookie)  # fmt: skip
    assert "state" in failed.value.reason


async def test_a_cookie_of_another_secret_is_none(issuer, settings, sign_in):
    begun = await sign_in.begin("/", CALLBACK)
    async with RelyingParty(settings, "another secret") as other:
        assert other.sign_in
        with pytest.raises(SignInFailed) as failed:
            await other.sign_in.finish(await visit(begun.url), begun.cookie)
        assert failed.value.failure is SignInFailure.OTHER_BROWSER


async def test_a_process_finishes_what_another_began(settings, sign_in):
    begun = await sign_in.begin("/", CALLBACK)
    async with RelyingParty(settings, "secret of the tests") as other:
        assert other.sign_in
        finished = await other.sign_in.finish(await visit(begun.url), begun.cookie)
    assert finished.token.subject == "u-17"


async def test_after_its_time_a_sign_in_is_over(relying_on):
    sign_in = relying_on(limits=OidcLimits(sign_in_seconds=0)).sign_in
    begun = await sign_in.begin("/", CALLBACK)
    answer = await visit(begun.url)
    await asyncio.sleep(1.1)  # a cookie's age is in whole seconds

    with pytest.raises(SignInFailed) as failed:
        await sign_in.finish(answer, begun.cookie)
    assert failed.value.failure is SignInFailure.TOO_LATE


async def test_a_code_is_good_once(sign_in):
    begun = await sign_in.begin("/", CALLBACK)
    answer = await visit(begun.url)
    await sign_in.finish(answer, begun.cookie)

    with pytest.raises(SignInFailed) as failed:
        await sign_in.finish(answer, begun.cookie)
    assert "400 invalid_grant" in failed.value.reason


async def test_a_code_of_another_sign_in_is_of_no_use(sign_in):
    """PKCE: whoever gets hold of a code lacks the verifier that is in the other cookie."""
    mine, other = [await sign_in.begin("/", CALLBACK) for _ in range(2)]
    stolen = (await visit(other.url))["code"]

    with pytest.raises(SignInFailed) as failed:
        await sign_in.finish(await visit(mine.url) | {"code": stolen}, mine.cookie)
    assert "400 invalid_grant" in failed.value.reason


@pytest.mark.parametrize(
    ("error", "said"),
    [
        ("access_denied", "access_denied"),
        ("login_required", "login_required"),
        ("<script>alert(1)</script>", "no error code"),
        ("x" * 65, "no error code"),
    ],
)
async def test_an_error_of_the_issuer_is_one_sentence(issuer, sign_in, error, said):
    issuer.answer_error = error
    begun = await sign_in.begin("/", CALLBACK)

    with pytest.raises(SignInFailed) as failed:
        await sign_in.finish(await visit(begun.url), begun.cookie)

    assert (failed.value.failure, failed.value.fact) == (SignInFailure.REFUSED, said)
    assert "words" not in str(failed.value) + failed.value.reason


async def test_an_error_without_the_state_says_nothing_of_itself(sign_in):
    begun = await sign_in.begin("/", CALLBACK)

    with pytest.raises(SignInFailed) as failed:
        await sign_in.finish({"error": "access_denied", "state": "x"}, begun.cookie)
    assert "access_denied" not in str(failed.value)


@pytest.mark.parametrize("code", [None, "", "x" * 4097])
async def test_an_answer_needs_a_code(issuer, sign_in, code):
    begun = await sign_in.begin("/", CALLBACK)
    answer = await visit(begun.url)
    del answer["code"]

    with pytest.raises(SignInFailed) as failed:
        await sign_in.finish(answer | ({} if code is None else {"code": code}), begun.cookie)
    assert "no code" in failed.value.reason
    assert issuer.asked["token"] == 0


async def test_an_answer_of_another_issuer_is_refused(issuer, sign_in):
    begun = await sign_in.begin("/", CALLBACK)
    answer = await visit(begun.url)

    with pytest.raises(SignInFailed) as failed:
        await sign_in.finish(answer | {"iss": "https://other.example.com"}, begun.cookie)
    assert "iss" in failed.value.reason
    assert await sign_in.finish(answer | {"iss": issuer.url}, begun.cookie)


async def test_an_issuer_that_promises_its_name_has_to_give_it(issuer, sign_in):
    issuer.metadata = {"authorization_response_iss_parameter_supported": True}
    begun = await sign_in.begin("/", CALLBACK)
    answer = await visit(begun.url)

    with pytest.raises(SignInFailed):
        await sign_in.finish(answer, begun.cookie)
    assert await sign_in.finish(answer | {"iss": issuer.url}, begun.cookie)


@pytest.mark.parametrize(
    "claims",
    [
        {"nonce": "another"},
        {"nonce": None},
        {"nonce": 7},
        {"nonce": "ö"},
        {"nonce": "\ud800"},
        {"aud": AUDIENCE},
        {"aud": [CLIENT_ID, "other"]},
        {"aud": [CLIENT_ID, "other"], "azp": "other"},
        {"azp": "other"},
        {"iss": "https://other.example.com"},
        {"exp": 1_700_000_000},
        {"exp": None},
        {"iat": None},
        {"sub": None},
        {"typ": "Bearer"},
    ],
    ids=str,
)
async def test_an_id_token_that_is_not_right_signs_nobody_in(issuer, sign_in, claims):
    issuer.id_token_claims = claims

    with pytest.raises(SignInFailed) as failed:
        await signed_in(sign_in)
    assert failed.value.failure is SignInFailure.FAILED
    assert "the ID token is not taken" in failed.value.reason


@pytest.mark.parametrize("claims", [{"aud": [CLIENT_ID]}, {"azp": CLIENT_ID}, {"typ": "ID"}])
async def test_what_issuers_write_differently_is_right_as_well(issuer, sign_in, claims):
    issuer.id_token_claims = claims

    assert await signed_in(sign_in)


async def test_an_access_token_signs_nobody_in(issuer, sign_in):
    begun = await sign_in.begin("/", CALLBACK)
    nonce = parse_qs(urlsplit(begun.url).query)["nonce"][0]
    issuer.token_answer = (200, {"id_token": issuer.token(aud=CLIENT_ID, nonce=nonce)})

    with pytest.raises(SignInFailed) as failed:
        await sign_in.finish(await visit(begun.url), begun.cookie)
    assert "typ" in failed.value.reason


async def test_an_id_token_of_another_key_signs_nobody_in(issuer, sign_in):
    begun = await sign_in.begin("/", CALLBACK)
    nonce = parse_qs(urlsplit(begun.url).query)["nonce"][0]
    claims = issuer.claims(aud=CLIENT_ID, nonce=nonce)
    header = {"alg": "RS256", "kid": issuer.keys["RS256"].kid}
    issuer.token_answer = (200, {"id_token": sign(header, claims, known_key("RS256", "theirs"))})

    with pytest.raises(SignInFailed) as failed:
        await sign_in.finish(await visit(begun.url), begun.cookie)
    assert "signature" in failed.value.reason


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ((200, {}), "without an ID token"),
        ((200, {"id_token": None}), "without an ID token"),
        ((200, {"id_token": ["a"]}), "without an ID token"),
        ((200, {"id_token": "a.b.c"}), "no signed JWT"),
        ((401, {"error": "invalid_client"}), "401 invalid_client"),
        ((400, {"error": {"a": 1}}), "400 no error code"),
        ((503, {}), "503 no error code"),
    ],
)
async def test_a_token_endpoint_that_gives_nothing_signs_nobody_in(issuer, sign_in, answer, reason):
    issuer.token_answer = answer

    with pytest.raises(SignInFailed) as failed:
        await signed_in(sign_in)
    assert reason in failed.value.reason


async def test_a_token_endpoint_that_talks_nonsense_signs_nobody_in(issuer, sign_in):
    issuer.metadata = {"token_endpoint": f"{issuer.url}/authorize"}

    with pytest.raises(SignInFailed) as failed:
        await signed_in(sign_in)
    assert failed.value.failure is SignInFailure.UNREACHABLE
    assert failed.value.reason == "its token endpoint: it answered 405 without a JSON object"


async def test_an_issuer_that_fails_says_so_to_people(issuer, sign_in):
    issuer.behaviour["metadata"] = Behaviour.FAILING

    with pytest.raises(SignInFailed) as failed:
        await sign_in.begin("/", CALLBACK)
    assert failed.value.failure is SignInFailure.UNREACHABLE


@pytest.mark.parametrize(
    "metadata",
    [
        {"authorization_endpoint": None},
        {"authorization_endpoint": "http://10.0.0.7/authorize"},
        {"authorization_endpoint": "javascript:alert(1)"},
    ],
    ids=str,
)
async def test_nobody_is_sent_where_it_is_not_safe(issuer, sign_in, metadata):
    issuer.metadata = metadata

    with pytest.raises(SignInFailed):
        await sign_in.begin("/", CALLBACK)


async def test_no_code_goes_where_it_is_not_safe(issuer, sign_in):
    issuer.metadata = {"token_endpoint": "http://10.0.0.7/token"}

    with pytest.raises(SignInFailed) as failed:
        await signed_in(sign_in)
    assert failed.value.failure is SignInFailure.UNREACHABLE


@pytest.mark.parametrize(
    "text",
    ["/", "/calendar", "/docs/access#openid-connect", "/?a=//b", "/a//b", "/\u00e4", "/a b", "/."],
)
def test_a_path_of_ours_is_kept(text):
    assert path_of_ours(text) == text


@pytest.mark.parametrize(
    "text",
    [
        None, "", "calendar", "//evil.example", "/\\evil.example", "\\\\evil.example",
        "https://evil.example", "javascript:alert(1)", "/\t/evil.example", "/\n/evil.example",
        "\t//evil.example", " //evil.example", "/\r\nSet-Cookie: a=b", "/\x00", "/" + "a" * 1024,
        "/\u2028", "/\ud800",
    ],
)  # fmt: skip
def test_any_other_is_the_start_page(text):
    assert path_of_ours(text) == "/"


@given(st.text(st.sampled_from("/\\.:@?#ab\t\n\r\x00 e%2f"), max_size=12))
def test_no_path_leads_to_another_host(text):
    """By the rules of browsers: `\\` is `/`, tabs and line ends are not there (WHATWG URL)."""
    as_read = re.sub(r"[\t\n\r]", "", path_of_ours(text)).replace("\\", "/")

    assert as_read.startswith("/")
    assert not as_read.startswith("//")
