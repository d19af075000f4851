"""What Kantata has on a user's day, laid over what is stored here: by three versions.

The hours are one field; each external reference is one, by its service. What only the vendor
changed is taken, what is only here stays, and whatever both changed is the vendor's, for the
company reads from it: payroll and planners look there.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from hashlib import sha256
from typing import Final, Self

import orjson

from app.domain.sync.comparing import Content, Verdict, compare
from app.domain.sync.remote import RemoteEntry
from app.domain.time_off_entries import (
    ExternalReference,
    ReferenceFacts,
    StoredDay,
    TimeOffEntry,
)
from app.domain.versions import next_version


@dataclass(frozen=True, slots=True)
class DayVersion:
    """The seconds of a day, and the digest of each reference on it, by its service.

    A digest covers the message, which is personal; a version can be kept and shown without it.
    """

    seconds: int
    references: Mapping[str, str]

    @classmethod
    def of(cls, seconds: int, references: Sequence[ReferenceFacts]) -> Self:
        """Return the version that hours and references are."""
        return cls(seconds, {facts.service_name: digest(facts) for facts in references})

    @classmethod
    def of_remote(cls, entry: RemoteEntry) -> Self:
        """Return the version that the vendor has."""
        return cls.of(entry.seconds, [each.facts for each in entry.references])

    @classmethod
    def of_stored(cls, day: StoredDay) -> Self:
        """Return the version that is here."""
        return cls.of(day.entry.seconds, [each.facts for each in day.references])

    @classmethod
    def of_content(cls, content: Content) -> Self:
        """Return the version that was kept as JSON."""
        return cls(content["seconds"], content["references"])

    def content(self) -> Content:
        """Return the version as JSON."""
        return {"seconds": self.seconds, "references": dict(self.references)}


def digest(facts: ReferenceFacts) -> str:
    """Return what tells two states of a reference apart."""
    return sha256(orjson.dumps(asdict(facts), option=orjson.OPT_SORT_KEYS)).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Ours:
    """What of a day stays as it is here, whatever the vendor has.

    ``services`` are those of the external references that do.
    """

    hours: bool = False
    services: frozenset[str] = frozenset()


THEIRS: Final = Ours()
"""Everything becomes the vendor's, as where a company only reads from it."""


@dataclass(frozen=True, slots=True)
class Laid:
    """A day as it is after the vendor's was laid over it: each object as it was, and as it is.

    New references have the id that they have at the vendor. ``is_drift``: nothing has changed
    there since the last look, and yet it was otherwise here. ``replaced``: the seconds that were
    here where both had changed, and gave way.
    """

    entry: tuple[TimeOffEntry | None, TimeOffEntry]
    references: Sequence[tuple[ExternalReference | None, ExternalReference | None]]
    is_drift: bool = False
    replaced: int | None = None

    @property
    def is_change(self) -> bool:
        """Say whether anything is otherwise now."""
        before, after = self.entry
        return before != after

    def with_ids(self, entries: Mapping[int, int], references: Mapping[int, int]) -> Self:
        """Return it with other ids for what is new, where the vendor's are taken here."""
        before, after = self.entry
        if before is None:
            after = replace(after, id=entries.get(after.id, after.id))
        renamed = [
            (was, now)
            if was is not None or now is None
            else (None, replace(now, id=references.get(now.id, now.id), entry_id=after.id))
            for was, now in self.references
        ]
        return replace(self, entry=(before, after), references=renamed)


def lay(
    company_id: str,
    base: DayVersion | None,
    stored: StoredDay | None,
    remote: RemoteEntry,
    now: datetime,
    kept: Ours = THEIRS,
) -> Laid:
    """Return the day with what the vendor has; hours above the workday are its business (2.2)."""
    theirs = DayVersion.of_remote(remote)
    if stored is None:
        entry = _new_entry(company_id, remote, now)
        new = list(_references(base, entry, (), remote, now, kept))
        return Laid((None, entry), new, base == theirs)
    ours, before = DayVersion.of_stored(stored), stored.entry
    verdict = compare(base and base.seconds, ours.seconds, theirs.seconds)
    references = list(_references(base, before, stored.references, remote, now, kept))
    after = before if kept.hours else replace(before, seconds=theirs.seconds)
    if after != before or references:
        after = replace(after, updated_at=next_version(before.updated_at, now))
    is_drift = after != before and base == theirs
    replaced = ours.seconds if verdict is Verdict.CONFLICT and not kept.hours else None
    return Laid((before, after), references, is_drift, replaced)


def _new_entry(company_id: str, remote: RemoteEntry, now: datetime) -> TimeOffEntry:
    return TimeOffEntry(
        id=remote.id,
        company_id=company_id,
        user_id=remote.user_id,
        requested_date=remote.day,
        submission_date=remote.submission_date,
        seconds=remote.seconds,
        created_at=now,
        updated_at=now,
    )


def _references(
    base: DayVersion | None,
    entry: TimeOffEntry,
    stored: Sequence[ExternalReference],
    remote: RemoteEntry,
    now: datetime,
    kept: Ours,
) -> Iterator[tuple[ExternalReference | None, ExternalReference | None]]:
    """Return the references that become others, come or go; ours that it never had stay."""
    here = {each.facts.service_name: each for each in stored}
    named = {each.facts.service_name: each for each in remote.references}
    there = {service: each for service, each in named.items() if service not in kept.services}
    for service, given in there.items():
        standing = here.get(service)
        if standing is None:
            yield (
                None,
                ExternalReference(
                    id=given.id,
                    company_id=entry.company_id,
                    entry_id=entry.id,
                    facts=given.facts,
                    brought_seconds=remote.seconds,
                    created_at=now,
                    updated_at=now,
                ),
            )
        elif standing.facts != given.facts and not _is_forgotten(base, standing, given.facts):
            yield standing, replace(standing, facts=given.facts, updated_at=now)
    agreed = {} if base is None else base.references
    for service in here.keys() & agreed.keys() - named.keys() - kept.services:
        yield here[service], None


def ours_of(base: DayVersion | None, stored: StoredDay, remote: RemoteEntry | None) -> DayVersion:
    """Return the version that is here, to be compared with what the vendor has.

    A message that was forgotten here is no change that is to be there as well.
    """
    there = {each.facts.service_name: each.facts for each in remote.references} if remote else {}
    references = []
    for each in stored.references:
        given = there.get(each.facts.service_name)
        is_same = given is not None and _is_forgotten(base, each, given)
        references.append(given if is_same and given is not None else each.facts)
    return DayVersion.of(stored.entry.seconds, references)


def _is_forgotten(
    base: DayVersion | None, standing: ExternalReference, given: ReferenceFacts
) -> bool:
    """Say whether only the message is gone here, and the vendor has what was looked at before.

    Somebody was erased, or it was kept for long enough: it is not brought back. Nor is it at the
    first contact, for what was looked at before a system was disconnected is not known any more.
    """
    was_seen = base is None or base.references.get(given.service_name) == digest(given)
    return was_seen and standing.facts == replace(given, external_message=None)
