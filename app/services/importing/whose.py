"""Whose a row of absences is: named by an id, an e-mail or an employee number."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from app.db.connections.database import Transaction
from app.db.reading.whose import Named, find_named
from app.domain.errors import InvalidValue, NotFound, Refusals
from app.domain.identifiers import (
    Key,
    Kind,
    person_subject,
    read_id,
    read_text_id,
    split_node_id,
    user_subject,
)
from app.domain.wire_formats import is_uuid
from app.domain.workers import Worker, email_key
from app.services.importing.made_ids import made_uuid

Given = Mapping[str, Any]

_ID_COLUMN: Final = {Kind.USER: "user_id", Kind.PERSON: "person_id"}
_SYSTEM: Final = {Kind.USER: "Kantata OX", Kind.PERSON: "Procore"}


@dataclass(frozen=True, slots=True)
class Whose:
    """Tells of rows of one batch whose they are: of which user, or of which person."""

    kind: Kind
    named: Named
    makes_ids: bool

    @classmethod
    async def of(
        cls, connection: Transaction, kind: Kind, rows: Sequence[Given], *, makes_ids: bool
    ) -> "Whose":
        """Look up all whom the rows name."""
        subjects = set()
        for row in rows:
            if text := row.get(_ID_COLUMN[kind]):
                with Refusals().collecting():  # whoever reads it says what is wrong with it
                    subjects.add(_subject(kind, text))
        emails = {key for row in rows if (key := email_key(row.get("email")))}
        numbers = {row["employee_number"] for row in rows if row.get("employee_number")}
        named = await find_named(connection, subjects, emails, numbers)
        return cls(kind, named, makes_ids)

    def find(self, row: Given) -> tuple[str, str]:
        """Return the ids of the company and of the user or the person; a TimeOffError if none.

        Of several names the id counts first, then the employee number.
        """
        company_id = self._company(row)
        column = _ID_COLUMN[self.kind]
        if text := row.get(column):
            worker = self._by_id(text, column, company_id)
        elif row.get("employee_number"):
            found = self.named.by_number.get(row["employee_number"], [])
            worker = self._only(found, company_id, "employee_number")
        elif mail := email_key(row.get("email")):
            worker = self._only(self.named.by_email.get(mail, []), company_id, "email")
        else:
            msg = f"Whose it is: one of {column}, email and employee_number is needed."
            raise InvalidValue(msg, (column,))
        key: Key | None = worker.user_id if self.kind is Kind.USER else worker.person_id
        return worker.company_id, str(key)

    def _company(self, row: Given) -> str | None:
        text = row.get("company_id")
        if not text:
            return None
        if self.makes_ids and not is_uuid(text) and not split_node_id(text):
            return made_uuid("companies", text)
        refusals = Refusals()
        read = None
        with refusals.collecting("company_id"):
            read = read_text_id(Kind.COMPANY, text)
        refusals.raise_any()
        return read

    def _by_id(self, text: str, column: str, company_id: str | None) -> Worker:
        refusals = Refusals()
        with refusals.collecting(column):
            worker = self.named.by_subject.get(_subject(self.kind, text))
            if worker and company_id in (None, worker.company_id):
                return worker
            raise NotFound(self.kind.words)
        refusals.raise_any()
        raise AssertionError

    def _only(self, workers: Sequence[Worker], company_id: str | None, column: str) -> Worker:
        """Return the one worker of these whom the system knows."""
        words = column.replace("_", " ").replace("email", "e-mail")
        of_company = [each for each in workers if company_id in (None, each.company_id)]
        known = [each for each in of_company if self._knows(each)]
        if len(known) == 1:
            return known[0]
        if known:
            msg = (
                f"Several have this {words}: name one by {_ID_COLUMN[self.kind]}"
                f"{'' if company_id else ', or by company_id as well'}."
            )
            raise InvalidValue(msg, (column,))
        unknown = NotFound(self.kind.words, (column,))
        if of_company:
            unknown.message = f"Whoever has this {words} is not known to {_SYSTEM[self.kind]}."
        else:
            unknown.message = f"Nobody has this {words}."
        raise unknown

    def _knows(self, worker: Worker) -> bool:
        return (worker.user_id if self.kind is Kind.USER else worker.person_id) is not None


def _subject(kind: Kind, text: str) -> str:
    key = read_id(kind, text)
    return user_subject(int(key)) if kind is Kind.USER else person_subject(str(key))
