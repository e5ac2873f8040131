"""The running service as a node of its cluster."""

from __future__ import annotations

from collections.abc import Callable

from adce_async.app import Parts
from adce_async.engine.cluster.host import PartsHost
from adce_async.engine.cluster.membership import Membership
from adce_async.model.cluster import ClusterView
from adce_async.model.days import iso


def join(parts: Parts, ask_pass: Callable[[], None]) -> Membership | None:
    """The parts as a node of their cluster; None if there is none. `ask_pass()`: a pass of ours, please."""
    membership = parts.ports.membership
    if membership is None:
        return None
    membership.tell, membership.beat_health = parts.health.trouble, parts.health.beat
    parts.live.owns = membership.owns
    membership.publish = parts.events.publish
    membership.attach(
        PartsHost(
            limiters=parts.limiters, overall=parts.overall, overall_rules=lambda: parts.rules.overall,
            pool=parts.pool, memories=parts.memories, clock=parts.ports.clock, ask_pass=ask_pass,
            moved=parts.live.look_again, queue=parts.ports.shared,
        )
    )  # fmt: skip
    return membership


def cluster_document(view: ClusterView) -> dict[str, object]:
    """`/cluster` and `adce cluster status --json`: nodes, sources, who leads, as of the database's clock."""
    return {
        "at": iso(view.now),
        "leader": view.leader or None,
        "nodes": [
            {
                "name": node.name,
                "alive": node.left > 0,
                "lease_seconds_left": round(node.left, 1),
                "global_share": round(node.share, 3),
                "sources": sorted(s.source for s in view.sources if s.session == node.session and s.left > 0),
                "doing": node.doing,
            }
            for node in view.nodes
        ],
        "sources": [
            {
                "source": seen.source,
                "owner": seen.owner if seen.left > 0 else None,
                "fence": seen.fence,
                "lease_seconds_left": round(max(0.0, seen.left), 1),
                "handing_over_to": seen.wanted_by or None,
                "waiting": seen.need,
            }
            for seen in view.sources
        ],
    }
