"""Pages and cursors (rule 6.4)."""

import json
from base64 import urlsafe_b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import InvalidValue
from app.domain.paging import (
    DEFAULT_PAGE_SIZE,
    MAX_PAGE_SIZE,
    Order,
    PageRequest,
    page_request,
    read_cursor,
    write_cursor,
)
from app.domain.wire_formats import MAX_KANTATA_ID

BY_DAY = Order("requested_date")
BY_DAY_DOWN = Order("requested_date", descending=True)
BY_NAME = Order("full_name")

KEY = ("2026-03-02", 7)
CURSOR = write_cursor(BY_DAY, KEY)

orders = st.builds(Order, st.sampled_from(["requested_date", "full_name", "id"]), st.booleans())
storable_text = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), max_size=20)
stored_numbers = st.integers(min_value=-MAX_KANTATA_ID, max_value=MAX_KANTATA_ID)
keys = st.lists(storable_text | stored_numbers, min_size=1, max_size=3).map(tuple)


def encoded(text):
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")


def cursor_of(*parts):
    return encoded(json.dumps(["requested_date", *parts], separators=(",", ":")))


@pytest.mark.rule("6.4")
@given(orders, keys)
def test_a_cursor_holds_its_order_and_its_last_key(order, key):
    assert read_cursor(order, write_cursor(order, key), "after") == key


@pytest.mark.rule("6.4")
@given(orders, orders, keys)
def test_a_cursor_of_another_order_is_refused(order, other, key):
    if order == other:
        return

    with pytest.raises(InvalidValue):
        read_cursor(other, write_cursor(order, key), "after")


@pytest.mark.rule("6.4")
@given(keys)
def test_a_cursor_needs_no_escaping_in_a_url(key):
    assert set(write_cursor(BY_DAY, key)) <= set(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    )


@pytest.mark.rule("6.4")
@pytest.mark.parametrize(
    "cursor",
    [
        pytest.param("", id="nothing"),
        pytest.param("10", id="an offset"),
        pytest.param(encoded("arrayconnection:10"), id="an offset in Base64"),
        pytest.param("not a cursor", id="words"),
        pytest.param("\x00", id="NUL"),
        pytest.param("\ud800", id="a lone surrogate"),
        pytest.param("\u0661", id="an Arabic digit"),
        pytest.param("A", id="a length that Base64 does not have"),
        pytest.param(CURSOR[:-1], id="a cursor that lost its end"),
        pytest.param(CURSOR + "A", id="a cursor with more"),
        pytest.param(CURSOR + "==", id="a cursor with padding"),
        pytest.param(f" {CURSOR}", id="a cursor after a space"),
        pytest.param(f"{CURSOR[:4]}!{CURSOR[4:]}", id="a cursor with a foreign character"),
        pytest.param(CURSOR * 2, id="a cursor twice"),
        pytest.param("__79", id="bytes that are no text"),
        pytest.param(encoded(""), id="no JSON"),
        pytest.param(encoded("requested_date"), id="a word that is no JSON"),
        pytest.param(encoded('"requested_date"'), id="a JSON string"),
        pytest.param(encoded("null"), id="JSON null"),
        pytest.param(encoded("5"), id="a JSON number"),
        pytest.param(encoded("{}"), id="an empty JSON object"),
        pytest.param(encoded('{"requested_date":1,"x":2}'), id="a JSON object"),
        pytest.param(encoded("[]"), id="an empty JSON array"),
        pytest.param(encoded('[null,"2026-03-02",7]'), id="no order"),
        pytest.param(encoded('["requested_date", "2026-03-02", 7]'), id="JSON with spaces"),
        pytest.param(encoded("[" * 100_000), id="JSON too deep to read"),
        pytest.param(encoded(f'["requested_date",{"9" * 5_000}]'), id="a number too long to read"),
        pytest.param(cursor_of(), id="no key"),
        pytest.param(cursor_of(None), id="a key of null"),
        pytest.param(cursor_of(True), id="a key of true"),  # noqa: FBT003 - JSON's own
        pytest.param(cursor_of(1.5), id="a key of a fraction"),
        pytest.param(cursor_of(["2026-03-02"]), id="a key of an array"),
        pytest.param(cursor_of({"a": 1}), id="a key of an object"),
        pytest.param(cursor_of(2**63), id="a number that no database holds"),
        pytest.param(cursor_of(-(2**63)), id="a negative number that no database holds"),
        pytest.param(cursor_of("a\x00b"), id="text with NUL, which PostgreSQL refuses"),
        pytest.param(cursor_of("\ud800"), id="text with a lone surrogate"),
        pytest.param(write_cursor(BY_NAME, KEY), id="the cursor of another list"),
        pytest.param(write_cursor(BY_DAY_DOWN, KEY), id="the cursor of the opposite order"),
    ],
)
@pytest.mark.parametrize("argument", ["after", "before"])
def test_any_other_text_is_no_cursor(cursor, argument):
    with pytest.raises(InvalidValue, match="not a cursor of a list in this order") as refusal:
        read_cursor(BY_DAY, cursor, argument)

    assert refusal.value.path == (argument,)


@pytest.mark.rule("6.4")
@given(
    st.text()
    | st.text().map(encoded)
    | st.recursive(
        st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=5,
    ).map(lambda parts: cursor_of(*parts) if isinstance(parts, list) else cursor_of(parts))
)
def test_any_text_is_the_only_cursor_of_its_key_or_an_invalid_value(text):
    try:
        key = read_cursor(BY_DAY, text, "after")
    except InvalidValue:
        return

    assert write_cursor(BY_DAY, key) == text


@pytest.mark.rule("6.4")
@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        pytest.param(
            (None, None, None, None),
            PageRequest(BY_DAY, DEFAULT_PAGE_SIZE),
            id="nothing asked is the first 20",
        ),
        pytest.param((1, None, None, None), PageRequest(BY_DAY, 1), id="the first one"),
        pytest.param(
            (MAX_PAGE_SIZE, None, None, None), PageRequest(BY_DAY, 500), id="the first 500"
        ),
        pytest.param(
            (5, CURSOR, None, None),
            PageRequest(BY_DAY, 5, after=KEY),
            id="the first five after a cursor",
        ),
        pytest.param(
            (None, None, 5, None),
            PageRequest(BY_DAY, 5, backward=True),
            id="the last five",
        ),
        pytest.param(
            (None, None, 5, CURSOR),
            PageRequest(BY_DAY, 5, before=KEY, backward=True),
            id="the last five before a cursor",
        ),
        pytest.param(
            (5, CURSOR, None, CURSOR),
            PageRequest(BY_DAY, 5, after=KEY, before=KEY),
            id="the first five between two cursors",
        ),
        pytest.param(
            (None, CURSOR, None, None),
            PageRequest(BY_DAY, DEFAULT_PAGE_SIZE, after=KEY),
            id="a cursor without a size",
        ),
    ],
)
def test_a_page_is_asked_for(arguments, expected):
    assert page_request(BY_DAY, *arguments) == expected


@pytest.mark.rule("6.4")
@pytest.mark.parametrize(
    ("arguments", "path"),
    [
        pytest.param((5, None, 5, None), ("last",), id="first with last"),
        pytest.param((0, None, None, None), ("first",), id="none at all"),
        pytest.param((-1, None, None, None), ("first",), id="fewer than none"),
        pytest.param((501, None, None, None), ("first",), id="more than 500"),
        pytest.param((2**31 - 1, None, None, None), ("first",), id="as many as GraphQL can say"),
        pytest.param((None, None, 0, None), ("last",), id="the last none"),
        pytest.param((None, None, 501, None), ("last",), id="the last 501"),
        pytest.param((5, "nonsense", None, None), ("after",), id="after no cursor"),
        pytest.param((5, "", None, None), ("after",), id="after an empty cursor"),
        pytest.param((None, None, 5, "nonsense"), ("before",), id="before no cursor"),
    ],
)
def test_a_page_that_no_list_has_is_refused(arguments, path):
    with pytest.raises(InvalidValue) as refusal:
        page_request(BY_DAY, *arguments)

    assert refusal.value.path == path


@pytest.mark.rule("6.4")
def test_an_order_and_its_opposite_have_names_of_their_own():
    assert (BY_DAY.name, BY_DAY_DOWN.name) == ("requested_date", "-requested_date")


@pytest.mark.rule("6.4")
@pytest.mark.parametrize(
    ("after", "before"),
    [
        pytest.param(None, None, id="of the whole list"),
        pytest.param(CURSOR, None, id="after"),
        pytest.param(None, CURSOR, id="before"),
        pytest.param(CURSOR, cursor_of("2026-03-09", 1), id="between"),
    ],
)
def test_an_empty_page_starts_at_the_before_and_ends_at_the_after(after, before):
    page = page_request(BY_DAY, 10, after, None, before)

    assert page.cursors_of_nothing == (before, after)
