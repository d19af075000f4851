"""Names of events, who takes which, and what a message says."""

import json
from datetime import UTC, date, datetime

import pytest

from app.domain.changes import (
    FEED_ORDER,
    ChangeOperation,
    CommittedChange,
    FeedPosition,
    FeedState,
)
from app.domain.days import DayRange
from app.domain.errors import CursorExpired, InvalidValue, Refused
from app.domain.identifiers import Kind, node_id
from app.domain.paging import Order, write_cursor
from app.domain.webhook_events import (
    CHANGE_TYPES,
    GATHERED_FROM,
    KINDS_OF_THE_FEED,
    KNOWN_TYPES,
    MOST_TYPES,
    EventTypes,
    Sender,
    begun_alone,
    changed_fields,
    event_type,
    first_alone,
    read_place,
    refuse_place_unless_in,
    told_together,
)
from app.services.change_facts import TELL
from tests.builders import COMPANY, uuid

AT = datetime(2026, 3, 2, 8, 0, 0, 123_456, tzinfo=UTC)
SENDER = Sender(uuid(1), COMPANY, "generation")


def cursor(sequence):
    """As `changes` has it."""
    state = FeedState("generation", 1, 1_000)
    return write_cursor(FEED_ORDER, state.cursor_key(sequence))


def change(sequence=41, kind=Kind.ENTRY, operation=ChangeOperation.UPDATED, **given):
    facts = {"before": {"hours": 1}, "after": {"hours": 2}, "days": None, "origin": None}
    return CommittedChange(
        sequence=sequence, at=AT, operation=operation, kind=kind, key=9, **facts | given
    )


def test_each_kind_of_the_feed_has_three_events_with_plain_names():
    assert len(KINDS_OF_THE_FEED) == len(TELL)
    assert len(CHANGE_TYPES) == 3 * len(KINDS_OF_THE_FEED)
    assert {each.partition(".")[0] for each in CHANGE_TYPES} == {
        "company",
        "role",
        "user",
        "person",
        "worker",
        "workweek",
        "holiday",
        "time_off_entry",
        "external_reference",
        "person_time_off",
        "discrepancy_acknowledgement",
    }
    assert event_type(Kind.REFERENCE, ChangeOperation.DELETED) == "external_reference.deleted"


@pytest.mark.parametrize(
    ("names", "taken"),
    [
        (("*",), set(KNOWN_TYPES) - {"*"}),
        (("changes.available",), {"changes.available"}),
        (("holiday.*",), {f"holiday.{each}" for each in ("created", "updated", "deleted")}),
        (("holiday.created", "user.*"), {"holiday.created", "user.created", "user.updated"}),
    ],
)
def test_a_type_may_stand_for_several(names, taken):
    types = EventTypes.read(names)

    assert {each for each in taken if "*" not in each and not types.takes(each)} == set()
    assert types.takes("role.deleted") == ("*" in names)
    assert types.gathers == (not {"*", "changes.available"}.isdisjoint(names))
    assert types.only_gathers == (names == ("changes.available",))


def test_types_are_read_once_each_in_their_order():
    assert EventTypes.read(["user.*", "*", "user.*"]).names == ("user.*", "*")


@pytest.mark.parametrize(
    ("texts", "paths"),
    [
        ([], [("types",)]),
        (["*"] * (MOST_TYPES + 1), [("types",)]),
        (["*", "time_off_entry"], [("types", 1)]),
        (["TimeOffEntry.updated", "user.*", "*.created"], [("types", 0), ("types", 2)]),
        (["webhook.test"], [("types", 0)]),
        (["time_off_instance.*", "calendar_feed.*", "webhook.*"], [("types", n) for n in range(3)]),
        ([""], [("types", 0)]),
    ],
)
def test_types_that_nothing_has_are_refused_where_they_stand(texts, paths):
    with pytest.raises(Refused) as refused:
        EventTypes.read(texts)

    assert [each.path for each in refused.value.errors] == paths


def test_a_message_names_what_changed_and_no_value():
    told = SENDER.of_change(
        change(days=DayRange(date(2026, 3, 2), date(2026, 3, 4)), after={"hours": 7.5})
    )

    assert json.loads(told.body) == {
        "type": "time_off_entry.updated",
        "timestamp": "2026-03-02T08:00:00.123Z",
        "data": {
            "companyId": COMPANY,
            "sequence": "41",
            "cursor": cursor(41),
            "subjectType": "TimeOffEntry",
            "subjectId": node_id(Kind.ENTRY, 9),
            "changedFields": ["hours"],
            "days": {"from": "2026-03-02", "to": "2026-03-04"},
        },
    }
    assert (told.type, told.first, told.last) == ("time_off_entry.updated", 41, 41)
    assert b"7.5" not in told.body


@pytest.mark.parametrize(
    ("days", "said"),
    [
        (None, None),
        (DayRange(None, None), {"from": None, "to": None}),
        (DayRange(date(2026, 3, 2), None), {"from": "2026-03-02", "to": None}),
    ],
)
def test_days_may_be_open_or_none(days, said):
    assert json.loads(SENDER.of_change(change(days=days)).body)["data"]["days"] == said


def test_fields_that_changed_are_named_but_for_personal_texts():
    before = {"status": "PENDING", "externalMessage": "said", "locked": True, "gone": 1}
    after = {"status": "PENDING", "externalMessage": "other", "locked": False, "new": 2}

    assert changed_fields(change(before=before, after=after)) == ["locked", "gone", "new"]
    assert changed_fields(change(before=None)) == []
    assert changed_fields(change(after=None)) == []


def test_an_id_is_the_same_for_the_same_message_and_for_no_other():
    same = [SENDER.of_change(change()).id, SENDER.of_change(change()).id]
    others = [
        SENDER.of_change(change(42)).id,
        SENDER.of_many(41, 42, AT).id,
        SENDER.of_many(41, 43, AT).id,
        SENDER.of_test("a", AT).id,
        SENDER.of_test("b", AT).id,
        Sender(uuid(2), COMPANY, "generation").of_change(change()).id,
        Sender(uuid(1), COMPANY, "restored").of_change(change()).id,
    ]

    assert len(set(same)) == 1
    assert len({*same, *others}) == len(others) + 1
    assert all(each.startswith("msg_") and "." not in each for each in [*same, *others])


def test_one_message_stands_for_many_by_their_numbers():
    told = SENDER.of_many(41, 140, AT)

    assert json.loads(told.body) == {
        "type": "changes.available",
        "timestamp": "2026-03-02T08:00:00.123Z",
        "data": {
            "companyId": COMPANY,
            "from": "41",
            "to": "140",
            "after": cursor(40),
            "cursor": cursor(140),
        },
    }
    assert (told.first, told.last) == (41, 140)


def test_a_test_tells_of_nothing():
    assert json.loads(SENDER.of_test("a", AT).body) == {
        "type": "webhook.test",
        "timestamp": "2026-03-02T08:00:00.123Z",
        "data": {"companyId": COMPANY},
    }


def test_a_place_in_the_feed_is_a_number_or_a_cursor():
    assert read_place("0") == FeedPosition(0)
    assert read_place("41") == FeedPosition(41)
    assert read_place(cursor(41)) == FeedPosition(41, "generation")


@pytest.mark.parametrize(
    "text",
    ["", "-1", "01", "1.5", "x", "9" * 19, "\u0661", write_cursor(Order("CREATED_AT"), (1, 2, 3))],
)
def test_what_is_neither_is_refused(text):
    with pytest.raises(InvalidValue) as refused:
        read_place(text)

    assert refused.value.path == ("after",)
    assert "neither the number of a change" in str(refused.value)


@pytest.mark.parametrize(
    ("sequence", "says"),
    [(40, None), (39, None), (45, None), (46, "last change is 45"), (38, "39 is from there")],
)
def test_a_number_that_is_not_kept_or_not_there_yet_is_told_apart(sequence, says):
    state = FeedState("generation", 40, 45)
    if says is None:
        refuse_place_unless_in(FeedPosition(sequence), state)
        return
    with pytest.raises(InvalidValue, match=says):
        refuse_place_unless_in(FeedPosition(sequence), state)


@pytest.mark.parametrize("state", [FeedState("generation", 40, 45), None])
@pytest.mark.parametrize("sequence", [46, 38])
def test_a_cursor_that_is_not_of_the_feed_has_expired(sequence, state):
    with pytest.raises(CursorExpired):
        refuse_place_unless_in(FeedPosition(sequence, "generation"), state)


def test_no_number_is_in_a_feed_that_is_not_there():
    with pytest.raises(CursorExpired):
        refuse_place_unless_in(FeedPosition(0), None)


def run(count, kind=Kind.ENTRY):
    return [change(number, kind) for number in range(1, count + 1)]


@pytest.mark.parametrize(
    ("names", "changes", "begun_to", "told_to"),
    [
        (("*",), run(GATHERED_FROM), None, None),
        (("*",), run(GATHERED_FROM + 1), None, GATHERED_FROM + 1),
        (("*",), run(3), 2, 2),
        (("time_off_entry.*",), run(GATHERED_FROM + 1), None, None),
        (("changes.available",), run(1), None, 1),
        (("changes.available", "user.*"), run(GATHERED_FROM + 1), None, None),
        (
            ("changes.available", "user.*"),
            run(GATHERED_FROM + 1, Kind.USER),
            None,
            GATHERED_FROM + 1,
        ),
    ],
)
def test_many_at_once_are_told_by_one_message_to_who_takes_it(names, changes, begun_to, told_to):
    assert told_together(EventTypes(names), changes, begun_to) == told_to


@pytest.mark.parametrize(
    ("names", "begun_to", "is_alone"),
    [
        (("*",), None, False),
        (("*",), 1, True),
        (("*",), 2, False),
        (("changes.available",), 1, False),
        (("user.*",), 1, False),
    ],
)
def test_a_message_of_one_change_that_was_tried_stays_one(names, begun_to, is_alone):
    assert begun_alone(EventTypes(names), run(GATHERED_FROM + 1), begun_to) is is_alone


@pytest.mark.parametrize(
    ("names", "count"),
    [
        (("*",), 1),
        (("time_off_entry.*",), 2),  # the first is none of its types
        (("user.*",), 3),
        (("changes.available",), 3),
    ],
)
def test_the_first_event_may_have_been_told_alone(names, count):
    kinds = (Kind.ROLE, Kind.ENTRY, Kind.ENTRY)
    changes = [change(n, kind) for n, kind in enumerate(kinds, start=1)]

    assert first_alone(EventTypes(names), changes) == changes[:count]


@pytest.mark.parametrize(("names", "everything"), [(("user.*", "*"), True), (("user.*",), False)])
def test_who_takes_everything(names, everything):
    assert EventTypes(names).takes_everything is everything


def test_who_misspells_a_noun_is_told_which_there_are():
    with pytest.raises(Refused) as refused:
        EventTypes.read(["person_timeoff.*"])

    assert "person_time_off" in str(refused.value.errors[0])
