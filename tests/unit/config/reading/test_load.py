"""Whatever stands in the files, the program starts or says what is wrong, in words of its own."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.unit.config.leaves import LEAVES

from adce_async.config.reading.assemble import assemble
from adce_async.config.reading.crosscheck import Known
from adce_async.config.reading.documents import parse_value
from adce_async.config.reading.layers import Layer, Origin
from adce_async.config.reading.load import load, shipped_inventory, shipped_inventory_data
from adce_async.config.settings import MODELS, Overrides, Settings
from adce_async.errors import ConfigError


def assert_it_is_assembled_or_said_why(assembled: Callable[[], Settings]) -> None:
    said: list[str] | None = None
    try:
        assembled()
    except ConfigError as error:
        said = [str(problem) for problem in error.problems]
    assert said is None or (said and not any("pydantic" in line or "Input should" in line for line in said))


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(texts=st.fixed_dictionaries({name: st.binary(max_size=60) for name in MODELS}))
def test_whatever_is_in_the_files_it_loads_or_says_why(tmp_path: Path, texts: dict[str, bytes]) -> None:
    for name, text in texts.items():
        (tmp_path / f"{name}.yaml").write_bytes(text)
    given = Overrides(config_dir=tmp_path, inventory_dir=tmp_path)
    assert_it_is_assembled_or_said_why(lambda: load(given, {}))


KEYS = st.sampled_from(
    [
        "espn", "ESPN", "sources", "scrapers", "expected_coverage", "data_types", "dimensions", "seasons", "s3",
        "prefixes", "rate_limiting", "rate_limit", "source_limits", "priority_weighting", "task_processing", "from",
        "values", "calendar", "enabled", "test_mode", "dry_run", "path_patterns", "path_pattern", "scraper", "check",
        "url", "uses", "health_check", "health_check_port", "port", "scheduled_tasks", "schedule", "windows",
        "maintenance", "requests_per_minute", "per", "requests", "hosts", "timeout", "backoff", "alerts", "logging",
    ]
)  # fmt: skip


SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(-5, 5000), st.floats(allow_nan=True), st.text(max_size=8),
    st.sampled_from(["current", "2002-2025", "x/{season}/{id}.json", "espn", "schedule", "https://a.test/{id}"]),
)  # fmt: skip


VALUES = st.one_of(SCALARS, st.lists(SCALARS, max_size=3), st.dictionaries(KEYS, SCALARS, max_size=3))


ANYWHERE = st.tuples(st.sampled_from([*MODELS]), st.lists(KEYS, min_size=1, max_size=6))


KNOWN_KEYS = [(file, ["espn" if part == "*" else part for part in path]) for (file, *path), _ in LEAVES]


EDITS = st.lists(st.tuples(ANYWHERE | st.sampled_from(KNOWN_KEYS), VALUES), max_size=12)


ODD = [
    None,
    True,
    -1,
    0,
    7,
    10**400,
    1.5,
    math.nan,
    math.inf,
    "",
    " ",
    "x",
    "\x00",
    "\ud800",
    "x" * 10_000,
    "1-9999999",
]


@settings(max_examples=100, deadline=None)
@given(edits=EDITS)
def test_whatever_the_keys_hold_it_loads_or_says_why(edits: list[tuple[tuple[str, list[str]], Any]]) -> None:
    """Without the files and their YAML, which the other tests have: values at any keys, at any depth."""
    assert_values_are_taken_or_refused(edits)


@pytest.mark.parametrize(
    "odd",
    [
        *ODD,
        [],
        [None],
        [True],
        [5],
        ["", "x"],
        [[]],
        [{}],
        {},
        {"x": None},
        {"espn": 5},
        {"nba": [{}]},
        {"x": {"x": []}},
    ],
    ids=lambda odd: f"{odd!r:.20}",
)
def test_whatever_one_value_all_keys_hold_it_loads_or_says_why(odd: Any) -> None:
    assert_values_are_taken_or_refused([(at, odd) for at in KNOWN_KEYS])


def assert_values_are_taken_or_refused(edits: list[tuple[tuple[str, list[str]], Any]]) -> None:
    layers = {name: Layer() for name in MODELS}
    for line, ((name, path), value) in enumerate(edits, 1):
        layers[name].put(tuple(path), value, Origin(f"{name}.yaml", line, ".".join(path)))
    read = {f"{name}.yaml": layer for name, layer in layers.items()}
    assert_it_is_assembled_or_said_why(
        lambda: assemble(Overrides(), {}, read=lambda path: (read[path.name], []), parse=parse_value, known=Known())
    )


def test_the_shipped_inventory_is_there_whatever_the_users_own_says() -> None:
    assert shipped_inventory().active().keys() > {"espn.schedule", "espn.box_score"}
    assert shipped_inventory_data()["expected_coverage"].keys() == shipped_inventory().expected_coverage.keys()


def test_a_broken_installation_is_said_with_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.resources.files", lambda _: tmp_path)
    with pytest.raises(ConfigError, match=r"data_inventory\.yaml: not there; expected it in the installation"):
        shipped_inventory()
