"""How texts are compared (rules 4.1 and 6.4)."""

# ruff: noqa: RUF001 - letters that look alike are what this is about

import sys
from unicodedata import normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.texts import folded, is_blank, visible

ZERO_WIDTH, ORDER_MARK, SOFT_HYPHEN, TO_THE_RIGHT = "\u200b", "\ufeff", "\u00ad", "\u200e"
names = st.text(
    st.sampled_from("aAeé ÉİıIßẞſłŁøÆœŋþ'-’‐ﬁ각ガ½\u0301\u0345\u200b\u00ad\u00a0\t")
    | st.characters(),
    max_size=12,
)


@pytest.mark.rule("6.4")
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("", True, id="nothing"),
        pytest.param(" \t\n\u00a0\u3000", True, id="blanks"),
        pytest.param(ZERO_WIDTH, True, id="a zero width space"),
        pytest.param(f" {ORDER_MARK}{SOFT_HYPHEN} {TO_THE_RIGHT}\u2066\u2069", True, id="a mix"),
        pytest.param("\u3164", True, id="a Hangul filler"),
        pytest.param("\u115f\u1160\uffa0", True, id="the other fillers"),
        pytest.param("\u2800", True, id="the Braille pattern without a dot"),
        pytest.param("\ufe0f\U000e0100", True, id="variation selectors of nothing"),
        pytest.param("\u034f", True, id="a joiner of nothing"),
        pytest.param("\u0301", True, id="an accent of no letter"),
        pytest.param("0", False, id="a digit"),
        pytest.param(f"{ZERO_WIDTH}.", False, id="a full stop"),
        pytest.param("\u0647\u200d", False, id="a letter with a joiner"),
    ],
)
def test_a_text_is_blank_where_nothing_can_be_seen(text, expected):
    assert is_blank(text) is expected


@pytest.mark.rule("6.4")
@pytest.mark.parametrize(
    "texts",
    [
        pytest.param(["José", "jose", "JOSÉ", "Jose\u0301", f"jo{ZERO_WIDTH}se"], id="accents"),
        pytest.param(["Zoë", "Zoe\u0308", "zoe"], id="forms of Unicode"),
        pytest.param(["Groß", "GROSS", "gross", "GROẞ"], id="a sharp s"),
        pytest.param(["Işık", "IŞIK", "ışık", "isik"], id="a dotless i"),
        pytest.param(["İnci", "inci", "INCI", "i\u0307nci"], id="a dotted capital i"),
        pytest.param(["Łukasz", "lukasz"], id="a crossed l, which does not come apart"),
        pytest.param(["Søren", "SØREN", "soren"], id="a crossed o"),
        pytest.param(["Þórður", "thordur"], id="thorn and eth"),
        pytest.param(["Đặng", "dang"], id="a crossed d"),
        pytest.param(["Æsa", "aesa", "AESA"], id="joined letters"),
        pytest.param(["Œuvre", "oeuvre"], id="joined letters of French"),
        pytest.param(["O’Brien", "o'brien", "Oʼbrien"], id="apostrophes"),
        pytest.param(["Anne\u2011Marie", "anne-marie", "Anne‐Marie"], id="hyphens"),
        pytest.param(["Ada  Lovelace", " ada\u00a0lovelace ", "ADA\tLovelace"], id="blanks"),
        pytest.param(["ﬁnn", "Ｆｉｎｎ", "finn"], id="joined and wide letters"),
        pytest.param(["νίκος", "ΝΙΚΟΣ", "Νικοσ"], id="the two small sigmas"),
    ],
)
def test_texts_that_are_compared_as_one(texts):
    assert len({folded(text) for text in texts}) == 1


@pytest.mark.rule("6.4")
@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param("Müller", "Mueller", id="an umlaut is no two letters"),
        pytest.param("कि", "का", id="vowels of Devanagari are no accents"),
        pytest.param("Ann", "An n", id="a blank inside"),
    ],
)
def test_texts_that_are_told_apart(one, other):
    assert folded(one) != folded(other)


@pytest.mark.rule("6.4")
def test_every_character_is_found_by_itself_in_each_of_its_forms():
    """What is the same text as before need not be asked again: that halves half a minute."""
    for number in range(sys.maxunicode + 1):
        character = chr(number)
        written = f"a{character}b"
        once = folded(written)
        assert once == written or folded(once) == once
        for form in ("NFC", "NFD"):
            normal = character if 0xD800 <= number <= 0xDFFF else normalize(form, character)
            assert normal == character or folded(normal) == folded(character)


@pytest.mark.rule("6.4")
@given(names, names, names)
def test_a_part_of_a_name_is_found_in_it(before, part, after):
    assert folded(part) in folded(before + part + after)


@pytest.mark.rule("6.4")
def test_blanks_take_a_place_in_any_script():
    assert visible("Zoë\tVale\n") == "Zoë\tVale\n"
    assert folded("Zoë\tVale\nß") == "zoe vale ss"


@pytest.mark.rule("4.1")
@given(st.text())
def test_what_is_visible_stays_in_its_order(text):
    shown = iter(text)

    assert all(character in shown for character in visible(text))
