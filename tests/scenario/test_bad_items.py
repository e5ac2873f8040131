"""One bad item never stops a pass: it is named, once, and all beside it goes on."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
import structlog
from tests.scenario.world import Items, World, derived, item, items_of, per

from adce_async.errors import StoreError
from adce_async.model.coverage import DataType, Discovery, Item
from adce_async.model.dimensions import Declared, DerivedDimension
from adce_async.model.keys import PathPattern
from adce_async.testing.memory_store import MemoryStore

GAMES = DerivedDimension("game_id", "ant.items", "game_id")
BAD = (
    "../x", "..", ".", "", "a/b", "/a", "a\\b", "a\x1b[31m", "a\nb", "a\0b", "x" * 300, "é" * 150, "\ud800", "{a}",
    5, 1.5, None, True, ["a"], {"a": "b"}, b"a", float("nan"), datetime(2024, 1, 1, tzinfo=UTC),
)  # fmt: skip
ODD = ("CON", "nul.txt", "..%2fx", "%2e%2e", "a b", "Ünï", "ok?x=1", "#a", "x" * 100)
"""Strange, but they harm nothing: they are asked for, and spelled so that nothing else is."""


class Names(Items):
    """Its first item names whatever `ids` holds."""

    ids: tuple[object, ...] = ()

    def check(self, page, want) -> None:
        """All is well."""

    def discover(self, page, want):
        return Discovery(tuple(Item({"game_id": each}) for each in self.ids)) if "id" in want.fields else None  # type: ignore[dict-item]


def naming(*ids: object) -> type[Names]:
    return type("Naming", (Names,), {"ids": ids})


def world(tmp_path, kind, *, items: int = 1, store: MemoryStore | None = None) -> World:
    declared = [items_of("ant", items), derived("ant", "box", GAMES)]
    return World(tmp_path, declared, {"ant": per(500, 1.0)}, lambda _ask: item("0"), kind=kind, store=store)


@pytest.mark.parametrize("bad", BAD, ids=ascii)
async def test_a_bad_id_is_named_and_the_good_one_beside_it_is_fetched(tmp_path, bad) -> None:
    ant = world(tmp_path, naming("ok1", bad, "ok2"))
    with structlog.testing.capture_logs() as logs:
        report = await ant.fill()
        again = await ant.look()
    assert report.complete
    assert await ant.keys() == {"ant/0.json", "ant-box/ok1.json", "ant-box/ok2.json"}
    assert len(again.refused) == 1
    line = str(again.refused[0])
    assert line.startswith("ant.")
    assert line.isprintable()
    assert len(line) < 300
    assert line in again.as_dict()["problems"]  # type: ignore[operator]
    said = [each for each in logs if each["event"] == "an item is refused"]
    assert len(said) == 1
    assert not [each for each in logs if "exc_info" in each]


@pytest.mark.parametrize("odd", ODD)
async def test_an_odd_id_is_an_id(tmp_path, odd) -> None:
    ant = world(tmp_path, naming(odd))
    report = await ant.fill()
    assert report.complete
    assert not report.refused
    assert f"ant-box/{odd}.json" in await ant.keys()


@pytest.mark.parametrize("first", ["..", ".", ".adce", ".ADCE", "", "/etc"])
async def test_what_stands_first_in_a_key_leads_nowhere_else(tmp_path, first) -> None:
    boxes = Declared(DataType("ant", "box", "ant_items", PathPattern("{game_id}/box.json")), (), (GAMES,))
    ant = World(
        tmp_path,
        [items_of("ant", 1), boxes],
        {"ant": per(500, 1.0)},
        lambda _ask: item("0"),
        kind=naming(first, "ok1"),
    )
    report = await ant.fill()
    assert await ant.keys() == {"ant/0.json", "ok1/box.json"}
    assert len(report.refused) == 1


async def test_a_hundred_thousand_bad_ids_are_counted_and_the_good_one_is_found(tmp_path) -> None:
    ant = world(tmp_path, naming(*(f"../{number}" for number in range(100_000)), "ok1"))
    report = await ant.fill()
    assert await ant.keys() == {"ant/0.json", "ant-box/ok1.json"}
    assert len(report.refused) == 21
    assert str(report.refused[-1]).endswith("and 99980 more")


async def test_an_item_that_lacks_what_its_key_needs_is_named(tmp_path) -> None:
    class Homes(Names):
        def discover(self, page, want):
            if "id" not in want.fields:
                return None
            return Discovery((Item({"game_id": "1"}), Item({"game_id": "2", "home": "BOS"})))

    boxes = Declared(DataType("ant", "box", "ant_items", PathPattern("box/{home}/{game_id}.json")), (), (GAMES,))
    ant = World(tmp_path, [items_of("ant", 1), boxes], {"ant": per(500, 1.0)}, lambda _ask: item("0"), kind=Homes)
    report = await ant.fill()
    assert await ant.keys() == {"ant/0.json", "box/BOS/2.json"}
    assert [str(each) for each in report.refused] == [
        "ant.box: game_id='1': its key needs a field home, which it does not name"
    ]


@pytest.mark.parametrize(
    "wrong", [None, "x", {"game_id": "1"}, 5, Item(None), Item({5: "x"}), Item({"game_id": "1"}, "odd")]
)  # type: ignore[arg-type]
async def test_what_is_no_item_is_named(tmp_path, wrong) -> None:
    class Odd(Names):
        def discover(self, page, want):
            return Discovery((wrong, Item({"game_id": "ok1"}))) if "id" in want.fields else None

    ant = world(tmp_path, Odd)
    report = await ant.fill()
    assert await ant.keys() == {"ant/0.json", "ant-box/ok1.json"}
    assert len(report.refused) == 1
    assert str(report.refused[0]).startswith("ant.items: ant/0.json: ")


@pytest.mark.parametrize("wrong", [ValueError("x"), KeyError("x"), RecursionError(), SystemExit(3)])
async def test_a_bug_in_discover_costs_one_object(tmp_path, wrong) -> None:
    """The bodies are there; a new version of the scraper can't read one of them."""

    class Buggy(Names):
        def discover(self, page, want):
            if want.fields.get("id") == "1":
                raise wrong
            return Discovery((Item({"game_id": f"g{want.fields['id']}"}),)) if "id" in want.fields else None

    store = MemoryStore()
    before = world(tmp_path, naming(), items=3, store=store)
    await before.fill()
    ant = world(tmp_path, Buggy, items=3, store=store)
    with structlog.testing.capture_logs() as logs:
        report = await ant.fill()
        await ant.look()
    assert {"ant-box/g0.json", "ant-box/g2.json"} < await ant.keys()
    assert report.by_kind == {"invalid": 1}
    assert len([each for each in logs if each["event"] == "a bug in discover"]) == 1


class Unreadable(MemoryStore):
    """`unreadable` keys are listed, but can't be read."""

    unreadable: frozenset[str] = frozenset()

    async def get(self, key):
        if key in self.unreadable:
            raise StoreError(f"{key}: Input/output error")
        return await super().get(key)


async def test_a_listing_that_cannot_be_read_is_a_gap_and_a_lake_that_cannot_be_read_is_trouble(tmp_path) -> None:
    class Named(Names):
        def discover(self, page, want):
            return Discovery((Item({"game_id": f"g{want.fields['id']}"}),)) if "id" in want.fields else None

    store = Unreadable()
    await world(tmp_path, naming(), items=9, store=store).fill()
    store.unreadable = frozenset({"ant/4.json"})
    ant = world(tmp_path, Named, items=9, store=store)
    report = await ant.look()
    assert report.by_kind == {"invalid": 1, "missing": 8}
    store.unreadable = frozenset(f"ant/{number}.json" for number in range(2, 9))
    with pytest.raises(StoreError, match="Input/output"):
        await world(tmp_path, Named, items=9, store=store).look()


async def test_an_object_that_goes_while_we_look_is_fetched_again(tmp_path) -> None:
    class Gone(MemoryStore):
        async def get(self, key):
            return None

    store = Gone()
    await world(tmp_path, naming(), items=2, store=store).fill()
    ant = world(tmp_path, naming("ok1"), items=2, store=store)
    assert (await ant.look()).gaps == 2


async def test_what_is_refused_is_told_again_when_it_comes_back(tmp_path) -> None:
    ant = world(tmp_path, naming("../x", "ok1"))
    await ant.fill()
    report = json.loads(json.dumps((await ant.look()).as_dict()))
    assert report["problems"] == [
        "ant.box: field game_id='../x': must not be empty, '.', '..' or hold '/', '\\', braces or control characters"
    ]
