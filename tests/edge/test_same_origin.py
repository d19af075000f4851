"""Whether a page of ours sends a request, and which cookie is a session's: by the bare scope."""

import pytest

from app.edge.same_origin import is_same_origin, path_of_ours
from app.edge.session_cookies import cookie_of, may_keep_cookies


def scope(type_="http", scheme="http", host="localhost:8000", **headers):
    """A request as the server hands it on; a header may have several values."""
    given = {"host": host, **headers}
    return {
        "type": type_,
        "scheme": scheme,
        "headers": [
            (name.replace("_", "-").encode(), value.encode("latin-1"))
            for name, values in given.items()
            for value in ([values] if isinstance(values, str) else values)
        ],
    }


@pytest.mark.parametrize(
    ("scheme", "host", "origin", "is_ours"),
    [
        ("ws", "localhost:8000", "http://localhost:8000", True),
        ("ws", "localhost:8000", "http://localhost:8001", False),
        ("ws", "localhost:8000", "https://localhost:8000", False),
        ("wss", "timeoff.example.com", "https://timeoff.example.com", True),
        ("wss", "timeoff.example.com:443", "https://timeoff.example.com", True),
        ("wss", "timeoff.example.com:8443", "https://timeoff.example.com", False),
        ("wss", "timeoff.example.com", "https://evil.example", False),
        ("wss", "timeoff.example.com", "https://timeoff.example.com.evil.example", False),
        ("wss", "timeoff.example.com", "null", False),
        ("ws", "[::1]:8000", "http://[::1]:8000", True),
    ],
)
def test_a_socket_is_ours_by_its_origin(scheme, host, origin, is_ours):
    handshake = scope("websocket", scheme, host, origin=origin)

    assert is_same_origin(handshake) is is_ours


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"origin": ["http://localhost:8000", "http://localhost:8000"]},
        {"sec_fetch_site": ["same-origin", "cross-site"]},
        {"sec_fetch_site": ["same-origin", "same-origin"]},
        {"sec_fetch_site": "cross-site", "origin": "http://localhost:8000"},
        {"sec_fetch_site": "SAME-ORIGIN"},
        {"host": ["localhost:8000", "localhost:8000"], "origin": "http://localhost:8000"},
    ],
)
def test_what_does_not_say_so_once_is_not_ours(headers):
    assert not is_same_origin(scope(**headers))


@pytest.mark.parametrize(
    ("scheme", "host", "line", "secret"),
    [
        ("http", "localhost:8000", "timeoff=a", "a"),
        ("ws", "127.0.0.1", "timeoff=a", "a"),
        ("http", "localhost", "x=1;timeoff=a; y=2", "a"),
        ("http", "localhost", "timeoff=a; timeoff=a", "a"),
        ("http", "localhost", "timeoff=a; timeoff=b", None),
        ("http", "localhost", ["timeoff=a", "timeoff=b"], None),
        ("http", "localhost", "timeoff=", None),
        ("http", "localhost", "timeoff", None),
        ("http", "localhost", "xtimeoff=a; timeoff2=b", None),
        ("http", "localhost", "Timeoff=a", None),
        ("http", "localhost", "__Host-timeoff=a", None),
        ("https", "timeoff.example.com", "__Host-timeoff=a", "a"),
        ("wss", "timeoff.example.com", "__Host-timeoff=a", "a"),
        ("https", "timeoff.example.com", "timeoff=a", None),
        ("http", "timeoff.example.com", "timeoff=a", None),
        ("http", "timeoff.example.com", "__Host-timeoff=a", None),
        ("http", "10.0.0.7", "timeoff=a", None),
        ("http", ["localhost", "localhost"], "timeoff=a", None),
    ],
)
def test_a_cookie_counts_only_on_the_way_it_was_given_on(scheme, host, line, secret):
    assert cookie_of(scope(scheme=scheme, host=host, cookie=line)) == secret


@pytest.mark.parametrize(
    ("host", "may"),
    [
        ("localhost", True),
        ("LOCALHOST.:80", True),
        ("me.localhost", True),
        ("127.9.9.9:1", True),
        ("[::1]:8000", True),
        ("10.0.0.7", False),
        ("localhost.evil.example", False),
        ("127.0.0.1.evil.example", False),
        ("[::2]", False),
    ],
)
def test_over_http_only_this_machine_gets_a_secret(host, may):
    assert may_keep_cookies(scope(host=host)) is may
    assert may_keep_cookies(scope(scheme="https", host=host))


@pytest.mark.parametrize("text", ["/", "/a", "/a?b=//c", "/ä", "/" + "x" * 1_023])
def test_a_path_of_ours_stays_as_it_is(text):
    assert path_of_ours(text) == text


@pytest.mark.parametrize(
    "text",
    [None, "", "a", "//a", "/\\a", "\\a", " /a", "/\n/a", "/\u2028", "/" + "x" * 1_024, "http:/a"],
)
def test_any_other_is_the_start_page(text):
    assert path_of_ours(text) == "/"
