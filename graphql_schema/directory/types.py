"""Companies, roles, users, people, workers, workweeks and holidays, as clients see them."""

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any, Self

import strawberry

from app.domain import directory as domain
from app.domain.access import Permission
from app.domain.durations import hours_of_seconds
from app.domain.filters import EntryFilter as DomainEntryFilter
from app.domain.filters import PersonTimeOffFilter as DomainPersonTimeOffFilter
from app.domain.identifiers import Kind, node_id, person_subject, user_subject
from app.domain.joining import MOST_OTHERS
from app.domain.paging import page_request
from app.domain.schedule import MAX_WINDOW_DAYS, schedule_window
from app.domain.workers import Worker as DomainWorker
from graphql_schema.access.requires import requires
from graphql_schema.arguments import FILTER, ORDER_BY, After, Before, First, Last
from graphql_schema.context import Info
from graphql_schema.directory.enums import ApartReason, JoinedBy, PersonStatus, UserStatus
from graphql_schema.input_values import domain_value
from graphql_schema.links import Linked, link
from graphql_schema.node import LOADED_BY, LoadedBy, Node
from graphql_schema.pagination import Connection, by_default, connect_children
from graphql_schema.schedule.enums import Combine
from graphql_schema.schedule.types import WorkerSchedule
from graphql_schema.sync.enums import SyncFlow

if TYPE_CHECKING:
    from graphql_schema.person_time_off.inputs import PersonTimeOffFilter, PersonTimeOffOrder
    from graphql_schema.person_time_off.types import PersonTimeOff
    from graphql_schema.sync.types import Upstream
    from graphql_schema.time_off_entries.inputs import TimeOffEntryFilter, TimeOffEntryOrder
    from graphql_schema.time_off_entries.types import TimeOffEntry

_ENTRY_TYPES = strawberry.lazy("graphql_schema.time_off_entries.types")
_ENTRY_INPUTS = strawberry.lazy("graphql_schema.time_off_entries.inputs")
_PERSON_TIME_OFF_TYPES = strawberry.lazy("graphql_schema.person_time_off.types")
_PERSON_TIME_OFF_INPUTS = strawberry.lazy("graphql_schema.person_time_off.inputs")

SOURCE_ID = "The id by which the source system's REST API knows it."
COMPANY = "The tenant that it belongs to."


VERSION = "What is stored of it, as text to send back as `ifUnchanged`: the same as long as it is."


def version_field() -> Any:  # noqa: ANN401 - Strawberry's field
    """Return the field by which it is seen whether somebody has changed it (rule 5.4)."""
    return strawberry.field(
        resolver=lambda self: domain.version_of(self.record), description=VERSION
    )


def company_of_record(shown: Any) -> Linked:  # noqa: ANN401 - any type with a record
    """Return the company of what is shown, for a link to it."""
    return Kind.COMPANY, shown.record.company_id


@strawberry.type(description="The tenant: one Procore company and one Kantata account.")
class Company(Node):
    version: str = version_field()
    source_id: strawberry.ID = strawberry.field(description=SOURCE_ID)
    name: str = strawberry.field(description="The company's name.")
    minimum_workers_available: int | None = strawberry.field(
        description="So many are to be free on a workday; null where nobody has said. It refuses "
        "nothing: it shows who plans where it is undercut."
    )

    record: strawberry.Private[domain.Company]

    @strawberry.field(
        description="The source systems that it is connected to, in the order in which they were "
        "connected. Null for who may not manage them.",
        directives=requires(Permission.MANAGE_UPSTREAMS),
    )
    async def upstreams(
        self, info: Info
    ) -> list[Annotated["Upstream", strawberry.lazy("graphql_schema.sync.types")]] | None:
        if not info.context.caller.may(Permission.MANAGE_UPSTREAMS):
            return None
        found = await info.context.sync.of_companies.load(str(self.source_id))
        return [LOADED_BY[Kind.UPSTREAM].shown(each) for each in found]

    @strawberry.field(
        description="From which source system into which its time off is carried by itself: "
        "`setSyncFlow`."
    )
    async def sync_flow(self, info: Info) -> SyncFlow:
        return SyncFlow(await info.context.sync.flows.load(str(self.source_id)))

    @classmethod
    def from_domain(cls, company: domain.Company) -> Self:
        return cls(
            id=_node_id(Kind.COMPANY, company.id),
            source_id=strawberry.ID(company.id),
            name=company.name,
            minimum_workers_available=company.minimum_workers_available,
            record=company,
        )


@strawberry.type(description="An account role of Kantata OX.")
class Role(Node):
    version: str = version_field()
    source_id: strawberry.ID = strawberry.field(description=SOURCE_ID)
    name: str = strawberry.field(description="The role's name.")
    company: Company = link(company_of_record, description=COMPANY)
    record: strawberry.Private[domain.Role]

    @classmethod
    def from_domain(cls, role: domain.Role) -> Self:
        return cls(
            id=_node_id(Kind.ROLE, role.id),
            source_id=strawberry.ID(str(role.id)),
            name=role.name,
            record=role,
        )


@strawberry.type(description="A user of Kantata OX.")
class User(Node):
    version: str = version_field()
    source_id: strawberry.ID = strawberry.field(description=SOURCE_ID)
    full_name: str = strawberry.field(description="First and last name.")
    email_address: str | None = strawberry.field(
        description="The e-mail by which the user is found in Procore."
    )
    headline: str | None = strawberry.field(description="What the user is, in a few words.")
    status: UserStatus = strawberry.field(description="Whether the user still works there.")
    role: Role | None = link(
        lambda user: (Kind.ROLE, user.record.role_id), description="The account role, if any."
    )
    company: Company = link(company_of_record, description=COMPANY)
    worker: Annotated["Worker", strawberry.lazy("graphql_schema.directory.types")] = link(
        lambda user: (Kind.WORKER, user_subject(user.record.id)),
        description="The human that the user is.",
    )
    record: strawberry.Private[domain.User]

    @strawberry.field(
        description="The possible workday hours of a day: none on a holiday of the company; "
        "else by the user's workweek that holds it, of several the one that began last; else by "
        "the company's, so chosen too; else 8 h from Monday to Friday."
    )
    async def possible_hours(
        self,
        info: Info,
        on: Annotated[date, strawberry.argument(description="The day that is asked about.")],
    ) -> float:
        """Load what decides them (rule 2.3)."""
        question = (self.record.id, on)
        return hours_of_seconds(await info.context.loaders.possible_seconds.load(question))

    @strawberry.field(description="The user's time off entries; by requested date by default.")
    async def time_off_entries(
        self,
        info: Info,
        filter: Annotated[Annotated["TimeOffEntryFilter", _ENTRY_INPUTS] | None, FILTER] = None,
        order_by: Annotated[Annotated["TimeOffEntryOrder", _ENTRY_INPUTS] | None, ORDER_BY] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Annotated["TimeOffEntry", _ENTRY_TYPES]]:
        """Load a page; all users of a level share one statement."""
        order = by_default(order_by, "REQUESTED_DATE")
        return await connect_children(
            info,
            info.context.services.catalogue.entries,
            self.record.id,
            filter.to_domain() if filter else DomainEntryFilter(),
            page_request(order, first, after, last, before),
            _show_entry,
        )

    @classmethod
    def from_domain(cls, user: domain.User) -> Self:
        return cls(
            id=_node_id(Kind.USER, user.id),
            source_id=strawberry.ID(str(user.id)),
            full_name=user.full_name,
            email_address=user.email_address,
            headline=user.headline,
            status=UserStatus(user.status),
            record=user,
        )


@strawberry.type(description="A person of Procore Workforce Planning.")
class Person(Node):
    version: str = version_field()
    source_id: strawberry.ID = strawberry.field(description=SOURCE_ID)
    first_name: str = strawberry.field(description="The first name; empty where there is none.")
    last_name: str = strawberry.field(description="The last name; empty where there is none.")
    full_name: str = strawberry.field(description="First and last name.")
    email: str | None = strawberry.field(
        description="The e-mail by which the person is found in Kantata."
    )
    employee_number: str | None = strawberry.field(description="The company's number for them.")
    status: PersonStatus = strawberry.field(description="Whether they can be assigned.")
    job_title: str | None = strawberry.field(description="What they work as.")
    company: Company = link(company_of_record, description=COMPANY)
    worker: Annotated["Worker", strawberry.lazy("graphql_schema.directory.types")] = link(
        lambda person: (Kind.WORKER, person_subject(person.record.id)),
        description="The human that the person is.",
    )
    record: strawberry.Private[domain.Person]

    @strawberry.field(description="The person's time off; by start day by default.")
    async def time_off(
        self,
        info: Info,
        filter: Annotated[
            Annotated["PersonTimeOffFilter", _PERSON_TIME_OFF_INPUTS] | None, FILTER
        ] = None,
        order_by: Annotated[
            Annotated["PersonTimeOffOrder", _PERSON_TIME_OFF_INPUTS] | None, ORDER_BY
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Annotated["PersonTimeOff", _PERSON_TIME_OFF_TYPES]]:
        """Load a page; all people of a level share one statement."""
        order = by_default(order_by, "START_DAY")
        return await connect_children(
            info,
            info.context.services.catalogue.person_time_offs,
            self.record.id,
            filter.to_domain() if filter else DomainPersonTimeOffFilter(),
            page_request(order, first, after, last, before),
            _show_person_time_off,
        )

    @classmethod
    def from_domain(cls, person: domain.Person) -> Self:
        return cls(
            id=_node_id(Kind.PERSON, person.id),
            source_id=strawberry.ID(person.id),
            first_name=person.first_name,
            last_name=person.last_name,
            full_name=person.full_name,
            email=person.email,
            employee_number=person.employee_number,
            status=PersonStatus(person.status),
            job_title=person.job_title,
            record=person,
        )


@strawberry.type(description="Why a worker is known to one of the two systems only.")
class WorkerApart:
    reason: ApartReason = strawberry.field(description="The reason, for programs.")
    subjects: strawberry.Private[Sequence[str]]

    @strawberry.field(
        description="The workers that the reason is about, such as those who share the e-mail: "
        f"the first {MOST_OTHERS} of them."
    )
    async def others(self, info: Info) -> list["Worker"]:
        found = await info.context.loaders.workers.load_many(self.subjects)
        known = {worker.id: worker for worker in found if worker}
        return list(map(Worker.from_domain, known.values()))


@strawberry.type(
    description="One human: known to Kantata as a user, to Procore as a person, or to both."
)
class Worker(Node):
    full_name: str = strawberry.field(description="The user's name, else the person's.")
    email: str | None = strawberry.field(description="The user's e-mail, else the person's.")
    company: Company = link(company_of_record, description=COMPANY)
    user: User | None = link(
        lambda worker: (Kind.USER, worker.record.user_id),
        description="Who they are in Kantata OX, if they are known there.",
    )
    person: Person | None = link(
        lambda worker: (Kind.PERSON, worker.record.person_id),
        description="Who they are in Procore Workforce Planning, if they are known there.",
    )
    record: strawberry.Private[DomainWorker]

    @strawberry.field(
        description="What makes its user and its person one; null where only one system knows it."
    )
    async def joined_by(self, info: Info) -> JoinedBy | None:
        """Load what ties it (rule 4.1)."""
        found = (await info.context.loaders.joinings.load(self.record)).joined_by
        return None if found is None else JoinedBy(found)

    @strawberry.field(
        description="Why only one system knows it; null for a worker that both of them know."
    )
    async def apart(self, info: Info) -> WorkerApart | None:
        """Load why its e-mail joins it with nobody (rule 4.1)."""
        found = await info.context.loaders.joinings.load(self.record)
        if found.apart is None:
            return None
        return WorkerApart(reason=ApartReason(found.apart), subjects=found.others)

    @strawberry.field(description="Every day of a window, both systems merged.")
    async def schedule(
        self,
        info: Info,
        from_: Annotated[
            date, strawberry.argument(name="from", description="The first day of the window.")
        ],
        to: Annotated[
            date,
            strawberry.argument(
                description=f"The last day of the window, which has at most {MAX_WINDOW_DAYS} days."
            ),
        ],
        combine: Annotated[
            Combine,
            strawberry.argument(description="How hours that both systems have are taken."),
        ] = Combine.MAX,
    ) -> WorkerSchedule:
        """Load the schedule; all workers of a level share its statements."""
        loader = info.context.loaders.schedules(schedule_window(from_, to))
        return WorkerSchedule.from_domain(await loader.load(self.record), domain_value(combine))

    @classmethod
    def from_domain(cls, worker: DomainWorker) -> Self:
        return cls(
            id=_node_id(Kind.WORKER, worker.id),
            full_name=worker.full_name,
            email=worker.email,
            record=worker,
        )


@strawberry.type(description="Days on which nobody of a company works.")
class Holiday(Node):
    version: str = version_field()
    source_id: strawberry.ID = strawberry.field(description=SOURCE_ID)
    name: str = strawberry.field(description="What is celebrated.")
    start_date: date = strawberry.field(description="The first day.")
    end_date: date = strawberry.field(description="The last day.")
    company: Company = link(company_of_record, description=COMPANY)
    record: strawberry.Private[domain.Holiday]

    @classmethod
    def from_domain(cls, holiday: domain.Holiday) -> Self:
        return cls(
            id=_node_id(Kind.HOLIDAY, holiday.id),
            source_id=strawberry.ID(str(holiday.id)),
            name=holiday.name,
            start_date=holiday.start_date,
            end_date=holiday.end_date,
            record=holiday,
        )


def _node_id(kind: Kind, key: int | str) -> strawberry.ID:
    return strawberry.ID(node_id(kind, key))


def _show_entry(entry: Any) -> Any:  # noqa: ANN401
    from graphql_schema.time_off_entries.types import TimeOffEntry  # noqa: PLC0415 - they need each other

    return TimeOffEntry.from_domain(entry)


def _show_person_time_off(record: Any) -> Any:  # noqa: ANN401
    from graphql_schema.person_time_off.types import PersonTimeOff  # noqa: PLC0415 - as above

    return PersonTimeOff.from_domain(record)


LOADED_BY.update(
    {
        Kind.COMPANY: LoadedBy(lambda context: context.loaders.companies, Company.from_domain),
        Kind.ROLE: LoadedBy(lambda context: context.loaders.roles, Role.from_domain),
        Kind.USER: LoadedBy(lambda context: context.loaders.users, User.from_domain),
        Kind.PERSON: LoadedBy(lambda context: context.loaders.people, Person.from_domain),
        Kind.WORKER: LoadedBy(lambda context: context.loaders.workers, Worker.from_domain),
        Kind.HOLIDAY: LoadedBy(lambda context: context.loaders.holidays, Holiday.from_domain),
    }
)
