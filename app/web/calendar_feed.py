"""Feeds for the calendars that people have: RFC 5545, behind a link that is a secret.

Whoever has the link may read; there is no other proof. An unknown link is answered as any
path that is not there.
"""

import asyncio
import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

from icalendar import Calendar, Event, vDuration, vText
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.types import Scope

from app.deadline import departure_of, within
from app.domain.calendar_feeds import MAX_EVENTS, FeedEvent
from app.domain.contributions import ClockHours, clock_time
from app.domain.durations import hours_text
from app.domain.wire_formats import format_local_time
from app.edge.peers import peer_of
from app.http_warnings import ignored_parameters, warning_headers
from app.request_ids import request_id_of
from app.services.calendar_feeds.content import FeedContent
from app.services.calendar_feeds.service import CalendarFeedService
from app.services.own_writes import OwnWrites

PRODUCT: Final = "-//timeoff-gateway//calendar feeds//EN"
REFRESH_EVERY: Final = timedelta(hours=1)
WRITTEN_AT_A_TIME: Final = 1
"""Thousands of events take a second to write, in a thread beside which other requests go on."""

MOST_DAYS_TOLD: Final = 10
"""Days with other hours of Kantata's that an event of many days names."""

_ETAG: Final = re.compile(r'(?:W/)?("[^"]*")|\*')


def calendar_feed_route(
    feeds: CalendarFeedService, seconds: float, own_writes: OwnWrites | None = None
) -> BaseRoute:
    """Return the route to all feeds; one that takes more than ``seconds`` is given up."""
    writing = asyncio.Semaphore(WRITTEN_AT_A_TIME)

    async def written(secret: str, scope: Scope) -> bytes | None:
        content = await feeds.read(secret, request_id_of(scope), peer_of(scope), own_writes)
        if content is None:
            return None
        async with writing:
            return await asyncio.to_thread(to_ical, content)

    async def answer(request: Request) -> Response:
        try:
            reading = written(request.path_params["secret"], request.scope)
            body = await within(seconds, reading, departure_of(request.scope))
        except TimeoutError:
            raise HTTPException(503, "This took too long.", {"Retry-After": "60"}) from None
        if body is None:
            raise HTTPException(404)
        # Of the content itself: whatever changes it, a removal too, changes the tag.
        etag = f'"{sha256(body).hexdigest()}"'
        ignored = ignored_parameters(dict(request.query_params))
        headers = {
            "ETag": etag,
            "Cache-Control": "private, no-cache",
            "Vary": "Accept-Encoding",
            **warning_headers((), ignored),
        }
        if is_known(etag, request.headers.getlist("if-none-match")):
            return Response(status_code=304, headers=headers)
        return Response(body, headers=headers, media_type="text/calendar")  # in UTF-8

    return Route("/feeds/{secret}.ics", answer)


def is_known(etag: str, if_none_match: Sequence[str]) -> bool:
    """Say whether a client has what the tag names; proxies may have made its tag weak.

    >>> is_known('"a"', ['"b", W/"a"']), is_known('"a"', ["*"]), is_known('"a"', ['"b"'])
    (True, True, False)
    """
    tags = [match for line in if_none_match for match in _ETAG.finditer(line)]
    return any(match[0] == "*" or match[1] == etag for match in tags)


def to_ical(content: FeedContent) -> bytes:
    """Write the feed. The same content is the same bytes: no time of writing is in it."""
    # icalendar escapes the text of the properties that it knows, and no others'.
    title = vText(_line(f"Time off: {content.title}"))
    calendar = Calendar()
    calendar.add("version", "2.0")
    calendar.add("prodid", PRODUCT)
    calendar.add("calscale", "GREGORIAN")
    calendar.add("name", title)
    calendar.add("x-wr-calname", title)
    calendar.add("refresh-interval", REFRESH_EVERY, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", vDuration(REFRESH_EVERY))
    if content.is_cut:
        note = f"There is more time off than the {MAX_EVENTS} events that a feed has at most: "
        note += "what begins earliest is left out."
        calendar.add("description", note)
        calendar.add("x-wr-caldesc", vText(note))
    for event in content.events:
        calendar.add_component(_to_event(event))
    written: bytes = calendar.to_ical()
    return written


def _to_event(event: FeedEvent) -> Event:
    component = Event()
    component.add("uid", event.uid)
    component.add("dtstart", event.span.first)
    component.add("dtend", event.span.last + timedelta(days=1))
    component.add("summary", _summary(event))
    component.add("description", _description(event))
    component.add("categories", _categories(event))
    component.add("transp", "OPAQUE" if event.takes_whole_days else "TRANSPARENT")
    component.add("sequence", event.revised.sequence)
    component.add("created", _whole_seconds(event.revised.created_at))
    component.add("last-modified", _whole_seconds(event.revised.changed_at))
    # Without a METHOD it is when the event was last revised (RFC 5545, 3.8.7.2).
    component.add("dtstamp", _whole_seconds(event.revised.changed_at))
    return component


def _whole_seconds(instant: datetime) -> datetime:
    return instant.replace(microsecond=0)


def _line(text: str) -> str:
    """Return the text as one line also to readers that know more line ends than RFC 5545."""
    return " ".join(text.splitlines())


def _summary(event: FeedEvent) -> str:
    text = f"{_line(event.worker_name)}: time off"
    return text if event.takes_whole_days else f"{text} ({_hours(event.seconds, event)})"


def _description(event: FeedEvent) -> str:
    brought = event.brought
    if not isinstance(brought, ClockHours):
        return f"{_hours(brought.seconds, event)}. From Kantata OX."
    hours = _hours(brought.seconds, event)
    starts, ends = (format_local_time(clock_time(each)) for each in (brought.starts, brought.ends))
    paid = "Paid" if brought.is_paid else "Unpaid"
    source = "Procore Workforce Planning"
    told = f"{hours}, from {starts} to {ends}. {paid}. From {source}."
    return f"{told} Kantata OX: {_entered(event)}." if event.entered else told


def _hours(seconds: int, event: FeedEvent) -> str:
    hours = hours_text(seconds)
    return hours if len(event.span) == 1 else f"{hours} a day"


def _entered(event: FeedEvent) -> str:
    """Return what Kantata has on the event's days: of all alike, or day by day."""
    amounts = {each.seconds for each in event.entered}
    if len(event.entered) == len(event.span) and len(amounts) == 1:
        return _hours(amounts.pop(), event)
    told = [f"{hours_text(each.seconds)} on {each.day}" for each in event.entered[:MOST_DAYS_TOLD]]
    more = len(event.entered) - len(told)
    return ", ".join([*told, *([f"and {more} days more"] if more else [])])


def _categories(event: FeedEvent) -> list[str]:
    """Return what it is; Kantata does not say whether time off is paid."""
    if not isinstance(event.brought, ClockHours):
        return ["Time off"]
    return ["Time off", "Paid" if event.brought.is_paid else "Unpaid"]
