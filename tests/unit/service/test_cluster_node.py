"""What is shown of a cluster."""

from __future__ import annotations

from adce_async.model.cluster import ClusterView, NodeSeen, SourceSeen
from adce_async.service.cluster_node import cluster_document


def test_who_owns_what_is_shown_and_what_is_nobodys() -> None:
    view = ClusterView(
        [NodeSeen("one", "s1", 7.24, 0.5, "2 running"), NodeSeen("gone", "s2", -90.0)],
        [
            SourceSeen("ant", "one", "s1", 3, 7.24, 100.0, "two", 12),
            SourceSeen("bee", "gone", "s2", 1, -90.0, 500.0, "", 0),
        ],
        leader="one",
        now=0.0,
    )
    document = cluster_document(view)
    assert document["leader"] == "one"
    assert document["nodes"] == [
        {
            "name": "one",
            "alive": True,
            "lease_seconds_left": 7.2,
            "global_share": 0.5,
            "sources": ["ant"],
            "doing": "2 running",
        },
        {"name": "gone", "alive": False, "lease_seconds_left": -90.0, "global_share": 0.0, "sources": [], "doing": ""},
    ]
    assert document["sources"] == [
        {
            "source": "ant",
            "owner": "one",
            "fence": 3,
            "lease_seconds_left": 7.2,
            "handing_over_to": "two",
            "waiting": 12,
        },
        {"source": "bee", "owner": None, "fence": 1, "lease_seconds_left": 0.0, "handing_over_to": None, "waiting": 0},
    ]
