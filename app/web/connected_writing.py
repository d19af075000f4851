"""What of a connected system waits to be written there, was refused, or is to be decided.

Part of the page of connected systems; what people decide here is sent by forms.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Final

from app.domain.identifiers import Kind, node_id
from app.domain.paging import Order, PageRequest
from app.domain.sync.comparing import Content
from app.domain.sync.conflicts import (
    SyncConflict,
    SyncConflictFilter,
    SyncConflictKind,
    SyncSide,
)
from app.domain.sync.deliveries import (
    IN_LINE,
    Delivery,
    DeliveryFilter,
    DeliveryState,
    is_record_key,
    read_day_key,
    read_record_key,
)
from app.domain.sync.refusals import NOUNS, SYSTEMS
from app.domain.sync.upstreams import ReviewReason, Upstream, UpstreamState
from app.domain.sync.versions import day_of, version_words
from app.domain.sync.waiting import Waiting
from app.services.caller import Caller
from app.services.catalogue import Catalogue
from app.services.sync.outbox import Outbox
from app.services.sync.overview import Sides, SyncOverview
from app.services.sync.service import UpstreamService
from app.web.connected_words import ago, in_line, number, of_them, outside_of_window
from app.web.forms import FormRefused, button_form

MOST_LISTED: Final = 20
MOST_DECIDED: Final = 10
RETRY: Final = "retry"
GIVE_UP: Final = "give-up"
RESUME: Final = "resume"
KEEP: Final = {"keep-ours": SyncSide.GATEWAY, "keep-theirs": SyncSide.VENDOR}
_REFUSED_HINT: Final = (
    "<strong>Try again</strong> sends once more what is here, as a change of it does. "
    "<strong>Take theirs</strong> gives that up: what {system} has replaces what is here."
)
_CONFLICT_HINT: Final = (
    "Neither side is changed before somebody decides. <strong>Keep ours</strong> writes to "
    "{system} what is here, <strong>Keep theirs</strong> replaces it by what {system} has."
)
_KINDS: Final[Mapping[SyncConflictKind, str]] = {
    SyncConflictKind.BOTH_CHANGED: "Changed on both sides",
    SyncConflictKind.CHANGED_HERE_DELETED_THERE: "Changed here, deleted there",
    SyncConflictKind.DELETED_HERE_CHANGED_THERE: "Deleted here, changed there",
    SyncConflictKind.FIRST_CONTACT: "Entered on both sides",
}


@dataclass(frozen=True)
class ConnectedWriting:
    """Shows what is to be decided about a system that is written to, and has it decided."""

    overview: SyncOverview
    outbox: Outbox
    upstreams: UpstreamService
    catalogue: Catalogue

    async def decide(self, caller: Caller, form: Mapping[str, str]) -> None:
        """Do what a button of the page says. Raises FormRefused, and what the outbox raises."""
        what, id_ = form.get("do", ""), form.get("id", "")
        if what == RETRY:
            await self.outbox.retry(caller, [id_])
        elif what == GIVE_UP:
            await self.outbox.give_up(caller, [id_])
        elif what == RESUME:
            await self.upstreams.resume(caller, id_)
        elif what in KEEP:
            await self.outbox.resolve(caller, id_, KEEP[what])
        else:
            raise FormRefused("There is no such button.", 400)

    async def markup(
        self,
        caller: Caller,
        upstream: Upstream,
        waiting: Waiting,
        address: str,
        now: datetime,
    ) -> str:
        """Return the markup of one system; the forms are sent to the address."""
        outside = await self.overview.count_outside(caller, upstream)
        first = await self._first_writes(caller, upstream)
        refused = await self.outbox.deliveries(
            caller,
            DeliveryFilter(upstream_id=upstream.id, states=[DeliveryState.BLOCKED]),
            PageRequest(Order("WANTED_AT"), MOST_LISTED),
        )
        asked = await self.outbox.conflicts(
            caller,
            SyncConflictFilter(upstream_id=upstream.id, is_open=True),
            PageRequest(Order("OPENED_AT"), MOST_LISTED),
        )
        decided = await self.outbox.conflicts(
            caller,
            SyncConflictFilter(upstream_id=upstream.id, is_open=False),
            PageRequest(Order("OPENED_AT", descending=True), MOST_DECIDED),
        )
        keys = {each.key for each in (*first, *refused.items)}
        keys |= {each.key for each in (*asked.items, *decided.items)}
        names = await self._names(caller, keys)
        sides = await self.overview.sides(caller, [(upstream.id, each) for each in keys])
        of_keys = {key: each for (_, key), each in sides.items()}
        days = _Keys(SYSTEMS[upstream.api], address, names, of_keys, now, NOUNS[upstream.api])
        told = in_line(upstream, waiting, now) if upstream.is_two_way else ""
        lines = [told, outside_of_window(outside, NOUNS[upstream.api])]
        return "".join(
            (
                *(f"<p>{escape(each)}</p>" for each in lines if each),
                days.first(first, waiting.in_line),
                _resuming(upstream, address),
                days.refused(refused.items, waiting.blocked),
                days.asked(asked.items, waiting.conflicts),
                days.decided(decided.items),
            )
        )

    async def _first_writes(self, caller: Caller, upstream: Upstream) -> Sequence[Delivery]:
        """Return what somebody has to look at before it is written for the first time."""
        if upstream.state_reason != ReviewReason.FIRST_WRITE.value:
            return ()
        wanted = DeliveryFilter(upstream_id=upstream.id, states=IN_LINE)
        page = await self.outbox.deliveries(
            caller, wanted, PageRequest(Order("WANTED_AT"), MOST_LISTED)
        )
        return page.items

    async def _names(self, caller: Caller, keys: set[str]) -> Mapping[str, str]:
        """Return whose each key is, by name as far as the caller sees them."""
        users = {key: read_day_key(key)[0] for key in keys if not is_record_key(key)}
        people = {key: read_record_key(key)[0] for key in keys if is_record_key(key)}
        named = await self.catalogue.users.find_many(caller, sorted({*users.values()}))
        known = await self.catalogue.people.find_many(caller, sorted({*people.values()}))
        found = {key: named[id_].full_name for key, id_ in users.items() if id_ in named}
        return found | {key: known[id_].full_name for key, id_ in people.items() if id_ in known}


@dataclass(frozen=True, slots=True)
class _Keys:
    """The markup of days and records, each with who and when, and buttons that decide."""

    system: str
    address: str
    names: Mapping[str, str]
    sides: Mapping[str, Sides]
    now: datetime
    noun: str

    def first(self, deliveries: Sequence[Delivery], count: int) -> str:
        if not deliveries:
            return ""
        rows = "".join(
            f"<tr>{self._whose(each.key)}"
            f'<td class="fixed" data-name="Here">{self._now_here(each.key)}</td>'
            f'<td class="fixed" data-name="{self.system}">{self._there(each.key)}</td>'
            "</tr>"
            for each in deliveries
        )
        return (
            f"<h3>To be written: {number(count, self.noun)}{of_them(deliveries, count)}</h3>"
            f"<table><thead><tr><th>Whose</th><th>Here</th><th>{self.system}</th></tr></thead>"
            f"<tbody>{rows}</tbody></table>"
        )

    def refused(self, deliveries: Sequence[Delivery], count: int) -> str:
        if not deliveries:
            return ""
        rows = "".join(map(self._refused, deliveries))
        return (
            f"<h3>Not written: {number(count, self.noun)}{of_them(deliveries, count)}</h3>"
            f'<p class="hint">{_REFUSED_HINT.format(system=self.system)}</p>'
            '<table><thead><tr><th>Whose</th><th class="fixed">Here</th><th>Why</th><td></td>'
            "</tr></thead>"
            f"<tbody>{rows}</tbody></table>"
        )

    def _refused(self, delivery: Delivery) -> str:
        id_ = node_id(Kind.DELIVERY, delivery.id)
        return (
            f"<tr>{self._whose(delivery.key)}"
            f'<td class="fixed" data-name="Here">{self._now_here(delivery.key)}</td>'
            f'<td data-name="Why">{escape(delivery.message or "")}'
            f'<br><code class="hint">{escape(delivery.code or "")}</code></td>'
            f"{self._buttons(delivery.key, id_, (('Try again', RETRY), ('Take theirs', GIVE_UP)))}"
            "</tr>"
        )

    def asked(self, conflicts: Sequence[SyncConflict], count: int) -> str:
        if not conflicts:
            return ""
        rows = "".join(map(self._asked, conflicts))
        return (
            f"<h3>To be decided: {number(count, 'conflict')}{of_them(conflicts, count)}</h3>"
            f'<p class="hint">{_CONFLICT_HINT.format(system=self.system)}</p>'
            "<table><thead><tr><th>Whose</th><th>What has happened</th><th>Here</th>"
            f"<th>{self.system}</th><td></td></tr></thead><tbody>{rows}</tbody></table>"
        )

    def _asked(self, conflict: SyncConflict) -> str:
        id_ = node_id(Kind.SYNC_CONFLICT, conflict.id)
        ours, theirs = conflict.ours, conflict.theirs
        key = conflict.key
        found, found_there = self._told(key, ours), self._told(key, theirs)
        now_here = self._now_here(conflict.key)
        since = "" if now_here == found else f'<br><span class="hint">then {found}</span>'
        before = "" if conflict.base is None else f", it was {self._told(key, conflict.base)}"
        opened = ago(conflict.opened_at, self.now)
        return (
            f"<tr>{self._whose(conflict.key)}"
            f'<td data-name="What has happened">{_KINDS[conflict.kind]}{before}'
            f'<br><span class="hint">found {opened}</span></td>'
            f'<td data-name="Here">{now_here}{since}{_references(ours, theirs)}</td>'
            f'<td data-name="{self.system}">{found_there}{_references(theirs, ours)}</td>'
            f"{self._buttons(conflict.key, id_, _KEEPING)}</tr>"
        )

    def decided(self, conflicts: Sequence[SyncConflict]) -> str:
        if not conflicts:
            return ""
        lines = "".join(f"<li>{self._decided(each)}</li>" for each in conflicts)
        return f"<h3>Decided conflicts, the last ones</h3><ul>{lines}</ul>"

    def _decided(self, conflict: SyncConflict) -> str:
        key = conflict.key
        whose, day = self._named(key)
        kept = "what was here" if conflict.kept is SyncSide.GATEWAY else f"{self.system}'s version"
        whom = "by the policy" if conflict.decided_by is None else "by a person"
        when = ago(conflict.resolved_at or conflict.opened_at, self.now)
        return (
            f"{escape(whose)}, {day}: {self._told(key, conflict.ours)} here, "
            f"{self._told(key, conflict.theirs)} in "
            f"{self.system}; {kept} holds, decided {whom} "
            f'<span class="hint">{when}</span>'
        )

    def _whose(self, key: str) -> str:
        whose, day = self._named(key)
        return (
            f'<td data-name="Whose">{escape(whose)}<br><span class="fixed">{day}</span>'
            f'<br><code class="hint">{escape(_owner(key))}</code></td>'
        )

    def _named(self, key: str) -> tuple[str, str]:
        """Return whose a key is, and of when; of a record the first day, as far as it is known."""
        here, there = self.sides[key]
        day = day_of(key, here, there)
        return self.names.get(key, _owner(key)), "" if day is None else day.isoformat()

    def _now_here(self, key: str) -> str:
        return self._told(key, self.sides[key].here)

    def _there(self, key: str) -> str:
        return self._told(key, self.sides[key].there)

    @staticmethod
    def _told(key: str, content: Content | None) -> str:
        return escape(version_words(key, content))

    def _buttons(self, key: str, id_: str, buttons: Sequence[tuple[str, str]]) -> str:
        whose, day = self._named(key)
        forms = "".join(
            button_form(
                self.address, {"do": what, "id": id_}, text, heard=f"{text}: {whose}, {day}"
            )
            for text, what in buttons
        )
        return f'<td><div class="choices">{forms}</div></td>'


_KEEPING: Final = (("Keep ours", "keep-ours"), ("Keep theirs", "keep-theirs"))


def _resuming(upstream: Upstream, address: str) -> str:
    """Return the button that ends a review, or a pause."""
    text = {
        ReviewReason.FIRST_WRITE.value: "Have it written",
        ReviewReason.FLAPPING.value: "Go on with writing",
    }.get(upstream.state_reason or "")
    if upstream.state is not UpstreamState.NEEDS_REVIEW or text is None:
        return ""
    fields = {"do": RESUME, "id": node_id(Kind.UPSTREAM, upstream.id)}
    heard = f"{text}: {SYSTEMS[upstream.api]}"
    return f'<div class="choices">{button_form(address, fields, text, heard=heard)}</div>'


def _owner(key: str) -> str:
    if is_record_key(key):
        return f"person {read_record_key(key)[0]}"
    return f"user {read_day_key(key)[0]}"


def _references(version: Content | None, other: Content | None) -> str:
    """Name the external references of a version that the other one does not have so."""
    if version is None or other is None or "references" not in version:
        return ""
    odd = [
        name
        for name, digest in version["references"].items()
        if other["references"].get(name) != digest
    ]
    if not odd:
        return ""
    names = ", ".join(sorted(odd))
    return f'<br><span class="hint">reference of {escape(names)} differs</span>'
