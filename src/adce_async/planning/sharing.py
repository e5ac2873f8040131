"""Which node is to own which source, what it gets of the global limits, and how far ahead it may send. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

from adce_async.model.cluster import NodeSeen, SourceSeen
from adce_async.model.limits import Limits, Window

MOST_AHEAD = 2000
"""Requests that may be sent to a source without limits before the next word of its owner."""


def assign(nodes: Sequence[NodeSeen], sources: Sequence[SourceSeen], *, rest: float = 60.0) -> Mapping[str, str]:
    """Source -> node, even by need; what has an owner moves only if it has rested and the load gets more even by it.

    A source is nobody's if no node has it in its configuration.

    >>> idle = [SourceSeen(name, need=need) for name, need in (("a", 9), ("b", 5), ("c", 5), ("d", 1))]
    >>> x, y = NodeSeen("x", "1", 9.0, sources="abc"), NodeSeen("y", "2", 9.0, sources="bc")
    >>> assign([x, y], idle)
    {'a': 'x', 'b': 'y', 'c': 'y'}
    >>> assign([], idle)
    {}
    """
    knows = {node.name: frozenset(node.sources) for node in nodes}
    load = dict.fromkeys(knows, 0)
    count = dict.fromkeys(knows, 0)
    found: dict[str, str] = {}

    def emptiest(source: str) -> str | None:
        able = [node for node in knows if source in knows[node]]
        return min(able, key=lambda node: (load[node], count[node], node), default=None)

    def give(seen: SourceSeen, node: str) -> None:
        found[seen.source] = node
        load[node] += seen.need
        count[node] += 1

    for seen in sources:
        if seen.source in knows.get(seen.owner, ()) and seen.left > 0:
            give(seen, seen.owner)
    for seen in sources:
        if seen.source not in found and seen.source in knows.get(seen.wanted_by, ()):
            give(seen, seen.wanted_by)
    free = [seen for seen in sources if seen.source not in found]
    for seen in sorted(free, key=lambda seen: (-seen.need, seen.source)):
        taker = emptiest(seen.source)
        if taker is not None:
            give(seen, taker)
    for seen in sorted(sources, key=lambda seen: (-seen.need, seen.source)):
        owner = found.get(seen.source, "")
        other = emptiest(seen.source)
        if other is None or seen.owner != owner or seen.moved < rest:
            continue
        emptier = load[other] + seen.need < load[owner]
        fewer = load[other] + seen.need <= load[owner] and count[other] + 1 < count[owner]
        if other != owner and (emptier or fewer):
            load[owner] -= seen.need
            count[owner] -= 1
            give(seen, other)
    return found


def strangers(nodes: Sequence[NodeSeen]) -> Mapping[str, Sequence[str]]:
    """Node -> sources that others have in their configuration, and it has not.

    >>> strangers([NodeSeen("x", "1", 9.0, sources="abc"), NodeSeen("y", "2", 9.0, sources="b")])
    {'y': ['a', 'c']}
    """
    known = {source for node in nodes for source in node.sources}
    lacks = {node.name: sorted(known.difference(node.sources)) for node in nodes}
    return {name: sources for name, sources in lacks.items() if sources}


def most_nodes(overall: Limits) -> int:
    """Nodes at most that the global limits can be shared among: each gets a request of each window.

    A delay between any two requests can't be shared at all. (A burst is each machine's own.)

    >>> most_nodes(Limits((Window(60, 60.0),))), most_nodes(Limits()), most_nodes(Limits(min_delay=1.0))
    (30, 1000000, 1)
    """
    if overall.min_delay > 0:
        return 1
    if not overall.windows:
        return 1_000_000
    # `share_of` may give half of an even part
    return max(1, min(window.limit for window in overall.windows) // 2)


def share_of(node: str, owned: Mapping[str, str], needs: Mapping[str, int]) -> float:
    """What `node` should have of the global limits: by the need of its sources, at least half of an even part.

    >>> share_of("x", {"a": "x", "b": "y"}, {"a": 30, "b": 10}), share_of("z", {"a": "x"}, {})
    (0.625, 0.0)
    """
    owners = sorted(set(owned.values()))
    if node not in owners:
        return 0.0
    total = sum(needs.get(source, 0) for source in owned)
    even = 1 / len(owners)
    if not total:
        return even
    mine = sum(needs.get(source, 0) for source, owner in owned.items() if owner == node)
    return (even + mine / total) / 2


def part_of(overall: Limits, share: float) -> Limits:
    """The global limits of who has `share` of them; those of all together are never more than the whole.

    >>> part_of(Limits((Window(60, 60.0),), burst=5), 0.5)
    Limits(windows=(Window(limit=30, seconds=60.0),), burst=2, min_delay=0.0, guard=0.02)
    """
    if share >= 1 or not overall.windows:
        return overall
    windows = tuple(Window(math.floor(window.limit * share + 1e-9), window.seconds) for window in overall.windows)
    return replace(overall, windows=windows, burst=max(1, math.floor(overall.burst * share + 1e-9)))


def is_usable(part: Limits) -> bool:
    """Whether anything may be sent within it."""
    return all(window.limit > 0 for window in part.windows)


def most_within(limits: Limits, seconds: float) -> int:
    """Requests at most that `limits` allow in `seconds`: so many may be written ahead without allowing one more.

    >>> most_within(Limits((Window(60, 60.0),), burst=10), 10.0), most_within(Limits(min_delay=3.0), 10.0)
    (20, 4)
    """
    bounds = [MOST_AHEAD]
    bounds += [window.limit * math.ceil(seconds / window.seconds) for window in limits.windows]
    if limits.rate is not None:
        bounds.append(max(1, limits.burst) + math.floor(limits.rate * seconds))
    if limits.min_delay > 0:
        bounds.append(math.floor(seconds / limits.min_delay) + 1)
    return max(1, min(bounds))
