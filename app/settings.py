"""What can be set about the gateway: read once from TIMEOFF_… variables or a file, then frozen.

Only app.main, app.server and the command (app.cli, app.command_line) know this module;
everyone else is handed what they need.
"""

import os
from collections.abc import Iterator, Mapping, MutableMapping
from dataclasses import fields
from datetime import timedelta
from enum import StrEnum
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Literal, NamedTuple, Self, get_origin

from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from app.addresses import is_address, is_loopback
from app.authentication.admin_token_file import MIN_ADMIN_TOKEN_LENGTH
from app.db.connections.limits import DatabaseLimits
from app.db.connections.url import (
    async_database_url,
    has_several_hosts,
    shown_url,
    sqlite_url,
)
from app.domain.access_events import KEPT_DAYS
from app.domain.access_sessions import SessionLimits
from app.domain.sync.deliveries import LONGEST_SETTLE
from app.domain.sync.runs import Rhythm
from app.domain.webhook_urls import ReachRules, is_host_name, read_reach, usual_host
from app.edge.browsers import is_origin
from app.edge.failed_credentials import FAILED_PER_MINUTE
from app.edge.hosts import is_host_pattern
from app.edge.limits import AdmissionLimits, ConnectionLimits
from app.edge.log_lines import LogFormat
from app.edge.peers import is_proxy
from app.edge.root_path import is_root_path
from app.oidc.settings import (
    ALGORITHMS,
    DEFAULT_SCOPES,
    ClaimRules,
    OidcSettings,
    is_issuer,
    parse_roles,
)
from app.services.storage_limits import StorageLimits
from app.services.sync.rules import REQUESTS_PER_HOUR, SETTLES, SyncRules
from app.settings_sources import (
    CONFIG,
    ENVIRONMENT,
    FILE_SUFFIX,
    PREFIX,
    Given,
    Known,
    UnusableSource,
    read_secret,
    read_sources,
)
from graphql_schema.http.documents import TrustedDocumentsMode
from graphql_schema.http.limits import Limits, StatusCodes

LIMITS = Limits()
CONNECTION_LIMITS = ConnectionLimits()
ADMISSION_LIMITS = AdmissionLimits()
STORAGE_LIMITS = StorageLimits()
DATABASE_LIMITS = DatabaseLimits()
SESSION_LIMITS = SessionLimits()
HOUR, DAY = timedelta(hours=1), timedelta(days=1)

Names = Annotated[tuple[str, ...], NoDecode]
"""Names with commas between them."""
ADDRESS = r"^(/[A-Za-z0-9._~-]+)+$"


class InvalidSettings(Exception):
    """One or more settings have a value they cannot have; each line names one."""


class Mode(StrEnum):
    """Whom the gateway talks to: people who build on it, or the world."""

    DEVELOPMENT = "development"
    PRODUCTION = "production"


class Auth(StrEnum):
    """Who has to prove who they are."""

    AUTO = "auto"
    REQUIRED = "required"
    OFF = "off"


class SettingDescription(NamedTuple):
    """One row of the README's table of settings."""

    variable: str
    default: str
    meaning: str


def default_database_url() -> str:
    """Return the embedded database: data/timeoff.db of the checkout, or the user's own.

    A checkout keeps its data to itself, so two of them never share a database by
    accident; installed as a package there is no such folder, and the place is
    the one where the user's programs keep their data. Raises InvalidSettings for
    a user without any, as containers and services may have.
    """
    project = Path(__file__).resolve().parent.parent
    if (project / "pyproject.toml").is_file():
        folder = project / "data"
    else:
        data_home = os.environ.get("XDG_DATA_HOME") or "~/.local/share"
        try:
            folder = Path(data_home).expanduser() / "timeoff-gateway"
        except RuntimeError:
            raise InvalidSettings(
                "This user has no home directory to keep the data in: name a folder in "
                "XDG_DATA_HOME, or a database with --database-url (TIMEOFF_DATABASE_URL)."
            ) from None
    return sqlite_url(folder / "timeoff.db")


class Settings(BaseSettings):
    """Every setting, validated, with what it means."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_ignore_empty=True,
        extra="forbid",
        frozen=True,
    )

    config: Path | None = Field(
        default=None,
        description="A TOML file with settings, by the names of this table; what the environment "
        "says as well goes before it.",
        json_schema_extra={"default_text": "none"},
    )
    database_url: str = Field(
        default_factory=default_database_url,
        repr=False,  # it may hold a password
        description="Where the data is: `sqlite:///path` or "
        "`postgresql://user:password@host/database`.",
        json_schema_extra={
            "secret": True,
            "default_text": "`data/timeoff.db` of the checkout; installed as a package: "
            "`timeoff-gateway/timeoff.db` in `$XDG_DATA_HOME` or `~/.local/share`",
        },
    )
    read_database_url: str | None = Field(
        default=None,
        repr=False,  # as above
        description="A replica of it, on PostgreSQL: queries are read there, but for what a caller "
        "reads after its own writes. docs/scaling.md.",
        json_schema_extra={"secret": True, "default_text": "none: all is read from the database"},
    )
    database_read_lag_seconds: float = Field(
        default=DATABASE_LIMITS.read_lag_seconds,
        gt=0,
        le=3600,
        description="While the replica is further behind, queries are not read there.",
    )
    database_pool_size: int = Field(
        default=10,
        ge=1,
        le=1000,
        description="Most connections that one worker process holds to PostgreSQL.",
    )
    database_connect_seconds: float = Field(
        default=DATABASE_LIMITS.connect_seconds,
        gt=0,
        description="A connection to PostgreSQL that is not there by then counts as an outage.",
    )
    database_wait_seconds: float = Field(
        default=DATABASE_LIMITS.wait_seconds,
        gt=0,
        description="A request that has waited so long for a free connection, for a lock that "
        "somebody holds on PostgreSQL, or on SQLite for another process's write, is answered 503.",
    )
    database_probe_seconds: float = Field(
        default=DATABASE_LIMITS.probe_seconds,
        gt=0,
        le=1.8,
        description="A database that says nothing for so long is lost: `/health/ready` says so, "
        "and while PostgreSQL is lost requests are answered 503 at once.",
    )
    database_pool_for_reads: int = Field(
        default=DATABASE_LIMITS.pool_for_reads,
        ge=0,
        le=1000,
        description="How many of these writers leave to readers, as far as one is left to write: "
        "a writer that waits for a lock keeps its connection.",
    )
    host: str = Field(
        default="127.0.0.1",
        min_length=1,
        description="Address to listen on; `0.0.0.0` for all of the machine's.",
    )
    port: int = Field(
        default=8000,
        ge=0,
        le=65535,
        description="Port to listen on; `0` takes a free one and prints it.",
    )
    root_path: str | None = Field(
        default=None,
        description="The prefix below which a proxy shows the gateway, such as `/timeoff`: all "
        "links have it, and requests may come with it or without. docs/proxy.md.",
        json_schema_extra={"default_text": "none"},
    )
    workers: int = Field(default=1, ge=1, le=256, description="Number of worker processes.")
    reload: bool = Field(
        default=False,
        description="Start again when a source file changes; for development.",
    )
    demo: bool | None = Field(
        default=None,
        description="Load the demo data at the start, `true` or `false`.",
        json_schema_extra={
            "default_text": "only when the embedded database is made, at its first start"
        },
    )
    mode: Mode = Field(
        default=Mode.DEVELOPMENT,
        description="`development` serves GraphiQL; `production` does not.",
    )
    auth: Auth = Field(
        default=Auth.AUTO,
        description="Who says who they are: `auto`: everybody, except on this machine alone, in "
        "`development` and before the first token is made; `required`: everybody; `off`: nobody, "
        "whoever reaches the gateway may do everything.",
    )
    admin_token_file: Path | None = Field(
        default=None,
        description="A file with the token of an administrator, at least "
        f"{MIN_ADMIN_TOKEN_LENGTH} characters, such as a secret that is mounted. It is read again "
        "when it changes.",
        json_schema_extra={"default_text": "none"},
    )
    limit_body_bytes: int = Field(
        default=LIMITS.body_bytes,
        ge=1024,
        description="Largest body of a GraphQL request, in bytes.",
    )
    limit_json_depth: int = Field(
        default=LIMITS.json_depth, ge=4, description="Deepest nesting of a request's JSON."
    )
    limit_json_values: int = Field(
        default=LIMITS.json_values,
        ge=100,
        description="Most values in a request's JSON; a batch of 1,000 entries has up to 12,000.",
    )
    limit_number_characters: int = Field(
        default=LIMITS.number_characters,
        ge=8,
        description="Most characters of a number in a request's JSON.",
    )
    limit_document_bytes: int = Field(
        default=LIMITS.document_bytes, ge=1024, description="Largest GraphQL document, in bytes."
    )
    limit_tokens: int = Field(
        default=LIMITS.tokens, ge=100, description="Most lexical tokens of a document."
    )
    limit_operations: int = Field(
        default=LIMITS.operations, ge=1, description="Most operations of a document."
    )
    limit_fragments: int = Field(
        default=LIMITS.fragments, ge=1, description="Most fragments of a document."
    )
    limit_depth: int = Field(
        default=LIMITS.depth, ge=4, description="Most levels of fields in an operation."
    )
    limit_fields: int = Field(
        default=LIMITS.fields,
        ge=20,
        description="Most fields of an operation, spread fragments included.",
    )
    limit_aliases: int = Field(
        default=LIMITS.aliases, ge=1, description="Most aliases of an operation."
    )
    limit_root_fields: int = Field(
        default=LIMITS.root_fields, ge=1, description="Most fields at the top of an operation."
    )
    limit_directives: int = Field(
        default=LIMITS.directives, ge=1, description="Most directives of an operation."
    )
    limit_repeats: int = Field(
        default=LIMITS.repeats,
        ge=1,
        description="Most selections of one response name in one place.",
    )
    limit_cost: int = Field(
        default=LIMITS.cost,
        ge=100,
        description="Most fields that an operation's answer may have, by its page sizes, and "
        "besides most fields of the instances and days that its records really have; each day "
        "or item that a mutation stores counts as 25.",
    )
    limit_record_days: int = Field(
        default=LIMITS.record_days,
        ge=1,
        description="Most days that one record of person time off may count, all its instances "
        "together; over REST too.",
    )
    limit_calendar_feeds: int = Field(
        default=STORAGE_LIMITS.calendar_feeds,
        ge=1,
        description="Most calendar feeds of one company, those that were revoked included.",
    )
    limit_webhooks: int = Field(
        default=STORAGE_LIMITS.webhooks,
        ge=1,
        description="Most webhooks of one company, those that are disabled included.",
    )
    limit_idempotency_keys: int = Field(
        default=STORAGE_LIMITS.idempotency_keys,
        ge=1,
        description="Most idempotency keys that are kept; of more the oldest are forgotten before "
        "their time, and the log says so.",
    )
    keep_access_events_days: int = Field(
        default=KEPT_DAYS,
        ge=1,
        description="For so many days access events are kept: docs/audit.md.",
    )
    keep_changes_days: int | None = Field(
        default=None,
        ge=1,
        description="For so many days the change feed is kept. A reader that comes later hears "
        "CURSOR_EXPIRED: docs/events.md.",
        json_schema_extra={"default_text": "none: for ever"},
    )
    keep_reasons_days: int | None = Field(
        default=None,
        ge=1,
        le=36_500,
        description="For so many days after its end an absence has its reason, and other systems' "
        "messages about it: docs/people.md.",
        json_schema_extra={"default_text": "none: for ever"},
    )
    limit_cached_document_bytes: int = Field(
        default=LIMITS.cached_document_bytes,
        ge=1024,
        description="Most bytes of the texts of documents that one worker process keeps ready; "
        "what is made of a text takes some 190 times as much. A front end whose texts are more "
        "has them validated and compiled again and again.",
    )
    limit_query_seconds: float = Field(
        default=LIMITS.query_seconds, gt=0, description="A query that takes longer is stopped."
    )
    limit_mutation_seconds: float = Field(
        default=LIMITS.mutation_seconds,
        gt=0,
        description="A mutation that takes longer is stopped, and nothing of it stays.",
    )
    limit_socket_operations: int = Field(
        default=LIMITS.socket_operations,
        ge=1,
        description="Most operations under way on one WebSocket.",
    )
    limit_subscriptions: int = Field(
        default=LIMITS.subscriptions,
        ge=0,
        description="Most subscriptions under way in one worker process. Over Server-Sent Events "
        "one is a connection, over WebSocket several share one.",
    )
    limit_subscriptions_per_caller: int = Field(
        default=LIMITS.subscriptions_per_caller,
        ge=0,
        description="Most subscriptions of one caller under way in one worker process.",
    )
    limit_subscription_seconds: float = Field(
        default=LIMITS.subscription_seconds,
        gt=0,
        description="A subscription that lasts longer is completed; its client goes on with the "
        "last cursor.",
    )
    limit_connections: int = Field(
        default=CONNECTION_LIMITS.connections,
        ge=1,
        description="Most connections to one worker process, WebSockets included; "
        "beyond, only health probes and `/metrics` are answered.",
    )
    limit_header_bytes: int = Field(
        default=CONNECTION_LIMITS.header_bytes,
        ge=1024,
        description="Most bytes of a request's first line and headers together.",
    )
    limit_header_seconds: float = Field(
        default=CONNECTION_LIMITS.header_seconds,
        gt=0,
        description="A client whose headers are not there by then is cut.",
    )
    limit_body_seconds: float = Field(
        default=CONNECTION_LIMITS.body_seconds,
        gt=0,
        description="A client whose body is not there by then, counted from its headers, is cut.",
    )
    limit_unread_answer_seconds: float = Field(
        default=CONNECTION_LIMITS.unread_answer_seconds,
        gt=0,
        description="A client that takes nothing of its answer for so long is cut.",
    )
    limit_dropped_bytes: int = Field(
        default=CONNECTION_LIMITS.dropped_bytes,
        ge=0,
        description="A client that has its answer and still sends is read from, for nothing, so "
        "that it gets to read that answer; beyond so many bytes it is cut.",
    )
    limit_dropped_seconds: float = Field(
        default=CONNECTION_LIMITS.dropped_seconds,
        gt=0,
        description="For so long at most, where the answer is the last of its connection.",
    )
    limit_idle_seconds: int = Field(
        default=5,
        ge=1,
        description="A connection without a request is closed then; behind a proxy that keeps "
        "its connections: longer than the proxy does.",
    )
    limit_running: int = Field(
        default=ADMISSION_LIMITS.running,
        ge=1,
        description="Most requests that one worker process works on at a time, without those "
        "that write.",
    )
    limit_waiting: int = Field(
        default=ADMISSION_LIMITS.waiting,
        ge=0,
        description="Most requests that wait for one of those to end; beyond, the answer is 503.",
    )
    limit_wait_seconds: float = Field(
        default=ADMISSION_LIMITS.wait_seconds,
        gt=0,
        description="A request that has waited so long is answered 503 as well.",
    )
    compression: bool = Field(
        default=True,
        description="Whether large answers are compressed (zstd or gzip) for clients that take "
        "it; `false` where a proxy in front does so.",
    )
    limit_standing_seconds: float = Field(
        default=ADMISSION_LIMITS.standing_seconds,
        gt=0,
        description="Once there is more to do than can be done, only so many wait as are worked "
        "off in this time, or 8; beyond, the answer is 503.",
    )
    limit_writing: int = Field(
        default=ADMISSION_LIMITS.writing,
        ge=1,
        description="Most requests that write at a time, those that wait for a lock included; as "
        "many again as `TIMEOFF_LIMIT_WAITING` says wait for that.",
    )
    limit_refusals_per_second: float = Field(
        default=ADMISSION_LIMITS.refusals_per_second,
        gt=0,
        description="Most refusals, in one second of the processor's time, of clients that come "
        "back at once; what the others send waits for their turn.",
    )
    limit_refused_seconds: float = Field(
        default=ADMISSION_LIMITS.refused_seconds,
        ge=0,
        le=1,
        description="For so long at least a client that was answered 503 is not heard again.",
    )
    limit_cost_per_minute: int = Field(
        default=0,
        ge=0,
        description="Most cost of one caller in a minute, as `TIMEOFF_LIMIT_COST` counts it, in "
        "each worker process; beyond, the answer is 429. `0`: no bound.",
    )
    limit_failed_credentials_per_minute: int = Field(
        default=FAILED_PER_MINUTE,
        ge=1,
        description="Most different bad credentials of one peer that a worker process looks at in "
        "a minute; beyond, the answer is 429.",
    )
    session_idle_hours: float = Field(
        default=SESSION_LIMITS.idle / HOUR,
        gt=0,
        le=24 * 30,
        description="A browser's session that is not used for so long ends.",
    )
    session_days: float = Field(
        default=SESSION_LIMITS.total / DAY,
        gt=0,
        le=90,
        description="A browser's session ends after so long, however much it is used.",
    )
    trusted_proxies: Names = Field(
        default=(),
        description="Proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed: "
        "addresses and networks such as `10.0.0.0/8` with commas between them, `unix` for peers "
        "of a Unix socket.",
        json_schema_extra={"default_text": "none"},
    )
    allowed_hosts: Names = Field(
        default=(),
        description="Names by which clients reach the gateway, with commas between them; "
        "`*.example.com` for all below one, `*` for any. Addresses and `localhost` always do.",
        json_schema_extra={"default_text": "none"},
    )
    cors_origins: Names = Field(
        default=(),
        description="Origins whose pages may use the API from a browser, with commas between "
        "them, such as `https://hr.example.com`.",
        json_schema_extra={"default_text": "none"},
    )
    cors_credentials: bool = Field(
        default=False,
        description="Whether those pages may send cookies and HTTP authentication along.",
    )
    status_codes: StatusCodes = Field(
        default=StatusCodes.AUDITS,
        description="`audits`: the status codes that today's GraphQL clients expect; "
        "`draft-2026`: those of the newer GraphQL-over-HTTP draft (422, 294).",
    )
    introspection: bool | None = Field(
        default=None,
        description="Whether clients may read the schema.",
        json_schema_extra={"default_text": "only in `development`"},
    )
    trusted_documents: TrustedDocumentsMode = Field(
        default=TrustedDocumentsMode.OFF,
        description="`allow`: documents of the file may be named by `documentId`; `only`: no "
        "others are run; `off`: there are none.",
    )
    trusted_documents_file: Path | None = Field(
        default=None,
        description="A JSON file of documents by id, as Relay and graphql-codegen write it.",
        json_schema_extra={"default_text": "none"},
    )
    kantata_path: str = Field(
        default="/kantata/api/v1",
        pattern=ADDRESS,
        description="Where Kantata OX's own REST endpoints are.",
    )
    procore_path: str = Field(
        default="/procore",
        pattern=ADDRESS,
        description="Where Procore Workforce Planning's own REST endpoints are.",
    )
    oidc_issuer: str | None = Field(
        default=None,
        description="The OpenID provider whose tokens are taken and where people sign in, as it "
        "writes itself in `iss`: https, or http on this machine. docs/access.md has the settings "
        "of four providers.",
        json_schema_extra={"default_text": "none"},
    )
    oidc_audiences: Names = Field(
        default=(),
        description="What `aud` of an access token may be, with commas between; without it, no "
        "token of the issuer is taken as a credential, and people only sign in.",
        json_schema_extra={"default_text": "none"},
    )
    oidc_algorithms: Names = Field(
        default=ALGORITHMS,
        description="How the issuer may sign, with commas between.",
        json_schema_extra={"default_text": f"`{','.join(ALGORITHMS)}`"},
    )
    oidc_leeway_seconds: int = Field(
        default=60,
        ge=0,
        le=300,
        description="How far the issuer's clock and ours may be apart.",
    )
    oidc_roles: Names = Field(
        default=(),
        description="Which role a value of the role claim gives, such as "
        "`hr-admins=HR,staff=EMPLOYEE`; of several, the permissions are added up. Whoever has "
        "none of the values is refused.",
        json_schema_extra={"default_text": "none"},
    )
    oidc_role_claim: str = Field(
        default="roles",
        min_length=1,
        description="The claim that has those values, or the path to it, such as "
        "`realm_access.roles`.",
    )
    oidc_companies_claim: str | None = Field(
        default=None,
        description="The claim that names the companies somebody may reach, by their ids; where a "
        "token lacks it, that is none of them.",
        json_schema_extra={"default_text": "none: all companies"},
    )
    oidc_worker_claim: str | None = Field(
        default=None,
        description="The claim that says which worker somebody is: an e-mail address, or the id "
        "of a user or a person.",
        json_schema_extra={"default_text": "`email`, if `email_verified` is true"},
    )
    oidc_client_id: str | None = Field(
        default=None,
        description="The client as which the gateway signs people in at the issuer.",
        json_schema_extra={"default_text": "none: nobody signs in there"},
    )
    oidc_client_secret_file: Path | None = Field(
        default=None,
        repr=False,  # where a secret is
        description="A file with that client's secret; without it, it is a public client.",
        json_schema_extra={"default_text": "none"},
    )
    oidc_scopes: str = Field(
        default=DEFAULT_SCOPES,
        description="What a sign-in asks the issuer for, with spaces between.",
    )
    webhooks: bool = Field(
        default=True,
        description="Whether the messages of webhooks are sent; `false` for a copy of the data, "
        "such as a rehearsal, so that no receiver hears of it: docs/webhooks.md.",
    )
    webhook_hosts: Names = Field(
        default=(),
        description="What webhooks may reach beyond the internet: names, addresses and networks "
        "such as `hooks.internal,10.1.0.0/16`, with commas between them.",
        json_schema_extra={"default_text": "none"},
    )
    webhook_http_hosts: Names = Field(
        default=(),
        description="Hosts, names or addresses, to which messages may go by http instead of "
        "https, with commas between them.",
        json_schema_extra={"default_text": "none"},
    )
    sync: bool = Field(
        default=True,
        description="Whether connected systems are read and written, and time off is carried; "
        "`false` for a copy of the data: docs/sync.md.",
    )
    sync_keys: str | None = Field(
        default=None,
        repr=False,
        description="What seals the credentials of connected systems: keys of 32 random bytes in "
        "URL-safe Base64, with commas between; the first seals, all of them open.",
        json_schema_extra={
            "secret": True,
            "default_text": "SQLite: a file beside the database; PostgreSQL: none",
        },
    )
    sync_extra_hosts: Names = Field(
        default=(),
        description="Hosts that a connected system may be asked at, beside its vendor's own, with "
        "commas between them; http is possible there.",
        json_schema_extra={"default_text": "none"},
    )
    sync_poll_seconds: int = Field(
        default=60,
        ge=1,
        le=86_400,
        description="How often a connected system is asked what was changed.",
    )
    sync_full_hours: int = Field(
        default=6,
        ge=1,
        le=168,
        description="How often all of its window is read, which also finds what was deleted.",
    )
    sync_requests_per_hour: int = Field(
        default=REQUESTS_PER_HOUR,
        ge=1,
        description="Most requests to one connected system in an hour.",
    )
    sync_settle_seconds: int = Field(
        default=int(SETTLES.total_seconds()),
        ge=1,
        le=int(LONGEST_SETTLE.total_seconds()),
        description="How long a write to a connected system that was not answered may still be "
        "done there: only then is it looked at, and sent again if it was not.",
    )
    metrics: bool = Field(
        default=False,
        description="Whether `/metrics` tells Prometheus what each worker process does: "
        "docs/metrics.md.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info",
        description="Least important message that is logged: `debug` (a line for each "
        "request as well), `info`, `warning` or `error`.",
    )
    log_format: LogFormat = Field(
        default="text",
        description="Lines as `text`, or as `json`, an object each: docs/metrics.md.",
    )
    log_requests: bool = Field(
        default=False,
        description="Whether there is a line for each request, with its caller, operation, status "
        "and time; `TIMEOFF_LOG_BYTES` does not bound these.",
    )
    slow_operation_ms: int | None = Field(
        default=None,
        ge=1,
        description="A request that takes so many milliseconds has a line that says where they "
        "went: statements, commit.",
        json_schema_extra={"default_text": "none"},
    )
    traces: bool = Field(
        default=False,
        description="Whether requests are traced by OpenTelemetry, which the extra "
        "`timeoff-gateway[otel]` installs; the variables `OTEL_…` say where to.",
    )
    log_bytes: int = Field(
        default=1_000_000,
        ge=0,
        description="Most bytes that one worker process logs in a minute; beyond, lines are "
        "counted only. 0 and `debug`: no bound.",
    )

    @field_validator("traces")
    @classmethod
    def _traces_can_be_made(cls, traces: bool) -> bool:  # noqa: FBT001 - pydantic's way to call
        if traces and find_spec("opentelemetry") is None:
            raise ValueError('needs an extra: pip install "timeoff-gateway[otel]"')
        return traces

    @field_validator("read_database_url")
    @classmethod
    def _replica_is_a_postgresql(cls, text: str | None) -> str | None:
        url = None if text is None else async_database_url(text)
        if url is not None and url.startswith("sqlite"):
            raise ValueError("is a replica on PostgreSQL; SQLite has none")
        if url is not None and has_several_hosts(url):
            # Who says how far it is has to be who is read.
            raise ValueError("names several hosts; give the one replica that is to be read")
        return url

    @model_validator(mode="after")
    def _replica_has_a_primary(self) -> Self:
        if self.read_database_url is not None and self.database_url.startswith("sqlite"):
            raise ValueError(
                f"{PREFIX}READ_DATABASE_URL is a replica on PostgreSQL; {PREFIX}DATABASE_URL is "
                "SQLite, which has none"
            )
        return self

    @field_validator("database_url")
    @classmethod
    def _with_our_driver(cls, text: str) -> str:
        return async_database_url(text)

    @field_validator(
        "allowed_hosts",
        "cors_origins",
        "trusted_proxies",
        "webhook_hosts",
        "webhook_http_hosts",
        "sync_extra_hosts",
        mode="before",
    )
    @classmethod
    def _split_at_commas(cls, names: object) -> object:
        if not isinstance(names, str):
            return names
        return tuple(name.strip().lower() for name in names.split(",") if name.strip())

    @field_validator("allowed_hosts")
    @classmethod
    def _hosts_are_names(cls, hosts: Names) -> Names:
        if not all(map(is_host_pattern, hosts)):
            raise ValueError(
                "are not names such as api.example.com or *.example.com, without ports"
            )
        return hosts

    @field_validator("cors_origins")
    @classmethod
    def _origins_are_exact(cls, origins: Names) -> Names:
        if not all(map(is_origin, origins)):
            raise ValueError(
                "are not origins such as https://hr.example.com, as browsers write them"
            )
        return origins

    @field_validator("webhook_hosts")
    @classmethod
    def _webhooks_reach_names_and_networks(cls, hosts: Names) -> Names:
        try:
            read_reach(hosts)
        except ValueError:
            raise ValueError(
                "are not names such as hooks.internal, addresses such as 10.0.0.7 and networks "
                "such as 10.0.0.0/8 (no bit set behind the slash)"
            ) from None
        return hosts

    @field_validator("webhook_http_hosts", "sync_extra_hosts")
    @classmethod
    def _http_hosts_are_hosts(cls, hosts: Names) -> Names:
        if not all(is_host_name(each) or is_address(each) for each in hosts):
            raise ValueError("are not names such as hooks.internal, or addresses, without ports")
        return hosts

    @field_validator("sync_keys")
    @classmethod
    def _keys_are_keys(cls, text: str | None) -> str | None:
        from app.services.sync.sealing import is_key  # noqa: PLC0415 - only who has any

        if text is not None and not all(map(is_key, _split(text))):
            raise ValueError(
                "takes keys of 32 random bytes in URL-safe Base64, 44 characters each, with "
                "commas between"
            )
        return text

    @field_validator("oidc_audiences", "oidc_algorithms", "oidc_roles", mode="before")
    @classmethod
    def _split_as_written(cls, names: object) -> object:
        if not isinstance(names, str):
            return names
        return tuple(name.strip() for name in names.split(",") if name.strip())

    @field_validator("oidc_issuer")
    @classmethod
    def _issuer_is_exact(cls, issuer: str | None) -> str | None:
        if issuer is not None and not is_issuer(issuer):
            raise ValueError(
                "is not an address such as https://login.example.com/realms/staff (http only on "
                "this machine); take `issuer` of the provider's /.well-known/openid-configuration"
            )
        return issuer

    @field_validator("oidc_algorithms")
    @classmethod
    def _algorithms_are_known(cls, algorithms: Names) -> Names:
        if not algorithms or not set(algorithms) <= set(ALGORITHMS):
            raise ValueError(
                f"takes one or more of {', '.join(ALGORITHMS)}; others are not verified"
            )
        return algorithms

    @field_validator("oidc_roles")
    @classmethod
    def _roles_are_pairs(cls, pairs: Names) -> Names:
        parse_roles(pairs)
        return pairs

    @field_validator("oidc_client_secret_file")
    @classmethod
    def _secret_can_be_read(cls, file: Path | None) -> Path | None:
        if file is not None:
            try:
                read_secret(file)
            except UnusableSource as fault:
                raise ValueError(f"the file {str(fault).removesuffix('.')}") from None
        return file

    @field_validator("oidc_scopes")
    @classmethod
    def _scopes_have_openid(cls, scopes: str) -> str:
        if "openid" not in scopes.split():
            raise ValueError("takes names separated by spaces, openid among them")
        return " ".join(scopes.split())

    @model_validator(mode="after")
    def _issuer_is_of_use(self) -> Self:
        if self.oidc_issuer is None:
            self._nothing_waits_for_an_issuer()
        elif not self.oidc_audiences and self.oidc_client_id is None:
            raise ValueError(
                f"{PREFIX}OIDC_ISSUER needs {PREFIX}OIDC_AUDIENCES, so that its access tokens are "
                f"taken, or {PREFIX}OIDC_CLIENT_ID, so that people sign in there, or both"
            )
        elif not self.oidc_roles:
            raise ValueError(
                f"{PREFIX}OIDC_ISSUER needs {PREFIX}OIDC_ROLES, such as hr-admins=HR: without it "
                "nobody has a role"
            )
        return self

    @model_validator(mode="after")
    def _public_client_has_one_process(self) -> Self:
        if self.oidc_client_id and self.oidc_client_secret_file is None and self.workers > 1:
            raise ValueError(
                f"{PREFIX}OIDC_CLIENT_ID without {PREFIX}OIDC_CLIENT_SECRET_FILE works with one "
                f"worker only, not with {PREFIX}WORKERS={self.workers}: the secret signs what a "
                "browser brings from one process to another while somebody signs in"
            )
        return self

    @model_validator(mode="after")
    def _secret_has_a_client(self) -> Self:
        if self.oidc_client_secret_file is not None and self.oidc_client_id is None:
            raise ValueError(
                f"{PREFIX}OIDC_CLIENT_SECRET_FILE is the secret of a client: set "
                f"{PREFIX}OIDC_CLIENT_ID too"
            )
        return self

    @field_validator("root_path")
    @classmethod
    def _root_is_a_path(cls, path: str | None) -> str | None:
        if path is not None and not is_root_path(path):
            raise ValueError(
                "is not a path such as /timeoff, without a / at its end, which begins with none of "
                "our own names, such as /calendar"
            )
        return path

    @field_validator("trusted_proxies")
    @classmethod
    def _proxies_are_addresses(cls, proxies: Names) -> Names:
        if not all(map(is_proxy, proxies)):
            raise ValueError(
                "are not addresses such as 10.0.0.7, networks such as 10.0.0.0/8 (no bit set "
                "behind the slash), or unix"
            )
        return proxies

    @model_validator(mode="after")
    def _reload_has_one_process(self) -> Self:
        if self.reload and self.workers > 1:
            raise ValueError(
                f"{PREFIX}RELOAD (--reload) works with one worker only, "
                f"not with {PREFIX}WORKERS={self.workers}"
            )
        return self

    @model_validator(mode="after")
    def _addresses_are_apart(self) -> Self:
        ours, theirs = f"{self.kantata_path}/", f"{self.procore_path}/"
        if ours.startswith(theirs) or theirs.startswith(ours):
            raise ValueError(
                f"{PREFIX}KANTATA_PATH and {PREFIX}PROCORE_PATH are not below one another"
            )
        return self

    def _nothing_waits_for_an_issuer(self) -> None:
        for name, field in type(self).model_fields.items():
            if name.startswith("oidc_") and getattr(self, name) != field.default:
                raise ValueError(
                    f"{variable_name(name)} is about an issuer: set {PREFIX}OIDC_ISSUER too"
                )

    @classmethod
    def read(cls, **given: object) -> Self:
        """Read the environment and the settings file; what is given by name goes before both.

        A None is not given. Raises InvalidSettings, with a line for each bad value.
        """
        return cls.read_with_origins(**given)[0]

    @classmethod
    def read_with_origins(cls, **given: object) -> tuple[Self, dict[str, Given]]:
        """Read the settings as above, and say of each that is set where it stands."""
        options = {name: value for name, value in given.items() if value is not None}
        file = options.get("config") or os.environ.get(CONFIG)
        try:
            sources = read_sources(known_names(), os.environ, Path(str(file)) if file else None)
        except UnusableSource as fault:
            raise InvalidSettings(str(fault)) from None
        origins = {
            field: Given(str(options[field]), option_name(field))
            if field in options
            else sources[variable_name(field)]
            for field in cls.model_fields
            if field in options or variable_name(field) in sources
        }
        texts = {field: each.text for field, each in origins.items()}
        try:
            # Validated as the field types say, whatever type they come in.
            return cls(**(texts | options)), origins  # type: ignore[arg-type]
        except ValidationError as error:
            told = [_complaint(each, origins) for each in error.errors()]
            raise InvalidSettings("\n".join(told)) from None

    @property
    def limits(self) -> Limits:
        """How large a GraphQL request may be."""
        return Limits(**{each.name: getattr(self, f"limit_{each.name}") for each in fields(Limits)})

    @property
    def connection_limits(self) -> ConnectionLimits:
        """What a client may do to a worker process."""
        names = [each.name for each in fields(ConnectionLimits)]
        return ConnectionLimits(**{name: getattr(self, f"limit_{name}") for name in names})

    @property
    def storage_limits(self) -> StorageLimits:
        """How much may be stored."""
        names = [each.name for each in fields(StorageLimits)]
        return StorageLimits(**{name: getattr(self, f"limit_{name}") for name in names})

    @property
    def admission_limits(self) -> AdmissionLimits:
        """How much a worker process takes on."""
        names = [each.name for each in fields(AdmissionLimits)]
        return AdmissionLimits(**{name: getattr(self, f"limit_{name}") for name in names})

    @property
    def database_limits(self) -> DatabaseLimits:
        """How long a database may keep requests waiting."""
        names = [each.name for each in fields(DatabaseLimits)]
        return DatabaseLimits(**{name: getattr(self, f"database_{name}") for name in names})

    @property
    def oidc(self) -> OidcSettings | None:
        """The issuer whose tokens are taken, if there is one."""
        if self.oidc_issuer is None:
            return None
        file = self.oidc_client_secret_file
        return OidcSettings(
            issuer=self.oidc_issuer,
            audiences=self.oidc_audiences,
            algorithms=self.oidc_algorithms,
            leeway_seconds=self.oidc_leeway_seconds,
            rules=ClaimRules(
                roles=parse_roles(self.oidc_roles),
                role_claim=self.oidc_role_claim,
                companies_claim=self.oidc_companies_claim,
                worker_claim=self.oidc_worker_claim,
            ),
            client_id=self.oidc_client_id,
            client_secret=read_secret(file) if file else None,
            scopes=self.oidc_scopes,
        )

    @property
    def webhook_rules(self) -> ReachRules:
        """What webhooks may reach."""
        hosts, networks = read_reach(self.webhook_hosts)
        return ReachRules(hosts, networks, frozenset(map(usual_host, self.webhook_http_hosts)))

    @property
    def sync_rules(self) -> SyncRules:
        """How connected systems are read."""
        rhythm = Rhythm(timedelta(seconds=self.sync_poll_seconds), HOUR * self.sync_full_hours)
        hosts = frozenset(map(usual_host, self.sync_extra_hosts))
        return SyncRules(
            _split(self.sync_keys or ""),
            hosts,
            rhythm,
            self.sync_requests_per_hour,
            timedelta(seconds=self.sync_settle_seconds),
        )

    @property
    def session_limits(self) -> SessionLimits:
        """How long a browser's session lasts."""
        return SessionLimits(HOUR * self.session_idle_hours, DAY * self.session_days)

    @property
    def logs_requests(self) -> bool:
        """Whether we log requests; at `debug` uvicorn does so where lines are text."""
        is_ours = self.log_level == "debug" and self.log_format == "json"
        return self.log_requests or is_ours

    @property
    def has_processes(self) -> bool:
        """Whether what serves is in other processes than the one that was started."""
        return self.workers > 1 or self.reload

    @property
    def is_development(self) -> bool:
        """Whether the gateway talks to people who build on it."""
        return self.mode is Mode.DEVELOPMENT

    @property
    def may_be_open(self) -> bool:
        """Whether this machine may use the gateway without a token, until the first is made."""
        is_private = self.is_development and is_loopback(self.host)
        proves_otherwise = self.admin_token_file is not None or self.oidc_issuer is not None
        return self.auth is Auth.AUTO and is_private and not proves_otherwise

    @property
    def needs_https_to_sign_in(self) -> bool:
        """Whether people are to sign in, and as it stands no browser of others could."""
        is_reached_by_others = not is_loopback(self.host)
        return is_reached_by_others and self.auth is not Auth.OFF and not self.trusted_proxies

    @property
    def is_embedded_default(self) -> bool:
        """Whether the data is in the database we make ourselves, unasked."""
        try:
            return self.database_url == async_database_url(default_database_url())
        except InvalidSettings:
            return False  # there is no default for this user

    @property
    def database_name(self) -> str:
        """The database URL as it may be shown: without its password and its parameters."""
        return shown_url(self.database_url)

    def as_environment(self) -> dict[str, str]:
        """Return the variables from which a child process reads the same settings."""
        return {
            variable_name(name): ",".join(value) if isinstance(value, list) else str(value)
            for name, value in self.model_dump(mode="json", exclude={"config"}).items()
            if value is not None
        }

    def settle(self, environment: MutableMapping[str, str]) -> None:
        """Have what serves read these very settings, and no file any more.

        Processes of their own read the files that hold secrets: others may look at the
        environment that a process begins with.
        """
        told, kept = self.as_environment(), set[str]()
        for name, origin in self._secrets_in_files() if self.has_processes else ():
            del told[name]
            kept.add(CONFIG if origin.place != ENVIRONMENT else name + FILE_SUFFIX)
        for name in {CONFIG, *(each + FILE_SUFFIX for each in known_names().secrets)} - kept:
            environment.pop(name, None)
        if CONFIG in kept:
            told[CONFIG] = str(self.config)
        environment.update(told)

    def _secrets_in_files(self) -> Iterator[tuple[str, Given]]:
        """Yield the secrets that a child process finds in the same files, and where they are."""
        found, origins = self.read_with_origins(config=self.config)
        for field, origin in origins.items():
            file = origin.secret_file or (origin.place != ENVIRONMENT and origin.place)
            if (
                variable_name(field) in known_names().secrets
                and file
                and Path(file).is_file()  # and no pipe, which is read once
                and getattr(found, field) == getattr(self, field)
            ):
                yield variable_name(field), origin


def _split(text: str) -> list[str]:
    return [each.strip() for each in text.split(",")] if text.strip() else []


def variable_name(field: str) -> str:
    """Return the environment variable of a setting."""
    return PREFIX + field.upper()


def option_name(field: str) -> str:
    """Return the option of the command that sets it, where there is one."""
    return f"--{field.replace('_', '-')}"


@cache
def known_names() -> Known:
    """Return every name by which something can be set."""
    fields_of = Settings.model_fields.items()
    return Known(
        names=[variable_name(name) for name, _ in fields_of],
        secrets=[variable_name(name) for name, field in fields_of if _extra(field, "secret")],
        lists=[
            variable_name(name)
            for name, field in fields_of
            if get_origin(field.annotation) is tuple
        ],
    )


def describe_settings() -> Iterator[SettingDescription]:
    """Yield every setting, in the order of the README's table."""
    for name, field in Settings.model_fields.items():
        yield SettingDescription(
            variable=variable_name(name),
            default=str(_extra(field, "default_text") or f"`{_plain(field.default)}`"),
            meaning=field.description or "",
        )


def settings_table() -> str:
    """Return the README's table of settings."""
    rows = [("Variable", "Default", "Meaning"), ("---", "---", "---")]
    rows += [(f"`{each.variable}`", each.default, each.meaning) for each in describe_settings()]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def shown_value(field: str, settings: Settings) -> str | None:
    """Return a setting as its variable would say it, without what is secret; None: not set."""
    value = getattr(settings, field)
    if value is None:
        return None
    if _extra(Settings.model_fields[field], "secret"):
        return shown_url(value) if field.endswith("_url") else "***"
    return ",".join(value) if isinstance(value, tuple) else _plain(value)


def _extra(field: FieldInfo, name: str) -> object:
    extra = field.json_schema_extra
    return extra.get(name) if isinstance(extra, dict) else None


def _plain(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def unknown_variables() -> Iterator[tuple[str, str | None]]:
    """Yield each TIMEOFF_… variable that is no setting, and the setting it resembles."""
    known = known_names()
    for variable in sorted(os.environ):
        if variable.startswith(PREFIX) and variable not in known.all_names:
            yield variable, known.nearest(variable)


def _complaint(error: ErrorDetails, origins: Mapping[str, Given]) -> str:
    """Say in one line what is wrong; never the value, which may hold a password."""
    message = error["msg"].removeprefix("Value error, ")
    if not error["loc"]:
        return message
    field = str(error["loc"][0])
    origin = origins.get(field)
    if origin and (origin.secret_file or origin.place not in {ENVIRONMENT, option_name(field)}):
        return f"{origin.named(variable_name(field))}: {message}"
    option = f" ({option_name(field)})" if field in CLI_OPTIONS else ""
    return f"{variable_name(field)}{option}: {message}"


CLI_OPTIONS = {"config", "database_url", "host", "port", "root_path", "workers", "reload", "demo"}
"""The settings that `timeoff serve` also takes as options."""
