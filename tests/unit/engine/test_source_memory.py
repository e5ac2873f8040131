"""All that sources have taught is kept, of each kind."""

from __future__ import annotations

from tests.unit.engine.judged import Wall, limiter
from tests.unit.planning.lane_fakes import Tokens

from adce_async.engine.collecting.doubts import Doubts
from adce_async.engine.dispatching.breaker_memory import BreakerMemory
from adce_async.engine.source_memory import all_memories
from adce_async.planning.breaker import Breaker
from adce_async.planning.lanes import Lane, Lanes
from adce_async.testing.memory_queue import MemoryState


async def _no_canary(_scraper: str) -> bool | None:
    return None


async def test_a_machine_among_others_keeps_breakers_too_of_what_is_its_own() -> None:
    state, ant = MemoryState(), limiter((60, 60), cooldown_initial=30)
    lane = Lane("ant", Tokens(), Breaker(1), lambda: 0.0)
    given = {"ant": ant}, Lanes({"ant": lane}), Doubts({}, Wall(), _no_canary, state), state, Wall()
    lane.breaker.on_failure(0.0)
    ant.throttled(600, "HTTP 429 from ant.test")
    alone = all_memories(*given, None)
    assert not any(isinstance(memory, BreakerMemory) for memory in alone)
    for memory in all_memories(*given, lambda _source: False):
        await memory.keep()
    assert state.texts == {}
    for memory in all_memories(*given, lambda _source: True):
        await memory.keep()
    assert sorted(state.texts) == ["breaker ant", "throttle ant"]
