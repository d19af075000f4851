"""What clients send about connected systems."""

import datetime as dt
from typing import Final

import strawberry

from app.domain.identifiers import Kind
from app.domain.person_time_off import ROUNDING_MINUTES
from app.domain.sync import conflicts, deliveries, flows, remote, upstreams
from app.domain.sync.credentials import AnyCredentials, ClientCredentials, Credentials
from app.domain.sync.mirrored import Terms
from app.domain.sync.upstreams import DAYS_AHEAD, DAYS_BACK, MOST_DAYS, Window
from app.services.caller import READERS_OF_REASONS
from app.services.sync.commands import ConnectUpstream, ReplaceCredentials, UpdateUpstream
from app.services.sync.flow_service import SetSyncFlow
from app.services.sync.outbox import MOST_AT_ONCE
from graphql_schema.directory.inputs import OF_COMPANY
from graphql_schema.input_values import (
    NO_COMPANY,
    domain_value,
    read_filter_company,
    read_filter_ids,
    read_filter_texts,
    read_query_id,
)
from graphql_schema.sync.enums import (
    ConflictPolicy,
    DeliveryState,
    SyncDirection,
    SyncFlow,
    SyncSide,
    UpstreamApi,
    UpstreamState,
)

DAYS_BACK_OF: Final = "The window of days that are read begins so many days before today, in UTC."
DAYS_AHEAD_OF: Final = (
    f"It ends so many days after today; in all it has at most {MOST_DAYS:,} days."
)
ID: Final = "The connected system, by its node id."
_TERMS: Final = Terms()
_KEPT: Final = "Left out: as it was set before. Records that stand keep theirs."
OF_UPSTREAM: Final = "Of this connected system, by its node id."
DELIVERIES_OF: Final = f"Their node ids; at most {MOST_AT_ONCE:,}."


@strawberry.input(description="Connected systems that match everything given.")
class UpstreamFilter:
    company_id: strawberry.ID | None = strawberry.field(default=None, description=OF_COMPANY)
    states: list[UpstreamState] | None = strawberry.field(
        default=None, description="Those that are in one of these states."
    )

    def to_domain(self) -> upstreams.UpstreamFilter:
        states = None if self.states is None else [domain_value(each) for each in self.states]
        return upstreams.UpstreamFilter(read_filter_company(self.company_id), states)


@strawberry.input(description="Problems that match everything given.")
class SyncProblemFilter:
    company_id: strawberry.ID | None = strawberry.field(default=None, description=OF_COMPANY)
    upstream_id: strawberry.ID | None = strawberry.field(default=None, description=OF_UPSTREAM)
    codes: list[str] | None = strawberry.field(default=None, description="With one of these codes.")

    def to_domain(self) -> remote.SyncProblemFilter:
        return remote.SyncProblemFilter(
            read_filter_company(self.company_id),
            _read_upstream(self.upstream_id),
            read_filter_texts(self.codes, ("filter", "codes")),
        )


@strawberry.input(description="Deliveries that match everything given.")
class DeliveryFilter:
    company_id: strawberry.ID | None = strawberry.field(default=None, description=OF_COMPANY)
    upstream_id: strawberry.ID | None = strawberry.field(default=None, description=OF_UPSTREAM)
    states: list[DeliveryState] | None = strawberry.field(
        default=None, description="Those that are in one of these states."
    )

    worker_ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description="Of one of these workers."
    )

    def to_domain(self) -> deliveries.DeliveryFilter:
        states = None if self.states is None else [domain_value(each) for each in self.states]
        return deliveries.DeliveryFilter(
            read_filter_company(self.company_id),
            _read_upstream(self.upstream_id),
            states,
            read_filter_ids(Kind.WORKER, self.worker_ids, ("filter", "worker_ids")),
        )


@strawberry.input(description="Conflicts that match everything given.")
class SyncConflictFilter:
    company_id: strawberry.ID | None = strawberry.field(default=None, description=OF_COMPANY)
    upstream_id: strawberry.ID | None = strawberry.field(default=None, description=OF_UPSTREAM)
    is_open: bool | None = strawberry.field(
        default=None, description="True: those that nobody has decided yet; false: all others."
    )

    def to_domain(self) -> conflicts.SyncConflictFilter:
        return conflicts.SyncConflictFilter(
            read_filter_company(self.company_id), _read_upstream(self.upstream_id), self.is_open
        )


@strawberry.input(description="What could not be carried and matches everything given.")
class SyncFlowProblemFilter:
    company_id: strawberry.ID | None = strawberry.field(default=None, description=OF_COMPANY)

    def to_domain(self) -> flows.FlowProblemFilter:
        return flows.FlowProblemFilter(read_filter_company(self.company_id))


@strawberry.input(description="From which source system into which time off is carried.")
class SetSyncFlowInput:
    company_id: strawberry.ID = strawberry.field(description="The company's id.")
    flow: SyncFlow = strawberry.field(description="What is carried from now on.")
    settles_existing: bool = strawberry.field(
        default=False,
        description="Whether all that stands is carried as well, one after the other; else only "
        "what becomes of it from now on.",
    )
    reason: str | None = strawberry.field(
        default=None,
        description="The reason of records that are made of entries; at first "
        f"`{_TERMS.reason}`. {_KEPT} {READERS_OF_REASONS}",
    )
    is_paid: bool | None = strawberry.field(
        default=None, description=f"Whether they are paid; at first they are. {_KEPT}"
    )
    batch_start_time: dt.time | None = strawberry.field(
        default=None,
        description=f"When each of their days starts, rounded to {ROUNDING_MINUTES} minutes; at "
        f"first {_TERMS.batch_start_time:%H:%M}. It ends when the entry's hours are over. {_KEPT}",
    )
    round_to_quarter_hours: bool | None = strawberry.field(
        default=None,
        description="Whether hours that are no multiple of a quarter become the nearest quarter; "
        f"else they are not carried (`NOT_CONVERTIBLE`), as at first. {_KEPT}",
    )

    def to_domain(self) -> SetSyncFlow:
        return SetSyncFlow(
            company_id=self.company_id,
            flow=domain_value(self.flow),
            settles_existing=self.settles_existing,
            reason=self.reason,
            is_paid=self.is_paid,
            batch_start_time=self.batch_start_time,
            round_to_quarter_hours=self.round_to_quarter_hours,
        )


def _read_upstream(given: strawberry.ID | None) -> str | None:
    if given is None:
        return None
    return read_query_id(Kind.UPSTREAM, given, ("filter", "upstream_id")) or NO_COMPANY


@strawberry.input(description="Deliveries that were refused, all or none.")
class RetryDeliveriesInput:
    ids: list[strawberry.ID] = strawberry.field(description=DELIVERIES_OF)


@strawberry.input(description="Deliveries that were refused, all or none.")
class GiveUpDeliveriesInput:
    ids: list[strawberry.ID] = strawberry.field(description=DELIVERIES_OF)


@strawberry.input(description="A conflict, and whose version holds.")
class ResolveSyncConflictInput:
    id: strawberry.ID = strawberry.field(description="The conflict, by its node id.")
    keep: SyncSide = strawberry.field(description="Whose version holds.")


@strawberry.input(
    description="What opens an account. It is kept sealed, and shown by no answer, log or export."
)
class UpstreamCredentialsInput:
    access_token: str | None = strawberry.field(
        default=None,
        description="Of Kantata OX: an access token of an administrator of the account.",
    )
    client_id: str | None = strawberry.field(
        default=None, description="Of Procore: the client id of the app, beside its secret."
    )
    client_secret: str | None = strawberry.field(
        default=None, description="Of Procore: the client secret of the app."
    )
    company: str | None = strawberry.field(
        default=None, description="Of Procore: the number that the company has there."
    )

    def to_domain(self) -> AnyCredentials:
        """Return what is given; what is missing is refused by whoever tries it."""
        of_procore = self.client_id, self.client_secret, self.company
        if self.access_token is None and any(each is not None for each in of_procore):
            return ClientCredentials(
                self.company or "", self.client_id or "", self.client_secret or ""
            )
        return Credentials(self.access_token or "")


@strawberry.input(description="The account that is to be connected.")
class ConnectUpstreamInput:
    company_id: strawberry.ID = strawberry.field(description="Whose account it is.")
    api: UpstreamApi = strawberry.field(
        description="The API that is spoken; a company has one account of each."
    )
    credentials: UpstreamCredentialsInput = strawberry.field(description="What opens the account.")
    base_url: str | None = strawberry.field(
        default=None,
        description="The address below which the API is: the vendor's own if it is left out. "
        "Which other hosts may be named is the operator's to say.",
    )
    direction: SyncDirection = strawberry.field(
        default=SyncDirection.READ_ONLY,
        description="Who may change its records; of Procore only the vendor.",
    )
    conflict_policy: ConflictPolicy = strawberry.field(
        default=ConflictPolicy.VENDOR_WINS,
        description="Whose version holds where both sides have changed the same.",
    )
    days_back: int = strawberry.field(default=DAYS_BACK, description=DAYS_BACK_OF)
    days_ahead: int = strawberry.field(default=DAYS_AHEAD, description=DAYS_AHEAD_OF)
    dry_run: bool = strawberry.field(
        default=False, description="Only try the credentials: answer as usual, and store nothing."
    )

    def to_domain(self) -> ConnectUpstream:
        return ConnectUpstream(
            company_id=self.company_id,
            api=domain_value(self.api),
            credentials=self.credentials.to_domain(),
            base_url=self.base_url,
            direction=domain_value(self.direction),
            conflict_policy=domain_value(self.conflict_policy),
            window=Window(self.days_back, self.days_ahead),
            dry_run=self.dry_run,
        )


@strawberry.input(description="A connected system, and what is to be otherwise of it.")
class UpdateUpstreamInput:
    id: strawberry.ID = strawberry.field(description=ID)
    days_back: int | None = strawberry.field(
        default=None, description=f"{DAYS_BACK_OF} Left out, it stays."
    )
    days_ahead: int | None = strawberry.field(
        default=None, description=f"{DAYS_AHEAD_OF} Left out, it stays."
    )
    direction: SyncDirection | None = strawberry.field(
        default=None,
        description="Who may change its records; of Procore only the vendor. Left out, it stays.",
    )
    conflict_policy: ConflictPolicy | None = strawberry.field(
        default=None,
        description="Whose version holds where both sides have changed the same. Left out, it "
        "stays.",
    )

    def to_domain(self) -> UpdateUpstream:
        return UpdateUpstream(
            self.id,
            self.days_back,
            self.days_ahead,
            None if self.direction is None else domain_value(self.direction),
            None if self.conflict_policy is None else domain_value(self.conflict_policy),
        )


@strawberry.input(description="A connected system that gets other credentials.")
class ReplaceUpstreamCredentialsInput:
    id: strawberry.ID = strawberry.field(description=ID)
    credentials: UpstreamCredentialsInput = strawberry.field(
        description="What opens the same account from now on."
    )

    def to_domain(self) -> ReplaceCredentials:
        return ReplaceCredentials(self.id, self.credentials.to_domain())


@strawberry.input(description="A connected system that is to be left alone.")
class PauseUpstreamInput:
    id: strawberry.ID = strawberry.field(description=ID)


@strawberry.input(description="A connected system that is to go on.")
class ResumeUpstreamInput:
    id: strawberry.ID = strawberry.field(description=ID)


@strawberry.input(description="A connected system that is to be one no more.")
class DisconnectUpstreamInput:
    id: strawberry.ID = strawberry.field(description=ID)


@strawberry.input(description="A connected system that is to be read now.")
class SyncUpstreamInput:
    id: strawberry.ID = strawberry.field(description=ID)
    is_full: bool = strawberry.field(
        default=False,
        description="Read the directory and the whole window, not only what was changed since the "
        "last pass.",
    )
