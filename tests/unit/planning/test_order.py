from __future__ import annotations

import itertools

from hypothesis import given, settings
from hypothesis import strategies as st

from adce_async.model.coverage import GapKind, Priority
from adce_async.model.score_rules import ScoreRules, SizeClasses
from adce_async.model.task import AHEAD_TIER, FIRST_TIER, Task
from adce_async.planning.order import KineticOrder
from adce_async.planning.score import factors
from adce_async.testing.example_tasks import task as example

FORMS = (
    ScoreRules(),
    ScoreRules(size=SizeClasses(), success_rate_penalty=0.7, gap_size_weight=0.0, success_rate_weight=0.0),
)
RATES = {"good": 1.0, "bad": 0.1}

tasks = st.lists(
    st.builds(
        lambda source, scraper, priority, detected, files: (source, scraper, priority, detected, files),
        st.sampled_from(["espn", "nba_api", "kaggle", "ant"]),
        st.sampled_from(["good", "bad", "new"]),
        st.sampled_from(list(Priority)),
        st.integers(1_700_000_000, 1_700_900_000),
        st.sampled_from([1, 9, 10, 60, 600]),
    ),
    max_size=25,
)


def make(rows: list[tuple[str, str, Priority, int, int]]) -> dict[str, Task]:
    return {
        f"k{n}": Task(
            f"k{n}", source, scraper, "t", None, {}, GapKind.MISSING, priority, float(detected), 0.0, files=files
        )
        for n, (source, scraper, priority, detected, files) in enumerate(rows)
    }


@settings(max_examples=60, deadline=None)
@given(tasks, st.sampled_from(FORMS), st.lists(st.integers(0, 40_000_000), max_size=30))
def test_pops_in_the_order_of_a_full_sort_at_each_moment(rows, rules, pauses) -> None:
    by_key = make(rows)
    order = KineticOrder(rules, RATES)
    for task in by_key.values():
        order.push(task)
    now = 1_701_000_000.0
    left = dict(by_key)
    for pause in [*pauses, *[0] * len(rows)]:
        now += pause
        key = order.pop(now)
        if key is None:
            break
        best = max(round(factors(task, now, rules, RATES).score, 5) for task in left.values())
        assert abs(factors(left.pop(key), now, rules, RATES).score - best) < 1e-4
    assert not left


@settings(max_examples=40, deadline=None)
@given(tasks, st.sets(st.sampled_from(["espn", "nba_api", "kaggle", "ant"])))
def test_only_open_sources_and_best_first_among_them(rows, open_sources) -> None:
    by_key = make(rows)
    order = KineticOrder(ScoreRules())
    for task in by_key.values():
        order.push(task)
    now = 1_701_000_000.0
    popped = []
    while (key := order.pop(now, open_sources.__contains__)) is not None:
        popped.append(key)
    assert {by_key[key].source for key in popped} <= open_sources
    assert len(popped) == sum(task.source in open_sources for task in by_key.values())
    scores = [factors(by_key[key], now, ScoreRules()).score for key in popped]
    assert all(a >= b - 1e-4 for a, b in itertools.pairwise(scores))


def test_a_low_task_is_served_in_the_end_under_a_steady_flood() -> None:
    order = KineticOrder(ScoreRules())
    hour = 3600.0
    (low,) = make([("espn", "new", Priority.LOW, 0, 1)]).values()
    order.push(low)
    for n in range(400):
        (fresh,) = make([("espn", "new", Priority.HIGH, 0, 1)]).values()
        order.push(
            Task(**{**{s: getattr(fresh, s) for s in Task.__slots__}, "key": f"new{n}", "detected_at": n * hour})
        )
        if order.pop(n * hour) == low.key:
            return
    raise AssertionError("never served")


def test_pushing_again_moves_and_discarding_removes() -> None:
    order = KineticOrder(ScoreRules(enabled=False))
    first, second = make([("espn", "new", Priority.LOW, 0, 1), ("espn", "new", Priority.HIGH, 0, 1)]).values()
    order.push(first)
    order.push(second)
    order.push(second)
    order.discard(first.key)
    assert (len(order), order.pop(0.0), order.pop(0.0)) == (1, second.key, None)


def test_to_look_ahead_changes_nothing() -> None:
    order = KineticOrder(ScoreRules())
    made = make([("kaggle" if number % 2 else "ant", "good", Priority.LOW, number, 1) for number in range(10)])
    for each in made.values():
        order.push(each)
    before = list(order.in_order(0.0))
    assert order.ahead(0.0, 3, lambda _: True) == before[:3]
    ants = [key for key in before if made[key].source == "ant"]
    assert order.ahead(0.0, 100, lambda source: source == "ant") == ants
    assert list(order.in_order(0.0)) == before
    assert [order.pop(0.0) for _ in before] == before


def test_what_comes_of_a_game_that_has_just_ended_goes_ahead_whatever_the_score() -> None:
    for rules in (ScoreRules(), ScoreRules(enabled=False)):
        order = KineticOrder(rules)
        for key, tier in (("old", 0), ("of a game", AHEAD_TIER), ("required of it", FIRST_TIER)):
            order.push(example(key, tier=tier, priority=Priority.CRITICAL, detected_at=0.0 if key == "old" else 1e9))
        assert [order.pop(1e9) for _ in range(3)] == ["required of it", "of a game", "old"]
