"""The report of a limit audit as lines for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any


def lines(report: Mapping[str, Any]) -> Iterator[str]:
    """One line a source and one for all: requests, violations, worst windows against their limits."""
    for name, source in report["sources"].items():
        yield _line(name, source)
    yield _line("total", report["totals"]) + f", in {report['duration']:.1f} s"
    faults = ", ".join(f"{kind} {times}" for kind, times in report["faults"].items())
    if faults:
        yield f"faults served: {faults}"


def _line(name: str, source: Mapping[str, Any]) -> str:
    worst = "".join(f", worst {window} {seen['worst']}/{seen['limit']}" for window, seen in source["windows"].items())
    bound = source["lower_bound_seconds"]
    return f"{name}: {source['requests']} requests, {source['violations']} violations{worst}, lower bound {bound:.1f} s"
