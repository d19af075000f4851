"""By what a worker is joined, or why it is apart (rule 4.1)."""

import pytest
from hypothesis import given

from app.domain.joining import MOST_OTHERS, ApartReason, JoinedBy, Joining, joinings
from app.domain.workers import join
from tests.domain.test_workers import ANN, BEN, companies, person, user

LINK, EMAIL = Joining(JoinedBy.LINK), Joining(JoinedBy.EMAIL)


def told(users, people, links=(), bars=()):
    """Return how it is with each worker, by its id."""
    return joinings(
        join("c", users, people, links=links, bars=bars), users, people, frozenset(links)
    )


def apart(reason, *others):
    return Joining(apart=ApartReason(reason), others=others)


@pytest.mark.rule("4.1")
@pytest.mark.parametrize(
    ("users", "people", "links", "bars", "expected"),
    [
        pytest.param(
            {1: user(ANN)}, {"a": person(ANN)}, [], [], {"U1": EMAIL}, id="joined by their e-mail"
        ),
        pytest.param(
            {1: user(ANN)},
            {"a": person(ANN)},
            [(1, "a")],
            [],
            {"U1": LINK},
            id="linked, although the e-mail would do",
        ),
        pytest.param(
            {1: user(None), 2: user(" ")},
            {"a": person("")},
            [],
            [],
            {"U1": apart("NO_EMAIL"), "U2": apart("NO_EMAIL"), "Pa": apart("NO_EMAIL")},
            id="no e-mails",
        ),
        pytest.param(
            {1: user("n/a")},
            {"a": person("n/a")},
            [],
            [],
            {"U1": apart("NOT_AN_EMAIL"), "Pa": apart("NOT_AN_EMAIL")},
            id="a text that is no e-mail",
        ),
        pytest.param(
            {1: user(ANN)},
            {"a": person(BEN)},
            [],
            [],
            {"U1": apart("NOBODY_HAS_EMAIL"), "Pa": apart("NOBODY_HAS_EMAIL")},
            id="other e-mails",
        ),
        pytest.param(
            {1: user(ANN), 2: user(ANN)},
            {"a": person(ANN)},
            [],
            [],
            {
                "U1": apart("EMAIL_SHARED", "U2", "Pa"),
                "U2": apart("EMAIL_SHARED", "U1", "Pa"),
                "Pa": apart("EMAIL_SHARED", "U1", "U2"),
            },
            id="two users share it",
        ),
        pytest.param(
            {1: user(ANN)},
            {"a": person(ANN), "b": person(ANN)},
            [],
            [],
            {
                "U1": apart("EMAIL_SHARED", "Pa", "Pb"),
                "Pa": apart("EMAIL_SHARED", "U1", "Pb"),
                "Pb": apart("EMAIL_SHARED", "U1", "Pa"),
            },
            id="two people share it",
        ),
        pytest.param(
            {1: user(ANN)},
            {"a": person(ANN), "b": person(ANN, is_active=False)},
            [],
            [],
            {"U1": EMAIL, "Pb": apart("ACTIVE_HAS_EMAIL", "U1", "Pa")},
            id="an inactive person beside an active one",
        ),
        pytest.param(
            {1: user(ANN), 2: user(BEN)},
            {"a": person(ANN)},
            [(2, "a")],
            [],
            {"U1": apart("LINKED_ELSEWHERE", "Pa"), "U2": LINK},
            id="the person of the e-mail is linked to another user",
        ),
        pytest.param(
            {1: user(ANN)},
            {"a": person(ANN), "b": person(BEN)},
            [(1, "b")],
            [],
            {"U1": LINK, "Pa": apart("LINKED_ELSEWHERE", "U1")},
            id="the user of the e-mail is linked to another person",
        ),
        pytest.param(
            {1: user(ANN)},
            {"a": person(ANN)},
            [],
            [(1, "a")],
            {"U1": apart("SPLIT", "Pa"), "Pa": apart("SPLIT", "U1")},
            id="split",
        ),
    ],
)
def test_a_worker_tells_what_joins_it_or_keeps_it_apart(users, people, links, bars, expected):
    assert told(users, people, links, bars) == expected


@pytest.mark.rule("4.1")
def test_of_many_who_share_an_e_mail_the_first_are_named():
    found = told({number: user(ANN) for number in range(1, 5_001)}, {"a": person(ANN)})

    first = [f"U{number}" for number in range(1, MOST_OTHERS + 2)]
    assert found["U3"] == apart("EMAIL_SHARED", *[each for each in first if each != "U3"])
    assert found["Pa"] == apart("EMAIL_SHARED", *first[:MOST_OTHERS])


@pytest.mark.rule("4.1")
@given(companies())
def test_only_who_is_apart_has_a_reason_and_nobody_is_their_own_reason(company):
    users, people, links, bars = company
    workers = join("c", users, people, links=links, bars=bars)

    found = told(users, people, links, bars)

    assert found.keys() == {worker.id for worker in workers}
    for worker in workers:
        joining = found[worker.id]
        assert (worker.pair is not None) == (joining.joined_by is not None)
        assert (worker.pair is not None) == (joining.apart is None)
        assert worker.id not in joining.others
        assert (joining.joined_by is JoinedBy.LINK) == ((worker.user_id, worker.person_id) in links)


@pytest.mark.rule("4.1")
@given(companies())
def test_a_split_is_the_reason_only_where_it_happened(company):
    users, people, links, bars = company
    reasons = told(users, people, links, bars)
    split = {id_ for id_, each in reasons.items() if each.apart is ApartReason.SPLIT}

    assert split <= {f"U{one}" for one, _ in bars} | {f"P{other}" for _, other in bars}


def test_of_who_is_of_another_company_by_now_nothing_is_said():
    workers = join("c", {1: user(ANN), 2: user(BEN)}, {}, links=(), bars=())

    assert set(joinings(workers, {2: user(BEN)}, {}, frozenset())) == {"U2"}
    gone = join("c", {}, {"a": person(ANN)}, links=(), bars=())
    assert joinings(gone, {}, {}, frozenset()) == {}
