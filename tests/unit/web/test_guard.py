from __future__ import annotations

import asyncio

import pytest
from aiohttp.test_utils import make_mocked_request

from adce_async.web.guard import BYTES_A_REQUEST, LONGEST_WAIT, MOST_CLIENTS, ClientRates, is_ours, may_change


async def test_a_client_may_ask_so_often_and_no_more_and_is_told_when() -> None:
    rates = ClientRates(2.0, 3, asyncio.get_running_loop().time)
    assert [rates.wait("a") for _ in range(3)] == [0, 0, 0]
    assert rates.wait("a") == pytest.approx(0.5)
    assert rates.wait("b") == 0  # others are not concerned
    await asyncio.sleep(0.5)
    assert rates.wait("a") == 0
    assert rates.wait("a") > 0
    await asyncio.sleep(100)
    assert [rates.wait("a") == 0 for _ in range(4)] == [True, True, True, False]  # a pause saves up a burst at most
    rates.apply(2.0, 100)
    assert rates.wait("a") == 0


async def test_only_so_many_clients_are_remembered_and_the_silent_are_forgotten_first() -> None:
    rates = ClientRates(1.0, 1, asyncio.get_running_loop().time)
    assert rates.wait("first") == 0
    for number in range(MOST_CLIENTS - 1):
        assert rates.wait(str(number)) == 0
    assert rates.wait("first") > 0
    assert rates.wait("one more") == 0
    assert rates.wait("0") == 0  # forgotten for it


@pytest.mark.parametrize(
    ("host", "ours"),
    [
        ("127.0.0.1", True), ("127.0.0.1:8080", True), ("[::1]:8080", True), ("localhost:1", True),
        ("LOCALHOST", True), ("192.168.1.9:8080", True), ("lake.internal:8080", True), ("evil.test", False),
        ("evil.test:8080", False), ("127.0.0.1.evil.test", False), ("localhost.evil.test", False), ("", False),
        ("::1", False),
    ],
)  # fmt: skip
def test_a_name_that_points_here_is_not_ours(host: str, ours: bool) -> None:
    assert is_ours(host, {"lake.internal"}) is ours


@pytest.mark.parametrize(
    ("token", "header", "allowed"),
    [
        ("s3cret", "Bearer s3cret", True), ("s3cret", "bearer s3cret", True), ("s3cret", "Bearer s3cre", False),
        ("s3cret", "Basic s3cret", False), ("s3cret", "", False), ("s3cret", "Bearer ", False),
        (None, "Bearer s3cret", False), ("", "Bearer ", False), ("tökén", "Bearer tökén", True),
    ],
)  # fmt: skip
def test_only_the_token_may_change_things(token: str | None, header: str, allowed: bool) -> None:
    refusal = may_change(make_mocked_request("POST", "/pause", headers={"Authorization": header}), token)
    assert (refusal is None) is allowed
    assert refusal is None or refusal.status == 403


async def test_a_long_answer_counts_as_many_requests_and_keeps_nobody_out_for_ever() -> None:
    rates = ClientRates(10.0, 20, asyncio.get_running_loop().time)
    rates.charge("a", 1_000_000)  # who has not asked has nothing to be charged
    assert rates.wait("a") == 0
    rates.charge("a", 30 * BYTES_A_REQUEST)
    assert 1.0 < rates.wait("a") < 1.3
    rates.charge("a", 10**12)
    assert rates.wait("a") <= LONGEST_WAIT + 0.2
    await asyncio.sleep(LONGEST_WAIT + 1)
    assert rates.wait("a") == 0
