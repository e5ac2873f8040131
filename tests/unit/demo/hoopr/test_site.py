"""hoopR's assets, simulated: the same rows in two forms, from signed storage."""

from __future__ import annotations

import csv
import dataclasses
import datetime as dt
import io
from collections import Counter

import pyarrow.parquet as pq
import pytest
from tests.unit.demo.fetched import Sources

from adce_async.demo.config import ACCOUNT
from adce_async.demo.hoopr.site import lfs_pointer
from adce_async.demo.league import League
from adce_async.demo.site import Request
from adce_async.errors import NotFoundError

LEAGUE = League(2024, dt.date(2024, 12, 9), dt.date(2024, 12, 15))

GAMES = [game for day in LEAGUE.days() for game in LEAGUE.games(day)]

SEASON = {"season": "2024-25"}


@pytest.fixture(autouse=True)
def _account(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in ACCOUNT.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def sources() -> Sources:
    return Sources(LEAGUE)


async def test_hoopr_has_the_same_rows_as_parquet_and_as_csv(sources: Sources) -> None:
    for name in ("schedules", "play_by_play", "team_box", "player_box"):
        _, page, _ = await sources.fetch(f"hoopr_{name}", **SEASON)
        table = pq.read_table(io.BytesIO(page.body))
        _, text, _ = await sources.fetch(f"hoopr_{name}_csv", **SEASON)
        rows = list(csv.DictReader(io.StringIO(text.text)))
        assert table.column_names == list(rows[0])
        assert [str(one) for one in table.column("game_id").to_pylist()] == [row["game_id"] for row in rows]
        by_game = Counter(table.column("game_id").to_pylist())
        assert set(by_game) == {int(game.event_id) for game in GAMES}
        if name == "team_box":
            assert set(by_game.values()) == {2}
            scores = {(row["game_id"], row["team_abbreviation"]): int(row["team_score"]) for row in rows}
            for game in GAMES:
                assert scores[game.event_id, game.home.espn] == game.home_points
                assert scores[game.event_id, game.away.espn] == game.away_points
        if name == "player_box":
            played = [int(row["points"]) for row in rows if row["points"]]
            assert sum(played) == sum(game.home_points + game.away_points for game in GAMES)
            idle = [row for row in rows if not row["points"]]
            assert len(idle) == 6 * len(GAMES)
            assert {(row["did_not_play"], row["minutes"]) for row in idle} == {("True", "")}


async def test_assets_lie_in_signed_storage(sources: Sources) -> None:
    await sources.fetch("hoopr_team_box", **SEASON)
    asset, stored = sources.asked
    assert (asset.host, stored.host) == ("github.com", "release-assets.githubusercontent.com")
    assert "sig" in stored.query
    site = sources.sites["hoopr"]
    assert site.answer(dataclasses.replace(stored, query={})).status == 403
    for url in ("x/y_2025.parquet", "espn_nba_pbp/play_by_play_2024.parquet", "espn_nba_pbp/play_by_play_2025.rds"):
        path = f"/sportsdataverse/sportsdataverse-data/releases/download/{url}"
        assert site.answer(Request("github.com", path)).status == 404
    with pytest.raises(NotFoundError):
        await Sources(LEAGUE, now=0.0).fetch("hoopr_team_box", **SEASON)


def test_what_lies_in_lfs_is_a_pointer_without_it() -> None:
    answer = lfs_pointer()
    assert answer.status == 200
    assert answer.body.startswith(b"version https://git-lfs")
