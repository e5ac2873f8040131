"""Triggers that are met and over, and safe mode that begins and ends without flapping."""

from __future__ import annotations

import json

import pytest

from adce_async.model.days import DAY
from adce_async.planning.guardrails import GuardrailRules, SafeModeSwitch, Times, Triggers

HOUR = 3600.0
NOW = 1e9
ON = GuardrailRules(safe_mode="on_trigger")


def met(triggers: Triggers, now: float = NOW, *, memory: bool = False) -> set[str]:
    return set(triggers.met(now, memory=memory))


def test_too_few_succeed_until_well_more_do() -> None:
    triggers = Triggers(GuardrailRules())
    for n in range(49):
        triggers.attempted(NOW, good=n % 2 == 0)
    assert met(triggers) == set()
    triggers.attempted(NOW, good=False)
    assert triggers.met(NOW, memory=False) == {"success rate": "50.0 % of 50 attempts of 6 h succeeded"}
    for _ in range(130):
        triggers.attempted(NOW, good=True)
    assert met(triggers) == {"success rate"}  # 86 %
    for _ in range(70):
        triggers.attempted(NOW, good=True)
    assert met(triggers) == set()
    assert met(triggers, NOW + 7 * HOUR) == set()


def test_more_than_ten_refusals_a_day() -> None:
    triggers = Triggers(GuardrailRules())
    for n in range(10):
        triggers.throttled(NOW + n)
    assert met(triggers, NOW + 10) == set()
    triggers.throttled(NOW + 10)
    assert met(triggers, NOW + 10) == {"throttlings"}
    assert met(triggers, NOW + 2 * DAY) == set()


def test_passes_that_take_half_as_long_again() -> None:
    triggers = Triggers(GuardrailRules())
    for _ in range(10):
        triggers.cycled(60.0)
    triggers.cycled(600.0)  # one is weather
    assert met(triggers) == set()
    triggers.cycled(91.0)
    assert triggers.met(NOW, memory=False)["cycle time"] == "a pass takes 91 s, 60 s before"
    for _ in range(3):
        triggers.cycled(86.0)
    assert met(triggers) == {"cycle time"}  # it is 43 % over, and was met
    for _ in range(3):
        triggers.cycled(60.0)
    assert met(triggers) == set()


def test_short_passes_may_double() -> None:
    times = Times([0.5] * 10 + [1.2] * 3)
    assert times.slower(0.5, 5.0) is None
    assert times.slower(0.5, 0.0) == (1.2, 0.5)


def test_a_source_that_is_slower_in_drains_of_the_same_size() -> None:
    triggers = Triggers(GuardrailRules())
    for _ in range(6):
        triggers.drained("ant", 100, 100.0)
        triggers.drained("ant", 5000, 10_000.0)
    triggers.drained("ant", 19, 10_000.0)
    assert met(triggers) == set()
    for _ in range(3):
        triggers.drained("ant", 100, 160.0)
    assert triggers.met(NOW, memory=False)["drain time"] == "a task of ant takes 1.6 s, 1 s before"


def test_crashes_within_an_hour_and_memory() -> None:
    triggers = Triggers(GuardrailRules())
    for n in range(3):
        assert met(triggers, NOW + n) == set()
        triggers.crashed(NOW + n)
    assert met(triggers, NOW + 3, memory=True) == {"crash loop", "memory"}
    assert met(triggers, NOW + 2 * HOUR) == set()


def test_switched_off_nothing_is_met() -> None:
    assert met(Triggers(GuardrailRules(enabled=False)), memory=True) == set()


def test_a_restart_changes_nothing() -> None:
    before = Triggers(GuardrailRules())
    for _ in range(60):
        before.attempted(NOW, good=False)
        before.throttled(NOW)
        before.cycled(10.0)
        before.drained("ant", 100, 100.0)
    before.crashed(NOW)
    was = before.met(NOW, memory=False)
    after = Triggers(GuardrailRules())
    after.restore(json.loads(json.dumps(before.remembered())))
    assert after.met(NOW, memory=False) == was
    assert was.keys() == {"success rate", "throttlings"}
    assert after.remembered() == before.remembered()
    with pytest.raises((LookupError, TypeError, ValueError)):
        after.restore({"attempts": 3})


# -- safe mode ---------------------------------------------------------------------------------------------------------


def test_it_begins_with_a_trigger_and_ends_after_a_calm_time() -> None:
    switch = SafeModeSwitch(ON)
    assert switch.look(NOW, {}) == ""
    assert switch.look(NOW, {"memory": "full", "throttlings": "11"}) == "safe mode begins: full; 11"
    assert switch.look(NOW + HOUR, {"memory": "full"}) == ""
    assert switch.look(NOW + 2 * HOUR, {}) == ""
    assert switch.look(NOW + 7 * HOUR, {"memory": "full"}) == ""  # not calm after all
    assert switch.look(NOW + 8 * HOUR, {}) == ""
    assert switch.look(NOW + 13 * HOUR, {}) == ""
    assert switch.look(NOW + 14 * HOUR, {}) == "safe mode ends: calm for 6 h"
    assert not switch.is_on


def test_each_time_that_it_comes_back_within_a_day_it_takes_longer() -> None:
    switch, now, lasted = SafeModeSwitch(ON), NOW, []
    for _ in range(6):
        assert switch.look(now, {"memory": "full"})
        began = now
        now += 60.0
        while not switch.look(now, {}):
            now += 600.0
        lasted.append(round((now - began) / HOUR))
    assert lasted == [6, 12, 24, 48, 48, 48]
    assert switch.look(now + 2 * DAY, {"memory": "full"})
    assert switch.state.factor == 1


def test_where_it_is_not_wanted_it_never_begins_and_ends_when_it_is_no_more() -> None:
    never = SafeModeSwitch(GuardrailRules())
    assert never.look(NOW, {"memory": "full"}) == ""
    switch = SafeModeSwitch(ON)
    switch.look(NOW, {"memory": "full"})
    switch.rules = GuardrailRules()
    assert switch.look(NOW, {"memory": "full"}) == "safe mode ends: guardrails.safe_mode is 'never'"
    switch.rules = GuardrailRules(safe_mode="always")
    assert switch.look(NOW, {}) == "safe mode begins: guardrails.safe_mode is 'always'"
    assert switch.look(NOW + 9 * DAY, {}) == ""


def test_what_a_person_restores_stays_so_until_a_trigger_is_met_anew() -> None:
    switch = SafeModeSwitch(ON)
    switch.look(NOW, {"memory": "full"})
    assert switch.restore(NOW, "me", ("memory",)) == "safe mode ends: restored by me"
    assert switch.restore(NOW, "me", ()) == ""
    assert switch.look(NOW + 1, {"memory": "full"}) == ""
    assert switch.look(NOW + 2, {}) == ""
    assert switch.look(NOW + 3, {"memory": "full"}) == "safe mode begins: full"


def test_what_a_person_begins_a_person_ends() -> None:
    switch = SafeModeSwitch(GuardrailRules())
    assert switch.begin(NOW, "me") == "safe mode begins: asked by me"
    assert switch.look(NOW + 9 * DAY, {}) == ""
    assert switch.restore(NOW + 9 * DAY, "me", ())
    assert not switch.is_on


def test_a_clock_that_is_set_back_makes_it_no_longer_than_a_calm_time() -> None:
    switch = SafeModeSwitch(ON)
    switch.look(NOW, {"memory": "full"})
    switch.look(NOW + 1, {})
    assert switch.look(NOW - DAY, {}) == ""
    assert switch.look(NOW - DAY + 6 * HOUR, {}) == "safe mode ends: calm for 6 h"
