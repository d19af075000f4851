"""The settings of connections, load, hosts and origins."""

import pytest

from app.edge.limits import AdmissionLimits, ConnectionLimits
from app.settings import InvalidSettings, Settings, variable_name


@pytest.fixture(autouse=True)
def environment(monkeypatch):
    """Start from an environment without settings, whoever runs the tests."""
    for name in Settings.model_fields:
        monkeypatch.delenv(variable_name(name), raising=False)
    return monkeypatch.setenv


def test_the_defaults_are_those_of_the_limits():
    settings = Settings.read()

    assert settings.connection_limits == ConnectionLimits()
    assert settings.admission_limits == AdmissionLimits()


def test_names_have_commas_between_them(environment):
    environment("TIMEOFF_ALLOWED_HOSTS", " api.example.com ,*.Example.org, ")
    environment("TIMEOFF_CORS_ORIGINS", "https://a.example,http://localhost:3000,tauri://localhost")

    settings = Settings.read()

    assert settings.allowed_hosts == ("api.example.com", "*.example.org")
    assert len(settings.cors_origins) == 3


def test_a_child_process_reads_the_same_names(environment):
    settings = Settings.read(
        allowed_hosts="a.example,b.example",
        cors_origins=["https://a.example"],
        cors_credentials=True,
        limit_header_seconds=0.5,
    )

    for variable, value in settings.as_environment().items():
        environment(variable, value)

    assert Settings.read() == settings


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("TIMEOFF_ALLOWED_HOSTS", "https://api.example.com"),
        ("TIMEOFF_ALLOWED_HOSTS", "api.example.com:8000"),
        ("TIMEOFF_ALLOWED_HOSTS", "api.*.com"),
        ("TIMEOFF_CORS_ORIGINS", "*"),
        ("TIMEOFF_CORS_ORIGINS", "null"),
        ("TIMEOFF_CORS_ORIGINS", "hr.example.com"),
        ("TIMEOFF_CORS_ORIGINS", "https://hr.example.com/"),
        ("TIMEOFF_CORS_ORIGINS", "https://*.example.com"),
        ("TIMEOFF_LIMIT_CONNECTIONS", "0"),
        ("TIMEOFF_LIMIT_HEADER_BYTES", "1023"),
        ("TIMEOFF_LIMIT_HEADER_SECONDS", "0"),
        ("TIMEOFF_LIMIT_BODY_SECONDS", "0"),
        ("TIMEOFF_LIMIT_BODY_SECONDS", "nan"),
        ("TIMEOFF_LIMIT_UNREAD_ANSWER_SECONDS", "-1"),
        ("TIMEOFF_LIMIT_IDLE_SECONDS", "0"),
        ("TIMEOFF_LIMIT_RUNNING", "0"),
        ("TIMEOFF_LIMIT_WAITING", "-1"),
        ("TIMEOFF_LIMIT_WAIT_SECONDS", "0"),
        ("TIMEOFF_LIMIT_STANDING_SECONDS", "0"),
        ("TIMEOFF_LIMIT_WRITING", "0"),
        ("TIMEOFF_LIMIT_REFUSALS_PER_SECOND", "0"),
        ("TIMEOFF_LIMIT_REFUSED_SECONDS", "1.1"),
        ("TIMEOFF_LIMIT_DROPPED_BYTES", "-1"),
        ("TIMEOFF_LIMIT_DROPPED_SECONDS", "0"),
        ("TIMEOFF_DATABASE_POOL_FOR_READS", "-1"),
    ],
)
def test_a_bad_value_is_refused_by_the_name_of_its_variable(environment, variable, value):
    environment(variable, value)

    with pytest.raises(InvalidSettings, match=rf"^{variable}\b[^\n]*$"):
        Settings.read()
