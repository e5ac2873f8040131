from __future__ import annotations

import pytest

from adce_async.model.task import AttemptRecord
from adce_async.planning.attempt_times import usual_seconds

NOW = 1_750_000_000.0


def attempt(seconds: float, scraper: str = "ant_items", verdict: str = "stored", at: float = 0.0) -> AttemptRecord:
    """One that ended `at` seconds after NOW."""
    return AttemptRecord("k", scraper.split("_", maxsplit=1)[0], scraper, verdict, "", NOW + at, seconds, 10)


def test_an_attempt_that_waited_for_a_token_says_nothing_of_the_source() -> None:
    waited = [attempt(1.0), *(attempt(0.5, at=1.0 + n) for n in range(3)), attempt(3.9, at=9.0)]
    assert usual_seconds(waited) == pytest.approx({"ant_items": 0.5})
    assert usual_seconds([attempt(3.9)]) == {"ant_items": 3.9}


def test_the_first_attempts_of_a_run_asked_for_robots_txt_or_waited_for_it() -> None:
    runs = [
        [attempt(1.0, at=start), attempt(0.9, at=start + 0.1), *(attempt(0.5, at=start + n) for n in range(1, 4))]
        for start in (0.0, 7200.0)
    ]
    others = [attempt(0.2, "bee_items", at=at) for at in (0.0, 1.0, 2.0)]
    assert usual_seconds([*runs[1], *others, *runs[0]]) == pytest.approx({"ant_items": 0.5, "bee_items": 0.2})
