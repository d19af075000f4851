"""What a key was answered before is told to nobody who may not see it any more."""

from dataclasses import replace
from datetime import date

import pytest

from app.domain.errors import IdempotencyKeyReused, Refused
from app.domain.person_time_off_patch import PersonTimeOffPatch
from app.services.mirror.service import MirrorPersonTimeOff
from app.services.person_time_off.commands import UpdatePersonTimeOff
from app.services.time_off_entries.commands import (
    CreateEntries,
    DeleteEntries,
    EntryItem,
    UpdateEntry,
)
from tests.builders import COMPANY, OTHER_COMPANY, TUESDAY
from tests.callers import caller


@pytest.mark.rule("5.1")
async def test_who_has_other_companies_now_is_not_told_what_was_answered_before(services, whose):
    """A person of an issuer keeps the name, by which keys are known, when a claim changes."""
    before = caller("oidc:issuer:ada", frozenset([COMPANY]))
    item = EntryItem("2", 1.0, date.fromisoformat(TUESDAY))
    requests = (
        (services.entries.create, CreateEntries([item])),
        (services.entries.update, UpdateEntry(whose["2"].entry, 2.0)),
        (services.person_time_off.update, UpdatePersonTimeOff(whose["2"].record, _UNPAID)),
        (services.mirror.person_time_off, MirrorPersonTimeOff(whose["2"].record)),
        (services.entries.delete, DeleteEntries([whose["1"].entry])),
    )
    for write, wish in requests:
        keyed = replace(wish, idempotency_key="k")
        answer = await write(before, keyed)
        assert _text(await write(before, keyed)) == _text(answer)
        for companies in (frozenset([OTHER_COMPANY]), frozenset[str]()):
            with pytest.raises(Refused) as refused:
                await write(caller(before.name, companies), keyed)
            (error,) = refused.value.errors
            assert isinstance(error, IdempotencyKeyReused)


_UNPAID = PersonTimeOffPatch(is_paid=False)


def _text(answer):
    return str(answer).replace("TzInfo(0)", "datetime.timezone.utc")
