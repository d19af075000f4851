"""What opens an account of Procore's, and where it is asked."""

from dataclasses import replace

import pytest

from app.domain.errors import InvalidValue, Refused
from app.domain.sync.addresses import VendorHosts, login_url
from app.domain.sync.credentials import (
    ClientCredentials,
    Credentials,
    read_credentials,
    refuse_of_another,
)
from app.domain.sync.upstreams import UpstreamApi
from tests.builders import COMPANY

GIVEN = ClientCredentials("562949953421312", "client-of-sixteen", "a-secret")


def test_what_was_sealed_is_read_as_what_it_was():
    token = Credentials("token")

    assert read_credentials(GIVEN.content()) == GIVEN
    assert read_credentials(token.content()) == token
    assert (GIVEN.secrets, token.secrets) == (("a-secret",), ("token",))
    assert "a-secret" not in repr(GIVEN)


def test_a_hint_shows_nothing_of_what_could_be_guessed():
    assert GIVEN.hint == "teen"
    assert not replace(GIVEN, client_id="short").hint


@pytest.mark.parametrize("company", ["562949953421312", COMPANY])
def test_a_company_has_a_number_or_a_uuid(company):
    replace(GIVEN, company=company).refuse_unfit()


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"company": "7/people"}, "company"),
        ({"company": ""}, "company"),
        ({"client_id": ""}, "client_id"),
        ({"client_id": "two words"}, "client_id"),
        ({"client_secret": "é"}, "client_secret"),
        ({"client_secret": "a" * 4_097}, "client_secret"),
    ],
)
def test_what_procore_shows_nobody_is_refused(given, path):
    with pytest.raises(Refused) as refused:
        replace(GIVEN, **given).refuse_unfit()

    assert [each.path for each in refused.value.errors] == [(path,)]


def test_procore_is_asked_at_its_own_hosts():
    usual = VendorHosts().read_base_url(UpstreamApi.PROCORE_REST, None)

    assert usual == "https://api.procore.com/rest/v1.0/workforce-planning/"


@pytest.mark.parametrize(
    ("api", "login"),
    [
        ("https://api.procore.com/rest/v1.0/", "https://login.procore.com/"),
        ("https://SANDBOX.procore.com/rest/v1.0/", "https://login-sandbox.procore.com/"),
        ("http://127.0.0.1:8080/procore/", "http://127.0.0.1:8080/"),
    ],
)
def test_procore_hands_out_tokens_at_the_login_host_of_its_api(api, login):
    assert login_url(api) == login


def test_each_system_is_opened_by_what_it_hands_out():
    refuse_of_another(UpstreamApi.PROCORE_REST, GIVEN)
    refuse_of_another(UpstreamApi.KANTATA_OX, Credentials("token"))

    for api, other in (
        (UpstreamApi.KANTATA_OX, GIVEN),
        (UpstreamApi.PROCORE_REST, Credentials("t")),
    ):
        with pytest.raises(InvalidValue):
            refuse_of_another(api, other)
