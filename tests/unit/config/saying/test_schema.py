"""The JSON Schema says what the loader does: about the shipped files, the short forms and the typing errors."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from tests.yaml_text import parsed

from adce_async.config.files.autonomous import AutonomousConfig
from adce_async.config.files.base import Model
from adce_async.config.files.retired import RETIRED
from adce_async.config.saying.schema import field_docs, file_schema, models_of, schema
from adce_async.config.settings import MODELS

ROOT = Path(__file__).resolve().parents[4]
SCHEMA = schema()


def valid(file: str, document: Any) -> bool:
    return jsonschema.Draft202012Validator(SCHEMA[file]).is_valid(document)


@pytest.mark.parametrize("file", [f"{name}.yaml" for name in MODELS])
def test_each_file_has_a_schema_of_the_draft(file: str) -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA[file])
    assert SCHEMA[file]["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert not valid(file, {"no_such_key": 1})


@pytest.mark.parametrize(
    "path",
    [
        "config/autonomous_config.yaml",
        "config/scraper_config.yaml",
        "config/reconciliation_config.yaml",
        "inventory/data_inventory.yaml",
    ],
)
def test_the_shipped_files_are_valid(path: str) -> None:
    document = parsed((ROOT / path).read_text(encoding="utf-8"))
    errors = list(jsonschema.Draft202012Validator(SCHEMA[Path(path).name]).iter_errors(document))
    assert errors == []


@pytest.mark.parametrize(
    ("file", "document", "good"),
    [
        ("autonomous_config.yaml", {"test_mode": True}, True),
        ("autonomous_config.yaml", {"test_mode": None, "max_retries": None}, True),
        ("autonomous_config.yaml", {"test_mode": "yes"}, False),
        ("autonomous_config.yaml", {"dry_run": {"enabled": True}}, True),
        ("autonomous_config.yaml", {"reconciliation_interval_hours": 1, "health_check_port": 1}, True),
        ("autonomous_config.yaml", {"task_processing": {"priority_weighting": {}}}, True),
        ("autonomous_config.yaml", {"priority_weighting": {"age_multiplier": 1}}, True),
        ("autonomous_config.yaml", {"health_check": {"prot": 1}}, False),
        ("autonomous_config.yaml", {"health_check": {"port": 70000}}, False),
        ("autonomous_config.yaml", {"rate_limiting": {"source_limits": {"espn": {"requests_per_minute": 0}}}}, False),
        ("autonomous_config.yaml", {"rate_limiting": {"source_limits": {"espn": {"burst": 1}}}}, True),
        ("autonomous_config.yaml", {"scheduled_tasks": {"enabled": True, "x": {"schedule": "@daily"}}}, True),
        ("autonomous_config.yaml", {"scheduled_tasks": {"x": {}}}, False),
        ("autonomous_config.yaml", {"integration": {"dims": {"enabled": True}}}, True),
        ("reconciliation_config.yaml", {"s3": {"prefixes": ["a"]}}, True),
        ("reconciliation_config.yaml", {"task_queue": {"max_tasks_per_priority": {"CRITICAL": 1}}}, True),
        ("scraper_config.yaml", {"global": {"aws": {}}}, True),
        ("scraper_config.yaml", {"sources": {"a": {"timeout": 5}}}, True),
        ("scraper_config.yaml", {"sources": {"a": {"retry": {"jitter": True}}}}, True),
        ("scraper_config.yaml", {"sources": {"a": {"retry": {"jittr": True}}}}, False),
        ("autonomous_config.yaml", {"integration": {"scraper_config": "x"}, "logging": {"file": "x"}}, True),
        ("autonomous_config.yaml", {"scheduled_tasks": {"x": {"schedule": "@daily", "script": "x"}}}, True),
        ("scraper_config.yaml", {"scrapers": {"a": {"uses": "a.b:C"}}}, False),
    ],
)
def test_forms(file: str, document: Any, good: bool) -> None:
    assert valid(file, document) is good


@pytest.mark.parametrize(
    ("dimension", "good"),
    [
        ([1, "a"], True),
        ("2002-2025", True),
        (7, True),
        ({"from": "schedule"}, True),
        ({"form": "schedule"}, False),
        (True, False),
    ],
)
def test_forms_of_dimensions(dimension: Any, good: bool) -> None:
    document = {
        "expected_coverage": {"a": {"seasons": "current", "data_types": {"t": {"dimensions": {"d": dimension}}}}}
    }
    assert valid("data_inventory.yaml", document) is good


@pytest.mark.parametrize("seasons", ["current", 2025, ["2024-25", 2025], {"nba": "1946-2025"}])
def test_forms_of_seasons(seasons: Any) -> None:
    assert valid("data_inventory.yaml", {"expected_coverage": {"a": {"seasons": seasons}}})


def test_every_docstring_is_in_it() -> None:
    found = SCHEMA["autonomous_config.yaml"]
    port = found["$defs"]["HealthCheck"]["properties"]["port"]
    assert port["description"].startswith("TCP port; default 8080; ")
    assert found["properties"]["max_retries"]["description"] == field_docs(AutonomousConfig)["max_retries"]


@pytest.mark.parametrize("file", MODELS)
def test_every_retired_key_is_in_it_as_deprecated_with_its_reason(file: str) -> None:
    found = set(deprecated(SCHEMA[f"{file}.yaml"]))
    assert {f"Has no effect any more: {reason}." for reason in RETIRED[file].values()} <= found


def deprecated(node: Any) -> Iterator[str]:
    """What is said of all keys that are deprecated."""
    for inner in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from deprecated(inner)
    if isinstance(node, dict) and node.get("deprecated") is True and "description" in node:
        yield node["description"]


def test_models_of_finds_each_model_once() -> None:
    names = [model.__name__ for model in models_of(AutonomousConfig)]
    assert len(names) == len(set(names))
    assert {"LimitConfig", "ScheduledTask", "MaintenanceWindow", "SlackAlerts"} <= set(names)


def test_without_sources_at_hand_there_are_no_descriptions() -> None:
    made = type("Made", (Model,), {"__annotations__": {"x": int}, "x": 1, "__module__": "nowhere"})
    assert field_docs(made) == {}
    assert "description" not in file_schema(made)["properties"]["x"]
