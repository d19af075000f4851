"""A command line that cannot be is one line that says what to do."""

import pytest

from tests import warm
from tests.server import clean_environment

pytestmark = pytest.mark.process


@pytest.fixture
def refused(tmp_path):
    """Run a command that is called wrongly, and return the one line that it ends with."""

    def run(*arguments, **variables):
        ended = warm.run(*arguments, env=clean_environment() | variables, cwd=tmp_path)
        assert (ended.returncode, ended.stdout) == (2, ""), ended.stderr
        [line] = ended.stderr.splitlines()
        return line.removeprefix("Error: ")

    return run


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("serv", "No such command 'serv'. Did you mean 'serve'? See: timeoff --help"),
        ("--prot", "No such option '--prot'. See: timeoff --help"),
        ("serve --prot 1", ("No such option '--prot'. (Did you mean one of: '--host', '--port'?) "
         "See: timeoff serve --help")),
        ("serve --port http", ("Invalid value for '--port': 'http' is not a valid integer range. "
         "See: timeoff serve --help")),
        ("serve now", "Got unexpected extra argument (now) See: timeoff serve --help"),
        ("import", "Missing argument 'PATH'. See: timeoff import --help"),
        ("import nowhere", ("Invalid value for 'PATH': Path 'nowhere' does not exist. "
         "See: timeoff import --help")),
        ("token create me", ("Missing option '--role'. Choose from: viewer, employee, planner, hr, "
         "integration, admin See: timeoff token create --help")),
        ("update-upstream x", "Say what is to be otherwise. See: timeoff update-upstream --help"),
        ("update-upstream x --direction both", ("Invalid value for '--direction': 'both' is not "
         "one of 'read-only', 'two-way'. See: timeoff update-upstream --help")),
        ("resume-upstream", "Missing argument 'ID'. See: timeoff resume-upstream --help"),
        ("conflicts x", "--keep goes with the IDs of conflicts. See: timeoff conflicts --help"),
        ("conflicts --keep ours", ("--keep goes with the IDs of conflicts. "
         "See: timeoff conflicts --help")),
        ("conflicts --keep ours x --upstream y", ("--upstream only lists. "
         "See: timeoff conflicts --help")),
        ("seed --entries 500", "--entries goes with --profile bench. See: timeoff seed --help"),
    ],
)  # fmt: skip
def test_what_is_called_wrongly_is_one_line(refused, words, expected):
    assert refused(*words.split()) == expected


def test_without_a_command_the_commands_are_shown():
    ended = warm.run(env=clean_environment())

    assert "Commands:\n" in ended.stdout + ended.stderr
    assert "Error" not in ended.stderr


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (None, "cannot be read: No such file or directory."),
        ("{", "is no JSON object of documents by id, as Relay and graphql-codegen write it."),
        ("[]", "is no JSON object of documents by id, as Relay and graphql-codegen write it."),
    ],
    ids=["missing", "no JSON", "a list"],
)
def test_a_file_of_trusted_documents_that_is_of_no_use_is_one_line(refused, tmp_path, text, reason):
    file = tmp_path / "trusted.json"
    if text is not None:
        file.write_text(text)

    said = refused("serve", "--port", "0", TIMEOFF_TRUSTED_DOCUMENTS_FILE=str(file))

    assert said == f"TIMEOFF_TRUSTED_DOCUMENTS_FILE: {file} {reason}"
