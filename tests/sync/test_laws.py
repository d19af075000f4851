"""Whatever happens on both sides and between them, the laws of writing hold once there is peace.

Both sides are alike, nothing is doubled, lost or invented, and then nothing more is written.
"""

import asyncio
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.db.connections.database import Database
from app.domain.sync.conflicts import ConflictPolicy, SyncSide
from app.domain.sync.upstreams import UpstreamApi
from app.domain.time_off_entries import ReferenceStatus
from tests.sync.conftest import Clock, Connected, connect
from tests.sync.walks import (
    HOURS,
    PLACES,
    UNEVEN,
    Closed,
    Decide,
    Fault,
    Here,
    Plan,
    There,
    Walk,
    Work,
)

pytestmark = [pytest.mark.process, pytest.mark.usefixtures("two_go_along")]

WALKS = {"sqlite": 10, "postgresql": 4}
MANY_WALKS = 300
STRETCHES = 8

hours = st.sampled_from([*HOURS, *HOURS, UNEVEN, None, None])
places = st.sampled_from([0, 0, 0, 0, 1, 1, *range(len(PLACES))])
here = st.builds(
    Here,
    places,
    hours,
    st.sampled_from([None, None, *ReferenceStatus]),
)
there = st.builds(There, places, hours)
writes = st.sampled_from(["POST", "PUT", "DELETE"])
how = {
    "skips": st.sampled_from([0, 0, 0, 1, 2]),
    "times": st.sampled_from([1, 1, 2, None]),
    "is_done": st.booleans(),
}
spoilt_writes = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(
            [
                *("silent", "cut", "html", "other_user", "other_day", "other_id"),
                *("combined", "rounded", "forgotten"),
            ]
        ),
        "method": writes,
        **how,
    }
)
refused = st.fixed_dictionaries(
    {
        "kind": st.just("status"),
        "status": st.sampled_from([400, 403, 404, 408, 409, 422, 429, 500, 502, 503]),
        "method": writes,
        **how,
    }
)
down = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(["silent", "cut", "html", "status"]),
        "status": st.sampled_from([429, 500, 503]),
        **how,
    }
)
short = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(["hidden", "moved", "empty", "doubled"]),
        "method": st.just("GET"),
        "path": st.just("time_off_entries"),
        "times": st.just(1),
        "skips": st.integers(0, 3),
    }
)
fault = st.builds(Fault, st.none() | spoilt_writes | refused | down | short)
seconds = st.sampled_from([1, 30, 90, 90, 250, 250, 1_000, 26_000, 26_000, 100_000])
work = st.builds(Work, seconds)
late = st.builds(Work, st.sampled_from([1, 30]), is_late=st.just(value=True))
interrupted = st.builds(
    Work, seconds, st.sampled_from([1, 2, 2, 2, 3, 3, 3, 4, 8, 12]), st.booleans(), st.none() | here
)
decide = st.builds(Decide, st.sampled_from(SyncSide))
next_write = {"path": "time_off_entries", "unless": "per_page"}
lost = st.builds(
    lambda kind, is_done: Fault({"kind": kind, "times": 1, "is_done": is_done, **next_write}),
    st.sampled_from(["silent", "cut", "html"]),
    st.booleans(),
)
closed = st.builds(Closed, st.none() | places)
step = st.one_of(here, there, fault, work, late, interrupted, decide, closed)
apart = st.sampled_from([*HOURS, UNEVEN])
several = [st.builds(Here, st.just(place), apart, st.none()) for place in range(3)]
# Most that can go wrong begins with a write of which nobody knows, or with two that meet.
stretches = st.one_of(
    st.tuples(step),
    st.tuples(here, lost, work, here | there, work),
    st.tuples(here, work, here, there, work),
    st.tuples(here, interrupted, here | there, work),
    st.tuples(*several, lost | closed, work, here | there | fault, work),
    st.tuples(*several, interrupted, here | there, work),
)
steps = st.lists(stretches, min_size=1, max_size=STRETCHES).map(
    lambda all_: [each for stretch in all_ for each in stretch]
)
readings = st.fixed_dictionaries(
    {
        "created": st.sampled_from([200, 201]),
        "wraps": st.sampled_from(["list", "named", "bare"]),
        "arrays": st.sampled_from(["atomic", "partial", "thinned"]),
        "combines": st.sampled_from(["sums", "replaces", "refuses"]),
        "deleted": st.sampled_from(["nothing", "empty", "object", "entry"]),
    }
)
plans = st.builds(Plan, st.sampled_from(ConflictPolicy), readings, steps)


@pytest.fixture
def walked(databases, standing_account):
    """Return what makes a walk with a company and an account that have nothing yet.

    It tells how often several days were made by one request.
    """

    async def walk(plan: Plan) -> int:
        account, url = standing_account, databases.create()
        account.clear()
        database, clock = Database(url), Clock()
        try:
            id_ = await connect(database, clock, UpstreamApi.KANTATA_OX, account.vendor.base_url)
            await Walk(Connected(database, clock, id_), account, plan).go()
            return len(account.vendor.together)
        finally:
            await database.close()
            databases.drop(url)

    yield walk
    standing_account.clear()


def test_the_laws_of_writing_hold_after_any_walk(
    walked, database_kind, pytestconfig, record_property
):
    is_long = pytestconfig.getoption("long")
    examples = MANY_WALKS if is_long else WALKS[database_kind]
    done = together = 0

    @settings(
        max_examples=examples,
        deadline=None,
        derandomize=not is_long,
        suppress_health_check=list(HealthCheck),
    )
    @given(plans)
    def walk(plan: Any) -> None:
        nonlocal done, together
        together += asyncio.run(walked(plan))
        done += 1

    walk()
    assert together, "no days were made together"
    record_property(f"walks on {database_kind}", done)
