"""The reference names everything that is exported; a test of the house holds it against the file."""

from __future__ import annotations

from adce_async.cli.metrics_document import markdown
from adce_async.model.cloudwatch import METRICS
from adce_async.service.figures import FAMILIES


def test_each_metric_has_a_row() -> None:
    text = markdown()
    for name in METRICS:
        assert f"| `{name}` |" in text
    for family in FAMILIES:
        assert f"| `{family.name}{'_total' if family.counts else ''}` |" in text
    assert "| `adce_tasks_total` | counter | scraper, outcome |" in text
    assert max(len(line) for line in text.splitlines() if not line.startswith("|")) <= 120
