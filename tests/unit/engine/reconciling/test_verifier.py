"""What a run over the lake does beside judging: saves as it goes, reads little at a time, leaves alone what changes."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from adce_async.engine.reconciling import verifier as module
from adce_async.engine.reconciling.survey import Surveyor
from adce_async.engine.reconciling.verifier import Verifier
from adce_async.errors import RefusedError, StoreError
from adce_async.model.coverage import DataType, Discovery, Item
from adce_async.model.dimensions import (
    Calendar,
    CalendarDimension,
    Declared,
    DerivedDimension,
    Dimension,
    ListDimension,
    parents_first,
)
from adce_async.model.facts import GameFacts, SideFacts
from adce_async.model.keys import PathPattern
from adce_async.model.seasons import season_days
from adce_async.ports import Judgement, Provenance
from adce_async.scraping.base import Page, Scraper, Want
from adce_async.scraping.declarative import CheckRules, DeclarativeScraper
from adce_async.testing.clock import FakeClock
from adce_async.testing.memory_queue import MemoryDiscoveries
from adce_async.testing.memory_store import MemoryStore
from adce_async.testing.memory_verifications import MemoryVerifications


class Ants(Scraper):
    """`{"id": ...}`; keeps the pages that it was asked about."""

    seen: list[Page]

    def __init__(self, *arguments: object) -> None:
        super().__init__(*arguments)  # type: ignore[arg-type]
        self.seen = []

    def check(self, page: Page, want: Want) -> None:
        self.seen.append(page)
        with page.open() as body:
            found = json.load(body)["id"]
        if found != want.fields["id"]:
            raise RefusedError(f"id {found}")


class Streamed(Ants):
    stream = True


def items(count: int, name: str = "items", source: str = "ant") -> Declared:
    ids = ListDimension("id", tuple(str(n) for n in range(count)))
    return Declared(DataType(source, name, f"{source}_items", PathPattern(f"{source}/{{id}}.json")), (), (ids,))


class Lake:
    def __init__(self, *declared: Declared, store: MemoryStore | None = None, scraper: type[Ants] = Ants) -> None:
        self.store = store or MemoryStore()
        self.kept = MemoryVerifications()
        self.declared = parents_first(declared)
        names = {d.data_type.scraper: d.data_type.source for d in declared}
        self.scrapers: dict[str, Scraper] = {
            name: scraper(name, source, f"https://{source}.test/{{id}}") for name, source in names.items()
        }
        self.progress: list[tuple[int, int]] = []

    def verifier(self) -> Verifier:
        clock = FakeClock()
        surveyor = Surveyor(self.declared, self.scrapers, self.store, MemoryDiscoveries(), clock, self.kept)
        return Verifier(
            surveyor=surveyor,
            declared=self.declared,
            scrapers=self.scrapers,
            store=self.store,
            verifications=self.kept,
            clock=clock,
        )

    async def verify(self, **options: Any) -> module.Report:
        return await self.verifier().run(progress=lambda done, total: self.progress.append((done, total)), **options)

    def seed(self, count: int, size: int = 0) -> None:
        for n in range(count):
            self.store.seed(f"ant/{n}.json", body(n, size))


def body(n: object, size: int = 0) -> bytes:
    return json.dumps({"id": str(n), "rows": "x" * size}).encode()


async def test_a_run_that_is_cut_off_goes_on_where_it_was() -> None:
    class Failing(MemoryStore):
        left = 450

        async def get(self, key: str) -> bytes | None:
            self.left -= 1
            if self.left < 0:
                raise StoreError("the disk went away")
            return await super().get(key)

    store = Failing()
    lake = Lake(items(500), store=store)
    lake.seed(500)
    with pytest.raises(StoreError):
        await lake.verify()
    saved = len(lake.kept.judged)
    assert saved == 400  # at most a group is lost
    store.left = 500
    report = await lake.verify()
    assert (report.rows[0].verified, report.rows[0].judged) == (500, 500 - saved)
    assert lake.progress[-1] == (500, 500)


async def test_only_a_few_objects_are_in_memory_at_a_time() -> None:
    class Counting(MemoryStore):
        held = most = most_bytes = 0

        async def get(self, key: str) -> bytes | None:
            found = await super().get(key)
            assert found is not None
            self.held += 1
            self.most_bytes = max(self.most_bytes, self.held * len(found))
            self.most = max(self.most, self.held)
            await asyncio.sleep(0.01)
            self.held -= 1
            return found

    store = Counting()
    lake = Lake(items(50), store=store)
    lake.seed(50)
    await lake.verify()
    assert 1 < store.most <= module.AT_ONCE
    lake.seed(6, size=12_000_000)
    await lake.verify()
    assert store.most_bytes <= module.BYTES_AT_ONCE


async def test_large_bodies_are_read_from_a_file_where_the_scraper_streams(monkeypatch) -> None:
    lake = Lake(items(2), scraper=Streamed)
    lake.seed(2, size=200_000)

    async def get(_key: str) -> bytes:
        raise AssertionError("read into memory")

    monkeypatch.setattr(lake.store, "get", get)
    report = await lake.verify()
    assert report.rows[0].verified == 2
    assert all(isinstance(page.file, Path) and page.body == b"" for page in lake.scrapers["ant_items"].seen)  # type: ignore[attr-defined]


async def test_what_changes_while_it_is_judged_is_left_for_the_next_time() -> None:
    class Busy(MemoryStore):
        async def get(self, key: str) -> bytes | None:
            found = await super().get(key)
            if key == "ant/1.json" and found == body(1):
                self.seed(key, body("somebody else"))
            if key == "ant/2.json":
                self.delete(key)
                return None
            return found

    lake = Lake(items(4), store=Busy())
    lake.seed(4)
    report = await lake.verify()
    assert set(lake.kept.judged) == {"ant/0.json", "ant/3.json"}
    assert (report.rows[0].objects, report.rows[0].verified) == (3, 3)
    report = await lake.verify()
    assert report.invalid == [("ant/1.json", "RefusedError: id somebody else")]


async def test_judgements_of_what_is_gone_are_forgotten() -> None:
    lake = Lake(items(3))
    lake.seed(3)
    await lake.verify()
    lake.store.delete("ant/1.json")
    await lake.kept.save({"bee/1.json": Judgement("e")})
    await lake.verify()
    assert set(lake.kept.judged) == {"ant/0.json", "ant/2.json", "bee/1.json"}


async def test_an_object_whose_scraper_is_switched_off_is_left_unverified() -> None:
    lake = Lake(items(2))
    lake.seed(2)
    lake.scrapers.clear()
    report = await lake.verify()
    assert report.rows[0].counts() == {"objects": 2, "verified": 0, "invalid": 0, "unverified": 2, "judged": 0}
    assert (report.invalid, lake.kept.judged) == ([], {})


async def test_a_bug_in_a_check_makes_one_object_invalid_and_is_named() -> None:
    lake = Lake(items(2))
    lake.seed(2)
    lake.store.seed("ant/1.json", b"[1]")
    report = await lake.verify()
    ((key, reason),) = report.invalid
    assert key == "ant/1.json"
    assert reason.startswith("a bug in scraper ant_items: TypeError")


async def test_only_the_source_asked_for_is_judged() -> None:
    lake = Lake(items(2), items(2, source="bee"))
    lake.seed(2)
    lake.store.seed("bee/0.json", body("wrong"))
    report = await lake.verify(source="ant")
    assert [(row.source, row.objects) for row in report.rows] == [("ant", 2)]
    assert report.invalid == []
    assert lake.progress[-1] == (2, 2)
    assert dict((await lake.verify(source="bee")).invalid) == {"bee/0.json": "RefusedError: id wrong"}


# -- what a check sees of a stored body ----------------------------------------------------------------------------


async def test_a_stored_body_is_checked_as_it_came() -> None:
    lake = Lake(items(2))
    lake.seed(1)
    kept = Provenance("https://ant.test/items/1?x=2", 1000.0, "older", "1", "application/json")
    await lake.store.put("ant/1.json", body(1), kept)
    await lake.verify()
    theirs, ours = sorted(lake.scrapers["ant_items"].seen, key=lambda page: page.url)  # type: ignore[attr-defined]
    assert (theirs.url, theirs.content_type) == ("https://ant.test/0", "")
    assert (ours.url, ours.content_type, ours.fetched_at) == (kept.url, "application/json", 1000.0)


async def test_ours_of_this_version_is_verified_unread_and_of_another_one_is_judged() -> None:
    lake = Lake(items(2))
    for n, version in enumerate(("1", "0")):
        came = Provenance(f"https://ant.test/{n}", 1000.0, "ant_items", version)
        await lake.store.put(f"ant/{n}.json", body(n), came)
    report = await lake.verify()
    assert [page.url for page in lake.scrapers["ant_items"].seen] == ["https://ant.test/1"]  # type: ignore[attr-defined]
    assert (report.rows[0].verified, report.rows[0].judged) == (2, 1)


async def test_a_content_type_that_nobody_knows_is_not_held_against_an_object() -> None:
    lake = Lake(items(2))
    rules = CheckRules(equals={"id": "{id}"}, content_type="application/json")
    lake.scrapers["ant_items"] = DeclarativeScraper("ant_items", "ant", "https://ant.test", format="json", check=rules)
    lake.seed(1)
    await lake.store.put("ant/1.json", body(1), Provenance("u", 1.0, "older", "1", "text/html"))
    report = await lake.verify()
    assert [key for key, _ in report.invalid] == ["ant/1.json"]


# -- what nothing expects ------------------------------------------------------------------------------------------


class Days(Ants):
    def check(self, page: Page, want: Want) -> None:
        if "games" not in page.json() and "id" not in page.json():
            raise RefusedError("neither")

    def discover(self, page: Page, want: Want) -> Discovery | None:
        games = page.json().get("games")
        return None if games is None else Discovery(tuple(Item({"game_id": name}) for name in games))


def schedule(*dimensions: Dimension, seasons: tuple[str, ...] = ("2023-24",)) -> Declared:
    pattern = PathPattern("days/{season}/{date}.json")
    return Declared(DataType("ant", "schedule", "ant_items", pattern), seasons, dimensions)


def boxes(seasons: tuple[str, ...] = ("2023-24",)) -> Declared:
    game = DerivedDimension("game_id", "ant.schedule", "game_id")
    return Declared(DataType("ant", "box", "ant_items", PathPattern("box/{season}/{game_id}.json")), seasons, (game,))


async def test_games_that_no_schedule_names_are_judged_too_but_not_what_is_not_wanted() -> None:
    lake = Lake(boxes(), schedule(ListDimension("date", ("2023-12-15",))), scraper=Days)
    for key in ("days/2023-24/2023-12-15.json", "days/2023-24/2023-12-16.json"):
        lake.store.seed(key, b'{"games": ["g1"]}')
    for key in ("2023-24/g1", "2023-24/g2", "2022-23/g3"):
        lake.store.seed(f"box/{key}.json", b"{}")
    report = await lake.verify()
    assert set(dict(report.invalid)) == {"box/2023-24/g1.json", "box/2023-24/g2.json"}
    assert {row.data_type: row.objects for row in report.rows} == {"schedule": 1, "box": 2}


# -- seasons -------------------------------------------------------------------------------------------------------


class Scores(Days):
    lists_seasons = True

    def facts(self, page: Page, want: Want) -> tuple[GameFacts, ...]:
        names = page.json().get("games", ())
        date = want.fields["date"]
        both = SideFacts("BOS", 100), SideFacts("NYK", 90)
        return tuple(GameFacts(name, date, *both, final=True, season_type="regular") for name in names)


def seed_seasons(lake: Lake) -> None:
    """Two seasons with all their days, and one game each."""
    for season, busy in (("2023-24", "2023-12-15"), ("2024-25", "2024-12-15")):
        for day in season_days(season):
            games = b'{"games": ["g1"]}' if day.isoformat() == busy else b'{"games": []}'
            lake.store.seed(f"days/{season}/{day}.json", games)


async def test_listings_that_are_not_all_there_tell_nothing_of_a_season() -> None:
    lake = Lake(schedule(CalendarDimension("date", Calendar.SEASON_DAYS)), scraper=Scores)
    lake.store.seed("days/2023-24/2023-12-15.json", b'{"games": ["g1"]}')
    assert (await lake.verify()).discrepancies == []
    seed_seasons(lake)
    (one,) = (await lake.verify()).discrepancies
    assert one.message.startswith("ant.schedule 2023-24: 1 final regular-season games are listed")


async def test_listings_of_one_team_or_of_today_tell_nothing_of_a_season() -> None:
    lake = Lake(schedule(CalendarDimension("date", Calendar.SEASON_DAYS)), scraper=OneTeam)
    seed_seasons(lake)
    assert (await lake.verify()).discrepancies == []


@pytest.mark.parametrize(
    ("dimension", "seasons", "told"),
    [
        (CalendarDimension("date", Calendar.SEASON_DAYS), ("2023-24",), ["season_games"]),
        (ListDimension("date", ("2023-12-15",)), ("2023-24",), []),  # one day was asked for, not a season
        (CalendarDimension("date", Calendar.SEASON_DAYS), ("2022-23",), []),
        (CalendarDimension("date", Calendar.SEASON_DAYS), ("2024-25",), []),  # under way
    ],
)
async def test_a_season_is_counted_where_it_is_declared_as_a_whole(
    dimension: Dimension, seasons: tuple[str, ...], told: list[str]
) -> None:
    both = schedule(CalendarDimension("date", Calendar.SEASON_DAYS), seasons=("2022-23", "2023-24", "2024-25"))
    lake = Lake(both, scraper=Scores)
    seed_seasons(lake)
    await lake.verify()
    lake.declared = (schedule(dimension, seasons=seasons),)
    report = await lake.verify()
    assert [one.kind for one in report.discrepancies] == told
    assert all("1 final regular-season games" in one.message for one in report.discrepancies)


class OneTeam(Scores):
    lists_seasons = False


class Boxes(Days):
    def facts(self, page: Page, want: Want) -> tuple[GameFacts, ...]:
        points = page.json().get("points")
        both = SideFacts("BOS", points), SideFacts("NYK", 90)
        return (GameFacts(page.json()["id"], "2023-12-15", *both, final=True, season_type="regular"),) if points else ()


async def test_games_of_a_season_are_counted_in_its_schedules_only() -> None:
    lake = Lake(boxes(), schedule(CalendarDimension("date", Calendar.SEASON_DAYS)), scraper=Boxes)
    lake.store.seed("days/2023-24/2023-12-15.json", b'{"games": ["g1"]}')
    lake.store.seed("box/2023-24/g1.json", b'{"id": "g1", "points": 100}')
    report = await lake.verify()
    assert lake.kept.judged["box/2023-24/g1.json"].facts
    assert report.discrepancies == []


async def test_games_of_all_seasons_do_not_make_a_schedule_of_one_day_whole() -> None:
    lake = Lake(boxes(), schedule(ListDimension("date", ("2023-12-15",))), scraper=Boxes)
    lake.store.seed("days/2023-24/2023-12-15.json", b'{"games": ["g1"], "id": "g1", "points": 100}')
    lake.store.seed("box/2023-24/g1.json", b'{"id": "g1", "points": 100}')
    assert (await lake.verify()).discrepancies == []


async def test_findings_are_of_the_source_asked_for_and_of_bodies_that_are_still_there() -> None:
    lake = Lake(items(8), items(8, source="bee"), items(78, source="cat"), scraper=Boxes)
    for key, points in (("ant/7", 100), ("bee/7", 101), ("cat/7", 100), ("cat/77", 99)):
        lake.store.seed(f"{key}.json", json.dumps({"id": "7", "points": points}).encode())
    every = await lake.verify()
    assert sorted(one.kind for one in every.discrepancies) == ["across_sources", "within_source"]
    assert [one.kind for one in (await lake.verify(source="ant")).discrepancies] == ["across_sources"]
    lake.store.seed("bee/7.json", b'{"id": "7", "points": 100}')  # not judged yet
    assert (await lake.verify(source="ant")).discrepancies == []


async def test_an_invalid_object_has_no_say_in_findings() -> None:
    lake = Lake(schedule(CalendarDimension("date", Calendar.SEASON_DAYS)), scraper=Scores)
    key = "days/2023-24/2023-12-15.json"
    seed_seasons(lake)
    assert len((await lake.verify()).discrepancies) == 1
    lake.kept.judged[key] = replace(lake.kept.judged[key], reason="wrong")
    report = await lake.verify()
    assert (report.invalid, report.discrepancies) == ([(key, "wrong")], [])
