"""Signing in and out, as browsers send it: cookies, forms, other sites, and failures."""

import html
import re
import sqlite3
from contextlib import ExitStack, closing

import httpx
import pytest

from app.oidc.errors import SignInFailure
from app.web.forms import FORM, MOST_BYTES
from app.web.sign_in import SignInRefused
from tests.web.sign_in import PLANNER, FakeIssuer, signing_in

pytestmark = [pytest.mark.process, pytest.mark.only_on("sqlite")]

OURS = {"Sec-Fetch-Site": "same-origin"}
HTTPS = {"X-Forwarded-Proto": "https", "Host": "timeoff.example.com"}
TOKEN = {"token": "tog_planner"}


@pytest.fixture(scope="module")
def gateway(module_database_url):
    with signing_in(
        module_database_url, trusted_proxies="127.0.0.1", allowed_hosts="timeoff.example.com"
    ) as gateway:
        yield gateway


@pytest.fixture
def client(gateway):
    """A browser that does not follow, and keeps cookies as it is told."""
    with httpx.Client(base_url=gateway.url) as client:
        yield client


def sign_in(client, headers=OURS, given="tog_planner", **fields):
    return client.post("/sign-in", data={"token": given} | fields, headers=headers)


def cookie(answer):
    """The name, the value and the attributes of the only cookie."""
    (line,) = answer.headers.get_list("set-cookie")
    pair, *attributes = line.split("; ")
    name, _, value = pair.partition("=")
    return name, value, sorted(attributes)


def test_a_token_begins_a_session_once_and_is_kept_nowhere(client):
    answer = sign_in(client, return_to="/calendar?week=7")

    assert (answer.status_code, answer.headers["location"]) == (303, "/calendar?week=7")
    name, value, attributes = cookie(answer)
    assert (name, attributes) == ("timeoff", ["HttpOnly", "Path=/", "SameSite=Lax"])
    assert re.fullmatch(r"[\w-]{43}", value)
    assert answer.headers["cache-control"] == "private, no-store"
    assert "tog_" not in str(answer.headers)
    page = client.get("/sign-in").text
    assert "<strong>planning</strong>, planner" in page


def test_by_https_the_cookie_is_for_this_host_and_https_alone(client):
    answer = sign_in(client, OURS | HTTPS)

    name, _, attributes = cookie(answer)
    assert name == "__Host-timeoff"
    assert attributes == ["HttpOnly", "Path=/", "SameSite=Lax", "Secure"]


@pytest.mark.parametrize(("scheme", "name"), [("http", "__Host-timeoff"), ("https", "timeoff")])
def test_a_cookie_of_the_other_way_counts_for_nothing(client, scheme, name):
    _, secret, _ = cookie(sign_in(client))
    client.cookies.clear()
    headers = HTTPS if scheme == "https" else {}

    page = client.get("/sign-in", headers=headers | {"Cookie": f"{name}={secret}"}).text

    assert "Access token" in page


def test_two_cookies_of_the_name_count_for_nothing(client):
    _, secret, _ = cookie(sign_in(client))
    client.cookies.clear()

    def page(line):
        return client.get("/sign-in", headers={"Cookie": line}).text

    assert "You are signed in" in page(f"other=1; timeoff={secret}")
    assert "You are signed in" not in page(f"timeoff={secret}; timeoff=x")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, 303),
        ({"Sec-Fetch-Site": "none"}, 303),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "http://127.0.0.1"}, 403),
        ({"Sec-Fetch-Site": ""}, 403),
        ({"Origin": "http://{host}"}, 303),
        ({"Origin": "HTTP://{host}"}, 303),
        ({"Origin": "https://{host}"}, 403),
        ({"Origin": "http://{host}.evil.example"}, 403),
        ({"Origin": "http://127.0.0.1"}, 403),
        ({"Origin": "null"}, 403),
        ({}, 403),
        (HTTPS | {"Origin": "https://timeoff.example.com"}, 303),
        (HTTPS | {"Origin": "http://timeoff.example.com"}, 403),
        (HTTPS | {"Host": "timeoff.example.com:443", "Origin": "https://timeoff.example.com"}, 303),
    ],
)
@pytest.mark.parametrize("path", ["/sign-in", "/sign-out"])
def test_only_our_own_pages_sign_anybody_in_or_out(client, gateway, path, headers, status):
    host = gateway.url.removeprefix("http://")
    sent = {name: value.format(host=host) for name, value in headers.items()}
    asked = len(gateway.asked)

    answer = client.post(path, data=TOKEN, headers=sent)

    assert answer.status_code == status
    assert ("set-cookie" in answer.headers) == (status == 303)
    assert (len(gateway.asked) > asked) == (status == 303 and path == "/sign-in")


@pytest.mark.parametrize("host", ["timeoff.example.com", "192.168.1.7:8000"])
def test_over_plain_http_nobody_signs_in_but_on_this_machine(client, gateway, host):
    asked = len(gateway.asked)

    page = client.get("/sign-in", headers={"Host": host})
    answer = sign_in(client, OURS | {"Host": host})

    assert (page.status_code, answer.status_code) == (403, 403)
    assert "by https" in page.text
    assert "TIMEOFF_TRUSTED_PROXIES" in answer.text
    assert "<form" not in page.text
    assert len(gateway.asked) == asked


@pytest.mark.parametrize("host", ["localhost:8000", "timeoff.localhost", "[::1]:8000"])
def test_on_this_machine_it_goes_by_http(client, host):
    assert sign_in(client, OURS | {"Host": host}).status_code == 303


@pytest.mark.parametrize(
    ("token", "status", "words"),
    [
        ("tog_other", 401, "This token is not good"),
        ("<script>alert(1)</script>", 401, "This token is not good"),
        ("  ", 400, "Paste a token"),
        ("", 400, "Paste a token"),
    ],
)
def test_a_bad_token_is_said_in_the_form_and_not_repeated(client, token, status, words):
    answer = sign_in(client, given=token, return_to="/docs")

    assert answer.status_code == status
    assert words in answer.text
    assert 'name="return_to" value="/docs"' in answer.text
    assert "set-cookie" not in answer.headers
    assert not token.strip() or token not in answer.text
    assert ("www-authenticate" in answer.headers) == (status == 401)


def test_a_token_may_have_spaces_around_it(client):
    assert sign_in(client, given=" tog_planner\r\n").status_code == 303


@pytest.mark.parametrize(
    ("content", "media_type", "status"),
    [
        (b'{"token":"tog_planner"}', "application/json", 415),
        (b"token=tog_planner", "text/plain", 415),
        (b"token=tog_planner", "", 415),
        (b"token=tog_planner&token=tog_admin", FORM, 400),
        (b"token", FORM, 400),
        (b"token=%ff", FORM, 400),
        ("token=é".encode(), FORM, 400),
        (b"&".join(b"a%d=1" % number for number in range(9)), FORM, 400),
        (b"token=" + b"x" * MOST_BYTES, FORM, 413),
        (b"token=tog_planner", f"{FORM}; charset=utf-8", 303),
        (b"token=" + b"x" * (MOST_BYTES - 6), FORM, 401),
    ],
)
def test_only_a_form_is_read(client, content, media_type, status):
    headers = OURS | {"Content-Type": media_type}

    assert client.post("/sign-in", content=content, headers=headers).status_code == status


@pytest.mark.parametrize(
    ("wish", "place"),
    [
        ("/docs", "/docs"),
        ("/docs/a b?x=1&y=é", "/docs/a%20b?x=1&y=%C3%A9"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("/\t/evil.example", "/"),
        ("https://evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("docs", "/"),
        ("/\r\nSet-Cookie: a=b", "/"),
        ("/" + "x" * 2_000, "/"),
        ("", "/"),
    ],
)
def test_one_returns_to_a_path_of_ours_only(client, wish, place):
    assert sign_in(client, return_to=wish).headers["location"] == place


def test_a_new_session_ends_the_one_before(client, gateway):
    _, before, _ = cookie(sign_in(client))
    _, after, _ = cookie(sign_in(client))
    client.cookies.clear()

    def page(secret):
        return client.get("/sign-in", headers={"Cookie": f"timeoff={secret}"}).text

    assert before != after
    assert "You are signed in" not in page(before)
    assert "You are signed in" in page(after)


def test_signing_out_ends_the_session_and_takes_the_cookie(client):
    _, secret, _ = cookie(sign_in(client))

    answer = client.post("/sign-out", headers=OURS)

    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?left")
    assert cookie(answer) == (
        "timeoff",
        "",
        ["HttpOnly", "Max-Age=0", "Path=/", "SameSite=Lax"],
    )
    page = client.get("/sign-in?left", headers={"Cookie": f"timeoff={secret}"}).text
    assert "You are signed out." in page
    assert "Access token" in page


def test_a_link_signs_nobody_out(client):
    assert client.get("/sign-out").status_code == 405


def test_pages_are_nobody_elses(client):
    answer = client.get("/sign-in")

    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "form-action 'self'" in policy
    assert "script-src" not in policy
    assert "<script" not in answer.text
    assert answer.headers["referrer-policy"] == "same-origin"
    assert answer.headers["x-frame-options"] == "DENY"
    assert answer.headers["cache-control"] == "private, no-store"


# Failed credentials


def test_so_many_wrong_tokens_are_looked_at_and_no_more(database_url):
    with (
        signing_in(database_url, most_failed=3, trusted_proxies="127.0.0.1") as gateway,
        httpx.Client(base_url=gateway.url) as client,
    ):
        good = sign_in(client)
        wrong = [sign_in(client, given=f"tog_{number}") for number in range(5)]
        known = sign_in(client)
        unknown = sign_in(client, given="tog_admin")
        elsewhere = sign_in(client, OURS | {"X-Forwarded-For": "192.0.2.7"}, given="tog_admin")

    assert good.status_code == 303
    assert [each.status_code for each in wrong] == [401] * 3 + [429] * 2
    assert 50 <= int(wrong[-1].headers["retry-after"]) <= 60
    assert "Wait" in wrong[-1].text
    assert known.status_code == 303  # it has worked before
    assert unknown.status_code == 429
    assert elsewhere.status_code == 303
    looked_at = ["tog_planner", "tog_0", "tog_1", "tog_2", "tog_planner", "tog_admin"]
    assert gateway.asked == looked_at


# An issuer


@pytest.fixture
def issuer():
    return FakeIssuer()


@pytest.fixture
def issuer_client(database_url, issuer):
    with (
        signing_in(database_url, issuer=issuer, trusted_proxies="127.0.0.1") as gateway,
        httpx.Client(base_url=gateway.url) as client,
    ):
        yield client


def test_with_an_issuer_a_button_leads_there_and_back(issuer_client, issuer):
    page = issuer_client.get("/sign-in?return_to=/docs").text
    assert "Sign in with Harbour &amp; Sons" in page
    assert "<input" not in page

    begun = issuer_client.get("/sign-in/issuer?return_to=/docs")
    name, value, attributes = cookie(begun)
    assert (begun.status_code, name, value) == (303, "timeoff-sign-in", "state")
    assert attributes == ["HttpOnly", "Max-Age=600", "Path=/", "SameSite=Lax"]
    back = issuer_client.get(begun.headers["location"])

    assert (back.status_code, back.headers["location"]) == (303, "/docs")
    ours, gone = back.headers.get_list("set-cookie")
    assert ours.startswith("timeoff=")
    assert gone.startswith("timeoff-sign-in=; ")
    callback = f"{issuer_client.base_url}/sign-in/callback".replace("//sign", "/sign")
    assert issuer.asked == [("/docs", callback), ("7", "state")]
    assert "<strong>Ada</strong>" in issuer_client.get("/sign-in").text


def test_its_address_is_that_which_the_browser_has(issuer_client, issuer):
    issuer_client.get("/sign-in/issuer", headers={"X-Forwarded-Proto": "https"})

    assert issuer.asked[0][1].startswith("https://127.0.0.1:")


def test_with_an_issuer_no_token_is_taken(issuer_client):
    assert sign_in(issuer_client).status_code == 405


def test_what_the_issuer_refuses_is_said(issuer_client, issuer):
    issuer.refusal = SignInRefused(SignInFailure.OTHER_BROWSER)

    begun = issuer_client.get("/sign-in/issuer")
    back = issuer_client.get("/sign-in/callback?code=7&return=/")

    assert (begun.status_code, back.status_code) == (503, 403)
    for answer in (begun, back):
        assert "begun in another browser" in answer.text
        assert "Sign in with" in answer.text
    assert cookie(back)[1] == ""


def test_the_issuer_says_where_one_returns_and_only_to_us(issuer_client):
    back = issuer_client.get("/sign-in/callback?code=7&return=//evil.example")

    assert back.headers["location"] == "/"


# The language that an address asks for


def links(page):
    """Where a page leads, within the gateway."""
    return {html.unescape(each) for each in re.findall(r'(?:href|action)="(/[^"]*)"', page.text)}


def test_the_language_of_an_address_goes_along_into_the_sign_in_and_out_again(client):
    form = client.get("/sign-in?return_to=/calendar%3Fview%3Dweek%26lang%3Dde")
    assert '<html lang="de"' in form.text
    assert links(form) == {"/favicon.ico", "/?lang=de", "/sign-in?lang=de"}
    (return_to,) = re.findall(r'name="return_to" value="([^"]*)"', form.text)

    answer = client.post(
        "/sign-in?lang=de",
        data=TOKEN | {"return_to": html.unescape(return_to)},
        headers=OURS,
    )
    assert answer.headers["location"] == "/calendar?view=week&lang=de"
    for path in ("/sign-in?lang=de", "/sessions?lang=de"):
        page = client.get(path)
        assert '<html lang="de"' in page.text
        assert "/sign-out?lang=de" in links(page)
        assert [each for each in links(page) - {"/favicon.ico"} if "lang=de" not in each] == []
    left = client.post("/sign-out?lang=de", headers=OURS).headers["location"]
    assert left == "/sign-in?left&lang=de"
    assert "Sie sind abgemeldet" in client.get(left).text
    again = client.get("/sessions?lang=de")
    assert again.headers["location"] == "/sign-in?return_to=/sessions%3Flang%3Dde"


def test_without_such_a_wish_no_address_has_a_language(client):
    headers = {"Accept": "text/html", "Accept-Language": "de"}
    pages = [client.get(path, headers=headers) for path in ("/", "/sign-in", "/nope")]

    assert [each for page in pages for each in links(page) if "lang" in each] == []
    odd = client.get("/sign-in", params={"return_to": "http://[?lang=de"}, headers=headers)
    assert odd.status_code == 200


def test_the_way_to_the_issuer_and_back_keeps_the_language(issuer_client, issuer):
    page = issuer_client.get("/sign-in?return_to=/calendar%3Flang%3Dde")
    assert '<html lang="de"' in page.text
    (way,) = [each for each in links(page) if each.startswith("/sign-in/issuer")]

    back = issuer_client.get(issuer_client.get(way).headers["location"])

    assert back.headers["location"] == "/calendar?lang=de"


# The list


def sessions_of(client):
    return re.findall(r'name="id" value="([\w-]+)"', client.get("/sessions").text)


def test_one_ends_ones_other_sessions(database_url):
    with signing_in(database_url) as gateway, ExitStack() as open_:
        clients = [open_.enter_context(httpx.Client(base_url=gateway.url)) for _ in range(4)]
        for client in clients:
            sign_in(client)
        first = clients[0]
        (one, *_, everywhere) = sessions_of(first)
        assert everywhere == "others"
        ended = first.post("/sessions", data={"id": one}, headers=OURS)
        twice = first.post("/sessions", data={"id": one}, headers=OURS)
        left = sum("You are signed in" in each.get("/sign-in").text for each in clients)
        all_others = first.post("/sessions", data={"id": "others"}, headers=OURS)
        at_last = ["You are signed in" in each.get("/sign-in").text for each in clients]

    assert (ended.status_code, all_others.status_code) == (303, 303)
    assert twice.status_code == 404
    assert "has ended already" in twice.text
    assert left == 3
    assert at_last == [True, False, False, False]


def test_other_sites_end_no_session(database_url):
    with signing_in(database_url) as gateway, httpx.Client(base_url=gateway.url) as client:
        sign_in(client)
        refused = client.post(
            "/sessions", data={"id": "others"}, headers={"Sec-Fetch-Site": "cross-site"}
        )

    assert refused.status_code == 403


def test_who_manages_access_sees_others_and_nobody_else_does(database_url):
    with (
        signing_in(database_url) as gateway,
        httpx.Client(base_url=gateway.url) as planner,
        httpx.Client(base_url=gateway.url) as admin,
    ):
        sign_in(planner)
        sign_in(admin, given="tog_admin")
        own, all_ = planner.get("/sessions").text, admin.get("/sessions").text
        (id_,) = sessions_of(admin)
        not_mine = planner.post("/sessions", data={"id": "x"}, headers=OURS)
        ended = admin.post("/sessions", data={"id": id_}, headers=OURS)
        page = planner.get("/sign-in").text

    assert "Everybody else" not in own
    assert "admin" not in own
    assert "Everybody else" in all_
    assert "&lt;b&gt;admin&lt;/b&gt;" in all_
    assert PLANNER.label in all_
    assert not_mine.status_code == 404
    assert ended.status_code == 303
    assert "You are signed in" not in page


def test_who_is_not_signed_in_is_led_there(client):
    answer = client.get("/sessions")

    assert answer.headers["location"] == "/sign-in?return_to=/sessions"
    assert client.post("/sessions", data={"id": "others"}, headers=OURS).status_code == 403


def test_this_browser_comes_first(database_url):
    with signing_in(database_url) as gateway, ExitStack() as open_:
        clients = [open_.enter_context(httpx.Client(base_url=gateway.url)) for _ in range(3)]
        for client in clients:
            sign_in(client)
        pages = [client.get("/sessions").text for client in clients]

    for page in pages:
        assert page.index("This browser") < page.index("Sign out")


def test_what_was_used_is_stored_when_the_server_ends(database_url):
    file = database_url.partition("///")[2]
    with signing_in(database_url) as gateway, httpx.Client(base_url=gateway.url) as client:
        sign_in(client)
        with closing(sqlite3.connect(file)) as database, database:
            database.execute(
                "UPDATE access_sessions SET last_used_at = datetime('now', '-1 hour') || '.000000'"
            )
        assert client.get("/sessions").status_code == 200

    with closing(sqlite3.connect(file)) as database:
        (used,) = database.execute(
            "SELECT last_used_at > datetime('now', '-1 minute') FROM access_sessions"
        ).fetchone()
    assert used == 1


def test_a_session_that_ends_by_time_is_over_at_once(database_url):
    with (
        signing_in(database_url, session_days=1e-9) as gateway,
        httpx.Client(base_url=gateway.url) as client,
    ):
        sign_in(client)

        assert "Access token" in client.get("/sign-in").text
