"""Settings: read once, validated, and never silently wrong."""

import sys
from pathlib import Path

import pytest

from app.db.connections.url import async_database_url
from app.settings import (
    InvalidSettings,
    Mode,
    Settings,
    default_database_url,
    describe_settings,
    settings_table,
    unknown_variables,
    variable_name,
)


@pytest.fixture(autouse=True)
def environment(monkeypatch):
    """Start from an environment without settings, whoever runs the tests."""
    for name in Settings.model_fields:
        monkeypatch.delenv(variable_name(name), raising=False)
    return monkeypatch.setenv


def test_without_an_environment_the_embedded_database_is_served_on_loopback():
    settings = Settings.read()

    assert (settings.host, settings.port, settings.mode) == ("127.0.0.1", 8000, Mode.DEVELOPMENT)
    assert settings.is_embedded_default
    assert settings.demo is None


def test_an_option_goes_before_the_variable_and_none_is_no_option(environment):
    environment("TIMEOFF_PORT", "9000")
    environment("TIMEOFF_HOST", "127.0.0.2")

    settings = Settings.read(port=9001, host=None)

    assert (settings.port, settings.host) == (9001, "127.0.0.2")


def test_an_empty_variable_is_not_set(environment):
    environment("TIMEOFF_PORT", "")

    assert Settings.read().port == 8000


@pytest.mark.parametrize("password", ["s3cr@t", "s3cr@t/x", "x@s3cr/t@y"])
def test_an_at_sign_in_a_password_is_refused_before_the_rest_is_taken_for_a_place(password):
    url = f"postgresql://me:{password}@db:5433/timeoff"

    with pytest.raises(InvalidSettings, match="written %40") as refused:
        Settings.read(database_url=url)

    assert "s3cr" not in str(refused.value)


def test_a_setting_cannot_be_changed():
    with pytest.raises(ValueError, match="frozen"):
        Settings.read().port = 1  # type: ignore[misc]  # what is tested


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("TIMEOFF_PORT", "http"),
        ("TIMEOFF_PORT", "65536"),
        ("TIMEOFF_PORT", "-1"),
        ("TIMEOFF_ROOT_PATH", "/timeoff/"),
        ("TIMEOFF_ROOT_PATH", "/docs"),
        ("TIMEOFF_WORKERS", "0"),
        ("TIMEOFF_DATABASE_POOL_SIZE", "0"),
        ("TIMEOFF_DEMO", "perhaps"),
        ("TIMEOFF_RELOAD", "2"),
        ("TIMEOFF_MODE", "prod"),
        ("TIMEOFF_LOG_LEVEL", "verbose"),
        ("TIMEOFF_DATABASE_URL", "timeoff.db"),
        ("TIMEOFF_DATABASE_URL", "mysql://host/database"),
        ("TIMEOFF_DATABASE_URL", "postgresql+psycopg://host/database"),
        ("TIMEOFF_DATABASE_URL", "sqlite://"),
        ("TIMEOFF_DATABASE_URL", "sqlite:///:memory:"),
        ("TIMEOFF_DATABASE_URL", "sqlite:///data/timeoff.db?mode=ro"),
    ],
)
def test_a_bad_value_is_refused_by_the_name_of_its_variable(environment, variable, value):
    environment(variable, value)

    with pytest.raises(InvalidSettings, match=rf"^{variable}\b[^\n]*$"):
        Settings.read()


@pytest.mark.parametrize(
    ("variable", "value", "sentence"),
    [
        ("ALLOWED_HOSTS", "api.example.com:80", "are not names such as api.example.com"),
        ("CORS_ORIGINS", "hr.example.com", "are not origins such as https://hr.example.com"),
        ("TRUSTED_PROXIES", "proxy", "are not addresses such as 10.0.0.7"),
        (
            "READ_DATABASE_URL",
            "sqlite:///replica.db",
            "is a replica on PostgreSQL; SQLite has none",
        ),
        (
            "READ_DATABASE_URL",
            "postgresql://me@db1,db2/timeoff?target_session_attrs=prefer-standby",
            "names several hosts; give the one replica that is to be read",
        ),
        ("OIDC_ISSUER", "id.example.com", "is not an address such as https://login.example.com"),
        ("OIDC_ALGORITHMS", "HS256", "takes one or more of RS256"),
        ("OIDC_ROLES", "staff", "are not pairs such as hr-admins=HR"),
        ("OIDC_SCOPES", "email", "takes names separated by spaces, openid among them"),
        ("OIDC_CLIENT_SECRET_FILE", "/nowhere", "the file cannot be read: No such file or direc"),
    ],
)
def test_a_refusal_cannot_be_read_as_if_its_example_were_wrong(
    environment, variable, value, sentence
):
    environment(f"TIMEOFF_{variable}", value)

    with pytest.raises(InvalidSettings) as refusal:
        Settings.read()

    assert str(refusal.value).startswith(f"TIMEOFF_{variable}: {sentence}")


@pytest.mark.parametrize(
    ("given", "is_needed"),
    [
        ({"host": "0.0.0.0"}, True),  # noqa: S104 - the case
        ({"host": "::"}, True),
        ({"host": "127.0.0.1"}, False),
        ({"host": "127.0.0.1", "mode": "production"}, False),
        ({"host": "0.0.0.0", "trusted_proxies": "10.0.0.7"}, False),  # noqa: S104
        ({"host": "0.0.0.0", "auth": "off"}, False),  # noqa: S104
    ],
)
def test_a_gateway_without_https_is_one_that_no_other_browser_signs_in_to(given, is_needed):
    assert Settings(**given).needs_https_to_sign_in == is_needed


def test_every_bad_value_is_named_at_once(environment):
    environment("TIMEOFF_PORT", "http")
    environment("TIMEOFF_WORKERS", "many")

    with pytest.raises(InvalidSettings) as refusal:
        Settings.read()

    named = [line.split()[0].rstrip(":") for line in str(refusal.value).splitlines()]
    assert sorted(named) == ["TIMEOFF_PORT", "TIMEOFF_WORKERS"]


def test_reload_and_workers_exclude_each_other():
    with pytest.raises(InvalidSettings, match="TIMEOFF_RELOAD.*TIMEOFF_WORKERS=2"):
        Settings.read(reload=True, workers=2)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("sqlite:////data/timeoff.db", "sqlite+aiosqlite:////data/timeoff.db"),
        ("sqlite+aiosqlite:////data/timeoff.db", "sqlite+aiosqlite:////data/timeoff.db"),
        ("postgres://db/timeoff", "postgresql+asyncpg://db/timeoff"),
        (
            "postgresql://me:p%40ss@db:5433/timeoff",
            "postgresql+asyncpg://me:p%40ss@db:5433/timeoff",
        ),
        ("postgresql+asyncpg://db/timeoff", "postgresql+asyncpg://db/timeoff"),
        (
            "postgresql://db/timeoff?sslmode=require",
            "postgresql+asyncpg://db/timeoff?sslmode=require",
        ),
    ],
)
def test_every_usual_database_url_gets_our_driver(text, expected):
    assert async_database_url(text) == expected


def test_a_relative_sqlite_file_is_below_the_folder_of_the_command(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    assert async_database_url("sqlite:///some.db") == f"sqlite+aiosqlite:///{tmp_path}/some.db"


def test_the_default_database_is_a_url_of_our_driver():
    assert async_database_url(default_database_url()) == default_database_url()


def test_a_password_is_neither_shown_nor_logged(environment):
    environment("TIMEOFF_DATABASE_URL", "postgresql://me:secret@db/timeoff")

    settings = Settings.read()

    assert "secret" in settings.database_url
    assert "secret" not in repr(settings) + str(settings) + settings.database_name


def test_a_password_is_not_in_a_refusal(environment):
    environment("TIMEOFF_DATABASE_URL", "mysql://me:secret@db/timeoff")

    with pytest.raises(InvalidSettings) as refusal:
        Settings.read()

    assert "secret" not in str(refusal.value)


def test_a_child_process_reads_the_same_settings(environment):
    settings = Settings.read(
        port=9001, demo=False, reload=True, mode="production", database_url="postgres://db/timeoff"
    )

    for variable, value in settings.as_environment().items():
        environment(variable, value)

    assert Settings.read() == settings


def test_a_misspelt_variable_is_noticed(environment):
    environment("TIMEOFF_PROT", "9000")

    assert ("TIMEOFF_PROT", "TIMEOFF_PORT") in list(unknown_variables())


def test_every_setting_is_described():
    assert all(setting.meaning and setting.default for setting in describe_settings())


def test_the_readme_has_the_table_of_settings_that_timeoff_settings_prints():
    readme = Path(__file__).resolve().parent.parent / "README.md"

    assert settings_table() in readme.read_text("utf-8")


def test_traces_need_what_the_extra_installs(monkeypatch):
    monkeypatch.setitem(sys.modules, "opentelemetry", None)

    with pytest.raises(InvalidSettings) as refused:
        Settings.read(traces=True)

    assert str(refused.value) == (
        'TIMEOFF_TRACES: needs an extra: pip install "timeoff-gateway[otel]"'
    )
