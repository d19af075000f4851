"""The settings of an issuer: what can be set, and the sentence that says what to do otherwise."""

import pytest

from app.domain.access import AccessRole
from app.oidc.settings import ALGORITHMS, ClaimRules, OidcSettings, may_be_asked
from app.settings import InvalidSettings, Settings, variable_name

SECRET = "s3cret"  # noqa: S105 - the example's
ISSUER = "https://login.example.com/realms/staff"
LEAST = {"oidc_issuer": ISSUER, "oidc_audiences": "timeoff", "oidc_roles": "hr=HR"}


@pytest.fixture(autouse=True)
def environment(monkeypatch):
    """Start from an environment without settings, whoever runs the tests."""
    for name in Settings.model_fields:
        monkeypatch.delenv(variable_name(name), raising=False)
    return monkeypatch.setenv


@pytest.fixture
def secret_file(tmp_path):
    file = tmp_path / "secret"
    file.write_text(f"{SECRET}\n", "utf-8")
    return file


def test_without_an_issuer_there_is_none():
    assert Settings.read().oidc is None


def test_what_is_not_set_is_strict():
    assert Settings.read(**LEAST).oidc == OidcSettings(
        issuer=ISSUER,
        audiences=("timeoff",),
        algorithms=ALGORITHMS,
        leeway_seconds=60,
        rules=ClaimRules({"hr": AccessRole.HR}, "roles"),
        scopes="openid profile email",
    )


def test_everything_can_be_set(environment, secret_file):
    environment("TIMEOFF_OIDC_ISSUER", ISSUER)
    environment("TIMEOFF_OIDC_AUDIENCES", "api://Timeoff, second")
    environment("TIMEOFF_OIDC_ALGORITHMS", "ES256")
    environment("TIMEOFF_OIDC_LEEWAY_SECONDS", "0")
    environment("TIMEOFF_OIDC_ROLES", "HR-Admins=HR, staff=employee,dn=it=ADMIN")
    environment("TIMEOFF_OIDC_ROLE_CLAIM", "realm_access.roles")
    environment("TIMEOFF_OIDC_COMPANIES_CLAIM", "companies")
    environment("TIMEOFF_OIDC_WORKER_CLAIM", "employee_id")
    environment("TIMEOFF_OIDC_CLIENT_ID", "gateway")
    environment("TIMEOFF_OIDC_CLIENT_SECRET_FILE", str(secret_file))
    environment("TIMEOFF_OIDC_SCOPES", "openid  email")

    assert Settings.read().oidc == OidcSettings(
        issuer=ISSUER,
        audiences=("api://Timeoff", "second"),
        algorithms=("ES256",),
        leeway_seconds=0,
        rules=ClaimRules(
            {"HR-Admins": AccessRole.HR, "staff": AccessRole.EMPLOYEE, "dn=it": AccessRole.ADMIN},
            "realm_access.roles",
            "companies",
            "employee_id",
        ),
        client_id="gateway",
        client_secret=SECRET,
        scopes="openid email",
    )


def test_a_child_process_reads_the_same(environment, secret_file):
    settings = Settings.read(**LEAST, oidc_client_id="gateway", oidc_client_secret_file=secret_file)

    for variable, value in settings.as_environment().items():
        environment(variable, value)

    assert Settings.read() == settings
    assert Settings.read().oidc == settings.oidc


def test_the_secret_is_shown_nowhere(secret_file):
    oidc = Settings.read(
        **LEAST, oidc_client_id="gateway", oidc_client_secret_file=secret_file
    ).oidc

    assert oidc is not None
    assert oidc.client_secret == SECRET
    assert SECRET not in repr(oidc)


@pytest.mark.parametrize(
    "issuer",
    [
        "http://login.example.com",
        "login.example.com",
        "https://",
        "https://login.example.com?tenant=1",
        "https://login.example.com/#a",
        "https://login.example.com/?",
        "https://me:pw@login.example.com",
        "https://login.example.com:port",
        "https://login.example.com/a b",
        "http://127.0.0.1.example.com",
        "ftp://127.0.0.1",
    ],
)
def test_an_issuer_is_https_and_nothing_but_an_address(issuer):
    with pytest.raises(
        InvalidSettings, match="TIMEOFF_OIDC_ISSUER: is not an address such .*openid-configuration"
    ):
        Settings.read(**(LEAST | {"oidc_issuer": issuer}))


@pytest.mark.parametrize(
    "issuer", ["http://127.0.0.1:9/a", "http://localhost:8080/realms/a", "http://[::1]:9"]
)
def test_on_this_machine_it_may_be_http(issuer):
    assert Settings.read(**(LEAST | {"oidc_issuer": issuer})).oidc is not None


@pytest.mark.parametrize("algorithms", ["HS256", "none", "RS256,HS256", "rs256", ",", "PS256"])
def test_other_algorithms_are_refused_at_start(algorithms):
    with pytest.raises(
        InvalidSettings, match="TIMEOFF_OIDC_ALGORITHMS: takes one .*RS256, ES256, EdDSA"
    ):
        Settings.read(**LEAST, oidc_algorithms=algorithms)


@pytest.mark.parametrize("roles", ["hr", "hr=", "=HR", "hr=BOSS", "hr=HR,hr=ADMIN", "a=HR=x"])
def test_roles_are_pairs_and_each_value_is_named_once(roles):
    with pytest.raises(InvalidSettings, match="TIMEOFF_OIDC_ROLES: "):
        Settings.read(**(LEAST | {"oidc_roles": roles}))


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"oidc_audiences": "timeoff"}, "TIMEOFF_OIDC_AUDIENCES is about an issuer"),
        ({"oidc_roles": "hr=HR"}, "TIMEOFF_OIDC_ROLES is about an issuer"),
        ({"oidc_leeway_seconds": 1}, "TIMEOFF_OIDC_LEEWAY_SECONDS is about an issuer"),
        ({"oidc_issuer": ISSUER, "oidc_roles": "hr=HR"}, "TIMEOFF_OIDC_AUDIENCES, so that"),
        ({"oidc_issuer": ISSUER, "oidc_audiences": "timeoff"}, "needs TIMEOFF_OIDC_ROLES"),
        (LEAST | {"oidc_scopes": "email profile"}, "TIMEOFF_OIDC_SCOPES: .*openid"),
        (LEAST | {"oidc_leeway_seconds": 301}, "TIMEOFF_OIDC_LEEWAY_SECONDS"),
        (LEAST | {"oidc_client_secret_file": "/nowhere"}, "TIMEOFF_OIDC_CLIENT_SECRET_FILE: the f"),
    ],
)
def test_what_is_of_no_use_is_said(given, sentence):
    with pytest.raises(InvalidSettings, match=sentence):
        Settings.read(**given)


def test_a_secret_without_a_client_is_said(secret_file):
    with pytest.raises(InvalidSettings, match="set TIMEOFF_OIDC_CLIENT_ID too"):
        Settings.read(**LEAST, oidc_client_secret_file=secret_file)


@pytest.mark.parametrize("content", [b"", b"\n", b"one\ntwo", b"\xff\xfe"])
def test_a_secret_file_has_a_secret(secret_file, content):
    secret_file.write_bytes(content)

    with pytest.raises(InvalidSettings, match="TIMEOFF_OIDC_CLIENT_SECRET_FILE: the file") as said:
        Settings.read(**LEAST, oidc_client_id="a", oidc_client_secret_file=secret_file)

    assert "two" not in str(said.value)


@pytest.mark.parametrize(
    ("url", "issuer", "expected"),
    [
        ("https://keys.example.com/a", ISSUER, True),
        ("http://keys.example.com/a", ISSUER, False),
        ("http://127.0.0.1:9/a", ISSUER, False),
        ("file:///etc/passwd", ISSUER, False),
        (None, ISSUER, False),
        ("http://127.0.0.1:9/a", "http://127.0.0.1:8", True),
        ("http://10.0.0.7/a", "http://127.0.0.1:8", False),
        ("https://keys.example.com/a", "http://127.0.0.1:8", True),
    ],
)
def test_what_the_issuer_names_is_asked_by_https_only(url, issuer, expected):
    assert may_be_asked(url, issuer) is expected
