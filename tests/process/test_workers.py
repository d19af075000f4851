"""Several worker processes, of which one is silent, hangs or is only starting; and their end."""

import asyncio
import os
import re
import signal
import socket
import time

import pytest

from tests.process.outages import until
from tests.process.test_stops import serving_aside

pytestmark = [pytest.mark.process, pytest.mark.only_on("sqlite")]

PROMISED = 10
"""Seconds from SIGTERM to the end, as docs/reliability.md says."""
SLACK = 10
"""For a busy machine; a gateway that waits for a worker's sign of life takes 30 s and more."""
SILENT = 6
"""Seconds; after 5 without a sign of life uvicorn would start another one."""
HELD = """
import os, sys, time
if "--multiprocessing-fork" in sys.orig_argv:
    try:
        os.close(os.open({first!r}, os.O_CREAT | os.O_EXCL))
    except FileExistsError:  # another worker was here before
        time.sleep(3600)
"""
BEGUN = b"\r\n".join(
    (
        b"POST /graphql HTTP/1.1",
        b"Host: 127.0.0.1",
        b"Content-Type: application/json",
        b"Content-Length: 9",
        b"Expect: 100-continue",
        b"",
        b"",
    )
)


def held(folder):
    """Return an environment in which all workers but the first are an hour late."""
    code = HELD.format(first=str(folder / "first"))
    (folder / "sitecustomize.py").write_text(code)
    path = os.pathsep.join([str(folder), os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep)
    return {"PYTHONPATH": path}


def of_workers(log, words):
    """Return the ids of the processes of which a log says so."""
    return [int(pid) for pid in re.findall(rf"{words} \[(\d+)\]", log)]


async def ended(server):
    """Ask it to end, hold that it does within what is promised, and return its log."""
    began = time.monotonic()
    assert await asyncio.to_thread(server.stop) == 0
    assert time.monotonic() - began < PROMISED + SLACK
    return server.log()


async def test_a_silence_is_borne_and_a_worker_that_hangs_keeps_nobody(database_url):
    async with serving_aside(database_url, "--workers", "2") as server:
        await until(lambda: server.log().count("Application startup complete") == 2)
        hangs, other = of_workers(server.log(), "Started server process")
        os.kill(hangs, signal.SIGSTOP)
        await asyncio.sleep(SILENT)
        os.kill(hangs, signal.SIGCONT)
        await asyncio.sleep(1.5)
        assert "died" not in server.log()

        os.kill(hangs, signal.SIGSTOP)
        await asyncio.sleep(1.5)  # the parent has asked it for a sign of life
        log = await ended(server)

    assert of_workers(log, "Finished server process") == [other]
    assert f"Worker {hangs} had not ended" in log
    assert f"Worker {other} had not ended" not in log


async def test_a_worker_that_is_only_being_started_is_not_waited_for(database_url, tmp_path):
    environment = held(tmp_path)
    async with serving_aside(database_url, "--workers", "2", environment=environment) as server:
        await asyncio.sleep(1.5)  # the parent has asked it for a sign of life
        log = await ended(server)

    assert len(of_workers(log, "Finished server process")) == 1
    assert "had not ended" not in log


async def test_a_request_that_never_comes_to_its_end_keeps_nobody(database_url):
    async with serving_aside(database_url) as server:
        host, _, port = server.url.removeprefix("http://").rpartition(":")
        with socket.create_connection((host, int(port))) as client:
            client.sendall(BEGUN)
            assert (await asyncio.to_thread(client.recv, 100)).startswith(b"HTTP/1.1 100 ")
            await ended(server)
