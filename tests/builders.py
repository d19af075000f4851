"""Inputs of the API with everything filled in, so that a test shows only what it is about."""

from base64 import b64encode
from typing import Any

COMPANY = "a4592b47-42ae-478f-926d-e77a7f768059"
OTHER_COMPANY = "0b6e2f3c-6a6c-4a53-8a37-2f3c1d5e7a90"
PERSON = "81c63107-6843-4822-be42-a40b41e75285"
OTHER_PERSON = "c7a1f0de-1b2c-4d3e-8f40-516273849506"
UNKNOWN_UUID = "ffffffff-ffff-4fff-8fff-ffffffffffff"

MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY, SATURDAY, SUNDAY = (
    f"2026-03-{day:02}" for day in range(2, 9)
)
"""A week without holidays."""

Values = dict[str, Any]


def node_id(type_name: str, key: int | str) -> str:
    """The id that is unique over all types."""
    return b64encode(f"{type_name}:{key}".encode()).decode()


def uuid(number: int) -> str:
    """A UUID for each number, ordered alike."""
    return f"00000000-0000-4000-8000-{number:012x}"


def company(**given: Any) -> Values:
    return {"sourceId": COMPANY, "name": "Brick & Beam"} | given


def role(**given: Any) -> Values:
    return {"sourceId": "5", "companyId": COMPANY, "name": "Carpenter"} | given


def user(**given: Any) -> Values:
    return {"sourceId": "1", "companyId": COMPANY, "fullName": "Ada Lovelace"} | given


def person(**given: Any) -> Values:
    return {
        "sourceId": PERSON,
        "companyId": COMPANY,
        "firstName": "Grace",
        "lastName": "Hopper",
    } | given


def workweek(minutes: int = 480, **given: Any) -> Values:
    """So many minutes from Monday to Friday."""
    workdays = ("monday", "tuesday", "wednesday", "thursday", "friday")
    return {
        "companyId": COMPANY,
        "effectiveFrom": "2020-01-01",
        "saturday": 0,
        "sunday": 0,
        **dict.fromkeys(workdays, minutes),
    } | given


def holiday(**given: Any) -> Values:
    return {
        "sourceId": "3",
        "companyId": COMPANY,
        "name": "Founders' Day",
        "startDate": WEDNESDAY,
        "endDate": WEDNESDAY,
    } | given


def entry(**given: Any) -> Values:
    return {"userId": "1", "hours": 4, "requestedDate": MONDAY} | given


def reference(**given: Any) -> Values:
    return {"serviceName": "jira", "serviceModel": "Issue", "serviceModelRef": "TIME-7"} | given


def person_time_off(**given: Any) -> Values:
    return {
        "companyId": COMPANY,
        "personId": PERSON,
        "startDay": MONDAY,
        "endDay": MONDAY,
        "isPaid": True,
        "reason": "vacation",
        "batchStartTime": "07:00",
        "batchEndTime": "15:00",
    } | given
