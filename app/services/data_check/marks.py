"""Marks of conversions on the entries of users who are not linked with their people (rule 4.4)."""

from app.db.connections.database import Transaction
from app.db.data_check.marks import Mark, marks
from app.db.data_check.workers import workers_of
from app.domain.durations import hours_text
from app.services.data_check.findings import Findings, Step, Topic


async def check_marks(connection: Transaction, findings: Findings, step: Step) -> None:
    """Look for hours that a link, since corrected or taken back, had brought to a user."""
    async for piece in marks(connection):
        stored = await workers_of(connection, [], {mark.person_id for mark in piece})
        workers = [each.worker for each in stored]
        linked = {(each.company_id, each.person_id): each.user_id for each in workers}
        for mark in piece:
            # Who is not known in the company is named by somebody's own reference, no mark.
            place = mark.company_id, mark.person_id
            if place in linked and linked[place] != mark.user_id:
                findings.add(Topic.FORMER_LINK, _words(mark, linked[place]))
        step(len(piece))


def _words(mark: Mark, user_id: int | None) -> str:
    now = "no user" if user_id is None else f"user {user_id}"
    return (
        f"entry {mark.entry_id} of user {mark.user_id} on {mark.day} has "
        f"{hours_text(mark.brought_seconds)} that were mirrored for person {mark.person_id}, who "
        f"is linked with {now}; mirror a record of that person to settle it"
    )
