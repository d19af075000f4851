"""`timeoff dump` and `timeoff load`: all that is stored as lines of text, and back."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import click

from app.backup_command import SECRETS, unwritten_errors
from app.command_line import (
    database_errors,
    database_option,
    make_missing_file,
    progress_bars,
    read_settings,
    require_current_schema,
)
from app.this_command import command_for

if TYPE_CHECKING:
    from app.progress import Progress
    from app.settings import Settings

STANDARD = Path("-")


@click.command(short_help="Write all that is stored as JSON Lines.")
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True), default="-")
@click.option("--overwrite", is_flag=True, help="Replace FILE if it is there.")
@database_option
def dump(file: Path, database_url: str | None, *, overwrite: bool) -> None:
    """Write all that is stored as JSON Lines, which either kind of database loads.

    It goes to FILE, or to standard output. It is as at one moment, also while others write.
    docs/backup.md describes the lines.
    """
    settings = read_settings(database_url=database_url)

    from app.services.copying import dump as dumping  # noqa: PLC0415

    with progress_bars() as progress, database_errors(settings):
        require_current_schema(settings)
        with _written(file, overwrite=overwrite) as write:
            rows = dumping.write(settings.database_url, write, progress)
    click.echo(f"{rows:,} rows written. {SECRETS}", err=True)


@contextmanager
def _written(file: Path, *, overwrite: bool) -> Iterator[Callable[[bytes], object]]:
    """Take what goes to a file, which is there only when all of it is; - is standard output."""
    if file == STANDARD:
        yield sys.stdout.buffer.write
        sys.stdout.buffer.flush()
        return
    there = f"{file} is there already. Take another name, or --overwrite."
    if file.exists() and not overwrite:
        raise click.ClickException(there)

    from app.db.copying import drafts  # noqa: PLC0415

    with unwritten_errors(file), drafts.draft_of(file) as draft:
        with draft.open("wb") as stream:
            yield stream.write
        drafts.sync(draft)
        try:
            drafts.publish(draft, file, overwrite=overwrite)
        except FileExistsError:
            raise click.ClickException(there) from None


@click.command(short_help="Load what `timeoff dump` wrote into an empty database.")
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True))
@database_option
def load(file: Path, database_url: str | None) -> None:
    """Load what `timeoff dump` wrote into an empty database, of either kind.

    FILE is what was written, - is standard input. All of it or nothing is loaded: a dump of
    another version or one that breaks off is refused, and a fault is told with its line.
    """
    settings = read_settings(database_url=database_url)
    with _read(file) as lines, progress_bars() as progress, database_errors(settings):
        rows = _load(settings, lines, progress)
    click.echo(f"{rows:,} rows loaded into {settings.database_name}.")
    click.echo(f"Check them with: {command_for(settings, 'check')}", err=True)


def _load(settings: "Settings", lines: BinaryIO, progress: "Progress") -> int:
    """Load the lines; a file that was made for it goes again where that fails."""
    from app.db.connections.url import sqlite_path  # noqa: PLC0415
    from app.services.copying import load as loading  # noqa: PLC0415
    from app.services.copying.lines import BadDump  # noqa: PLC0415

    made = make_missing_file(settings, progress)
    try:
        require_current_schema(settings)
        return loading.read(settings.database_url, lines, progress)
    except BaseException as error:
        path = sqlite_path(settings.database_url)
        if made and path is not None:
            path.unlink(missing_ok=True)
        if isinstance(error, BadDump):
            raise click.ClickException(f"Nothing was loaded. {error}") from None
        if isinstance(error, loading.NotEmpty):
            raise click.ClickException(
                f"Nothing was loaded: {settings.database_name} has rows already ({error}). Take "
                "an empty database."
            ) from None
        raise


@contextmanager
def _read(file: Path) -> Iterator[BinaryIO]:
    """Open a file to read, or take standard input."""
    if file == STANDARD:
        yield sys.stdin.buffer
        return
    try:
        stream = file.open("rb")
    except OSError as error:
        raise click.ClickException(f"{file} cannot be read: {error.strerror}.") from None
    with stream:
        yield stream


COMMANDS = (dump, load)
