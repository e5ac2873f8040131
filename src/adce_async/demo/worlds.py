"""Configurations of the simulated sources: `DemoWorld`, and the one that `make demo` runs against."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from adce_async.clock import SystemClock
from adce_async.demo.faults import Fault
from adce_async.demo.league import Game, League
from adce_async.model.days import EASTERN
from adce_async.model.limits import Limits, Window

HOSTS: Mapping[str, str] = {
    "site.api.espn.com": "espn",
    "sports.core.api.espn.com": "espn",
    "cdn.espn.com": "espn",
    "www.basketball-reference.com": "basketball_reference",
    "stats.nba.com": "nba_api",
    "cdn.nba.com": "nba_api",
    "github.com": "hoopr",
    "api.github.com": "hoopr",
    "objects.githubusercontent.com": "hoopr",
    "release-assets.githubusercontent.com": "hoopr",
    "raw.githubusercontent.com": "hoopr",
    "www.kaggle.com": "kaggle",
    "storage.googleapis.com": "kaggle",
}
"""Which source a host belongs to; besides these, `NAME.test` belongs to NAME."""

LIMITS: Mapping[str, Limits] = {
    "espn": Limits((Window(60, 60.0), Window(3000, 3600.0)), burst=10),
    "nba_api": Limits((Window(30, 60.0), Window(1000, 3600.0)), burst=5),
    "basketball_reference": Limits((Window(20, 60.0), Window(500, 3600.0)), burst=3, min_delay=3.0),
    "hoopr": Limits((Window(40, 60.0), Window(2000, 3600.0)), burst=8),
}
"""The limits of the configuration that people already have."""

UNKNOWN = "unknown"
"""The source of hosts that nobody knows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoWorld:
    """Everything about a set of simulated sources; the same world behaves the same way each time."""

    seed: int = 1
    first_day: dt.date = dt.date(2024, 12, 9)
    last_day: dt.date = dt.date(2024, 12, 15)
    games_per_day: int = 6
    hosts: Mapping[str, str] = field(default_factory=lambda: dict(HOSTS))
    limits: Mapping[str, Limits] = field(default_factory=dict)
    """What is audited, by source; a source without an entry is only counted."""
    overall: Limits = field(default_factory=Limits)
    """Judged over all sources together, never enforced."""
    enforce: bool = False
    """A request beyond its source's limits is answered with 429 and Retry-After."""
    jail_seconds: float = 0.0
    """With `enforce`: and so is everything of that source for so long."""
    tolerance: float = 0.0
    """Seconds by which two requests may come too early without a verdict."""
    latency: float = 0.0
    """Mean seconds that an answer takes."""
    jitter: float = 0.0
    """How many seconds an answer may be quicker or slower than the mean."""
    faults: tuple[Fault, ...] = ()
    replay: Path | None = None
    """A folder of captures that answers instead of the generated league (`*.test` excepted)."""
    overrides: Mapping[str, str] = field(default_factory=dict)
    """See `replay.Replay`."""
    crawl_delay: float | None = 3.0
    """What Basketball-Reference's robots.txt asks for; None: nothing."""
    item_bytes: int = 2000
    """Least size of the rows of an item of a `*.test` source."""
    now: Callable[[], float] = lambda: math.inf
    """What time it is there, in seconds since the epoch; by default all games are long over."""
    prepared: bool = False
    """All that fills the demo's week is ready before anybody asks (see `week`); time has to stand still then."""

    def league(self) -> League:
        """Its games."""
        return League(self.seed, self.first_day, self.last_day, self.games_per_day)

    def source_of(self, host: str) -> str | None:
        """The source that a host belongs to, or None."""
        return host.removesuffix(".test") if host.endswith(".test") else self.hosts.get(host)


def faster(limits: Limits, factor: float) -> Limits:
    """The same limits for a world in which time passes `factor` times as fast.

    >>> faster(Limits((Window(20, 60.0),), burst=3, min_delay=3.0), 10)
    Limits(windows=(Window(limit=20, seconds=6.0),), burst=3, min_delay=0.3, guard=0.02)
    """
    windows = tuple(Window(window.limit, window.seconds / factor) for window in limits.windows)
    return replace(limits, windows=windows, min_delay=limits.min_delay / factor)


class WorldClock:
    """`ports.Clock` that began at an instant of another world and goes on as fast as ours."""

    def __init__(self, start: float) -> None:
        """`start`: seconds since the epoch."""
        self._clock = SystemClock()
        self._ahead = start - self._clock.now()

    def now(self) -> float:
        """Seconds since the epoch, UTC."""
        return self._clock.now() + self._ahead


DEMO_NOON = dt.datetime(2024, 12, 16, 12, tzinfo=EASTERN).timestamp()
"""The Monday after the demo's week: its games are over, its season is not."""

_DEMO_LIMITS: Mapping[str, Limits] = {
    "espn": Limits((Window(8, 2.0),), burst=4),
    "basketball_reference": Limits((Window(22, 10.0),), burst=3, min_delay=0.4),
    "nba_api": Limits((Window(12, 2.0),), burst=5),
    "hoopr": Limits((Window(4, 2.0),), burst=2),
    "kaggle": Limits((Window(4, 2.0),), burst=2),
}


def _demo_faults(late: Game) -> tuple[Fault, ...]:
    """One of each kind that heals. `late`: a game of less than a week ago, of which a file may still be missing.

    What makes a client wait (429, block pages, hanging) is put on ESPN, where there is time for it; and towards the
    end, since a client that halves its pace at each refusal has little left to do at an eighth of it.
    """
    espn, bbref, nba = "espn", "basketball_reference", "nba_api"
    return (
        Fault("not_final", espn, "dates=20241215"),  # the last day: an earlier one would long be over
        Fault("status_500", espn, "summary", first=3),
        Fault("hang", espn, "summary", first=6, seconds=3),
        Fault("truncated_body", espn, "summary", first=12),
        Fault("status_429", espn, "roster", first=20, seconds=2),
        Fault("block_page_200", espn, "roster", first=25, seconds=2),
        Fault("status_403", espn, "roster", first=28, seconds=2),
        Fault("reset", bbref, "/boxscores/2", first=4),
        Fault("slow", bbref, "/boxscores/2", first=9, seconds=1),
        Fault("truncated", bbref, "/boxscores/pbp/", first=5),
        Fault("redirect", bbref, "/boxscores/pbp/", first=12),
        Fault("drop_keepalive", bbref, "/boxscores/pbp/", first=20),
        Fault("status_503", bbref, "/boxscores/pbp/", first=25),
        Fault("empty_object", nba, "playbyplayv3", first=7),
        Fault("not_in_bucket", nba, f"boxscore_{late.nba_id}"),
        Fault("lfs_pointer", "hoopr", "release-asset/1/espn_nba_pbp/"),
    )


def demo_world() -> DemoWorld:
    """A week of games on five sources, with one fault of each kind that heals: the world of `make demo`.

    Seven days of six games. Basketball-Reference has the month's schedule, a box score and a play-by-play of each game
    and four tables of the season, 90 requests with robots.txt; it decides how long it takes. It allows 22 requests
    in 10 s with at least 0.4 s between two; so they last at least:

    >>> from adce_async.demo.limit_audit import lower_bound_seconds
    >>> from adce_async.demo.prepared import addresses
    >>> world = demo_world()
    >>> asked = {source: len(urls) for source, urls in addresses(world).items()}
    >>> round(lower_bound_seconds(world.limits["basketball_reference"], asked["basketball_reference"]), 1)
    40.4

    and each of the four faults there that costs a request adds half a second. nba.com has two bodies of a game on each
    of its two hosts, a scoreboard a day and seven tables of the season; ESPN a scoreboard a day, a summary a game and
    the rosters; hoopR and Kaggle have a few large files, each behind a redirect. They need less time:

    >>> {source: round(lower_bound_seconds(world.limits[source], asked[source])) for source in ("nba_api", "espn")}
    {'nba_api': 30, 'espn': 20}
    """
    world = DemoWorld(
        seed=2024,
        limits=_DEMO_LIMITS,
        enforce=True,
        jail_seconds=5.0,
        latency=0.08,
        jitter=0.04,
        crawl_delay=0.4,
        now=lambda: DEMO_NOON,
        prepared=True,
    )
    return replace(world, faults=_demo_faults(world.league().games(world.last_day)[-1]))
