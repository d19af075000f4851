"""Reading both systems together."""

from datetime import date
from typing import Annotated

import strawberry

from app.domain.acknowledgements import DiscrepancyFilter
from app.domain.filters import WorkerFilter as DomainWorkerFilter
from app.domain.paging import page_request
from app.domain.schedule import MAX_WINDOW_DAYS, schedule_window
from app.services.schedule import BY_NAME, BY_WORKER_AND_DAY
from graphql_schema.arguments import FILTER, After, Before, First, Last
from graphql_schema.context import Info
from graphql_schema.directory.inputs import WorkerFilter
from graphql_schema.input_values import domain_value
from graphql_schema.pagination import Connection, to_connection
from graphql_schema.schedule.enums import Combine, DiscrepancyKind
from graphql_schema.schedule.types import Discrepancy, WorkerSchedule

WindowFrom = Annotated[
    date, strawberry.argument(name="from", description="The first day of the window.")
]
WindowTo = Annotated[
    date,
    strawberry.argument(
        description=f"The last day of the window, which has at most {MAX_WINDOW_DAYS} days."
    ),
]
CombineArgument = Annotated[
    Combine,
    strawberry.argument(description="How hours that both systems have on a day are taken."),
]

Kinds = Annotated[
    list[DiscrepancyKind] | None,
    strawberry.argument(description="Only those of one of these kinds; left out: of any."),
]
Acknowledged = Annotated[
    bool | None,
    strawberry.argument(
        description="`false`: only those that nobody has acknowledged, or not as they are now; "
        "`true`: only the others; left out: all."
    ),
]


@strawberry.type
class ScheduleQueries:
    @strawberry.field(
        description="Who is off, and who is free, day by day: every worker of the filter by full "
        "name, also those without time off. `first` x days <= 20,000."
    )
    async def schedule(
        self,
        info: Info,
        from_: WindowFrom,
        to: WindowTo,
        filter: Annotated[WorkerFilter | None, FILTER] = None,
        combine: CombineArgument = Combine.MAX,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[WorkerSchedule]:
        window = schedule_window(from_, to)
        wanted = filter.to_domain() if filter else DomainWorkerFilter()
        service, caller = info.context.services.schedule, info.context.caller
        request = page_request(BY_NAME, first, after, last, before)
        page = await service.page(caller, wanted, window, request)
        return to_connection(
            page,
            request,
            lambda schedule: WorkerSchedule.from_domain(schedule, domain_value(combine)),
            lambda: service.count(caller, wanted, window),
        )

    @strawberry.field(
        description="Each day on which the two systems differ about a worker whom both know, by "
        "worker, then date."
    )
    async def discrepancies(
        self,
        info: Info,
        from_: WindowFrom,
        to: WindowTo,
        filter: Annotated[WorkerFilter | None, FILTER] = None,
        kinds: Kinds = None,
        acknowledged: Acknowledged = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Discrepancy]:
        window = schedule_window(from_, to)
        wanted = filter.to_domain() if filter else DomainWorkerFilter()
        service, caller = info.context.services.schedule, info.context.caller
        request = page_request(BY_WORKER_AND_DAY, first, after, last, before)
        which = DiscrepancyFilter(
            None if kinds is None else frozenset(map(domain_value, kinds)), acknowledged
        )
        page = await service.discrepancies(caller, wanted, window, request, which)
        return to_connection(
            page,
            request,
            Discrepancy.from_domain,
            lambda: service.count_discrepancies(caller, wanted, window, which),
        )
