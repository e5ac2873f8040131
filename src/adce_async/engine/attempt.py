"""One attempt: from leased tasks of one request to an outcome for each of them.

Tasks of the same request (a summary is box score and play-by-play) are served by one scrape. What a scraper
raises decides by its class what happens next; anything else that it raises is a bug of the scraper and parks
the task with its traceback.
"""

from __future__ import annotations

import asyncio
import random
import traceback
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

import structlog

from adce_async import errors
from adce_async.engine import answers, urls
from adce_async.engine.deadline import deadline
from adce_async.engine.judgement import judge_accepted, keep
from adce_async.model.coverage import Discovery, GapKind, StoredObject
from adce_async.model.days import DAY
from adce_async.model.task import Outcome, Task, Verdict
from adce_async.planning.retry import RetryPolicy
from adce_async.ports import Clock, DiscoveryCache, Judgement, ObjectStore, Provenance, Verifications
from adce_async.scraping.base import Page, Scraper, Want

log = structlog.get_logger("adce.attempt")

THREAD_BYTES = 100_000
"""Bodies above this are checked in a thread, so that parsing never holds the loop for long."""
STORE_RETRY_SECONDS = 30.0
NOT_YET_SECONDS = 3600.0
BLOCKED_LIMIT = 5
"""A key that was blocked this often in a row, while others of its source were not, is parked."""


class Fetcher(Protocol):
    """The HTTP client as an attempt sees it."""

    async def fetch(
        self,
        source: str,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        permits: int = 0,
        into: Path | None = None,
    ) -> Page:
        """GET within the source's limits; `permits`: tokens already held for it; `into`: a file for the body."""
        ...


class Throttle(Protocol):
    """What an attempt tells the limiter of its source."""

    def throttled(self, retry_after: float | None, reason: str) -> None:
        """The source refuses us."""
        ...

    @property
    def cooling_until(self) -> float | None:
        """Until when it cools, or None."""
        ...

    def give_back(self) -> None:
        """The token that was taken for an attempt is not needed."""
        ...


@dataclass(frozen=True, slots=True)
class AttemptPolicy:
    """Bounds of an attempt. Times in seconds."""

    timeout: float = 300.0
    retry: RetryPolicy = field(default_factory=RetryPolicy)
    park_not_found_after: float = 7 * DAY


@dataclass(slots=True)
class Result:
    """What an attempt came to. `answered`: the source did; None if nothing was learnt about it."""

    outcomes: list[Outcome]
    answered: bool | None
    size: int = 0
    discovered: bool = False
    trouble: str = ""
    """Set when the lake, not the source, is the trouble."""


def validators(known: Mapping[str, object]) -> dict[str, str]:
    """The headers that ask for a body only if it is another one than that of the provenance `known`."""
    names = {"If-None-Match": "etag", "If-Modified-Since": "last_modified"}
    return {header: str(known[name]) for header, name in names.items() if known.get(name)}


class Recent:
    """Objects stored lately: a listing that was under way meanwhile may have missed them."""

    def __init__(self) -> None:
        self._objects: dict[str, StoredObject] = {}

    def note(self, stored: StoredObject) -> None:
        """`stored` is in the lake."""
        self._objects[stored.key] = stored

    def begin(self) -> None:
        """A listing begins: what was stored before is in it."""
        self._objects.clear()

    def all(self) -> Mapping[str, StoredObject]:
        """What was stored since `begin`."""
        return dict(self._objects)


class _Context:
    """`ScrapeContext` of one attempt: fetches for its source, saves for its tasks."""

    def __init__(self, attempts: Attempts, tasks: Sequence[Task], scraper: Scraper) -> None:
        self._attempts = attempts
        self._tasks = {task.key: task for task in tasks}
        self._scraper = scraper
        self._permits = 1  # taken by the dispatcher before it started us
        self.saved: dict[str, Verdict] = {}
        self.refused: dict[str, errors.ScrapeError] = {}
        self.size = 0
        self.headers: Mapping[str, str] = {}
        """Of the last answer."""
        self.discovered = False
        self._scratch: list[Path] = []

    async def fetch(
        self,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        stream: bool = False,
    ) -> Page:
        permits, self._permits = self._permits, 0
        first = next(iter(self._tasks))
        known: Mapping[str, object] = {}
        if all(task.kind is GapKind.STALE and not task.force for task in self._tasks.values()):
            known = await self._known(first, urls.complete(url, params))
        into = None
        if stream:
            into = self._attempts.store.scratch()
            self._scratch.append(into)
        try:
            page = await self._attempts.fetcher.fetch(
                self._scraper.source,
                url,
                params=params,
                headers={**validators(known), **(headers or {})} if known else headers,
                permits=permits,
                into=into,
            )
        except errors.NotModifiedError:
            page = await self._as_stored(first, known)
        self.size += page.size
        self.headers = page.headers
        return page

    async def _known(self, key: str, url: str) -> Mapping[str, object]:
        """The provenance of what is to be renewed, if it came from `url`."""
        known = await self._attempts.store.provenance(key) or {}
        return known if known.get("url") == url else {}

    async def _as_stored(self, key: str, known: Mapping[str, object]) -> Page:
        """What the lake holds, as if it had come again: it is checked and stored like everything."""
        path = await self._attempts.store.file(key)
        if path is None:
            raise errors.TransientError(f"{key} is gone from the lake since it was asked for")
        names = {"content-type": "content_type", "etag": "etag", "last-modified": "last_modified"}
        headers = {header: str(known[name]) for header, name in names.items() if known.get(name)}
        body = b"" if self._scraper.stream else await self._attempts.store.get(key)
        if body is None:
            raise errors.TransientError(f"{key} is gone from the lake since it was asked for")
        file = path if self._scraper.stream else None
        return Page(str(known["url"]), body, 200, headers, self._attempts.clock.now(), file=file)

    async def clear_up(self) -> None:
        """Give back a token that was not used, and remove what was streamed: what was stored has a name of its own.

        What can't be removed, opening the lake does.
        """
        if self._permits:
            self._attempts.throttle_of(self._scraper.source).give_back()
        for path in self._scratch:
            try:
                await asyncio.to_thread(path.unlink, missing_ok=True)
            except OSError as failure:
                log.warning("a temporary file stays", path=str(path), why=failure.strerror)

    async def save(self, page: Page, key: str | None = None) -> None:
        wanted = [self._tasks[key]] if key is not None else list(self._tasks.values())
        for task in wanted:
            want = Want(task.key, task.data_type, task.fields)
            try:
                found, judgement = await self._check(page, want)
            except errors.ScrapeError as error:
                self.refused[task.key] = error
                continue
            await self._store(page, task, found, judgement)
        if not any(task.key in self.saved for task in wanted):
            raise self.refused[wanted[0].key]

    async def _check(self, page: Page, want: Want) -> tuple[Discovery | None, Judgement]:
        def check() -> tuple[Discovery | None, Judgement]:
            least = self._attempts.min_bytes.get(f"{self._scraper.source}.{want.data_type}", 0)
            if page.size < least:
                raise errors.RefusedError(f"{page.size} bytes, at least {least} expected (min_bytes)")
            self._scraper.check(page, want)
            return self._scraper.discover(page, want), judge_accepted(self._scraper, page, want)

        return await asyncio.to_thread(check) if page.size > THREAD_BYTES else check()

    async def _store(self, page: Page, task: Task, found: Discovery | None, judgement: Judgement) -> None:
        store = self._attempts.store
        provenance = Provenance(
            page.url, page.fetched_at, self._scraper.name, self._scraper.version, page.content_type, page.status,
            page.headers.get("etag", ""), page.headers.get("last-modified", ""),
        )  # fmt: skip
        if page.file is None:
            is_new = await store.put(task.key, page.body, provenance)
        else:
            is_new = await store.put_file(task.key, page.file, provenance)
        self.refused.pop(task.key, None)
        self.saved[task.key] = Verdict.STORED if is_new else Verdict.UNCHANGED
        stored = StoredObject(task.key, page.size, "", page.fetched_at, verified=True)
        # an object of ours is verified by its provenance: only what says more than that is kept
        judged = bool(judgement.facts or judgement.reason) or task.kind is GapKind.INVALID
        if found is not None or judged:
            stored = await store.head(task.key) or stored  # its etag tells later whether this is still what it names
        tag = self._scraper.cache_tag(stored.etag)
        if found is not None:
            self.discovered = True
            try:
                await self._attempts.discoveries.save({task.key: (tag, found)})
            except errors.QueueError as error:
                log.warning("what it names is not remembered", key=task.key, error=str(error), next="a pass reads it")
        if judged:
            await keep(self._attempts.verifications, task.key, replace(judgement, tag=tag))
        self._attempts.recent.note(stored)
        if judgement.reason:
            log.warning("stored, but invalid", key=task.key, why=judgement.reason)
            if task.kind is GapKind.INVALID and not is_new:  # asking once more brings nothing else
                del self.saved[task.key]
                self.refused[task.key] = errors.RefusedError(f"the same again: {judgement.reason}", head=page.head)


class Attempts:
    """Runs attempts; knows no queue and no slots."""

    def __init__(
        self,
        *,
        scrapers: Mapping[str, Scraper],
        fetcher: Fetcher,
        throttles: Mapping[str, Throttle],
        store: ObjectStore,
        discoveries: DiscoveryCache,
        clock: Clock,
        policy: AttemptPolicy,
        recent: Recent,
        policies: Mapping[str, AttemptPolicy] | None = None,
        min_bytes: Mapping[str, int] | None = None,
        verifications: Verifications | None = None,
        chance: Callable[[], float] = random.random,
    ) -> None:
        """`policies`: of scrapers that differ; `min_bytes`: by data type; `chance()`: uniform in [0, 1), for jitter."""
        self.fetcher = fetcher
        self.store = store
        self.discoveries = discoveries
        self.recent = recent
        self._policy = policy
        self._policies = policies or {}
        self.min_bytes = min_bytes or {}
        self.verifications = verifications
        self._scrapers = scrapers
        self._throttles = throttles
        self.clock = clock
        self._chance = chance
        self._blocked: dict[str, tuple[int, int]] = {}
        self._answers: Counter[str] = Counter()

    async def run(self, tasks: Sequence[Task]) -> Result:
        """Attempt `tasks`, all of one request. Raises only CancelledError."""
        scraper = self._scrapers.get(tasks[0].scraper)
        if scraper is None:
            gone = errors.PermanentError(f"there is no scraper {tasks[0].scraper}; see `adce scrapers`")
            return Result([_park(task, gone, self.clock.now()) for task in tasks], None)
        context = _Context(self, tasks, scraper)
        error: BaseException | None = None
        trouble = ""
        seconds = self._policy_for(tasks[0]).timeout
        try:
            async with deadline(seconds):
                await scraper.scrape(tasks[0], context)
        except TimeoutError:
            error = errors.TransientError(f"not done within {seconds:g} s (task_timeout_seconds)")
        except errors.StoreError as failure:
            error, trouble = failure, str(failure)
        except asyncio.CancelledError as failure:
            if _is_cancelled():
                raise
            error = failure  # the scraper's own: something that it awaited was cancelled
        except (Exception, SystemExit) as failure:  # noqa: BLE001 - no bug of a scraper may end the service
            error = failure
        finally:
            await context.clear_up()
        outcomes = [self._outcome(task, context, error) for task in tasks]
        return Result(outcomes, _answered(error), context.size, context.discovered, trouble)

    def throttle_of(self, source: str) -> Throttle:
        """The limiter of a source."""
        return self._throttles[source]

    def _policy_for(self, task: Task) -> AttemptPolicy:
        return self._policies.get(task.scraper, self._policy)

    def _outcome(self, task: Task, context: _Context, error: BaseException | None) -> Outcome:
        now = self.clock.now()
        verdict = context.saved.get(task.key)
        if verdict is not None:
            self._blocked.pop(task.key, None)
            self._answers[task.source] += 1
            return Outcome(task.key, verdict, at=now)
        refused = context.refused.get(task.key)
        cause = refused or error
        if cause is None:
            cause = errors.PermanentError("its scraper ended without saving it")
        # what did not come, or could not be stored, has nothing to do with how long a page that did come is good for
        said = refused is not None or isinstance(cause, errors.RefusedError | errors.NotYetError)
        fresh = answers.fresh_seconds(context.headers) if said else 0.0
        return self._not_before(now + fresh, self._judge(task, cause, now))

    @staticmethod
    def _not_before(at: float, outcome: Outcome) -> Outcome:
        """Asked again sooner, the source (or what caches for it) would only repeat itself."""
        if outcome.verdict not in (Verdict.RETRY, Verdict.RELEASED) or outcome.not_before >= at:
            return outcome
        return replace(outcome, not_before=at)

    def _judge(self, task: Task, cause: BaseException, now: float) -> Outcome:
        retry = self._policy_for(task).retry
        match cause:
            case errors.UnreachableError():
                return _again(task, cause, Verdict.RELEASED, now + retry.delay(4, self._chance()), now)
            case errors.TransientError():
                return self._retry(task, cause, now, cause.retry_after)
            case errors.BlockedError():
                return self._blocked_by(task, cause, now)
            case errors.NotYetError() | errors.NotFoundError():
                return self._not_yet(task, cause, now)
            case errors.RefusedError():
                if task.attempts:
                    return _park(task, cause, now)
                return _again(task, cause, Verdict.RETRY, now + retry.delay(1, self._chance()), now)
            case errors.ScrapeError():
                return _park(task, cause, now)
            case errors.StoreError():
                reason = errors.TransientError(str(cause))
                return _again(task, reason, Verdict.RELEASED, now + STORE_RETRY_SECONDS, now)
            case _:
                text = "".join(traceback.format_exception(cause))[-2000:]
                bug = errors.PermanentError(f"a bug in scraper {task.scraper}: {cause!r}", head=text)
                return _park(task, bug, now)

    def _retry(self, task: Task, cause: errors.ScrapeError, now: float, retry_after: float | None) -> Outcome:
        attempts = task.attempts + 1
        retry = self._policy_for(task).retry
        if retry.exhausted(attempts):
            return _park(task, cause, now)
        return _again(task, cause, Verdict.RETRY, now + retry.delay(attempts, self._chance(), retry_after), now)

    def _blocked_by(self, task: Task, cause: errors.BlockedError, now: float) -> Outcome:
        throttle = self._throttles[task.source]
        if cause.status not in (403, 429):  # the client knows of these already
            throttle.throttled(cause.retry_after, cause.reason)
        answers = self._answers[task.source]
        count, answers_then = self._blocked.get(task.key, (0, -1))
        if answers != answers_then:  # in a jail nothing is answered, and nobody's count grows
            count += 1
        if count >= BLOCKED_LIMIT:
            del self._blocked[task.key]
            return _park(task, cause, now)
        self._blocked[task.key] = (count, answers)
        # behind the others, so that one key that is always refused does not keep its source from all else
        return _again(task, cause, Verdict.RELEASED, (throttle.cooling_until or now) + count, now)

    def _not_yet(self, task: Task, cause: errors.NotYetError | errors.NotFoundError, now: float) -> Outcome:
        if now - task.due > self._policy.park_not_found_after:
            return _park(task, cause, now)
        wait = DAY if task.freshness_seconds is None else min(DAY, task.freshness_seconds)
        if isinstance(cause, errors.NotYetError):
            wait = min(wait, NOT_YET_SECONDS) if cause.retry_after is None else cause.retry_after
        return _again(task, cause, Verdict.RELEASED, now + wait, now)


def _is_cancelled() -> bool:
    """True if somebody wants this attempt to end."""
    current = asyncio.current_task()
    return current is not None and current.cancelling() > 0


def _answered(error: BaseException | None) -> bool | None:
    """Whether the source is alive, for its breaker."""
    match error:
        case errors.BlockedError() | errors.StoreError():
            return None
        case errors.TransientError():
            return False
        case _:
            return True


def _again(task: Task, cause: errors.ScrapeError, verdict: Verdict, not_before: float, now: float) -> Outcome:
    return Outcome(task.key, verdict, cause.reason, not_before, cause.status, cause.head, now)


def _park(task: Task, cause: errors.ScrapeError, now: float) -> Outcome:
    return Outcome(task.key, Verdict.PARKED, cause.reason, 0.0, cause.status, cause.head, now)
