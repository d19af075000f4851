"""The worst requests that scripts/worst-documents has found cost little before they run.

What counts is the number of function calls, which is the same on every machine; the CPU time
is looked at with a bound that also a busy machine keeps.
"""

import gc
import json
import sys
import time
from pathlib import Path

import pytest

from scripts.worst_documents import Gate

CORPUS = sorted((Path(__file__).parent / "worst").glob("*.json"))
MOST_CALLS = 700_000
"""An unknown name is compared with those of all types: it grows with the schema."""
MOST_SECONDS = 10.0


def calls_of(work):
    """Count the calls of functions, of Python's and of C's."""
    count = 0

    def profile(_frame, event, _argument):
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(profile)
    try:
        work()
    finally:
        sys.setprofile(before)
    return count


def test_the_corpus_is_there():
    assert len(CORPUS) >= 10


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
def test_it_costs_little(path):
    gate, body = Gate(), path.read_bytes()
    gate.pass_through(body)  # what is made once per process is made now

    assert calls_of(lambda: gate.pass_through(body)) < MOST_CALLS
    gc.collect()
    assert gate.cost(body, times=3)[0] / 1000 < MOST_SECONDS


GROWING = {
    "repeats": lambda size: "{" + "node(id:1){id}" * size + "}",
    "repeats that nobody spreads": lambda size: (
        "{__typename} fragment f on Query{" + "node(id:1){id}" * size + "}"
    ),
    "fragments that double": lambda size: (
        "{...f0}"
        + "".join(f"fragment f{i} on Query{{...f{i + 1} ...f{i + 1}}}" for i in range(size))
        + f"fragment f{size} on Query{{__typename}}"
    ),
    "fragments below fields that double": lambda size: (
        "{__typename}"
        + "".join(
            f"fragment f{i} on User{{worker{{user{{...f{i + 1}}}}} ...f{i + 1}}}"
            for i in range(size)
        )
        + f"fragment f{size} on User{{id}}"
    ),
    "inline fragments in each other": lambda size: "{" + "...{" * size + "a" + "}" * size + "}",
    "operations over one fragment": lambda size: (
        "".join(f"query q{i}{{...f}}" for i in range(size))
        + "fragment f on Query{"
        + " ".join(f"x{i}:__typename" for i in range(20))
        + "}"
    ),
}


@pytest.mark.parametrize("written", GROWING.values(), ids=GROWING)
def test_twice_the_document_costs_no_more_than_about_twice(written):
    gate = Gate()

    def calls(size):
        body = json.dumps({"query": written(size)}).encode()
        return calls_of(lambda: gate.pass_through(body))

    calls(20)
    assert calls(80) < 3 * calls(40) + 5_000


def test_refusing_is_not_slower_for_what_is_much_too_large():
    gate = Gate()
    body = b'{"query":"{__typename}","variables":{"v":' + b"[" * 60_000 + b"]" * 60_000 + b"}}"
    started = time.process_time()
    gate.pass_through(body)

    assert time.process_time() - started < MOST_SECONDS
