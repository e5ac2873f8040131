"""The laws of `cluster_ports.Cluster`, over each adapter. A test class gives nodes and lets time pass."""

# ruff: noqa: D102 - a test's name says its law

from __future__ import annotations

import abc
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest

from adce_async.cluster_ports import Cluster
from adce_async.model.cluster import Beat, Beaten, ClusterView, Decision

LEASE = 10.0
Nodes = Callable[[str], Cluster]


async def beat(node: Cluster, take: Collection[str] = (), want: Mapping[str, str] | None = None, **said: Any) -> Beaten:
    """One beat, with blocks of three requests."""
    wanted_share = said.pop("wanted_share", said.get("share", 0.0))
    held = said.pop("held", ())
    return await node.beat(
        Beat(LEASE, dict.fromkeys(held, 3), sources=("ant", "bee"), **said),
        lambda _view: Decision(dict.fromkeys(take, 3), want or {}, wanted_share),
    )


def are_about(ages: Sequence[float], *least: float) -> bool:
    """Whether `ages` are those, or a little more: where time is real, some of it passes between two beats."""
    return len(ages) == len(least) and all(0 <= age - one < 4 for age, one in zip(ages, least, strict=True))


class ClusterContract(abc.ABC):
    """Subclass it as `Test...`."""

    @abc.abstractmethod
    def open(self) -> AbstractAsyncContextManager[Nodes]:
        """Gives the node of a name, the same place for all."""

    @abc.abstractmethod
    async def elapse(self, seconds: float) -> None:
        """Let time pass there."""

    async def test_law_1_a_source_has_one_owner_until_its_lease_ends(self) -> None:
        async with self.open() as node:
            one, two = node("one"), node("two")
            assert set((await beat(one, ["ant"])).ours) == {"ant"}
            assert list((await beat(two, ["ant", "bee"])).ours) == ["bee"]
            await self.elapse(0.6 * LEASE)
            assert list((await beat(one, held=["ant"])).ours) == ["ant"]
            await self.elapse(0.6 * LEASE)
            assert list((await beat(two, ["ant"], held=["bee"])).ours) == ["bee"]
            await self.elapse(LEASE)
            assert set((await beat(two, ["ant"], held=["bee"])).ours) == {"ant", "bee"}
            assert list((await beat(one, held=["ant"])).ours) == []

    async def test_what_each_node_can_ask_is_seen(self) -> None:
        async with self.open() as node:
            await beat(node("one"))
            seen = await node("two").beat(Beat(LEASE, {}, sources=("dog", "cat")), lambda _view: Decision())
            assert {one.name: sorted(one.sources) for one in seen.view.nodes} == {
                "one": ["ant", "bee"], "two": ["cat", "dog"],
            }  # fmt: skip

    async def test_law_1_each_owner_has_a_greater_fence(self) -> None:
        async with self.open() as node:
            one, two = node("one"), node("two")
            await beat(one, ["ant"])
            await self.elapse(LEASE + 1)
            await beat(two, ["ant"])
            fences = {seen.source: seen.fence for seen in (await two.view()).sources}
            assert fences == {"ant": 2, "bee": 0}

    async def test_law_2_who_takes_over_knows_what_was_sent_and_what_may_have_been(self) -> None:
        async with self.open() as node:
            one, two = node("one"), node("two")
            await beat(one, ["ant"])
            await beat(one, held=["ant"], sent=[("ant", 1.0), ("bee", 1.0)])
            await self.elapse(LEASE + 5)
            ages = (await beat(two, ["ant"])).taken["ant"]
            assert are_about(ages, 16, 5, 5, 5)
            assert (await beat(two, held=["ant"])).taken == {}

    async def test_law_2_who_does_not_know_what_it_was_given_is_given_it_anew(self) -> None:
        async with self.open() as node:
            one = node("one")
            await beat(one, ["ant", "bee"], sent=[("ant", 3.0)])  # the answer is lost on its way
            again = await beat(one, ["ant"], held=[])
            assert list(again.ours) == ["ant"]
            assert are_about(again.taken["ant"], 3)
            fences = {seen.source: (seen.owner, seen.fence) for seen in (await one.view()).sources}
            assert fences == {"ant": ("one", 2), "bee": ("", 1)}

    async def test_law_2_after_a_clean_end_nothing_is_guessed(self) -> None:
        async with self.open() as node:
            one, two = node("one"), node("two")
            await beat(one, ["ant", "bee"])
            await one.leave([("ant", 2.0)])
            assert [node.name for node in (await two.view()).nodes] == []
            found = await beat(two, ["ant", "bee"])
            assert are_about(found.taken["ant"], 2)
            assert list(found.taken["bee"]) == []

    async def test_what_is_wanted_by_another_is_handed_over(self) -> None:
        async with self.open() as node:
            one, two = node("one"), node("two")
            await beat(one, ["ant"])
            await beat(two)
            await beat(one, held=["ant"], want={"ant": "two"})
            (seen, _) = (await two.view()).sources
            assert (seen.owner, seen.wanted_by) == ("one", "two")
            assert list((await beat(one, releases=["ant"])).ours) == []
            assert list((await beat(two, ["ant"])).ours) == ["ant"]
            (seen, _) = (await two.view()).sources
            assert (seen.owner, seen.wanted_by) == ("two", "")

    async def test_law_3_shares_are_never_more_than_the_whole(self) -> None:
        async with self.open() as node:
            one, two = node("one"), node("two")
            assert (await beat(one, wanted_share=1.0)).share == 1.0
            assert (await beat(two, wanted_share=0.5)).share == 0.0
            await beat(one, share=1.0, wanted_share=0.5)
            assert (await beat(two, wanted_share=0.5)).share == 0.0
            await beat(one, share=0.5, sent=[("ant", 1.0)])
            grown = await beat(two, wanted_share=0.5)
            assert grown.share == 0.5
            assert are_about(grown.others, 1)
            await self.elapse(LEASE + 1)
            assert (await beat(two, wanted_share=1.0)).share == 1.0
            back = await beat(one, share=0.5, wanted_share=0.5)
            assert (back.returned, back.share) == (True, 0.0)

    async def test_law_4_there_is_one_leader(self) -> None:
        async with self.open() as node:
            one, two = node("one"), node("two")
            assert [(await beat(each)).leads for each in (one, two, one)] == [True, False, True]
            await self.elapse(LEASE + 1)
            assert [(await beat(each)).leads for each in (two, one)] == [True, False]
            await two.leave([])
            assert (await beat(one)).leads

    async def test_a_pass_that_is_asked_for_is_seen(self) -> None:
        async with self.open() as node:
            one = node("one")
            before = (await beat(one)).view.asked
            await one.ask_pass()
            assert (await beat(one)).view.asked > before

    async def test_what_fails_in_the_decision_changes_nothing(self) -> None:
        def fails(_view: ClusterView) -> Decision:
            raise ValueError("no idea")

        async with self.open() as node:
            await beat(node("one"), ["ant"])
            with pytest.raises(ValueError, match="no idea"):
                await node("two").beat(Beat(LEASE, {}), fails)
            assert [seen.owner for seen in (await node("one").view()).sources] == ["one", ""]
