"""What the shipped scrapers make of the simulated sources: accepted, and one story, the league's."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections import Counter
from typing import Any

import pytest
from tests.unit.demo.fetched import Sources

from adce_async.demo.config import ACCOUNT
from adce_async.demo.league import Game, League
from adce_async.demo.site import Request
from adce_async.errors import BlockedError, NotFoundError, NotYetError, RefusedError, ScrapeError
from adce_async.model.coverage import ItemState
from adce_async.model.facts import GameFacts
from adce_async.model.game_results import final_results
from adce_async.model.teams import canonical_team
from adce_async.planning.verify import Ledger, broken

LEAGUE = League(2024, dt.date(2024, 12, 9), dt.date(2024, 12, 15))

GAMES = [game for day in LEAGUE.days() for game in LEAGUE.games(day)]

OVERTIME = next(game for game in GAMES if len(game.home_periods) > 4)

SOME = [GAMES[0], GAMES[-1], OVERTIME]

SEASON = {"season": "2024-25"}

LOG = {**SEASON, "season_type": "regular"}

TEAMS = {"owner": "wyattowalsh", "slug": "basketball"}

HISTORICAL = {"owner": "eoinamoore", "slug": "historical-nba-data-and-player-box-scores"}


@pytest.fixture(autouse=True)
def _account(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in ACCOUNT.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def sources() -> Sources:
    return Sources(LEAGUE)


def of_game(game: Game) -> list[tuple[str, str, dict[str, str]]]:
    """(scraper, data type, fields) of all bodies about one game."""
    espn, bbref, nba = ({"game_id": one, **SEASON} for one in (game.event_id, game.bbref_id, game.nba_id))
    return [
        *(("espn_summary", kind, espn) for kind in ("box_score", "play_by_play", "team_stats", "win_probability")),
        *((f"basketball_reference_{kind}", kind, bbref) for kind in ("box_score", "play_by_play")),
        *(
            (f"nba_api_{kind}", kind, nba)
            for kind in ("box_score", "play_by_play", "cdn_box_score", "cdn_play_by_play")
        ),
    ]


LISTINGS = [
    ("espn_scoreboard", {"date": "2024-12-15", **SEASON}),
    ("basketball_reference_schedule", {"month": "december", **SEASON}),
    ("nba_api_schedule", SEASON),
    ("nba_api_cdn_schedule", SEASON),
    ("nba_api_scoreboard", {"date": "2024-12-15", **SEASON}),
    ("nba_api_game_log", {**LOG, "player_or_team": "T"}),
]

TABLES = [
    ("espn_calendar", SEASON, None),
    ("espn_teams", SEASON, 30),
    ("espn_team", {"team_id": "gs", **SEASON}, None),
    ("espn_roster", {"team_id": "9", **SEASON}, 13),
    ("espn_standings", SEASON, None),
    ("espn_season_standings", SEASON, None),
    ("basketball_reference_season_totals", SEASON, 250),
    ("basketball_reference_season_per_game", SEASON, 250),
    ("basketball_reference_season_advanced", SEASON, None),
    ("basketball_reference_season_summary", SEASON, 30),
    ("basketball_reference_standings", SEASON, 30),
    ("nba_api_game_log", {**LOG, "player_or_team": "P"}, 42),
    ("nba_api_player_index", SEASON, 390),
    ("nba_api_all_players", SEASON, 390),
    ("nba_api_standings", LOG, 30),
    *((f"hoopr_{name}", SEASON, None) for name in ("schedules", "play_by_play", "team_box", "player_box")),
    *((f"hoopr_{name}_csv", SEASON, None) for name in ("schedules", "play_by_play", "team_box", "player_box")),
    ("hoopr_schedule_crosswalk", SEASON, None),
    ("kaggle_view", TEAMS, 1),
    ("kaggle_metadata", TEAMS, None),
    ("kaggle_dataset", TEAMS, None),
    ("kaggle_dataset", {"owner": "sumitrodatta", "slug": "nba-aba-baa-stats", "version": "45"}, None),
    ("kaggle_file", {**TEAMS, "version": "231", "file": "team.csv"}, None),
    ("kaggle_file", {**TEAMS, "file": "common_player_info.csv"}, None),
    ("kaggle_file", {**HISTORICAL, "version": "97", "file": "LeagueSchedule24_25.csv"}, None),
    ("kaggle_file", {"owner": "sumitrodatta", "slug": "nba-aba-baa-stats", "file": "Team Summaries.csv"}, None),
]


async def facts(sources: Sources, name: str, fields: dict[str, str], data_type: str = "x") -> tuple[GameFacts, ...]:
    found, page, want = await sources.fetch(name, data_type, **fields)
    return found.facts(page, want)


def agrees(told: GameFacts, game: Game, source: str) -> bool:
    """Whether all that `told` says is what happened."""
    assert told.final
    assert told.date in ("", game.day.isoformat())
    assert told.season_type in ("", "regular")
    for side, team, periods in ((told.home, game.home, game.home_periods), (told.away, game.away, game.away_periods)):
        code = {"espn": team.espn, "basketball_reference": team.bbref}.get(source, team.nba)
        assert side.team == canonical_team(source, code) == team.nba
        stated = {side.points, side.player_points, side.last_play} - {None}
        assert stated <= {sum(periods)}
        assert side.periods in ((), periods)
    return any(side.points or side.player_points or side.last_play for side in (told.home, told.away))


@pytest.mark.parametrize("game", SOME, ids=lambda game: game.nba_id)
async def test_all_bodies_of_a_game_are_accepted_and_tell_what_happened(sources: Sources, game: Game) -> None:
    for name, data_type, fields in of_game(game):
        (told,) = await facts(sources, name, fields, data_type)
        assert told.game_id == fields["game_id"]
        assert agrees(told, game, name.partition("_")[0] if name.startswith("espn") else name.rsplit("_", 2)[0]), name


@pytest.mark.parametrize(("name", "fields"), LISTINGS, ids=lambda value: value if isinstance(value, str) else "")
async def test_listings_are_accepted_and_name_their_games(sources: Sources, name: str, fields: dict[str, str]) -> None:
    found, page, want = await sources.fetch(name, "schedule", **fields)
    games = LEAGUE.games(dt.date(2024, 12, 15)) if "date" in fields else GAMES
    source = found.source
    own = {"espn": "event_id", "basketball_reference": "bbref_id", "nba_api": "nba_id"}[source]
    items = found.discover(page, want).items
    assert Counter(item.fields["game_id"] for item in items) == Counter(getattr(game, own) for game in games)
    assert {item.state for item in items} == {ItemState.FINAL}
    told = {one.game_id: one for one in found.facts(page, want)}
    assert all(agrees(told.pop(getattr(game, own)), game, source) for game in games)
    assert not told


@pytest.mark.parametrize(("name", "fields", "named"), TABLES, ids=lambda value: value if isinstance(value, str) else "")
async def test_tables_are_accepted_and_name_what_derives_from_them(
    sources: Sources, name: str, fields: dict[str, str], named: int | None
) -> None:
    found, page, want = await sources.fetch(name, **fields)
    discovery = found.discover(page, want)
    assert named is None or (discovery is not None and len(discovery.items) >= named)


async def test_nothing_that_is_said_contradicts_anything(sources: Sources) -> None:
    ledger = Ledger()
    days = [{"date": day.isoformat(), **SEASON} for day in LEAGUE.days()]
    told = [("espn_scoreboard", "schedule", day) for day in days] + [
        (name, "schedule", of) for name, of in LISTINGS[1:4]
    ]
    told += [one for game in GAMES[::9] for one in of_game(game)]
    for name, data_type, fields in told:
        found, page, want = await sources.fetch(name, data_type, **fields)
        stated = found.facts(page, want)
        assert not [line for one in stated for line in broken(one)]
        key = f"{name}/{fields.get('game_id') or fields.get('date', '')}"
        ledger.add(
            found.source, key, final_results(stated), listing=name if found.lists_seasons else "", season="2024-25"
        )
    assert ledger.discrepancies(today=dt.date(2024, 12, 30), whole=lambda _source, _season: True) == []
    (short, *_) = ledger.discrepancies(today=dt.date(2026, 1, 1), whole=lambda _source, _season: True)
    assert "final regular-season games are listed, 1230 were played" in short.message


@pytest.mark.parametrize("now", [0.0, GAMES[-1].tip_off + 60], ids=["before", "within"])
async def test_games_that_are_not_over_are_not_yet(now: float) -> None:
    sources = Sources(LEAGUE, now=now)
    for name, data_type, fields in of_game(GAMES[-1]):
        with pytest.raises((NotYetError, NotFoundError)):
            await sources.fetch(name, data_type, **fields)


@pytest.mark.parametrize("fault", ["block_page_200", "truncated_body", "status_404", "empty_object", "lfs_pointer"])
async def test_what_is_spoiled_is_never_accepted(sources: Sources, fault: str) -> None:
    sources.fault = fault
    told = [
        *of_game(GAMES[0]),
        *((name, "x", fields) for name, fields in LISTINGS),
        *((n, "x", f) for n, f, _ in TABLES),
    ]
    for name, data_type, fields in told:
        with pytest.raises(ScrapeError):
            await sources.fetch(name, data_type, **fields)


async def test_known_lies_are_told_as_they_really_are(sources: Sources) -> None:
    sources.fault = "empty_object"
    with pytest.raises(RefusedError, match="an empty object"):
        await sources.fetch("nba_api_play_by_play", "play_by_play", game_id=GAMES[0].nba_id)
    sources.fault = "not_in_bucket"
    with pytest.raises(NotFoundError, match="not in its bucket"):
        await sources.fetch("nba_api_cdn_box_score", game_id=GAMES[0].nba_id)
    sources.fault = "lfs_pointer"
    with pytest.raises(RefusedError, match="Git LFS pointer"):
        await sources.fetch("hoopr_play_by_play", **SEASON)


async def test_each_side_of_a_season_table_adds_up(sources: Sources) -> None:
    points = sum(game.home_points + game.away_points for game in GAMES)
    _, page, _ = await sources.fetch("basketball_reference_season_totals", **SEASON)
    assert sum(int(cell.text()) for cell in page.html.css("#totals_stats tbody td[data-stat=pts]")) == points
    for name in ("season_summary", "standings"):
        _, page, _ = await sources.fetch(f"basketball_reference_{name}", **SEASON)
        for stat in ("wins", "losses"):
            assert sum(int(cell.text()) for cell in page.html.css(f"tbody td[data-stat={stat}]")) == len(GAMES)
    _, page, _ = await sources.fetch("espn_standings", **SEASON)
    entries = [entry for child in page.json()["children"] for entry in child["standings"]["entries"]]
    numbers = [{one["name"]: one.get("value") for one in entry["stats"]} for entry in entries]
    assert sum(one["wins"] for one in numbers) == sum(one["losses"] for one in numbers) == len(GAMES)
    assert sum(one["pointsFor"] for one in numbers) == sum(one["pointsAgainst"] for one in numbers) == points


async def test_refused_without_what_the_host_wants(sources: Sources) -> None:
    game = GAMES[0]
    answer = sources.get(f"https://cdn.nba.com/static/json/liveData/boxscore/boxscore_{game.nba_id}.json", {}, {})
    assert answer.status == 403
    assert b"<TITLE>Access Denied</TITLE>" in answer.body
    sources.fault = "block_page_200"
    with pytest.raises(BlockedError):
        await sources.fetch("nba_api_cdn_box_score", game_id=game.nba_id)


def test_pages_of_a_season_that_has_not_begun_are_not_there() -> None:
    site: Any = Sources(LEAGUE).sites["basketball_reference"]
    for kind in ("", "_totals", "_per_game", "_advanced", "_standings"):
        ask = Request("www.basketball-reference.com", f"/leagues/NBA_2025{kind}.html")
        assert site.answer(ask).status == 200
        assert site.answer(dataclasses.replace(ask, now=0.0)).status == 404
        assert site.answer(dataclasses.replace(ask, path=f"/leagues/NBA_2024{kind}.html")).status == 404
