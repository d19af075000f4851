"""One call of each root field, about somebody's data: the caller's own worker's or another's."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from tests.builders import COMPANY, FRIDAY, MONDAY, OTHER_COMPANY, UNKNOWN_UUID, node_id


@dataclass(frozen=True)
class Whose:
    """Whose data a call is about: ids as they were stored."""

    user: str
    person: str
    worker: str
    entry: str
    record: str
    feed: str
    webhook: str
    company: str = COMPANY
    deleted: str = UNKNOWN_UUID
    upstream: str = node_id("Upstream", UNKNOWN_UUID)
    delivery: str = node_id("Delivery", UNKNOWN_UUID)
    conflict: str = node_id("SyncConflict", UNKNOWN_UUID)
    elsewhere: str = OTHER_COMPANY


QUERIES = {
    "node": 'node(id: "<entry>") { id }',
    "nodes": 'nodes(ids: ["<entry>"]) { id }',
    "timeOffEntry": 'timeOffEntry(id: "<entry>") { id }',
    "timeOffEntries": "timeOffEntries { nodes { id } }",
    "externalReferences": "externalReferences { nodes { id } }",
    "personTimeOff": 'personTimeOff(id: "<record>") { id }',
    "personTimeOffs": "personTimeOffs { nodes { id } }",
    "user": 'user(id: "<user>") { id }',
    "role": 'role(id: "5") { id }',
    "person": 'person(id: "<person>") { id }',
    "company": 'company(id: "<company>") { id }',
    "worker": 'worker(id: "<worker>") { id }',
    "companies": "companies { nodes { id } }",
    "jobTitles": 'jobTitles(companyId: "<company>")',
    "roles": "roles { nodes { id } }",
    "users": "users { nodes { id } }",
    "people": "people { nodes { id } }",
    "workers": "workers { nodes { id } }",
    "holidays": "holidays { nodes { id } }",
    "workweeks": "workweeks { nodes { id } }",
    "schedule": f'schedule(from: "{MONDAY}", to: "{MONDAY}") {{ nodes {{ worker {{ id }} }} }}',
    "discrepancies": f'discrepancies(from: "{MONDAY}", to: "{MONDAY}") {{ nodes {{ date }} }}',
    "changes": 'changes(companyId: "<company>") { nodes { sequence } }',
    "calendarFeeds": 'calendarFeeds(filter: {workerIds: ["<worker>"]}) { nodes { id } }',
    "accessEvents": "accessEvents { nodes { kind } }",
    "apiTokens": "apiTokens { id }",
    "webhooks": 'webhooks(companyId: "<company>") { id }',
    "upstream": 'upstream(id: "<upstream>") { id }',
    "upstreams": "upstreams { nodes { id } }",
    "syncProblems": "syncProblems { nodes { id } }",
    "deliveries": "deliveries { nodes { id } }",
    "syncConflicts": "syncConflicts { nodes { id } }",
    "syncFlowProblems": "syncFlowProblems { nodes { id } }",
    "personalData": 'personalData(workerId: "<worker>")',
    "viewer": "viewer { name worker { id } companies { id } }",
}

_RECORD = (
    f'startDay: "{MONDAY}", endDay: "{MONDAY}", isPaid: true, reason: "x", '
    'batchStartTime: "07:00", batchEndTime: "15:00"'
)
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_WEEK = ", ".join(f"{day}: 480" for day in _DAYS)
MUTATIONS = {
    "createTimeOffEntries": (
        f'timeOffEntries: [{{userId: "<user>", hours: 1, requestedDate: "{MONDAY}"}}], dryRun: true'
    ),
    "updateTimeOffEntry": 'id: "<entry>", hours: 2',
    "moveTimeOffEntry": f'id: "<entry>", requestedDate: "{FRIDAY}", dryRun: true',
    "deleteTimeOffEntries": 'ids: ["<entry>"], dryRun: true',
    "createPersonTimeOff": f'companyId: "<company>", personId: "<person>", {_RECORD}, dryRun: true',
    "updatePersonTimeOff": 'id: "<record>", isPaid: false',
    "deletePersonTimeOff": 'id: "<record>", dryRun: true',
    "restoreOccurrence": f'id: "<record>", originalDay: "{MONDAY}", dryRun: true',
    "restorePersonTimeOff": 'id: "<deleted>", dryRun: true',
    "mirrorPersonTimeOff": 'id: "<record>", dryRun: true',
    "mirrorTimeOffEntries": (
        'ids: ["<entry>"], isPaid: true, reason: "x", batchStartTime: "07:00", dryRun: true'
    ),
    "acknowledgeDiscrepancy": f'days: [{{workerId: "<worker>", date: "{MONDAY}"}}], dryRun: true',
    "deleteDiscrepancyAcknowledgement": 'ids: ["<entry>"]',
    "upsertCompanies": 'companies: [{sourceId: "<company>", name: "Brick & Beam"}]',
    "upsertRoles": 'roles: [{sourceId: "5", companyId: "<company>", name: "Carpenter"}]',
    "upsertUsers": 'users: [{sourceId: "<user>", companyId: "<company>", fullName: "Ada"}]',
    "upsertPeople": (
        'people: [{sourceId: "<person>", companyId: "<company>", firstName: "A", lastName: "L"}]'
    ),
    "upsertWorkweeks": (
        f'workweeks: [{{companyId: "<company>", effectiveFrom: "{MONDAY}", {_WEEK}}}]'
    ),
    "upsertHolidays": (
        'holidays: [{sourceId: "3", companyId: "<company>", name: "x", '
        f'startDate: "{MONDAY}", endDate: "{MONDAY}"}}]'
    ),
    "deleteWorkweeks": 'ids: ["unknown"]',
    "deleteHolidays": 'ids: ["404"]',
    "linkWorker": 'userId: "<user>", personId: "<person>"',
    "unlinkWorker": 'workerId: "unknown"',
    "createCalendarFeed": 'workerId: "<worker>", dryRun: true',
    "renewCalendarFeed": 'id: "<feed>"',
    "revokeCalendarFeed": 'id: "<feed>"',
    "deleteCalendarFeed": 'id: "<feed>"',
    "createWebhook": 'companyId: "<company>", url: "https://x.example/", types: ["*"]',
    "updateWebhook": 'id: "<webhook>", types: ["*"]',
    "rotateWebhookSecret": 'id: "<webhook>"',
    "testWebhook": 'id: "<webhook>"',
    "replayWebhook": 'id: "<webhook>", after: "0"',
    "enableWebhook": 'id: "<webhook>"',
    "deleteWebhook": 'id: "<webhook>"',
    "connectUpstream": (
        'companyId: "<company>", api: KANTATA_OX, credentials: {accessToken: "x"}, '
        'baseUrl: "http://127.0.0.1:9/", dryRun: true'
    ),
    "updateUpstream": 'id: "<upstream>", daysBack: 30',
    "replaceUpstreamCredentials": 'id: "<upstream>", credentials: {accessToken: "two words"}',
    "pauseUpstream": 'id: "<upstream>"',
    "resumeUpstream": 'id: "<upstream>"',
    "disconnectUpstream": 'id: "<upstream>"',
    "syncUpstream": 'id: "<upstream>"',
    "retryDeliveries": 'ids: ["<delivery>"]',
    "giveUpDeliveries": 'ids: ["<delivery>"]',
    "resolveSyncConflict": 'id: "<conflict>", keep: VENDOR',
    "setSyncFlow": 'companyId: "<company>", flow: NONE',
    "createApiToken": 'name: "x", role: VIEWER, companyIds: ["<company>"]',
    "rotateApiToken": 'id: "unknown0"',
    "revokeApiToken": 'id: "unknown0"',
    "erasePerson": 'workerId: "<worker>", dryRun: true',
    "moveWorker": 'workerId: "<worker>", companyId: "<elsewhere>", dryRun: true',
}


def query(field: str, whose: Whose, calls: Mapping[str, str] = QUERIES) -> str:
    """The document that asks for the field."""
    return f"{{ answer: {_about(whose, calls[field])} }}"


def mutation(field: str, whose: Whose, calls: Mapping[str, str] = MUTATIONS) -> str:
    """The document that runs the mutation."""
    input_ = _about(whose, calls[field])
    return f"mutation {{ answer: {field}(input: {{{input_}}}) {{ userErrors {{ code path }} }} }}"


def _about(whose: Whose, sample: str) -> str:
    return re.sub(r"<(\w+)>", lambda found: str(getattr(whose, found[1])), sample)
