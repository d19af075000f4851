"""Makes ready what scripts/serve, scripts/check, scripts/test and scripts/bench need.

Uses the standard library only, because nothing else is there yet. Each step has a
stamp, the hash of all that it depends on, and is skipped while the stamp holds.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import time
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

PROJECT = Path(__file__).resolve().parent.parent
VENV = PROJECT / ".venv"
STAMPS = VENV / "stamps.json"
LOCKS = PROJECT / "requirements"
WEB = PROJECT / "app" / "web"
SCHEMA = PROJECT / "graphql_schema" / "schema.graphql"
PAGES = {"graphiql": "GraphiQL", "calendar": "the calendar"}
CLIENTS = PROJECT / "tests" / "clients"
BENCH = PROJECT / "scripts" / "benchmarks"
BENCH_NODE = BENCH / "peers" / "node"
MUTANTS = PROJECT / "scripts" / "mutants"

IN_CI = os.environ.get("CI", "").lower() in {"1", "true"}
BENCH_PROGRAMS = {"wrk": "wrk", "taskset": "util-linux", "npm": "nodejs npm"}
CLUSTER = {"patroni": "patroni", "etcd": "etcd-server"}
PROXIES = {"nginx": "nginx-light", "caddy": "caddy", "pgbouncer": "pgbouncer"}
PRELOADS = {"faketime": "faketime", "fiu-ctrl": "fiu-utils"}
"""What sets the clock of a server, and what has its calls into the system fail."""
NO_SERVICES = Path("/usr/sbin/policy-rc.d")
"""What Debian asks before a package's service is started: 101 means no."""

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")
HEADLESS_CHROMIUM = "chromium-headless-shell"
"""Chromium without windows: in it a page costs half as much. Not every system has the package."""


class CannotPrepareError(Exception):
    """Something is missing; the message says what, and how to get it."""


class Step:
    """One line on the terminal: what is being done, how far it is, how long it took."""

    def __init__(self, title: str) -> None:
        self.title = title
        self.started = time.monotonic()
        self.on_terminal = sys.stderr.isatty()

    def show(self, progress: str = "") -> None:
        """Say how far it is; only a terminal gets more than the first line."""
        if self.on_terminal:
            print(f"\r\033[K{self.title} … {progress}", end="", file=sys.stderr)
        elif not progress:
            print(f"{self.title} …", file=sys.stderr)
        sys.stderr.flush()

    def end(self, outcome: str) -> None:
        """Close the line."""
        start = "\r\033[K" if self.on_terminal else ""
        seconds = time.monotonic() - self.started
        print(f"{start}{self.title}: {outcome} ({seconds:.0f} s)", file=sys.stderr)


@contextlib.contextmanager
def step(title: str) -> Iterator[Step]:
    """Show a step while it runs, and how it ended."""
    line = Step(title)
    line.show()
    try:
        yield line
    except BaseException:
        line.end("failed")
        raise
    line.end("done")


def run(
    command: Sequence[str | Path],
    *,
    missing: str,
    on_line: Callable[[str], None] = lambda _line: None,
) -> None:
    """Run a command quietly; its last lines are shown only when it fails.

    Raises CannotPrepareError with the text of `missing` when it fails.
    """
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive", "PIP_USER": "0"} | npm_cache()
    last_lines: deque[str] = deque(maxlen=30)
    with subprocess.Popen(
        command,
        cwd=PROJECT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    ) as process:
        for line in process.stdout or ():
            last_lines.append(line)
            on_line(line)
    if process.returncode != 0:
        raise CannotPrepareError("".join(last_lines) + "\n" + missing)


def npm_cache() -> dict[str, str]:
    """Name a folder of the project as npm's cache, for a user without a home to keep one in.

    Such are the users of services and of containers; npm would fail. A cache that is named
    already stays.
    """
    if "npm_config_cache" in {name.lower() for name in os.environ}:
        return {}
    home = Path(os.environ.get("HOME") or PROJECT / "nowhere")
    usual = home / ".npm"
    if os.access(usual if usual.exists() else home, os.W_OK):
        return {}
    return {"npm_config_cache": str(PROJECT / ".npm")}


# What a step depends on, and whether it still holds


def digest(*parts: str | Path) -> str:
    """Hash texts and the contents of files, in order; a missing file counts too."""
    total = hashlib.sha256()
    for part in parts:
        content = part.encode() if isinstance(part, str) else b"missing"
        if isinstance(part, Path) and part.is_file():
            content = part.read_bytes()
        total.update(hashlib.sha256(content).digest())
    return total.hexdigest()


def read_stamps() -> dict[str, str]:
    """Return the stamps, none if there is no environment yet."""
    try:
        stamps = json.loads(STAMPS.read_text())
    except (OSError, ValueError):
        return {}
    return {str(name): str(value) for name, value in dict(stamps).items()}


def write_stamps(**stamps: str) -> None:
    """Add stamps; replaced in one go, so that a reader never sees half a file."""
    draft = STAMPS.with_suffix(".draft")
    draft.write_text(json.dumps(read_stamps() | stamps, indent=2))
    draft.replace(STAMPS)


def venv_stamp() -> str:
    """An environment belongs to one place: its scripts hold absolute paths."""
    return digest(str(PROJECT), (VENV / "pyvenv.cfg"))


def packages_stamp(lock: str) -> str:
    """Hash what decides which packages are installed."""
    return digest(venv_stamp(), LOCKS / f"{lock}.txt", LOCKS / "build.txt")


def project_stamp() -> str:
    """Hash what decides how the project itself is installed."""
    return digest(venv_stamp(), PROJECT / "pyproject.toml")


def page_stamp(name: str) -> str:
    """Hash the sources of a built page, and whether it is built."""
    folder = WEB / name
    parts: list[str | Path] = [str((folder / "dist").is_dir()), WEB / "build-bundle", SCHEMA]
    for path in _source_files(folder):
        parts += [str(path.relative_to(PROJECT)), path]
    return digest(*parts)


def npm_stamp(folder: Path) -> str:
    """Hash what decides which npm packages are installed, and whether they are there."""
    files = (folder / name for name in (".npmrc", "package.json", "package-lock.json"))
    return digest(str((folder / "node_modules").is_dir()), *files)


def apart_stamp(folder: Path, lock: str) -> str:
    """Hash what decides which Python packages are installed apart from ours, and where."""
    return digest(str(PROJECT), folder / ".venv" / "pyvenv.cfg", LOCKS / f"{lock}.txt")


def _source_files(top: Path) -> Iterator[Path]:
    for folder, folders, names in os.walk(top):
        folders[:] = sorted({*folders} - {"node_modules", "dist"})
        yield from (Path(folder, name) for name in sorted({*names} - {"generated.ts"}))


# The steps


def make_venv() -> None:
    """Make .venv, again if it was made elsewhere or only half."""
    stamps = read_stamps()
    if (VENV / "bin" / "pip").exists() and stamps.get("venv") == venv_stamp():
        return
    if importlib.util.find_spec("ensurepip") is None:
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        raise CannotPrepareError(
            f"This Python ({sys.executable}) cannot make environments: its modules "
            f"venv and ensurepip are missing.\nOn Debian and Ubuntu: apt-get install "
            f"python{version}-venv"
        )
    with step("Making the Python environment .venv"):
        _make_environment(VENV)
        write_stamps(venv=venv_stamp())


def _make_environment(folder: Path) -> None:
    if folder.is_symlink():
        raise CannotPrepareError(
            f"{folder} is a link to {folder.resolve()}, which is another's to change: "
            "remove the link."
        )
    # The interpreter below, when a .venv of before runs us.
    python = getattr(sys, "_base_executable", sys.executable)
    run(
        [python, "-I", "-m", "venv", "--clear", folder],
        missing=f"{python} could not make {folder}.",
    )


def install_packages(lock: str, *also: str) -> None:
    """Install what a lock file names, and stamp it and the locks it contains."""
    if read_stamps().get(lock) == packages_stamp(lock):
        return
    files = [LOCKS / "build.txt", LOCKS / f"{lock}.txt"]
    total = sum(_count_pins(file) for file in files)
    with step(f"Installing the locked Python packages ({lock})") as line:
        done = 0

        def count(text: str) -> None:
            nonlocal done
            if text.startswith(("Collecting", "Requirement already satisfied")):
                done += 1
                line.show(f"{done} of about {total}")
            elif text.startswith("Installing collected"):
                line.show("unpacking")

        for file in files:
            _pip_install("--require-hashes", "--no-deps", "-r", file, on_line=count)
        write_stamps(**{name: packages_stamp(name) for name in (lock, *also)})


def install_project() -> None:
    """Install the project itself, editable, which makes the command `timeoff`."""
    if read_stamps().get("project") == project_stamp():
        return
    with step("Installing timeoff-gateway"):
        _pip_install("--no-build-isolation", "--no-deps", "--editable", PROJECT)
        write_stamps(project=project_stamp())


def _pip_install(
    *arguments: str | Path,
    venv: Path | None = None,
    on_line: Callable[[str], None] = lambda _line: None,
) -> None:
    run(
        [
            *((venv or VENV) / "bin" / "python", "-I", "-m", "pip", "install"),
            *("--progress-bar", "off", "--no-color", "--disable-pip-version-check"),
            *arguments,
        ],
        missing="The Python packages could not be installed; pip's words are above. "
        "It needs a package index that it can reach: see `pip config list`.",
        on_line=on_line,
    )


def _count_pins(lock: Path) -> int:
    return sum("==" in line for line in lock.read_text().splitlines())


def build_page(name: str, title: str, *, needed: bool) -> None:
    """Build a page from its npm packages, if Node.js is there.

    The gateway runs without; only the page in the browser is then missing.
    """
    build = WEB / name / "build"
    if not build.exists() or read_stamps().get(name) == page_stamp(name):
        return
    try:
        _require_node(f"so {title} is not built")
        with step(f"Building {title} from its npm packages"):
            run([build], missing=f"{title} could not be built; why stands above.")
        write_stamps(**{name: page_stamp(name)})
    except CannotPrepareError as missing:
        if needed:
            raise
        print(f"{missing}\nThe API works without it.", file=sys.stderr)


def _require_node(consequence: str) -> None:
    if shutil.which("node") is None or shutil.which("npm") is None:
        raise CannotPrepareError(
            f"Node.js with npm was not found, {consequence}. To get it: "
            "apt-get install nodejs npm (Debian, Ubuntu), brew install node (macOS)."
        )


def install_npm_clients() -> None:
    """Install the clients and schema tools from npm that tests run."""
    if read_stamps().get("npm clients") == npm_stamp(CLIENTS):
        return
    try:
        _require_node("so no clients of others are tested")
        with step("Installing the npm packages of the clients"):
            _npm_ci(CLIENTS)
            write_stamps(**{"npm clients": npm_stamp(CLIENTS)})
    except CannotPrepareError as missing:
        if IN_CI:
            raise
        print(f"{missing}\nTheir tests are skipped.", file=sys.stderr)


def _npm_ci(folder: Path) -> None:
    run(
        ["npm", "ci", "--loglevel=error", "--prefix", folder],
        missing=f"npm could not get the packages of {folder.relative_to(PROJECT)}; "
        "why stands above.",
    )


def install_python_clients() -> None:
    """Install the Python clients that want other packages than ours, apart from them."""
    install_apart("clients", CLIENTS, "clients")


def install_apart(name: str, folder: Path, lock: str) -> None:
    """Install Python packages that are no part of ours into an environment of their own."""
    if read_stamps().get(f"python {name}") == apart_stamp(folder, lock):
        return
    with step(f"Installing the Python packages of the {name}"):
        _make_environment(folder / ".venv")
        packages = LOCKS / f"{lock}.txt"
        _pip_install("--require-hashes", "--no-deps", "-r", packages, venv=folder / ".venv")
        write_stamps(**{f"python {name}": apart_stamp(folder, lock)})


def install_node_peers() -> None:
    """Install the servers for Node.js that scripts/bench compares the gateway with."""
    if read_stamps().get("npm peers") == npm_stamp(BENCH_NODE):
        return
    _require_node("so there is no Mercurius and no PostGraphile to compare with")
    with step("Installing the npm packages of the peers"):
        _npm_ci(BENCH_NODE)
        # The one package that brings no JavaScript only: it is compiled, or downloaded so.
        run(
            ["npm", "rebuild", "better-sqlite3", "--ignore-scripts=false", "--prefix", BENCH_NODE],
            missing="better-sqlite3 could not be compiled; why stands above. It needs "
            "a C++ compiler and make (apt-get install build-essential python3).",
        )
        write_stamps(**{"npm peers": npm_stamp(BENCH_NODE)})


def install_tool(names: Sequence[str], packages: Sequence[str]) -> None:
    """Install a program that tests drive, where the machine allows it."""
    if any(shutil.which(name) for name in names):
        return
    try:
        _apt_get_install(names[0], packages)
    except CannotPrepareError as missing:
        if IN_CI:
            raise
        print(f"{missing}\nIts tests are skipped.", file=sys.stderr)


def install_browser() -> None:
    """Install the Chromium that tests drive: without windows, or else whichever there is."""
    try:
        if shutil.which(HEADLESS_CHROMIUM) is None:
            _apt_get_install(HEADLESS_CHROMIUM, [HEADLESS_CHROMIUM])
    except CannotPrepareError:
        install_tool(CHROMIUM_NAMES, ["chromium"])


def install_proxies() -> None:
    """Install the proxies that docs/proxy.md and docs/scaling.md show, in CI.

    On nobody's own machine, and none of them is to be started.
    """
    if IN_CI:
        for name, package in PROXIES.items():
            with no_services():
                install_tool([name], [package])


def install_preloads() -> None:
    """Install what stands between a server of a test and its system."""
    names = [name for name in PRELOADS if shutil.which(name) is None]
    if names:
        install_tool(names, [PRELOADS[name] for name in names])


def install_cluster() -> None:
    """Install what makes a cluster of several PostgreSQL (scripts/cluster), in CI.

    Debian would start an etcd at once, and again with the machine: nobody asked for that.
    """
    if IN_CI:
        for name, package in CLUSTER.items():
            with no_services():
                install_tool([name], [package])


@contextlib.contextmanager
def no_services() -> Iterator[None]:
    """Have Debian start no service of what is installed meanwhile, by its own rule for that."""
    with contextlib.ExitStack() as until_done:
        try:
            NO_SERVICES.touch(mode=0o755, exist_ok=False)
            until_done.callback(NO_SERVICES.unlink)
            NO_SERVICES.write_text("#!/bin/sh\nexit 101\n")
        except OSError:
            pass  # there is such a rule already, or we are not root and install nothing
        yield


def _apt_get_install(program: str, packages: Sequence[str]) -> None:
    wanted = " ".join(packages)
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise CannotPrepareError(
            f"{program} was not found, and this script installs it only as root on "
            f"Debian or Ubuntu (apt-get install {wanted})."
        )
    failure = f"apt-get could not install {wanted}; why stands above."
    with step(f"Installing {wanted}"):
        run(["apt-get", "update"], missing=failure)
        options = ("-y", "--no-install-recommends", "-oDPkg::Lock::Timeout=300")
        run(["apt-get", "install", *options, *packages], missing=failure)


@contextlib.contextmanager
def one_at_a_time() -> Iterator[None]:
    """Hold the lock of the environment: two set-ups at once would spoil it.

    Who may not write here, such as a service's user in a checkout of another's, takes none:
    they can only use what is there.
    """
    try:
        lock = (PROJECT / ".venv.lock").open("w")
    except OSError:
        yield
        return
    with lock as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("Another set-up is under way here; waiting …", file=sys.stderr)
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def prepare(purpose: str) -> None:
    """Do the steps that the purpose (run, check, test, bench or mutation) needs."""
    make_venv()
    if purpose == "run":
        install_packages("runtime")
    else:
        install_packages("test", "runtime")  # the test lock contains the other
    install_project()
    if purpose == "test":
        install_tool(["npm"], ["nodejs", "npm"])
        install_browser()
        install_tool(["sqlite3"], ["sqlite3"])
        install_proxies()
        install_preloads()
        install_cluster()
        install_npm_clients()
        install_python_clients()
    if purpose == "bench":
        for program, package in BENCH_PROGRAMS.items():
            if shutil.which(program) is None:
                _apt_get_install(program, package.split())
        install_apart("peers", BENCH, "bench")
        install_node_peers()
    if purpose == "mutation":
        install_apart("mutation", MUTANTS, "mutation")
    if purpose in {"run", "test"}:
        for name, title in PAGES.items():
            build_page(name, title, needed=purpose == "test" and IN_CI)


def main() -> int:
    """Prepare, or say on one screen what is missing."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("purpose", choices=["run", "check", "test", "bench", "mutation"])
    purpose = parser.parse_args().purpose
    try:
        with one_at_a_time():
            prepare(purpose)
    except CannotPrepareError as missing:
        print(missing, file=sys.stderr)
        return 1
    except PermissionError as error:
        print(
            f"{error.filename} cannot be written by this user, and not all that is needed is there."
            f"\nLet the owner of the checkout run: {PROJECT}/scripts/prepare {purpose}",
            file=sys.stderr,
        )
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
