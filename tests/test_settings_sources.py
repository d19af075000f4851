"""Settings in a file, secrets in files of their own, and where each value stands."""

import os
from pathlib import Path

import httpx
import pytest

from app.settings import InvalidSettings, Settings, known_names, variable_name
from app.settings_sources import read_secret
from tests import warm
from tests.guides import README, blocks
from tests.server import clean_environment, serving

URL = "postgresql://me:s3cret@db.example/timeoff"


@pytest.fixture(autouse=True)
def environment(monkeypatch):
    """Start from an environment without settings, whoever runs the tests."""
    for name in known_names().all_names:
        monkeypatch.delenv(name, raising=False)
    return monkeypatch.setenv


@pytest.fixture
def file(tmp_path):
    """Write a file and return its path."""

    def write(text, name="timeoff.toml"):
        path = tmp_path / name
        path.write_text(text)
        return path

    return write


def refusal(**given):
    with pytest.raises(InvalidSettings) as refused:
        Settings.read(**given)
    return str(refused.value)


def test_the_example_of_the_readme_is_a_file_of_settings(file):
    [shown] = [each.text for each in blocks(README) if each.language == "toml"]
    secret = file(f"{URL}\n", "url")
    config = file(shown.replace("/run/secrets/timeoff_database_url", str(secret)))

    settings = Settings.read(config=config)

    assert settings.port == 9000
    assert settings.trusted_proxies == ("127.0.0.1", "10.0.0.0/8")
    assert settings.database_url.endswith("me:s3cret@db.example/timeoff")


@pytest.mark.parametrize(
    ("line", "field", "value"),
    [
        ("TIMEOFF_PORT = 1", "port", 1),
        ('TIMEOFF_PORT = "1"', "port", 1),
        ("TIMEOFF_COMPRESSION = false", "compression", False),
        ("TIMEOFF_LIMIT_WAIT_SECONDS = 1.5", "limit_wait_seconds", 1.5),
        ('TIMEOFF_ALLOWED_HOSTS = "a.de, b.de"', "allowed_hosts", ("a.de", "b.de")),
        ('TIMEOFF_ALLOWED_HOSTS = ["A.example"]', "allowed_hosts", ("a.example",)),
        ("TIMEOFF_ALLOWED_HOSTS = []", "allowed_hosts", ()),
        ("\ufeffTIMEOFF_PORT = 1", "port", 1),
    ],
)  # fmt: skip
def test_a_file_says_what_a_variable_would(file, line, field, value):
    assert getattr(Settings.read(config=file(line)), field) == value


def test_the_environment_goes_before_the_file_and_an_option_before_both(file, environment):
    environment("TIMEOFF_CONFIG", str(file("TIMEOFF_PORT = 1\nTIMEOFF_WORKERS = 2\n")))
    environment("TIMEOFF_PORT", "3")
    environment("TIMEOFF_HOST", "::1")

    settings, origins = Settings.read_with_origins(host="127.0.0.2")

    assert (settings.port, settings.workers, settings.host) == (3, 2, "127.0.0.2")
    assert origins["port"].whence == f"environment; not {settings.config}"
    assert origins["workers"].whence == str(settings.config)
    assert origins["host"].whence == "--host"
    assert "mode" not in origins


def test_an_empty_variable_leaves_what_the_file_says(file, environment):
    environment("TIMEOFF_PORT", "")

    assert Settings.read(config=file("TIMEOFF_PORT = 1")).port == 1


ONE = "takes a text in quotes, a number, true or false."
NO_PAIR = "Expected '=' after a key in a key/value pair (at line 1, column 14)."
NO_NUMBER = "Input should be a valid integer, unable to parse string as an integer"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("port = 1", "port in {} is no setting; did you mean TIMEOFF_PORT?"),
        ("TIMEOFF_PROT = 1", "TIMEOFF_PROT in {} is no setting; did you mean TIMEOFF_PORT?"),
        ("[x]\nTIMEOFF_PORT = 1", "x in {} is no setting; `timeoff settings` lists them."),
        ("TIMEOFF_HOST_FILE = 'x'",
         "TIMEOFF_HOST_FILE in {} is no setting; did you mean TIMEOFF_HOST?"),
        ("TIMEOFF_CONFIG = 'x'", "TIMEOFF_CONFIG in {}: a settings file names no other."),
        ("TIMEOFF_PORT = 'http'", f"TIMEOFF_PORT in {{}}: {NO_NUMBER}"),
        ("TIMEOFF_PORT = true", f"TIMEOFF_PORT in {{}}: {NO_NUMBER}"),
        ("TIMEOFF_PORT = [1]", f"TIMEOFF_PORT in {{}}: {ONE}"),
        ("TIMEOFF_MODE = 2026-03-02", f"TIMEOFF_MODE in {{}}: {ONE}"),
        ("TIMEOFF_CORS_ORIGINS = ['a,b']",
         "TIMEOFF_CORS_ORIGINS in {}: takes a text, or an array of texts without commas."),
        ("TIMEOFF_PORT 1", "The settings file {} is no TOML: " + NO_PAIR),
    ],
)  # fmt: skip
def test_what_a_file_cannot_say_is_one_line_that_names_it(file, text, expected):
    config = file(text)

    assert refusal(config=config) == expected.format(config)


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (Path.exists, "No such file or directory."),
        (Path.mkdir, "Is a directory."),
        (lambda path: path.write_bytes(b"\xff\xfe"), "it is no text in UTF-8."),
    ],
    ids=["missing", "directory", "bytes"],
)
def test_a_file_that_cannot_be_read_is_one_line(tmp_path, make, reason):
    config = tmp_path / "timeoff.toml"
    make(config)

    assert refusal(config=config) == f"The settings file {config} cannot be read: {reason}"


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_a_secret_is_in_a_file_whose_last_line_may_end(file, environment, end):
    environment("TIMEOFF_DATABASE_URL_FILE", str(file(URL + end, "url")))

    assert Settings.read().database_url == "postgresql+asyncpg://me:s3cret@db.example/timeoff"


@pytest.mark.parametrize("where", ["environment", "file"])
def test_a_secret_given_twice_in_one_place_is_refused(file, environment, where):
    secret, config = file(URL, "url"), None
    if where == "environment":
        environment("TIMEOFF_DATABASE_URL", URL)
        environment("TIMEOFF_DATABASE_URL_FILE", str(secret))
    else:
        config = file(f'TIMEOFF_DATABASE_URL = "{URL}"\nTIMEOFF_DATABASE_URL_FILE = "{secret}"\n')

    said = refusal(config=config)

    place = "" if where == "environment" else f" in {config}"
    assert said == (
        f"TIMEOFF_DATABASE_URL{place} and TIMEOFF_DATABASE_URL_FILE are both given: keep one."
    )


def test_a_secret_file_of_the_environment_goes_before_the_secret_of_the_settings_file(
    file, environment
):
    environment("TIMEOFF_DATABASE_URL_FILE", str(file(URL, "url")))

    settings = Settings.read(config=file('TIMEOFF_DATABASE_URL = "postgresql://other/db"'))

    assert "db.example" in settings.database_url


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (None, "TIMEOFF_DATABASE_URL_FILE: {} cannot be read: No such file or directory."),
        ("\n", "TIMEOFF_DATABASE_URL_FILE: {} is empty."),
        (
            "mysql://me:s3cret@db/timeoff",
            (
                "TIMEOFF_DATABASE_URL_FILE ({}): mysql is not supported; use sqlite:// or "
                "postgresql://"
            ),
        ),
    ],
    ids=["missing", "empty", "wrong"],
)
def test_a_secret_file_that_is_of_no_use_is_one_line(file, environment, tmp_path, text, reason):
    path = tmp_path / "url" if text is None else file(text, "url")
    environment("TIMEOFF_DATABASE_URL_FILE", str(path))

    assert refusal() == reason.format(path)


def test_a_child_process_reads_no_file_any_more(file, environment):
    config = file(f'TIMEOFF_DATABASE_URL_FILE = "{file(URL, "url")}"\nTIMEOFF_PORT = 1\n')
    environment("TIMEOFF_CONFIG", str(config))
    settings = Settings.read()

    settings.settle(os.environ)
    config.write_text("TIMEOFF_PORT = 2\n")
    (config.parent / "url").unlink()
    inherited = Settings.read()

    assert inherited.config is None
    assert inherited == settings.model_copy(update={"config": None})


@pytest.mark.parametrize("text", [f"{URL}\n", f"  {URL} \r\n\n", f"\ufeff{URL}"])
def test_blanks_around_a_secret_are_not_part_of_it(file, text):
    assert read_secret(file(text, "url")) == URL


@pytest.mark.parametrize("given_by", ["variable", "settings file"])
@pytest.mark.process
def test_no_process_has_the_secret_of_a_file_in_its_environment(file, tmp_path, given_by):
    holder = file(f"sqlite:///{tmp_path}/s3cret.db\n", "url")
    given = {
        "variable": {"TIMEOFF_DATABASE_URL_FILE": str(holder)},
        "settings file": {
            "TIMEOFF_CONFIG": str(file(f'TIMEOFF_DATABASE_URL = "{holder.read_text().strip()}"'))
        },
    }[given_by]
    with serving(None, "--workers", "2", environment=given) as server:
        assert httpx.get(f"{server.url}/health/ready").status_code == httpx.codes.OK
        family = processes_of(server.pid)
        environments = [Path(f"/proc/{pid}/environ").read_bytes() for pid in family]

    assert len(family) >= 3
    assert not any(b"s3cret" in each for each in environments)
    assert (tmp_path / "s3cret.db").exists()


def processes_of(pid):
    """Return a process and all that it has started."""
    started = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(each for child in started for each in processes_of(int(child)))]


@pytest.mark.process
def test_settings_tells_what_holds_and_where_it_stands_but_no_secret(file, tmp_path):
    config = file(f'TIMEOFF_DATABASE_URL_FILE = "{file(URL, "url")}"\nTIMEOFF_PORT = 1\n')
    environment = clean_environment() | {"TIMEOFF_PORT": "2"}

    ended = warm.run("settings", "--given", "--config", config, env=environment, check=True)
    everything = warm.run("settings", "--config", config, env=environment, check=True).stdout

    assert ended.stdout.splitlines() == [
        f"TIMEOFF_CONFIG={config}  (--config)",
        (
            f"TIMEOFF_DATABASE_URL=postgresql://me:***@db.example/timeoff  "
            f"({config}, file {tmp_path}/url)"
        ),
        f"TIMEOFF_PORT=2  (environment; not {config})",
    ]
    assert "s3cret" not in everything
    assert "\nTIMEOFF_HOST=127.0.0.1  (default)\n    Address to listen on" in everything
    assert "\nTIMEOFF_OIDC_ISSUER is not set\n" in everything
    named = {
        line.split()[0].partition("=")[0] for line in everything.splitlines() if line[0] != " "
    }
    assert named == {variable_name(each) for each in Settings.model_fields}


@pytest.mark.process
@pytest.mark.parametrize("command", [["serve"], ["migrate"], ["check"], ["seed"], ["token", "list"],
                                     ["settings"]], ids=" ".join)  # fmt: skip
def test_every_command_names_what_is_wrong_with_the_file(file, command):
    config = file("prot = 1\n")

    ended = warm.run(*command, "--config", config, env=clean_environment())

    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == f"Error: prot in {config} is no setting; did you mean TIMEOFF_PORT?\n"


@pytest.mark.process
def test_what_is_to_be_typed_next_names_the_same_file(file, tmp_path):
    (tmp_path / "theirs.db").touch()
    config = file(f'TIMEOFF_DATABASE_URL = "sqlite:///{tmp_path}/theirs.db"\n')

    ended = warm.run("serve", "--port", "0", "--config", config, env=clean_environment())

    assert ended.stderr.endswith("migrate (with the same --config)\n")


@pytest.mark.process
def test_a_server_with_several_workers_serves_what_the_file_says(file, tmp_path):
    url = f"sqlite:///{tmp_path}/ours.db"
    secret = file(f"{url}\n", "url")
    config = file(
        f'TIMEOFF_DATABASE_URL_FILE = "{secret}"\nTIMEOFF_WORKERS = 2\nTIMEOFF_DEMO = true\n'
    )

    with serving(None, "--config", str(config), environment={"TIMEOFF_METRICS": "true"}) as server:
        ready = httpx.get(f"{server.url}/health/ready").json()

    assert ready["status"] == "ok"
    assert Path(tmp_path, "ours.db").exists()
