"""Claims in the task table: taken, lost, renewed and settled, each within a transaction of the caller.

A row is claimed while its `lease_until` is set, and `token` says by which claim. `last_token` grows with each claim
in the same transaction, so that no restart gives a token twice.
"""

# ruff: noqa: S608 - the statements are put together from constants only

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Mapping, Sequence

from adce_async.adapters.task_rows import COLUMNS, KEYS, as_json, decode
from adce_async.model.task import Claim, Outcome, Task, Verdict
from adce_async.ports import MAX_LOST_LEASES, POISONOUS

_TAKE = "UPDATE task SET lease_until = ?, token = ? WHERE key = ?"
HELD = f"SELECT key, token FROM task WHERE lease_until IS NOT NULL AND key IN {KEYS}"
"""What is claimed of some keys, and with which token."""


def claim(connection: sqlite3.Connection, keys: Collection[str], now: float, until: float) -> list[Claim]:
    """Claim what is free of `keys`; in their order."""
    free = _free(connection, keys, now)
    if not free:
        return []
    (last,) = connection.execute("SELECT token FROM last_token").fetchone()
    connection.execute("UPDATE last_token SET token = ?", (last + len(free),))
    claims = [Claim(task, token) for token, task in enumerate(free, last + 1)]
    connection.executemany(_TAKE, [(until, claim.token, claim.task.key) for claim in claims])
    return claims


def _free(connection: sqlite3.Connection, keys: Collection[str], now: float) -> list[Task]:
    """Those of `keys` that may be claimed, in their order; first what ran out is lost."""
    text = as_json(keys)
    if connection.execute("SELECT 1 FROM task WHERE lease_until < ? LIMIT 1", (now,)).fetchone():
        _lose(connection, f"lease_until < ? AND key IN {KEYS}", (now, text))
    sql = f"SELECT {COLUMNS} FROM task WHERE lease_until IS NULL AND key IN {KEYS}"
    free = {task.key: task for task in decode(connection.execute(sql, (text,)))}
    return [free[key] for key in dict.fromkeys(keys) if key in free]


def lose_all(connection: sqlite3.Connection) -> None:
    """Take back all claims: nobody is left who could settle one."""
    _lose(connection, "lease_until IS NOT NULL", ())


def _lose(connection: sqlite3.Connection, where: str, parameters: tuple[object, ...]) -> None:
    """Take back the claims `where`; a key that lost too many is parked, as of the time its claim ran out."""
    poisonous = f"lost_leases + 1 >= {MAX_LOST_LEASES} AND {where}"
    connection.execute(
        "INSERT OR REPLACE INTO parked SELECT key, source, scraper, ?, attempts, lease_until, NULL, '', fingerprint, "
        f"kind FROM task WHERE {poisonous}",
        (POISONOUS, *parameters),
    )
    connection.execute(f"DELETE FROM task WHERE {poisonous}", parameters)
    connection.execute(f"UPDATE task SET lost_leases = lost_leases + 1, lease_until = NULL WHERE {where}", parameters)


def renew(connection: sqlite3.Connection, tokens: Mapping[str, int], until: float) -> list[str]:
    """Extend the claims held with `tokens`; the keys of the others."""
    held = _held(connection, tokens)
    ours = [key for key, token in tokens.items() if held.get(key) == token]
    sql = f"UPDATE task SET lease_until = max(lease_until, ?) WHERE key IN {KEYS}"
    connection.execute(sql, (until, as_json(ours)))
    return [key for key in tokens if key not in set(ours)]


def settle(connection: sqlite3.Connection, outcomes: Sequence[Outcome]) -> list[str]:
    """Apply `outcomes`; the keys of those whose claim is not held with their token."""
    held = _held(connection, [outcome.key for outcome in outcomes])
    of: dict[Verdict, list[Outcome]] = {verdict: [] for verdict in Verdict}
    refused = []
    for outcome in outcomes:
        if held.get(outcome.key) == outcome.token:
            of[outcome.verdict].append(outcome)
            del held[outcome.key]  # the claim has ended: what follows for the key is refused
        else:
            refused.append(outcome.key)
    _apply(connection, of)
    return list(dict.fromkeys(refused))


def _apply(connection: sqlite3.Connection, of: Mapping[Verdict, Sequence[Outcome]]) -> None:
    """What each verdict does; the claims of all are held."""
    connection.executemany(
        "UPDATE task SET attempts = attempts + 1, lost_leases = 0, not_before = ?, lease_until = NULL WHERE key = ?",
        [(o.not_before, o.key) for o in of[Verdict.RETRY]],
    )
    connection.executemany(
        "UPDATE task SET not_before = ?, lease_until = NULL WHERE key = ?",
        [(o.not_before, o.key) for o in of[Verdict.RELEASED]],
    )
    connection.executemany(
        "INSERT OR REPLACE INTO parked SELECT key, source, scraper, ?, attempts + 1, ?, ?, ?, fingerprint, kind"
        " FROM task WHERE key = ?",
        [(o.reason, o.at, o.status, o.head, o.key) for o in of[Verdict.PARKED]],
    )
    done = (*of[Verdict.STORED], *of[Verdict.UNCHANGED], *of[Verdict.PARKED])
    connection.executemany("DELETE FROM task WHERE key = ?", [(o.key,) for o in done])


def _held(connection: sqlite3.Connection, keys: Collection[str]) -> dict[str, int]:
    """Key -> token of those that are claimed."""
    return dict(connection.execute(HELD, (as_json(keys),)))
