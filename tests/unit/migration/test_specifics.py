"""What the old `gap_detection.SOURCE_specific` asks of a source, and what became of each of its keys."""

from __future__ import annotations

from typing import Any

from tests.unit.migration.conftest import known

from adce_async.migration.specifics import SourceRequirements, specifics

ASKED = {
    "enabled": True,
    "required_data_types": ["play_by_play", "palm_reading"],
    "freshness_threshold_hours": 36,
    "completeness_target_pct": 90.0,
    "critical_gap_days": 3.0,
    "scraper_name": "espn_incremental_simple",
}


def of(key: str, held: object) -> tuple[dict[str, SourceRequirements], dict[str, tuple[str, str]]]:
    found, outcomes = specifics({"gap_detection": {key: held}}, known())
    return found, {path[-1]: (outcome.new, outcome.why) for path, outcome in outcomes.items()}  # type: ignore[misc]


def test_each_key_becomes_one_of_ours_or_says_why_not() -> None:
    found, outcomes = of("espn_specific", ASKED)
    assert found == {
        "espn": SourceRequirements(
            "reconciliation_config.yaml: gap_detection.espn_specific",
            ["play_by_play"],
            {"freshness_days": 1.5, "completeness_threshold": 0.9, "gap_days_critical": 3},
        )
    }
    place = "data_inventory.yaml: espn"
    said = "where a required data type says nothing of it"
    assert outcomes == {
        "enabled": (place, "its data types are declared"),
        "required_data_types": (f"{place}: required", "nobody offers palm_reading"),
        "freshness_threshold_hours": (f"{place}: freshness_days", said),
        "completeness_target_pct": (f"{place}: completeness_threshold", said),
        "critical_gap_days": (f"{place}: gap_days_critical", said),
        "scraper_name": ("", "each data type names its scraper; no programs are started"),
    }


def test_what_was_switched_off_asks_for_nothing() -> None:
    found, outcomes = of("espn_specific", ASKED | {"enabled": False})
    assert found == {}
    assert set(outcomes.values()) == {("", "was switched off")}


def test_a_source_of_nobody_or_a_section_that_is_none_is_left_to_others() -> None:
    sections: list[tuple[str, Any]] = [
        ("curling_specific", ASKED), ("espn", ASKED), ("espn_specific", ["enabled"]), ("espn_specific", None)
    ]  # fmt: skip
    for key, held in sections:
        assert of(key, held) == ({}, {})
    assert specifics({"gap_detection": None}, known()) == ({}, {})
    assert specifics({}, known()) == ({}, {})


def test_numbers_that_are_none_are_not_taken() -> None:
    found, outcomes = of("espn_specific", ASKED | {"critical_gap_days": True, "freshness_threshold_hours": "48"})
    assert found["espn"].rules == {"completeness_threshold": 0.9}
    assert outcomes["critical_gap_days"][0] == outcomes["freshness_threshold_hours"][0] == ""
