"""PostGraphile 5 beside the gateway: the same questions in the words of its own schema.

It makes its schema of the gateway's tables. What its fields of tables cannot say, ranges of
days of some users, is said by a function of the database, as its guides advise. Its create
mutations store the same rows one by one, under ids that the client hands out; they judge no
workday, and each stands for itself. It has no answer to W7 and W8: nothing in it merges the
two systems, short of writing the merge in SQL.
"""

from base64 import b64encode
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from uuid import uuid4

from app.services.sample_data.bench import COMPANY
from scripts.benchmarks.servers import (
    BARE,
    BARE_ALL_ROWS,
    GATEWAY,
    MERCURIUS,
    MERCURIUS_JOINED,
    NAIVE,
    PEERS,
    Peer,
    Wording,
)
from scripts.benchmarks.workloads import (
    DURABLE_WRITERS,
    ENTRIES_OF_A_CREATE,
    WEEKS_OF_A_SERIES,
    WORKLOADS,
)

FUNCTIONS: Final = (
    """
    CREATE FUNCTION entries_of(user_ids bigint[], first_day date, last_day date)
    RETURNS SETOF time_off_entries LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT * FROM time_off_entries AS entry
        WHERE entry.user_id = ANY (user_ids)
            AND entry.requested_date BETWEEN first_day AND last_day
        ORDER BY entry.requested_date, entry.user_id;
    END
    """,
)
FIRST_OWN_ID: Final = 10_000_000_000
_EPOCH: Final = date(2026, 1, 1)
_DAYS_OF_A_USER: Final = 10_000

_ENTRIES: Final = """
query Entries($userIds: [BigInt!]!, $from: Date!, $to: Date!, $first: Int!) {
  entriesOf(userIds: $userIds, firstDay: $from, lastDay: $to, first: $first) {
    nodes {
      rowId
      seconds
      requestedDate
      userByUserId { rowId fullName roleByRoleId { rowId name } }
      externalReferencesByEntryId(orderBy: ROW_ID_ASC) {
        nodes { rowId serviceName serviceModelRef status }
      }
    }
    pageInfo { hasNextPage endCursor }
  }
}
"""
_SERIES: Final = """
query Series($id: UUID!) {
  personTimeOffByRowId(rowId: $id) {
    rowId
    personByPersonId { rowId firstName lastName }
    reason
    isPaid
    repeat
    cadence
    firstDay
    lastDay
    repeatEndDay
    timeOffInstancesByPersonTimeOffId(orderBy: START_DAY_ASC) {
      nodes { rowId startDay endDay }
    }
  }
}
"""


def _numbered(count: int, text: str) -> str:
    return "\n".join(text.replace("#", str(number)) for number in range(count))


_CREATE_ENTRIES: Final = f"""
mutation CreateEntries({_numbered(ENTRIES_OF_A_CREATE, "$e#: TimeOffEntryInput!")}) {{
{
    _numbered(
        ENTRIES_OF_A_CREATE,
        "  e#: createTimeOffEntry(input: { timeOffEntry: $e# }) "
        "{ timeOffEntry { rowId seconds requestedDate } }",
    )
}
}}
"""
_CREATE_SERIES: Final = f"""
mutation CreateSeries(
$record: PersonTimeOffInput!
{_numbered(WEEKS_OF_A_SERIES, "$i#: TimeOffInstanceInput!")}) {{
  record: createPersonTimeOff(input: {{ personTimeOff: $record }}) {{ personTimeOff {{ rowId }} }}
{
    _numbered(
        WEEKS_OF_A_SERIES,
        "  i#: createTimeOffInstance(input: { timeOffInstance: $i# }) "
        "{ timeOffInstance { rowId startDay endDay } }",
    )
}
}}
"""
_DOCUMENTS: Final = {
    "W1": _ENTRIES,
    "W2": _SERIES,
    "W3": _CREATE_ENTRIES,
    "W4": _CREATE_SERIES,
    DURABLE_WRITERS: _CREATE_SERIES,
    "W5": WORKLOADS["W5"].document,
    "W6": _ENTRIES,
}


def _variables(workload: str, asked: dict[str, Any]) -> dict[str, Any]:
    if workload == "W3":
        items = asked["input"]["timeOffEntries"]
        return {f"e{place}": _new_entry(item) for place, item in enumerate(items)}
    if workload in {"W4", DURABLE_WRITERS}:
        return _new_series(asked["input"])
    return asked


def _new_entry(item: dict[str, Any]) -> dict[str, Any]:
    day = date.fromisoformat(item["requestedDate"])
    number = int(item["userId"]) * _DAYS_OF_A_USER + (day - _EPOCH).days
    now = datetime.now(UTC)
    return {
        "rowId": str(FIRST_OWN_ID + number),
        "companyId": COMPANY,
        "userId": item["userId"],
        "requestedDate": item["requestedDate"],
        "submissionDate": now.date().isoformat(),
        "seconds": round(item["hours"] * 3600),
        "createdAt": now.isoformat(),
        "updatedAt": now.isoformat(),
    }


def _new_series(asked: dict[str, Any]) -> dict[str, Any]:
    first, last = (date.fromisoformat(asked[name]) for name in ("startDay", "endDay"))
    id_, now = str(uuid4()), datetime.now(UTC).isoformat()
    weeks = [timedelta(weeks=number) for number in range(WEEKS_OF_A_SERIES)]
    record = {
        "rowId": id_,
        "companyId": asked["companyId"],
        "personId": asked["personId"],
        "firstDay": first.isoformat(),
        "firstSpanEnd": last.isoformat(),
        "lastDay": (last + weeks[-1]).isoformat(),
        "startMinute": _minute(asked["batchStartTime"]),
        "endMinute": _minute(asked["batchEndTime"]),
        "applyToSaturday": False,
        "applyToSunday": False,
        "isPaid": asked["isPaid"],
        "reason": asked["reason"],
        "repeat": asked["repeat"].lower(),
        "cadence": asked["cadence"],
        "repeatEndDay": asked["repeatEndDay"],
        "instanceIds": [],
        "createdAt": now,
        "updatedAt": now,
    }
    instances = {
        f"i{number}": {
            "rowId": str(uuid4()),
            "personTimeOffId": id_,
            "startDay": (first + later).isoformat(),
            "endDay": (last + later).isoformat(),
        }
        for number, later in enumerate(weeks)
    }
    return {"record": record, **instances}


def _minute(clock: str) -> int:
    hours, minutes = clock.split(":")
    return int(hours) * 60 + int(minutes)


def _answer(workload: str, data: Any) -> Any:  # noqa: ANN401 - JSON
    """Return its data in the shape of the gateway's."""
    if workload in {"W1", "W6"}:
        page = data["entriesOf"]
        nodes = [_entry(node) for node in page["nodes"]]
        return {"timeOffEntries": {"nodes": nodes, "pageInfo": page["pageInfo"]}}
    if workload == "W2":
        return {"personTimeOff": _series(data["personTimeOffByRowId"])}
    if workload == "W3":
        made = [_created(each["timeOffEntry"]) for each in data.values()]
        return {"createTimeOffEntries": {"timeOffEntries": made, "userErrors": []}}
    if workload in {"W4", DURABLE_WRITERS}:
        key = data.pop("record")["personTimeOff"]["rowId"]
        instances = [_instance(each["timeOffInstance"]) for each in data.values()]
        record = {"id": _node_id("PersonTimeOff", key), "instances": instances}
        return {"createPersonTimeOff": {"personTimeOff": record, "userErrors": []}}
    return data


def _node_id(kind: str, key: str) -> str:
    return b64encode(f"{kind}:{key}".encode()).decode()


def _created(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": _node_id("TimeOffEntry", row["rowId"]),
        "hours": row["seconds"] / 3600,
        "requestedDate": row["requestedDate"],
    }


def _entry(row: dict[str, Any]) -> dict[str, Any]:
    user = row["userByUserId"]
    role = user["roleByRoleId"]
    return {
        **_created(row),
        "user": {
            "id": _node_id("User", user["rowId"]),
            "fullName": user["fullName"],
            "role": role and {"id": _node_id("Role", role["rowId"]), "name": role["name"]},
        },
        "externalReferences": [
            {
                "id": _node_id("ExternalReference", each["rowId"]),
                "serviceName": each["serviceName"],
                "serviceModelRef": each["serviceModelRef"],
                "status": each["status"] and each["status"].upper(),
            }
            for each in row["externalReferencesByEntryId"]["nodes"]
        ],
    }


def _series(row: dict[str, Any]) -> dict[str, Any]:
    person = row["personByPersonId"]
    return {
        "id": _node_id("PersonTimeOff", row["rowId"]),
        "person": {
            "id": _node_id("Person", person["rowId"]),
            "fullName": f"{person['firstName']} {person['lastName']}",
        },
        "reason": row["reason"],
        "isPaid": row["isPaid"],
        "repeat": row["repeat"].upper(),
        "cadence": row["cadence"],
        "startDay": row["firstDay"],
        "endDay": row["lastDay"],
        "repeatEndDay": row["repeatEndDay"],
        "instances": [
            _instance(each) for each in row["timeOffInstancesByPersonTimeOffId"]["nodes"]
        ],
    }


def _instance(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": _node_id("TimeOffInstance", row["rowId"]),
        "startDay": row["startDay"],
        "endDay": row["endDay"],
    }


POSTGRAPHILE: Final = Peer(
    "postgraphile",
    "PostGraphile 5, its own schema over the same tables",
    ("node", str(PEERS / "node" / "postgraphile.js")),
    wording=Wording(_DOCUMENTS, _variables, _answer),
)

POSTGRESQL_READERS: Final = (GATEWAY, NAIVE, BARE, MERCURIUS, MERCURIUS_JOINED, POSTGRAPHILE)
POSTGRESQL_WRITERS: Final = (GATEWAY, NAIVE, BARE, BARE_ALL_ROWS, MERCURIUS, POSTGRAPHILE)
"""Who is compared on PostgreSQL: the others differ by how they reach SQLite."""
