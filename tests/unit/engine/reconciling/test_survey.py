"""One look at the whole: what is listed, expanded, read and compared, and what is remembered of it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping

import pytest
import structlog

from adce_async.engine.reconciling import survey as module
from adce_async.engine.reconciling.survey import MOST_UNREAD, Survey, Surveyor
from adce_async.errors import RefusedError, StoreError
from adce_async.model.coverage import DataType, Discovery, GapKind, Item, ItemState, StoredObject
from adce_async.model.dimensions import Declared, DerivedDimension, ListDimension
from adce_async.model.keys import PathPattern
from adce_async.ports import Judgement, Provenance
from adce_async.scraping.base import Page, Scraper, Want
from adce_async.testing.clock import FakeClock
from adce_async.testing.memory_queue import MemoryDiscoveries
from adce_async.testing.memory_store import MemoryStore
from adce_async.testing.memory_verifications import MemoryVerifications

SEASON = "2024-25"
CLOCK = FakeClock("2025-01-15T12:00:00Z")
GAMES = DerivedDimension("game_id", "ant.days", "game_id", "final")


class Days(Scraper):
    """`{"7": "final", ...}`, the games of a day; counts what it has parsed."""

    def __init__(self) -> None:
        super().__init__("ant_days", "ant")
        self.parsed: list[str] = []
        self.checked: list[str] = []

    def check(self, page: Page, want: Want) -> None:
        self.checked.append(want.key)
        if not isinstance(page.json(), dict):
            raise RefusedError("no games in it")

    def discover(self, page: Page, want: Want) -> Discovery | None:
        self.parsed.append(want.key)
        if b"zero" in page.body:
            raise ZeroDivisionError("by nothing")
        return Discovery(tuple(_game(name, *state.split()) for name, state in page.json().items()))


def _game(name: str, state: str, scored: str = "") -> Item:
    return Item({"game_id": name, "date": "2024-12-01"}, ItemState(state), scored=bool(scored))


class Box(Scraper):
    def check(self, page: Page, want: Want) -> None:
        """Anything goes."""


def days(*names: str) -> Declared:
    data_type = DataType("ant", "days", "ant_days", PathPattern("days/{day}.json"))
    return Declared(data_type, (SEASON,), (ListDimension("day", names),))


BOX = Declared(DataType("ant", "box", "ant_box", PathPattern("box/{game_id}.json")), (SEASON,), (GAMES,))


class Lake:
    """A lake with the eyes that look at it."""

    def __init__(self, *declared: Declared, store: MemoryStore | None = None) -> None:
        self.store = store or MemoryStore()
        self.discoveries = MemoryDiscoveries()
        self.judged = MemoryVerifications()
        self.days = Days()
        self.scrapers: Mapping[str, Scraper] = {"ant_days": self.days, "ant_box": Box("ant_box", "ant")}
        self.declared = declared or (days("1", "2"), BOX)
        self.surveyor = self.eyes()

    def eyes(self) -> Surveyor:
        return Surveyor(self.declared, self.scrapers, self.store, self.discoveries, CLOCK, self.judged)

    def day(self, name: str, **games: str) -> None:
        """Somebody else stores a day: `_7="final"` names the game 7."""
        self.store.seed(f"days/{name}.json", json.dumps({key[1:]: state for key, state in games.items()}).encode())

    async def ours(self, name: str, **games: str) -> None:
        body = json.dumps({key[1:]: state for key, state in games.items()}).encode()
        await self.store.put(f"days/{name}.json", body, Provenance("https://ant.test", CLOCK.now(), "ant_days", "1"))

    async def tag(self, key: str) -> str:
        found = await self.store.head(key)
        assert found is not None
        return self.days.cache_tag(found.etag)


def gaps(survey: Survey) -> dict[str, GapKind]:
    return {gap.expectation.key: gap.kind for found in survey.findings for gap in found.gaps}


# -- the lake against the inventory ------------------------------------------------------------------------------------


async def test_an_empty_lake_has_a_gap_for_each_key_that_can_be_expected() -> None:
    survey = await Lake().surveyor.look()
    assert gaps(survey) == {"days/1.json": GapKind.MISSING, "days/2.json": GapKind.MISSING}
    assert (survey.listed, survey.gaps) == (0, 2)
    assert [(row.data_type, row.expected, row.stored) for row in survey.coverage] == [("days", 2, 0), ("box", 0, 0)]


async def test_what_stored_listings_name_is_expected_in_the_same_look() -> None:
    lake = Lake()
    lake.day("1", _7="final", _8="final", _9="scheduled")
    lake.store.seed("box/7.json", b"{}")
    survey = await lake.surveyor.look()
    assert gaps(survey).keys() >= {"box/8.json", "days/2.json"}
    assert not gaps(survey).keys() & {"box/7.json", "box/9.json"}
    assert survey.listed == 2


async def test_objects_beside_the_inventory_are_not_even_listed() -> None:
    lake = Lake(days("1"))
    lake.store.seed("elsewhere/1.json", b"{}")
    lake.store.seed("days/strange.txt", b"{}")
    survey = await lake.surveyor.look()
    assert survey.listed == 1
    assert survey.coverage[0].stored == 0


async def test_what_was_stored_while_the_lake_was_listed_is_there() -> None:
    lake, listed = Lake(days("1")), []

    class Slow(MemoryStore):
        async def list(self, prefix=""):
            async for batch in super().list(prefix):
                yield batch
            listed.append(prefix)

    lake.store = Slow()

    def recent() -> Mapping[str, StoredObject]:
        assert listed == ["days/"]  # asked before, it would miss what comes during the listing
        return {"days/1.json": StoredObject("days/1.json", 2, "e", CLOCK.now(), verified=True)}

    class Cached(MemoryDiscoveries):
        async def load(self, prefix):
            return {"days/1.json": (lake.days.cache_tag("e"), Discovery())}

    lake.discoveries = Cached()
    assert (await lake.eyes().look(recent)).gaps == 0


async def test_a_listing_that_fails_is_no_empty_lake() -> None:
    lake = Lake()
    lake.store.broken = "no such disk"
    with pytest.raises(StoreError, match="no such disk"):
        await lake.surveyor.look()


async def test_prefixes_within_others_are_listed_once() -> None:
    patterns = ("a/{id}.json", "a/b/{id}.json", "c/{id}.json", "a/{id}/x.json")
    declared = [
        Declared(DataType("ant", str(n), "ant_box", PathPattern(pattern)), ()) for n, pattern in enumerate(patterns)
    ]
    assert Lake(*declared).surveyor.prefixes == ["a/", "c/"]


async def test_a_key_of_several_seasons_is_counted_in_the_latest() -> None:
    declared = Declared(BOX.data_type, ("2023-24", SEASON), (GAMES,))
    listed = Declared(days("1").data_type, ("2023-24", SEASON), (ListDimension("day", ("1",)),))
    lake = Lake(listed, declared)
    lake.day("1", _7="final")
    survey = await lake.surveyor.look()
    assert [(row.season, row.expected) for row in survey.coverage if row.data_type == "box"] == [
        (SEASON, 1), ("2023-24", 0),
    ]  # fmt: skip


async def test_what_is_applied_holds_from_the_next_look_on() -> None:
    lake = Lake(days("1"))
    await lake.surveyor.look()
    lake.surveyor.apply((days("1", "2", "3"), BOX), lake.scrapers)
    assert (await lake.surveyor.look()).gaps == 3
    assert lake.surveyor.prefixes == ["box/", "days/"]


async def test_many_small_data_types_leave_the_loop_to_others_in_between() -> None:
    kinds = [
        Declared(
            DataType("ant", f"kind{n}", "ant_box", PathPattern(f"kind{n}/{{day}}.json")),
            (SEASON,), (ListDimension("day", ("1", "2")),),
        )
        for n in range(50)
    ]  # fmt: skip
    turns = 0

    async def somebody() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    async with asyncio.TaskGroup() as group:
        other = group.create_task(somebody(), name="somebody")
        assert (await Lake(*kinds).surveyor.look()).gaps == 100
        other.cancel()
    assert turns >= 50


# -- what listings name ------------------------------------------------------------------------------------------------


async def test_a_listing_is_parsed_once_and_again_when_body_or_version_are_others() -> None:
    lake = Lake(days("1"), BOX)
    lake.day("1", _7="final")
    for _ in range(2):
        assert gaps(await lake.eyes().look()) == {"box/7.json": GapKind.MISSING}  # (other eyes: another process)
    assert lake.days.parsed == ["days/1.json"]
    lake.day("1", _8="final")
    assert gaps(await lake.surveyor.look()) == {"box/8.json": GapKind.MISSING}
    assert len(lake.days.parsed) == 2
    lake.days.version = "2"  # type: ignore[misc]
    await lake.surveyor.look()
    assert len(lake.days.parsed) == 3


async def test_many_new_listings_are_remembered_in_groups(monkeypatch) -> None:
    monkeypatch.setattr(module, "SAVE_EVERY", 2)
    saved: list[int] = []

    class Counting(MemoryDiscoveries):
        async def save(self, found):
            saved.append(len(found))
            await super().save(found)

    lake = Lake(days("1", "2", "3"))
    lake.discoveries = Counting()
    for name in ("1", "2", "3"):
        lake.day(name)
    await lake.eyes().look()
    assert saved == [2, 1]
    assert lake.discoveries.found.keys() == {"days/1.json", "days/2.json", "days/3.json"}


async def test_what_others_stored_is_checked_before_it_is_believed_and_ours_is_not_again() -> None:
    lake = Lake()
    lake.store.seed("days/1.json", b"[]")
    await lake.ours("2", _7="final")
    survey = await lake.surveyor.look()
    assert gaps(survey) == {"days/1.json": GapKind.INVALID, "box/7.json": GapKind.MISSING}
    assert lake.days.checked == ["days/1.json"]


async def test_a_bug_in_discover_costs_that_listing_and_is_said_once() -> None:
    lake = Lake()
    lake.store.seed("days/1.json", b'{"zero": 0}')
    lake.day("2", _7="final")
    with structlog.testing.capture_logs() as lines:
        for _ in range(2):
            survey = await lake.surveyor.look()
            assert gaps(survey) == {"days/1.json": GapKind.INVALID, "box/7.json": GapKind.MISSING}
    (line,) = [line for line in lines if line["event"] == "a bug in discover"]
    assert (line["scraper"], line["key"]) == ("ant_days", "days/1.json")
    assert "test_survey.py:" in line["at"]
    lake.days.version = "2"  # type: ignore[misc]
    with structlog.testing.capture_logs() as lines:
        await lake.surveyor.look()
    assert [line["event"] for line in lines] == ["a bug in discover"]  # another version is another bug


async def test_large_listings_are_parsed_aside(monkeypatch) -> None:
    monkeypatch.setattr(module, "THREAD_BYTES", 0)
    monkeypatch.setattr(module, "FEW", 0)
    lake = Lake(days("1"), BOX)
    lake.day("1", _7="final")
    assert gaps(await lake.surveyor.look()) == {"box/7.json": GapKind.MISSING}


class Unreadable(MemoryStore):
    """Lists all, and can't read those of `bad`."""

    bad: frozenset[str] = frozenset()

    async def get(self, key):
        if key in self.bad:
            raise StoreError(f"{key}: input/output error")
        return await super().get(key)


def unreadable(count: int, *bad: int) -> Lake:
    store = Unreadable()
    lake = Lake(days(*(str(n) for n in range(count))), BOX, store=store)
    for n in range(count):
        lake.day(str(n), **{f"_{n}": "final"})
    store.bad = frozenset(f"days/{n}.json" for n in bad)
    return lake


async def test_a_listing_that_cannot_be_read_is_one_gap_and_what_it_named_before_stays_expected() -> None:
    lake = unreadable(2)
    await lake.surveyor.look()
    lake.day("1", _1="final", _9="final")
    lake.store.bad = frozenset({"days/1.json"})  # type: ignore[attr-defined]
    found = gaps(await lake.surveyor.look())
    assert found == {"days/1.json": GapKind.INVALID, "box/0.json": GapKind.MISSING, "box/1.json": GapKind.MISSING}


async def test_many_in_a_row_that_cannot_be_read_are_a_lake_in_trouble() -> None:
    lake = unreadable(2 * MOST_UNREAD, *range(MOST_UNREAD - 1), *range(MOST_UNREAD, 2 * MOST_UNREAD - 1))
    survey = await lake.surveyor.look()
    assert list(gaps(survey).values()).count(GapKind.INVALID) == 2 * (MOST_UNREAD - 1)
    lake = unreadable(MOST_UNREAD, *range(MOST_UNREAD))
    with pytest.raises(StoreError, match="input/output error"):
        await lake.surveyor.look()


async def test_a_listing_that_is_gone_by_the_time_it_is_read_is_named() -> None:
    class Vanishing(MemoryStore):
        async def get(self, key):
            return None

    lake = Lake(days("1"), store=Vanishing())
    lake.day("1", _7="final")
    (found,) = (await lake.surveyor.look()).findings
    (gap,) = found.gaps
    assert gap.kind is GapKind.INVALID
    assert "listed, but gone" in gap.reason


# -- games that are never called final ---------------------------------------------------------------------------------


async def test_a_game_with_a_score_that_is_never_called_final_is_expected_and_said_once() -> None:
    lake = Lake(days("1"), BOX)
    await lake.ours("1", _7="live scored")
    with structlog.testing.capture_logs() as lines:
        for _ in range(2):
            survey = await lake.surveyor.look()
            (line,) = survey.never_final
            assert line == "days/1.json: game 7 of 2024-12-01 has a score, but is live"
            assert "box/7.json" in gaps(survey)
    (said,) = lines
    assert (said["event"], said["games"]) == ("games with a score were never called final", line)
    await lake.ours("1", _7="final")
    assert (await lake.surveyor.look()).never_final == []
    await lake.ours("1", _7="live scored")
    with structlog.testing.capture_logs() as lines:
        await lake.surveyor.look()
    assert len(lines) == 1  # it was put right meanwhile: it is news again


async def test_of_many_such_games_the_log_names_a_few() -> None:
    lake = Lake(days("1"))
    await lake.ours("1", **{f"_{n}": "live scored" for n in range(5)})
    with structlog.testing.capture_logs() as lines:
        survey = await lake.surveyor.look()
    assert len(survey.never_final) == 5
    assert lines[0]["games"].count("; ") == 2
    assert lines[0]["games"].endswith(" and 2 more")


async def test_a_copy_of_somebody_else_does_not_tell_when_it_was_fetched() -> None:
    lake = Lake(days("1"), BOX)
    lake.store.seed("days/1.json", b'{"7": "live scored"}', modified=CLOCK.now())
    survey = await lake.surveyor.look()
    assert survey.never_final == []
    assert gaps(survey) == {"days/1.json": GapKind.STALE}


# -- what was judged ---------------------------------------------------------------------------------------------------


async def test_what_was_judged_makes_verified_and_invalid_as_long_as_its_tag_fits() -> None:
    lake = Lake(days("1", "2"))
    for name in ("1", "2"):
        lake.day(name)
    await lake.judged.save({"days/1.json": Judgement(await lake.tag("days/1.json"))})
    await lake.judged.save({"days/2.json": Judgement(await lake.tag("days/2.json"), "another game")})
    survey = await lake.surveyor.look()
    assert gaps(survey) == {"days/2.json": GapKind.INVALID}
    assert survey.coverage[0].verified == 1
    lake.day("1", _7="final")
    lake.day("2", _8="final")
    survey = await lake.surveyor.look()
    assert (survey.gaps, survey.coverage[0].verified) == (0, 0)


async def test_what_we_stored_is_verified_without_any_judgement_and_invalid_by_one() -> None:
    lake = Lake(days("1", "2"))
    await lake.ours("1")
    await lake.ours("2")
    assert (await lake.surveyor.look()).coverage[0].verified == 2
    await lake.judged.save({"days/2.json": Judgement(await lake.tag("days/2.json"), "another game")})
    assert gaps(await lake.surveyor.look()) == {"days/2.json": GapKind.INVALID}


async def test_judgements_count_beside_what_we_stored_ourselves() -> None:
    lake = Lake(days("1", "2"))
    await lake.ours("1")
    lake.day("2")
    assert (await lake.surveyor.look()).coverage[0].verified == 1
    await lake.judged.save({"days/2.json": Judgement(await lake.tag("days/2.json"))})
    assert (await lake.surveyor.look()).coverage[0].verified == 2


async def test_what_is_known_to_be_wrong_is_not_parsed() -> None:
    lake = Lake(days("1"), BOX)
    lake.day("1", _7="final")
    await lake.judged.save({"days/1.json": Judgement(await lake.tag("days/1.json"), "another day")})
    assert gaps(await lake.surveyor.look()) == {"days/1.json": GapKind.INVALID}
    assert lake.days.parsed == []


# -- single items ------------------------------------------------------------------------------------------------------


async def test_an_item_that_can_be_no_key_is_a_problem_and_all_others_are_expected() -> None:
    lake = Lake(days("1"), BOX)
    lake.store.seed("days/1.json", json.dumps({"7": "final", "../8": "final"}).encode())
    survey = await lake.surveyor.look()
    assert gaps(survey) == {"box/7.json": GapKind.MISSING}
    (problem,) = survey.problems
    assert problem.file == "ant.box"
    assert "../8" in str(problem)
