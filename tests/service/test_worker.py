"""A worker that was asked to end before it listened ends at once, and logs hold no values."""

from __future__ import annotations

import asyncio
import logging
import socket
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send

from msp_rules.service.worker import EndingServer, log_without_values


async def nothing(scope: Scope, receive: Receive, send: Send) -> None:
    raise AssertionError("nobody calls")


@pytest.mark.parametrize("is_asked", [True, False])
def test_a_server_is_ready_unless_it_was_asked_to_end_before(*, is_asked: bool) -> None:
    asked, ready = threading.Event(), list[str]()
    if is_asked:
        asked.set()
    config = uvicorn.Config(nothing, lifespan="off", log_config=None)

    def on_ready() -> None:
        ready.append("ready")
        server.should_exit = True

    server = EndingServer(config, on_ready, asked)
    # A browser of another test may have a loop of its own in this thread.
    with socket.create_server(("127.0.0.1", 0)) as listening, ThreadPoolExecutor(1) as thread:
        serving = asyncio.wait_for(server.serve(sockets=[listening]), 20)
        thread.submit(asyncio.run, serving).result()

    assert ready == ([] if is_asked else ["ready"])


def test_of_an_error_its_kind_is_logged_and_neither_its_text_nor_its_trace(
    capsys: pytest.CaptureFixture[str],
) -> None:
    root, own = logging.getLogger(), logging.getLogger("msp_rules")
    before = (root.handlers[:], root.level, own.level)
    # As uvicorn leaves it where it was set up by itself: with a handler that writes all.
    uvicorn.Config(nothing, lifespan="off")
    try:
        log_without_values()
        try:
            raise ValueError("Wilhelmina")
        except ValueError:
            logging.getLogger("uvicorn.error").exception("it failed")
        logging.getLogger("msp_rules.service.access").info("request status=%d", 200)
        logging.getLogger("elsewhere").info("not said")
    finally:
        root.handlers[:] = before[0]
        root.setLevel(before[1])
        own.setLevel(before[2])

    lines = capsys.readouterr().err.splitlines()
    assert [line.split(" ", 2)[2] for line in lines] == [
        "ERROR uvicorn.error it failed error=ValueError",
        "INFO msp_rules.service.access request status=200",
    ]
