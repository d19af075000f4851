"""Procore's people and job titles, read with suspicion: who does not fit is told."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final

from app.domain.directory import PersonStatus
from app.domain.errors import InvalidValue, TimeOffError
from app.domain.sync.remote import RemoteProblem
from app.domain.sync.remote_people import PEOPLE, RemotePeople, RemotePerson
from app.domain.sync.sweeping import PEOPLE_OF_A_PAGE
from app.domain.wire_formats import fit_name, is_uuid
from app.vendors.client import unreadable
from app.vendors.procore import wire
from app.vendors.procore.wire import Json

INCOMPLETE_LIST: Final = "INCOMPLETE_LIST"
MOST_PEOPLE: Final = 100_000
_INCOMPLETE_WORDS: Final = (
    "It did not bring all pages, or not the same people twice: whom it does not name stays here."
)


@dataclass(slots=True)
class PeopleRead:
    """What the lists have brought so far: job titles first, then looks at all people.

    ``looks`` are the ids that each look has brought; ``counts`` how many pages those of the last
    one said there are. What any look has brought is kept.
    """

    titles: dict[str, str] = field(default_factory=dict)
    people: dict[str, RemotePerson] = field(default_factory=dict)
    problems: dict[str, RemoteProblem] = field(default_factory=dict)
    requests: int = 0
    looks: list[set[str]] = field(default_factory=list)
    counts: list[int | None] = field(default_factory=list)
    is_whole: bool = False

    def take_titles(self, document: Json) -> None:
        """Read the job titles; who has one that cannot be read has none."""
        self.requests += 1
        for row in wire.rows(document):
            with suppress(TimeOffError):
                if name := _text(row.get("name")):
                    self.titles[wire.word(row.get("id")).lower()] = name

    def begin_look(self) -> None:
        """Begin with the first page again."""
        self.looks.append(set())
        self.counts = []
        self.is_whole = False

    def take_people(self, document: Json) -> bool:
        """Read the next page of people; return whether there may be another.

        Each page says how many there are; one without anybody new is the last.
        """
        self.requests += 1
        listed, seen = wire.rows(document), self.looks[-1]
        page, known = len(self.counts), len(seen)
        if len(self.people) + len(self.problems) > MOST_PEOPLE:
            raise unreadable(f"It lists more than {MOST_PEOPLE:,} people.")
        for number, row in enumerate(listed):
            id_ = wire.word(row.get("id")).lower()
            named = id_ if is_uuid(id_) else f"{page}-{number}"
            seen.add(named)
            try:
                self.people[id_] = self._person(id_, row)
            except TimeOffError as unfit:
                told = RemoteProblem(f"person:{named}", unfit.code, unfit.message)
                self.problems[told.remote_id] = told
        pages = wire.read_count(document.get("possible_pages"))
        self.counts.append(pages)
        is_more = len(listed) >= PEOPLE_OF_A_PAGE if pages is None else page + 1 < pages
        has_only_new = len(seen) == known + len(listed)
        self.is_whole = not is_more and has_only_new and len({*self.counts}) == 1
        return is_more and len(seen) > known

    @property
    def is_agreed(self) -> bool:
        """Say whether the last look is to be believed: one page, or the same as the one before.

        Pages move when somebody comes or goes, so that another one is on none of them.
        """
        is_same = len(self.looks) > 1 and self.looks[-1] == self.looks[-2]
        return self.is_whole and (len(self.counts) == 1 or is_same)

    def all(self) -> RemotePeople:
        """Return all of it."""
        problems = list(self.problems.values())
        if not self.is_agreed:
            problems.append(RemoteProblem(PEOPLE, INCOMPLETE_LIST, _INCOMPLETE_WORDS))
        return RemotePeople(tuple(self.people.values()), tuple(problems), self.requests)

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
            job_title=self.titles.get(wire.word(row.get("job_title_id")).lower()),
            status=PersonStatus.INACTIVE if is_inactive else PersonStatus.ACTIVE,
        )


def _text(value: object) -> str | None:
    """Return a name on one line, or refuse it; None of what is blank or missing."""
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    if not isinstance(value, str):
        raise InvalidValue("A name, number or e-mail is a text.")
    return fit_name(value.strip())
