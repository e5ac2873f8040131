"""One attempt: from leased tasks of one request to an outcome for each of them.

Tasks of the same request (a summary is box score and play-by-play) are served by one scrape. What a scraper
raises decides by its class what happens next; anything else that it raises is a bug of the scraper and parks
the task with its traceback.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter, OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from adce_async import errors
from adce_async.engine.collecting.context import Context
from adce_async.engine.collecting.doubts import Doubts
from adce_async.engine.collecting.handle import AttemptHandle, Slot
from adce_async.engine.collecting.services import AttemptServices
from adce_async.engine.fetching import statuses
from adce_async.error_text import error_text, traceback_text
from adce_async.model.days import DAY, LATE_HOURS
from adce_async.model.task import LOOK_TIER, Outcome, Task, Verdict
from adce_async.planning.retry import RetryPolicy
from adce_async.scraping.base import Scraper

STORE_RETRY_SECONDS = 30.0
NOT_YET_SECONDS = 3600.0
LOOK_SECONDS = 900.0
"""Until a look at a listing that was not to be had is made again, if nobody wants it sooner."""
LIVE_SECONDS = (10.0, 60.0)
"""Between questions for what comes of a game that has just ended: at first, and for ten minutes."""
BLOCKED_LIMIT = 5
"""A key that was blocked this often in a row, while others of its source were not, is parked."""
MOST_COUNTED = 10_000
"""Keys of which something is counted at once."""


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
    waited: float = 0.0
    """Seconds for which it waited for tokens."""
    trouble: str = ""
    """Set when the lake, not the source, is the trouble."""


class Attempts:
    """Runs attempts; knows no queue and no slots."""

    def __init__(
        self,
        *,
        scrapers: Mapping[str, Scraper],
        services: AttemptServices,
        policy: AttemptPolicy,
        policies: Mapping[str, AttemptPolicy] | None = None,
        chance: Callable[[], float] = random.random,
        doubts: Doubts | None = None,
    ) -> None:
        """`policies`: of scrapers that differ; `chance()`: uniform in [0, 1), for jitter."""
        self._services = services
        self.apply(scrapers, policy, policies or {})
        self._chance = chance
        self._doubts = doubts
        self._blocked: OrderedDict[str, tuple[int, int]] = OrderedDict()
        """By key: how often it was refused while its source served others, and how many it had served by then."""
        self._answers: Counter[str] = Counter()
        self._unanswered: OrderedDict[str, int] = OrderedDict()
        """By key: attempts that count, and in which nothing came that could have been refused."""

    def apply(
        self, scrapers: Mapping[str, Scraper], policy: AttemptPolicy, policies: Mapping[str, AttemptPolicy]
    ) -> None:
        """Attempt with these from now on; what is under way ends as it began."""
        self._scrapers = scrapers
        self._policy = policy
        self._policies = policies

    async def run(self, tasks: Sequence[Task], *, permits: int = 1, slot: Slot | None = None) -> Result:
        """Attempt `tasks`, all of one request. Raises only CancelledError.

        `permits`: tokens that were taken for it; `slot`: the place that it has in the pool.
        """
        handle = AttemptHandle(tasks, permits=permits, slot=slot)
        there: Mapping[str, Outcome] = {}
        if any(task.lost_leases and not task.force for task in tasks):
            there = await self._already_there(tasks)
            handle.tasks = tuple(task for task in tasks if task.key not in there)
        scraper = self._scrapers.get(tasks[0].scraper)
        if scraper is None or not handle.tasks:
            if permits:
                self._services.limiters[tasks[0].source].give_back()
            gone = errors.PermanentError(f"there is no scraper {tasks[0].scraper}; see `adce scrapers`")
            parked = [_park(task, gone, self._services.clock.now()) for task in handle.tasks]
            return Result([*there.values(), *parked], None)
        result = await self._ask(handle, scraper)
        result.outcomes += there.values()
        return result

    async def _already_there(self, tasks: Sequence[Task]) -> dict[str, Outcome]:
        """What a claim that was lost (a crash after the store, before the commit) has brought into the lake already."""
        lost = {task.key: task for task in tasks if task.lost_leases and not task.force}
        now = self._services.clock.now()
        try:
            stored = await self._services.store.heads(lost)
        except errors.StoreError:
            return {}
        # what was there when the gap was found was stale, small or invalid, and is no answer to it
        return {
            key: Outcome(key, Verdict.UNCHANGED, "stored before its claim was lost", at=now)
            for key, each in stored.items()
            if each.verified and each.modified >= lost[key].detected_at
        }

    async def _ask(self, handle: AttemptHandle, scraper: Scraper) -> Result:
        tasks = handle.tasks
        context = Context(self._services, handle, scraper)
        error: BaseException | None = None
        trouble = ""
        seconds = self._policy_for(tasks[0]).timeout
        try:
            async with handle.within(seconds):
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
        if self._doubts is not None:
            causes = {task.key: context.refused.get(task.key) or error for task in tasks}
            outcomes = await self._doubts.judge(tasks, causes, context.body, outcomes)
        self._count_unanswered(tasks, outcomes, context, error)
        return Result(outcomes, _answered(error), context.size, handle.waited, trouble)

    def _count_unanswered(
        self, tasks: Sequence[Task], outcomes: Sequence[Outcome], context: Context, error: BaseException | None
    ) -> None:
        """A body is refused twice, not once after a connection that broke: so attempts of both kinds are told apart."""
        for task, outcome in zip(tasks, outcomes, strict=True):
            before = self._unanswered.pop(task.key, 0)
            cause = context.refused.get(task.key) or error
            count = before * bool(task.attempts)  # without any it is new, or was forgiven
            count += outcome.verdict is Verdict.RETRY and not isinstance(cause, errors.RefusedError)
            if count and outcome.verdict in (Verdict.RETRY, Verdict.RELEASED):
                self._unanswered[task.key] = count
        while len(self._unanswered) > MOST_COUNTED:  # forgotten, an attempt counts as a refusal
            self._unanswered.popitem(last=False)

    def longest(self, task: Task) -> float:
        """Seconds that an attempt at `task` may take, without its waits for tokens."""
        return self._policy_for(task).timeout

    def _policy_for(self, task: Task) -> AttemptPolicy:
        return self._policies.get(task.scraper, self._policy)

    def _outcome(self, task: Task, context: Context, error: BaseException | None) -> Outcome:
        now = self._services.clock.now()
        verdict = context.saved.get(task.key)
        if verdict is not None:
            self._blocked.pop(task.key, None)
            self._answers[task.source] += 1
            return Outcome(task.key, verdict, at=now)
        refused = context.refused.get(task.key)
        cause = refused or error
        if not isinstance(cause, errors.BlockedError):
            self._blocked.pop(task.key, None)
        if cause is None:
            cause = errors.PermanentError("its scraper ended without saving it")
        # what did not come, or could not be stored, has nothing to do with how long a page that did come is good for
        said = refused is not None or isinstance(cause, errors.RefusedError | errors.NotYetError)
        fresh = statuses.fresh_seconds(context.headers) if said else 0.0
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
                wait = retry.delay(4, self._chance(), cause.retry_after)
                return _again(task, cause, Verdict.RELEASED, now + wait, now)
            case errors.TransientError():
                return self._retry(task, cause, now, cause.retry_after)
            case errors.BlockedError():
                return self._blocked_by(task, cause, now)
            case errors.NotYetError() | errors.NotFoundError():
                return self._not_yet(task, cause, now)
            case errors.RefusedError():
                if _is_young(task, now):  # minutes after the whistle a body may not be all that it will be
                    return _again(task, cause, Verdict.RELEASED, now + live_wait(task, now), now)
                if task.attempts > self._unanswered.get(task.key, 0):  # refused before
                    return _park(task, cause, now)
                return _again(task, cause, Verdict.RETRY, now + retry.delay(1, self._chance()), now)
            case errors.ScrapeError():
                return _park(task, cause, now)
            case errors.StoreError():
                reason = errors.TransientError(str(cause))
                return _again(task, reason, Verdict.RELEASED, now + STORE_RETRY_SECONDS, now)
            case _:
                text = traceback_text(cause)[-2000:]
                bug = errors.PermanentError(f"a bug in scraper {task.scraper}: {error_text(cause)}", head=text)
                return _park(task, bug, now)

    def _retry(self, task: Task, cause: errors.ScrapeError, now: float, retry_after: float | None) -> Outcome:
        attempts = task.attempts + 1
        retry = self._policy_for(task).retry
        if retry.exhausted(attempts):
            return _park(task, cause, now)
        return _again(task, cause, Verdict.RETRY, now + retry.delay(attempts, self._chance(), retry_after), now)

    def _blocked_by(self, task: Task, cause: errors.BlockedError, now: float) -> Outcome:
        throttle = self._services.limiters[task.source]
        if not cause.by_status:  # the client knows of these already
            throttle.throttled(cause.retry_after, cause.reason)
        answers = self._answers[task.source]
        count, answers_then = self._blocked.get(task.key, (0, -1))
        if answers != answers_then:  # in a jail nothing is answered, and nobody's count grows
            count += 1
        if count >= BLOCKED_LIMIT:
            del self._blocked[task.key]
            return _park(task, cause, now)
        self._blocked[task.key] = (count, answers)
        self._blocked.move_to_end(task.key)
        while len(self._blocked) > MOST_COUNTED:  # whose tasks are gone, nobody tells us
            self._blocked.popitem(last=False)
        # behind the others, so that one key that is always refused does not keep its source from all else
        return _again(task, cause, Verdict.RELEASED, (throttle.cooling_until or now) + count, now)

    def _not_yet(self, task: Task, cause: errors.NotYetError | errors.NotFoundError, now: float) -> Outcome:
        if now - task.due > self._policy.park_not_found_after:
            return _park(task, cause, now)
        if _is_young(task, now) and getattr(cause, "retry_after", None) is None:
            return _again(task, cause, Verdict.RELEASED, now + live_wait(task, now), now)
        wait = DAY if task.freshness_seconds is None else min(DAY, task.freshness_seconds)
        if isinstance(cause, errors.NotYetError):
            wait = min(wait, NOT_YET_SECONDS) if cause.retry_after is None else cause.retry_after
        return _again(task, cause, Verdict.RELEASED, now + wait, now)


def _is_young(task: Task, now: float) -> bool:
    """True if its game has ended in this night: what is not there yet may be there in a minute."""
    return task.is_ahead and now < task.due + LATE_HOURS


def live_wait(task: Task, now: float) -> float:
    """Seconds until it is asked for again: ten at first, for a source's answers do not change all in one moment; then a
    minute, and after ten of these a tenth of the time that it has been waited for.
    """
    if task.tier <= LOOK_TIER:  # who watches asks again in his own time
        return LOOK_SECONDS
    age = max(0.0, now - task.detected_at)
    return max(LIVE_SECONDS[0], min(LIVE_SECONDS[1], age / 2), age / 10)


def _is_cancelled() -> bool:
    """True if somebody wants this attempt to end."""
    current = asyncio.current_task()
    return current is not None and current.cancelling() > 0


def _answered(error: BaseException | None) -> bool | None:
    """Whether the source is alive, for its breaker."""
    match error:
        case errors.BlockedError() | errors.StoreError() | errors.NotAskedError():
            return None
        case errors.TransientError():
            return False
        case _:
            return True


def _again(task: Task, cause: errors.ScrapeError, verdict: Verdict, not_before: float, now: float) -> Outcome:
    return Outcome(task.key, verdict, cause.reason, not_before, cause.status, cause.head, now)


def _park(task: Task, cause: errors.ScrapeError, now: float) -> Outcome:
    return Outcome(task.key, Verdict.PARKED, cause.reason, 0.0, cause.status, cause.head, now)
