"""Who was erased: what stays of them, and what stands in texts that named them (rule 4.7)."""

from dataclasses import replace

import pytest

from app.domain.directory import Person, PersonStatus, User
from app.domain.erasure import (
    REMOVED,
    Erasure,
    Mentions,
    emails_in_facts,
    erased_facts,
    erased_person,
    erased_user,
    is_erased,
    is_erased_person,
    names_in_facts,
    pseudonym_of,
    without_reasons_of,
)
from app.domain.workers import Worker
from tests.builders import COMPANY, PERSON

pytestmark = pytest.mark.rule("4.7")

ADA = Mentions.of(
    {"Ada King", "Ada", "King, Ada", "Erased 7", "erased 7"},
    {"ada@example.com", "a.king@example.com"},
    "Erased 7",
)
ZOE = Mentions.of({"Zoë Núñez"}, set(), "Erased 8")


@pytest.mark.parametrize(
    ("worker", "pseudonym"),
    [
        (Worker(COMPANY, 7, PERSON, "Ada", None), "Erased 7"),
        (Worker(COMPANY, None, PERSON, "Ada", None), "Erased 81c63107"),
    ],
)
def test_a_pseudonym_is_made_of_the_id(worker, pseudonym):
    assert pseudonym_of(worker) == pseudonym


def test_the_ids_the_role_and_the_status_stay():
    user = User(7, COMPANY, "Ada King", "ada@example.com", "Countess", 5)
    person = Person(PERSON, COMPANY, "Ada", "King", "a@b.c", "9", PersonStatus.INACTIVE, "Countess")

    assert erased_user(user, "Erased 7") == User(7, COMPANY, "Erased 7", None, None, 5)
    assert erased_person(person, "Erased 7") == Person(
        PERSON, COMPANY, "Erased", "7", None, None, PersonStatus.INACTIVE, None
    )


@pytest.mark.parametrize(
    ("text", "now"),
    [
        ("for Ada King.", "for Erased 7."),
        ("ADA KING, ada@EXAMPLE.com", "Erased 7, Erased 7"),
        ("King, Ada: <a.king@example.com>", "Erased 7: <Erased 7>"),
        ("mailto:ada@example.com?subject=x", "mailto:Erased 7?subject=x"),
        pytest.param("nevada@example.com", "nevada@example.com", id="another's address"),
        pytest.param("ada@example.com-old", "ada@example.com-old", id="another's host"),
        pytest.param("Ada Kingston", "Ada Kingston", id="a longer name"),
        pytest.param("Ada says so", "Ada says so", id="one word within a text"),
        pytest.param(" ada ", "Erased 7", id="one word that is the whole text"),
        pytest.param("Erased 7", "Erased 7", id="the pseudonym itself"),
    ],
)
def test_a_text_has_the_pseudonym_wherever_it_named_them(text, now):
    assert ADA.replaced(text) == now
    assert ADA.replaced_within({"said": [text, 1, None, {"by": text}]}) == {
        "said": [now, 1, None, {"by": now}]
    }


def test_accents_are_found_in_either_form():
    assert ZOE.replaced("Zoe\u0308 Nu\u0301n\u0303ez") == ZOE.replaced("ZOË NÚÑEZ") == "Erased 8"
    assert {"ZOË NÚÑEZ", "Zoe\u0308 Nu\u0301n\u0303ez"} <= set(ZOE.fragments)
    assert 'Ann \\"Bo\\" Lee' in Mentions.of({'Ann "Bo" Lee'}, set(), "Erased 9").fragments


def test_without_names_only_e_mails_are_found_and_without_both_nothing():
    assert ADA.without_names().replaced("Ada King, ada@example.com") == "Ada King, Erased 7"
    nobody = Mentions.of(set(), set(), "Erased 7")
    assert nobody.replaced("Ada") == "Ada"
    assert nobody.fragments == ()


def test_facts_of_a_change_name_nobody_any_more():
    user = {"fullName": "Ada King", "emailAddress": " ada@example.com ", "roleId": "5"}
    person = {"firstName": "Ada", "lastName": "", "email": "none", "jobTitle": "Countess"}

    assert names_in_facts(user) == {"Ada King"}
    assert names_in_facts(person) == {"Ada"}
    assert names_in_facts({"firstName": "Ada", "lastName": "King"}) == {
        "Ada King",
        "King Ada",
        "King, Ada",
    }
    assert emails_in_facts(user | person) == {"ada@example.com"}
    assert erased_facts(user, "Erased 7") == {
        "fullName": "Erased 7",
        "emailAddress": None,
        "roleId": "5",
    }
    assert erased_facts(person, "Erased 7") == {
        "firstName": "Erased",
        "lastName": "7",
        "email": None,
        "jobTitle": None,
    }


def test_an_answer_loses_the_reasons_of_these_people_only():
    kept = {"records": [{"person_id": PERSON, "reason": "flu"}, {"person_id": "x", "reason": "y"}]}

    assert without_reasons_of(kept, frozenset({PERSON})) == {
        "records": [{"person_id": PERSON, "reason": REMOVED}, {"person_id": "x", "reason": "y"}]
    }


def test_nothing_is_nothing():
    assert Erasure().is_nothing
    assert not Erasure(texts=1).is_nothing


def test_an_erased_user_is_known_by_the_name_that_is_left():
    user = User(1001, COMPANY, "Ada", "a@example.com", None, None)

    assert not is_erased(user)
    assert is_erased(erased_user(user, "Erased 1001"))


def test_an_erased_person_is_known_by_the_pseudonym_that_is_all_that_is_left():
    person = Person(
        PERSON, COMPANY, "Grace", "Hopper", "g@example.com", "7", PersonStatus.ACTIVE, "Mason"
    )

    assert not is_erased_person(person)
    assert not is_erased_person(replace(person, first_name="Erased"))
    assert is_erased_person(erased_person(person, "Erased 81c63107"))
