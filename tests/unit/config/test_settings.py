"""All four files, and every key of them documented."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from adce_async.config.files.base import Model
from adce_async.config.saying.schema import field_docs, models_of
from adce_async.config.settings import MODELS, Overrides, folder_of

if TYPE_CHECKING:
    from tests.unit.config.conftest import Project


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS.keys())
def test_every_field_is_documented(model: type[Model]) -> None:
    for inner in models_of(model):
        docs = field_docs(inner)
        assert docs.keys() == inner.key_types().keys(), inner
        assert all(len(text) > 8 and text.endswith(".") for text in docs.values()), docs


def test_no_overrides_by_default() -> None:
    assert Overrides().settings == {}
    assert (Overrides().lake, Overrides().mirror, Overrides().state_dir) == (None, None, None)


def test_settings_hold_all_four_models_by_file(project: Project) -> None:
    settings = project.load()
    assert {name: type(model) for name, model in settings.models.items()} == dict(MODELS)
    assert [str(path) for path in settings.files] == [
        "config/autonomous_config.yaml",
        "config/scraper_config.yaml",
        "config/reconciliation_config.yaml",
        "inventory/data_inventory.yaml",
    ]


def test_what_lies_beside_the_state_has_its_name_but_the_lock_which_is_the_folders(project: Project) -> None:
    paths = project.load(state_dir=Path("var/state")).paths
    beside = (paths.journal, paths.url_file, paths.pid_file, paths.log_file, paths.errors_file)
    assert [path.name for path in beside] == ["adce.grants", "adce.url", "adce.pid", "adce.log", "adce.err"]
    assert {path.parent for path in (*beside, paths.state_lock)} == {paths.state_db.parent} == {Path("var/state")}
    assert paths.state_lock.name == "adce.lock"
    project.write(autonomous_config="state_db: var/queue.db")
    other = project.load().paths
    assert (str(other.journal), str(other.state_lock)) == ("var/queue.grants", "var/adce.lock")


@pytest.mark.parametrize(
    ("lake", "folder"), [("file:///data/a%20lake", Path("/data/a lake")), ("s3://bucket/prefix", None)]
)
def test_a_lake_is_a_folder_or_elsewhere(project: Project, lake: str, folder: Path | None) -> None:
    assert folder_of(lake) == folder
    assert project.load(lake=lake).paths.lake_folder == folder
