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
    ahead_stored: int = 0
    """Of what was stored: listings of games that are on, and what came of a final. No pass is needed for it."""
    refused: int = 0
    """Outcomes that came after their claim was lost."""

    def count(self, task: Task, verdict: Verdict) -> None:
        """Count one outcome."""
        name = verdict.value
        self.by_verdict[name] = self.by_verdict.get(name, 0) + 1
        self.ahead_stored += task.is_ahead and verdict is Verdict.STORED
        for table, row in ((self.by_priority, task.priority.name), (self.by_scraper, task.scraper)):
            counts = table.setdefault(row, {})
            counts[name] = counts.get(name, 0) + 1
