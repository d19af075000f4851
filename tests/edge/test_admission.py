"""How many requests run, who waits, and who is told at once to come back later."""

import asyncio
import time
from collections import Counter
from contextlib import AsyncExitStack

import pytest

from app.edge.admission import Admission, AdmissionMiddleware
from app.edge.limits import AdmissionLimits
from app.edge.queues import SECONDS_OF_A_PASS, Queue
from app.places import Busy

LONG = 60.0


def limited(running, waiting, wait_seconds, **options):
    return Queue(running, AdmissionLimits(running, waiting, wait_seconds), **options)


async def passes(count=3):
    """Let the event loop go round."""
    for _ in range(count):
        await asyncio.sleep(0)


async def entered(queue, count):
    """Ask for places at the same time, and return what came of each."""
    asking = [asyncio.ensure_future(queue.enter()) for _ in range(count)]
    await passes(3 * count + 3)
    return asking


def outcomes(asking):
    return Counter(
        "waits" if not each.done() else "busy" if each.exception() else "runs" for each in asking
    )


async def stop(asking):
    for each in asking:
        each.cancel()
    await asyncio.gather(*asking, return_exceptions=True)


@pytest.mark.parametrize(("running", "waiting"), [(1, 0), (1, 1), (3, 2), (2, 0)])
async def test_so_many_run_so_many_wait_and_the_next_is_refused(running, waiting):
    queue = limited(running, waiting, LONG)

    asking = await entered(queue, running + waiting + 1)

    expected = Counter({"runs": running, "waits": waiting, "busy": 1})
    assert outcomes(asking) == expected - Counter()
    assert queue.is_full()
    await stop(asking)


async def test_the_place_of_one_goes_to_the_one_that_waits_longest():
    queue = limited(1, 2, LONG)
    first, second, third = await entered(queue, 3)

    queue.leave()
    await passes()

    assert [each.done() for each in (first, second, third)] == [True, True, False]
    await stop([third])


async def test_nobody_waits_for_longer_than_the_limit():
    queue = limited(1, 1, 0.05)
    await queue.enter()

    with pytest.raises(Busy):
        await queue.enter()

    queue.leave()
    await passes()
    await asyncio.wait_for(queue.enter(), 30)


async def test_one_that_gives_up_leaves_its_place_in_the_queue():
    queue = limited(1, 2, LONG)
    _, second, third = await entered(queue, 3)

    second.cancel()
    await passes()
    queue.leave()
    await passes()

    assert third.done()


async def test_one_that_gives_up_as_its_turn_comes_gives_the_place_back():
    queue = limited(1, 2, LONG)
    _, second, third = await entered(queue, 3)

    queue.leave()
    second.cancel()
    await passes(6)

    assert second.cancelled()
    assert third.done()


async def test_between_two_that_only_compute_the_loop_goes_round():
    queue = limited(10, 10, LONG)
    order = []

    async def compute(name):
        await queue.enter()
        order.append(name)
        time.sleep(SECONDS_OF_A_PASS)  # noqa: ASYNC251 - it computes
        queue.leave()

    async def probe():
        for _ in range(4):
            order.append("probe")
            await asyncio.sleep(0)

    await asyncio.gather(*map(compute, "abc"), probe())

    assert "".join(name[0] for name in order) in {"apbpcpp", "appbpcp", "appbpc", "apbppcp"}


async def test_those_that_are_done_at_once_share_a_pass():
    queue = limited(2, 10, LONG, clock=lambda: 0.0)
    order = []

    async def compute(name):
        await queue.enter()
        order.append(name)
        queue.leave()

    async def probe():
        order.append("probe")

    await asyncio.gather(*map(compute, "abc"), probe())

    assert "".join(name[0] for name in order) == "abcp"


async def test_who_would_wait_too_long_is_told_at_once():
    seconds = 0.0
    queue = limited(1, 1000, 1.0, clock=lambda: seconds)
    asking = await entered(queue, 60)
    for _ in range(20):
        seconds += 0.1  # as long as each of them works
        queue.leave()
        await passes()

    late = await entered(queue, 1)

    assert outcomes(asking)["busy"] == 0
    assert outcomes(late) == {"busy": 1}
    await stop(asking)


async def test_a_queue_that_stands_is_kept_short():
    seconds = 0.0
    queue = limited(1, 1000, 1.0, clock=lambda: seconds)
    asking = await entered(queue, 1)
    longest = []
    for _ in range(300):
        asking += await entered(queue, 3)  # three come while one is worked on
        seconds += 0.01
        queue.leave()
        await passes()
        longest.append(outcomes(asking)["waits"])

    assert max(longest) > 50  # a burst of a second is let in
    assert max(longest[-50:]) < 20
    await stop(asking)


@pytest.mark.parametrize("seconds_each", [0.0005, 0.01])
async def test_a_queue_that_stands_is_as_long_as_the_limit_or_eight(seconds_each):
    seconds = 0.0
    limits = AdmissionLimits(1, 1000, 1.0, standing_seconds=0.02)
    queue = Queue(1, limits, clock=lambda: seconds)
    asking = []
    for _ in range(int(3 / seconds_each)):
        asking += await entered(queue, 3)  # three come while one is worked on
        seconds += seconds_each
        queue.leave()
        await passes()
        asking = [each for each in asking if not each.done()]

    assert len(asking) == pytest.approx(max(0.02 / seconds_each, 8), abs=2)
    await stop(asking)


async def test_who_was_refused_comes_back_once_nobody_else_has_started_for_a_while():
    seconds = 0.0
    queue = Queue(1, AdmissionLimits(1, 100, 1.0), clock=lambda: seconds)
    asking = await entered(queue, 90)
    for _ in range(30):
        seconds += 0.1
        queue.leave()
        await passes()
    assert queue.is_full()
    await stop(asking)
    queue.leave()
    await passes()

    queue.look_back()
    assert not queue.is_full()
    assert queue.is_full(comes_back=True)
    queue.look_back()
    assert not queue.is_full(comes_back=True)


async def test_a_queue_that_does_not_move_takes_nobody():
    seconds = 0.0
    queue = Queue(1, AdmissionLimits(1, 100, 1.0), clock=lambda: seconds)
    asking = await entered(queue, 2)
    assert not queue.is_full()

    seconds = 1.1

    assert queue.is_full()
    await stop(asking)


# Readers and writers


@pytest.mark.parametrize("writing", [1, 3])
async def test_writers_have_places_of_their_own(writing):
    admission = Admission(AdmissionLimits(1, 0, LONG, writing=writing))
    async with AsyncExitStack() as stack:
        for _ in range(writing):
            place = await stack.enter_async_context(admission.place())
            await place.write()
        assert admission.load == (writing, 0)
        await passes()

        one_more = await stack.enter_async_context(admission.place())
        with pytest.raises(Busy):
            await one_more.write()

        await passes()
        assert not admission.is_full()
    assert admission.load == (0, 0)


# In front of an application


class Application:
    """Answers when it is told to."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        self.may_start = asyncio.Event()
        self.may_end = asyncio.Event()

    async def __call__(self, _scope, receive, send):
        body = b""
        while (message := await receive())["type"] == "http.request":
            body += message["body"]
            if not message["more_body"]:
                break
        self.bodies.append(body)
        await self.may_start.wait()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await self.may_end.wait()
        await send({"type": "http.response.body", "body": b"", "more_body": False})


def gate(application, running=1, waiting=0, most_body_bytes=100):
    return AdmissionMiddleware(
        application, Admission(AdmissionLimits(running, waiting, LONG)), most_body_bytes
    )


class Request:
    """One request to the gate, whose body comes in pieces, the last of them None."""

    def __init__(self, gate, *pieces, path="/graphql", headers=()):
        self.pieces: asyncio.Queue = asyncio.Queue()
        for piece in pieces or (b"{}", None):
            self.pieces.put_nowait(piece)
        self.sent: list[dict] = []
        scope = {"type": "http", "method": "POST", "path": path, "headers": list(headers)}
        self.task = asyncio.ensure_future(gate(scope, self.receive, self.send))

    async def receive(self):
        piece = await self.pieces.get()
        if piece == "gone":
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": piece or b"", "more_body": piece is not None}

    async def send(self, message):
        self.sent.append(message)

    @property
    def status(self):
        return self.sent[0]["status"] if self.sent else None


async def test_a_refusal_says_when_to_come_back():
    gated = gate(Application())
    running = Request(gated)
    await passes()
    refused = Request(gated)
    await passes()

    assert (running.status, refused.status) == (None, 503)
    headers = dict(refused.sent[0]["headers"])
    assert int(headers[b"retry-after"]) > 0
    assert b'"code":"SERVICE_UNAVAILABLE"' in refused.sent[1]["body"]
    await stop([running.task])


async def test_a_body_under_way_takes_nobodys_place():
    application = Application()
    gated = gate(application)
    slow = Request(gated, b"{")
    await passes()
    quick = Request(gated)
    await passes(6)

    assert application.bodies == [b"{}"]
    application.may_start.set()
    application.may_end.set()
    await quick.task
    slow.pieces.put_nowait(b"}")
    slow.pieces.put_nowait(None)
    await slow.task
    assert application.bodies == [b"{}", b"{}"]


async def test_a_body_that_is_too_large_is_the_applications_to_refuse():
    application = Application()
    application.may_start.set()
    application.may_end.set()
    gated = gate(application, most_body_bytes=3)

    counted = Request(gated, b"12", b"34", b"56", None)
    await counted.task
    declared = Request(gated, b"1234", None, headers=[(b"content-length", b"4")])
    await declared.task

    assert application.bodies == [b"123456", b"1234"]


async def test_a_client_that_leaves_before_its_body_is_there_runs_nothing():
    application = Application()

    await Request(gate(application), b"{", "gone").task

    assert application.bodies == []


async def test_a_probe_waits_for_nobody():
    application = Application()
    gated = gate(application)
    running = Request(gated)
    await passes()
    probe = Request(gated, path="/health/live")
    await passes()

    assert len(application.bodies) == 2
    await stop([running.task, probe.task])


async def test_a_stream_takes_no_place_once_it_has_begun():
    application = Application()
    application.may_start.set()
    gated = gate(application)
    stream = Request(gated)
    await passes(6)
    second = Request(gated)
    await passes(6)

    assert (stream.status, second.status) == (200, 200)
    await stop([stream.task, second.task])


async def test_a_request_that_fails_gives_its_place_back():
    async def fails(scope, receive, send):
        raise LookupError

    gated = gate(fails)
    for _ in range(3):
        with pytest.raises(LookupError):
            await Request(gated).task
        await passes()
