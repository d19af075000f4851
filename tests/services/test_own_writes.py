"""What is read again where the replica is lost in the middle of it."""

import pytest

from app.domain.errors import Unavailable
from app.positions import READING, Reads
from app.services.own_writes import again_if_lost


class Portion:
    """A reading that fails so many times."""

    def __init__(self, failures, *, is_replicas):
        self.left, self._is_replicas = failures, is_replicas

    async def read(self):
        if not self.left:
            return "read"
        self.left -= 1
        reads = READING.get()
        if reads is not None:
            reads.met_outage = self._is_replicas
        raise Unavailable("SQLSTATE 57P01")


@pytest.fixture
def reads():
    token = READING.set(reads := Reads(None))
    yield reads
    READING.reset(token)


async def test_a_portion_of_a_file_is_read_again(reads):
    assert await again_if_lost(Portion(1, is_replicas=True).read) == "read"
    assert not reads.met_outage


@pytest.mark.parametrize(("failures", "is_replicas"), [(2, True), (1, False)])
async def test_but_not_where_the_primary_is_lost(reads, failures, is_replicas):
    portion = Portion(failures, is_replicas=is_replicas)
    with pytest.raises(Unavailable):
        await again_if_lost(portion.read)
    assert portion.left == 0


async def test_nor_where_no_replica_is_read():
    with pytest.raises(Unavailable):
        await again_if_lost(Portion(1, is_replicas=True).read)
