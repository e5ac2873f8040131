"""Claims in the task table of a cluster: taken, lost, renewed and settled, each within a transaction of the caller.

A row is claimed while its `lease_until` is set, `token` says by which claim and `claimed_by` by which node. Rows are
locked in the order of their keys, so that no two callers wait for each other.
"""

# ruff: noqa: S608 - the statements are put together from constants only

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from adce_async.adapters.cluster.database import Cursor, fetch_all
from adce_async.adapters.task_rows import COLUMNS, decode_rows
from adce_async.model.task import Claim, Outcome, Task, Verdict
from adce_async.ports import MAX_LOST_LEASES, POISONOUS

_HELD = "SELECT key, token FROM task WHERE lease_until IS NOT NULL AND key = ANY(%(keys)s)"
_OURS = (
    " AND EXISTS (SELECT FROM source_lease AS lease WHERE lease.source = task.source AND lease.session = %(session)s"
    " AND lease.expires_at > extract(epoch FROM clock_timestamp()))"
)
"""Only while its source is ours, by the clock that the lease is kept by: who woke up too late settles nothing."""
_TAKE = """
    UPDATE task SET lease_until = %(until)s, claimed_by = %(node)s, token = taken.token
    FROM (SELECT key, nextval('claim_token') AS token
          FROM (SELECT key FROM unnest(%(keys)s::text[]) WITH ORDINALITY AS given (key, place) ORDER BY place) AS given
         ) AS taken
    WHERE task.key = taken.key RETURNING task.key, task.token
"""


async def claim(cursor: Cursor, keys: Collection[str], *, now: float, until: float, node: str) -> list[Claim]:
    """Claim what is free of `keys`; in their order."""
    free = await _free(cursor, list(dict.fromkeys(keys)), now)
    if not free:
        return []
    await cursor.execute(_TAKE, {"until": until, "node": node, "keys": [task.key for task in free]})
    tokens = dict(await fetch_all(cursor))
    return [Claim(task, tokens[task.key]) for task in free]


async def _free(cursor: Cursor, keys: list[str], now: float) -> list[Task]:
    """Those of `keys` that may be claimed, in their order; first what ran out is lost."""
    await cursor.execute("SELECT 1 FROM task WHERE lease_until < %s AND key = ANY(%s) LIMIT 1", (now, keys))
    if await cursor.fetchone():
        await lose(cursor, "lease_until < %(now)s AND key = ANY(%(keys)s)", {"now": now, "keys": keys})
    await cursor.execute(
        f"SELECT {COLUMNS} FROM task WHERE lease_until IS NULL AND key = ANY(%s) ORDER BY key FOR UPDATE", (keys,)
    )
    free = {task.key: task for task in decode_rows(await fetch_all(cursor))}
    return [free[key] for key in keys if key in free]


async def lose(cursor: Cursor, where: str, values: Mapping[str, object]) -> int:
    """Take back the claims `where`; a key that lost too many is parked, as of the time its claim ran out.

    Returns how many.
    """
    given = {**values, "most": MAX_LOST_LEASES, "poisonous": POISONOUS}
    await cursor.execute(f"SELECT key FROM task WHERE {where} ORDER BY key FOR UPDATE", given)
    given["lost"] = [key for (key,) in await fetch_all(cursor)]
    if not given["lost"]:
        return 0
    await cursor.execute(
        "INSERT INTO parked SELECT key, source, scraper, %(poisonous)s, attempts, lease_until, NULL, '', fingerprint,"
        " kind FROM task WHERE key = ANY(%(lost)s) AND lost_leases + 1 >= %(most)s",
        given,
    )
    await cursor.execute("DELETE FROM task WHERE key = ANY(%(lost)s) AND lost_leases + 1 >= %(most)s", given)
    await cursor.execute(
        "UPDATE task SET lost_leases = lost_leases + 1, lease_until = NULL WHERE key = ANY(%(lost)s)", given
    )
    return len(given["lost"])  # type: ignore[arg-type]  # it was made a list above


async def renew(cursor: Cursor, tokens: Mapping[str, int], until: float) -> list[str]:
    """Extend the claims held with `tokens`; the keys of the others."""
    held = await _held(cursor, list(tokens), None)
    ours = {key for key, token in tokens.items() if held.get(key) == token}
    await cursor.execute(
        "UPDATE task SET lease_until = greatest(lease_until, %s) WHERE key = ANY(%s)", (until, list(ours))
    )
    return [key for key in tokens if key not in ours]


async def settle(cursor: Cursor, outcomes: Sequence[Outcome], session: str | None) -> list[str]:
    """Apply `outcomes`; the keys of those whose claim is not held with their token, or whose source is not ours.

    `session`: which process we are; None: sources belong to nobody in particular.
    """
    held = await _held(cursor, [outcome.key for outcome in outcomes], session)
    of: dict[Verdict, list[Outcome]] = {verdict: [] for verdict in Verdict}
    refused = []
    for outcome in outcomes:
        if held.get(outcome.key) != outcome.token:
            refused.append(outcome.key)
            continue
        del held[outcome.key]  # the first that is accepted ends the claim
        of[outcome.verdict].append(outcome)
    for verdict, change in (
        (Verdict.RETRY, "attempts = attempts + 1, lost_leases = 0, "),
        (Verdict.RELEASED, ""),
    ):
        if of[verdict]:
            await cursor.execute(
                f"UPDATE task SET {change}not_before = given.not_before, lease_until = NULL"
                " FROM unnest(%s::text[], %s::float8[]) AS given (key, not_before) WHERE task.key = given.key",
                ([o.key for o in of[verdict]], [o.not_before for o in of[verdict]]),
            )
    await _park(cursor, of[Verdict.PARKED])
    stored = [o.key for o in (*of[Verdict.STORED], *of[Verdict.UNCHANGED])]
    if stored:
        await cursor.execute(
            "INSERT INTO settled SELECT key, extract(epoch FROM clock_timestamp()) FROM unnest(%s::text[]) AS new (key)"
            " ON CONFLICT (key) DO UPDATE SET at = excluded.at",
            (sorted(stored),),
        )
    done = [o.key for o in (*of[Verdict.STORED], *of[Verdict.UNCHANGED], *of[Verdict.PARKED])]
    if done:
        await cursor.execute("DELETE FROM task WHERE key = ANY(%s)", (done,))
    return list(dict.fromkeys(refused))


async def _park(cursor: Cursor, outcomes: Sequence[Outcome]) -> None:
    for o in outcomes:  # few
        await cursor.execute(
            "INSERT INTO parked SELECT key, source, scraper, %s, attempts + 1, %s, %s, %s, fingerprint, kind"
            " FROM task WHERE key = %s",
            (storable(o.reason), o.at, o.status, storable(o.head), o.key),
        )


async def _held(cursor: Cursor, keys: list[str], session: str | None) -> dict[str, int]:
    """Key -> token of those that are claimed, locked until the transaction ends."""
    ours = _OURS if session else ""
    await cursor.execute(f"{_HELD}{ours} ORDER BY key FOR UPDATE", {"keys": keys, "session": session})
    return dict(await fetch_all(cursor))


def storable(text: str) -> str:
    r"""`text` without what PostgreSQL takes in no text.

    >>> storable("a\0b")
    'a�b'
    """
    return text.replace("\0", "\ufffd")
