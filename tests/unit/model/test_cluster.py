"""What is seen of a cluster."""

from __future__ import annotations

from adce_async.model.cluster import ClusterView, NodeSeen


def test_who_is_there_is_told_by_name() -> None:
    view = ClusterView([NodeSeen("b", "2", 1.0), NodeSeen("a", "1", 3.0), NodeSeen("c", "3", 0.0)])
    assert [node.name for node in view.alive] == ["a", "b"]
