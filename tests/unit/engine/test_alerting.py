"""Who is told what: by condition, through channels that hang or fail, over restarts."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from adce_async.engine.alerting import (
    FLUSH_SECONDS,
    QUEUE,
    SEND_SECONDS,
    SETTLED_SECONDS,
    TRIES,
    AlertRouter,
    AlertRules,
)
from adce_async.engine.events import TroubleRaised, TroubleRecovered
from adce_async.errors import AlertError, FixMeError
from adce_async.model.alert import Alert, CommandSettings
from adce_async.testing.clock import FakeClock
from adce_async.testing.memory_queue import MemoryState

RULES = AlertRules(channels=(CommandSettings(("a",)),))
FULL, WELL = TroubleRaised("lake", "full"), TroubleRecovered("lake", "full")


class Channel:
    """It sends as `script` says: an error to raise, or seconds to take."""

    def __init__(self, name: str = "one", script: Callable[[Alert], object] = lambda _alert: 0.0) -> None:
        self.name = name
        self.sent: list[tuple[str, str]] = []
        self._script = script

    async def send(self, alert: Alert) -> None:
        what = self._script(alert)
        if isinstance(what, Exception):
            raise what
        assert isinstance(what, float)
        await asyncio.sleep(what)
        self.sent.append((alert.kind, alert.name))


class Desk:
    def __init__(self, *channels: Channel, rules: AlertRules = RULES, state: MemoryState | None = None) -> None:
        self.clock, self.state = FakeClock(), state or MemoryState()
        self.told: dict[str, str] = {}
        self.made: list[AlertRules] = []
        self.channels = channels
        self.router = AlertRouter(rules, self._make, self.clock, self.state, self._tell)

    def _make(self, rules: AlertRules) -> Sequence[Channel]:
        self.made.append(rules)
        return self.channels if rules.channels else ()

    def _tell(self, name: str, text: str) -> None:
        self.told[name] = text


async def test_each_channel_is_told_of_transitions_and_of_nothing_else() -> None:
    one, two = Channel("one"), Channel("two")
    desk = Desk(one, two)
    async with desk.router.running():
        await desk.router.handle([FULL])
        await asyncio.sleep(1000.0)
        await desk.router.look()
        await desk.router.handle([WELL])
        await asyncio.sleep(1.0)
    assert one.sent == two.sent == [("raised", "lake"), ("recovered", "lake")]


async def test_a_condition_that_is_not_wanted_is_not_sent_and_what_stops_the_service_always_is() -> None:
    one = Channel()
    desk = Desk(one, rules=replace(RULES, on=frozenset({"high_error_rate"})))
    async with desk.router.running():
        await desk.router.handle([TroubleRaised("source ant", "cooling"), TroubleRaised("error rate", "x"), FULL])
    assert one.sent == [("raised", "error rate"), ("raised", "lake")]


async def test_a_channel_that_hangs_holds_up_nobody_and_is_told_by_the_others() -> None:
    slow, well = Channel("slow", lambda _alert: 1e9), Channel("well")
    desk = Desk(slow, well)
    async with desk.router.running():
        await desk.router.handle([FULL])
        await asyncio.sleep(0.01)
        assert well.sent == [("raised", "lake")]
        await asyncio.sleep(len(TRIES) * SEND_SECONDS + SEND_SECONDS + sum(TRIES) + 1.0)
        text = desk.told["alert channel slow"]
        assert text.startswith("no answer within 30 s; 'lake: trouble' was not sent")
        await desk.router.handle([TroubleRaised("alert channel slow", text)])
        await asyncio.sleep(1.0)
        assert well.sent[-1] == ("raised", "alert channel slow")
        began = asyncio.get_running_loop().time()
    assert asyncio.get_running_loop().time() - began <= FLUSH_SECONDS  # nor does it hold the end


async def test_a_message_that_fails_is_tried_again_and_a_channel_that_works_again_says_so() -> None:
    tries: list[float] = []

    def script(_alert: Alert) -> object:
        tries.append(asyncio.get_running_loop().time())
        return AlertError("HTTP 500") if len(tries) < 3 else 0.0

    one = Channel("one", script)
    desk = Desk(one)
    async with desk.router.running():
        await desk.router.handle([FULL])
        await asyncio.sleep(100.0)
    assert [round(after - before) for before, after in itertools.pairwise(tries)] == [5, 30]
    assert one.sent == [("raised", "lake")]
    assert desk.told["alert channel one"] == ""


async def test_what_waits_is_bounded_the_oldest_go_first() -> None:
    slow = Channel("slow", lambda _alert: 1.0)
    desk = Desk(slow)
    async with desk.router.running():
        await desk.router.handle([TroubleRaised(f"lake {n}", "full") for n in range(3 * QUEUE)])
        await asyncio.sleep(3 * QUEUE)
        assert len(slow.sent) <= QUEUE + 1
        assert slow.sent[-1] == ("raised", f"lake {3 * QUEUE - 1}")


async def test_other_channels_from_now_on() -> None:
    one = Channel()
    desk = Desk(one)
    async with desk.router.running():
        desk.router.apply(replace(RULES, cooldown=1.0))
        assert len(desk.made) == 1
        desk.router.apply(replace(RULES, channels=()))
        await desk.router.handle([FULL])
        assert desk.router.channels == []
        desk.router.apply(RULES)
        assert desk.router.channels == ["one"]
        await desk.router.handle([WELL])
        await asyncio.sleep(1.0)
    assert one.sent == [("recovered", "lake")]


async def test_a_restart_tells_nothing_twice_and_what_is_over_since() -> None:
    state, one, two = MemoryState(), Channel(), Channel()
    before = Desk(one, state=state)
    async with before.router.running():
        await before.router.handle([FULL, TroubleRaised("queue", "broken")])
    after = Desk(two, state=state)
    async with after.router.running():
        await after.router.handle([FULL])
        await after.router.look()
        await asyncio.sleep(SETTLED_SECONDS + 1.0)
        await after.router.look()
        await asyncio.sleep(1.0)
    assert one.sent == [("raised", "lake"), ("raised", "queue")]
    assert two.sent == [("recovered", "queue")]


async def test_a_memory_that_is_none_stops_nothing() -> None:
    state, one = MemoryState(), Channel()
    await state.set_text("alerts told", '{"lake": 3}')
    desk = Desk(one, state=state)
    async with desk.router.running():
        await desk.router.handle([FULL])
        desk.router.digest("Daily digest", "well")
    assert one.sent == [("raised", "lake"), ("digest", "Daily digest")]


async def test_what_the_service_raises_comes_out_as_it_is() -> None:
    desk = Desk(Channel())
    with pytest.raises(FixMeError, match="port in use"):
        async with desk.router.running():
            raise FixMeError("port in use")
