"""docs/access.md: the settings of each provider are settings, and take its tokens as shown."""

import json
import re
import shlex
from dataclasses import replace

import pytest

from app.domain.access import AccessRole
from app.oidc.relying_party import RelyingParty
from app.settings import Settings, variable_name
from tests.guides import DOCS, blocks

PROVIDERS = ["login.example.com", "login.microsoftonline.com", "auth0.com", "okta.com"]
PAGE = [block for block in blocks(DOCS / "access.md") if block.section == "OpenID Connect"]


def shown(language, provider):
    """Return the block of this language that names this provider as the issuer."""
    issuer = f'OIDC_ISSUER=https://[^\n]*{provider}|"iss": "https://[^\n]*{provider}'
    (block,) = (
        each.text for each in PAGE if each.language == language and re.search(issuer, each.text)
    )
    return block


@pytest.fixture
def shown_settings(monkeypatch, tmp_path):
    """Return the settings of a provider's block, with a secret where it says there is one."""
    for name in Settings.model_fields:
        monkeypatch.delenv(variable_name(name), raising=False)
    secret = tmp_path / "secret"
    secret.write_text("s3cret\n", "utf-8")

    def read(provider):
        for name, value in (each.split("=", 1) for each in shlex.split(shown("sh", provider))):
            monkeypatch.setenv(name, str(secret) if name.endswith("_FILE") else value)
        return Settings.read().oidc

    return read


@pytest.mark.parametrize("provider", PROVIDERS)
async def test_the_settings_take_the_token_as_shown(issuer, shown_settings, provider):
    oidc = shown_settings(provider)
    claims = json.loads(shown("json", provider))
    assert (oidc.issuer, oidc.client_secret) == (claims["iss"], "s3cret")

    # What the issuer of the tests writes by itself, and this provider does not.
    left_out = {"client_id": None, "roles": None}
    async with RelyingParty(replace(oidc, issuer=issuer.url), "secret") as party:
        someone = party.identity_of(
            await party.verify(
                issuer.token(header={"typ": "JWT"}, **(left_out | claims | {"iss": issuer.url}))
            )
        )

    assert someone.role is AccessRole.HR
    assert someone.name == f"oidc:{issuer.url}:{claims['sub']}"


@pytest.mark.parametrize("provider", ["login.example.com", "auth0.com"])
async def test_the_worker_is_told_as_the_page_says(issuer, shown_settings, provider):
    oidc, claims = shown_settings(provider), json.loads(shown("json", provider))
    async with RelyingParty(replace(oidc, issuer=issuer.url), "secret") as party:
        token = await party.verify(issuer.token(**(claims | {"iss": issuer.url})))
        assert party.identity_of(token).worker_hint == "amara.birch@example.com"
