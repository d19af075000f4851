"""The page that shows administrators which webhooks there are, and how far behind each is."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Final

from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from app.domain.directory import Company
from app.domain.identifiers import Kind, node_id
from app.domain.webhooks import Answer, Attempt, DisabledReason, Webhook, WebhookStatus
from app.services.caller import Caller
from app.services.webhooks.service import WebhookService
from app.web.bundles import application_root
from app.web.languages import ENGLISH
from app.web.sign_in_markup import sign_in_page
from app.web.words import all_words

WEBHOOKS_PATH: Final = "/webhooks"
TITLE: Final = "Webhooks"
NONE_YET: Final = (
    "No program is told of changes yet. <code>createWebhook</code> makes a webhook: "
    '<a href="{root}/docs/webhooks">how</a>.'
)
HOW: Final = (
    '<p class="hint">By its id, which is below the address, <code>testWebhook</code> tries one, '
    "and <code>enableWebhook</code> starts again one that is disabled: "
    '<a href="{root}/docs/webhooks">documentation</a>.</p>'
)
SILENT: Final = (
    '<p class="bad">This process sends nothing: <code>TIMEOFF_WEBHOOKS</code> is '
    "<code>false</code>.</p>"
)
_WHY: Final[Mapping[DisabledReason, str]] = {
    DisabledReason.GONE: "Disabled: the receiver said that it is gone (410).",
    DisabledReason.FAILED: "Disabled: nothing was taken for five days.",
}

_REDIRECTS: Final = range(300, 400)
_REDIRECTED: Final = "A redirect is not followed: give the webhook the address to which it leads."

FindCaller = Callable[[HTTPConnection], Awaitable[Caller]]
"""Returns who asks. Raises Unauthenticated."""


@dataclass(frozen=True)
class WebhooksPage:
    """The webhooks of all companies that the caller manages; read only."""

    webhooks: WebhookService
    find_caller: FindCaller
    sends: bool
    """Whether this process may send messages."""

    def routes(self) -> list[BaseRoute]:
        """Return the route; it belongs at the application's root, for callers only."""
        return [Route(WEBHOOKS_PATH, self._page)]

    async def _page(self, request: Request) -> Response:
        caller = await self.find_caller(request)
        root = escape(application_root(request))
        found = await self.webhooks.by_company(caller)
        ids = [each.id for _, webhooks in found for each in webhooks]
        attempts = await self.webhooks.last_attempts(caller, ids, 1, None) if ids else {}
        content = "" if self.sends else SILENT
        content += "".join(_of_company(company, each, attempts) for company, each in found)
        if not found:
            return sign_in_page(request, ENGLISH, TITLE, f"<p>{NONE_YET.format(root=root)}</p>")
        return sign_in_page(request, ENGLISH, TITLE, content + HOW.format(root=root))


def _of_company(
    company: Company, webhooks: Sequence[Webhook], attempts: Mapping[str, Sequence[Attempt]]
) -> str:
    rows = "".join(_row(each, attempts.get(each.id, ())) for each in webhooks)
    return (
        f"<h2>{escape(company.name)}</h2><table><thead><tr><th>Where</th><th>How it does</th>"
        '<th class="fixed">Behind</th><th class="fixed">Last taken</th></tr></thead>'
        f"<tbody>{rows}</tbody></table>"
    )


def _row(webhook: Webhook, attempts: Sequence[Attempt]) -> str:
    types = escape(", ".join(webhook.types.names))
    id_ = node_id(Kind.WEBHOOK, webhook.id)
    behind = f"{webhook.behind:,} {'change' if webhook.behind == 1 else 'changes'}"
    taken = "never" if webhook.last_delivered_at is None else _moment(webhook.last_delivered_at)
    return (
        f'<tr><td class="address" data-name="Where">{escape(webhook.url)}'
        f'<br><span class="hint">{types}</span><br><code class="hint">{id_}</code></td>'
        f'<td data-name="How it does">{_how(webhook, attempts)}</td>'
        f'<td class="fixed" data-name="Behind">{behind if webhook.behind else "nothing"}</td>'
        f'<td class="fixed" data-name="Last taken">{taken}</td></tr>'
    )


def _how(webhook: Webhook, attempts: Sequence[Attempt]) -> str:
    """Say its status in words, and of one in trouble what the receiver answered last."""
    if webhook.status is WebhookStatus.ACTIVE:
        return "Messages are taken."
    if webhook.disabled_reason is not None:
        words = _WHY[webhook.disabled_reason]
    else:
        since = webhook.failing_since and _moment(webhook.failing_since)
        words = f"Nothing taken since {since}, {_attempts(webhook.failures)}."
        if webhook.next_attempt_at is not None:
            words += f" Next at {_moment(webhook.next_attempt_at)}."
    if not attempts:
        return words
    return f'{words}<br><span class="hint">{escape(_said(attempts[0].answer))}</span>'


def _said(answer: Answer) -> str:
    """Say what the receiver answered, or what went wrong."""
    if answer.status is None:
        return answer.text
    if answer.status in _REDIRECTS:
        return f"It answered {answer.status}. {_REDIRECTED}"
    text = answer.text.strip()
    return f"It answered {answer.status}: {text}" if text else f"It answered {answer.status}."


def _moment(moment: datetime) -> str:
    return f'<span class="fixed">{all_words()[ENGLISH].sign_in.time(moment)}</span>'


def _attempts(count: int) -> str:
    return f"{count:,} {'attempt' if count == 1 else 'attempts'}"
