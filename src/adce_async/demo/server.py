"""All simulated sources in one web application; its paths are `/HOST/PATH?QUERY`, as `--mirror` asks for them.

    async with serve(demo_world()) as server:
        ...  # run the service with --mirror server.url
        print(server.report())

`GET /__report__` is the audit's report as JSON, `POST /__reset__` forgets everything and starts the script of faults
anew; neither is counted. `python -m adce_async.demo.server` runs it alone, in a process of its own: whoever measures
limits to the millisecond should do so, as a shared event loop delays some requests more than others.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import datetime as dt
import signal
import sys
import zlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import click
import orjson
from aiohttp import web

from adce_async.demo import report, worlds
from adce_async.demo.basketball_reference.site import BasketballReference
from adce_async.demo.delivery import deliver, spoiled, too_many
from adce_async.demo.espn.site import Espn
from adce_async.demo.faults import Fault, FaultScript, parse_fault
from adce_async.demo.hoopr.site import Hoopr
from adce_async.demo.items import Items
from adce_async.demo.kaggle.site import Kaggle
from adce_async.demo.limit_audit import LimitAudit
from adce_async.demo.nba_api.site import Nba
from adce_async.demo.prepared import Prepared, addresses, ask_for
from adce_async.demo.replay import Replay
from adce_async.demo.site import TEXT, Request, Response, Site
from adce_async.demo.worlds import UNKNOWN, DemoWorld
from adce_async.errors import FixMeError

_SHUTDOWN_SECONDS = 0.1
_BAD_GATEWAY = Response(b"No such host here\n", 502, TEXT)


class SimulatedSources:
    """The sources of one world, with their limit audit and their script of faults."""

    def __init__(self, world: DemoWorld) -> None:
        """Raises FixMeError for a replay folder that can't be used."""
        self.world = world
        self.audit = LimitAudit(
            world.limits,
            world.overall,
            time=lambda: asyncio.get_running_loop().time(),
            tolerance=world.tolerance,
            enforce=world.enforce,
            jail_seconds=world.jail_seconds,
        )
        self.script = FaultScript(world.faults)
        self._items = Items(world.item_bytes)
        self._replay = None if world.replay is None else Replay(world.replay, world.overrides)
        league = world.league()
        self._sites: dict[str, Site] = {
            "espn": Espn(league),
            "basketball_reference": BasketballReference(league, world.crawl_delay),
            "nba_api": Nba(league),
            "hoopr": Hoopr(league),
            "kaggle": Kaggle(league),
        }
        if world.prepared:
            ready = {source: [ask_for(url, world.now()) for url in urls] for source, urls in addresses(world).items()}
            self._sites = {source: Prepared(site, ready[source]) for source, site in self._sites.items()}
        self._answered = 0

    def app(self) -> web.Application:
        """The application, to be served by an `AppRunner`."""
        app = web.Application()
        app.router.add_get("/__report__", self._report)
        app.router.add_post("/__reset__", self._reset)
        app.router.add_route("*", "/{tail:.*}", self._handle)
        return app

    def report(self) -> dict[str, Any]:
        """The audit's report (see `LimitAudit.report`), and `faults`: how often each kind was served."""
        return self.audit.report() | {"faults": dict(sorted(self.script.served.items()))}

    def reset(self) -> None:
        """Forget everything and start the script of faults anew."""
        self.audit.reset()
        self.script.reset()

    async def _report(self, request: web.Request) -> web.Response:
        return web.Response(body=orjson.dumps(self.report()), content_type="application/json")

    async def _reset(self, request: web.Request) -> web.Response:
        self.reset()
        return web.Response(status=204)

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        host, _, path = request.path.removeprefix("/").partition("/")
        source = self._source_of(host)
        target = f"{host}/{path}" + (f"?{request.query_string}" if request.query_string else "")
        retry_after = self.audit.arrived(source, f"{request.method} {target}")
        status = None
        try:
            fault = None if retry_after is not None else self.script.next_for(source, target)
            await self._take_time()
            if retry_after is not None:
                answer = too_many(source, retry_after)
            else:
                headers = {name.lower(): value for name, value in request.headers.items()}
                asked = Request(host, f"/{path}", dict(request.query), headers, self.world.now())
                answer = self._answer(asked, source, fault)
            response, status = await deliver(request, answer, fault)
            return response
        finally:
            self.audit.answered(source, status)

    def _answer(self, asked: Request, source: str, fault: Fault | None) -> Response:
        site = self._site_of(asked.host)
        if site is None:
            return _BAD_GATEWAY
        held = fault is not None and fault.kind == "not_final"
        answer = site.answer(dataclasses.replace(asked, held=held))
        return answer if fault is None else spoiled(answer, fault, source, asked, site)

    def _source_of(self, host: str) -> str:
        known = self.world.source_of(host)
        return known or (host if self._replay is not None and host in self._replay.hosts else UNKNOWN)

    def _site_of(self, host: str) -> Site | None:
        if host.endswith(".test"):
            return self._items
        if self._replay is not None:
            return self._replay if host in self.world.hosts or host in self._replay.hosts else None
        source = self.world.source_of(host)
        return self._sites.get(source or UNKNOWN)

    async def _take_time(self) -> None:
        """Wait as long as the next answer takes: the mean, and a jitter that is the same in each run."""
        self._answered += 1
        chance = zlib.crc32(b"%d %d" % (self.world.seed, self._answered)) / 2**32
        seconds = self.world.latency + self.world.jitter * (2 * chance - 1)
        if seconds > 0:
            await asyncio.sleep(seconds)


class Server:
    """Simulated sources that are being served."""

    def __init__(self, sources: SimulatedSources, url: str) -> None:
        self.sources = sources
        self.url = url
        """For `--mirror`: `http://127.0.0.1:PORT`."""

    def report(self) -> dict[str, Any]:
        """See `SimulatedSources.report`."""
        return self.sources.report()

    def reset(self) -> None:
        """See `SimulatedSources.reset`."""
        self.sources.reset()


@contextlib.asynccontextmanager
async def serve(world: DemoWorld, host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[Server]:
    """Serve `world` as long as the block lasts; port 0 takes a free one.

    Raises FixMeError if the port is not to be had. Connections that are still open at the end are cut.
    """
    sources = SimulatedSources(world)
    runner = web.AppRunner(
        sources.app(), access_log=None, handler_cancellation=True, shutdown_timeout=_SHUTDOWN_SECONDS
    )
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, host, port).start()
        except OSError as error:
            raise FixMeError(f"{host}:{port} can't be listened on: {error.strerror}; choose another port") from error
        yield Server(sources, f"http://{host}:{runner.addresses[0][1]}")
    finally:
        await runner.cleanup()


async def _run(world: DemoWorld, host: str, port: int, *, until_eof: bool) -> None:
    """Serve until SIGTERM or SIGINT, or until standard input ends."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    if until_eof:
        loop.add_reader(sys.stdin.fileno(), stop.set)
    async with serve(world, host, port) as server:
        click.echo(f"simulated sources on {server.url}, report at {server.url}/__report__")
        await stop.wait()
        for line in report.lines(server.report()):
            click.echo(line)


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=9000, show_default=True, help="0 takes a free one.")
@click.option("--demo", is_flag=True, help="The world of `make demo`, with its limits and faults.")
@click.option("--seed", type=int, help="Another seed, another league.")
@click.option("--from", "first_day", type=click.DateTime(["%Y-%m-%d"]), help="First day with games.")
@click.option("--to", "last_day", type=click.DateTime(["%Y-%m-%d"]), help="Last day with games.")
@click.option("--games-per-day", type=click.IntRange(0, 15))
@click.option("--replay", type=click.Path(exists=True, file_okay=False, path_type=Path), help="Folder of captures.")
@click.option("--override", "overrides", multiple=True, metavar="FILE=ADDRESS", help="A capture to answer with.")
@click.option("--limits-factor", default=1.0, show_default=True, help="Limits for a time that passes so much faster.")
@click.option("--enforce/--no-enforce", default=None, help="Response what is beyond the limits with 429.")
@click.option("--tolerance", type=float, help="Seconds that a busy machine may have pushed arrivals together by.")
@click.option("--jail-seconds", type=float, help="With --enforce: refuse everything for so long.")
@click.option("--latency", type=float, help="Seconds that an answer takes.")
@click.option("--crawl-delay", type=float, help="What Basketball-Reference's robots.txt asks for.")
@click.option("--until-eof", is_flag=True, help="End when standard input does, so with the process that feeds it.")
@click.option("--fault", "faults", multiple=True, metavar="KIND[:NAME=VALUE,...]", help="One line of the script.")
def main(host: str, port: int, *, demo: bool, limits_factor: float, until_eof: bool, **given: Any) -> None:
    """Simulated upstream sources, for `adce --mirror http://127.0.0.1:9000`."""
    try:
        world = _world(demo=demo, limits_factor=limits_factor, given=given)
        asyncio.run(_run(world, host, port, until_eof=until_eof))
    except FixMeError as error:
        raise click.ClickException(str(error)) from error


def _world(*, demo: bool, limits_factor: float, given: dict[str, Any]) -> DemoWorld:
    """The world that the options describe. Raises FixMeError."""
    if limits_factor <= 0:
        raise FixMeError(f"--limits-factor {limits_factor}: expected a number above 0")
    base = worlds.demo_world() if demo else DemoWorld(limits=worlds.LIMITS)
    changes = {name: value for name, value in given.items() if value not in (None, ())}
    for name in ("first_day", "last_day"):
        if isinstance(changes.get(name), dt.datetime):
            changes[name] = changes[name].date()
    if "faults" in changes:
        changes["faults"] = base.faults + tuple(map(parse_fault, changes["faults"]))
    if "overrides" in changes:
        # the file comes first, for an address may have a `=` in its query
        pairs = (text.partition("=") for text in changes["overrides"])
        changes["overrides"] = {address: file for file, _, address in pairs}
    limits = {source: worlds.faster(limits, limits_factor) for source, limits in base.limits.items()}
    return dataclasses.replace(base, limits=limits, **changes)


if __name__ == "__main__":
    main()
