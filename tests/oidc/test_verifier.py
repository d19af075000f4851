"""Which tokens are taken: the issuer's, for us, of this time. Everything else is refused."""

import hashlib
import hmac
import json
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from joserfc.jwk import RSAKey

from app.oidc.errors import InvalidToken, KeysUnavailable
from app.oidc.key_set import read_key_set
from tests.oidc.issuer import (
    AUDIENCE,
    CLIENT_ID,
    After,
    encoded,
    generate,
    known_key,
    sign,
    unsigned,
)


@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "EdDSA"])
async def test_a_good_token_says_who_it_is(issuer, party, algorithm):
    exp = int(time.time()) + 300
    token = await party.verify(
        issuer.token(
            algorithm, exp=exp, email="amara@example.com", email_verified=True, name="Amara Birch"
        )
    )

    assert (token.issuer, token.subject) == (issuer.url, "u-17")
    assert token.expires_at.timestamp() == exp
    assert (token.email, token.email_verified, token.name) == (
        "amara@example.com", True, "Amara Birch",
    )  # fmt: skip
    assert token.claims["roles"] == ["hr-admins"]
    assert "amara" not in repr(token)


@pytest.mark.parametrize("audience", [AUDIENCE, [AUDIENCE], ["other", AUDIENCE]])
async def test_the_audience_is_ours_or_a_list_with_ours(issuer, party, audience):
    assert (await party.verify(issuer.token(aud=audience))).subject == "u-17"


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({"exp": After(-30)}, id="expired within the leeway"),
        pytest.param({"nbf": After(30)}, id="valid within the leeway"),
        pytest.param({"iat": After(30)}, id="issued by a clock that is ahead"),
        pytest.param({"iat": None}, id="no iat"),
        pytest.param({"nbf": 0}, id="nbf of old Keycloaks"),
        pytest.param({"exp": After(300.5)}, id="a date with a fraction"),
    ],
)
async def test_clocks_may_be_a_minute_apart(issuer, party, changed):
    assert (await party.verify(issuer.token(**changed))).subject == "u-17"


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        pytest.param({"exp": After(-61)}, "ExpiredTokenError", id="expired"),
        pytest.param({"exp": None}, "exp", id="no exp"),
        pytest.param({"exp": "2099-01-01"}, "exp", id="exp is a text"),
        pytest.param({"exp": True}, "exp", id="exp is true"),
        pytest.param({"exp": float("nan")}, "exp", id="exp is no number"),
        pytest.param({"exp": float("inf")}, "exp", id="exp is never"),
        pytest.param({"exp": 10**18}, "exp is no date", id="exp is after the last day"),
        pytest.param({"exp": 10**400}, "exp is no date", id="exp is huge"),
        pytest.param({"nbf": After(120)}, "nbf", id="not yet valid"),
        pytest.param({"nbf": "soon"}, "nbf", id="nbf is a text"),
        pytest.param({"iat": After(120)}, "iat", id="issued in the future"),
        pytest.param({"iss": "https://other.example.com"}, "iss", id="another issuer"),
        pytest.param({"iss": None}, "iss", id="no issuer"),
        pytest.param({"iss": ["https://other.example.com"]}, "iss", id="issuers"),
        pytest.param({"aud": "other"}, "aud", id="another audience"),
        pytest.param({"aud": AUDIENCE.upper()}, "aud", id="another case"),
        pytest.param({"aud": f"{AUDIENCE}2"}, "aud", id="begins like ours"),
        pytest.param({"aud": ["other"]}, "aud", id="other audiences"),
        pytest.param({"aud": []}, "aud", id="an empty list"),
        pytest.param({"aud": [AUDIENCE, 1]}, "aud", id="a list with a number"),
        pytest.param({"aud": {AUDIENCE: 1}}, "aud", id="an object"),
        pytest.param({"aud": None}, "aud", id="no audience"),
        pytest.param({"sub": None}, "sub", id="nobody"),
        pytest.param({"sub": ""}, "sub", id="empty"),
        pytest.param({"sub": 17}, "sub", id="a number"),
        pytest.param({"sub": "u\x0017"}, "sub", id="NUL"),
        pytest.param({"sub": "u\nlog line"}, "sub", id="a line"),
        pytest.param({"sub": "\ud800"}, "sub", id="half a character"),
        pytest.param({"sub": "u" * 256}, "sub", id="too long"),
        pytest.param({"cnf": {"jkt": "0"}}, "cnf", id="bound to a key"),
    ],
)
async def test_claims_that_are_not_right_are_refused(issuer, party, changed, reason):
    with pytest.raises(InvalidToken, match=reason):
        await party.verify(issuer.token(**changed))


async def test_a_trailing_slash_makes_another_issuer(issuer, party):
    with pytest.raises(InvalidToken, match="iss"):
        await party.verify(issuer.token(iss=f"{issuer.url}/"))


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        ({"crit": ["exp"]}, "crit"),
        ({"crit": []}, "crit"),
        ({"crit": ["b64"], "b64": False}, "no signed JWT"),
        ({"b64": True}, "b64"),
        ({"jku": "https://evil.example/keys"}, "jku"),
        ({"jwk": {"kty": "oct", "k": "AAAA"}}, "jwk"),
        ({"x5u": "https://evil.example/cert"}, "x5u"),
        ({"x5c": ["AAAA"]}, "x5c"),
        ({"kid": 7}, "kid"),
        ({"kid": ["first-RS256"]}, "kid"),
        ({"typ": "logout+jwt"}, "typ"),
        ({"typ": "dpop+jwt"}, "typ"),
        ({"typ": "id+jwt"}, "typ"),
        ({"typ": 1}, "typ"),
        ({"x5t": 1}, "signature"),
    ],
)
async def test_a_header_brings_no_key_and_no_extension(issuer, party, header, reason):
    with pytest.raises(InvalidToken, match=reason):
        await party.verify(issuer.token(header=header))

    assert issuer.asked["keys"] <= 1


@pytest.mark.parametrize("typ", ["at+jwt", "AT+JWT", "application/at+jwt", "JWT", "jwt", None])
async def test_access_tokens_are_typed_so_or_not_at_all(issuer, party, typ):
    assert (await party.verify(issuer.token(header={"typ": typ}))).subject == "u-17"


async def test_what_nobody_knows_in_a_header_is_ignored(issuer, party):
    assert await party.verify(issuer.token(header={"x5t": "AAAA", "new": {"a": 1}}))


async def test_a_signature_is_needed(issuer, party):
    good = issuer.token()
    header, claims, signature = good.split(".")
    other = issuer.token(sub="u-18").split(".")[2]

    for bad in (
        unsigned({"alg": "none"}, issuer.claims()),
        unsigned({"alg": "none"}, issuer.claims()) + "AAAA",
        unsigned({"alg": "None", "kid": "first-RS256"}, issuer.claims()) + "AAAA",
        f"{header}.{claims}.",
        f"{header}.{claims}.{other}",
        f"{header}.{claims}.{signature}AAAA",
        f"{header}.{claims}.{signature}=",
        f"{header}.{claims}.{signature}\n",
        f" {good}",
        f"{good}.",
        f"{good}.{signature}.{signature}",
    ):
        with pytest.raises(InvalidToken):
            await party.verify(bad)


@pytest.mark.parametrize("form", ["pem", "jwk", "der"])
async def test_the_public_key_is_no_secret(issuer, party, form):
    """HS256 with the issuer's public key as the secret, as a library might be talked into."""
    key = issuer.keys["RS256"]
    secret = {
        "pem": key.as_pem(private=False),
        "der": key.as_der(private=False),
        "jwk": json.dumps(key.as_dict(private=False)).encode(),
    }[form]
    parts = f"{encoded({'alg': 'HS256', 'kid': key.kid})}.{encoded(issuer.claims())}"
    signature = hmac.new(secret, parts.encode(), hashlib.sha256).digest()

    with pytest.raises(InvalidToken, match="alg"):
        await party.verify(f"{parts}.{encoded(signature)}")


@pytest.mark.parametrize(("said", "key"), [("ES256", "RS256"), ("RS256", "EdDSA")])
async def test_a_key_is_for_its_own_algorithm(issuer, party, said, key):
    with pytest.raises(InvalidToken, match="kid"):
        await party.verify(issuer.token(said, header={"kid": f"first-{key}"}))


async def test_only_the_algorithms_that_are_set_are_taken(issuer, relying_on):
    party = relying_on(algorithms=("ES256",))

    assert await party.verify(issuer.token("ES256"))
    for algorithm in ("RS256", "EdDSA"):
        with pytest.raises(InvalidToken, match="alg"):
            await party.verify(issuer.token(algorithm))


async def test_another_key_under_the_issuers_name_is_refused(issuer, party):
    theirs = generate("RS256", "first-RS256")
    token = sign({"alg": "RS256", "kid": "first-RS256"}, issuer.claims(), theirs)

    with pytest.raises(InvalidToken, match="signature"):
        await party.verify(token)


async def test_a_token_that_names_no_key_means_the_only_one(issuer, party):
    assert await party.verify(issuer.token("RS256", header={"kid": None}))

    issuer.extra_keys = [known_key("ES256", "one more").as_dict(private=False)]
    issuer.rotate("second")
    assert await party.verify(issuer.token("RS256"))
    with pytest.raises(InvalidToken, match="kid"):
        await party.verify(issuer.token("ES256", header={"kid": None}))


async def test_keys_that_are_not_for_this_are_left_out(issuer, party):
    with pytest.warns(UserWarning, match="2048"):
        short = RSAKey.generate_key(1024, {"kid": "short", "alg": "RS256"})
    secret = generate("HS256", "secret")
    encrypting = RSAKey.generate_key(2048, {"kid": "enc", "use": "enc"})
    issuer.extra_keys = [
        short.as_dict(private=False),
        secret.as_dict(private=True),
        encrypting.as_dict(private=False),
        {"kty": "RSA", "kid": "broken", "n": 1, "e": []},
        {"kty": "RSA", "kid": "empty"},
        {"kty": "AKP", "kid": "tomorrow", "alg": "ML-DSA-44", "pub": "AAAA"},
        {"kty": ["RSA"]},
        "no key",
    ]

    assert await party.verify(issuer.token())
    for key in (short, secret, encrypting):
        algorithm = "HS256" if key is secret else "RS256"
        bad = sign({"alg": algorithm, "kid": key.kid}, issuer.claims(), _for_all(key))
        with pytest.raises(InvalidToken):
            await party.verify(bad)


@pytest.mark.parametrize("bits", [1024, 8200])
def test_rsa_keys_have_2048_to_8192_bits_however_they_are_written(bits):
    number = ((1 << bits - 1) + 1).to_bytes(4096, "big")

    assert read_key_set({"keys": [{"kty": "RSA", "e": "AQAB", "n": encoded(number)}]}) == ()


def _for_all(key):
    """Return the key without what it is for, so that it signs."""
    if isinstance(key, RSAKey) and key.raw_value.key_size >= 2048:
        return RSAKey.import_key(key.as_pem(private=True))
    return key


@pytest.mark.parametrize(
    "bad",
    [
        "",
        ".",
        "..",
        "a.b.c",
        "tog_12345678_abc",
        "ö.ö.ö",
        "\ud800.a.b",
        "x" * 8192,
        "x" * 10_000_000,
        ".".join(["x" * 2700] * 3),
        f"{encoded(b'[' * 2000)}.{encoded({})}.AAAA",
        f"{encoded({'alg': 'RS256'})}.{encoded(b'[' * 4000)}.AAAA",
        f"{encoded({'alg': 'RS256'})}.{encoded(b'{' + b'9' * 5000)}.AAAA",
        f"{encoded({'alg': 'RS256'})}.{encoded([])}.AAAA",
        f"{encoded(['alg'])}.{encoded({})}.AAAA",
        f"{encoded('alg')}.{encoded({})}.AAAA",
        f"{encoded({'alg': ['RS256']})}.{encoded({})}.AAAA",
        f"{encoded({'alg': {'a': 1}})}.{encoded({})}.AAAA",
        f"{encoded({'alg': None})}.{encoded({})}.AAAA",
        f"{encoded({})}.{encoded({})}.AAAA",
    ],
    ids=range(20),
)
async def test_garbage_is_refused_without_asking_anybody(issuer, party, bad):
    with pytest.raises(InvalidToken):
        await party.verify(bad)

    assert issuer.asked == {}


async def test_a_good_token_may_be_8192_characters_long_and_no_longer(issuer, party):
    shorter = issuer.token("EdDSA", more="")
    room = 8192 - len(shorter)
    longest = issuer.token("EdDSA", more="x" * (room * 3 // 4))

    assert 8188 <= len(longest) <= 8192
    assert await party.verify(longest)
    with pytest.raises(InvalidToken, match="too long"):
        await party.verify(issuer.token("EdDSA", more="x" * (room * 3 // 4 + 8)))


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        pytest.param({"nonce": "n"}, "ID token", id="nonce"),
        pytest.param({"at_hash": "h"}, "ID token", id="at_hash"),
        pytest.param({"c_hash": "h"}, "ID token", id="c_hash"),
        pytest.param({"s_hash": "h"}, "ID token", id="s_hash"),
        pytest.param({"events": {}}, "logout", id="logout token"),
        pytest.param({"typ": "ID"}, "claim typ", id="Keycloak's ID token"),
        pytest.param({"typ": "Refresh"}, "claim typ", id="Keycloak's refresh token"),
        pytest.param({"typ": "Logout"}, "claim typ", id="Keycloak's logout token"),
    ],
)
async def test_an_id_token_is_no_credential(issuer, party, changed, reason):
    """Even where its audience is ours: an API may be registered as its own client."""
    good = {"aud": [CLIENT_ID, AUDIENCE], "typ": None}

    assert await party.verify(issuer.token(header={"typ": "JWT"}, **good))
    with pytest.raises(InvalidToken, match=reason):
        await party.verify(issuer.token(header={"typ": "JWT"}, **(good | changed)))


async def test_an_id_token_for_the_client_is_refused_by_its_audience(issuer, party):
    with pytest.raises(InvalidToken, match="aud"):
        await party.verify(issuer.id_token())


async def test_where_the_api_is_the_client_an_access_token_has_to_show_it(issuer, relying_on):
    """As at Microsoft Entra ID, where both kinds of tokens have the same audience."""
    party = relying_on(audiences=(CLIENT_ID,))

    with pytest.raises(InvalidToken, match="ID token"):
        await party.verify(issuer.id_token())
    for shown in ({"scp": "access"}, {"scope": "openid"}, {"azpacr": "1"}, {"typ": "Bearer"}):
        assert await party.verify(issuer.id_token(**shown))
    assert await party.verify(issuer.token(aud=CLIENT_ID, client_id=None))


async def test_without_an_audience_no_bearer_token_is_taken(issuer, relying_on):
    party = relying_on(audiences=())

    for token in (issuer.token(), issuer.token(aud=""), issuer.token(aud=[]), issuer.id_token()):
        with pytest.raises(InvalidToken, match="TIMEOFF_OIDC_AUDIENCES"):
            await party.verify(token)


async def test_without_a_client_no_id_token_is_taken(issuer, relying_on):
    party = relying_on(client_id=None, client_secret=None)

    for audience in (CLIENT_ID, ""):
        with pytest.raises(InvalidToken, match="TIMEOFF_OIDC_CLIENT_ID"):
            await party.verifier.verify_id_token(issuer.id_token(aud=audience, nonce="n"), "n")


async def test_a_refusal_is_remembered_for_nobody(issuer, party):
    """A bad token under a name or an id leaves the next, good one as it is, and the other way."""
    good = issuer.token(jti="one", kid="first-RS256")
    header, claims, _ = good.split(".")
    for _ in range(3):
        with pytest.raises(InvalidToken):
            await party.verify(f"{header}.{claims}.AAAA")
        with pytest.raises(InvalidToken):
            await party.verify(issuer.token(header={"kid": "unknown"}))
        assert (await party.verify(good)).claims["jti"] == "one"


async def test_no_refusal_repeats_what_was_sent(issuer, party):
    secrets = ("marked-sub", "marked-kid", "marked-aud", "marked-alg")
    for token in (
        issuer.token(sub="marked-sub\n"),
        issuer.token(header={"kid": "marked-kid"}),
        issuer.token(aud="marked-aud"),
        unsigned({"alg": "marked-alg"}, issuer.claims()) + "AA",
    ):
        with pytest.raises(InvalidToken) as refusal:
            await party.verify(token)
        assert not any(each in str(refusal.value) for each in secrets)
        assert token.split(".")[1] not in str(refusal.value)


async def test_without_keys_a_refusal_says_that_it_is_not_the_token(relying_on):
    party = relying_on(issuer="http://127.0.0.1:9")  # where nobody listens
    now = int(time.time())
    claims = {"iss": "http://127.0.0.1:9", "aud": AUDIENCE, "sub": "a", "exp": now + 60}
    token = sign({"alg": "RS256", "kid": "a", "typ": "at+jwt"}, claims, known_key("RS256", "a"))

    with pytest.raises(KeysUnavailable):
        await party.verify(token)


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
async def test_a_flipped_byte_never_makes_other_claims(issuer, party, data):
    algorithm = data.draw(st.sampled_from(["RS256", "ES256", "EdDSA"]))
    good = issuer.token(algorithm)
    place = data.draw(st.integers(0, len(good) - 1))
    flipped = chr(ord(good[place]) ^ data.draw(st.integers(1, 127)))
    expected = (await party.verify(good)).claims

    try:
        token = await party.verify(good[:place] + flipped + good[place + 1 :])
    except InvalidToken:
        return
    assert token.claims == expected


PARTS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)
CLAIMS = ["iss", "sub", "aud", "exp", "nbf", "iat", "roles", "typ", "nonce", "cnf", "email", "name"]


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    claims=st.dictionaries(st.sampled_from(CLAIMS), PARTS),
    header=st.dictionaries(st.sampled_from(["typ", "kid", "crit", "b64", "jwk", "x5t"]), PARTS),
)
async def test_whatever_is_signed_is_taken_or_refused(issuer, party, claims, header):
    """No other exception, whatever a header or a claim is: it would be a 500."""
    key = issuer.keys["EdDSA"]
    head = {"alg": "EdDSA", "kid": key.kid} | header
    everything = json.dumps(issuer.claims() | claims).encode()
    parts = f"{encoded(head)}.{encoded(everything)}"
    signature = key.get_op_key("sign").sign(parts.encode())
    try:
        token = await party.verify(f"{parts}.{encoded(signature)}")
    except InvalidToken:
        return
    assert token.issuer == issuer.url
    assert repr(token)


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(header=PARTS, claims=PARTS)
async def test_whatever_json_a_token_is_made_of_is_refused(issuer, party, header, claims):
    with pytest.raises(InvalidToken):
        await party.verify(f"{encoded(header)}.{encoded(claims)}.AAAA")
