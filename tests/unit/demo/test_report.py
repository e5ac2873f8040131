"""A report for people."""

from __future__ import annotations

from adce_async.demo.limit_audit import LimitAudit
from adce_async.demo.report import lines
from adce_async.model.limits import Limits, Window


def test_it_says_what_was_seen_and_how_near_the_limits() -> None:
    times = iter([0.0, 0.5, 30.0])
    audit = LimitAudit({"espn": Limits((Window(1, 10.0),))}, Limits(), time=lambda: next(times))
    for source in ("espn", "espn", "kaggle"):
        audit.arrived(source, "x")
    assert list(lines(audit.report() | {"faults": {"hang": 2}})) == [
        "espn: 2 requests, 1 violations, worst 10s 2/1, lower bound 10.0 s",
        "kaggle: 1 requests, 0 violations, lower bound 0.0 s",
        "total: 3 requests, 1 violations, lower bound 10.0 s, in 30.0 s",
        "faults served: hang 2",
    ]
    assert len(list(lines(audit.report() | {"faults": {}}))) == 3
