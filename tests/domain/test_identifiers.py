"""Source ids and node ids (rule 6.2)."""

from base64 import b64encode

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.domain.errors import InvalidValue, NotFound
from app.domain.identifiers import (
    PROVISIONAL_IDS_FROM,
    Kind,
    node_id,
    person_subject,
    read_id,
    read_kantata_id,
    read_numbers,
    read_text_id,
    split_node_id,
    user_subject,
)
from app.domain.wire_formats import MAX_KANTATA_ID

PERSON_ID = "81c63107-6843-4822-be42-a40b41e75285"

KANTATA_KINDS = [Kind.ROLE, Kind.USER, Kind.HOLIDAY, Kind.ENTRY, Kind.REFERENCE]
PROCORE_KINDS = [Kind.COMPANY, Kind.PERSON, Kind.PERSON_TIME_OFF, Kind.INSTANCE]
NODE_ID_ONLY = [
    Kind.WORKER,
    Kind.WORKWEEK,
    Kind.CALENDAR_FEED,
    Kind.WEBHOOK,
    Kind.ACKNOWLEDGEMENT,
    Kind.UPSTREAM,
    Kind.SYNC_RUN,
    Kind.SYNC_PROBLEM,
    Kind.DELIVERY,
    Kind.SYNC_CONFLICT,
    Kind.SYNC_FLOW_PROBLEM,
]

numbers = st.integers(min_value=1, max_value=MAX_KANTATA_ID)
uuids = st.uuids().map(str)
subjects = numbers.map(user_subject) | uuids.map(person_subject)
kinds = st.sampled_from(Kind)


def keys_of(kind):
    if kind in KANTATA_KINDS:
        return numbers
    return subjects if kind is Kind.WORKER else uuids


kinds_with_keys = kinds.flatmap(lambda kind: st.tuples(st.just(kind), keys_of(kind)))


def base64(text):
    return b64encode(text.encode()).decode()


@pytest.mark.rule("6.2")
def test_every_kind_of_object_is_of_one_source():
    assert sorted(kind.name for kind in [*KANTATA_KINDS, *PROCORE_KINDS, *NODE_ID_ONLY]) == sorted(
        kind.name for kind in Kind
    )


@pytest.mark.rule("6.2")
@given(kinds_with_keys)
def test_a_node_id_comes_back_as_what_it_names(kind_and_key):
    kind, key = kind_and_key

    assert split_node_id(node_id(kind, key)) == (kind, key)
    assert read_id(kind, node_id(kind, key)) == key


@pytest.mark.rule("6.2")
@given(kinds_with_keys, kinds_with_keys)
def test_no_two_objects_share_a_node_id(one, other):
    assert (node_id(*one) == node_id(*other)) == (one == other)


@pytest.mark.rule("6.2")
@given(kinds_with_keys, kinds)
def test_a_node_id_of_another_type_is_not_found(kind_and_key, asked):
    kind, key = kind_and_key
    if kind is asked:
        return

    with pytest.raises(NotFound) as refusal:
        read_id(asked, node_id(kind, key))

    assert refusal.value.kind == asked.words


@pytest.mark.rule("6.2")
@given(st.integers(min_value=1, max_value=10**19 - 1).map(str) | uuids | uuids.map(str.upper))
def test_no_source_id_has_the_shape_of_a_node_id(source_id):
    assert split_node_id(source_id) is None


@pytest.mark.rule("6.2")
@given(kinds_with_keys)
def test_no_node_id_has_the_shape_of_a_source_id(kind_and_key):
    text = node_id(*kind_and_key)
    shapes = set()
    for kind in Kind:
        try:
            read_id(kind, text)
        except NotFound:
            continue
        shapes.add(kind)

    assert shapes == {kind_and_key[0]}


@pytest.mark.rule("6.2")
@given(numbers)
@pytest.mark.parametrize("kind", KANTATA_KINDS)
def test_a_kantata_id_is_a_number(kind, number):
    assert read_kantata_id(kind, str(number)) == number


@pytest.mark.rule("6.2")
@given(uuids)
@pytest.mark.parametrize("kind", PROCORE_KINDS)
def test_a_procore_id_is_a_uuid_in_either_case(kind, uuid):
    assert read_text_id(kind, uuid) == read_text_id(kind, uuid.upper()) == uuid


@pytest.mark.rule("6.1")
def test_a_number_that_no_database_holds_names_an_object_that_no_one_has():
    unknown = read_kantata_id(Kind.USER, "9999999999999999999")

    assert PROVISIONAL_IDS_FROM == 9_000_000_000_000_000_000
    assert PROVISIONAL_IDS_FROM <= unknown <= MAX_KANTATA_ID


@pytest.mark.rule("6.1")
@pytest.mark.rule("6.2")
@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param("0", id="zero"),
        pytest.param("1_000", id="an underscore"),
        pytest.param("\u0661", id="an Arabic digit"),
        pytest.param("1" * 20, id="twenty digits"),
        pytest.param("1" * 100_000, id="more digits than Python reads"),
        pytest.param(PERSON_ID, id="Procore's form for a Kantata object"),
        pytest.param("\x00", id="NUL"),
        pytest.param("\ud800", id="a lone surrogate"),
        pytest.param("U1", id="a worker's key"),
        pytest.param("User:1", id="a node id that was not encoded"),
        pytest.param(base64("User:"), id="a node id without a key"),
        pytest.param(base64("User"), id="a node id without a colon"),
        pytest.param(base64("User:01"), id="a node id with a leading zero"),
        pytest.param(base64("User:1\n"), id="a node id with a newline inside"),
        pytest.param(base64("user:1"), id="a node id in small letters"),
        pytest.param(base64("Nobody:1"), id="a node id of no type"),
        pytest.param(base64(f"User:{PERSON_ID}"), id="a node id with the other source's key"),
        pytest.param(base64("User:1:2"), id="a node id with two keys"),
        pytest.param(base64("User:\u0661"), id="a node id with an Arabic digit"),
        pytest.param(base64("User:1").rstrip("=") + "==", id="a node id with more padding"),
        pytest.param(base64("User:12").rstrip("="), id="a node id without its padding"),
        pytest.param(base64("User:1") + "\n", id="a node id before a newline"),
        pytest.param(" " + base64("User:1"), id="a node id after a space"),
    ],
)
def test_ill_formed_text_is_no_users_id(text):
    with pytest.raises(InvalidValue, match="This is not the id of a user"):
        read_id(Kind.USER, text)


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (Kind.ACKNOWLEDGEMENT, "an acknowledgement"),
        (Kind.REFERENCE, "an external reference"),
        (Kind.WORKER, "a worker"),
    ],
)
def test_a_refusal_says_it_as_people_do(kind, words):
    with pytest.raises(InvalidValue, match=f"the id of {words}"):
        read_id(kind, "x")


@pytest.mark.rule("6.2")
@pytest.mark.parametrize(
    ("kind", "text"),
    [
        pytest.param(Kind.PERSON, "1", id="a number is no person's"),
        pytest.param(Kind.PERSON, PERSON_ID.replace("-", ""), id="a UUID needs its hyphens"),
        pytest.param(Kind.WORKER, "U1", id="a worker has no source id of a user's form"),
        pytest.param(Kind.WORKER, f"P{PERSON_ID}", id="nor of a person's"),
        pytest.param(Kind.WORKER, base64("Worker:1"), id="a worker's key says from which source"),
        pytest.param(Kind.WORKER, base64("Worker:U0"), id="a worker's user has a Kantata id"),
        pytest.param(Kind.WORKER, base64("Worker:P1"), id="a worker's person has a UUID"),
        pytest.param(Kind.WORKER, base64("Worker:"), id="a worker needs a key"),
        pytest.param(Kind.WORKER, base64("Worker:V1"), id="no source has this letter"),
        pytest.param(Kind.WORKER, base64(f"Worker:Q{PERSON_ID}"), id="nor this one"),
        pytest.param(Kind.WORKER, base64(f"Worker:U{2**63}"), id="no database holds the number"),
        pytest.param(
            Kind.PERSON, base64(f"Person:{PERSON_ID.upper()}"), id="a node id of a UUID in capitals"
        ),
        pytest.param(
            Kind.PERSON, base64(f"Person:{PERSON_ID}") + "\n", id="a node id before a newline"
        ),
        pytest.param(Kind.WORKWEEK, PERSON_ID, id="a workweek has no source id"),
    ],
)
def test_ill_formed_text_is_no_id(kind, text):
    with pytest.raises(InvalidValue):
        read_id(kind, text)


@pytest.mark.rule("4.1")
def test_a_workers_id_says_from_which_system_it_derives():
    assert read_id(Kind.WORKER, node_id(Kind.WORKER, user_subject(7))) == "U7"
    assert read_id(Kind.WORKER, node_id(Kind.WORKER, person_subject(PERSON_ID))) == f"P{PERSON_ID}"


@pytest.mark.rule("6.1")
@pytest.mark.rule("6.2")
@given(kinds, st.text(max_size=40) | st.text(max_size=20).map(lambda text: base64(ascii(text))))
@example(Kind.USER, "VXNlcjox")
@example(Kind.PERSON, "\ud800")
def test_any_text_is_an_id_of_its_kind_or_refused(kind, text):
    try:
        key = read_id(kind, text)
    except (InvalidValue, NotFound):
        return

    assert split_node_id(node_id(kind, key)) == (kind, key)


@pytest.mark.rule("6.2")
@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        pytest.param([], (), id="none"),
        pytest.param(["1", "17"], (1, 17), id="numbers"),
        pytest.param(["9" * 18], (10**18 - 1,), id="the longest that is always stored"),
        pytest.param(["1", "9" * 19], None, id="a longer one"),
        pytest.param(["1", node_id(Kind.USER, 1)], None, id="a node id among them"),
        pytest.param(["0"], None, id="zero"),
        pytest.param(["1\n"], None, id="a line break"),
    ],
)
def test_kantatas_numbers_are_read_at_once(texts, expected):
    assert read_numbers(texts) == expected


@pytest.mark.rule("6.2")
def test_an_id_of_the_other_source_cannot_be_taken_for_one():
    """Which source a kind is of stands in the code that asks: this is for whoever writes it."""
    with pytest.raises(TypeError):
        read_kantata_id(Kind.PERSON, PERSON_ID)
    with pytest.raises(TypeError):
        read_text_id(Kind.USER, "1")
