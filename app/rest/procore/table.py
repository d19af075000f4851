"""Procore's endpoints in one table, from which they are served, checked and documented."""

from typing import Final

from app.domain.access import Via
from app.domain.identifiers import Kind
from app.rest.endpoint import Endpoint
from app.rest.errors import ProcoreStyle
from app.rest.face import Face
from app.rest.procore.bodies import (
    ProcoreChangedTimeOff,
    ProcoreDeletedTimeOff,
    ProcoreListQuery,
    ProcoreNewTimeOff,
    ProcoreOneTimeOff,
    ProcoreTimeOffs,
)
from app.rest.procore.endpoints import ProcoreEndpoints
from app.services.catalogue import Catalogue
from app.services.person_time_off.service import PersonTimeOffService

LIST: Final = "/v2/companies/{company_id}/people/{person_id}/time-off"
RECORD: Final = f"{LIST}/{{id}}"
_PERSON: Final = {"company_id": Kind.COMPANY, "person_id": Kind.PERSON}
_RECORD: Final = {**_PERSON, "id": Kind.PERSON_TIME_OFF}


def procore(prefix: str, catalogue: Catalogue, person_time_off: PersonTimeOffService) -> Face:
    """Return Procore's endpoints below the prefix."""
    does = ProcoreEndpoints(catalogue, person_time_off)
    return Face(
        title="Procore Workforce Planning",
        description="The time off of people, as Procore Workforce Planning's API has it.",
        prefix=prefix,
        via=Via.PROCORE_REST,
        errors=ProcoreStyle(),
        endpoints=[*_of_a_person(does), *_of_a_record(does)],
    )


def _of_a_person(does: ProcoreEndpoints) -> list[Endpoint]:
    return [
        Endpoint(
            method="POST",
            path=LIST,
            name="createPersonTimeOff",
            summary="Create time off for a person",
            description="Records time off, which may repeat. The answer's `end_day` is the last "
            "day of the last instance.",
            handle=does.create,
            places=_PERSON,
            body=ProcoreNewTimeOff,
            answer=ProcoreOneTimeOff,
        ),
        Endpoint(
            method="GET",
            path=LIST,
            name="listPersonTimeOff",
            summary="List the time off of a person",
            description="A page of the person's records, by start day.",
            handle=does.list_of_person,
            places=_PERSON,
            query=ProcoreListQuery,
            answer=ProcoreTimeOffs,
        ),
    ]


def _of_a_record(does: ProcoreEndpoints) -> list[Endpoint]:
    return [
        Endpoint(
            method="GET",
            path=RECORD,
            name="getPersonTimeOff",
            summary="Get a record of time off",
            description="One record of the person, with its instances.",
            handle=does.get,
            places=_RECORD,
            answer=ProcoreOneTimeOff,
        ),
        Endpoint(
            method="PATCH",
            path=RECORD,
            name="updatePersonTimeOff",
            summary="Change a record of time off",
            description="Changes what is sent; record and instances keep their ids. How it repeats "
            "cannot be changed, nor the days of time off that does: sent as they are they change "
            "nothing.",
            handle=does.update,
            places=_RECORD,
            body=ProcoreChangedTimeOff,
            answer=ProcoreOneTimeOff,
        ),
        Endpoint(
            method="DELETE",
            path=RECORD,
            name="deletePersonTimeOff",
            summary="Delete a record of time off",
            description="Deletes the record with its instances.",
            handle=does.delete,
            places=_RECORD,
            answer=ProcoreDeletedTimeOff,
        ),
    ]
