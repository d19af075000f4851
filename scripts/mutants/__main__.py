"""How many mutants of the domain's modules the domain's tests kill, and which survive."""

import argparse
import json
import random
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import unified_diff
from pathlib import Path

from scripts.mutants import trial

PROJECT = Path(__file__).resolve().parents[2]
DOMAIN, TESTS = PROJECT / "app" / "domain", PROJECT / "tests" / "domain"
MAKER = Path(__file__).with_name("made.py")
MAKERS_PYTHON = MAKER.parent / ".venv" / "bin" / "python"
MODULES = sorted(
    ".".join(path.relative_to(DOMAIN).with_suffix("").parts)
    for path in DOMAIN.rglob("*.py")
    if path.stem != "__init__"
)
UNCHANGED_SECONDS = 600
AT_LEAST_SECONDS = 2
TIMES_AS_LONG = 3
"""CPU seconds that a mutant's trial may take, beside what the unchanged module's takes."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """A module's source with one change, and where that is."""

    operator: str
    line: int
    source: str


@dataclass(frozen=True, slots=True)
class Score:
    """Of a module: how many mutants were tried, and which of them no test noticed."""

    tried: int
    survivors: Sequence[Mutant]

    def __str__(self) -> str:
        killed = self.tried - len(self.survivors)
        share = f"{killed / self.tried:.1%}" if self.tried else "-"
        return f"{killed:5} of {self.tried:5} {share:>7}"


def mutants_of(module: str, most: int | None) -> list[Mutant]:
    """Return a module's mutants; of more than ``most`` the same ones by chance each time."""
    command = [str(MAKERS_PYTHON), "-I", str(MAKER), str(source_of(module))]
    made = subprocess.run(command, check=True, capture_output=True, text=True, cwd=PROJECT)
    mutants = [Mutant(**json.loads(line)) for line in made.stdout.splitlines()]
    if most is None or len(mutants) <= most:
        return mutants
    return random.Random(module).sample(mutants, most)  # noqa: S311 - no secret


def source_of(module: str) -> Path:
    """Return the file of a module, which a folder has by its name and a point."""
    return DOMAIN.joinpath(*module.split(".")).with_suffix(".py")


def targets_of(module: str) -> list[str]:
    """Return what a module's mutants have to stand: its doctests, and tests named after it.

    A module that has none of them is judged by those of its folder, or by the tests of all.
    """
    own = sorted(path for path in TESTS.glob("test_*.py") if _tested_by(path) == module)
    folder, _, name = module.rpartition(".")
    near = own or (sorted(TESTS.glob(f"test_{folder}_*.py")) if name != module else [])
    return [*map(str, near or [TESTS]), str(source_of(module))]


def _tested_by(path: Path) -> str | None:
    """Return the module whose name the tests' begins with; of several the longest."""
    tested = path.stem.removeprefix("test_")
    fitting = [name for name in MODULES if f"{tested}_".startswith(f"{name.replace('.', '_')}_")]
    return max(fitting, key=len, default=None)


def score_of(module: str, mutants: Sequence[Mutant], jobs: int) -> Score:
    """Try the mutants of a module, so many at a time."""
    name, path, targets = f"app.domain.{module}", source_of(module), targets_of(module)
    trial.start(name, path, path.read_text("utf-8"), targets, UNCHANGED_SECONDS)
    _, succeeded, seconds = trial.ended()
    if not succeeded:
        sys.exit(f"The tests fail without any mutant: pytest {' '.join(targets)}")
    most = AT_LEAST_SECONDS + round(TIMES_AS_LONG * seconds)
    running: dict[int, Mutant] = {}
    waiting, survivors = list(mutants), []
    while waiting or running:
        while waiting and len(running) < jobs:
            mutant = waiting.pop()
            running[trial.start(name, path, mutant.source, targets, most)] = mutant
        pid, succeeded, _ = trial.ended()
        mutant = running.pop(pid)
        if succeeded:
            survivors.append(mutant)
    return Score(len(mutants), sorted(survivors, key=lambda mutant: mutant.line))


def change_of(mutant: Mutant, module: str) -> Iterator[str]:
    """Yield the lines that a mutant has changed, as they were and as they are."""
    original = source_of(module).read_text("utf-8").splitlines()
    for line in unified_diff(original, mutant.source.splitlines(), lineterm="", n=0):
        if not line.startswith(("---", "+++", "@@")):
            yield f"    {line}"


def main() -> None:
    """Print the score of each module asked for, those who survived, and the sum."""
    parser = argparse.ArgumentParser(prog="scripts/mutation", description=__doc__)
    parser.add_argument("modules", nargs="*", help="such as days; all of app/domain if none")
    parser.add_argument("--sample", type=int, metavar="N", help="at most N mutants of a module")
    parser.add_argument("--jobs", type=int, default=1, metavar="N", help="at a time; 1 if left out")
    arguments = parser.parse_args()
    if unknown := set(arguments.modules) - set(MODULES):
        parser.error(f"no module of app/domain: {', '.join(sorted(unknown))}")
    trial.preload()
    tried = killed = 0
    for module in arguments.modules or MODULES:
        mutants = mutants_of(module, arguments.sample)
        score = score_of(module, mutants, arguments.jobs) if mutants else Score(0, [])
        print(f"{module:20} {score}", flush=True)
        for mutant in score.survivors:
            print(f"  line {mutant.line}: {mutant.operator}")
            print("\n".join(change_of(mutant, module)), flush=True)
        tried += score.tried
        killed += score.tried - len(score.survivors)
    print(f"{'all':20} {killed:5} of {tried:5} {killed / tried:7.1%}" if tried else "no mutants")


if __name__ == "__main__":
    main()
