"""One instance at a time on a lake in S3: an object `.adce/lock`, written with conditions only.

It is written if there is none, renewed if it still is what we wrote, and taken over once nobody has renewed it for
TTL_SECONDS: by the server's own clock, so that no machine's clock has to be right. Who can't renew writes no more
before another may begin.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

import structlog

from adce_async.adapters.s3.lock_holder import TTL_SECONDS, Holder, runs
from adce_async.errors import FixMeError, StoreError
from adce_async.ports import Clock

log = structlog.get_logger("adce.lake")

RENEW_SECONDS = 15.0
MARGIN_SECONDS = 10.0
"""So long before another may begin we write no more: a request may take so long on its way."""
POLL_SECONDS = 2.0
RELEASE_SECONDS = 3.0
NO_CONDITIONS = (
    "this server does not heed conditional writes (If-None-Match, If-Match), so nothing can keep a second instance "
    "out: use one that does, or set s3.lock: false in reconciliation_config.yaml and see to it that there is only one"
)


@dataclass(frozen=True, slots=True)
class Held:
    """A lock as it is found. `age`: seconds since it was written; None if the server does not say."""

    tag: str
    holder: Holder | None
    age: float | None


class LockPlace(Protocol):
    """Where the lock is kept. All raise StoreError."""

    async def read(self) -> Held | None:
        """The lock, or None if there is none."""
        ...

    async def write(self, holder: Holder, only_if: str) -> str | None:
        """Write it if its etag is `only_if` ('': if there is none); its new etag, or None if it is another's."""
        ...

    async def remove(self) -> None:
        """Remove it."""
        ...


class LakeLock:
    """The lock of one lake, held from `acquire` to `release` as long as `keep` renews it."""

    def __init__(self, place: LockPlace, me: Holder, lake: str, *, clock: Clock) -> None:
        self._place = place
        self._me = me
        self._lake = lake
        self._clock = clock
        self._tag: str | None = None
        self._until = (0.0, 0.0)
        """Loop time and wall-clock time until which it is ours: a laptop that slept stops one of the two."""
        self._turn = asyncio.Lock()
        self._said = False

    @property
    def held(self) -> bool:
        """True while nobody else can have it."""
        loop_until, wall_until = self._until
        now = asyncio.get_running_loop().time()
        return self._tag is not None and now < loop_until and self._clock.now() < wall_until

    async def acquire(self) -> None:
        """Take it: at once where it is free or its holder is known to be dead, else after it has run out.

        Raises FixMeError if it is renewed meanwhile, or if the server heeds no conditions; StoreError.
        """
        async with self._turn:
            time = asyncio.get_running_loop().time
            seen, since = "", time()
            while not await self._take(abandoned=seen if time() - since > TTL_SECONDS + MARGIN_SECONDS else None):
                held = await self._place.read()
                if held is None:
                    continue
                if self._is_alive(held) or (seen and held.tag != seen):
                    raise FixMeError(self._refusal(held))
                if not seen:
                    log.warning("the lake is locked", lake=self._lake, by=_who(held), next="waiting until it runs out")
                    seen, since = held.tag, time()
                await asyncio.sleep(POLL_SECONDS)
            try:
                await self._try_conditions()
            except BaseException:
                with suppress(StoreError):
                    await self._place.remove()
                self._tag = None
                raise

    async def require(self) -> None:
        """Before each write. Raises StoreError if the lock is lost and can't be had again."""
        if not self.held:
            async with self._turn:
                if not self.held:
                    await self._renew()

    async def renew(self) -> None:
        """Renew it now, or take it again where it is free. Raises StoreError."""
        async with self._turn:
            await self._renew()

    async def keep(self) -> None:
        """Renew it until cancelled; what can't be done is said once, and tried again."""
        while True:
            await asyncio.sleep(RENEW_SECONDS)
            try:
                await self.renew()
            except StoreError as error:
                if not self._said:
                    self._said = True
                    log.error("the lock on the lake can't be renewed", lake=self._lake, reason=str(error))
            else:
                if self._said:
                    self._said = False
                    log.info("the lock on the lake is renewed again", lake=self._lake)

    async def release(self) -> None:
        """Let go of it, if it is ours; who can't be reached will find it run out."""
        async with self._turn:
            if self.held:
                self._tag = None
                with suppress(StoreError, TimeoutError):  # nobody waits for the network on his way out
                    async with asyncio.timeout(RELEASE_SECONDS):
                        await self._place.remove()

    async def _renew(self) -> None:
        if self._tag is not None:
            begun = self._now()
            tag = await self._place.write(self._me, self._tag)
            if tag is not None:
                self._hold(tag, begun)
                return
            self._tag = None
        if not await self._take():
            held = await self._place.read()
            raise StoreError(self._refusal(held) if held else f"{self._lake}: its lock changes hands; trying again")

    async def _take(self, abandoned: str | None = None) -> bool:
        """Take it if it is free, has run out, is of a process that is known to be dead, or still is `abandoned`."""
        held = await self._place.read()
        if held is not None and held.tag != abandoned and not self._is_dead(held):
            return False
        begun = self._now()
        tag = await self._place.write(self._me, held.tag if held else "")
        if tag is None:
            return False
        if held is not None and held.holder is not None and held.holder != self._me:
            log.info("the lock of a dead process is taken over", lake=self._lake, of=str(held.holder))
        self._hold(tag, begun)
        return True

    async def _try_conditions(self) -> None:
        """Raises FixMeError if the server lets anybody write over a lock."""
        for wrong in ("", "0" * 32):
            tag = await self._place.write(self._me, wrong)
            if tag is not None:
                raise FixMeError(f"{self._lake}: {NO_CONDITIONS}")

    def _is_dead(self, held: Held) -> bool:
        holder = held.holder
        ttl = holder.ttl if holder else TTL_SECONDS
        if held.age is not None and held.age > ttl + MARGIN_SECONDS:
            return True
        if holder is None:
            return False
        if (holder.instance, holder.host) == (self._me.instance, self._me.host):
            return True  # whoever works in our state folder holds its file lock, and that is ours
        return holder.boot == self._me.boot and not runs(holder.pid)

    def _is_alive(self, held: Held) -> bool:
        return held.holder is not None and held.holder.boot == self._me.boot and runs(held.holder.pid)

    def _hold(self, tag: str, begun: tuple[float, float]) -> None:
        self._tag = tag
        lasts = TTL_SECONDS - MARGIN_SECONDS
        self._until = (begun[0] + lasts, begun[1] + lasts)

    def _now(self) -> tuple[float, float]:
        return asyncio.get_running_loop().time(), self._clock.now()

    def _refusal(self, held: Held) -> str:
        return f"another instance ({_who(held)}) works on {self._lake}; stop it, or use another --lake"


def _who(held: Held) -> str:
    return str(held.holder) if held.holder else "that does not say who it is"
