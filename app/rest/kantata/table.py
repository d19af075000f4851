"""Kantata's endpoints in one table, from which they are served, checked and documented."""

from typing import Final

from app.domain.access import Via
from app.domain.identifiers import Kind
from app.domain.time_off_entries import MAX_ENTRIES_OF_A_CREATE
from app.rest.endpoint import Endpoint
from app.rest.errors import KantataStyle
from app.rest.face import Face
from app.rest.kantata.bodies import (
    KantataCreateEntries,
    KantataDeleteEntries,
    KantataEntries,
    KantataReferences,
    KantataRoles,
    KantataUpdateEntry,
    KantataUsers,
)
from app.rest.kantata.endpoints import KantataEndpoints
from app.rest.kantata.queries import (
    DeleteQuery,
    EntriesQuery,
    IncludeQuery,
    PageQuery,
    ReferencesQuery,
    UserQuery,
    UsersQuery,
)
from app.services.catalogue import Catalogue
from app.services.time_off_entries.service import TimeOffEntryService

ENTRIES: Final = "/time_off_entries"
_ENTRY: Final = {"id": Kind.ENTRY}


def kantata(prefix: str, catalogue: Catalogue, entries: TimeOffEntryService) -> Face:
    """Return Kantata's endpoints below the prefix; as there, paths may end in ``.json``."""
    does = KantataEndpoints(catalogue, entries)
    return Face(
        title="Kantata OX",
        description="Time off entries, as Kantata OX's API has them. Paths may end in `.json`.",
        prefix=prefix,
        via=Via.KANTATA_REST,
        errors=KantataStyle(),
        suffixes=("", ".json"),
        endpoints=[*_of_many_entries(does), *_of_one_entry(does), *_of_the_directory(does)],
    )


def _of_many_entries(does: KantataEndpoints) -> list[Endpoint]:
    return [
        Endpoint(
            method="POST",
            path=ENTRIES,
            name="createTimeOffEntries",
            summary="Create time off entries",
            description="Adds hours to users' days: one entry, or up to "
            f"{MAX_ENTRIES_OF_A_CREATE:,} that are stored all or none. "
            "Hours for a day that has an entry already are added to it, and a day holds "
            "no more than the user's possible workday hours. Each resulting entry is answered "
            "once.",
            handle=does.create,
            query=IncludeQuery,
            body=KantataCreateEntries,
            answer=KantataEntries,
            refuses_unknown_with=400,
        ),
        Endpoint(
            method="GET",
            path=ENTRIES,
            name="listTimeOffEntries",
            summary="List time off entries",
            description="Entries that match everything given, by day, then by user.",
            handle=does.list_entries,
            query=EntriesQuery,
            answer=KantataEntries,
        ),
        Endpoint(
            method="DELETE",
            path=ENTRIES,
            name="deleteTimeOffEntries",
            summary="Delete many time off entries",
            description="Deletes up to 100 entries, all or none, with their references. The ids "
            "stand in the query or in the body.",
            handle=does.delete_many,
            query=DeleteQuery,
            body=KantataDeleteEntries,
            needs_body=False,
        ),
    ]


def _of_one_entry(does: KantataEndpoints) -> list[Endpoint]:
    return [
        Endpoint(
            method="PUT",
            path=f"{ENTRIES}/{{id}}",
            name="updateTimeOffEntry",
            summary="Change a time off entry",
            description="Sets the day's total, and a reference. Nothing else of an entry can be "
            "changed: its user and its day may be sent as they are.",
            handle=does.update,
            places=_ENTRY,
            query=IncludeQuery,
            body=KantataUpdateEntry,
            answer=KantataEntries,
        ),
        Endpoint(
            method="DELETE",
            path=f"{ENTRIES}/{{id}}",
            name="deleteTimeOffEntry",
            summary="Delete a time off entry",
            description="Deletes the entry with its references.",
            handle=does.delete,
            places=_ENTRY,
        ),
    ]


def _of_the_directory(does: KantataEndpoints) -> list[Endpoint]:
    return [
        Endpoint(
            method="GET",
            path="/users",
            name="listUsers",
            summary="List users",
            description="The users of the account, by name.",
            handle=does.list_users,
            query=UsersQuery,
            answer=KantataUsers,
        ),
        Endpoint(
            method="GET",
            path="/users/{id}",
            name="getUser",
            summary="Get a user",
            description="One user of the account.",
            handle=does.get_user,
            places={"id": Kind.USER},
            query=UserQuery,
            answer=KantataUsers,
        ),
        Endpoint(
            method="GET",
            path="/roles",
            name="listRoles",
            summary="List roles",
            description="The account roles, by name.",
            handle=does.list_roles,
            query=PageQuery,
            answer=KantataRoles,
        ),
        Endpoint(
            method="GET",
            path="/external_references",
            name="listExternalReferences",
            summary="List external references",
            description="What ties entries to other systems, oldest first.",
            handle=does.list_references,
            query=ReferencesQuery,
            answer=KantataReferences,
        ),
    ]
