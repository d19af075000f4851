"""`timeoff import`: companies, people, calendars and absences from files."""

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from app.command_line import (
    BadUsage,
    database_errors,
    database_option,
    make_missing_file,
    progress_bars,
    read_settings,
    require_current_schema,
)

if TYPE_CHECKING:
    from app.services.importing.options import ImportOptions
    from app.services.importing.report import ImportReport

FILES = """\b
Files, in the order in which they are read; each may be missing:
    companies.csv         source_id, name, [minimum_workers_available]
    roles.csv             source_id, company_id, name
    users.csv             source_id, company_id, full_name,
                          [email_address, headline, role_id, status]
    people.csv            source_id, company_id, first_name, last_name,
                          [email, employee_number, status, job_title]
    workweeks.csv         company_id, [user_id], effective_from, [effective_to],
                          monday … sunday (minutes)
    holidays.csv          source_id, company_id, name, start_date, end_date
    time_off_entries.csv  user_id or email or employee_number, requested_date,
                          hours, service_name, [service_model],
                          service_model_ref, …
    person_time_off.csv   person_id or email or employee_number, start_day,
                          end_day, batch_start_time, batch_end_time, is_paid,
                          reason, [repeat, cadence, repeat_end_day],
                          source_id or service_name, service_model_ref, …

An empty cell leaves a field as it is. In .json, an array of objects, and .jsonl, one on
each line, null clears it. docs/importing.md explains all columns.

\b
Examples:
    timeoff import DIRECTORY --dry-run
    timeoff import march.csv --as time_off_entries --service hr
"""

KINDS = (
    "companies",
    "roles",
    "users",
    "people",
    "workweeks",
    "holidays",
    "time_off_entries",
    "person_time_off",
)
"""Written out, as importing them would make --help slow; a test compares them."""

DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t"}


@click.command("import", epilog=FILES, short_help="Import people, calendars and absences.")
@click.argument("path", type=click.Path(exists=True, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Say what would become of each file; store nothing.")
@click.option("--as", "kind", type=click.Choice(KINDS), help="What a single file holds.")
@click.option(
    "--ignore-unknown-columns",
    "ignores_unknown",
    is_flag=True,
    help="Leave out columns that there are not, instead of refusing the file.",
)
@click.option("--encoding", metavar="NAME", help="Of files not in UTF-8, such as cp1252.")
@click.option(
    "--delimiter", type=click.Choice(list(DELIMITERS)), help="Between cells; default: the header's."
)
@click.option(
    "--make-ids",
    "makes_ids",
    is_flag=True,
    help="Make up ids and references where files have none, always the same of the same words.",
)
@click.option(
    "--cut-to-workday",
    "cuts",
    is_flag=True,
    help="Leave out hours that a workday has no room for, and tell it, instead of refusing them.",
)
@click.option("--service", metavar="NAME", help="Where absences are from, if no column says it.")
@click.option("--day-times", metavar="08:00-16:00", help="Times of person time off that has none.")
@click.option("--paid/--unpaid", "is_paid", default=None, help="Person time off that does not say.")
@database_option
def import_files(path: Path, database_url: str | None, **given: object) -> None:
    """Import companies, people, calendars and absences from files.

    PATH is a directory that holds them as CSV or JSON, or one of the files. What is there
    already is updated; nothing is deleted. If anything is refused, each refusal is listed
    with its file and line, and nothing is stored.
    """
    settings = read_settings(database_url=database_url)
    options = _options(given)

    from app.services.importing import run  # noqa: PLC0415

    with progress_bars() as progress, database_errors(settings):
        if not options.dry_run:
            make_missing_file(settings, progress)
        require_current_schema(settings)
        report = run.load(settings.database_url, path, progress, options, settings.storage_limits)
    _tell(report, is_dry_run=options.dry_run)
    sys.exit(1 if report.refusals else 0)


def _options(given: Mapping[str, Any]) -> "ImportOptions":
    """Return what is asked for, or end with the name of the option that asks wrongly."""
    from app.services.importing import options  # noqa: PLC0415

    def read(name: str, reader: Callable[[str], Any]) -> Any:  # noqa: ANN401 - as read
        from app.domain.errors import InvalidValue  # noqa: PLC0415

        if given[name] is None:
            return None
        try:
            return reader(given[name])
        except InvalidValue as refusal:
            raise BadUsage(f"--{name.replace('_', '-')}: {refusal.message}") from None

    return options.ImportOptions(
        **{
            **given,
            "encoding": read("encoding", options.read_encoding),
            "delimiter": DELIMITERS.get(given["delimiter"] or ""),
            "service": read("service", options.read_service),
            "day_times": read("day_times", options.read_day_times),
        }
    )


def _tell(report: "ImportReport", *, is_dry_run: bool) -> None:
    for line in report.notes:
        click.echo(line, err=True)
    for refusal in report.refusals:
        click.echo(refusal.coded, err=True)
    if report.stopped_early:
        click.echo("Stopped here: there may be more.", err=True)
    for warning in report.warnings:
        click.echo(f"Warning: {warning}", err=True)
    if report.more_warnings:
        click.echo(f"Warning: there are {report.more_warnings:,} more such lines.", err=True)
    if not report.refusals:
        for file, counts in report.counts.items():
            click.echo(f"{file}: {counts}", err=True)
    told = len(report.warnings) + report.more_warnings
    warnings = f", {told} warnings" if told else ""
    stored = f"{report.stored} stored"
    if is_dry_run:
        stored = f"Dry run: {report.stored} would be stored"
    click.echo(f"{stored}, {len(report.refusals)} refused{warnings}.")
