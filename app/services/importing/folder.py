"""Which files of a directory an import reads, and which names it refuses."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Final, NamedTuple, Self

from app.services.importing.columns import FileNoun
from app.services.importing.files import SUFFIXES
from app.services.importing.kinds import FILES

OTHER_SUFFIXES: Final = (".txt", ".tsv", ".xlsx", ".xls", ".ods", ".numbers")
"""What spreadsheets write as well, and an import does not read."""


class Misnamed(NamedTuple):
    """A file whose name an import does not know, and the noun that it may be of."""

    name: str
    message: str
    noun: FileNoun | None


@dataclass
class Folder:
    """What there is to import, in the order of the nouns.

    ``shadows`` are files that macOS, an office program or an editor has put beside it.
    """

    files: list[tuple[Path, FileNoun]] = field(default_factory=list)
    misnamed: list[Misnamed] = field(default_factory=list)
    shadows: list[str] = field(default_factory=list)

    @classmethod
    def of_file(cls, path: Path, kind: str | None) -> Self:
        """Take one file; what it holds is the ``kind``, or its name says it."""
        nouns = {noun.plural: noun for noun in FILES}
        if noun := nouns.get(kind or path.stem.lower()):
            return cls([(path, noun)])
        names = ", ".join(nouns)
        msg = f"The name of the file does not say what it holds: say --as with one of {names}."
        return cls(misnamed=[Misnamed(path.name, msg, None)])

    @classmethod
    def of(cls, directory: Path) -> Self:
        """Look through a directory; files of other kinds are none of an import's business."""
        expected = {f"{noun.plural}{suffix}": noun for noun in FILES for suffix in SUFFIXES}
        names = sorted(path.name for path in directory.iterdir())
        folder = cls([(directory / name, noun) for name, noun in expected.items() if name in names])
        for name in names:
            if name.lower().endswith(SUFFIXES) and name.startswith((".", "~$")):
                folder.shadows.append(name)
            elif name not in expected and (misnamed := _misnamed(name, expected)):
                folder.misnamed.append(misnamed)
        return folder


def _misnamed(name: str, expected: Mapping[str, FileNoun]) -> Misnamed | None:
    """Return what is wrong with the name of a file that an import should perhaps read."""
    stem, dot, suffix = name.lower().rpartition(".")
    if noun := expected.get(f"{stem}.csv") if dot + suffix in OTHER_SUFFIXES else None:
        return Misnamed(
            name, f"An import reads CSV or JSON. Save it as {stem}.csv, in UTF-8.", noun
        )
    if not name.lower().endswith(SUFFIXES):
        return None
    close = next(iter(get_close_matches(name.lower(), expected, n=1)), None)
    hint = f"; did you mean {close}?" if close else "."
    noun = expected[close] if close else None
    return Misnamed(name, f"An import has no file of this name{hint}", noun)
