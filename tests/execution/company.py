"""A company whose data is as odd as the rules admit, beside the demo company."""

from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from typing import Any

from tests import builders
from tests.execution.known import HOSTILE
from tests.graphql.api import CREATE_ENTRIES, CREATE_PERSON_TIME_OFF, UPSERTS

ACKNOWLEDGE = """
mutation Acknowledge($input: AcknowledgeDiscrepancyInput!) {
  acknowledgeDiscrepancy(input: $input) { userErrors { code path } }
}
"""
Ask = Callable[..., Awaitable[Any]]
COMPANY = builders.OTHER_COMPANY
NAMES = [name for name in HOSTILE if name.strip() and not {"\n", "\x00"} & {*name}]
FIRST_USER = 5_000


async def fill(ask: Ask, today: date) -> None:
    """Write everything through the API."""
    monday = today - timedelta(days=today.weekday())
    await _directory(ask, monday)
    await _entries(ask, monday)
    await _records(ask, monday)
    await _acknowledgements(ask, monday)


async def _directory(ask: Ask, monday: date) -> None:
    ours = {"companyId": COMPANY}
    await _put(ask, "companies", [{"sourceId": COMPANY, "name": NAMES[2]}])
    await _put(ask, "roles", [{"sourceId": str(50 + n), "name": NAMES[n]} | ours for n in range(3)])
    await _put(
        ask,
        "users",
        [
            {"sourceId": str(FIRST_USER + n), "fullName": name}
            | ours
            | ({"roleId": str(50 + n % 3)} if n % 2 else {})
            | ({"emailAddress": f"Same{n}@Example.com"} if n % 3 else {})
            | ({"headline": name} if n % 4 else {})
            for n, name in enumerate(NAMES)
        ],
    )
    await _put(
        ask,
        "people",
        [
            {"sourceId": builders.uuid(n), "firstName": name, "lastName": NAMES[-n]}
            | ours
            | ({"email": f"same{n}@example.com"} if n < 5 else {})
            | ({"status": "INACTIVE", "jobTitle": name, "employeeNumber": name} if n % 2 else {})
            for n, name in enumerate(NAMES)
        ],
    )
    await _put(
        ask,
        "workweeks",
        [
            builders.workweek(333, companyId=COMPANY),
            builders.workweek(1440, companyId=COMPANY, userId=str(FIRST_USER + 1)),
            builders.workweek(
                0,
                companyId=COMPANY,
                userId=str(FIRST_USER + 2),
                effectiveFrom=str(monday),
                effectiveTo=str(monday + timedelta(days=6)),
            ),
        ],
    )
    await _put(
        ask,
        "holidays",
        [
            {"sourceId": str(900 + n), "name": NAMES[n], "startDate": str(day), "endDate": str(day)}
            | ours
            for n, day in enumerate([monday + timedelta(days=2), monday + timedelta(days=9)])
        ],
    )


async def _entries(ask: Ask, monday: date) -> None:
    """Entries with none to five references, before and after the day."""
    for index in range(len(NAMES)):
        for week in (-2, 0, 3):
            day = str(monday + timedelta(weeks=week, days=index % 2))
            items = [
                {
                    "userId": str(FIRST_USER + index),
                    "hours": 0.25,
                    "requestedDate": day,
                    "externalReference": builders.reference(
                        serviceName=f"service {number}",
                        serviceModelRef=f"{NAMES[number]} {index} {week}",
                        status=("SUCCESSFUL", "PENDING", "FAILED", None)[number % 4],
                        externalMessage=NAMES[number] if number % 2 else None,
                        externalStatus=None if number % 2 else "done",
                        locked=number == 3,
                    ),
                }
                for number in range((index + week) % 6)
            ]
            await ask(
                CREATE_ENTRIES,
                input={
                    "timeOffEntries": items
                    or [{"userId": str(FIRST_USER + index), "hours": 1.1, "requestedDate": day}]
                },
            )


async def _records(ask: Ask, monday: date) -> None:
    """Records of each repeat, overnight, over weekends, over each other."""
    for index, (repeat, cadence, days) in enumerate(
        [
            ("NEVER", None, 0),
            ("WEEKLY", 1, 40),
            ("WEEKLY", 2, 100),
            ("MONTHLY", 1, 300),
            ("YEARLY", 1, 1_000),
            ("NEVER", None, 12),
        ]
    ):
        for person in (index, (index + 1) % 4, 1):
            await ask(
                CREATE_PERSON_TIME_OFF,
                input={
                    "companyId": COMPANY,
                    "personId": builders.uuid(person),
                    "startDay": str(monday + timedelta(days=index)),
                    "endDay": str(
                        monday + timedelta(days=index + (days if repeat == "NEVER" else 2))
                    ),
                    "isPaid": bool(person % 2),
                    "reason": NAMES[index],
                    "repeat": repeat,
                    "cadence": cadence,
                    "repeatEndDay": cadence and str(monday + timedelta(days=days)),
                    "applyToSaturday": bool(index % 2),
                    "applyToSunday": index == 3,
                    "batchStartTime": "22:00" if index % 2 else "8:00 AM",
                    "batchEndTime": "06:00" if index % 2 else "4:15 PM",
                },
            )


async def _acknowledgements(ask: Ask, monday: date) -> None:
    """Every second discrepancy of the first weeks, of which one changes afterwards."""
    last = monday + timedelta(days=20)
    found = await ask(f"""{{
      discrepancies(
        from: "{monday}", to: "{last}", filter: {{companyId: "{COMPANY}"}}, first: 60
      ) {{ nodes {{ date worker {{ id user {{ sourceId }} }} }} }}
    }}""")
    days = found["data"]["discrepancies"]["nodes"][::2]
    wanted = [{"workerId": each["worker"]["id"], "date": each["date"]} for each in days]
    answer = await ask(ACKNOWLEDGE, input={"days": wanted})
    assert answer["data"]["acknowledgeDiscrepancy"]["userErrors"] == [], answer
    first = {"userId": days[0]["worker"]["user"]["sourceId"], "requestedDate": days[0]["date"]}
    await ask(CREATE_ENTRIES, input={"timeOffEntries": [first | {"hours": 0.25}]})


async def _put(ask: Ask, noun: str, items: list[Any]) -> None:
    answer = await ask(UPSERTS[noun], items=items)
    ((_, payload),) = answer["data"].items()
    assert payload == {"userErrors": []}, payload
