"""The change since yesterday, as passes make it."""

from __future__ import annotations

from pathlib import Path

from tests.scenario.world import World, item, items_of, per

from adce_async.engine.events import PassDone
from adce_async.engine.reconciling.reconciler import coverage_document
from adce_async.engine.trends import COMPONENT, Trends, with_trend
from adce_async.errors import QueueError
from adce_async.model.coverage import Coverage
from adce_async.model.days import DAY
from adce_async.service.documents import Documents
from adce_async.testing.memory_coverage import MemoryCoverageHistory

ROWS = [Coverage("ant", "items", None, expected=4, stored=3, missing=1)]
HOUR = 3600.0


def done(at: float, stored: int) -> PassDone:
    rows = [Coverage("ant", "items", None, expected=4, stored=stored, missing=4 - stored)]
    return PassDone(4 - stored, 0, 0, stored, 0.1, coverage=rows, at=at)


async def trend_after(*events: PassDone, history: MemoryCoverageHistory | None = None) -> Trends:
    trends = Trends(history or MemoryCoverageHistory(), 90 * DAY, lambda _name, _text: None)
    for event in events:
        await trends.keep([event])
    return trends


async def test_the_first_pass_has_nothing_to_compare_with() -> None:
    assert (await trend_after(done(0.0, 1))).past() is None


async def test_on_the_first_day_the_first_pass_is_compared_with_and_a_day_ago_from_then_on() -> None:
    past = (await trend_after(done(0.0, 1), done(HOUR, 2))).past()
    assert past is not None
    assert (past.since, past.rows["ant", "items", None].stored) == (0.0, 1)
    past = (await trend_after(done(0.0, 1), done(HOUR, 2), done(DAY + 2 * HOUR, 4))).past()
    assert past is not None
    assert (past.since, past.rows["ant", "items", None].stored) == (2 * HOUR, 2)


async def test_what_cannot_be_kept_is_trouble_of_its_own_until_it_is_kept() -> None:
    told: dict[str, str] = {}
    history = MemoryCoverageHistory()
    trends = Trends(history, DAY, told.__setitem__)
    history.broken = QueueError("disk full")
    await trends.keep([done(0.0, 1)])
    assert told == {COMPONENT: "disk full; the trend of the coverage is missing"}
    history.broken = None
    await trends.keep([done(1.0, 1)])
    assert told == {COMPONENT: ""}


async def test_it_is_kept_as_long_as_configured_and_two_days_at_least() -> None:
    history = MemoryCoverageHistory()
    trends = Trends(history, 10 * DAY, lambda _name, _text: None)
    for days in range(30):
        await trends.keep([done(days * DAY, 1)])
    assert min(history.recorded) == 19 * DAY
    trends.apply(0.0)
    await trends.keep([done(30 * DAY, 1)])
    assert min(history.recorded) == 28 * DAY


def test_without_a_past_the_document_is_as_it_was() -> None:
    document = coverage_document(ROWS)
    assert with_trend(document, ROWS, None) is document


async def test_the_service_tells_it_for_each_row_and_in_all(tmp_path: Path) -> None:
    ant = World(tmp_path, [items_of("ant", 4)], {"ant": per(100, 1.0)})
    ant.ports.coverage = MemoryCoverageHistory()
    ant.parts.trends = Trends(ant.ports.coverage, DAY, lambda _name, _text: None)
    shown = Documents(ant.parts, lambda: 1, lambda: None)
    ant.store.seed("ant/0.json", item(0))
    async with ant.parts.telling():
        await ant.reconciler.run()
    assert "trend" not in str(shown.coverage())
    ant.clock.jump(26 * HOUR)
    ant.store.seed("ant/1.json", item(1))
    ant.store.seed("ant/2.json", item(2))
    async with ant.parts.telling():
        await ant.reconciler.run()
    document = shown.coverage()
    rows, totals = document["rows"], document["totals"]
    assert isinstance(rows, list)
    assert isinstance(totals, dict)
    assert rows[0]["trend"] == totals["trend"]
    assert totals["trend"].items() >= {"expected": 0, "stored": 2, "gaps": -2, "completeness_pct": 50.0}.items()
