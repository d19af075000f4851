"""Repeats of the company's people, made and read as any client does."""

from typing import Any, Final

from tests.web.calendar_company import HARBOUR, PEOPLE, ask

_CREATE: Final = """
mutation Create($input: CreatePersonTimeOffInput!) {
  createPersonTimeOff(input: $input) { personTimeOff { id } userErrors { message } }
}
"""
_UPDATE: Final = """
mutation Update($input: UpdatePersonTimeOffInput!) {
  updatePersonTimeOff(input: $input) { userErrors { message } }
}
"""
_DELETE: Final = """
mutation Delete($input: DeletePersonTimeOffInput!) {
  deletePersonTimeOff(input: $input) { userErrors { message } }
}
"""
_RESTORE: Final = """
mutation Restore($input: RestorePersonTimeOffInput!) {
  restorePersonTimeOff(input: $input) { userErrors { message } }
}
"""
_RECORDS: Final = """
query Records($person: ID!) {
  personTimeOffs(filter: { personIds: [$person] }, first: 100) {
    nodes {
      id startDay endDay batchStartTime batchEndTime isPaid reason repeat cadence repeatEndDay
      applyToSaturday splitFrom { id }
      instances(includeSkipped: true) { originalDay status startDay batchStartTime isPaid }
    }
  }
}
"""


def make(gateway: str, who: str, first: str, until: str = "", **fields: Any) -> str:
    """Store eight paid hours of a person on a day, weekly up to another; return the record's id."""
    span: dict[str, Any] = {
        "companyId": HARBOUR,
        "personId": PEOPLE[who],
        "startDay": first,
        "endDay": first,
        "batchStartTime": "08:00",
        "batchEndTime": "16:00",
        "isPaid": True,
        "reason": "training",
    }
    if until:
        span |= {"repeat": "WEEKLY", "cadence": 1, "repeatEndDay": until}
    payload = _done(ask(gateway, _CREATE, input=span | fields))
    return str(payload["personTimeOff"]["id"])


def update(gateway: str, id_: str, **fields: Any) -> None:
    """Change the record, all of its occurrences where no scope is given."""
    _done(ask(gateway, _UPDATE, input={"id": id_} | fields))


def delete(gateway: str, id_: str, **fields: Any) -> None:
    """Delete the record, all of its occurrences where no scope is given."""
    _done(ask(gateway, _DELETE, input={"id": id_} | fields))


def bring_back(gateway: str, id_: str) -> None:
    """Bring back a record that was deleted whole."""
    _done(ask(gateway, _RESTORE, input={"id": id_}))


def records(gateway: str, who: str) -> list[dict[str, Any]]:
    """Return the person's records, by their first days."""
    return list(ask(gateway, _RECORDS, person=PEOPLE[who])["personTimeOffs"]["nodes"])


def record(gateway: str, who: str, id_: str) -> dict[str, Any]:
    """Return one record of the person."""
    (found,) = [each for each in records(gateway, who) if each["id"] == id_]
    return found


def days(found: dict[str, Any]) -> dict[str, tuple[str, str]]:
    """Return the status of each occurrence and the day where it is, by its original day."""
    return {each["originalDay"]: (each["status"], each["startDay"]) for each in found["instances"]}


def _done(data: dict[str, Any]) -> dict[str, Any]:
    (payload,) = data.values()
    assert payload["userErrors"] == []
    return dict(payload)
