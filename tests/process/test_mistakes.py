"""A person's mistakes: one clear line each, exit 2, nothing done."""

from __future__ import annotations

import json

import pytest
from tests.process.conftest import Desk


@pytest.mark.parametrize(
    ("file", "text", "said"),
    [
        (
            "config/autonomous_config.yaml",
            "max_retrys: 3\n",
            "autonomous_config.yaml:1: max_retrys: unknown key; did you mean 'max_retries'?",
        ),
        (
            "config/scraper_config.yaml",
            "sources:\n  ant:\n    host: [a]\n",
            "scraper_config.yaml:3: sources.ant.host: unknown key; did you mean 'hosts'?",
        ),
        (
            "config/reconciliation_config.yaml",
            "lakee: x\n",
            "reconciliation_config.yaml:1: lakee: unknown key; did you mean 'lake'?",
        ),
        (
            "inventory/data_inventory.yaml",
            "expected_coverage:\n  ant:\n    datatypes: {}\n",
            "data_inventory.yaml:3: expected_coverage.ant.datatypes: unknown key; did you mean 'data_types'?",
        ),
    ],
)
def test_a_typo_in_any_file(desk: Desk, file: str, text: str, said: str) -> None:
    desk.ants(2)
    desk.write(file, text)
    done = desk.run("run", "--once", expect=2)
    assert said in done.stderr
    assert not desk.lake.exists()


def test_a_lake_that_cannot_be_made(desk: Desk) -> None:
    desk.ants(1)
    (desk.folder / "occupied").write_text("a file")
    desk.lake = desk.folder / "occupied" / "lake"
    done = desk.run("run", "--once", expect=2)
    assert len(done.stderr.strip().splitlines()) == 1
    assert str(desk.lake) in done.stderr


def test_a_broken_task_queue_file(desk: Desk) -> None:
    desk.ants(1)
    queue = desk.write("queue.json", '{"tasks": [\n  {"id": 1,}\n]}')
    done = desk.run("execute", "--task-queue", str(queue), expect=2)
    assert f"{queue}:2: column" in done.stderr
    assert queue.read_text().startswith('{"tasks"')


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["pln"], "Error: No such command 'pln'; did you mean 'plan'?"),
        (["xyz"], "Error: No such command 'xyz'"),
        (["scrapers", "nw"], "Error: No such command 'nw'; did you mean 'new'?"),
        (["plan", "--jsn"], "Error: No such option '--jsn'."),
        (["scrape", "ant_itms", "id=7"], "there is no scraper 'ant_itms'; did you mean 'ant_items'?"),
        (["scrape", "zzz"], "there is no scraper 'zzz'; `adce scrapers` lists them"),
        (["scrape", "ant_items", "id=7", "foo=1"], "foo: scraper ant_items takes no such field; it takes id"),
        (["scrape", "ant_items", "date=2024-12-15"], "date: scraper ant_items takes no such field; it takes id"),
        (
            ["scrape", "espn_summary", "game_id=1", "gameid=2"],
            "gameid: scraper espn_summary takes no such field; it takes date, game_id, season",
        ),
        (
            ["scrape", "ant_items", "id=../7"],
            "field id='../7': must not be empty, '.', '..' or hold '/', '\\', braces",
        ),
        (["scrape", "ant_items", "id=7", "id"], "'id': expected FIELD=VALUE, for example game_id=401705066"),
    ],
)
def test_a_slip_on_the_command_line(desk: Desk, arguments: list[str], said: str) -> None:
    desk.ants(2)
    done = desk.run(*arguments, expect=2)
    last = done.stderr.splitlines()[-1]
    assert last.startswith(said), last
    assert done.stdout == ""


def test_what_is_switched_off_is_said_to_be(desk: Desk) -> None:
    desk.ants(1)
    desk.write(
        "config/scraper_config.yaml",
        "sources:\n  ESPN:\n    enabled: false\n  ant: {hosts: [ant.test]}\n"
        "scrapers:\n  ant_items:\n    source: ant\n    url: https://ant.test/{id}\n    check: {required: [id]}\n"
        "  ant_days:\n    source: ant\n    enabled: false\n    url: https://ant.test/{id}\n    check: {required: [id]}\n",
    )
    config = desk.folder / "config" / "scraper_config.yaml"
    for name, said in (
        ("espn_summary", "3: sources.espn.enabled: source espn is switched off; expected true to use espn_summary"),
        ("ant_days", "12: scrapers.ant_days.enabled: scraper ant_days is switched off; expected true to use ant_days"),
    ):
        assert desk.run("scrape", name, "id=1", expect=2).stderr.splitlines()[-1] == f"{config}:{said}"


def test_an_address_of_nobody(desk: Desk) -> None:
    desk.ants(1)
    done = desk.run("scrapers", "--url", "https://bee.test/1", expect=1)
    told = "no scraper owns https://bee.test/1; `adce scrapers new NAME --url URL` begins one"
    assert (done.stdout, done.stderr.splitlines()[-1]) == ("", told)
    found = json.loads(desk.run("scrapers", "--json", "--url", "https://bee.test/1", expect=0).stdout)
    assert found["scrapers"] == []


def test_a_misspelt_source_is_not_left_switched_on(desk: Desk) -> None:
    desk.ants(1)
    config = desk.write("config/scraper_config.yaml", "sources: {esp: {enabled: false}}\n")
    desk.write("inventory/data_inventory.yaml", "")
    message = "no source 'esp' is known, and it has no 'hosts' to be one of your own; did you mean 'espn'?"
    assert desk.run("run", "--once", expect=2).stderr.splitlines() == [f"{config}:1: sources.esp: {message}"]
