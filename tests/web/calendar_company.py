"""A company whose days in March 2026 show each kind of day, and how to ask a gateway."""

import json
import urllib.request
from typing import Any, Final

HARBOUR: Final = "3d6f1a52-0b6e-4c55-8f0e-5a1c7e9b2d10"
MILL: Final = "5b0c7d8e-9a4f-4e7b-8a39-2f1d6c3b7e20"
CREW: Final = 60
"""Workers without time off, so that there is more than one page and more than one screen."""
EVERYBODY: Final = CREW + 6

PEOPLE: Final = {
    "Ida Vale": "9a7c2e14-6d3b-4f08-b1a5-c0d4e8f26b37",
    "Cy Moss": "1f4b6a72-83c5-4d19-9e20-7b5d3f8a6c41",
    "Dara Fenn": "2a5c7b83-94d6-4e2a-8f31-8c6e4a9b7d52",
    "Edda Roe": "3b6d8c94-a5e7-4f3b-9a42-9d7f5bac8e63",
}
_USERS: Final = {
    "Ida Vale": (9001, 91),
    "Bo Reed": (9002, 92),
    "Dara Fenn": (9003, 91),
    "Edda Roe": (9004, 91),
    "Finn Lowe": (9005, 92),
}
_CREATE: Final = """
mutation Create($entries: CreateTimeOffEntriesInput!, $span: CreatePersonTimeOffInput!) {
  createTimeOffEntries(input: $entries) { userErrors { message } }
  createPersonTimeOff(input: $span) { userErrors { message } }
}
"""


def ask(gateway: str, query: str, token: str = "", **variables: Any) -> dict[str, Any]:
    """Return the data of the answer; there must be no error."""
    body = json.dumps({"query": query, "variables": variables}).encode()
    headers = {"Content-Type": "application/json"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    request = urllib.request.Request(f"{gateway}/graphql", body, headers)
    with urllib.request.urlopen(request) as response:
        answer = json.load(response)
    assert "errors" not in answer, answer
    return dict(answer["data"])


def fill(gateway: str) -> None:
    """Make the companies, their workers and their time off."""
    _upsert(gateway, "Companies", [_company(HARBOUR, "Harbour"), _company(MILL, "Mill")])
    _upsert(gateway, "Roles", [_role(91, "Engineer", HARBOUR), _role(92, "Designer", HARBOUR)])
    _upsert(gateway, "Users", [*map(_user, _USERS), *map(_crew, range(CREW))])
    _upsert(gateway, "People", [*map(_person, PEOPLE)])
    _upsert(
        gateway,
        "Holidays",
        [
            {
                "sourceId": 9001,
                "companyId": HARBOUR,
                "name": "Founders' Day",
                "startDate": "2026-03-04",
                "endDate": "2026-03-04",
            }
        ],
    )
    reference = {
        "serviceName": "jira",
        "serviceModel": "Issue",
        "serviceModelRef": "HR-7",
        "externalLink": "https://jira.example.com/browse/HR-7",
    }
    done = ask(
        gateway,
        _CREATE,
        entries={
            "timeOffEntries": [
                _entry("2026-03-02", 8) | {"externalReference": reference},
                _entry("2026-03-03", 4),
            ]
        },
        span={
            "companyId": HARBOUR,
            "personId": PEOPLE["Ida Vale"],
            "startDay": "2026-03-03",
            "endDay": "2026-03-03",
            "batchStartTime": "10:00",
            "batchEndTime": "12:00",
            "isPaid": True,
            "reason": "dentist",
        },
    )
    assert not any(payload["userErrors"] for payload in done.values()), done


def _upsert(gateway: str, noun: str, items: list[dict[str, Any]]) -> None:
    field = noun[0].lower() + noun[1:]
    document = (
        f"mutation Upsert($input: Upsert{noun}Input!) "
        f"{{ upsert{noun}(input: $input) {{ userErrors {{ message }} }} }}"
    )
    done = ask(gateway, document, input={field: items})
    assert done[f"upsert{noun}"]["userErrors"] == []


def _company(id_: str, name: str) -> dict[str, Any]:
    return {"sourceId": id_, "name": name}


def _role(id_: int, name: str, company: str) -> dict[str, Any]:
    return {"sourceId": id_, "name": name, "companyId": company}


def _user(name: str) -> dict[str, Any]:
    id_, role = _USERS[name]
    return {
        "sourceId": id_,
        "companyId": HARBOUR,
        "fullName": name,
        "roleId": role,
        "emailAddress": _email(name),
    }


def _crew(number: int) -> dict[str, Any]:
    return {"sourceId": 9100 + number, "companyId": MILL, "fullName": f"Miller {number:02}"}


def _person(name: str) -> dict[str, Any]:
    first, last = name.split()
    return {
        "sourceId": PEOPLE[name],
        "companyId": HARBOUR,
        "firstName": first,
        "lastName": last,
        "email": _email(name),
    }


def _email(name: str) -> str:
    return f"{name.lower().replace(' ', '.')}@example.com"


def _entry(day: str, hours: float) -> dict[str, Any]:
    return {"userId": _USERS["Ida Vale"][0], "requestedDate": day, "hours": hours}
