"""Days end at midnight in New York, whatever the clocks there do."""

from __future__ import annotations

import datetime as dt

import pytest

from adce_async.model.days import DAY, eastern_day, end_of_eastern_day, from_iso, iso, start_of_eastern_day


@pytest.mark.parametrize(
    ("day", "hours"),
    [("2024-12-15", 24), ("2025-03-09", 23), ("2024-11-03", 25)],  # the clocks go forward, and back
)
def test_a_day_lasts_as_long_as_it_does_in_new_york(day: str, hours: int) -> None:
    date = dt.date.fromisoformat(day)
    begin, end = start_of_eastern_day(date), end_of_eastern_day(date)
    assert end - begin == hours * 3600
    assert (eastern_day(begin), eastern_day(end - 1)) == (date, date)
    assert eastern_day(begin - 1) == date - dt.timedelta(days=1)
    assert eastern_day(end) == date + dt.timedelta(days=1)


def test_texts_lead_back_to_the_second() -> None:
    assert from_iso(iso(1_734_220_800.9)) == 1_734_220_800.0
    assert from_iso("2024-12-15T00:00:00-05:00") == start_of_eastern_day(dt.date(2024, 12, 15))
    assert from_iso("1970-01-02") == DAY
    with pytest.raises(ValueError, match="yesterday"):
        from_iso("yesterday")
