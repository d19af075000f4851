"""Enums of the directory."""

from enum import Enum

import strawberry

from app.domain import directory as domain
from app.domain import filters, joining


@strawberry.enum(description="Whether a user still works there.")
class UserStatus(Enum):
    ACTIVE = strawberry.enum_value(domain.UserStatus.ACTIVE, description="Works there.")
    INACTIVE = strawberry.enum_value(domain.UserStatus.INACTIVE, description="Has left.")


@strawberry.enum(description="Whether Procore counts a person among the assignable.")
class PersonStatus(Enum):
    ACTIVE = strawberry.enum_value(domain.PersonStatus.ACTIVE, description="Can be assigned.")
    INACTIVE = strawberry.enum_value(
        domain.PersonStatus.INACTIVE, description="Has left, or cannot be assigned."
    )


@strawberry.enum(description="Which of the two systems know a worker.")
class KnownTo(Enum):
    BOTH = strawberry.enum_value(filters.KnownTo.BOTH, description="A user and a person.")
    ONLY_KANTATA_OX = strawberry.enum_value(
        filters.KnownTo.ONLY_KANTATA_OX, description="A user who is joined with no person."
    )
    ONLY_PROCORE_WORKFORCE_PLANNING = strawberry.enum_value(
        filters.KnownTo.ONLY_PROCORE_WORKFORCE_PLANNING,
        description="A person who is joined with no user.",
    )


@strawberry.enum(description="What makes a user and a person one worker.")
class JoinedBy(Enum):
    LINK = strawberry.enum_value(
        joining.JoinedBy.LINK, description="Somebody linked them, by `linkWorker`."
    )
    EMAIL = strawberry.enum_value(
        joining.JoinedBy.EMAIL, description="They alone have the same e-mail."
    )


@strawberry.enum(description="Why a user is joined with no person, or a person with no user.")
class ApartReason(Enum):
    NO_EMAIL = strawberry.enum_value(joining.ApartReason.NO_EMAIL, description="It has no e-mail.")
    NOT_AN_EMAIL = strawberry.enum_value(
        joining.ApartReason.NOT_AN_EMAIL, description="What it has as its e-mail is none."
    )
    NOBODY_HAS_EMAIL = strawberry.enum_value(
        joining.ApartReason.NOBODY_HAS_EMAIL,
        description="In the other system nobody of the company has its e-mail.",
    )
    EMAIL_SHARED = strawberry.enum_value(
        joining.ApartReason.EMAIL_SHARED,
        description="Several users, or several people, have its e-mail: it joins none of them.",
    )
    ACTIVE_HAS_EMAIL = strawberry.enum_value(
        joining.ApartReason.ACTIVE_HAS_EMAIL,
        description="An inactive user or person, and an active one has the same e-mail.",
    )
    LINKED_ELSEWHERE = strawberry.enum_value(
        joining.ApartReason.LINKED_ELSEWHERE,
        description="Who has its e-mail in the other system was linked to somebody else.",
    )
    SPLIT = strawberry.enum_value(
        joining.ApartReason.SPLIT,
        description="It was split from whoever has its e-mail, by `unlinkWorker`.",
    )
