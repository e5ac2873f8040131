"""Credentials that are refused: known after three different URLs, for ten minutes, and only these credentials."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from adce_async.engine.fetching.accounts import HOLD_SECONDS, IN_A_ROW, Accounts, fingerprint, welcome_back
from adce_async.errors import AccountError
from adce_async.model.task import Outcome, Verdict
from adce_async.testing.example_tasks import task
from adce_async.testing.memory_queue import MemoryQueue, MemoryState

MINE = {"authorization": "Bearer mine", "accept": "text/html"}
OTHER = {"authorization": "Bearer other"}
ERROR = AccountError("the token has expired", status=401)


def refused(accounts: Accounts, *urls: str) -> None:
    for url in urls:
        accounts.refused("ant", MINE, url, ERROR)


async def test_one_key_that_is_refused_again_and_again_says_little() -> None:
    accounts = Accounts()
    refused(accounts, *["https://ant.test/1"] * 10)
    accounts.check("ant", MINE)


async def test_after_several_keys_nothing_is_sent_for_a_while_with_these_credentials() -> None:
    accounts = Accounts()
    refused(accounts, *map(str, range(IN_A_ROW)))
    with pytest.raises(AccountError, match=r"3 others in a row were refused.*the token has expired") as caught:
        accounts.check("ant", MINE)
    assert caught.value.status == 401
    accounts.check("ant", OTHER)
    accounts.check("bee", MINE)
    await asyncio.sleep(HOLD_SECONDS - 1)
    with pytest.raises(AccountError):
        accounts.check("ant", MINE)
    await asyncio.sleep(1)
    accounts.check("ant", MINE)  # one more finds out
    refused(accounts, "another")
    with pytest.raises(AccountError):
        accounts.check("ant", MINE)


async def test_what_is_served_in_between_begins_anew_and_is_told() -> None:
    told: list[tuple[str, str]] = []
    accounts = Accounts(lambda name, text: told.append((name, text)))
    refused(accounts, "1", "2")
    accounts.served("ant")
    accounts.served("ant")
    refused(accounts, "3")
    accounts.check("ant", MINE)
    assert [name for name, _ in told] == ["account of ant"] * 4
    assert [bool(text) for _, text in told] == [True, True, False, True]


async def test_other_credentials_begin_anew() -> None:
    accounts = Accounts()
    refused(accounts, "1", "2")
    accounts.refused("ant", OTHER, "3", ERROR)
    accounts.check("ant", OTHER)
    accounts.check("ant", MINE)


def test_a_fingerprint_tells_apart_and_says_nothing() -> None:
    assert fingerprint(["a", "b"]) == fingerprint(["b", "a", "a"])
    assert len({fingerprint(["a"]), fingerprint(["b"]), fingerprint(["a", "b"]), fingerprint(["ab"])}) == 4
    assert "secret" not in fingerprint(["secret"])
    assert fingerprint([]) == ""


async def test_what_was_refused_comes_back_with_other_credentials_only() -> None:
    keys = {"ant/1": ("ant", 401), "ant/2": ("ant", 404), "bee/1": ("bee", 401)}
    texts = MemoryState()
    async with MemoryQueue() as queue:
        await queue.add([replace(task(key), source=source) for key, (source, _) in keys.items()])
        claims = await queue.claim(list(keys), now=0.0, until=1e12)
        await queue.settle(
            [Outcome(c.task.key, Verdict.PARKED, "no", status=keys[c.task.key][1], token=c.token) for c in claims]
        )
        assert list(await welcome_back(queue, texts, {"ant": fingerprint(["new"])})) == ["ant/1"]
        assert {entry.key for entry in await queue.parked()} == {"ant/2", "bee/1"}
        assert list(await welcome_back(queue, texts, {"ant": fingerprint(["new"])})) == []
