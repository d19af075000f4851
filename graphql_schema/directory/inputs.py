"""What clients send about the directory. A field left out stays, null clears (rule 6.3)."""

from collections.abc import Iterable, Sequence
from datetime import date
from enum import Enum
from typing import Any

import strawberry

from app.domain import filters
from app.domain.directory import MAX_MINIMUM_WORKERS
from app.domain.identifiers import Kind
from app.domain.workweek import MINUTES_OF_A_DAY
from app.services.directory.items import UpsertItem
from app.services.directory.service import MAX_ITEMS
from graphql_schema.arguments import DRY_RUN
from graphql_schema.directory.enums import KnownTo, PersonStatus, UserStatus
from graphql_schema.input_values import (
    DateRange,
    domain_value,
    read_filter_company,
    read_filter_ids,
    read_filter_text,
    read_filter_texts,
)

LEFT_OUT = "; left out it stays, null clears it."
NAME_PART = "A part of the name, without regard to case, accents and form: `jose` finds `José`."
WHOLE_EMAIL = "The whole e-mail, without regard to case and to characters that show nothing."
OF_COMPANY = "Of this company."
IF_UNCHANGED = (
    "Its `version` as you have last seen it, or an empty text where you have seen none. If it is "
    "another one by now, nothing is stored and `CHANGED_SINCE` says what it is. Left out or null, "
    "it is overwritten whatever it has become."
)
_DRY_LINK = (
    f"{DRY_RUN} The `schedule` of a worker in the answer is put together as it would be, or was."
)


def to_items(inputs: Iterable[Any]) -> list[UpsertItem]:
    """Hand the items to a service: only the fields that were given."""
    return [
        UpsertItem(
            {
                name: value.value if isinstance(value, Enum) else value
                for name, value in vars(item).items()
                if value is not strawberry.UNSET
            }
        )
        for item in inputs
    ]


@strawberry.input(description="Companies that match everything given.")
class CompanyFilter:
    ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description="One of these companies."
    )
    name: str | None = strawberry.field(default=None, description=NAME_PART)

    def to_domain(self) -> filters.DirectoryFilter:
        return filters.DirectoryFilter(
            keys=read_filter_ids(Kind.COMPANY, self.ids, ("filter", "ids")),
            name=read_filter_text(self.name, ("filter", "name")),
        )


@strawberry.input(description="Roles that match everything given.")
class RoleFilter:
    ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description="One of these roles."
    )
    company_id: strawberry.ID | None = strawberry.field(default=None, description=OF_COMPANY)
    name: str | None = strawberry.field(default=None, description=NAME_PART)

    def to_domain(self) -> filters.DirectoryFilter:
        return filters.DirectoryFilter(
            keys=read_filter_ids(Kind.ROLE, self.ids, ("filter", "ids")),
            company_id=read_filter_company(self.company_id),
            name=read_filter_text(self.name, ("filter", "name")),
        )


@strawberry.input(description="Users that match everything given.")
class UserFilter:
    ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description="One of these users."
    )
    company_id: strawberry.ID | None = strawberry.field(default=None, description=OF_COMPANY)
    name: str | None = strawberry.field(default=None, description=NAME_PART)
    email_address: str | None = strawberry.field(default=None, description=WHOLE_EMAIL)
    role_ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description="With one of these roles."
    )
    status: list[UserStatus] | None = strawberry.field(
        default=None, description="With one of these statuses."
    )

    def to_domain(self) -> filters.DirectoryFilter:
        return filters.DirectoryFilter(
            keys=read_filter_ids(Kind.USER, self.ids, ("filter", "ids")),
            company_id=read_filter_company(self.company_id),
            name=read_filter_text(self.name, ("filter", "name")),
            email=read_filter_text(self.email_address, ("filter", "email_address")),
            role_ids=read_filter_ids(Kind.ROLE, self.role_ids, ("filter", "role_ids")),
            statuses=_statuses(self.status),
        )


def _statuses(asked: Sequence[UserStatus | PersonStatus] | None) -> tuple[str, ...] | None:
    return (
        None if asked is None else tuple(domain_value(each).value for each in dict.fromkeys(asked))
    )


@strawberry.input(description="People that match everything given.")
class PersonFilter:
    ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description="One of these people."
    )
    company_id: strawberry.ID | None = strawberry.field(default=None, description=OF_COMPANY)
    name: str | None = strawberry.field(default=None, description=NAME_PART)
    email: str | None = strawberry.field(default=None, description=WHOLE_EMAIL)
    status: list[PersonStatus] | None = strawberry.field(
        default=None, description="With one of these statuses."
    )

    def to_domain(self) -> filters.DirectoryFilter:
        return filters.DirectoryFilter(
            keys=read_filter_ids(Kind.PERSON, self.ids, ("filter", "ids")),
            company_id=read_filter_company(self.company_id),
            name=read_filter_text(self.name, ("filter", "name")),
            email=read_filter_text(self.email, ("filter", "email")),
            statuses=_statuses(self.status),
        )


@strawberry.input(description="Workers that match everything given.")
class WorkerFilter:
    company_id: strawberry.ID | None = strawberry.field(default=None, description=OF_COMPANY)
    worker_ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description="One of these workers."
    )
    user_ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description="One of these users."
    )
    person_ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description="One of these people."
    )
    role_ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description="A user with one of these roles."
    )
    job_titles: list[str] | None = strawberry.field(
        default=None,
        description="A person with one of these job titles, as `jobTitles` has them.",
    )
    name: str | None = strawberry.field(default=None, description=NAME_PART)
    only_absent: bool | None = strawberry.field(
        default=None,
        description="Only workers with time off in the window; without a window it is refused.",
    )
    known_to: KnownTo | None = strawberry.field(
        default=None, description="Known to these systems, so to both or to one alone."
    )
    has_left: bool | None = strawberry.field(
        default=None,
        description="Whether they have left: neither their user nor their person is active. "
        "`false` leaves these out.",
    )

    def to_domain(self) -> filters.WorkerFilter:
        return filters.WorkerFilter(
            company_id=read_filter_company(self.company_id),
            worker_ids=read_filter_ids(Kind.WORKER, self.worker_ids, ("filter", "worker_ids")),
            user_ids=read_filter_ids(Kind.USER, self.user_ids, ("filter", "user_ids")),
            person_ids=read_filter_ids(Kind.PERSON, self.person_ids, ("filter", "person_ids")),
            role_ids=read_filter_ids(Kind.ROLE, self.role_ids, ("filter", "role_ids")),
            job_titles=read_filter_texts(self.job_titles, ("filter", "job_titles")),
            name=read_filter_text(self.name, ("filter", "name")),
            only_absent=bool(self.only_absent),
            known_to=domain_value(self.known_to) if self.known_to else None,
            has_left=self.has_left,
        )


@strawberry.input(description="Holidays that match everything given.")
class HolidayFilter:
    company_id: strawberry.ID | None = strawberry.field(default=None, description=OF_COMPANY)
    overlaps: DateRange | None = strawberry.field(
        default=None, description="Holidays with a day in the range."
    )

    def to_domain(self) -> filters.CalendarFilter:
        return filters.CalendarFilter(
            company_id=read_filter_company(self.company_id),
            overlaps=self.overlaps.to_domain(("filter", "overlaps")) if self.overlaps else None,
        )


@strawberry.input(description="Workweeks that match everything given.")
class WorkweekFilter:
    company_id: strawberry.ID | None = strawberry.field(default=None, description=OF_COMPANY)
    user_ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description="Of one of these users."
    )
    overlaps: DateRange | None = strawberry.field(
        default=None, description="Workweeks that may hold on a day of the range."
    )

    def to_domain(self) -> filters.CalendarFilter:
        return filters.CalendarFilter(
            company_id=read_filter_company(self.company_id),
            user_ids=read_filter_ids(Kind.USER, self.user_ids, ("filter", "user_ids")),
            overlaps=self.overlaps.to_domain(("filter", "overlaps")) if self.overlaps else None,
        )


@strawberry.input(description="A company, by its source id.")
class CompanyInput:
    source_id: strawberry.ID = strawberry.field(description="Procore's UUID of the company.")
    name: str = strawberry.field(description="The company's name.")
    minimum_workers_available: int | None = strawberry.field(
        default=strawberry.UNSET,
        description=f"So many are to be free on a workday: 1 to {MAX_MINIMUM_WORKERS:,}" + LEFT_OUT,
    )
    if_unchanged: str | None = strawberry.field(default=strawberry.UNSET, description=IF_UNCHANGED)


@strawberry.input(description="An account role, by its source id.")
class RoleInput:
    source_id: strawberry.ID = strawberry.field(description="Kantata's id of the role.")
    company_id: strawberry.ID = strawberry.field(description="The role's company.")
    name: str = strawberry.field(description="The role's name.")
    if_unchanged: str | None = strawberry.field(default=strawberry.UNSET, description=IF_UNCHANGED)


@strawberry.input(description="A user of Kantata OX, by its source id.")
class UserInput:
    source_id: strawberry.ID = strawberry.field(description="Kantata's id of the user.")
    company_id: strawberry.ID = strawberry.field(description="The user's company.")
    full_name: str = strawberry.field(description="First and last name.")
    email_address: str | None = strawberry.field(
        default=strawberry.UNSET, description="By which the user is found in Procore" + LEFT_OUT
    )
    headline: str | None = strawberry.field(
        default=strawberry.UNSET, description="What the user is, in a few words" + LEFT_OUT
    )
    role_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="The account role" + LEFT_OUT
    )
    status: UserStatus | None = strawberry.field(
        default=strawberry.UNSET, description="Left out: active if new, else unchanged."
    )
    if_unchanged: str | None = strawberry.field(default=strawberry.UNSET, description=IF_UNCHANGED)


@strawberry.input(description="A person of Procore Workforce Planning, by its source id.")
class PersonInput:
    source_id: strawberry.ID = strawberry.field(description="Procore's UUID of the person.")
    company_id: strawberry.ID = strawberry.field(description="The person's company.")
    first_name: str = strawberry.field(
        description="The first name; it may be empty where the last name is not."
    )
    last_name: str = strawberry.field(
        description="The last name; it may be empty where the first name is not."
    )
    email: str | None = strawberry.field(
        default=strawberry.UNSET, description="By which the person is found in Kantata" + LEFT_OUT
    )
    employee_number: str | None = strawberry.field(
        default=strawberry.UNSET, description="The company's number for them" + LEFT_OUT
    )
    status: PersonStatus | None = strawberry.field(
        default=strawberry.UNSET, description="Left out: active if new, else unchanged."
    )
    job_title: str | None = strawberry.field(
        default=strawberry.UNSET, description="What they work as" + LEFT_OUT
    )
    if_unchanged: str | None = strawberry.field(default=strawberry.UNSET, description=IF_UNCHANGED)


@strawberry.input(
    description="Minutes of work per weekday, effective from a day on, or until `effectiveTo`. "
    "Ranges may overlap: on a day that several of one owner hold, the one that began last counts, "
    "and after dated hours the open ones go on. Keyed by company, user and `effectiveFrom`."
)
class WorkweekInput:
    company_id: strawberry.ID = strawberry.field(description="The company.")
    user_id: strawberry.ID | None = strawberry.field(
        default=None, description="Whose workweek it is. Null: the company's default."
    )
    effective_from: date = strawberry.field(description="The first day on which it holds.")
    effective_to: date | None = strawberry.field(
        default=strawberry.UNSET, description="The last day on which it holds" + LEFT_OUT
    )
    sunday: int = strawberry.field(
        description=f"Minutes of work on Sundays: 0 to {MINUTES_OF_A_DAY}."
    )
    monday: int = strawberry.field(
        description=f"Minutes of work on Mondays: 0 to {MINUTES_OF_A_DAY}."
    )
    tuesday: int = strawberry.field(
        description=f"Minutes of work on Tuesdays: 0 to {MINUTES_OF_A_DAY}."
    )
    wednesday: int = strawberry.field(
        description=f"Minutes of work on Wednesdays: 0 to {MINUTES_OF_A_DAY}."
    )
    thursday: int = strawberry.field(
        description=f"Minutes of work on Thursdays: 0 to {MINUTES_OF_A_DAY}."
    )
    friday: int = strawberry.field(
        description=f"Minutes of work on Fridays: 0 to {MINUTES_OF_A_DAY}."
    )
    saturday: int = strawberry.field(
        description=f"Minutes of work on Saturdays: 0 to {MINUTES_OF_A_DAY}."
    )
    if_unchanged: str | None = strawberry.field(default=strawberry.UNSET, description=IF_UNCHANGED)


@strawberry.input(description="Days on which nobody of a company works, by its source id.")
class HolidayInput:
    source_id: strawberry.ID = strawberry.field(description="Kantata's id of the holiday.")
    company_id: strawberry.ID = strawberry.field(description="The company.")
    name: str = strawberry.field(description="What is celebrated.")
    start_date: date = strawberry.field(description="The first day.")
    end_date: date = strawberry.field(description="The last day.")
    if_unchanged: str | None = strawberry.field(default=strawberry.UNSET, description=IF_UNCHANGED)


@strawberry.input(description=f"1 to {MAX_ITEMS:,} companies to create or change, all or nothing.")
class UpsertCompaniesInput:
    companies: list[CompanyInput] = strawberry.field(description="Keyed by `sourceId`.")


@strawberry.input(description=f"1 to {MAX_ITEMS:,} roles to create or change, all or nothing.")
class UpsertRolesInput:
    roles: list[RoleInput] = strawberry.field(description="Keyed by `sourceId`.")


@strawberry.input(description=f"1 to {MAX_ITEMS:,} users to create or change, all or nothing.")
class UpsertUsersInput:
    users: list[UserInput] = strawberry.field(description="Keyed by `sourceId`.")


@strawberry.input(description=f"1 to {MAX_ITEMS:,} people to create or change, all or nothing.")
class UpsertPeopleInput:
    people: list[PersonInput] = strawberry.field(description="Keyed by `sourceId`.")


@strawberry.input(description=f"1 to {MAX_ITEMS:,} workweeks to create or change, all or nothing.")
class UpsertWorkweeksInput:
    workweeks: list[WorkweekInput] = strawberry.field(
        description="Keyed by company, user and `effectiveFrom`."
    )


@strawberry.input(description=f"1 to {MAX_ITEMS:,} holidays to create or change, all or nothing.")
class UpsertHolidaysInput:
    holidays: list[HolidayInput] = strawberry.field(description="Keyed by `sourceId`.")


@strawberry.input(description=f"1 to {MAX_ITEMS:,} workweeks to delete, all or nothing.")
class DeleteWorkweeksInput:
    ids: list[strawberry.ID] = strawberry.field(description="The workweeks.")


@strawberry.input(description=f"1 to {MAX_ITEMS:,} holidays to delete, all or nothing.")
class DeleteHolidaysInput:
    ids: list[strawberry.ID] = strawberry.field(description="The holidays.")


@strawberry.input(description="A user and a person of one company who are one human.")
class LinkWorkerInput:
    user_id: strawberry.ID = strawberry.field(description="Who they are in Kantata OX.")
    person_id: strawberry.ID = strawberry.field(
        description="Who they are in Procore Workforce Planning."
    )
    dry_run: bool = strawberry.field(default=False, description=_DRY_LINK)


@strawberry.input(
    description="Splits the user and the person of a worker into two workers, and keeps them apart."
)
class UnlinkWorkerInput:
    worker_id: strawberry.ID = strawberry.field(description="The worker to split.")
    dry_run: bool = strawberry.field(default=False, description=_DRY_LINK)
