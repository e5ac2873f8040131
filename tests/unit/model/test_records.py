from __future__ import annotations

from adce_async import ports
from adce_async.model import records


def test_what_goes_through_the_ports_is_had_from_them() -> None:
    for name in ("FeedRules", "Judgement", "Note", "Provenance", "QueueCounts", "ReportRules"):
        assert getattr(ports, name) is getattr(records, name)


def test_a_judgement_is_good_unless_it_has_a_reason() -> None:
    assert (records.Judgement("tag").reason, records.Judgement("tag").facts) == ("", "")
