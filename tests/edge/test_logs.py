"""The log's bytes of a minute are bounded, and what was left out is told."""

import logging

from app.edge.logs import HEAD, MINUTE, WithinBudget


def line(size):
    return logging.LogRecord("app", logging.ERROR, "", 0, "x" * (size - HEAD), (), None)


def test_a_minute_has_as_many_bytes_as_the_limit_and_not_one_more():
    now = 0.0
    whole = WithinBudget(1_000, lambda: now)
    assert whole.filter(line(500))
    assert whole.filter(line(500))
    assert not whole.filter(line(HEAD))

    less = WithinBudget(999, lambda: now)
    assert less.filter(line(500))
    assert not less.filter(line(500))


def test_the_next_minute_begins_with_how_many_were_left_out():
    now = 0.0
    budget = WithinBudget(100, lambda: now)
    assert [budget.filter(line(60)) for _ in range(4)] == [True, False, False, False]
    now += MINUTE
    record = line(60)

    assert budget.filter(record)
    assert record.getMessage().startswith("(3 lines were left out) x")


def test_frames_count():
    budget = WithinBudget(200, lambda: 0.0)
    record = line(100)
    try:
        int("x")
    except ValueError as error:
        record.exc_info = (ValueError, error, error.__traceback__)

    assert not budget.filter(record)
