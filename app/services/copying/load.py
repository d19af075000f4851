"""Filling an empty database from the lines of a dump: all of it, or nothing."""

import asyncio
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from app.db.connections.database import Database, Transaction
from app.db.connections.migrate import version_here
from app.db.copying import rows
from app.db.writing.bulk_load import without_indexes
from app.progress import Progress
from app.services.copying.lines import FORMAT, NAME, ROWS_A_PIECE, BadDump

MEBIBYTES: Final = 16
"""For SQLite's pages, and to sort in: more makes a large load no quicker."""


class NotEmpty(Exception):
    """The database has rows already, in the table of this name."""


def read(database_url: str, lines: Iterable[bytes], progress: Progress) -> int:
    """Load a dump in one transaction; return how many rows it had.

    Raises NotEmpty, or BadDump with the number of the line.
    """
    return asyncio.run(_read(database_url, lines, progress))


async def _read(database_url: str, lines: Iterable[bytes], progress: Progress) -> int:
    database = Database(database_url, fills=True)
    try:
        async with database.writing() as connection:
            if filled := await rows.first_that_is_filled(connection):
                raise NotEmpty(filled)
            dump = _Dump(connection, _Lines(iter(lines)), progress)
            dump.read_header()
            try:
                async with without_indexes(connection, mebibytes=MEBIBYTES):
                    await dump.load()
                    progress("Making the indexes")
            except Exception as error:
                if (words := rows.constraint_of(error)) is None:
                    raise
                raise BadDump(f"Rows that cannot be together: {words}.") from None
            return sum(dump.counts.values())
    finally:
        await database.close()


@dataclass(slots=True)
class _Lines:
    """Lines of JSON, counted from 1."""

    lines: Iterator[bytes]
    number: int = 0

    def next(self) -> Any:  # noqa: ANN401 - JSON
        """Return the next line's value."""
        text = next(self.lines, b"")
        if not text:
            raise BadDump(f"It breaks off after line {self.number}: its last line is not there.")
        self.number += 1
        try:
            return orjson.loads(text)
        except orjson.JSONDecodeError:
            if not text.endswith(b"\n"):
                raise BadDump("It breaks off in this line.", self.number) from None
            raise BadDump("This is no JSON.", self.number) from None

    def next_of(self, *names: str) -> dict[str, Any]:
        """Return the next line, which is an object with these fields."""
        value = self.next()
        if not isinstance(value, dict) or not set(names) <= set(value):
            raise BadDump(f"An object with {', '.join(names)} should be here.", self.number)
        return value


@dataclass(slots=True)
class _Dump:
    """One run over the lines of a dump."""

    connection: Transaction
    lines: _Lines
    progress: Progress
    counts: dict[str, int] = field(default_factory=dict)

    def read_header(self) -> None:
        """Refuse what is no dump, or one of another version."""
        try:
            header = self.lines.next()
        except BadDump:
            header = None
        if not isinstance(header, dict) or header.get("dump") != NAME:
            raise BadDump("It is no dump of `timeoff dump`.")
        form, schema = header.get("format"), header.get("schema")
        if form != FORMAT:
            raise BadDump(f"It is of format {form}; this version reads {FORMAT}.")
        if schema != version_here():
            raise BadDump(
                f"It is of schema {schema}, and this version has {version_here()}. Load it with "
                "the version that wrote it, then migrate."
            )

    async def load(self) -> None:
        """Load all tables, then what ids go on from, and compare the counts."""
        for table in rows.tables():
            await self._load_table(table)
        last = self.lines.next_of("lastIds")["lastIds"]
        if not _are_counts(last):
            raise BadDump("These are no last ids.", self.lines.number)
        try:
            await rows.go_on_from(self.connection, last)
        except KeyError as unknown:
            raise BadDump(f"Nothing is counted as {unknown}.", self.lines.number) from None
        if self.lines.next_of("end")["end"] != self.counts:
            raise BadDump("The counts are not those of the rows above.", self.lines.number)
        if next(self.lines.lines, b"").strip():
            raise BadDump("Nothing should follow the end.", self.lines.number + 1)

    async def _load_table(self, table: rows.Table) -> None:
        begun = self.lines.next_of("table", "columns", "rows")
        columns, total = begun["columns"], begun["rows"]
        if begun["table"] != table.name:
            raise BadDump(f"The table {table.name} should be here.", self.lines.number)
        if not isinstance(columns, list) or sorted(map(str, columns)) != sorted(
            table.columns.keys()
        ):
            raise BadDump(f"These are not the columns of {table.name}.", self.lines.number)
        if not _are_counts({"rows": total}):
            raise BadDump("rows is a count.", self.lines.number)
        filling, done = rows.Filling(self.connection, table, columns), 0
        while done < total:
            piece = self._piece(min(ROWS_A_PIECE, total - done), len(columns))
            await self._fill(filling, table, piece)
            done += len(piece)
            self.progress(f"Loading {table.name}", done, total)
        self.counts[table.name] = total

    def _piece(self, size: int, width: int) -> list[Any]:
        piece = []
        for _ in range(size):
            row = self.lines.next()
            if not isinstance(row, list) or len(row) != width:
                raise BadDump(f"An array of {width} values should be here.", self.lines.number)
            piece.append(row)
        return piece

    async def _fill(self, filling: rows.Filling, table: rows.Table, piece: list[Any]) -> None:
        first = self.lines.number - len(piece) + 1
        try:
            await filling.add(piece)
        except rows.BadValue as bad:
            raise BadDump(f"This is no value of {bad.column}.", first + bad.row) from None
        except rows.RowsRefused as refused:
            raise BadDump(
                f"Among lines {first} to {self.lines.number} are rows that {table.name} does not "
                f"take: {refused}."
            ) from None


def _are_counts(value: object) -> bool:
    return isinstance(value, dict) and all(type(n) is int and n >= 0 for n in value.values())
