"""SQL over the tables reads, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.unit.adapters.tables.rows import DAY, box, made

from adce_async.adapters.tables.query import query
from adce_async.errors import FixMeError


def answer(root: Path, text: str) -> tuple[list[str], list[list[object]]]:
    batches = list(query(root, text))
    return list(batches[0][0]), [list(row) for _, rows in batches for row in rows]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    made(tmp_path / "tables", ("espn", box("espn", "e/1", "401")))
    return tmp_path / "tables"


def test_all_tables_can_be_asked_also_those_without_rows(root: Path) -> None:
    assert answer(root, "select source, date, home_points from games") == (
        ["source", "date", "home_points"],
        [["espn", DAY, 112]],
    )
    assert answer(root, "select count(*) n from plays join schedules using (game_id)") == (["n"], [[0]])
    assert answer(root, "select team from season_totals") == (["team"], [])


@pytest.mark.parametrize(
    "text",
    ["", "drop view games", "select 1; select 2", "copy games to '/tmp/x'", "create table x as select 1",
     "attach '/tmp/x.db'", "install httpfs", "set enable_external_access=true"],
)  # fmt: skip
def test_what_does_more_than_read_is_refused(root: Path, text: str) -> None:
    with pytest.raises(FixMeError, match="expected one statement that reads"):
        answer(root, text)


@pytest.mark.parametrize("text", ["select * from '/etc/passwd'", "select * from read_text('/etc/hostname')"])
def test_nothing_else_is_within_reach(root: Path, text: str) -> None:
    with pytest.raises(FixMeError):
        answer(root, text)


def test_mistakes_are_said_in_a_sentence(root: Path) -> None:
    with pytest.raises(FixMeError, match="gamez"):
        answer(root, "select * from gamez")
    with pytest.raises(FixMeError, match="syntax error"):
        answer(root, "selec 1")


def test_a_folder_without_tables_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(FixMeError, match="adce tables"):
        answer(tmp_path, "select 1")


def test_what_python_has_no_word_for_comes_as_the_database_writes_it(root: Path) -> None:
    text = """select interval '1 day 2 hours' as "a ""b", '\\xAAb'::blob as c, '101'::bit as c,
        340282366920938463463374607431768211455::uhugeint as d, 7 as e, null::blob as f"""
    assert answer(root, text) == (
        ['a "b', "c", "c", "d", "e", "f"],
        [["1 day 02:00:00", "\\xAAb", "101", "340282366920938463463374607431768211455", 7, None]],
    )
