"""What is told of each source's limits."""

from __future__ import annotations

from pathlib import Path

from tests.scenario.world import World, items_of, per

from adce_async.resources import GLOBAL
from adce_async.service.rate_limits import rate_limits


async def test_the_rate_limits_name_each_source_and_the_global_ones(tmp_path: Path) -> None:
    limits = {name: per(100, 1.0) for name in ("ant", "bee")}
    parts = World(tmp_path, [items_of("ant", 3), items_of("bee", 2)], limits).parts
    rows = rate_limits(parts)
    assert list(rows) == ["ant", "bee", GLOBAL]
    assert {row["breaker"] for row in rows.values()} == {"closed"}
    lane = parts.lanes["ant"]
    for _ in range(5):
        lane.breaker.on_failure(0.0)
    assert (rate_limits(parts)["ant"]["breaker"], rate_limits(parts)["bee"]["breaker"]) == ("open", "closed")
