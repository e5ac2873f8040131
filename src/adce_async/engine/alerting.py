"""Alerts to people: what is told by whom, in which order, and what becomes of a channel that fails.

Each channel has a bounded queue and a task of its own, so that one that hangs holds up neither the others nor anything
else. What can't be sent is tried again a few times, then given up, and that is a trouble of its own, which the other
channels tell. The log has every trouble at once, whatever is configured (`engine.subscribers`).
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass

import orjson
import structlog

from adce_async.engine.events import Event, TroubleRaised, TroubleRecovered
from adce_async.error_text import error_text
from adce_async.errors import QueueError
from adce_async.model.alert import Alert, AlertChannel, ChannelSettings
from adce_async.model.conditions import CONDITIONS, OTHER
from adce_async.planning.alerting import Gate
from adce_async.ports import Clock, StateStore

log = structlog.get_logger("adce.alerts")

QUEUE = 100
"""Messages that wait for one channel at most; beyond that the oldest are dropped, and counted."""
TRIES = (5.0, 30.0, 120.0)
"""Seconds between tries of one message."""
SEND_SECONDS = 30.0
"""A channel that takes longer has failed."""
FLUSH_SECONDS = 3.0
"""What waits at the end gets so long still."""
SETTLED_SECONDS = 300.0
"""A trouble that an earlier process told, and that has not come back so long after the start, is over."""
STATE = "alerts told"
"""Name of the text that keeps what has been told."""
BEGINS = "alert channel "
"""Name of the trouble that a failing channel is."""


@dataclass(frozen=True, slots=True)
class AlertRules:
    """Whom to tell of what. `on`: conditions; `cooldown`: seconds; `channels`: the settings of each of them."""

    on: frozenset[str] = frozenset(CONDITIONS) - {"limit_near"}
    cooldown: float = 900.0
    channels: tuple[ChannelSettings, ...] = ()


class _Pump:
    """One channel with what waits for it."""

    def __init__(self, channel: AlertChannel, tell: Callable[[str, str], object]) -> None:
        self.channel = channel
        self.dropped = 0
        self._tell = tell
        self._waiting: deque[Alert] = deque(maxlen=QUEUE)
        self._some = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()

    def put(self, alert: Alert) -> None:
        """Never waits."""
        if alert.name == f"{BEGINS}{self.channel.name}":  # others say that we can't
            return
        if len(self._waiting) == self._waiting.maxlen:
            self.dropped += 1
        self._waiting.append(alert)
        self._idle.clear()
        self._some.set()

    async def idle(self) -> None:
        """Wait until nothing waits."""
        await self._idle.wait()

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await self._some.wait()
            while self._waiting:
                await self._send(self._waiting.popleft())
            self._some.clear()
            self._idle.set()

    async def _send(self, alert: Alert) -> None:
        name = f"{BEGINS}{self.channel.name}"
        for pause in (*TRIES, None):
            try:
                async with asyncio.timeout(SEND_SECONDS):
                    await self.channel.send(alert)
            except TimeoutError:
                why = f"no answer within {SEND_SECONDS:g} s"
            except Exception as error:  # noqa: BLE001 - whatever a channel raises, the next message is tried
                why = error_text(error)
            else:
                self._tell(name, "")
                return
            if pause is None:
                log.warning("an alert was not sent", channel=self.channel.name, alert=alert.title, why=why)
                self._tell(name, f"{why}; {alert.title!r} was not sent, see the log for all of them")
            else:
                await asyncio.sleep(pause)


class AlertRouter:
    """Tells people of troubles, through as many channels as there are."""

    def __init__(
        self,
        rules: AlertRules,
        make: Callable[[AlertRules], Sequence[AlertChannel]],
        clock: Clock,
        state: StateStore,
        tell: Callable[[str, str], object],
    ) -> None:
        """`make(rules)`: the channels that they name; `tell(name, text)`: a channel's own trouble, '' is recovery."""
        self._make = make
        self._clock = clock
        self._state = state
        self._tell = tell
        self._gate = Gate(rules.cooldown)
        self._rules = rules
        self._pumps: dict[_Pump, asyncio.Task[None]] = {}
        self._group: asyncio.TaskGroup | None = None
        self._started = clock.now()
        self._kept = ""

    @property
    def channels(self) -> list[str]:
        """Names of those that people are told through."""
        return [pump.channel.name for pump in self._pumps]

    def apply(self, rules: AlertRules) -> None:
        """Tell by these from now on. What waits for a channel that is no more is dropped."""
        other, self._rules = rules.channels != self._rules.channels, rules
        self._gate.cooldown = rules.cooldown
        if other and self._group is not None:
            self._open(self._group)

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """The channels at work; on leaving, what waits gets a moment still."""
        await self._restore()
        failed: Exception | None = None
        async with asyncio.TaskGroup() as group:
            self._group = group
            self._open(group)
            try:
                yield
            except Exception as error:  # noqa: BLE001 - the block's own: a TaskGroup would make a group of it
                failed = error
            finally:
                self._group = None
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(FLUSH_SECONDS):
                        await asyncio.gather(*(pump.idle() for pump in self._pumps))
                self._close()
        if failed is not None:
            raise failed

    async def handle(self, events: Sequence[Event]) -> None:
        """(Of TroubleRaised and TroubleRecovered.)"""
        now = self._clock.now()
        for event in events:
            if isinstance(event, TroubleRaised):
                self._send(self._gate.raised(event.name, event.text, now))
            elif isinstance(event, TroubleRecovered):
                self._send(self._gate.recovered(event.name, event.was, now))
        await self._keep()

    async def look(self) -> None:
        """Now and then: what had to wait for its cool-down."""
        now = self._clock.now()
        for alert in self._gate.due(now):
            self._send(alert)
        if now > self._started + SETTLED_SECONDS or now < self._started:
            for alert in self._gate.gone(now):
                self._send(alert)
        await self._keep()

    def digest(self, title: str, text: str) -> None:
        """How the day was: to everybody."""
        alert = Alert("digest", title, "digest", text, self._clock.now())
        log.info("digest", title=title, text=text)
        for pump in self._pumps:
            pump.put(alert)

    def _send(self, alert: Alert | None) -> None:
        if alert is not None and (alert.condition == OTHER or alert.condition in self._rules.on):
            for pump in self._pumps:
                pump.put(alert)

    def _open(self, group: asyncio.TaskGroup) -> None:
        self._close()
        for channel in self._make(self._rules):
            pump = _Pump(channel, self._tell)
            self._pumps[pump] = group.create_task(pump.run(), name=f"alerts {channel.name}")

    def _close(self) -> None:
        while self._pumps:
            pump, task = self._pumps.popitem()
            task.cancel()
            self._tell(f"{BEGINS}{pump.channel.name}", "")

    async def _restore(self) -> None:
        try:
            text = await self._state.get_text(STATE)
            known = orjson.loads(text) if text else {}
            if not isinstance(known, Mapping):
                raise TypeError(f"no memory: {known!r}")
            self._gate.restore(known)
        except (QueueError, ValueError, TypeError) as error:
            log.warning("what was told is not known any more", why=str(error), next="troubles are told anew")

    async def _keep(self) -> None:
        text = orjson.dumps(self._gate.remembered()).decode()
        if text != self._kept:
            with contextlib.suppress(QueueError):  # a restart tells it once more then
                await self._state.set_text(STATE, text)
                self._kept = text
