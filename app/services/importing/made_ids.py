"""Ids that an import makes up where files have none: of the same words always the same.

So the same file imported again finds what it brought before. Kantata's are numbers from 2^52 on,
above all that Kantata hands out and below what JavaScript cannot count.
"""

from datetime import date
from typing import Any, Final
from uuid import UUID, uuid5

from app.domain.identifiers import split_node_id
from app.domain.wire_formats import is_kantata_id, is_uuid
from app.services.importing.options import MODEL, SERVICE

_MADE: Final = UUID("5b1b6a0c-0f8e-4c3e-9a55-2d0a7f6b1c94")
_FIRST_NUMBER: Final = 2**52

_KEYS: Final[dict[str, tuple[tuple[str, ...], ...]]] = {
    "companies": (("name",),),
    "roles": (("name",),),
    "users": (("email_address",), ("full_name",)),
    "people": (("employee_number",), ("email",), ("first_name", "last_name")),
    "holidays": (("name", "start_date"),),
}
"""By which fields of an item its id is made: the first of these that it has."""
_UUIDS: Final = ("companies", "people")


def made_uuid(*words: object) -> str:
    """Return the UUID of the words."""
    return str(uuid5(_MADE, "\x1f".join(str(word).strip().casefold() for word in words)))


def made_number(*words: object) -> str:
    """Return the number of the words."""
    return str(_FIRST_NUMBER + UUID(made_uuid(*words)).int % _FIRST_NUMBER)


def fill_ids(plural: str, given: dict[str, Any]) -> None:
    """Give an item of the directory the id that it lacks, and the ids of what it names by name.

    A company, a role or a user of a workweek that is named by a name or an e-mail is the one whose
    id is made of it.
    """
    company_id = given.get("company_id")
    if company_id and not is_uuid(company_id) and not split_node_id(company_id):
        given["company_id"] = company_id = made_uuid("companies", company_id)
    for name, other in (("role_id", "roles"), ("user_id", "users")):
        named = given.get(name)
        if named and not is_kantata_id(named) and not split_node_id(named):
            given[name] = made_number(other, company_id, named)
    if given.get("source_id") or plural not in _KEYS:
        return
    for fields in _KEYS[plural]:
        words = [given.get(each) or "" for each in fields]
        if any(words):
            of_company = () if plural == "companies" else (company_id,)
            make = made_uuid if plural in _UUIDS else made_number
            given["source_id"] = make(plural, *of_company, *words)
            return


def made_reference(user_id: int, day: date, nth: int, service: str | None) -> tuple[str, str, str]:
    """Return the reference of the nth row of a user's day: a service has one of each entry."""
    name = service or SERVICE
    return name if nth == 1 else f"{name} ({nth})", MODEL, f"{user_id}:{day}"
