"""The multiplier of a group follows from its size, in steps."""

from __future__ import annotations

import pytest

from adce_async.model.coverage import Priority
from adce_async.model.score_rules import ScoreRules, SizeClasses


@pytest.mark.parametrize(
    ("files", "multiplier"), [(0, 2.0), (1, 2.0), (2, 1.5), (3, 1.5), (4, 1.0), (9, 1.0), (10, 0.5), (10**9, 0.5)]
)
def test_each_size_is_of_one_class(files: int, multiplier: float) -> None:
    sizes = SizeClasses(2, 2.0, 4, 1.5, 9, 0.5)
    assert sizes.multiplier(files) == multiplier


def test_a_smaller_group_never_comes_later() -> None:
    found = [SizeClasses().multiplier(files) for files in range(600)]
    assert found == sorted(found, reverse=True)


def test_each_rule_set_has_weights_of_its_own() -> None:
    one, other = ScoreRules(), ScoreRules()
    one.base[Priority.LOW] = 5.0  # type: ignore[index]
    one.source["espn"] = 9.0  # type: ignore[index]
    assert (other.base[Priority.LOW], other.source["espn"]) == (1.0, 1.5)
    assert list(other.base.values()) == sorted(other.base.values(), reverse=True)
    assert other.base.keys() == set(Priority)
