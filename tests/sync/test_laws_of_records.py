"""Whatever happens to records on both sides and between them, the laws of writing hold in the end.

Both sides have the same, nothing is doubled, lost or invented, and then nothing more is written.
"""

import asyncio
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.db.connections.database import Database
from app.domain.sync.conflicts import ConflictPolicy, SyncSide
from app.domain.sync.upstreams import UpstreamApi
from tests.sync.conftest import Clock, connect
from tests.sync.procore_company import ConnectedCompany
from tests.sync.record_walks import HOURS, Change, Decide, Delete, Fault, Make, Plan, Walk, Work

pytestmark = pytest.mark.process

WALKS = {"sqlite": 8, "postgresql": 3}
MANY_WALKS = 300
STRETCHES = 7

sides = st.sampled_from([True, True, False])
which = st.integers(0, 3)
make = st.builds(Make, sides, st.sampled_from([1, 1, 2]), st.sampled_from([False, False, True]))
change = st.builds(Change, sides, which, st.sampled_from([*HOURS, None]))
delete = st.builds(Delete, sides, which)
somebody = make | change | change | delete
how = {
    "skips": st.sampled_from([0, 0, 0, 1, 2]),
    "times": st.sampled_from([1, 1, 2, None]),
    "is_done": st.booleans(),
}
spoilt = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(["silent", "cut", "html", "other_user", "other_id", "rounded"]),
        "method": st.sampled_from(["POST", "PATCH", "DELETE"]),
        **how,
    }
)
refused = st.fixed_dictionaries(
    {
        "kind": st.just("status"),
        "status": st.sampled_from([400, 403, 404, 408, 409, 422, 429, 500, 503]),
        "method": st.sampled_from(["POST", "PATCH", "DELETE"]),
        **how,
    }
)
short = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(["hidden", "empty", "doubled"]),
        "method": st.just("GET"),
        "path": st.just("time-off"),
        "times": st.just(1),
        "skips": st.integers(0, 3),
    }
)
fault = st.builds(Fault, st.none() | spoilt | refused | short)
seconds = st.sampled_from([1, 30, 90, 250, 250, 1_000, 26_000])
work = st.builds(Work, seconds, is_whole=st.booleans())
late = st.builds(
    Work, st.sampled_from([1, 30]), is_late=st.just(value=True), is_whole=st.booleans()
)
interrupted = st.builds(Work, seconds, st.sampled_from([1, 2, 2, 3, 4, 8]), st.booleans())
decide = st.builds(Decide, st.sampled_from(SyncSide))
lost = st.builds(
    lambda kind, method, is_done: Fault(
        {"kind": kind, "times": 1, "is_done": is_done, "method": method}
    ),
    st.sampled_from(["silent", "cut", "html"]),
    st.sampled_from(["POST", "POST", "PATCH", "DELETE"]),
    st.booleans(),
)
step = st.one_of(somebody, fault, work, late, interrupted, decide)
# Most that can go wrong begins with a write of which nobody knows, or with two that meet.
stretches = st.one_of(
    st.tuples(step),
    st.tuples(make, lost, work, somebody, work),
    st.tuples(make, work, somebody, somebody, work),
    st.tuples(make, interrupted, somebody, work),
)
steps = st.lists(stretches, min_size=1, max_size=STRETCHES).map(
    lambda all_: [each for stretch in all_ for each in stretch]
)
plans = st.builds(Plan, st.sampled_from(ConflictPolicy), steps)


@pytest.fixture
def walked(databases, standing_company):
    """Return what makes a walk with a company that has nothing yet on either side."""

    async def walk(plan: Plan) -> None:
        company, url = standing_company, databases.create()
        company.clear()
        database, clock = Database(url), Clock()
        try:
            base = company.vendor.base_url
            id_ = await connect(database, clock, UpstreamApi.PROCORE_REST, base)
            await Walk(ConnectedCompany(database, clock, id_), company, plan).go()
        finally:
            await database.close()
            databases.drop(url)

    yield walk
    standing_company.clear()


def test_the_laws_of_writing_hold_after_any_walk(
    walked, database_kind, pytestconfig, record_property
):
    is_long = pytestconfig.getoption("long")
    examples = MANY_WALKS if is_long else WALKS[database_kind]
    done = 0

    @settings(
        max_examples=examples,
        deadline=None,
        derandomize=not is_long,
        suppress_health_check=list(HealthCheck),
    )
    @given(plans)
    def walk(plan: Any) -> None:
        nonlocal done
        asyncio.run(walked(plan))
        done += 1

    walk()
    record_property(f"walks over records on {database_kind}", done)
