"""`cluster_ports.Cluster` in memory: the reference, for tests in virtual time. All nodes of a test share a `Place`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from adce_async.errors import QueueError
from adce_async.model.cluster import Beat, Beaten, ClusterView, Decision, NodeSeen, SourceSeen


@dataclass
class _Lease:
    owner: str = ""
    fence: int = 0
    ends: float = 0.0
    moved: float = 0.0
    wanted_by: str = ""
    ahead: int = 0


@dataclass
class _Node:
    ends: float
    share: float
    doing: str = ""


@dataclass
class Place:
    """What a database would hold. `down`: nobody can ask it; `needs`: tasks that wait, by source."""

    time: Callable[[], float]
    nodes: dict[str, _Node] = field(default_factory=dict)
    leases: dict[str, _Lease] = field(default_factory=dict)
    sent: list[tuple[str, str, float]] = field(default_factory=list)
    needs: dict[str, int] = field(default_factory=dict)
    leader: tuple[str, float] = ("", 0.0)
    asked: int = 0
    change: int = 0
    down: bool = False


class MemoryCluster:
    """One node. What makes a process (its session) is its name here."""

    def __init__(self, place: Place, node: str) -> None:
        self._place = place
        self.node = node

    async def beat(self, beat: Beat, decide: Callable[[ClusterView], Decision]) -> Beaten:
        """In one step."""
        place, now = self._up(), self._place.time()
        known = place.nodes.get(self.node)
        returned = known is None or known.ends <= now
        place.nodes[self.node] = _Node(now + beat.lease, 0.0 if returned else beat.share, beat.doing)
        place.sent += [(self.node, source, now - ago) for source, ago in beat.sent]
        self._count_ahead(now)
        self._renew(beat, now)
        if place.leader[0] == self.node or place.leader[1] <= now:
            place.leader = self.node, now + beat.lease
        view = self._view(now)
        decision = decide(view)
        taken = {}
        for source, ahead in decision.take.items():
            lease = place.leases[source]
            if lease.owner and lease.ends > now:
                continue
            moved = now if lease.fence else float("-inf")
            place.leases[source] = _Lease(self.node, lease.fence + 1, now + beat.lease, moved, "", ahead)
            taken[source] = self._ages(now, lambda _node, of, source=source: of == source)  # type: ignore[misc]
        for source, wanted in decision.want.items():
            place.leases[source].wanted_by = wanted
        share, others = self._grow(0.0 if returned else beat.share, decision.share, now)
        ours = [source for source, lease in place.leases.items() if lease.owner == self.node]
        return Beaten(view, ours, taken, place.leader[0] == self.node, share, others, returned)

    async def leave(self, sent: Sequence[tuple[str, float]]) -> None:
        """All is free."""
        place, now = self._up(), self._place.time()
        place.sent += [(self.node, source, now - ago) for source, ago in sent]
        for source, lease in place.leases.items():
            if lease.owner == self.node:
                place.leases[source] = _Lease(fence=lease.fence)
        place.nodes.pop(self.node, None)
        if place.leader[0] == self.node:
            place.leader = "", 0.0

    async def view(self) -> ClusterView:
        """As it is."""
        return self._view(self._up().time())

    async def ask_pass(self) -> None:
        """One more."""
        self._up().asked += 1

    def _up(self) -> Place:
        if self._place.down:
            raise QueueError("the database is away")
        return self._place

    def _renew(self, beat: Beat, now: float) -> None:
        place = self._place
        for source in beat.sources:
            place.leases.setdefault(source, _Lease())
        for source, ahead in beat.held.items():
            if place.leases[source].owner == self.node:
                place.leases[source].ends, place.leases[source].ahead = now + beat.lease, ahead
        for source in beat.releases:
            lease = place.leases[source]
            if lease.owner == self.node:
                place.leases[source] = _Lease(fence=lease.fence, wanted_by=lease.wanted_by)

    def _count_ahead(self, now: float) -> None:
        for source, lease in self._place.leases.items():
            if lease.ends <= now and lease.ahead:
                self._place.sent += [(lease.owner, source, lease.ends)] * lease.ahead
                lease.ahead = 0

    def _grow(self, had: float, wanted: float, now: float) -> tuple[float, Sequence[float]]:
        nodes = self._place.nodes
        others = sum(node.share for name, node in nodes.items() if name != self.node and node.ends > now)
        share = max(had, min(wanted, 1.0 - others))
        if share <= had + 1e-9:
            return had, ()
        nodes[self.node].share = share
        return share, self._ages(now, lambda node, _source: node != self.node)

    def _ages(self, now: float, wanted: Callable[[str, str], bool]) -> list[float]:
        return [
            now - at for node, source, at in sorted(self._place.sent, key=lambda one: one[2]) if wanted(node, source)
        ]

    def _view(self, now: float) -> ClusterView:
        place = self._place
        return ClusterView(
            [NodeSeen(name, name, node.ends - now, node.share, node.doing) for name, node in place.nodes.items()],
            [
                SourceSeen(
                    source, lease.owner, lease.owner, lease.fence, lease.ends - now, now - lease.moved,
                    lease.wanted_by, place.needs.get(source, 0),
                )
                for source, lease in place.leases.items()
            ],
            place.leader[0] if place.leader[1] > now else "", place.change, place.asked, now,
        )  # fmt: skip
