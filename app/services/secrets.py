"""How secrets that are handed out are kept: links of feeds, tokens, sessions."""

from hashlib import sha256


def hash_of(secret: str) -> str:
    """Return what is stored of a secret.

    256 random bits are not found by trying: a slow hash would add nothing.
    """
    return sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
