"""An issuer by https: its certificate is checked, by the authorities of the system or one's own."""

import datetime as dt
import os
import subprocess
import sys
from ipaddress import ip_address

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.guides import PROJECT
from tests.oidc.issuer import running_issuer

ASK = """
import asyncio, sys
from app.oidc.relying_party import RelyingParty
from app.oidc.settings import OidcSettings
from app.oidc.errors import InvalidToken

async def main(issuer, token):
    async with RelyingParty(OidcSettings(issuer, ("timeoff-api",)), "secret") as party:
        try:
            print("taken", (await party.verify(token)).subject)
        except InvalidToken as refusal:
            print(type(refusal).__name__)

asyncio.run(main(*sys.argv[1:]))
"""


@pytest.fixture
def certificate(tmp_path):
    """Return a file with a certificate that only itself vouches for, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "an authority of one's own")])
    now = dt.datetime.now(dt.UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    file = tmp_path / "issuer.pem"
    file.write_bytes(
        signed.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return file


@pytest.mark.process
def test_the_certificate_of_an_issuer_is_checked(certificate):
    with running_issuer(certificate) as issuer:
        command = [sys.executable, "-c", ASK, issuer.url, issuer.token()]
        usual = {name: value for name, value in os.environ.items() if name != "SSL_CERT_FILE"}
        said = [
            subprocess.run(
                command, env=environment, cwd=PROJECT, capture_output=True, text=True, check=True
            ).stdout.strip()
            for environment in (usual, usual | {"SSL_CERT_FILE": str(certificate)})
        ]

    assert said == ["KeysUnavailable", "taken u-17"]
