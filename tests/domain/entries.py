"""Wishes, stored days and calendars for the tests of time off entries."""

from datetime import UTC, date, datetime

from app.domain.durations import hours_of_seconds, seconds_of_hours
from app.domain.errors import (
    Refusals,
)
from app.domain.time_off_entries import (
    EntryOutcome,
    EntryWish,
    ExternalReference,
    ReferenceFacts,
    StoredDay,
    TimeOffEntry,
    combine,
)
from app.domain.workweek import Calendar, WorkweekPattern

ANN, BEN = 1, 2
MONDAY, TUESDAY, SATURDAY = date(2026, 3, 2), date(2026, 3, 3), date(2026, 3, 7)
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
FULL_TIME = {ANN: Calendar(), BEN: Calendar()}
CREATED, COMBINED, UNCHANGED = EntryOutcome.CREATED, EntryOutcome.COMBINED, EntryOutcome.UNCHANGED

JIRA_1 = ReferenceFacts("jira", "Absence", "1")
JIRA_2 = ReferenceFacts("jira", "Absence", "2")
JIRA_OTHER_MODEL = ReferenceFacts("jira", "Issue", "1")
SAP_1 = ReferenceFacts("sap", "Absence", "1")


def request(*items):
    """Return the items as a request: (hours[, reference[, day[, user]]]) each."""
    return [wish(index, *item) for index, item in enumerate(items)]


def wish(index, hours, reference=None, day=MONDAY, user_id=ANN):
    return EntryWish(
        index=index,
        user_id=user_id,
        day=day,
        seconds=seconds_of_hours(hours),
        reference=reference,
    )


def stored(hours, *references, day=MONDAY, user_id=ANN, entry_id=100):
    """Return a stored day; each reference comes with the hours that it brought."""
    entry = TimeOffEntry(
        id=entry_id,
        company_id="c",
        user_id=user_id,
        requested_date=day,
        submission_date=date(2026, 1, 1),
        seconds=seconds_of_hours(hours),
        created_at=LONG_AGO,
        updated_at=LONG_AGO,
    )
    return {
        (user_id, day): StoredDay(
            entry,
            [
                ExternalReference(
                    id=500 + number,
                    company_id="c",
                    entry_id=entry_id,
                    facts=facts,
                    brought_seconds=seconds_of_hours(brought),
                    created_at=LONG_AGO,
                    updated_at=LONG_AGO,
                )
                for number, (facts, brought) in enumerate(references)
            ],
        )
    }


def part_time(minutes):
    return Calendar(own=[WorkweekPattern(date(2026, 1, 1), None, (minutes,) * 7)])


def judged(wishes, before=None, calendars=None):
    """Return what was combined and the list of refusals."""
    refusals = Refusals()
    combined = combine(wishes, before or {}, calendars or FULL_TIME, refusals)
    return combined, refusals.errors


def hours_by_day(combined):
    return {(each.user_id, each.day): hours_of_seconds(each.seconds) for each in combined.days}


def outcomes(combined):
    return {each.index: outcome for each, outcome in combined.outcomes}
