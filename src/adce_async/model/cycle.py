"""What one pass took, and what came to light by it besides gaps."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class CycleMetrics:
    """The figures of one pass; times are seconds.

    `expand`: from the inventory to keys, with what stored schedules name; `diff`: the comparing; `plan`: from gaps to
    tasks.
    """

    list_seconds: float = 0.0
    expand_seconds: float = 0.0
    diff_seconds: float = 0.0
    plan_seconds: float = 0.0
    list_operations: int = 0
    """List requests that a cloud charges for; 0 where listing is free."""
    list_cost_usd: float = 0.0
    """What they cost, by the configured price."""
    drift: int = 0
    """Objects that were otherwise than what was remembered of the lake said."""

    def as_dict(self) -> dict[str, object]:
        """For `reconcile --json`.

        >>> CycleMetrics(list_seconds=1.23456, list_operations=173, list_cost_usd=0.000865).as_dict()["list_cost_usd"]
        0.000865
        """
        return {
            "durations": {
                "list": round(self.list_seconds, 3),
                "expand": round(self.expand_seconds, 3),
                "diff": round(self.diff_seconds, 3),
                "plan": round(self.plan_seconds, 3),
            },
            "list_operations": self.list_operations,
            "list_cost_usd": round(self.list_cost_usd, 9),
            "drift": self.drift,
        }
