"""Sources in doubt: who may ask them, what becomes of their refusals, and what comes back when they serve again.

The rules are in `planning.outage`. There is a doubt for each scraper (one address of a source may be in trouble alone),
and one for each source, for refusals of several of its scrapers.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace

import orjson
import structlog

from adce_async import errors
from adce_async.model.task import Outcome, Task, Verdict
from adce_async.planning.outage import FORMAT, LOOK_AGAIN_SECONDS, Doubt, sign
from adce_async.ports import Clock, StateStore, TaskQueue

log = structlog.get_logger("adce.outage")

LATELY_SECONDS = 60.0
"""Who has served another key within so many seconds is no source in trouble."""
SILENT = "silent"
"""The sign of a key that is not answered."""
_FINAL = (Verdict.RETRY, Verdict.PARKED)


class Doubts:
    """All doubts of the process. `canary(scraper)`: see `engine.collecting.canary`."""

    def __init__(
        self,
        sources: Mapping[str, str],
        clock: Clock,
        canary: Callable[[str], Awaitable[bool | None]],
        memory: StateStore | None = None,
        owns: Callable[[str], bool] | None = None,
    ) -> None:
        """`sources`: that of each scraper; `memory`: where doubts outlive the process.

        `owns(source)`: whether it is ours (None: all are); of one that another machine asks, that one knows.
        """
        self._owns = owns or (lambda _source: True)
        self._clock = clock
        self._canary = canary
        self._memory = memory
        self._of_scraper: dict[str, Doubt] = {}
        self._of_source: dict[str, Doubt] = {}
        self.apply(sources)
        self._turn = asyncio.Lock()
        self._in_hand: dict[str, dict[str, Task]] = {}
        """By request and key: tasks of the streaks, as they were before they were refused."""
        self._to_forgive: dict[str, Task] = {}
        self._served_again: list[tuple[str, str, float]] = []
        """(source, scraper or '' for all of its, when the first of the streak was refused)."""
        self._served_at: dict[str, float] = {}
        """When each scraper was served last."""
        self._kept: dict[str, str] = {}
        self._kept_together = False

    def apply(self, sources: Mapping[str, str]) -> None:
        """These are the scrapers now, and their sources."""
        self._sources = sources

    # -- who may start ---------------------------------------------------------------------------------------------

    @property
    def any(self) -> bool:
        """True if a scraper or source is in doubt."""
        return any(doubt.doubtful for doubt in (*self._of_scraper.values(), *self._of_source.values()))

    def wait(self, source: str, scraper: str) -> float:
        """Seconds until a task may start as far as doubts are concerned (inf: when the probe has ended)."""
        now = self._clock.now()
        return max((doubt.wait(now) for doubt in self._both(source, scraper)), default=0.0)

    def started(self, task: Task) -> None:
        """Its request is under way; if somebody is in doubt, it is the probe."""
        for doubt in self._both(task.source, task.scraper):
            if doubt.doubtful and not doubt.looking:
                doubt.probing = task.request

    def ended(self, task: Task) -> None:
        """Whatever came of it."""
        for doubt in self._both(task.source, task.scraper):
            if doubt.probing == task.request:
                doubt.probing = ""

    def trouble(self, source: str) -> str:
        """What is in doubt about `source`; '' if nothing is."""
        if (doubt := self._of_source.get(source)) and doubt.doubtful:
            return self._words(doubt, "keys of several scrapers")
        said = [
            self._words(doubt, f"keys of {name}")
            for name, doubt in sorted(self._of_scraper.items())
            if doubt.doubtful and self._sources.get(name) == source
        ]
        return "; ".join(said)

    def doubtful_until(self, source: str) -> float | None:
        """When `source` is probed next, if it (or a scraper of it) is in doubt; seconds since the epoch."""
        doubts = [self._of_source.get(source)]
        doubts += [doubt for name, doubt in self._of_scraper.items() if self._sources.get(name) == source]
        return min((doubt.retry_at for doubt in doubts if doubt and doubt.doubtful), default=None)

    # -- what refusals mean ----------------------------------------------------------------------------------------

    async def judge(
        self,
        tasks: Sequence[Task],
        causes: Mapping[str, BaseException | None],
        body: bytes | None,
        outcomes: Sequence[Outcome],
    ) -> list[Outcome]:
        """The outcomes of one request, changed where they say nothing about the keys. `body`: of its last answer."""
        first = tasks[0]
        if any(outcome.verdict in (Verdict.STORED, Verdict.UNCHANGED) for outcome in outcomes):
            self._served(first)
            return list(outcomes)
        both = self._both(first.source, first.scraper, make=True)
        cause = next((cause for cause in causes.values() if cause is not None), None)
        said = self._sign(first, cause, body)
        if said is None:
            return await self._meanwhile(both, first, cause, outcomes)
        now, probes = self._clock.now(), False
        async with self._turn:  # the others of the same moment wait for what comes of the first one
            if not any(doubt.doubtful for doubt in both):
                for task in tasks:
                    self._in_hand.setdefault(task.request, {}).setdefault(task.key, task)
                for doubt in self._concerned(both, first):
                    # no answer that can't be read is a reason to give a key up, as long as somebody can be asked;
                    # nor is another one if nobody else was served since the first
                    reason = said == FORMAT or first.request in doubt.streak
                    doubt.refused(first.request, said, now)
                    if doubt.ripe or (reason and _gives_up(outcomes)):
                        await self._ask(doubt, first)
            elif any(doubt.probing == first.request for doubt in both):
                await self._probed([doubt for doubt in both if doubt.doubtful], first)
            elif late := [doubt for doubt in both if doubt.looking and now >= doubt.retry_at]:
                await self._probed(late, first)  # so one key goes on asking, however long the others wait
                probes = True
        held = next((doubt for doubt in both if doubt.doubtful), None)
        if held is None or held.is_over(now):
            return list(outcomes)
        return [self._held(held, outcome, probes=probes) for outcome in outcomes]

    def _concerned(self, both: Sequence[Doubt], first: Task) -> Iterable[Doubt]:
        """The doubt of the scraper; that of the source if others of its scrapers were refused before."""
        yield both[0]
        others = [doubt for name, doubt in self._of_scraper.items()
                  if name != first.scraper and self._sources.get(name) == first.source and doubt.streak]  # fmt: skip
        source = both[1]
        if others and not source.streak:
            for other in (*others, both[0]):
                for request, said in other.streak.items():
                    source.refused(request, said, other.since)
        if others:
            yield source

    async def _ask(self, doubt: Doubt, task: Task) -> None:
        """It looks like trouble of the source: is it?"""
        served = await self._canary(task.scraper)
        if served is None and not doubt.ripe:
            return
        if served:
            log.info("refused alike, but served as before", source=task.source, keys=len(doubt.streak))
            for each in self._both(task.source, task.scraper):
                each.was_keys()
            self._in_hand.clear()
            return
        doubt.begin(self._clock.now(), alone=served is None)
        for request in doubt.streak:
            self._to_forgive |= self._in_hand.pop(request, {})
        log.warning("in doubt", source=task.source, what=self._words(doubt, f"keys of {task.scraper}"))

    async def _probed(self, doubts: Sequence[Doubt], task: Task) -> None:
        """The probe was refused; but is the canary served?"""
        served = await self._canary(task.scraper)
        if served:
            self._served(task, keys=True)
            return
        for doubt in doubts:
            doubt.probe_failed(self._clock.now(), alone=served is None)

    def _served(self, task: Task, *, keys: bool = False) -> None:
        """A key was accepted (`keys`: the canary was): what was held against the keys meanwhile is forgiven."""
        name, source = task.scraper, task.source
        self._served_at[name] = self._clock.now()
        for doubt, whose in ((self._of_scraper.get(name), name), (self._of_source.get(source), "")):
            if doubt is None:
                continue
            if doubt.doubtful:
                log.info("served again", source=source, scraper=name, seconds=round(self._clock.now() - doubt.since))
                self._served_again.append((source, whose, doubt.since))
            for request in doubt.streak:
                self._in_hand.pop(request, None)
            if keys:
                doubt.was_keys()
            else:
                doubt.served()

    async def _meanwhile(
        self, both: Sequence[Doubt], first: Task, cause: BaseException | None, outcomes: Sequence[Outcome]
    ) -> list[Outcome]:
        """Failures that say nothing about keys in doubtful times; what is about the key or the account counts."""
        if not isinstance(cause, errors.LaterError):
            return list(outcomes)
        held = next((doubt for doubt in both if doubt.doubtful), None)
        if held is None and isinstance(cause, errors.TransientError) and _gives_up(outcomes):
            held = await self._silent(both, first)
        if held is None:
            return list(outcomes)
        if held.probing:
            held.probe_failed(self._clock.now(), alone=held.alone)
        return [self._held(held, outcome) for outcome in outcomes]

    async def _silent(self, both: Sequence[Doubt], first: Task) -> Doubt | None:
        """A key is about to be given up since it is not answered; the doubt, if nobody else would be either."""
        async with self._turn:
            if not any(doubt.doubtful for doubt in both):
                if self._clock.now() - self._served_at.get(first.scraper, -math.inf) < LATELY_SECONDS:
                    return None
                if await self._canary(first.scraper) is not False:
                    return None
                now = self._clock.now()
                both[0].refused(first.request, SILENT, now)
                both[0].begin(now, alone=False)
                log.warning("in doubt", source=first.source, what=self._words(both[0], f"keys of {first.scraper}"))
            return next((doubt for doubt in both if doubt.doubtful), None)

    def _held(self, doubt: Doubt, outcome: Outcome, *, probes: bool = False) -> Outcome:
        """Not given up, and behind the keys that were not asked for yet."""
        now = self._clock.now()
        at = now + LOOK_AGAIN_SECONDS if doubt.looking and not probes else max(now, doubt.retry_at) + 1.0
        others = "others were refused alike" if len(doubt.streak) > 1 else "what was served before is not served either"
        reason = f"{outcome.reason}; {others}, so this may not be about the key"
        return replace(outcome, verdict=Verdict.RELEASED, reason=reason, not_before=at)

    def _sign(self, task: Task, cause: BaseException | None, body: bytes | None) -> str | None:
        if not isinstance(cause, errors.ScrapeError):
            return None
        text = body if body is not None and cause.status in (None, 200) else cause.head.encode()
        return sign(cause, text, task.fields.values())

    def _words(self, doubt: Doubt, whose: str) -> str:
        left = max(0.0, doubt.retry_at - self._clock.now())
        said = f"{len(doubt.streak)} {whose} in a row were refused alike"
        if len(doubt.streak) == 1:
            said = f"one of the {whose} failed again and again, and what was served before is not served either"
        return (
            f"{said}, so it is taken for trouble of the source: nothing is given up, one key is asked in {left:.0f} s"
        )

    def _both(self, source: str, scraper: str, *, make: bool = False) -> list[Doubt]:
        if make:
            return [self._of_scraper.setdefault(scraper, Doubt()), self._of_source.setdefault(source, Doubt())]
        found = (self._of_scraper.get(scraper), self._of_source.get(source))
        return [doubt for doubt in found if doubt is not None]

    # -- the queue, and restarts -----------------------------------------------------------------------------------

    async def settle(self, queue: TaskQueue) -> list[Task]:
        """Bring back what was held against keys while their source was in trouble; the tasks, as they are now.

        What was parked comes back with the next pass, unless its task is at hand. Raises QueueError, and can be
        called again then.
        """
        if not self._to_forgive and not self._served_again:
            return []
        now = self._clock.now()
        back = {key: replace(task, attempts=0, not_before=0.0) for key, task in self._to_forgive.items()}
        keys = set(back)
        if self._served_again:
            for task in await queue.tasks():
                if (task.attempts or task.not_before > now) and self._was_held(task.source, task.scraper, now):
                    back[task.key] = replace(task, attempts=0, not_before=0.0)
            for entry in await queue.parked():
                if self._was_held(entry.source, entry.scraper, entry.parked_at):
                    keys.add(entry.key)
        await queue.forgive(keys | back.keys())
        held = [task for key, task in back.items() if key in self._to_forgive]
        await queue.add(held)
        self._to_forgive.clear()
        self._served_again.clear()
        return list(back.values())

    def _was_held(self, source: str, scraper: str, at: float) -> bool:
        """Whether what became of a task of `scraper` at `at` may have been the source's fault."""
        return any(
            source == of and scraper == (whose or scraper) and at >= since for of, whose, since in self._served_again
        )

    async def restore(self, sources: Collection[str] | None = None) -> None:
        """Bring back what was kept of `sources` (of all), in place of what is known of them here.

        What can't be read is as if there were nothing. Raises QueueError.
        """
        if self._memory is None:
            return
        wanted = set(self._sources.values()) if sources is None else sources
        for source in sorted(wanted):
            self._forget(source)
            self._kept[source] = await self._memory.get_text(name_of(source)) or ""
            self._learn(source, self._kept[source])
        if sources is None:
            await self._restore_together(self._memory)

    async def _restore_together(self, memory: StateStore) -> None:
        """What a version kept that had one text for all: it is kept by source from now on."""
        text = await memory.get_text(TOGETHER)
        self._kept_together = bool(text)
        with contextlib.suppress(ValueError, TypeError, KeyError, AttributeError):
            known = orjson.loads(text or "{}")
            for name, each in known.get("scrapers", {}).items():
                self._of_scraper.setdefault(str(name), Doubt.of(each))
            for name, each in known.get("sources", {}).items():
                self._of_source.setdefault(str(name), Doubt.of(each))

    def _forget(self, source: str) -> None:
        self._of_source.pop(source, None)
        for name in [name for name in self._of_scraper if self._sources.get(name) == source]:
            del self._of_scraper[name]
        for request, tasks in list(self._in_hand.items()):
            if any(task.source == source for task in tasks.values()):
                del self._in_hand[request]

    def _learn(self, source: str, text: str) -> None:
        with contextlib.suppress(ValueError, TypeError, KeyError, AttributeError):
            known = orjson.loads(text or "{}")
            self._of_scraper |= {str(name): Doubt.of(each) for name, each in known.get("scrapers", {}).items()}
            if known.get("source"):
                self._of_source[source] = Doubt.of(known["source"])

    async def keep(self) -> None:
        """Write down what has changed. Raises QueueError."""
        if self._memory is None:
            return
        for source in sorted({*self._sources.values(), *self._of_source}):
            if self._owns(source) and (text := self._text(source)) != self._kept.get(source, ""):
                await self._memory.set_text(name_of(source), text)
                self._kept[source] = text
        if self._kept_together:
            await self._memory.set_text(TOGETHER, "")
            self._kept_together = False

    def _text(self, source: str) -> str:
        """JSON of `Doubt.as_dict`, of the source and by scraper; '' if there is nothing to know."""
        doubt = self._of_source.get(source)
        whole = doubt.as_dict() if doubt is not None else {}
        scrapers = {
            name: said
            for name, each in self._of_scraper.items()
            if self._sources.get(name) == source and (said := each.as_dict())
        }
        return orjson.dumps({"source": whole, "scrapers": scrapers}).decode() if whole or scrapers else ""


def _gives_up(outcomes: Sequence[Outcome]) -> bool:
    return any(outcome.verdict is Verdict.PARKED for outcome in outcomes)


TOGETHER = "doubts"
"""Under which earlier versions remembered those of all sources in one text."""


def name_of(source: str) -> str:
    """Under which a source's doubts are remembered."""
    return f"doubts {source}"
