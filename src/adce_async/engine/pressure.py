"""Memory, disks, open files and the event loop: told when they are nearly used up, and at their limit load is shed.

Shed is what has not begun: no attempt starts, and passes wait, until there is room again. What runs goes on, and the
service answers.
"""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from adce_async.planning.pressure import Bounds, Level

log = structlog.get_logger("adce.resources")

MEGA, GIGA = 1e6, 1e9
DISK_SECONDS = 30.0
"""Between looks at disks, which may take their time."""
LAG_SECONDS = 60.0
"""The loop counts as held for so long after it was."""
HOLDER = "resources"
"""Who holds the pool."""


@dataclass(frozen=True, slots=True)
class PressureRules:
    """Bounds. Memory and disks in bytes, open files as a share of what is allowed, the loop in seconds."""

    memory: Bounds = field(default_factory=lambda: Bounds(0.8 * 2048 * MEGA, 2048 * MEGA))
    disk: Bounds = field(default_factory=lambda: Bounds(GIGA, 0.1 * GIGA, little=True))
    files: Bounds = field(default_factory=lambda: Bounds(0.8, 0.95))
    lag: Bounds = field(default_factory=lambda: Bounds(1.0, 10.0))


@dataclass(frozen=True, slots=True)
class Measures:
    """How much is used: bytes; descriptors that are open and that may be; free bytes of a disk (may block)."""

    memory: Callable[[], int] = lambda: 0
    files: Callable[[], int] = lambda: 0
    most_files: Callable[[], int] = lambda: 1
    free: Callable[[Path], int] = lambda _path: 1 << 62
    disks: Mapping[str, Path] = field(default_factory=dict)
    """By name."""


class Pressure:
    """Looks, tells, and sheds."""

    def __init__(
        self,
        rules: PressureRules,
        measures: Measures,
        *,
        hold: Callable[[str, str], object],
        tell: Callable[[str, str], object],
        relieved: Callable[[], object],
    ) -> None:
        """`hold(by, why)`: start nothing; `tell(name, text)`: trouble; '' is recovery. `relieved()`: go on."""
        self._rules = rules
        self._measures = measures
        self._hold = hold
        self._tell = tell
        self._relieved = relieved
        self._levels: dict[str, Level] = {}
        self._disks_at = float("-inf")
        self._lags: list[tuple[float, float, str]] = []
        """(loop time, seconds, where)"""
        self.shed = ""
        """Why nothing new starts; '' if there is room."""

    @property
    def memory(self) -> Level:
        """How it stands with memory."""
        return self._levels.get("memory", Level.FINE)

    def apply(self, rules: PressureRules) -> None:
        """Judge by these from the next look on."""
        self._rules = rules
        self._disks_at = float("-inf")

    def lag_longest(self) -> float:
        """Seconds for which the loop may be held before somebody looks into it."""
        bounds = [bound for bound in (self._rules.lag.warning, self._rules.lag.limit) if bound is not None]
        return min(bounds, default=3600.0)

    def held(self, seconds: float, where: str) -> None:
        """The loop was held."""
        log.warning("the event loop was held", seconds=round(seconds, 2), by=where)
        self._lags.append((_time(), seconds, where))

    async def look(self) -> None:
        """Judge, now and then."""
        rules, measures, now = self._rules, self._measures, _time()
        self._judge_memory(rules, measures)
        files, most = measures.files(), max(1, measures.most_files())
        advice = "raise LimitNOFILE= of the unit, or ulimit -n"
        self._judge("open files", files / most, rules.files, lambda: f"{files} of {most} are open", advice)
        if now - self._disks_at >= DISK_SECONDS:
            self._disks_at = now
            for name, path in measures.disks.items():
                await self._judge_disk(name, path, rules)
        self._lags = [lag for lag in self._lags if now - lag[0] < LAG_SECONDS][-100:]
        _, seconds, where = max(self._lags, key=lambda lag: lag[1], default=(0.0, 0.0, ""))
        text = lambda: f"held for {seconds:.1f} s by {where}"  # noqa: E731 - made if there is something to say
        self._judge("event loop", seconds, rules.lag, text, "report it, with this line")
        self._shed()

    def _judge_memory(self, rules: PressureRules, measures: Measures) -> None:
        used, before = measures.memory(), self.memory
        text = lambda: f"{used / MEGA:.0f} MB are used"  # noqa: E731
        level = self._judge("memory", used, rules.memory, text, "see resource_limits.max_memory_mb")
        if level is Level.LIMIT and before is not Level.LIMIT:
            gc.collect()  # what only refers to itself; it holds the loop for a moment, and nothing new starts anyway

    async def _judge_disk(self, name: str, path: Path, rules: PressureRules) -> None:
        try:
            free = await asyncio.to_thread(self._measures.free, path)
        except OSError as error:  # who writes to it says what is wrong with it
            log.debug("how full a disk is can't be told", path=str(path), why=error.strerror)
            return
        text = lambda: f"{free / GIGA:.2f} GB are free"  # noqa: E731
        self._judge(f"disk {name}", free, rules.disk, text, f"make room at {path}")

    def _judge(self, name: str, value: float, bounds: Bounds, text: Callable[[], str], advice: str) -> Level:
        level = self._levels[name] = bounds.level(value, self._levels.get(name, Level.FINE))
        if level is Level.LIMIT:
            self._tell(name, f"{text()}, at the limit: nothing new starts, passes wait; {advice}")
        else:
            self._tell(name, f"{text()}, near the limit; {advice}" if level is Level.WARNING else "")
        return level

    def _shed(self) -> None:
        at_limit = sorted(name for name, level in self._levels.items() if level is Level.LIMIT)
        before, self.shed = self.shed, f"{', '.join(at_limit)} at the limit" if at_limit else ""
        self._hold(HOLDER, self.shed)
        if before and not self.shed:
            log.info("there is room again", after=before, next="a pass, and what waits")
            self._relieved()


def _time() -> float:
    return asyncio.get_running_loop().time()
