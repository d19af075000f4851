"""Procore's people and job titles, read with suspicion: who does not fit is told."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from app.domain.directory import PersonStatus
from app.domain.errors import InvalidValue, TimeOffError
from app.domain.sync.remote import RemoteProblem
from app.domain.sync.remote_people import RemotePeople, RemotePerson
from app.domain.sync.sweeping import PEOPLE_OF_A_PAGE
from app.domain.wire_formats import fit_name, is_uuid
from app.vendors.procore import wire
from app.vendors.procore.wire import Json


@dataclass(slots=True)
class PeopleRead:
    """What the lists have brought so far: job titles first."""

    titles: dict[str, str] = field(default_factory=dict)
    people: dict[str, RemotePerson] = field(default_factory=dict)
    problems: list[RemoteProblem] = field(default_factory=list)
    requests: int = 0

    def take_titles(self, document: Json) -> None:
        """Read the job titles; who has one that cannot be read has none."""
        self.requests += 1
        for row in wire.rows(document):
            name = row.get("name")
            if isinstance(name, str) and name.strip():
                self.titles[str(row.get("id")).lower()] = name.strip()

    def take_people(self, document: Json, page: int) -> bool:
        """Read a page of people, from 0 on; return whether there may be another.

        The first page says how many there are; one without anybody new is the last.
        """
        self.requests += 1
        listed, known = wire.rows(document), len(self.people) + len(self.problems)
        for number, row in enumerate(listed):
            id_ = str(row.get("id")).lower()
            try:
                self.people[id_] = self._person(id_, row)
            except TimeOffError as unfit:
                named = id_ if is_uuid(id_) else f"{page}-{number}"
                self.problems.append(RemoteProblem(f"person:{named}", unfit.code, unfit.message))
        pages = wire.read_count(document.get("possible_pages"))
        is_more = len(listed) >= PEOPLE_OF_A_PAGE if pages is None else page + 1 < pages
        return is_more and len(self.people) + len(self.problems) > known

    def all(self) -> RemotePeople:
        """Return all of it."""
        return RemotePeople(tuple(self.people.values()), tuple(self.problems), self.requests)

    def _person(self, id_: str, row: Json) -> RemotePerson:
        if not is_uuid(id_):
            raise InvalidValue("A person has a UUID.", ("id",))
        names = row.get("name")
        named: Mapping[str, Any] = names if isinstance(names, Mapping) else {}
        first = _text(named.get("first", row.get("first_name"))) or ""
        last = _text(named.get("last", row.get("last_name"))) or ""
        if not first and not last:
            raise InvalidValue("A person has a name.", ("name",))
        is_inactive = row.get("status") == PersonStatus.INACTIVE.value
        return RemotePerson(
            id=id_,
            first_name=first,
            last_name=last,
            email=_text(row.get("email")),
            employee_number=_text(row.get("employee_number")),
            job_title=self.titles.get(str(row.get("job_title_id")).lower()),
            status=PersonStatus.INACTIVE if is_inactive else PersonStatus.ACTIVE,
        )


def _text(value: object) -> str | None:
    """Return a name on one line, or refuse it; None of what is blank or missing."""
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    if not isinstance(value, str):
        raise InvalidValue("A name, number or e-mail is a text.")
    return fit_name(value.strip())
