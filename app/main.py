"""The front door: builds every room once and connects them. The only wiring."""

import gc
from collections.abc import Callable
from importlib.metadata import version
from typing import Final, NamedTuple

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from app.access import Access
from app.authentication.credentials import Unauthenticated
from app.clock import now
from app.db.connections.database import Database
from app.domain.errors import NotPermitted, Unavailable
from app.domain.webhook_urls import ReachRules
from app.edge.admission import Admission, AdmissionMiddleware
from app.edge.browsers import allow_origins
from app.edge.compression import CompressionMiddleware
from app.edge.crowds import STOPPING
from app.edge.every_answer import EveryAnswerMiddleware
from app.edge.hosts import HostMiddleware
from app.edge.last_resort import LastResortMiddleware
from app.edge.observer import Observer
from app.edge.outages import answer_nobody, answer_outage
from app.edge.peers import ProxyMiddleware
from app.edge.refusals import answer_http_error
from app.edge.root_path import RootPathMiddleware, path_below_root
from app.edge.short_road import SHORT_ROAD, ShortRoad
from app.faults import log_fault
from app.lifespan import lifespan
from app.places import Entrance
from app.rest.kantata.table import kantata
from app.rest.openapi import openapi
from app.rest.procore.table import procore
from app.services.access.events import AccessEvents
from app.services.access.sessions import SessionService
from app.services.access.tokens import TokenService
from app.services.acknowledgements.service import AcknowledgementService
from app.services.calendar_feeds.service import CalendarFeedService
from app.services.catalogue import Catalogue
from app.services.change_streams import ChangeStreams
from app.services.changes import ChangeFeed
from app.services.directory.service import DirectoryService
from app.services.exporting.schedule_csv import ScheduleExport
from app.services.following import Followers
from app.services.mirror.service import MirrorService
from app.services.own_writes import OwnWrites
from app.services.person_time_off.service import PersonTimeOffService
from app.services.personal_data.moving import MovingService
from app.services.personal_data.service import PersonalDataService
from app.services.schedule import ScheduleService
from app.services.storage_limits import StorageLimits
from app.services.sync.overview import SyncOverview
from app.services.sync.rules import SyncRules
from app.services.time_off_entries.service import TimeOffEntryService
from app.services.workers import WorkerService
from app.settings import Settings
from app.sync import Sync
from app.watching import Watching
from app.web import start
from app.web.bundles import favicon
from app.web.calendar import calendar_routes
from app.web.calendar_feed import calendar_feed_route
from app.web.connected_systems import ConnectedSystemsPage
from app.web.directory import directory_routes
from app.web.documentation import documentation_routes
from app.web.graphiql import graphiql_assets, graphiql_page
from app.web.reference import reference_routes
from app.web.refusals_for_people import RefusalsForPeople
from app.web.schedule_csv import schedule_csv_route
from app.web.webhooks import WebhooksPage
from app.webhooks import Webhooks
from graphql_schema.context import Services
from graphql_schema.http.documents import Documents, TrustedDocumentsMode, read_trusted_documents
from graphql_schema.http.endpoint import GraphQLEndpoint
from graphql_schema.http.media_types import wants_page
from graphql_schema.http.operations import Operations
from graphql_schema.http.socket import GraphQLSocket
from graphql_schema.http.subscriptions import Subscriptions
from graphql_schema.schema import schema, sdl

GRAPHQL_PATH: Final = "/graphql"


class Gateway(Starlette):
    """Starlette, but `/graphql` skips the router: one comparison instead of a walk."""

    graphql: GraphQLEndpoint
    admission: Admission
    observer: Observer | None
    sessions: SessionService
    stop: Callable[[], None]
    """Ends what goes on for as long as its client listens."""
    short_road: ShortRoad | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand a request to GraphQL, or to the route that it is for."""
        if scope["type"] == "http" and path_below_root(scope) == GRAPHQL_PATH:
            await self.graphql(scope, receive, send)
        else:
            if scope["type"] == "lifespan":
                state = scope.get("state", {})
                state[STOPPING] = self.stop
                if self.short_road:
                    state[SHORT_ROAD] = self.short_road
            await super().__call__(scope, receive, send)


def create_app(settings: Settings) -> Gateway:
    """Return the ASGI application that the settings describe."""
    watching = Watching(settings, GRAPHQL_PATH)
    database = _database(settings, watching)
    services, webhooks, sync = _built(settings, database)
    operations = build_operations(settings)
    admission = Admission(settings.admission_limits)
    access = Access(settings, database, services, now, wants_page)
    endpoint, sockets = _graphql(settings, services, operations, admission, access, watching)

    gateway = Gateway(
        routes=[
            *_entrance(settings, access),
            *access.pages,
            *_for_administrators(settings, services, access),
            Route(GRAPHQL_PATH, endpoint),
            WebSocketRoute(GRAPHQL_PATH, sockets),
            *watching.health(database, settings.auth),
            *watching.metrics(
                database, operations, admission, endpoint.subscriptions, webhooks, sync
            ),
            Route("/favicon.ico", favicon),
            *access.lock.routes([*calendar_routes(), *directory_routes()]),
            *(graphiql_assets() if settings.is_development else ()),
            *_downloads(settings, services, access),
            *_rest(settings, services, access),
        ],
        exception_handlers={
            HTTPException: answer_http_error,
            Unauthenticated: access.lock.answer_nobody_known,
            NotPermitted: access.lock.answer_not_permitted,
            Unavailable: answer_outage,
            ClientDisconnect: answer_nobody,
            Exception: answer_http_error,
        },
        lifespan=lifespan(settings, database, access, services, webhooks, sync, watching),
    )
    gateway.graphql = endpoint
    gateway.admission = admission
    gateway.observer = watching.observer
    gateway.sessions = access.sessions
    gateway.stop = services.change_streams.followers.stop
    return gateway


def _database(settings: Settings, watching: Watching) -> Database:
    return Database(
        settings.database_url,
        limits=settings.database_limits,
        notes_statements=watching.observer is not None,
        read_url=settings.read_database_url,
    )


def _for_administrators(settings: Settings, services: Services, access: Access) -> list[BaseRoute]:
    """Return the pages of webhooks and of connected systems."""
    find_caller = access.find_page_caller
    webhooks = WebhooksPage(services.webhooks, find_caller, sends=settings.webhooks)
    systems = ConnectedSystemsPage(
        services.sync_overview,
        services.outbox,
        services.upstreams,
        services.flows,
        services.catalogue,
        find_caller,
        now,
        reads=settings.sync,
    )
    return access.lock.routes([*webhooks.routes(), *systems.routes()])


def _downloads(settings: Settings, services: Services, access: Access) -> list[BaseRoute]:
    """Return the routes of the CSV export, and of calendar feeds."""
    return [
        schedule_csv_route(
            ScheduleExport(services.schedule, services.catalogue, services.access_events),
            settings.limits.query_seconds,
            access.callers.caller_of,
            access.allowances,
            wants_page,
            services.own_writes,
        ),
        calendar_feed_route(
            services.calendar_feeds, settings.limits.query_seconds, services.own_writes
        ),
    ]


def build_operations(settings: Settings) -> Operations:
    """Return what prepares and runs operations, within the limits that are set."""
    return Operations(
        schema,
        settings.limits,
        hides_suggestions=not settings.is_development,
        introspection=_shows_schema(settings),
    )


def _graphql(
    settings: Settings,
    services: Services,
    operations: Operations,
    entrance: Entrance,
    access: Access,
    watching: Watching,
) -> tuple[GraphQLEndpoint, GraphQLSocket]:
    """Return the two faces of GraphQL, over HTTP and WebSocket, with one gate behind them."""
    file = settings.trusted_documents_file
    trusted = read_trusted_documents(file) if file else {}
    mode = settings.trusted_documents
    documents = Documents(trusted, mode, remembers=mode is not TrustedDocumentsMode.ONLY)
    subscriptions = Subscriptions(operations, settings.limits)
    endpoint = GraphQLEndpoint(
        services=services,
        operations=operations,
        documents=documents,
        limits=settings.limits,
        caller_of=access.callers.caller_of,
        subscriptions=subscriptions,
        allowances=access.allowances,
        status_codes=settings.status_codes,
        graphiql=access.lock.page(graphiql_page) if settings.is_development else None,
        gets_named_only=not settings.is_development,
    )
    sockets = GraphQLSocket(
        schema=schema,
        services=services,
        operations=operations,
        documents=documents,
        limits=settings.limits,
        entrance=entrance,
        caller_of=access.callers.caller_of,
        subscriptions=subscriptions,
        allowances=access.allowances,
        observer=watching.observer,
    )
    return endpoint, sockets


def _entrance(settings: Settings, access: Access) -> list[BaseRoute]:
    """Return the start page and what it leads to, unless that has a place of its own."""
    doors = [
        start.CALENDAR,
        start.DIRECTORY,
        *([start.GRAPHIQL] if settings.is_development else []),
        *([start.SCHEMA] if _shows_schema(settings) else []),
        start.REFERENCE,
        start.EXPORT,
        start.DOCS,
    ]
    return [
        start.start_route(doors, version("timeoff-gateway"), now, wants_page, access.greeter.greet),
        *access.lock.routes([start.schema_route(sdl)] if _shows_schema(settings) else []),
        *access.lock.routes(documentation_routes()),
    ]


def _shows_schema(settings: Settings) -> bool:
    introspection = settings.introspection
    return settings.is_development if introspection is None else introspection


def _rest(settings: Settings, services: Services, access: Access) -> list[BaseRoute]:
    """Return the two source systems' own endpoints, and what documents them."""
    catalogue = services.catalogue
    faces = [
        kantata(settings.kantata_path, catalogue, services.entries),
        procore(settings.procore_path, catalogue, services.person_time_off),
    ]
    return [
        *access.lock.routes(reference_routes(lambda: openapi(faces, version("timeoff-gateway")))),
        *(
            route
            for face in faces
            for route in face.routes(
                settings.limits, access.callers.caller_of, access.allowances, services.own_writes
            )
        ),
    ]


def app_from_environment() -> ASGIApp:
    """Return the application for a server that starts its own processes."""
    settings = Settings.read()
    app = guarded(create_app(settings), settings)
    # What is there now stays: the collector need not look at it again and again.
    gc.collect()
    gc.freeze()
    return app


def guarded(gateway: Gateway, settings: Settings, *, has_short_road: bool = True) -> ASGIApp:
    """Return the application as the world may meet it: what comes last here is met first.

    The short road leads past these layers, and does what each of them does, but for pages of other
    origins: where those are let in there is none.
    """
    app: ASGIApp = CompressionMiddleware(gateway) if settings.compression else gateway
    app = LastResortMiddleware(app, log_fault)
    app = AdmissionMiddleware(app, gateway.admission, settings.limit_body_bytes)
    if settings.cors_origins:
        app = allow_origins(app, settings.cors_origins, with_credentials=settings.cors_credentials)
    app = hosts = HostMiddleware(app, {settings.host, *settings.allowed_hosts})
    app = RefusalsForPeople(app, wants_page)
    app = EveryAnswerMiddleware(app, gateway.observer)
    proxies = ProxyMiddleware(app, settings.trusted_proxies) if settings.trusted_proxies else None
    if has_short_road and not settings.cors_origins:
        gateway.short_road = ShortRoad(
            paths=frozenset({GRAPHQL_PATH, f"{settings.root_path or ''}{GRAPHQL_PATH}"}),
            endpoint=gateway.graphql,
            admission=gateway.admission,
            hosts=hosts,
            proxies=proxies,
            most_body_bytes=settings.limit_body_bytes,
            compresses=settings.compression,
            observer=gateway.observer,
        )
    app = proxies or app
    return RootPathMiddleware(app, settings.root_path) if settings.root_path else app


def build_services(database: Database, limits: StorageLimits | None = None) -> Services:
    """Return everything that the API does, over the database."""
    return build(database, limits or StorageLimits(), ReachRules(), SyncRules()).services


def _built(settings: Settings, database: Database) -> "Built":
    return build(
        database,
        settings.storage_limits,
        settings.webhook_rules,
        settings.sync_rules,
        sends=settings.webhooks,
    )


class Built(NamedTuple):
    """Everything that the API does, what sends webhooks, and what reads connected systems."""

    services: Services
    webhooks: Webhooks
    sync: Sync


def build(
    database: Database,
    limits: StorageLimits,
    rules: ReachRules,
    sync_rules: SyncRules,
    *,
    sends: bool = True,
) -> Built:
    """Return everything that the API does, and what is done beside it."""
    access_events, feed = AccessEvents(database, now), ChangeFeed(database)
    webhooks = Webhooks(
        database, feed, access_events, most=limits.webhooks, rules=rules, sends=sends
    )
    directory = DirectoryService(database, now)
    sync = Sync(database, directory, access_events, sync_rules)
    services = Services(
        access_events=access_events,
        catalogue=Catalogue(database),
        entries=TimeOffEntryService(database, now),
        person_time_off=PersonTimeOffService(database, now, limits.record_days),
        directory=directory,
        workers=WorkerService(database, now),
        changes=feed,
        change_streams=ChangeStreams(database, Followers(database, feed, log_fault)),
        schedule=ScheduleService(database),
        mirror=MirrorService(database, now),
        acknowledgements=AcknowledgementService(database, now),
        calendar_feeds=CalendarFeedService(database, now, limits.calendar_feeds, access_events),
        tokens=TokenService(database, now, access_events),
        personal_data=PersonalDataService(database, now, access_events),
        moving=MovingService(database, now, access_events),
        webhooks=webhooks.service,
        upstreams=sync.service,
        sync_overview=SyncOverview(database, sync_rules),
        outbox=sync.outbox,
        flows=sync.flows,
        was_database_lost=database.was_lost,
        own_writes=None if database.replica is None else OwnWrites(database.replica),
    )
    return Built(services, webhooks, sync)
