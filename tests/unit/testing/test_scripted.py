"""A source by script takes tokens, time and turns like one on the wire."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from tests.unit.engine.judged import Wall

from adce_async.engine.fetching.limiter import RateLimiter
from adce_async.errors import BlockedError, NotFoundError, TransientError
from adce_async.model.limits import Limits, Window
from adce_async.testing.clock import FakeClock
from adce_async.testing.scripted import ScriptedRequest, ScriptedResponse, ScriptedSources, worst_window

URL = "https://ant.test/1"


def sources(*answers: ScriptedResponse, limits: Limits | None = None) -> ScriptedSources:
    """Answers in this order, whatever is asked."""
    left = list(answers)

    def script(request: ScriptedRequest) -> ScriptedResponse:
        return left.pop(0)

    return ScriptedSources(script, {"ant": RateLimiter("ant", limits or Limits(), Wall())}, FakeClock(), latency=0.5)


async def test_an_answer_takes_its_latency_and_is_logged() -> None:
    found = sources(b"1", (b"2", {"etag": "e"}))
    began = asyncio.get_running_loop().time()
    assert (await found.fetch("ant", URL, params={"b": "2", "a": "1"})).body == b"1"
    assert asyncio.get_running_loop().time() - began == pytest.approx(0.5)
    page = await found.fetch("ant", URL, params={"a": "1", "b": "2"})
    assert (page.body, page.headers) == (b"2", {"etag": "e"})
    assert [(request.url, request.nth) for request in found.log] == [(f"{URL}&a=1&b=2", 0), (f"{URL}&a=1&b=2", 1)]
    assert found.sent("ant") == [request.at for request in found.log]
    assert found.sent("bee") == []


async def test_errors_and_hangs() -> None:
    found = sources(NotFoundError("gone", status=404), 30.0)
    with pytest.raises(NotFoundError, match="gone"):
        await found.fetch("ant", URL)
    began = asyncio.get_running_loop().time()
    with pytest.raises(TransientError, match="ant was silent for 30 s"):
        await found.fetch("ant", URL)
    assert asyncio.get_running_loop().time() - began == pytest.approx(30.0)
    assert found.under_way == 0


async def test_who_is_refused_cools() -> None:
    found = sources(BlockedError("too many", status=429, retry_after=60.0), b"1")
    with pytest.raises(BlockedError):
        await found.fetch("ant", URL)
    await found.fetch("ant", URL)
    first, second = found.sent("ant")
    assert second - first >= 60.0


async def test_each_request_waits_for_its_token() -> None:
    found = sources(*[b"1"] * 6, limits=Limits((Window(2, 10.0),), burst=2))
    async with asyncio.TaskGroup() as group:
        for _ in range(6):
            group.create_task(found.fetch("ant", URL))
    assert worst_window(found.sent("ant"), 10.0) == 2
    assert found.most_under_way <= 2


async def test_a_large_body_goes_to_its_file(tmp_path: Path) -> None:
    page = await sources(b"much").fetch("ant", URL, into=tmp_path / "body")
    assert (page.body, page.file, page.start(4)) == (b"", tmp_path / "body", b"much")


@pytest.mark.parametrize(
    ("times", "worst"),
    [([], 0), ([1.0], 1), ([0.0, 0.9, 1.0, 1.8], 3), ([0.0, 0.5, 0.9, 5.0], 3), ([0.0, 1.0, 2.0], 1)],
)
def test_the_worst_window_is_half_open(times: list[float], worst: int) -> None:
    assert worst_window(times, 1.0) == worst
