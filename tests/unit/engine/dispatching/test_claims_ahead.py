from __future__ import annotations

from dataclasses import replace

from adce_async.engine.dispatching.claims_ahead import MOST_AHEAD, SOON_SECONDS, ClaimsAhead
from adce_async.model.score_rules import ScoreRules
from adce_async.model.task import Task
from adce_async.planning.backlog import Backlog
from adce_async.testing.queue_contract import task


def backlog_of(count: int) -> Backlog:
    return Backlog(ScoreRules(), [task(f"{number:03}") for number in range(count)])


def chosen(ahead: ClaimsAhead, backlog: Backlog, at: float) -> list[str]:
    return [each.key for each in ahead.choose(backlog, lambda _: True, now=0.0, at=at)]


def ours(ahead: ClaimsAhead, backlog: Backlog, *keys: str) -> list[Task]:
    """Claim what is chosen until `keys` are among it; all that was got."""
    got: list[Task] = []
    for turn in range(5):
        tasks = list(ahead.choose(backlog, lambda _: True, now=0.0, at=turn * SOON_SECONDS / 2))
        ahead.got(tasks, {each.key: each for each in tasks}, backlog)
        got += tasks
    assert {*keys} <= {each.key for each in got}
    return got


def test_where_starts_are_rare_nothing_is_claimed_ahead() -> None:
    ahead, backlog = ClaimsAhead(), backlog_of(100)
    assert [chosen(ahead, backlog, turn * SOON_SECONDS) for turn in range(4)] == [[], [], [], []]


def test_the_quicker_they_follow_the_more_is_claimed_up_to_a_bound() -> None:
    ahead, backlog = ClaimsAhead(), backlog_of(100)
    counts = [len(chosen(ahead, backlog, turn * SOON_SECONDS / 2)) for turn in range(10)]
    assert counts == [0, 1, 3, 7, 15, 31, *[MOST_AHEAD] * 4]
    assert len(backlog) == 100  # they wait where they were
    assert chosen(ahead, backlog, 1000.0) == []


def test_what_is_ours_is_started_without_another_claim_and_once() -> None:
    ahead, backlog = ClaimsAhead(), backlog_of(3)
    first, *_ = ours(ahead, backlog, "000", "001", "002")
    assert ahead.take([first]) == [first]
    assert ahead.take([first]) == []
    assert ahead.take([first, task("001")]) == [task("001")]
    ahead.put_back([task("001")])
    assert ahead.take([task("001"), task("002")]) == [task("001"), task("002")]
    assert len(ahead) == 0


def test_what_one_request_serves_is_claimed_together() -> None:
    pair = [replace(task("box"), fields={"id": "1"}), replace(task("plays"), fields={"id": "1"})]
    ahead, backlog = ClaimsAhead(), Backlog(ScoreRules(), pair)
    assert chosen(ahead, backlog, 0.0) == []
    assert set(chosen(ahead, backlog, SOON_SECONDS / 2)) == {"box", "plays"}
    assert len(backlog) == 2


def test_what_somebody_else_has_is_not_in_the_backlog_any_more_and_what_has_changed_is_as_it_is_now() -> None:
    ahead, backlog = ClaimsAhead(), backlog_of(2)
    now = task("000", lost_leases=1)
    ahead.got([task("000"), task("001")], {"000": now}, backlog)
    assert backlog.in_order(0.0) == [now]


def test_a_backlog_made_anew_holds_what_is_claimed_and_what_is_given_back_is_not_ours() -> None:
    ahead, backlog = ClaimsAhead(), backlog_of(3)
    ours(ahead, backlog, "000", "001", "002")
    fresh = Backlog(ScoreRules(), [])
    ahead.into(fresh, lambda each: each.key != "001")
    assert {each.key for each in fresh.in_order(0.0)} == {"000", "002"}
    assert {each.key for each in ahead.give_back()} == {"000", "001", "002"}
    assert len(ahead) == 0


def test_what_was_claimed_while_the_backlog_was_made_anew_is_in_the_new_one() -> None:
    """Else it would be ours, and nobody would ever start it."""
    ahead, fresh = ClaimsAhead(), Backlog(ScoreRules(), [])
    ahead.got([task("000")], {"000": task("000")}, fresh)
    assert [each.key for each in fresh.in_order(0.0)] == ["000"]
    assert ahead.take([task("000")]) == [task("000")]


def test_what_is_claimed_of_a_source_that_is_anothers_now_is_forgotten() -> None:
    ahead, backlog = ClaimsAhead(), backlog_of(10)
    got = ours(ahead, backlog, "000")
    assert ahead.forget({"bee"}) == []
    assert sorted(ahead.forget({"ant", "bee"})) == sorted(each.key for each in got)
    assert (len(ahead), list(ahead.take(got))) == (0, [])
