"""docs/schedule.md shows what happens: its documents are run in their order."""

import json
import re
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "schedule.md"
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
ROW = re.compile(r"^\| (2026-\S+) \|(.*)\|$", re.MULTILINE)
SUM = re.compile(r"^\| \*\*Sum\*\* \|(.*)\|$", re.MULTILINE)
FIGURES = (
    "workdayHours",
    "hoursOff",
    "hoursOffLow",
    "hoursOffHigh",
    "availableHours",
    "paidHours",
    "unpaidHours",
    "unknownPaidHours",
)


def cells(text):
    return [cell.strip() for cell in text.split("|")]


def table(page):
    """The worked week as the page has it: (day, figures, note codes) each, and the sums."""
    rows = [(day, cells(rest)) for day, rest in ROW.findall(page)]
    days = [
        (day, [float(each) for each in found[:-1]], re.findall(r"[A-Z_]+", found[-1]))
        for day, found in rows
    ]
    (sums,) = SUM.findall(page)
    return days, [float(each) for each in cells(sums) if each]


@pytest.mark.rule("4.2")
@pytest.mark.rule("4.4")
@pytest.mark.rule("4.5")
async def test_the_worked_week_is_as_the_page_says(ask):
    page = PAGE.read_text("utf-8")
    blocks = BLOCK.findall(page)
    documents = [code for language, code in blocks if language == "graphql"]
    answers = [json.loads(code) for language, code in blocks if language == "json"]
    prepare, week, differing, two_absences, settle, span = documents

    prepared = await ask(prepare)
    assert all(not each["userErrors"] for each in prepared["data"].values())
    vacation = prepared["data"]["vacation"]["personTimeOff"]["id"]
    monday = prepared["data"]["entries"]["timeOffEntries"][0]["id"]
    shown = await ask(week)

    (node,) = shown["data"]["schedule"]["nodes"]
    days, sums = table(page)
    assert [
        (day["date"], [day[name] for name in FIGURES], [note["code"] for note in day["notes"]])
        for day in node["days"]
    ] == days
    assert [node[name] for name in ("workdayHours", "hoursOff", "availableHours")] == sums
    assert [
        await ask(differing),
        await ask(two_absences),
        await ask(settle, id=vacation),
        await ask(span, ids=[monday]),
    ] == answers


async def test_combined_as_a_sum_the_week_is_as_the_page_says(ask):
    prepare, week, *_ = (
        code for language, code in BLOCK.findall(PAGE.read_text("utf-8")) if language == "graphql"
    )
    await ask(prepare)

    answer = await ask(week.replace('to: "2026-03-08"', 'to: "2026-03-08", combine: SUM'))

    (node,) = answer["data"]["schedule"]["nodes"]
    assert (node["hoursOff"], node["days"][1]["hoursOff"]) == (31.0, 8.0)
