"""Is it well? Each loop stamps its own progress and promises when it will do so again; a broken promise is named.

Idle is healthy. Trouble (a source that cools, a lake that can't be written) makes the service `degraded`:
alive, at work, and worth a look. Only a broken promise makes it `unhealthy`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from adce_async.engine.events import Events, TroubleRaised, TroubleRecovered
from adce_async.model.days import iso
from adce_async.ports import Clock


@dataclass(slots=True)
class _Stamp:
    at: float
    wall: float
    promise: float
    detail: str


class Health:
    """Heartbeats and troubles."""

    def __init__(self, clock: Clock, time: Callable[[], float], events: Events | None = None) -> None:
        """`time`: the loop's, for promises: a suspended machine or an NTP step breaks none.

        `events`: where it is said that trouble begins or is over.
        """
        self._events = events or Events()
        self._clock = clock
        self._time = time
        self._stamps: dict[str, _Stamp] = {}
        self._troubles: dict[str, str] = {}
        self.started_at = clock.now()
        self._began = time()

    def beat(self, name: str, within: float, detail: str = "") -> None:
        """`name` made progress and will do so again within so many seconds."""
        self._stamps[name] = _Stamp(self._time(), self._clock.now(), within, detail)

    def trouble(self, name: str, text: str) -> bool:
        """`name` is in trouble, or no more (''); True if that is news. Transitions are published."""
        before = self._troubles.get(name, "")
        if bool(text) == bool(before):
            if text:
                self._troubles[name] = text
            return False
        if text:
            self._troubles[name] = text
            self._events.publish(TroubleRaised(name, text))
        else:
            del self._troubles[name]
            self._events.publish(TroubleRecovered(name, before))
        return True

    def broken(self) -> list[str]:
        """Loops that broke their promise, each with what it said last."""
        now = self._time()
        late = [(name, stamp) for name, stamp in self._stamps.items() if now - stamp.at > stamp.promise]
        return [
            f"{name}: silent for {now - stamp.at:.0f} s, promised {stamp.promise:.0f} s ({stamp.detail})"
            for name, stamp in sorted(late, key=lambda each: each[0])
        ]

    def late(self, name: str) -> float:
        """Seconds by which `name` is late: it should have given a sign of life that long ago; 0 if it is in time."""
        stamp = self._stamps.get(name)
        return 0.0 if stamp is None else max(0.0, self._time() - stamp.at - stamp.promise)

    def troubles(self, *names: str) -> list[str]:
        """What is wrong with those of `names` (with all, if none is named) that are in trouble."""
        return [f"{name}: {self._troubles[name]}" for name in names or sorted(self._troubles) if name in self._troubles]

    @property
    def status(self) -> str:
        """healthy, degraded or unhealthy."""
        if self.broken():
            return "unhealthy"
        return "degraded" if self._troubles else "healthy"

    @property
    def uptime(self) -> float:
        """Seconds since the start, whatever was done to the wall clock since."""
        return self._time() - self._began

    def components(self) -> dict[str, dict[str, object]]:
        """`components` of /health."""
        now = self._time()
        rows: dict[str, dict[str, object]] = {}
        for name, stamp in sorted(self._stamps.items()):
            late = now - stamp.at > stamp.promise
            rows[name] = {
                "status": "unhealthy" if late else "healthy",
                "last_beat": iso(stamp.wall),
                "detail": stamp.detail,
            }
        for name, text in sorted(self._troubles.items()):
            row = rows.setdefault(name, {"status": "healthy", "last_beat": None, "detail": ""})
            row["status"] = "degraded" if row["status"] == "healthy" else row["status"]
            row["detail"] = text
        return rows
