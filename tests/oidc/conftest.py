"""A real issuer, and the gateway's side of it."""

from dataclasses import replace

import pytest

from app.domain.access import AccessRole
from app.oidc.relying_party import RelyingParty
from app.oidc.settings import ClaimRules, OidcLimits, OidcSettings
from tests.oidc.issuer import AUDIENCE, CLIENT_ID, CLIENT_SECRET, running_issuer

PATIENT = OidcLimits(fetch_seconds=30, wait_seconds=30)
"""For what is to succeed, on a machine that has other things to do as well."""


@pytest.fixture(scope="session")
def running():
    with running_issuer() as issuer:
        yield issuer


@pytest.fixture
def issuer(running):
    """Return the issuer as at first: only its address is that of the test before."""
    running.reset()
    return running


@pytest.fixture
def settings(issuer):
    return OidcSettings(
        issuer=issuer.url,
        audiences=(AUDIENCE,),
        rules=ClaimRules({"hr-admins": AccessRole.HR}),
        client_id=CLIENT_ID,
        client_secret=CLIENT_SECRET,
        limits=PATIENT,
    )


@pytest.fixture
async def relying_on(settings):
    """Return a relying party with the settings as changed."""
    parties = []

    def make(**changed):
        party = RelyingParty(replace(settings, **changed), "secret of the tests")
        parties.append(party)
        return party

    yield make
    for party in parties:
        await party.aclose()


@pytest.fixture
def party(relying_on):
    return relying_on()
