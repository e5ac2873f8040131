from __future__ import annotations

from dataclasses import replace

import pytest
from tests.unit.engine.collecting.attempt_parts import Bench, item

from adce_async.engine.collecting.attempt import AttemptPolicy, Attempts
from adce_async.errors import ScrapeError, TransientError
from adce_async.model.task import Task, Verdict
from adce_async.planning.retry import RetryPolicy

RESET, LIE, GOOD = TransientError("connection reset"), b"bad", b"good"


class Case:
    """Attempts at one key, which is answered in turn by `answers`; each finds the task as the queue would have it."""

    def __init__(self, *answers: bytes | ScrapeError, max_retries: int = 3) -> None:
        left = iter(answers)
        bench = Bench(lambda _ask: next(left))
        self.task = item(1, attempts=0)
        self._attempts = Attempts(
            scrapers={"ant_items": bench.scraper}, services=bench.services,
            policy=AttemptPolicy(retry=RetryPolicy(max_retries=max_retries)), chance=lambda: 0.5,
        )  # fmt: skip

    async def once(self, of: Task | None = None) -> Verdict:
        self.task = of or self.task
        (outcome,) = (await self._attempts.run([self.task], permits=0)).outcomes
        self.task = replace(self.task, attempts=self.task.attempts + (outcome.verdict is Verdict.RETRY))
        return outcome.verdict


@pytest.mark.parametrize(
    ("answers", "last"),
    [
        ([LIE, LIE], Verdict.PARKED),
        ([LIE, GOOD], Verdict.STORED),
        ([RESET, LIE], Verdict.RETRY),
        ([RESET, LIE, GOOD], Verdict.STORED),
        ([RESET, LIE, LIE], Verdict.PARKED),
        ([LIE, RESET, LIE], Verdict.PARKED),
        ([RESET, RESET, LIE], Verdict.RETRY),
        ([RESET, RESET, LIE, LIE], Verdict.PARKED),
        ([RESET, RESET, RESET, RESET], Verdict.PARKED),
    ],
)
async def test_a_body_is_given_up_when_it_was_refused_twice_whatever_else_went_wrong(answers, last) -> None:
    case = Case(*answers)
    verdicts = [await case.once() for _ in answers]
    assert verdicts == [Verdict.RETRY] * (len(answers) - 1) + [last]


async def test_what_has_been_forgiven_begins_anew() -> None:
    case = Case(RESET, LIE, LIE)
    assert await case.once() is Verdict.RETRY
    assert await case.once(replace(case.task, attempts=0)) is Verdict.RETRY
    assert await case.once() is Verdict.PARKED


async def test_an_attempt_of_which_nobody_knows_any_more_counts_as_a_refusal() -> None:
    """Else what is refused at each start, by services that live for one attempt, would be asked for ever."""
    assert await Case(LIE).once(item(1, attempts=1)) is Verdict.PARKED
