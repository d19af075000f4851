"""The keys of an issuer's key set that may say whether a signature is good (RFC 7517)."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, Key, OKPKey, RSAKey
from joserfc.jws import JWSRegistry

KeySet = tuple[Key, ...]

LEAST_RSA_BITS: Final = 2048
"""NIST SP 800-131A; RFC 7518, 3.3."""
MOST_RSA_BITS: Final = 8192
"""Longer ones cost more time than they are worth."""

_BITS_OF_A_CHARACTER: Final = 6


def read_key_set(document: Mapping[str, Any]) -> KeySet:
    """Return the keys that can be used; raise ValueError if the document is no key set.

    Left out, as if they were not there: keys to encrypt with (``use: enc``), secrets (``oct``: the
    gateway verifies, and whoever knows such a key could sign), RSA keys below 2,048 bits, other
    curves than P-256 and Ed25519, and what cannot be read.
    """
    keys = document.get("keys")
    if not isinstance(keys, list):
        raise ValueError("its key set has no list of keys")  # noqa: TRY004 - the document is wrong
    return tuple(_usable(keys))


def find_key(keys: KeySet, kid: str | None, algorithm: str) -> Key | None:
    """Return the key that a token names, if it is one for this algorithm.

    A token that names none (RFC 7515, 4.1.4 allows it) means the only key for its algorithm; of
    several it means none (OpenID Connect Core, 10.1).
    """
    fitting = [key for key in keys if _is_for(key, algorithm)]
    if kid is None:
        return fitting[0] if len(fitting) == 1 else None
    return next((key for key in fitting if key.kid == kid), None)


def _usable(keys: list[object]) -> Iterator[Key]:
    for each in keys:
        if isinstance(each, dict) and _is_meant_for_signatures(each):
            try:
                key = _import(each)
            except Exception:  # noqa: BLE001, S112 - whatever is wrong with it, it is one key of many
                continue
            if key is not None:
                yield key


def _is_meant_for_signatures(key: Mapping[str, Any]) -> bool:
    operations = key.get("key_ops", ["verify"])
    return (
        key.get("use", "sig") == "sig" and isinstance(operations, list) and "verify" in operations
    )


def _import(key: dict[str, Any]) -> Key | None:
    match key.get("kty"):
        case "RSA" if len(key["n"]) * _BITS_OF_A_CHARACTER >= LEAST_RSA_BITS:
            rsa = RSAKey.import_key(key)
            bits = rsa.raw_value.key_size
            return rsa if LEAST_RSA_BITS <= bits <= MOST_RSA_BITS else None
        case "EC" if key.get("crv") == "P-256":
            return ECKey.import_key(key)
        case "OKP" if key.get("crv") == "Ed25519":
            return OKPKey.import_key(key)
    return None


def _is_for(key: Key, algorithm: str) -> bool:
    try:
        JWSRegistry.algorithms[algorithm].check_key(key)
    except JoseError:
        return False
    return True
