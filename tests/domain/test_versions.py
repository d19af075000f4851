"""Versions: what was seen of a record, and what it is now (rule 5.4)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from app.domain.errors import ChangedSince, InvalidValue
from app.domain.identifiers import Kind
from app.domain.versions import (
    next_version,
    refuse_changed,
    refuse_changed_after,
    seen_of_each,
)
from tests.domain.entries import stored

pytestmark = pytest.mark.rule("5.4")

SEEN = datetime(2026, 3, 2, 9, 0, 0, 123_000, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)
(DAY,) = stored(4).values()


def entry(updated_at):
    return replace(DAY.entry, updated_at=updated_at)


@pytest.mark.parametrize(
    ("now", "version"),
    [
        pytest.param(SEEN + 5 * MILLISECOND, SEEN + 5 * MILLISECOND, id="later"),
        pytest.param(SEEN + MILLISECOND, SEEN + MILLISECOND, id="in the next millisecond"),
        pytest.param(SEEN, SEEN + MILLISECOND, id="in the same millisecond"),
        pytest.param(SEEN - timedelta(hours=1), SEEN + MILLISECOND, id="by a clock that went back"),
    ],
)
def test_a_version_is_later_than_the_one_before(now, version):
    assert next_version(SEEN, now) == version


@pytest.mark.parametrize("refuse", [refuse_changed, refuse_changed_after])
@pytest.mark.parametrize("finer", [0, 1, 999])
def test_what_was_seen_is_compared_as_it_was_answered(refuse, finer):
    """Whatever wrote it: milliseconds are all that a client can know."""
    refuse(Kind.ENTRY, entry(SEEN + timedelta(microseconds=finer)), SEEN)


@pytest.mark.parametrize("refuse", [refuse_changed, refuse_changed_after])
def test_nothing_is_refused_where_no_version_is_given(refuse):
    refuse(Kind.ENTRY, entry(SEEN), None)


@pytest.mark.parametrize(
    ("refuse", "path"), [(refuse_changed, ("if_unchanged_since",)), (refuse_changed_after, ())]
)
def test_a_later_version_is_refused_with_what_it_is_now(refuse, path):
    now = SEEN + MILLISECOND

    with pytest.raises(ChangedSince) as refusal:
        refuse(Kind.ENTRY, entry(now + timedelta(microseconds=7)), SEEN)

    error = refusal.value
    assert (error.kind, error.key, error.updated_at) == (Kind.ENTRY, DAY.entry.id, now)
    assert error.path == path
    assert "This time off entry was changed since" in error.message


def test_an_earlier_version_than_the_one_given_is_refused_of_one_and_not_of_many():
    with pytest.raises(ChangedSince):
        refuse_changed(Kind.ENTRY, entry(SEEN - MILLISECOND), SEEN)

    refuse_changed_after(Kind.ENTRY, entry(SEEN - MILLISECOND), SEEN)


def test_of_many_one_instant_is_given_for_each_or_one_for_all():
    later = SEEN + MILLISECOND

    assert seen_of_each(2, [SEEN, later]) == [SEEN, later]
    assert seen_of_each(2, [later]) == [later, later]
    assert seen_of_each(1, [later]) == [later]


@pytest.mark.parametrize("given", [0, 2, 4])
def test_another_number_of_instants_is_refused(given):
    with pytest.raises(InvalidValue, match="3 instants are expected") as refusal:
        seen_of_each(3, [SEEN] * given)

    assert refusal.value.path == ("if_unchanged_since",)
