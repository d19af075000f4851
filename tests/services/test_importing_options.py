"""`timeoff import`: how files may be written otherwise, if whoever imports says so."""

import json

import pytest

from app.services.data_check import check
from app.services.importing import run
from app.services.importing.options import ImportOptions
from tests.builders import COMPANY, PERSON
from tests.services.statements import ask

COMPANIES = f"source_id,name\n{COMPANY},Example Builders\n"
USERS = f"source_id,company_id,full_name,headline\n1,{COMPANY},Zoë Acacia,Lead\n"
NOT_UTF_8 = (
    "users.csv:2: The file is not in UTF-8. Save it as UTF-8; Excel calls that "
    '"CSV UTF-8 (Comma delimited)".'
)


def no_progress(what, done=0, total=0):
    pass


@pytest.fixture
def load(database_url, tmp_path):
    """Import files, given as text or bytes by their names, as the options say."""

    def load(files, **options):
        for path in tmp_path.iterdir():
            path.unlink()
        for name, content in files.items():
            raw = content if isinstance(content, bytes) else content.encode()
            (tmp_path / name).write_bytes(raw)
        return run.load(database_url, tmp_path, no_progress, ImportOptions(**options))

    return load


@pytest.fixture
def company(load):
    """A company is there."""
    assert load({"companies.csv": COMPANIES}).stored == 1


@pytest.fixture
def users(database_url):
    """Return what is stored of the users."""
    return lambda: ask(database_url, "SELECT id, full_name, headline FROM users ORDER BY id")


ZOE = [(1, "Zoë Acacia", "Lead")]


ZOE_AS_JSON = {"sourceId": 1, "companyId": COMPANY, "fullName": "Zoë Acacia", "headline": "Lead"}


@pytest.mark.usefixtures("company")
@pytest.mark.parametrize(
    ("name", "content", "options", "notes"),
    [
        pytest.param(
            "users.csv",
            USERS.encode("cp1252"),
            {"encoding": "cp1252"},
            ["Read as cp1252."],
            id="Windows-1252",
        ),
        pytest.param(
            "users.csv",
            USERS.encode("utf-8-sig"),
            {"encoding": "cp1252"},
            [],
            id="a byte order mark goes before what is said",
        ),
        pytest.param(
            "users.json",
            json.dumps(
                [
                    {
                        "sourceId": 1,
                        "companyId": COMPANY,
                        "fullName": "Zoë Acacia",
                        "headline": "Lead",
                    }
                ],
                ensure_ascii=False,
            ).encode("mac-roman"),
            {"encoding": "mac-roman"},
            [],
            id="JSON of an old Mac",
        ),
        pytest.param(
            "users.jsonl",
            f"\r\n{json.dumps(ZOE_AS_JSON)}\r\n",
            {},
            [],
            id="lines of JSON",
        ),
        pytest.param(
            "users.csv",
            USERS.replace(",", ";")
            .replace("headline", "headline;colour, shape")
            .replace("Lead", "Lead;red"),
            {"ignores_unknown": True},
            ["Read with semicolons between the cells.", "Unknown columns left out: colour, shape."],
            id="an unknown column",
        ),
        pytest.param(
            "users.csv",
            USERS.replace("headline", "headline,").replace("Lead", "Lead,red"),
            {"ignores_unknown": True},
            ["1 empty column without a name left out."],
            id="a column without a name",
        ),
        pytest.param(
            "users.csv",
            USERS.replace(",", "\t").replace("headline", "headline\ta,b,c"),
            {"delimiter": "\t", "ignores_unknown": True},
            [
                "Read with tabs between the cells.",
                "Unknown columns left out: a,b,c.",
                "1 row with fewer cells than the header: the last ones are empty.",
            ],
            id="a delimiter that is said",
        ),
        pytest.param("users.csv", USERS.replace("\n", "\r"), {}, [], id="lines of old Macs"),
    ],
)
def test_it_is_read_and_told(load, users, name, content, options, notes):
    report = load({name: content}, **options)

    assert ([str(each) for each in report.refusals], users()) == ([], ZOE)
    assert report.notes == [f"{name}: {note}" for note in notes]


@pytest.mark.usefixtures("company")
@pytest.mark.parametrize(
    ("content", "options", "message"),
    [
        pytest.param(
            USERS.encode("cp1252"),
            {},
            f"{NOT_UTF_8} If it is in Windows-1252 (cp1252), --encoding cp1252 reads it.",
            id="it may be Windows-1252",
        ),
        pytest.param(
            USERS.replace("ë", "\N{REPLACEMENT CHARACTER}").encode().replace(b"\xbf\xbd", b"\x81"),
            {},
            NOT_UTF_8,
            id="it is not",
        ),
        pytest.param(
            USERS.replace("ë", "|").encode().replace(b"|", b"\x81"),
            {"encoding": "cp1252"},
            "users.csv:2: The file is not in cp1252 either.",
            id="it was said to be",
        ),
    ],
)
def test_what_is_in_no_known_encoding_is_refused(load, users, content, options, message):
    report = load({"users.csv": content}, **options)

    assert ([str(each) for each in report.refusals], users()) == ([message], [])


@pytest.mark.usefixtures("company")
def test_what_the_system_leaves_in_a_folder_is_passed_over(load, users):
    leftovers = dict.fromkeys((".DS_Store", "Thumbs.db", "desktop.ini", "notes"), b"\x00\x01")
    told = dict.fromkeys(("._users.csv", "~$users.csv", "._users.jsonl"), b"\x00\x05\x16\x07")

    report = load({"users.csv": USERS} | leftovers | told)

    assert users() == ZOE
    assert report.notes == [
        f"{name}: Left out: a file of the system or of an editor."
        for name in ("._users.csv", "._users.jsonl", "~$users.csv")
    ]


@pytest.mark.usefixtures("company")
def test_one_file_is_imported_by_its_name_or_by_what_it_is_said_to_be(
    users, database_url, tmp_path
):
    (tmp_path / "users.csv").write_text(USERS, "utf-8")
    (tmp_path / "Export 7.txt").write_text(USERS.replace(",Lead", ",Boss"), "utf-8")

    named = run.load(database_url, tmp_path / "users.csv", no_progress)
    said = run.load(
        database_url, tmp_path / "Export 7.txt", no_progress, ImportOptions(kind="users")
    )
    neither = run.load(database_url, tmp_path / "Export 7.txt", no_progress)

    assert (named.counts["users.csv"].new, said.counts["Export 7.txt"].changed) == (1, 1)
    assert users() == [(1, "Zoë Acacia", "Boss")]
    [refusal] = neither.refusals
    assert str(refusal).startswith("Export 7.txt: The name of the file does not say what it holds")


# Ids that are made up

FIRM = {
    "companies.csv": "name\nExample Builders\n",
    "roles.csv": "name\nEngineer\n",
    "users.csv": "full_name,email_address,role_id\nAda,ADA@example.com,engineer\nBen,,\n",
    "people.csv": (
        "first_name,last_name,email,employee_number\n"
        "Ada,L,ada@example.com,E-1\nCleo,M,cleo@example.com,\nDan,N,,\n"
    ),
    "workweeks.csv": (
        "user_id,effective_from,monday,tuesday,wednesday,thursday,friday,saturday,sunday\n"
        "ada@example.com,2026-01-01,240,240,240,240,240,0,0\n"
    ),
    "holidays.csv": "name,start_date,end_date\nRest,2026-03-06,2026-03-06\n",
}


def test_ids_are_made_up_on_wish_and_found_again(load, database_url):
    first = load(FIRM, makes_ids=True)
    again = load(FIRM, makes_ids=True)

    assert ([str(each) for each in first.refusals], first.stored) == ([], 9)
    assert sum(each.same for each in again.counts.values()) == 9
    assert check.find_violations(database_url, no_progress) == []
    [(role, own, joined)] = ask(
        database_url,
        "SELECT r.name, w.monday, k.person_id FROM users u JOIN roles r ON r.id = u.role_id "
        "JOIN workweeks w ON w.user_id = u.id JOIN workers k ON k.user_id = u.id",
    )
    assert (role, own, joined is not None) == ("Engineer", 240, True)


def test_a_company_is_named_by_its_name_where_there_are_several(load):
    companies = "name\nExample Builders\nOthers\n"
    users = "company_id,full_name\nothers,Ada\n,Ben\n"

    report = load({"companies.csv": companies, "users.csv": users}, makes_ids=True)

    assert [each.coded for each in report.refusals] == [
        "users.csv:3: company_id: A value is required. [INVALID_VALUE]"
    ]


def test_an_id_is_needed_where_none_is_to_be_made_up(load):
    report = load({"people.csv": f"company_id,first_name\n{COMPANY},Ada\n"})

    assert [str(each) for each in report.refusals] == ["people.csv:1: The header lacks source_id."]
    assert PERSON not in str(report.refusals)
