"""Several machines that share the work, as values: who is there, who owns what, what is decided.

Times are lengths in seconds: no two clocks are compared.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class NodeSeen:
    """A machine. `left`: until it counts as gone (negative: it does); `share`: of the global limits, 0 to 1.

    `sources`: that its configuration has.
    """

    name: str
    session: str
    left: float
    share: float = 0.0
    doing: str = ""
    sources: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class SourceSeen:
    """A source. `left`: of its owner's lease; `moved`: since it came to him; `need`: tasks that wait for it."""

    source: str
    owner: str = ""
    session: str = ""
    fence: int = 0
    left: float = 0.0
    moved: float = 0.0
    wanted_by: str = ""
    need: int = 0


@dataclass(frozen=True, slots=True)
class ClusterView:
    """All of it at one instant. `change`: another with each change of the plan; `asked`: with each pass wanted."""

    nodes: Sequence[NodeSeen] = ()
    sources: Sequence[SourceSeen] = ()
    leader: str = ""
    change: int = 0
    asked: int = 0
    now: float = 0.0
    """By the database's clock: seconds since the epoch."""

    @property
    def alive(self) -> Sequence[NodeSeen]:
        """Nodes whose lease has not ended, by name."""
        return sorted((node for node in self.nodes if node.left > 0), key=lambda node: node.name)


@dataclass(frozen=True, slots=True)
class Beat:
    """What a node says of itself.

    `held`: sources that it renews, with the requests that it may send until the lease ends; `sent`: what it has sent
    since the last beat, as (source, seconds ago); `releases`: sources that it hands over; `sources`: that it can ask;
    `share`: what it has of the
    global limits. `history`: seconds for which requests are remembered.
    """

    lease: float
    held: Mapping[str, int]
    sent: Sequence[tuple[str, float]] = ()
    releases: Collection[str] = ()
    sources: Collection[str] = ()
    share: float = 0.0
    doing: str = ""
    history: float = 3600.0


@dataclass(frozen=True, slots=True)
class Decision:
    """What a node does about what it sees: `take`: with the requests that may be sent; `want`: source -> new owner."""

    take: Mapping[str, int] = field(default_factory=dict)
    want: Mapping[str, str] = field(default_factory=dict)
    share: float = 0.0


@dataclass(frozen=True, slots=True)
class Beaten:
    """What came of a beat: `ours` are held now, `taken` are new with what was sent to them, as seconds ago.

    `others`: what other nodes have sent to any source, if our share has grown; `returned`: we had been away for longer
    than our lease.
    """

    view: ClusterView
    ours: Collection[str]
    taken: Mapping[str, Sequence[float]]
    leads: bool
    share: float
    others: Sequence[float] = ()
    returned: bool = False
