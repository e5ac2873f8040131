"""What came of all attempts since the start, counted."""

from __future__ import annotations

from dataclasses import dataclass, field

from adce_async.model.task import Task, Verdict


@dataclass(slots=True)
class Tally:
    """Counts since the start, for summaries; by verdict, and by priority and scraper."""

    by_verdict: dict[str, int] = field(default_factory=dict)
    by_priority: dict[str, dict[str, int]] = field(default_factory=dict)
    by_scraper: dict[str, dict[str, int]] = field(default_factory=dict)
    refused: int = 0
    """Outcomes that came after their claim was lost."""

    def count(self, task: Task, verdict: Verdict) -> None:
        """Count one outcome."""
        name = verdict.value
        self.by_verdict[name] = self.by_verdict.get(name, 0) + 1
        for table, row in ((self.by_priority, task.priority.name), (self.by_scraper, task.scraper)):
            counts = table.setdefault(row, {})
            counts[name] = counts.get(name, 0) + 1
