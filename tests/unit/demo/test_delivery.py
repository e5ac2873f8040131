"""Each fault does on the wire what it says, as a client sees it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from adce_async.demo.faults import KINDS, Fault
from adce_async.demo.server import Server, serve
from adce_async.demo.worlds import DemoWorld

ITEM = "/ant.test/items/7.json"
BBREF = "/www.basketball-reference.com/leagues/NBA_2025_games-december.html"
STATS = "/stats.nba.com/stats/scoreboardv3?GameDate=2024-12-10"
ESPN = "/site.api.espn.com/apis/site/v2/sports/basketball/nba/scoreboard?dates=20241210"


@pytest.fixture
async def client() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        session._retry_connection = False  # else aiohttp asks again by itself, once
        yield session


async def get(client: aiohttp.ClientSession, url: str, **options: Any) -> tuple[int, bytes, Any]:
    async with client.get(url, **options) as response:
        return response.status, await response.read(), response.headers


def served(server: Server) -> dict[str, int]:
    return dict(server.report()["faults"])


@pytest.mark.parametrize(
    ("kind", "path", "status", "title"),
    [
        ("status_429", ITEM, 429, b"Too Many Requests"),
        ("status_429", BBREF, 429, b"<title>Rate Limited Request (429 error) | Basketball-Reference.com</title>"),
        ("status_403", ESPN, 403, b"<TITLE>Access Denied</TITLE>"),
        ("status_403", BBREF, 403, b"<title>Just a moment...</title>"),
        ("status_404", BBREF, 404, b"<title>Page Not Found (404 error)"),
        ("status_404", ESPN, 404, b'{"code":404'),
        ("status_500", ITEM, 500, b"Internal Server Error"),
        ("status_503", ITEM, 503, b"Service Unavailable"),
        ("empty_object", STATS, 200, b"{}"),
        ("not_in_bucket", STATS, 403, b"<Code>AccessDenied</Code>"),
        ("lfs_pointer", STATS, 200, b"version https://git-lfs.github.com/spec/v1"),
        ("block_page_200", ESPN, 200, b"<TITLE>Access Denied</TITLE>"),
        ("block_page_200", BBREF, 200, b"<title>Just a moment...</title>"),
    ],
)
async def test_refusals_have_their_page_and_heal(
    client: aiohttp.ClientSession, kind: str, path: str, status: int, title: bytes
) -> None:
    async with serve(DemoWorld(faults=(Fault(kind, seconds=1.2), Fault(kind, first=2)))) as server:
        got, body, headers = await get(client, server.url + path)
        assert got == status
        assert title in body
        if kind.startswith(("status_4", "status_503", "block")) and kind != "status_404":
            assert headers["Retry-After"] == "2"
        assert "Retry-After" not in (await get(client, server.url + path))[2]
        got, body, _ = await get(client, server.url + path)
        assert got == 200
        assert title not in body
        assert served(server) == {kind: 2}


async def test_a_hang_lasts_and_ends_without_an_answer(client: aiohttp.ClientSession) -> None:
    loop = asyncio.get_running_loop()
    async with serve(DemoWorld(faults=(Fault("hang", seconds=20), Fault("hang", first=2)))) as server:
        for at_least in (20, 30):  # 30 by default
            start = loop.time()
            with pytest.raises(aiohttp.ServerDisconnectedError):
                await get(client, server.url + ITEM)
            assert at_least <= loop.time() - start < at_least + 5
        assert server.report()["sources"]["ant"]["by_status"] == {"none": 2}
        assert (await get(client, server.url + ITEM))[0] == 200


async def test_a_client_that_leaves_a_hang_is_counted_once(client: aiohttp.ClientSession) -> None:
    async with serve(DemoWorld(faults=(Fault("hang", seconds=3600),))) as server:
        with pytest.raises(TimeoutError):
            await get(client, server.url + ITEM, timeout=aiohttp.ClientTimeout(sock_read=5))
        await asyncio.sleep(1)
        assert server.report()["sources"]["ant"]["by_status"] == {"none": 1}


async def test_a_reset_is_a_reset(client: aiohttp.ClientSession) -> None:
    async with serve(DemoWorld(faults=(Fault("reset"),))) as server:
        with pytest.raises(aiohttp.ClientOSError) as caught:
            await get(client, server.url + ITEM)
        assert isinstance(caught.value, ConnectionResetError) or "reset" in str(caught.value).lower()
        assert (await get(client, server.url + ITEM))[0] == 200
        assert server.report()["sources"]["ant"]["by_status"] == {"200": 1, "none": 1}


async def test_truncated_announces_all_and_sends_half(client: aiohttp.ClientSession) -> None:
    async with serve(DemoWorld(faults=(Fault("truncated"),))) as server:
        async with client.get(server.url + ITEM) as response:
            assert response.status == 200
            announced = int(response.headers["Content-Length"])
            with pytest.raises(aiohttp.ClientPayloadError):
                await response.read()
        _, body, _ = await get(client, server.url + ITEM)
        assert len(body) == announced


async def test_truncated_body_looks_complete(client: aiohttp.ClientSession) -> None:
    async with serve(DemoWorld(faults=(Fault("truncated_body"),))) as server:
        got, half, headers = await get(client, server.url + ITEM)
        whole = (await get(client, server.url + ITEM))[1]
        assert got == 200
        assert int(headers["Content-Length"]) == len(half) == len(whole) // 2
        assert whole.startswith(half)


async def test_not_final_shows_a_game_under_way_as_often_as_it_says(client: aiohttp.ClientSession) -> None:
    async with serve(DemoWorld(faults=(Fault("not_final", match="dates=20241210", times=2),))) as server:
        states = [b'"STATUS_IN_PROGRESS"' in (await get(client, server.url + ESPN))[1] for _ in range(3)]
        assert states == [True, True, False]


async def test_drop_keepalive_closes_after_a_right_answer(client: aiohttp.ClientSession) -> None:
    async with serve(DemoWorld(faults=(Fault("drop_keepalive", first=2),))) as server:
        port = int(server.url.rpartition(":")[2])
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for last in (False, True):
            writer.write(f"GET {ITEM} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            head = await reader.readuntil(b"\r\n\r\n")
            assert b"200 OK" in head
            assert b"close" not in head.lower()
            await reader.readexactly(int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0]))
            if last:
                start = asyncio.get_running_loop().time()
                assert await reader.read() == b""
                assert asyncio.get_running_loop().time() - start < 1
        writer.close()
        assert (await get(client, server.url + ITEM))[0] == 200


async def test_redirect_leads_to_the_same_address_or_where_it_says(client: aiohttp.ClientSession) -> None:
    faults = (Fault("redirect", "espn"), Fault("redirect", "espn", first=2, to="https://elsewhere.example/x"))
    async with serve(DemoWorld(faults=faults)) as server:
        got, _, headers = await get(client, server.url + ESPN, allow_redirects=False)
        assert (got, headers["Location"]) == (302, "https:/" + ESPN)
        got, _, headers = await get(client, server.url + ESPN, allow_redirects=False)
        assert (got, headers["Location"]) == (302, "https://elsewhere.example/x")
        assert (await get(client, server.url + ESPN))[0] == 200


async def test_slow_is_a_whole_answer_a_little_at_a_time(client: aiohttp.ClientSession) -> None:
    loop = asyncio.get_running_loop()
    async with serve(DemoWorld(faults=(Fault("slow", seconds=40), Fault("slow", first=2)))) as server:
        bodies = []
        for seconds in (40, 5):
            start = loop.time()
            bodies.append((await get(client, server.url + ITEM))[1])
            assert seconds <= loop.time() - start < seconds + 5
        assert bodies[0] == bodies[1] == (await get(client, server.url + ITEM))[1]


@pytest.mark.parametrize("kind", sorted(KINDS))
async def test_each_kind_is_served_by_every_site(kind: str) -> None:
    async with (
        serve(DemoWorld(faults=(Fault(kind, times=None, seconds=1),))) as server,
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True)) as client,
    ):
        client._retry_connection = False
        for path in (ITEM, BBREF, ESPN, "/nobody.example/x", "/stats.nba.com/x"):
            with contextlib.suppress(aiohttp.ClientError):
                await get(client, server.url + path, allow_redirects=False)
        assert served(server) == {kind: 5}
        assert "500" not in server.report()["totals"]["by_status"] or kind == "status_500"
