"""Retired keys leave a layer before it is validated, each with one warning where it is first set."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from adce_async.config.files.retired import RETIRED
from adce_async.config.reading.layers import Layer, Origin
from adce_async.config.reading.retiring import drop_retired
from adce_async.config.settings import MODELS

if TYPE_CHECKING:
    from tests.unit.config.conftest import Project


def layer(**values: Any) -> Layer:
    """Top-level keys, each in a line of its own."""
    made = Layer()
    for line, (key, value) in enumerate(values.items(), 1):
        made.put((key,), value, Origin("f", line, key))
    return made


def dropped(file: str, made: Layer) -> list[str]:
    return [str(problem) for problem in drop_retired(file, made)]


def test_only_what_is_retired_goes() -> None:
    made = layer(max_retries=1, performance={"x": 1}, scheduled_tasks={"one": {"schedule": "x", "script": "x"}})
    said = dropped("autonomous_config", made)
    assert made.data == {"max_retries": 1, "scheduled_tasks": {"one": {"schedule": "x"}}}
    assert [each.partition(": has")[0] for each in said] == ["f:2: performance", "f:3: scheduled_tasks"]


def test_what_is_set_in_several_places_is_said_once() -> None:
    made = layer(sources={name: {"retry": {"jitter": True, "max_attempts": 2}} for name in "abc"})
    (said,) = dropped("scraper_config", made)
    assert said.endswith("so that retries do not come in step (2 more like it)")
    assert made.data == {"sources": {name: {"retry": {"max_attempts": 2}} for name in "abc"}}


def test_a_key_without_a_value_says_nothing() -> None:
    made = layer(performance=None, use_aws_inventory={})
    assert dropped("autonomous_config", made) == []
    assert made.data == {}


def test_a_retired_section_says_what_its_keys_have_not_said() -> None:
    made = layer(integration={"dims": {"metrics_to_track": ["x"]}, "scraper_config": "x"})
    assert len(dropped("autonomous_config", made)) == 2
    made = layer(integration={"other": 1})
    (said,) = dropped("autonomous_config", made)
    assert "'metrics' says where figures go" in said
    assert made.data == {}


def test_a_retired_value_goes_and_any_other_stays() -> None:
    made = layer(logging={"format": "%(message)s"})
    assert dropped("autonomous_config", made) == [
        "f:1: logging: format strings are not used; 'console' is taken, or say 'json'"
    ]
    assert made.data == {"logging": {}}
    made = layer(logging={"format": "json"})
    assert dropped("autonomous_config", made) == []
    assert made.data == {"logging": {"format": "json"}}


def test_names_in_another_case_are_unknown_keys(project: Project) -> None:
    project.write(autonomous_config="Performance: {x: 1}\n")
    assert project.problems()[0].startswith("config/autonomous_config.yaml:1: Performance: unknown key")


@pytest.mark.parametrize(("file", "key"), [(file, key) for file, table in RETIRED.items() for key in table])
def test_every_retired_key_is_taken_out_wherever_it_stands(file: str, key: str) -> None:
    path = tuple(key.replace("*", "ant").split("."))
    made = Layer()
    made.put(path, {"x": 1}, Origin("f", 1, ".".join(path)))
    (said,) = dropped(file, made)
    assert said == f"f:1: {'.'.join(path)}: has no effect any more: {RETIRED[file][key]}"
    node: Any = made.data
    for part in path[:-1]:
        node = node.get(part, {})
    assert path[-1] not in node


def test_a_limit_of_retired_keys_alone_limits_nothing(project: Project) -> None:
    project.write(autonomous_config="rate_limiting: {global_limits: {adaptive: true}}\n")
    (problem,) = project.problems()
    assert "names no limit" in problem


def test_variables_of_the_environment_may_name_retired_keys(project: Project) -> None:
    (said,) = project.warnings({"ADCE_USE_AWS_INVENTORY": "true", "ADCE_PERFORMANCE__X": ""})[1:]
    assert said == f"environment ADCE_USE_AWS_INVENTORY: use_aws_inventory: has no effect any more: {INVENTORIES}"


INVENTORIES = RETIRED["autonomous_config"]["use_aws_inventory"]


def test_seasons_of_other_leagues_alone_are_no_seasons(project: Project) -> None:
    project.write(data_inventory="expected_coverage: {ant: {enabled: false, seasons: {gleague: 2025}}}\n")
    assert project.load().inventory.expected_coverage["ant"].seasons == ()


def test_all_files_have_a_table() -> None:
    assert RETIRED.keys() == MODELS.keys()
