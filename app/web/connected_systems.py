"""The page that shows administrators which systems are connected, and how each does."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from http import HTTPStatus
from typing import Final

from starlette.requests import HTTPConnection, Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from app.domain.errors import InvalidValue, NotFound, Refused
from app.domain.identifiers import Key, Kind, node_id
from app.domain.paging import Order, PageRequest
from app.domain.sync.remote import RemoteProblem, SyncProblem, SyncProblemFilter
from app.domain.sync.runs import RunKind, RunState, SyncRun
from app.domain.sync.upstreams import Upstream, UpstreamFilter
from app.services.caller import Caller
from app.services.catalogue import Catalogue
from app.services.sync.flow_service import FlowService
from app.services.sync.outbox import Outbox
from app.services.sync.overview import SyncOverview
from app.services.sync.service import UpstreamService
from app.web.bundles import application_root
from app.web.connected_flows import ConnectedFlows
from app.web.connected_words import ago, how, number, of_them, reads, seen_within
from app.web.connected_writing import ConnectedWriting
from app.web.forms import FormRefused, take_form
from app.web.languages import ENGLISH
from app.web.sign_in_markup import PAGE_HEADERS, complaint_of, sign_in_page
from app.web.words import all_words

SYNC_PATH: Final = "/sync"
TITLE: Final = "Connected systems"
MOST_SYSTEMS: Final = 100
PROBLEMS: Final = 20
RUNS: Final = 20
NONE_YET: Final = (
    "<p>No system is connected: time off is what is entered here. <code>timeoff connect kantata"
    "</code> has the gateway read an account of Kantata OX, <code>timeoff connect procore</code> "
    'one of Procore Workforce Planning: <a href="{root}/docs/sync">how</a>.</p>'
)
HOW: Final = (
    '<p class="hint">By its id, which is below its name, <code>syncUpstream</code>, '
    "<code>pauseUpstream</code> and <code>resumeUpstream</code> are asked for; "
    "<code>syncProblems</code> lists all that is to be looked at: "
    '<a href="{root}/docs/sync">documentation</a>.</p>'
)
SILENT: Final = (
    '<p class="bad">This process asks no system anything: <code>TIMEOFF_SYNC</code> is '
    "<code>false</code>.</p>"
)
DECIDED: Final = "That was decided meanwhile, or has become another: this is how it is now."
_KINDS: Final[Mapping[RunKind, str]] = {
    RunKind.DIRECTORY: "people and calendars",
    RunKind.FULL: "everything",
    RunKind.INCREMENTAL: "what was changed",
    RunKind.SURVEY: "whose time off has changed",
    RunKind.SWEEP: "time off, person by person",
}
_ENDS: Final[Mapping[RunState, str]] = {
    RunState.RUNNING: "under way",
    RunState.SUCCEEDED: "done",
    RunState.FAILED: "failed",
    RunState.STOPPED: "stopped",
}

FindCaller = Callable[[HTTPConnection], Awaitable[Caller]]
"""Returns who asks. Raises Unauthenticated."""


@dataclass(frozen=True)
class ConnectedSystemsPage:
    """The connected systems of all companies that the caller manages, and what is to be decided."""

    overview: SyncOverview
    outbox: Outbox
    upstreams: UpstreamService
    flows: FlowService
    catalogue: Catalogue
    find_caller: FindCaller
    clock: Callable[[], datetime]
    reads: bool
    """Whether this process may ask the vendors anything."""

    def routes(self) -> list[BaseRoute]:
        """Return the routes; they belong at the application's root, for callers only."""
        return [Route(SYNC_PATH, self._page), Route(SYNC_PATH, self._decide, methods=["POST"])]

    @property
    def _writing(self) -> ConnectedWriting:
        return ConnectedWriting(self.overview, self.outbox, self.upstreams, self.catalogue)

    async def _page(self, request: Request) -> Response:
        return await self._list(request, await self.find_caller(request))

    async def _decide(self, request: Request) -> Response:
        caller = await self.find_caller(request)
        try:
            form = await take_form(request, all_words()[ENGLISH].sign_in)
            await self._writing.decide(caller, form)
        except FormRefused as refusal:
            told = complaint_of(str(refusal))
            return sign_in_page(request, ENGLISH, TITLE, told, status=refusal.status)
        except (Refused, InvalidValue, NotFound):
            return await self._list(request, caller, DECIDED, HTTPStatus.CONFLICT)
        return RedirectResponse(_address(request), HTTPStatus.SEE_OTHER, PAGE_HEADERS)

    async def _list(
        self, request: Request, caller: Caller, complaint: str = "", status: int = HTTPStatus.OK
    ) -> Response:
        root = escape(application_root(request))
        page = await self.overview.page(
            caller, UpstreamFilter(), PageRequest(Order("CONNECTED_AT"), MOST_SYSTEMS)
        )
        content = complaint_of(complaint) if complaint else ""
        content += "" if self.reads else SILENT
        for upstream in page.items:
            content += await self._system(caller, upstream, _address(request))
        content += await ConnectedFlows(self.flows, self.catalogue).markup(caller)
        content += (HOW if page.items else NONE_YET).format(root=root)
        return sign_in_page(request, ENGLISH, TITLE, content, status=status)

    async def _system(self, caller: Caller, upstream: Upstream, address: str) -> str:
        now = self.clock()
        companies = await self.catalogue.companies.find_many(caller, [upstream.company_id])
        name = companies[upstream.company_id].name if companies else upstream.company_id
        runs = await self.overview.runs(
            caller, [upstream.id], PageRequest(Order("STARTED_AT", descending=True), RUNS)
        )
        listed = runs[upstream.id].items if upstream.id in runs else []
        waiting = (await self.overview.waiting(caller, [upstream.id]))[upstream.id]
        told = how(upstream, listed[0] if listed else None, now, waiting)
        bad = ' class="bad"' if told.is_bad else ""
        # A browser that is sent back after a form goes on where it was: at this system.
        back = f"{address}#{upstream.id}"
        return (
            f'<h2 id="{upstream.id}">{escape(name)}</h2>'
            f'<p><code class="hint">{node_id(Kind.UPSTREAM, upstream.id)}</code></p>'
            f"<p>{escape(reads(upstream, now))}{await self._seen_within(upstream)}</p>"
            f"<p{bad}><strong>{escape(told.state)}</strong> {escape(told.do)}</p>"
            f"{await self._writing.markup(caller, upstream, waiting, back, now)}"
            f"{await self._problems(caller, upstream)}{_runs(listed, now)}"
        )

    async def _seen_within(self, upstream: Upstream) -> str:
        """Return how long a change takes where people are read one by one; else nothing."""
        people = (await self.overview.count_read([upstream.id])).get(upstream.id, 0)
        longest = self.overview.seen_within(upstream, people)
        return f" {escape(seen_within(people, longest))}" if people and longest else ""

    async def _problems(self, caller: Caller, upstream: Upstream) -> str:
        """Return what cannot be taken in, with whose day it is as far as that is known."""
        wanted = SyncProblemFilter(upstream_id=upstream.id)
        page = await self.overview.problems(
            caller, wanted, PageRequest(Order("FIRST_SEEN_AT"), PROBLEMS)
        )
        if not page.items:
            return "<p>All that it has could be taken in.</p>"
        count = await self.overview.count_problems(caller, wanted)
        names = await self._names(caller, [each.problem for each in page.items])
        rows = "".join(_problem(each, names) for each in page.items)
        return (
            f"<h3>What is to be looked at: {number(count, 'record')}{of_them(page.items, count)}"
            "</h3>"
            "<table><thead><tr><th>Whose</th><th>What is the matter</th>"
            '<th class="fixed">Day</th></tr></thead>'
            f"<tbody>{rows}</tbody></table>"
        )

    async def _names(self, caller: Caller, problems: Sequence[RemoteProblem]) -> Mapping[Key, str]:
        """Return what the users and people are called whose days problems are about."""
        users = {each.user_id for each in problems if each.user_id is not None}
        people = {each.person_id for each in problems if each.person_id is not None}
        found = await self.catalogue.users.find_many(caller, sorted(users))
        others = await self.catalogue.people.find_many(caller, sorted(people))
        return {id_: user.full_name for id_, user in found.items()} | {
            id_: person.full_name for id_, person in others.items()
        }


def _address(request: Request) -> str:
    return f"{application_root(request)}{SYNC_PATH}"


def _problem(each: SyncProblem, names: Mapping[Key, str]) -> str:
    problem = each.problem
    user, person = problem.user_id, problem.person_id
    whose = "" if user is None else names.get(user, f"user {user}")
    if person is not None:
        whose = names.get(person, f"person {person}")
    day = "" if problem.day is None else problem.day.isoformat()
    return (
        f'<tr><td class="address" data-name="Whose">{escape(whose)}'
        f'<br><code class="hint">{escape(problem.remote_id)}</code></td>'
        f'<td data-name="What is the matter">{escape(problem.message)}'
        f'<br><code class="hint">{escape(problem.code)}</code></td>'
        f'<td class="fixed" data-name="Day">{day}</td></tr>'
    )


def _runs(runs: Sequence[SyncRun], now: datetime) -> str:
    if not runs:
        return "<p>It was not read yet.</p>"
    rows = "".join(_run(each, now) for each in runs)
    return (
        f"<h3>The last {number(len(runs), 'pass', 'passes')}</h3>"
        '<table><thead><tr><th class="fixed">When</th><th>What was read</th><th>How it ended</th>'
        f"<th>What came of it</th></tr></thead><tbody>{rows}</tbody></table>"
    )


def _run(run: SyncRun, now: datetime) -> str:
    counts = run.counts
    changed = [
        f"{count:,} {word}"
        for count, word in (
            (counts.created, "new"),
            (counts.updated, "changed"),
            (counts.deleted, "deleted"),
        )
        if count
    ]
    moment = all_words()[ENGLISH].sign_in.time(run.started_at)
    message = "" if run.message is None else f": {run.message}"
    asked = f"{number(counts.requests, 'request')}, {counts.read:,} read"
    return (
        f'<tr><td class="fixed" data-name="When">{moment}'
        f'<br><span class="hint">{ago(run.started_at, now)}</span></td>'
        f'<td data-name="What was read">{_KINDS[run.kind]}</td>'
        f'<td data-name="How it ended">{_ENDS[run.state]}{escape(message)}</td>'
        f'<td data-name="What came of it">{", ".join(changed) or "nothing new"}'
        f'<br><span class="hint">{asked}</span></td></tr>'
    )
