"""Calendar feeds: whom each shows, and which are refused. Their events are in calendar_feeds.py."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from app.domain.errors import InvalidValue, Refusals
from app.domain.filters import WorkerFilter
from app.domain.time_off_entries import refuse_count
from app.domain.wire_formats import fit_name, fit_text

MAX_ROLES: Final = 100
MAX_JOB_TITLES: Final = 100


@dataclass(frozen=True, slots=True)
class CalendarFeed:
    """What a secret link shows: one worker, or those of a company that a filter finds.

    The link's secret is no part of it: nobody can read it again.
    """

    id: str
    company_id: str
    worker_id: str | None
    role_ids: tuple[int, ...]
    name: str | None
    created_at: datetime
    renewed_at: datetime | None = None
    revoked_at: datetime | None = None
    job_titles: tuple[str, ...] = ()

    @property
    def wanted(self) -> WorkerFilter:
        """The filter that finds those whom the feed shows, as workers are found everywhere."""
        return WorkerFilter(
            company_id=self.company_id,
            worker_ids=None if self.worker_id is None else (self.worker_id,),
            role_ids=self.role_ids or None,
            job_titles=self.job_titles or None,
            name=self.name,
        )


@dataclass(frozen=True, slots=True)
class CalendarFeedFilter:
    """Which calendar feeds are asked for; a condition that is None narrows nothing."""

    company_id: str | None = None
    worker_ids: Sequence[str] | None = None


def judge_feed(
    worker_id: str | None,
    company_id: str | None,
    role_ids: Sequence[str] | None,
    job_titles: Sequence[str] | None,
    name: str | None,
    refusals: Refusals,
) -> None:
    """Refuse a feed of nobody, of a worker and a filter at once, or of a filter that is none."""
    if worker_id is None and company_id is None:
        refusals.add(InvalidValue("A feed is of a worker or of a company.", ("company_id",)))
    if worker_id is not None:
        narrowing = {
            "company_id": company_id,
            "role_ids": role_ids,
            "job_titles": job_titles,
            "name": name,
        }
        for field, value in narrowing.items():
            if value is not None:
                refusals.add(InvalidValue("A worker's feed takes no filter.", (field,)))
    with refusals.collecting():
        if role_ids is not None:
            refuse_count(len(role_ids), MAX_ROLES, ("role_ids",))
    with refusals.collecting():
        if job_titles is not None:
            refuse_count(len(job_titles), MAX_JOB_TITLES, ("job_titles",))
    for index, title in enumerate(job_titles or ()):
        with refusals.collecting("job_titles", index):
            fit_text(title)
    if name is not None:
        with refusals.collecting("name"):
            fit_name(name)
