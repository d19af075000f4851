"""The receivers that docs/webhooks.md shows, each with the official library of its language."""

import http.client
import json
import os
import queue
import socket
import subprocess
import threading
import time
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from itertools import count
from uuid import uuid4

import pytest

from app.domain.webhook_events import Message
from app.domain.webhook_signatures import SigningSecrets, new_secret, signed_headers
from tests import warm
from tests.clients.company import post
from tests.clients.tools import CLIENTS, PYTHON_PROGRAMS
from tests.server import clean_environment, serving
from tests.webhooks.conftest import SETTINGS

WAIT_SECONDS = 20
TEST = {"type": "webhook.test", "timestamp": "2026-03-02T08:15:30.123Z", "data": {}}

COMPANIES = """
mutation Companies($companies: [CompanyInput!]!) {
  upsertCompanies(input: {companies: $companies}) { userErrors { message } }
}
"""
ROLES = """
mutation Roles($roles: [RoleInput!]!) {
  upsertRoles(input: {roles: $roles}) { userErrors { message } }
}
"""
CREATE = """
mutation Create($webhook: CreateWebhookInput!) {
  createWebhook(input: $webhook) { secret webhook { id } userErrors { message } }
}
"""
MOVE = """
mutation Move($id: ID!, $url: String!) {
  updateWebhook(input: {id: $id, url: $url}) { userErrors { message } }
}
"""
TRY = """
mutation Try($id: ID!) {
  testWebhook(input: {id: $id}) { delivery { outcome status } userErrors { message } }
}
"""
ROTATE = """
mutation Rotate($id: ID!) {
  rotateWebhookSecret(input: {id: $id}) { secret userErrors { message } }
}
"""
REPLAY = """
mutation Replay($id: ID!) {
  replayWebhook(input: {id: $id, after: "0"}) { userErrors { message } }
}
"""
DELIVERIES = """
query Deliveries($company: ID!) {
  webhooks(companyId: $company) { deliveries(first: 100) { messageId type status } }
}
"""
FEED = """
query Feed($company: ID!, $after: String) {
  changes(companyId: $company, first: 500, after: $after) {
    edges { cursor node { sequence operation subjectType } }
    pageInfo { hasNextPage endCursor }
  }
}
"""

pytestmark = pytest.mark.process


class Gateway:
    """The address of GraphQL, and the tokens of who manages webhooks and of a receiver."""

    def __init__(self, url, manager, receiver):
        self.url, self.receiver_token = f"{url}/graphql", receiver
        self._manager = manager

    def ask(self, document, **variables):
        """Return the one field of the answer; nothing is refused."""
        sent = {"query": document, "variables": variables}
        told = post(self.url, sent, {"Authorization": f"Bearer {self._manager}"})
        assert "errors" not in told, told
        (field,) = told["data"].values()
        assert "userErrors" not in field or field["userErrors"] == [], field
        return field


@pytest.fixture(scope="module")
def gateway(tmp_path_factory):
    """One at which everybody needs a token, and that may send to this machine."""
    database = f"sqlite:///{tmp_path_factory.mktemp('receivers') / 'timeoff.db'}"
    environment = clean_environment()
    warm.run("migrate", "--database-url", database, env=environment, check=True)
    tokens = [
        warm.run(
            *("token", "create", *words, "--database-url", database), env=environment, check=True
        ).stdout.strip()
        for words in (
            ("manager", "--role", "admin"),
            ("receiver", "--role", "viewer", "--allow", "READ_CHANGES"),
        )
    ]
    with serving(database, "--no-demo", environment=SETTINGS) as server:
        yield Gateway(server.url, *tokens)


class Company:
    """A company of its own, whose changes a test makes."""

    numbers = count(1)

    def __init__(self, gateway):
        self.gateway, self.id = gateway, str(uuid4())
        self.rename("Client Works")

    def rename(self, name):
        self.gateway.ask(COMPANIES, companies=[{"sourceId": self.id, "name": name}])

    def write(self, many=1):
        """Make so many changes, all at once."""
        numbers = [str(next(self.numbers)) for _ in range(many)]
        roles = [{"sourceId": each, "companyId": self.id, "name": each} for each in numbers]
        self.gateway.ask(ROLES, roles=roles)

    def feed(self):
        """Return all that happened, as edges."""
        edges, after = [], None
        while True:
            page = self.gateway.ask(FEED, company=self.id, after=after)
            edges += page["edges"]
            if not page["pageInfo"]["hasNextPage"]:
                return edges
            after = page["pageInfo"]["endCursor"]

    def told_after(self, sequence):
        """Return what a receiver writes that hears of everything behind this number."""
        nodes = [edge["node"] for edge in self.feed()]
        return [
            f"{each['sequence']} {each['operation']} {each['subjectType']}"
            for each in nodes
            if int(each["sequence"]) > sequence
        ]

    def deliveries(self, many):
        """Wait until the gateway has heard so many answers; return the attempts, first to last."""
        for _ in range(WAIT_SECONDS * 20):
            (webhook,) = self.gateway.ask(DELIVERIES, company=self.id)
            attempts = webhook["deliveries"][::-1]
            if sum(each["status"] is not None for each in attempts) >= many:
                return attempts
            time.sleep(0.05)
        raise AssertionError(attempts)


@pytest.fixture
def company(gateway):
    return Company(gateway)


class Webhook:
    """A webhook of a company that leads nowhere yet: its secret comes before its receiver."""

    def __init__(self, company, *types):
        self._ask = company.gateway.ask
        self._nobody = socket.socket()  # has a port, and does not listen
        self._nobody.bind(("127.0.0.1", 0))
        port = self._nobody.getsockname()[1]
        wish = {
            "companyId": company.id,
            "url": f"http://127.0.0.1:{port}/",
            "types": types or ["*"],
        }
        made = self._ask(CREATE, webhook=wish)
        self.id, self.secret = made["webhook"]["id"], made["secret"]

    def lead_to(self, receiver):
        self._nobody.close()
        self._ask(MOVE, id=self.id, url=f"http://127.0.0.1:{receiver.port}/")

    def tried(self):
        return self._ask(TRY, id=self.id)["delivery"]

    def rotated(self):
        return self._ask(ROTATE, id=self.id)["secret"]

    def replay(self):
        self._ask(REPLAY, id=self.id)


class Receiver:
    """A receiver that runs, and what it has written."""

    def __init__(self, process):
        self.said: list[str] = []
        self._lines: queue.Queue[str] = queue.Queue()
        self._reader = threading.Thread(target=self._read, args=(process.stdout,), daemon=True)
        self._reader.start()
        self.port = int(self._lines.get(timeout=WAIT_SECONDS).removeprefix("listening on port "))

    def _read(self, stream):
        for line in stream:
            self._lines.put(line.strip())

    def wait_for_its_end(self):
        """Wait for the last line of a process that is killed."""
        self._reader.join(WAIT_SECONDS)

    def hears(self, lines):
        """Wait for as many lines as there are, and hold that these are what it wrote."""
        with suppress(queue.Empty):
            while len(self.said) < len(lines):
                self.said.append(self._lines.get(timeout=WAIT_SECONDS))
            self.said.append(self._lines.get(timeout=0.1))  # one too many
        assert self.said == lines

    def answers(self, headers, body):
        """Post what may be a message; return the status."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=WAIT_SECONDS)
        try:
            connection.request("POST", "/", body, dict(headers))
            return connection.getresponse().status
        finally:
            connection.close()


@pytest.fixture(params=["python", pytest.param("javascript", marks=pytest.mark.node)])
def run(request, gateway):
    """Run the receiver of a language until the block is left."""
    if request.param == "javascript":
        request.getfixturevalue("npm_packages")
        program, file = "node", "receiver.mjs"
    else:
        program, file = str(PYTHON_PROGRAMS / "python"), "receiver.py"

    @contextmanager
    def run(secret, token=gateway.receiver_token):
        settings = {
            "GATEWAY": gateway.url,
            "GATEWAY_TOKEN": token,
            "WEBHOOK_SECRET": secret,
            "PORT": "0",
        }
        process = subprocess.Popen(
            [program, CLIENTS / file],
            env=os.environ | settings,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        with process:
            try:
                receiver = Receiver(process)
                yield receiver
            finally:
                process.kill()
            receiver.wait_for_its_end()

    return run


def signed(secret, told, id="msg_1", ago=timedelta(0)):
    """Return the headers and the body of a message as the gateway would send it."""
    message = Message(id, told["type"], json.dumps(told).encode(), 0, 0)
    return signed_headers(message, SigningSecrets(secret), datetime.now(UTC) - ago), message.body


def gathered(company, after):
    """Return a message that tells of all that happened, behind a cursor."""
    edges = company.feed()
    data = {"companyId": company.id, "from": "1", "to": str(len(edges)), "after": after}
    return TEST | {
        "type": "changes.available",
        "data": data | {"cursor": edges[-1]["cursor"]},
    }


def test_changes_arrive_verified_and_in_order(run, company):
    webhook = Webhook(company)
    with run(webhook.secret) as receiver:
        webhook.lead_to(receiver)
        for _ in range(5):
            company.write()
        company.rename("Client Works and Sons")
        attempts = company.deliveries(6)
        receiver.hears(company.told_after(1))

    assert [each["status"] for each in attempts] == [204] * 6


def test_a_message_to_try_is_taken_and_tells_nothing(run, company):
    webhook = Webhook(company)
    with run(webhook.secret) as receiver:
        webhook.lead_to(receiver)

        assert webhook.tried() == {"outcome": "DELIVERED", "status": 204}
        receiver.hears([])


def test_who_has_another_secret_takes_nothing(run, company):
    webhook = Webhook(company)
    with run(new_secret()) as receiver:
        webhook.lead_to(receiver)

        assert webhook.tried() == {"outcome": "REFUSED", "status": 400}


def test_many_changes_at_once_are_read_from_the_feed(run, company):
    webhook = Webhook(company)
    company.write(600)
    company.write(501)
    with run(webhook.secret) as receiver:
        webhook.lead_to(receiver)
        attempts = company.deliveries(2)
        receiver.hears(company.told_after(1))

    assert len(receiver.said) == 1101
    # After the attempts at nobody the next change is told by itself, the rest together.
    taken = [each["type"] for each in attempts if each["status"] == 204]
    assert taken[:2] in (["changes.available"] * 2, ["role.created", "changes.available"])


def test_what_lies_in_a_gap_is_read_from_the_feed(run, company):
    webhook = Webhook(company, "role.*")
    with run(webhook.secret) as receiver:
        webhook.lead_to(receiver)
        company.write()
        receiver.hears(company.told_after(1))
        company.rename("Client Works and Sons")  # of which it is not told
        company.write()
        receiver.hears(company.told_after(1))

    assert receiver.said[1].endswith("UPDATED Company")


def test_a_message_that_comes_again_is_taken_without_effect(run, company):
    webhook = Webhook(company, "role.*")
    with run(webhook.secret) as receiver:
        webhook.lead_to(receiver)
        for _ in range(3):
            company.write()
        company.deliveries(3)
        receiver.hears(company.told_after(1))
        webhook.replay()
        company.write()  # comes behind all that comes again
        receiver.hears(company.told_after(1))
        company.write()  # the place is still the last one: no gap to read
        attempts = company.deliveries(8)
        receiver.hears(company.told_after(1))

    ids = [each["messageId"] for each in attempts]
    assert [each["status"] for each in attempts] == [204] * 8
    assert ids[3:6] == ids[:3]
    assert len(set(ids)) == len(receiver.said) == 5


def test_a_message_that_comes_again_while_it_is_being_taken_has_one_effect(run, company):
    secret, first = new_secret(), company.feed()[0]["cursor"]
    company.write(20)
    message = signed(secret, gathered(company, after=first))
    with run(secret) as receiver, ThreadPoolExecutor(8) as senders:
        answers = list(senders.map(lambda _: receiver.answers(*message), range(8)))
        receiver.hears(company.told_after(1))

    assert answers == [204] * 8


def test_the_secret_before_a_rotation_verifies_and_so_does_the_new_one(run, company):
    webhook = Webhook(company)
    with run(webhook.secret) as before:
        webhook.lead_to(before)
        secret = webhook.rotated()
        company.write()
        company.deliveries(1)
        before.hears(company.told_after(1))
    with run(secret) as after:
        webhook.lead_to(after)
        company.write()
        after.hears(company.told_after(2))

    assert secret != webhook.secret


def test_what_is_forged_is_refused(run, company):
    secret = new_secret()
    change = {
        "companyId": company.id,
        "sequence": "2",
        "cursor": "a",
        "subjectType": "Role",
        "subjectId": "b",
    }
    told = TEST | {"type": "role.created", "data": change}
    headers, body = signed(secret, told)

    def without(name):
        return {each: value for each, value in headers.items() if each != name}

    def with_signature(text):
        return headers | {"webhook-signature": text}

    garbage = b64encode(b"\xff" * 32).decode()
    forgeries = {
        "another secret": signed(new_secret(), told),
        "another body": (headers, body.replace(b"Role", b"User")),
        "another id": (headers | {"webhook-id": "msg_2"}, body),
        "too old": signed(secret, told, ago=timedelta(minutes=6)),
        "too new": signed(secret, told, ago=timedelta(minutes=-6)),
        "without an id": (without("webhook-id"), body),
        "without a moment": (without("webhook-timestamp"), body),
        "without a signature": (without("webhook-signature"), body),
        "no moment": (headers | {"webhook-timestamp": "now"}, body),
        "another signature": (with_signature(f"v1,{garbage}"), body),
        "half a signature": (with_signature("v1"), body),
        "no Base64": (with_signature("v1,?"), body),
        "no UTF-8": (headers, b"\xff" + body),
        "no body": (headers, b""),
    }
    with run(secret) as receiver:
        answers = {name: receiver.answers(*forgery) for name, forgery in forgeries.items()}
        receiver.hears([])
        assert receiver.answers(headers, body) == 204  # by which all that came before was refused
        receiver.hears(["2 CREATED Role"])

    assert answers == dict.fromkeys(forgeries, 400)


def test_a_body_without_an_end_is_not_waited_for(run):
    secret = new_secret()
    headers, body = signed(secret, TEST)
    with run(secret) as receiver:
        with socket.create_connection(("127.0.0.1", receiver.port), WAIT_SECONDS) as sender:
            sender.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 999999999999\r\n\r\n")
            answer = b""  # which is lost where the connection ends with bytes that nobody reads
            with suppress(ConnectionError):
                sender.sendall(b"x" * 200_000)
                answer = sender.recv(100)
            assert answer[9:12] in {b"", b"400"}

        assert receiver.answers(headers, body) == 204


def test_where_the_feed_does_not_go_back_to_all_is_read_anew(run, company, gateway):
    elsewhere = Company(gateway).feed()[-1]["cursor"]
    secret = new_secret()
    with run(secret) as receiver:
        assert receiver.answers(*signed(secret, gathered(company, after=elsewhere))) == 204
        receiver.hears(["everything"])


def test_what_cannot_be_read_is_not_taken(run, company):
    secret = new_secret()
    message = gathered(company, after=company.feed()[0]["cursor"])
    with run(secret, token="unknown") as receiver:  # noqa: S106 - no token at all
        for _ in range(2):  # the second time, too: it is not remembered
            assert receiver.answers(*signed(secret, message)) == 500
        receiver.hears([])
