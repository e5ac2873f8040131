from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from adce_async.model.coverage import GapKind, Priority
from adce_async.model.score_rules import ScoreRules
from adce_async.model.task import Task
from adce_async.planning.backlog import Backlog


def task(
    key: str, source: str = "ant", game: str | None = None, priority: Priority = Priority.LOW, not_before: float = 0.0
) -> Task:
    return Task(
        key,
        source,
        f"{source}_s",
        "t",
        None,
        {"game": game or key},
        GapKind.MISSING,
        priority,
        0.0,
        0.0,
        not_before=not_before,
    )


def anything(_source: str) -> bool:
    return True


def test_tasks_of_one_request_travel_together() -> None:
    backlog = Backlog(ScoreRules())
    for each in (task("box", game="1"), task("plays", game="1"), task("other", game="2")):
        backlog.add(each)
    taken = [sorted(t.key for t in backlog.take(0.0, anything)) for _ in range(3)]
    assert sorted(taken) == [[], ["box", "plays"], ["other"]]
    assert len(backlog) == 0


def test_delayed_tasks_wait_for_their_time() -> None:
    backlog = Backlog(ScoreRules())
    backlog.add(task("later", not_before=10.0))
    backlog.add(task("now"))
    assert [t.key for t in backlog.take(0.0, anything)] == ["now"]
    assert backlog.take(0.0, anything) == ()
    assert backlog.next_ripe() == 10.0
    assert backlog.delayed_by_source() == {"ant": 10.0}
    backlog.ripen(10.0)
    assert [t.key for t in backlog.take(10.0, anything)] == ["later"]
    assert backlog.next_ripe() is None


def test_a_task_that_comes_back_takes_its_new_place() -> None:
    backlog = Backlog(ScoreRules())
    first = task("a")
    backlog.add(first)
    backlog.add(replace(first, not_before=5.0))
    assert backlog.take(0.0, anything) == ()
    backlog.add(replace(first, priority=Priority.CRITICAL))
    assert [t.priority for t in backlog.take(0.0, anything)] == [Priority.CRITICAL]
    backlog.ripen(100.0)
    assert backlog.take(100.0, anything) == ()


def test_closed_sources_keep_their_tasks() -> None:
    backlog = Backlog(ScoreRules())
    backlog.add(task("a", "ant", priority=Priority.CRITICAL))
    backlog.add(task("b", "bee"))
    assert [t.key for t in backlog.take(0.0, lambda source: source == "bee")] == ["b"]
    assert backlog.sources() == {"ant"}


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("arwt"), st.integers(0, 5), st.sampled_from([0.0, 5.0, 50.0])), max_size=40))
def test_nothing_is_lost_and_nothing_comes_twice(steps) -> None:
    backlog = Backlog(ScoreRules())
    inside: set[str] = set()
    now = 0.0
    for step, number, later in steps:
        key = f"k{number}"
        if step == "a":
            backlog.add(task(key, not_before=now + later if later else 0.0))
            inside.add(key)
        elif step == "r":
            backlog.remove(key)
            inside.discard(key)
        elif step == "w":
            now += later
            backlog.ripen(now)
        else:
            for each in backlog.take(now, anything):
                assert each.key in inside
                assert each.not_before <= now
                inside.discard(each.key)
    assert {t.key for t in backlog.in_order(now)} == inside
    assert len(backlog) == len(inside)


def test_what_is_cleared_is_as_if_it_had_never_been_filled() -> None:
    backlog = Backlog(ScoreRules(), [task("box", game="1"), task("plays", game="1"), task("later", not_before=5.0)])
    backlog.clear()
    assert (len(backlog), backlog.requests, backlog.in_order(9.0), backlog.next_ripe()) == (0, 0, [], None)
    assert backlog.take(9.0, anything) == ()
    backlog.add(task("box", game="1"))
    assert [t.key for t in backlog.take(0.0, anything)] == ["box"]
