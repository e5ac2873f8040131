"""Nodes, the sources that they own, the leader: `cluster_ports.Cluster` in PostgreSQL.

All times are those of the database's clock, read within the transaction; a node's own clock plays no part. Beats of
all nodes take turns (an advisory lock), so each sees what the ones before it have decided. Whose turn it is waits for
no other lock for long: all others wait for it.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence

import psycopg
import structlog

from adce_async.adapters.cluster import claims
from adce_async.adapters.cluster.database import ClusterDatabase, Cursor, fetch_all
from adce_async.errors import FixMeError
from adce_async.model.cluster import Beat, Beaten, ClusterView, Decision, NodeSeen, SourceSeen

log = structlog.get_logger("adce.cluster")

_NOW = "SELECT extract(epoch FROM clock_timestamp())::float8"
TURN = "SELECT pg_advisory_xact_lock(hashtext(current_schema() || ' cluster'))"
"""Held until the transaction ends; who is silent in it is cut off by the server (`ClusterDatabase`'s `idle`)."""
_SENT = "INSERT INTO sent SELECT %s, source, at FROM unnest(%s::text[], %s::float8[]) AS given (source, at)"
_KEEP_NODES = 86_400.0
"""Seconds for which a node that is gone is still shown."""
_KEEP_HANDOVERS = 10_000


class Leases:
    """`place`: the folder of the node's state, of which no second process can be at work."""

    def __init__(self, database: ClusterDatabase, node: str, place: str) -> None:
        self.node = node
        self.session = secrets.token_hex(8)
        self._database = database
        self._place = place

    async def beat(self, beat: Beat, decide: Callable[[ClusterView], Decision]) -> Beaten:
        """Say what we do, see what the others do, and act on it; see `cluster_ports.Cluster`."""
        async with self._database.transaction() as cursor:
            await cursor.execute(TURN)
            now = await self._begin(cursor)
            returned = await self._sign_in(cursor, beat, now)
            await self._tell_sent(cursor, beat.sent, now)
            await self._renew(cursor, beat, now)
            await _count_what_may_have_been_sent(cursor, now)
            leads = await self._lead(cursor, now, beat.lease)
            view = await _look(cursor, now)
            decision = decide(view)
            taken = await self._take_all(cursor, decision.take, now, beat)
            for source, node in decision.want.items():
                await cursor.execute("UPDATE source_lease SET wanted_by = %s WHERE source = %s", (node, source))
            share, others = await self._share(cursor, 0.0 if returned else beat.share, decision.share, view, now, beat)
            await cursor.execute("SELECT source FROM source_lease WHERE session = %s", (self.session,))
            ours = [source for (source,) in await fetch_all(cursor)]
            if leads:
                await _tidy(cursor, now, beat.history)
        return Beaten(view, ours, taken, leads, share, others, returned)

    async def leave(self, sent: Sequence[tuple[str, float]]) -> None:
        """Give back all that is ours."""
        async with self._database.transaction() as cursor:
            await cursor.execute(TURN)
            now = await self._begin(cursor)
            await self._tell_sent(cursor, sent, now)
            await cursor.execute(
                "UPDATE source_lease SET owner = '', session = '', expires_at = 0, ahead = 0, wanted_by = ''"
                " WHERE session = %s RETURNING source",
                (self.session,),
            )
            for (source,) in await fetch_all(cursor):
                await _note(cursor, now, source, "", f"{self.node} has stopped")
            await cursor.execute("UPDATE leader SET session = '', expires_at = 0 WHERE session = %s", (self.session,))
            await cursor.execute("DELETE FROM node WHERE session = %s", (self.session,))

    async def view(self) -> ClusterView:
        """Who does what."""
        async with self._database.transaction() as cursor:
            return await _look(cursor, await _time(cursor))

    async def ask_pass(self) -> None:
        """The leader, please, begin a pass."""
        await self._database.execute("UPDATE leader SET asked = asked + 1")

    async def handovers(self) -> list[tuple[float, str, str, str]]:
        """Who got which source when (seconds since the epoch) and why, oldest first; '' got it: nobody."""
        rows = await self._database.rows("SELECT at, source, owner, why FROM handover ORDER BY at")
        return [(at, source, owner, why) for at, source, owner, why in rows]

    async def require_name(self) -> None:
        """Raises FixMeError if another process is at work by our name: nothing of it may be touched."""
        alike = (
            "SELECT FROM node WHERE name = %s AND place <> %s AND expires_at > extract(epoch FROM clock_timestamp())"
        )
        if await self._database.rows(alike, (self.node, self._place)):
            raise self._named_alike()

    def _named_alike(self) -> FixMeError:
        return FixMeError(f"cluster.node: another process goes by the name {self.node}: name each machine differently")

    async def _begin(self, cursor: Cursor) -> float:
        """It is our turn, and no wait for a lock of tasks may take half of what a silence may; the time."""
        await cursor.execute("SELECT set_config('lock_timeout', %s, true)", (f"{self._database.idle * 500:.0f}ms",))
        return await _time(cursor)

    async def _sign_in(self, cursor: Cursor, beat: Beat, now: float) -> bool:
        """True if we are new, or have been away for longer than our lease. Raises FixMeError: somebody has our name."""
        await cursor.execute("SELECT session, place, expires_at FROM node WHERE name = %s", (self.node,))
        row = await cursor.fetchone()
        known = row is not None and row[0] == self.session
        if row is not None and not known and row[2] > now and row[1] != self._place:
            raise self._named_alike()
        if row is not None and not known:  # an earlier process of this very place is dead: it had the lock there
            await cursor.execute(
                "UPDATE source_lease SET expires_at = least(expires_at, %s) WHERE session = %s", (now, row[0])
            )
            await cursor.execute("UPDATE leader SET expires_at = 0 WHERE session = %s", (row[0],))
        returned = not known or (row is not None and row[2] <= now)
        await cursor.execute(
            "INSERT INTO node (name, session, place, expires_at, share, doing, sources)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT (name) DO UPDATE SET"
            " session = excluded.session, place = excluded.place, expires_at = excluded.expires_at,"
            " share = excluded.share, doing = excluded.doing, sources = excluded.sources",
            (
                self.node,
                self.session,
                self._place,
                now + beat.lease,
                0.0 if returned else beat.share,
                beat.doing,
                sorted(beat.sources),
            ),
        )
        return returned

    async def _tell_sent(self, cursor: Cursor, sent: Sequence[tuple[str, float]], now: float) -> None:
        if sent:
            sources, times = [source for source, _ in sent], [now - ago for _, ago in sent]
            await cursor.execute(_SENT, (self.session, sources, times))

    async def _renew(self, cursor: Cursor, beat: Beat, now: float) -> None:
        await cursor.execute(
            "INSERT INTO source_lease SELECT source, '', '', 0, 0, 0, '', 0 FROM unnest(%s::text[]) AS new (source)"
            " ON CONFLICT DO NOTHING",
            (list(beat.sources),),
        )
        # what may have been sent beyond an end that has passed has to be counted before the new block begins
        await _count_what_may_have_been_sent(cursor, now)
        await cursor.execute(
            "UPDATE source_lease SET expires_at = %s, ahead = held.ahead"
            " FROM unnest(%s::text[], %s::int[]) AS held (source, ahead)"
            " WHERE source_lease.source = held.source AND session = %s",
            (now + beat.lease, list(beat.held), list(beat.held.values()), self.session),
        )
        # what it releases; and what it was given by an answer that it never got: it has sent nothing there, and does
        # not know what others have sent
        await cursor.execute(
            "UPDATE source_lease SET owner = '', session = '', expires_at = 0, ahead = 0 WHERE session = %s"
            " AND source <> ALL(%s)",
            (self.session, list(beat.held)),
        )
        released = list(beat.releases)
        if not released:
            return
        await cursor.execute(  # what was claimed and not begun: nothing was lost
            "UPDATE task SET lease_until = NULL WHERE source = ANY(%s) AND claimed_by = %s AND lease_until IS NOT NULL",
            (released, self.node),
        )
        await cursor.execute("UPDATE queue_change SET number = number + 1")
        for source in released:
            await _note(cursor, now, source, "", f"handed over by {self.node}")

    async def _lead(self, cursor: Cursor, now: float, lease: float) -> bool:
        await cursor.execute(
            "UPDATE leader SET name = %s, session = %s, expires_at = %s WHERE session = %s OR expires_at <= %s",
            (self.node, self.session, now + lease, self.session, now),
        )
        return cursor.rowcount == 1

    async def _take_all(
        self, cursor: Cursor, take: Mapping[str, int], now: float, beat: Beat
    ) -> dict[str, Sequence[float]]:
        """Those of `take` that are free; what was sent to each, as seconds ago."""
        taken: dict[str, Sequence[float]] = {}
        for source, ahead in take.items():
            try:
                async with cursor.connection.transaction():
                    sent = await self._take(cursor, source, ahead, now, beat)
            except psycopg.errors.LockNotAvailable:  # somebody changes its tasks, or was cut off while at it
                log.info("source not taken yet", source=source, why="its tasks are being changed")
                break
            if sent is not None:
                taken[source] = sent
        return taken

    async def _take(self, cursor: Cursor, source: str, ahead: int, now: float, beat: Beat) -> list[float] | None:
        """What was sent to it, as seconds ago; None if somebody else has it."""
        await cursor.execute("SELECT owner, expires_at FROM source_lease WHERE source = %s", (source,))
        row = await cursor.fetchone()
        if row is None or (row[0] and row[1] > now):
            return None
        await cursor.execute(
            "UPDATE source_lease SET owner = %s, session = %s, fence = fence + 1, expires_at = %s,"
            " moved_at = CASE WHEN fence = 0 THEN 0 ELSE %s END, wanted_by = '', ahead = %s WHERE source = %s",
            (self.node, self.session, now + beat.lease, now, ahead, source),  # (the first one is no move)
        )
        lost = await claims.lose(
            cursor, "lease_until IS NOT NULL AND source = %(source)s", {"source": source}
        )  # fmt: skip
        await cursor.execute("UPDATE queue_change SET number = number + 1")
        why = f"the lease of {row[0]} ended, {lost} claims came back" if row[0] else "it was free"
        await _note(cursor, now, source, self.node, why)
        await cursor.execute(
            "SELECT %s - at FROM sent WHERE source = %s AND at > %s ORDER BY at", (now, source, now - beat.history)
        )
        return [ago for (ago,) in await fetch_all(cursor)]

    async def _share(
        self, cursor: Cursor, had: float, wanted: float, view: ClusterView, now: float, beat: Beat
    ) -> tuple[float, Sequence[float]]:
        """What we have of the global limits from now on; what others have sent, if that is more than we had.

        Who is to have less says so with its next beat, when it keeps to it already.
        """
        if wanted <= had:
            await cursor.execute("UPDATE node SET share = %s WHERE session = %s", (had, self.session))
            return had, ()
        others = sum(node.share for node in view.alive if node.session != self.session)
        share = max(had, min(wanted, 1.0 - others))
        if share <= had + 1e-9:
            return had, ()
        await cursor.execute("UPDATE node SET share = %s WHERE session = %s", (share, self.session))
        await cursor.execute(
            "SELECT %s - at FROM sent WHERE session <> %s AND at > %s ORDER BY at",
            (now, self.session, now - beat.history),
        )
        return share, [ago for (ago,) in await fetch_all(cursor)]


async def _time(cursor: Cursor) -> float:
    await cursor.execute(_NOW)
    row = await cursor.fetchone()
    assert row is not None
    return float(row[0])


async def _count_what_may_have_been_sent(cursor: Cursor, now: float) -> None:
    """Leases that ended without a word: their owners may have used up all that they were allowed ahead, to the end."""
    await cursor.execute(
        "INSERT INTO sent SELECT session, source, expires_at FROM source_lease, generate_series(1, ahead)"
        " WHERE expires_at <= %s AND ahead > 0",
        (now,),
    )
    await cursor.execute("UPDATE source_lease SET ahead = 0 WHERE expires_at <= %s AND ahead > 0", (now,))


async def _look(cursor: Cursor, now: float) -> ClusterView:
    await cursor.execute("SELECT name, session, expires_at - %s, share, doing, sources FROM node ORDER BY name", (now,))
    nodes = [NodeSeen(*row) for row in await fetch_all(cursor)]
    await cursor.execute(
        "SELECT lease.source, owner, session, fence, expires_at - %s, %s - moved_at, wanted_by, coalesce(waits, 0)"
        " FROM source_lease AS lease"
        " LEFT JOIN (SELECT source, count(*)::int AS waits FROM task GROUP BY source) AS task USING (source)"
        " ORDER BY lease.source",
        (now, now),
    )
    sources = [SourceSeen(*row) for row in await fetch_all(cursor)]
    await cursor.execute("SELECT CASE WHEN expires_at > %s THEN name ELSE '' END, asked FROM leader", (now,))
    leader = await cursor.fetchone() or ("", 0)
    await cursor.execute("SELECT number FROM queue_change")
    change = await cursor.fetchone() or (0,)
    return ClusterView(nodes, sources, leader[0], change[0], leader[1], now)


async def _note(cursor: Cursor, now: float, source: str, owner: str, why: str) -> None:
    await cursor.execute("INSERT INTO handover VALUES (%s, %s, %s, %s)", (now, source, owner, why))


async def _tidy(cursor: Cursor, now: float, history: float) -> None:
    """What nobody asks for any more."""
    await cursor.execute("DELETE FROM sent WHERE at < %s", (now - history,))
    await cursor.execute("DELETE FROM node WHERE expires_at < %s", (now - _KEEP_NODES,))
    await cursor.execute(
        "DELETE FROM handover WHERE at < (SELECT at FROM handover ORDER BY at DESC OFFSET %s LIMIT 1)",
        (_KEEP_HANDOVERS,),
    )
