"""hoopR's Parquet assets as rows."""

from __future__ import annotations

from tests.unit.sources.tabled import GAMES, rows

from adce_async.sources.hoopr import parquet, tables


async def test_each_asset_fills_its_table() -> None:
    made = {name: await rows(f"hoopr_{name}", name) for name in ("schedules", "team_box", "player_box", "play_by_play")}
    assert {row["game_id"] for row in made["schedules"]["schedules"]} == {game.event_id for game in GAMES}
    assert len(made["schedules"]["results"]) == len(GAMES)
    assert len(made["team_box"]["team_box_scores"]) == 2 * len(GAMES)
    players = made["player_box"]["player_box_scores"]
    assert len(players) == 26 * len(GAMES)
    total = sum(sum(game.home_periods + game.away_periods) for game in GAMES)
    assert sum(row["points"] for row in players if row["played"]) == total
    plays = [row for row in made["play_by_play"]["plays"] if row["game_id"] == GAMES[0].event_id]
    assert [row["number"] for row in plays] == list(range(1, len(plays) + 1))
    assert {row["team"] for row in plays} == {None, GAMES[0].home.nba, GAMES[0].away.nba}
    assert (plays[-1]["home"], plays[-1]["date"]) == (GAMES[0].home.nba, GAMES[0].day)


def test_the_scraper_names_a_reader_for_just_what_it_reads() -> None:
    assert tables.FILES.keys() == parquet._TABLED
    assert tables.file_of("https://x.test/a/team_box_{season_end}.parquet") == "team_box"
