"""Keys are fetched seldom, renewed while in use, and kept while the issuer fails."""

import asyncio
import logging

import pytest

from app.oidc.errors import InvalidToken, IssuerUnavailable, KeysUnavailable
from app.oidc.fetching import Fetcher
from app.oidc.issuer import Issuer as KnownIssuer
from app.oidc.settings import OidcLimits
from tests.oidc.issuer import After, Behaviour

BAD_ANSWERS = sorted(set(Behaviour) - {Behaviour.GOOD, Behaviour.SLOW}, key=lambda each: each.name)


class Clock:
    """Time that passes when a test says so."""

    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def behaviour():
    """Say how the issuer will answer badly; by default it will not."""
    return Behaviour.GOOD


@pytest.fixture
async def known(issuer, clock, behaviour):
    """Return the issuer as the gateway knows it, by a clock of the test's."""
    seconds = 0.5 if behaviour is Behaviour.ENDLESS else 30
    limits = OidcLimits(fetch_seconds=seconds, wait_seconds=30)
    async with Fetcher(limits) as fetcher:
        known = KnownIssuer(issuer.url, fetcher, limits, clock)
        yield known
        await known.aclose()


def on(issuer, *names):
    return {name: issuer.asked[name] for name in names}


async def until(condition):
    for _ in range(3000):
        if condition():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it did not happen")


async def test_the_first_token_waits_for_the_keys_and_the_others_have_them(issuer, party):
    for _ in range(3):
        await party.verify(issuer.token())

    assert issuer.asked == {"metadata": 1, "keys": 1}


async def test_a_start_fetches_the_keys_before_they_are_asked_for(issuer, party):
    party.start()
    await until(lambda: issuer.asked["keys"] == 1)

    await party.verify(issuer.token())
    assert issuer.asked["keys"] == 1


async def test_many_at_once_wait_for_one_fetch(issuer, party):
    tokens = [issuer.token(sub=f"u-{n}") for n in range(200)]

    taken = await asyncio.gather(*map(party.verify, tokens))

    assert [each.subject for each in taken] == [f"u-{n}" for n in range(200)]
    assert issuer.asked == {"metadata": 1, "keys": 1}


async def test_never_are_two_fetches_under_way(issuer, clock):
    issuer.behaviour["keys"] = Behaviour.SLOW
    limits = OidcLimits(fetch_seconds=30, wait_seconds=30, unknown_key_seconds=0, renew_seconds=0)
    async with Fetcher(limits) as fetcher:
        known = KnownIssuer(issuer.url, fetcher, limits, clock)
        await asyncio.gather(*(known.key(f"unknown-{n}", "RS256") for n in range(50)))

    assert issuer.asked["keys"] == 1


async def test_who_gives_up_waiting_takes_nothing_from_the_others(issuer, relying_on):
    party = relying_on(limits=OidcLimits(fetch_seconds=5, wait_seconds=5))
    issuer.behaviour["keys"] = Behaviour.SLOW
    first = asyncio.create_task(party.verify(issuer.token()))
    second = asyncio.create_task(party.verify(issuer.token()))
    await until(lambda: issuer.asked["keys"] == 1)

    first.cancel()

    assert (await second).subject == "u-17"
    assert issuer.asked["keys"] == 1


async def test_a_thousand_unknown_keys_cause_one_fetch(issuer, party):
    good = issuer.token()
    await party.verify(good)
    before = issuer.asked["keys"]
    burst = [issuer.token("EdDSA", header={"kid": f"unknown-{n}"}) for n in range(1000)]

    refused = await asyncio.gather(*map(party.verify, burst), return_exceptions=True)
    for token in burst[:100]:  # and one after another
        with pytest.raises(InvalidToken):
            await party.verify(token)

    assert all(type(each) is InvalidToken for each in refused)
    assert issuer.asked["keys"] - before == 1
    assert issuer.asked["metadata"] == 1
    assert (await party.verify(good)).subject == "u-17"


async def test_a_thousand_unknown_keys_before_any_key_is_known_cause_one_fetch(issuer, party):
    burst = [issuer.token("EdDSA", header={"kid": f"unknown-{n}"}) for n in range(1000)]

    refused = await asyncio.gather(*map(party.verify, burst), return_exceptions=True)

    assert all(isinstance(each, InvalidToken) for each in refused)
    assert issuer.asked == {"metadata": 1, "keys": 1}


@pytest.mark.parametrize(
    "bad",
    [
        {"iss": "https://other.example.com"},
        {"aud": "other"},
        {"exp": After(-100)},
        {"nonce": "n"},
    ],
    ids=str,
)
async def test_a_token_that_is_bad_anyhow_causes_no_fetch(issuer, party, bad):
    with pytest.raises(InvalidToken):
        await party.verify(issuer.token(header={"kid": "unknown", "typ": "JWT"}, **bad))

    assert issuer.asked == {}


async def test_keys_rotate_while_in_use(issuer, party):
    old = issuer.token()
    await party.verify(old)

    issuer.rotate("second")
    new = issuer.token()

    assert (await party.verify(new)).subject == "u-17"
    with pytest.raises(InvalidToken, match="no such key"):
        await party.verify(old)
    assert issuer.asked["keys"] == 2


async def test_while_both_keys_are_published_both_are_taken(issuer, party):
    old = issuer.token()
    await party.verify(old)

    issuer.extra_keys = [issuer.keys["RS256"].as_dict(private=False)]
    issuer.rotate("second")

    assert await party.verify(issuer.token())
    assert await party.verify(old)


async def test_an_unknown_key_is_asked_for_again_after_30_seconds(issuer, known, clock):
    assert await known.key("first-RS256", "RS256")
    assert await known.key("second-RS256", "RS256") is None
    issuer.rotate("second")

    clock.now += 29.9
    assert await known.key("second-RS256", "RS256") is None
    assert issuer.asked["keys"] == 2
    clock.now += 0.1
    assert await known.key("second-RS256", "RS256")
    assert on(issuer, "metadata", "keys") == {"metadata": 1, "keys": 3}


async def test_keys_are_renewed_after_ten_minutes_beside_the_request(issuer, known, clock):
    await known.key("first-RS256", "RS256")
    issuer.behaviour["keys"] = Behaviour.SLOW

    clock.now += 599
    await known.key("first-RS256", "RS256")
    assert issuer.asked["keys"] == 1
    clock.now += 1
    assert await known.key("first-RS256", "RS256")
    assert known._is_fetching()  # noqa: SLF001 - nobody waited for it
    await until(lambda: issuer.asked["keys"] == 2)
    assert issuer.asked["metadata"] == 2


async def test_a_key_that_the_issuer_withdraws_is_gone_with_the_next_renewal(issuer, known, clock):
    await known.key("first-RS256", "RS256")
    issuer.rotate("second")

    clock.now += 600
    await known.key("first-RS256", "RS256")
    await until(lambda: issuer.asked["keys"] == 2)
    await until(lambda: known._keys_at == clock.now)  # noqa: SLF001 - a moment between two awaits
    assert await known.key("first-RS256", "RS256") is None


async def test_after_a_quiet_night_a_withdrawn_key_is_not_taken_once_more(issuer, known, clock):
    await known.key("first-RS256", "RS256")
    issuer.rotate("second")

    clock.now += 1200
    assert await known.key("first-RS256", "RS256") is None
    assert await known.key("second-RS256", "RS256")


async def test_old_keys_of_a_failing_issuer_make_nobody_wait(issuer, known, clock):
    await known.key("first-RS256", "RS256")
    issuer.behaviour["keys"] = Behaviour.FAILING
    clock.now += 600
    await known.key("first-RS256", "RS256")
    await known._wait(30)  # noqa: SLF001 - for what it does in the background

    clock.now += 7200
    issuer.behaviour["keys"] = Behaviour.SLOW
    assert await known.key("first-RS256", "RS256")
    assert known._is_fetching()  # noqa: SLF001 - nobody waited for it


@pytest.mark.parametrize("behaviour", BAD_ANSWERS, ids=lambda each: each.value)
@pytest.mark.parametrize("name", ["keys", "metadata"])
async def test_the_last_good_keys_outlive_a_failing_issuer(
    issuer, known, clock, caplog, name, behaviour
):
    assert await known.key("first-RS256", "RS256")
    issuer.behaviour = dict.fromkeys(issuer.behaviour, Behaviour.FAILING) | {name: behaviour}

    for _ in range(5):  # an hour
        clock.now += 720
        assert await known.key("first-RS256", "RS256")
        await known._wait(30)  # noqa: SLF001 - for what it does in the background

    told = [each.getMessage() for each in caplog.records if each.levelno >= logging.WARNING]
    assert len(told) == 1, told
    assert issuer.url in told[0]
    assert "the keys it had stay in use" in told[0]
    issuer.behaviour = dict.fromkeys(issuer.behaviour, Behaviour.GOOD)
    clock.now += 30
    await known.key("first-RS256", "RS256")
    await known._wait(30)  # noqa: SLF001
    assert "answers again" in caplog.records[-1].getMessage()


@pytest.mark.parametrize("behaviour", BAD_ANSWERS, ids=lambda each: each.value)
@pytest.mark.parametrize("name", ["keys", "metadata"])
async def test_a_failing_issuer_at_the_start_hangs_and_stops_nothing(
    issuer, known, clock, caplog, name, behaviour
):
    issuer.behaviour[name] = behaviour
    known.start()

    for _ in range(20):
        with pytest.raises(KeysUnavailable):
            await known.key("first-RS256", "RS256")

    assert issuer.asked["metadata"] == 1
    assert issuer.asked["keys"] <= 1
    assert len([each for each in caplog.records if each.levelno >= logging.WARNING]) <= 1
    await known._wait(30)  # noqa: SLF001
    issuer.behaviour[name] = Behaviour.GOOD
    clock.now += 30
    assert await known.key("first-RS256", "RS256")


async def test_a_slow_issuer_makes_nobody_wait_long_and_its_keys_are_taken_when_they_come(
    issuer, relying_on
):
    party = relying_on(limits=OidcLimits(fetch_seconds=5, wait_seconds=0.1))
    issuer.behaviour["keys"] = Behaviour.SLOW
    token = issuer.token()

    with pytest.raises(KeysUnavailable, match="still being fetched"):
        await party.verify(token)
    await party._issuer._wait(30)  # noqa: SLF001
    assert (await party.verify(token)).subject == "u-17"
    assert issuer.asked["keys"] == 1


@pytest.mark.parametrize(
    "metadata",
    [
        {"issuer": "https://other.example.com"},
        {"issuer": None},
        {"jwks_uri": None},
        {"jwks_uri": "http://10.0.0.7/keys"},
        {"jwks_uri": "file:///etc/passwd"},
        {"jwks_uri": 7},
    ],
    ids=str,
)
async def test_metadata_of_another_issuer_or_without_safe_keys_is_none(issuer, known, metadata):
    issuer.metadata = metadata

    with pytest.raises(KeysUnavailable):
        await known.key("first-RS256", "RS256")
    with pytest.raises(IssuerUnavailable):
        await known.metadata()
    assert issuer.asked["keys"] == 0


async def test_a_trailing_slash_is_part_of_the_name(issuer, known):
    issuer.metadata = {"issuer": f"{issuer.url}/"}

    with pytest.raises(IssuerUnavailable, match="names another issuer"):
        await known.metadata()


@pytest.mark.parametrize("keys", [[], [{"kty": "oct", "k": "AAAA"}]])
async def test_a_set_without_a_key_of_use_does_not_replace_one_with(issuer, known, clock, keys):
    assert await known.key("first-RS256", "RS256")

    issuer.keys, issuer.extra_keys = {}, keys
    clock.now += 600
    await known.key("first-RS256", "RS256")
    await known._wait(30)  # noqa: SLF001
    assert await known.key("first-RS256", "RS256")


async def test_an_end_stops_what_is_being_fetched(issuer, party):
    issuer.behaviour["keys"] = Behaviour.SLOW
    party.start()
    await until(lambda: issuer.asked["keys"] == 1)

    await party.aclose()
    assert party._issuer._fetching.cancelled()  # noqa: SLF001
