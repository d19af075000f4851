"""`timeoff dump` and `timeoff load`: all that is stored as lines of text, and back."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import click

from app.backup_command import SECRETS
from app.command_line import (
    STANDARD,
    database_errors,
    database_option,
    make_missing_file,
    progress_bars,
    read_settings,
    require_current_schema,
    written,
)
from app.this_command import command_for

if TYPE_CHECKING:
    from app.progress import Progress
    from app.settings import Settings


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
        with written(file, overwrite=overwrite) as write, database_errors(settings):
            rows = dumping.write(settings.database_url, write, progress)
    click.echo(f"{rows:,} rows written. {SECRETS}", err=True)


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
