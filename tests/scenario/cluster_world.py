"""Machines of a cluster that ask their sources as fast as they may, in virtual time, and what can happen to them.

The real membership, limiters and blocks over a cluster in memory. Between each machine and the database lies a link that
delays words and answers, loses either, or keeps them to itself for a while; the sources count what arrives.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Callable, Sequence

from adce_async.demo.limit_audit import LimitAudit
from adce_async.engine.cluster.host import PartsHost
from adce_async.engine.cluster.membership import Membership
from adce_async.engine.cluster.quota import GLOBAL
from adce_async.engine.fetching.limiter import RateLimiter
from adce_async.errors import NotAskedError, QueueError
from adce_async.model.cluster import Beat, Beaten, ClusterView, Decision
from adce_async.model.limits import Limits, Window
from adce_async.model.task import Task
from adce_async.testing.clock import FakeClock
from adce_async.testing.memory_cluster import MemoryCluster, Place

LEASE = 5.0
SLOTS = 3
"""Requests of a source that a machine has under way at once."""
OVERALL = Limits((Window(30, 10.0), Window(120, 60.0)), burst=30, guard=0.0)
LIMITS = {
    "ant": Limits((Window(15, 10.0),), burst=15, guard=0.0),
    "bee": Limits((Window(12, 10.0), Window(60, 60.0)), burst=12, guard=0.0),
    "cat": Limits((Window(9, 10.0),), burst=9, guard=0.0),
    "dog": Limits(guard=0.0, min_delay=0.7),
}


class Link:
    """The way of one process to the database and back."""

    def __init__(self, cluster: MemoryCluster, machine: Machine, chance: random.Random) -> None:
        self._cluster, self._machine, self._chance = cluster, machine, chance
        self.dead = False
        self.loses_words = self.loses_answers = 0
        self.open = asyncio.Event()
        self.open.set()

    async def beat(self, beat: Beat, decide: Callable[[ClusterView], Decision]) -> Beaten:
        await self._there()
        beaten = await self._cluster.beat(beat, decide)
        await self._back()
        return beaten

    async def leave(self, sent: Sequence[tuple[str, float]]) -> None:
        await self._there()
        await self._cluster.leave(sent)
        await self._back()

    async def view(self) -> ClusterView:
        return await self._cluster.view()

    async def ask_pass(self) -> None:
        await self._cluster.ask_pass()

    async def _there(self) -> None:
        await self._way()
        self.loses_words -= 1
        if self.dead or self.loses_words >= 0:
            raise QueueError("the word was lost")

    async def _back(self) -> None:
        await self._way()
        self.loses_answers -= 1
        if self.dead or self.loses_answers >= 0:
            raise QueueError("the answer was lost")

    async def _way(self) -> None:
        await asyncio.sleep(self._chance.choice([0.0, 0.01, self._chance.expovariate(3.0)]))
        await self.open.wait()
        await self._machine.wakes.wait()


class FakePool:
    """Knows what is under way; all of it ends by itself."""

    waiting = 0

    def __init__(self) -> None:
        self.running_tasks: dict[str, Sequence[Task]] = {}
        self.busy = dict.fromkeys(LIMITS, 0)

    def is_busy_with(self, source: str) -> bool:
        return self.busy[source] > 0

    def let_go(self, sources: Sequence[str]) -> None:
        pass

    async def refresh(self) -> None:
        pass


class Machine:
    """A node: one process after the other."""

    def __init__(self, world: World, name: str) -> None:
        self.name, self._world = name, world
        self.wakes = asyncio.Event()
        self.wakes.set()
        self._process: asyncio.Task[None] | None = None
        self.link: Link

    def start(self) -> None:
        self.link = Link(MemoryCluster(self._world.place, self.name), self, self._world.chance)
        self._process = asyncio.create_task(self._serve(self.link), name=self.name)

    async def kill(self) -> None:
        self.link.dead = True
        await self.stop()

    async def stop(self) -> None:
        if self._process is not None:
            self._process.cancel()
            await asyncio.wait([self._process])
        self._process = None

    @property
    def runs(self) -> bool:
        return self._process is not None

    async def _serve(self, link: Link) -> None:
        """(As a service manager would: what can't begin is begun again.)"""
        loop = asyncio.get_running_loop()
        membership = Membership(link, self.name, LEASE, time=loop.time, awake=loop.time)
        overall, pool = RateLimiter(GLOBAL, OVERALL, self._world.clock, ownership=membership), FakePool()
        limiters = {
            source: RateLimiter(
                source, limits, self._world.clock, parent=overall, journal=membership.quotas, ownership=membership
            )
            for source, limits in LIMITS.items()
        }
        membership.attach(
            PartsHost(
                limiters=limiters, overall=overall, overall_rules=lambda: OVERALL, pool=pool,  # type: ignore[arg-type]
                memories=[], clock=self._world.clock, ask_pass=lambda: None,
            )
        )  # fmt: skip
        while not link.dead:
            with contextlib.suppress(QueueError):
                async with membership.running(), asyncio.TaskGroup() as group:
                    for limiter in limiters.values():
                        for _ in range(SLOTS):
                            group.create_task(self._ask(limiter, pool), name=limiter.source)
            await asyncio.sleep(0.5)

    async def _ask(self, limiter: RateLimiter, pool: FakePool) -> None:
        """Again and again: a token, a connection that has to be opened, a request."""
        source = limiter.source
        while True:
            permit = await limiter.reserve()
            pool.busy[source] += 1
            try:
                with permit:
                    await asyncio.sleep(self._world.chance.choice([0.0, 0.02, self._world.chance.uniform(0.0, 1.5)]))
                    await self.wakes.wait()
                    permit.sent()
                self._world.arrived(self.name, source)
                await asyncio.sleep(self._world.chance.uniform(0.0, 0.2))
                await self.wakes.wait()
            except NotAskedError:
                self._world.refused += 1
            finally:
                pool.busy[source] -= 1


class World:
    """`names`: of the machines."""

    def __init__(self, chance: random.Random, names: Sequence[str]) -> None:
        self.chance = chance
        self.time = asyncio.get_running_loop().time
        self.clock = FakeClock()
        self.place = Place(self.time)
        self.audit = LimitAudit(LIMITS, OVERALL, time=self.time)
        self.arrivals: list[tuple[float, str, str]] = []
        self.refused = 0
        self.story: list[str] = []
        self.machines = [Machine(self, name) for name in names]

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[World]:
        for machine in self.machines:
            machine.start()
        try:
            yield self
        finally:
            for machine in self.machines:
                await machine.kill()

    def arrived(self, machine: str, source: str) -> None:
        self.arrivals.append((self.time(), machine, source))
        self.audit.arrived(source, machine)

    def sent_since(self, at: float) -> int:
        return sum(1 for when, _, _ in self.arrivals if when > at)

    def violations(self) -> list[dict[str, object]]:
        """Windows and delays that were not kept; bursts over all sources are each machine's own."""
        listed = self.audit.report()["violations"]
        return [one for one in listed if one["limits"] != ["overall burst"]]

    # -- what happens ------------------------------------------------------------------------------------------

    async def one_fault(self) -> None:
        machine = self.chance.choice(self.machines)
        fault = self.chance.choice(
            [self.killed, self.stopped, self.paused, self.database_away, self.partitioned, self.lost, self.busy]
        )
        self.story.append(f"{self.time():.2f} {machine.name} {fault.__name__}")
        await fault(machine)
        await asyncio.sleep(self.chance.choice([0.0, 1.0, 6.0, 20.0]) * self.chance.random())

    async def killed(self, machine: Machine) -> None:
        await machine.kill()
        await asyncio.sleep(self.chance.choice([0.0, 1.0, 2 * LEASE]) * self.chance.random())
        machine.start()

    async def stopped(self, machine: Machine) -> None:
        await machine.stop()
        await asyncio.sleep(self.chance.choice([0.0, 1.0, 2 * LEASE]) * self.chance.random())
        machine.start()

    async def paused(self, machine: Machine) -> None:
        machine.wakes.clear()
        await asyncio.sleep(self._a_while())
        machine.wakes.set()

    async def database_away(self, _machine: Machine) -> None:
        self.place.down = True
        await asyncio.sleep(self._a_while())
        self.place.down = False

    async def partitioned(self, machine: Machine) -> None:
        """What is under way is kept, and goes on once the way is open again."""
        machine.link.open.clear()
        await asyncio.sleep(self._a_while())
        machine.link.open.set()

    async def lost(self, machine: Machine) -> None:
        machine.link.loses_words = self.chance.choice([0, 1, 3])
        machine.link.loses_answers = self.chance.choice([0, 1, 3])

    async def busy(self, _machine: Machine) -> None:
        """The need changes: sources move."""
        self.place.needs = {source: self.chance.choice([0, 1, 10, 100]) for source in LIMITS}

    def _a_while(self) -> float:
        return self.chance.choice([0.5, LEASE, 3 * LEASE]) * self.chance.random()
