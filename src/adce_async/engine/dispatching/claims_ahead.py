"""Claims on tasks that are about to start: where many start in a moment, one transaction claims the next ones, too.

A queue on a disk takes longer to say what we got than a quick task takes. Where starts are rare (as with all limits
that sources really have) nothing is claimed ahead.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

from adce_async.model.task import Task
from adce_async.planning.backlog import Backlog

MOST_AHEAD = 32
"""Requests that are claimed beside those that start now."""
SOON_SECONDS = 0.05
"""Claims that follow each other more quickly than this are made for more at once."""


class ClaimsAhead:
    """What is claimed and has not started: it waits in the backlog like all others, best score first."""

    def __init__(self) -> None:
        self._ours: dict[str, Task] = {}
        self._width = 0
        self._last = float("-inf")

    def __len__(self) -> int:
        return len(self._ours)

    def take(self, tasks: Sequence[Task]) -> Sequence[Task]:
        """Those of `tasks` that are ours already, as they were claimed; they are not ahead any more."""
        return [ours for task in tasks if (ours := self._ours.pop(task.key, None)) is not None]

    def put_back(self, ours: Sequence[Task]) -> None:
        """What was taken and not started after all."""
        self._ours.update((task.key, task) for task in ours)

    def choose(self, backlog: Backlog, is_open: Callable[[str], bool], *, now: float, at: float) -> Sequence[Task]:
        """What to claim beside what starts now: the next ones, which stay in the backlog.

        `now`: seconds since the epoch, for the backlog; `at`: of a clock that only goes forward.
        """
        quick, self._last = at - self._last < SOON_SECONDS, at
        self._width = min(MOST_AHEAD, self._width * 2 + 1) if quick else 0
        if len(self._ours) > self._width // 2:
            return ()
        return [task for task in backlog.ahead(now, self._width, is_open) if task.key not in self._ours]

    def got(self, chosen: Sequence[Task], claimed: Mapping[str, Task], backlog: Backlog) -> None:
        """Of `chosen` we got what is `claimed`; the rest is somebody else's, or nobody wants it any more."""
        for task in chosen:
            if (ours := claimed.get(task.key)) is None:
                backlog.remove(task.key)
            else:
                self._ours[task.key] = ours
                # it has changed, or the backlog was made anew meanwhile, of a queue in which it was claimed already
                if ours != task or task.key not in backlog:
                    backlog.add(ours)

    def into(self, fresh: Backlog, wanted: Callable[[Task], bool]) -> None:
        """A backlog that was made anew of the queue lacks what is claimed: put it in."""
        for task in self._ours.values():
            if wanted(task):
                fresh.add(task)

    def forget(self, sources: Collection[str]) -> Sequence[str]:
        """What is claimed of `sources` is not ours any more: their new owner has the tasks. The keys."""
        lost = [key for key, task in self._ours.items() if task.source in sources]
        for key in lost:
            del self._ours[key]
        return lost

    def give_back(self) -> Iterator[Task]:
        """All of it, which is ours no more then."""
        while self._ours:
            yield self._ours.popitem()[1]
