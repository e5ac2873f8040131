"""The parts list: which adapter stands behind which port, and how the parts fit together.

Nothing else names adapters. `supervisor` says in which order things start and stop.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path
from urllib.parse import unquote, urlsplit

from adce_async.adapters.dims import DimsFile
from adce_async.adapters.grant_journal import FileGrantJournal, read_grants
from adce_async.adapters.history_sqlite import MAX_ROWS, SqliteHistory
from adce_async.adapters.lake_reader import LakeReader
from adce_async.adapters.locks import InstanceLock
from adce_async.adapters.queue_sqlite import SqliteQueue
from adce_async.adapters.sqlite import can_write
from adce_async.adapters.state_sqlite import SqliteDiscoveries, SqliteState
from adce_async.adapters.store_local import LocalStore
from adce_async.adapters.verifications_sqlite import SqliteVerifications
from adce_async.adapters.writer import SqliteWriter
from adce_async.clock import SystemClock
from adce_async.config.settings import Settings
from adce_async.engine.collecting.attempt import Attempts
from adce_async.engine.collecting.canary import Canary
from adce_async.engine.collecting.context import Means, Recent
from adce_async.engine.collecting.doubts import Doubts
from adce_async.engine.dispatching.breaker import Breaker
from adce_async.engine.dispatching.lanes import Lane, Lanes
from adce_async.engine.dispatching.pool import WorkerPool
from adce_async.engine.fetching.accounts import fingerprint, welcome_back
from adce_async.engine.fetching.client import HttpClient
from adce_async.engine.fetching.grant_estimate import estimated
from adce_async.engine.fetching.limiter import RateLimiter
from adce_async.engine.fetching.throttle_memory import ThrottleMemory
from adce_async.engine.health import Health
from adce_async.engine.reconciling.reconciler import Files, Reconciler
from adce_async.engine.reconciling.survey import Surveyor
from adce_async.engine.reconciling.verifier import Verifier
from adce_async.errors import FixMeError
from adce_async.model.days import iso
from adce_async.model.limits import Limits
from adce_async.policies import attempt_policy, make_limits, pacing_rules, plan_rules, pool_rules, source_http
from adce_async.ports import Alerts, Clock, ObjectStore, StateStore
from adce_async.redaction import is_secret_name
from adce_async.scraping.registry import Builtins, Catalog, load_builtins

BUILTIN_SOURCES = tuple(
    f"adce_async.sources.{name}" for name in ("espn", "nba_api", "basketball_reference", "hoopr", "kaggle")
)
GLOBAL = "_global"
"""Name of the limiter over all sources."""
SHORTEST_MEMORY = 3600.0
"""Seconds for which requests are remembered at least, so that longer windows that are added find their history."""
STATE, LAKE_METADATA, JOURNAL = "state", "lake metadata", "journal of requests"
"""Components whose file may be found damaged, and is then begun anew."""


@dataclass(slots=True)
class State:
    """What the database holds."""

    writer: SqliteWriter
    queue: SqliteQueue
    discoveries: SqliteDiscoveries
    verifications: SqliteVerifications
    texts: SqliteState
    history: SqliteHistory


@dataclass(frozen=True, slots=True)
class Limiters:
    """Who may send when; `recovered` says so if what they knew of the past had to be estimated."""

    overall: RateLimiter
    by_source: Mapping[str, RateLimiter]
    keeper: ThrottleMemory
    recovered: str


@dataclass(slots=True)
class Parts:
    """Everything that a running service is made of."""

    settings: Settings
    catalog: Catalog
    clock: Clock
    health: Health
    alerts: Sequence[Alerts]
    store: ObjectStore
    state: State
    overall: RateLimiter
    limiters: Mapping[str, RateLimiter]
    lanes: Lanes
    http: HttpClient
    surveyor: Surveyor
    reconciler: Reconciler
    pool: WorkerPool
    recovered: Mapping[str, str]
    """What was found damaged and begun anew: component and what happened."""
    doubts: Doubts
    """Which sources are in doubt."""


def builtins() -> Builtins:
    """The sources that come with the package, and those of installed entry points."""
    return load_builtins(BUILTIN_SOURCES)


def lake_path(url: str) -> Path:
    """The folder of a `file://` lake. Raises FixMeError for another kind."""
    parts = urlsplit(url)
    if parts.scheme != "file":
        raise FixMeError(
            f"lake: {url}: this installation reads and writes folders; expected --lake file:///FOLDER (or ADCE_LAKE)"
        )
    return Path(unquote(parts.path))


@contextlib.asynccontextmanager
async def open_store(settings: Settings, clock: Clock, *, exclusive: bool) -> AsyncIterator[ObjectStore]:
    """The lake; `exclusive`: to write, and no second instance meanwhile. Raises FixMeError."""
    root = lake_path(settings.paths.lake)
    if not exclusive:
        async with LakeReader(root, clock=clock) as reader:
            yield reader
        return
    async with LocalStore(root, clock=clock) as store:
        yield store


def can_keep(settings: Settings) -> bool:
    """True if the database can be written, or made where there is none."""
    return can_write(settings.paths.state_db)


@contextlib.asynccontextmanager
async def open_state(
    settings: Settings, clock: Clock, *, exclusive: bool, keep: bool = False, advice: str | None = None
) -> AsyncIterator[State]:
    """The database; only with `exclusive` leases that are found in it count as lost.

    Without `exclusive` and `keep` it is only looked at: where there is none, none is made.
    Raises FixMeError; if another instance is there, it ends with `advice`.
    """
    path = settings.paths.state_db
    folder = path.parent
    look = not (exclusive or keep)
    if not look:
        _make_folder(folder)
    lock = InstanceLock(
        folder / "adce.lock", what=f"the state in {folder}", option="--state-dir", advice=advice, clock=clock
    )
    with lock if exclusive else contextlib.nullcontext():
        async with (
            SqliteWriter(path, clock=clock, exclusive=exclusive, look=look) as writer,
            SqliteQueue(writer, exclusive=exclusive) as queue,
        ):
            yield State(
                writer,
                queue,
                SqliteDiscoveries(writer),
                SqliteVerifications(writer),
                SqliteState(writer),
                SqliteHistory(writer),
            )


@contextlib.asynccontextmanager
async def open_parts(settings: Settings, catalog: Catalog, clock: Clock | None = None) -> AsyncIterator[Parts]:
    """All parts, wired, with their resources open. Raises FixMeError for what a person must fix."""
    now = clock or SystemClock()
    health = Health(now, asyncio.get_running_loop().time)
    _make_folder(settings.paths.gaps_file.parent)
    async with contextlib.AsyncExitStack() as stack:
        store = await stack.enter_async_context(open_store(settings, now, exclusive=True))
        state = await stack.enter_async_context(open_state(settings, now, exclusive=True))
        await welcome_back(state.queue, state.texts, await asyncio.to_thread(fingerprints, catalog))
        limiters = await stack.enter_async_context(open_limiters(settings, catalog, now, state))
        http = await stack.enter_async_context(make_http(settings, catalog, limiters.by_source, now, state.texts))
        parts = _assemble(settings, catalog, now, health, store, state, limiters, http)
        await parts.doubts.restore()
        yield parts


@contextlib.asynccontextmanager
async def open_limiters(
    settings: Settings, catalog: Catalog, clock: Clock, state: State, kind: type[RateLimiter] = RateLimiter
) -> AsyncIterator[Limiters]:
    """All limiters, with what earlier processes sent and were told; what is sent is written down.

    Only with the lock on the state. What they learn is kept with `keeper`. Raises FixMeError.
    """
    overall, of_sources = make_limits(settings, catalog)
    limits = {GLOBAL: overall, **of_sources}
    longest = max((window.seconds for each in limits.values() for window in each.windows), default=0.0)
    with contextlib.closing(FileGrantJournal(_journal_file(settings), max(longest, SHORTEST_MEMORY))) as journal:
        recovered = journal.recovered or ""
        if recovered:
            running = sys.maxsize if state.writer.recovered else settings.service.max_concurrent_scrapers
            await _estimate(journal, limits, state.history, running, clock.now())
            recovered += "; requests are counted from the history of attempts, rather too many than too few"
        parent, limiters = make_limiters(settings, catalog, clock, journal, kind)
        keeper = ThrottleMemory(limiters, state.texts)
        await keeper.restore()
        yield Limiters(parent, limiters, keeper, recovered)


async def _estimate(
    journal: FileGrantJournal, limits: Mapping[str, Limits], history: SqliteHistory, running: int, now: float
) -> None:
    """Write into a journal that has lost the past what the sources were asked, as far as that is known."""
    attempts: dict[str, list[float]] = {}
    for attempt in await history.recent(MAX_ROWS):
        attempts.setdefault(attempt.source, []).append(attempt.at)
    attempts[GLOBAL] = list(chain.from_iterable(attempts.values()))
    for name, its in limits.items():
        journal.adopt(name, estimated(attempts.get(name, ()), its, running, now))


def _assemble(
    settings: Settings,
    catalog: Catalog,
    clock: Clock,
    health: Health,
    store: ObjectStore,
    state: State,
    limiters: Limiters,
    http: HttpClient,
) -> Parts:
    recent = Recent()
    lanes = make_lanes(settings, catalog, limiters.by_source)
    means = Means(
        fetcher=http,
        throttles=limiters.by_source,
        store=store,
        discoveries=state.discoveries,
        verifications=state.verifications,
        recent=recent,
        clock=clock,
        min_bytes={d.data_type.qualified: d.data_type.min_bytes for d in catalog.declared},
    )
    of = {name: scraper.source for name, scraper in catalog.scrapers.items()}
    doubts = Doubts(of, clock, Canary(catalog.declared, catalog.scrapers, means), state.texts)
    attempts = Attempts(
        doubts=doubts,
        scrapers=catalog.scrapers,
        means=means,
        policy=attempt_policy(settings),
        policies={
            name: attempt_policy(settings, catalog.entries[name], catalog.sources[scraper.source])
            for name, scraper in catalog.scrapers.items()
        },
    )
    pool = WorkerPool(
        rules=pool_rules(settings),
        queue=state.queue,
        store=store,
        history=state.history,
        attempts=attempts,
        lanes=lanes,
        clock=clock,
        beat=health.beat,
        on_trouble=health.trouble,
        keep=partial(_keep, limiters.keeper, doubts),
        doubts=doubts,
    )
    for limiter in (limiters.overall, *limiters.by_source.values()):
        limiter.on_change = pool.poke
    surveyor = make_surveyor(catalog, store, state, clock)
    reconciler = make_reconciler(settings, catalog, clock, surveyor, store, state, recent)
    reconciler.on_trouble = health.trouble
    found = {STATE: state.writer.recovered, LAKE_METADATA: store.recovered}
    recovered = {name: said for name, said in {**found, JOURNAL: limiters.recovered}.items() if said}
    return Parts(
        settings, catalog, clock, health, (), store, state, limiters.overall, limiters.by_source,
        lanes, http, surveyor, reconciler, pool, recovered, doubts,
    )  # fmt: skip


def make_surveyor(catalog: Catalog, store: ObjectStore, state: State, clock: Clock) -> Surveyor:
    """What compares the lake with the inventory."""
    return Surveyor(catalog.declared, catalog.scrapers, store, state.discoveries, clock, state.verifications)


def make_verifier(
    catalog: Catalog, store: ObjectStore, state: State, clock: Clock, on_progress: Callable[[int, int], None]
) -> Verifier:
    """What judges stored objects; `on_progress(done, total)`."""
    return Verifier(
        surveyor=make_surveyor(catalog, store, state, clock),
        declared=catalog.declared,
        scrapers=catalog.scrapers,
        store=store,
        verifications=state.verifications,
        clock=clock,
        on_progress=on_progress,
    )


def make_reconciler(
    settings: Settings,
    catalog: Catalog,
    clock: Clock,
    surveyor: Surveyor,
    store: ObjectStore,
    state: State,
    recent: Recent,
) -> Reconciler:
    """What runs the passes."""
    paths = settings.paths
    return Reconciler(
        surveyor=surveyor,
        declared=catalog.declared,
        rules=plan_rules(settings, clock),
        queue=state.queue,
        store=store,
        state=state.texts,
        metrics=DimsFile(paths.metrics_file) if settings.service.metrics.dims_integration else None,
        clock=clock,
        recent=recent,
        files=Files(paths.gaps_file, paths.coverage_file, settings.service.resource_limits.max_gap_file_bytes),
    )


def make_limiters(
    settings: Settings,
    catalog: Catalog,
    clock: Clock,
    journal: FileGrantJournal,
    kind: type[RateLimiter] = RateLimiter,
) -> tuple[RateLimiter, dict[str, RateLimiter]]:
    """The global limiter and one (of `kind`) a source, with the grants of earlier processes in their windows."""
    rules = settings.service.rate_limiting
    together, of_sources = make_limits(settings, catalog)
    overall = RateLimiter(GLOBAL, together, clock, journal=journal)
    limiters = {
        name: kind(
            name,
            limits,
            clock,
            parent=overall,
            journal=journal,
            pacing=pacing_rules(settings),
            cooldown_initial=rules.cooldown_initial_seconds,
            cooldown_max=rules.cooldown_max_seconds,
        )
        for name, limits in of_sources.items()
    }
    for limiter in (overall, *limiters.values()):
        limiter.restore(journal.load(limiter.source))
    return overall, limiters


def known_grants(settings: Settings) -> Mapping[str, list[float]]:
    """When each source was asked last, as far as is remembered; wall-clock times, oldest first. It only reads."""
    return read_grants(_journal_file(settings))


def make_http(
    settings: Settings,
    catalog: Catalog,
    limiters: Mapping[str, RateLimiter],
    clock: Clock,
    memory: StateStore | None = None,
) -> HttpClient:
    """The HTTP client for all sources; `memory` keeps their robots.txt."""
    most = settings.service.resource_limits
    sources = {name: source_http(source, most) for name, source in catalog.sources.items()}
    return HttpClient(sources, limiters, clock, mirror=settings.paths.mirror, memory=memory)


def fingerprints(catalog: Catalog) -> dict[str, str]:
    """Of the credentials that each source has now. Reads files."""
    found: dict[str, str] = {}
    for name, source in catalog.sources.items():
        secrets = [value for header, value in source.config.headers.items() if is_secret_name(header)]
        needed = catalog.credentials.get(name)
        found[name] = fingerprint([*secrets, *(needed.secrets() if needed else ())])
    return found


def make_lanes(settings: Settings, catalog: Catalog, limiters: Mapping[str, RateLimiter]) -> Lanes:
    """One lane a source."""
    rules = settings.service.rate_limiting.breaker
    time = asyncio.get_running_loop().time
    return Lanes(
        {
            name: Lane(
                name,
                limiters[name],
                Breaker(
                    failures=rules.failures, open_seconds=rules.open_seconds, open_max_seconds=rules.open_max_seconds
                ),
                time,
                source.config.max_concurrent,
            )
            for name, source in catalog.sources.items()
        }
    )


def rate_limits(parts: Parts) -> dict[str, Mapping[str, object]]:
    """`/rate-limits`: an entry per source, and `_global`."""
    rows: dict[str, Mapping[str, object]] = {
        lane.source: {
            **lane.limiter.snapshot(),
            "breaker": lane.breaker.state,
            **_in_doubt(parts.doubts, lane.source),
        }
        for lane in parts.lanes
    }
    return {**rows, GLOBAL: {**parts.overall.snapshot(), "breaker": "closed"}}


async def _keep(throttles: ThrottleMemory, doubts: Doubts) -> None:
    """What the sources' refusals taught, with each commit."""
    await throttles.keep()
    await doubts.keep()


def _in_doubt(doubts: Doubts, source: str) -> dict[str, object]:
    """What doubts change in the entry of a source."""
    until = doubts.doubtful_until(source)
    return {} if until is None else {"cooling_until": iso(until), "cooling_reason": doubts.trouble(source)}


def _journal_file(settings: Settings) -> Path:
    return settings.paths.state_db.with_suffix(".grants")


def _make_folder(path: Path) -> None:
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FixMeError(f"{path}: can't be made: {error.strerror}; make it writable or choose another one") from error
