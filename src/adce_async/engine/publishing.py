"""What happens is gathered into minutes, and each minute is told in one request at most, by whoever has time for it.

A sink that fails is trouble, named once; its minutes wait for it, as many as there is room for. Nothing else waits.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace

import structlog

from adce_async.engine.events import Event, PassDone, SourceThrottled, TaskSettled, TaskStarted
from adce_async.error_text import error_text
from adce_async.errors import PublishError
from adce_async.model.cloudwatch import MOST_DATA, CloudWatchRules, Datum, FigureSink
from adce_async.model.task import Verdict
from adce_async.planning.cloudwatch import REQUEST_VALUES, Batch
from adce_async.ports import Clock

log = structlog.get_logger("adce.cloudwatch")

KINDS = (TaskStarted, TaskSettled, PassDone, SourceThrottled)
TROUBLE = "cloudwatch"
FLUSH_SECONDS = 5.0
"""What is left may take so long at the end."""
MOST_WAITING = 5 * REQUEST_VALUES
"""Values that wait for a sink that fails; the oldest make room."""
OLDEST_SECONDS = 86_400.0
"""Data older than this are not worth telling; CloudWatch itself refuses those of two weeks ago."""
LOOK_SECONDS = 15.0
"""Between looks at the rules: the interval may have become shorter."""
SENDING_SECONDS = 60.0


class Publisher:
    """Gathers, and sends."""

    def __init__(
        self,
        rules: Callable[[], CloudWatchRules],
        open_sink: Callable[[CloudWatchRules], FigureSink],
        read: Callable[[Batch], object],
        idle: Callable[[], bool],
        *,
        clock: Clock,
        beat: Callable[[str, float, str], object],
        tell: Callable[[str, str], object],
    ) -> None:
        """`rules()`: those of now; `read(batch)`: enter what is so now; `idle()`: nothing runs and nothing could."""
        self._rules = rules
        self._open_sink = open_sink
        self._read = read
        self._idle = idle
        self._clock = clock
        self._beat = beat
        self._tell = tell
        self._batch = self._new_batch()
        self._waiting: deque[Datum] = deque()
        self._values = 0
        """Of all that waits."""
        self._sink: FigureSink | None = None
        self._sink_rules = CloudWatchRules()
        self._busy_since: float | None = None
        self._last_end = 0.0
        self._leaving = asyncio.Event()

    def handle(self, events: Sequence[Event]) -> None:
        """(Of `KINDS`.)"""
        if not self._rules().enabled:
            return
        for event in events:
            match event:
                case TaskStarted():
                    self._busy_since = _time() if self._busy_since is None else self._busy_since
                case TaskSettled():
                    self._settled(event)
                case PassDone():
                    self._passed(event)
                case SourceThrottled():
                    self._batch.count("ThrottledRequests", by=event.source)
                case _:
                    pass

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Within the block a request each minute; on leaving it, what is left, for a moment."""
        failed: BaseException | None = None
        async with asyncio.TaskGroup() as group:
            sending = group.create_task(self._sending(), name="cloudwatch")
            try:
                yield
            except BaseException as error:  # noqa: BLE001 - the block's own: a TaskGroup would make a group of it
                failed = error
            self._leaving.set()
            try:
                async with asyncio.timeout(FLUSH_SECONDS):
                    await asyncio.wait(
                        [sending]
                    )  # what is on its way is not cut off: it would be unknown if it arrived
                    await self._tell_minute()
            except TimeoutError:
                log.warning("figures are lost", data=len(self._waiting), why="no answer in time at the end")
            finally:
                sending.cancel()
                await self._close()
        if failed is not None:
            raise failed

    async def _sending(self) -> None:
        due = _time() + self._rules().every
        while not self._leaving.is_set():
            every = self._rules().every
            due = min(due, _time() + every)  # it may have become shorter
            self._beat("cloudwatch", LOOK_SECONDS + SENDING_SECONDS, "")
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(min(LOOK_SECONDS, max(0.0, due - _time()))):
                    await self._leaving.wait()
            if _time() < due or self._leaving.is_set():
                continue
            await self._tell_minute()
            due = _time() + every  # from its answer on: so much lies between two requests, however long one took

    async def _tell_minute(self) -> None:
        """Send what there is. Never raises: figures are no reason to end anything."""
        rules = self._rules()
        try:
            if not rules.enabled:
                await self._close()
                self._waiting.clear()
                self._values, self._batch, self._busy_since = 0, self._new_batch(), None
                self._tell(TROUBLE, "")
                return
            self._gather()
            await self._send(rules)
        except Exception as error:
            log.exception("figures were not published")
            self._tell(TROUBLE, f"{error_text(error)}; everything else goes on")

    def _gather(self) -> None:
        """The minute that is over joins those that wait."""
        if self._busy_since is not None and self._idle():
            self._batch.observe("OrchestratorDuration", max(0.0, self._last_end - self._busy_since))
            self._busy_since = None
        self._read(self._batch)
        batch, self._batch = self._batch, self._new_batch()
        now = self._clock.now()
        if batch.dropped:
            log.warning("figures found no room in a request", count=batch.dropped, next="metrics.cloudwatch.breakdown")
        self._waiting.extend(batch.data(now))
        self._values = sum(len(datum.values) for datum in self._waiting)
        lost = 0
        while self._waiting and (self._values > MOST_WAITING or abs(now - self._waiting[0].at) > OLDEST_SECONDS):
            self._values -= len(self._waiting.popleft().values)
            lost += 1
        if lost:
            log.warning("figures are lost", data=lost, why="CloudWatch has not taken them for too long")

    async def _send(self, rules: CloudWatchRules) -> None:
        sink = await self._sink_of(rules)
        batch = self._next()
        try:
            await sink.send(batch)
        except PublishError as error:
            if error.again:
                self._waiting.extendleft(reversed(batch))
                self._values += sum(len(datum.values) for datum in batch)
            kept = f"{len(self._waiting)} figures wait for it" if error.again else "the figures of a minute are lost"
            self._tell(TROUBLE, f"{error}; {kept}, everything else goes on")
        else:
            self._tell(TROUBLE, "")

    def _next(self) -> list[Datum]:
        """What goes into the next request, oldest first."""
        batch: list[Datum] = []
        room = REQUEST_VALUES
        while self._waiting and len(batch) < MOST_DATA and len(self._waiting[0].values) <= room:
            datum = self._waiting.popleft()
            room -= len(datum.values)
            self._values -= len(datum.values)
            batch.append(datum)
        return batch

    async def _sink_of(self, rules: CloudWatchRules) -> FigureSink:
        """The one that these rules name; there is none before something is sent, and AWS is not imported before."""
        where = replace(rules, enabled=True, breakdown=True, every=0.0, prices=CloudWatchRules().prices)
        if self._sink is None or where != self._sink_rules:
            await self._close()
            self._sink = await asyncio.to_thread(self._open_sink, rules)  # it imports what takes a third of a second
            self._sink_rules = where
        return self._sink

    async def _close(self) -> None:
        sink, self._sink = self._sink, None
        if sink is not None:
            await sink.close()

    def _settled(self, event: TaskSettled) -> None:
        verdict, scraper, batch = event.outcome.verdict, event.task.scraper, self._batch
        self._last_end = _time()
        if verdict is Verdict.RELEASED:
            return
        good = verdict in (Verdict.STORED, Verdict.UNCHANGED)
        batch.count("TaskCount", by=scraper)
        batch.count("TasksCompleted" if good else "TasksFailed", by=scraper)
        batch.observe("TaskDuration", event.seconds, by=scraper)

    def _passed(self, event: PassDone) -> None:
        batch = self._batch
        batch.count("ReconciliationCycles")
        batch.observe("ReconciliationDuration", event.seconds)
        batch.observe("ReconciliationObjectsListed", event.listed)
        batch.observe("ReconciliationListOperations", event.cycle.list_operations)
        batch.observe("ReconciliationDrift", event.cycle.drift)

    def _new_batch(self) -> Batch:
        return Batch(breakdown=self._rules().breakdown)


def _time() -> float:
    return asyncio.get_running_loop().time()
