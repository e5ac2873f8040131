"""The parts list: what the process is made of, and how the parts fit together.

`assemble` is the only place that wires: the service, every command, the scenario tests and the benchmarks use it, each
with ports of its own. `resources` says which adapter stands behind which port, `policies` what the settings mean,
`supervisor` in which order things start and stop.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path

from adce_async.cluster_ports import SharedQueue
from adce_async.cluster_resources import make_membership, node_clock, require_alone
from adce_async.engine.alerting import AlertRouter, AlertRules
from adce_async.engine.cluster.membership import Membership
from adce_async.engine.collecting.attempt import Attempts
from adce_async.engine.collecting.canary import Canary
from adce_async.engine.collecting.doubts import Doubts
from adce_async.engine.collecting.services import AttemptServices, Fetcher, Recent
from adce_async.engine.dispatching.live_room import LiveRoom
from adce_async.engine.dispatching.pool import WorkerPool
from adce_async.engine.events import (
    Events,
    OutcomeRefused,
    PassDone,
    SettingsChanged,
    TaskSettled,
    TroubleRaised,
    TroubleRecovered,
)
from adce_async.engine.fetching.accounts import fingerprints, welcome_back
from adce_async.engine.fetching.asker import Asker
from adce_async.engine.fetching.client import HttpClient
from adce_async.engine.fetching.limiter import RateLimiter
from adce_async.engine.health import Health
from adce_async.engine.pressure import Measures
from adce_async.engine.reconciling.adopted import adoption_hint
from adce_async.engine.reconciling.indexed_survey import IndexedSurveyor
from adce_async.engine.reconciling.live_games import LiveGames
from adce_async.engine.reconciling.reconciler import Reconciler
from adce_async.engine.reconciling.stored_index import StoredIndex
from adce_async.engine.reconciling.survey import Surveyor
from adce_async.engine.reconciling.verifier import Verifier
from adce_async.engine.source_memory import SourceMemory, all_memories
from adce_async.engine.subscribers import Sink, alert_sender, history_keeper, metrics_publisher
from adce_async.engine.trends import Trends
from adce_async.errors import UnreachableError
from adce_async.model.alert import AlertChannel
from adce_async.model.dimensions import Declared
from adce_async.model.limits import Limits
from adce_async.planning.breaker import Breaker
from adce_async.planning.lanes import Lane, Lanes
from adce_async.policies import EngineRules, ResourceRules, SourceRules, safe
from adce_async.ports import (
    Alerts,
    ChangeFeed,
    Clock,
    CoverageHistory,
    DiscoveryCache,
    GrantJournal,
    History,
    MetricsSink,
    ObjectStore,
    Ownership,
    StateStore,
    StoredReports,
    TaskQueue,
    Verifications,
)
from adce_async.resources import (
    GLOBAL,
    Journal,
    State,
    alert_channels,
    damaged,
    index_folder,
    machine,
    make_folder,
    metrics_sink,
    open_journal,
    open_state,
    open_store,
    open_told,
    people,
)
from adce_async.scraping.base import Page
from adce_async.scraping.registry import Builtins, Catalog, load_builtins

BUILTIN_SOURCES = tuple(
    f"adce_async.sources.{name}" for name in ("espn", "nba_api", "basketball_reference", "hoopr", "kaggle")
)

MakeFetcher = Callable[[Mapping[str, RateLimiter]], Fetcher]
"""What sends requests, given the limiters of all sources."""
MakeLimiter = Callable[[str, SourceRules], RateLimiter]
"""The limiter of a source that has none, with what the journal knows of it."""


@dataclass(slots=True)
class Ports:
    """What the parts stand on. `fetcher`: instead of the HTTP client; `chance()`: uniform in [0, 1), for jitter."""

    clock: Clock
    store: ObjectStore
    queue: TaskQueue
    discoveries: DiscoveryCache
    verifications: Verifications
    texts: StateStore
    history: History
    journal: GrantJournal | None = None
    ownership: Ownership | None = None
    shared: SharedQueue | None = None
    membership: Membership | None = None
    """In a cluster: its queue, and this node, which is the ownership; what it may send is the journal."""
    metrics: MetricsSink | None = None
    alerts: Sequence[Alerts] = ()
    measures: Measures = field(default_factory=Measures)
    people: Callable[[AlertRules], Sequence[AlertChannel]] = lambda _rules: ()
    """What makes the channels to people that the rules name."""
    changes: ChangeFeed | None = None
    reports: StoredReports | None = None
    index_folder: Path | None = None
    """Where it is remembered what is stored in a lake that is dear to list; None: it is listed in each pass."""
    fetcher: MakeFetcher | None = None
    coverage: CoverageHistory | None = None
    chance: Callable[[], float] = random.random


@dataclass(slots=True)
class Parts:
    """Everything that a running service is made of."""

    rules: EngineRules
    catalog: Catalog
    ports: Ports
    events: Events
    health: Health
    overall: RateLimiter
    new_limiter: MakeLimiter
    limiters: dict[str, RateLimiter]
    memories: Sequence[SourceMemory]
    lanes: Lanes
    fetcher: Fetcher
    services: AttemptServices
    attempts: Attempts
    doubts: Doubts
    """Which sources are in doubt."""
    canary: Canary
    pool: WorkerPool
    surveyor: Surveyor
    reconciler: Reconciler
    verifier: Verifier
    trends: Trends
    live: LiveGames
    alerts: AlertRouter
    index: StoredIndex | None = None
    """What is known to be stored, where the lake is not listed in each pass."""
    configured: EngineRules | None = None
    """What was given last; `rules` is what holds, which is less in safe mode."""
    safe_mode: str = ""
    """Why it is on; '' if it is off."""
    recovered: Mapping[str, str] = field(default_factory=dict)
    """What was found damaged and begun anew: component and what happened."""

    async def restore(self) -> None:
        """What earlier processes learnt of the sources. Before anything is sent."""
        for memory in self.memories:
            await memory.restore()

    def apply(self, rules: EngineRules, catalog: Catalog) -> None:
        """Go on by these, with these sources and scrapers. What is under way ends as it began.

        A source that is gone keeps its limiter and its lane, should it come back; nothing is planned for it.
        """
        self.configured = rules
        if self.safe_mode:
            rules = safe(rules)
        changed = tuple(
            each.name for each in fields(rules) if getattr(rules, each.name) != getattr(self.rules, each.name)
        )
        self.rules, self.catalog = rules, catalog
        if self.ports.membership is None:
            self.overall.set_limits(rules.overall)
        else:  # of which other machines have their parts
            self.ports.membership.overall_changed()
        for name, source in rules.sources.items():
            if name not in self.limiters:
                self.limiters[name] = self.new_limiter(name, source)
                self.lanes.add(_lane(name, source, self.limiters[name], asyncio.get_running_loop().time))
                continue
            self.limiters[name].apply(source.limits, source.pacing, *source.cooldown)
            self.lanes[name].apply(source.most)
            breaker = source.breaker
            self.lanes[name].breaker.apply(breaker.failures, breaker.open_seconds, breaker.open_max_seconds)
        if isinstance(self.fetcher, HttpClient):
            self.fetcher.apply(
                {name: source.http for name, source in rules.sources.items()}, rules.mirror, rules.scrapers_http
            )
        self.services.apply(_min_bytes(catalog))
        self.attempts.apply(catalog.scrapers, rules.attempt, rules.attempts)
        self.doubts.apply(_sources_of(catalog))
        self.canary.apply(catalog.declared, catalog.scrapers)
        self.surveyor.apply(catalog.declared, catalog.scrapers)
        if isinstance(self.reconciler.surveyor, IndexedSurveyor):
            self.reconciler.surveyor.apply(catalog.declared, catalog.scrapers, rules.plan)
        if self.index is not None:
            self.index.apply(rules.index)
        self.verifier.apply(catalog.declared, catalog.scrapers)
        self.reconciler.apply(rules.plan, catalog.declared, rules.files, rules.list_price)
        self.pool.apply(rules.pool)
        self.alerts.apply(rules.alerts)
        self.live.apply(_to_watch(rules, catalog), catalog.scrapers, rules.service.live, rules.plan)
        self.trends.apply(rules.trend_seconds)
        if self.ports.changes is not None:
            self.ports.changes.apply(rules.changes)
        if self.ports.reports is not None:
            self.ports.reports.apply(rules.reports)
        self.events.publish(SettingsChanged(changed))

    def be_safe(self, why: str) -> None:
        """Go on in safe mode, because of `why`; '': as configured."""
        self.safe_mode = why
        self.apply(self.configured or self.rules, self.catalog)

    @contextlib.asynccontextmanager
    async def telling(self) -> AsyncIterator[None]:
        """Within the block: what happens is recorded, published and told; on leaving it, what is left."""
        async with self.alerts.running(), contextlib.AsyncExitStack() as stack:
            for sink in self._sinks():
                await stack.enter_async_context(self.events.feeding(sink.name, sink.handler, *sink.kinds))
            yield

    def _sinks(self) -> Iterator[Sink]:
        """Who hears of what. On leaving, each is given what is left, the last one first: its trouble is told, too."""
        ports, tell = self.ports, self.health.trouble
        yield Sink("alerts", alert_sender(ports.alerts), TroubleRaised, TroubleRecovered)
        yield Sink("people", self.alerts.handle, TroubleRaised, TroubleRecovered)
        yield Sink("history", history_keeper(ports.history, tell), TaskSettled, OutcomeRefused)
        if ports.metrics is not None:
            publisher = metrics_publisher(ports.metrics, tell, lambda: self.rules.service.dims)
            yield Sink("metrics", publisher, PassDone)
        yield Sink("coverage history", self.trends.keep, PassDone)
        yield Sink("adoption", adoption_hint(ports.texts), PassDone)


def builtins() -> Builtins:
    """The sources that come with the package, and those of installed entry points."""
    return load_builtins(BUILTIN_SOURCES)


def assemble(rules: EngineRules, catalog: Catalog, ports: Ports, haste: asyncio.Event | None = None) -> Parts:
    """All parts, wired; nothing runs yet. `haste`: set when a stop gets no more grace."""
    time = asyncio.get_running_loop().time
    wake = asyncio.Event()  # of the dispatcher: who lets something start sets it
    events = Events()
    health = Health(ports.clock, time, events)
    overall, new_limiter = make_limiters(rules.overall, ports.clock, ports.journal, ports.ownership, events, wake.set)
    limiters = {name: new_limiter(name, source) for name, source in rules.sources.items()}
    fetcher = ports.fetcher(limiters) if ports.fetcher else _http(rules, ports, limiters, health)
    index, owns = _index(rules, ports), ports.membership.owns if ports.membership else None
    services = AttemptServices(
        fetcher=fetcher, limiters=limiters, store=ports.store, discoveries=ports.discoveries,
        verifications=ports.verifications, recent=_recent(index, ports.clock, ports.shared), clock=ports.clock,
        min_bytes=_min_bytes(catalog), owns=owns,
    )  # fmt: skip
    canary = Canary(catalog.declared, catalog.scrapers, services, ports.chance)
    doubts = Doubts(_sources_of(catalog), ports.clock, canary, ports.texts, owns)
    attempts = Attempts(
        scrapers=catalog.scrapers, services=services, policy=rules.attempt, policies=rules.attempts,
        chance=ports.chance, doubts=doubts,
    )  # fmt: skip
    lanes = Lanes({name: _lane(name, source, limiters[name], time) for name, source in rules.sources.items()})
    memories = all_memories(limiters, lanes, doubts, ports.texts, ports.clock, owns)
    room = LiveRoom(limiters, overall, rules.service.live)
    pool = WorkerPool(
        rules=rules.pool, queue=ports.queue, store=ports.store, attempts=attempts, lanes=lanes, clock=ports.clock,
        wake=wake, events=events, beat=health.beat, tell=health.trouble, keepers=memories, doubts=doubts,
        haste=haste, room=room.active,
    )  # fmt: skip
    live = LiveGames(
        declared=_to_watch(rules, catalog), scrapers=catalog.scrapers, rules=rules.service.live, plan_rules=rules.plan,
        store=ports.store, discoveries=ports.discoveries, queue=ports.queue, clock=ports.clock, tap=services.tap,
        room=room, offer=pool.offer, beat=health.beat, tell=health.trouble,
    )  # fmt: skip
    surveyor = Surveyor(
        catalog.declared, catalog.scrapers, ports.store, ports.discoveries, ports.clock, ports.verifications,
        ports.texts,
    )  # fmt: skip
    reconciler = Reconciler(
        surveyor=surveyor if index is None else _indexed(surveyor, index, rules, catalog, ports),
        declared=catalog.declared, rules=rules.plan, queue=ports.queue, store=ports.store,
        state=ports.texts, clock=ports.clock, recent=services.recent, files=rules.files, events=events,
        list_price=rules.list_price, tell=health.trouble,
    )  # fmt: skip
    verifier = Verifier(
        surveyor=surveyor, declared=catalog.declared, scrapers=catalog.scrapers, store=ports.store,
        verifications=ports.verifications, clock=ports.clock,
    )  # fmt: skip
    return Parts(
        rules, catalog, ports, events, health, overall, new_limiter, limiters, memories, lanes, fetcher, services,
        attempts, doubts, canary, pool, surveyor, reconciler, verifier,
        Trends(ports.coverage, rules.trend_seconds, health.trouble), live,
        AlertRouter(rules.alerts, ports.people, ports.clock, ports.texts, health.trouble), index,
    )  # fmt: skip


def assemble_to_look(rules: EngineRules, catalog: Catalog, clock: Clock, store: ObjectStore, state: State) -> Parts:
    """Parts for commands that look, judge and plan: nothing can be fetched with them."""
    ports = Ports(
        clock, store, state.queue, state.discoveries, state.verifications, state.texts, state.history,
        fetcher=lambda _limiters: _Nothing(), coverage=state.coverage,
    )  # fmt: skip
    return assemble(rules, catalog, ports)


@contextlib.asynccontextmanager
async def open_parts(
    rules: EngineRules,
    resources: ResourceRules,
    catalog: Catalog,
    clock: Clock | None = None,
    haste: asyncio.Event | None = None,
    alerts: Sequence[Alerts] = (),
    *,
    shared: bool = False,
) -> AsyncIterator[Parts]:
    """All parts, wired, with their resources open. Raises FixMeError for what a person must fix.

    `alerts`: who is told of trouble, besides the log. `shared`: the caller can share the work with other machines.
    """
    if not shared:
        require_alone(resources)
    now = clock or node_clock(resources)
    async with contextlib.AsyncExitStack() as stack:
        store = await stack.enter_async_context(open_store(resources, now, exclusive=True))
        make_folder(rules.files.gaps.parent)
        state = await stack.enter_async_context(open_state(resources, now, exclusive=True))
        await welcome_back(state.queue, state.texts, await asyncio.to_thread(fingerprints, catalog))
        membership = make_membership(resources, state.cluster, now)
        if membership is None:
            journal = await stack.enter_async_context(open_journal(resources, rules, now, state))
        else:
            journal = Journal(membership.quotas, "")
        told = await stack.enter_async_context(open_told(resources, rules, now, store))
        ports = Ports(
            now, store, state.queue, state.discoveries, state.verifications, state.texts, state.history,
            journal.grants, metrics=metrics_sink(resources), alerts=[*alert_channels(), *alerts], people=people,
            measures=machine(resources),
            coverage=state.coverage, changes=told.changes, reports=told.reports,
            index_folder=index_folder(resources), ownership=membership, membership=membership,
            shared=state.shared,
        )  # fmt: skip
        parts = assemble(rules, catalog, ports, haste)
        if parts.index is not None:
            stack.callback(parts.index.close)
            await parts.index.load()
        parts.recovered = dict(damaged(store, state, journal))
        await parts.restore()
        await stack.enter_async_context(parts.telling())
        if isinstance(parts.fetcher, HttpClient):
            await stack.enter_async_context(parts.fetcher)
        yield parts


def _index(rules: EngineRules, ports: Ports) -> StoredIndex | None:
    if ports.index_folder is None:
        return None
    return StoredIndex(ports.store, ports.clock, ports.index_folder, ports.reports, rules.index)


def _indexed(
    surveyor: Surveyor, index: StoredIndex, rules: EngineRules, catalog: Catalog, ports: Ports
) -> IndexedSurveyor:
    return IndexedSurveyor(
        surveyor, index, ports.store, ports.clock, catalog.declared, catalog.scrapers, ports.verifications,
        rules=rules.plan,
    )  # fmt: skip


def _recent(index: StoredIndex | None, clock: Clock, shared: SharedQueue | None) -> Recent:
    """Who is told of what we store ourselves; `shared`: that a pass begins."""
    begun = (lambda: None) if shared is None else shared.pass_begins
    return Recent(begun=begun) if index is None else Recent(lambda stored: index.put(stored, clock.now()), begun)


class _Nothing:
    """A fetcher for those who don't fetch."""

    async def fetch(
        self,
        source: str,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        asker: Asker | None = None,
        into: Path | None = None,
    ) -> Page:
        """Raises UnreachableError."""
        raise UnreachableError("these parts were made to look, not to fetch")


def make_limiters(
    overall: Limits,
    clock: Clock,
    journal: GrantJournal | None = None,
    ownership: Ownership | None = None,
    events: Events | None = None,
    changed: Callable[[], None] = lambda: None,
) -> tuple[RateLimiter, MakeLimiter]:
    """The global limiter, and what makes one for a source; with the grants of earlier processes in their windows."""

    def remembering(limiter: RateLimiter) -> RateLimiter:
        if journal is not None:
            limiter.restore(journal.load(limiter.source))
        return limiter

    parent = remembering(RateLimiter(GLOBAL, overall, clock, journal=journal, changed=changed, ownership=ownership))

    def make(name: str, source: SourceRules) -> RateLimiter:
        initial, most = source.cooldown
        return remembering(
            RateLimiter(
                name, source.limits, clock, parent=parent, journal=journal, ownership=ownership, pacing=source.pacing,
                cooldown_initial=initial, cooldown_max=most, changed=changed, events=events,
            )
        )  # fmt: skip

    return parent, make


def _lane(name: str, source: SourceRules, limiter: RateLimiter, time: Callable[[], float]) -> Lane:
    breaker = source.breaker
    kept = Breaker(breaker.failures, breaker.open_seconds, breaker.open_max_seconds)
    return Lane(name, limiter, kept, time, source.most)


def _http(rules: EngineRules, ports: Ports, limiters: Mapping[str, RateLimiter], health: Health) -> HttpClient:
    sources = {name: source.http for name, source in rules.sources.items()}
    return HttpClient(
        sources, limiters, ports.clock, mirror=rules.mirror, memory=ports.texts, tell=health.trouble,
        scrapers=rules.scrapers_http,
    )  # fmt: skip


def _to_watch(rules: EngineRules, catalog: Catalog) -> Sequence[Declared]:
    """What the inventory declares, if tasks may be made of it at all."""
    return (*catalog.declared, *catalog.live_only) if rules.service.works and rules.service.reconciles else ()


def _min_bytes(catalog: Catalog) -> dict[str, int]:
    return {each.data_type.qualified: each.data_type.min_bytes for each in catalog.declared}


def _sources_of(catalog: Catalog) -> dict[str, str]:
    return {name: scraper.source for name, scraper in catalog.scrapers.items()}
