from __future__ import annotations

import asyncio
import math
from collections.abc import Callable

import pytest
from tests.unit.engine.judged import Wall

from adce_async.engine.collecting.doubts import TOGETHER, Doubts, name_of
from adce_async.errors import PermanentError, RefusedError, ScrapeError, TransientError, UnreadableError
from adce_async.model.task import Outcome, Task, Verdict
from adce_async.planning.outage import DOUBT_SECONDS, FEW, FIRST_SECONDS
from adce_async.testing.example_tasks import task
from adce_async.testing.memory_queue import MemoryQueue, MemoryState

SOURCES = {"ant_items": "ant", "ant_box": "ant", "bee_items": "bee"}


class Case(Doubts):
    """Doubts whose canary is `served` (None: nothing is known to ask for); how often it was asked."""

    def __init__(
        self,
        *,
        served: bool | None = False,
        memory: MemoryState | None = None,
        owns: Callable[[str], bool] | None = None,
    ) -> None:
        self.served = served
        self.asked: list[str] = []
        super().__init__(SOURCES, Wall(), self._canary_of, memory, owns)

    async def _canary_of(self, scraper: str) -> bool | None:
        self.asked.append(scraper)
        return self.served

    async def refused(self, *keys: str, error: ScrapeError | None = None, scraper: str = "ant_items") -> list[Outcome]:
        """What becomes of each: refused alike, unless `error` says otherwise."""
        found: list[Outcome] = []
        for key in keys:
            mine = task(key, scraper=scraper)
            cause = error or RefusedError("no such thing")
            parked = Outcome(key, Verdict.PARKED, cause.reason, at=Wall().now())
            self.started(mine)
            found += await self.judge([mine], {key: cause}, b"sorry", [parked])
            self.ended(mine)
        return found

    async def stored(self, key: str) -> None:
        await self.judge([task(key)], {key: None}, b"good", [Outcome(key, Verdict.STORED)])


def keys(count: int) -> list[str]:
    return [f"k{chr(97 + number)}" for number in range(count)]


def verdicts(outcomes: list[Outcome]) -> set[Verdict]:
    return {outcome.verdict for outcome in outcomes}


async def test_refusals_of_a_few_keys_count() -> None:
    case = Case()
    assert verdicts(await case.refused(*keys(FEW - 1))) == {Verdict.PARKED}
    assert (case.asked, case.any, case.wait("ant", "ant_items")) == ([], False, 0.0)


async def test_one_key_that_was_accepted_between_them_ends_the_streak() -> None:
    case = Case()
    await case.refused(*keys(FEW - 1))
    await case.stored("good")
    await case.refused(*keys(FEW - 1))
    assert case.asked == []


async def test_many_that_are_refused_alike_are_the_sources_trouble_if_the_canary_is_not_served() -> None:
    case = Case()
    outcomes = await case.refused(*keys(FEW))
    assert case.asked == ["ant_items"]
    assert outcomes[-1].verdict is Verdict.RELEASED
    assert "others were refused alike" in outcomes[-1].reason
    assert outcomes[-1].not_before == Wall().now() + FIRST_SECONDS + 1.0
    assert case.wait("ant", "ant_items") == FIRST_SECONDS
    assert case.wait("ant", "ant_box") == case.wait("bee", "bee_items") == 0.0
    assert f"{FEW} keys of ant_items in a row were refused alike" in case.trouble("ant")
    assert case.trouble("bee") == ""
    assert case.doubtful_until("ant") == Wall().now() + FIRST_SECONDS
    assert case.doubtful_until("bee") is None


async def test_with_the_canary_served_the_refusals_count_and_somebody_asks_later_the_next_time() -> None:
    case = Case(served=True)
    assert verdicts(await case.refused(*keys(FEW))) == {Verdict.PARKED}
    await case.refused(*keys(2 * FEW - 1))
    assert (len(case.asked), case.any) == (1, False)
    await case.refused("last")
    assert len(case.asked) == 2


async def test_what_is_not_the_format_at_all_is_reason_to_ask_before_a_key_is_given_up() -> None:
    case = Case()
    (outcome,) = await case.refused("a", error=UnreadableError("no JSON"))
    assert (case.asked, outcome.verdict, case.any) == (["ant_items"], Verdict.RELEASED, True)


async def test_keys_that_one_request_serves_are_refused_together_and_each_is_reason_to_ask_the_next_time() -> None:
    """The play-by-play may be asked for alone the second time, when the box score's turn has not come yet."""
    case = Case()
    box, plays = (task(key, fields={"game_id": "1"}) for key in ("box", "plays"))
    lie = RefusedError("35 bytes, at least 2000 expected")
    first = [Outcome(each.key, Verdict.RETRY, lie.reason, at=Wall().now()) for each in (box, plays)]
    assert await case.judge([box, plays], {"box": lie, "plays": lie}, b"sorry", first) == first
    parked = [Outcome("plays", Verdict.PARKED, lie.reason, at=Wall().now())]
    (outcome,) = await case.judge([plays], {"plays": lie}, b"sorry", parked)
    assert (case.asked, outcome.verdict, case.any) == (["ant_items"], Verdict.RELEASED, True)
    queue = MemoryQueue()
    await queue.add([box, plays])
    assert {each.key for each in await case.settle(queue)} == {"box", "plays"}


async def test_keys_that_one_request_serves_are_one_refusal() -> None:
    case = Case()
    lie = RefusedError("no such thing")
    for number in range(FEW - 1):
        both = [task(f"{kind}{number}", fields={"game_id": chr(97 + number)}) for kind in ("box", "plays")]
        parked = [Outcome(each.key, Verdict.PARKED, lie.reason) for each in both]
        assert await case.judge(both, {each.key: lie for each in both}, b"sorry", parked) == parked
    assert (case.asked, case.any) == ([], False)


async def test_a_refusal_of_weeks_ago_does_not_make_the_outage_of_today_an_old_one() -> None:
    case = Case()
    await case.refused("gone")
    await asyncio.sleep(2 * DOUBT_SECONDS)
    assert verdicts(await case.refused(*keys(FEW - 2))) == {Verdict.PARKED}
    assert verdicts(await case.refused("last", "and the probe")) == {Verdict.RELEASED}


async def test_one_probe_at_a_time_ever_later_and_one_that_is_served_ends_the_doubt() -> None:
    case = Case()
    await case.refused(*keys(FEW))
    await asyncio.sleep(FIRST_SECONDS)
    assert case.wait("ant", "ant_items") == 0.0
    case.started(task("probe"))
    assert case.wait("ant", "ant_items") == math.inf
    case.ended(task("probe"))
    assert case.wait("ant", "ant_items") == 0.0  # nothing came of it: another may go
    await case.refused("probe")
    assert case.wait("ant", "ant_items") == 2 * FIRST_SECONDS
    await asyncio.sleep(2 * FIRST_SECONDS)
    await case.stored("probe")
    assert (case.any, case.wait("ant", "ant_items"), case.trouble("ant")) == (False, 0.0, "")


async def test_a_probe_that_is_refused_while_the_canary_is_served_ends_it_too() -> None:
    case = Case()
    await case.refused(*keys(FEW))
    await asyncio.sleep(FIRST_SECONDS)
    case.served = True
    (outcome,) = await case.refused("probe")
    assert (case.any, outcome.verdict) == (False, Verdict.PARKED)


async def test_refusals_of_several_scrapers_are_the_doubt_of_their_source() -> None:
    case = Case()
    await case.refused(*keys(FEW - 2))
    await case.refused("x", "y", scraper="ant_box")
    assert case.wait("ant", "ant_items") > 0
    assert case.wait("ant", "ant_box") > 0
    assert "keys of several scrapers" in case.trouble("ant")


async def test_what_is_about_the_key_or_the_account_says_nothing_about_the_source() -> None:
    case = Case()
    await case.refused(*keys(2 * FEW), error=PermanentError("not for you", status=401))
    assert (case.asked, case.any) == ([], False)


async def test_failures_in_doubtful_times_do_not_count_but_in_others_they_do() -> None:
    case = Case(served=True)
    silent = TransientError("silent")
    assert verdicts(await case.refused("a", error=silent)) == {Verdict.PARKED}
    case.served = False
    await case.refused(*keys(FEW))
    assert verdicts(await case.refused("a", error=silent)) == {Verdict.RELEASED}
    assert verdicts(await case.refused("a", error=PermanentError("not for you", status=401))) == {Verdict.PARKED}


async def test_served_again_what_was_parked_or_counted_meanwhile_is_forgiven() -> None:
    case, queue = Case(), MemoryQueue()
    tasks: list[Task] = [task(key) for key in keys(FEW)]
    await queue.add([*tasks, task("before")])
    for claim in await queue.claim(["before"], now=0.0, until=math.inf):
        await queue.settle([Outcome("before", Verdict.PARKED, at=Wall().now() - 60.0, token=claim.token)])
    for each in tasks:
        (claim,) = await queue.claim([each.key], now=Wall().now(), until=math.inf)
        (outcome,) = await case.refused(each.key)
        await queue.settle([Outcome(each.key, outcome.verdict, at=outcome.at, token=claim.token)])
    assert len(await queue.parked()) == FEW  # the last one is released
    back = await case.settle(queue)
    assert {each.key for each in back} == set(keys(FEW))
    assert [each.key for each in await queue.parked()] == ["before"]
    assert {each.key for each in await queue.tasks()} == set(keys(FEW))
    assert await case.settle(queue) == []
    await queue.add([task("meanwhile")])
    (claim,) = await queue.claim(["meanwhile"], now=Wall().now(), until=math.inf)
    await queue.settle([Outcome("meanwhile", Verdict.PARKED, at=Wall().now(), token=claim.token)])
    await case.stored("good")
    await case.settle(queue)
    assert [each.key for each in await queue.parked()] == ["before"]


async def test_doubts_outlive_the_process_with_a_probe_at_once() -> None:
    memory = MemoryState()
    case = Case(memory=memory)
    await case.keep()
    assert memory.texts == {}
    await case.refused(*keys(FEW))
    await case.keep()
    again = Case(memory=memory)
    await again.restore()
    assert again.any
    assert again.wait("ant", "ant_items") == 0.0
    await again.stored("a")
    await again.keep()
    assert memory.texts == {name_of("ant"): ""}


async def test_a_source_that_comes_from_another_machine_comes_with_its_doubts_alone() -> None:
    memory = MemoryState()
    one, two = Case(memory=memory), Case(memory=memory)
    await one.refused(*keys(FEW))
    await one.keep()
    await two.refused(*keys(FEW), scraper="bee_items")
    await two.restore(["ant"])
    assert (two.wait("ant", "ant_items"), bool(two.trouble("ant"))) == (0.0, True)
    assert two.trouble("bee") != ""
    await one.stored("a")
    await one.keep()
    await two.restore(["ant"])  # it was elsewhere meanwhile, and has served
    assert (two.trouble("ant"), bool(two.trouble("bee"))) == ("", True)


async def test_of_sources_that_are_another_machines_nothing_is_written() -> None:
    memory = MemoryState()
    case = Case(memory=memory, owns=lambda source: source != "ant")
    await case.refused(*keys(FEW))
    await case.refused(*keys(FEW), scraper="bee_items")
    await case.keep()
    assert list(memory.texts) == [name_of("bee")]


async def test_what_a_version_with_one_text_for_all_has_kept_is_kept_by_source() -> None:
    memory = MemoryState()
    doubt = '{"streak": {"ka": "x"}, "since": 5.0, "doubtful": true, "probes": 1, "alone": false, "interval": 4.0}'
    memory.texts[TOGETHER] = f'{{"scrapers": {{"ant_items": {doubt}}}, "sources": {{"bee": {doubt}}}}}'
    case = Case(memory=memory)
    await case.restore()
    await case.keep()
    assert (memory.texts[TOGETHER], bool(case.trouble("ant")), bool(case.trouble("bee"))) == ("", True, True)
    again = Case(memory=memory)
    await again.restore()
    assert (bool(again.trouble("ant")), bool(again.trouble("bee"))) == (True, True)


async def test_what_cannot_be_read_back_is_as_if_there_were_nothing() -> None:
    memory = MemoryState()
    for text in ("{", '{"scrapers": {"ant_items": {}}}', "[]", '{"sources": [1]}', '{"source": 1}'):
        for name in (TOGETHER, name_of("ant")):
            memory.texts = {name: text}
            case = Case(memory=memory)
            await case.restore()
            assert not case.any


async def test_the_only_key_that_is_due_is_not_given_up_while_its_source_answers_nobody() -> None:
    case = Case(served=False)
    (outcome,) = await case.refused("a", error=TransientError("HTTP 503", status=503))
    assert (case.asked, outcome.verdict) == (["ant_items"], Verdict.RELEASED)
    assert "what was served before is not served either" in outcome.reason
    assert case.trouble("ant").startswith("one of the keys of ant_items failed again and again")
    assert case.wait("ant", "ant_items") > 0.0
    (outcome,) = await case.refused("a", error=TransientError("HTTP 503", status=503))
    assert (len(case.asked), outcome.verdict) == (1, Verdict.RELEASED)  # it was the probe
    await case.stored("a")
    assert not case.any


@pytest.mark.parametrize("served", [True, None])
async def test_a_key_that_is_not_answered_is_given_up_where_its_source_serves_or_never_has(served: bool | None) -> None:
    case = Case(served=served)
    assert verdicts(await case.refused("a", error=TransientError("silent"))) == {Verdict.PARKED}
    assert (len(case.asked), case.any) == (1, False)


async def test_who_has_served_another_just_now_is_not_asked_for_a_sign_of_life() -> None:
    case = Case(served=False)
    await case.stored("good")
    assert verdicts(await case.refused("a", error=TransientError("silent"))) == {Verdict.PARKED}
    assert (case.asked, case.any) == ([], False)


async def test_the_only_key_that_is_due_is_not_given_up_for_lies_if_what_was_served_before_is_lied_about_too() -> None:
    case = Case(served=False)
    lie = RefusedError("somebody else")
    mine = task("a")
    again = [Outcome("a", Verdict.RETRY, "somebody else", at=Wall().now())]
    assert await case.judge([mine], {"a": lie}, b"sorry", again) == again
    (outcome,) = await case.refused("a", error=lie)
    assert (case.asked, outcome.verdict, case.any) == (["ant_items"], Verdict.RELEASED, True)
    case = Case(served=True)
    await case.judge([mine], {"a": lie}, b"sorry", again)
    (outcome,) = await case.refused("a", error=lie)
    assert (case.asked, outcome.verdict, case.any) == (["ant_items"], Verdict.PARKED, False)
