"""`coverage --sample` for people: an estimate, and said to be one."""

from __future__ import annotations

from collections.abc import Mapping

from adce_async.cli import render
from adce_async.cli.progress import note
from adce_async.engine.reconciling.sampler import CONFIDENCE, Sample


def show_sample(sample: Sample, *, as_json: bool) -> None:
    """The rows, and what they come to."""
    document = sample.as_dict()
    if as_json:
        render.show_json(document)
        return
    rows, totals = document["rows"], document["totals"]
    assert isinstance(rows, list)
    assert isinstance(totals, dict)
    counts = ("expected", "sampled", "stored", "gaps")
    columns = ("source", "data type", "season", *counts, "complete")
    render.table(
        columns,
        (
            (
                row["source"],
                row["data_type"],
                row["season"],
                row["expected"],
                row["sampled"],
                _bounds(row["estimate"]["stored"]),
                _bounds(row["estimate"]["gaps"]),
                _bounds(row["estimate"]["completeness_pct"], " %"),
            )
            for row in rows
        ),
        right={*counts, "complete"},
        spare=("season", "complete", "gaps", "expected", "sampled", "stored"),
        see=f"adce coverage --sample {sample.share:g} --json",
    )
    render.text(summary(sample, totals))
    for problem in sample.problems:
        note(f"refused: {problem}")


def summary(sample: Sample, totals: Mapping[str, object]) -> str:
    """One sentence on all rows."""
    found = totals["estimate"]
    assert isinstance(found, Mapping)
    if not totals["expected"]:
        return "nothing is expected yet"
    said = f"{_bounds(found['completeness_pct'], ' %')} complete, {_bounds(found['gaps'])} gaps"
    if sample.exact:
        return f"counted, not estimated: all {totals['expected']} expected objects were looked at: {said}"
    return (
        f"an estimate from {totals['sampled']} of {totals['expected']} expected objects (seed {sample.seed}, "
        f"confidence {100 * CONFIDENCE:g} %): {said}; `adce coverage` counts them all"
    )


def _bounds(one: Mapping[str, float] | None, unit: str = "") -> str | None:
    """The best guess with its bounds, where they differ from it."""
    if one is None:
        return None
    value, low, high = (f"{one[name]:g}" if unit else f"{one[name]:.0f}" for name in ("value", "low", "high"))
    return f"{value}{unit}" if low == high else f"{value}{unit} ({low} to {high})"
