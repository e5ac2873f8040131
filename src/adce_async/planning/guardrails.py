"""The published triggers for going back to safety, and safe mode: when it begins, and when it is over.

Pure: `now` is seconds since the epoch, given by the caller.

Nothing flaps: a trigger is over only well below what met it, safe mode ends after a calm time only, and that doubles
when it had to come back within a day. What a person restores stays so until a trigger is met anew.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any, Literal

from adce_async.model.days import DAY
from adce_async.planning.sliding import SlidingCounts

LEAST_ATTEMPTS = 50
"""A share of fewer attempts says nothing."""
RECENT, EARLIER, KEPT = 3, 5, 24
"""Of so many times the median is compared with that of at least so many, at most so many, before them."""
SHORTEST_SECONDS = 5.0
"""A cycle that takes longer by less than this is no slower."""
LEAST_DRAINED = 20
"""A drain of fewer tasks of a source says nothing of its pace."""
CALM_SHARE = 0.8
"""A figure is well below its bound below this share of it."""
LONGEST_FACTOR = 8
"""So many times the calm time at most."""
MOST_CRASHES = 50

SafeMode = Literal["never", "on_trigger", "always"]


@dataclass(frozen=True, slots=True)
class GuardrailRules:
    """Triggers; times in seconds, `success` and `slower` shares.

    `throttlings`: a day; `crashes`: within `crash_window`.
    """

    enabled: bool = True
    safe_mode: SafeMode = "never"
    success: float = 0.85
    success_window: float = 6 * 3600.0
    slower: float = 0.5
    throttlings: int = 10
    crashes: int = 3
    crash_window: float = 3600.0
    calm: float = 6 * 3600.0


class Times:
    """How long something took, each time; is it slower lately?"""

    def __init__(self, known: Iterable[float] = ()) -> None:
        self._times: deque[float] = deque((float(seconds) for seconds in known), maxlen=RECENT + KEPT)
        self._medians = self._of_both()
        """Lately and before, if there was enough before: it is asked far more often than anything is added."""

    def add(self, seconds: float) -> None:
        """It took so long."""
        self._times.append(seconds)
        self._medians = self._of_both()

    def _of_both(self) -> tuple[float, float] | None:
        times = list(self._times)
        lately, before = times[-RECENT:], times[:-RECENT]
        return (median(lately), median(before)) if len(before) >= EARLIER else None

    def slower(self, share: float, by: float) -> tuple[float, float] | None:
        """(lately, before) where the first is larger than the second by more than `share` of it and than `by`."""
        if self._medians is None:
            return None
        now, usual = self._medians
        return (now, usual) if now > usual * (1.0 + share) and now > usual + by else None

    def remembered(self) -> list[float]:
        """For JSON."""
        return [round(seconds, 3) for seconds in self._times]


class Triggers:
    """What is watched, and which of it is met."""

    def __init__(self, rules: GuardrailRules) -> None:
        self._rules = rules
        self._attempts = SlidingCounts(rules.success_window)
        self._throttlings = SlidingCounts(DAY)
        self._cycles = Times()
        self._drains: dict[str, Times] = {}
        self._crashes: list[float] = []
        self._met: set[str] = set()

    def apply(self, rules: GuardrailRules) -> None:
        """Watch by these from now on."""
        if rules.success_window != self._rules.success_window:
            self._attempts = SlidingCounts(rules.success_window)
        self._rules = rules

    def attempted(self, now: float, *, good: bool) -> None:
        """An attempt has ended."""
        self._attempts.add("good" if good else "bad", now)

    def throttled(self, now: float) -> None:
        """A source has refused us."""
        self._throttlings.add("all", now)

    def cycled(self, seconds: float) -> None:
        """A pass took so long."""
        self._cycles.add(seconds)

    def drained(self, source: str, tasks: int, seconds: float) -> None:
        """The queue ran dry; `tasks` of `source` took so long. Only drains of about the same size are compared."""
        if tasks >= LEAST_DRAINED:
            size = f"{source}/{(tasks.bit_length() + 1) // 2}"
            self._drains.setdefault(size, Times()).add(seconds / tasks)

    def crashed(self, now: float) -> None:
        """The process before this one did not end as it should."""
        self._crashes = [*self._crashes, now][-MOST_CRASHES:]

    def met(self, now: float, *, memory: bool) -> dict[str, str]:
        """By name, what is met and with which figures. `memory`: it is at its limit."""
        if not self._rules.enabled:
            self._met = set()
            return {}
        found = {
            "success rate": self._success(now),
            "cycle time": self._cycle(),
            "drain time": self._drain(),
            "throttlings": self._throttle(now),
            "memory": "memory is at its limit" if memory else "",
            "crash loop": self._crash_loop(now),
        }
        met = {name: text for name, text in found.items() if text}
        self._met = set(met)
        return met

    def _success(self, now: float) -> str:
        good, bad = self._attempts.of("good", now), self._attempts.of("bad", now)
        if good + bad < LEAST_ATTEMPTS:
            return ""
        bound = self._rules.success
        if "success rate" in self._met:
            bound = 1.0 - (1.0 - bound) * CALM_SHARE
        share = good / (good + bad)
        hours = self._rules.success_window / 3600.0
        return f"{100 * share:.1f} % of {good + bad} attempts of {hours:g} h succeeded" if share < bound else ""

    def _share(self, name: str) -> float:
        return self._rules.slower * (CALM_SHARE if name in self._met else 1.0)

    def _cycle(self) -> str:
        slow = self._cycles.slower(self._share("cycle time"), SHORTEST_SECONDS)
        return f"a pass takes {slow[0]:.0f} s, {slow[1]:.0f} s before" if slow else ""

    def _drain(self) -> str:
        share = self._share("drain time")
        for size, times in self._drains.items():
            if slow := times.slower(share, 0.0):
                source = size.partition("/")[0]
                return f"a task of {source} takes {slow[0]:.2g} s, {slow[1]:.2g} s before"
        return ""

    def _throttle(self, now: float) -> str:
        count, bound = self._throttlings.of("all", now), float(self._rules.throttlings)
        if "throttlings" in self._met:
            bound *= CALM_SHARE
        return f"sources have refused us {count} times within a day" if count > bound else ""

    def _crash_loop(self, now: float) -> str:
        self._crashes = [at for at in self._crashes if at <= now]
        count = sum(at > now - self._rules.crash_window for at in self._crashes)
        minutes = self._rules.crash_window / 60.0
        return f"{count} crashes within {minutes:g} min" if count >= self._rules.crashes else ""

    def remembered(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "attempts": self._attempts.remembered(),
            "throttlings": self._throttlings.remembered(),
            "cycles": self._cycles.remembered(),
            "drains": {size: times.remembered() for size, times in self._drains.items()},
            "crashes": self._crashes,
            "met": sorted(self._met),
        }

    def restore(self, known: Mapping[str, Any]) -> None:
        """Go on where an earlier process was. Raises LookupError, TypeError or ValueError if that is no memory."""
        self._attempts.restore(known["attempts"])
        self._throttlings.restore(known["throttlings"])
        self._cycles = Times(known["cycles"])
        self._drains = {str(size): Times(times) for size, times in known["drains"].items()}
        self._crashes = [float(at) for at in known["crashes"]]
        self._met = set(map(str, known["met"]))


@dataclass(slots=True)
class SafeModeState:
    """`since`: when it began; None: it is off. `by_hand`: a person wanted it. `ended_at`: when it was over last."""

    since: float | None = None
    why: str = ""
    by_hand: bool = False
    calm_since: float | None = None
    factor: int = 1
    ended_at: float | None = None
    acknowledged: tuple[str, ...] = ()
    """Triggers that a person has seen: they begin no safe mode until they are met anew."""


class SafeModeSwitch:
    """Begins and ends safe mode. Each method says what has changed, in words; '' if nothing has."""

    def __init__(self, rules: GuardrailRules) -> None:
        self.rules = rules
        self.state = SafeModeState()

    @property
    def is_on(self) -> bool:
        """True in safe mode."""
        return self.state.since is not None

    def look(self, now: float, met: Mapping[str, str]) -> str:
        """What the triggers that are `met` mean."""
        state, wanted = self.state, self.rules.safe_mode
        state.acknowledged = tuple(name for name in state.acknowledged if name in met)
        if not self.is_on:
            fresh = [text for name, text in met.items() if name not in state.acknowledged]
            if wanted == "always":
                return self._begin(now, "guardrails.safe_mode is 'always'")
            return self._begin(now, "; ".join(fresh)) if wanted == "on_trigger" and fresh else ""
        if state.by_hand or wanted == "always":
            return ""
        if wanted == "never":
            return self._end(now, "guardrails.safe_mode is 'never'")
        if met:
            state.calm_since = None
            return ""
        if state.calm_since is None or state.calm_since > now:  # the clock may be set back
            state.calm_since = now
        calm = self.rules.calm * state.factor
        return self._end(now, f"calm for {calm / 3600.0:g} h") if now - state.calm_since >= calm else ""

    def begin(self, now: float, by: str) -> str:
        """A person wants it, until a person restores."""
        if self.is_on:
            self.state.by_hand = True
            return ""
        said = self._begin(now, f"asked by {by}")
        self.state.by_hand = True
        return said

    def restore(self, now: float, by: str, met: Sequence[str]) -> str:
        """A person has seen the triggers that are `met`."""
        if not self.is_on:
            return ""
        said = self._end(now, f"restored by {by}")
        self.state.acknowledged = tuple(met)
        return said

    def _begin(self, now: float, why: str) -> str:
        state = self.state
        again = state.ended_at is not None and 0 <= now - state.ended_at < DAY
        state.factor = min(LONGEST_FACTOR, state.factor * 2) if again else 1
        state.since, state.why, state.calm_since, state.by_hand = now, why, None, False
        return f"safe mode begins: {why}"

    def _end(self, now: float, why: str) -> str:
        state = self.state
        state.since, state.why, state.calm_since, state.ended_at, state.by_hand = None, "", None, now, False
        return f"safe mode ends: {why}"
