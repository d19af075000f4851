"""The calendar knows every sentence by which the domain says what a conversion loses.

It tells them apart by how they begin, for the API says them in English only.
"""

import re
from datetime import date

import pytest

from app.domain.days import DayRange
from app.domain.durations import HOUR, HUNDREDTH, MINUTE
from app.domain.mirror_entries import NeededEntry
from app.domain.mirror_words import lost_of_entries, lost_of_record
from tests.domain.test_mirror_entries import PERSON, entry, worker
from tests.domain.test_mirror_words import WEEKENDS, record
from tests.web.test_calendar_messages import ENGLISH, SOURCES

SOURCE = (SOURCES / "src" / "settle-words.ts").read_text("utf-8")
(TABLE,) = re.findall(r"const LOST: .*?^\];", SOURCE, re.DOTALL | re.MULTILINE)
KINDS = {
    id_: re.compile(begin) for begin, id_ in re.findall(r'\[/(.+)/, .*t\("(lost\.\w+)"', TABLE)
}
(QUARTERS,) = re.findall(r"const rounded = /(.+)/\.exec", SOURCE)
KINDS["lost.quarters"] = re.compile(QUARTERS)


def needed(seconds, recorded):
    return NeededEntry(entry(seconds), worker(), PERSON, recorded, None)


ROUNDED = [(HOUR + HUNDREDTH, HOUR), (24 * HUNDREDTH, 15 * MINUTE)]
SENTENCES = sorted(
    {
        *lost_of_record(record(), DayRange()),
        *lost_of_record(record(is_paid=False), DayRange()),
        *lost_of_record(record(WEEKENDS), DayRange()),
        *lost_of_record(record(WEEKENDS), DayRange(date(2026, 3, 27), None)),
        *lost_of_record(record(WEEKENDS), DayRange(date(2026, 3, 28), None)),
        *lost_of_entries([needed(*each) for each in ROUNDED], 1),
        *lost_of_entries([needed(*each) for each in 2 * ROUNDED], 2),
    }
)


@pytest.mark.parametrize("sentence", SENTENCES)
def test_each_sentence_has_words_of_one_kind(sentence):
    assert [id_ for id_, kind in KINDS.items() if kind.search(sentence)] != []


def test_each_kind_is_said_by_the_domain_and_has_words():
    found = {id_ for each in SENTENCES for id_, kind in KINDS.items() if kind.search(each)}

    assert found == {*KINDS} == {id_ for id_ in ENGLISH if id_.startswith("lost.")}


def test_the_facts_of_a_sentence_are_found():
    (times,) = (found for each in SENTENCES if (found := KINDS["lost.times"].search(each)))
    hours = {found.groups() for each in SENTENCES if (found := KINDS["lost.quarters"].search(each))}

    assert times.groups() == ("08:15 to 16:00",)
    assert hours == {("1.01", "1"), ("0.24", "0.25")}
