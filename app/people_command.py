"""`timeoff person-data` and `timeoff erase-person`: what people may ask of who keeps their data."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from app.command_line import (
    database_errors,
    database_option,
    progress_bars,
    read_settings,
    require_current_schema,
    written,
)

if TYPE_CHECKING:
    from app.db.connections.database import Database
    from app.domain.workers import Worker
    from app.services.access.events import AccessEvents
    from app.services.personal_data.service import ErasedWorker, PersonalDataService
    from app.settings import Settings

Answer = TypeVar("Answer")

WHO = "WHO"
WHO_HELP = """WHO is an e-mail address that one worker alone has, or the id of a worker, of a user
of Kantata OX, or of a person of Procore."""

ERASE_EXAMPLES = """\b
Examples:
    timeoff erase-person ada@example.com --dry-run
    timeoff erase-person 1001 --yes
"""


@click.command(
    "person-data",
    help=f"Write all that is kept about a person, as JSON.\n\n{WHO_HELP}",
    short_help="Write all that is kept about a person.",
)
@click.argument("who", metavar=WHO)
@click.option(
    "--output",
    type=click.Path(dir_okay=False, allow_dash=True, path_type=Path),
    default="-",
    help="File to write, for its owner alone; default: standard output.",
)
@click.option("--overwrite", is_flag=True, help="Replace the file if it is there.")
@database_option
def person_data(who: str, output: Path, database_url: str | None, *, overwrite: bool) -> None:
    """Write it: docs/people.md says what the keys are."""
    from app.services.caller import COMMAND  # noqa: PLC0415

    with written(output, overwrite=overwrite) as write:
        found = _run(database_url, who, lambda service, worker: service.of_worker(COMMAND, worker))
        if found is None:
            raise click.ClickException("There is no such worker.")
        write((json.dumps(found, ensure_ascii=False, indent=2) + "\n").encode())


@click.command(
    "erase-person",
    epilog=ERASE_EXAMPLES,
    short_help="Erase a person; the hours stay.",
    help="Erase a person: name, e-mail and reasons go, hours stay under a pseudonym.\n\n"
    f"{WHO_HELP} It cannot be taken back. Backups still have it: what to do is printed.",
)
@click.argument("who", metavar=WHO)
@click.option("--dry-run", is_flag=True, help="Say how much would go, and erase nothing.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@database_option
def erase_person(who: str, *, dry_run: bool, yes: bool, database_url: str | None) -> None:
    """Erase somebody, once it is confirmed."""
    from app.domain.identifiers import Kind, node_id  # noqa: PLC0415
    from app.services.caller import COMMAND  # noqa: PLC0415

    def erase(whom: str, *, really: bool) -> "ErasedWorker":
        return _run(
            database_url,
            whom,
            lambda service, worker: service.erase(COMMAND, worker, dry_run=not really),
        )

    if dry_run or not yes:
        tried = erase(who, really=False)
        _tell(tried, called(tried.was), "would be erased")
        if dry_run:
            return
        click.confirm("Erase it now? This cannot be taken back.", abort=True, err=True)
        who = node_id(Kind.WORKER, tried.was.id)  # of whom this was told
    done = erase(who, really=True)
    _tell(done, done.worker.full_name, "erased")
    click.echo("\nWhat this does not reach:", err=True)
    for sentence in done.remains:
        click.echo(f"- {sentence}", err=True)


_WORDS = {
    "directory": "users and people: names, e-mails, titles",
    "reasons": "reasons of person time off",
    "messages": "messages of external references",
    "changes": "changes in the feed",
    "answers": "answers kept beside idempotency keys",
    "sessions": "sessions ended",
    "tokens": "API tokens revoked",
    "feeds": "calendar feeds deleted",
    "texts": "other rows that named the person",
}


def called(worker: "Worker") -> str:
    """Return what somebody knows the worker by who is about to erase it."""
    return f"{worker.full_name} <{worker.email}>" if worker.email else worker.full_name


def _tell(done: "ErasedWorker", called: str, what: str) -> None:
    click.echo(f"{called} (worker {done.worker.id}), {what}:")
    for name, count in asdict(done.erased).items():
        click.echo(f"  {count:>6}  {_WORDS[name]}")


def _run(
    database_url: str | None,
    who: str,
    do: Callable[["PersonalDataService", str], Awaitable[Answer]],
) -> Answer:
    """Do it to whom the text names; a refusal ends the command with its words."""

    async def run(database: "Database", events: "AccessEvents") -> Answer:
        from app.clock import now  # noqa: PLC0415
        from app.services.personal_data.service import PersonalDataService  # noqa: PLC0415

        service = PersonalDataService(database, now, events)
        return await do(service, await worker_called(database, who))

    return run_on_database(database_url, run)


def run_on_database(
    database_url: str | None,
    do: Callable[["Database", "AccessEvents"], Awaitable[Answer]],
) -> Answer:
    """Do it with the database, whose events are stored; a refusal ends the command with its words.

    Of several refusals each is a sentence.
    """
    return run_by_settings(read_settings(database_url=database_url), do)


def run_by_settings(
    settings: "Settings", do: Callable[["Database", "AccessEvents"], Awaitable[Answer]]
) -> Answer:
    """Do it with the database that is set, as above."""
    from app.clock import now  # noqa: PLC0415
    from app.db.connections.database import Database  # noqa: PLC0415
    from app.domain.errors import Refused, TimeOffError, Unavailable  # noqa: PLC0415
    from app.services.access.events import AccessEvents  # noqa: PLC0415

    async def run() -> Answer:
        database = Database(settings.database_url, limits=settings.database_limits)
        try:
            events = AccessEvents(database, now)
            answer = await do(database, events)
            with suppress(Unavailable):  # what may only be read may be given
                await events.store_noted()
            return answer
        finally:
            await database.close()

    with progress_bars(), database_errors(settings):
        require_current_schema(settings)
        try:
            return asyncio.run(run())
        except TimeOffError as refusal:
            raise click.ClickException(refusal.message) from None
        except Refused as refused:
            words = " ".join(each.message for each in refused.errors)
            raise click.ClickException(words) from None


async def worker_called(database: "Database", who: str) -> str:
    """Return the node id of the worker that is meant: by an e-mail, or by an id."""
    from app.domain.identifiers import Kind, node_id  # noqa: PLC0415
    from app.services.access.own_workers import worker_id_of  # noqa: PLC0415
    from app.services.access.token_words import worker_of_email  # noqa: PLC0415

    if "@" in who:
        found = await worker_of_email(database, None, who)
        if found is None:
            raise click.ClickException("No worker has this e-mail address, or several do.")
        return found
    id_ = worker_id_of(who)
    if id_ is None:
        raise click.ClickException("This is neither an e-mail address nor an id.")
    return node_id(Kind.WORKER, id_)
