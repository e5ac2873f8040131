"""What a run came to, for people: the execution summary."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from adce_async.engine.tally import Tally

COMPLETED = ("stored", "unchanged")


@dataclass(frozen=True, slots=True)
class Summary:
    """Counts of tasks; `seconds` of the run; `limits` is the /rate-limits document."""

    total: int
    completed: int
    failed: int
    skipped: int
    seconds: float
    by_priority: Mapping[str, Mapping[str, int]]
    by_scraper: Mapping[str, Mapping[str, int]]
    limits: Mapping[str, Mapping[str, object]]

    @classmethod
    def of(cls, tally: Tally, left: int, seconds: float, limits: Mapping[str, Mapping[str, object]]) -> Summary:
        """From the pool's counts; `left`: tasks that were not attempted to an end (skipped)."""
        completed = sum(tally.by_verdict.get(name, 0) for name in COMPLETED)
        failed = tally.by_verdict.get("parked", 0)
        return cls(
            completed + failed + left, completed, failed, left, seconds, tally.by_priority, tally.by_scraper, limits
        )

    def as_dict(self) -> dict[str, object]:
        """For `--json`."""
        return {
            "total": self.total,
            "completed": self.completed,
            "failed": self.failed,
            "skipped": self.skipped,
            "duration_seconds": round(self.seconds, 3),
            "by_priority": self.by_priority,
            "by_scraper": self.by_scraper,
            "rate_limiting": self.limits,
        }
