"""`schedule` written by hand: six statements, one pass over what they bring (rules 4.2, 4.5).

A day without records is the same for all who work the same week: its JSON is made once for
all of them. A day with one record, which is most of the others, needs no sorting and no sets.
"""

from base64 import b64encode, urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

import orjson
from caps import DEFAULT_MINUTES

DAY = 86_400
HUNDREDTH = 36
MARK = "procore_workforce_planning", "PersonDay"

DUPLICATE = {
    "code": "POSSIBLE_DUPLICATE",
    "message": "Both systems have time off on this day: most often the same absence, entered "
    "twice.",
}
OVER_WORKDAY = {
    "code": "OVER_WORKDAY",
    "message": "More time off than the workday has hours; what is above counts nothing.",
}
OVERLAPS = (
    "Procore records of the same person overlap; their common time counts once.",
    "A night shift and a record of the next day overlap; each keeps its hours on its day.",
)
MIXED_OVERLAPS = (
    "A paid and an unpaid record overlap; their common time counts as paid.",
    "A night shift and a record of the next day overlap, and only one of them is paid.",
)
NOTHING = (0, 0, 0, 0, 0)
"""Seconds off, paid, unpaid, of Kantata, of Procore."""
CLOCK = [f"{minute // 60:02}:{minute % 60:02}" for minute in range(24 * 60)]


class Window:
    """The days asked for, as texts, each with its place and weekday."""

    def __init__(self, first, last):
        self.first, self.last = first, last
        start, end = date.fromisoformat(first), date.fromisoformat(last)
        self.dates = [start + timedelta(days=number) for number in range((end - start).days + 1)]
        self.texts = [day.isoformat() for day in self.dates]
        self.place = {text: number for number, text in enumerate(self.texts)}
        self.before = (start - timedelta(days=1)).isoformat()
        self.after = (end + timedelta(days=1)).isoformat()


@dataclass(slots=True)
class Calendar:
    """Workdays to the second and as shown, holidays' names, the JSON of days without records."""

    exact: list[int]
    shown: list[int]
    holidays: list[str | None]
    days: list[orjson.Fragment]
    total: int


class Calendars:
    """The page's workdays: one calendar for all who have no workweek of their own."""

    def __init__(self, window, weeks, holidays, show_day):
        self._window = window
        self._show_day = show_day
        self._weeks = {}
        for company, user, first, last, *minutes in weeks:
            self._weeks.setdefault((company, user), []).append((first, last, minutes))
        self._holidays = {}
        for company, name, first, last in holidays:
            self._holidays.setdefault(company, []).append((name, first, last))
        self._known = {}

    def of(self, company, user):
        owner = (company, user) if (company, user) in self._weeks else (company, None)
        if owner not in self._known:
            self._known[owner] = self._calendar(*owner)
        return self._known[owner]

    def _calendar(self, company, user):
        texts = self._window.texts
        holidays = [self._holiday(company, text) for text in texts]
        exact = [
            0 if holiday is not None else self._minutes(company, user, place) * 60
            for place, holiday in enumerate(holidays)
        ]
        shown = [-(-seconds // HUNDREDTH) * HUNDREDTH for seconds in exact]
        days = [
            orjson.Fragment(orjson.dumps(self._show_day(text, workday, NOTHING, about, None, ())))
            for text, workday, holiday in zip(texts, shown, holidays, strict=True)
            for about in [(holiday, False, (), None)]
        ]
        return Calendar(exact, shown, holidays, days, sum(shown))

    def _holiday(self, company, text):
        for name, first, last in self._holidays.get(company, ()):
            if first <= text <= last:
                return name
        return None

    def _minutes(self, company, user, place):
        text, weekday = self._window.texts[place], self._window.dates[place].weekday()
        for owner in (user, None):
            latest = None
            for week in self._weeks.get((company, owner), ()):
                holds = week[0] <= text and (week[1] is None or text <= week[1])
                if holds and (latest is None or week[0] > latest[0]):
                    latest = week
            if latest:
                return latest[2][weekday]
        return DEFAULT_MINUTES[weekday]


async def worker_days(database, statements, variables):
    """Answer W7: what each record brings to each day, and what is noted of it."""
    nodes, info = await page_of(database, statements, variables, "workers", of_worker, worker_day)
    return {"schedule": {"nodes": nodes, "pageInfo": info}}


async def calendar(database, statements, variables):
    """Answer what the calendar asks for a page of its rows."""
    counted = {}
    if variables["isFirstPage"]:
        ((count,),) = await database.rows(statements["count"])
        counted["totalCount"] = count
    nodes, info = await page_of(database, statements, variables, "rows", of_row, cell_day)
    return {"schedule": counted | {"pageInfo": info, "nodes": nodes}}


async def page_of(database, statements, variables, listing, show_worker, show_day):
    """Return the nodes of a page of workers by name, and its pageInfo."""
    window = Window(variables["from"], variables["to"])
    first, after = variables["first"], variables.get("after")
    found = await database.rows(statements[listing], (*place_of(after), first + 1))
    page = found[:first]
    entries, clocks, across = await records(database, statements, window, page)
    marked = await marks(database, statements, page, entries, clocks)
    stays = await acknowledged(database, statements, window, page) if show_day is cell_day else {}
    calendars = await read_calendars(database, statements, window, page, show_day)
    nodes = []
    for place, row in enumerate(page):
        calendar = calendars.of(row[1], row[2])
        days, off = calendar.days, 0
        mine, theirs = entries[place], clocks[place]
        if mine or theirs:
            days = days[:]
            is_compared = row[2] is not None and row[3] is not None
            for text in mine.keys() | theirs.keys():
                number = window.place[text]
                entry, of_day = mine.get(text), theirs.get(text, ())
                key = place, text
                shown = calendar.shown[number]
                amounts, notes = merged(
                    *(calendar.exact[number], shown, entry, of_day),
                    *(across.get(key), key in marked),
                )
                off += amounts[0]
                acknowledgement = stays.get((row[2], row[3], text))
                about = calendar.holidays[number], is_compared, notes, acknowledgement
                days[number] = show_day(text, shown, amounts, about, entry, of_day)
        total = {"hoursOff": off / 3600, "availableHours": (calendar.total - off) / 3600}
        nodes.append({"worker": show_worker(row)} | total | {"days": days})
    end = cursor(page[-1][5], page[-1][0]) if page else after
    return nodes, {"hasNextPage": len(found) > first, "endCursor": end}


def of_worker(row):
    return {"id": node_id(b"Worker", row[0]), "fullName": row[4]}


def of_row(row):
    user_id, person_id, company, role, job_title = *row[2:4], *row[6:]
    return {
        "id": node_id(b"Worker", row[0]),
        "fullName": row[4],
        "company": {"id": node_id(b"Company", row[1]), "name": company},
        "user": user_id
        and {"id": node_id(b"User", user_id), "role": None if role is None else {"name": role}},
        "person": person_id and {"id": node_id(b"Person", person_id), "jobTitle": job_title},
    }


def worker_day(text, workday, amounts, about, entry, clocks):
    low, paid, unpaid, *_ = amounts
    return {
        "date": text,
        "workdayHours": workday / 3600,
        "hoursOff": low / 3600,
        "availableHours": (workday - low) / 3600,
        "paidHours": paid / 3600,
        "unpaidHours": unpaid / 3600,
        "contributions": contributions(entry, clocks),
        "notes": about[2],
    }


def cell_day(text, workday, amounts, about, *_):
    low, paid, unpaid, kantata, procore = amounts
    holiday, is_compared, notes, acknowledgement = about
    return {
        "date": text,
        "workdayHours": workday / 3600,
        "hoursOff": low / 3600,
        "availableHours": (workday - low) / 3600,
        "paidHours": paid / 3600,
        "unpaidHours": unpaid / 3600,
        "unknownPaidHours": (low - procore) / 3600,
        "holiday": holiday and {"name": holiday},
        "discrepancy": discrepancy(kantata, procore) if is_compared else None,
        "acknowledgement": acknowledgement
        and {"id": node_id(b"DiscrepancyAcknowledgement", acknowledgement)},
        "notes": [{"code": each["code"]} for each in notes],
    }


def discrepancy(kantata, procore):
    """Return how the systems differ on capped hours (rule 4.5)."""
    if abs(kantata - procore) < HUNDREDTH:
        return None
    if not procore:
        return "ONLY_IN_KANTATA_OX"
    return "HOURS_DIFFER" if kantata else "ONLY_IN_PROCORE_WORKFORCE_PLANNING"


def contributions(entry, clocks):
    """Return what each record brings: Kantata's, then Procore's by the clock."""
    shown = []
    if entry:
        shown.append({"hours": entry[1] / 3600, "startTime": None, "endTime": None, "isPaid": None})
    for starts, _, ends, is_paid in clocks:
        shown.append(
            {
                "hours": (ends - starts) / 3600,
                "startTime": CLOCK[starts % DAY // 60],
                "endTime": CLOCK[ends % DAY // 60],
                "isPaid": bool(is_paid),
            }
        )
    return shown


def place_of(after):
    """Return the name and id behind which the page begins."""
    if after is None:
        return "", ""
    return orjson.loads(urlsafe_b64decode(after + "=" * (-len(after) % 4)))[1:]


def cursor(name_key, id_):
    text = orjson.dumps(["FULL_NAME", name_key, id_])
    return urlsafe_b64encode(text).decode().rstrip("=")


def node_id(name, key):
    return b64encode(b"%s:%s" % (name, str(key).encode())).decode()


async def read_calendars(database, statements, window, page, show_day):
    companies = database.listed({row[1] for row in page})
    users = database.listed([row[2] for row in page if row[2] is not None])
    weeks = await database.rows(statements["weeks"], (companies, users, window.last))
    asked = companies, window.last, window.first
    return Calendars(window, weeks, await database.rows(statements["holidays"], asked), show_day)


async def records(database, statements, window, page):
    """Return the workers' entries and records by day, and what meets across midnight."""
    of_user = {row[2]: place for place, row in enumerate(page) if row[2] is not None}
    of_person = {row[3]: place for place, row in enumerate(page) if row[3] is not None}
    entries, clocks = [{} for _ in page], [{} for _ in page]
    asked = database.listed(of_user), window.first, window.last
    for user_id, day, id_, seconds in await database.rows(statements["entries"], asked):
        entries[of_user[user_id]][day] = id_, seconds
    asked = database.listed(of_person), window.before, window.after
    has_nights = False
    for person_id, day, *clock in await database.rows(statements["clocks"], asked):
        clocks[of_person[person_id]].setdefault(day, []).append(clock)
        has_nights = has_nights or clock[2] > DAY
    across = meetings_across_midnight(clocks) if has_nights else {}
    for mine in clocks:
        mine.pop(window.before, None)
        mine.pop(window.after, None)
    return entries, clocks, across


def meetings_across_midnight(clocks):
    """Return on which days a night shift meets a record, and whether one of them is paid."""
    across = {}
    for place, mine in enumerate(clocks):
        for text, of_day in mine.items():
            for starts, record, ends, is_paid in of_day:
                if ends <= DAY:
                    continue
                following = (date.fromisoformat(text) + timedelta(days=1)).isoformat()
                for other in mine.get(following, ()):
                    if other[1] != record and other[0] + DAY < ends and starts < other[2] + DAY:
                        is_mixed = other[3] != is_paid
                        for key in ((place, text), (place, following)):
                            across[key] = across.get(key, False) or is_mixed
    return across


async def marks(database, statements, page, entries, clocks):
    """Return the days of both systems whose entry says that it is the same absence (rule 4.4)."""
    both = {
        mine[text][0]: (place, text)
        for place, (mine, theirs) in enumerate(zip(entries, clocks, strict=True))
        for text in mine.keys() & theirs.keys()
    }
    if not both:
        return ()
    found = await database.rows(statements["marks"], (database.listed(both), *MARK))
    of_entry = dict(found)
    return {
        (place, text)
        for id_, (place, text) in both.items()
        if of_entry.get(id_) == f"{page[place][3]}:{text}"
    }


async def acknowledged(database, statements, window, page):
    """Return the acknowledgements of the days that may differ (rule 4.5), by users and people."""
    compared = [row[2] for row in page if row[2] is not None and row[3] is not None]
    if not compared:
        return {}
    asked = database.listed(compared), window.first, window.last
    return {tuple(day): id_ for *day, id_ in await database.rows(statements["acknowledged"], asked)}


def merged(exact, shown, entry, clocks, across, is_same):
    """Return a day's seconds off, paid, unpaid, of each system, and its notes (rule 4.2)."""
    entered = entry[1] if entry else 0
    if not clocks:
        kantata = shown if entered + HUNDREDTH > exact else entered
        return (kantata, 0, 0, kantata, 0), [OVER_WORKDAY] if entered > shown else []
    notes = [DUPLICATE] if entry and not is_same else []
    if len(clocks) == 1 and across is None:
        ((starts, _, ends, is_paid),) = clocks
        clocked = ends - starts
        procore = shown if clocked + HUNDREDTH > exact else clocked
        paid = procore if is_paid else 0
        if clocked > shown or entered > shown:
            notes.append(OVER_WORKDAY)
    else:
        clocks.sort()
        clocked = union(clocks)
        procore = taken(exact, shown, clocked)
        paid = taken(exact, shown, union([clock for clock in clocks if clock[3]]))
        notes += overlaps(clocks, across, is_over=max(clocked, entered) > shown)
    kantata = taken(exact, shown, entered)
    return (max(kantata, procore), paid, procore - paid, kantata, procore), notes


def taken(exact, shown, seconds):
    """Return what time off takes of a workday; less than 0.01 h below it fills it."""
    return shown if seconds + HUNDREDTH > exact else seconds


def union(clocks):
    """Return how long the union of intervals is that are ordered by their starts."""
    total = covered = 0
    for starts, _, ends, _ in clocks:
        total += max(0, ends - max(starts, covered))
        covered = max(covered, ends)
    return total


def overlaps(clocks, across, *, is_over):
    """Return the notes of records of one day, or of two, that go on at the same time."""
    meeting = [
        one[3] != other[3]
        for place, one in enumerate(clocks)
        for other in clocks[place + 1 :]
        if one[0] < other[2] and other[0] < one[2]
    ]
    return [
        *note("OVERLAP", OVERLAPS, bool(meeting), across is not None),
        *([OVER_WORKDAY] if is_over else []),
        *note("PAID_UNPAID_OVERLAP", MIXED_OVERLAPS, any(meeting), bool(across)),
    ]


@cache
def note(code, sentences, of_day, of_midnight):
    """Return the note of what met, if anything did."""
    said = [
        sentence for sentence, is_so in zip(sentences, (of_day, of_midnight), strict=True) if is_so
    ]
    return [{"code": code, "message": " ".join(said)}] if said else []
