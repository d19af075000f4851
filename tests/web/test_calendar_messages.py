"""What the pages say, in every language: nothing is missing, left over or of other facts."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from graphql import GraphQLEnumType, build_schema

from app.authentication.credentials import NotLetIn, TooManyFailures
from app.domain.errors import Unavailable
from app.web import calendar
from graphql_schema.http import errors
from graphql_schema.http.faults import INTERNAL_SERVER_ERROR
from graphql_schema.schema import sdl

SOURCES = Path(calendar.__file__).with_name("calendar")
FOLDERS = {"calendar": SOURCES / "src", "directory": SOURCES / "src" / "directory"}


def read_messages(folder):
    """The messages of each language by their ids."""
    return {
        path.stem: json.loads(path.read_text("utf-8"))
        for path in sorted((folder / "messages").glob("*.json"))
    }


OF_PAGES = {name: read_messages(folder) for name, folder in FOLDERS.items()}
MESSAGES = OF_PAGES["calendar"]
ENGLISH = {id_: text for page in OF_PAGES.values() for id_, text in page["en"].items()}
of_each_page = pytest.mark.parametrize("page", OF_PAGES)
CODES = {
    "refusal": "ErrorCode",
    "warning": "WarningCode",
    "note": "DayNoteCode",
    "referenceStatus": "ExternalReferenceStatus",
    "role": "AccessRole",
    "sync": "SyncState",
    "repeat": "Repeat",
    "scope": "Scope",
    "lost": "LossCode",
    "people.known": "KnownTo",
    "people.joinedBy": "JoinedBy",
    "people.apart": "ApartReason",
    "people.status": "PersonStatus",
}
"""What begins the ids of the words for each value of an enum of the schema."""

COMPARE = """
import { isStructurallySame, parse } from "@formatjs/icu-messageformat-parser";
import { readFileSync } from "node:fs";
const all = JSON.parse(readFileSync(0, "utf8"));
const wrong = [];
for (const [language, messages] of Object.entries(all)) {
  for (const [id, text] of Object.entries(messages)) {
    const { success, error } = isStructurallySame(parse(all.en[id]), parse(text));
    if (!success) wrong.push(`${language} ${id}: ${error.message}`);
  }
}
console.log(JSON.stringify(wrong));
"""
SAY = """
import { IntlMessageFormat } from "intl-messageformat";
import { readFileSync } from "node:fs";
const [text, language, values] = JSON.parse(readFileSync(0, "utf8"));
const formats = { number: { hours: { maximumFractionDigits: 2 } } };
const format = new IntlMessageFormat(text, language, formats);
console.log(JSON.stringify(values.map((each) => format.format(each))));
"""

needs_packages = pytest.mark.usefixtures("packages")


@pytest.fixture
def packages():
    if not (SOURCES / "node_modules" / "intl-messageformat").exists():
        missing = "The calendar is not built: app/web/calendar/build does that, with Node.js"
        in_ci = os.environ.get("CI", "").lower() in {"1", "true"}
        (pytest.fail if in_ci else pytest.skip)(missing)


def run(program, given):
    node = shutil.which("node") or "node"
    ended = subprocess.run(
        [node, "--input-type=module", "--eval", program],
        cwd=SOURCES,
        input=json.dumps(given),
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(ended.stdout)


def test_each_language_that_can_be_chosen_has_its_messages():
    text = (SOURCES / "src" / "language.ts").read_text("utf-8")
    (listed,) = re.findall(r"LANGUAGES = \{(.*)\}", text)

    for messages in OF_PAGES.values():
        assert sorted(re.findall(r"(\w+):", listed)) == [*messages]


@of_each_page
@pytest.mark.parametrize("language", MESSAGES)
def test_no_message_is_missing_left_over_empty_or_out_of_order(language, page):
    messages = OF_PAGES[page][language]

    assert [*messages] == sorted(OF_PAGES[page]["en"])
    assert [id_ for id_, text in messages.items() if not text.strip()] == []


def test_no_page_has_a_message_of_another():
    of_calendar, of_directory = (set(each["en"]) for each in OF_PAGES.values())

    assert of_calendar & of_directory == set()


@of_each_page
def test_each_message_is_said_somewhere(page):
    text = "".join(
        path.read_text("utf-8")
        for path in FOLDERS[page].glob("*.ts*")
        if not path.name.startswith("generated")
    )
    whole = set(re.findall(r'"([\w.-]+)"', text))
    patterns = [
        re.sub(r"\\\$\\\{.*?\\\}", r"[\\w-]+", re.escape(template))
        for template in re.findall(r"`([\w.-]+\.\$\{[\w.]+\}[\w.]*)`", text)
    ]
    made = re.compile("|".join(patterns))

    english = OF_PAGES[page]["en"]
    unsaid = [id_ for id_ in english if id_ not in whole and not made.fullmatch(id_)]

    assert patterns
    assert unsaid == []


@pytest.mark.node
@pytest.mark.process
@needs_packages
def test_a_message_is_of_the_same_facts_in_every_language():
    for messages in OF_PAGES.values():
        assert run(COMPARE, messages) == []
    other = {"en": {"app.count": "{total, plural, other {#}}"}, "de": {"app.count": "{sum}"}}
    assert len(run(COMPARE, other)) == 1


@pytest.mark.parametrize("begin", CODES)
def test_each_code_of_the_schema_has_words_and_no_other_code(begin):
    enum = build_schema(sdl()).type_map[CODES[begin]]
    assert isinstance(enum, GraphQLEnumType)

    said = {code for id_ in ENGLISH for code in re.findall(rf"^{begin}\.([A-Z_]+)$", id_)}

    assert said == set(enum.values)


def test_each_code_of_a_failed_request_has_words():
    """Of the codes of ``graphql_schema/http/errors.py``, and of those that other rooms answer."""
    codes = {name for name, code in vars(errors).items() if name == name.upper() and name == code}
    codes |= {errors.PARSE_FAILED, errors.VALIDATION_FAILED}
    codes |= {TooManyFailures.code, NotLetIn.code}
    codes |= {Unavailable("", stored=stored).code for stored in (True, False, None)}
    codes |= {INTERNAL_SERVER_ERROR}
    source = (SOURCES / "src" / "gateway.ts").read_text("utf-8")
    (other_version,) = re.findall(r"OTHER_VERSION = \[(.*?)\]", source, re.DOTALL)

    said = {code for id_ in ENGLISH for code in re.findall(r"^failure\.([A-Z_]+)$", id_)}
    said |= {*re.findall(r'"(\w+)"', other_version)}
    said |= {code for code in codes if f'code === "{code}"' in source}

    assert codes - said == set()
    assert len(codes) >= 12


@of_each_page
def test_french_has_no_break_before_its_signs(page):
    broken = [id_ for id_, text in OF_PAGES[page]["fr"].items() if re.search(r" [:;?!»]|« ", text)]

    assert broken == []


ELIDED = re.compile(r"\b(?:[cdjlmnst]|qu)’(?=[bcdfgjklmnpqrstvwxz])", re.IGNORECASE)  # noqa: RUF001, as French is written


@of_each_page
def test_french_elides_before_vowels_alone(page):
    broken = [id_ for id_, text in OF_PAGES[page]["fr"].items() if ELIDED.search(text)]

    assert broken == []
    assert ELIDED.search("L’saisie")  # noqa: RUF001
    assert not ELIDED.search("l’entrée d’hier qu’il n’y a")  # noqa: RUF001


DAYS = [{"days": days, "name": "Ida"} for days in (1, 2, 0)]
WEEKS = [{"cadence": count} for count in (1, 2, 12)]
FREE = [{"off": 4, "free": free} for free in (0, 1, 3.5)]


@pytest.mark.node
@pytest.mark.process
@needs_packages
@pytest.mark.parametrize(
    ("id_", "values", "language", "said"),
    [
        (
            "form.done",
            DAYS,
            "en",
            [
                "Created time off on 1 day for Ida.",
                "Created time off on 2 days for Ida.",
                "Created time off on 0 days for Ida.",
            ],
        ),
        (
            "form.done",
            DAYS,
            "de",
            [
                "Abwesenheit an 1 Tag für Ida angelegt.",
                "Abwesenheit an 2 Tagen für Ida angelegt.",
                "Abwesenheit an 0 Tagen für Ida angelegt.",
            ],
        ),
        (
            "form.done",
            DAYS,
            "es",
            [
                "Se ha creado una ausencia de 1 día para Ida.",
                "Se ha creado una ausencia de 2 días para Ida.",
                "Se ha creado una ausencia de 0 días para Ida.",
            ],
        ),
        # In French nothing is singular.
        (
            "form.done",
            DAYS,
            "fr",
            [
                "Absence de 1 jour créée pour Ida.",
                "Absence de 2 jours créée pour Ida.",
                "Absence de 0 jour créée pour Ida.",
            ],
        ),
        (
            "repeat.cycle.WEEKLY",
            WEEKS,
            "en",
            ["every week", "every 2 weeks", "every 12 weeks"],
        ),
        ("repeat.cycle.WEEKLY", WEEKS, "de", ["jede Woche", "alle 2 Wochen", "alle 12 Wochen"]),
        ("repeat.cycle.WEEKLY", WEEKS, "es", ["cada semana", "cada 2 semanas", "cada 12 semanas"]),
        (
            "repeat.cycle.WEEKLY",
            WEEKS,
            "fr",
            ["chaque semaine", "toutes les 2 semaines", "toutes les 12 semaines"],
        ),
        (
            "cell.paid",
            FREE,
            "en",
            ["4 h off, paid", "4 h off, paid, 1 h free", "4 h off, paid, 3.5 h free"],
        ),
        (
            "cell.paid",
            FREE,
            "de",
            [
                "4 h abwesend, bezahlt",
                "4 h abwesend, bezahlt, 1 h verfügbar",
                "4 h abwesend, bezahlt, 3,5 h verfügbar",
            ],
        ),
    ],
)
def test_plurals_are_as_the_language_has_them(id_, values, language, said):
    assert run(SAY, [MESSAGES[language][id_], language, values]) == said
