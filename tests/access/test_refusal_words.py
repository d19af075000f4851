"""A refusal of a write names what would help, and why."""

import pytest

from app.domain.access import PERMISSIONS_OF, AccessRole, OwnWorker
from tests.builders import COMPANY, MONDAY, PERSON
from tests.callers import caller
from tests.graphql.test_tenants import answering

CREATE = """
mutation Create($input: CreateTimeOffEntriesInput!) {
  createTimeOffEntries(input: $input) { userErrors { code message path } }
}
"""
EMPLOYEE = PERMISSIONS_OF[AccessRole.EMPLOYEE]
ITEM = ["timeOffEntries", "0", "userId"]


@pytest.mark.parametrize(
    ("who", "message", "path"),
    [
        pytest.param(
            caller("viewer", permissions=PERMISSIONS_OF[AccessRole.VIEWER]),
            "This needs the permission WRITE_TIME_OFF.",
            [],
            id="a viewer",
        ),
        pytest.param(
            caller("ada", permissions=EMPLOYEE, worker=OwnWorker(COMPANY, 1, PERSON)),
            "This is another's. This needs the permission WRITE_TIME_OFF.",
            ITEM,
            id="another employee",
        ),
        pytest.param(
            caller("nobody", permissions=EMPLOYEE),
            "This is somebody's, and you are no worker here. "
            "This needs the permission WRITE_TIME_OFF.",
            ITEM,
            id="an employee who is no worker",
        ),
    ],
)
async def test_a_refused_write_says_what_it_needs(database_url, whose, who, message, path):
    item = {"userId": whose["2"].user, "hours": 1, "requestedDate": MONDAY}
    async with answering(database_url, who) as ask_as:
        answer = await ask_as(CREATE, input={"timeOffEntries": [item]})

    assert answer["data"]["createTimeOffEntries"]["userErrors"] == [
        {"code": "NOT_PERMITTED", "message": message, "path": path}
    ]
