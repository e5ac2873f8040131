"""The 24/7 service: which loops run, and what each does."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from functools import partial

import structlog

from adce_async.app import Parts
from adce_async.engine.cluster.membership import Membership
from adce_async.engine.dispatching.pool import WorkerPool
from adce_async.engine.events import TaskSettled, TaskStarted
from adce_async.engine.fetching.accounts import fingerprints, welcome_back
from adce_async.engine.fetching.limiter import RateLimiter
from adce_async.engine.reconciling.adopted import Adopted
from adce_async.engine.reconciling.change_watch import ChangeWatch
from adce_async.engine.reconciling.triggers import FileWatch, Timer
from adce_async.engine.ticks import set_within, tick, until_tick
from adce_async.error_text import error_text
from adce_async.errors import AdceError, QueueError, StoreError
from adce_async.model.days import DAY, iso
from adce_async.model.stored_change import StoredChange
from adce_async.planning.lanes import Lane
from adce_async.service.actions import Actions
from adce_async.service.cluster_node import join
from adce_async.service.lifecycle import Lifecycle
from adce_async.service.operations import Operations
from adce_async.service.outcome_log import log_settled
from adce_async.service.reload import Reloaded, Reloader
from adce_async.service.serving import Access, figure_routes, offered
from adce_async.service.window import Window
from adce_async.service_policies import ServiceRules
from adce_async.supervisor import Stop, supervise
from adce_async.web.server import Site

log = structlog.get_logger("adce.service")

RATE_HALF_LIFE = 3 * DAY
"""Success rates forget: an attempt counts half after so many seconds."""
SOON_SECONDS, LONGEST_TRICKLE_SECONDS = 5.0, 60.0
"""The queue has run dry if nothing becomes ready so soon; but it is looked at again after so long in any case."""
SELDOM, SELDOM_SECONDS = 6, 60.0
"""While nothing runs and nothing is ready, who looks more often than this looks so many times as seldom, at most."""
STORAGE_SECONDS = 10.0
"""Between attempts to write something to the lake and to the database."""
SETTLE_SECONDS = 0.15
"""A file of the configuration is read once it stays for so long as it is."""
DAY_CHECK_SECONDS = 60.0
"""Between looks whether a new day has begun: a clock may be set, a machine may sleep."""
FOLLOW_SECONDS = 5.0
"""Between looks at what other machines of a cluster have done."""
WRITTEN_SECONDS = 1.0
"""Until what the leader has just written, in a folder that several machines see, is known to be its own."""
ADOPTION_SECONDS = 60.0
"""Between two looks whether there is something adopted to verify, and a budget for it."""
VERIFYING_SECONDS = 3600.0
"""Verifying what an hour's budget allows may take so long."""
STARTING_SECONDS = 300.0
"""Reading a queue of millions may take this long, until the first pass begins."""


def trouble_of(lane: Lane, limiter: RateLimiter) -> str:
    """What is wrong with a source; a cool-down in its last second is as good as over."""
    said = lane.trouble()
    over = said and lane.breaker.state != "open" and limiter.cooling_until is not None and limiter.delay() < 1
    return "" if over else said


SETTINGS = "settings"
"""Who holds the pool where the configuration says so."""


def seldom(seconds: float) -> float:
    """Between two looks at what only work can change, while there is none; `seconds`: while there is.

    >>> round(seldom(0.2), 3), seldom(5.0), seldom(20.0), seldom(60.0)
    (1.2, 30.0, 60.0, 60.0)
    """
    return max(seconds, min(SELDOM * seconds, SELDOM_SECONDS))


def _idle(rules: ServiceRules) -> str:
    """Why nothing is fetched as far as the settings go."""
    return "" if rules.works else ("dry_run is on" if rules.dry_run else "enabled is off")


class Service:
    """The running service."""

    def __init__(
        self,
        parts: Parts,
        stop: Stop,
        reloader: Reloader | None = None,
        lifecycle: Lifecycle | None = None,
        access: Access | None = None,
    ) -> None:
        """`reloader`: reads the configuration anew; without one it stays as it is. `lifecycle`: for who started us."""
        access = access or Access()
        self._parts = parts
        self._lifecycle = lifecycle
        self._stop = stop
        self._cycles = 0
        self._tell = parts.health.trouble
        beat = parts.health.beat
        self._timer = Timer(self._pass, lambda: parts.rules.service.pass_seconds, beat, self._tell)
        gaps, every = parts.rules.files.gaps, lambda: self._check_seconds(self._watch)
        self._watch: FileWatch = FileWatch([gaps], every, self._read_gap_file, beat)
        self._reloader = reloader
        self._reload_asked = asyncio.Event()
        self._pass_for_leader = asyncio.Event()
        self._reload_why = ""
        self._settings_watch: FileWatch = FileWatch(
            reloader.current.settings.files if reloader else (), lambda: self._check_seconds(self._settings_watch),
            self._file_changed, beat, name="settings_watch", known=True, settle=SETTLE_SECONDS,
        )  # fmt: skip
        self._heard: set[str] = set()
        """Keys of which somebody has told something new, which has had no effect yet."""
        self._changes = ChangeWatch(parts.ports.changes, self._take_changes, beat, self._tell)
        self._membership = join(parts, self._timer.ask)
        self._operations = Operations(
            parts, self._timer.ask, self._timer.rearm,
            (lambda _seconds: None) if access.figures is None else access.figures.lag,
        )  # fmt: skip
        self._access = access
        guardrails = self._operations.guardrails
        self._actions = Actions(
            parts, self._ask_pass, self._reload_for, access.set_level, lambda safe, by: guardrails.ask(safe=safe, by=by)
        )
        self._window = Window(parts, lambda: self._cycles, self._timer.seconds_to_next, self._actions)
        self.documents = self._window.documents
        for name, said in parts.recovered.items():
            self._tell(name, said)

    async def run(self) -> None:
        """Until the stop is asked. Raises LoopDiedError if a loop keeps dying, FixMeError if it can't start."""
        rules = self._parts.rules.service
        if self._parts.index is not None:
            self._parts.index.trust()
        loops = {
            "queue watcher": self._watch.run,
            "health watch": self._watching,
            "storage watch": self._trying_to_store,
            "reconciler": self._timer.run,
            "dry queue": self._ask_when_dry,
            "adoption": self._verifying_adopted,
            "live games": self._parts.live.run,
            **self._operations.loops(),
        }
        if self._membership is not None:
            loops["leader asked"] = partial(self._asking_leader, self._membership)
            loops["other nodes"] = self._following
        if self._parts.ports.changes is not None:
            loops["events"] = self._changes.run
        if self._reloader is not None:
            loops |= {"settings watch": self._settings_watch.run, "reload": partial(self._reloading, self._reloader)}
        await self._actions.restore()
        scopes: list[Callable[[], contextlib.AbstractAsyncContextManager[object]]] = [
            self._logging,
            self._operations.watching,
        ]
        if rules.web is not None:
            scopes.append(partial(offered, self._parts, self._stop, self._window, rules.web, self._access))
        if self._membership is not None:  # outside of the pool: leases are renewed until it has drained
            scopes.append(self._membership.running)
        scopes.append(self._working)
        if self._lifecycle is not None:
            scopes.append(self._lifecycle.announced)
        if self._reloader is not None:
            self._stop.on_hangup = partial(self.ask_reload, "SIGHUP")
        await supervise(stop=self._stop, scopes=scopes, loops=loops, tell=self._tell)

    def ask_reload(self, why: str) -> None:
        """The configuration, please, anew, as soon as may be."""
        self._reload_why = why
        self._reload_asked.set()

    # -- scopes ------------------------------------------------------------------------------------------------

    def _logging(self) -> contextlib.AbstractAsyncContextManager[None]:
        return self._parts.events.feeding("log", log_settled, TaskSettled)

    def site(self) -> Site:
        """What is served."""
        return self._window.site(*figure_routes(self._parts, self._access.figures))

    @contextlib.asynccontextmanager
    async def _working(self) -> AsyncIterator[WorkerPool]:
        pool, rules = self._parts.pool, self._parts.rules.service
        self._hold(rules)
        if rules.reconciles:
            self._parts.health.beat("reconciler", STARTING_SECONDS, "first pass not begun")
        async with pool.running():
            await pool.refresh(await self._success_rates())
            yield pool

    def _hold(self, rules: ServiceRules) -> None:
        """Whether the pool works at all, and for how many tasks it begins."""
        self._parts.pool.hold(SETTINGS, _idle(rules))
        self._parts.pool.wait_for(rules.least_tasks)

    # -- loops -------------------------------------------------------------------------------------------------

    def _check_seconds(self, watch: FileWatch) -> float:
        """Between looks at files; where the system tells of each change, they are for what nobody foresees."""
        seconds = self._parts.rules.service.gaps_check_seconds
        return seldom(seconds) if watch.is_told else seconds

    async def _file_changed(self) -> None:
        self.ask_reload("a file has changed")

    async def _reloading(self, reloader: Reloader) -> None:
        """Reads the configuration anew when somebody asks, and on a new day."""
        while True:
            self._parts.health.beat("reload", DAY_CHECK_SECONDS + 60.0, "")
            await set_within(self._reload_asked, until_tick(DAY_CHECK_SECONDS))
            self._reload_asked.clear()
            if self._reload_why:
                why, self._reload_why = self._reload_why, ""  # who asks while it is read has seen something newer
                await self.reload(why)
            elif reloader.outdated:
                await self.reload("a new day")

    async def _reload_for(self, why: str) -> Mapping[str, object]:
        return (await self.reload(why)).as_dict()

    async def reload(self, why: str) -> Reloaded:
        """Read the configuration, and go on by it. Without a reloader nothing changes."""
        if self._reloader is None:
            return Reloaded("this service was started without a configuration that it could read again")
        before = self._parts.rules
        with self._lifecycle.reloading() if self._lifecycle else contextlib.nullcontext():
            done = await self._reloader.reload(why)
        rules = self._parts.rules
        if rules is not before:
            self._hold(rules.service)
            self._operations.apply()
            if rules.pool.score != before.pool.score:  # at once: the pass that is asked for below may take a while
                await self._parts.pool.refresh()
            self._timer.rearm()
            if (rules.plan, rules.service) != (before.plan, before.service) or done.live:
                self._timer.ask()
        return done

    @property
    def _leads(self) -> bool:
        """Whether passes are ours to make: of several machines one makes them."""
        return self._membership is None or self._membership.leads

    def _ask_pass(self) -> None:
        """A pass, as soon as may be, by whom it is to make."""
        if self._leads:
            self._timer.ask()
        else:
            self._pass_for_leader.set()

    async def _asking_leader(self, membership: Membership) -> None:
        """(A loop.) Tells the leader that a pass is wanted."""
        while True:
            self._parts.health.beat("leader asked", DAY_CHECK_SECONDS + 60.0, "")
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(DAY_CHECK_SECONDS):
                    await self._pass_for_leader.wait()
                    self._pass_for_leader.clear()
                    await membership.ask_pass()

    async def _following(self) -> None:
        """(A loop.) What was done at other machines, and seen by them, counts here."""
        while True:
            self._parts.health.beat("other nodes", FOLLOW_SECONDS + 60.0, "")
            with contextlib.suppress(QueueError):  # told by others
                await self._actions.follow()
                await self._window.look.refresh()
            await asyncio.sleep(FOLLOW_SECONDS)

    async def _pass(self) -> None:
        parts, ports = self._parts, self._parts.ports
        if not (parts.rules.service.reconciles and self._leads):
            return
        if why := self._operations.shed:
            log.warning("a pass has to wait", why=why, next="it runs as soon as there is room again")
            return
        known = await asyncio.to_thread(fingerprints, parts.catalog)
        await welcome_back(ports.queue, ports.texts, known)
        self._operations.began()
        try:
            report = await parts.reconciler.run(dry_run=parts.rules.service.dry_run)
        except AdceError as error:
            self._operations.failed(error_text(error))
            raise
        finally:
            self._operations.ended()
        self._cycles += 1
        log.info(
            "pass done",
            gaps=report.gaps,
            tasks=report.tasks,
            parked=report.parked,
            listed=report.listed,
            seconds=round(report.seconds, 2),
        )
        self._tell("gaps.json", "; ".join(str(problem) for problem in report.problems))
        for name in parts.recovered:  # what was set aside is replaced by now
            self._tell(name, "")
        await parts.pool.refresh(await self._success_rates())
        self._operations.passed(report)
        if parts.reconciler.wants_pass:  # a file that came while this one was under way
            self._timer.ask()

    async def _read_gap_file(self) -> None:
        parts = self._parts
        if not self._leads:
            await asyncio.sleep(WRITTEN_SECONDS)
            if self._membership is not None and await parts.reconciler.passes_over_gap_file():
                leader = self._membership.view.leader or "another machine"
                log.warning(
                    "gaps.json is not read here", leader=leader, next=f"save it at {leader}, which makes passes"
                )
            return
        if await parts.reconciler.read_gap_file():
            await parts.pool.refresh()
            if parts.reconciler.wants_pass:
                self._timer.ask()

    async def _take_changes(self, changes: Sequence[StoredChange]) -> None:
        """Others have changed the lake: what that means for what should be there becomes tasks now."""
        parts, index = self._parts, self._parts.index
        # most are echoes of what we store ourselves, and say nothing new
        self._heard |= {change.key for change in changes} if index is None else index.apply_changes(changes)
        if self._heard and parts.rules.service.reconciles and not parts.rules.service.dry_run:
            await parts.reconciler.changed(self._heard)
            await parts.pool.refresh()
        self._heard = set()  # not before: what failed comes again, and the index knows it by then

    async def _ask_when_dry(self) -> None:
        """New games may have come to light: look again as soon as the queue has run dry after something was stored.

        And nothing becomes ready in a moment: tasks that come back one by one are no reason for a pass each.
        """
        pool = self._parts.pool

        def fresh() -> int:
            """Of what is looked at because games are on, nobody waits for a pass: it is followed by itself."""
            return pool.tally.by_verdict.get("stored", 0) - pool.tally.ahead_stored

        while True:
            await pool.busy()
            stored = fresh()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LONGEST_TRICKLE_SECONDS):
                    await pool.drained(SOON_SECONDS)
            await pool.dry()
            if not self._parts.rules.service.reconciles:
                continue
            if fresh() != stored:
                self._ask_pass()

    async def _watching(self) -> None:
        """Cooling sources, open breakers and silent loops are troubles, until they are over."""
        parts = self._parts
        with parts.events.subscribe("health watch", TaskStarted, size=1) as started:
            while True:
                doubted = parts.doubts.any
                for lane in parts.lanes:
                    said = trouble_of(lane, parts.limiters[lane.source])
                    said = said or (parts.doubts.trouble(lane.source) if doubted else "")
                    self._tell(f"source {lane.source}", said)
                self._tell("loops", "; ".join(parts.health.broken()))
                await self._operations.look()
                seconds = self._between(parts.rules.service.health_check_seconds)
                self._timer.progressed(parts.surveyor.steps, seconds)
                parts.health.beat("health_watch", seconds + 60.0, "")
                if parts.pool.at_rest:
                    await set_within(started.some, until_tick(seconds))
                else:
                    await tick(seconds)
                started.take()

    def _between(self, seconds: float) -> float:
        return seldom(seconds) if self._parts.pool.at_rest else seconds

    async def _trying_to_store(self) -> None:
        """A full disk is trouble also while there is nothing to store; once there is room again, it is over."""
        parts, ports = self._parts, self._parts.ports
        while True:
            try:
                await ports.store.probe()
                await ports.texts.set_text("storage last tried", iso(ports.clock.now()))
            except (StoreError, QueueError) as error:
                self._tell("storage", f"{error}; next try in {STORAGE_SECONDS:g} s")
                seconds = STORAGE_SECONDS
            else:
                seconds = self._between(STORAGE_SECONDS)
                self._tell("storage", "")
                if not (parts.pool.waiting or parts.pool.running_tasks):  # nobody else would find out
                    self._tell("lake", "")
            parts.health.beat("storage_watch", seconds + 60.0, "")
            await tick(seconds)

    async def _verifying_adopted(self) -> None:
        """What was adopted is verified, an hour's budget at a time. It only reads: a lake in trouble is tried later."""
        parts, ports = self._parts, self._parts.ports
        adopted = Adopted(parts.verifier, ports.texts, ports.clock)
        while True:
            parts.health.beat("adoption", ADOPTION_SECONDS + VERIFYING_SECONDS, "")
            await tick(ADOPTION_SECONDS)
            try:
                if self._leads and parts.reconciler.last is not None and parts.rules.service.reconciles:
                    await adopted.verify_some()
            except (StoreError, QueueError) as error:
                log.warning("what was adopted could not be verified", why=str(error), next="in an hour")

    async def _success_rates(self) -> dict[str, float]:
        ports = self._parts.ports
        return dict(await ports.history.success_rates(ports.clock.now(), RATE_HALF_LIFE))
