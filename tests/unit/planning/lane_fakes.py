"""Sources by script for the rules of dispatch: what a lane asks of its limiter, and a clock that a test sets."""

from __future__ import annotations

from dataclasses import dataclass, field

from adce_async.model.limits import Limits, Window
from adce_async.planning.breaker import Breaker
from adce_async.planning.lanes import Lane


@dataclass
class Time:
    """Seconds of a clock that goes forward when it is told to."""

    at: float = 0.0

    def __call__(self) -> float:
        return self.at


@dataclass
class Tokens:
    """`lanes.SourceLimits` that has `left` tokens; the next one after those comes in `next_in` seconds."""

    left: int = 1_000
    next_in: float = 5.0
    limits: Limits = field(default_factory=Limits)
    cools: str = ""

    def delay(self) -> float:
        return 0.0 if self.left else self.next_in

    def try_acquire(self) -> bool:
        if not self.left:
            return False
        self.left -= 1
        return True

    def give_back(self) -> None:
        self.left += 1

    def why(self) -> str:
        return "its next token"

    def cooling(self) -> str:
        return self.cools


def a_second(rate: int) -> Limits:
    return Limits((Window(rate, 1.0),))


def lane(
    tokens: Tokens | None = None,
    *,
    source: str = "ant",
    most: int | None = None,
    time: Time | None = None,
    failures: int = 1,
) -> Lane:
    """A lane whose breaker opens for 30 seconds after so many `failures`."""
    return Lane(source, tokens or Tokens(), Breaker(failures, open_seconds=30.0), time or Time(), most)
