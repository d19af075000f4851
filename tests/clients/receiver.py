"""A receiver of webhooks: it verifies each message, takes it once, and reads what it missed."""

# #region docs
import json
import os
from collections import deque
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock
from urllib.request import Request, urlopen

from standardwebhooks import Webhook, WebhookVerificationError

GATEWAY = os.environ["GATEWAY"]  # where its GraphQL is
TOKEN = os.environ["GATEWAY_TOKEN"]
SECRET = os.environ["WEBHOOK_SECRET"]
PORT = int(os.environ["PORT"])

MOST_BYTES = 100_000  # of a body; messages are far smaller
CHANGES = """
query Changes($company: ID!, $after: String!) {
  changes(companyId: $company, after: $after, first: 500) {
    nodes { sequence operation subjectType subjectId }
    pageInfo { hasNextPage endCursor }
  }
}
"""


def on_change(change):
    """Do what is yours to do. It may come twice, so see that this does no harm."""
    print(change["sequence"], change["operation"], change["subjectType"], flush=True)


def read_everything():
    """Read anew all that you keep: what happened in between is no longer known."""
    print("everything", flush=True)


class Refused(Exception):
    """The gateway does not answer what was asked."""

    def __init__(self, error):
        super().__init__(error["message"])
        self.code = error["extensions"]["code"]


def read_changes(company, after, last):
    """Yield the changes behind the cursor `after`, up to the number `last`."""
    while True:
        sent = {"query": CHANGES, "variables": {"company": company, "after": after}}
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {TOKEN}"}
        with urlopen(Request(GATEWAY, json.dumps(sent).encode(), headers), timeout=5) as answer:
            told = json.load(answer)
        if "errors" in told:
            raise Refused(told["errors"][0])
        page = told["data"]["changes"]
        for change in page["nodes"]:
            if int(change["sequence"]) > last:
                return
            yield change
        if not page["pageInfo"]["hasNextPage"]:
            return
        after = page["pageInfo"]["endCursor"]


class Inbox:
    """What was taken. Keep it in your database, together with what `on_change` stores."""

    def __init__(self):
        self.ids: deque[str] = deque(maxlen=1_000)
        self.last = self.cursor = None  # the number of the last change, and where that is

    def take(self, id, message):
        """Take a verified message, unless it was taken before."""
        if id in self.ids:
            return
        if message["type"] != "webhook.test":
            self.take_changes(message["type"], message["data"])
        self.ids.append(id)

    def take_changes(self, type, data):
        first = int(data["from"] if "from" in data else data["sequence"])
        last = int(data["to"] if "to" in data else data["sequence"])
        has_gap = self.last is not None and first > self.last + 1
        if has_gap or type == "changes.available":
            self.read(data["companyId"], self.cursor if has_gap else data["after"], last)
        else:
            on_change({**data, "operation": type.split(".")[1].upper()})
        self.last, self.cursor = last, data["cursor"]

    def read(self, company, after, last):
        try:
            for change in read_changes(company, after, last):
                on_change(change)
        except Refused as refused:
            if refused.code != "CURSOR_EXPIRED":
                raise
            read_everything()


class Receiver(BaseHTTPRequestHandler):
    timeout = 10
    webhook = Webhook(SECRET)
    inbox = Inbox()
    turn = Lock()  # one message at a time, also where one took too long and comes again

    def do_POST(self):
        length = int(self.headers.get("Content-Length", 0))
        body = self.rfile.read(min(length, MOST_BYTES))
        status = 500  # whatever goes wrong below: the message comes again
        try:
            status = self.status_for(body)
        finally:
            self.send_response(status)
            self.end_headers()

    def status_for(self, body):
        try:
            message = self.webhook.verify(body, dict(self.headers))
        except (WebhookVerificationError, ValueError):  # ValueError: it has not even the form
            return 400
        with self.turn:
            self.inbox.take(self.headers["webhook-id"], message)
        return 204


with ThreadingHTTPServer(("127.0.0.1", PORT), Receiver) as server:
    print(f"listening on port {server.server_port}", flush=True)
    server.serve_forever()
# #endregion
