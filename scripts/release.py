"""Makes a release of the checkout: what scripts/release runs."""

import argparse
import os
import re
import signal
import subprocess
import sys
import tempfile
import urllib.request
import venv
import zipfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

PROJECT: Final = Path(__file__).resolve().parent.parent
PYPROJECT: Final = PROJECT / "pyproject.toml"
CHANGELOG: Final = PROJECT / "CHANGELOG.md"
UNRELEASED: Final = "## [Unreleased]\n"
PAGES: Final = ("/", "/calendar", "/directory", "/docs", "/openapi", "/health/ready")
"""What the wheel has to serve; whatever these load is in it too."""

_VERSION: Final = re.compile(r'^version = "(\d+)\.(\d+)\.(\d+)"$', re.MULTILINE)
_LOADED: Final = re.compile(r'(?:src|href)="(/[^"#?]+\.(?:js|css|svg|ico))"')


class CannotReleaseError(Exception):
    """Something stands against it; the message says what."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Release, or say on one screen what stands against it."""
    parser = argparse.ArgumentParser(prog="scripts/release", description=__doc__)
    parser.add_argument("version", help="such as 0.3.0; above the one that stands")
    parser.add_argument("--dry-run", action="store_true", help="change nothing")
    options = parser.parse_args(arguments)
    try:
        release(options.version, dry_run=options.dry_run)
    except CannotReleaseError as refusal:
        print(f"scripts/release: {refusal}", file=sys.stderr)
        return 1
    return 0


def release(version: str, *, dry_run: bool) -> None:
    """Do all steps; what comes before the wheel was tried is taken back if it fails."""
    pyproject, changelog = PYPROJECT.read_text("utf-8"), CHANGELOG.read_text("utf-8")
    new_pyproject = with_version(pyproject, version)
    new_changelog = with_section(changelog, version)
    if not dry_run:
        refuse_unfit_checkout(version)
        run("scripts/check")
    try:
        PYPROJECT.write_text(new_pyproject, "utf-8")
        CHANGELOG.write_text(new_changelog, "utf-8")
        with tempfile.TemporaryDirectory() as folder:
            wheel = build_wheel(Path(folder))
            try_wheel(wheel, version, Path(folder))
            if dry_run:
                print(f"{wheel.name} is fine. Nothing was changed.")
                return
            kept = PROJECT / "dist" / wheel.name
            kept.parent.mkdir(exist_ok=True)
            kept.write_bytes(wheel.read_bytes())
        run("git", "commit", "--quiet", "--message", f"Version {version}", PYPROJECT, CHANGELOG)
        run("git", "tag", "--annotate", "--message", f"Version {version}", f"v{version}")
        pyproject, changelog = new_pyproject, new_changelog
        print(f"Committed and tagged v{version}; the wheel is dist/{wheel.name}.")
        print("Publish it with: git push --follow-tags")
    finally:
        PYPROJECT.write_text(pyproject, "utf-8")
        CHANGELOG.write_text(changelog, "utf-8")


def with_version(pyproject: str, version: str) -> str:
    """Return pyproject.toml with a version that is higher than the one it has."""
    new = re.fullmatch(r"(\d+)\.(\d+)\.(\d+)", version)
    old = _VERSION.search(pyproject)
    if new is None:
        raise CannotReleaseError(f"{version} is no version; write it like 0.3.0.")
    if old is None:
        raise CannotReleaseError("pyproject.toml has no version.")
    if tuple(map(int, new.groups())) <= tuple(map(int, old.groups())):
        raise CannotReleaseError(f"{version} is not above {'.'.join(old.groups())}.")
    return pyproject.replace(old.group(), f'version = "{version}"', 1)


def with_section(changelog: str, version: str) -> str:
    """Return the changelog with what was unreleased as the section of the version."""
    _, mark, rest = changelog.partition(UNRELEASED)
    if not mark:
        raise CannotReleaseError(f"CHANGELOG.md has no section {UNRELEASED.strip()}.")
    if not re.search(r"^- ", rest.partition("\n## ")[0], re.MULTILINE):
        raise CannotReleaseError("CHANGELOG.md says of nothing that is new.")
    today = datetime.now(UTC).date().isoformat()
    return changelog.replace(UNRELEASED, f"{UNRELEASED}\n## [{version}] - {today}\n", 1)


def refuse_unfit_checkout(version: str) -> None:
    """Refuse a checkout with changes in it, or a version that was tagged before."""
    if output("git", "status", "--porcelain"):
        raise CannotReleaseError("there are changes that are not committed.")
    if output("git", "tag", "--list", f"v{version}"):
        raise CannotReleaseError(f"the tag v{version} is there already.")


def build_wheel(folder: Path) -> Path:
    """Build the wheel; refuse one without its pages."""
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder)
    (wheel,) = folder.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    for page in ("calendar/dist", "calendar/dist/directory", "graphiql/dist"):
        if not any(re.match(rf"app/web/{page}/[^/]*\.js$", name) for name in names):
            raise CannotReleaseError(f"the wheel lacks the page {page}: Node.js builds it.")
    return wheel


def try_wheel(wheel: Path, version: str, folder: Path) -> None:
    """Install the wheel on its locked packages, apart from the checkout, and use it."""
    venv.create(folder / "venv", with_pip=True)
    programs = folder / "venv" / "bin"
    pip = (programs / "python", "-m", "pip", "--disable-pip-version-check", "install", "--quiet")
    run(*pip, "--no-deps", "--require-hashes", "-r", PROJECT / "requirements" / "runtime.txt")
    run(*pip, "--no-deps", wheel)
    told = output(programs / "timeoff", "--version")
    if told != f"timeoff, version {version}":
        raise CannotReleaseError(f"the wheel calls itself {told!r}.")
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "LC_ALL": "C.UTF-8"}
    with subprocess.Popen(
        [programs / "timeoff-gateway", "--port", "0"],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    ) as server:
        try:
            lines = iter(server.stdout or ())
            url = next((line for line in lines if line.endswith("/graphql\n")), "").split(" ")[-1]
            if not url:
                raise CannotReleaseError("the wheel's server did not start; why stands above.")
            look_at_pages(url.strip().removesuffix("/graphql"))
        finally:
            server.send_signal(signal.SIGTERM)
            code = server.wait(timeout=20)
    if code:
        raise CannotReleaseError(f"the wheel's server was asked to stop and ended with {code}.")


def look_at_pages(address: str) -> None:
    """Ask for each page as a browser does, and for what it loads."""
    left, seen = list(PAGES), set[str]()
    while left:
        path = left.pop()
        if path in seen:
            continue
        seen.add(path)
        request = urllib.request.Request(address + path, headers={"Accept": "text/html,*/*"})  # noqa: S310 - our own server
        with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310 - as above
            body = answer.read().decode("utf-8", "replace")
        left += _LOADED.findall(body) if "html" in answer.headers["Content-Type"] else []
    print(f"The wheel serves its pages, {len(seen)} addresses.")


def run(*command: str | Path) -> None:
    """Run a command of which only a failure is of interest."""
    if subprocess.run(command, cwd=PROJECT, check=False).returncode:
        raise CannotReleaseError(f"{Path(command[0]).name} failed; why stands above.")


def output(*command: str | Path) -> str:
    """Return what a command prints."""
    ended = subprocess.run(command, cwd=PROJECT, check=True, capture_output=True, text=True)
    return ended.stdout.strip()


if __name__ == "__main__":
    sys.exit(main())
