"""Sources side by side: they agree or say so, games without a day get their source's, one object is preferred."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.unit.adapters.tables.rows import DAY, box, made, origin, part, read, store

from adce_async.adapters.tables.finishing import open_duckdb
from adce_async.adapters.tables.folder import TableFolder
from adce_async.errors import StoreError
from adce_async.model.lake_tables import TableCounts


def test_sources_that_agree_are_there_without_a_conflict(tmp_path: Path) -> None:
    counts = made(tmp_path, ("espn", box("espn", "e/1", "401")), ("nba_api", box("nba_api", "n/1", "002")))
    assert counts["games"] == TableCounts(2, 0)
    assert counts["team_box_scores"] == TableCounts(4, 0)
    assert [(row["source"], row["date"], row["home_points"], row["conflict"]) for row in read(tmp_path, "games")] == [
        ("nba_api", DAY, 112, None),
        ("espn", DAY, 112, None),
    ]


def test_sources_that_contradict_each_other_are_both_there_and_each_row_says_so(tmp_path: Path) -> None:
    counts = made(
        tmp_path,
        ("espn", box("espn", "e/1", "401")),
        ("nba_api", box("nba_api", "n/1", "002")),
        ("basketball_reference", box("basketball_reference", "b/1", "2024", 113, assists=8)),
    )
    assert counts["games"] == TableCounts(3, 3)
    assert {row["conflict"] for row in read(tmp_path, "games")} == {
        "points: BOS 112 (espn, nba_api), 113 (basketball_reference)"
    }
    lines = {(row["source"], row["team"]): row["conflict"] for row in read(tmp_path, "team_box_scores")}
    assert lines["espn", "BOS"] == lines["basketball_reference", "BOS"]
    assert lines["espn", "BOS"] == "points: 112 (espn, nba_api), 113 (basketball_reference)"
    assert lines["espn", "NYK"] is None
    players = {row["conflict"] for row in read(tmp_path, "player_box_scores")}
    assert players == {"assists: 8 (basketball_reference), 9 (espn, nba_api)"}


def test_players_meet_by_their_names_however_they_are_written(tmp_path: Path) -> None:
    made(
        tmp_path,
        ("espn", box("espn", "e/1", "401", player="Tim Hardaway Jr.", points=20)),
        ("nba_api", box("nba_api", "n/1", "002", player="Tim Hardaway", points=21)),
        ("hoopr", box("hoopr", "h/1", "401", player="Somebody Else", points=22)),
    )
    found = {row["source"]: row["conflict"] for row in read(tmp_path, "player_box_scores")}
    assert found == {
        "espn": "points: 20 (espn), 21 (nba_api)",
        "nba_api": "points: 20 (espn), 21 (nba_api)",
        "hoopr": None,
    }


def test_what_is_not_recorded_contradicts_nothing(tmp_path: Path) -> None:
    counts = made(
        tmp_path, ("espn", box("espn", "e/1", "401", assists=None)), ("nba_api", box("nba_api", "n/1", "002"))
    )
    assert counts["player_box_scores"].conflicts == 0


def test_a_day_that_an_object_does_not_say_is_that_of_the_sources_schedule(tmp_path: Path) -> None:
    listing = {"results": [*box("nba_api", "n/s", "002")["results"]]}
    with TableFolder(tmp_path) as files:
        files.parts()
        store(files, part("nba_api", ["n/1"]), box("nba_api", "n/1", "002", 113, date=None))
        store(files, part("espn", ["e/1"]), box("espn", "e/1", "401"))
        files.finish()
        assert {row["date"] for row in read(tmp_path, "team_box_scores")} == {DAY, None}
        assert {row["conflict"] for row in read(tmp_path, "games")} == {None}
        store(files, part("nba_api", ["n/s"], data_type="schedule"), listing)
        counts = files.finish()
    assert {row["date"] for row in read(tmp_path, "team_box_scores")} == {DAY}
    assert counts["games"] == TableCounts(2, 2)
    told = {row["conflict"] for row in read(tmp_path, "games")}
    assert told == {"points: BOS 112 (espn, nba_api), 113 (nba_api)"}


def test_one_object_of_each_game_is_preferred(tmp_path: Path) -> None:
    cdn = box("nba_api", "a/cdn", "002")
    for rows in cdn.values():
        for row in rows:
            row["data_type"] = "cdn_box_score"
    with TableFolder(tmp_path) as files:
        files.parts()
        store(files, part("nba_api", ["n/1"]), box("nba_api", "n/1", "002"))
        store(files, part("nba_api", ["a/cdn"], data_type="cdn_box_score"), cdn)
        files.finish()
    preferred = {row["key"]: row["preferred"] for row in read(tmp_path, "player_box_scores")}
    assert preferred == {"n/1": True, "a/cdn": False}
    assert len(read(tmp_path, "games")) == 1


def test_plays_know_that_the_score_is_contradicted_and_keep_their_order(tmp_path: Path) -> None:
    plays = [origin("espn", "e/p", "play_by_play") | {"game_id": "401", "number": number} for number in range(1, 400)]
    result = box("espn", "e/p", "401")["results"][0] | {"home_points": None, "home_last": 111}
    with TableFolder(tmp_path) as files:
        files.parts()
        store(files, part("espn", ["e/p"], data_type="play_by_play"), {"plays": plays, "results": [result]})
        store(files, part("nba_api", ["n/1"]), box("nba_api", "n/1", "002"))
        files.finish()
    rows = read(tmp_path, "plays")
    assert [row["number"] for row in rows] == list(range(1, 400))
    assert {row["conflict"] for row in rows} == {"points: BOS 111 (espn), 112 (nba_api)"}
    assert {(row["home"], row["date"]) for row in rows} == {("BOS", DAY)}


def test_totals_are_compared_over_all_teams_of_a_player(tmp_path: Path) -> None:
    def line(source: str, team: str | None, points: int) -> dict[str, object]:
        of = origin(source, f"{source}/t", "season_totals")
        return of | {"season_type": "regular", "player": "A B", "player_id": "1", "team": team, "points": points}

    with TableFolder(tmp_path) as files:
        files.parts()
        bbref = [line("bbref", None, 30), line("bbref", "BOS", 10), line("bbref", "NYK", 20)]
        store(files, part("bbref", ["bbref/t"], data_type="season_totals"), {"season_totals": bbref})
        store(
            files,
            part("nba_api", ["nba_api/t"], data_type="season_totals"),
            {"season_totals": [line("nba_api", "NYK", 30)]},
        )
        assert files.finish()["season_totals"] == TableCounts(4, 0)
        store(
            files,
            part("nba_api", ["nba_api/t"], tag="2", data_type="season_totals"),
            {"season_totals": [line("nba_api", "NYK", 31)]},
        )
        assert files.finish()["season_totals"].conflicts == 4


def test_errors_of_the_database_are_errors_of_the_store(tmp_path: Path) -> None:
    (tmp_path / "x.parquet").write_bytes(b"PAR1 and no more")
    with pytest.raises(StoreError, match="tables"), open_duckdb() as db:
        db.execute(f"select * from '{tmp_path}/x.parquet'").fetchall()
