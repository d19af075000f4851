"""Who is one human (rule 4.1)."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.workers import (
    Human,
    Sharing,
    Worker,
    email_key,
    is_name_key,
    join,
    name_key,
    sharings,
    without_common_subjects,
)

ANN, BEN, CLEO = "ann@example.com", "ben@example.com", "cleo@example.com"
emails = st.sampled_from(
    [None, "", " ", ANN, ANN.upper(), f" {BEN} ", BEN, CLEO, f"{CLEO}\u200b", "n/a", "@n"]
)
names = st.sampled_from(["Ann", "Ben", "Cleo"])
humans = st.builds(Human, names, emails, st.booleans())


def user(email, name="A user", *, is_active=True):
    return Human(name, email, is_active)


def person(email, name="A person", *, is_active=True):
    return Human(name, email, is_active)


def pairs(users, people, links=(), bars=()):
    """Return who is joined with whom, as (user, person)."""
    workers = join("c", users, people, links=links, bars=bars)
    return sorted(((each.user_id, each.person_id) for each in workers), key=str)


@st.composite
def companies(draw):
    """Users, people, links with each of them at most once, and bars that no link dissolved."""
    users = draw(st.dictionaries(st.integers(min_value=1, max_value=9), humans, max_size=5))
    people = draw(st.dictionaries(st.sampled_from("abcdefgh"), humans, max_size=5))
    all_pairs = [(one, other) for one in users for other in people]
    links: dict[int, str] = {}
    for one, other in draw(st.lists(st.sampled_from(all_pairs), max_size=3)) if all_pairs else ():
        if one not in links and other not in links.values():
            links[one] = other
    bars = draw(st.sets(st.sampled_from(all_pairs), max_size=4)) if all_pairs else set()
    return users, people, set(links.items()), bars - set(links.items())


@pytest.mark.rule("4.1")
@pytest.mark.parametrize(
    ("users", "people", "expected"),
    [
        pytest.param({}, {}, [], id="nobody makes no workers"),
        pytest.param({1: user(ANN)}, {}, [(1, None)], id="a user alone"),
        pytest.param({}, {"a": person(ANN)}, [(None, "a")], id="a person alone"),
        pytest.param({1: user(ANN)}, {"a": person(ANN)}, [(1, "a")], id="the same e-mail joins"),
        pytest.param(
            {1: user("  Ann@Example.COM ")},
            {"a": person(ANN)},
            [(1, "a")],
            id="an e-mail is trimmed and without regard to case",
        ),
        pytest.param(
            {1: user(ANN)},
            {"a": person(BEN)},
            [(1, None), (None, "a")],
            id="other e-mails keep apart",
        ),
        pytest.param(
            {1: user(None)},
            {"a": person(None)},
            [(1, None), (None, "a")],
            id="no e-mail is not the same e-mail",
        ),
        pytest.param(
            {1: user(" ")},
            {"a": person("")},
            [(1, None), (None, "a")],
            id="nor is a blank one",
        ),
        pytest.param(
            {1: user(ANN), 2: user(ANN.upper())},
            {"a": person(ANN)},
            [(1, None), (2, None), (None, "a")],
            id="an e-mail of two users joins neither",
        ),
        pytest.param(
            {1: user(ANN)},
            {"a": person(ANN), "b": person(f" {ANN}")},
            [(1, None), (None, "a"), (None, "b")],
            id="an e-mail of two people joins neither",
        ),
        pytest.param(
            {1: user(ANN)},
            {"a": person(ANN), "b": person(ANN, is_active=False)},
            [(1, "a"), (None, "b")],
            id="the inactive do not count beside an active person",
        ),
        pytest.param(
            {1: user(ANN)},
            {"a": person(ANN, is_active=False)},
            [(1, "a")],
            id="but where nobody is active",
        ),
        pytest.param(
            {1: user(ANN)},
            {"a": person(ANN, is_active=False), "b": person(ANN, is_active=False)},
            [(1, None), (None, "a"), (None, "b")],
            id="and then two of them join neither",
        ),
        pytest.param(
            {1: user(ANN, is_active=False), 2: user(ANN)},
            {"a": person(ANN)},
            [(1, None), (2, "a")],
            id="nor do users who have left, beside one who has not",
        ),
        pytest.param(
            {1: user(ANN, is_active=False)},
            {"a": person(ANN, is_active=False)},
            [(1, "a")],
            id="but where all have left",
        ),
        pytest.param(
            {1: user("n/a")},
            {"a": person("n/a")},
            [(1, None), (None, "a")],
            id="what is no e-mail joins nobody",
        ),
        pytest.param(
            {1: user(f"\ufeff{ANN}")},
            {"a": person("ann\u00ad@example.com \u200e")},
            [(1, "a")],
            id="what cannot be seen is no difference",
        ),
        pytest.param(
            {1: user(ANN, "Ann"), 2: user(BEN, "Ann")},
            {"a": person(BEN, "Ann")},
            [(1, None), (2, "a")],
            id="a name joins nobody",
        ),
    ],
)
def test_a_user_and_a_person_with_the_same_email_are_one_worker(users, people, expected):
    assert pairs(users, people) == sorted(expected, key=str)


@pytest.mark.rule("4.1")
@pytest.mark.parametrize(
    ("links", "bars", "expected"),
    [
        pytest.param([], [], [(1, "a"), (2, "b")], id="without links and bars the e-mails decide"),
        pytest.param(
            [(1, "b")],
            [],
            [(1, "b"), (2, None), (None, "a")],
            id="a link wins over the e-mails of both sides",
        ),
        pytest.param(
            [(1, "b"), (2, "a")], [], [(1, "b"), (2, "a")], id="links may cross the e-mails"
        ),
        pytest.param(
            [], [(1, "a")], [(1, None), (2, "b"), (None, "a")], id="a bar wins over the e-mails"
        ),
        pytest.param(
            [], [(1, "b")], [(1, "a"), (2, "b")], id="a bar keeps only its own pair apart"
        ),
        pytest.param(
            [(1, "b")],
            [(1, "a")],
            [(1, "b"), (2, None), (None, "a")],
            id="somebody barred from one may be linked with another",
        ),
        pytest.param([(1, "a")], [], [(1, "a"), (2, "b")], id="a link may say what e-mails say"),
    ],
)
def test_links_and_bars_win_over_emails(links, bars, expected):
    users = {1: user(ANN), 2: user(BEN)}
    people = {"a": person(ANN), "b": person(BEN)}

    assert pairs(users, people, links, bars) == sorted(expected, key=str)


@pytest.mark.rule("4.1")
def test_a_link_joins_those_without_an_email():
    assert pairs({1: user(None)}, {"a": person(ANN)}, links=[(1, "a")]) == [(1, "a")]


@pytest.mark.rule("4.1")
def test_a_linked_user_still_counts_among_those_who_have_the_email():
    """Two users have it, so who of them is the person stays open although one is linked."""
    users = {1: user(ANN), 2: user(ANN)}
    people = {"a": person(BEN), "b": person(ANN)}

    assert pairs(users, people, links=[(1, "a")]) == [(1, "a"), (2, None), (None, "b")]


@pytest.mark.rule("4.1")
@pytest.mark.parametrize(
    ("users", "people", "expected"),
    [
        pytest.param(
            {1: user(ANN, "Ann User")},
            {"a": person(ANN.upper(), "Ann Person")},
            Worker("c", 1, "a", "Ann User", ANN),
            id="name and e-mail are the user's first",
        ),
        pytest.param(
            {},
            {"a": person(ANN, "Ann Person")},
            Worker("c", None, "a", "Ann Person", ANN),
            id="else the person's",
        ),
        pytest.param(
            {1: user(None, "Ann User")},
            {},
            Worker("c", 1, None, "Ann User", None),
            id="a user may have no e-mail",
        ),
    ],
)
def test_a_worker_is_named_as_its_user_else_as_its_person(users, people, expected):
    assert join("c", users, people, links=[], bars=[]) == [expected]


@pytest.mark.rule("4.1")
@pytest.mark.parametrize("email", [None, "", "  "])
def test_the_persons_email_fills_in_for_a_user_without_one(email):
    workers = join("c", {1: user(email, "Ann User")}, {"a": person(ANN)}, links=[(1, "a")], bars=[])

    assert workers == [Worker("c", 1, "a", "Ann User", ANN)]


@pytest.mark.rule("4.1")
@pytest.mark.parametrize(
    ("user_id", "person_id", "expected"),
    [
        pytest.param(7, None, "U7", id="from its user"),
        pytest.param(7, "a", "U7", id="from its user also when joined, so linking keeps it"),
        pytest.param(None, "a", "Pa", id="from its person where there is no user"),
    ],
)
def test_a_workers_id_derives(user_id, person_id, expected):
    assert Worker("c", user_id, person_id, "Ann", None).id == expected


@pytest.mark.rule("4.1")
@pytest.mark.parametrize(
    ("email", "key"),
    [
        pytest.param(" Ada@Example.COM\n", "ada@example.com", id="trimmed and in small letters"),
        pytest.param(None, None, id="none"),
        pytest.param("", None, id="empty"),
        pytest.param(" \t\n", None, id="blank"),
        pytest.param("\u200b \ufeff", None, id="blanks and format characters"),
        pytest.param("zo\u00eb@x", "zo\u00eb@x", id="composed stays"),
        pytest.param("ZOE\u0308@x", "zo\u00eb@x", id="decomposed is composed"),
        pytest.param("a\u200db@x", "ab@x", id="a joiner inside"),
        pytest.param("n/a", "n/a", id="also what is no e-mail: it is filtered by"),
    ],
)
def test_emails_are_compared(email, key):
    assert email_key(email) == Human("Ada", email).email_key == key


@pytest.mark.rule("6.4")
def test_names_are_ordered_without_regard_to_case_accents_and_form():
    names = ["bob", "Cleo", "ann", "Be\u0301n", "Ben", "Ann B", "\u00c4nne", "b\u00e9n", "Ann"]

    assert sorted(names, key=name_key) == [
        *("Ann", "ann", "Ann B", "\u00c4nne"),
        *("Ben", "Be\u0301n", "b\u00e9n", "bob", "Cleo"),
    ]


@pytest.mark.rule("6.4")
@given(st.text(max_size=255))
def test_a_names_key_fits_into_an_index_and_is_known_as_one(name):
    key = name_key(name)

    assert len(key.encode(errors="surrogatepass")) <= 2_501
    assert is_name_key(key)


@pytest.mark.rule("4.1")
@pytest.mark.parametrize(
    ("users", "people", "links", "expected"),
    [
        pytest.param({1: user(ANN)}, {"a": person(ANN)}, [], [], id="nobody where two are joined"),
        pytest.param(
            {1: user(ANN)},
            {"a": person(ANN), "b": person(ANN)},
            [],
            [Sharing(ANN, (1,), ("a", "b"))],
            id="a user and two people",
        ),
        pytest.param(
            {1: user(ANN), 2: user(ANN.upper())},
            {},
            [],
            [Sharing(ANN, (1, 2), ())],
            id="users alone",
        ),
        pytest.param(
            {1: user(ANN), 2: user(ANN), 3: user(ANN)},
            {"a": person(ANN)},
            [],
            [Sharing(ANN, (1, 2, 3), ("a",))],
            id="three users and a person",
        ),
        pytest.param(
            {1: user(ANN)},
            {"a": person(ANN), "b": person(ANN), "c": person(ANN)},
            [],
            [Sharing(ANN, (1,), ("a", "b", "c"))],
            id="a user and three people",
        ),
        pytest.param(
            {1: user(ANN)},
            {"a": person(ANN), "b": person(ANN, is_active=False)},
            [],
            [],
            id="not the inactive beside an active person",
        ),
        pytest.param(
            {1: user(ANN), 2: user(ANN, is_active=False)},
            {"a": person(ANN)},
            [],
            [],
            id="not a user who has left beside an active one",
        ),
        pytest.param(
            {1: user(ANN)},
            {"a": person(ANN), "b": person(ANN)},
            [(1, "a")],
            [],
            id="nobody where only one is left who is not linked",
        ),
        pytest.param(
            {1: user(ANN)},
            {"a": person(ANN), "b": person(ANN)},
            [(7, "b")],
            [Sharing(ANN, (1,), ("a",))],
            id="who stays separate because another has it, though that one is linked",
        ),
        pytest.param({1: user("n/a"), 2: user("n/a")}, {}, [], [], id="not what is no e-mail"),
    ],
)
def test_who_stays_separate_because_an_e_mail_is_shared(users, people, links, expected):
    assert sharings(users, people, links=links) == expected


@pytest.mark.rule("4.1")
@given(companies())
def test_each_user_and_each_person_is_in_exactly_one_worker(company):
    users, people, links, bars = company

    workers = join("c", users, people, links=links, bars=bars)

    assert Counter(each.user_id for each in workers if each.user_id) == Counter(list(users))
    assert Counter(each.person_id for each in workers if each.person_id) == Counter(list(people))
    assert len({each.id for each in workers}) == len(workers)


@pytest.mark.rule("4.1")
@given(companies(), st.randoms(use_true_random=False))
def test_the_order_of_users_people_links_and_bars_is_irrelevant(company, random):
    def shuffled(some):
        return random.sample(sorted(some), len(some))

    users, people, links, bars = company
    workers = join("c", users, people, links=links, bars=bars)

    again = join(
        "c",
        {key: users[key] for key in shuffled(users)},
        {key: people[key] for key in shuffled(people)},
        links=shuffled(links),
        bars=shuffled(bars),
    )

    assert set(again) == set(workers)


@pytest.mark.rule("4.1")
@given(companies())
def test_all_links_hold_and_no_bar_is_broken(company):
    users, people, links, bars = company

    joined = {pair for pair in pairs(users, people, links, bars) if None not in pair}

    assert links <= joined
    assert not bars & joined


@pytest.mark.rule("4.1")
@given(companies())
def test_whoever_is_joined_without_a_link_is_alone_with_the_email(company):
    users, people, links, bars = company
    counted = [
        (
            humans,
            [
                Counter(h.email_key for h in humans.values() if h.is_active is is_active)
                for is_active in (True, False)
            ],
        )
        for humans in (users, people)
    ]

    joined = {pair for pair in pairs(users, people, links, bars) if None not in pair}

    for user_id, person_id in joined - links:
        shared = users[user_id].email_key
        assert shared is not None
        assert people[person_id].email_key == shared
        for id_, (humans, (active, inactive)) in zip((user_id, person_id), counted, strict=True):
            assert (active[shared] or inactive[shared]) == 1
            assert humans[id_].is_active or not active[shared]


@pytest.mark.rule("4.1")
@pytest.mark.parametrize(
    ("user_id", "person_id", "expected"),
    [
        pytest.param(1, "a", (1, "a"), id="a user and a person"),
        pytest.param(1, None, None, id="a user"),
        pytest.param(None, "a", None, id="a person"),
    ],
)
def test_both_systems_know_a_worker_who_is_a_user_and_a_person(user_id, person_id, expected):
    assert Worker("c", user_id, person_id, "Ann", None).pair == expected


@pytest.mark.parametrize(
    ("user_id", "person_id", "expected"),
    [
        pytest.param(1, "a", ("U1", "Pa"), id="a user and a person"),
        pytest.param(1, None, ("U1",), id="a user"),
        pytest.param(None, "a", ("Pa",), id="a person"),
    ],
)
def test_a_worker_is_known_by_the_keys_of_its_user_and_its_person(user_id, person_id, expected):
    assert Worker("c", user_id, person_id, "Ann", None).subjects == expected


def test_workers_are_grouped_so_that_nobody_shares_a_user_or_a_person():
    ann, cy, both = (
        Worker("c", user_id, person_id, "Ann", None)
        for user_id, person_id in ((1, None), (None, "a"), (1, "a"))
    )
    ben = Worker("c", 2, "b", "Ben", None)

    assert without_common_subjects([ann, cy, both, ben]) == [[ann, cy, ben], [both]]
    assert without_common_subjects([]) == []


@pytest.mark.rule("6.4")
@pytest.mark.parametrize(
    ("name", "written"),
    [
        pytest.param("x" * 901, "x" * 900, id="of letters"),
        pytest.param("\uac00" * 301, "\uac00" * 300, id="of syllables of three bytes"),
        pytest.param("x" + "\uac00" * 300, "x" + "\uac00" * 299, id="no half of a syllable"),
        pytest.param("x" * 225, "x" * 225, id="none that is short"),
    ],
)
def test_a_names_key_is_cut_between_characters(name, written):
    assert name_key(name).partition("\n")[2] == written
