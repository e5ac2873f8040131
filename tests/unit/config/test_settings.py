"""All four files: every key is documented, and none is read and silently ignored."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from adce_async.config.files.base import Model, step
from adce_async.config.saying.schema import field_docs, models_of
from adce_async.config.settings import MODELS, OLD_VALUES, WITHOUT_EFFECT, Overrides

if TYPE_CHECKING:
    from tests.unit.config.conftest import Project

LEAGUES = re.compile(r"expected_coverage\.\*\.seasons\.\w+")
"""Keys within a value, not of a model."""


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS.keys())
def test_every_field_is_documented(model: type[Model]) -> None:
    for inner in models_of(model):
        docs = field_docs(inner)
        assert docs.keys() == inner.key_types().keys(), inner
        assert all(len(text) > 8 and text.endswith(".") for text in docs.values()), docs


@pytest.mark.parametrize("file", MODELS)
def test_keys_without_effect_are_exactly_those_whose_docstring_says_old(file: str) -> None:
    old = {
        (model.__name__, key)
        for model in models_of(MODELS[file])
        for key, text in field_docs(model).items()
        if text.startswith("Old: ")
    }
    listed = set()
    for dotted in WITHOUT_EFFECT[file]:
        if LEAGUES.fullmatch(dotted):
            continue
        *above, last = dotted.split(".")
        section: Any = MODELS[file]
        for part in above:
            section = step(section, part)
        listed.add((_name(section), last))
    assert listed == old


def _name(section: Any) -> str:
    args = getattr(section, "__args__", ())
    return (
        next((arg.__name__ for arg in args if isinstance(arg, type) and issubclass(arg, Model)), None)
        or section.__name__
    )


@pytest.mark.parametrize("file", MODELS)
def test_every_reason_is_one_of_a_key_that_exists(file: str) -> None:
    for dotted in [*WITHOUT_EFFECT[file], *OLD_VALUES.get(file, {})]:
        section: Any = MODELS[file]
        for part in [] if LEAGUES.fullmatch(dotted) else dotted.split("."):
            section = step(section, part)
            assert section is not None, dotted


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
