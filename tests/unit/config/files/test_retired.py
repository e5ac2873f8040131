"""The table of retired keys: each has a reason, and none of them is a key of a model."""

from __future__ import annotations

from typing import Any

import pytest

from adce_async.config.files.keys import model_in, step
from adce_async.config.files.retired import RETIRED, RETIRED_VALUES, entry_of, is_retired
from adce_async.config.settings import MODELS

KEYS = [(file, key) for file, table in RETIRED.items() for key in table]


def test_every_file_has_its_tables() -> None:
    assert RETIRED.keys() == RETIRED_VALUES.keys() == MODELS.keys()


@pytest.mark.parametrize(("file", "key"), KEYS)
def test_a_retired_key_is_no_key_of_a_model_and_has_a_reason(file: str, key: str) -> None:
    section: Any = MODELS[file]
    *above, last = key.split(".")
    for part in above:
        section = step(section, part)
    model = model_in(section)
    assert model is None or last not in model.key_types()
    assert len(RETIRED[file][key]) > 15
    assert not RETIRED[file][key].endswith(".")


@pytest.mark.parametrize(("file", "key"), [(file, key) for file, table in RETIRED_VALUES.items() for key in table])
def test_a_retired_value_is_one_of_a_key_that_there_is(file: str, key: str) -> None:
    section: Any = MODELS[file]
    for part in key.split("."):
        section = step(section, part)
        assert section is not None


def test_entries_are_found_by_exactly_their_path() -> None:
    table = {"a": 1, "b.*.c": 2}
    assert entry_of(table, ("a",)) == ("a", 1)
    assert entry_of(table, ("b", "x", "c")) == ("b.*.c", 2)
    assert entry_of(table, ("b", "x", "c", "d")) is None
    assert entry_of(table, ("A",)) is None


def test_what_is_below_a_retired_section_is_retired() -> None:
    assert is_retired("autonomous_config", ("performance", "targets", "x"))
    assert is_retired("scraper_config", ("sources", "ant", "rate_limit", "adaptive"))
    assert not is_retired("autonomous_config", ("logging", "level"))
