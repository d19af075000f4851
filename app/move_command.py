"""`timeoff move-person`: somebody goes to another company, with their time off."""

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from app.command_line import database_option
from app.people_command import WHO, WHO_HELP, called, run_on_database, worker_called

if TYPE_CHECKING:
    from app.db.connections.database import Database
    from app.services.access.events import AccessEvents
    from app.services.personal_data.moving import MovedWorker

EXAMPLES = """\b
Examples:
    timeoff move-person ada@example.com --to a4592b47-42ae-478f-926d-e77a7f768059 --dry-run
    timeoff move-person 1001 --to a4592b47-42ae-478f-926d-e77a7f768059 --yes
"""


@click.command(
    "move-person",
    epilog=EXAMPLES,
    short_help="Move a person to another company.",
    help="Move a person to another company: time off, reasons and own workweeks go along; the "
    f"account role, tokens, sessions and calendar feeds do not.\n\n{WHO_HELP}",
)
@click.argument("who", metavar=WHO)
@click.option("--to", metavar="COMPANY", required=True, help="Id of the company to move to.")
@click.option("--dry-run", is_flag=True, help="Say what would move, and move nothing.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@database_option
def move_person(who: str, *, to: str, dry_run: bool, yes: bool, database_url: str | None) -> None:
    """Move somebody, once it is confirmed."""
    from app.domain.identifiers import Kind, node_id  # noqa: PLC0415
    from app.domain.moving import STAYS  # noqa: PLC0415

    if dry_run or not yes:
        tried = _move(database_url, who, to, dry_run=True)
        _tell(tried, "would be moved")
        if dry_run:
            return
        click.confirm("Move it now?", abort=True, err=True)
        who = node_id(Kind.WORKER, tried.was.id)  # of whom this was told
    _tell(_move(database_url, who, to, dry_run=False), "moved")
    click.echo("\nWhat this does not reach:", err=True)
    for sentence in STAYS:
        click.echo(f"- {sentence}", err=True)


def _move(database_url: str | None, who: str, to: str, *, dry_run: bool) -> "MovedWorker":
    async def move(database: "Database", events: "AccessEvents") -> "MovedWorker":
        from app.clock import now  # noqa: PLC0415
        from app.services.caller import COMMAND  # noqa: PLC0415
        from app.services.personal_data.moving import MovingService  # noqa: PLC0415

        worker_id = await worker_called(database, who)
        service = MovingService(database, now, events)
        return await service.move(COMMAND, worker_id, to, dry_run=dry_run)

    return run_on_database(database_url, move)


_WORDS = {
    "entries": "time off entries go along",
    "references": "external references of these go along",
    "records": "records of person time off go along",
    "workweeks": "own workweeks go along",
    "acknowledgements": "acknowledged discrepancies go along",
    "roles": "account roles taken off",
    "splits": "splits from others forgotten",
    "sessions": "sessions ended",
    "tokens": "API tokens revoked",
    "feeds": "calendar feeds deleted",
    "overfull_days": "days with more hours than the calendar there has",
    "unsettled_days": "days mirrored with somebody who stays: settle them before",
}


def _tell(done: "MovedWorker", what: str) -> None:
    company = f"company {done.worker.company_id}"
    click.echo(f"{called(done.was)} (worker {done.was.id}), {what} to {company}:")
    for name, count in asdict(done.move).items():
        click.echo(f"  {count:>6}  {_WORDS[name]}")
    for warning in done.warnings:
        click.echo(f"Warning: {warning.message}", err=True)
