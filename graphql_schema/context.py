"""What a resolver may reach: the services, the caller, and this operation's loaders."""

from dataclasses import dataclass

import strawberry

from app.services.caller import Caller
from app.services.catalogue import Catalogue
from app.services.changes import ChangeFeed
from app.services.directory import DirectoryService
from app.services.mirror import MirrorService
from app.services.person_time_off import PersonTimeOffService
from app.services.schedule import ScheduleService
from app.services.time_off_entries import TimeOffEntryService
from app.services.workers import WorkerService
from graphql_schema.loaders import Loaders


@dataclass(frozen=True)
class Services:
    """Everything that the API does, built once per application."""

    catalogue: Catalogue
    entries: TimeOffEntryService
    person_time_off: PersonTimeOffService
    directory: DirectoryService
    workers: WorkerService
    changes: ChangeFeed
    schedule: ScheduleService
    mirror: MirrorService


class Context:
    """One operation: a loader that outlived it would answer with what once was."""

    def __init__(self, services: Services, caller: Caller) -> None:
        self.services = services
        self.caller = caller
        self.renew_loaders()

    def renew_loaders(self) -> None:
        """Forget what was loaded: a mutation is about to change it."""
        self.loaders = Loaders(self.services.catalogue, self.services.schedule, self.caller)


Info = strawberry.Info[Context, None]
