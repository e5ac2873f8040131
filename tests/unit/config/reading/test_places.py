"""One file, one purpose."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from adce_async.config.reading.load import load
from adce_async.config.settings import Overrides
from adce_async.errors import ConfigError


def read(folder: Path, **service: object) -> list[str]:
    """What is wrong."""
    (folder / "autonomous_config.yaml").write_text(yaml.safe_dump(service))
    try:
        load(Overrides(config_dir=folder, inventory_dir=folder, lake="file:///lake"), {})
    except ConfigError as error:
        return [f"{each.key}: {each.message.replace(str(folder), '.')}" for each in error.problems]
    return []


@pytest.mark.parametrize(
    ("key", "name", "other"),
    [
        ("task_queue_file", "adce.db", "the database of the state"),
        ("task_queue_file", "sub/../adce.db", "the database of the state"),
        ("task_queue_file", "link.json", "the database of the state"),
        ("task_queue_file", "coverage.json", "the coverage report"),
        ("task_queue_file", "metrics.yaml", "the metrics file"),
        ("task_queue_file", "data_inventory.yaml", "data_inventory.yaml"),
        ("state_db", "gaps.url", "the file of the URL"),
        ("state_db", "adce.lock", "the lock of the state"),
        ("state_db", "autonomous_config.yaml", "autonomous_config.yaml"),
        ("logging.file", "gaps.json", "gaps.json"),
        ("logging.file", "events-set-aside.jsonl", "what was told of the lake and can't be read"),
        ("logging.file", "adce.db-wal", "the database of the state"),
        ("health_check.socket", "adce.pid", "the pid file"),
        ("health_check.token_file", "gaps.json", "gaps.json"),
    ],
)
def test_a_file_with_another_purpose_is_refused_with_that(tmp_path: Path, key: str, name: str, other: str) -> None:
    (tmp_path / "link.json").symlink_to("adce.db")
    section, _, inner = key.rpartition(".")
    path = str(tmp_path / name)
    said = read(tmp_path, **{section: {inner: path}} if section else {inner: path})
    assert said == [f"{key}: got './{name}', which is {other}; expected a file of its own"]


def test_two_settings_share_no_file(tmp_path: Path) -> None:
    path = str(tmp_path / "x")
    assert read(tmp_path, logging={"file": path}, health_check={"socket": path}) == [
        "health_check.socket: got './x', which is the log; expected a file of its own"
    ]
    assert read(tmp_path, task_queue_file=path, state_db=path) == [
        "task_queue_file: got './x', which is the database of the state; expected a file of its own"
    ]


@pytest.mark.parametrize("name", [".", "/", "./"])
def test_a_folder_is_no_database(tmp_path: Path, name: str) -> None:
    (said,) = read(tmp_path, state_db=name)
    assert "expected the path of a file" in said


def test_what_each_has_for_itself_is_fine(tmp_path: Path) -> None:
    names = {"file": str(tmp_path / "adce.log")}  # where `adce start` has it without being told
    assert not read(tmp_path, logging=names, task_queue_file=str(tmp_path / "g.json"), state_db=str(tmp_path / "s.db"))
    assert not read(tmp_path)
