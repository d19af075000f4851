"""Where settings are given: in the environment, in a TOML file, and in files of one secret each.

All of them give texts under the names of the environment (``TIMEOFF_PORT``). What a text means, and
whether it may be so, is for app.settings to say.
"""

import difflib
import tomllib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

PREFIX: Final = "TIMEOFF_"
FILE_SUFFIX: Final = "_FILE"
"""Behind the name of a secret: the name of the file that holds it."""

CONFIG: Final = f"{PREFIX}CONFIG"
ENVIRONMENT: Final = "environment"


class UnusableSource(Exception):
    """A source cannot be read, or has what it cannot have; each line says one thing."""


@dataclass(frozen=True, slots=True)
class Known:
    """The names that there are: all, those of secrets, and those whose values are lists."""

    names: Collection[str]
    secrets: Collection[str]
    lists: Collection[str]

    @property
    def all_names(self) -> list[str]:
        """The names, and those by which a secret is in a file of its own."""
        return [*self.names, *(name + FILE_SUFFIX for name in self.secrets)]

    def nearest(self, name: str) -> str | None:
        """Return the name that somebody may have meant.

        >>> Known(["TIMEOFF_PORT"], [], []).nearest("prot")
        'TIMEOFF_PORT'
        """
        # Without what all of them begin with, which would make everything resemble everything.
        known = {each.removeprefix(PREFIX): each for each in self.all_names}
        similar = difflib.get_close_matches(name.upper().removeprefix(PREFIX), known, n=1)
        return known[similar[0]] if similar else None


@dataclass(frozen=True, slots=True)
class Given:
    """The text that is given for a setting, and where it stands."""

    text: str
    place: str
    """``environment``, or the path of the settings file."""
    secret_file: str | None = None
    """The file that holds it, where the place only names that."""
    goes_before: str | None = None
    """Another place that gives something as well, which does not count."""

    def named(self, name: str) -> str:
        """Return the name by which somebody finds what they have given.

        >>> Given("80", "/etc/timeoff.toml").named("TIMEOFF_PORT")
        'TIMEOFF_PORT in /etc/timeoff.toml'
        """
        if self.secret_file is not None:
            name = f"{name}{FILE_SUFFIX} ({self.secret_file})"
        return name if self.place == ENVIRONMENT else f"{name} in {self.place}"

    @property
    def whence(self) -> str:
        """Where it comes from, in words."""
        file = f", file {self.secret_file}" if self.secret_file is not None else ""
        before = f"; not {self.goes_before}" if self.goes_before else ""
        return f"{self.place}{file}{before}"


def read_sources(
    known: Known, environment: Mapping[str, str], config: Path | None
) -> dict[str, Given]:
    """Return what is given for each name: by the environment, or else by the settings file.

    An empty variable is one that is not set. Raises UnusableSource.
    """
    complaints: list[str] = []
    told = {name.upper(): text for name, text in environment.items() if text}
    above = _with_secrets(known, told, ENVIRONMENT, complaints)
    below: dict[str, Given] = {}
    if config is not None:
        texts = dict(_texts(known, config, complaints))
        below = _with_secrets(known, texts, str(config), complaints)
    if complaints:
        raise UnusableSource("\n".join(complaints))
    both = {
        name: Given(each.text, each.place, each.secret_file, below[name].place)
        for name, each in above.items()
        if name in below
    }
    return below | above | both


def _with_secrets(
    known: Known, texts: Mapping[str, str], place: str, complaints: list[str]
) -> dict[str, Given]:
    """Return what one place gives, with the secrets that it has in files."""
    given = {name: Given(texts[name], place) for name in known.names if name in texts}
    for name in known.secrets:
        file = texts.get(name + FILE_SUFFIX)
        if file is None:
            continue
        if name in given:
            complaints.append(
                f"{given[name].named(name)} and {name}{FILE_SUFFIX} are both given: keep one."
            )
            continue
        try:
            given[name] = Given(read_secret(Path(file)), place, file)
        except UnusableSource as fault:
            complaints.append(f"{Given('', place).named(name + FILE_SUFFIX)}: {file} {fault}")
    return given


def read_secret(file: Path) -> str:
    """Return the one line that the file holds, without blanks and ends of lines around it.

    Raises UnusableSource, never with what the file holds.
    """
    secret = _read(file).strip()
    if not secret:
        raise UnusableSource("is empty.")
    if not secret.isprintable():
        raise UnusableSource("holds more than one line, or what is no text.")
    return secret


def _texts(known: Known, config: Path, complaints: list[str]) -> Iterator[tuple[str, str]]:
    """Yield what the settings file gives, each as the text that a variable would have."""
    try:
        table = tomllib.loads(_read(config))
    except tomllib.TOMLDecodeError as fault:
        complaints.append(f"The settings file {config} is no TOML: {fault}.")
        return
    except UnusableSource as fault:
        complaints.append(f"The settings file {config} {fault}")
        return
    for name, value in table.items():
        if name == CONFIG:
            complaints.append(f"{CONFIG} in {config}: a settings file names no other.")
        elif name not in known.all_names:
            similar = known.nearest(name)
            hint = f"did you mean {similar}?" if similar else "`timeoff settings` lists them."
            complaints.append(f"{name} in {config} is no setting; {hint}")
        elif (text := _text(value, is_list=name in known.lists)) is None:
            kind = "a text, or an array of texts without commas" if name in known.lists else (
                "a text in quotes, a number, true or false"
            )  # fmt: skip
            complaints.append(f"{name} in {config}: takes {kind}.")
        else:
            yield name, text


def _text(value: object, *, is_list: bool) -> str | None:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list) and is_list:
        texts = [each for each in value if isinstance(each, str) and "," not in each]
        return ",".join(texts) if len(texts) == len(value) else None
    return str(value) if isinstance(value, str | int | float) else None


def _read(file: Path) -> str:
    try:
        return file.read_text("utf-8-sig")
    except OSError as fault:
        raise UnusableSource(f"cannot be read: {fault.strerror}.") from None
    except (UnicodeDecodeError, ValueError):
        raise UnusableSource("cannot be read: it is no text in UTF-8.") from None
