"""What Kantata's lists take from the query string."""

from collections.abc import Iterable
from typing import Annotated, ClassVar, Final, Literal, TypeVar

from pydantic import BeforeValidator, Field

from app.domain.days import DayRange
from app.domain.errors import DaysReversed, Path
from app.domain.filters import EntryFilter, InstantRange, ReferenceFilter
from app.domain.time_off_entries import ReferenceStatus
from app.rest.wire import (
    BulkIds,
    IsoDay,
    PageNumber,
    QueryBoolean,
    QueryId,
    QueryIds,
    QueryInstant,
    QueryText,
    QueryTexts,
    Sent,
)

T = TypeVar("T")

PAGE_SIZE: Final = 20
MAX_PAGE_SIZE: Final = 200

Includes = Annotated[
    frozenset[str],
    BeforeValidator(lambda text: frozenset(map(str.strip, text.split(","))) - {""}),
]
"""Names between commas; those that nobody knows do not count."""


class Including(Sent):
    """Of endpoints that can answer more than the objects themselves."""

    includes: ClassVar[frozenset[str]]
    include: Includes = frozenset()

    @property
    def unread_values(self) -> Iterable[Path]:
        """The names of what there is not to include."""
        return [("include", name) for name in sorted(self.include - self.includes)]


class IncludeQuery(Including):
    """Of endpoints that answer entries."""

    includes = frozenset({"external_references", "role", "user"})
    include: Includes = Field(
        default=frozenset(),
        description="What to answer besides, between commas: `external_references`, `role`, "
        "`user`; other names are ignored, with a warning.",
        json_schema_extra={"type": "string", "examples": ["external_references,user"]},
    )


class PageQuery(Sent):
    """Of every list."""

    page: PageNumber = Field(default=1, description="Which page, from 1 on.")
    per_page: PageNumber = Field(
        default=PAGE_SIZE,
        description="How many items a page has: up to 200, more are 200; below 1 they are 20.",
    )
    only: QueryIds | None = Field(
        default=None, description="Just these ids, between commas, on one page."
    )

    @property
    def number(self) -> int:
        """The page, at least the first."""
        return max(self.page, 1)

    @property
    def size(self) -> int:
        """The most items of a page."""
        return PAGE_SIZE if self.per_page < 1 else min(self.per_page, MAX_PAGE_SIZE)

    @property
    def asked_rows(self) -> int:
        """How many records the answer may have: all that are named, or a page."""
        return self.size if self.only is None else len(self.only)


class UserQuery(Including):
    """Of one user."""

    includes = frozenset({"role"})
    include: Includes = Field(
        default=frozenset(),
        description="What to answer besides: `role`; other names are ignored, with a warning.",
        json_schema_extra={"type": "string", "examples": ["role"]},
    )


class UsersQuery(PageQuery, UserQuery):
    """Of the list of users."""


class ReferencesQuery(PageQuery):
    """Of the list of references."""

    subject_type: QueryText | None = Field(
        default=None,
        description="What the references stand on. Only time off entries have any here, so any "
        "other type than `TimeOffEntry` finds nothing.",
    )


class EntriesQuery(PageQuery, IncludeQuery):
    """Of the list of entries: what matches everything given."""

    user_id: QueryId | None = Field(default=None, description="Of this user.")
    user_ids: QueryIds | None = Field(default=None, description="Of these users.")
    start_date: IsoDay | None = Field(default=None, description="Time off on this day or later.")
    end_date: IsoDay | None = Field(default=None, description="Time off on this day or earlier.")
    created_after: QueryInstant | None = Field(
        default=None, description="Created at this instant or later."
    )
    created_before: QueryInstant | None = Field(
        default=None, description="Created before this instant."
    )
    updated_after: QueryInstant | None = Field(
        default=None, description="Last changed at this instant or later."
    )
    updated_before: QueryInstant | None = Field(
        default=None, description="Last changed before this instant."
    )
    has_external_references: QueryBoolean | None = Field(
        default=None, description="Whether the entry has any reference."
    )
    external_reference_service_name: QueryText | None = Field(
        default=None, description="With a reference of this provider."
    )
    external_reference_service_model: QueryText | None = Field(
        default=None, description="With a reference to this kind of object."
    )
    external_reference_service_model_ref: QueryText | None = Field(
        default=None, description="With a reference to the object of this id."
    )
    external_reference_service_model_refs: QueryTexts | None = Field(
        default=None, description="With a reference to an object of one of these ids."
    )
    external_reference_status: Literal["successful", "pending", "failed"] | None = Field(
        default=None, description="With a reference that fared so."
    )
    external_reference_external_status: QueryText | None = Field(
        default=None, description="With a reference to an object in this status."
    )
    external_reference_external_message: QueryText | None = Field(
        default=None, description="With a reference that has exactly this message."
    )

    def to_domain(self) -> EntryFilter:
        """Hand the filter to a service. A reference matches all that is asked of references."""
        return EntryFilter(
            ids=self.only,
            user_ids=_both(None if self.user_id is None else (self.user_id,), self.user_ids),
            requested=self._days(),
            created=InstantRange(self.created_after, self.created_before),
            updated=InstantRange(self.updated_after, self.updated_before),
            has_references=self.has_external_references,
            reference=self._reference(),
        )

    def _days(self) -> DayRange:
        try:
            return DayRange(self.start_date, self.end_date)
        except DaysReversed as error:
            raise error.below("end_date") from None

    def _reference(self) -> ReferenceFilter | None:
        one = self.external_reference_service_model_ref
        wanted = ReferenceFilter(
            service_name=self.external_reference_service_name,
            service_model=self.external_reference_service_model,
            service_model_refs=_both(
                None if one is None else (one,), self.external_reference_service_model_refs
            ),
            status=ReferenceStatus(self.external_reference_status)
            if self.external_reference_status
            else None,
            external_status=self.external_reference_external_status,
            external_message=self.external_reference_external_message,
        )
        return None if wanted == ReferenceFilter() else wanted


class DeleteQuery(Sent):
    """Of the endpoint that deletes many; the ids may also be in the body."""

    ids: BulkIds | None = Field(
        default=None,
        description="Up to 100 ids between commas.",
        json_schema_extra={"type": "string", "pattern": "^[1-9][0-9]{0,18}(,[1-9][0-9]{0,18})*$"},
    )

    @property
    def stored_items(self) -> int:
        """How many entries are to be deleted."""
        return len(self.ids or ())


def _both(one: tuple[T, ...] | None, many: tuple[T, ...] | None) -> tuple[T, ...] | None:
    """Return what both lists name, each of which names everything if it is left out."""
    if one is None or many is None:
        return many if one is None else one
    return tuple(each for each in one if each in many)
