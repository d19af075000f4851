"""Places in the change feed, and which changes a filter admits (rule 5.3)."""

from datetime import UTC, date, datetime, timedelta

import pytest

from app.domain.access import CallerKind, Via
from app.domain.actors import Actor, Origin
from app.domain.changes import (
    FEED_ORDER,
    ChangeFilter,
    ChangeOperation,
    CommittedChange,
    FeedPosition,
    FeedState,
    feed_position,
)
from app.domain.days import DayRange
from app.domain.errors import CursorExpired, InvalidValue
from app.domain.filters import InstantRange
from app.domain.identifiers import Kind
from app.domain.paging import write_cursor

pytestmark = pytest.mark.rule("5.3")

AT = datetime(2026, 3, 2, 8, tzinfo=UTC)
FEED = FeedState(generation="a1", first=11, last=20)
CHANGE = CommittedChange(
    sequence=12,
    at=AT,
    operation=ChangeOperation.UPDATED,
    kind=Kind.ENTRY,
    key=9,
    before={},
    after={},
    origin=Origin(Actor(CallerKind.TOKEN, "token:1", "HR"), Via.GRAPHQL, "r1"),
    days=DayRange(date(2026, 3, 2), date(2026, 3, 6)),
)


@pytest.mark.parametrize("sequence", [10, 11, 20])
@pytest.mark.parametrize("generation", ["a1", None])
def test_a_reader_goes_on_from_any_number_behind_which_all_is_kept(sequence, generation):
    FeedPosition(sequence, generation).refuse_unless_in(FEED, "after")


@pytest.mark.parametrize(
    ("position", "feed", "why"),
    [
        (FeedPosition(15, "b2"), FEED, "of another company"),
        (FeedPosition(15, "a1"), None, "of another company"),
        (FeedPosition(21, "a1"), FEED, "ahead"),
        (FeedPosition(21), FEED, "ahead"),
        (FeedPosition(9, "a1"), FEED, "no longer kept"),
        (FeedPosition(19, "a1"), FeedState("a1", 21, 20), "no longer kept"),
    ],
)
def test_a_reader_that_would_miss_something_hears_of_it(position, feed, why):
    with pytest.raises(CursorExpired, match=why) as refused:
        position.refuse_unless_in(feed, "after")

    assert refused.value.path == ("after",)
    assert "`changes(last: 1)`" in refused.value.message


def test_a_cursor_has_the_feeds_name_and_a_number():
    assert feed_position(FEED.cursor_key(12), "after") == FeedPosition(12, "a1")
    assert feed_position((12,), "after") == FeedPosition(12)
    assert feed_position(None, "after") is None


def test_a_number_beyond_all_is_the_largest_that_can_be_compared():
    assert feed_position(("a1", 2**63 - 1), "after") == FeedPosition(2**62, "a1")


@pytest.mark.parametrize("key", [("a1",), (1, 2), ("a1", "b2"), ("a1", 1, 2)])
def test_a_cursor_of_another_list_is_none_of_this_one(key):
    with pytest.raises(InvalidValue):
        feed_position(key, "after")


@pytest.mark.parametrize(
    ("wanted", "is_admitted"),
    [
        (ChangeFilter(), True),
        (ChangeFilter(actors=["token:1"]), True),
        (ChangeFilter(actors=["token:2"]), False),
        (ChangeFilter(kinds=[Kind.ENTRY]), True),
        (ChangeFilter(kinds=[Kind.USER]), False),
        (ChangeFilter(subject=(Kind.ENTRY, 9)), True),
        (ChangeFilter(subject=(Kind.ENTRY, 8)), False),
        (ChangeFilter(operations=[ChangeOperation.UPDATED]), True),
        (ChangeFilter(operations=[ChangeOperation.DELETED]), False),
        (ChangeFilter(days=DayRange(date(2026, 3, 6), None)), True),
        (ChangeFilter(days=DayRange(date(2026, 3, 7), None)), False),
        (ChangeFilter(at=InstantRange(since=AT)), True),
        (ChangeFilter(at=InstantRange(since=AT + timedelta(seconds=1))), False),
        (ChangeFilter(at=InstantRange(until=AT)), False),
        (ChangeFilter(at=InstantRange(until=AT + timedelta(seconds=1))), True),
    ],
)
def test_a_filter_admits_what_the_database_would_find(wanted, is_admitted):
    assert wanted.admits(CHANGE) is is_admitted


def test_what_is_not_known_of_a_change_is_not_found_by_it():
    bare = CHANGE._replace(origin=None, days=None)

    assert not ChangeFilter(actors=["token:1"]).admits(bare)
    assert not ChangeFilter(days=DayRange(None, None)).admits(bare)
    assert ChangeFilter().admits(bare)


def test_many_cursors_are_those_that_are_written_one_by_one():
    state = FeedState("c9f3a90124d3cbf2", 1, 10**6)
    numbers = [0, 9, 10, 41, 99_999, 10**6]

    assert state.cursors(numbers) == [
        write_cursor(FEED_ORDER, state.cursor_key(each)) for each in numbers
    ]


@pytest.mark.parametrize(
    ("since", "until"), [(None, None), (AT, None), (None, AT), (AT, AT), (AT, AT + timedelta(1))]
)
def test_a_range_of_instants_may_be_open_or_empty(since, until):
    assert InstantRange.asked_for(since, until) == InstantRange(since, until)


def test_a_range_of_instants_does_not_end_before_it_begins():
    with pytest.raises(InvalidValue) as refusal:
        InstantRange.asked_for(AT, AT - timedelta(microseconds=1))

    assert refusal.value.path == ("until",)
