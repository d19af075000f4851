"""Each message that counts, in every language, said with none, one, a few and a thousand."""

import re

import pytest

from tests.web.test_calendar_messages import OF_PAGES, packages, run

__all__ = ["packages"]  # a fixture

pytestmark = [pytest.mark.node, pytest.mark.process, pytest.mark.usefixtures("packages")]

COUNTS = (0, 1, 2, 5, 1000)

ALIKE = {"de": {"toolbar.filters"}, "en": set(), "es": set(), "fr": set()}
"""Words that are the same for one as for several in that language, such as the German Filter."""

SAY_ALL = """
import { TYPE, parse } from "@formatjs/icu-messageformat-parser";
import { IntlMessageFormat } from "intl-messageformat";
import { readFileSync } from "node:fs";
const [messages, counts] = JSON.parse(readFileSync(0, "utf8"));
const formats = { number: { hours: { maximumFractionDigits: 2 }, plain: { useGrouping: false } } };

const escaped = (number) => number.replace(".", "\\\\.");

/** What each argument can be said with; what is counted is in `counted`, zeros in `zeros`. */
function look(elements, found) {
  for (const { type, value, options = {}, children = [] } of elements) {
    if (type === TYPE.argument) found.samples[value] ??= ["X"];
    if (type === TYPE.number) found.samples[value] ??= [7];
    if (type === TYPE.plural) {
      found.samples[value] = [7];
      found.counted.add(value);
      if ("=0" in options) found.zeros.add(value);
    }
    if (type === TYPE.select) found.samples[value] = Object.keys(options);
    if (type === TYPE.tag) found.samples[value] = [(parts) => parts.join("")];
    for (const option of Object.values(options)) look(option.value, found);
    look(children, found);
  }
  return found;
}

function combined(samples) {
  let all = [{}];
  for (const [name, values] of Object.entries(samples)) {
    all = all.flatMap((one) => values.map((value) => ({ ...one, [name]: value })));
  }
  return all;
}

const said = [];
for (const [language, texts] of Object.entries(messages)) {
  const grouped = new Intl.NumberFormat(language);
  for (const [id, text] of Object.entries(texts)) {
    const found = { samples: {}, counted: new Set(), zeros: new Set() };
    const { samples, counted, zeros } = look(parse(text), found);
    if (!counted.size) continue;
    const format = new IntlMessageFormat(text, language, formats);
    for (const name of counted) {
      for (const values of combined(samples)) {
        const forms = counts.map((count) => {
          const whole = [format.format({ ...values, [name]: count })].flat().join("");
          const numbers = [grouped.format(count), String(count)].map(escaped);
          return whole.replace(new RegExp(`(?<!\\\\d)(${numbers.join("|")})(?!\\\\d)`, "g"), "#");
        });
        said.push({ language, id, name, hasZero: zeros.has(name), forms });
      }
    }
  }
}
console.log(JSON.stringify(said));
"""


@pytest.fixture(scope="module")
def said():
    """Of each message, of each number in it: what is said by count, with # for the number."""
    languages = [*OF_PAGES["calendar"]]
    messages = {
        each: {id_: text for page in OF_PAGES.values() for id_, text in page[each].items()}
        for each in languages
    }
    return run(SAY_ALL, [messages, COUNTS])


def test_each_message_that_counts_is_said(said):
    counting = {
        id_
        for page in OF_PAGES.values()
        for id_, text in page["en"].items()
        if re.search(r",\s*plural\s*,", text)
    }

    assert {(each["language"], each["id"]) for each in said} == {
        (language, id_) for language in OF_PAGES["calendar"] for id_ in counting
    }
    odd = [each for each in said if re.search(r"[{}<>]|undefined|NaN", "".join(each["forms"]))]
    assert odd == []


def test_many_are_many_however_many(said):
    wrong = [each for each in said if len(set(each["forms"][2:])) != 1]

    assert wrong == []


def test_none_is_as_the_language_has_it(said):
    """In French nothing is singular, elsewhere it is plural; unless the message says it itself."""
    wrong = [
        each
        for each in said
        if not each["hasZero"]
        and each["forms"][0] != each["forms"][1 if each["language"] == "fr" else 2]
    ]

    assert wrong == []


def test_one_differs_from_two_where_it_does_in_english(said):
    """A plural that a translation has forgotten is the same words for one as for two."""

    def differing(language):
        return {
            (each["id"], each["name"])
            for each in said
            if each["language"] == language and each["forms"][1] != each["forms"][2]
        }

    alike = {
        language: {id_ for id_, _ in differing("en") - differing(language)}
        for language in OF_PAGES["calendar"]
    }

    assert alike == ALIKE
