from __future__ import annotations

import asyncio
import contextlib
import gzip
import json
import socket
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any

import aiohttp
import aiolimiter
import brotli
import pytest
from tests.unit.engine.judged import START, Wall, now, turn, violations
from tests.unit.engine.wire import CLOSE, HANG, Request, client, reply, serving

from adce_async import errors
from adce_async.engine.fetching.accounts import HOLD_SECONDS, IN_A_ROW
from adce_async.engine.fetching.asker import Alone
from adce_async.engine.fetching.client import MAX_REDIRECTS, HttpClient
from adce_async.engine.fetching.limiter import Limits, RateLimiter
from adce_async.engine.fetching.wire import SourceHttp
from adce_async.model.limits import Window
from adce_async.planning.outage import sign
from adce_async.scraping.base import Page

URL = "https://ant.test/a"


def always(*args: Any, **kwargs: Any):
    answer = reply(*args, **kwargs)
    return lambda _: answer


# --- pages ------------------------------------------------------------------------------------------------------------


async def test_a_page_is_what_the_server_said() -> None:
    async with (
        serving(always(200, b"hello", Content_Type="text/plain; charset=x")) as server,
        client(server) as (http, _),
    ):
        await asyncio.sleep(5)
        page = await http.fetch("ant", URL, params={"q": "a b"}, headers={"X-Extra": "1"})
    assert (page.url, page.body, page.status) == ("https://ant.test/a?q=a+b", b"hello", 200)
    assert page.content_type == "text/plain"
    assert page.fetched_at == START + 5
    sent = server.requests[0].headers
    assert (sent["user-agent"], sent["x-extra"]) == ("test/1", "1")
    assert "gzip" in sent["accept-encoding"]


async def test_headers_of_the_call_win_over_those_of_the_source_whatever_their_case() -> None:
    headers = {"user-AGENT": "source/1", "Referer": "https://ant.test/"}
    async with serving(always()) as server, client(server, headers=headers) as (http, _):
        await http.fetch("ant", URL, headers={"REFERER": "https://b.test/"})
    sent = server.requests[0].headers
    assert (sent["user-agent"], sent["referer"]) == ("source/1", "https://b.test/")


@pytest.mark.parametrize("target", ["/", "/x%2Fy/%7E%C3%A9%20z", "/a?b=1,2&c=%20+%2B&&d", "/%zz;=|?'()*"])
@pytest.mark.parametrize("mirror", [True, False])
async def test_path_and_query_arrive_byte_for_byte(target: str, mirror: bool) -> None:
    async with serving(always()) as server, client(server, mirror=mirror) as (http, _):
        base = "https://ant.test" if mirror else server.url
        page = await http.fetch("ant", base + target)
        assert page.url == base + target
    assert server.targets == [f"/ant.test{target}" if mirror else target]


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("https://bee.test/", "bee.test is not a host of ant"),
        ("https://ant.test.evil.example/", "not a host of ant"),
        ("ftp://ant.test/", "not an absolute http"),
        ("/a", "not an absolute http"),
        ("https://[ant.test/", "not a URL"),
        ("https://ant.test:99999/", "not a URL"),
        ("https://me:secret@ant.test/", "with a user or password"),
    ],
)
async def test_nothing_else_is_asked(url: str, reason: str) -> None:
    async with serving(always()) as server, client(server) as (http, limiter):
        with pytest.raises(errors.PermanentError, match=reason) as caught:
            await http.fetch("ant", url)
    assert "secret" not in str(caught.value)
    assert server.requests == []
    assert limiter.requests_total == 0


@pytest.mark.parametrize(("encoding", "pack"), [("gzip", gzip.compress), ("br", brotli.compress)])
async def test_a_body_is_unpacked(encoding: str, pack: Callable[[bytes], bytes], tmp_path) -> None:
    packed = reply(200, pack(b"hello" * 100), Content_Encoding=encoding)
    async with serving(lambda _: packed) as server, client(server) as (http, _):
        assert (await http.fetch("ant", URL)).body == b"hello" * 100
        assert (await http.fetch("ant", URL, into=tmp_path / "body")).size == 500
    assert encoding in server.requests[0].headers["accept-encoding"]


async def test_a_bomb_is_not_unpacked() -> None:
    bomb = gzip.compress(b"\0" * 20_000_000)
    async with serving(always(200, bomb, Content_Encoding="gzip")) as server:
        async with client(server, max_response_bytes=100_000) as (http, _):
            with pytest.raises(errors.PermanentError, match="larger than 100000 bytes"):
                await http.fetch("ant", URL)


async def test_a_body_that_is_announced_as_too_large_is_not_read() -> None:
    async with serving(lambda _: reply(200, b"", content_length="101")) as server:
        async with client(server, max_response_bytes=100) as (http, _):
            with pytest.raises(errors.PermanentError, match="larger than 100 bytes"):
                await http.fetch("ant", URL)


async def test_a_body_of_just_the_size_is_fine_also_without_a_length() -> None:
    async with serving(lambda _: reply(200, b"", content_length="", connection="close") + b"x" * 100) as server:
        async with client(server, max_response_bytes=100) as (http, _):
            assert len((await http.fetch("ant", URL)).body) == 100


# --- what is no page -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "error", "throttles"),
    [
        (204, errors.RefusedError, False),
        (206, errors.RefusedError, False),
        (302, errors.TransientError, False),
        (304, errors.TransientError, False),
        (400, errors.PermanentError, False),
        (401, errors.PermanentError, False),
        (403, errors.BlockedError, True),
        (404, errors.NotFoundError, False),
        (408, errors.TransientError, False),
        (410, errors.NotFoundError, False),
        (425, errors.TransientError, False),
        (429, errors.BlockedError, True),
        (451, errors.PermanentError, False),
        (500, errors.TransientError, False),
        (503, errors.TransientError, False),
    ],
)
async def test_what_a_status_means(status: int, error: type[errors.ScrapeError], throttles: bool) -> None:
    body = b"" if status in {204, 304} else b"Why: \xff" + b"y" * 300
    async with serving(always(status, body)) as server, client(server) as (http, limiter):
        with pytest.raises(error, match=f"HTTP {status} from ant.test") as caught:
            await http.fetch("ant", URL)
        assert type(caught.value) is error
        assert caught.value.status == status
        assert caught.value.head == body.decode("utf-8", "replace")[:200]
        assert (limiter.cooling_until is not None) == (throttles or status == 503)  # 503: for a second
        assert limiter.snapshot()["throttled_total"] == throttles


@pytest.mark.parametrize(("status", "wait"), [(429, 120), (403, 120), (503, 120), (500, None)])
async def test_retry_after_is_obeyed(status: int, wait: float | None) -> None:
    async with serving(always(status, retry_after="120")) as server, client(server) as (http, limiter):
        with pytest.raises(errors.ScrapeError) as caught:
            await http.fetch("ant", URL)
        assert caught.value.retry_after == 120  # type: ignore[attr-defined]
        assert limiter.delay() == (wait or 0)


async def test_an_object_that_a_bucket_does_not_have_is_no_block() -> None:
    body = b'<?xml version="1.0"?>\n<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>'
    async with serving(always(403, body)) as server, client(server) as (http, limiter):
        with pytest.raises(errors.NotFoundError):
            await http.fetch("ant", URL)
        assert limiter.cooling_until is None


async def test_the_status_counts_even_if_the_body_never_comes() -> None:
    async with (
        serving(always(429, b"", content_length="1000")) as server,
        client(server, read_timeout=7) as (http, limiter),
    ):
        with pytest.raises(errors.BlockedError):
            await http.fetch("ant", URL)
        assert limiter.cooling_until is not None


async def test_a_success_ends_a_series_of_refusals() -> None:
    answers = [reply(429), reply(), reply(429)]
    async with serving(lambda _: answers.pop(0)) as server, client(server) as (http, limiter):
        with pytest.raises(errors.BlockedError):
            await http.fetch("ant", URL)
        await http.fetch("ant", URL)
        await asyncio.sleep(60)
        with pytest.raises(errors.BlockedError):
            await http.fetch("ant", URL)
        assert limiter.delay() == 30


# --- redirects ---------------------------------------------------------------------------------------------------------------


async def test_redirects_are_followed_within_the_own_hosts_and_each_takes_a_token() -> None:
    locations = {
        "/ant.test/a": "https://www.ant.test/b%2Fc?d=1,2#frag",
        "/www.ant.test/b%2Fc?d=1,2": "../e",
        "/www.ant.test/e": "//ant.test/f",
        "/ant.test/f": "?g",
    }

    def answer(request: Request) -> bytes:
        location = locations.get(request.target)
        return reply(302, b"moved", Location=location) if location else reply(200, b"here")

    limits = Limits((Window(1, 10.0),))
    async with serving(answer) as server, client(server, limits) as (http, limiter):
        page = await http.fetch("ant", URL)
    assert (page.url, page.body) == ("https://ant.test/f?g", b"here")
    assert server.targets == [*locations, "/ant.test/f?g"]
    assert limiter.requests_total == 5
    assert violations(server.times, limits) == []
    assert server.connections <= 2  # the bodies of redirects are read, so that their connections serve again


async def test_a_redirect_to_a_foreign_host_is_named_and_not_followed() -> None:
    async with serving(always(301, Location="https://bee.test/a")) as server, client(server) as (http, _):
        with pytest.raises(errors.PermanentError, match=r"ant\.test redirects elsewhere: bee\.test is not") as caught:
            await http.fetch("ant", URL)
        assert caught.value.status == 301
    assert len(server.requests) == 1


@pytest.mark.parametrize("location", ["http://[", "ftp://ant.test/", "javascript:alert(1)", "https://:0/"])
async def test_a_redirect_to_nonsense_is_an_error(location: str) -> None:
    async with serving(always(301, Location=location)) as server, client(server) as (http, _):
        with pytest.raises(errors.PermanentError):
            await http.fetch("ant", URL)


async def test_headers_may_hold_any_bytes() -> None:
    """They go into databases and files, which take no half characters."""

    def answer(_: Request) -> bytes:
        return reply(ETag='"#"', Content_Type="text/!").replace(b"#", b"a\xff").replace(b"!", b"\xe9\xf0\x28")

    async with serving(answer) as server, client(server) as (http, _):
        page = await http.fetch("ant", URL)
    assert page.headers["etag"] == '"a?"'
    assert page.content_type == "text/??("


async def test_a_location_may_hold_any_bytes() -> None:
    answers = [reply(302, Location="/\u00ff x"), reply()]
    async with serving(lambda _: answers.pop(0)) as server, client(server) as (http, _):
        page = await http.fetch("ant", URL)
    assert page.url == "https://ant.test/%C3%BF%20x"


async def test_redirects_without_end_are_given_up() -> None:
    async with serving(always(302, Location="/a")) as server, client(server) as (http, _):
        with pytest.raises(errors.TransientError, match="more than 5 redirects"):
            await http.fetch("ant", URL)
    assert len(server.requests) == MAX_REDIRECTS + 1


async def test_secrets_stay_with_the_host_that_they_are_for() -> None:
    def answer(request: Request) -> bytes:
        return reply(302, Location="https://www.ant.test/a") if "www" not in request.target else reply()

    async with serving(answer) as server, client(server, headers={"authorization": "me", "X-Key": "1"}) as (http, _):
        await http.fetch("ant", URL, headers={"Cookie": "a=b"})
    first, second = (request.headers for request in server.requests)
    assert (first["authorization"], first["cookie"]) == ("me", "a=b")
    assert {"authorization", "cookie"}.isdisjoint(second)
    assert second["x-key"] == "1"


async def test_cookies_are_kept_for_the_source() -> None:
    async with serving(always(200, Set_Cookie="session=1; Path=/")) as server, client(server) as (http, _):
        await http.fetch("ant", URL)
        await http.fetch("ant", URL)
    assert server.requests[1].headers["cookie"] == "session=1"


# --- tokens ----------------------------------------------------------------------------------------------------------------------


async def test_every_request_on_the_wire_takes_a_token_also_those_that_aiohttp_repeats() -> None:
    def answer(request: Request) -> bytes:
        return reply(200, b"ok") if request.nth == 0 else CLOSE  # keeps connections open and drops them when used

    limits = Limits((Window(5, 10.0), Window(20, 60.0)), burst=2, min_delay=0.5)
    async with serving(answer) as server, client(server, limits) as (http, limiter):

        async def fetch(number: int) -> None:
            with contextlib.suppress(errors.TransientError):  # the second connection was dead, too
                await http.fetch("ant", f"{URL}/{number}")

        async with asyncio.TaskGroup() as group:
            for number in range(20):
                group.create_task(fetch(number), name=str(number))
        await turn()
        assert len(server.requests) > 25  # aiohttp did repeat some
        assert limiter.requests_total == len(server.requests)
    assert violations(server.times, limits) == []


async def test_a_slow_connection_does_not_push_requests_together(monkeypatch: pytest.MonkeyPatch) -> None:
    connect = aiohttp.TCPConnector._create_connection
    seconds = iter([3.0, 0.0, 1.0, 0.0, 0.5] * 100)

    async def slow(self, *args):
        await asyncio.sleep(next(seconds))
        return await connect(self, *args)

    monkeypatch.setattr(aiohttp.TCPConnector, "_create_connection", slow)
    limits = Limits((Window(4, 2.0),), burst=2, min_delay=0.2)
    async with serving(always()) as server, client(server, limits, keepalive=False) as (http, _):
        async with asyncio.TaskGroup() as group:
            for number in range(40):
                group.create_task(http.fetch("ant", f"{URL}/{number}"), name=str(number))
    assert len(server.requests) == 40
    assert violations(server.times, limits) == []


async def test_a_token_of_the_dispatcher_serves_the_first_request() -> None:
    answers = [reply(302, Location="/b"), reply(), reply()]
    limits = Limits((Window(1, 10.0),))
    async with serving(lambda _: answers.pop(0)) as server, client(server, limits) as (http, limiter):
        assert limiter.try_acquire()
        await http.fetch("ant", URL, asker=Alone(permits=1))
        assert server.times == pytest.approx([0, 10.02])
        await turn()
        assert limiter.requests_total == 2
        await http.fetch("ant", URL, asker=Alone(permits=1))  # none is left: it waits like everybody
        assert server.times[-1] == pytest.approx(20.04)


async def test_a_fetch_takes_over_no_more_tokens_than_are_meant_for_it() -> None:
    answers = [reply(302, Location="/b"), reply()]
    async with (
        serving(lambda _: answers.pop(0)) as server,
        client(server, Limits((Window(3, 10.0),), burst=3)) as (http, limiter),
    ):
        assert limiter.try_acquire()
        assert limiter.try_acquire()
        await http.fetch("ant", URL, asker=Alone(permits=1))
        assert limiter.claim() is not None


async def test_a_slow_answer_keeps_the_next_request_waiting_no_longer() -> None:
    async with (
        serving(lambda _: HANG) as server,
        client(server, Limits((Window(1, 1.0),)), read_timeout=30) as (http, _),
    ):
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(refused(http.fetch("ant", URL)), name=str(n)) for n in range(3)]
            await asyncio.sleep(10)
            assert server.times == pytest.approx([0, 1.02, 2.04], abs=0.01)
        assert all(task.done() for task in tasks)


async def refused(fetch: Coroutine[Any, Any, Page]) -> None:
    with pytest.raises(errors.TransientError):
        await fetch


async def test_waiting_for_a_token_is_in_no_timeout() -> None:
    limits = Limits((Window(1, 3600.0),))
    async with serving(always()) as server, client(server, limits, connect_timeout=1, read_timeout=1) as (http, _):
        await http.fetch("ant", URL)
        await http.fetch("ant", URL)
        assert now() > 3600


async def test_without_keepalive_each_request_has_its_own_connection() -> None:
    async with serving(always()) as server, client(server, keepalive=False) as (http, _):
        for _ in range(3):
            await http.fetch("ant", URL)
    assert server.connections == 3
    assert server.requests[0].headers["connection"] == "close"


async def test_a_fetch_that_is_cancelled_leaves_nothing_held() -> None:
    async with (
        serving(lambda _: HANG) as server,
        client(server, Limits((Window(2, 60.0),), burst=2)) as (http, limiter),
    ):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(10):
                await http.fetch("ant", URL)
        await turn()
        assert limiter.requests_total == 1
        assert limiter.try_acquire()


# --- when the network fails ------------------------------------------------------------------------------------------------------


async def test_nobody_listens() -> None:
    local = frozenset({"127.0.0.1"})
    async with serving(always()) as server, client(server, mirror=False, hosts=local) as (http, limiter):
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            with pytest.raises(errors.UnreachableError, match=r"no connection to 127\.0\.0\.1: ") as caught:
                await http.fetch("ant", f"http://127.0.0.1:{unused.getsockname()[1]}/")
        assert isinstance(caught.value.__cause__, aiohttp.ClientConnectorError)
        await turn()
        assert limiter.requests_total == 1  # attempts to connect are limited, too


async def test_a_name_that_nobody_knows(monkeypatch: pytest.MonkeyPatch) -> None:
    async def unknown(*args: Any, **kwargs: Any) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    async with serving(always()) as server, client(server, mirror=False) as (http, _):
        monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", unknown)
        with pytest.raises(errors.UnreachableError, match=r"no connection to ant\.test"):
            await http.fetch("ant", URL)


async def test_no_tls_where_it_is_due() -> None:
    async with serving(always()) as server, client(server, mirror=False) as (http, _):
        with pytest.raises(errors.UnreachableError, match=r"no connection to 127\.0\.0\.1"):
            await http.fetch("ant", server.url.replace("http:", "https:"))


async def test_a_connection_that_never_comes_about() -> None:
    async with serving(lambda _: HANG) as server:  # it waits for an HTTP request, and never shakes hands for TLS
        async with client(server, mirror=False, connect_timeout=3) as (http, _):
            with pytest.raises(errors.UnreachableError, match=r"no connection to 127\.0\.0\.1 within 3 s"):
                await http.fetch("ant", server.url.replace("http:", "https:"))
            assert now() == pytest.approx(3, abs=0.5)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (CLOSE, r"ant\.test closed the connection without an answer"),
        (HANG, r"ant\.test was silent for 7 s"),
        (b"nonsense\r\n\r\n", r"ant\.test answers with what is no HTTP: a bad status line"),
        (
            reply(200, b"half", content_length="8", connection="close"),
            r"the body from ant\.test broke off after .* 4 bytes",
        ),
        (reply(200, b"half", content_length="8"), r"ant\.test was silent for 7 s, after 7\.0 s and 4 bytes"),
        (
            reply(200, b"no gzip", content_encoding="gzip"),
            r"the body from ant\.test is not gzip, which its content-encoding says, after",
        ),
        (
            reply(200, gzip.compress(b"half", mtime=0)[:-8], content_encoding="gzip"),
            r"the body from ant\.test broke off in the middle of its gzip, after .* 4 bytes",
        ),
        (
            reply(200, b"half", content_encoding="zstd"),
            r"the body from ant\.test has the content-encoding 'zstd', which nobody asked for",
        ),
    ],
)
async def test_a_connection_that_breaks_is_worth_another_try(answer: bytes, reason: str) -> None:
    async with serving(lambda _: answer) as server, client(server, read_timeout=7) as (http, limiter):
        with pytest.raises(errors.TransientError, match=reason) as caught:
            await http.fetch("ant", URL)
        assert type(caught.value) is errors.TransientError
        assert caught.value.__cause__ is not None
        await turn()
        assert limiter.requests_total == len(server.requests)


@pytest.mark.parametrize(
    ("answer", "setting"),
    [
        (reply(200, x="y" * 40_000), "max_header_bytes"),
        (reply(200, **{"x" * 40_000: "y"}), "max_header_bytes"),
        (reply(302, Location="/" + "y" * 40_000), "max_header_bytes"),
        (b"HTTP/1.1 200 " + b"y" * 40_000 + b"\r\ncontent-length: 0\r\n\r\n", "max_header_bytes"),
        (reply(200, **{f"x{n}": "y" for n in range(200)}), "max_headers"),
        (reply(200, b"y" * 40_000), "max_response_bytes"),
        (
            b"HTTP/1.1 200 X\r\ntransfer-encoding: chunked\r\n\r\n0\r\nx: " + b"y" * 40_000 + b"\r\n\r\n",
            "max_header_bytes",
        ),
    ],
)
async def test_a_bound_is_named_with_where_it_is_set_and_can_be_raised(answer: bytes, setting: str) -> None:
    bounds = {"max_header_bytes": 35_000, "max_headers": 100, "max_response_bytes": 35_000}
    async with serving(lambda _: answer) as server:
        async with client(server, **bounds) as (http, _):
            with pytest.raises(
                errors.PermanentError, match=rf"raise {setting} of sources\.ant in scraper_config\.yaml"
            ) as caught:
                await http.fetch("ant", URL)
        assert sign(caught.value, b"") is not None  # several keys that get it say something of their source
        assert len(server.requests) == 1
        if b" 302 " not in answer:
            async with client(server, **dict.fromkeys(bounds, 50_000)) as (http, _):
                await http.fetch("ant", URL)


async def test_headers_of_34_kb_are_read_as_shipped() -> None:
    async with serving(always(200, b"ok", x="y" * 34_000)) as server, client(server) as (http, _):
        assert (await http.fetch("ant", URL)).body == b"ok"


# --- what is refused to us, and to whom ---------------------------------------------------------------------------------


def as_json(status: int, message: str, **headers: str) -> bytes:
    return reply(status, json.dumps({"code": status, "message": message}).encode(), **headers)


async def test_one_key_that_is_denied_cools_nobody() -> None:
    answer = as_json(403, "Permission 'datasets.get' was denied")
    async with serving(lambda _: answer) as server, client(server) as (http, limiter):
        with pytest.raises(errors.DeniedError, match=r"HTTP 403 from ant\.test: Permission 'datasets\.get' was denied"):
            await http.fetch("ant", URL)
        assert limiter.cooling_until is None


async def test_an_account_that_is_refused_is_not_asked_with_a_hundred_times() -> None:
    said: list[tuple[str, str]] = []
    good = {"authorization": "Bearer good-good-good"}

    def answer(request: Request) -> bytes:
        if request.headers.get("authorization") == good["authorization"]:
            return reply(200, b"ok")
        return as_json(401, "Unauthenticated")

    async with (
        serving(answer) as server,
        client(server, tell=lambda name, text: said.append((name, text))) as (http, _),
    ):
        for number in range(100):
            with pytest.raises(errors.AccountError, match="Unauthenticated"):
                await http.fetch("ant", f"{URL}/{number}", headers={"Authorization": "Bearer bad-bad-bad"})
        assert len(server.requests) == IN_A_ROW
        assert said[0][0] == "account of ant"
        assert (await http.fetch("ant", URL, headers=good)).body == b"ok"  # other credentials are asked with at once
        assert said[-1] == ("account of ant", "")
        for _ in range(5):  # the same key again says nothing about the others
            with pytest.raises(errors.AccountError):
                await http.fetch("ant", URL)
        assert len(server.requests) == IN_A_ROW + 6


async def test_whether_an_account_is_still_refused_is_found_out_after_a_while() -> None:
    answers = [as_json(401, "no")] * 3 + [reply(200)]
    async with serving(lambda _: answers.pop(0)) as server, client(server) as (http, _):
        for number in range(10):
            with pytest.raises(errors.AccountError):
                await http.fetch("ant", f"{URL}/{number}")
        await asyncio.sleep(HOLD_SECONDS)
        await http.fetch("ant", URL)
        assert len(server.requests) == 4


# --- large bodies, conditions -----------------------------------------------------------------------------------------


async def test_a_large_body_goes_to_a_file(tmp_path) -> None:
    body = bytes(range(256)) * 12_000  # more than two chunks
    async with serving(always(200, body)) as server, client(server) as (http, _):
        page = await http.fetch("ant", URL, into=tmp_path / "body")
    assert (page.file, page.body, page.size) == (tmp_path / "body", b"", len(body))
    assert (tmp_path / "body").read_bytes() == body
    assert (page.start(3), page.end(3)) == (body[:3], body[-3:])


async def test_a_scraper_may_have_bounds_of_its_own() -> None:
    own = {"large": {"max_response_bytes": 100_000}, "small": {"max_response_bytes": 10}}
    async with serving(always(200, b"y" * 1000)) as server:
        async with client(server, max_response_bytes=100, scrapers=own) as (http, _):
            assert (await http.fetch("ant", URL, asker=Alone(scraper="large"))).size == 1000
            for scraper, place in (("small", "scrapers.small"), ("another", "sources.ant"), ("", "sources.ant")):
                with pytest.raises(errors.PermanentError, match=f"raise max_response_bytes of {place}"):
                    await http.fetch("ant", URL, asker=Alone(scraper=scraper))


async def test_a_scraper_may_be_more_patient_than_its_source() -> None:
    async with serving(lambda _: HANG) as server:
        async with client(server, read_timeout=7, scrapers={"slow": {"read_timeout": 70}}) as (http, _):
            for scraper, seconds in (("slow", 70), ("another", 7)):
                with pytest.raises(errors.TransientError, match=f"silent for {seconds} s"):
                    await http.fetch("ant", URL, asker=Alone(scraper=scraper))


async def test_an_empty_body_is_an_empty_file(tmp_path) -> None:
    async with serving(always(200, b"")) as server, client(server) as (http, _):
        page = await http.fetch("ant", URL, into=tmp_path / "body")
    assert (page.size, page.head) == (0, "")


async def test_a_file_has_a_largest_size_too(tmp_path) -> None:
    async with (
        serving(lambda _: b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + b"x" * 1001) as server,
        client(server, max_response_bytes=1000) as (http, _),
    ):
        with pytest.raises(errors.PermanentError, match="larger than 1000 bytes"):
            await http.fetch("ant", URL, into=tmp_path / "body")


async def test_what_is_no_page_goes_to_no_file(tmp_path) -> None:
    async with serving(always(404, b"Not Found")) as server, client(server) as (http, _):
        with pytest.raises(errors.NotFoundError) as caught:
            await http.fetch("ant", URL, into=tmp_path / "body")
    assert caught.value.head == "Not Found"
    assert not (tmp_path / "body").exists()


async def test_a_disk_that_cannot_take_it_is_the_trouble_of_the_lake(tmp_path) -> None:
    async with serving(always(200, b"x")) as server, client(server) as (http, _):
        with pytest.raises(errors.StoreError, match="No such file"):
            await http.fetch("ant", URL, into=tmp_path / "gone" / "body")


@pytest.mark.parametrize("header", ["If-None-Match", "If-Modified-Since"])
async def test_unchanged_is_an_answer_to_those_who_asked_for_it(header: str) -> None:
    async with serving(always(304)) as server, client(server) as (http, limiter):
        with pytest.raises(errors.NotModifiedError):
            await http.fetch("ant", URL, headers={header: "x"})
    assert limiter.snapshot()["throttled_total"] == 0


async def test_a_signed_address_is_not_remembered() -> None:
    def answer(request: Request) -> bytes:
        if request.target.startswith("/ant.test"):
            return reply(302, Location="https://www.ant.test/x?signature=secret")
        return reply(200, b"body")

    async with serving(answer) as server, client(server) as (http, _):
        page = await http.fetch("ant", URL)
    assert (page.url, page.body) == (URL, b"body")


async def test_each_request_on_the_wire_puts_a_token_into_the_shared_leaky_bucket() -> None:
    def answer(request: Request) -> bytes:
        if request.target.endswith("/robots.txt"):
            return reply(404)
        return reply(302, location="/b") if request.target.endswith("/a") else reply()

    limits = Limits((Window(100, 1e6),), burst=100)
    async with serving(answer) as server, client(server, limits, respect_robots=True) as (http, limiter):
        bucket = limiter._bucket
        assert isinstance(bucket, aiolimiter.AsyncLimiter)
        for sent in (3, 5, 7):  # robots.txt once, and a redirect each time
            await http.fetch("ant", URL)
            assert len(server.requests) == sent
            assert bucket.has_capacity(100 - sent)
            assert not bucket.has_capacity(100 - sent + 0.1)


async def test_how_a_source_is_asked_can_be_swapped_while_it_is_asked() -> None:
    asked = asyncio.Event()

    def answer(_request: Request) -> bytes:
        asked.set()
        return reply(200, b"hello")

    async with serving(answer) as server:
        hosts = frozenset({"ant.test"})
        before = SourceHttp("ant", hosts, respect_robots=False, user_agent="old/1", max_response_bytes=1000)
        limiter = RateLimiter("ant", Limits(), Wall())
        async with HttpClient({"ant": before}, {"ant": limiter}, Wall(), server.url) as http:
            async with asyncio.TaskGroup() as group:
                under_way = group.create_task(http.fetch("ant", URL))
                await asked.wait()
                http.apply(
                    {"ant": replace(before, user_agent="new/2", headers={"X-Key": "k"}, max_response_bytes=1)},
                    server.url,
                    {},
                )
            assert under_way.result().status == 200  # it ends as it began
            with pytest.raises(errors.PermanentError, match="larger than 1 bytes"):
                await http.fetch("ant", URL)
    agents = [request.headers["user-agent"] for request in server.requests]
    assert agents == ["old/1", "new/2"]
    assert server.requests[1].headers["x-key"] == "k"
