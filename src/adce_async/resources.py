"""Which adapter stands behind which port: opens the lake, the database and the journal, and closes them.

Nothing else names adapters.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import importlib
import shutil
import sys
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from adce_async.adapters.alerts_command import CommandAlerts
from adce_async.adapters.alerts_log import LogAlerts
from adce_async.adapters.alerts_slack import SlackAlerts
from adce_async.adapters.alerts_sns import SnsAlerts
from adce_async.adapters.coverage_sqlite import SqliteCoverageHistory
from adce_async.adapters.dims import DimsFile
from adce_async.adapters.grant_journal import FileGrantJournal, read_grants
from adce_async.adapters.history_rows import MAX_ROWS
from adce_async.adapters.history_sqlite import SqliteHistory
from adce_async.adapters.lake_reader import LakeReader
from adce_async.adapters.locks import InstanceLock
from adce_async.adapters.old_index import OldIndex
from adce_async.adapters.process_figures import memory_bytes, open_files, open_files_limit
from adce_async.adapters.queue_sqlite import SqliteQueue
from adce_async.adapters.sqlite import can_write
from adce_async.adapters.state_sqlite import SqliteDiscoveries, SqliteState
from adce_async.adapters.store_local import LocalStore
from adce_async.adapters.verifications_sqlite import SqliteVerifications
from adce_async.adapters.writer import SqliteWriter
from adce_async.cluster_ports import Cluster, SharedQueue
from adce_async.cluster_resources import open_node
from adce_async.engine.alerting import AlertRules
from adce_async.engine.fetching.grant_estimate import estimated
from adce_async.engine.pressure import Measures
from adce_async.errors import FixMeError
from adce_async.model.alert import AlertChannel, CommandSettings, SlackSettings, SnsSettings
from adce_async.model.cloudwatch import CloudWatchRules, FigureSink
from adce_async.model.figures import Family, Reading
from adce_async.model.limits import Limits
from adce_async.policies import EngineRules, ResourceRules
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
    StateStore,
    StoredReports,
    TaskQueue,
    Verifications,
)
from adce_async.redaction import SECRETS

if TYPE_CHECKING:
    from adce_async.adapters.cloudwatch_setup import CloudWatchSetup
    from adce_async.adapters.prometheus import PrometheusFigures
    from adce_async.adapters.s3.reader import S3Reader
    from adce_async.adapters.s3.store import S3Store
    from adce_async.engine.tabling.maker import TableFiles

__all__ = ["memory_bytes", "open_files"]  # what the process takes, for who shows it

GLOBAL = "_global"
"""Name of the limiter over all sources."""
SHORTEST_MEMORY = 3600.0
"""Seconds for which requests are remembered at least, so that longer windows that are added find their history."""
STATE, LAKE_METADATA, JOURNAL = "state", "lake metadata", "journal of requests"
"""Components whose file may be found damaged, and is then begun anew."""


@dataclass(slots=True)
class State:
    """What the database holds."""

    queue: TaskQueue
    discoveries: DiscoveryCache
    verifications: Verifications
    texts: StateStore
    history: History
    coverage: CoverageHistory | None = None
    recovered: str | None = None
    """What was found damaged on opening, and what was made of it."""
    shared: SharedQueue | None = None
    """The queue, where other machines work on it, too."""
    cluster: Cluster | None = None
    """Where other machines share the work."""


@dataclass(slots=True)
class Journal:
    """When the sources were asked; `recovered` says so if that had to be estimated, else ''."""

    grants: GrantJournal
    recovered: str


@contextlib.asynccontextmanager
async def open_store(resources: ResourceRules, clock: Clock, *, exclusive: bool) -> AsyncIterator[ObjectStore]:
    """The lake; `exclusive`: to write, and no second instance meanwhile. Raises FixMeError."""
    root = resources.paths.lake_folder
    if root is None:
        async with await _s3_store(resources, clock, exclusive=exclusive) as lake:
            yield lake
        return
    if not exclusive:
        async with LakeReader(root, clock=clock) as reader:
            yield reader
        return
    # (the machines of a cluster share the lake: each object is one owner's, who has the claim on it)
    async with LocalStore(root, clock=clock, exclusive=not resources.cluster.enabled) as store:
        yield store


async def _s3_store(resources: ResourceRules, clock: Clock, *, exclusive: bool) -> S3Store | S3Reader:
    url = resources.paths.lake
    for name in ("store", "reader"):  # a third of a second of imports, and the memory of a folder's lake is spared them
        await asyncio.to_thread(importlib.import_module, f"adce_async.adapters.s3.{name}")
    from adce_async.adapters.s3.reader import S3Reader  # noqa: PLC0415
    from adce_async.adapters.s3.store import S3Store  # noqa: PLC0415

    folder = _s3_folder(resources)
    if not exclusive:
        return S3Reader(url, resources.aws, folder, clock=clock)
    return S3Store(url, resources.aws, folder, clock=clock, lock=resources.s3_lock and not resources.cluster.enabled)


def _s3_folder(resources: ResourceRules) -> Path:
    """What is kept on this machine of a lake in S3; each lake has its own."""
    url = resources.paths.lake
    name = f"s3-{urlsplit(url).netloc}-{hashlib.sha256(url.encode()).hexdigest()[:8]}"
    return resources.paths.state_db.parent / name


def index_folder(resources: ResourceRules) -> Path | None:
    """Where it is remembered what is stored; None for a lake that is listed in each pass.

    That is one in a folder, and in a cluster any: what other machines store, an index of our own would not know.
    """
    if resources.cluster.enabled or resources.paths.lake_folder is not None:
        return None
    return _s3_folder(resources) / "stored"


def old_index(path: Path) -> OldIndex:
    """The index of a lake that was moved; to be entered. Raises FixMeError."""
    return OldIndex(path)


@dataclass(slots=True)
class Told:
    """What others tell of the lake: of one in S3 its notifications and its inventory reports, of a folder nothing."""

    changes: ChangeFeed | None = None
    reports: StoredReports | None = None


@contextlib.asynccontextmanager
async def open_told(
    resources: ResourceRules, rules: EngineRules, clock: Clock, store: ObjectStore
) -> AsyncIterator[Told]:
    """For the lake `store`. Only with the lock on the state."""
    if resources.paths.lake_folder is not None:
        yield Told()
        return
    from adce_async.adapters.s3.inventory_reports import InventoryReports  # noqa: PLC0415
    from adce_async.adapters.s3.lake import S3Lake  # noqa: PLC0415
    from adce_async.adapters.s3.place import Place  # noqa: PLC0415
    from adce_async.adapters.set_aside import SetAside  # noqa: PLC0415
    from adce_async.adapters.sqs_changes import SqsChangeFeed  # noqa: PLC0415

    assert isinstance(store, S3Lake)
    place, folder = Place.of(resources.paths.lake), resources.paths.state_db.parent
    aside = SetAside(resources.paths.events_aside)
    reports = InventoryReports(store.aws.s3, place, rules.reports, folder / "inventory-report")
    try:
        yield Told(SqsChangeFeed(store.aws.client, rules.changes, place, aside, clock), reports)
    finally:
        await reports.close()


def can_keep(resources: ResourceRules) -> bool:
    """True if the database can be written, or made where there is none."""
    return can_write(resources.paths.state_db)


@contextlib.asynccontextmanager
async def open_state(
    resources: ResourceRules, clock: Clock, *, exclusive: bool, keep: bool = False, advice: str | None = None
) -> AsyncIterator[State]:
    """The database; only with `exclusive` claims that are found in it count as lost.

    Without `exclusive` and `keep` it is only looked at: where there is none, none is made.
    Raises FixMeError; if another instance is there, it ends with `advice`.
    """
    path = resources.paths.state_db
    folder = path.parent
    look = not (exclusive or keep)
    if not look:
        make_folder(folder)
    lock = InstanceLock(
        resources.paths.state_lock, what=f"the state in {folder}", option="--state-dir", advice=advice, clock=clock
    )
    with lock if exclusive else contextlib.nullcontext():
        if resources.cluster.enabled:
            async with open_node(resources, exclusive=exclusive) as opened:
                yield State(
                    opened.queue,
                    opened.discoveries,
                    opened.verifications,
                    opened.texts,
                    opened.history,
                    opened.coverage,
                    shared=opened.queue,
                    cluster=opened.leases,
                )
            return
        async with (
            SqliteWriter(path, clock=clock, exclusive=exclusive, look=look) as writer,
            SqliteQueue(writer, exclusive=exclusive) as queue,
        ):
            yield State(
                queue,
                SqliteDiscoveries(writer),
                SqliteVerifications(writer),
                SqliteState(writer),
                SqliteHistory(writer),
                SqliteCoverageHistory(writer),
                writer.recovered,
            )


@contextlib.asynccontextmanager
async def open_journal(
    resources: ResourceRules, rules: EngineRules, clock: Clock, state: State
) -> AsyncIterator[Journal]:
    """What earlier processes sent, and where it is written down what is sent. Only with the lock on the state.

    Raises FixMeError.
    """
    limits = {GLOBAL: rules.overall, **{name: source.limits for name, source in rules.sources.items()}}
    longest = max((window.seconds for each in limits.values() for window in each.windows), default=0.0)
    with contextlib.closing(FileGrantJournal(resources.paths.journal, max(longest, SHORTEST_MEMORY))) as journal:
        recovered = journal.recovered or ""
        if recovered:
            running = sys.maxsize if state.recovered else rules.pool.size
            await _estimate(journal, limits, state.history, running, clock.now())
            recovered += "; requests are counted from the history of attempts, rather too many than too few"
        yield Journal(journal, recovered)


async def _estimate(
    journal: FileGrantJournal, limits: Mapping[str, Limits], history: History, running: int, now: float
) -> None:
    """Write into a journal that has lost the past what the sources were asked, as far as that is known."""
    attempts: dict[str, list[float]] = {}
    for attempt in await history.recent(MAX_ROWS):
        attempts.setdefault(attempt.source, []).append(attempt.at)
    attempts[GLOBAL] = list(chain.from_iterable(attempts.values()))
    for name, its in limits.items():
        journal.adopt(name, estimated(attempts.get(name, ()), its, running, now))


def known_grants(resources: ResourceRules) -> Mapping[str, list[float]]:
    """When each source was asked last, as far as is remembered; wall-clock times, oldest first. It only reads."""
    return read_grants(resources.paths.journal)


def metrics_sink(resources: ResourceRules) -> MetricsSink:
    """Where the figures of each pass go, if they are wanted."""
    return DimsFile(resources.paths.metrics_file)


def prometheus_figures(families: Iterable[Family], read: Callable[[], Iterable[Reading]]) -> PrometheusFigures:
    """What `/metrics` shows: what is counted, and what `read` reads of `families`."""
    from adce_async.adapters.prometheus import PrometheusFigures  # noqa: PLC0415 - only a service has it in memory

    return PrometheusFigures(families, read)


def counted_figures() -> Sequence[tuple[str, str, Sequence[str], str]]:
    """(name, kind, labels, what it is) of what `/metrics` counts of what happens."""
    from adce_async.adapters.prometheus import PrometheusFigures  # noqa: PLC0415

    return PrometheusFigures((), tuple).counted()


def cloudwatch(rules: CloudWatchRules) -> FigureSink:
    """Who tells CloudWatch. Blocks for what it imports."""
    from adce_async.adapters.cloudwatch import CloudWatch  # noqa: PLC0415 - a third of a second, and 20 MB

    return CloudWatch(rules)


def cloudwatch_setup(rules: CloudWatchRules) -> CloudWatchSetup:
    """Who makes dashboards and alarms there; to be entered."""
    from adce_async.adapters.cloudwatch_setup import CloudWatchSetup  # noqa: PLC0415

    return CloudWatchSetup(rules)


def machine(resources: ResourceRules) -> Measures:
    """How much is used of the machine."""
    disks = {"of the state": resources.paths.state_db.parent}
    if resources.paths.lake_folder is not None:
        disks["of the lake"] = resources.paths.lake_folder
    return Measures(memory_bytes, open_files, open_files_limit, lambda path: shutil.disk_usage(path).free, disks)


def alert_channels() -> list[Alerts]:
    """Who is told of trouble at once, whatever is configured."""
    return [LogAlerts()]


def people(rules: AlertRules) -> list[AlertChannel]:
    """Channels to people."""
    channels: list[AlertChannel] = []
    for settings in rules.channels:
        match settings:
            case SlackSettings():
                channels.append(SlackAlerts(settings))
            case CommandSettings():
                channels.append(CommandAlerts(settings))
            case SnsSettings():
                channels.append(SnsAlerts(settings))
    return channels


def damaged(store: ObjectStore, state: State, journal: Journal) -> Iterator[tuple[str, str]]:
    """What was found damaged and begun anew: component and what happened."""
    found = {
        STATE: state.recovered,
        LAKE_METADATA: store.recovered,
        JOURNAL: journal.recovered,
    }
    return ((name, said) for name, said in found.items() if said)


def web_token(file: str | None, environ: Mapping[str, str]) -> str | None:
    """What has to be shown to change things over HTTP; None: nobody may. Raises FixMeError.

    `file`: that of the setting `token_file`.
    """
    return _token(environ.get("ADCE_TOKEN", ""), file, "token_file")


def web_read_token(file: str | None, environ: Mapping[str, str]) -> str | None:
    """What may be shown to look, where not everybody may; None: only the other one. Raises FixMeError.

    `file`: that of the setting `read_token_file`.
    """
    return _token(environ.get("ADCE_READ_TOKEN", ""), file, "read_token_file")


def _token(given: str, name: str | None, key: str) -> str | None:
    """A file that others can read keeps no secret."""
    token = given.strip()
    if not token and name is not None:
        path = Path(name).expanduser()
        try:
            if path.stat().st_mode & 0o077:
                raise FixMeError(f"health_check.{key}: {path}: others can read it; expected mode 600 (chmod 600)")
            token = path.read_text().strip()
        except (OSError, UnicodeDecodeError) as error:
            raise FixMeError(f"health_check.{key}: {path}: can't be read: {error}") from error
        if not token:
            raise FixMeError(f"health_check.{key}: {path}: is empty; expected the token in it")
    if token:
        SECRETS.learn(token)
    return token or None


@contextlib.contextmanager
def open_tables(folder: Path) -> Iterator[TableFiles]:
    """The lake's tables, to make them. Raises FixMeError if another makes them, or if nothing can be written there."""
    from adce_async.adapters.tables.folder import TableFolder  # noqa: PLC0415 - pyarrow and DuckDB, which nothing else needs

    with TableFolder(folder) as files:
        yield files


def query_tables(folder: Path, text: str) -> Iterator[tuple[Sequence[str], list[Sequence[object]]]]:
    """Columns and rows, some at a time; at least once. Raises FixMeError, StoreError."""
    from adce_async.adapters.tables.query import query  # noqa: PLC0415

    return query(folder, text)


def make_folder(path: Path) -> None:
    """Make it if it is not there. Raises FixMeError."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FixMeError(f"{path}: can't be made: {error.strerror}; make it writable or choose another one") from error
