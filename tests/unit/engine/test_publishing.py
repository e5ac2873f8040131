"""A request a minute at most, whatever happens; what fails is named once and kept for a while; nothing waits for it."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Sequence
from dataclasses import replace

import pytest

from adce_async.engine.events import PassDone, SourceThrottled, TaskSettled, TaskStarted
from adce_async.engine.publishing import FLUSH_SECONDS, MOST_WAITING, TROUBLE, Publisher
from adce_async.errors import PublishError
from adce_async.model.cloudwatch import CloudWatchRules, Datum
from adce_async.model.cycle import CycleMetrics
from adce_async.model.task import Outcome, Verdict
from adce_async.planning.cloudwatch import Batch
from adce_async.testing.clock import FakeClock
from adce_async.testing.example_tasks import task

RULES = CloudWatchRules(enabled=True)


class Sink:
    """It takes `seconds` and then fails as `fails` says."""

    def __init__(self) -> None:
        self.sent: list[tuple[float, list[Datum]]] = []
        self.asked = 0
        self.fails: list[BaseException] = []
        self.seconds = 0.0
        self.closed = 0

    async def send(self, data: Sequence[Datum]) -> None:
        self.asked += 1
        await asyncio.sleep(self.seconds)
        if self.fails:
            raise self.fails.pop(0)
        self.sent.append((asyncio.get_running_loop().time(), list(data)))

    async def close(self) -> None:
        self.closed += 1

    def total(self, name: str) -> float:
        return sum(
            value * count
            for _, data in self.sent
            for datum in data
            if datum.name == name and not datum.dimensions
            for value, count in zip(datum.values, datum.counts, strict=True)
        )


class Desk:
    def __init__(self, rules: CloudWatchRules = RULES) -> None:
        self.rules = rules
        self.sink, self.told, self.opened, self.beats = Sink(), [], [], 0
        self.clock = FakeClock()
        self.idle = False
        self.publisher = Publisher(
            lambda: self.rules, self._open, self._read, lambda: self.idle,
            clock=self.clock, beat=self._beat, tell=self._tell,
        )  # fmt: skip

    def _open(self, rules: CloudWatchRules) -> Sink:
        self.opened.append(rules.namespace)
        return self.sink

    def _read(self, batch: Batch) -> None:
        batch.gauge("QueueDepth", 3)

    def _beat(self, _name: str, within: float, _detail: str) -> None:
        assert within > 0
        self.beats += 1

    def _tell(self, name: str, text: str) -> None:
        assert name == TROUBLE
        if text or (self.told and self.told[-1]):
            self.told.append(text)

    def settle(self, verdict: Verdict = Verdict.STORED, seconds: float = 1.0, scraper: str = "espn_summary") -> None:
        made = replace(task("a"), scraper=scraper)
        self.publisher.handle([TaskSettled(made, Outcome(made.key, verdict), seconds, 10)])


async def test_a_thousand_tasks_a_minute_are_one_request_a_minute_and_none_is_missing() -> None:
    desk = Desk()
    async with desk.publisher.running():
        for number in range(5000):
            await asyncio.sleep(0.06)
            desk.settle(seconds=0.1 + number % 977 / 100)
    times = [at for at, _ in desk.sink.sent]
    assert len(times) in (5, 6)
    assert all(later - earlier >= 59.9 for earlier, later in itertools.pairwise(times[:5]))
    assert desk.sink.total("TasksCompleted") == desk.sink.total("TaskCount") == 5000
    durations = [d for _, data in desk.sink.sent for d in data if d.name == "TaskDuration" and not d.dimensions]
    assert sum(sum(datum.counts) for datum in durations) == 5000
    assert all(20 < len(datum.values) <= 150 for datum in durations[:5])
    assert desk.told == []


async def test_what_happens_becomes_the_published_names() -> None:
    desk = Desk()
    async with desk.publisher.running():
        desk.publisher.handle([TaskStarted((task("a"),), 0.0)])
        await asyncio.sleep(30)
        desk.settle(Verdict.RETRY)
        desk.settle(Verdict.RELEASED)
        desk.settle(Verdict.UNCHANGED)
        desk.publisher.handle([SourceThrottled("espn", 9.0, "429")])
        metrics = CycleMetrics(list_operations=7, drift=2)
        desk.publisher.handle([PassDone(1, 1, 0, 500, 12.5, cycle=metrics)])
        desk.idle = True
    (_, data) = desk.sink.sent[0]
    found = {(datum.name, *datum.dimensions.values()): datum.values[0] for datum in data}
    assert found["TasksFailed", "espn_summary"] == 1
    assert found["TaskCount",] == 2
    assert found["TaskSuccessRate",] == 50
    assert found["OrchestratorDuration",] == 30
    assert found["ThrottledRequests", "espn"] == 1
    assert found["ReconciliationDuration",] == 12.5
    assert found["ReconciliationDrift",] == 2
    assert found["ReconciliationListOperations",] == 7
    assert found["QueueDepth",] == 3


async def test_a_failing_sink_is_named_once_and_its_minutes_wait_for_it() -> None:
    desk = Desk()
    desk.sink.fails = [PublishError("CloudWatch: can't be reached", again=True)] * 3
    async with desk.publisher.running():
        for _ in range(4):
            desk.settle()
            await asyncio.sleep(60)
        await asyncio.sleep(1)
        assert len(desk.sink.sent) == 1
        assert desk.sink.total("TasksCompleted") == 4
        assert len({datum.at for datum in desk.sink.sent[0][1]}) == 4  # each minute has its own time
    assert desk.told[0].startswith("CloudWatch: can't be reached; ")
    assert desk.told[-1] == ""


async def test_what_may_have_arrived_is_not_sent_again() -> None:
    desk = Desk()
    desk.sink.fails = [PublishError("CloudWatch: does not answer", again=False)]
    async with desk.publisher.running():
        desk.settle()
        await asyncio.sleep(61)
        desk.settle()
    assert desk.sink.total("TasksCompleted") == 1


async def test_a_bug_of_the_sink_ends_nothing() -> None:
    desk = Desk()
    desk.sink.fails = [RuntimeError("oh")]
    async with desk.publisher.running():
        await asyncio.sleep(125)
    assert len(desk.sink.sent) == 2  # the second minute, and what was left
    assert "everything else goes on" in desk.told[0]
    assert desk.told[-1] == ""


async def test_hours_without_an_answer_take_no_more_room() -> None:
    desk = Desk()
    desk.sink.fails = [PublishError("no way", again=True)] * 3000
    async with desk.publisher.running():
        for _ in range(120):
            for number in range(160):
                desk.settle(seconds=1.07**number, scraper=f"s{number % 3}")
            await asyncio.sleep(60)
        waiting = desk.publisher._waiting
        assert 0 < sum(len(datum.values) for datum in waiting) <= MOST_WAITING
    assert desk.sink.asked <= 121


async def test_the_end_waits_for_what_is_left_but_not_for_long() -> None:
    desk = Desk()
    desk.sink.seconds = 3600.0
    began = asyncio.get_running_loop().time()
    async with desk.publisher.running():
        desk.settle()
    assert asyncio.get_running_loop().time() - began <= FLUSH_SECONDS + 0.1
    assert desk.sink.closed == 1


async def test_a_request_on_its_way_is_not_cut_off_by_the_end() -> None:
    desk = Desk()
    desk.sink.seconds = 3.0
    async with desk.publisher.running():
        desk.settle()
        await asyncio.sleep(61)
        desk.sink.seconds = 2.0
    assert desk.sink.total("TasksCompleted") == 1


async def test_the_error_of_the_block_is_what_comes_out() -> None:
    desk = Desk()
    with pytest.raises(ValueError, match="of the block"):
        async with desk.publisher.running():
            raise ValueError("of the block")
    assert desk.sink.asked == 1


async def test_switched_on_off_and_elsewhere_while_it_runs() -> None:
    desk = Desk(replace(RULES, enabled=False))
    async with desk.publisher.running():
        desk.settle()
        await asyncio.sleep(130)
        assert (desk.opened, desk.sink.asked) == ([], 0)
        desk.rules = replace(RULES, namespace="A")
        desk.settle()
        await asyncio.sleep(61)
        assert (desk.opened, desk.sink.total("TasksCompleted")) == (["A"], 1)
        desk.rules = replace(RULES, namespace="B")
        await asyncio.sleep(60)
        assert (desk.opened, desk.sink.closed) == (["A", "B"], 1)
        desk.rules = replace(RULES, namespace="B", breakdown=False)
        await asyncio.sleep(120)
        assert desk.opened == ["A", "B"]
        desk.rules = replace(RULES, enabled=False)
        await asyncio.sleep(60)
        asked = desk.sink.asked
        assert desk.sink.closed == 2
        await asyncio.sleep(120)
    assert desk.sink.asked == asked
    assert desk.beats > 30


async def test_a_longer_interval_means_fewer_requests() -> None:
    desk = Desk(replace(RULES, every=300.0))
    async with desk.publisher.running():
        await asyncio.sleep(1201)
        assert desk.sink.asked == 4
        desk.rules = replace(RULES, every=60.0)
        await asyncio.sleep(120)
        assert desk.sink.asked in (5, 6)


async def test_a_minute_lies_between_two_requests_however_long_one_takes() -> None:
    desk = Desk()
    desk.sink.seconds = 15.0
    async with desk.publisher.running():
        await asyncio.sleep(400)
        desk.sink.seconds = 0.0
    ends = [at for at, _ in desk.sink.sent]
    assert len(ends) >= 5
    assert all(later - 15.0 - earlier >= 60.0 for earlier, later in itertools.pairwise(ends[:-1]))
