"""What clients send about Kantata time off entries."""

from datetime import date, datetime
from enum import Enum

import strawberry

from app.domain import filters
from app.domain.errors import Path
from app.domain.identifiers import Kind
from app.domain.time_off_entries import (
    MAX_ENTRIES_OF_A_CREATE,
    MAX_ENTRIES_OF_A_DELETE,
    ReferenceFacts,
)
from app.services.time_off_entries.commands import (
    CreateEntries,
    DeleteEntries,
    EntryItem,
    MoveEntry,
    UpdateEntry,
)
from graphql_schema.arguments import DRY_RUN, IDEMPOTENCY_KEY, IF_UNCHANGED_SINCE
from graphql_schema.input_values import (
    DateRange,
    DateTimeRange,
    domain_value,
    read_filter_company,
    read_filter_ids,
    read_filter_text,
    read_filter_texts,
)
from graphql_schema.pagination import OrderDirection, OrderInput
from graphql_schema.sync.enums import SYNC_STATES, SyncState, read_sync_states
from graphql_schema.time_off_entries.enums import ExternalReferenceStatus


@strawberry.input(description="External references that match everything given.")
class ExternalReferenceFilter:
    service_name: str | None = strawberry.field(default=None, description="The provider.")
    service_model: str | None = strawberry.field(
        default=None, description="The type of the external object."
    )
    service_model_refs: list[str] | None = strawberry.field(
        default=None, description="The id of the external object is one of these."
    )
    status: ExternalReferenceStatus | None = strawberry.field(
        default=None, description="How the integration fared."
    )
    external_status: str | None = strawberry.field(
        default=None, description="The status in the other system."
    )
    external_message: str | None = strawberry.field(
        default=None, description="The message on the external object."
    )

    def to_domain(self, path: Path) -> filters.ReferenceFilter:
        """Hand the filter to a service; it lies at the path."""

        def text(name: str) -> str | None:
            return read_filter_text(getattr(self, name), (*path, name))

        return filters.ReferenceFilter(
            service_name=text("service_name"),
            service_model=text("service_model"),
            service_model_refs=read_filter_texts(
                self.service_model_refs, (*path, "service_model_refs")
            ),
            status=domain_value(self.status),
            external_status=text("external_status"),
            external_message=text("external_message"),
        )


@strawberry.input(description="Time off entries that match everything given.")
class TimeOffEntryFilter:
    ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description="One of these entries."
    )
    company_id: strawberry.ID | None = strawberry.field(
        default=None, description="Of users of this company."
    )
    user_ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description="Of one of these users."
    )
    requested_date: DateRange | None = strawberry.field(
        default=None, description="The day that is taken off."
    )
    created_at: DateTimeRange | None = strawberry.field(
        default=None, description="When the entry was created."
    )
    updated_at: DateTimeRange | None = strawberry.field(
        default=None, description="When the entry was last changed."
    )
    has_external_references: bool | None = strawberry.field(
        default=None, description="Whether the entry has any external reference."
    )
    external_reference: ExternalReferenceFilter | None = strawberry.field(
        default=None, description="The entry has a reference that matches."
    )
    without_service_name: str | None = strawberry.field(
        default=None, description="The entry has no reference of this provider."
    )
    remote_ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description="A connected Kantata OX knows the entry by one of these ids."
    )
    sync_states: list[SyncState] | None = strawberry.field(default=None, description=SYNC_STATES)

    def to_domain(self) -> filters.EntryFilter:
        return filters.EntryFilter(
            ids=read_filter_ids(Kind.ENTRY, self.ids, ("filter", "ids")),
            company_id=read_filter_company(self.company_id),
            user_ids=read_filter_ids(Kind.USER, self.user_ids, ("filter", "user_ids")),
            requested=self.requested_date.to_domain(("filter", "requested_date"))
            if self.requested_date
            else None,
            created=self.created_at.to_domain(("filter", "created_at"))
            if self.created_at
            else None,
            updated=self.updated_at.to_domain(("filter", "updated_at"))
            if self.updated_at
            else None,
            has_references=self.has_external_references,
            reference=self.external_reference.to_domain(("filter", "external_reference"))
            if self.external_reference
            else None,
            without_service=read_filter_text(
                self.without_service_name, ("filter", "without_service_name")
            ),
            remote_ids=read_filter_texts(self.remote_ids, ("filter", "remote_ids")),
            sync=read_sync_states(self.sync_states),
        )


@strawberry.input(description="External references that match everything given.")
class ExternalReferencesFilter:
    ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description="One of these references."
    )
    company_id: strawberry.ID | None = strawberry.field(
        default=None, description="On entries of this company."
    )
    time_off_entry_ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description="On one of these entries."
    )
    matches: ExternalReferenceFilter | None = strawberry.field(
        default=None, description="What the reference says."
    )

    def to_domain(self) -> filters.ReferencesFilter:
        path = ("filter", "time_off_entry_ids")
        return filters.ReferencesFilter(
            ids=read_filter_ids(Kind.REFERENCE, self.ids, ("filter", "ids")),
            company_id=read_filter_company(self.company_id),
            entry_ids=read_filter_ids(Kind.ENTRY, self.time_off_entry_ids, path),
            reference=self.matches.to_domain(("filter", "matches")) if self.matches else None,
        )


@strawberry.enum(description="What time off entries can be ordered by.")
class TimeOffEntryOrderField(Enum):
    """Each order ends with a unique key, so that pages never skip or repeat."""

    ID = strawberry.enum_value("ID", description="In the order of creation.")
    REQUESTED_DATE = strawberry.enum_value(
        "REQUESTED_DATE", description="By the day that is taken off, then by user."
    )
    CREATED_AT = strawberry.enum_value("CREATED_AT", description="By the time of creation.")


@strawberry.input(description="An order of time off entries.")
class TimeOffEntryOrder(OrderInput):
    field: TimeOffEntryOrderField = strawberry.field(description="By what.")
    direction: OrderDirection = strawberry.field(description="Up or down.")


@strawberry.input(description="An object of another system that an entry stands for.")
class ExternalReferenceInput:
    service_name: str = strawberry.field(
        description="The provider of the integration; unique among an entry's references."
    )
    service_model: str = strawberry.field(description="The type of the external object.")
    service_model_ref: str = strawberry.field(description="The id of the external object.")
    status: ExternalReferenceStatus | None = strawberry.field(
        default=None, description="How the integration fared."
    )
    external_message: str | None = strawberry.field(
        default=None, description="The message on the external object."
    )
    external_link: str | None = strawberry.field(
        default=None, description="The link to the external object."
    )
    external_status: str | None = strawberry.field(
        default=None, description="The status of the external object in its own system."
    )
    locked: bool | None = strawberry.field(
        default=None, description="Whether the other system says it is locked; not enforced."
    )

    def to_domain(self) -> ReferenceFacts:
        return ReferenceFacts(
            service_name=self.service_name,
            service_model=self.service_model,
            service_model_ref=self.service_model_ref,
            status=domain_value(self.status),
            external_message=self.external_message,
            external_link=self.external_link,
            external_status=self.external_status,
            locked=bool(self.locked),
        )


@strawberry.input(description="Hours that a user takes off on a day.")
class TimeOffEntryInput:
    user_id: strawberry.ID = strawberry.field(description="Who is off.")
    hours: float = strawberry.field(
        description="More than 0, with at most two fraction digits; quarter hours recommended. "
        "What lies within a millionth of a hundredth is that hundredth."
    )
    requested_date: date = strawberry.field(description="The day that is taken off.")
    external_reference: ExternalReferenceInput | None = strawberry.field(
        default=None,
        description="The object of another system that the hours come from. Sent again with the "
        "same hours it adds nothing, so that a retry is safe.",
    )

    def to_domain(self) -> EntryItem:
        reference = self.external_reference
        return EntryItem(
            self.user_id,
            self.hours,
            self.requested_date,
            reference.to_domain() if reference else None,
        )


@strawberry.input(description=f"1 to {MAX_ENTRIES_OF_A_CREATE:,} entries, all or nothing.")
class CreateTimeOffEntriesInput:
    time_off_entries: list[TimeOffEntryInput] = strawberry.field(
        description="Judged in this order, each against what is stored and the ones before it."
    )
    dry_run: bool = strawberry.field(default=False, description=DRY_RUN)
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)

    def to_domain(self) -> CreateEntries:
        items = [item.to_domain() for item in self.time_off_entries]
        return CreateEntries(items, self.dry_run, self.idempotency_key)


@strawberry.input(description="A new total of an entry's day, and a reference to put on it.")
class UpdateTimeOffEntryInput:
    id: strawberry.ID = strawberry.field(description="The entry.")
    hours: float = strawberry.field(
        description="The day's new total: more than 0. To take back everything, delete the entry."
    )
    external_reference: ExternalReferenceInput | None = strawberry.field(
        default=None,
        description="Overwrites the entry's reference of the same service, else is added.",
    )
    if_unchanged_since: datetime | None = strawberry.field(
        default=None, description=IF_UNCHANGED_SINCE
    )
    dry_run: bool = strawberry.field(default=False, description=DRY_RUN)
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)

    def to_domain(self) -> UpdateEntry:
        reference = self.external_reference
        return UpdateEntry(
            self.id,
            self.hours,
            reference.to_domain() if reference else None,
            self.idempotency_key,
            dry_run=self.dry_run,
            if_unchanged_since=self.if_unchanged_since,
        )


@strawberry.input(description="An entry that is to be on another day.")
class MoveTimeOffEntryInput:
    id: strawberry.ID = strawberry.field(description="The entry.")
    requested_date: date = strawberry.field(
        description="The other day. Its user must have no entry on it: else `DAY_TAKEN`."
    )
    hours: float | None = strawberry.field(
        default=None, description="Its hours there; left out, as many as it has."
    )
    if_unchanged_since: datetime | None = strawberry.field(
        default=None, description=IF_UNCHANGED_SINCE
    )
    dry_run: bool = strawberry.field(default=False, description=DRY_RUN)
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)

    def to_domain(self) -> MoveEntry:
        return MoveEntry(
            self.id,
            self.requested_date,
            self.hours,
            self.idempotency_key,
            self.dry_run,
            self.if_unchanged_since,
        )


@strawberry.input(description=f"1 to {MAX_ENTRIES_OF_A_DELETE} entries to delete, all or nothing.")
class DeleteTimeOffEntriesInput:
    ids: list[strawberry.ID] = strawberry.field(description="The entries.")
    if_unchanged_since: list[datetime] | None = strawberry.field(
        default=None,
        description="The `updatedAt` of each as you have last seen it, in the order of `ids`; or "
        "one instant for all of them. If any was changed later, nothing is deleted and "
        "`CHANGED_SINCE` names each such entry by its place in `ids`. Left out, they are deleted "
        "whatever they have become.",
    )
    dry_run: bool = strawberry.field(default=False, description=DRY_RUN)
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)

    def to_domain(self) -> DeleteEntries:
        return DeleteEntries(
            list(self.ids), self.dry_run, self.idempotency_key, self.if_unchanged_since
        )
