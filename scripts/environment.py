"""Makes ready what scripts/serve, scripts/check and scripts/test need.

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
GRAPHIQL = PROJECT / "app" / "web" / "graphiql"
CLIENTS = PROJECT / "tests" / "clients"

IN_CI = os.environ.get("CI", "").lower() in {"1", "true"}
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")


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
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive", "PIP_USER": "0"}
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


def graphiql_stamp() -> str:
    """Hash the sources of the GraphiQL page, and whether it is built."""
    parts: list[str | Path] = [str((GRAPHIQL / "dist").is_dir())]
    for path in _source_files(GRAPHIQL):
        parts += [str(path.relative_to(PROJECT)), path]
    return digest(*parts)


def npm_clients_stamp() -> str:
    """Hash what decides which npm clients are installed, and whether they are there."""
    files = (CLIENTS / name for name in (".npmrc", "package.json", "package-lock.json"))
    return digest(str((CLIENTS / "node_modules").is_dir()), *files)


def python_clients_stamp() -> str:
    """Hash what decides which Python clients are installed, and where."""
    place = digest(str(PROJECT), CLIENTS / ".venv" / "pyvenv.cfg")
    return digest(place, LOCKS / "clients.txt")


def _source_files(top: Path) -> Iterator[Path]:
    for folder, folders, names in os.walk(top):
        folders[:] = sorted({*folders} - {"node_modules", "dist"})
        yield from (Path(folder, name) for name in sorted(names))


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


def build_graphiql(*, needed: bool) -> None:
    """Build the GraphiQL page from its npm packages, if Node.js is there.

    The gateway runs without; only its page in the browser is then missing.
    """
    build = GRAPHIQL / "build"
    if not build.exists() or read_stamps().get("graphiql") == graphiql_stamp():
        return
    try:
        _require_node("so GraphiQL is not built")
        with step("Building GraphiQL from its npm packages"):
            run([build], missing="GraphiQL could not be built; why stands above.")
        write_stamps(graphiql=graphiql_stamp())
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
    if read_stamps().get("npm clients") == npm_clients_stamp():
        return
    try:
        _require_node("so no clients of others are tested")
        with step("Installing the npm packages of the clients"):
            run(
                ["npm", "ci", "--loglevel=error", "--prefix", CLIENTS],
                missing="npm could not get the packages of tests/clients; why stands above.",
            )
            write_stamps(**{"npm clients": npm_clients_stamp()})
    except CannotPrepareError as missing:
        if IN_CI:
            raise
        print(f"{missing}\nTheir tests are skipped.", file=sys.stderr)


def install_python_clients() -> None:
    """Install the Python clients that want other packages than ours, apart from them."""
    if read_stamps().get("python clients") == python_clients_stamp():
        return
    with step("Installing the Python packages of the clients"):
        _make_environment(CLIENTS / ".venv")
        lock = LOCKS / "clients.txt"
        _pip_install("--require-hashes", "--no-deps", "-r", lock, venv=CLIENTS / ".venv")
        write_stamps(**{"python clients": python_clients_stamp()})


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
    """Hold the lock of the environment: two set-ups at once would spoil it."""
    with (PROJECT / ".venv.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("Another set-up is under way here; waiting …", file=sys.stderr)
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def prepare(purpose: str) -> None:
    """Do the steps that the purpose (run, check or test) needs."""
    make_venv()
    if purpose == "run":
        install_packages("runtime")
    else:
        install_packages("test", "runtime")  # the test lock contains the other
    install_project()
    if purpose == "test":
        install_tool(["npm"], ["nodejs", "npm"])
        install_tool(CHROMIUM_NAMES, ["chromium"])
        install_npm_clients()
        install_python_clients()
    if purpose != "check":
        build_graphiql(needed=purpose == "test" and IN_CI)


def main() -> int:
    """Prepare, or say on one screen what is missing."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("purpose", choices=["run", "check", "test"])
    purpose = parser.parse_args().purpose
    try:
        with one_at_a_time():
            prepare(purpose)
    except CannotPrepareError as missing:
        print(missing, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
