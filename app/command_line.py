"""What the commands of `timeoff` share: settings, files, progress, and errors in one line."""

import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final, TypeVar

import click

from app.this_command import CONFIG_FILE, command_for

if TYPE_CHECKING:
    from click._termui_impl import ProgressBar

    from app.progress import Progress
    from app.settings import Settings
    from app.settings_sources import Given

Command = TypeVar("Command", bound=Callable[..., Any])


STANDARD: Final = Path("-")
"""Standard output, or input."""

EMPTY = "It is empty; `serve --demo` loads the demo data."
"""What is said of a database that was made without any."""


class BadUsage(click.ClickException):
    """The command line or the environment asks for what cannot be."""

    exit_code = 2


class Commands(click.Group):
    """Commands; what is wrong with a command line is one line that says what to do."""

    def make_context(
        self,
        info_name: str | None,
        args: list[str],
        parent: click.Context | None = None,
        **extra: Any,  # noqa: ANN401 - as click has it
    ) -> click.Context:
        """Parse what stands before the command."""
        with _usage_in_one_line():
            return super().make_context(info_name, args, parent, **extra)

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 - as click has it
        """Parse the rest, and run the command."""
        with _usage_in_one_line():
            return super().invoke(ctx)


@contextmanager
def _usage_in_one_line() -> Iterator[None]:
    try:
        yield
    except click.exceptions.NoArgsIsHelpError:
        raise  # nothing is wrong: it shows the help
    except click.UsageError as mistake:
        message = " ".join(mistake.format_message().split())
        more = f" See: {mistake.ctx.command_path} --help" if mistake.ctx else ""
        raise BadUsage(f"{message}{more}") from None


def config_option(command: Command) -> Command:
    """Add --config, which every command that reads settings has; `read_settings` looks at it."""

    def note(context: click.Context, _: click.Parameter, file: str | None) -> None:
        context.meta[CONFIG_FILE] = file

    return click.option(
        "--config",
        metavar="FILE",
        help="A TOML file with settings, by the names of the environment (TIMEOFF_CONFIG).",
        callback=note,
        expose_value=False,
    )(command)


def database_option(command: Command) -> Command:
    """Add --database-url and --config, which every command that needs a database has."""
    with_url = click.option(
        "--database-url",
        metavar="URL",
        help="sqlite:///path or postgresql://user:password@host/database "
        "(TIMEOFF_DATABASE_URL; default: the embedded database).",
    )
    return with_url(config_option(command))


def read_settings(**given: object) -> "Settings":
    """Read the settings, or end with the names of the bad ones."""
    return read_settings_with_origins(**given)[0]


def read_settings_with_origins(**given: object) -> "tuple[Settings, dict[str, Given]]":
    """Read the settings as above, and where each of them that is set stands."""
    from app.settings import (  # noqa: PLC0415
        InvalidSettings,
        Settings,
        unknown_variables,
    )

    context = click.get_current_context(silent=True)
    config = context.meta.get(CONFIG_FILE) if context else None
    for variable, similar in unknown_variables():
        hint = f"; did you mean {similar}?" if similar else ""
        click.echo(f"Warning: {variable} is no setting of ours{hint}", err=True)
    try:
        return Settings.read_with_origins(config=config, **given)
    except InvalidSettings as refusal:
        raise BadUsage(str(refusal)) from None


def require_current_schema(settings: "Settings") -> None:
    """End with what to do, unless the database has the schema of this version."""
    from app.db.connections.migrate import is_current  # noqa: PLC0415
    from app.db.connections.url import sqlite_path  # noqa: PLC0415
    from app.db.copying import served_mark  # noqa: PLC0415

    path = sqlite_path(settings.database_url)
    if path is not None:
        served_mark.settle(path)
    if is_current(settings.database_url):
        return
    is_missing = path is not None and not path.exists()
    lack = "is not there yet" if is_missing else "does not have the schema of this version"
    raise click.ClickException(
        f"{settings.database_name} {lack}. Make it ready with: {command_for(settings, 'migrate')}"
    )


def make_missing_file(settings: "Settings", progress: "Progress", *, demo: bool = False) -> bool:
    """Make a SQLite database that is not there yet, and say whether that was so."""
    from app.db.connections.url import sqlite_path  # noqa: PLC0415
    from app.embedded import make_missing  # noqa: PLC0415

    if sqlite_path(settings.database_url) is None:
        return False
    return make_missing(settings.database_url, demo=demo, progress=progress)


def end_as_any_process() -> None:
    """Let SIGTERM end us while we start: Linux spares process 1, as a container's is, by default.

    Once it serves, uvicorn answers the signal.
    """
    if os.getpid() == 1:
        signal.signal(signal.SIGTERM, lambda *_: os._exit(128 + signal.SIGTERM))


@contextmanager
def database_errors(settings: "Settings") -> Iterator[None]:
    """End with one line when the database cannot be reached or used."""
    from app.db.availability.unusable import why_unusable  # noqa: PLC0415
    from app.db.connections.migrate import SchemaUnknown  # noqa: PLC0415

    try:
        yield
    except SchemaUnknown as schema:
        raise click.ClickException(
            f"{settings.database_name} has a schema that this version does not know ({schema}): "
            "a newer version has brought it there. Run that one, or restore an older backup."
        ) from None
    except (BrokenPipeError, click.ClickException):
        raise  # of standard output, not of the database; said already
    except Exception as error:
        reason = why_unusable(error, settings.database_url)
        if reason is None:
            raise  # a constraint or a statement: our fault, shown whole
        message = f"{settings.database_name} cannot be used. {reason}"
        if isinstance(error, OSError) and settings.is_embedded_default:
            message += " Name another place with --database-url (TIMEOFF_DATABASE_URL)."
        raise click.ClickException(message) from None


def echo_table(rows: Sequence[Sequence[str]]) -> None:
    """Print rows of cells in columns; the first row has the headings."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        click.echo("  ".join(cells).rstrip())


MOST_LISTED: Final = 1_000
"""So many rows a command lists at most."""


def echo_list(
    headings: Sequence[str], rows: Sequence[Sequence[str]], more: int, *, nothing: str
) -> None:
    """Print a table, how many rows it leaves out, or what is said where there is nothing."""
    if rows:
        echo_table([headings, *rows])
    else:
        click.echo(nothing, err=True)
    if more:
        click.echo(f"And {more:,} more.", err=True)


def on_one_line(text: str) -> str:
    """Return what others have typed so that it stays in its cell."""
    return " ".join("".join(each if each.isprintable() else " " for each in text).split())


def ago(moment: datetime | None, now: datetime) -> str:
    """Say how long ago it was, in hours and minutes."""
    if moment is None:
        return "never"
    minutes = max(0, int((now - moment).total_seconds() // 60))
    hours = minutes // 60
    return f"{hours} h {minutes % 60} min ago" if hours else f"{minutes} min ago"


@contextmanager
def progress_bars() -> Iterator["Progress"]:
    """Show on standard error what long work tells: a line, or a bar that fills."""
    bar: ProgressBar[int] | None = None

    def progress(what: str, done: int = 0, total: int = 0) -> None:
        nonlocal bar
        if bar is not None and (bar.label != what or not total):
            bar.render_finish()
            bar = None
        if not total:
            click.echo(what, err=True)
            return
        if bar is None:
            bar = click.progressbar(length=total, label=what, file=sys.stderr)
            bar.render_progress()
        bar.update(done - bar.pos)

    try:
        yield progress
    finally:
        if bar is not None:
            bar.render_finish()


@contextmanager
def written(
    file: Path, *, overwrite: bool, keep_rights: bool = False
) -> Iterator[Callable[[bytes], None]]:
    """Take what goes to a file, which is there only when all of it is; - is standard output.

    It is for its owner alone, unless it takes the place of one whose rights it is to keep.
    """
    is_device = file != STANDARD and file.exists() and not (file.is_file() or file.is_dir())
    with unwritten_errors(file), ExitStack() as exits:
        if file == STANDARD or is_device:
            stream = sys.stdout.buffer if file == STANDARD else exits.enter_context(file.open("wb"))
            yield partial(_write, file, stream)
            stream.flush()
            return
        there = click.ClickException(f"{file} is there already. Take another name, or --overwrite.")
        if file.exists() and not overwrite:
            raise there

        from app.db.copying import drafts  # noqa: PLC0415

        draft = exits.enter_context(drafts.draft_of(file))
        with draft.open("wb") as stream:
            yield partial(_write, file, stream)
        drafts.sync(draft)
        if keep_rights and file.exists():
            drafts.belong_like(draft, file)
        try:
            drafts.publish(draft, file, overwrite=overwrite)
        except FileExistsError:
            raise there from None


def _write(file: Path, stream: BinaryIO, piece: bytes) -> None:
    with unwritten_errors(file):
        stream.write(piece)


@contextmanager
def unwritten_errors(file: Path) -> Iterator[None]:
    """End with one line when a file cannot be written."""
    try:
        yield
    except (BrokenPipeError, click.ClickException):
        raise  # who read standard output has left: click ends without a word; said already
    except Exception as error:
        from app.db.copying.file_faults import why_unwritten  # noqa: PLC0415

        reason = why_unwritten(error, file)
        if reason is None:
            raise
        raise click.ClickException(f"{file} cannot be written. {reason}") from None
