"""Entries of the company's users, made and read as any client does."""

from typing import Any, Final

from tests.web.calendar_company import ask

USERS: Final = {"Ida Vale": 9001, "Bo Reed": 9002, "Edda Roe": 9004, "Finn Lowe": 9005}

_CREATE: Final = """
mutation Create($input: CreateTimeOffEntriesInput!) {
  createTimeOffEntries(input: $input) { timeOffEntries { id } userErrors { message } }
}
"""
_UPDATE: Final = """
mutation Update($input: UpdateTimeOffEntryInput!) {
  updateTimeOffEntry(input: $input) { userErrors { message } }
}
"""
_DELETE: Final = """
mutation Delete($input: DeleteTimeOffEntriesInput!) {
  deleteTimeOffEntries(input: $input) { userErrors { message } }
}
"""
_ENTRIES: Final = """
query Entries($user: ID!) {
  timeOffEntries(filter: { userIds: [$user] }, first: 100) {
    nodes {
      id requestedDate hours
      externalReferences { serviceName serviceModel serviceModelRef externalLink broughtHours }
    }
  }
}
"""
_MIRROR: Final = """
mutation Mirror($id: ID!) {
  mirrorPersonTimeOff(input: { id: $id }) { userErrors { message } }
}
"""


def make(gateway: str, who: str, day: str, hours: float, **fields: Any) -> str:
    """Store hours of a user on a day; return the entry's id."""
    item = {"userId": USERS[who], "requestedDate": day, "hours": hours} | fields
    (made,) = _done(ask(gateway, _CREATE, input={"timeOffEntries": [item]}))["timeOffEntries"]
    return str(made["id"])


def update(gateway: str, id_: str, hours: float, **fields: Any) -> None:
    """Change the entry's hours."""
    _done(ask(gateway, _UPDATE, input={"id": id_, "hours": hours} | fields))


def delete(gateway: str, *ids: str) -> None:
    """Delete the entries."""
    _done(ask(gateway, _DELETE, input={"ids": ids}))


def mirror(gateway: str, record: str) -> None:
    """Settle Kantata's entries to a record of Procore."""
    _done(ask(gateway, _MIRROR, id=record))


def entries(gateway: str, who: str) -> list[dict[str, Any]]:
    """Return the user's entries, by their days."""
    return list(ask(gateway, _ENTRIES, user=USERS[who])["timeOffEntries"]["nodes"])


def hours(gateway: str, who: str) -> dict[str, float]:
    """Return the user's hours off, by their days."""
    return {each["requestedDate"]: each["hours"] for each in entries(gateway, who)}


def _done(data: dict[str, Any]) -> dict[str, Any]:
    (payload,) = data.values()
    assert payload["userErrors"] == []
    return dict(payload)
