"""`cluster_ports.Cluster` in memory: the reference, for tests in virtual time. All nodes of a test share a `Place`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from adce_async.errors import QueueError
from adce_async.model.cluster import Beat, Beaten, ClusterView, Decision, NodeSeen, SourceSeen


@dataclass
class _Lease:
    owner: str = ""
    session: str = ""
    fence: int = 0
    ends: float = 0.0
    moved: float = 0.0
    wanted_by: str = ""
    ahead: int = 0


@dataclass
class _Node:
    session: str
    ends: float
    share: float
    doing: str = ""
    sources: Sequence[str] = ()


@dataclass
class Place:
    """What a database would hold. `down`: nobody can ask it; `needs`: tasks that wait, by source."""

    time: Callable[[], float]
    nodes: dict[str, _Node] = field(default_factory=dict)
    leases: dict[str, _Lease] = field(default_factory=dict)
    sent: list[tuple[str, str, float]] = field(default_factory=list)
    """Session, source, when."""
    needs: dict[str, int] = field(default_factory=dict)
    leader: tuple[str, str, float] = ("", "", 0.0)
    """Node, session, until when."""
    asked: int = 0
    change: int = 0
    sessions: int = 0
    down: bool = False


class MemoryCluster:
    """A process of one node. Another one of the same name is the same node, started again."""

    def __init__(self, place: Place, node: str) -> None:
        self._place = place
        self.node = node
        place.sessions += 1
        self.session = f"{node} {place.sessions}"

    async def beat(self, beat: Beat, decide: Callable[[ClusterView], Decision]) -> Beaten:
        """In one step."""
        place, now = self._up(), self._place.time()
        returned = self._sign_in(beat, now)
        place.sent += [(self.session, source, now - ago) for source, ago in beat.sent]
        self._count_ahead(now)
        self._renew(beat, now)
        if place.leader[1] == self.session or place.leader[2] <= now:
            place.leader = self.node, self.session, now + beat.lease
        view = self._view(now)
        decision = decide(view)
        taken = {}
        for source, ahead in decision.take.items():
            lease = place.leases[source]
            if lease.owner and lease.ends > now:
                continue
            moved = now if lease.fence else float("-inf")
            place.leases[source] = _Lease(
                self.node, self.session, lease.fence + 1, now + beat.lease, moved, "", ahead
            )  # fmt: skip
            taken[source] = self._ages(now, beat, lambda _node, of, source=source: of == source)  # type: ignore[misc]
        for source, wanted in decision.want.items():
            place.leases[source].wanted_by = wanted
        share, others = self._grow(0.0 if returned else beat.share, decision.share, now, beat)
        ours = [source for source, lease in place.leases.items() if lease.session == self.session]
        return Beaten(view, ours, taken, place.leader[1] == self.session, share, others, returned)

    async def leave(self, sent: Sequence[tuple[str, float]]) -> None:
        """All is free."""
        place, now = self._up(), self._place.time()
        place.sent += [(self.session, source, now - ago) for source, ago in sent]
        for source, lease in place.leases.items():
            if lease.session == self.session:
                place.leases[source] = _Lease(fence=lease.fence)
        if self.node in place.nodes and place.nodes[self.node].session == self.session:
            del place.nodes[self.node]
        if place.leader[1] == self.session:
            place.leader = "", "", 0.0

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

    def _sign_in(self, beat: Beat, now: float) -> bool:
        place = self._place
        known = place.nodes.get(self.node)
        if known is not None and known.session != self.session:  # an earlier process, which is dead
            for lease in place.leases.values():
                if lease.session == known.session:
                    lease.ends = min(lease.ends, now)
            if place.leader[1] == known.session:
                place.leader = "", "", 0.0
        returned = known is None or known.session != self.session or known.ends <= now
        share = 0.0 if returned else beat.share
        place.nodes[self.node] = _Node(self.session, now + beat.lease, share, beat.doing, sorted(beat.sources))
        return returned

    def _renew(self, beat: Beat, now: float) -> None:
        place = self._place
        for source in beat.sources:
            place.leases.setdefault(source, _Lease())
        for source, lease in place.leases.items():
            if lease.session != self.session:
                continue
            if source in beat.held:
                lease.ends, lease.ahead = now + beat.lease, beat.held[source]
            else:
                place.leases[source] = _Lease(fence=lease.fence, wanted_by=lease.wanted_by)

    def _count_ahead(self, now: float) -> None:
        for source, lease in self._place.leases.items():
            if lease.ends <= now and lease.ahead:
                self._place.sent += [(lease.session, source, lease.ends)] * lease.ahead
                lease.ahead = 0

    def _grow(self, had: float, wanted: float, now: float, beat: Beat) -> tuple[float, Sequence[float]]:
        nodes = self._place.nodes
        others = sum(node.share for name, node in nodes.items() if name != self.node and node.ends > now)
        share = max(had, min(wanted, 1.0 - others))
        if share <= had + 1e-9:
            return had, ()
        nodes[self.node].share = share
        return share, self._ages(now, beat, lambda session, _source: session != self.session)

    def _ages(self, now: float, beat: Beat, wanted: Callable[[str, str], bool]) -> list[float]:
        known = sorted(at for session, source, at in self._place.sent if wanted(session, source))
        return [now - at for at in known if at > now - beat.history]

    def _view(self, now: float) -> ClusterView:
        place = self._place
        return ClusterView(
            [
                NodeSeen(name, node.session, node.ends - now, node.share, node.doing, node.sources)
                for name, node in place.nodes.items()
            ],
            [
                SourceSeen(
                    source, lease.owner, lease.session, lease.fence, lease.ends - now, now - lease.moved,
                    lease.wanted_by, place.needs.get(source, 0),
                )
                for source, lease in place.leases.items()
            ],
            place.leader[0] if place.leader[2] > now else "", place.change, place.asked, now,
        )  # fmt: skip
