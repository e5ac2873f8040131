from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace

import pytest

from adce_async.app import builtins
from adce_async.config.reading.load import load, shipped_inventory
from adce_async.config.settings import Overrides
from adce_async.engine.reconciling import gapfile
from adce_async.engine.reconciling.gapfile import BrokenGapFileError, GapFileReader
from adce_async.model.coverage import DataType, GapKind, Priority
from adce_async.model.dimensions import Declared, DerivedDimension, ListDimension
from adce_async.model.keys import PathPattern
from adce_async.model.task import Origin, Task
from adce_async.planning.expand import expand
from adce_async.scraping.registry import build

NOW = 1_732_000_000.0


def data_type(name: str, pattern: str, scraper: str = "espn_summary") -> DataType:
    return DataType("espn", name, scraper, PathPattern(pattern), fingerprint="f1")


GAME = DerivedDimension("game_id", "espn.schedule", "game_id", "final")
DECLARED = (
    Declared(
        data_type("schedule", "espn_schedules/{season}/{date}.json", "espn_scoreboard"),
        ("2024-25",),
        (ListDimension("date", ("2024-12-15",)),),
    ),
    Declared(data_type("box_score", "espn_box_scores/{season}/{game_id}.json"), ("2024-25",), (GAME,)),
    Declared(data_type("play_by_play", "espn_play_by_play/{season}/{game_id}.json"), ("2024-25",), (GAME,)),
)
READER = GapFileReader(DECLARED)


def read(*entries: object) -> gapfile.FileTasks:
    return READER.read({"tasks": list(entries)}, "gaps.json", NOW)


def task(key: str, priority: Priority = Priority.HIGH, **changes: object) -> Task:
    return Task(
        key,
        "espn",
        "espn_summary",
        "box_score",
        "2024-25",
        {"game_id": key},
        GapKind.MISSING,
        priority,
        NOW - 60,
        0.0,
        reason="not in the lake",
        **changes,
    )  # type: ignore[arg-type]


def test_the_reason_of_a_group_says_when_there_are_others() -> None:
    def reason(*reasons: str) -> str:
        tasks = [replace(task(f"espn_box_scores/2024-25/{n}.json"), reason=text) for n, text in enumerate(reasons)]
        (entry,) = gapfile.decode(gapfile.render(tasks, NOW), "gaps.json")["tasks"]
        return str(entry["reason"])

    assert reason("empty", "empty") == "empty"
    assert reason("9 bytes", "empty", "empty") == "empty (2 of 3; 1 other reason)"
    assert reason("9 bytes", "empty", "empty", "8 bytes") == "empty (2 of 4; 2 other reasons)"


def test_what_was_written_reads_back() -> None:
    tasks = [task(f"espn_box_scores/2024-25/{n}.json") for n in (3, 1, 2)] + [
        task("espn_box_scores/2024-25/9.json", Priority.LOW, force=True)
    ]
    document = gapfile.decode(gapfile.render(tasks, NOW, lambda _: 2.0), "gaps.json")
    assert (document["total_tasks"], document["total_files"]) == (2, 4)
    assert document["by_priority"] == {"critical": 0, "high": 1, "medium": 0, "low": 1}
    first = document["tasks"][0]
    assert first["keys"] == [f"espn_box_scores/2024-25/{n}.json" for n in (1, 2, 3)]
    assert (first["missing_files"], first["estimated_time_minutes"], first["detected_at"]) == (
        3,
        6.0,
        "2024-11-19T07:05:40Z",
    )
    again = READER.read(document, "gaps.json", NOW)
    assert {t.key for t in again.tasks} == {t.key for t in tasks}
    assert [t.force for t in again.tasks] == [False, False, False, True]
    assert again.problems == ()


@pytest.mark.parametrize(
    "entry",
    [
        {
            "id": 7,
            "priority": "critical",
            "source": "ESPN",
            "data_type": "box_score",
            "keys": ["espn_box_scores/2024-25/401.json"],
        },
        {"priority": "Critical", "source": "espn", "data_type": "box_scores", "season": "2024-25", "game_ids": [401]},
        {
            "priority": "CRITICAL",
            "scraper": "espn_async_scraper",
            "source": "espn",
            "data_type": "box_scores",
            "game_ids": ["401"],
            "missing_files": 1,
        },
        {
            "priority": "critical",
            "source": "espn",
            "data_type": "box_score",
            "fields": {"season": "2024-25", "game_id": "401"},
        },
        {"priority": "critical", "keys": ["espn_box_scores/2024-25/401.json"]},
        {
            "priority": "critical",
            "source": "espn",
            "data_type": "box_score",
            "fields": [{"season": "2024-25", "game_id": "401"}],
        },
    ],
)
def test_all_forms_mean_the_same_key(entry) -> None:
    found = read(entry)
    assert found.problems == ()
    (got,) = found.tasks
    assert (got.key, got.priority, got.origin, got.scraper) == (
        "espn_box_scores/2024-25/401.json",
        Priority.CRITICAL,
        Origin.FILE,
        "espn_summary",
    )
    assert got.fields == {"season": "2024-25", "game_id": "401"}


def test_an_old_entry_of_a_whole_season_is_left_to_a_pass() -> None:
    found = read(
        {
            "id": "task_000001",
            "priority": "HIGH",
            "gap_type": "season_incomplete",
            "source": "espn",
            "scraper": "espn_async_scraper",
            "data_type": "play_by_play",
            "season": "2024-25",
            "missing_files": 12,
            "estimated_time_minutes": 24,
            "status": "pending",
        }
    )
    assert found.tasks == ()
    ((declared, season, priority),) = found.whole
    assert (declared.data_type.name, season, priority) == ("play_by_play", "2024-25", Priority.HIGH)


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("nonsense", "expected an object"),
        ({"source": "spn", "data_type": "box_score"}, "no data type of the inventory fits"),
        ({"source": "espn", "data_type": "box_score", "priority": "soon", "keys": []}, "expected one of CRITICAL"),
        ({"source": "espn", "data_type": "box_score", "keys": ["../../etc/passwd"]}, "'..' is not allowed"),
        ({"source": "espn", "data_type": "box_score", "keys": ["other/1.json"]}, "fits no pattern"),
        ({"source": "espn", "data_type": "box_score", "game_ids": ["../../x"]}, "must not be empty"),
        ({"source": "espn", "data_type": "box_score", "game_ids": 5}, "tasks[0]"),
        ({"keys": ["other/1.json"]}, "fits no pattern"),
        ({"source": "espn", "season": "2024-25", "fields": {"": ""}}, "a field without a name"),
        (
            {"source": "espn", "data_type": "box_score", "season": "2024-25", "force": True},
            "force: has an effect on 'keys'",
        ),
        ({"source": "espn", "data_type": "box_score", "fields": ["x"]}, "expected fields with their values"),
    ],
)
def test_one_bad_entry_is_named_and_the_others_are_kept(entry, said) -> None:
    good = {"source": "espn", "data_type": "box_score", "keys": ["espn_box_scores/2024-25/1.json"]}
    found = read(entry, good)
    assert [t.key for t in found.tasks] == ["espn_box_scores/2024-25/1.json"]
    assert any(said in str(problem) and "tasks[0]" in str(problem) for problem in found.problems), found.problems


@pytest.mark.parametrize(
    ("body", "place"),
    [
        (b'{"tasks": [\n  1,\n  }', ":3: column 3"),
        (b"", ":1: column 1"),
        (b"\xff", ":1: column 1"),
        (b"[]", ":1: column 1"),
        (b'{"tasks": 3}', ":1: column 1"),
    ],
)
def test_a_broken_file_is_named_with_line_and_column(body, place) -> None:
    with pytest.raises(BrokenGapFileError, match=place):
        gapfile.decode(body, "gaps.json")


def test_files_are_replaced_whole_and_broken_ones_set_aside(tmp_path) -> None:
    path = tmp_path / "deep" / "gaps.json"
    assert gapfile.write_whole(path, b"one")
    assert gapfile.write_whole(path, b"two")
    assert not gapfile.write_whole(path, b"three", lambda: False)
    assert path.read_bytes() == b"two"
    assert [p.name for p in path.parent.iterdir()] == ["gaps.json"]
    aside = gapfile.set_aside(path, NOW)
    assert (aside.name, aside.read_bytes(), path.exists()) == ("gaps.json.broken-20241119T070640Z", b"two", False)


def test_a_bound_of_any_size_costs_no_memory(tmp_path) -> None:
    path = tmp_path / "gaps.json"
    path.write_text('{"tasks": []}')
    found = gapfile.load(path, 2**50)
    assert found is not None
    assert found.document == {"tasks": []}


def test_keys_without_a_season_have_that_of_their_entry() -> None:
    """Where a data type has several seasons, its URL may need one that the key does not tell."""
    several = Declared(data_type("team_stats", "a/{game_id}.json"), ("2023-24", "2024-25"), (GAME,))
    entry = {"source": "espn", "data_type": "team_stats", "season": "2024-25", "keys": ["a/1.json"]}
    found = GapFileReader((several,)).read({"tasks": [entry]}, "gaps.json", NOW)
    assert [(t.season, dict(t.fields)) for t in found.tasks] == [("2024-25", {"season": "2024-25", "game_id": "1"})]


def test_a_date_beyond_all_calendars_is_named() -> None:
    days = Declared(
        data_type("days", "a/{year}/{month}/{day}.json"), ("2024-25",), (ListDimension("date", ("2024-12-15",)),)
    )
    entry = {"source": "espn", "data_type": "days", "keys": ["a/99999999999999999999/1/1.json"]}
    found = GapFileReader((days,)).read({"tasks": [entry]}, "gaps.json", NOW)
    assert len(found.tasks) + len(found.problems) == 1


def test_an_empty_plan_is_a_valid_file() -> None:
    assert json.loads(gapfile.render([], NOW))["tasks"] == []


def test_more_entries_than_are_bounded_are_refused_with_the_bound() -> None:
    body = b'{"tasks": [' + b"{}," * gapfile.MOST_ENTRIES + b"{}]}"
    with pytest.raises(BrokenGapFileError, match=r"200001 entries, at most 200000 are taken at once"):
        gapfile.decode(body, "gaps.json")


def test_an_entry_that_names_a_key_asks_what_the_pass_would_ask(tmp_path) -> None:
    """Of each shipped data type: what a key does not say (a field of one value) is no less needed by its URL."""
    known = builtins()
    given = Overrides(config_dir=tmp_path, inventory_dir=tmp_path, lake=tmp_path.as_uri())
    settings = load(given, {}, builtin_scrapers=known.scrapers.keys(), builtin_sources=known.sources.keys())
    shipped = settings.inventory if settings.inventory.expected_coverage else shipped_inventory()
    catalog = build(replace(settings, inventory=shipped), known, dt.date(2025, 1, 15))
    reader = GapFileReader(catalog.declared)
    seen = 0
    for declared in catalog.declared:
        if declared.parents:
            continue
        scraper = catalog.scrapers[declared.data_type.scraper]
        season = declared.seasons_to_expand[0]
        expected = expand(declared, season, now=NOW, items_of=lambda _parent, _season: ())
        for expectation in list(expected)[:3]:
            entry = {
                "source": declared.data_type.source,
                "data_type": declared.data_type.name,
                "keys": [expectation.key],
            }
            if season is not None:
                entry["season"] = season
            (task,) = reader.read({"tasks": [entry]}, "gaps.json", NOW).tasks
            assert task.key == expectation.key
            assert scraper.url_for(task.fields) == scraper.url_for(expectation.fields)
            assert scraper.params_for(task.fields) == scraper.params_for(expectation.fields), expectation.key
            seen += 1
    assert seen > 40
