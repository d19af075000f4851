"""What a conversion loses, by codes and facts, for clients who say it in their own words (4.4)."""

import pytest
from pydantic import TypeAdapter

from app.services.mirror.kantata_to_procore import MirroredEntries
from app.services.mirror.procore_to_kantata import MirroredPersonTimeOff
from tests.builders import MONDAY, TUESDAY, company, entry, person, user
from tests.graphql.api import put, put_entries, put_person_time_off

pytestmark = pytest.mark.rule("4.4")

LOSSES = """
lost
losses {
  code message times { startTime endTime }
  instances ofInstances entries records hoursBefore hoursAfter
}
userErrors { code }
"""
TO_KANTATA = f"""
mutation($input: MirrorPersonTimeOffInput!) {{
  answer: mirrorPersonTimeOff(input: $input) {{ {LOSSES} }}
}}
"""
TO_PROCORE = f"""
mutation($input: MirrorTimeOffEntriesInput!) {{
  answer: mirrorTimeOffEntries(input: $input) {{ {LOSSES} }}
}}
"""


@pytest.fixture
async def ada(ask):
    email = "ada@example.com"
    await put(
        ask,
        companies=[company()],
        users=[user(emailAddress=email)],
        people=[person(email=email)],
    )


async def lost(ask, document, **input_):
    """What was lost, by its codes, with the facts that it has; the sentences are those of lost."""
    payload = (await ask(document, input=input_))["data"]["answer"]
    assert payload["userErrors"] == []
    assert [each.pop("message") for each in payload["losses"]] == payload["lost"]
    return {
        each.pop("code"): {name: value for name, value in each.items() if value not in (None, [])}
        for each in payload["losses"]
    }


@pytest.mark.rule("5.1")
async def test_what_an_entry_cannot_keep_of_a_record(ask, ada):
    id_ = await put_person_time_off(
        ask,
        startDay=MONDAY,
        endDay=MONDAY,
        batchStartTime="22:00",
        batchEndTime="04:00",
        repeat="WEEKLY",
        cadence=1,
        repeatEndDay="2026-03-16",
    )
    asked = {"id": id_, "to": "2026-03-09"}
    told = {
        "CLOCK_TIMES": {"times": [{"startTime": "22:00", "endTime": "04:00"}]},
        "REASON": {},
        "PAID": {},
        "SERIES": {"instances": 2, "ofInstances": 3},
    }

    assert await lost(ask, TO_KANTATA, **asked, dryRun=True) == told
    # A key is answered as the first time, from what was kept of it.
    for _ in range(2):
        assert await lost(ask, TO_KANTATA, **asked, idempotencyKey="k") == told


@pytest.mark.rule("5.1")
async def test_what_a_record_cannot_keep_of_entries(ask, ada):
    days = (MONDAY, TUESDAY)
    ids = await put_entries(ask, *(entry(hours=7.4, requestedDate=day) for day in days))
    asked = {"ids": ids, "isPaid": True, "reason": "x", "batchStartTime": "08:00"}

    for _ in range(2):
        assert await lost(
            ask, TO_PROCORE, **asked, roundToQuarterHours=True, idempotencyKey="k"
        ) == {
            "ENTRY_IDENTITY": {"entries": 2, "records": 1},
            "EXTERNAL_REFERENCES": {},
            "SUBMITTED": {},
            "QUARTER_HOURS": {"entries": 2, "hoursBefore": 7.4, "hoursAfter": 7.5},
        }


@pytest.mark.rule("5.1")
@pytest.mark.parametrize(
    ("kept", "names"),
    [(MirroredPersonTimeOff, ["results", "entries"]), (MirroredEntries, ["records"])],
)
def test_an_answer_that_was_kept_before_there_were_codes_is_given_again(kept, names):
    before: dict[str, list[str]] = {name: [] for name in [*names, "warnings", "touched"]}
    before["lost"] = ["The reason."]

    read = TypeAdapter(kept).validate_python(before)

    assert (read.lost, read.losses) == (["The reason."], ())
