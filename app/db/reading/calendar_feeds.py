"""Calendar feeds, and the time off that they show: each read is one statement.

No reason is read: a feed has none (rule 4.6).
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Date,
    Select,
    String,
    case,
    cast,
    func,
    literal,
    null,
    select,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from app.db.reading.lists import Condition, Listing
from app.db.reading.lists_of_nouns import ENTRIES, PERSON_TIME_OFFS, WORKERS, is_scheduled
from app.db.reading.occurrences import latest_start
from app.db.schema import conversions
from app.db.schema.array_parameters import is_among
from app.db.schema.column_types import Instant
from app.db.schema.tables import (
    IS_OF_A_CALENDAR,
    IS_OF_A_DELETED_ENTRY,
    CalendarFeedRow,
    ChangeCounterRow,
    ChangeRow,
    PersonTimeOffRow,
    TimeOffEntryRow,
    WorkerRow,
    table_columns,
)
from app.domain.calendar_feeds import MAX_EVENTS, LastChange, LastChanges
from app.domain.changes import ChangeOperation
from app.domain.days import DayRange, DaySpan
from app.domain.feeds import CalendarFeed, CalendarFeedFilter
from app.domain.filters import PersonTimeOffFilter
from app.domain.identifiers import Key, Kind
from app.domain.person_time_off import PersonTimeOff
from app.domain.time_off_entries import TimeOffEntry

MOST_ROWS: Final = MAX_EVENTS + 1
"""One more than a feed may have, to see that something is left out."""
MOST_WITH_EXCEPTIONS: Final = MAX_EVENTS
"""Records with exceptions that a feed has room for beside all others."""

_FORGOTTEN: Final = "forgotten"
_NO_INSTANT: Final = cast(null(), Instant())
_NOT_MADE: Final = (cast(null(), BigInteger), _NO_INSTANT)


def _feeds(wanted: CalendarFeedFilter) -> list[Condition]:
    table = CalendarFeedRow
    conditions: list[Condition] = []
    if wanted.company_id is not None:
        conditions.append(col(table.company_id) == wanted.company_id)
    if wanted.worker_ids is not None:
        conditions.append(col(table.worker_id).in_(wanted.worker_ids))
    return conditions


_CREATED_AT: Final[tuple[Any, ...]] = (CalendarFeedRow.created_at, CalendarFeedRow.id)
CALENDAR_FEEDS: Listing[CalendarFeed, CalendarFeedFilter] = Listing(
    CalendarFeedRow, conversions.to_calendar_feed, {"CREATED_AT": _CREATED_AT}, _feeds
)


async def find_by_hash(
    connection: AsyncConnection, secret_hash: str
) -> tuple[CalendarFeed, bool] | None:
    """Return the feed whose link's secret has the hash, and whether its use is known."""
    statement = CALENDAR_FEEDS.select(None, col(CalendarFeedRow.secret_hash) == secret_hash)
    row = (await connection.execute(statement)).one_or_none()
    return (conversions.to_calendar_feed(row), row.is_use_known) if row else None


async def count_feeds(connection: AsyncConnection, company_id: str) -> int:
    """Return how many feeds the company has, those that were revoked included."""
    mine = col(CalendarFeedRow.company_id) == company_id
    statement = select(func.count()).select_from(CalendarFeedRow).where(mine)
    return (await connection.execute(statement)).scalar_one()


async def entries_of(
    connection: AsyncConnection, feed: CalendarFeed, window: DaySpan
) -> list[TimeOffEntry]:
    """Return the entries of whom the feed shows, latest first.

    Some are shown in events of records: there are twice as many as events to be shown.
    """
    table = TimeOffEntryRow
    statement = (
        ENTRIES.select(
            frozenset([feed.company_id]),
            col(table.user_id).in_(_shown(feed, WorkerRow.user_id)),
            col(table.requested_date).between(window.first, window.last),
        )
        .order_by(col(table.requested_date).desc(), col(table.id).desc())
        .limit(2 * MOST_ROWS)
    )
    return [conversions.to_entry(row) for row in await connection.execute(statement)]


async def records_of(
    connection: AsyncConnection, feed: CalendarFeed, window: DaySpan
) -> list[PersonTimeOff]:
    """Return the records of whom the feed shows, enough for the MOST_ROWS latest instances.

    Each has an instance in the window. Of records that are as their rules have them the latest
    start there is known; those with exceptions come before them.
    """
    table = PersonTimeOffRow
    has_exceptions = col(table.exceptions).is_not(None)
    overlaps = DayRange(window.first, window.last)
    wanted = PersonTimeOffFilter(company_id=feed.company_id, overlaps=overlaps)
    statement: Select[Any] = (
        select(
            *(column for column in table_columns(table) if column.name != "reason"),
            null().label("reason"),
        )
        .where(
            col(table.person_id).in_(_shown(feed, WorkerRow.person_id)),
            *PERSON_TIME_OFFS.conditions(wanted),
        )
        .order_by(
            has_exceptions.desc(),
            latest_start(literal(window.last, Date())).desc(),
            col(table.id).desc(),
        )
        .limit(MOST_ROWS + MOST_WITH_EXCEPTIONS)
    )
    return [conversions.to_person_time_off(row) for row in await connection.execute(statement)]


def _shown(feed: CalendarFeed, column: Any) -> Select[Any]:  # noqa: ANN401 - SQLModel's types
    """Return whom the feed shows: as `schedule`, the inactive only if named (rule 4.1)."""
    is_named = feed.worker_id is not None
    conditions = [*WORKERS.conditions(feed.wanted), *([] if is_named else [is_scheduled()])]
    return select(col(column)).where(col(column).is_not(None), *conditions)


async def last_changes(
    connection: AsyncConnection,
    company_id: str,
    keys_of: Mapping[Kind, Collection[Key]],
    removed_within: DaySpan,
) -> LastChanges:
    """Return the company's last change of each object, and of its calendars, in one statement.

    With it come the last deletions of entries of each user on each of the days, and which changes
    are forgotten.
    """
    table = ChangeRow
    number, at = func.max(col(table.sequence)), func.max(col(table.at))
    is_creation = col(table.operation) == ChangeOperation.CREATED.value
    # Both of one change: instants are in the order of numbers (rule 5.3).
    made_by = func.min(case((is_creation, col(table.sequence))))
    made_at = func.min(case((is_creation, col(table.at))))
    of_calendars = select(literal(""), literal(""), number, at, *_NOT_MADE).where(
        col(table.company_id) == company_id, IS_OF_A_CALENDAR
    )
    of_objects = [
        select(col(table.subject_type), col(table.subject_key), number, at, made_by, made_at)
        .where(
            # The numbers of a company in which it was before are not to be compared with these.
            col(table.company_id) == company_id,
            col(table.subject_type) == kind.type_name,
            is_among(table_columns(table).subject_key, list(map(str, keys))),
        )
        .group_by(col(table.subject_type), col(table.subject_key))
        for kind, keys in keys_of.items()
    ]
    others = [of_calendars, _removals(company_id, removed_within), _forgotten(company_id)]
    asked: list[Any] = [*of_objects, *others]
    rows: Iterable[Any] = await connection.execute(union_all(*asked))
    found: dict[tuple[str, str], LastChange] = {
        (row[0], row[1]): LastChange(*row[2:]) for row in rows if row[2] is not None
    }
    calendars = found.pop(("", ""), None)
    last_forgotten = found.pop(("", _FORGOTTEN), None)
    kinds = {kind.type_name: kind for kind in keys_of}
    return LastChanges(
        {(kinds[type_], key): last for (type_, key), last in found.items() if type_ in kinds},
        calendars,
        {
            (int(user_id), date.fromisoformat(day)): last
            for (user_id, day), last in found.items()
            if user_id not in kinds
        },
        forgotten=last_forgotten.number if last_forgotten else 0,
    )


def _forgotten(company_id: str) -> Select[Any]:
    """Return the number of the last change that is forgotten."""
    last, company = col(ChangeCounterRow.last_forgotten), col(ChangeCounterRow.company_id)
    row: list[Any] = [literal(""), literal(_FORGOTTEN), last, _NO_INSTANT, *_NOT_MADE]
    return select(*row).where(company == company_id)


def _removals(company_id: str, days: DaySpan) -> Select[Any]:
    """Return the user and the day, as texts, of deleted entries, with the last deletion."""
    table = ChangeRow
    user_id, day = col(table.before)["userId"].as_string(), cast(table.first_day, String)
    return (
        select(
            user_id,
            day,
            func.max(col(table.sequence)),
            func.max(col(table.at)),
            *_NOT_MADE,
        )
        .where(
            col(table.company_id) == company_id,
            IS_OF_A_DELETED_ENTRY,
            col(table.first_day).between(days.first, days.last),
        )
        .group_by(user_id, day)
    )
