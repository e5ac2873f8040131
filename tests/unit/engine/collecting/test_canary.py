from __future__ import annotations

import pytest
from tests.unit.engine.collecting.attempt_parts import DECLARED, URL, Bench
from tests.unit.engine.judged import START, now

from adce_async.engine.collecting.canary import MOST_BYTES, NEWEST, SECONDS, Canary
from adce_async.errors import NotFoundError, TransientError
from adce_async.ports import Provenance


def provenance(at: float = START, version: str = "1", scraper: str = "ant_items") -> Provenance:
    return Provenance(URL, at, scraper, version, "", 200, "", "")


def canary(bench: Bench, chance: float = 0.0) -> Canary:
    return Canary([DECLARED], {"ant_items": bench.scraper}, bench.services, lambda: chance)


async def test_it_asks_for_something_that_was_served_before_and_stores_nothing() -> None:
    bench = Bench(lambda _ask: b"other")
    await bench.store.put("ant/7.json", b"good", provenance())
    assert await canary(bench)("ant_items") is True
    assert [ask.url for ask in bench.asked] == ["https://ant.test/7"]
    assert bench.store.bodies["ant/7.json"] == b"good"


@pytest.mark.parametrize("answer", [b"bad", NotFoundError("gone", status=404), TransientError("silent")])
async def test_refused_by_its_check_or_by_its_source_it_is_not_served(answer) -> None:
    bench = Bench(lambda _ask: answer)
    await bench.store.put("ant/7.json", b"good", provenance())
    assert await canary(bench)("ant_items") is False


async def test_one_that_hangs_is_not_served_either() -> None:
    bench = Bench(lambda _ask: 10 * SECONDS)
    await bench.store.put("ant/7.json", b"good", provenance())
    assert await canary(bench)("ant_items") is False
    assert now() == SECONDS


async def test_with_nothing_to_ask_for_it_knows_nothing() -> None:
    bench = Bench()
    bench.store.seed("ant/1.json", b"good")  # nobody knows who put it there
    await bench.store.put("ant/2.json", b"good", provenance(version="0"))
    await bench.store.put("ant/3.json", b"good", provenance(scraper="another"))
    await bench.store.put("ant/4.json", b"x" * (MOST_BYTES + 1), provenance())
    await bench.store.put("ant/5.json", b"", provenance())
    await bench.store.put("ant/readme.txt", b"good", provenance())
    assert await canary(bench)("ant_items") is None
    assert bench.asked == []


async def test_a_lake_that_cannot_be_read_tells_nothing() -> None:
    bench = Bench()
    bench.store.broken = "no such disk"
    assert await canary(bench)("ant_items") is None


@pytest.mark.parametrize(("chance", "number"), [(0.0, 10), (0.999, 9 + NEWEST)])
async def test_one_of_the_newest_is_asked_for(chance: float, number: int) -> None:
    bench = Bench()
    for each in range(10 + NEWEST):
        await bench.store.put(f"ant/{each}.json", b"good", provenance(START + each))
    assert await canary(bench, chance)("ant_items") is True
    assert [ask.url for ask in bench.asked] == [f"https://ant.test/{number}"]


async def test_what_is_declared_by_now_is_what_it_can_ask_for() -> None:
    bench = Bench()
    await bench.store.put("ant/7.json", b"good", provenance())
    asks = canary(bench)
    asks.apply([], {})
    assert await asks("ant_items") is None
    asks.apply([DECLARED], {"ant_items": bench.scraper})
    assert await asks("ant_items") is True


async def test_a_large_answer_leaves_no_file_behind() -> None:
    bench = Bench()
    bench.scraper.stream = True
    await bench.store.put("ant/7.json", b"good", provenance())
    assert await canary(bench)("ant_items") is True
    assert list(bench.store.scratch().parent.iterdir()) == []
