"""Calendar feeds of the company's workers, made and read as any client does."""

import urllib.error
import urllib.request
from typing import Any

from tests.web.calendar_company import HARBOUR
from tests.web.guarded import Guarded, ask_as

_CREATE = """
mutation Create($input: CreateCalendarFeedInput!) {
  createCalendarFeed(input: $input) { calendarFeed { id } link userErrors { message } }
}
"""
_RENEW = """
mutation Renew($id: ID!) { renewCalendarFeed(input: {id: $id}) { userErrors { message } } }
"""
_REVOKE = """
mutation Revoke($id: ID!) { revokeCalendarFeed(input: {id: $id}) { userErrors { message } } }
"""
_DELETE = """
mutation Delete($id: ID!) { deleteCalendarFeed(input: {id: $id}) { userErrors { message } } }
"""
_LIST = """
{ calendarFeeds(first: 500) { nodes {
  id name jobTitles createdAt renewedAt revokedAt
  company { name } worker { fullName } roles { name }
} } }
"""


def feeds(gateway: Guarded) -> list[dict[str, Any]]:
    """All that there are, in the order in which they were made."""
    return list(ask_as(gateway, "hr", _LIST)["calendarFeeds"]["nodes"])


def make(gateway: Guarded, **fields: Any) -> str:
    """Make one, by default of the whole company. Returns its id."""
    wanted = {"companyId": HARBOUR} | fields
    made = ask_as(gateway, "hr", _CREATE, input=wanted)["createCalendarFeed"]
    assert made["userErrors"] == []
    return str(made["calendarFeed"]["id"])


def renew(gateway: Guarded, feed: str) -> None:
    """Let it have another link."""
    _done(ask_as(gateway, "hr", _RENEW, id=feed))


def revoke(gateway: Guarded, feed: str) -> None:
    """End its link."""
    _done(ask_as(gateway, "hr", _REVOKE, id=feed))


def delete(gateway: Guarded, feed: str) -> None:
    """Let it be gone."""
    _done(ask_as(gateway, "hr", _DELETE, id=feed))


def _done(answer: dict[str, Any]) -> None:
    (payload,) = answer.values()
    assert payload["userErrors"] == [], payload


def read(link: str) -> tuple[int, str, str]:
    """Read a link as a calendar does. Returns status, media type and text."""
    try:
        with urllib.request.urlopen(link) as answer:
            return answer.status, answer.headers.get_content_type(), answer.read().decode()
    except urllib.error.HTTPError as refusal:
        with refusal:
            return refusal.code, "", ""
