"""A simulated time of service with everything that goes wrong, from a seed; `python -m tests.scenario.year DAYS SEED`.

Two thirds of the way from one season into the next: games of ESPN's simulated site, with the scrapers, limits and
settings that are shipped, and two sources that are always at work. What happens to it: outages of every kind, kill -9,
stops, a machine that sleeps for a day, a clock that is set wrong and right again, a full disk, saved settings good and
bad, a gaps.json of somebody else, objects that somebody deletes.
"""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt
import json
import logging
import os
import random
import resource
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import structlog
from tests.scenario.machine import Machine, few_looks, no_threads
from tests.scenario.virtual_time import VirtualLoop
from tests.yaml_text import parsed

from adce_async.cli.common import collect_seldom
from adce_async.demo.espn.site import Espn
from adce_async.demo.league import League
from adce_async.demo.limit_audit import LimitAudit
from adce_async.demo.site import Request
from adce_async.errors import BlockedError, NotFoundError, ScrapeError, TransientError, UnreachableError
from adce_async.model.days import DAY, EASTERN
from adce_async.model.limits import Limits, Window
from adce_async.testing.scripted import ScriptedRequest

ROOT = Path(__file__).resolve().parents[2]
HOUR, MINUTE = 3600.0, 60.0
CALM = 2 * DAY
"""Nothing goes wrong in the end: so long it may take until all is well."""
ITEMS = 40
LIMITS = {
    "espn": Limits((Window(60, MINUTE), Window(3000, HOUR)), burst=10),
    "ant": Limits((Window(10, MINUTE), Window(60, HOUR)), burst=2, min_delay=3.0),
    "bee": Limits((Window(20, MINUTE),), burst=5),
}
OVERALL = Limits((Window(100, MINUTE), Window(5000, HOUR)))
OUTAGES = ("unreachable", "hangs", "refuses", "throttles", "fails", "lies")


@dataclasses.dataclass(frozen=True)
class Plan:
    """What a seed makes of a number of days."""

    seed: int
    days: float
    begins: dt.date = dt.date(2025, 4, 1)
    calm: float = CALM

    @property
    def start(self) -> float:
        """Midnight, Eastern time."""
        return dt.datetime.combine(self.begins, dt.time(), EASTERN).timestamp()

    @property
    def until(self) -> float:
        """When the calm begins, in seconds from the start."""
        return self.days * DAY - self.calm

    def outages(self) -> list[tuple[str, str, float, float]]:
        """(source, kind, from, to), in seconds from the start."""
        dice = random.Random(f"outages {self.seed}")
        found = []
        for source in LIMITS:
            at = dice.expovariate(1 / (1.5 * DAY))
            while at < self.until:
                length = min(18 * HOUR, 5 * MINUTE * 2 ** dice.uniform(0, 8))
                found.append((source, dice.choice(OUTAGES), at, min(at + length, self.until)))
                at += length + dice.expovariate(1 / (4 * DAY))
        return found

    def happenings(self) -> list[tuple[float, str]]:
        """(seconds from the start, what), in order."""
        dice = random.Random(f"happenings {self.seed}")
        found: list[tuple[float, str]] = [(self.until * 0.4, "sleeps a day")]
        for what, every in EVERY.items():
            at = dice.expovariate(1 / every)
            while at < self.until:
                found.append((at, what))
                at += dice.expovariate(1 / every)
        return sorted(found)


EVERY = {
    "kill": 1.5 * DAY, "stop": 6 * DAY, "sleep": 8 * DAY, "clock": 6 * DAY, "disk": 6 * DAY, "delete": 3 * DAY,
    "settings": 9 * DAY, "mistake": 9 * DAY, "asked": 5 * DAY, "nonsense": 12 * DAY,
}  # fmt: skip
"""Mean seconds between two of a kind."""


def league_of(plan: Plan) -> League:
    """Two games on each day, even in summer, when nobody asks for them."""
    return League(plan.seed, plan.begins - dt.timedelta(days=3), plan.begins + dt.timedelta(days=int(plan.days)), 2)


def configure(folder: Path, look: float | None = 300.0, **more: Any) -> None:
    """The shipped configuration, with what the simulated world has; `more`: keys of autonomous_config.yaml.

    `look`: seconds between looks of all kinds; None: as shipped.
    """
    service = parsed((ROOT / "config" / "autonomous_config.yaml").read_text())
    service["health_check"]["enabled"] = False  # no sockets in virtual time
    service.setdefault("metrics", {})["prometheus"] = {"enabled": False}
    if look is not None:
        service["health_check"]["check_interval_seconds"] = look
        service["task_queue_check_seconds"] = look
        service["live_games"] |= {"on_seconds": look, "due_seconds": 2 * look}
    service["scheduled_tasks"] = {
        "nightly": {"schedule": "30 2 * * *", "timezone": "America/New_York", "data_types": ["espn.schedule"]}
    }
    service |= more
    per = {"ant": {"requests_per_minute": 10, "requests_per_hour": 60, "burst_size": 2, "min_delay_seconds": 3},
           "bee": {"requests_per_minute": 20, "burst_size": 5}}  # fmt: skip
    service["rate_limiting"]["source_limits"] |= per
    names = ("ant", "bee")
    scraping = {
        "sources": {name: {"hosts": [f"{name}.test"], "respect_robots": False} for name in names},
        "scrapers": {
            f"{name}_items": {
                "source": name, "url": f"https://{name}.test/items/{{id}}.json", "format": "json",
                "check": {"equals": {"id": "{id}"}, "required": ["rows"]},
            }
            for name in names
        },
    }  # fmt: skip
    espn = parsed((ROOT / "inventory" / "data_inventory.yaml").read_text())["expected_coverage"]["espn"]
    wanted = ("schedule", "box_score", "play_by_play")
    espn = {"seasons": ["2025-current"], "data_types": {name: espn["data_types"][name] for name in wanted}}
    for data_type in espn["data_types"].values():
        data_type.pop("seasons", None)
    espn["data_types"]["schedule"]["min_bytes"] = (
        200  # the simulated site says of a day without games less than the real one
    )
    items = {
        name: {"data_types": {"items": {
            "scraper": f"{name}_items", "path_pattern": f"{name}/{{id}}.json", "dimensions": {"id": f"1-{ITEMS}"},
            "freshness_days": 1,
        }}}
        for name in names
    }  # fmt: skip
    documents: Mapping[str, object] = {
        "config/autonomous_config.yaml": service,
        "config/scraper_config.yaml": scraping,
        "config/reconciliation_config.yaml": parsed((ROOT / "config" / "reconciliation_config.yaml").read_text()),
        "inventory/data_inventory.yaml": {"expected_coverage": {"espn": espn, **items}},
    }
    for name, document in documents.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(json.dumps(document))


class Internet:
    """What the sources answer."""

    def __init__(self, plan: Plan, league: League, truth: Callable[[], float], faults: bool = True) -> None:
        self._plan, self._truth, self._site = plan, truth, Espn(league)
        self._dice = random.Random(f"weather {plan.seed}")
        self._outages = plan.outages() if faults else []
        self._faults = faults
        self._lied: set[tuple[str, frozenset[tuple[str, str]]]] = set()
        """Requests (URL, parameters) whose last answer was a lie."""

    def __call__(self, ask: ScriptedRequest) -> Any:
        at = self._truth() - self._plan.start
        for source, kind, begin, end in self._outages:
            if source == ask.source and begin <= at < end:
                return self._outage(kind, ask)
        roll = self._dice.random()
        if not self._faults or at >= self._plan.until:
            return self._well(ask)
        if roll < 0.004:
            return BlockedError("HTTP 429", status=429, retry_after=self._dice.choice([None, 5.0, 60.0]))
        if roll < 0.02:
            return TransientError("connection reset")
        # by the rule a body that is refused twice while others are served is given up, and rightly: among 30,000
        # objects a year that would be met by chance in one year of four, so one that lies beyond an outage lies once
        if roll < 0.023 and _asked(ask) not in self._lied:
            return self._lie(ask)
        self._lied.discard(_asked(ask))
        return self._well(ask)

    def _well(self, ask: ScriptedRequest) -> Any:
        parts = urlsplit(ask.url.partition("&")[0])
        if ask.source != "espn":
            name = parts.path.rsplit("/", 1)[1].removesuffix(".json")
            return json.dumps({"id": name, "rows": [int(self._truth() // DAY)]}).encode()
        answer = self._site.answer(Request(parts.netloc, unquote(parts.path), dict(ask.params), now=self._truth()))
        if answer.status == 404:
            return NotFoundError("HTTP 404", status=404)
        return answer.body if answer.status == 200 else ScrapeError(f"HTTP {answer.status}", status=answer.status)

    def _outage(self, kind: str, ask: ScriptedRequest) -> Any:
        if kind == "unreachable":
            return UnreachableError("no route to host")
        if kind == "hangs":
            return 30.0
        if kind == "refuses":
            return BlockedError("a block page", status=403)
        if kind == "throttles":
            return BlockedError("HTTP 429", status=429, retry_after=120.0)
        return TransientError("HTTP 503", status=503) if kind == "fails" else self._lie(ask)

    def _lie(self, ask: ScriptedRequest) -> Any:
        self._lied.add(_asked(ask))
        return self._dice.choice([b'{"id": "somebody else", "rows": []}', b"<html>soon</html>", b"{}", b""])


def _asked(ask: ScriptedRequest) -> tuple[str, frozenset[tuple[str, str]]]:
    return ask.url, frozenset(ask.params.items())


@dataclasses.dataclass
class Result:
    """What came of it."""

    violations: int
    lost: list[str]
    wrong: list[str]
    parked: list[str]
    died: list[str]
    passes: int
    requests: int
    stored: int
    failed_share: float
    happened: dict[str, int]
    trace: str
    seconds: float = 0.0
    cpu: float = 0.0
    memory: float = 0.0
    """MB of the process at its largest."""

    def problems(self) -> list[str]:
        """Why it is not as promised."""
        said = [f"{self.violations} requests beyond a limit"] if self.violations else []
        for name in ("lost", "wrong", "parked", "died"):
            found = getattr(self, name)
            said += [f"{len(found)} {name}: {', '.join(found[:5])}"] if found else []
        return said


class Year:
    """One run."""

    def __init__(self, plan: Plan, folder: Path) -> None:
        self.plan, self.league = plan, league_of(plan)
        self._dice = random.Random(f"life {plan.seed}")
        self.audit = LimitAudit(LIMITS, OVERALL, time=self._truth)
        self.machine = Machine(
            folder, plan.start, self._audited(Internet(plan, self.league, self._truth)),
            chance=random.Random(f"chance {plan.seed}").random,
        )  # fmt: skip
        self.happened: Counter[str] = Counter()
        self._saved, self._broken, self._written = "", False, 0
        self._ends: list[tuple[float, Callable[[], object]]] = []

    def _audited(self, internet: Internet) -> Any:
        def answer(ask: ScriptedRequest) -> Any:
            self.audit.arrived(ask.source, ask.url)
            return internet(ask)

        return answer

    async def run(self, **settings: Any) -> Result:
        """All of it."""
        configure(self.machine.folder, **settings)
        began, cpu = time.perf_counter(), time.process_time()
        happenings = self.plan.happenings()
        with no_threads(), few_looks(300.0):
            while happenings or self._now() < self.plan.days * DAY:
                await self._life(happenings)
        return dataclasses.replace(
            await self.result(), seconds=time.perf_counter() - began, cpu=time.process_time() - cpu,
            memory=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3,
        )  # fmt: skip

    def _truth(self) -> float:
        return self.machine.truth()

    def _now(self) -> float:
        return self.machine.truth() - self.plan.start

    async def _life(self, happenings: list[tuple[float, str]]) -> None:
        """Until it is killed or stopped, or all is over."""
        what = ""
        kills = {"kill", "stop"}
        if self._broken:  # who starts it is told at once, and mends it
            self._mend()
        upcoming = next((each for each in happenings if each[1] in kills), None)
        async with self.machine.life(kill=upcoming is not None and upcoming[1] == "kill"):
            while happenings and what not in kills:
                at, what = happenings.pop(0)
                await self._until(at)
                self.happened[what] += 1
                if what not in kills:
                    self._happen(what)
            if what not in kills:
                await self._until(self.plan.days * DAY)
        await asyncio.sleep(self._dice.choice([1.0, 5.0, 60.0, HOUR]))

    async def _until(self, at: float) -> None:
        """What ends meanwhile ends."""
        while self._ends and min(self._ends, key=lambda each: each[0])[0] <= at:
            self._ends.sort(key=lambda each: each[0])
            end, undo = self._ends.pop(0)
            await asyncio.sleep(max(0.0, end - self._now()))
            undo()
        await asyncio.sleep(max(0.0, at - self._now()))

    def _later(self, hours: float, undo: Callable[[], object]) -> None:
        self._ends.append((min(self._now() + hours * HOUR, self.plan.until), undo))

    def _happen(self, what: str) -> None:
        machine, dice = self.machine, self._dice
        if what in ("sleep", "sleeps a day"):
            machine.sleep(DAY if what == "sleeps a day" else dice.uniform(0.1, 14) * HOUR)
        elif what == "clock":
            machine.set_wrong(dice.choice([-1, 1]) * 2 ** dice.uniform(0, 13))
            self._later(dice.uniform(0.1, 20), lambda: machine.set_wrong(0.0))
        elif what == "disk":
            machine.disk["full"] = "no space is left"
            self._later(dice.uniform(0.05, 8), lambda: machine.disk.pop("full", None))
        elif what == "delete":
            for key in dice.sample(sorted(machine.store.bodies), min(3, len(machine.store.bodies))):
                machine.store.delete(key)
        elif what == "settings":
            self._edit(max_concurrent_scrapers=1, reconciliation_interval_minutes=60)
        elif what == "mistake":
            self._edit(max_concurrent_scrapers="many", no_such_key=1)
        elif what == "asked":
            entry = {"source": "ant", "data_type": "items", "keys": ["ant/3.json", "ant/7.json"], "force": True}
            self._write("inventory/gaps.json", json.dumps({"tasks": [entry]}))
        else:
            self._write("inventory/gaps.json", '{"tasks": [{"source": ')

    def _edit(self, **change: Any) -> None:
        path = self.machine.folder / "config" / "autonomous_config.yaml"
        self._saved = self._saved or path.read_text()
        self._write("config/autonomous_config.yaml", json.dumps(json.loads(self._saved) | change))
        self._broken = "no_such_key" in change
        self._later(self._dice.uniform(0.1, 12), self._mend)

    def _write(self, name: str, text: str) -> None:
        """A file of that virtual time: two that are written within a tick of the real clock would look alike."""
        path = self.machine.folder / name
        path.write_text(text)
        self._written += 1
        os.utime(path, (self._written, self._written))

    def _mend(self) -> None:
        self._write("config/autonomous_config.yaml", self._saved)
        self._broken = False

    async def result(self) -> Result:
        """What has come of it so far."""
        machine = self.machine
        bodies = machine.store.bodies
        expected = self._expected()
        report = self.audit.report()
        done = machine.verdicts
        tried = sum(done.values()) - done["released"]
        return Result(
            violations=report["totals"]["violations"],
            lost=sorted(expected - bodies.keys()),
            wrong=sorted(key for key, body in bodies.items() if not self._good(key, body)),
            parked=sorted(entry.key for entry in await machine.queue.parked()),
            died=machine.died, passes=len(machine.passes), requests=machine.requests, stored=len(bodies),
            failed_share=1 - (done["stored"] + done["unchanged"]) / max(1, tried),
            happened=dict(self.happened), trace=machine.trace.hexdigest(),
        )  # fmt: skip

    def _expected(self) -> set[str]:
        """What has to be there in the end, by what the world knows: nothing of it is asked of the service."""
        items = {f"{name}/{number}.json" for name in ("ant", "bee") for number in range(1, ITEMS + 1)}
        ended = self.machine.truth() - DAY
        season = [day for day in self.league.days() if dt.datetime.combine(day, dt.time(), EASTERN).timestamp() < ended
                  and any(first <= day <= last for first, last in SEASONS)]  # fmt: skip
        games = [game.event_id for day in season for game in self.league.games(day) if game.ends_at < ended]
        days = {f"espn_schedules/{day:%Y%m%d}.json" for day in season}
        kinds = ("espn_box_scores", "espn_play_by_play")
        return items | days | {f"{kind}/{game}.json" for kind in kinds for game in games}

    def _good(self, key: str, body: bytes) -> bool:
        """Whether a stored body is what it is meant to be."""
        document = json.loads(body)
        folder, name = key.removesuffix(".json").split("/")
        if folder in ("ant", "bee"):
            return bool(document["id"] == name and document["rows"])
        if folder == "espn_schedules":
            return len(document["events"]) == len(self.league.games(dt.datetime.strptime(name, "%Y%m%d").date()))  # noqa: DTZ007
        return bool(
            document["header"]["id"] == name and document["header"]["competitions"][0]["status"]["type"]["completed"]
        )


SEASONS = (
    (dt.date(2024, 10, 22), dt.date(2025, 6, 22)),
    (dt.date(2025, 10, 21), dt.date(2026, 6, 19)),
)
"""First and last day of those of the NBA that a year touches; games of the simulated site on other days are no games."""


YEAR: dict[str, Any] = {"look": 900.0, "reconciliation_interval_minutes": 60}
"""With fewer looks and passes: a year is about seasons."""


async def timed(days: float, seed: int) -> Result:
    """A run in a folder of its own."""
    with tempfile.TemporaryDirectory() as folder:
        return await Year(Plan(seed, days), Path(folder)).run(**YEAR)


if __name__ == "__main__":
    collect_seldom()  # as `adce run` does
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        found = runner.run(timed(float(sys.argv[1]), int(sys.argv[2])))
    sys.stdout.write(json.dumps(dataclasses.asdict(found) | {"problems": found.problems()}) + "\n")
