"""Requests with an idempotency key: done once, answered alike (rule 5.1)."""

import logging
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Any, Final, Generic, TypeVar

from pydantic import TypeAdapter

from app.db.connections.database import Database, Transaction
from app.db.writing import idempotency
from app.domain.errors import IdempotencyKeyReused, InvalidValue, Refusals, Refused
from app.domain.versions import ONE_MILLISECOND
from app.services.caller import Caller

Answer = TypeVar("Answer")
Parsed = TypeVar("Parsed")

_log = logging.getLogger(__name__)
MAX_KEY_LENGTH: Final = 255
_KEY: Final = re.compile(rf"[\x20-\x7e]{{1,{MAX_KEY_LENGTH}}}", re.ASCII)
KEPT_FOR: Final = timedelta(hours=48)
"""Longer than what is promised."""
PROMISED_HOURS: Final = 24
PROMISED_FOR: Final = timedelta(hours=PROMISED_HOURS)
_FIELD: Final = ("idempotency_key",)


def as_it_is(answer: Answer) -> Answer:
    """Keep the whole answer."""
    return answer


@dataclass(frozen=True, slots=True)
class SeenDay:
    """A worker's day, by the key of an id, and the version that the caller has seen of it."""

    subject: str
    day: date
    version: str


@dataclass(frozen=True, slots=True)
class KeyedRequest(Generic[Parsed]):
    """A request to write, as it is compared with an earlier one of the same key.

    ``refusals`` is given where everything that is wrong is told at once: it has what is wrong
    with the input already, and gets what is wrong with the key. Otherwise a bad key is raised.
    ``versions`` are those that the caller has seen of what is written: a part of the input, judged
    by whoever carries it out, of one record by ``seen`` (rule 5.4). So are ``seen_days``.
    """

    caller: Caller
    operation: str
    key: str | None
    parsed: Parsed
    dry_run: bool = False
    refusals: Refusals | None = None
    versions: Sequence[datetime] = ()
    seen_days: Sequence[SeenDay] = ()

    def __post_init__(self) -> None:
        """Refuse a key that is empty, too long or not of printable ASCII characters."""
        if self.key is None or _KEY.fullmatch(self.key):
            return
        msg = f"An idempotency key has 1 to {MAX_KEY_LENGTH} printable ASCII characters."
        error = InvalidValue(msg, _FIELD)
        if self.refusals is None:
            raise error
        self.refusals.add(error)

    @property
    def seen(self) -> datetime | None:
        """The version that the caller has seen of the one record that is to be written."""
        return self.versions[0] if self.versions else None

    async def once(
        self,
        connection: Transaction,
        at: datetime,
        answer_type: type[Answer],
        do: Callable[[], Awaitable[Answer]],
        *,
        to_keep: Callable[[Answer], Answer] = as_it_is,
    ) -> Answer:
        """Return what ``do`` answers, or what was kept of the answer that the key had before.

        A dry run, and a request that is refused already, neither reads nor stores keys.
        """
        is_refused = self.refusals is not None and self.refusals.errors
        if self.key is None or self.dry_run or is_refused:
            return await do()
        place = (self.caller.name, self.operation, self.key)
        fingerprint = self._fingerprint()
        if kept := await idempotency.claim(connection, place, fingerprint, at):
            kept_fingerprint, kept_answer = kept
            if kept_fingerprint != fingerprint:
                msg = "This idempotency key came before, with another input or for other companies."
                raise Refused([IdempotencyKeyReused(msg, _FIELD)])
            return _adapter(answer_type).validate_python(kept_answer)  # type: ignore[no-any-return]
        answer = await do()
        kept_now = _adapter(answer_type).dump_python(to_keep(answer), mode="json")
        await idempotency.keep(connection, place, kept_now)
        return answer

    def _fingerprint(self) -> str:
        """Return what the request is, and for which companies.

        People of an issuer keep their name when their companies change, and are not told then what
        they may see no more.
        """
        wanted = sha256(_adapter(type(self.parsed)).dump_json(self.parsed))
        if self.caller.companies is not None:
            wanted.update(" ".join(sorted(self.caller.companies)).encode())
        for version in self.versions:
            wanted.update(f" since {version.isoformat()}".encode())
        for each in self.seen_days:
            wanted.update(f" seen {each.subject} {each.day} {each.version}".encode())
        return wanted.hexdigest()


def versions_of(seen: datetime | None) -> Sequence[datetime]:
    """Return the versions that a request about one record names."""
    return () if seen is None else (seen,)


async def forget_old_keys(database: Database, now: datetime, most: int) -> int:
    """Delete the keys that were kept long enough, and the oldest above ``most``.

    Return how many were deleted. That keys go before their time is logged: a request that
    comes again under one of them would be carried out again.
    """
    async with database.reading() as connection:
        first_too_many = await idempotency.moment_of_newest(connection, most)
    moment = now - KEPT_FOR
    if first_too_many:
        moment = max(moment, first_too_many + ONE_MILLISECOND)
    if moment > now - PROMISED_FOR:
        _log.warning("More than %d idempotency keys: those before %s are forgotten.", most, moment)
    forgotten = 0
    while True:
        async with database.writing() as connection:
            some = await idempotency.forget_before(connection, moment)
        if not some:
            return forgotten
        forgotten += some


def _adapter(type_: type[Any]) -> TypeAdapter[Any]:
    if type_ not in _ADAPTERS:
        _ADAPTERS[type_] = TypeAdapter(type_)
    return _ADAPTERS[type_]


_ADAPTERS: Final[dict[type[Any], TypeAdapter[Any]]] = {}
"""Made once per type: building one costs more than a request."""
