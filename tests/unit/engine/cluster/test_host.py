"""The parts of a machine, as its membership sees them."""

from __future__ import annotations

from collections.abc import Sequence

from adce_async.engine.cluster.host import PartsHost
from adce_async.engine.cluster.quota import GLOBAL
from adce_async.engine.fetching.limiter import RateLimiter
from adce_async.engine.fetching.throttle_memory import ThrottleMemory
from adce_async.model.limits import Limits, Window
from adce_async.model.task import Task
from adce_async.testing.clock import FakeClock
from adce_async.testing.memory_queue import MemoryState

WHOLE = Limits((Window(100, 60.0), Window(9000, 7200.0)))


class FakePool:
    def __init__(self) -> None:
        self.running_tasks: dict[str, Sequence[Task]] = {}
        self.waiting = 3
        self.gone: list[str] = []

    def is_busy_with(self, source: str) -> bool:
        return source == "ant"

    def let_go(self, sources: Sequence[str]) -> None:
        self.gone += sources

    async def refresh(self) -> None:
        self.waiting = 0


async def test_limiters_know_what_was_sent_in_place_of_what_they_knew() -> None:
    clock = FakeClock()
    overall = RateLimiter(GLOBAL, WHOLE, clock)
    ant = RateLimiter("ant", Limits((Window(3, 60.0),)), clock, parent=overall)
    throttles = ThrottleMemory({"ant": ant}, MemoryState())
    pool = FakePool()
    passes: list[int] = []
    host = PartsHost(
        limiters={"ant": ant}, overall=overall, overall_rules=lambda: WHOLE, pool=pool, memories=[throttles],  # type: ignore[arg-type]
        clock=clock, ask_pass=lambda: passes.append(1), moved=lambda: passes.append(0),
    )  # fmt: skip
    for _ in range(2):
        await host.gained({"ant": [50.0, 10.0, 5.0], "unknown": [1.0]})
        assert len(ant.export()) == 3
    assert passes == [0, 0]
    passes.clear()
    assert 9.0 < ant.delay() <= 60.0
    host.set_part(Limits((Window(50, 60.0),)), [1.0, 2.0])
    assert (overall.limits.windows[0].limit, len(overall.export())) == (50, 2)
    host.changed([GLOBAL, "ant", "unknown"])
    host.let_go(["ant"])
    host.let_go([])
    await host.sweep()
    await host.refresh()
    host.ask_pass()
    assert (pool.gone, pool.waiting, passes) == (["ant"], 0, [1])
    assert (host.history(), host.overall(), host.is_busy_with("ant")) == (7200.0, WHOLE, True)
    assert (host.limits()["ant"], host.doing()) == (ant.limits, "0 running, 0 waiting")
