"""Watches the published triggers, tells people of them, and goes into safe mode and back where that is configured.

All that it knows is in the state, so that a restart changes nothing; each transition is a note in the history. A
process that finds that the one before it did not end counts a crash.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict

import orjson
import structlog

from adce_async.engine.events import Event, PassDone, SourceThrottled, TaskSettled, TaskStarted
from adce_async.errors import AdceError, QueueError
from adce_async.model.task import Verdict
from adce_async.planning.guardrails import GuardrailRules, SafeModeState, SafeModeSwitch, Triggers
from adce_async.ports import Clock, History, Note, StateStore

log = structlog.get_logger("adce.guardrails")

STATE, ASKED = "guardrails", "guardrails asked"
"""Names of the texts that keep what is known, and what a person has asked for: `safe` or `restore`."""
KEEP_SECONDS = 60.0
"""Between two writes of what changes all the time."""
ASKED_SECONDS = 10.0
"""Between two looks at what a person has asked for."""
KINDS = (TaskStarted, TaskSettled, PassDone, SourceThrottled)


class Guardrails:
    """At work in the service."""

    def __init__(
        self,
        rules: GuardrailRules,
        *,
        clock: Clock,
        state: StateStore,
        history: History,
        be_safe: Callable[[str], Awaitable[None]],
        tell: Callable[[str, str], object],
        node: str = "",
    ) -> None:
        """`be_safe(why)`: go on safely from now on; '': as configured. `node`: of several, whose this is."""
        self._node = node
        self._triggers = Triggers(rules)
        self._switch = SafeModeSwitch(rules)
        self._clock = clock
        self._state = state
        self._history = history
        self._be_safe = be_safe
        self._tell = tell
        self._told: set[str] = set()
        self._met: dict[str, str] = {}
        self._kept = ""
        self._kept_at = self._asked_at = float("-inf")
        self._news = False
        """Something has happened since it was written down."""
        self._asked = ""
        self._drain_since: float | None = None
        self._drained: Counter[str] = Counter()
        self._last_end: dict[str, float] = {}

    @property
    def drains(self) -> bool:
        """True from the first start of an attempt until a look finds that the queue has run dry."""
        return self._drain_since is not None

    def apply(self, rules: GuardrailRules) -> None:
        """Watch by these from the next look on."""
        self._triggers.apply(rules)
        self._switch.rules = rules

    async def begin(self) -> None:
        """Before anything is fetched: what earlier processes knew, and whether the last one ended as it should."""
        try:
            text = await self._state.get_text(STATE)
            known = orjson.loads(text) if text else None
            if known is not None:
                self._triggers.restore(known["triggers"])
                safe = known["safe_mode"]
                self._switch.state = SafeModeState(**safe | {"acknowledged": tuple(safe["acknowledged"])})
                if known["running"]:
                    self._triggers.crashed(self._clock.now())
                    log.warning("the last run did not end as it should", next="it is counted")
        except (QueueError, ValueError, TypeError, LookupError, AttributeError) as error:
            log.warning("what the guardrails knew is lost", why=str(error), next="counted from now on")
        if self._switch.is_on:
            await self._be_safe(self._switch.state.why)
            self._tell_safe()
        await self._keep(running=True)

    async def end(self) -> None:
        """The service ends as it should."""
        await self._keep(running=False)

    def handle(self, events: Sequence[Event]) -> None:
        """(Of `KINDS`.)"""
        now = self._clock.now()
        self._news = True
        for event in events:
            match event:
                case TaskSettled():
                    self._settled(event, now)
                case PassDone():
                    self._triggers.cycled(event.seconds)
                case SourceThrottled():
                    self._triggers.throttled(now)
                case TaskStarted():
                    self._drain_since = _time() if self._drain_since is None else self._drain_since
                case _:
                    pass

    def ask(self, *, safe: bool, by: str) -> None:
        """At the next look safe mode begins, or ends; `by`: who wants it, for the history."""
        self._asked = f"{'safe' if safe else 'restore'} {by}"

    async def look(self, *, idle: bool, memory: bool) -> None:
        """Now and then. `idle`: nothing runs and nothing could; `memory`: it is at its limit."""
        now = self._clock.now()
        if idle:
            self._end_drain()
        self._met = self._triggers.met(now, memory=memory)
        for name in self._told - self._met.keys():
            self._tell(f"guardrail {name}", "")
        for name, text in self._met.items():
            self._tell(f"guardrail {name}", text)
        other = self._told != set(self._met)
        self._news = self._news or other
        self._told = set(self._met)
        said = self._switch.look(now, self._met)
        if not said and self._asked:
            said, self._asked = self._heed(self._asked, now), ""
        if not said and _time() - self._asked_at >= ASKED_SECONDS:
            self._asked_at = _time()
            said = await self._asked_by_command(now)
        if said:
            await self._changed(said, now)
            return
        late = _time() - self._kept_at >= KEEP_SECONDS
        if other or ((self._news or self._met or self._switch.is_on) and late):
            await self._keep(running=True)  # at once if it is something else: whoever asks what is met reads that

    async def _asked_by_command(self, now: float) -> str:
        try:
            asked = await self._state.get_text(ASKED)
            if not asked:
                return ""
            await self._state.set_text(ASKED, "")
        except QueueError:  # told by others
            return ""
        return self._heed(asked, now)

    def _heed(self, asked: str, now: float) -> str:
        """What is to be said of it."""
        what, _, by = asked.partition(" ")
        if what == "safe":
            return self._switch.begin(now, by or "a person")
        return self._switch.restore(now, by or "a person", tuple(self._met))

    async def _changed(self, said: str, now: float) -> None:
        log.warning(said)
        # first what it is about: whatever becomes of the rest
        await self._be_safe(self._switch.state.why if self._switch.is_on else "")
        self._tell_safe()
        await self._keep(running=True)
        try:
            await self._history.note(Note(now, "guardrail", f"{self._node}: {said}" if self._node else said))
        except AdceError as error:
            log.warning("a transition is not in the history", what=said, why=str(error))

    def _tell_safe(self) -> None:
        why = self._switch.state.why
        text = f"one task at a time, by priority, a pass an hour, since {why}; `adce guardrails --restore` ends it"
        self._tell("safe mode", text if self._switch.is_on else "")

    def _settled(self, event: TaskSettled, now: float) -> None:
        verdict, source = event.outcome.verdict, event.task.source
        if verdict is Verdict.RELEASED:
            return
        good = verdict in (Verdict.STORED, Verdict.UNCHANGED)
        self._triggers.attempted(now, good=good)
        if good:
            self._drained[source] += 1
            self._last_end[source] = _time()

    def _end_drain(self) -> None:
        if self._drain_since is not None:
            for source, tasks in self._drained.items():
                self._triggers.drained(source, tasks, self._last_end[source] - self._drain_since)
            self._drain_since = None
            self._drained.clear()

    async def _keep(self, *, running: bool) -> None:
        self._kept_at = _time()
        known = {
            "running": running,
            "safe_mode": asdict(self._switch.state),
            "triggers": self._triggers.remembered(),
            "told": self._met,
        }
        text = orjson.dumps(known).decode()
        if text == self._kept:
            self._news = False
            return
        try:
            await self._state.set_text(STATE, text)
            self._kept, self._news = text, False
        except QueueError as error:  # told by others
            log.debug("guardrails are not written down", why=str(error))


def _time() -> float:
    return asyncio.get_running_loop().time()
