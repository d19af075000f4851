"""The `timeoff` command: what a person or a script asks of the gateway.

Each command imports what it needs when it runs, so that --help answers at once.
"""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from app import (
    backup_command,
    conflicts_command,
    connect_command,
    deliveries_command,
    dump_command,
    explain_command,
    flows_command,
    health_command,
    import_command,
    move_command,
    people_command,
    problems_command,
    settings_command,
    sync_command,
    token_command,
    upstream_command,
)
from app.backup_command import marked_as_served
from app.command_line import (
    EMPTY,
    BadUsage,
    Commands,
    database_errors,
    database_option,
    end_as_any_process,
    make_missing_file,
    progress_bars,
    read_settings,
    require_current_schema,
    unwritten_errors,
    written,
)
from app.start_checks import (
    refuse_other_replica,
    refuse_to_be_open,
    refuse_useless_documents_file,
    refuse_useless_token_file,
)
from app.this_command import command_here

if TYPE_CHECKING:
    from app.progress import Progress
    from app.settings import Settings

SERVE_EXAMPLES = """\b
Examples:
    timeoff serve
    timeoff serve --port 9000 --no-demo
    timeoff serve --database-url postgresql://me@db.example/timeoff --workers 4
"""


# Not a docstring: click's mark for lines that stay as they are would be read as a mistake in it.
MAIN_HELP = """One GraphQL API over the time off of Kantata OX and of Procore.

\b
To look at it:      timeoff serve
On PostgreSQL:      timeoff migrate --database-url postgresql://…
                    timeoff serve --database-url postgresql://…

Whatever an option sets can be set in the environment as well, as TIMEOFF_…, and in a
file (--config); `timeoff settings` shows what is set, and where. An option goes before the
environment, and that before the file.

Exit codes: 0 done, 1 could not be done, 2 called wrongly.
"""


@click.group(cls=Commands, help=MAIN_HELP, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="timeoff-gateway", prog_name="timeoff")
def main() -> None:
    """Take a command."""


@main.command(epilog=SERVE_EXAMPLES, short_help="Serve the GraphQL API, the calendar and GraphiQL.")
@click.option("--host", help="Address to listen on (TIMEOFF_HOST).")
@click.option("--port", type=click.IntRange(0, 65535), help="Port (TIMEOFF_PORT).")
@database_option
@click.option(
    "--demo/--no-demo",
    default=None,
    help="Load the demo data; by default only when the embedded database is made, "
    "at its first start (TIMEOFF_DEMO).",
)
@click.option(
    "--reload",
    is_flag=True,
    default=None,
    help="Start again when a source file changes (TIMEOFF_RELOAD).",
)
@click.option(
    "--root-path",
    metavar="PATH",
    help="Prefix below which a proxy shows it, such as /timeoff (TIMEOFF_ROOT_PATH).",
)
@click.option("--workers", type=click.IntRange(1), help="Processes (TIMEOFF_WORKERS).")
def serve(**given: object) -> None:
    """Serve the GraphQL API and, for people, the calendar and GraphiQL.

    The embedded database is made and migrated by itself. Another SQLite file is made where
    it is not there yet; any other database is made by `timeoff migrate` before.
    """
    end_as_any_process()
    settings = read_settings(**given)
    refuse_useless_token_file(settings)
    refuse_useless_documents_file(settings)

    from app import server  # noqa: PLC0415

    try:
        listener = server.open_listener(settings.host, settings.port)
    except server.CannotListen as refusal:
        raise click.ClickException(str(refusal)) from None
    with listener:
        _prepare_database(settings)
        refuse_other_replica(settings)
        refuse_to_be_open(settings)
        with marked_as_served(settings):
            sys.exit(server.run_server(settings, listener, click.echo, command_here()))


def _prepare_database(settings: "Settings") -> None:
    from app.embedded import prepare_embedded  # noqa: PLC0415

    with progress_bars() as progress, database_errors(settings):
        if settings.is_embedded_default:
            prepare_embedded(settings.database_url, demo=settings.demo, progress=progress)
        elif not make_missing_file(settings, progress, demo=bool(settings.demo)):
            require_current_schema(settings)
            if settings.demo:
                _load_demo(settings, progress)
        elif not settings.demo:
            progress(EMPTY)
        _tell_if_read_only(settings)


def _tell_if_read_only(settings: "Settings") -> None:
    from app.db.connections.migrate import why_read_only  # noqa: PLC0415

    if reason := why_read_only(settings.database_url):
        click.echo(
            f"Warning: {settings.database_name} is read only: {reason}\n"
            "Queries are answered; every mutation will fail.",
            err=True,
        )


def _load_demo(settings: "Settings", progress: "Progress") -> None:
    from app.services.sample_data import demo  # noqa: PLC0415

    try:
        demo.load(settings.database_url, progress)
    except demo.DemoDoesNotFit as refusal:
        raise click.ClickException(str(refusal)) from None


@main.command()
@click.option("--no-copy", is_flag=True, help="Do not copy the embedded database before.")
@database_option
def migrate(*, no_copy: bool, **given: object) -> None:
    """Bring the database to this version's schema."""
    settings = read_settings(**given)

    from app.db.connections import migrate as migrations  # noqa: PLC0415
    from app.embedded import migrate_embedded  # noqa: PLC0415

    with progress_bars() as progress, database_errors(settings):
        if settings.is_embedded_default and not no_copy:
            migrate_embedded(settings.database_url, progress)
        migrations.upgrade(settings.database_url, progress)
    click.echo(f"{settings.database_name} has the schema of this version.")


@main.command(short_help="Load demo data, or data to measure on.")
@database_option
@click.option(
    "--profile",
    type=click.Choice(["demo", "bench"]),
    default="demo",
    show_default=True,
    help="Which data: the demo's, or the large company of scripts/bench.",
)
@click.option(
    "--entries",
    type=click.IntRange(100, 100_000_000),
    help="How many time off entries the bench profile has; a user has 100. [default: 1000000]",
)
def seed(profile: str, entries: int | None, **given: object) -> None:
    """Load the demo data, or the data that measurements are made on.

    demo: two companies, some forty workers, and a year of time off around today. Where its
    company is there already, nothing is changed.

    bench: one company with so many users that each has 100 entries, over two years; only
    into a database without any companies.

    All of it or nothing is loaded.
    """
    settings = read_settings(**given)
    if entries is not None and profile != "bench":
        raise click.UsageError("--entries goes with --profile bench.")

    with progress_bars() as progress, database_errors(settings):
        make_missing_file(settings, progress)
        require_current_schema(settings)
        if profile == "bench":
            _load_bench(settings, progress, entries)
        else:
            _load_demo(settings, progress)
    click.echo(f"The {profile} data is in {settings.database_name}.")


def _load_bench(settings: "Settings", progress: "Progress", entries: int | None) -> None:
    from app.services.sample_data import bench  # noqa: PLC0415

    try:
        bench.load(settings.database_url, progress, entries or bench.ENTRIES)
    except bench.NotEmpty as refusal:
        raise click.ClickException(str(refusal)) from None


main.add_command(import_command.import_files)


@main.command(short_help="Check that records are as the rules want them.")
@database_option
def check(**given: object) -> None:
    """Check that all stored records are as the rules want them.

    Each entry and each repeat with its days and instances, each worker as the e-mails
    and links say, no orphans, no gap among the changes. Prints each violation and exits
    with 1 if there is any.

    Notices only are a day above its possible hours, as a workweek or a holiday may have
    changed after the entry was made, and an e-mail that several share, which joins none
    of them.
    """
    settings = read_settings(**given)

    from app.services.data_check import check  # noqa: PLC0415

    with progress_bars() as progress, database_errors(settings):
        require_current_schema(settings)
        found = check.examine(settings.database_url, progress)
    for violation in found.violations:
        click.echo(f"Violation: {violation}")
    for notice in found.notices:
        click.echo(f"Notice: {notice}")
    violations, notices = found.count(is_notice=False), found.count(is_notice=True)
    click.echo(f"{violations} violations and {notices} notices in {settings.database_name}.")
    sys.exit(1 if violations else 0)


for command in (
    token_command.token,
    health_command.health,
    settings_command.show_settings,
    people_command.person_data,
    people_command.erase_person,
    move_command.move_person,
    connect_command.connect,
    connect_command.disconnect,
    *sync_command.COMMANDS,
    *upstream_command.COMMANDS,
    deliveries_command.deliveries,
    conflicts_command.conflicts,
    problems_command.sync_problems,
    *flows_command.COMMANDS,
    *backup_command.COMMANDS,
    *dump_command.COMMANDS,
):
    main.add_command(command)


@main.command()
@click.option("--from", "from_", metavar="DAY", help="First day, such as 2026-03-02; required.")
@click.option("--to", metavar="DAY", help="Last day; required. The file may be of many years.")
@click.option("--company", metavar="ID", help="Only workers of this company.")
@click.option("--role", metavar="ID", multiple=True, help="Only with this role; may be repeated.")
@click.option(
    "--job-title", metavar="TEXT", multiple=True, help="Only with this job title; may be repeated."
)
@click.option("--name", metavar="TEXT", help="Only with this in their name, in any form.")
@click.option("--only-off", is_flag=True, help="Only workers with time off in the window.")
@click.option("--all-days", is_flag=True, help="Each day of each worker, also without time off.")
@click.option(
    "--bom/--no-bom", default=True, help="Byte order mark, for spreadsheets; default: with it."
)
@click.option(
    "--separator", metavar="NAME", help="comma (default), or semicolon with decimal commas."
)
@click.option(
    "--output",
    type=click.Path(dir_okay=False, allow_dash=True, path_type=Path),
    default="-",
    help="File to write; default: standard output.",
)
@database_option
def export(output: Path, database_url: str | None, **given: object) -> None:
    """Write the schedule as CSV: who is off, and who is free.

    A row for each worker and day with time off, as `schedule` merges both systems. A file
    is replaced only when all of it is written. docs/exports.md explains the columns.
    """
    settings = read_settings(database_url=database_url)

    from app.domain.errors import Refused  # noqa: PLC0415
    from app.services.exporting import schedule_csv  # noqa: PLC0415
    from app.services.exporting.request import ExportWish  # noqa: PLC0415

    try:
        wish = ExportWish.read({name.rstrip("_"): _texts(each) for name, each in given.items()})
    except Refused as refused:
        told = (f"--{error.path[0]}: {error.message}" for error in refused.errors)
        raise BadUsage("\n".join(told)) from None
    file = written(output, overwrite=True, keep_rights=True)
    with progress_bars() as progress, file as write, database_errors(settings):
        require_current_schema(settings)
        rows = schedule_csv.write_schedule(
            settings.database_url, wish, lambda text: write(text.encode()), progress
        )
    click.echo(f"{rows} rows written.", err=True)


def _texts(option: object) -> list[str]:
    """Return what was given for an option, as an address has it."""
    if isinstance(option, bool):
        return ["true" if option else "false"]
    given = option if isinstance(option, tuple) else (option,)
    return [each for each in given if each is not None]


@main.command("export-schema")
@click.option(
    "--output",
    type=click.Path(dir_okay=False, allow_dash=True, path_type=Path),
    help="File to write, - for standard output; default: graphql_schema/schema.graphql.",
)
@click.option("--check", is_flag=True, help="Write nothing; exit with 1 if it differs.")
def export_schema(output: Path | None, *, check: bool) -> None:
    """Write the GraphQL schema that the code makes."""
    import graphql_schema  # noqa: PLC0415
    from graphql_schema.schema import sdl  # noqa: PLC0415

    text = sdl().rstrip("\n") + "\n"
    if output == Path("-"):
        click.echo(text, nl=False)
        return
    path = output or Path(graphql_schema.__path__[0], "schema.graphql")
    if check:
        if not path.exists() or path.read_text("utf-8") != text:
            raise click.ClickException(f"{path} differs: run scripts/export-schema.")
        return
    with unwritten_errors(path):
        path.write_text(text, "utf-8")
    click.echo(f"Wrote {path}")


@main.command(epilog=explain_command.EXAMPLES, short_help="Show what a GraphQL operation becomes.")
@click.argument(
    "file", type=click.Path(dir_okay=False, exists=True, allow_dash=True, path_type=Path)
)
@click.option("--variables", metavar="JSON", help="The operation's variables, a JSON object.")
@click.option("--operation", metavar="NAME", help="Which operation, if the document has several.")
@database_option
def explain(
    file: Path, variables: str | None, operation: str | None, database_url: str | None
) -> None:
    """Show what a GraphQL operation becomes: rows, objects or graphql-core.

    FILE holds the document; - is standard input. For each field at the top it is said how it
    is answered and why, with the SQL in the dialect of the database, and what the operation
    costs. Nothing is run, and neither a server nor the database is asked. A document that
    would be refused is answered as the gateway answers it. docs/execution.md explains the words.
    """
    explain_command.explain_document(
        read_settings(database_url=database_url), file, variables, operation
    )
