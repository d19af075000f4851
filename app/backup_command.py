"""`timeoff backup` and `timeoff restore`: whole copies of a SQLite database, made and put back."""

import os
import shlex
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from app.command_line import (
    BadUsage,
    database_errors,
    database_option,
    progress_bars,
    read_settings,
    require_current_schema,
    unwritten_errors,
)
from app.this_command import command_for

if TYPE_CHECKING:
    from app.services.copying.restore import Begun
    from app.services.data_check.findings import Findings
    from app.settings import Settings

SECRETS = (
    "It holds reasons of time off and the secrets that sign webhooks: keep it as you keep the "
    "database."
)
OLDER = "It has the schema of another version, so only the file was checked."


@click.command(short_help="Copy the database while it is served.")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--overwrite", is_flag=True, help="Replace FILE if it is there.")
@click.option("--quick", is_flag=True, help="Have only SQLite look through the copy.")
@database_option
def backup(file: Path, database_url: str | None, *, overwrite: bool, quick: bool) -> None:
    """Copy the SQLite database into FILE, as it is at this moment, while it is served.

    The copy is checked as `timeoff check` does before it takes its name. For PostgreSQL the
    line for pg_dump is printed instead. docs/backup.md tells more.
    """
    settings = read_settings(database_url=database_url)
    source = _sqlite_file(settings)
    if source is None:
        click.echo(_pg_dump(settings, file))
        raise click.ClickException(
            "Nothing was copied: PostgreSQL has its own program, run as above. It takes the "
            "password from PGPASSWORD or ~/.pgpass."
        )
    _refuse_missing(source, settings)
    _refuse_same(source, file)

    from app.services.copying import backup as backups  # noqa: PLC0415

    with _ended_politely(), progress_bars() as progress, copy_errors(settings, file):
        made = backups.make(source, file, progress, overwrite=overwrite, quick=quick)
    click.echo(f"{file}: a backup of {settings.database_name}, {made.size / 1e6:,.1f} MB.")
    click.echo(SECRETS, err=True)
    if quick:
        return
    if made.found is None:
        click.echo(OLDER, err=True)
    elif made.found.violations:
        _tell(made.found)
        raise click.ClickException(
            "The copy is whole, and so is what `timeoff check` finds in it: see above."
        )


@click.command(short_help="Put a backup back in the place of the database.")
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option(
    "--in-place",
    is_flag=True,
    help="Another program has restored it (pg_restore, Litestream): do what is left.",
)
@click.option(
    "--despite-violations", is_flag=True, help="Also a backup in which the check finds some."
)
@database_option
def restore(
    file: Path | None, database_url: str | None, *, in_place: bool, despite_violations: bool
) -> None:
    """Put the backup FILE in the place of the SQLite database, which nobody may have open.

    It is checked before, and migrated if an older version made it; the file that it replaces
    stays beside. Cursors of the change feed from before are refused from then on, and browsers
    sign in again. docs/backup.md tells more.
    """
    settings = read_settings(database_url=database_url)
    if in_place == (file is not None):
        raise click.UsageError("Give a FILE, or --in-place, and not both.")
    if file is None:
        _finish(settings)
        return
    target = _sqlite_file(settings)
    if target is None:
        click.echo(_pg_restore(settings, file))
        raise click.ClickException(
            "Nothing was restored: PostgreSQL has its own program, run as above, into an empty "
            f"database. Then: {command_for(settings, 'restore --in-place')}"
        )
    _refuse_missing(file, settings)
    _refuse_same(target, file)

    from app.services.copying import restore as restoring  # noqa: PLC0415

    with _ended_politely(), progress_bars() as progress, restore_errors(settings, file):
        done = restoring.put_back(file, target, progress, despite=despite_violations)
    click.echo(f"{settings.database_name} is as in {file}.")
    if done.kept:
        click.echo(f"What was there before: {done.kept}")
    _tell_begun(done.begun)


def _finish(settings: "Settings") -> None:
    """Begin anew in what another program has restored."""
    from app.services.copying import restore as restoring  # noqa: PLC0415

    with progress_bars() as progress, database_errors(settings):
        require_current_schema(settings)
        begun = restoring.begin_anew(settings.database_url, progress)
    click.echo(f"{settings.database_name} goes on from what was restored.")
    _tell_begun(begun)
    sys.exit(1 if begun.found.violations else 0)


def _tell_begun(begun: "Begun") -> None:
    click.echo(
        f"The change feeds of {begun.companies} companies have new names: readers with older "
        f"cursors are told CURSOR_EXPIRED. {begun.sessions} sessions of browsers were ended. "
        "Tokens and links of feeds are those of the backup: revoke again what was revoked since."
    )
    if begun.systems:
        click.echo(
            f"{begun.systems} connected systems are compared before anything is written to them, "
            "and somebody looks at it: /sync."
        )
    _tell(begun.found)


def _tell(found: "Findings") -> None:
    for violation in found.violations:
        click.echo(f"Violation: {violation}", err=True)


def _sqlite_file(settings: "Settings") -> Path | None:
    from app.db.connections.url import sqlite_path  # noqa: PLC0415

    return sqlite_path(settings.database_url)


def _refuse_missing(file: Path, settings: "Settings") -> None:
    """End unless there is a file to be copied."""
    if file.is_file() and not os.access(file, os.R_OK):
        raise click.ClickException(f"{file} may not be read by this user.")
    if not file.is_file():
        what = "is a directory" if file.is_dir() else "is not there"
        raise click.ClickException(
            f"{file} {what}: there is nothing to copy for {settings.database_name}."
        )


def _refuse_same(database: Path, file: Path) -> None:
    if file.exists() and database.exists() and file.samefile(database):
        raise BadUsage(f"{file} is the database itself.")


@contextmanager
def copy_errors(settings: "Settings", file: Path) -> Iterator[None]:
    """End with one line when a backup cannot be made of the database, or not written to FILE."""
    from app.db.copying.sqlite_files import Held, NotOurs  # noqa: PLC0415
    from app.services.copying.backup import AlreadyThere, Damaged  # noqa: PLC0415

    try:
        with database_errors(settings), unwritten_errors(file):
            yield
    except AlreadyThere:
        raise click.ClickException(
            f"{file} is there already. Take another name, or --overwrite."
        ) from None
    except Held:
        raise click.ClickException(
            f"{file} is in use: stop every gateway and program that has it open."
        ) from None
    except NotOurs:
        raise click.ClickException(
            f"{settings.database_name} has no tables of the gateway."
        ) from None
    except Damaged as damage:
        raise click.ClickException(
            f"{settings.database_name} is damaged ({damage}): no backup was made of it."
        ) from None


@contextmanager
def restore_errors(settings: "Settings", file: Path) -> Iterator[None]:
    """End with one line when a file cannot be restored: all is then as it was."""
    from app.db.copying.sqlite_files import Held, NotOurs  # noqa: PLC0415
    from app.services.copying.backup import Damaged  # noqa: PLC0415
    from app.services.copying.restore import Newer, Torn, Violated  # noqa: PLC0415

    name = settings.database_name
    try:
        with database_errors(settings):
            yield
    except Held:
        told = f"{name} is in use: stop every gateway and program that has it open."
    except Torn:
        told = (
            f"{file} was copied by the system while a gateway wrote to it: what was written last "
            "is missing. Make backups with `timeoff backup`."
        )
    except NotOurs:
        told = f"{file} has no tables of the gateway: it is no backup."
    except Damaged as damage:
        told = f"{file} is damaged ({damage})."
    except Newer as schema:
        told = (
            f"{file} has a schema that this version does not know ({schema}): a newer version "
            "made it. Restore it with that one."
        )
    except Violated as violated:
        _tell(violated.found)
        told = f"{file} has what is listed above; --despite-violations restores it all the same."
    else:
        return
    raise click.ClickException(told)


def _pg_dump(settings: "Settings", file: Path) -> str:
    """Return the line that makes a backup of a PostgreSQL, without its password."""
    words = ["pg_dump", "--format=custom", f"--file={file}", _libpq(settings)]
    return shlex.join(words)


def _pg_restore(settings: "Settings", file: Path) -> str:
    """Return the line that restores a backup of pg_dump, without a password."""
    options = ["--no-owner", "--exit-on-error", f"--dbname={_libpq(settings)}"]
    return shlex.join(["pg_restore", *options, str(file)])


def _libpq(settings: "Settings") -> str:
    """Return the address for PostgreSQL's own programs, without the password."""
    from app.db.connections.url import libpq_url  # noqa: PLC0415

    return libpq_url(settings.database_url)


@contextmanager
def _ended_politely() -> Iterator[None]:
    """Tidy up where a service manager ends the command: half a copy is as large as the rest."""
    before = signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def marked_as_served(settings: "Settings") -> Iterator[None]:
    """Mark a SQLite file while it is served, so that `timeoff check` knows a copy by `cp`."""
    from app.db.copying import served_mark  # noqa: PLC0415

    file = _sqlite_file(settings)
    if file is None:
        yield
        return
    with database_errors(settings):
        served_mark.mark(file)
    try:
        yield
    finally:
        served_mark.unmark(file)


COMMANDS = (backup, restore)
