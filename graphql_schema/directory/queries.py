"""Reading the directory."""

from typing import Annotated

import strawberry

from app.domain import filters
from app.domain.errors import InvalidValue
from app.domain.identifiers import Kind
from app.domain.paging import Order, page_request
from graphql_schema.arguments import FILTER, After, Before, First, Id, Last
from graphql_schema.context import Info
from graphql_schema.directory.inputs import (
    CompanyFilter,
    HolidayFilter,
    PersonFilter,
    RoleFilter,
    UserFilter,
    WorkerFilter,
    WorkweekFilter,
)
from graphql_schema.directory.types import (
    Company,
    Holiday,
    Person,
    Role,
    User,
    Worker,
)
from graphql_schema.directory.workweeks import Workweek
from graphql_schema.input_values import read_company
from graphql_schema.node import find_one
from graphql_schema.pagination import Connection, connect


@strawberry.type
class DirectoryQueries:
    @strawberry.field(description="A user of Kantata OX, or null where there is none.")
    async def user(self, info: Info, id: Id) -> User | None:
        return await find_one(info, Kind.USER, id)

    @strawberry.field(description="An account role, or null where there is none.")
    async def role(self, info: Info, id: Id) -> Role | None:
        return await find_one(info, Kind.ROLE, id)

    @strawberry.field(
        description="A person of Procore Workforce Planning, or null where there is none."
    )
    async def person(self, info: Info, id: Id) -> Person | None:
        return await find_one(info, Kind.PERSON, id)

    @strawberry.field(description="A company, or null where there is none.")
    async def company(self, info: Info, id: Id) -> Company | None:
        return await find_one(info, Kind.COMPANY, id)

    @strawberry.field(
        description="A worker, or null where there is none; also by the id that a joined "
        "person had alone."
    )
    async def worker(self, info: Info, id: Id) -> Worker | None:
        return await find_one(info, Kind.WORKER, id)

    @strawberry.field(description="Companies, by name.")
    async def companies(
        self,
        info: Info,
        filter: Annotated[CompanyFilter | None, FILTER] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Company]:
        return await connect(
            info,
            info.context.services.catalogue.companies,
            filter.to_domain() if filter else filters.DirectoryFilter(),
            page_request(Order("NAME"), first, after, last, before),
            Company.from_domain,
        )

    @strawberry.field(
        description="The job titles that people have, each once, by name: for a filter's choices."
    )
    async def job_titles(
        self,
        info: Info,
        company_id: Annotated[
            strawberry.ID | None,
            strawberry.argument(description="Of people of this company; left out: of any."),
        ] = None,
    ) -> list[str]:
        company = None if company_id is None else read_company(company_id)
        return await info.context.services.catalogue.job_titles(info.context.caller, company)

    @strawberry.field(description="Account roles, by name.")
    async def roles(
        self,
        info: Info,
        filter: Annotated[RoleFilter | None, FILTER] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Role]:
        return await connect(
            info,
            info.context.services.catalogue.roles,
            filter.to_domain() if filter else filters.DirectoryFilter(),
            page_request(Order("NAME"), first, after, last, before),
            Role.from_domain,
        )

    @strawberry.field(description="Users of Kantata OX, by full name.")
    async def users(
        self,
        info: Info,
        filter: Annotated[UserFilter | None, FILTER] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[User]:
        return await connect(
            info,
            info.context.services.catalogue.users,
            filter.to_domain() if filter else filters.DirectoryFilter(),
            page_request(Order("FULL_NAME"), first, after, last, before),
            User.from_domain,
        )

    @strawberry.field(description="People of Procore Workforce Planning, by full name.")
    async def people(
        self,
        info: Info,
        filter: Annotated[PersonFilter | None, FILTER] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Person]:
        return await connect(
            info,
            info.context.services.catalogue.people,
            filter.to_domain() if filter else filters.DirectoryFilter(),
            page_request(Order("FULL_NAME"), first, after, last, before),
            Person.from_domain,
        )

    @strawberry.field(description="Workers, by full name.")
    async def workers(
        self,
        info: Info,
        filter: Annotated[WorkerFilter | None, FILTER] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Worker]:
        wanted = filter.to_domain() if filter else filters.WorkerFilter()
        if wanted.only_absent:
            msg = "onlyAbsent asks about a window: use `schedule`."
            raise InvalidValue(msg, ("filter", "only_absent"))
        return await connect(
            info,
            info.context.services.catalogue.workers,
            wanted,
            page_request(Order("FULL_NAME"), first, after, last, before),
            Worker.from_domain,
        )

    @strawberry.field(description="Holidays, by first day.")
    async def holidays(
        self,
        info: Info,
        filter: Annotated[HolidayFilter | None, FILTER] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Holiday]:
        return await connect(
            info,
            info.context.services.catalogue.holidays,
            filter.to_domain() if filter else filters.CalendarFilter(),
            page_request(Order("START_DATE"), first, after, last, before),
            Holiday.from_domain,
        )

    @strawberry.field(description="Workweeks, by first day.")
    async def workweeks(
        self,
        info: Info,
        filter: Annotated[WorkweekFilter | None, FILTER] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Workweek]:
        return await connect(
            info,
            info.context.services.catalogue.workweeks,
            filter.to_domain() if filter else filters.CalendarFilter(),
            page_request(Order("EFFECTIVE_FROM"), first, after, last, before),
            Workweek.from_domain,
        )
