"""Why a key is a gap, what was tried, what happens next."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from tests.unit.cli.conftest import Desk
from tests.unit.cli.served import COVERAGE, STATUS, served
from tests.unit.cli.test_status import screen

from adce_async.adapters.history_sqlite import SqliteHistory
from adce_async.adapters.queue_sqlite import SqliteQueue
from adce_async.adapters.writer import SqliteWriter
from adce_async.model.task import AttemptRecord, Outcome, Verdict

KEY = "ant/2.json"


def test_before_the_first_pass_it_looks_for_itself(desk: Desk) -> None:
    said = screen(desk.adce("explain", KEY)[0])
    assert said["is"] == "ant items, fetched by ant_items"
    assert said["stored"] == "no"
    assert said["gap"].startswith("missing")
    assert said["tried"] == "never, as far as is remembered"
    assert said["next"] == "it is planned once the service runs: `adce start`"
    assert not (desk.inventory / "adce.db").exists()  # looking leaves nothing behind


def test_what_waits_says_for_what_and_since_when(desk: Desk) -> None:
    desk.adce("reconcile", expect=3)
    document = desk.json("explain", KEY)
    assert (document["gap"], document["parked"], document["stored"]) == (True, False, None)
    assert document["waits_for"] == "nothing runs"
    assert document["score"] > 0
    with served(desk, {"/status": STATUS, "/coverage": COVERAGE, "/rate-limits": {"ant": {"breaker": "open"}}}):
        said = screen(desk.adce("explain", KEY)[0])
        assert said["next"].endswith("it waits for: ant does not answer (breaker open)")
        assert screen(desk.adce("explain", "ant/1.json")[0])["next"] == "it is being fetched now"


def park(path: Path) -> None:
    async def job() -> None:
        async with SqliteWriter(path) as writer, SqliteQueue(writer) as queue:
            (claim,) = await queue.claim([KEY], now=1.8e9, until=1.9e9)
            await queue.settle([Outcome(KEY, Verdict.PARKED, "it is another game", at=1.8e9, token=claim.token)])
            history = SqliteHistory(writer)
            await history.record(
                [AttemptRecord(KEY, "ant", "ant_items", "parked", "it is another game", 1.8e9, 1.5, 9)]
            )

    asyncio.run(job())


def test_what_is_parked_says_why_and_how_to_bring_it_back(desk: Desk) -> None:
    desk.adce("reconcile", expect=3)
    park(desk.inventory / "adce.db")
    out, _ = desk.adce("explain", KEY)
    said = screen(out)
    assert "parked since 2027-01-15T08:00:00Z: it is another game" in said["gap"]
    assert said["tried"] == "2027-01-15T08:00:00Z parked: it is another game (1.5 s)"
    assert said["next"].endswith(f"adce parked retry {KEY}")
    assert max(map(len, out.splitlines())) <= 80


def test_what_is_there_is_no_gap(desk: Desk) -> None:
    desk.put(2)
    said = screen(desk.adce("explain", KEY)[0])
    assert said["stored"].startswith("24 bytes of ")
    assert said["gap"] == "it is none: what is stored is what is expected"
    assert said["next"] == "nothing: there is nothing to do"


@pytest.mark.parametrize("key", ["bee/1.json", "../etc/passwd"])
def test_what_nobody_knows_is_a_failure(desk: Desk, key: str) -> None:
    out, err = desk.adce("explain", key, expect=1)
    assert "of no data type in the inventory" in out or "adce: " in err


def test_what_verify_has_said_counts(desk: Desk) -> None:
    for number in (1, 2, 3):
        desk.put(number)  # somebody else's: nothing is known of it but what it is
    assert "not verified" in screen(desk.adce("explain", KEY)[0])["stored"]
    desk.adce("verify")
    said = screen(desk.adce("explain", KEY)[0])["stored"]
    assert "not verified" not in said
    assert "verified" in said
    assert desk.json("explain", KEY)["stored"]["verified"] is True
