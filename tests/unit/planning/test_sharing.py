"""Who gets which source, and how much of the global limits."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from adce_async.model.cluster import NodeSeen, SourceSeen
from adce_async.model.limits import Limits, Window
from adce_async.planning.sharing import assign, is_usable, most_nodes, most_within, part_of, share_of, strangers

names = st.sampled_from(["one", "two", "three", "gone"])
seen = st.builds(
    SourceSeen, source=st.sampled_from("abcdefgh"), owner=st.one_of(st.just(""), names), need=st.integers(0, 50),
    left=st.sampled_from([-1.0, 5.0]), moved=st.sampled_from([1.0, 1000.0]), wanted_by=st.one_of(st.just(""), names),
)  # fmt: skip
ALL = "abcdefgh"


def alike(*names: str) -> list[NodeSeen]:
    """Nodes that know all sources."""
    return [NodeSeen(name, name, 9.0, sources=ALL) for name in names]


many = st.lists(seen, max_size=8, unique_by=lambda one: one.source)


@given(many)
def test_each_source_has_one_node_that_is_there_and_what_has_just_moved_stays(sources: list[SourceSeen]) -> None:
    nodes = ["one", "two", "three"]
    found = assign(alike(*nodes), sources)
    assert found.keys() == {one.source for one in sources}
    assert set(found.values()) <= set(nodes)
    for one in sources:
        if one.owner in nodes and one.left > 0 and one.moved < 60:
            assert found[one.source] == one.owner


@given(many)
def test_once_it_is_done_nothing_moves(sources: list[SourceSeen]) -> None:
    nodes = alike("one", "two", "three")
    settled = [
        SourceSeen(one.source, assign(nodes, sources)[one.source], need=one.need, left=5.0, moved=1000.0)
        for one in sources
    ]
    for _ in range(9):
        found = assign(nodes, settled)
        again = [SourceSeen(one.source, found[one.source], need=one.need, left=5.0, moved=1000.0) for one in settled]
        if again == settled:
            return
        settled = again
    raise AssertionError("it never settles")


@given(many, st.lists(st.sets(st.sampled_from(ALL)), min_size=3, max_size=3))
def test_a_source_is_given_to_nobody_who_does_not_know_it(sources: list[SourceSeen], known: list[set[str]]) -> None:
    nodes = [NodeSeen(name, name, 9.0, sources=of) for name, of in zip(("one", "two", "three"), known, strict=True)]
    found = assign(nodes, sources)
    assert found.keys() == {one.source for one in sources} & set().union(*known)
    assert all(source in node.sources for source, name in found.items() for node in nodes if node.name == name)


def test_who_is_told_of_what_he_lacks() -> None:
    one, two, three = NodeSeen("1", "", 9.0, sources="ab"), NodeSeen("2", "", 9.0, sources="c"), NodeSeen("3", "", 9.0)
    assert strangers([one, two, three]) == {"1": ["c"], "2": ["a", "b"], "3": ["a", "b", "c"]}
    assert strangers([one, one]) == strangers([]) == {}


def test_without_anything_to_do_sources_are_spread_by_number() -> None:
    found = assign(alike("one", "two"), [SourceSeen(name) for name in "abcd"])
    assert sorted(found.values()) == ["one", "one", "two", "two"]


def test_who_comes_gets_what_makes_the_load_even() -> None:
    all_one = [SourceSeen(name, "one", need=need, left=5.0, moved=99.0) for name, need in (("a", 8), ("b", 7))]
    assert sorted(assign(alike("one", "two"), all_one).values()) == ["one", "two"]


@given(
    st.dictionaries(st.sampled_from("abcdef"), names, min_size=1),
    st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 99)),
)
def test_shares_make_a_whole_and_each_is_usable(owned: dict[str, str], needs: dict[str, int]) -> None:
    whole = Limits((Window(9, 60.0),), burst=4)
    shares = [share_of(name, owned, needs) for name in set(owned.values())]
    assert abs(sum(shares) - 1) < 1e-9
    assert len(shares) <= most_nodes(whole)
    parts = [part_of(whole, share) for share in shares]
    assert sum(part.windows[0].limit for part in parts) <= 9
    assert all(map(is_usable, parts))


def test_a_block_is_never_more_than_the_limits_allow() -> None:
    assert most_within(Limits((Window(3, 60.0),), burst=3), 10.0) == 3
    assert most_within(Limits(), 10.0) == 2000
    assert most_within(Limits((Window(1, 3600.0),)), 10.0) == 1
