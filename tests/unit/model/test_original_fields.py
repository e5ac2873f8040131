"""From a source's own spelling back to seasons and dates, or to a ValueError."""

from __future__ import annotations

import pytest

from adce_async.model.seasons import original_fields


@pytest.mark.parametrize(
    "fields",
    [
        {"year": "99999999999999999999", "month": "1", "day": "1"},
        {"year": "2024", "month": "13", "day": "1"},
        {"date_compact": "20241315"},
        {"season_end": "25"},
        {"season_end": "-5"},
        {"season_end": "x"},
        {"season_start": "3"},
    ],
)
def test_what_stands_for_nothing_is_a_value_error(fields: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        original_fields(fields)


def test_what_is_given_wins() -> None:
    assert original_fields({"season_end": "2025", "season": "2023-24"})["season"] == "2023-24"
