"""The container image: what the Dockerfile and compose.yaml say, and that its steps work.

Where there is no container engine the steps are carried out in clean roots (dockerfile.py).
"""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import urllib.request
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from app.cli import main
from app.settings import Settings, variable_name
from tests.clients.tools import PYTHON_PROGRAMS
from tests.in_memory import new_folder
from tests.scripts.dockerfile import build, can_make_roots, context, stages
from tests.server import STOP_SECONDS, TIMEOFF, clean_environment

PROJECT = Path(__file__).resolve().parents[2]
DOCKERFILE = PROJECT / "Dockerfile"
KNOWN = {variable_name(name) for name in Settings.model_fields}
SHORT_NAME = re.compile(r"[a-z-]+(:[a-z0-9.-]+)?")
"""An image without the host of a registry: whose it is, the machine's engine says."""


def tracked():
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=PROJECT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    return [name for name in listed.split("\0") if name]


def test_the_image_is_not_roots_and_knows_how_it_is():
    *before, image = stages(DOCKERFILE)

    assert all(SHORT_NAME.fullmatch(each.image) for each in (*before, image))
    assert re.fullmatch(r"[1-9]\d{3,}:[1-9]\d{3,}", image.last("USER").rest)
    assert image.last("HEALTHCHECK").rest.endswith('CMD ["timeoff", "health"]')
    assert [*image.last("ENTRYPOINT").words(), *image.last("CMD").words()] == ["timeoff", "serve"]
    assert {each for each in image.environment() if each.startswith("TIMEOFF_")} <= KNOWN
    assert image.last("VOLUME").rest == f"{image.environment()['XDG_DATA_HOME']}/timeoff-gateway"


def test_the_context_has_what_is_copied_and_nothing_that_stays_at_home():
    here = context(PROJECT, tracked())
    copied = [
        source
        for stage in stages(DOCKERFILE)
        for step in stage.steps
        if step.word == "COPY" and not step.rest.startswith("--from=")
        for source in step.rest.split()[:-1]
    ]

    assert [
        each for each in copied if not any(f"{name}/".startswith(f"{each}/") for name in here)
    ] == []
    page = "app/web/calendar"
    strangers = [f"{page}/node_modules/x/y.js", f"{page}/dist/a.js", "app/__pycache__/cli.pyc"]
    strangers += ["data/timeoff.db", ".env", ".git/config", "tests/conftest.py"]
    assert context(PROJECT, strangers) == []


# Compose


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    """Return compose.yaml as a reader of YAML has it; that of the other clients is at hand."""
    script = "import json, sys, yaml; print(json.dumps(yaml.safe_load(sys.stdin)))"
    read = subprocess.run(
        [PYTHON_PROGRAMS / "python", "-c", script],
        input=(PROJECT / "compose.yaml").read_bytes(),
        check=True,
        capture_output=True,
    )
    said: dict[str, Any] = json.loads(read.stdout)
    return said


def test_compose_starts_in_order_what_is_there(compose):
    services = compose["services"]

    waits = {
        name: {other: how["condition"] for other, how in each.get("depends_on", {}).items()}
        for name, each in services.items()
    }
    assert waits == {
        "gateway": {"migrate": "service_completed_successfully"},
        "migrate": {"database": "service_healthy"},
        "database": {},
    }
    assert services["migrate"]["command"][0] in main.commands
    assert all(SHORT_NAME.fullmatch(each["image"]) for each in services.values())
    assert [each.split(":")[0] for each in services["database"]["volumes"]] == [*compose["volumes"]]


def test_what_compose_starts_of_ours_may_do_nothing_but_serve(compose):
    for name in ("gateway", "migrate"):
        service = compose["services"][name]
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert set(service["environment"]) <= KNOWN
    [port] = compose["services"]["gateway"]["ports"]
    assert port.startswith("127.0.0.1:")


# The steps


@pytest.fixture
def image():
    """The image that the steps make of the files of the context; in memory, which takes half."""
    # No tool is missing that CI could install: it is a right of who runs the tests, root or not.
    # What the files say is held by the tests above for everybody.
    if not can_make_roots():
        pytest.skip("only root, where it may mount, can carry out the steps")
    folder = new_folder()
    files = folder / "context"
    for name in context(PROJECT, tracked()):
        (files / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(PROJECT / name, files / name, follow_symlinks=False)
    built = {f"/src/app/web/{page}/dist": PROJECT / f"app/web/{page}/dist"
             for page in ("calendar", "graphiql")}  # fmt: skip
    try:
        yield Image(build(DOCKERFILE, folder / "roots", files, built), folder / "volume")
    finally:
        shutil.rmtree(folder)


class Image:
    """The last stage's root, and what an engine runs of it."""

    def __init__(self, root, volume):
        self.root, self.stage, self.volume = root, stages(DOCKERFILE)[-1], volume
        place = self.stage.last("VOLUME").rest
        # An engine fills a new volume with what the image has there, and its owner.
        made = root.written / place.lstrip("/")
        volume.mkdir()
        os.chown(volume, made.stat().st_uid, made.stat().st_gid)
        volume.chmod(made.stat().st_mode & 0o777)

    def command(self, *words, **environment):
        """Return what runs a container with a read-only root and this volume."""
        return self.root.command(
            words,
            self.stage.environment() | environment,
            folder=self.stage.last("WORKDIR").rest,
            user=self.stage.last("USER").rest,
            volumes={self.stage.last("VOLUME").rest: self.volume},
            is_read_only=True,
        )

    def run(self, *words, **environment):
        return subprocess.run(
            self.command(*words, **environment),
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )


@contextmanager
def serving(image, **environment):
    words = (*image.stage.last("ENTRYPOINT").words(), *image.stage.last("CMD").words())
    with subprocess.Popen(
        image.command(*words, **environment), stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert any(line.startswith("Stop it") for line in process.stdout or ())
            yield process
        finally:
            end(process)


@pytest.mark.installs
@pytest.mark.process
def test_the_steps_make_an_image_that_serves_from_a_root_that_only_reads(image):
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = str(free.getsockname()[1])
    here = {"TIMEOFF_HOST": "127.0.0.1", "TIMEOFF_PORT": port}
    healthy = image.stage.last("HEALTHCHECK").rest.partition("CMD ")[2]

    refused = image.run("timeoff", "serve", **here)
    made = image.run("timeoff", "token", "create", "me", "--role", "admin")
    before = image.run(*json.loads(healthy), **here)
    with serving(image, **here) as process:
        after = image.run(*json.loads(healthy), **here)
        token = made.stdout.split()[0]
        pages = [ask(port, path, token) for path in ("/calendar", "/directory", "/docs")]
        (inside,) = children(process.pid)
        who = Path(f"/proc/{inside}/status").read_text()
        os.kill(inside, signal.SIGTERM)
        assert process.wait(STOP_SECONDS) == 0

    assert (refused.returncode, made.returncode) == (1, 0), refused.stderr + made.stderr
    assert "(no token yet)" in refused.stderr
    assert "timeoff token create NAME --role admin" in refused.stderr
    assert (before.returncode, after.returncode) == (1, 0), before.stdout + after.stderr
    assert pages == [200] * 3
    assert re.search(r"^Uid:\t10001\t10001\t", who, re.MULTILINE)
    assert re.search(r"^NSpid:\t\d+\t1$", who, re.MULTILINE)
    assert re.search(r"^CapBnd:\t0+$", who, re.MULTILINE)
    file = image.volume / "timeoff.db"
    assert (file.stat().st_uid, file.stat().st_mode & 0o777) == (10001, 0o600)


def ask(port, path, token):
    wish = urllib.request.Request(
        f"http://127.0.0.1:{port}{path}", headers={"Authorization": f"Bearer {token}"}
    )
    with urllib.request.urlopen(wish, timeout=300) as answer:
        return answer.status


def end(process):
    """End what may still run: process 1 of its world first, which outlives who made that."""
    for pid in children(process.pid) if process.poll() is None else ():
        os.kill(pid, signal.SIGKILL)
    process.kill()


def children(pid):
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@pytest.mark.process
def test_as_process_1_it_ends_when_asked_while_it_still_starts(tmp_path):
    """Linux keeps from process 1 what it does not answer itself; an engine would wait in vain."""
    # As above: a right of who runs the tests, and no tool.
    if not can_make_roots():
        pytest.skip("only root can make a world with a process 1 of its own")
    variables = {"TIMEOFF_PORT": "0", "TIMEOFF_DATABASE_URL": f"sqlite:///{tmp_path}/ours.db"}
    with subprocess.Popen(
        ["unshare", "--pid", "--fork", "--kill-child", TIMEOFF, "serve", "--demo"],
        env=clean_environment() | variables,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stderr
            assert process.stderr.readline().startswith("Making the database ")
            (inside,) = children(process.pid)
            os.kill(inside, signal.SIGTERM)
            assert process.wait(STOP_SECONDS) == 128 + signal.SIGTERM
        finally:
            end(process)
