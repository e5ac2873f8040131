"""Whom a trouble concerns, and when people are told of it: once when it begins, once when it is over.

Pure: `now` is seconds since the epoch, given by the caller.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from adce_async.model.alert import Alert
from adce_async.model.conditions import condition_of


@dataclass(slots=True)
class _State:
    """Of one trouble. `told`: people think that it is there; `waiting`: it is, and they don't know yet."""

    condition: str
    text: str
    told_at: float = -math.inf
    told: bool = False
    there: bool = False
    times: int = 0


class Gate:
    """What is told of the troubles that come and go: one message each way, and none again within the cool-down.

    A trouble that comes back within it is told when it is over, if it is there still, with how often it came.
    """

    def __init__(self, cooldown: float) -> None:
        """`cooldown`: seconds."""
        self.cooldown = cooldown
        self._states: dict[str, _State] = {}
        self._unsure: set[str] = set()
        """Told by an earlier process; whether they are there is not known yet."""

    def raised(self, name: str, text: str, now: float) -> Alert | None:
        """It began."""
        self._unsure.discard(name)
        state = self._states.setdefault(name, _State(condition_of(name, text), text))
        state.there, state.text, state.condition = True, text, condition_of(name, text)
        if state.told:  # before a restart, and it is there still
            return None
        state.times += 1
        return self._tell(name, state, now) if now >= state.told_at + self.cooldown or now < state.told_at else None

    def recovered(self, name: str, was: str, now: float) -> Alert | None:
        """It is over."""
        self._unsure.discard(name)
        state = self._states.get(name)
        if state is None:
            return None
        state.there = False
        if not state.told:
            return None
        state.told = False
        return Alert("recovered", name, state.condition, was, now)

    def due(self, now: float) -> Iterator[Alert]:
        """What is there and has not been told for the cool-down; what is neither is forgotten."""
        for name, state in list(self._states.items()):
            over = now >= state.told_at + self.cooldown or now < state.told_at
            if over and state.there and not state.told:
                yield self._tell(name, state, now)
            elif over and not state.there and not state.told:
                del self._states[name]

    def gone(self, now: float) -> Iterator[Alert]:
        """What an earlier process told and this one has not met: it is over."""
        for name in sorted(self._unsure):
            if (alert := self.recovered(name, self._states[name].text, now)) is not None:
                yield alert

    def remembered(self) -> dict[str, list[object]]:
        """What a restart must not forget: by name its condition, text, and when it was told."""
        return {
            name: [state.condition, state.text, state.told_at, state.told]
            for name, state in self._states.items()
            if state.told_at > -math.inf
        }

    def restore(self, known: Mapping[str, list[object]]) -> None:
        """Go on where an earlier process was. Raises TypeError or ValueError if that is no memory."""
        for name, (condition, text, told_at, told) in known.items():
            if not isinstance(told_at, int | float):
                raise TypeError(f"no time: {told_at!r}")
            self._states[name] = _State(str(condition), str(text), float(told_at), bool(told))
            if told:
                self._unsure.add(name)

    @staticmethod
    def _tell(name: str, state: _State, now: float) -> Alert:
        times, state.times = max(1, state.times), 0
        state.told, state.told_at = True, now
        return Alert("raised", name, state.condition, state.text, now, times)
