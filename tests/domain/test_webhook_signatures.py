"""Secrets and signatures, by the letter of Standard Webhooks."""

from base64 import b64encode
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from hmac import new as hmac

import pytest

from app.domain.errors import InvalidValue
from app.domain.webhook_events import Message
from app.domain.webhook_signatures import (
    ROTATION_GRACE,
    SigningSecrets,
    key_of,
    new_secret,
    read_secret,
    signed_headers,
)

NOW = datetime.fromtimestamp(1_614_265_330, UTC)
OLD = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def secret_of(length, prefix="whsec_"):
    return prefix + b64encode(b"k" * length).decode()


def test_the_example_of_the_specification_s_own_libraries_is_signed_alike():
    """Its id, time, payload, secret and signature stand in the libraries' tests."""
    message = Message("msg_p5jXN8AQM9LWM0D4loKWxJek", "test", b'{"test": 2432232314}', 1, 1)

    assert signed_headers(message, SigningSecrets(OLD), NOW) == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


def test_after_a_rotation_both_secrets_sign_for_a_day():
    message, new = Message("msg_1", "test", b"{}", 1, 1), new_secret()
    secrets = SigningSecrets(OLD).rotated(new, NOW)

    def signatures(at):
        headers = signed_headers(message, secrets, at)
        assert headers["webhook-timestamp"] == str(int(at.timestamp()))
        content = f"msg_1.{int(at.timestamp())}.{{}}".encode()
        made = {
            name: "v1," + b64encode(hmac(key_of(each), content, sha256).digest()).decode()
            for name, each in (("new", new), ("old", OLD))
        }
        told = headers["webhook-signature"].split(" ")
        return [name for each in told for name, value in made.items() if value == each]

    assert signatures(NOW) == ["new", "old"]
    assert signatures(NOW + ROTATION_GRACE - timedelta(seconds=1)) == ["new", "old"]
    assert signatures(NOW + ROTATION_GRACE) == ["new"]


def test_a_second_rotation_forgets_the_first_secret():
    second, third = new_secret(), new_secret()

    secrets = SigningSecrets(OLD).rotated(second, NOW).rotated(third, NOW)

    assert secrets.at(NOW) == (third, second)


def test_a_new_secret_has_32_random_bytes():
    assert new_secret() != new_secret()
    assert read_secret(new_secret())


@pytest.mark.parametrize("length", [24, 25, 32, 63, 64])
def test_a_secret_of_24_to_64_bytes_can_be_brought_along(length):
    assert read_secret(secret_of(length)) == secret_of(length)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "whsec_",
        secret_of(23),
        secret_of(65),
        secret_of(32, "whsk_"),
        secret_of(32, ""),
        secret_of(32, "whsec_whsec_"),
        secret_of(32).rstrip("="),
        secret_of(32) + "=",
        secret_of(32) + "\n",
        " " + secret_of(32),
        "whsec_" + "é" * 44,
        "whsec_" + "_" * 44,
    ],
)
def test_what_is_no_secret_is_refused_without_repeating_it(text):
    with pytest.raises(InvalidValue) as refused:
        read_secret(text)

    assert len(text) < 8 or text not in refused.value.message


def test_no_secret_is_shown_by_accident():
    assert OLD not in repr(SigningSecrets(OLD).rotated(new_secret(), NOW))
