"""tables and tables query as a user types them."""

from __future__ import annotations

from pathlib import Path

from tests.unit.adapters.tables.rows import box, made
from tests.unit.cli.conftest import Desk


def test_a_lake_without_anything_for_tables_makes_empty_ones_beside_the_inventory(desk: Desk) -> None:
    desk.put(1)
    said = desk.json("tables")
    assert said["folder"] == str(desk.folder / "tables")
    assert {table["rows"] for table in said["tables"]} == {0}
    assert [table["name"] for table in said["tables"]] == [
        "games", "team_box_scores", "player_box_scores", "plays", "schedules", "season_totals",
    ]  # fmt: skip
    assert desk.json("tables", "query", "select count(*) as n from games")["rows"] == [{"n": 0}]


def test_tables_in_the_lake_are_refused(desk: Desk) -> None:
    _, err = desk.adce("tables", "--into", str(desk.lake / "tables"), expect=2)
    assert "is in the lake" in err
    assert not (desk.lake / "tables").exists()


def test_tables_are_made_on_this_machine(desk: Desk) -> None:
    _, err = desk.adce("tables", "--into", "s3://bucket/tables", expect=2)
    assert "expected a folder of this machine" in err


def test_rows_are_told_to_people_and_to_programs(desk: Desk, tmp_path: Path) -> None:
    folder = tmp_path / "t"
    made(folder, ("espn", box("espn", "e/1", "401")))
    text = "select source, date, sum(home_points) as points from games group by all"
    out, _ = desk.adce("tables", "query", "--into", str(folder), text)
    assert out.splitlines() == ["source  date        points", "espn    2024-12-15     112"]
    rows = desk.json("tables", "--into", str(folder), "query", text)
    assert rows == {
        "columns": ["source", "date", "points"],
        "rows": [{"source": "espn", "date": "2024-12-15", "points": 112}],
    }
    text = "select 18446744073709551616::hugeint as whole, interval 2 days as long from games"
    rows = desk.json("tables", "--into", str(folder), "query", text)
    assert rows["rows"] == [{"whole": "18446744073709551616", "long": "2 days"}]


def test_rows_are_told_to_programs_as_they_come(desk: Desk, tmp_path: Path) -> None:
    folder = tmp_path / "t"
    made(folder, ("espn", box("espn", "e/1", "401")))
    text = "select source, date, sum(home_points) as points from games group by all"
    out, _ = desk.adce("tables", "query", "--csv", "--into", str(folder), text)
    assert out == "source,date,points\nespn,2024-12-15,112\n"


def test_what_a_run_came_to_is_told_to_people(desk: Desk) -> None:
    out, _ = desk.adce("tables")
    assert out.splitlines()[1].split() == ["games", "0", "0"]
    assert "0 objects, 0 of them read now" in out


def test_a_query_without_tables_says_what_to_do(desk: Desk) -> None:
    _, err = desk.adce("tables", "query", "select 1", expect=2)
    assert "make them with `adce tables`" in err
    assert not (desk.folder / "tables").exists()


def test_more_rows_than_fit_in_memory_are_refused(desk: Desk) -> None:
    (desk.folder / "tables" / "games").mkdir(parents=True)
    for form in ((), ("--json",)):
        _, err = desk.adce("tables", "query", "select * from range(30000000)", *form, expect=2)
        assert "rows; expected `limit` in the query, or --csv" in err
