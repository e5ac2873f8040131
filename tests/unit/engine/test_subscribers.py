from __future__ import annotations

import pytest
from structlog.testing import capture_logs

from adce_async.engine.events import (
    Event,
    GapsFound,
    OutcomeRefused,
    PassDone,
    TaskSettled,
    TroubleRaised,
    TroubleRecovered,
)
from adce_async.engine.subscribers import alert_sender, history_keeper, metrics_publisher
from adce_async.errors import QueueError, StoreError
from adce_async.model.task import AttemptRecord, Outcome, Verdict
from adce_async.testing.example_tasks import NOON, task
from adce_async.testing.memory_queue import MemoryHistory, RecordingAlerts

TASK = task("ant/1.json")


def outcome(verdict: Verdict, reason: str = "because") -> Outcome:
    return Outcome(TASK.key, verdict, reason, at=NOON)


def record(verdict: Verdict, seconds: float, size: int, reason: str = "because") -> AttemptRecord:
    return AttemptRecord("ant/1.json", "ant", "ant_items", verdict.value, reason, NOON, seconds, size)


class BrokenHistory(MemoryHistory):
    broken = True

    async def record(self, attempts):
        if self.broken:
            raise QueueError("disk full")
        await super().record(attempts)


class Sink:
    def __init__(self) -> None:
        self.published: list[object] = []
        self.broken: Exception | None = None

    async def publish(self, metrics) -> None:
        if self.broken is not None:
            raise self.broken
        self.published.append(metrics)


def done(gaps: int) -> PassDone:
    return PassDone(gaps, gaps, 0, 10, 1.0, {"gaps": gaps})


async def test_what_was_settled_and_what_was_refused_goes_into_the_history_in_one_write() -> None:
    history, told = MemoryHistory(), {}
    settled = TaskSettled(TASK, outcome(Verdict.STORED), 0.5, 100)
    refused = OutcomeRefused(TASK, outcome(Verdict.RETRY))
    await history_keeper(history, told.__setitem__)([settled, refused])
    assert list(history.attempts) == [record(Verdict.STORED, 0.5, 100), record(Verdict.RETRY, 0.0, 0)]
    assert told == {"history": ""}


async def test_an_attempt_that_was_only_called_off_is_no_history() -> None:
    history, told = MemoryHistory(), {}
    called_off = TaskSettled(TASK, outcome(Verdict.RELEASED, ""), 0.5, 0)
    sent_back = TaskSettled(TASK, outcome(Verdict.RELEASED), 0.5, 0)
    other: Event = GapsFound(1, 1)
    keep = history_keeper(history, told.__setitem__)
    await keep([called_off, other])
    assert (list(history.attempts), told) == ([], {})
    await keep([called_off, sent_back])
    assert list(history.attempts) == [record(Verdict.RELEASED, 0.5, 0)]


async def test_a_history_that_cannot_be_written_is_told_and_taken_back() -> None:
    history, told = BrokenHistory(), {}
    keep = history_keeper(history, told.__setitem__)
    settled = TaskSettled(TASK, outcome(Verdict.STORED), 0.5, 100)
    await keep([settled])
    assert told == {"history": "disk full; these attempts are missing in it"}
    history.broken = False
    await keep([settled])
    assert told == {"history": ""}
    assert len(history.attempts) == 1


async def test_people_are_told_of_each_trouble_and_of_its_end_in_order() -> None:
    channel = RecordingAlerts()
    await alert_sender([channel])([TroubleRaised("lake", "full"), TroubleRecovered("lake", "full"), GapsFound(1, 1)])
    assert channel.log == [("raised", "lake", "full"), ("recovered", "lake", "full")]


async def test_a_channel_that_fails_keeps_the_others_and_what_follows_from_nothing() -> None:
    class Broken(RecordingAlerts):
        async def raised(self, name, message):
            raise OSError("no such host")

    broken, well = Broken(), RecordingAlerts()
    with capture_logs() as lines:
        await alert_sender([broken, well])([TroubleRaised("lake", "full"), TroubleRecovered("lake", "full")])
    assert [name for name, *_ in well.log] == ["raised", "recovered"]
    assert [name for name, *_ in broken.log] == ["recovered"]
    assert [(line["event"], line["channel"]) for line in lines] == [("an alert was not sent", "Broken")]


async def test_the_figures_of_the_last_pass_are_published_once() -> None:
    sink, told = Sink(), {}
    await metrics_publisher(sink, told.__setitem__)([done(3), done(2)])
    assert sink.published == [{"gaps": 2}]
    assert told == {"metrics report": ""}


async def test_figures_that_cannot_be_published_are_told_and_taken_back() -> None:
    sink, told = Sink(), {}
    publish = metrics_publisher(sink, told.__setitem__)
    sink.broken = StoreError("no space")
    await publish([done(3)])
    assert told == {"metrics report": "no space; everything else goes on"}
    sink.broken = None
    await publish([done(2)])
    assert (told, sink.published) == ({"metrics report": ""}, [{"gaps": 2}])


async def test_a_bug_in_a_sink_is_no_trouble_of_the_machine() -> None:
    sink, told = Sink(), {}
    sink.broken = KeyError("gaps")
    with pytest.raises(KeyError):  # whoever feeds the handler names it
        await metrics_publisher(sink, told.__setitem__)([done(3)])
    assert told == {}
