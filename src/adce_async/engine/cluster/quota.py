"""What a node may send before it says so: blocks that are written ahead, and what was sent of them.

So who takes over after kill -9 or a partition counts too much rather than too little, and no request waits for a
database. `ports.GrantJournal` for the limiters.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

GLOBAL = "_global"
"""What is sent to any source is counted with its source."""


@dataclass(slots=True)
class _Sent:
    """A request; `at`: loop time, infinite while it is going."""

    source: str
    at: float = math.inf


NextTurn: TypeAlias = Callable[[Callable[[], None]], object]


class Quotas:
    """`soon()`: called when half of a block is used, since the next word has to come sooner then."""

    def __init__(
        self, time: Callable[[], float], soon: Callable[[], None] = lambda: None, next_turn: NextTurn | None = None
    ) -> None:
        """`next_turn(call)`: call it in the next turn of the loop (by default of the one that runs)."""
        self._time = time
        self._soon = soon
        self._next_turn = next_turn or (lambda call: asyncio.get_running_loop().call_soon(call))
        self._left: dict[str, int] = {}
        self._block: dict[str, int] = {}
        self._sent: list[_Sent] = []
        """What nobody has been told of."""
        self._going: list[_Sent] = []
        """Those of them whose bytes leave the process within this turn of the loop."""
        self._told = 0

    def record(self, source: str, at_wall: float, *also: str) -> None:
        """A request goes out now: as others count it, when the loop has done what else it has to do in this turn."""
        sent = _Sent(source)
        self._sent.append(sent)
        self._going.append(sent)
        if len(self._going) == 1:
            self._next_turn(self._gone)
        left = self._left.get(source, 0) - 1
        self._left[source] = left
        if left == self._block.get(source, 0) // 2:
            self._soon()

    def _gone(self) -> None:
        now = self._time()
        for sent in self._going:
            sent.at = now
        self._going.clear()

    def load(self, source: str) -> Sequence[float]:
        """Nothing: what was sent comes with the lease."""
        return ()

    def has_left(self, source: str) -> bool:
        """Whether one more may be sent to it."""
        return self._left.get(source, 0) > 0

    def untold(self, at: float) -> list[tuple[str, float]]:
        """What was sent and not told, as (source, seconds before `at`); `told` says that it has been."""
        self._told = len(self._sent)
        return [(sent.source, max(0.0, at - sent.at)) for sent in self._sent]

    def told(self, blocks: Mapping[str, int]) -> None:
        """What `untold` gave is known to all, and so are these new blocks. What was sent since then is of them."""
        del self._sent[: self._told]
        self._told = 0
        since: dict[str, int] = {}
        for sent in self._sent:
            since[sent.source] = since.get(sent.source, 0) + 1
        self._block = dict(blocks)
        self._left = {source: block - since.get(source, 0) for source, block in blocks.items()}

    def forget(self, sources: Collection[str]) -> None:
        """They are not ours any more."""
        for source in sources:
            self._left.pop(source, None)
            self._block.pop(source, None)
