"""Calls of SQLite into the system fail now and then, while clients read and write (libfiu)."""

import asyncio
import errno
import itertools
import random
from collections import Counter

import pytest

from tests.preloads import Faults
from tests.process.outages import crowd, stored, until
from tests.process.stored import refuse_violations
from tests.process.test_outages import OUTAGE_CODES, hold_what_was_told
from tests.server import serving

pytestmark = [pytest.mark.process, pytest.mark.only_on("sqlite")]

WRITING = (
    ("posix/io/rw/pwrite", errno.EIO),
    ("posix/io/rw/pwrite", errno.ENOSPC),
    ("posix/io/sync/fdatasync", errno.EIO),
)
RARE = (("posix/io/rw/ftruncate", errno.EIO), ("posix/io/oc/open", errno.EMFILE))
"""Calls that SQLite makes seldom while it is served."""
READING = (("posix/io/rw/pread", errno.EIO),)
WITHOUT = 25
"""Writes that pass before a call counts as one that is not made now."""


@pytest.mark.parametrize(
    ("rounds", "faults"),
    [
        pytest.param(6, WRITING, id="short"),
        pytest.param(200, WRITING + READING + RARE, id="long", marks=pytest.mark.long),
    ],
)
async def test_a_call_that_fails_is_told_and_loses_nothing(
    database_url, tmp_path, rounds, faults, record_property
):
    failing, chance = Faults(tmp_path), random.Random(1)  # noqa: S311
    hit: Counter[str] = Counter()
    with serving(database_url, environment=failing.environment, cold=True) as server:
        async with crowd(server.url, readers=3, writers=4) as asking:
            await stored(asking, 5)
            for call, error in itertools.islice(itertools.cycle(faults), rounds):
                told = sum(asking.codes().values())
                await asyncio.to_thread(failing.fail_next, server.pid, call, error)
                await told_or_written(asking, told + 1, WITHOUT)
                await asyncio.to_thread(failing.fail_no_more, server.pid, call)
                hit[call] += sum(asking.codes().values()) > told
                await stored(asking, chance.randint(1, 8))
            await hold_what_was_told(asking)
        log = server.log()
    await refuse_violations(database_url)

    assert set(asking.codes()) <= OUTAGE_CODES, log
    # Each writes and waits for the disk; a failure that a checkpoint meets is told to nobody.
    assert hit["posix/io/rw/pwrite"] >= rounds // len(faults), hit
    assert hit["posix/io/sync/fdatasync"] >= rounds // len(faults) // 2, hit
    record_property(
        f"{rounds} failing calls below SQLite",
        f"{dict(hit)} were met; {len(asking.stored)} writes acknowledged, 0 lost; "
        f"{dict(asking.codes())}",
    )


async def told_or_written(asking, told, count):
    """Wait for so many refusals in all, or for so many more writes."""
    wanted = len(asking.stored) + count
    await until(lambda: sum(asking.codes().values()) >= told or len(asking.stored) >= wanted)
