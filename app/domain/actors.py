"""Who did something, through which door, by which request: what the audit keeps."""

from dataclasses import dataclass

from app.domain.access import CallerKind, Via


@dataclass(frozen=True, slots=True)
class Actor:
    """A caller as it was then: ``name`` stays the same for ever, ``label`` is for people."""

    kind: CallerKind
    name: str
    label: str


@dataclass(frozen=True, slots=True)
class Origin:
    """Where something came from. ``request_id`` is empty where no request had an id."""

    actor: Actor
    via: Via
    request_id: str
