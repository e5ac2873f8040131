"""Times at which a pass is wanted: cron expressions in a time zone.

Pure: times are seconds since the epoch, given by the caller. Changes of the clock are met as Debian's cron does: what
falls into the hour that is skipped comes right after it, and what falls into the hour that comes twice comes once.
"""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

MACROS: Mapping[str, str] = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a pass is wanted, and what for. `cron`: five fields, or one of `MACROS`, in `zone`.

    `data_types`: those (`source.name`, or a source) that it is for; empty: all. `catches_up`: a time that was missed is
    made up for, once however many there were. `jitter`: seconds that a pass comes late at most, by chance. `timeout`:
    seconds until a pass has to be done, and nothing of its data types may be missing any more; None: it has time.
    `retries`: passes that may fail before somebody is told.
    """

    name: str
    cron: str
    zone: str = "America/New_York"
    data_types: frozenset[str] = frozenset()
    catches_up: bool = True
    jitter: float = 0.0
    timeout: float | None = None
    retries: int = 3

    def next_after(self, at: float) -> float | None:
        """The first time after `at`; None if there is none within fifty years."""
        return _found(self.cron, self.zone, at, reverse=False)

    def last_until(self, at: float) -> float | None:
        """The last time that is not after `at`; None if there is none within fifty years."""
        return _found(self.cron, self.zone, at + 1.0, reverse=True)

    def concerns(self, source: str, data_type: str) -> bool:
        """True if it is for this data type of `source`."""
        return not self.data_types or source in self.data_types or f"{source}.{data_type}" in self.data_types


def check_cron(text: str) -> None:
    """Raises ValueError if `text` is no cron expression of five fields, or one that never comes."""
    if len(text.split()) != 5 and text.strip().lower() not in MACROS:
        raise ValueError("not five fields")
    if _found(text, "UTC", 0.0, reverse=False) is None:
        raise ValueError("never comes")


@functools.lru_cache(maxsize=256)  # a loop asks for the same once a minute, and it takes longer than all else in it
def _found(cron: str, zone: str, at: float, *, reverse: bool) -> float | None:
    text = MACROS.get(cron.strip().lower(), cron).replace("?", "*")
    try:
        times = CronSim(text, dt.datetime.fromtimestamp(at, ZoneInfo(zone)), reverse=reverse)
        return next(times).timestamp()
    except CronSimError as error:
        raise ValueError(str(error)) from None
    except StopIteration:
        return None
