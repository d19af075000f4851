"""Values for arguments: most of them name what the data has, some do not."""

from collections import defaultdict
from datetime import date, datetime, timedelta
from random import Random
from typing import Any, Final

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    get_named_type,
)

from tests import builders

LEFT_OUT: Final = object()

TYPES: Final = {
    "companies": "Company",
    "roles": "Role",
    "users": "User",
    "people": "Person",
    "workers": "Worker",
    "workweeks": "Workweek",
    "holidays": "Holiday",
    "time_off_entries": "TimeOffEntry",
    "external_references": "ExternalReference",
    "person_time_offs": "PersonTimeOff",
    "calendar_feeds": "CalendarFeed",
    "discrepancy_acknowledgements": "DiscrepancyAcknowledgement",
}
"""The type whose ids a table has."""

# In this order: `PersonTimeOffFilter` is about records, not about people.
NOUNS: Final = {
    "timeoffentr": "TimeOffEntry",
    "externalref": "ExternalReference",
    "persontimeoff": "PersonTimeOff",
    "calendarfeed": "CalendarFeed",
    "acknowledg": "DiscrepancyAcknowledgement",
    "instance": "TimeOffInstance",
    "compan": "Company",
    "holiday": "Holiday",
    "workweek": "Workweek",
    "worker": "Worker",
    "role": "Role",
    "user": "User",
    "person": "Person",
    "people": "Person",
}

HOSTILE: Final = (
    "",
    " ",
    "Zoë",
    "İstanbul ß ǅ",
    "名前 \u202e rtl \u200d👩‍🚀",
    "'); DROP TABLE users; --",
    'a "quoted" \\ {name} %s %(x)s {{ }}',
    "100 % _under_ \\",
    "line\nbreak\ttab",
    "e\u0301",
    "\ufeffbom",
    "nul\x00",
)
WRONG_IDS: Final = (
    "",
    "0",
    "-1",
    "007",
    "nonsense",
    "9223372036854775808",
    builders.UNKNOWN_UUID,
    builders.node_id("User", 999_999),
    builders.node_id("Worker", "U999999"),
    builders.node_id("Nothing", 1),
    99999,
    -5,
)
OLD_DAYS: Final = ("1999-12-31", "2099-12-31", "2026-02-30", "02/29/28", "nonsense", "")
TIMES: Final = ("07:00", "3:30 PM", "15:00", "00:00", "23:45", "07:07", "12:00 AM", "25:00")
HOURS: Final = (0.25, 1, 2, 2.5, 4, 8, 7.99, 0.1, 0, -1, 24, 25)
SIZES: Final = (1, 2, 3, 5, 7, 20, 100, 500, 0, 501, -1)
MINUTES: Final = (0, 240, 480, 450, 1440, -1)


class Known:
    """Chooses values, by the names under which the schema asks for them."""

    def __init__(self, chance: Random, today: date) -> None:
        self._chance = chance
        self._today = today
        self._ids: dict[str, list[Any]] = {}
        self._texts: dict[str, list[str]] = {}
        self._referring: list[tuple[Any, Any]] = []
        self._repeating: list[str] = []
        self._days: list[date] = []
        self._instants: list[datetime] = []
        self._cursors: dict[str, list[str]] = defaultdict(list)

    def learn(self, tables: dict[str, list[dict[str, Any]]]) -> None:
        """Know what the database has now."""
        self._ids = {
            type_: sorted((row["id"] for row in tables[name]), key=str)
            for name, type_ in TYPES.items()
        }
        entries = {row["id"]: row for row in tables["time_off_entries"]}
        self._referring = [(row, entries[row["entry_id"]]) for row in tables["external_references"]]
        records = tables["person_time_offs"]
        self._ids["TimeOffInstance"] = sorted(row["instance_ids"][0] for row in records)
        self._repeating = [row["id"] for row in records if row["repeat"] != "NEVER"]
        texts, days, instants = defaultdict(set), set(), set()
        for rows in tables.values():
            for row in rows:
                for name, value in row.items():
                    if isinstance(value, datetime):
                        instants.add(value)
                    elif isinstance(value, date):
                        days.add(value)
                    elif isinstance(value, str):
                        texts[name].add(value)
        self._texts = {name: sorted(values) for name, values in texts.items()}
        self._days, self._instants = sorted(days), sorted(instants)

    def note_cursors(self, field: str, answer: Any) -> None:
        """Remember the places of a list's items, for the next pages."""
        if isinstance(answer, dict):
            found = (answer.get(name) for name in ("cursor", "startCursor", "endCursor"))
            kept = self._cursors[field]
            kept += [each for each in found if isinstance(each, str)]
            del kept[:-40]
            for each in answer.values():
                self.note_cursors(field, each)
        elif isinstance(answer, list):
            for each in answer[:3]:
                self.note_cursors(field, each)

    def companies(self, most: int) -> list[str]:
        """Return some companies."""
        return self._chance.sample(self._ids["Company"], self._chance.randint(1, most))

    def value(self, type_: GraphQLInputType, name: str, owner: str) -> Any:
        """Return a value as JSON for an argument or a field of an input, or LEFT_OUT."""
        if isinstance(type_, GraphQLNonNull):
            return self._some(type_.of_type, name, owner)
        drawn = self._chance.random()
        if drawn < self._left_out(name):
            return LEFT_OUT
        return None if drawn > 0.97 else self._some(type_, name, owner)

    def _left_out(self, name: str) -> float:
        """Return how often an argument that may be left out is."""
        if name in {"last", "before", "after", "idempotencyKey", "withoutServiceName"}:
            return 0.92
        if name in {"remoteIds", "syncStates"}:  # no system is connected there
            return 0.95
        if name in {"filter", "orderBy", "first"}:
            return 0.45
        if name in {"externalReference", "startDay", "endDay"}:
            return 0.5
        if name in {"cadence", "repeatEndDay", "workerId", "effectiveTo"}:
            return 0.4
        return 0.75

    def _some(self, type_: GraphQLInputType, name: str, owner: str) -> Any:
        if isinstance(type_, GraphQLList):
            if self._chance.random() < 0.08:
                return self.value(type_.of_type, name, owner)  # one instead of a list of one
            longest = self._chance.choice((0, 1, 1, 2, 3, 6))
            items = (self.value(type_.of_type, name, owner) for _ in range(longest))
            return [each for each in items if each is not LEFT_OUT]
        if isinstance(type_, GraphQLInputObjectType):
            return self._object(type_)
        if isinstance(type_, GraphQLEnumType):
            return self._chance.choice(sorted(type_.values))
        return getattr(self, f"_{get_named_type(type_).name}")(name, owner)

    def _object(self, type_: GraphQLInputObjectType) -> dict[str, Any]:
        given = {
            name: self.value(field.type, name, type_.name) for name, field in type_.fields.items()
        }
        given = {name: value for name, value in given.items() if value is not LEFT_OUT}
        if type_.name == "TimeOffEntryInput" and self._chance.random() < 0.4:
            given |= self._taken()
        if type_.name == "UpdatePersonTimeOffInput" and self._chance.random() < 0.4:
            given["id"] = self._chance.choice(self._repeating)
        if {"startDay", "endDay"} <= given.keys() and self._chance.random() < 0.8:
            given["endDay"] = given["startDay"]
        if (
            "cadence" in type_.fields
            and given.get("repeat") in ("WEEKLY", "MONTHLY")
            and self._chance.random() < 0.8
        ):
            given |= {"cadence": self._chance.randint(1, 3), "repeatEndDay": self._day(200)}
        items = list(given.items())
        self._chance.shuffle(items)
        return dict(items)

    def _taken(self) -> dict[str, Any]:
        """Return what meets an entry that has a reference, at times another of its service."""
        reference, entry = self._chance.choice(self._referring)
        given = {"userId": str(entry["user_id"]), "requestedDate": str(entry["requested_date"])}
        if self._chance.random() < 0.5:
            return given
        names = ("serviceName", "serviceModel", "serviceModelRef")
        values = (reference["service_name"], reference["service_model"], "another")
        return given | {"externalReference": dict(zip(names, values, strict=True))}

    # One method for each scalar

    def _ID(self, name: str, owner: str) -> Any:  # noqa: N802 - named as the scalar
        if self._chance.random() < 0.04:
            return self._chance.choice(WRONG_IDS)
        if name == "actorIds":
            return self._chance.choice([*self._texts.get("actor", ()), "nobody"])
        type_ = self._type(name, owner)
        keys = self._ids.get(type_) or [1]
        near = keys[: 3 if type_ in {"Company", "Role"} else 40]
        key = self._chance.choice(near if self._chance.random() < 0.5 else keys)
        if name == "sourceId":
            new = builders.uuid(self._chance.randrange(9)) if isinstance(key, str) else 7001
            return self._chance.choice((key, str(key), new))
        own = {"Worker", "Workweek", "CalendarFeed", "DiscrepancyAcknowledgement"}
        has_source_id = type_ not in own
        is_source_id = has_source_id and owner not in {"node", "nodes"} and name != "subjectId"
        if is_source_id and self._chance.random() < 0.5:
            return key if self._chance.random() < 0.5 else str(key)
        return builders.node_id(type_, key)

    def _type(self, name: str, owner: str) -> str:
        if owner in {"node", "nodes"} or name == "subjectId":
            return self._chance.choice(sorted({*self._ids} - {"TimeOffInstance"}))  # no Node
        for words in (name.lower(), owner.lower()):
            for noun, type_ in NOUNS.items():
                if noun in words:
                    return type_
        return "Company"

    def _String(self, name: str, owner: str) -> str:  # noqa: N802
        if name in {"after", "before"}:
            kept = self._cursors.get(owner)
            return self._chance.choice(kept) if kept else "nonsense"
        if name == "idempotencyKey":
            return f"key-{self._chance.randrange(50)}"
        if self._chance.random() < 0.2:
            return self._chance.choice(HOSTILE[2:] if self._chance.random() < 0.9 else HOSTILE)
        column = "".join(f"_{each.lower()}" if each.isupper() else each for each in name)
        columns = {
            "service_model_refs": "service_model_ref",
            "subject_types": "subject_type",
            "job_titles": "job_title",
        }
        column = columns.get(column, column)
        text = self._chance.choice(self._texts.get(column) or ["a"])
        if owner.endswith("Filter") and column == "name":
            start = self._chance.randrange(max(1, len(text)))
            text = text[start : start + self._chance.randint(1, 4)]
        return text

    def _Boolean(self, *_: str) -> bool:  # noqa: N802
        return self._chance.random() < 0.5

    def _Int(self, name: str, _: str) -> int:  # noqa: N802
        if name in {"first", "last"}:
            return self._chance.choice(SIZES if self._chance.random() < 0.2 else SIZES[:6])
        if name == "cadence":
            return self._chance.choice((1, 1, 2, 3, 0, -1))
        return self._chance.choice(MINUTES if self._chance.random() < 0.1 else MINUTES[:-1])

    def _Float(self, *_: str) -> float:  # noqa: N802
        return self._chance.choice(HOURS if self._chance.random() < 0.2 else HOURS[:6])

    def _Date(self, name: str, owner: str) -> str:  # noqa: N802
        if self._chance.random() < 0.02:
            return self._chance.choice(OLD_DAYS)
        if owner in {"schedule", "discrepancies"}:
            return self._day(0 if name == "from" else self._chance.choice((0, 3, 10, 30)))
        if name in {"from", "to", "on"} and self._days and self._chance.random() < 0.7:
            quarters = len(self._days) // 4
            low, high = (0, 2 * quarters) if name == "from" else (quarters, 4 * quarters)
            return self._written(self._days[self._chance.randrange(low, max(low + 1, high))])
        return self._day(self._chance.randint(-60, 60))

    def _day(self, offset: int) -> str:
        return self._written(self._today + timedelta(days=offset))

    def _written(self, day: date) -> str:
        form = "%Y-%m-%d" if self._chance.random() < 0.8 else "%m/%d/%y"
        return day.strftime(form)

    def _LocalTime(self, name: str, _: str) -> str:  # noqa: N802
        if self._chance.random() < 0.7:
            return "07:00" if "Start" in name else "15:00"
        return self._chance.choice(TIMES)

    def _DateTime(self, *_: str) -> str:  # noqa: N802
        if self._instants and self._chance.random() < 0.8:
            return self._chance.choice(self._instants).strftime("%Y-%m-%dT%H:%M:%S.000Z")
        return self._chance.choice(("2026-11-02T07:30:00Z", "2026-11-02T07:30:00+05:30", "now"))
