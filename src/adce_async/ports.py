"""Every port on one page. The laws in the docstrings are checked by the contract suites of `testing`,
which run over each adapter.

Times are seconds since the epoch (UTC) and always given by the caller: no adapter reads a clock.
"""

from __future__ import annotations

import math
from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Protocol, runtime_checkable

from adce_async.model.coverage import Coverage, Discovery, StoredObject
from adce_async.model.records import FeedRules as FeedRules
from adce_async.model.records import Judgement as Judgement
from adce_async.model.records import Note as Note
from adce_async.model.records import Provenance as Provenance
from adce_async.model.records import QueueCounts as QueueCounts
from adce_async.model.records import ReportRules as ReportRules
from adce_async.model.stored_change import StoredChange
from adce_async.model.stored_columns import StoredColumns
from adce_async.model.task import AttemptRecord, Claim, Origin, Outcome, Parked, Task
from adce_async.model.trend import PastCoverage


class Clock(Protocol):
    """Wall-clock time. Intervals are measured with `loop.time()` instead."""

    def now(self) -> float:
        """Seconds since the epoch, UTC."""
        ...


class GrantJournal(Protocol):
    """When each source was asked, kept across restarts, so that a crash loop can't exceed an hourly limit.

    What was recorded survives kill -9 of the process as soon as `record` returns.
    """

    def record(self, source: str, at_wall: float, *also: str) -> None:
        """Note a request that goes out now. Called on the event loop for every request: must be cheap.

        `also`: under which names it counts, too (all sources together). Raises StoreError if it can't be kept: then
        the request must not be sent.
        """
        ...

    def load(self, source: str) -> Sequence[float]:
        """When `source` was asked, as far as is remembered: seconds since the epoch, oldest first."""
        ...


class Ownership(Protocol):
    """Which sources are ours to ask: the limits of a source are kept by the one instance that asks it.

    1. At any instant a source is owned by one instance at most; it is ours before `until`, and not from then on.
    2. `until` lies before the end of the lease behind it by what a request may take on its way: who can't renew the
       lease sends nothing any more when another may begin.
    3. It is asked for each request, on the event loop: no I/O. Who renews leases tells the limiter what has changed.
    """

    def until(self, source: str) -> float:
        """Loop time until which `source` is ours; infinite in one process, in the past if it is not ours."""
        ...


class ObjectStore(Protocol):
    """The lake.

    1. An object appears whole or not at all, whatever happens in between.
    2. When `put` returns, the object survives a crash of the process; when `flush` returns, of the machine.
    3. Putting the same content again changes nothing and returns False; the provenance is still renewed,
       and so is `modified` (the object is known to be current). `renew` does the same without the content.
       `etag` is another one with each other content, and the same one as long as the content is.
    4. `list` never names anything that is ours (metadata, temporary files), in any order; an object that is
       there throughout the listing is named exactly once.
    5. A failed listing raises StoreError; it never ends as if the lake were smaller.
    6. Keys that `model.keys.validate_key` refuses raise InvalidKeyError before anything is touched.
    7. Who opens a store to write in it has it alone: another instance gets FixMeError before anything is written.
       Keeping others out is the adapter's own business, by whatever lock or lease its place has.
    8. `list`, `head` and `heads` say `verified` from an index of ours: it costs no request an object.
    """

    @property
    def recovered(self) -> str | None:
        """What was found damaged on opening, and what was made of it; None if nothing was."""
        ...

    @property
    def durable_put(self) -> bool:
        """True if what `put` has stored survives a crash of the machine as well, so that nobody waits for `flush`."""
        ...

    @property
    def list_requests(self) -> int:
        """List requests that were sent since it was opened, if they are charged for; 0 where listing is free."""
        ...

    @property
    def unusable_names(self) -> int:
        """Names that can't be keys, which listings have met since it was opened; each is left out, each time."""
        ...

    async def list(self, prefix: str = "") -> AsyncIterator[Sequence[StoredObject]]:
        """Batches of the objects under `prefix`. (An async generator: call it without await.)"""
        if False:  # the signature of an async generator
            yield ()

    async def head(self, key: str) -> StoredObject | None:
        """The object, or None if there is none."""
        ...

    async def heads(self, keys: Collection[str]) -> Mapping[str, StoredObject]:
        """Those of `keys` that are there, looked up together; a key that can't be one is not there."""
        ...

    def own_tag(self, key: str) -> str:
        """The etag of what we have stored at `key` just now, as `head` tells it; "" if nobody remembers. No I/O."""
        ...

    async def get(self, key: str) -> bytes | None:
        """The body, or None if there is none."""
        ...

    async def put(self, key: str, body: bytes, provenance: Provenance) -> bool:
        """Store `body`; True if the content is new. Raises StoreError, and then nothing has changed."""
        ...

    async def renew(self, key: str, provenance: Provenance) -> bool:
        """The source says that the object is still current as of `provenance.fetched_at`: law 3, with no body written.

        False, and nothing has changed, if what we have stored is gone or somebody else has changed it since: then it is
        not what the source was asked about. Raises StoreError.
        """
        ...

    def local_copy(self, key: str) -> AbstractAsyncContextManager[Path | None]:
        """A local file with the body, for bodies too large for memory: to read only, and good within the block.

        None if there is no such object. It is whole whenever it is opened; what is put meanwhile may take its place.
        Entering raises StoreError.
        """
        ...

    def scratch(self) -> Path:
        """A fresh local path for a large body on its way in, where `put_file` can take it over at no cost.

        The file there, once it is made, is the caller's to remove; what a killed process has left, opening removes.
        """
        ...

    async def put_file(self, key: str, path: Path, provenance: Provenance) -> bool:
        """`put` of the content of the local file at `path` (of `scratch`).

        It stays the caller's, who removes it and does not write to it any more: the object may be the same file.
        """
        ...

    async def provenance(self, key: str) -> Mapping[str, object] | None:
        """What is kept beside the object (`url, fetched_at, sha256, scraper, scraper_version, content_type`)."""
        ...

    async def flush(self) -> None:
        """Bring everything that was put to disk."""
        ...

    async def probe(self) -> None:
        """See whether something could be stored now; leaves nothing behind. Raises StoreError."""
        ...


MAX_LOST_LEASES = 20
"""A key whose claim is lost so often in a row (no retry in between) is parked as poisonous."""

POISONOUS = f"poisonous: its lease was lost {MAX_LOST_LEASES} times in a row"
"""The reason that such a key is parked with."""


@runtime_checkable
class OwnObjects(Protocol):
    """A lake that can say what it has stored itself, without listing anything."""

    def own_objects(self) -> AsyncIterator[Sequence[StoredObject]]:
        """All of it, as it was stored last: some may be gone, or have been changed by others since.

        Raises StoreError. (An async generator: call it without await.)
        """
        ...


class TaskQueue(Protocol):
    """The tasks still to do. Durable adapters survive kill -9 at any instant.

    1. A key is in the queue at most once; parked keys are not in the queue.
    2. `replace` makes the planned tasks the queue. Known keys keep attempts, not_before and detected_at (the
       earlier one wins); queued tasks of origin PLAN that are planned no more are dropped; claimed tasks and
       tasks of other origins stay. A parked key stays parked, unless the task's fingerprint differs or it is forced.
    3. `add` is the same without dropping anything.
    4. `claim` gives each key to one caller at a time, until `until`, in one transaction. Its fencing token is greater
       than each that this queue gave before, restarts included, so that who has lost a claim is never taken for who
       holds the key now. What another holds, what is parked and what is not there is not given.
       A claim that ran out before `now` is lost by the next `claim` of its key: counted in `lost_leases`, and given
       again (any claim found at `open` by the one owner of a local queue is lost). The loss that makes
       MAX_LOST_LEASES parks the key instead, as of the time its claim ran out. Until it is lost it is held.
    5. `renew` and `settle` act on a claim with its own token only. For any other token they change nothing and say
       so: the caller has lost the claim, or settled it before, and whoever holds the key now decides.
       `settle` applies all that it accepts together.
       stored/unchanged: the task is gone. retry: attempts + 1. released: unchanged. parked: on the dead-letter list.
    6. What `replace`, `add`, `claim`, `settle` did has survived a crash of the process when they return.
    7. Calls that are under way at once take effect each as a whole, but in any order: who needs one after another
       awaits the first. This holds between the ports, too (`History.record` beside `settle`).
    """

    async def replace(self, tasks: Sequence[Task]) -> None:
        """Make `tasks` the plan (law 2)."""
        ...

    async def add(self, tasks: Sequence[Task]) -> None:
        """Add or update `tasks` and drop nothing (law 3)."""
        ...

    async def tasks(self, origin: Origin | None = None) -> Sequence[Task]:
        """All tasks that are queued (not claimed, not parked), in no order; with `origin` those of it alone."""
        ...

    async def claim(self, keys: Collection[str], *, now: float, until: float) -> Sequence[Claim]:
        """Claim those of `keys` that are free (law 4); returns what was got, in their order."""
        ...

    async def renew(self, tokens: Mapping[str, int], until: float) -> Collection[str]:
        """Extend the claims on these keys that are held with these tokens; never shortens one.

        Returns the keys that are not held with theirs (any more): what is under way for them is for nothing.
        """
        ...

    async def settle(self, outcomes: Sequence[Outcome]) -> Sequence[str]:
        """Apply what came of claimed tasks (law 5), one after another: the first that is accepted for a claim ends it.

        Returns the keys of the outcomes that were refused, in their order, each once.
        """
        ...

    async def parked(self) -> Sequence[Parked]:
        """The dead-letter list, oldest first."""
        ...

    async def unpark(self, keys: Collection[str]) -> Sequence[str]:
        """Strike keys off the dead-letter list; returns those that were on it. The next pass plans them anew."""
        ...

    async def forgive(self, keys: Collection[str]) -> None:
        """As if `keys` had never been attempted: queued ones lose attempts and waiting, parked ones are struck off
        the dead-letter list (the next pass plans them anew). Claimed ones stay as they are.
        """
        ...

    async def remember(self, keys: Iterable[str], now: float) -> Mapping[str, float]:
        """When each gap was first detected: known ones as remembered, new ones `now`; others are forgotten."""
        ...

    async def counts(self) -> QueueCounts:
        """How many tasks are where."""
        ...


class DiscoveryCache(Protocol):
    """What stored objects name, so that a pass does not parse them all again. Losing it costs only time."""

    async def load(self, prefix: str) -> Mapping[str, tuple[str, Discovery]]:
        """Key -> (etag, discovery) for all cached keys under `prefix`."""
        ...

    async def save(self, found: Mapping[str, tuple[str, Discovery]]) -> None:
        """Remember (key -> (etag, discovery))."""
        ...


class Verifications(Protocol):
    """What was judged of stored objects, so that none is parsed twice. Losing it costs only time.

    A judgement holds as long as its tag fits; who reads it compares. `prefix` selects as in `ObjectStore.list`.
    """

    async def accepted(self, prefix: str) -> Mapping[str, str]:
        """Key -> tag of all objects under `prefix` that were found good."""
        ...

    async def refused(self, prefix: str) -> Mapping[str, tuple[str, str]]:
        """Key -> (tag, reason) of all objects under `prefix` that were found invalid; quick if they are few."""
        ...

    async def facts(self, prefix: str) -> Mapping[str, tuple[str, str]]:
        """Key -> (tag, facts) of all objects under `prefix` that were found good and state facts."""
        ...

    async def save(self, judged: Mapping[str, Judgement]) -> None:
        """Remember the judgements, each in place of the one that its key has had."""
        ...

    async def forget(self, keys: Collection[str]) -> None:
        """Their objects are gone."""
        ...


class ChangeFeed(Protocol):
    """What others say has changed in the lake. Losing all of it costs one interval: the next pass finds the same.

    1. A change comes at least once, in any order, under its key in the lake; what is outside of the lake never comes.
    2. What was received and is not `done` comes again, in this process or the next.
    3. What can't be understood is set aside for people and does not come again.
    """

    @property
    def rules(self) -> FeedRules:
        """What holds now."""
        ...

    def apply(self, rules: FeedRules) -> None:
        """Ask there, in this way, from the next time on."""
        ...

    @property
    def set_aside(self) -> str:
        """How many messages were set aside so far, where they are kept and what was wrong with the last one; or ''."""
        ...

    async def receive(self) -> Sequence[StoredChange]:
        """The next changes, after a wait of some seconds none. Raises StoreError if nothing can be received."""
        ...

    async def done(self, changes: Collection[StoredChange]) -> None:
        """These, of the last `receive`, took effect. Raises StoreError; then they come again."""
        ...


class StoredReport(Protocol):
    """What somebody else has listed of the lake: a report of S3 Inventory, for one. True as of a time in the past."""

    @property
    def as_of(self) -> float:
        """When its listing began. What has changed since may be in it, or not."""
        ...

    @property
    def source(self) -> str:
        """Which one it is, for lines of the log."""
        ...

    def batches(self) -> AsyncIterator[StoredColumns]:
        """All of it, under keys of the lake, each once; nothing of ours, nothing that is no current object.

        Raises StoreError if any part can't be read, or is not what its checksum says: a smaller lake must never be
        believed. (An async generator: call it without await.)
        """
        ...


class StoredReports(Protocol):
    """Where such reports are found."""

    def apply(self, rules: ReportRules) -> None:
        """Look there from the next time on."""
        ...

    async def newest(self, *, not_before: float, not_after: float = math.inf, had: float = -1.0) -> StoredReport | None:
        """The newest complete one whose listing began at `not_before` or later; None if there is none.

        Whatever says that it is later than `not_after` was dated by a clock that is wrong, and is passed over.

        `had`: `as_of` of the last one that was read; a later one only is looked through before it is handed out.
        Raises StoreError if nobody can be asked.
        """
        ...


class StateStore(Protocol):
    """Small texts that survive a restart (fingerprint of our own gaps.json, first detection of alerts, ...)."""

    async def get_text(self, name: str) -> str | None:
        """The text saved under `name`."""
        ...

    async def set_text(self, name: str, text: str) -> None:
        """Save `text` under `name`."""
        ...


class History(Protocol):
    """What was attempted and decided, bounded in size by the adapter."""

    async def record(self, attempts: Sequence[AttemptRecord]) -> None:
        """Append; in any order beside what else is under way (law 7 of `TaskQueue`)."""
        ...

    async def success_rates(self, now: float, half_life: float) -> Mapping[str, float]:
        """Share (0 to 1) of attempts that stored something, by scraper; no entry without attempts.

        An attempt `half_life` seconds before `now` weighs half as much as one of now, and so on; a step of the weight
        may be as coarse as an eighth of the half-life.
        """
        ...

    async def recent(
        self, limit: int = 100, *, source: str | None = None, scraper: str | None = None, key: str | None = None
    ) -> Sequence[AttemptRecord]:
        """The last attempts, newest first; those that fit all that is given."""
        ...

    async def hourly(self, since: float) -> Mapping[float, Mapping[str, int]]:
        """Attempts by the hour in which they ended (its beginning) and verdict, from `since` on; times of the epoch."""
        ...

    async def note(self, note: Note) -> None:
        """Remember it."""
        ...

    async def notes(self, limit: int = 100, *, kind: str | None = None) -> Sequence[Note]:
        """The last notes, newest first."""
        ...


class CoverageHistory(Protocol):
    """How the coverage was at earlier times, bounded in size by the adapter. Losing it costs only the trend.

    1. What `record` was given is what `as_of` tells of any later time, until something else is recorded.
    2. What lies after a time that is recorded is forgotten: the clock was wrong.
    3. The adapter may thin what is older than an hour, to a row an hour, and to a row a day what is older than two.
    """

    async def record(self, rows: Sequence[Coverage], at: float, keep_from: float) -> None:
        """The coverage is `rows` at `at`. What was before `keep_from` need not be known any longer.

        All times are seconds since the epoch.
        """
        ...

    async def as_of(self, at: float) -> PastCoverage | None:
        """The coverage at `at`, or that of the first record if that was later; None if nothing is recorded."""
        ...


class Alerts(Protocol):
    """Tells people. The engine calls it on transitions only: once when something breaks, once when it recovers."""

    async def raised(self, name: str, message: str) -> None:
        """`name` is broken; `message` says what and what to do."""
        ...

    async def recovered(self, name: str, message: str) -> None:
        """`name` works again."""
        ...


class MetricsSink(Protocol):
    """Where the figures of each pass go."""

    async def publish(self, metrics: Mapping[str, float | int | str]) -> None:
        """Publish the current figures."""
        ...
