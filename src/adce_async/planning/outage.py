"""Is it the keys, or is it the source? What refusals of several keys in a row mean. Pure: time is an argument.

A source in trouble answers everything alike: with a text, a page, nothing at all, or with the same 404 for all. Asked
for one key, that looks like a verdict on the key. So refusals are held against each other: when `FEW` different keys
in a row were refused alike (and none was accepted in between), what the source has served before is asked for again.
Is that served, then the refusals were about the keys, and count. Is it refused, too, or is there no such thing, then
the source is in doubt: nothing is given up, one key at a time is asked, at growing intervals, until one is served.

A source that has never served anything can't be told from one in trouble. After `PROBES_ALONE` such probes the other
keys are looked at as well (one of them may be there), still without giving one up; after `DOUBT_SECONDS` they are.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from adce_async.errors import BoundError, NotFoundError, PermanentError, RefusedError, UnreadableError
from adce_async.model.days import DAY

FORMAT = "format"
HEAD = "head"
"""The sign of an answer that is not the format at all."""
FEW = 5
"""Different keys in a row that were refused alike, until somebody asks whether it is the source."""
MOST_PATIENCE = 96
"""The more often it was the keys, the later somebody asks again; at most after so many."""
FIRST_SECONDS, LONGEST_SECONDS = 2.0, 3600.0
"""Interval between probes, at first and at most."""
PROBES_ALONE = 8
LOOK_AGAIN_SECONDS = 6 * 3600.0
"""Keys that were looked at while nothing had ever been served are asked again after this."""
DOUBT_SECONDS = 7 * DAY
_BODY_BYTES = 65_536
_VARIES = re.compile(rb"[\w+/:.,-]*\d[\w+/:.,-]*")
_SPACE = re.compile(rb"\s+")


def sign(cause: BaseException | None, body: bytes, values: Iterable[str] = ()) -> str | None:
    """What a refusal looks like, so that equal ones have equal signs; None for what says nothing about the source.

    `body`: of the answer, or its beginning; `values`: of the key's fields, which may stand in it.
    """
    match cause:
        case UnreadableError():
            return FORMAT
        case BoundError():
            return HEAD
        case PermanentError() if cause.status in (None, 401, 403):  # our own, or about an account
            return None
        case RefusedError() | NotFoundError() | PermanentError():
            return f"{cause.status or 200} {shape(body, values)}"
        case _:
            return None


def shape(body: bytes, values: Iterable[str] = ()) -> str:
    """A digest of what does not vary from key to key: without numbers, times, ids, and the key's own values.

    >>> shape(b'no item 17, 12:30:05', ()) == shape(b'no item 4, 12:30:09', ())
    True
    >>> shape(b'no team BOS', ['BOS']) == shape(b'no team NYK', ['NYK']), shape(b'a') == shape(b'b')
    (True, False)
    """
    text = body[:_BODY_BYTES]
    for value in sorted(values, key=len, reverse=True):
        if len(value) > 1:
            text = text.replace(value.encode(), b"0")
    text = _SPACE.sub(b" ", _VARIES.sub(b"#", text))
    return hashlib.blake2b(text, digest_size=8).hexdigest()


@dataclass(slots=True)
class Doubt:
    """What is known about one scraper, or one source. Times are wall-clock seconds."""

    streak: dict[str, str] = field(default_factory=dict)
    """Requests (`Task.request`) refused since the last good sign, each with the sign of its refusal: keys that one
    request serves are refused together, and are one."""
    since: float = 0.0
    """When the first of them was refused."""
    patience: int = FEW
    doubtful: bool = False
    began: float = 0.0
    """When the doubt did: long after `since` where nothing was asked for in between."""
    interval: float = FIRST_SECONDS
    retry_at: float = 0.0
    probes: int = 0
    alone: bool = False
    """Nothing is known that was ever served, so a probe may be about its key alone."""
    probing: str = ""
    """The request that is the probe under way."""

    def refused(self, request: str, sign: str, now: float) -> None:
        """What it asked for was refused."""
        if not self.streak:
            self.since = now
        if len(self.streak) < 2 * MOST_PATIENCE:
            self.streak[request] = sign

    @property
    def ripe(self) -> bool:
        """So many were refused alike that it may be the source."""
        return max(Counter(self.streak.values()).values(), default=0) >= self.patience

    def begin(self, now: float, *, alone: bool) -> None:
        """It is the source, or (`alone`) nobody knows better."""
        self.alone, self.began = alone, now
        self.doubtful, self.probes, self.interval, self.probing = True, 0, FIRST_SECONDS, ""
        self.retry_at = now + self.interval

    def probe_failed(self, now: float, *, alone: bool) -> None:
        """The probe was refused, too."""
        self.alone = alone
        self.probes += 1
        self.interval = min(2 * self.interval, LONGEST_SECONDS)
        # the first key that is looked at beside the probes goes on as the probe
        self.retry_at, self.probing = now if self.probes == PROBES_ALONE and alone else now + self.interval, ""

    def was_keys(self) -> None:
        """The source serves what it has served before: the refusals count."""
        self.patience = min(2 * self.patience, MOST_PATIENCE)
        self._clear()

    def served(self) -> None:
        """A key was accepted."""
        if self.doubtful:
            self.patience = FEW
        self._clear()

    def _clear(self) -> None:
        self.streak.clear()
        self.doubtful, self.probing, self.probes = False, "", 0

    def is_over(self, now: float) -> bool:
        """It has lasted so long that refusals count again."""
        return now - self.began > DOUBT_SECONDS

    @property
    def looking(self) -> bool:
        """Nothing has ever been served: all keys are looked at, and none is given up."""
        return self.doubtful and self.alone and self.probes >= PROBES_ALONE

    def wait(self, now: float) -> float:
        """Seconds until a request may start; inf while the probe is under way."""
        if not self.doubtful or self.looking:
            return 0.0
        if self.probing:
            return math.inf
        wait = self.retry_at - now
        return wait if 0 < wait <= self.interval else 0.0  # longer: the clock was set back

    def as_dict(self) -> dict[str, Any]:
        """What a restart must know; nothing if there is nothing to know."""
        if not self.streak and not self.doubtful:
            return {}
        return {
            "streak": dict(self.streak),
            "since": self.since,
            "doubtful": self.doubtful,
            "began": self.began,
            "probes": self.probes,
            "alone": self.alone,
            "interval": self.interval,
        }

    @classmethod
    def of(cls, known: Mapping[str, Any]) -> Doubt:
        """From what was read back: the first probe may go out at once. Raises TypeError, ValueError or KeyError."""
        return cls(
            {str(key): str(sign) for key, sign in dict(known["streak"]).items()},
            float(known["since"]),
            doubtful=bool(known["doubtful"]),
            began=float(known.get("began", known["since"])),
            probes=int(known["probes"]),
            alone=bool(known["alone"]),
            interval=min(max(float(known["interval"]), FIRST_SECONDS), LONGEST_SECONDS),
        )
