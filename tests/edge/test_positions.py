"""Which position a request brings, and which one its answer takes back."""

import pytest

from app.edge.positions import HEADER, position_headers, sent_position
from app.positions import Writes

PLAIN, SECURE = "timeoff-position", "__Host-timeoff-position"


def scope(headers=(), cookies=(), *, host="timeoff.internal:8000", scheme="http"):
    lines = [("host", host), *((HEADER.lower(), each) for each in headers)]
    lines += [("cookie", each) for each in cookies]
    raw = [(name.encode(), value.encode()) for name, value in lines]
    return {"type": "http", "scheme": scheme, "headers": raw}


@pytest.mark.parametrize(
    ("asked", "position"),
    [
        (scope(), 0),
        (scope(["0/10"]), 16),
        (scope(["0/10", "0/20"]), 32),
        (scope(cookies=[f"a=b; {PLAIN}=0/10"]), 16),
        (scope(["0/10"], [f"{PLAIN}=0/20"]), 32),
        (scope(["0/20"], [f"{PLAIN}=0/10; {PLAIN}=0/30"]), 48),
        (scope(["0/10"], [f"{PLAIN}=unknown"]), None),
        (scope(["", "0/10"]), None),
        (scope(cookies=[f"{SECURE}=0/10"], scheme="https"), 16),
        (scope(cookies=[f"{SECURE}=0/10"]), 0),
    ],
)
def test_the_furthest_of_all_that_are_sent_counts(asked, position):
    assert sent_position(asked) == position


@pytest.mark.parametrize(("sent", "told"), [("0/10", "0/20"), ("0/30", "0/30"), ("x", "0/20")])
def test_no_answer_takes_a_client_back(sent, told):
    writes = Writes(lambda _: None)
    writes.note(0x20)

    headers = position_headers(writes, scope(cookies=[f"{PLAIN}={sent}"]), 25)

    assert headers[HEADER] == told
    assert headers["Set-Cookie"].startswith(f"{PLAIN}={told};")
