from __future__ import annotations

import pytest

from adce_async.model.limits import Limits, Window
from adce_async.planning.outlook import Load, Outlook, least_seconds, outlook

MINUTE, HOUR = Window(20, 60.0), Window(500, 3600.0)


@pytest.mark.parametrize(
    ("load", "expected"),
    [
        (Load(0, Limits((MINUTE,))), (0.0, "")),
        (Load(1, Limits((MINUTE,))), (0.0, "")),
        (Load(20, Limits((MINUTE,), burst=20)), (0.0, "")),
        (Load(21, Limits((MINUTE,), burst=20)), (60.0, "20 a minute")),
        (Load(31, Limits((MINUTE,), burst=1)), (90.0, "20 a minute")),  # the bucket leaks at the even rate
        (Load(501, Limits((MINUTE, HOUR), burst=20)), (3600.0, "500 an hour")),
        (Load(5, Limits((MINUTE,), min_delay=10.0)), (40.0, "one in 10 s")),
        (Load(5, Limits()), (0.0, "")),
        (Load(1, Limits((MINUTE,)), closed_seconds=600.0), (600.0, "closed until then")),
    ],
)
def test_the_least_time_is_that_of_the_tightest_limit(load: Load, expected: tuple[float, str]) -> None:
    assert least_seconds(load) == expected


def test_the_slowest_source_or_all_together_decide() -> None:
    slow, quick = Load(100, Limits((MINUTE,), burst=20)), Load(100, Limits((Window(60, 60.0),), burst=60))
    assert outlook({"slow": slow, "quick": quick}, Limits()) == Outlook(240.0, "slow", "20 a minute")
    tight = outlook({"slow": slow, "quick": quick}, Limits((Window(10, 60.0),)))
    assert (tight.source, tight.because) == (None, "10 a minute over all sources")
    assert outlook({}, Limits()) == Outlook(0.0)
