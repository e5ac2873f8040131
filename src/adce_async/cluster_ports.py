"""The ports of machines that share their work; their laws are stated as in `ports`, and checked the same way."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from adce_async.model.cluster import Beat, Beaten, ClusterView, Decision


class SharedQueue(Protocol):
    """What a queue of several machines does beside the laws of `ports.TaskQueue`."""

    def pass_begins(self) -> None:
        """A pass begins to look: what anybody settles as stored from now on, its `replace` does not plan again."""
        ...

    async def sweep(self, now: float) -> int:
        """Lose the claims that ran out before `now`, which nobody may ask for by their keys; how many there were."""
        ...


class Cluster(Protocol):
    """Where machines that share the work tell each other what they do and own.

    1. A source has one owner at most, for a lease that ends by the database's clock; who takes it over has a greater
       fence, and the claims on its tasks are lost.
    2. Who takes it over is told what was sent to it, and as sent counts what may have been: rather too much.
    3. The shares of the global limits of all nodes are never more than the whole.
    4. There is one leader at most.
    """

    async def beat(self, beat: Beat, decide: Callable[[ClusterView], Decision]) -> Beaten:
        """Say what we do, see what the others do, and act on it: all in one step.

        Raises QueueError: it can be said again. Raises FixMeError if another process goes by our name.
        """
        ...

    async def leave(self, sent: Sequence[tuple[str, float]]) -> None:
        """Give back all that is ours; `sent`: as in `Beat`."""
        ...

    async def view(self) -> ClusterView:
        """Who does what; for who only looks."""
        ...

    async def ask_pass(self) -> None:
        """The leader, please, begin a pass."""
        ...
