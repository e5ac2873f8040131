"""A node among others, in virtual time: what it owns, when it stops, what it gets of the global limits."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence

import pytest

from adce_async.engine.cluster.membership import HANDOVER_SECONDS, NAME, Membership, between, margin, most_idle
from adce_async.engine.cluster.quota import GLOBAL
from adce_async.errors import QueueError
from adce_async.model.cluster import Beat, Beaten, ClusterView, Decision
from adce_async.model.limits import Limits, Window
from adce_async.testing.memory_cluster import MemoryCluster, Place

LEASE = 10.0
A_MINUTE = Limits((Window(60, 60.0),), burst=10)


@pytest.mark.parametrize("lease", [2.0, 3.0, 6.0, 10.0, 60.0, 300.0])
def test_a_node_survives_two_others_that_fall_silent_in_their_turn(lease: float) -> None:
    last_beat_can_begin = lease - margin(lease)  # after the one before it, with the sources still ours
    assert most_idle(lease) > 0.3
    assert between(lease) + 2 * most_idle(lease) < last_beat_can_begin


class FakeHost:
    def __init__(self, overall: Limits | None = None) -> None:
        self.whole = overall or Limits()
        self.part: Limits | None = None
        self.others: list[float] = []
        self.sent: dict[str, Sequence[float]] = {}
        self.busy: set[str] = set()
        self.gone: list[str] = []
        self.refreshed = self.passes = self.swept = 0
        self.looks_for = 0.0
        self.fails = 0
        self.knows = ["ant", "bee"]

    def limits(self) -> Mapping[str, Limits]:
        return dict.fromkeys(self.knows, A_MINUTE)

    def overall(self) -> Limits:
        return self.whole

    def history(self) -> float:
        return 3600.0

    def doing(self) -> str:
        return "something"

    def is_busy_with(self, source: str) -> bool:
        return source in self.busy

    async def gained(self, sent: Mapping[str, Sequence[float]]) -> None:
        self.sent |= sent

    def changed(self, sources: Collection[str]) -> None:
        pass

    def let_go(self, sources: Collection[str]) -> None:
        self.gone += sources
        self.busy -= set(sources)

    def set_part(self, part: Limits, others: Sequence[float]) -> None:
        self.part, self.others = part, list(others)

    async def refresh(self) -> None:
        await asyncio.sleep(self.looks_for)
        self.fails -= 1
        if self.fails >= 0:
            raise QueueError("the database is away")
        self.refreshed += 1

    def ask_pass(self) -> None:
        self.passes += 1

    async def sweep(self) -> None:
        self.swept += 1


class Node:
    def __init__(self, place: Place, name: str, overall: Limits | None = None) -> None:
        self.host = FakeHost(overall)
        time = asyncio.get_running_loop().time
        self.asleep = 0.0
        self.troubles: list[str] = []
        self._in_trouble = ""
        self.membership = Membership(
            MemoryCluster(place, name), name, LEASE, time=time, awake=lambda: time() + self.asleep,
            tell=self._tell,
        )  # fmt: skip
        self.membership.attach(self.host)

    def _tell(self, name: str, text: str) -> None:
        if self.troubles[-1:] != [text] and (text or name == self._in_trouble):
            self._in_trouble = name
            self.troubles.append(text)

    def owns(self) -> set[str]:
        now = asyncio.get_running_loop().time()
        return {source for source in ("ant", "bee") if self.membership.until(source) > now}


@pytest.fixture
async def place() -> Place:
    return Place(asyncio.get_running_loop().time, needs={"ant": 5, "bee": 5})


async def test_the_first_node_owns_all_and_leads(place: Place) -> None:
    node = Node(place, "one")
    async with node.membership.running():
        assert node.owns() == {"ant", "bee"}
        assert (node.membership.leads, node.host.passes) == (True, 1)
        await asyncio.sleep(120)
        assert 6 <= node.host.swept <= 9
        assert node.owns() == {"ant", "bee"}
    assert (node.owns(), node.membership.leads) == (set(), False)
    assert [lease.owner for lease in place.leases.values()] == ["", ""]


async def test_a_second_node_gets_its_part_once_nothing_of_it_is_under_way(place: Place) -> None:
    one, two = Node(place, "one"), Node(place, "two")
    async with one.membership.running():
        one.host.busy = {"ant", "bee"}
        async with two.membership.running():
            await asyncio.sleep(HANDOVER_SECONDS / 2)
            assert (len(one.owns()), two.owns()) == (1, set())  # nothing new starts, and nobody else begins
            one.host.busy = set()
            await asyncio.sleep(6)
            assert one.owns() | two.owns() == {"ant", "bee"}
            assert len(one.owns()) == len(two.owns()) == 1
        await asyncio.sleep(61)
        assert one.owns() == {"ant", "bee"}


async def test_what_is_wanted_no_more_stays_where_it_is(place: Place) -> None:
    one, two = Node(place, "one"), Node(place, "two")
    place.needs = {"ant": 10, "bee": 1}
    async with one.membership.running():
        one.host.busy = {"ant", "bee"}
        await two.membership.beat()
        await one.membership.beat()
        assert len(one.owns()) == 1  # of the other one nothing new starts
        await MemoryCluster(place, "two").leave([])
        place.nodes.clear()  # it has gone again
        await one.membership.beat()
        assert one.owns() == {"ant", "bee"}


async def test_what_another_does_not_know_stays_and_is_said_by_all(place: Place) -> None:
    one, two = Node(place, "one"), Node(place, "two")
    place.needs = {"ant": 9, "bee": 9, "cat": 1}
    two.host.knows = ["cat"]
    async with one.membership.running(), two.membership.running():
        await asyncio.sleep(180)
        assert one.owns() == {"ant", "bee"}
        assert {source: lease.owner for source, lease in place.leases.items()} == {
            "ant": "one", "bee": "one", "cat": "two",
        }  # fmt: skip
        said = "one does not know cat; two does not know ant, bee: others ask there; give all machines the same"
        assert all(len(node.troubles) == 1 and node.troubles[0].startswith(said) for node in (one, two))
        two.host.knows = one.host.knows = ["ant", "bee", "cat"]
        await asyncio.sleep(20)
        assert [node.troubles[-1] for node in (one, two)] == ["", ""]


async def test_what_is_known_no_more_goes_to_who_knows_it(place: Place) -> None:
    one, two = Node(place, "one"), Node(place, "two")
    two.host.knows = ["bee"]
    async with one.membership.running(), two.membership.running():
        await asyncio.sleep(180)
        assert (one.owns(), two.owns()) == ({"ant"}, {"bee"})
        one.host.knows, two.host.knows = ["bee"], ["ant", "bee"]
        await asyncio.sleep(10)
        assert "ant" in two.owns()


async def test_what_does_not_end_is_ended_for_a_handover(place: Place) -> None:
    one, two = Node(place, "one"), Node(place, "two")
    async with one.membership.running(), two.membership.running():
        one.host.busy = {"ant", "bee"}
        await asyncio.sleep(HANDOVER_SECONDS + 10)
        assert len(one.host.gone) > 0
        assert len(two.owns()) == 1


class Frozen(MemoryCluster):
    """Says nothing while it is frozen."""

    def __init__(self, place: Place, name: str) -> None:
        super().__init__(place, name)
        self.goes_on = asyncio.Event()
        self.goes_on.set()

    async def beat(self, beat: Beat, decide: Callable[[ClusterView], Decision]) -> Beaten:
        await self.goes_on.wait()
        return await super().beat(beat, decide)


async def test_a_database_that_says_nothing_is_said_once_nothing_is_ours(place: Place) -> None:
    node, frozen = Node(place, "one"), Frozen(place, "one")
    node.membership._cluster = frozen
    said: list[tuple[float, str]] = []
    node.membership.beat_health = lambda name, within, text: said.append((within, text)) if name == NAME else None
    async with node.membership.running():
        await asyncio.sleep(30)
        frozen.goes_on.clear()
        await asyncio.sleep(LEASE)
        assert node.troubles[-1:] == ["the database does not answer; nothing is ours until it is back"]
        said.clear()
        await asyncio.sleep(100)
        assert (len(said), {text for _, text in said}) == (10, {"0 sources, member"})
        assert min(within for within, _ in said) > LEASE
        frozen.goes_on.set()
        await asyncio.sleep(5)
        assert (node.troubles[-1], node.owns()) == ("", {"ant", "bee"})


async def test_who_can_not_renew_stops_before_another_may_begin(place: Place) -> None:
    node = Node(place, "one")
    async with node.membership.running():
        await asyncio.sleep(30)
        place.down = True
        ends = max(lease.ends for lease in place.leases.values())
        for _ in range(80):
            await asyncio.sleep(0.25)
            if not node.owns():
                break
        assert asyncio.get_running_loop().time() <= ends - margin(LEASE) + 0.25
        assert any(text.startswith("the database is away; what is ours ends in ") for text in node.troubles)
        await asyncio.sleep(5)
        assert node.troubles[-1] == "the database is away; nothing is ours until it is back"
        place.down = False
        await asyncio.sleep(3)
        assert node.owns() == {"ant", "bee"}
        assert node.troubles[-1] == ""


async def test_a_machine_that_slept_owns_nothing_when_it_wakes(place: Place) -> None:
    node = Node(place, "one")
    async with node.membership.running():
        node.asleep = LEASE
        assert node.owns() == set()
        assert not node.membership.leads


async def test_takeover_within_the_lease_and_a_beat_with_what_may_have_been_sent(place: Place) -> None:
    dead, other = Node(place, "dead"), Node(place, "other")
    await dead.membership.beat()
    dead.membership.quotas.record("ant", 0.0)
    async with other.membership.running():
        assert other.owns() == set()
        await asyncio.sleep(LEASE + 2.5)
        assert other.owns() == {"ant", "bee"}
        assert len(other.host.sent["ant"]) == 20  # all that its limits allow in a lease, the one that was sent among it
        assert other.host.refreshed > 0


async def test_no_more_is_sent_than_was_written_ahead(place: Place) -> None:
    node = Node(place, "one")
    await node.membership.beat()
    for _ in range(20):
        assert "ant" in node.owns()
        node.membership.quotas.record("ant", 0.0)
    assert node.owns() == {"bee"}
    await node.membership.beat()
    assert node.owns() == {"ant", "bee"}
    assert len(place.sent) == 20


async def test_the_parts_of_the_global_limits_are_never_more_than_the_whole(place: Place) -> None:
    whole = Limits((Window(100, 60.0),))
    nodes = [Node(place, name, whole) for name in ("one", "two")]
    one, two = nodes
    async with one.membership.running():
        assert one.host.part == whole
        for _ in range(15):
            one.membership.quotas.record("ant", 0.0)
        async with two.membership.running():
            for _ in range(400):
                await asyncio.sleep(0.1)
                parts = [node.host.part for node in nodes if node.host.part is not None]
                assert sum(part.windows[0].limit for part in parts if part.windows) <= 100
            assert two.host.part is not None
            assert two.host.part.windows[0].limit == 50
            assert len(two.host.others) == 15
            now = asyncio.get_running_loop().time()
            assert all(node.membership.until(GLOBAL) > now for node in nodes)


async def test_a_delay_between_any_two_requests_keeps_all_on_one_node(place: Place) -> None:
    nodes = [Node(place, name, Limits(min_delay=1.0)) for name in ("one", "two")]
    async with nodes[0].membership.running(), nodes[1].membership.running():
        await asyncio.sleep(60)
        assert [node.owns() for node in nodes] == [{"ant", "bee"}, set()]


async def test_another_leads_when_the_leader_is_gone_and_looks_at_once(place: Place) -> None:
    one, two = Node(place, "one"), Node(place, "two")
    await one.membership.beat()
    async with two.membership.running():
        await two.membership.ask_pass()
        assert (two.membership.leads, two.host.passes) == (False, 0)
        await asyncio.sleep(LEASE + 3)
        assert (two.membership.leads, two.host.passes) == (True, 1)
        await two.membership.ask_pass()
        await asyncio.sleep(3)
        assert two.host.passes == 2


async def test_a_look_at_a_large_queue_holds_up_no_beat_and_one_that_fails_is_made_again(place: Place) -> None:
    node = Node(place, "one")
    node.host.looks_for, node.host.fails = 3 * LEASE, 1
    async with node.membership.running():
        for _ in range(4 * int(LEASE)):
            await asyncio.sleep(1)
            assert node.owns() == {"ant", "bee"}
        assert (node.host.refreshed, node.troubles[-1]) == (0, "the database is away; the queue is looked at again")
        await asyncio.sleep(3 * LEASE)
        assert (node.host.refreshed, node.troubles[-1]) == (1, "")


async def test_a_node_that_can_not_begin_says_so(place: Place) -> None:
    place.down = True
    with pytest.raises(QueueError):
        async with Node(place, "one").membership.running():
            pass
