"""What is carried between the systems is set and listed by the commands."""

from datetime import time

import pytest

from app.clock import now
from app.db.connections.database import Database
from app.db.reading import flows as known
from app.db.writing.flows import keep_problem
from app.domain.sync.deliveries import day_key, record_key
from app.domain.sync.flows import Flow, Standing, SyncFlow
from app.domain.sync.mirrored import Terms
from tests.builders import COMPANY, PERSON, uuid
from tests.sync.test_commands import cells_of, next_workday, timeoff

__all__ = ["timeoff"]
pytestmark = pytest.mark.process
OF = ("--company", COMPANY)


async def flow_of(database: Database) -> Flow | None:
    async with database.reading() as connection:
        return await known.find_flow(connection, COMPANY)


async def test_what_is_carried_is_set_and_listed_and_ended(timeoff, database):
    before = timeoff("flows")
    done = timeoff(
        "set-flow", "both", *OF, "--settle-existing", "--unpaid", "--start-time", "07:30"
    )
    found = await flow_of(database)
    timeoff("set-flow", "both", *OF, "--reason", "Urlaub", "--round")
    later = await flow_of(database)
    (listed,) = cells_of(timeoff("flows"))
    ended = timeoff("set-flow", "none", *OF)

    assert (before.stdout, before.stderr) == ("", "Nothing is carried; `timeoff set-flow` does.\n")
    assert (done.returncode, done.stdout) == (0, "BOTH\n")
    assert found is not None
    assert later is not None
    assert (found.flow, found.settled) == (SyncFlow.BOTH, Standing())
    assert found.terms == Terms("Time off", is_paid=False, batch_start_time=time(7, 30))
    assert later.terms == Terms(
        "Urlaub", is_paid=False, batch_start_time=time(7, 30), round_to_quarter_hours=True
    )
    assert (listed["COMPANY"], listed["NAME"], listed["FLOW"]) == (COMPANY, "Brick", "BOTH")
    assert (listed["BEHIND"], listed["PROBLEMS"]) == ("0 (and what stood)", "0")
    assert (ended.stdout, timeoff("flows").stdout) == ("NONE\n", "")


async def test_what_could_not_be_carried_is_listed_with_whose_it_is(timeoff, database):
    day = next_workday()
    timeoff("set-flow", "both", *OF)
    none = timeoff("flows", "--problems")
    async with database.writing() as connection:
        for key in (record_key(PERSON, uuid(3)), day_key(7, day)):
            await keep_problem(connection, COMPANY, key, ("NOT_CONVERTIBLE", "It\ncannot."), now())
    listed = cells_of(timeoff("flows", "--problems"))

    assert (none.stdout, none.stderr) == ("", "All could be carried.\n")
    assert {(each["WHOSE"], each["DAY"]) for each in listed} == {(PERSON, ""), ("7", str(day))}
    assert {(each["CODE"], each["WHAT"]) for each in listed} == {("NOT_CONVERTIBLE", "It cannot.")}
    assert {each["PROBLEMS"] for each in cells_of(timeoff("flows"))} == {"2"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param(["sideways", *OF], "'sideways' is not one of", id="no flow"),
        pytest.param(["both"], "Missing option '--company'", id="no company"),
        pytest.param(["both", "--company", uuid(404)], "There is no such company", id="unknown"),
        pytest.param(["both", *OF, "--start-time", "8 am"], "It is a time as 08:00", id="no time"),
        pytest.param(["both", *OF, "--reason", " "], "A reason is required", id="no reason"),
    ],
)
async def test_what_is_wrong_is_said_in_a_line_and_nothing_is_set(
    timeoff, database, arguments, said
):
    refused = timeoff("set-flow", *arguments)

    assert refused.returncode != 0
    assert said in refused.stderr
    assert "Traceback" not in refused.stderr
    assert await flow_of(database) is None
