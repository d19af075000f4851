"""Upstreams, runs and problems as rows, and back."""

from datetime import datetime
from typing import Any

from sqlalchemy import Row

from app.domain.sync.budget import Budget
from app.domain.sync.conflicts import ConflictPolicy
from app.domain.sync.remote import RemoteProblem, SyncProblem
from app.domain.sync.runs import RunCounts, RunKind, RunState, SyncRun
from app.domain.sync.upstreams import (
    SyncDirection,
    Upstream,
    UpstreamApi,
    UpstreamState,
    Wanted,
    Window,
)

Values = dict[str, Any]


def to_upstream(row: Row[Any]) -> Upstream:
    """Return the upstream that a row is."""
    return Upstream(
        id=row.id,
        company_id=row.company_id,
        api=UpstreamApi(row.api),
        base_url=row.base_url,
        connected_at=row.connected_at,
        account_key=row.account_key,
        direction=SyncDirection(row.direction),
        conflict_policy=ConflictPolicy(row.conflict_policy),
        may_write=row.may_write,
        state=UpstreamState(row.state),
        state_reason=row.state_reason,
        failures=row.failures,
        next_try_at=row.next_try_at,
        window=Window(row.days_back, row.days_ahead),
        wanted=None if row.wanted is None else Wanted(row.wanted),
        credential_hint=row.credential_hint,
        revision=row.revision,
        cursors=row.cursors,
        budget=_to_budget(row.budget),
        last_read_at=row.last_read_at,
        last_full_read_at=row.last_full_read_at,
    )


def from_upstream(upstream: Upstream) -> Values:
    """Return an upstream's columns, without what opens it."""
    return {
        "id": upstream.id,
        "company_id": upstream.company_id,
        "api": upstream.api.value,
        "base_url": upstream.base_url,
        "connected_at": upstream.connected_at,
        "account_key": upstream.account_key,
        "direction": upstream.direction.value,
        "conflict_policy": upstream.conflict_policy.value,
        "may_write": upstream.may_write,
        "state": upstream.state.value,
        "state_reason": upstream.state_reason,
        "failures": upstream.failures,
        "next_try_at": upstream.next_try_at,
        "days_back": upstream.window.days_back,
        "days_ahead": upstream.window.days_ahead,
        "wanted": upstream.wanted and upstream.wanted.value,
        "credential_hint": upstream.credential_hint,
        "revision": upstream.revision,
        "cursors": dict(upstream.cursors),
        "budget": _from_budget(upstream.budget),
        "last_read_at": upstream.last_read_at,
        "last_full_read_at": upstream.last_full_read_at,
    }


def _to_budget(kept: Values) -> Budget:
    def moment(name: str) -> datetime | None:
        return None if kept.get(name) is None else datetime.fromisoformat(kept[name])

    return Budget(kept["rate"], moment("since"), moment("next_at")) if kept else Budget()


def _from_budget(budget: Budget) -> Values:
    return {
        "rate": budget.rate,
        "since": budget.since and budget.since.isoformat(),
        "next_at": budget.next_at and budget.next_at.isoformat(),
    }


def to_run(row: Row[Any]) -> SyncRun:
    """Return the run that a row is."""
    return SyncRun(
        id=row.id,
        upstream_id=row.upstream_id,
        kind=RunKind(row.kind),
        started_at=row.started_at,
        state=RunState(row.state),
        checkpoint=row.checkpoint,
        ended_at=row.ended_at,
        counts=RunCounts(
            row.requests, row.read, row.created, row.updated, row.deleted, row.drift_repaired
        ),
        message=row.message,
    )


def from_run(run: SyncRun) -> Values:
    """Return a run's columns."""
    counts = run.counts
    return {
        "id": run.id,
        "upstream_id": run.upstream_id,
        "kind": run.kind.value,
        "state": run.state.value,
        "checkpoint": run.checkpoint,
        "started_at": run.started_at,
        "ended_at": run.ended_at,
        "requests": counts.requests,
        "read": counts.read,
        "created": counts.created,
        "updated": counts.updated,
        "deleted": counts.deleted,
        "drift_repaired": counts.drift_repaired,
        "message": run.message,
    }


def to_problem(row: Row[Any]) -> SyncProblem:
    """Return the problem that a row is."""
    return SyncProblem(
        id=row.id,
        upstream_id=row.upstream_id,
        problem=RemoteProblem(
            row.remote_id, row.code, row.message, row.user_id, row.day, row.person_id
        ),
        first_seen_at=row.first_seen_at,
        last_seen_at=row.last_seen_at,
    )
