"""A Dockerfile, read, and its steps carried out in clean roots where there is no container engine.

A root is this machine's, read only, below a folder of its own that takes all that is written
(overlayfs): what stands in for the base images is thus Debian with a Python and Node.js, as theirs
is. Each step runs as the Dockerfile writes it, in namespaces of its own.
"""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path
from typing import Final, NamedTuple

PATH_OF_IMAGES: Final = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class Step(NamedTuple):
    """One instruction: its word, and what follows in one line."""

    word: str
    rest: str

    def words(self) -> list[str]:
        """Return the words of the JSON form."""
        said: list[str] = json.loads(self.rest)
        return said


@dataclass
class Stage:
    """What is between one FROM and the next."""

    image: str
    name: str
    steps: list[Step] = field(default_factory=list)

    def last(self, word: str) -> Step:
        """Return the instruction that counts of those that may be repeated."""
        return next(each for each in reversed(self.steps) if each.word == word)

    def environment(self) -> dict[str, str]:
        """Return the variables that it sets."""
        pairs = [shlex.split(each.rest) for each in self.steps if each.word == "ENV"]
        return dict(pair.split("=", 1) for line in pairs for pair in line)


def stages(file: Path) -> list[Stage]:
    """Return the stages of a Dockerfile in their order."""
    text = re.sub(r"^#.*\n", "", file.read_text("utf-8"), flags=re.MULTILINE)
    found: list[Stage] = []
    for line in re.sub(r"\s*\\\n\s*", " ", text).splitlines():
        word, _, rest = line.partition(" ")
        if word == "FROM":
            image, *name = rest.split(" AS ")
            found.append(Stage(image, name[0] if name else ""))
        elif word:
            found[-1].steps.append(Step(word, rest))
    return found


def context(project: Path, files: Sequence[str]) -> list[str]:
    """Return which of the project's files the .dockerignore lets in.

    Of several rules that fit, the last one counts.
    """
    rules = [
        line
        for line in (project / ".dockerignore").read_text("utf-8").splitlines()
        if line and not line.startswith("#")
    ]

    def is_let_in(name: str) -> bool:
        let_in = True
        for rule in rules:
            pattern = rule.removeprefix("!").removeprefix("**/")
            parts = name.split("/")
            ways = ["/".join(parts[: end + 1]) for end in range(len(parts))]
            if "**/" in rule:
                ways = parts
            if any(fnmatch(way, pattern) for way in ways):
                let_in = rule.startswith("!")
        return let_in

    return [name for name in files if is_let_in(name)]


class Root:
    """The root file system of one stage; `written` is what it has beside the base image."""

    def __init__(self, folder: Path) -> None:
        self.written, self._work, self.mounted = (
            folder / name for name in ("written", "work", "mounted")
        )
        for each in (self.written, self._work, self.mounted):
            each.mkdir(parents=True)
        self._let_everybody_reach_python()

    def _let_everybody_reach_python(self) -> None:
        """Open the way to this machine's Python, which may be below root's own home."""
        for each in (*reversed(Path(sys.base_prefix).parents), Path(sys.base_prefix)):
            if each != Path("/"):
                (self.written / each.relative_to("/")).mkdir(exist_ok=True)
                (self.written / each.relative_to("/")).chmod(0o755)

    def put(self, source: Path, target: str) -> None:
        """Copy a file or what is in a folder to where COPY puts it."""
        place = self.written / target.lstrip("/")
        if source.is_dir():
            shutil.copytree(source, place, symlinks=True, dirs_exist_ok=True)
            return
        if target.endswith("/"):
            place /= source.name
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source, place)

    def command(
        self,
        words: Sequence[str],
        environment: Mapping[str, str],
        *,
        folder: str = "/",
        user: str = "0:0",
        volumes: Mapping[str, Path] | None = None,
        is_read_only: bool = False,
    ) -> list[str]:
        """Return what runs the words in this root, as process 1 of their own world."""
        mounted = self.mounted
        layers = f"lowerdir=/,upperdir={self.written},workdir={self._work}"
        script = [
            "set -e",
            f"mount -t overlay overlay -o {layers} {mounted}",
            *(f"mount --rbind /{each} {mounted}/{each}" for each in ("sys", "dev")),
            f"mount -t proc proc {mounted}/proc",
            f"mount -t tmpfs tmpfs {mounted}/tmp",  # noqa: S108 - that of the root
            *(f"mount --bind {where} {mounted}{at}" for at, where in (volumes or {}).items()),
            *([f"mount -o remount,ro {mounted}"] if is_read_only else []),
            f'exec chroot {mounted} /usr/bin/env -i -C {folder} "$@"',
        ]
        uid, gid = user.split(":")
        less = ["--bounding-set=-all", "--inh-caps=-all", "--no-new-privs"] if uid != "0" else []
        as_user = ["setpriv", f"--reuid={uid}", f"--regid={gid}", "--clear-groups", *less]
        return [
            *("unshare", "--mount", "--pid", "--fork", "--kill-child"),
            *("sh", "-c", "\n".join(script), "sh"),
            *(f"{name}={value}" for name, value in environment.items()),
            *as_user,
            *words,
        ]


def can_make_roots() -> bool:
    """Say whether this user may mount, and this machine has what that takes."""
    tools = all(shutil.which(each) for each in ("unshare", "chroot", "setpriv", "node"))
    if os.geteuid() != 0 or not tools:
        return False
    with tempfile.TemporaryDirectory() as folder:
        probe = Root(Path(folder)).command(["true"], {"PATH": PATH_OF_IMAGES})
        return subprocess.run(probe, check=False, capture_output=True).returncode == 0


def build(dockerfile: Path, folder: Path, files: Path, built: Mapping[str, Path]) -> Root:
    """Carry out all stages on the files of the context, and return the last one's root.

    ``built`` has folders that a step would make at some length, by where they come: who makes
    them finds them made.
    """
    roots: dict[str, Root] = {}
    variables = {name: each for name, each in os.environ.items() if name.startswith("PIP_")}
    for number, stage in enumerate(stages(dockerfile)):
        root = roots[stage.name or str(number)] = Root(folder / str(number))
        environment = {"PATH": f"{Path(sys.base_prefix) / 'bin'}:{PATH_OF_IMAGES}", "HOME": "/root"}
        place = "/"
        for step in stage.steps:
            if step.word == "WORKDIR":
                place = step.rest
                (root.written / place.lstrip("/")).mkdir(parents=True, exist_ok=True)
            elif step.word == "COPY":
                _copy(step, root, place, files, roots)
            elif step.word == "RUN":
                for at, made in built.items() if number == 0 else ():
                    root.put(made, at)
                words = ("/bin/sh", "-c", step.rest)
                command = root.command(words, environment | variables, folder=place)
                ended = subprocess.run(command, capture_output=True, text=True, check=False)
                assert ended.returncode == 0, ended.stdout + ended.stderr
    return root


def _copy(step: Step, root: Root, place: str, files: Path, roots: Mapping[str, Root]) -> None:
    words = step.rest.split()
    source_root = files
    if words[0].startswith("--from="):
        source_root = roots[words.pop(0).removeprefix("--from=")].written
    *sources, target = words
    for source in sources:
        at = target if target.startswith("/") else f"{place}/{target}"
        root.put(source_root / source.lstrip("/"), at)
