"""The simulated sources on the wire: routing, the audit at the door, latency, and the server alone."""

from __future__ import annotations

import asyncio
import datetime as dt
import signal
import socket
import sys
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from click.testing import CliRunner

from adce_async.demo.faults import Fault
from adce_async.demo.server import Server, main, serve
from adce_async.demo.worlds import DemoWorld
from adce_async.errors import FixMeError
from adce_async.model.limits import Limits, Window

ESPN = "/site.api.espn.com/apis/site/v2/sports/basketball/nba"

BBREF = "/www.basketball-reference.com"


@pytest.fixture
async def client() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


async def status(client: aiohttp.ClientSession, url: str, **options: Any) -> int:
    async with client.get(url, **options) as response:
        await response.read()
        return response.status


async def test_one_application_serves_all_hosts(client: aiohttp.ClientSession) -> None:
    async with serve(DemoWorld()) as server:
        assert await status(client, f"{server.url}{ESPN}/scoreboard?dates=20241210&limit=1000") == 200
        assert await status(client, f"{server.url}{BBREF}/leagues/NBA_2025_games-december.html") == 200
        assert await status(client, f"{server.url}/ant.test/items/7.json") == 200
        assert await status(client, f"{server.url}/stats.nba.com/stats/scoreboardv3?GameDate=2024-12-10") == 200
        assert await status(client, f"{server.url}/github.com/nobody/nothing") == 404
        assert await status(client, f"{server.url}/www.kaggle.com/api/v1/datasets/view/a/b") == 401
        assert await status(client, f"{server.url}/nobody.example/x") == 502
        assert await status(client, f"{server.url}/") == 502
        report = server.report()
    assert {name: source["requests"] for name, source in report["sources"].items()} == {
        "espn": 1,
        "basketball_reference": 1,
        "ant": 1,
        "nba_api": 1,
        "hoopr": 1,
        "kaggle": 1,
        "unknown": 2,
    }
    assert report["totals"]["by_status"] == {"200": 4, "401": 1, "404": 1, "502": 2}


async def test_everything_that_arrives_is_counted(client: aiohttp.ClientSession) -> None:
    world = DemoWorld(faults=(Fault("status_500", match="dates=20241211"),))
    async with serve(world) as server:
        assert await status(client, f"{server.url}/site.api.espn.com/robots.txt") == 200
        assert await status(client, f"{server.url}{ESPN}/scoreboard?dates=20241211") == 500
        async with client.head(f"{server.url}{ESPN}/nothing") as head:
            assert head.status == 404
        async with client.post(f"{server.url}{ESPN}/scoreboard?dates=20241210", data=b"x") as post:
            assert post.status == 200
        async with client.get(f"{server.url}/__report__") as answer:
            report = await answer.json()
    assert report["sources"]["espn"]["requests"] == 4
    assert report["sources"]["espn"]["by_status"] == {"200": 2, "404": 1, "500": 1}
    assert report["faults"] == {"status_500": 1}
    assert report == server.report()


async def test_limits_are_audited_by_the_time_of_arrival(client: aiohttp.ClientSession) -> None:
    limits = {"ant": Limits((Window(2, 10.0),), burst=2)}
    async with serve(DemoWorld(limits=limits, latency=3.0)) as server:
        for pause in (0, 2, 2, 20):  # each answer takes 3 s on top
            await asyncio.sleep(pause)
            assert await status(client, f"{server.url}/ant.test/items/1.json") == 200
        ant = server.report()["sources"]["ant"]
    assert ant["windows"] == {"10s": {"worst": 2, "limit": 2}}
    assert ant["violations"] == 0
    assert ant["last_at"] - ant["first_at"] == pytest.approx(33, abs=0.5)


async def test_too_early_is_a_violation_and_with_enforcement_a_429(client: aiohttp.ClientSession) -> None:
    limits = {"ant": Limits((Window(1, 10.0),)), "basketball_reference": Limits(min_delay=3.0)}
    async with serve(DemoWorld(limits=limits, enforce=True, jail_seconds=60)) as server:
        ant, bbref = f"{server.url}/ant.test/items/1.json", f"{server.url}{BBREF}/robots.txt"
        assert await status(client, ant) == 200
        async with client.get(ant) as refused:
            assert (refused.status, refused.headers["Retry-After"]) == (429, "60")
        assert await status(client, bbref) == 200  # another source is not concerned
        async with client.get(bbref) as refused:
            assert refused.status == 429
            assert "Rate Limited Request (429 error)" in await refused.text()
        await asyncio.sleep(61)
        assert await status(client, ant) == 200
        report = server.report()
    assert report["sources"]["ant"]["violations"] == 1
    assert report["sources"]["ant"]["by_status"] == {"200": 2, "429": 1}
    assert [one["limits"] for one in report["violations"]] == [["10s", "burst"], ["min_delay"]]


async def test_a_refused_request_uses_up_no_fault(client: aiohttp.ClientSession) -> None:
    world = DemoWorld(
        limits={"ant": Limits((Window(1, 10.0),))}, enforce=True, faults=(Fault("status_500", "ant", first=2),)
    )
    async with serve(world) as server:
        got = []
        for pause in (0, 0, 30):
            await asyncio.sleep(pause)
            got.append(await status(client, f"{server.url}/ant.test/items/1.json"))
    assert got == [200, 429, 500]


async def test_latency_is_the_same_in_each_run(client: aiohttp.ClientSession) -> None:
    async def run() -> list[float]:
        loop, seen = asyncio.get_running_loop(), []
        async with serve(DemoWorld(latency=10.0, jitter=5.0)) as server:
            for _ in range(5):
                start = loop.time()
                await status(client, f"{server.url}/ant.test/items/1.json")
                seen.append(loop.time() - start)
        return seen

    first, second = await run(), await run()
    assert first == pytest.approx(second, abs=0.5)
    assert all(4.5 < seconds < 15.5 for seconds in first)
    assert max(first) - min(first) > 1


async def test_reset_starts_anew(client: aiohttp.ClientSession) -> None:
    async with serve(DemoWorld(faults=(Fault("status_500"),))) as server:
        url = f"{server.url}/ant.test/items/1.json"
        assert [await status(client, url) for _ in range(2)] == [500, 200]
        async with client.post(f"{server.url}/__reset__") as answer:
            assert answer.status == 204
        assert server.report()["totals"]["requests"] == 0
        assert [await status(client, url) for _ in range(2)] == [500, 200]
        assert server.report()["faults"] == {"status_500": 1}


async def test_a_world_has_a_time_of_its_own(client: aiohttp.ClientSession) -> None:
    world = DemoWorld(now=lambda: dt.datetime(2024, 12, 12, 12, tzinfo=dt.UTC).timestamp())
    async with serve(world) as server:
        states = []
        for day in (11, 12):
            async with client.get(f"{server.url}{ESPN}/scoreboard?dates=202412{day}") as answer:
                states.append({event["status"]["type"]["state"] for event in (await answer.json())["events"]})
    assert states == [{"post"}, {"pre"}]


async def test_sites_see_the_headers_of_a_request(client: aiohttp.ClientSession) -> None:
    async with serve(DemoWorld()) as server:
        url = f"{server.url}/cdn.nba.com/static/json/staticData/scheduleLeagueV2.json"
        assert await status(client, url) == 403
        assert await status(client, url, headers={"Referer": "https://www.nba.com/"}) == 200


async def test_replay_instead_of_the_league(client: aiohttp.ClientSession, captures: Any) -> None:
    async with serve(DemoWorld(replay=captures.root)) as server:
        async with client.get(f"{server.url}{ESPN}/scoreboard?dates=20241215&limit=1000") as answer:
            assert await answer.read() == captures.body("espn", "scoreboard_20241215_final.json")
            assert answer.content_type == "application/json"
        async with client.get(f"{server.url}/www.kaggle.com/api/v1/datasets/download/sumitrodatta/nba-aba-baa-stats"
                              "/Team%20Summaries.csv") as answer:  # fmt: skip
            assert answer.status == 200
        assert await status(client, f"{server.url}{ESPN}/scoreboard?dates=20241210") == 404
        assert await status(client, f"{server.url}/raw.githubusercontent.com/x") == 404
        assert await status(client, f"{server.url}/nobody.example/x") == 502
        assert await status(client, f"{server.url}/ant.test/items/1.json") == 200
        assert set(server.report()["sources"]) == {"espn", "kaggle", "hoopr", "unknown", "ant"}


async def test_a_port_that_is_taken_is_said() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(FixMeError, match=f"127.0.0.1:{port} can't be listened on"):
            async with serve(DemoWorld(), port=port):
                pass


async def test_leaving_the_block_does_not_wait_for_hanging_clients(client: aiohttp.ClientSession) -> None:
    loop = asyncio.get_running_loop()
    async with asyncio.TaskGroup() as group:
        async with serve(DemoWorld(faults=(Fault("hang", seconds=3600),))) as server:

            async def ask(server: Server) -> None:
                with pytest.raises(aiohttp.ClientError):
                    await status(client, f"{server.url}/ant.test/items/1.json")

            group.create_task(ask(server), name="ask")
            await asyncio.sleep(1)
            start = loop.time()
        assert loop.time() - start < 2


def test_the_command_names_what_is_wrong() -> None:
    for options, says in (
        (["--fault", "explode"], "expected one of"),
        (["--limits-factor", "0"], "above 0"),
        (["--games-per-day", "99"], "99"),
        (["--replay", "/nowhere/at/all"], "does not exist"),
    ):
        result = CliRunner().invoke(main, ["--port", "0", *options])
        assert result.exit_code != 0
        assert says in result.output


@pytest.mark.looptime(False)
async def test_it_runs_alone_and_ends_at_once_on_sigterm(client: aiohttp.ClientSession) -> None:
    command = [
        sys.executable,
        "-m",
        "adce_async.demo.server",
        "--port",
        "0",
        "--from",
        "2025-01-01",
        "--to",
        "2025-01-03",
    ]
    command += ["--limits-factor", "2", "--fault", "hang:match=items,seconds=3600", "--games-per-day", "3"]
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    try:
        assert process.stdout is not None
        url = (await process.stdout.readline()).decode().split()[3].rstrip(",")
        async with client.get(f"{url}{ESPN}/scoreboard?dates=20250102") as answer:
            assert len((await answer.json())["events"]) == 3
        hanging = asyncio.create_task(status(client, f"{url}/ant.test/items/1.json"))
        report: dict[str, Any] = {}
        while report.get("faults") != {"hang": 1}:
            async with client.get(f"{url}/__report__") as answer:
                report = await answer.json()
        assert not hanging.done()
        hanging.cancel()
        assert report["sources"]["espn"]["windows"]["30s"] == {"worst": 1, "limit": 60}
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(60):
            rest = (await process.stdout.read()).decode()
            assert await process.wait() == 0
        assert "espn: 1 requests, 0 violations, worst 30s 1/60" in rest
        assert "faults served: hang 1" in rest
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
