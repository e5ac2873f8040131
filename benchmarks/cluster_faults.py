"""Random faults over three nodes under load: kill -9, SIGSTOP, a database that restarts, connections that are cut.

The sources are judged by a server that counts, the rest by the lake, the queue and the table of leases. Between each
node and the database stands a proxy of ours, which cuts connections or keeps everything to itself for some seconds.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

from tests import postgres_server
from tests.postgres_server import PostgresServer

from adce_async.adapters.cluster.database import ClusterDatabase
from adce_async.adapters.cluster.leases import Leases
from adce_async.errors import FixMeError, QueueError
from adce_async.model.cluster import ClusterView
from benchmarks.harness import Figure, SkippedError, arguments, configure, folder, get_json, say, serving

BOUND = "0 tasks lost, 0 half objects, 0 requests beyond any limit of any source or of all; takeover in lease + 5 s"
LEASE = 5.0
SOURCES = ("ant", "bee", "cat", "dog", "elk")
LIMITS: dict[str, tuple[list[tuple[int, float]], int, float]] = {
    **{name: ([(30, 3.0)], 10, 0.0) for name in SOURCES},
    "_global": ([(100, 3.0)], 100, 0.0),
}
OVERALL = {"requests": 100, "per": 3.0, "burst_size": 20}
NODES = ("one", "two", "three")
ITEMS_A_FAULT = 20
SETTLE_SECONDS = 90.0


class Proxy:
    """Between a node and the database. `silent`: what comes is kept; `cut`: all connections end."""

    def __init__(self, port: int) -> None:
        self._to = port
        self._open = asyncio.Event()
        self._open.set()
        self._writers: set[asyncio.StreamWriter] = set()
        self.port = 0

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[Proxy]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            self.cut()

    def cut(self) -> None:
        for writer in list(self._writers):
            writer.transport.abort()

    def silence(self, on: bool) -> None:
        if on:
            self._open.clear()
        else:
            self._open.set()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there_reader, there_writer = await asyncio.open_connection("127.0.0.1", self._to)
        except OSError:
            writer.transport.abort()
            return
        both = {writer, there_writer}
        self._writers |= both
        with contextlib.suppress(OSError):
            async with asyncio.TaskGroup() as group:
                group.create_task(self._pump(reader, there_writer), name="proxy up")
                group.create_task(self._pump(there_reader, writer), name="proxy down")
        self._writers -= both

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(65536):
                await self._open.wait()
                writer.write(data)
                await writer.drain()
        writer.transport.abort()


class Nodes:
    """Three services, each behind a proxy."""

    def __init__(self, root: Path, mirror: str, proxies: dict[str, Proxy]) -> None:
        self._root, self._mirror, self.proxies = root, mirror, proxies
        self._processes: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, name: str) -> None:
        given = arguments(self._root, self._mirror)
        given[given.index("--log-level") + 1] = "INFO"
        dsn = f"postgresql://adce:of-nobody@127.0.0.1:{self.proxies[name].port}/postgres"
        environment = os.environ | {"ADCE_CLUSTER__DSN": dsn, "ADCE_CLUSTER__NODE": name}
        command = [sys.executable, "-m", "adce_async", *given, "--state-dir", str(self._root / name), "run"]
        with (self._root / f"{name}.log").open("ab") as log:
            self._processes[name] = subprocess.Popen(command, env=environment, stdout=log, stderr=log)

    def send(self, name: str, number: signal.Signals) -> None:
        self._processes[name].send_signal(number)

    def kill(self, name: str) -> None:
        self._processes[name].kill()
        self._processes[name].wait()

    def ended(self) -> list[str]:
        """Those that have ended by themselves."""
        return [name for name, process in self._processes.items() if process.poll() is not None]

    def stop(self) -> None:
        for process in self._processes.values():
            if process.poll() is None:
                process.send_signal(signal.SIGCONT)
                process.terminate()
        for process in self._processes.values():
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


class Faults:
    """One after the other; what each does, and how long a takeover took."""

    def __init__(self, nodes: Nodes, server: PostgresServer, chance: random.Random) -> None:
        self._nodes, self._server, self._chance = nodes, server, chance
        self.takeovers: list[float] = []
        self.counts: dict[str, int] = {}

    async def one(self) -> None:
        kinds: list[Callable[[str], Awaitable[None]]] = [
            self.killed,
            self.killed,
            self.paused,
            self.restarted,
            self.restarted,
            self.cut,
            self.silent,
        ]
        kind = self._chance.choice(kinds)
        name = self._chance.choice(await owners(self._server) or NODES)  # who has nothing to lose proves nothing
        what = getattr(kind, "__name__", "")
        self.counts[what] = self.counts.get(what, 0) + 1
        await kind(name)
        for ended in self._nodes.ended():  # as a service manager would
            self._nodes.start(ended)
        await asyncio.sleep(self._chance.uniform(0.5, 3.0))

    async def killed(self, name: str) -> None:
        """kill -9, and a start once its sources are another's."""
        before = await view_of(self._server)
        self._nodes.kill(name)
        began = time.monotonic()
        mine = {seen.source for seen in before.sources if seen.owner == name and seen.left > 0}
        while mine and time.monotonic() - began < LEASE * 6:
            now = await view_of(self._server)
            if all(seen.owner != name and seen.left > 0 for seen in now.sources if seen.source in mine):
                break
            await asyncio.sleep(0.1)
        if mine:
            self.takeovers.append(time.monotonic() - began)
        self._nodes.start(name)

    async def paused(self, name: str) -> None:
        """SIGSTOP for less or more than a lease."""
        self._nodes.send(name, signal.SIGSTOP)
        await asyncio.sleep(self._chance.uniform(0.5, 2.5 * LEASE))
        self._nodes.send(name, signal.SIGCONT)

    async def restarted(self, _name: str) -> None:
        """The database, in order or as in a crash."""
        await asyncio.to_thread(self._server.stop, self._chance.choice([signal.SIGINT, signal.SIGQUIT]))
        await asyncio.sleep(self._chance.uniform(0.0, 3.0))
        await asyncio.to_thread(self._server.start)

    async def cut(self, name: str) -> None:
        """All connections of a node."""
        self._nodes.proxies[name].cut()

    async def silent(self, name: str) -> None:
        """A partition: a node hears nothing of the database, and it nothing of the node."""
        self._nodes.proxies[name].silence(on=True)
        await asyncio.sleep(self._chance.uniform(0.5, 2.5 * LEASE))
        self._nodes.proxies[name].silence(on=False)


async def owners(server: PostgresServer) -> list[str]:
    """Nodes that own something."""
    return sorted({seen.owner for seen in (await view_of(server)).sources if seen.left > 0})


async def spread(server: PostgresServer) -> None:
    """Until each node owns something."""
    began = time.monotonic()
    for _ in range(int(SETTLE_SECONDS)):
        if len(await owners(server)) == len(NODES):
            return say(f"sources are spread after {time.monotonic() - began:.0f} s")
        await asyncio.sleep(1.0)
    return say("sources are not spread")


async def view_of(server: PostgresServer) -> ClusterView:
    """Who owns what; asked until it is answered."""
    while True:
        try:
            async with ClusterDatabase(server.dsn, connections=1) as database:
                return await Leases(database, "", "").view()
        except (QueueError, FixMeError):
            await asyncio.sleep(0.2)


def half_objects(lake: Path) -> int:
    """Objects that are no whole item."""
    bad = 0
    for path in (file for name in SOURCES for file in (lake / name).glob("*.json")):
        try:
            bad += json.loads(path.read_bytes())["id"] != path.stem
        except ValueError:
            bad += 1
    return bad


def stored(lake: Path) -> int:
    """How many objects there are."""
    return sum(1 for name in SOURCES for _ in (lake / name).glob("*.json"))


async def settled(lake: Path, items: int) -> None:
    """Until all is there, or nothing has come for SETTLE_SECONDS."""
    seen, at = stored(lake), time.monotonic()
    while seen < items and time.monotonic() - at < SETTLE_SECONDS:
        await asyncio.sleep(1)
        if (now := stored(lake)) > seen:
            seen, at = now, time.monotonic()


async def play(root: Path, url: str, server: PostgresServer, count: int, items: int) -> Faults:
    """`count` faults, and then until the lake is complete or nothing more comes."""
    async with contextlib.AsyncExitStack() as stack:
        async with ClusterDatabase(server.dsn, migrate=True):
            pass
        proxies = {name: await stack.enter_async_context(Proxy(server.port).running()) for name in NODES}
        nodes = Nodes(root, url, proxies)
        faults = Faults(nodes, server, random.Random(7))
        try:
            for name in NODES:
                nodes.start(name)
            await spread(server)
            for number in range(count):
                await faults.one()
                if number % 10 == 9:
                    say(f"{number + 1} faults, {stored(root / 'lake')} of {items} objects")
            await settled(root / "lake", items)
        finally:
            await asyncio.to_thread(nodes.stop)
    return faults


def run(*, quick: bool = False) -> list[Figure]:
    """Start three, hurt them, look."""
    if postgres_server.programs() is None:
        raise SkippedError("no PostgreSQL server: `make setup` installs one where it may")
    count = 6 if quick else 50
    each = max(60, count * ITEMS_A_FAULT)
    items = each * len(SOURCES)
    with folder() as root, serving("-m", "benchmarks.audit_server", json.dumps(LIMITS), str(root / "stalls")) as url:
        speaks = {name: {"requests": 30, "per": 3.0, "burst_size": 10} for name in SOURCES}
        configure(
            root, dict.fromkeys(SOURCES, each), speaks,
            health_check={"enabled": False},
            cluster={"enabled": True, "lease_seconds": LEASE, "dsn": "postgresql://of/each"},
            rate_limiting={"enabled": True, "guard_milliseconds": 50, "global_limits": OVERALL},
        )  # fmt: skip
        with postgres_server.running() as server:
            faults = asyncio.run(play(root, url, server, count, items))
        there, bad = stored(root / "lake"), half_objects(root / "lake")
        for name in NODES if os.environ.get("BENCH_LOGS") else ():
            Path(os.environ["BENCH_LOGS"], f"{name}.log").write_bytes((root / f"{name}.log").read_bytes())
        report = get_json(f"{url}/__report__")
        stalls = [(float(at), float(late)) for at, late in map(str.split, (root / "stalls").read_text().splitlines())]
    say(f"{faults.counts}; worst of all: {report['totals']['windows']}")
    say(f"takeovers in seconds: {[round(seconds, 1) for seconds in faults.takeovers]}")
    say(
        f"the judge was held up {len(stalls)} times, for {max((late for _, late in stalls), default=0.0):.3f} s at most"
    )
    for violation in report["violations"][:20]:
        say(f"{violation}; held up before: {[one for one in stalls if 0 < violation['at'] - one[0] < 4.0]}")
    over, repeated = report["totals"]["violations"], report["totals"]["requests"] - items
    slowest = max(faults.takeovers, default=0.0)
    many = f"of {len(faults.takeovers)}"
    return [
        Figure(f"tasks lost or stuck after {count} faults", items - there, "", "bound", 0, at_most=0),
        Figure("half objects", bad, "", "bound", 0, at_most=0),
        Figure("requests beyond a limit, of a source or of all", over, "", "bound", 0, at_most=0),
        Figure("slowest takeover after kill -9", slowest, "s", "lease + 5 s", LEASE + 5, at_most=1.0, note=many),
        Figure("requests repeated a fault", repeated / count, "", "slots of three nodes", 15, at_most=1.0),
    ]
