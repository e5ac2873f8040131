"""The word that was probably meant."""

from __future__ import annotations

from adce_async.config.reading.suggestions import did_you_mean, nearest


def test_nearest() -> None:
    assert nearest("ESPM", ["espn", "hoopr"]) == "espn"
    assert nearest("zzz", ["espn"]) is None
    assert did_you_mean("x", []) == ""
    assert did_you_mean("x", [f"{n}" for n in range(100, 130)]) == ""
