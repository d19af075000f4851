"""What Kantata's endpoints are sent and what they answer, field by field, as the vendor has it."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Literal, Self

from pydantic import ConfigDict, Field, model_validator

from app.domain import directory
from app.domain import time_off_entries as domain
from app.domain.durations import hours_of_seconds
from app.domain.time_off_entries import (
    MAX_ENTRIES_OF_A_CREATE,
    ReferenceFacts,
    ReferenceStatus,
)
from app.rest.wire import (
    Answer,
    AnsweredUserId,
    BulkIds,
    Hours,
    InstantText,
    IsoDay,
    IsoDayText,
    Sent,
    UserId,
    unfit,
)
from app.services.time_off_entries.commands import EntryItem

SUBJECT_TYPE = "TimeOffEntry"


class KantataNewReference(Sent):
    """What ties an entry to an object of another system."""

    service_name: str = Field(
        description="The integration's provider; an entry has one reference of each."
    )
    service_model: str = Field(description="What kind of object it is over there.")
    service_model_ref: str = Field(description="The object's id over there.")
    status: Literal["successful", "pending", "failed"] | None = Field(
        default=None, description="How the integration fared."
    )
    external_message: str | None = Field(
        default=None, description="What the other system says about the object."
    )
    external_link: str | None = Field(default=None, description="Where to look at the object.")
    external_status: str | None = Field(
        default=None, description="The object's status in its own system."
    )
    locked: bool | None = Field(
        default=None, description="Whether the object is locked; kept and answered, not enforced."
    )

    def to_domain(self) -> ReferenceFacts:
        """Hand the reference to a service."""
        return ReferenceFacts(
            service_name=self.service_name,
            service_model=self.service_model,
            service_model_ref=self.service_model_ref,
            status=ReferenceStatus(self.status) if self.status else None,
            external_message=self.external_message,
            external_link=self.external_link,
            external_status=self.external_status,
            locked=bool(self.locked),
        )


def _facts(reference: KantataNewReference | None) -> ReferenceFacts | None:
    return reference.to_domain() if reference else None


class KantataNewEntry(Sent):
    """Hours of time off to add to a user's day."""

    user_id: UserId = Field(description="Who asks for time off.")
    hours: Hours = Field(
        description="How many hours of the day, with at most two fraction digits. Quarters are "
        "recommended: others are kept as sent, with a warning."
    )
    requested_date: IsoDay = Field(description="The day to take off.")
    external_reference: KantataNewReference | None = Field(
        default=None, description="What the entry stands for in another system."
    )

    def to_domain(self) -> EntryItem:
        """Hand the item to a service."""
        return EntryItem(
            str(self.user_id), self.hours, self.requested_date, _facts(self.external_reference)
        )


class KantataCreateEntries(Sent):
    """One entry or many, not both: all of them are stored, or none."""

    model_config = ConfigDict(
        json_schema_extra={
            "oneOf": [{"required": ["time_off_entry"]}, {"required": ["time_off_entries"]}]
        }
    )

    time_off_entry: KantataNewEntry = Field(
        default=None,  # type: ignore[assignment]  # left out; null is refused
        description="A single entry.",
    )
    time_off_entries: list[KantataNewEntry] = Field(
        default_factory=list,
        description=f"1 to {MAX_ENTRIES_OF_A_CREATE:,} entries; those of one user and day are "
        "added up.",
    )

    @model_validator(mode="after")
    def _is_one_of_two(self) -> Self:
        if len(self.model_fields_set) != 1:
            raise unfit("Send either time_off_entry or time_off_entries.")
        return self

    @property
    def is_single(self) -> bool:
        """Say whether the entry came alone, and not in a list."""
        return "time_off_entry" in self.model_fields_set

    @property
    def stored_items(self) -> int:
        """How many entries are to be stored."""
        return 1 if self.is_single else len(self.time_off_entries)

    def to_domain(self) -> list[EntryItem]:
        """Hand the items to a service."""
        entries = [self.time_off_entry] if self.is_single else self.time_off_entries
        return [entry.to_domain() for entry in entries]


class KantataChangedEntry(Sent):
    """What can be changed of an entry."""

    hours: Hours = Field(description="The day's new total.")
    external_reference: KantataNewReference | None = Field(
        default=None, description="Overwrites the reference of the same service, or is added."
    )
    user_id: AnsweredUserId | None = Field(
        default=None, description="Cannot be changed: refused unless it is as it was."
    )
    requested_date: IsoDay | None = Field(
        default=None, description="Cannot be changed: refused unless it is as it was."
    )

    @property
    def facts(self) -> ReferenceFacts | None:
        """The reference, for a service."""
        return _facts(self.external_reference)


class KantataUpdateEntry(Sent):
    """A change of one entry."""

    time_off_entry: KantataChangedEntry = Field(description="What to change.")


class KantataDeleteEntries(Sent):
    """The entries to delete: all of them, or none."""

    ids: BulkIds = Field(default=(), description="Up to 100 ids.")

    @property
    def stored_items(self) -> int:
        """How many entries are to be deleted."""
        return len(self.ids)


class KantataMeta(Answer):
    """Where a page stands in its list."""

    count: int = Field(description="How long the whole list is.")
    page_count: int = Field(description="How many pages it has; 0 if it is empty.")
    page_number: int = Field(description="Which page this is, from 1 on; 0 if the list is empty.")
    page_size: int = Field(description="The most items of a page.")


class KantataResult(Answer):
    """The name of one result: its map, and its id there."""

    key: str = Field(description="The top-level key under which the object stands.")
    id: str = Field(description="The object's id.")


class KantataEntry(Answer):
    """So many hours of a user on a day; there is one entry per user and day."""

    id: str = Field(description="The entry's id.")
    hours: float = Field(description="The hours of the day.")
    requested_date: IsoDayText = Field(description="The day that is taken off.")
    submission_date: IsoDayText = Field(description="The day on which the entry was created (UTC).")
    user_id: str = Field(description="Who is off.")
    role_id: str | None = Field(
        default=None, description="The user's account role, if any; only with `include=role`."
    )
    external_reference_ids: list[str] = Field(
        default_factory=list,
        description="The entry's references; only with `include=external_references`.",
    )

    @classmethod
    def from_domain(cls, entry: domain.TimeOffEntry, **included: object) -> Self:
        """Return an entry as the wire has it; what `include` did not ask for is left out."""
        return cls.model_validate(
            {
                "id": str(entry.id),
                "hours": hours_of_seconds(entry.seconds),
                "requested_date": entry.requested_date.isoformat(),
                "submission_date": entry.submission_date.isoformat(),
                "user_id": str(entry.user_id),
                **included,
            }
        )


class KantataSubject(Answer):
    """The object that a reference stands on."""

    key: str = Field(description="The name of its list.")
    id: str = Field(description="Its id.")


class KantataReference(Answer):
    """A reference as it is kept."""

    id: str = Field(description="The reference's id.")
    service_name: str = Field(description="The integration's provider.")
    service_model: str = Field(description="What kind of object it is over there.")
    service_model_ref: str = Field(description="The object's id over there.")
    status: str | None = Field(description="`successful`, `pending` or `failed`.")
    external_message: str | None = Field(description="What the other system says.")
    external_link: str | None = Field(description="Where to look at the object.")
    external_status: str | None = Field(description="The object's status in its own system.")
    locked: bool = Field(description="Whether the object is locked; not enforced.")
    last_synced_at: None = Field(description="Always null: the gateway does not poll anybody.")
    created_at: InstantText = Field(description="When it was created.")
    updated_at: InstantText = Field(description="When it was last changed.")
    subject_type: str = Field(description="What it stands on: always `TimeOffEntry`.")
    subject_id: int = Field(
        description="The id of what it stands on; here the vendor has a number."
    )
    subject_ref: KantataSubject = Field(description="What it stands on, as in `results`.")

    @classmethod
    def from_domain(cls, reference: domain.ExternalReference) -> Self:
        """Return a reference as the wire has it; ids are text."""
        facts = reference.facts
        return cls(
            id=str(reference.id),
            service_name=facts.service_name,
            service_model=facts.service_model,
            service_model_ref=facts.service_model_ref,
            status=facts.status.value if facts.status else None,
            external_message=facts.external_message,
            external_link=facts.external_link,
            external_status=facts.external_status,
            locked=facts.locked,
            last_synced_at=None,
            created_at=_instant(reference.created_at),
            updated_at=_instant(reference.updated_at),
            subject_type=SUBJECT_TYPE,
            subject_id=reference.entry_id,
            subject_ref=KantataSubject(key="time_off_entries", id=str(reference.entry_id)),
        )


class KantataUser(Answer):
    """Somebody who takes time off."""

    id: str = Field(description="The user's id.")
    full_name: str = Field(description="First and last name.")
    email_address: str | None = Field(description="Where mail reaches the user.")
    headline: str | None = Field(description="What the user does.")
    role_id: str | None = Field(
        default=None, description="The account role, if any; only with `include=role`."
    )

    @classmethod
    def from_domain(cls, user: directory.User, **included: object) -> Self:
        """Return a user as the wire has it; what `include` did not ask for is left out."""
        return cls.model_validate(
            {
                "id": str(user.id),
                "full_name": user.full_name,
                "email_address": user.email_address,
                "headline": user.headline,
                **included,
            }
        )


class KantataRole(Answer):
    """A role that users of the account have."""

    id: str = Field(description="The role's id.")
    name: str = Field(description="What it is called.")

    @classmethod
    def from_domain(cls, role: directory.Role) -> Self:
        """Return an account role as the wire has it; ids are text."""
        return cls(id=str(role.id), name=role.name)


class _Envelope(Answer):
    """What every list of Kantata's is wrapped in."""

    count: int = Field(description="How long the whole list is.")
    meta: KantataMeta = Field(description="Where this page stands in it.")
    results: list[KantataResult] = Field(description="The results, in their order.")


class KantataRoles(_Envelope):
    """Account roles."""

    roles: dict[str, KantataRole] = Field(description="The roles by their ids.")


class KantataUsers(_Envelope):
    """Users of the account."""

    users: dict[str, KantataUser] = Field(description="The users by their ids.")
    roles: dict[str, KantataRole] = Field(
        default_factory=dict, description="The users' roles by their ids; with `include=role`."
    )


class KantataReferences(_Envelope):
    """References of time off entries."""

    external_references: dict[str, KantataReference] = Field(
        description="The references by their ids."
    )


class KantataEntries(_Envelope):
    """Time off entries, with what was included."""

    time_off_entries: dict[str, KantataEntry] = Field(description="The entries by their ids.")
    external_references: dict[str, KantataReference] = Field(
        default_factory=dict,
        description="The entries' references by their ids; with `include=external_references`.",
    )
    users: dict[str, KantataUser] = Field(
        default_factory=dict, description="Who is off, by their ids; with `include=user`."
    )
    roles: dict[str, KantataRole] = Field(
        default_factory=dict, description="The users' roles by their ids; with `include=role`."
    )


def results(key: str, ids: Sequence[int]) -> list[KantataResult]:
    """Return the order of the results: the name of a map, and the key in it, of each."""
    return [KantataResult(key=key, id=str(id_)) for id_ in ids]


def _instant(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
