"""Credentials sealed anew, so that a key that somebody may have seen opens nothing any more."""

from dataclasses import dataclass

from app.db.connections.database import Database
from app.db.reading import sync as known
from app.db.writing import sync as kept
from app.domain.sync.refusals import SyncKeyMissing
from app.domain.sync.upstreams import Upstream
from app.services.sync.keys import SyncKeys
from app.services.sync.sealing import Seal, Unsealable


@dataclass(frozen=True, slots=True)
class Resealed:
    """The upstreams whose credentials the first key seals now, and those that no key opens."""

    renewed: list[Upstream]
    lost: list[Upstream]


async def reseal(database: Database, keys: SyncKeys) -> Resealed:
    """Seal all with the first key; one that the gateway has made itself is made anew before.

    Ended halfway, both keys open what they have sealed: again, and it is done.
    """
    keys.add_first()
    if not keys.known():
        raise SyncKeyMissing
    seal, done = Seal(keys), Resealed([], [])
    async with database.writing() as connection:  # after who still seals with an older key
        upstreams = await known.upstreams_of(connection, None)
    for upstream in upstreams:
        async with database.writing() as connection:
            await kept.lock_upstream(connection, upstream.id)
            sealed = await known.sealed_credentials(connection, upstream.id)
            if sealed is None:
                continue
            try:
                await kept.change_credentials(connection, upstream.id, seal.renewed(sealed))
            except Unsealable:
                done.lost.append(upstream)
            else:
                done.renewed.append(upstream)
    if not done.lost:
        keys.keep_first()
    return done
