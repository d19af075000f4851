"""What the clients find at the gateway: a company whose users have time off."""

import json
import urllib.request
from datetime import date, timedelta

COMPANY = "5c0ffee0-0000-4000-8000-000000000001"

USERS = [str(number) for number in range(101, 110)]
"""Each client writes the time off of one user, so that none is in another's way."""

READER = "109"
"""The user whose 25 entries nobody changes: two hours on each Tuesday from the new year."""

FILL = """
mutation Fill(
  $companies: UpsertCompaniesInput!
  $users: UpsertUsersInput!
  $entries: CreateTimeOffEntriesInput!
) {
  upsertCompanies(input: $companies) { userErrors { message } }
  upsertUsers(input: $users) { userErrors { message } }
  createTimeOffEntries(input: $entries) { userErrors { message } }
}
"""


def fill(endpoint):
    """Create the company, its users and the entries over GraphQL."""
    users = [{"sourceId": user, "companyId": COMPANY, "fullName": f"User {user}"} for user in USERS]
    days = [date(2030, 1, 1) + timedelta(weeks=week) for week in range(25)]
    entries = [{"userId": READER, "requestedDate": str(day), "hours": 2} for day in days]
    variables = {
        "companies": {"companies": [{"sourceId": COMPANY, "name": "Client Works"}]},
        "users": {"users": users},
        "entries": {"timeOffEntries": entries},
    }
    answer = post(endpoint, {"query": FILL, "variables": variables})
    assert [payload["userErrors"] for payload in answer["data"].values()] == [[], [], []]


def post(endpoint, parameters, headers=None):
    """Return the answer to a well-formed request."""
    request = urllib.request.Request(
        endpoint,
        json.dumps(parameters).encode(),
        {"Content-Type": "application/json", **(headers or {})},
    )
    with urllib.request.urlopen(request, timeout=300) as response:
        return json.load(response)
