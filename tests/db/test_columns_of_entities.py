"""Each attribute of what is stored has its columns, and is read back from them."""

from types import SimpleNamespace
from typing import Any

import pytest
from sqlmodel import SQLModel

from app.db.schema import conversions, tables
from app.db.schema.acknowledgement_rows import from_acknowledgement, to_acknowledgement
from app.domain.acknowledgements import DiscrepancyAcknowledgement
from app.domain.directory import Company, Holiday, Person, Role, User, Workweek
from app.domain.feeds import CalendarFeed
from app.domain.person_time_off import PersonTimeOff
from app.domain.time_off_entries import ExternalReference, TimeOffEntry
from app.domain.workers import Worker
from tests.entities import ENTITIES, each_changed

CONVERSIONS: dict[type, tuple[Any, Any, Any]] = {
    Company: (tables.CompanyRow, conversions.from_company, conversions.to_company),
    Role: (tables.RoleRow, conversions.from_role, conversions.to_role),
    User: (tables.UserRow, conversions.from_user, conversions.to_user),
    Person: (tables.PersonRow, conversions.from_person, conversions.to_person),
    Worker: (tables.WorkerRow, conversions.from_worker, conversions.to_worker),
    Workweek: (tables.WorkweekRow, conversions.from_workweek, conversions.to_workweek),
    Holiday: (tables.HolidayRow, conversions.from_holiday, conversions.to_holiday),
    TimeOffEntry: (tables.TimeOffEntryRow, conversions.from_entry, conversions.to_entry),
    ExternalReference: (
        tables.ExternalReferenceRow,
        conversions.from_reference,
        conversions.to_reference,
    ),
    PersonTimeOff: (
        tables.PersonTimeOffRow,
        conversions.from_person_time_off,
        conversions.to_person_time_off,
    ),
    DiscrepancyAcknowledgement: (
        tables.DiscrepancyAcknowledgementRow,
        from_acknowledgement,
        to_acknowledgement,
    ),
    CalendarFeed: (
        tables.CalendarFeedRow,
        lambda feed: conversions.from_calendar_feed(feed, "hash"),
        conversions.to_calendar_feed,
    ),
}
TABLES_OF_NO_ENTITY = {
    "access_sessions": "tests/services/test_access_sessions.py: an identity, and a hash",
    "access_events": "app/domain/access_events.py: they are only added",
    "access_tokens": "tests/access/test_tokens.py: a token, and the hashes of its secrets",
    "change_counters": "counts",
    "change_origins": "app/domain/actors.py: of a range of changes",
    "changes": "app/domain/changes.py: its subject is any entity",
    "deleted_person_time_offs": "tests/graphql/test_deleted_person_time_off.py: a record whole",
    "id_counters": "counts",
    "idempotency_keys": "answers",
    "person_days": "made of the records",
    "remote_records": "tests/sync/test_rows.py: what a vendor had",
    "sync_problems": "tests/sync/test_rows.py",
    "sync_runs": "tests/sync/test_rows.py",
    "sync_flows": "tests/sync/test_flows.py: what is carried, and how far",
    "flow_problems": "tests/sync/test_flows.py: what could not be carried",
    "mirrored_records": "tests/sync/test_flows_into_procore.py: what was made of entries",
    "deliveries": "tests/sync/test_writing_kantata.py: what waits, and what is left to a person",
    "delivery_attempts": "tests/sync/test_writing_kantata.py: a write of which nobody knows",
    "sync_conflicts": "tests/sync/test_writing_kantata.py: where both have changed",
    "swept_people": "tests/sync/test_reading_procore.py: who is read next",
    "upstreams": "tests/sync/test_rows.py: an upstream, and what opens it, sealed",
    "webhook_attempts": "tests/webhooks/test_rows.py",
    "webhooks": "tests/webhooks/test_rows.py: a webhook, and the secrets that sign",
    "worker_links": "two keys",
}


@pytest.mark.parametrize("entity", ENTITIES, ids=lambda each: type(each).__name__)
def test_each_attribute_is_stored_and_read_back(entity):
    table, write, read = CONVERSIONS[type(entity)]
    before = write(entity)

    assert before.keys() == {*table.__table__.columns.keys()}
    assert read(SimpleNamespace(**before)) == entity
    for name, changed in each_changed(entity):
        after = write(changed)
        assert after != before, f"{name} has no column"
        assert read(SimpleNamespace(**after)) == changed, name


def test_each_table_is_an_entity_s_or_it_is_said_why_not():
    of_entities = {table.__tablename__ for table, _, _ in CONVERSIONS.values()}

    assert not of_entities & TABLES_OF_NO_ENTITY.keys()
    assert of_entities | TABLES_OF_NO_ENTITY.keys() == SQLModel.metadata.tables.keys()
    assert CONVERSIONS.keys() == {type(each) for each in ENTITIES}
