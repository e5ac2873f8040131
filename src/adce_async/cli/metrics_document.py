"""The metrics reference, in Markdown: made of the same tables as the metrics themselves."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from adce_async.model.cloudwatch import METRICS
from adce_async.planning.cloudwatch import REQUEST_VALUES
from adce_async.resources import counted_figures
from adce_async.service.figures import ERRORS, FAMILIES

_HEAD = """\
# Metrics

Where figures go is said in the section `metrics` of autonomous_config.yaml, and can be changed while the service runs.
This file is generated: `make docs`.

## Prometheus

`GET /metrics` of the service (`metrics.prometheus`, on by default). Labels are of closed sets: sources, scrapers, data
types, priorities, windows of limits, kinds of gaps; `source="_global"` is the limit over all sources.

`adce metrics dashboards --into FOLDER` writes what goes with it: alert rules (`prometheus-rules.yml`; each says what to
do), a configuration to be merged (`prometheus.yml`), a Grafana dashboard (`grafana.json`).
"""
_CLOUDWATCH = """\
## CloudWatch

`metrics.cloudwatch.enabled: true` tells Amazon CloudWatch the same minute by minute: in one PutMetricData a minute at
most, whatever happens in it, and once more at the end. Durations are sent as values with counts, so that CloudWatch can
tell percentiles (P50, P95, P99): exact up to 150 different values a minute, beyond that within about 2 % of each; at
most {values:,} values a request. Attempts that were put off (a pause, a stop) count nowhere.

The dimension is sent besides the total, unless `breakdown` is off. Each name with each value of its dimension is paid
as a metric: `adce metrics cost` says what a month costs. Credentials come by AWS's usual chain and need
`cloudwatch:PutMetricData`; `adce cloudwatch apply` needs `cloudwatch:PutMetricAlarm` and `cloudwatch:PutDashboard`.

A CloudWatch that fails is trouble named `cloudwatch`, and holds up nothing. Figures that it has surely not taken wait
for it, as many as there is room for (100,000 values, of a day); what may have arrived is not sent again. `run --once`,
`execute` and `reconcile` tell it what they did, too.

Alarms and dashboard: `adce cloudwatch apply [--alarm-topic ARN]`, or as a stack from the template `cloudwatch.yaml`
that `adce metrics dashboards` writes.
"""
_DIMS = """\
## DIMS

`metrics.dims_integration` (on by default) replaces `inventory/metrics.yaml` after each pass: `last_reconciliation`,
`reconciliation_duration_seconds`, `reconciliation_total_gaps`, `reconciliation_critical_gaps`,
`reconciliation_task_queue_size`.
"""


def markdown() -> str:
    """All of it."""
    read = [
        (f"{family.name}_total" if family.counts else family.name, "counter" if family.counts else "gauge",
         family.labels, family.help)
        for family in FAMILIES
    ]  # fmt: skip
    prometheus = _table(
        ("name", "kind", "labels", "what it is"),
        (
            (f"`{name}`", kind, ", ".join(labels) or "-", text)
            for name, kind, labels, text in (*counted_figures(), *read)
        ),
    )
    cloudwatch = _table(
        ("name", "unit", "dimension", "what it is"),
        ((f"`{each.name}`", each.unit, each.by or "-", each.help) for each in METRICS.values()),
    )
    errors = f"`error` is one of {', '.join(f'`{error}`' for error in ERRORS)}.\n"
    parts = (_HEAD, prometheus, errors, _CLOUDWATCH.format(values=REQUEST_VALUES), cloudwatch, _DIMS)
    return "\n".join(parts)


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [f"| {' | '.join(columns)} |", f"|{'---|' * len(columns)}"]
    lines += [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join(lines) + "\n"
