# ruff: noqa: SLF001 - the members of one line look into each other
"""Whose turn it is: waiters of one source in their order, sources that wait for the shared root in theirs.

Laws:

1. A source stands in line at the root only while its own limits allow its next request; with none of its own
   to wait for, it is its own root. The line moves one grant at a time, and who has more to ask goes to its end.
2. Nothing polls: at most one timer a source, for the one that is next.
3. A waiter that is cancelled loses its place; if it had just been granted what it waited for, that is undone.
"""

from __future__ import annotations

import asyncio
import math
from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

from adce_async.model.limits import whole_milliseconds

Granted = TypeVar("Granted")


class FairQueue(Generic[Granted]):
    """The waiters of one source.

    `wait()`: seconds until its limits allow a request; `grant(seconds waited)`: take it, for all limits concerned;
    `undo`: give it back; `left()`: called after a waiter has left.
    """

    def __init__(
        self,
        wait: Callable[[], float],
        grant: Callable[[float], Granted],
        undo: Callable[[Granted], None],
        left: Callable[[], None],
        root: FairQueue[Granted] | None = None,
    ) -> None:
        self._wait = wait
        self._grant = grant
        self._undo = undo
        self._left = left
        self._root = self if root is None else root
        self._waiters: OrderedDict[asyncio.Future[Granted], float] = OrderedDict()
        self._line: OrderedDict[FairQueue[Granted], None] = OrderedDict()
        self._timer: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        """How many wait."""
        return len(self._waiters)

    @property
    def busy(self) -> bool:
        """True if somebody has to be served before a newcomer to this source."""
        return bool(self._waiters or self._root._line)

    async def take(self) -> Granted:
        """Wait for the own turn."""
        loop = asyncio.get_running_loop()
        waiter: asyncio.Future[Granted] = loop.create_future()
        self._waiters[waiter] = loop.time()
        self._serve()
        try:
            return await waiter
        except asyncio.CancelledError:
            if waiter.done() and not waiter.cancelled():  # granted and cancelled in the same turn of the loop
                self._undo(waiter.result())
            else:
                self._waiters.pop(waiter, None)
                self.reconsider()
                self._left()
            raise

    def reconsider(self) -> None:
        """Something other than time has changed here and at the root."""
        for turns in (self, self._root):
            turns._disarm()
            turns._line_up()
        self._root._drain()

    def _serve(self) -> None:
        self._line_up()
        self._root._drain()

    def _line_up(self) -> None:
        """Stand in line at the root if the own limits allow it; else wait for them."""
        if not self._waiters:
            self._root._line.pop(self, None)
            if not self._line:
                self._disarm()
        elif self not in self._root._line:
            wait = self._wait()
            if wait == 0:
                self._root._line[self] = None
            else:
                self._arm(wait)

    def _drain(self) -> None:
        """(Root only.) Serve the line, as far as the root's limits allow."""
        while self._line:
            wait = self._wait()
            if wait > 0:
                self._arm(wait)
                return
            turns, _ = self._line.popitem(last=False)
            turns._take_turn()

    def _take_turn(self) -> None:
        """Grant at most once, then go to the end of the line."""
        while self._waiters and self._wait() == 0:
            waiter, since = self._waiters.popitem(last=False)
            if not waiter.done():  # done: cancelled in this very turn of the loop
                waiter.set_result(self._grant(asyncio.get_running_loop().time() - since))
                self._left()
                break
        self._line_up()

    def _arm(self, wait: float) -> None:
        if self._timer is None and math.isfinite(wait):
            self._timer = asyncio.get_running_loop().call_later(whole_milliseconds(wait), self._wake)

    def _disarm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _wake(self) -> None:
        self._timer = None
        self._serve()
        self._drain()
