"""scripts/environment.py does each step when its stamp no longer holds, and only then."""

import importlib.util

import pytest

from scripts import environment
from scripts.environment import CannotPrepareError, digest


@pytest.fixture
def project(tmp_path, monkeypatch):
    """An empty project, in which commands are noted instead of run."""
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / "requirements").mkdir()
    for lock in ("build", "runtime", "test", "clients", "bench", "mutation"):
        (tmp_path / "requirements" / f"{lock}.txt").write_text("one==1 --hash=sha256:1\n")
    monkeypatch.setattr(environment, "PROJECT", tmp_path)
    monkeypatch.setattr(environment, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(environment, "STAMPS", tmp_path / ".venv" / "stamps.json")
    monkeypatch.setattr(environment, "LOCKS", tmp_path / "requirements")
    monkeypatch.setattr(environment, "WEB", tmp_path)
    monkeypatch.setattr(environment, "SCHEMA", tmp_path / "schema.graphql")
    monkeypatch.setattr(environment, "CLIENTS", tmp_path / "clients")
    monkeypatch.setattr(environment, "BENCH", tmp_path / "bench")
    monkeypatch.setattr(environment, "BENCH_NODE", tmp_path / "bench" / "node")
    monkeypatch.setattr(environment, "MUTANTS", tmp_path / "mutants")
    return tmp_path


@pytest.fixture
def commands(monkeypatch):
    ran = []
    monkeypatch.setattr(environment, "run", lambda command, **_: ran.append(command))
    return ran


@pytest.fixture
def no_tools(monkeypatch):
    monkeypatch.setattr("shutil.which", lambda _name: None)


def test_a_digest_tells_parts_from_their_sum(tmp_path):
    file = tmp_path / "file"
    missing = digest(file)
    file.write_text("b")

    assert digest("a", "b") != digest("ab")
    assert digest("a", file) == digest("a", "b")
    assert digest(file) != missing


def test_packages_are_installed_once_and_again_when_their_lock_changes(project, commands):
    environment.install_packages("runtime")
    environment.install_packages("runtime")
    once = len(commands)
    (project / "requirements" / "runtime.txt").write_text("one==2 --hash=sha256:2\n")
    environment.install_packages("runtime")

    assert (once, len(commands)) == (2, 4)
    assert all({"--require-hashes", "--no-deps"} <= set(command) for command in commands)


def test_the_test_packages_contain_those_of_run_time(project, commands):
    environment.install_packages("test", "runtime")
    before = len(commands)
    environment.install_packages("runtime")

    assert len(commands) == before


def test_a_failed_installation_is_repeated(project, commands, monkeypatch):
    def fail(*_, **__):
        raise CannotPrepareError("no index")

    with monkeypatch.context() as patched:
        patched.setattr(environment, "run", fail)
        with pytest.raises(CannotPrepareError):
            environment.install_packages("runtime")

    environment.install_packages("runtime")

    assert commands


def test_an_environment_that_was_moved_is_made_again(project, commands):
    (project / ".venv" / "bin" / "pip").touch()
    environment.write_stamps(venv=digest("another place", project / ".venv" / "pyvenv.cfg"))

    environment.make_venv()

    assert "--clear" in commands[0]


def test_an_environment_that_is_a_link_to_anothers_is_left_alone(project, commands, tmp_path):
    others = tmp_path / "others"
    (project / ".venv").rename(others)
    (project / ".venv").symlink_to(others)

    with pytest.raises(CannotPrepareError, match="is a link to .*others"):
        environment.make_venv()

    assert commands == []


def test_without_ensurepip_the_package_to_install_is_named(project, commands, monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)

    with pytest.raises(CannotPrepareError, match=r"apt-get install python3\.\d+-venv"):
        environment.make_venv()

    assert commands == []


def test_damaged_stamps_count_as_none(project):
    environment.STAMPS.write_text("{")

    assert environment.read_stamps() == {}


@pytest.mark.parametrize("page", environment.PAGES)
def test_a_page_is_built_again_when_a_source_changes_or_the_result_is_gone(
    project, commands, monkeypatch, page
):
    monkeypatch.setattr("shutil.which", lambda name: f"/bin/{name}")
    source = project / page / "build"
    (project / page / "dist").mkdir(parents=True)
    source.write_text("first")

    environment.build_page(page, "It", needed=True)
    environment.build_page(page, "It", needed=True)
    (project / page / "generated.ts").write_text("made by the build itself")
    environment.build_page(page, "It", needed=True)
    once = len(commands)
    source.write_text("second")
    environment.build_page(page, "It", needed=True)
    (project / "schema.graphql").write_text("type Query { it: Int }")
    environment.build_page(page, "It", needed=True)
    (project / page / "dist").rmdir()
    environment.build_page(page, "It", needed=True)

    assert (once, len(commands)) == (1, 4)
    assert commands[0] == [source]


def test_without_node_serving_goes_on_and_says_so(project, no_tools, capsys):
    (project / "graphiql").mkdir()
    (project / "graphiql" / "build").touch()

    environment.build_page("graphiql", "GraphiQL", needed=False)

    said = capsys.readouterr().err
    assert "Node.js with npm was not found" in said
    assert "The API works without it." in said


def test_without_node_tests_in_ci_fail(project, no_tools):
    (project / "graphiql").mkdir()
    (project / "graphiql" / "build").touch()

    with pytest.raises(CannotPrepareError, match="apt-get install nodejs npm"):
        environment.build_page("graphiql", "GraphiQL", needed=True)


def test_the_npm_clients_are_installed_again_when_their_lock_changes_or_they_are_gone(
    project, commands, monkeypatch
):
    monkeypatch.setattr("shutil.which", lambda name: f"/bin/{name}")
    lock = project / "clients" / "package-lock.json"
    (project / "clients" / "node_modules").mkdir(parents=True)
    lock.write_text("{}")

    environment.install_npm_clients()
    environment.install_npm_clients()
    once = len(commands)
    lock.write_text('{"lockfileVersion": 3}')
    environment.install_npm_clients()
    (project / "clients" / "node_modules").rmdir()
    environment.install_npm_clients()

    assert (once, len(commands)) == (1, 3)
    assert commands[0][:2] == ["npm", "ci"]


@pytest.mark.parametrize("in_ci", [True, False])
def test_npm_clients_that_cannot_be_installed_fail_ci_only(
    project, no_tools, monkeypatch, capsys, in_ci
):
    monkeypatch.setattr(environment, "IN_CI", in_ci)

    if in_ci:
        with pytest.raises(CannotPrepareError, match="apt-get install nodejs npm"):
            environment.install_npm_clients()
    else:
        environment.install_npm_clients()
        assert "Their tests are skipped." in capsys.readouterr().err


def test_the_peers_of_the_bench_are_installed_once_and_the_one_of_c_is_compiled(
    project, commands, monkeypatch
):
    monkeypatch.setattr("shutil.which", lambda name: f"/bin/{name}")
    (project / "bench" / "node" / "node_modules").mkdir(parents=True)

    for _ in range(2):
        environment.install_apart("peers", environment.BENCH, "bench")
        environment.install_node_peers()

    assert commands[0][-2:] == ["--clear", project / "bench" / ".venv"]
    assert [command[:3] for command in commands[2:]] == [
        ["npm", "ci", "--loglevel=error"],
        ["npm", "rebuild", "better-sqlite3"],
    ]


def test_what_makes_mutants_is_installed_apart(project, commands):
    environment.prepare("mutation")

    makers = project / "mutants" / ".venv"
    assert commands[-2][-2:] == ["--clear", makers]
    assert commands[-1][0] == makers / "bin" / "python"
    assert commands[-1][-1] == project / "requirements" / "mutation.txt"


def test_without_node_the_bench_cannot_be_prepared(project, no_tools):
    with pytest.raises(CannotPrepareError, match="apt-get install nodejs npm"):
        environment.install_node_peers()


def test_the_python_clients_get_an_environment_of_their_own(project, commands):
    environment.install_python_clients()
    environment.install_python_clients()
    once = len(commands)
    (project / "requirements" / "clients.txt").write_text("one==2 --hash=sha256:2\n")
    environment.install_python_clients()

    assert (once, len(commands)) == (2, 4)
    assert commands[0][-2:] == ["--clear", project / "clients" / ".venv"]
    assert commands[1][0] == project / "clients" / ".venv" / "bin" / "python"


@pytest.mark.parametrize("in_ci", [True, False])
def test_a_tool_that_cannot_be_installed_fails_ci_only(no_tools, monkeypatch, capsys, in_ci):
    monkeypatch.setattr(environment, "IN_CI", in_ci)

    if in_ci:
        with pytest.raises(CannotPrepareError, match="apt-get install chromium"):
            environment.install_tool(["chromium"], ["chromium"])
    else:
        environment.install_tool(["chromium"], ["chromium"])
        assert "Its tests are skipped." in capsys.readouterr().err


@pytest.mark.parametrize("is_known", [True, False], ids=["known", "unknown"])
def test_where_a_chromium_without_windows_is_unknown_the_usual_one_is_installed(
    no_tools, monkeypatch, is_known
):
    asked = []

    def install(program, packages):
        asked.append((program, packages))
        if program == environment.HEADLESS_CHROMIUM and not is_known:
            raise CannotPrepareError("no such package")

    monkeypatch.setattr(environment, "_apt_get_install", install)

    environment.install_browser()

    headless = ("chromium-headless-shell", ["chromium-headless-shell"])
    assert asked == ([headless] if is_known else [headless, ("chromium", ["chromium"])])


def test_the_last_words_of_a_failed_command_are_kept(project):
    with pytest.raises(CannotPrepareError, match=r"(?s)its reason.*What it means"):
        environment.run(["sh", "-c", "echo its reason; exit 3"], missing="What it means")


@pytest.mark.parametrize("is_ready", [True, False], ids=["ready", "not ready"])
def test_who_may_not_write_to_the_checkout_uses_what_is_there(
    is_ready, tmp_path, monkeypatch, capsys
):
    (tmp_path / ".venv.lock").mkdir()  # which nobody can write to, not even root

    def prepare(_purpose):
        if not is_ready:
            raise PermissionError(13, "Permission denied", str(tmp_path / ".venv"))

    monkeypatch.setattr(environment, "prepare", prepare)
    monkeypatch.setattr("sys.argv", ["environment.py", "run"])

    assert environment.main() == int(not is_ready)

    told = capsys.readouterr().err
    assert ("scripts/prepare run" in told) != is_ready


@pytest.mark.node
@pytest.mark.parametrize("home", [None, "", "/nonexistent"], ids=["unset", "empty", "not there"])
def test_without_a_home_npm_keeps_its_cache_in_the_project(project, monkeypatch, home):
    monkeypatch.delenv("npm_config_cache", raising=False)
    if home is None:
        monkeypatch.delenv("HOME", raising=False)
    else:
        monkeypatch.setenv("HOME", home)

    assert npms_cache() == f"{project}/.npm"


@pytest.mark.node
def test_with_a_home_or_a_cache_of_their_own_npm_keeps_it_there(project, monkeypatch):
    monkeypatch.delenv("npm_config_cache", raising=False)
    (project / "home").mkdir()
    monkeypatch.setenv("HOME", f"{project}/home")
    at_home = npms_cache()
    monkeypatch.setenv("HOME", "/nonexistent")
    monkeypatch.setenv("npm_config_cache", f"{project}/theirs")

    assert (at_home, npms_cache()) == (f"{project}/home/.npm", f"{project}/theirs")


def npms_cache():
    """Return where npm itself says that its cache is, when a step of ours runs it."""
    said: list[str] = []
    environment.run(["npm", "config", "get", "cache"], missing="npm", on_line=said.append)
    return "".join(said).strip()
