"""A node of a cluster: owns sources while its leases last, says so before it sends, lets go before another may begin.

Laws:
1. A source is ours until `lease` seconds after we began to ask for it, less a margin; measured by this machine's
   monotonic clock (and by one that goes on while the machine sleeps), never by its wall clock.
2. What was sent to a source before is in its limiter before it is ours.
3. No more is sent than was written ahead (`quota`); who can't write ahead stops.
4. What is to be handed over gets no new request; it is released when nothing of it is under way, or after a grace.
5. Our part of the global limits shrinks here before the others see that it has; it grows after they have let go.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from typing import Protocol

import structlog

from adce_async.cluster_ports import Cluster
from adce_async.engine.cluster.quota import GLOBAL, Quotas
from adce_async.engine.events import SourcesMoved
from adce_async.engine.kept_alive import kept_alive
from adce_async.errors import QueueError
from adce_async.model.cluster import Beat, Beaten, ClusterView, Decision, SourceSeen
from adce_async.model.limits import Limits
from adce_async.planning import sharing

log = structlog.get_logger("adce.cluster")

NAME = "cluster"
FOLLOWING = "cluster queue"
CONFIGURED = "cluster configuration"
"""In trouble while machines have different sources."""
FOLLOW_SECONDS = 120.0
"""A look at the queue takes less, or hangs."""
BEAT_SECONDS = 2.0
"""The longest time between two beats: what a takeover waits for beyond the end of a lease."""
TROUBLE_SECONDS = 1.0
"""Between two tries while the database can't be asked."""
HANDOVER_SECONDS = 10.0
"""So long may what is under way at a source that is to be handed over go on."""
SWEEP_SECONDS = 15.0
"""Between two looks of the leader for claims that nobody renews."""
SHARE_SECONDS = 60.0
"""Parts of the global limits follow the need so often; at once where a source has moved."""


def margin(lease: float) -> float:
    """Seconds before the end of a lease at which its owner stops: for requests on their way, and for clocks that drift.

    >>> margin(10.0), margin(60.0)
    (2.0, 6.0)
    """
    return max(min(2.0, lease / 4), lease / 10)


def most_idle(lease: float) -> float:
    """Seconds for which a node may hold up the beats of all others: a third of what each has to spare, 2 at most.

    (A node beats, waits, and may begin its next beat so much later without a loss: two that are cut off at once are
    survived.)

    >>> most_idle(10.0), most_idle(6.0), most_idle(60.0)
    (2.0, 1.0, 2.0)
    """
    return min(2.0, (lease - margin(lease) - between(lease)) / 3)


def between(lease: float) -> float:
    """Seconds between two beats."""
    return min(lease / 4, BEAT_SECONDS)


class Host(Protocol):
    """The machine's own parts, as far as they are concerned."""

    def limits(self) -> Mapping[str, Limits]:
        """Of each source that this node can ask."""
        ...

    def overall(self) -> Limits:
        """Of all sources and machines together."""
        ...

    def history(self) -> float:
        """Seconds for which requests count."""
        ...

    def doing(self) -> str:
        """For people."""
        ...

    def is_busy_with(self, source: str) -> bool:
        """Whether anything of it is under way or not settled."""
        ...

    async def gained(self, sent: Mapping[str, Sequence[float]]) -> None:
        """These are about to be ours; what was sent to them, as seconds ago."""
        ...

    def changed(self, sources: Collection[str]) -> None:
        """They are ours now, or not any more."""
        ...

    def let_go(self, sources: Collection[str]) -> None:
        """End what is under way there."""
        ...

    def set_part(self, part: Limits, others: Sequence[float]) -> None:
        """Our part of the global limits; `others`: requests of others that count in it, as seconds ago."""
        ...

    async def refresh(self) -> None:
        """Others have changed the queue."""
        ...

    def ask_pass(self) -> None:
        """We lead, and a pass is wanted."""
        ...

    async def sweep(self) -> None:
        """We lead: claims that nobody renews come back."""
        ...


class Membership:
    """Satisfies `ports.Ownership`; `quotas` is the journal of the same node."""

    def __init__(
        self,
        cluster: Cluster,
        node: str,
        lease: float,
        *,
        time: Callable[[], float],
        awake: Callable[[], float],
        tell: Callable[[str, str], object] = lambda _name, _text: None,
        beat: Callable[[str, float, str], None] = lambda _name, _within, _detail: None,
        sync: Callable[[float], None] = lambda _now: None,
    ) -> None:
        """`time()`: of the loop; `awake()`: seconds on a clock that goes on while the machine sleeps.

        `sync(now)`: told what time it is by the clock that all machines go by.
        """
        self._sync = sync
        self.node = node
        self.view = ClusterView()
        """What was seen with the last beat."""
        self.tell = tell
        self.beat_health = beat
        self.publish: Callable[[SourcesMoved], object] = lambda _event: None
        self._cluster = cluster
        self._lease = lease
        self._time = time
        self._awake = awake
        self._soon = asyncio.Event()
        self.quotas = Quotas(time, self._soon.set)
        self._host: Host | None = None
        self._until: dict[str, float] = {}
        self._deadline = self._awake_until = -math.inf
        self._giving: dict[str, float] = {}
        """Sources that are to be handed over -> since when, in loop time."""
        self._wants: Mapping[str, str] = {}
        """What we, as leader, have decided about it with the last beat."""
        self._share = 0.0
        self._usable = False
        self._shared: tuple[Mapping[str, str], float] = ({}, -math.inf)
        self._wanted_share = 0.0
        self._leads_until = -math.inf
        self._change = self._asked = -1
        self._stale = asyncio.Event()
        """The queue is another one than what we know of it."""
        self._swept = -math.inf

    # -- what is ours ------------------------------------------------------------------------------------------

    def until(self, source: str) -> float:
        """Loop time until which `source` is ours; in the past if it is not."""
        if self._awake() >= self._awake_until:
            return -math.inf
        if source == GLOBAL:
            return self._deadline if self._usable else -math.inf
        if source in self._giving or not self.quotas.has_left(source):
            return -math.inf
        return self._until.get(source, -math.inf)

    def owns(self, source: str) -> bool:
        """Whether we are its owner: what is to be handed over is ours until it is."""
        return self._time() < self._until.get(source, -math.inf) and self._awake() < self._awake_until

    @property
    def leads(self) -> bool:
        """Whether passes are ours to make."""
        return self._time() < self._leads_until and self._awake() < self._awake_until

    async def ask_pass(self) -> None:
        """A pass, please, wherever the leader is."""
        try:
            await self._cluster.ask_pass()
        except QueueError as error:
            self.tell(NAME, str(error))

    def overall_changed(self) -> None:
        """The global limits are others now."""
        self._set_share(self._share, ())

    # -- life --------------------------------------------------------------------------------------------------

    def attach(self, host: Host) -> None:
        """The parts are there."""
        self._host = host

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[Membership]:
        """A node within the block; leaving it hands all over. Raises FixMeError or QueueError if it can't begin."""
        failure: BaseException | None = None
        await self.beat()
        async with asyncio.TaskGroup() as group:
            loops = [
                group.create_task(kept_alive(NAME, self._run, self.tell), name="cluster-beats"),
                group.create_task(kept_alive(FOLLOWING, self._follow, self.tell), name="cluster-follows"),
            ]
            try:
                yield self
            except BaseException as error:  # noqa: BLE001 - the block's own: a TaskGroup would make a group of it
                failure = error
            for loop in loops:
                loop.cancel()
            await asyncio.wait(loops)  # a beat that is under way would take everything back
            await self._leave()
        if failure is not None:
            raise failure

    async def _run(self) -> None:
        """(A loop.) Beat, again and again."""
        while True:
            wait = between(self._lease)
            self._say_alive(wait)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    await self._soon.wait()
            self._soon.clear()
            try:
                await self._beat_or_say()
            except QueueError as error:
                self.tell(NAME, f"{error}; {self._what_ends()}")
                await asyncio.sleep(TROUBLE_SECONDS)
                self._soon.set()
            else:
                self.tell(NAME, "")

    async def _beat_or_say(self) -> None:
        """Beat; where the database does not answer at all (frozen, cut off), say so as soon as nothing is ours."""
        loop = asyncio.get_running_loop()
        silence: asyncio.TimerHandle

        def say() -> None:
            nonlocal silence
            self.tell(NAME, f"the database does not answer; {self._what_ends()}")
            self._say_alive(self._lease)
            silence = loop.call_later(self._lease, say)

        silence = loop.call_later(self._left() or self._lease, say)
        try:
            await self.beat()
        finally:
            silence.cancel()

    def _say_alive(self, wait: float) -> None:
        owned = sum(map(self.owns, self._until))
        self.beat_health(NAME, wait + 30.0, f"{owned} sources, {'leader' if self.leads else 'member'}")

    def _what_ends(self) -> str:
        left = self._left()
        ends = f"what is ours ends in {left:.0f} s unless" if left > 0 else "nothing is ours until"
        return f"{ends} it is back"

    async def _follow(self) -> None:
        """(A loop.) What takes longer than a beat may wait for: look at the queue when others have changed it, sweep.

        A plan of 100,000 tasks takes seconds to be made, and seconds to be looked at.
        """
        while True:
            self.beat_health(FOLLOWING, SWEEP_SECONDS + FOLLOW_SECONDS, "waits")
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(SWEEP_SECONDS):
                    await self._stale.wait()
            self.beat_health(FOLLOWING, FOLLOW_SECONDS, "looks at the queue")
            try:
                if self._stale.is_set():
                    self._stale.clear()
                    await self._parts().refresh()
                if self.leads and self._time() - self._swept >= SWEEP_SECONDS - 1.0:
                    self._swept = self._time()
                    await self._parts().sweep()
            except QueueError as error:
                self.tell(FOLLOWING, f"{error}; the queue is looked at again")
                await asyncio.sleep(TROUBLE_SECONDS)
                self._stale.set()
            else:
                self.tell(FOLLOWING, "")

    def _left(self) -> float:
        return max(0.0, self._deadline - self._time())

    async def _leave(self) -> None:
        """All is over here: another may have all of it at once, with nothing that it does not know of."""
        ours = list(self._until)
        self._until.clear()
        self._deadline = self._leads_until = -math.inf
        self._tell_changed(ours)
        try:
            async with asyncio.timeout(self._lease):
                await self._cluster.leave(self.quotas.untold(self._time()))
        except (QueueError, TimeoutError) as error:
            log.warning("leases end by themselves", why=str(error), seconds=self._lease)

    # -- one beat ----------------------------------------------------------------------------------------------

    async def beat(self) -> None:
        """Say what we do, see what others do, act on it. Raises QueueError, FixMeError."""
        host = self._parts()
        limits = host.limits()
        began, awake = self._time(), self._awake()
        releases = self._ready_to_release(host, began)
        blocks = {name: self._block(limits, name) for name in self._until if name not in releases}
        said = Beat(
            self._lease, blocks, self.quotas.untold(began), releases, list(limits), self._share, host.doing(),
            host.history(),
        )  # fmt: skip
        beaten = await self._cluster.beat(said, lambda view: self._decide(view, limits))
        self.view = beaten.view
        self._sync(beaten.view.now)
        self.tell(CONFIGURED, _said_of(sharing.strangers(beaten.view.alive)))
        await self._act(beaten, limits, began, awake)

    def _ready_to_release(self, host: Host, now: float) -> list[str]:
        late = [source for source, since in self._giving.items() if now - since > HANDOVER_SECONDS]
        host.let_go(late)
        return [source for source in self._giving if source in self._until and not host.is_busy_with(source)]

    def _block(self, limits: Mapping[str, Limits], source: str) -> int:
        return sharing.most_within(limits[source], self._lease) if source in limits else 1

    def _decide(self, view: ClusterView, limits: Mapping[str, Limits]) -> Decision:
        overall = self._parts().overall()
        busy = {seen.owner for seen in view.sources}
        nodes = sorted(view.alive, key=lambda node: (node.name not in busy, node.name))
        target = sharing.assign(nodes[: sharing.most_nodes(overall)], view.sources)
        take = {
            seen.source: self._block(limits, seen.source)
            for seen in view.sources
            if target.get(seen.source) == self.node and not _is_owned(seen) and seen.source in limits
        }
        want = {}
        if view.leader == self.node:
            for seen in view.sources:
                to = target.get(seen.source, "")
                wanted = to if to != seen.owner and _is_owned(seen) else ""
                if _is_owned(seen) and wanted != seen.wanted_by:
                    want[seen.source] = wanted
        self._wants = want
        return Decision(take, want, self._want_share(view, target, overall))

    def _want_share(self, view: ClusterView, target: Mapping[str, str], overall: Limits) -> float:
        """Of the global limits: by need, looked at anew where a source moves, and now and then."""
        if not overall.windows and overall.min_delay <= 0:
            return 0.0
        owned = {seen.source: seen.owner if _is_owned(seen) else target.get(seen.source, "") for seen in view.sources}
        before, at = self._shared
        if owned != before or self._time() - at > SHARE_SECONDS:
            self._shared = owned, self._time()
            needs = {seen.source: seen.need for seen in view.sources}
            self._wanted_share = sharing.share_of(self.node, owned, needs)
        return self._wanted_share

    async def _act(self, beaten: Beaten, limits: Mapping[str, Limits], began: float, awake: float) -> None:
        host = self._parts()
        before = set(self._until)
        self.quotas.told({source: self._block(limits, source) for source in beaten.ours})
        if beaten.taken:
            await host.gained(beaten.taken)  # before the first request (law 2)
            log.info("sources taken over", sources=sorted(beaten.taken))
        self._take_share(beaten)
        lasts = self._lease - margin(self._lease)
        self._deadline, self._awake_until = began + lasts, awake + lasts
        self._until = dict.fromkeys(beaten.ours, self._deadline)
        lost = before - self._until.keys()
        if lost:
            self.quotas.forget(lost)
            host.let_go(lost)
            log.info("sources let go", sources=sorted(lost))
        if lost or beaten.taken:
            self.publish(SourcesMoved(tuple(sorted(beaten.taken)), tuple(sorted(lost))))
        self._give_what_is_wanted(beaten)
        self._tell_changed([*lost, *self._until])
        led = self.leads
        self._leads_until = self._deadline if beaten.leads else -math.inf
        change, self._change = self._change, beaten.view.change
        if beaten.taken or lost or change != self._change:
            self._stale.set()
        if self.leads and (not led or beaten.view.asked != self._asked):
            host.ask_pass()
        self._asked = beaten.view.asked

    def _give_what_is_wanted(self, beaten: Beaten) -> None:
        wanted = {
            seen.source
            for seen in beaten.view.sources
            if seen.source in self._until
            and seen.owner == self.node
            and self._wants.get(seen.source, seen.wanted_by) not in ("", self.node)
        }
        now = self._time()
        self._giving = {source: self._giving.get(source, now) for source in wanted}

    def _take_share(self, beaten: Beaten) -> None:
        if beaten.returned:
            self._share = 0.0
        if beaten.share > self._share:
            self._set_share(beaten.share, beaten.others)
        elif self._wanted_share < self._share or beaten.returned:
            self._set_share(min(self._wanted_share, beaten.share), ())  # said with the next beat (law 5)
        elif not self._usable:
            self._set_share(self._share, ())

    def _set_share(self, share: float, others: Sequence[float]) -> None:
        overall = self._parts().overall()
        unshared = not overall.windows
        before = sharing.part_of(overall, self._share)
        part = overall if unshared else sharing.part_of(overall, share)
        self._usable = unshared or sharing.is_usable(part)
        longest = max(part.windows, key=lambda window: window.seconds, default=None)
        grown = 0
        if longest is not None:
            grown = longest.limit - max(before.windows, key=lambda window: window.seconds).limit
        self._share = share
        # as many of the others' requests as we get more: what they have used of it is used
        self._parts().set_part(part, others[-grown:] if grown > 0 else ())

    def _tell_changed(self, sources: Collection[str]) -> None:
        if self._host is not None:
            self._host.changed([*sources, GLOBAL])

    def _parts(self) -> Host:
        assert self._host is not None, "attach the parts first"
        return self._host


def _is_owned(seen: SourceSeen) -> bool:
    return bool(seen.owner) and seen.left > 0


def _said_of(strangers: Mapping[str, Sequence[str]]) -> str:
    """For people; "" if all nodes have the same sources."""
    lacks = "; ".join(f"{node} does not know {', '.join(sources)}" for node, sources in strangers.items())
    return f"{lacks}: others ask there; give all machines the same configuration" if lacks else ""
