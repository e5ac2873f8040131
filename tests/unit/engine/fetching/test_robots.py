from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import Callable

import pytest
from tests.unit.engine.judged import START, Wall, now, turn
from tests.unit.engine.wire import CLOSE, HANG, client, reply, serving

from adce_async import errors
from adce_async.engine.fetching.asker import Alone
from adce_async.engine.fetching.robots import (
    FAILED_SECONDS,
    FORBIDDEN_SECONDS,
    FRESH_SECONDS,
    LONGEST_CRAWL_DELAY,
    MAX_BYTES,
    REFUSED_SECONDS,
    RETRY_SECONDS,
    Robots,
    name_of,
    remembered_delay,
    remembered_trouble,
)
from adce_async.model.days import iso
from adce_async.model.limits import Limits, Window
from adce_async.ports import StateStore
from adce_async.redaction import SECRETS
from adce_async.testing.memory_queue import MemoryState

URL = "https://ant.test/a/b?c"
PAGE = "https://ant.test/a"


class Upstream:
    """Answers with what stands in `bodies` for a host: a text, or an error to raise; after `latency` seconds."""

    def __init__(self, **bodies: str | errors.ScrapeError) -> None:
        self.bodies = bodies
        self.asked: list[tuple[str, str]] = []
        self.delays: list[tuple[str, float]] = []
        self.latency = 0.0

    async def fetch(self, source: str, url: str) -> bytes:
        self.asked.append((source, url))
        await asyncio.sleep(self.latency)
        body = self.bodies[url.split("/")[2].split(".", maxsplit=1)[0]]
        if isinstance(body, errors.ScrapeError):
            raise body
        return body.encode()

    def robots(
        self,
        memory: StateStore | None = None,
        tell: Callable[[str, str], object] = lambda _name, _text: None,
    ) -> Robots:
        return Robots(
            self.fetch, lambda source, seconds: self.delays.append((source, seconds)), Wall(), memory, tell=tell
        )


@pytest.mark.parametrize(
    ("text", "allowed"),
    [
        ("", True),
        ("User-agent: *\nDisallow: /a/", False),
        ("User-agent: *\nDisallow: /a/\nAllow: /a/b", True),
        ("User-agent: *\nDisallow: /\n\nUser-agent: ADCE-Async\nDisallow: /z", True),
        ("User-agent: adce-async\nDisallow: /*?c", False),
        ("User-agent: other-bot\nDisallow: /", True),
        ("\ufeffUser-agent: *\nDisallow: /a", False),
    ],
)
async def test_rules_for_us_or_for_all_count(text: str, allowed: bool) -> None:
    robots = Upstream(ant=text).robots()
    if allowed:
        await robots.allowed("ant", URL)
    else:
        with pytest.raises(
            errors.PermanentError, match=r"robots\.txt of ant\.test disallows https://ant\.test/a/b\?\.\.\."
        ):
            await robots.allowed("ant", URL)


async def test_it_is_asked_once_a_day_and_host() -> None:
    upstream = Upstream(ant="", www="")
    robots = upstream.robots()
    for url in (URL, URL, "https://ant.test/z", "https://www.ant.test/", "http://ant.test/"):
        await robots.allowed("ant", url)
    origins = ["https://ant.test", "https://www.ant.test", "http://ant.test"]
    assert upstream.asked == [("ant", f"{origin}/robots.txt") for origin in origins]
    await asyncio.sleep(FRESH_SECONDS - 1)
    await robots.allowed("ant", URL)
    assert len(upstream.asked) == 3
    await asyncio.sleep(2)
    await robots.allowed("ant", URL)
    assert len(upstream.asked) == 4


async def test_those_who_ask_together_share_one_request() -> None:
    upstream = Upstream(ant="User-agent: *\nDisallow: /a")
    upstream.latency = 5
    robots = upstream.robots()
    answers = await asyncio.gather(*(robots.allowed("ant", URL) for _ in range(5)), return_exceptions=True)
    assert [type(answer) for answer in answers] == [errors.PermanentError] * 5
    assert len(upstream.asked) == 1


async def test_if_the_one_who_asks_is_cancelled_the_next_one_asks() -> None:
    upstream = Upstream(ant="")
    upstream.latency = 5
    robots = upstream.robots()
    async with asyncio.TaskGroup() as group:
        first = group.create_task(robots.allowed("ant", URL), name="first")
        group.create_task(robots.allowed("ant", URL), name="second")
        await asyncio.sleep(3)
        first.cancel()
    assert now() == pytest.approx(8, abs=0.5)
    assert len(upstream.asked) == 2


@pytest.mark.parametrize(
    "error",
    [
        errors.NotFoundError(status=404),
        errors.AccountError(status=401),
        errors.PermanentError("redirected elsewhere", status=301),
        errors.RefusedError(status=204),
    ],
)
async def test_none_means_all_is_allowed_for_a_day(error: errors.ScrapeError) -> None:
    upstream = Upstream(ant=error)
    robots = upstream.robots()
    await robots.allowed("ant", URL)
    await asyncio.sleep(FRESH_SECONDS - 1)
    await robots.allowed("ant", URL)
    assert len(upstream.asked) == 1


@pytest.mark.parametrize(
    "error",
    [
        errors.TransientError("HTTP 500"),
        errors.UnreachableError("no connection"),
        errors.BlockedError("HTTP 403", status=403),
        errors.BlockedError("HTTP 429", status=429),
        errors.DeniedError("HTTP 403: no", status=403),
        errors.PermanentError("a header line that is too long"),
    ],
)
async def test_one_that_cannot_be_had_is_asked_again_soon(error: errors.ScrapeError) -> None:
    upstream = Upstream(ant=error)
    robots = upstream.robots()
    for _ in range(3):
        with pytest.raises(errors.UnreachableError, match=rf"robots\.txt of ant\.test can't be had: {error.reason}"):
            await robots.allowed("ant", URL)
    assert len(upstream.asked) == 1
    upstream.bodies["ant"] = ""
    await asyncio.sleep(RETRY_SECONDS[0])
    await robots.allowed("ant", URL)
    assert len(upstream.asked) == 2


async def test_the_longest_crawl_delay_of_its_hosts_counts_for_a_source() -> None:
    upstream = Upstream(
        ant="User-agent: *\nCrawl-delay: 3",
        www="User-agent: adce-async\nCrawl-delay: 7.5\n\nUser-agent: *\nCrawl-delay: 99",
        cdn="User-agent: *\nCrawl-delay: -5",
        bee="User-agent: *\nCrawl-delay: 1e9",
    )
    robots = upstream.robots()
    for source, host in (("ant", "ant"), ("ant", "www.ant"), ("ant", "cdn.ant"), ("bee", "bee")):
        await robots.allowed(source, f"https://{host}.test/")
    assert upstream.delays == [("ant", 3), ("ant", 7.5), ("ant", 7.5), ("bee", LONGEST_CRAWL_DELAY)]
    upstream.bodies["www"] = ""
    await asyncio.sleep(FRESH_SECONDS + 1)
    await robots.allowed("ant", "https://www.ant.test/")
    assert upstream.delays[-1] == ("ant", 3)


# --- through the client, on the wire ---


def with_robots(robots: bytes):
    return lambda request: robots if request.target.endswith("/robots.txt") else reply(200, b"page")


async def test_robots_txt_is_asked_once_a_host_and_counts() -> None:
    robots = reply(200, b"User-agent: adce-async\nDisallow: /secret\nCrawl-delay: 5\n")
    limits = Limits((Window(10, 1.0),), burst=10)
    async with serving(with_robots(robots)) as server, client(server, limits, respect_robots=True) as (http, limiter):
        assert limiter.try_acquire()
        async with asyncio.TaskGroup() as group:
            group.create_task(http.fetch("ant", PAGE, asker=Alone(permits=1)), name="a")
            group.create_task(http.fetch("ant", PAGE), name="b")
        with pytest.raises(
            errors.PermanentError, match=r"robots.txt of ant\.test disallows https://ant\.test/secret/x\?\.\.\.$"
        ):
            await http.fetch("ant", "https://ant.test/secret/x?y")
        await http.fetch("ant", "https://www.ant.test/a")
        await turn()
        assert limiter.requests_total == len(server.requests) == 5
    assert server.targets == [
        "/ant.test/robots.txt", "/ant.test/a", "/ant.test/a", "/www.ant.test/robots.txt", "/www.ant.test/a"
    ]  # fmt: skip
    assert server.times == pytest.approx([0, 5.02, 10.04, 15.06, 20.08], abs=0.1)


async def test_a_redirect_does_not_lead_around_robots_txt() -> None:
    robots = reply(200, b"User-agent: *\nDisallow: /secret\n")
    moved = reply(302, Location="/secret")
    async with serving(lambda r: robots if "robots" in r.target else moved) as server:
        async with client(server, respect_robots=True) as (http, _):
            with pytest.raises(errors.PermanentError, match=r"disallows https://ant\.test/secret"):
                await http.fetch("ant", PAGE)
    assert server.targets == ["/ant.test/robots.txt", "/ant.test/a"]


@pytest.mark.parametrize(
    "robots",
    [
        reply(404),
        reply(403, b"<?xml version='1.0'?><Error><Code>AccessDenied</Code></Error>"),
        reply(401, b'{"code": 401, "message": "who are you?"}'),
        reply(400, b"no"),
        reply(204),
        reply(200),
        reply(200, b"<!DOCTYPE html><title>Our shop</title><p>User-agent: *\nDisallow: /\n"),
        reply(301, Location="https://bee.test/robots.txt"),
        reply(302, Location="/robots.txt"),
        reply(200, b"\xff\xfe<html>not found"),
    ],
)
async def test_without_robots_txt_all_is_allowed_and_nothing_cools(robots: bytes) -> None:
    async with serving(with_robots(robots)) as server, client(server, respect_robots=True) as (http, limiter):
        assert (await http.fetch("ant", PAGE)).body == b"page"
        assert limiter.snapshot()["throttled_total"] == 0


@pytest.mark.parametrize(
    "robots",
    [
        reply(500),
        reply(503),
        CLOSE,
        HANG,
        reply(429),
        reply(403, b"Access Denied"),
        reply(403, b"<html><title>Access Denied</title>"),
        reply(403, b'{"code": 403, "message": "no"}'),
        reply(200, b"<html><title>Access Denied</title>"),
        reply(200, b"", x=131_100 * "x"),
    ],
)
async def test_while_robots_txt_cannot_be_had_nothing_is_asked(robots: bytes) -> None:
    async with serving(with_robots(robots)) as server, client(server, respect_robots=True) as (http, _):
        for _ in range(3):
            with pytest.raises(errors.TransientError, match=r"robots\.txt of ant\.test can't be had"):
                await http.fetch("ant", PAGE)
        assert {request.target for request in server.requests} == {"/ant.test/robots.txt"}
        asked = len(server.requests)
        await asyncio.sleep(61)
        with pytest.raises(errors.TransientError):
            await http.fetch("ant", PAGE)
        assert len(server.requests) > asked


async def test_a_large_robots_txt_is_read_in_part() -> None:
    rules = b"User-agent: *\nDisallow: /secret\n" + b"# x\n" * 200_000 + b"Disallow: /\n"
    async with serving(with_robots(reply(200, rules))) as server:
        async with client(server, respect_robots=True, max_response_bytes=10) as (http, _):
            assert (await http.fetch("ant", PAGE)).body == b"page"
            with pytest.raises(errors.PermanentError, match="disallows"):
                await http.fetch("ant", "https://ant.test/secret")


async def test_what_was_read_is_known_after_a_restart() -> None:
    upstream, memory = Upstream(ant="User-agent: *\nDisallow: /z\nCrawl-delay: 3"), MemoryState()
    await upstream.robots(memory).allowed("ant", URL)
    await asyncio.sleep(FRESH_SECONDS / 2)
    again = upstream.robots(memory)
    await again.allowed("ant", URL)
    with pytest.raises(errors.PermanentError, match=r"disallows https://ant\.test/z"):
        await again.allowed("ant", "https://ant.test/z")
    assert len(upstream.asked) == 1
    assert upstream.delays == [("ant", 3.0), ("ant", 3.0)]
    await asyncio.sleep(FRESH_SECONDS / 2)
    await again.allowed("ant", URL)
    assert len(upstream.asked) == 2


@pytest.mark.parametrize("kept", ["", "{", "[]", '{"at": "x"}', '{"at": 1e12, "text": ""}', '{"at": null, "text": 1}'])
async def test_what_was_kept_badly_is_asked_for_again(kept: str) -> None:
    upstream, memory = Upstream(ant="User-agent: *\nDisallow: /a/"), MemoryState()
    await memory.set_text(name_of("ant", "https://ant.test"), kept)
    with pytest.raises(errors.PermanentError, match="disallows"):
        await upstream.robots(memory).allowed("ant", URL)
    assert len(upstream.asked) == 1


async def test_a_database_that_fails_keeps_nobody_from_obeying() -> None:
    class Broken(MemoryState):
        async def get_text(self, name: str) -> str | None:
            raise errors.QueueError("disk I/O error")

        async def set_text(self, name: str, text: str) -> None:
            raise errors.QueueError("disk I/O error")

    upstream = Upstream(ant="User-agent: *\nDisallow: /a/")
    with pytest.raises(errors.PermanentError, match="disallows"):
        await upstream.robots(Broken()).allowed("ant", URL)


async def test_what_is_refused_is_asked_for_ever_more_rarely_also_after_a_restart() -> None:
    upstream, memory = Upstream(ant=errors.BlockedError("HTTP 429", status=429)), MemoryState()
    times: list[float] = []
    while now() < REFUSED_SECONDS:
        asked = len(upstream.asked)
        with pytest.raises(errors.UnreachableError) as caught:
            await upstream.robots(memory).allowed("ant", URL)  # a new process each time
        if len(upstream.asked) > asked:
            times.append(now())
        assert caught.value.retry_after
        await asyncio.sleep(caught.value.retry_after)
    assert times[:6] == pytest.approx([0, 60, 180, 420, 900, 1860])
    assert max(b - a for a, b in itertools.pairwise(times)) <= 3600


async def test_retry_after_is_waited_for() -> None:
    upstream = Upstream(ant=errors.BlockedError("HTTP 429", status=429, retry_after=7200))
    with pytest.raises(errors.UnreachableError) as caught:
        await upstream.robots().allowed("ant", URL)
    assert caught.value.retry_after == 7200


@pytest.mark.parametrize(
    ("error", "seconds"),
    [
        (errors.BlockedError("HTTP 403", status=403), FORBIDDEN_SECONDS),
        (errors.BlockedError("HTTP 429", status=429), REFUSED_SECONDS),
        (errors.BlockedError("a block page"), REFUSED_SECONDS),
        (errors.TransientError("HTTP 500"), FAILED_SECONDS),
    ],
)
async def test_after_the_time_that_is_said_it_counts_as_none(error: errors.ScrapeError, seconds: float) -> None:
    upstream, memory = Upstream(ant=error), MemoryState()
    said: list[tuple[str, str]] = []
    robots = upstream.robots(memory, lambda name, text: said.append((name, text)))
    with pytest.raises(errors.UnreachableError, match=iso(START + seconds)):
        await robots.allowed("ant", URL)
    assert said[0][0] == "robots.txt of ant.test"
    for _ in range(int(seconds // 3600) + 10):
        await asyncio.sleep(3600)
        with contextlib.suppress(errors.UnreachableError):
            await robots.allowed("ant", URL)
            break
    assert now() == pytest.approx(seconds, abs=3700)
    assert said[-1] == ("robots.txt of ant.test", "")
    asked = len(upstream.asked)
    await upstream.robots(memory).allowed("ant", URL)  # a restart
    assert len(upstream.asked) == asked
    upstream.bodies["ant"] = "User-agent: *\nDisallow: /a"
    await asyncio.sleep(FRESH_SECONDS + 1)
    with pytest.raises(errors.PermanentError):
        await robots.allowed("ant", URL)


async def test_one_host_in_trouble_says_nothing_about_the_others_of_its_source() -> None:
    upstream = Upstream(ant=errors.BlockedError("HTTP 403", status=403), www="")
    robots = upstream.robots()
    with pytest.raises(errors.UnreachableError) as caught:
        await robots.allowed("ant", URL)
    assert not isinstance(caught.value, errors.NotAskedError)
    await robots.allowed("ant", "https://www.ant.test/")
    with pytest.raises(errors.NotAskedError):
        await robots.allowed("ant", URL)


@pytest.mark.parametrize(
    "body",
    [
        b"\xff\xfe" + "User-agent: *\nDisallow: /a".encode("utf-16-le"),
        b"User-agent: *\rDisallow: /a\r",
        b"User-agent: *\0\nDisallow: /a",
        b"User-agent: *\nCrawl-delay: nan\nDisallow: /a",
    ],
)
async def test_odd_texts_are_read(body: bytes) -> None:
    async with serving(with_robots(reply(200, body))) as server, client(server, respect_robots=True) as (http, limiter):
        with pytest.raises(errors.PermanentError, match="disallows"):
            await http.fetch("ant", PAGE)
        assert limiter.delay() < 1


async def test_half_a_line_disallows_nothing() -> None:
    rules = b"User-agent: *\nDisallow: /secret\n" + b"#" * (MAX_BYTES - 44) + b"\nDisallow: /private\n"
    assert rules[:MAX_BYTES].endswith(b"Disallow: /")
    async with serving(with_robots(reply(200, rules))) as server, client(server, respect_robots=True) as (http, _):
        assert (await http.fetch("ant", PAGE)).body == b"page"


async def test_what_echoes_a_secret_is_not_kept_with_it() -> None:
    memory = MemoryState()
    SECRETS.learn("hunter2-hunter2")
    await Upstream(ant="# you sent hunter2-hunter2\n").robots(memory).allowed("ant", URL)
    assert "hunter2" not in str(memory.texts)


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("1e308", LONGEST_CRAWL_DELAY),
        ("inf", 0.0),
        ("nan", 0.0),
        ("-5", 0.0),
        ("soon", 0.0),
        ("90", 90.0),
    ],
)
async def test_a_crawl_delay_of_any_size_is_kept_sensibly_and_a_long_one_is_said(said: str, kept: float) -> None:
    upstream, memory = Upstream(ant=f"User-agent: *\nCrawl-delay: {said}\n"), MemoryState()
    told: list[tuple[str, str]] = []
    robots = upstream.robots(memory, lambda name, text: told.append((name, text)))
    await robots.allowed("ant", URL)
    assert upstream.delays[-1] == ("ant", kept)
    text = await memory.get_text(name_of("ant", "https://ant.test"))
    assert remembered_delay(text or "", START) == kept
    long = f"robots.txt of ant.test asks for {kept:g} s between requests (Crawl-delay)" if kept > 60 else ""
    assert remembered_trouble(text or "", "ant.test", START).startswith(long)
    assert told[-1] == ("robots.txt of ant.test", remembered_trouble(text or "", "ant.test", START))
