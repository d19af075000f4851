"""The connection to PostgreSQL is cut at each question of a mutation: it is whole or not at all.

Once so that the question is lost, and once so that its answer is: of a commit, nobody who asked
knows then whether it was done.
"""

from functools import partial

import pytest

from tests.access.samples import mutation
from tests.graphql_http.clients import over_http
from tests.process.whole import INPUTS, POSTS, everything, hold_at_each_call
from tests.proxy import proxied

pytestmark = [pytest.mark.only_on("postgresql"), pytest.mark.process]

OF_ENOUGH = ("createTimeOffEntries", "updatePersonTimeOff")
"""What the short form asks: a batch, and a record with its days."""


@pytest.fixture
def beginnings():
    return {"whose": everything}


@pytest.fixture
def whose(templates):
    return templates.filled(everything)[1]


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=() if name in OF_ENOUGH else pytest.mark.long)
        for name in INPUTS
        if name != POSTS
    ],
)
async def test_a_mutation_is_whole_or_not_at_all_wherever_it_is_cut(
    database_url, whose, name, record_property
):
    document = mutation(name, whose, INPUTS)
    async with proxied(database_url) as proxy, over_http(proxy.url, auth="off") as http:
        await proxy.see_commits(1)  # of the start, where old keys are forgotten
        ways = {
            "no question": partial(proxy.cut_at, loses_answer=False),
            "no answer": partial(proxy.cut_at, loses_answer=True),
        }
        cuts = await hold_at_each_call(http, database_url, document, ways, proxy.has_cut)
    record_property(f"{name} on postgresql", f"{cuts} times cut, whole or not at all")
