"""Differences between the two systems, made and read as any client does."""

from typing import Any, Final

from tests.web.calendar_company import ask
from tests.web.repeats import delete, records

USERS: Final = {"Dara Fenn": "9003", "Edda Roe": "9004"}
"""Those whom both systems know, and who have no time off when a test begins."""

_ENTER: Final = """
mutation Enter($input: CreateTimeOffEntriesInput!) {
  createTimeOffEntries(input: $input) { timeOffEntries { id } userErrors { message } }
}
"""
_CHANGE: Final = """
mutation Change($input: UpdateTimeOffEntryInput!) {
  updateTimeOffEntry(input: $input) { userErrors { message } }
}
"""
_REMOVE: Final = """
mutation Remove($input: DeleteTimeOffEntriesInput!) {
  deleteTimeOffEntries(input: $input) { userErrors { message } }
}
"""
_ENTRIES: Final = """
query Entries($user: ID!) {
  timeOffEntries(filter: { userIds: [$user] }, first: 500) { nodes { id requestedDate hours } }
}
"""
_DIFFERENCES: Final = """
query Differences($users: [ID!]!) {
  discrepancies(
    from: "2026-01-01", to: "2026-12-31", filter: { userIds: $users }, first: 500
  ) {
    nodes {
      date kind kantataHours procoreHours
      worker { fullName }
      acknowledgement { acknowledgedBy { name } }
    }
  }
}
"""


def enter(gateway: str, who: str, day: str, hours: float = 8) -> str:
    """Store an entry of a user on a day; return its id."""
    entries = [{"userId": USERS[who], "requestedDate": day, "hours": hours}]
    payload = _done(ask(gateway, _ENTER, input={"timeOffEntries": entries}))
    return str(payload["timeOffEntries"][0]["id"])


def change(gateway: str, id_: str, hours: float) -> None:
    """Give the entry other hours."""
    _done(ask(gateway, _CHANGE, input={"id": id_, "hours": hours}))


def entries(gateway: str, who: str) -> dict[str, float]:
    """Return the hours of the user's entries by day."""
    nodes = ask(gateway, _ENTRIES, user=USERS[who])["timeOffEntries"]["nodes"]
    return {each["requestedDate"]: each["hours"] for each in nodes}


def spans(gateway: str, who: str) -> dict[str, tuple[str, str]]:
    """Return the times of each occurrence that takes place, by its first day."""
    return {
        each["startDay"]: (each["batchStartTime"], each["batchEndTime"])
        for record in records(gateway, who)
        for each in occurrences(gateway, record["id"])
        if each["status"] != "SKIPPED"
    }


def occurrences(gateway: str, id_: str) -> list[dict[str, Any]]:
    """Return the occurrences of a record, also those that are skipped."""
    document = """
      query Record($id: ID!) {
        personTimeOff(id: $id) {
          instances(includeSkipped: true) { startDay status batchStartTime batchEndTime }
        }
      }
    """
    return list(ask(gateway, document, id=id_)["personTimeOff"]["instances"])


def differences(gateway: str) -> list[dict[str, Any]]:
    """Return the differences of these workers, by name, then day."""
    found = ask(gateway, _DIFFERENCES, users=[*USERS.values()])
    return list(found["discrepancies"]["nodes"])


def clear(gateway: str) -> None:
    """Delete all time off of these workers."""
    for who, user in USERS.items():
        ids = [each["id"] for each in ask(gateway, _ENTRIES, user=user)["timeOffEntries"]["nodes"]]
        if ids:
            _done(ask(gateway, _REMOVE, input={"ids": ids}))
        for record in records(gateway, who):
            delete(gateway, record["id"])


def _done(data: dict[str, Any]) -> dict[str, Any]:
    (payload,) = data.values()
    assert payload["userErrors"] == []
    return dict(payload)
