"""Parts in a folder: what a crash, a lost file, another version and another writer do to it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.unit.adapters.tables.rows import AT, SEASON, box, made, part, read, store

from adce_async.adapters.tables import folder as module
from adce_async.adapters.tables.finishing import SPILL
from adce_async.adapters.tables.folder import TableFolder, file_name
from adce_async.errors import FixMeError, StoreError
from adce_async.model.lake_tables import TableCounts, TablePart


def test_what_was_made_is_known_the_next_time(tmp_path: Path) -> None:
    made(tmp_path, ("espn", box("espn", "e/1", "401")))
    with TableFolder(tmp_path) as files:
        assert files.parts() == {"espn.box_score.2024-25": part("espn", ["e/1"])}
        assert files.finish()["games"] == TableCounts(1, 0)


def test_nothing_is_finished_again_that_has_not_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made(tmp_path, ("espn", box("espn", "e/1", "401")))
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.parquet")}
    monkeypatch.setattr("adce_async.adapters.tables.finishing.finish_season", lambda *_: pytest.fail("finished again"))
    with TableFolder(tmp_path) as files:
        files.parts()
        assert files.finish()["player_box_scores"] == TableCounts(1, 0)
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.parquet")} == before
    assert before


def test_rows_of_objects_that_stay_are_kept_and_those_that_went_are_gone(tmp_path: Path) -> None:
    made(tmp_path, ("espn", box("espn", "e/1", "401")))
    with TableFolder(tmp_path) as files:
        files.parts()
        store(files, part("espn", ["e/1", "e/2"]), box("espn", "e/2", "402"), keep={"e/1": AT})
        files.finish()
        assert {row["key"] for row in read(tmp_path, "team_box_scores")} == {"e/1", "e/2"}
        store(files, part("espn", ["e/2"]), keep={"e/2": AT})
        files.finish()
    assert {row["key"] for row in read(tmp_path, "team_box_scores")} == {"e/2"}
    assert {row["game_id"] for row in read(tmp_path, "games")} == {"402"}


def test_a_part_that_is_cut_off_leaves_everything_as_it_was(tmp_path: Path) -> None:
    made(tmp_path, ("espn", box("espn", "e/1", "401")))
    with TableFolder(tmp_path) as files:
        files.parts()
        with pytest.raises(RuntimeError), files.write(part("espn", ["e/1"], tag="2"), {}) as writer:
            writer.add("plays", [{"key": "e/1", "number": 1}])
            raise RuntimeError("stopped")
    with TableFolder(tmp_path) as files:
        assert files.parts()["espn.box_score.2024-25"].objects["e/1"].tag == "1"
        files.finish()
    assert len(read(tmp_path, "team_box_scores")) == 2
    assert not read(tmp_path, "plays")
    assert not list(tmp_path.rglob("*.tmp"))


def test_what_was_written_before_a_crash_is_finished_by_the_next_run(tmp_path: Path) -> None:
    with TableFolder(tmp_path) as files:
        files.parts()
        store(files, part("espn", ["e/1"]), box("espn", "e/1", "401"))
    assert not read(tmp_path, "team_box_scores")
    with TableFolder(tmp_path) as files:
        assert list(files.parts()) == ["espn.box_score.2024-25"]
        files.finish()
    assert len(read(tmp_path, "team_box_scores")) == 2
    assert len(read(tmp_path, "games")) == 1


@pytest.mark.parametrize("lost", ["team_box_scores", ".adce/results"])
def test_a_part_that_has_lost_a_file_is_not_known(tmp_path: Path, lost: str) -> None:
    made(tmp_path, ("espn", box("espn", "e/1", "401")))
    (tmp_path / lost / file_name(part("espn", []))).unlink()
    with TableFolder(tmp_path) as files:
        assert files.parts() == {}
    assert not read(tmp_path, "player_box_scores")


def test_a_part_with_a_file_that_was_cut_short_is_not_known(tmp_path: Path) -> None:
    made(tmp_path, ("espn", box("espn", "e/1", "401")))
    path = tmp_path / "team_box_scores" / file_name(part("espn", []))
    path.write_bytes(path.read_bytes()[:-100])
    with TableFolder(tmp_path) as files:
        assert files.parts() == {}


def test_damage_within_a_file_is_said_with_what_to_do(tmp_path: Path) -> None:
    made(tmp_path, ("espn", box("espn", "e/1", "401")))
    path = tmp_path / "team_box_scores" / file_name(part("espn", []))
    path.write_bytes(b"PAR1" + b"x" * 50 + b"PAR1")
    with TableFolder(tmp_path) as files:
        files.parts()
        with pytest.raises(StoreError, match=r"damaged .*remove it"):
            store(files, part("espn", ["e/1", "e/2"]), keep={"e/1": AT})


def test_lost_games_are_made_again(tmp_path: Path) -> None:
    made(tmp_path, ("espn", box("espn", "e/1", "401")))
    (tmp_path / "games" / f"{SEASON}.parquet").unlink()
    with TableFolder(tmp_path) as files:
        files.parts()
        files.finish()
    assert len(read(tmp_path, "games")) == 1


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"version": 1}'])
def test_what_is_remembered_in_a_form_that_is_none_is_forgotten(tmp_path: Path, damage: str) -> None:
    made(tmp_path, ("espn", box("espn", "e/1", "401")))
    (tmp_path / ".adce" / "parts" / "espn.box_score.2024-25.json").write_text(damage)
    with TableFolder(tmp_path) as files:
        assert files.parts() == {}
        assert files.finish()["games"] == TableCounts()
    assert not list(tmp_path.rglob("*.parquet"))


def test_parts_of_another_version_are_made_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made(tmp_path, ("espn", box("espn", "e/1", "401")))
    monkeypatch.setattr(module, "VERSION", 99)
    with TableFolder(tmp_path) as files:
        assert files.parts() == {}


def test_a_part_that_is_gone_is_dropped_with_its_season(tmp_path: Path) -> None:
    made(tmp_path, ("espn", box("espn", "e/1", "401")))
    with TableFolder(tmp_path) as files:
        (known,) = files.parts().values()
        files.drop(known)
        assert set(files.finish().values()) == {TableCounts()}
    assert not list(tmp_path.rglob("*.parquet"))
    assert not list((tmp_path / ".adce" / "parts").iterdir())


def test_what_a_killed_run_has_spilled_is_removed(tmp_path: Path) -> None:
    spilled = tmp_path / ".adce" / SPILL / "duckdb_temp_storage-0.tmp"
    spilled.parent.mkdir(parents=True)
    spilled.write_bytes(b"x")
    with TableFolder(tmp_path) as files:
        assert files.parts() == {}
    assert not spilled.parent.exists()


def test_a_folder_with_files_of_others_is_left_alone(tmp_path: Path) -> None:
    theirs = tmp_path / "games" / "mine.parquet"
    theirs.parent.mkdir()
    theirs.write_bytes(b"PAR1")
    with pytest.raises(FixMeError, match="not of `adce tables`"), TableFolder(tmp_path):
        pass
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [theirs]


def test_a_second_writer_is_refused(tmp_path: Path) -> None:
    with TableFolder(tmp_path), pytest.raises(FixMeError, match="--into"), TableFolder(tmp_path):
        pass
    with TableFolder(tmp_path) as files:
        assert files.parts() == {}


def test_a_folder_that_can_not_be_one_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises((FixMeError, StoreError), match="file"), TableFolder(tmp_path / "file"):
        pass


def test_names_of_files_are_harmless() -> None:
    strange = TablePart("a/b", "../x", None, {})
    assert file_name(strange) == "a%2Fb...%2Fx.all.parquet"


def test_what_is_remembered_names_the_tables(tmp_path: Path) -> None:
    made(tmp_path, ("espn", box("espn", "e/1", "401")))
    said = json.loads((tmp_path / ".adce" / "parts" / "espn.box_score.2024-25.json").read_text())
    assert said["tables"] == ["player_box_scores", "results", "team_box_scores"]
