"""What the process itself does with events: history, alerts, metrics. Each is a handler for `Events.feeding`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

import structlog

from adce_async.engine.events import (
    Event,
    Handler,
    OutcomeRefused,
    PassDone,
    TaskSettled,
    TroubleRaised,
    TroubleRecovered,
)
from adce_async.error_text import error_text
from adce_async.errors import AdceError
from adce_async.model.task import AttemptRecord, Verdict
from adce_async.ports import Alerts, History, MetricsSink

log = structlog.get_logger("adce.events")

Tell = Callable[[str, str], object]
"""(component, what is wrong; '' is recovery)"""


class Sink:
    """Somebody who hears of events: `handler` gets those of `kinds`; `name` is what is said of it in the log."""

    def __init__(self, name: str, handler: Handler, *kinds: type[Event]) -> None:
        self.name = name
        self.handler = handler
        self.kinds = kinds


def history_keeper(history: History, tell: Tell) -> Handler:
    """Of TaskSettled and OutcomeRefused: what was attempted goes into the history."""

    async def keep(events: Sequence[Event]) -> None:
        records = [record for event in events if (record := _record(event)) is not None]
        if records:
            await _try(tell, "history", history.record(records), "these attempts are missing in it")

    return keep


def alert_sender(channels: Sequence[Alerts]) -> Handler:
    """Of TroubleRaised and TroubleRecovered: people are told. A channel that fails keeps the others from nothing."""

    async def send(events: Sequence[Event]) -> None:
        for event in events:
            for channel in channels:
                try:
                    if isinstance(event, TroubleRaised):
                        await channel.raised(event.name, event.text)
                    elif isinstance(event, TroubleRecovered):
                        await channel.recovered(event.name, event.was)
                except Exception as error:  # noqa: BLE001 - whatever a channel raises, the next one is asked
                    log.warning("an alert was not sent", channel=type(channel).__name__, why=error_text(error))

    return send


def metrics_publisher(sink: MetricsSink, tell: Tell, wanted: Callable[[], bool] = lambda: True) -> Handler:
    """Of PassDone: the figures of the last pass are published, if they are `wanted` by then."""

    async def publish(events: Sequence[Event]) -> None:
        if not wanted():
            tell("metrics report", "")
            return
        last = [event for event in events if isinstance(event, PassDone)][-1]
        await _try(tell, "metrics report", sink.publish(last.metrics), "everything else goes on")

    return publish


async def _try(tell: Tell, name: str, done: Awaitable[None], otherwise: str) -> None:
    try:
        await done
    except AdceError as error:
        tell(name, f"{error}; {otherwise}")
    else:
        tell(name, "")


def _record(event: Event) -> AttemptRecord | None:
    if not isinstance(event, TaskSettled | OutcomeRefused):
        return None
    task, outcome = event.task, event.outcome
    if outcome.verdict is Verdict.RELEASED and not outcome.reason:
        return None
    seconds, size = (event.seconds, event.size) if isinstance(event, TaskSettled) else (0.0, 0)
    return AttemptRecord(
        task.key, task.source, task.scraper, outcome.verdict.value, outcome.reason, outcome.at, seconds, size
    )
