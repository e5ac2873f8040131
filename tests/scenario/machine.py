"""A machine in virtual time on which the service lives one life after another: what it keeps, its clock, its power.

Everything is as in `adce run` but for the edges: memory adapters for lake and database, sources that answer by script,
no threads. What blocks is done at once, on the loop's own thread: so the same seed gives the same run, whatever the
machine below does.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import functools
import hashlib
import inspect
from collections import Counter, deque
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from adce_async.app import Parts, Ports, assemble, builtins
from adce_async.config.reading.load import load
from adce_async.config.saying.difference import differences
from adce_async.config.settings import Overrides
from adce_async.engine import file_notifications
from adce_async.engine.dispatching import runner
from adce_async.engine.events import PassDone, Subscription, TaskSettled, TroubleRaised
from adce_async.engine.loop_watch import LoopWatch
from adce_async.errors import AdceError, QueueError, StoreError
from adce_async.model.days import eastern_day
from adce_async.policies import Configured, configured
from adce_async.scraping.registry import Builtins, build
from adce_async.service import loops
from adce_async.service.loops import Service
from adce_async.service.reload import Reloader
from adce_async.supervisor import Stop
from adce_async.testing.clock import FakeClock
from adce_async.testing.memory_coverage import MemoryCoverageHistory
from adce_async.testing.memory_queue import MemoryDiscoveries, MemoryHistory, MemoryQueue, MemoryState
from adce_async.testing.memory_store import MemoryStore
from adce_async.testing.memory_verifications import MemoryVerifications
from adce_async.testing.scripted import Script, ScriptedRequest, ScriptedSources

READS = frozenset(
    [
        "list",
        "head",
        "heads",
        "get",
        "local_copy",
        "scratch",
        "provenance",
        "load",
        "get_text",
        "tasks",
        "parked",
        "counts",
        "success_rates",
        "recent",
        "hourly",
        "notes",
        "as_of",
        "accepted",
        "refused",
        "facts",
    ]
)
"""What a full disk does not stop."""


@contextlib.contextmanager
def no_threads() -> Iterator[None]:
    """Within the block, what the running loop would do in a thread is done at once, and nothing else starts one."""
    loop = asyncio.get_running_loop()

    def at_once(_executor: object, function: Any, *arguments: object) -> asyncio.Future[Any]:
        done = loop.create_future()
        try:
            done.set_result(function(*arguments))
        except Exception as error:  # noqa: BLE001 - whatever it is, it belongs to who waits
            done.set_exception(error)
        return done

    async def here(function: Any, /, *arguments: object, **named: object) -> Any:
        return function(*arguments, **named)

    async def silence(*_arguments: object) -> AsyncIterator[None]:
        await asyncio.Event().wait()
        yield

    before = file_notifications.saved, file_notifications.tells_all, LoopWatch.start, asyncio.to_thread
    loop.run_in_executor = at_once  # type: ignore[method-assign, assignment]
    asyncio.to_thread = here
    file_notifications.saved = silence  # type: ignore[assignment]
    file_notifications.tells_all = lambda _folder, _names=(): True
    LoopWatch.start = lambda self: None  # type: ignore[method-assign]
    try:
        yield
    finally:
        file_notifications.saved, file_notifications.tells_all = before[:2]
        LoopWatch.start, asyncio.to_thread = before[2:]  # type: ignore[method-assign]
        del loop.run_in_executor


@contextlib.contextmanager
def few_looks(seconds: float) -> Iterator[None]:
    """Within the block, what the service looks at each 10 or 30 s it looks at each so many; what it does is the same."""
    names = [
        (loops, "STORAGE_SECONDS"),
        (loops, "ADOPTION_SECONDS"),
        (loops, "DAY_CHECK_SECONDS"),
        (runner, "LOOK_SECONDS"),
    ]
    before = [getattr(module, name) for module, name in names]
    for module, name in names:
        setattr(module, name, seconds)
    try:
        yield
    finally:
        for (module, name), value in zip(names, before, strict=True):
            setattr(module, name, value)


class Power:
    """What a life stands on: once it is cut, nothing of that life reaches the disk any more; `full` stops writing."""

    def __init__(self, disk: Mapping[str, str]) -> None:
        self.cut = False
        self._disk = disk

    def check(self, name: str, error: type[AdceError]) -> None:
        """Raises `error` if `name` can't be done."""
        if self.cut:
            raise error("killed")
        if self._disk.get("full") and name not in READS:
            raise error(self._disk["full"])


class Plugged:
    """An adapter, as long as there is power."""

    def __init__(self, inner: Any, power: Power, error: type[AdceError]) -> None:
        self._inner, self._power, self._error = inner, power, error

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        if not callable(found):
            return found
        made = self._wrapped(name, found)
        setattr(self, name, made)  # the next time it is found at once
        return made

    def _wrapped(self, name: str, found: Any) -> Any:
        check = functools.partial(self._power.check, name, self._error)
        if inspect.isasyncgenfunction(found):

            async def batches(*given: Any, **named: Any) -> AsyncIterator[Any]:
                check()
                async for each in found(*given, **named):
                    yield each
                    check()

            return batches
        if inspect.iscoroutinefunction(found):

            async def call(*given: Any, **named: Any) -> Any:
                check()
                return await found(*given, **named)

            return call

        def plain(*given: Any, **named: Any) -> Any:
            check()
            return found(*given, **named)

        return plain


class MemoryJournal:
    """`ports.GrantJournal`: what kill -9 leaves."""

    KEPT = 6000

    def __init__(self) -> None:
        self._times: dict[str, list[float]] = {}

    def record(self, source: str, at_wall: float, *also: str) -> None:
        for name in (source, *also):
            times = self._times.setdefault(name, [])
            times.append(at_wall)
            if len(times) > 2 * self.KEPT:
                del times[: -self.KEPT]

    def load(self, source: str) -> Sequence[float]:
        return self._times.get(source, [])[-self.KEPT :]


@functools.cache
def known_builtins() -> Builtins:
    return builtins()


class Machine:
    """Disk, clock and network, and the service on them."""

    def __init__(self, folder: Path, start: float, script: Script, *, chance: Any = lambda: 0.5, latency: float = 0.2,
                 settings: Mapping[str, object] | None = None) -> None:  # fmt: skip
        self.folder = folder
        self.clock = FakeClock(start)
        self.store, self.queue, self.texts = MemoryStore(), MemoryQueue(), MemoryState()
        self.history, self.discoveries = MemoryHistory(), MemoryDiscoveries()
        self.history.attempts = deque(maxlen=2000)  # each pass goes through all of them
        self.verifications, self.coverage, self.journal = (
            MemoryVerifications(),
            MemoryCoverageHistory(),
            MemoryJournal(),
        )
        self.disk: dict[str, str] = {}
        """`full`: why nothing can be written; absent: it can."""
        self.asleep = 0.0
        """Seconds that the machine has slept so far: its loop stood still, the world did not."""
        self.skew = 0.0
        """Seconds by which its clock is ahead of the world's."""
        self.requests = 0
        self.passes: list[float] = []
        """When each pass began, by the machine's clock."""
        self.verdicts: Counter[str] = Counter()
        """What came of attempts, and how often."""
        self.trace = hashlib.sha256()
        """Of each request (true time, source, URL), outcome and pass: a year of them would fill the memory."""
        self.troubles: list[tuple[float, str, str]] = []
        self.died: list[str] = []
        self.parts: Parts | None = None
        self._start, self._script, self._chance, self._latency = start, script, chance, latency
        self._settings = settings or {}

    # -- time ----------------------------------------------------------------------------------------------------

    def truth(self) -> float:
        """What time it really is: seconds since the epoch."""
        return self._start + asyncio.get_running_loop().time() + self.asleep

    def sleep(self, seconds: float) -> None:
        """The lid is closed for so long."""
        self.asleep += seconds
        self.clock.jump(seconds)

    def set_wrong(self, skew: float) -> None:
        """Its clock is so many seconds ahead from now on; 0: somebody has set it right."""
        self.clock.jump(skew - self.skew)
        self.skew = skew

    # -- life ----------------------------------------------------------------------------------------------------

    def _read(self, day: dt.date) -> Configured:
        known = known_builtins()
        given = Overrides(
            self.folder / "config", self.folder / "inventory", lake=(self.folder / "lake").as_uri(),
            settings=self._settings,
        )  # fmt: skip
        settings = load(given, {}, builtin_scrapers=known.scrapers.keys(), builtin_sources=known.sources.keys())
        return configured(settings, build(settings, known, day), day)

    def _answer(self, ask: ScriptedRequest) -> Any:
        self.requests += 1
        self.trace.update(repr((self.truth(), ask.source, ask.url)).encode())
        return self._script(ask)

    @contextlib.asynccontextmanager
    async def life(self, *, kill: bool = False) -> AsyncIterator[Stop]:
        """The service runs within the block; on leaving it, it is stopped, or killed."""
        day = eastern_day(self.clock.now())
        loaded = self._read(day)
        power = Power(self.disk)
        store = functools.partial(Plugged, power=power, error=StoreError)
        state = functools.partial(Plugged, power=power, error=QueueError)
        ports = Ports(
            self.clock, store(self.store), state(self.queue), state(self.discoveries), state(self.verifications),
            state(self.texts), state(self.history), store(self.journal), coverage=state(self.coverage),
            fetcher=lambda limiters: ScriptedSources(self._answer, limiters, self.clock, latency=self._latency),
            chance=self._chance,
        )  # fmt: skip
        await self.queue.__aenter__()
        stop = Stop(loaded.rules.pool.grace, leave=lambda _code: None)
        self.parts = parts = assemble(loaded.rules, loaded.catalog, ports, stop.haste)
        heard = Subscription("machine", (PassDone, TaskSettled, TroubleRaised), 1_000_000)
        parts.events.add(heard)
        reloader = Reloader(parts, loaded, self._read, differences, parts.health.trouble)
        with contextlib.suppress(AdceError):  # a full disk
            await parts.restore()
        async with parts.telling():
            running = asyncio.get_running_loop().create_task(Service(parts, stop, reloader).run())
            taking = asyncio.get_running_loop().create_task(self._take(heard))
            try:
                yield stop
            finally:
                power.cut = kill
                stop.ask("kill" if kill else "SIGTERM")
                if kill:
                    stop.haste.set()
                (said,) = await asyncio.gather(running, return_exceptions=True)
                if said is not None:
                    self.died.append(f"{type(said).__name__}: {said}")
                taking.cancel()
                await asyncio.gather(taking, return_exceptions=True)
        self._note(heard)
        self.parts = None

    async def _take(self, heard: Subscription) -> None:
        while True:
            await asyncio.sleep(60.0)
            self._note(heard)

    def _note(self, heard: Subscription) -> None:
        assert not heard.dropped
        for event in heard.take():
            if isinstance(event, PassDone):
                self.passes.append(event.at)
                self.trace.update(repr(event.at).encode())
            elif isinstance(event, TaskSettled):
                self.verdicts[event.outcome.verdict] += 1
                self.trace.update(repr((event.outcome.at, event.task.key, event.outcome.verdict)).encode())
            elif isinstance(event, TroubleRaised):
                self.troubles.append((self.truth(), event.name, event.text))
