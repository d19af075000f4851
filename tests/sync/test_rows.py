"""Each attribute of an upstream, and of a run, has a column and is read back."""

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from app.db.schema import sync_rows as rows
from app.db.schema.sync_tables import SyncRunRow, UpstreamRow
from app.db.schema.tables import table_columns
from app.domain.sync.budget import Budget
from app.domain.sync.conflicts import ConflictPolicy
from app.domain.sync.runs import RunCounts, RunKind, RunState, SyncRun
from app.domain.sync.upstreams import (
    SyncDirection,
    Upstream,
    UpstreamApi,
    UpstreamState,
    Wanted,
    Window,
)
from tests.builders import COMPANY, OTHER_COMPANY, uuid

AT = datetime(2026, 3, 2, 8, tzinfo=UTC)
LATER = AT + timedelta(days=1)
UPSTREAM = Upstream(uuid(1), COMPANY, UpstreamApi.KANTATA_OX, "https://x.example/", AT)
OF_UPSTREAMS: dict[str, Any] = {
    "id": uuid(2),
    "company_id": OTHER_COMPANY,
    "base_url": "https://y.example/",
    "connected_at": LATER,
    "account_key": "4001",
    "direction": SyncDirection.TWO_WAY,
    "conflict_policy": ConflictPolicy.ASK,
    "may_write": True,
    "state": UpstreamState.WAITING,
    "state_reason": "UNREACHABLE",
    "failures": 7,
    "next_try_at": LATER,
    "window": Window(3, 4),
    "wanted": Wanted.WHOLE,
    "credential_hint": "f00d",
    "revision": 9,
    "cursors": {"changed": "2026-03-02T08:00:00+00:00"},
    "budget": Budget(0.5, AT, LATER),
    "last_read_at": LATER,
    "last_full_read_at": LATER,
}
OF_ONE_VALUE = {"api"}
RUN = SyncRun(uuid(3), uuid(1), RunKind.FULL, AT)
OF_RUNS: dict[str, Any] = {
    "id": uuid(4),
    "upstream_id": uuid(2),
    "kind": RunKind.DIRECTORY,
    "started_at": LATER,
    "state": RunState.STOPPED,
    "checkpoint": "2026-03-31",
    "ended_at": LATER,
    "counts": RunCounts(1, 2, 3, 4, 5, 6),
    "message": "It answered 500.",
}


def test_every_attribute_is_looked_at():
    assert {each.name for each in fields(Upstream)} == {*OF_UPSTREAMS} | OF_ONE_VALUE
    assert {each.name for each in fields(SyncRun)} == {*OF_RUNS}
    columns = {each.name for each in table_columns(UpstreamRow)}
    assert columns == rows.from_upstream(UPSTREAM).keys() | {"credentials", "followed"}
    assert {each.name for each in table_columns(SyncRunRow)} == rows.from_run(RUN).keys()


@pytest.mark.parametrize("name", OF_UPSTREAMS)
def test_an_upstream_is_stored_and_read_back(name):
    changed = replace(UPSTREAM, **{name: OF_UPSTREAMS[name]})

    row: Any = SimpleNamespace(**rows.from_upstream(changed))

    assert rows.from_upstream(changed) != rows.from_upstream(UPSTREAM)
    assert rows.to_upstream(row) == changed


@pytest.mark.parametrize("name", OF_RUNS)
def test_a_run_is_stored_and_read_back(name):
    changed = replace(RUN, **{name: OF_RUNS[name]})

    row: Any = SimpleNamespace(**rows.from_run(changed))

    assert rows.from_run(changed) != rows.from_run(RUN)
    assert rows.to_run(row) == changed
