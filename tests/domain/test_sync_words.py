"""Where a vendor may be asked, what opens it, and what is said of both."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from app.domain.errors import InvalidValue
from app.domain.sync.addresses import BASE_URLS, VendorHosts
from app.domain.sync.credentials import Credentials
from app.domain.sync.failures import FailureKind, VendorFailure
from app.domain.sync.refusals import (
    KANTATA,
    AlreadyConnected,
    ReadOnlySystem,
    SyncKeyMissing,
)
from app.domain.sync.remote import RemoteEntry, RemoteReference
from app.domain.sync.runs import Rhythm, RunCounts, RunKind, RunState, SyncRun
from app.domain.sync.taking_in import lay
from app.domain.sync.upstreams import Upstream, UpstreamApi
from app.domain.time_off_entries import ReferenceFacts
from tests.builders import COMPANY

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
DAY = date(2026, 3, 4)
API = UpstreamApi.KANTATA_OX


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (None, BASE_URLS[API]),
        ("https://app.mavenlink.com/api/v1", "https://app.mavenlink.com/api/v1/"),
        ("http://127.0.0.1:8090/api/v1/", "http://127.0.0.1:8090/api/v1/"),
    ],
)
def test_a_vendor_is_asked_at_its_own_hosts_and_where_the_operator_says(given, expected):
    assert VendorHosts(frozenset({"127.0.0.1"})).read_base_url(API, given) == expected


@pytest.mark.parametrize(
    "given",
    [
        "https://elsewhere.example/api/v1/",
        "http://api.mavenlink.com/api/v1/",
        "https://api.mavenlink.com/api/v1/?token=1",
        "nowhere",
    ],
)
def test_nobody_but_the_operator_names_another_host(given):
    with pytest.raises(InvalidValue):
        VendorHosts().read_base_url(API, given)


def test_a_token_is_kept_whole_and_shown_by_its_end_only_if_it_is_long():
    long = Credentials("0123456789abcdef")
    long.refuse_unfit()

    assert Credentials.of_content(long.content()) == long
    assert (long.hint, Credentials("0123456789").hint) == ("cdef", "")
    assert "0123" not in repr(long)


@pytest.mark.parametrize("token", ["", "two words", "é", "a\nb", "x" * 5_000])
def test_what_no_header_could_have_is_no_token(token):
    with pytest.raises(InvalidValue) as refused:
        Credentials(token).refuse_unfit()
    assert refused.value.path == ("access_token",)


def test_what_is_said_names_what_it_is_about():
    failure = VendorFailure(FailureKind.THROTTLED, "It answered 429.", words="Slow down.")

    assert (failure.kind, failure.message, failure.words, failure.retry_after) == (
        FailureKind.THROTTLED,
        "It answered 429.",
        "Slow down.",
        None,
    )
    assert "TIMEOFF_SYNC_KEYS" in SyncKeyMissing().message
    assert KANTATA in ReadOnlySystem(KANTATA).message
    assert AlreadyConnected(("api",)).path == ("api",)


def test_runs_add_up_and_end():
    run = SyncRun("r", "u", RunKind.FULL, NOW, counts=RunCounts(1, 2, 3, 4, 5, 6))
    ended = run.ended(RunState.FAILED, NOW + timedelta(minutes=1), "It did not answer.")

    assert run.counts + RunCounts(requests=1) == RunCounts(2, 2, 3, 4, 5, 6)
    assert (ended.state, ended.message, ended.counts) == (
        RunState.FAILED,
        "It did not answer.",
        run.counts,
    )


def test_nothing_is_read_before_the_credentials_were_tried():
    upstream = Upstream("u", COMPANY, API, BASE_URLS[API], NOW)

    assert Rhythm().due(upstream, NOW) is None
    assert Rhythm().due(upstream.checked("4001"), NOW) is RunKind.FULL


def test_what_is_new_takes_ids_of_our_own_where_the_vendors_are_taken():
    references = (
        RemoteReference(71, ReferenceFacts("hr", "Leave", "1")),
        RemoteReference(72, ReferenceFacts("pay", "Slip", "2")),
    )
    laid = lay(COMPANY, None, None, RemoteEntry(70, 7, DAY, DAY, 3600, references), NOW)

    renamed = laid.with_ids({70: 900}, {71: 901})

    assert renamed.entry[1].id == 900
    assert [(after.id, after.entry_id) for _, after in renamed.references if after] == [
        (901, 900),
        (72, 900),
    ]
    old = replace(laid, entry=(laid.entry[1], laid.entry[1]))
    assert old.with_ids({70: 900}, {}).entry[1].id == 70
