"""What an import tells: what it did of each file, what it refused, what deserves a look."""

from dataclasses import dataclass, field
from typing import Final

from app.domain.errors import TimeOffError
from app.services.importing.kinds import FILES

MOST_REFUSALS: Final = 1_000
"""Then the import stops: the files are not what they are taken for."""
MOST_WARNINGS: Final = 1_000
"""So many are told of absences, and how many more there are."""

LONGEST_FIELD: Final = 80


@dataclass(frozen=True, slots=True)
class FileRefusal:
    """What is wrong with a file, a line of it, or a field of that line. Repeats no value."""

    file: str
    message: str
    line: int | None = None
    item: int = 0
    field: str = ""
    code: str = ""

    def __str__(self) -> str:
        """Write it as compilers do: file:line: field: message."""
        where = f"{self.file}:{self.line}" if self.line else self.file
        item = f"item {self.item}" if self.item else ""
        text = ": ".join(filter(None, (where, item, self.field, self.message)))
        return safe(text)

    @property
    def coded(self) -> str:
        """The same with the code, by which programs know what it is."""
        return f"{self} [{self.code}]" if self.code else str(self)


@dataclass(slots=True)
class FileCounts:
    """What became of the items of a file; ``same`` are those that were so already."""

    new: int = 0
    changed: int = 0
    same: int = 0
    left_out: int = 0

    def __str__(self) -> str:
        """Write what there is to tell: 3 new, 1 changed, 236 the same."""
        left_out = f", {self.left_out:,} left out" if self.left_out else ""
        return f"{self.new:,} new, {self.changed:,} changed, {self.same:,} the same{left_out}."


@dataclass(slots=True)
class ImportReport:
    """How many items were stored, or everything that was refused.

    ``warnings`` are lines that were stored and deserve a look, told as refusals are;
    ``more_warnings`` says how many others there were. ``stopped_early`` says that there may be
    more refusals than are listed. ``notes`` tell what was passed over, or read otherwise than it
    is usually written. Of a dry run, nothing of it was stored.
    """

    stored: int = 0
    refusals: list[FileRefusal] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    warnings: list[FileRefusal] = field(default_factory=list)
    more_warnings: int = 0
    stopped_early: bool = False
    counts: dict[str, FileCounts] = field(default_factory=dict)
    """By the names of the files."""

    def note(self, file: str, text: str) -> None:
        """Tell something about a file."""
        self.notes.append(safe(f"{file}: {text}"))

    def warn(self, warning: FileRefusal) -> None:
        """Tell a warning, or count it where there are many."""
        if len(self.warnings) < MOST_WARNINGS:
            self.warnings.append(warning)
        else:
            self.more_warnings += 1


def place(refusal: FileRefusal) -> tuple[int, str, int]:
    """Return by what refusals are listed: files in the order of reading, then lines."""
    order = [noun.plural for noun in FILES]
    plural = refusal.file.partition(".")[0]
    number = order.index(plural) if plural in order else -1
    return number, refusal.file, refusal.line or 0


def field_of(error: TimeOffError) -> str:
    """Return the name of the field that an error is about."""
    return ".".join(map(str, error.path))[:LONGEST_FIELD]


def safe(text: str) -> str:
    """Return the text with what a terminal had better not see written out."""
    return "".join(map(_printable, text))


def _printable(character: str) -> str:
    return character if character.isprintable() else repr(character)[1:-1]
