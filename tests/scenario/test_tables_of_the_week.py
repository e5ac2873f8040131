"""The demo's week as tables: 42 games of which three sources (and hoopR) tell the same, row for row what their objects hold."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from tests.unit.adapters.tables.rows import read
from tests.unit.demo.fetched import Sources, scraper

from adce_async.adapters.tables.folder import TableFolder
from adce_async.adapters.tables.query import query
from adce_async.demo.league import Game, League
from adce_async.engine.reconciling.survey import Surveyor
from adce_async.engine.tabling.maker import Made, TableMaker
from adce_async.engine.tabling.subjects import SubjectFinder
from adce_async.model.coverage import DataType
from adce_async.model.dimensions import Declared, ListDimension
from adce_async.model.keys import PathPattern
from adce_async.ports import Provenance
from adce_async.scraping.base import Scraper
from adce_async.sources.basketball_reference.pages import table
from adce_async.sources.basketball_reference.tables import plays_of
from adce_async.testing.clock import FakeClock
from adce_async.testing.memory_queue import MemoryDiscoveries
from adce_async.testing.memory_store import MemoryStore
from adce_async.testing.memory_verifications import MemoryVerifications

SEASON = "2024-25"
LEAGUE = League(2024, dt.date(2024, 12, 9), dt.date(2024, 12, 15))
GAMES = [game for day in LEAGUE.days() for game in LEAGUE.games(day)]
PLAYED = [GAMES[0], GAMES[20], GAMES[41]]
"""Of these there are plays; of all there are box scores."""
OF_GAMES = {
    "espn": ("espn_summary", "event_id"),
    "nba_api": ("nba_api_{}", "nba_id"),
    "basketball_reference": ("basketball_reference_{}", "bbref_id"),
}


class Week:
    """Objects of the week in a lake, as our scrapers stored them."""

    def __init__(self) -> None:
        self.store = MemoryStore()
        self.scrapers: dict[str, Scraper] = {}
        self.declared: list[Declared] = []
        self.sources = Sources(LEAGUE)
        self.plays: dict[str, int] = {}
        """Key -> how many plays its body has."""

    async def fill(self) -> None:
        for source, (name, id_of) in OF_GAMES.items():
            for data_type, games in (("box_score", GAMES), ("play_by_play", PLAYED)):
                of = name.format(data_type)
                ids = [str(getattr(game, id_of)) for game in games]
                for key, fields in self._declare(source, of, data_type, "game_id", ids):
                    body = await self.put(key, of, data_type, fields)
                    if data_type == "play_by_play":
                        self.plays[key] = body
        days = [day.isoformat() for day in LEAGUE.days()]
        for source, of, field, values in (
            ("espn", "espn_scoreboard", "date", days),
            ("nba_api", "nba_api_schedule", "", []),
            ("basketball_reference", "basketball_reference_schedule", "month", ["december"]),
            ("hoopr", "hoopr_schedules", "", []),
            ("hoopr", "hoopr_team_box", "", []),
        ):
            for key, fields in self._declare(source, of, of.partition("_")[2], field, values):
                await self.put(key, of, of, fields)

    def _declare(self, source: str, of: str, data_type: str, field: str, values: list[str]) -> Any:
        self.scrapers[of] = scraper(of)
        pattern = f"{source}/{data_type}/{{season}}" + (f"/{{{field}}}" if field else "")
        dimensions = (ListDimension(field, tuple(values)),) if field else ()
        self.declared.append(Declared(DataType(source, data_type, of, PathPattern(pattern)), (SEASON,), dimensions))
        for value in values or [""]:
            key = f"{source}/{data_type}/{SEASON}" + (f"/{value}" if field else "")
            yield key, {"season": SEASON} | ({field: value} if field else {})

    async def put(self, key: str, of: str, data_type: str, fields: dict[str, str]) -> int:
        found, page, _ = await self.sources.fetch(of, data_type, **fields)
        await self.store.put(key, page.body, Provenance("u", 1_734_307_200.0, of, found.version))
        if data_type != "play_by_play":
            return 0
        if of.startswith("basketball"):
            shown = table(page, "pbp")
            assert shown is not None
            return len(plays_of(shown))
        body = page.json()
        return len(body["plays"] if "plays" in body else body["game"]["actions"])

    async def make(self, folder: Path) -> Made:
        clock = FakeClock(1_734_400_000.0)
        surveyor = Surveyor(self.declared, self.scrapers, self.store, MemoryDiscoveries(), clock, MemoryVerifications())
        with TableFolder(folder) as files:
            finder = SubjectFinder(surveyor, self.declared, self.scrapers)
            return await TableMaker(finder, self.store, files, clock).run()


def ask(folder: Path, text: str) -> list[tuple[Any, ...]]:
    return [tuple(row) for _, rows in query(folder, text) for row in rows]


@pytest.mark.timeout(120)
async def test_a_week_of_three_sources_agrees_and_says_so_where_it_does_not(tmp_path: Path) -> None:
    week = Week()
    await week.fill()
    made = await week.make(tmp_path)
    assert made.left_out == {}
    assert {name: counts.conflicts for name, counts in made.tables.items()} == dict.fromkeys(made.tables, 0)

    games = (
        "select date, home, away, home_points, away_points from games group by all having count(distinct source) = 4"
    )
    assert set(ask(tmp_path, games)) == {told(game) for game in GAMES}
    assert ask(tmp_path, "select source, count(*) from games group by 1 order by 1") == [
        ("basketball_reference", 42), ("espn", 42), ("hoopr", 42), ("nba_api", 42),
    ]  # fmt: skip
    assert len(read(tmp_path, "team_box_scores")) == 4 * 2 * 42
    assert Counter(row["key"] for row in read(tmp_path, "plays")) == week.plays
    assert {row["date"] for row in read(tmp_path, "player_box_scores")} == set(LEAGUE.days())
    per_object = Counter(row["key"] for row in read(tmp_path, "player_box_scores"))
    assert set(per_object.values()) == {26}
    assert len(per_object) == 3 * 42

    files = stamps(tmp_path)
    again = await week.make(tmp_path)
    assert (again.read, again.tabled, again.tables) == (0, made.tabled, made.tables)
    assert files == stamps(tmp_path)

    game = GAMES[20]
    key = f"espn/box_score/{SEASON}/{game.event_id}"
    body = week.store.bodies[key].replace(
        f'"score":"{game.home_points}"'.encode(), f'"score":"{game.home_points + 1}"'.encode()
    )
    assert body != week.store.bodies[key]
    await week.store.put(key, body, Provenance("u", 1_734_400_000.0, "espn_summary", scraper("espn_summary").version))
    changed = await week.make(tmp_path)
    assert changed.read == 1
    assert changed.tables["games"].conflicts == 4
    texts = ask(tmp_path, "select distinct conflict from games where conflict is not null")
    ours, theirs = game.home_points, game.home_points + 1
    assert texts == [(f"points: {game.home.nba} {ours} (basketball_reference, espn, hoopr, nba_api), {theirs} (espn)",)]


def stamps(folder: Path) -> dict[Path, int]:
    """When each file was written last."""
    return {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file() and path.name != "lock"}


def told(game: Game) -> tuple[Any, ...]:
    return (game.day, game.home.nba, game.away.nba, game.home_points, game.away_points)
