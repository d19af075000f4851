"""Which changes clients ask for."""

from typing import Final

import strawberry

from app.domain import changes as domain
from app.domain.errors import InvalidValue, Path, TooManyItems
from app.domain.identifiers import Kind
from graphql_schema.changes.enums import ChangeOperation
from graphql_schema.input_values import (
    DateRange,
    DateTimeRange,
    domain_value,
    read_filter_texts,
    read_node_id,
)

MOST_ACTORS: Final = 20
"""Each is looked for by itself."""

_KINDS: Final = {kind.type_name: kind for kind in Kind}


@strawberry.input(description="Changes that match everything given.")
class ChangeFilter:
    actor_ids: list[strawberry.ID] | None = strawberry.field(
        default=None,
        description=f"Of one of these at most {MOST_ACTORS} actors, by `Actor.id`.",
    )
    subject_types: list[str] | None = strawberry.field(
        default=None, description="Of objects of one of these types, as `subjectType` names them."
    )
    subject_id: strawberry.ID | None = strawberry.field(
        default=None, description="Of this object, by its node id; also if it is gone."
    )
    operations: list[ChangeOperation] | None = strawberry.field(
        default=None, description="One of these happened."
    )
    days: DateRange | None = strawberry.field(
        default=None,
        description="Touched one of these days, by `Change.days`; what has no days is left out.",
    )
    at: DateTimeRange | None = strawberry.field(
        default=None,
        description="Committed in this range of instants: `since` begins there, at any length of "
        "the feed.",
    )

    def to_domain(self) -> domain.ChangeFilter:
        subject = self.subject_id
        return domain.ChangeFilter(
            actors=_actors(self.actor_ids, ("filter", "actor_ids")),
            kinds=_kinds(self.subject_types, ("filter", "subject_types")),
            subject=None if subject is None else read_node_id(subject, ("filter", "subject_id")),
            operations=_operations(self.operations),
            days=None if self.days is None else self.days.to_domain(("filter", "days")),
            **({} if self.at is None else {"at": self.at.to_domain(("filter", "at"))}),
        )


def _actors(ids: list[strawberry.ID] | None, path: Path) -> tuple[str, ...] | None:
    actors = read_filter_texts(None if ids is None else [*ids], path)
    if actors is not None and len(actors) > MOST_ACTORS:
        msg = f"A filter takes at most {MOST_ACTORS} actors."
        raise TooManyItems(msg, path)
    return None if actors is None else tuple(dict.fromkeys(actors))


def _operations(
    operations: list[ChangeOperation] | None,
) -> list[domain.ChangeOperation] | None:
    return None if operations is None else [domain_value(each) for each in operations]


def _kinds(names: list[str] | None, path: Path) -> list[Kind] | None:
    if names is None:
        return None
    for index, name in enumerate(names):
        if name not in _KINDS:
            msg = "No object of a change has such a type."
            raise InvalidValue(msg, (*path, index))
    return [_KINDS[name] for name in names]
