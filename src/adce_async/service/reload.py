"""Goes on by what the configuration says now: all of it is read and validated first, then swapped as a whole.

A set with an error in it changes nothing: the service goes on by the one it has, and says what is wrong until it is
mended. What can't be changed while it runs is named, and waits for the next start.

The day is a setting as well: `current` seasons, the days of a calendar and what counts as recent follow from it, so the
same files are read anew when a new day begins.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import structlog

from adce_async.app import Parts
from adce_async.config.settings import Settings
from adce_async.error_text import error_text
from adce_async.errors import AdceError, ConfigError, Problem
from adce_async.model.days import eastern_day
from adce_async.policies import Configured

log = structlog.get_logger("adce.reload")

TROUBLE = "configuration"
"""Name of the trouble that a broken set is."""
_TOLD = 20
"""Differences that the log names, a line each; the rest are counted."""


LOST = (
    "is empty or gone, and held settings when the service was started; write it again, or restart to go on without it"
)


def is_empty(file: Path) -> bool:
    """True if it is not there, or nothing is in it."""
    try:
        return not file.stat().st_size
    except FileNotFoundError:
        return True
    except OSError:
        return False


class Change(Protocol):
    """One value that is not what it was; as a text: which, and what it was and is."""

    @property
    def waits(self) -> str:
        """Why it takes a restart to have an effect; '' if it takes none."""
        ...


@dataclass(frozen=True, slots=True)
class Reloaded:
    """What came of reading the configuration anew."""

    problem: str = ""
    """Why nothing has changed; '' if all is well."""
    live: Sequence[Change] = ()
    """In effect from now on."""
    waiting: Sequence[Change] = ()
    """In effect from the next start on: all that is not as it was at this one, whenever it was changed."""

    def as_dict(self) -> dict[str, object]:
        """For JSON."""
        return {
            "ok": not self.problem,
            "problem": self.problem or None,
            "changed": [str(each) for each in self.live],
            "needs_restart": [f"{each} ({each.waits})" for each in self.waiting],
        }


class Reloader:
    """Reads and swaps, one time after another."""

    def __init__(
        self,
        parts: Parts,
        now: Configured,
        read: Callable[[dt.date], Configured],
        compare: Callable[[Settings, Settings], Iterable[Change]],
        tell: Callable[[str, str], object],
        swapped: Callable[[Settings], None] = lambda _settings: None,
    ) -> None:
        """`read(today)` blocks and raises ConfigError; `compare(before, after)`; `swapped(settings)`: in effect now."""
        self._parts = parts
        self._now = now
        self._started = now.settings
        self._waiting: list[str] = []
        self._read = read
        self._compare = compare
        self._tell = tell
        self._swapped = swapped
        self._one_at_a_time = asyncio.Lock()
        self._day = self._today()

    @property
    def current(self) -> Configured:
        """What the service goes by."""
        return self._now

    async def reload(self, why: str) -> Reloaded:
        """Read everything, and go on by it; `why`: for the log."""
        async with self._one_at_a_time:
            today = self._today()
            try:
                fresh = await asyncio.to_thread(self._read_whole, today)
            except (AdceError, OSError) as error:
                return self._refused(why, error_text(error))
            done = Reloaded(
                live=[each for each in self._compare(self._now.settings, fresh.settings) if not each.waits],
                waiting=[each for each in self._compare(self._started, fresh.settings) if each.waits],
            )
            if done.live or today != self._day:
                self._parts.apply(fresh.rules, fresh.catalog)
            self._now, self._day = fresh, today
            self._swapped(fresh.settings)
            self._tell(TROUBLE, "")
            self._say(why, done)
            return done

    @property
    def outdated(self) -> bool:
        """True if the set was made for another day than today."""
        return self._today() != self._day

    def _read_whole(self, today: dt.date) -> Configured:
        """(Blocks.) Raises ConfigError, also for a file that is empty or gone and was not when the service started.

        Whoever saves a file may empty it first, and a disk may be full: nobody lifts all limits by that. A file with
        comments alone is meant so.
        """
        held = [file for file in self._started.files if self._started.says(file)]
        empty = [
            file for file in held if is_empty(file)
        ]  # and after the reading once more: it may come or go meanwhile
        fresh = self._read(today)
        lost = [file for file in held if file in empty or is_empty(file)]
        if lost:
            raise ConfigError([Problem(str(file), None, "", LOST) for file in lost])
        return fresh

    def _today(self) -> dt.date:
        return eastern_day(self._parts.ports.clock.now())

    def _refused(self, why: str, problem: str) -> Reloaded:
        lines = problem.splitlines()
        more = f" (and {len(lines) - 1} more: `adce config check`)" if len(lines) > 1 else ""
        said = f"{lines[0] if lines else 'can not be read'}{more}; what was read before holds until that is mended"
        if not self._tell(TROUBLE, said):  # it was broken before: no news for alerts, but for who has just saved it
            log.warning("configuration is still broken", why=why, problem=said)
        return Reloaded(problem=problem)

    def _say(self, why: str, done: Reloaded) -> None:
        before, self._waiting = self._waiting, [str(each) for each in done.waiting]
        if not done.live and before == self._waiting:
            log.info("configuration read anew: nothing has changed", why=why)
            return
        for each in done.live[:_TOLD]:
            log.info("setting changed", setting=str(each), why=why)
        if len(done.live) > _TOLD:
            log.info("more settings changed", count=len(done.live) - _TOLD)
        for each in done.waiting:
            if str(each) not in before:
                log.warning("setting changed, but not until a restart", setting=str(each), because=each.waits)
        if before and not self._waiting:
            log.info("settings are as they were at the start again: none waits for a restart any more")
