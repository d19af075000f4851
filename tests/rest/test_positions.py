"""How far a request over REST has written is told whatever its answer is."""

import httpx
import pytest
from starlette.applications import Starlette

from app.db.connections.engines import create_engine
from app.db.connections.limits import DatabaseLimits
from app.db.connections.replica import Replica
from app.domain.access import PERMISSIONS_OF, AccessRole, CallerKind, Identity, Via
from app.domain.errors import Unavailable
from app.edge.positions import HEADER
from app.positions import WRITING
from app.rest.endpoint import Endpoint
from app.rest.errors import KantataStyle
from app.rest.face import Face
from app.services.caller import Caller
from app.services.own_writes import OwnWrites
from app.settings import Settings

WRITER = Identity(
    CallerKind.TOKEN,
    "token:ab12cd34",
    "nightly",
    PERMISSIONS_OF[AccessRole.VIEWER],
    None,
    AccessRole.VIEWER,
)
URL = "postgresql+asyncpg://me@127.0.0.1:1/timeoff"


@pytest.mark.parametrize("stored", [None, True])
async def test_also_when_nobody_knows_or_can_read_what_is_stored(stored):
    async def handle(_):
        writes = WRITING.get()
        assert writes is not None
        writes.note(0x4500)
        raise Unavailable("no answer", stored=stored)

    async def caller_of(*_):
        return Caller(WRITER)

    limits = DatabaseLimits()
    replica = Replica(URL, URL, create_engine(URL, limits), limits)
    endpoint = Endpoint("POST", "/things", "things", "", "", handle)
    face = Face("", "", "", [endpoint], KantataStyle(), Via.KANTATA_REST)
    app = Starlette(routes=face.routes(Settings().limits, caller_of, own_writes=OwnWrites(replica)))
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        answer = await client.post("/things")
    await replica.close()

    assert answer.status_code == httpx.codes.INTERNAL_SERVER_ERROR
    assert answer.headers[HEADER] == "0/4500"
