"""A real nginx or Caddy with the file that docs/proxy.md shows, before a gateway of a test."""

import os
import shutil
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from socket import create_connection, create_server
from typing import Final

import pytest

from tests.conftest import IN_CI
from tests.guides import DOCS, blocks

START_SECONDS: Final = 60
PREFIX: Final = "/timeoff"
SHOWN: Final = {each.language: each.text for each in reversed([*blocks(DOCS / "proxy.md")])}
"""The first block of each language: the whole file."""

_PATH: Final = f"{os.environ['PATH']}{os.pathsep}/usr/sbin"


@dataclass(frozen=True, slots=True)
class Proxy:
    """Where a proxy is reached by https and by http, and what it has logged."""

    url: str
    plain_url: str
    log: Callable[[], str]


def program(name: str) -> str:
    """Return the proxy's program; without it a test is skipped, but in CI it fails."""
    found = shutil.which(name, path=_PATH)
    if found is None:
        (pytest.fail if IN_CI else pytest.skip)(f"{name} was not found")
    return found


@contextmanager
def nginx(gateway: str, certificate: Path, folder: Path, *, root: str = "") -> Iterator[Proxy]:
    """Run nginx as the page shows it; below a prefix it passes that on."""
    secure, plain = _free_port(), _free_port()
    text = _changed(
        SHOWN["nginx"],
        {
            "127.0.0.1:8000": gateway.removeprefix("http://"),
            "listen 80;": f"listen 127.0.0.1:{plain};",
            "listen 443 ssl http2;": f"listen 127.0.0.1:{secure} ssl http2;",
            "/etc/ssl/timeoff/fullchain.pem": str(certificate),
            "/etc/ssl/timeoff/privkey.pem": str(certificate),
            "/var/log/nginx/timeoff.log": f"{folder}/access.log",
            "location / {": f"location {root}/ {{",
            "location = /metrics {": f"location = {root}/metrics {{",
        },
    )
    (folder / "timeoff.conf").write_text(text)
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    places = "".join(f"{kind}_temp_path {folder}/{kind};" for kind in kinds)
    user = "user root;" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(
        f"daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/error.log; {user}"
        f"events {{}} http {{ {places} include {folder}/timeoff.conf; }}"
    )
    command: list[str | Path] = [
        program("nginx"),
        "-p",
        folder,
        "-e",
        f"{folder}/error.log",
        "-c",
        "nginx.conf",
    ]
    with _running(command, secure, folder, {}):
        log = folder / "access.log"
        yield Proxy(f"https://127.0.0.1:{secure}", f"http://127.0.0.1:{plain}", log.read_text)


@contextmanager
def caddy(gateway: str, certificate: Path, folder: Path, *, root: str = "") -> Iterator[Proxy]:
    """Run Caddy as the page shows it, with a certificate of its own; a prefix it takes away."""
    secure, plain = _free_port(), _free_port()
    text = _changed(
        SHOWN["caddyfile"],
        {
            "timeoff.example.com {": f"https://127.0.0.1:{secure} {{\n\ttls {certificate} "
            f"{certificate}",
            "127.0.0.1:8000": gateway.removeprefix("http://"),
            "handle /metrics {": f"handle {root}/metrics {{",
            **({"\thandle {": f"\thandle_path {root}/* {{"} if root else {}),
        },
    )
    options = f"{{\n\tadmin off\n\thttp_port {plain}\n\thttps_port {secure}\n}}\n"
    (folder / "Caddyfile").write_text(options + text)
    homes = {f"XDG_{name}_HOME": str(folder / name) for name in ("DATA", "CONFIG")}
    command: list[str | Path] = [program("caddy"), "run", "--config", folder / "Caddyfile"]
    with _running(command, secure, folder, homes | {"HOME": str(folder)}):
        log = folder / "said"
        yield Proxy(f"https://127.0.0.1:{secure}", f"http://127.0.0.1:{plain}", log.read_text)


def _free_port() -> int:
    with create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def _changed(text: str, changes: Mapping[str, str]) -> str:
    """Return a page's file with what is this machine's own; all of it has to be there."""
    for shown, here in changes.items():
        assert shown in text, shown
        text = text.replace(shown, here)
    return text


@contextmanager
def _running(
    command: list[str | Path], port: int, folder: Path, environment: Mapping[str, str]
) -> Iterator[None]:
    with (
        (folder / "said").open("wb") as said,
        subprocess.Popen(
            command,
            env=os.environ | environment,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
        ) as process,
    ):
        try:
            _wait(process, port, folder)
            yield
        finally:
            process.terminate()
            process.wait(START_SECONDS)


def _wait(process: subprocess.Popen[bytes], port: int, folder: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with create_connection(("127.0.0.1", port), 1) as plain, context.wrap_socket(plain):
                return
        except OSError:
            time.sleep(0.02)
    raise AssertionError((folder / "said").read_text(errors="replace"))
