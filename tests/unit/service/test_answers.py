"""The four questions, each answered in a few words."""

from __future__ import annotations

from typing import Any

import pytest

from adce_async.model.coverage import Coverage
from adce_async.planning.outlook import Outlook
from adce_async.service.answers import Seen, answers

SOME = Coverage("", "", None, expected=1000, stored=987, missing=13)
ALL = Coverage("", "", None, expected=1000, stored=1000)
ANT = {"source": "ant", "queued": 13, "trouble": "", "held": "", "waits": "limit of 2 a minute"}
SLOW = Outlook(7200.0, "ant", "2 a minute")


def seen(**given: Any) -> Seen:
    usual: dict[str, Any] = {
        "now": 0.0, "health": "healthy", "troubles": [], "uptime": 60.0, "total": ALL, "stored_since": 0, "parked": 0,
        "waiting": 0, "running": 0, "paused": "", "outlook": Outlook(0.0), "next_ready": 0.0, "next_pass": 90.0,
    }  # fmt: skip
    return Seen(**{**usual, **given})


@pytest.mark.parametrize(
    ("given", "short", "said"),
    [
        ({}, ["Yes", "Yes", "Nothing", "Done"], "the next look at the lake is in 1 min 30 s"),
        ({"total": None, "next_pass": None}, ["Yes", "Not known yet", "Looking at the lake", "Not known yet"], "the first look at the lake is under way"),
        ({"total": None, "passes": False}, ["Yes", "Not known yet", "Nothing", "Not known yet"], "nobody looks at the lake: the settings say so"),
        ({"total": None, "health": "unhealthy", "troubles": [("reconciler", "silent")]}, ["No", "Not known yet", "Nothing", "Not known yet"], "reconciler: silent"),
        ({"total": SOME, "health": "unhealthy", "troubles": [("reconciler", "silent")]}, ["No", "98.7 %", "Nothing", "Not planned yet"], "as of the last look"),
        ({"total": Coverage("", "", None)}, ["Yes", "Nothing is expected", "Nothing", "Done"], "the inventory asks for nothing"),
        ({"total": SOME, "waiting": 13, "running": 2, "outlook": SLOW, "stored_since": 3}, ["Yes", "98.7 %", "Fetching", "At 02:00 UTC"], "13 of 1,000 are missing or not well; 3 stored since the last look"),
        ({"total": ALL, "stored_since": 3}, ["Yes", "As far as is known", "Nothing", "Done"], "the next one finds what follows"),
        ({"total": SOME, "waiting": 13, "outlook": SLOW, "lately": 2, "sources": [ANT, {**ANT, "source": "bee", "trouble": "cooling"}]}, ["Yes", "98.7 %", "Fetching", "At 02:00 UTC"], "2 answers in the last minute, 0 running, 13 wait; ant: limit of 2 a minute; bee rest"),
        ({"total": SOME, "waiting": 13, "lately": 2, "outlook": SLOW, "sources": [{**ANT, "trouble": "cooling"}]}, ["Yes", "98.7 %", "Waiting", "At 02:00 UTC"], "13 wait; ant: cooling"),
        ({"total": SOME, "waiting": 13, "outlook": SLOW, "sources": [ANT]}, ["Yes", "98.7 %", "Waiting", "At 02:00 UTC"], "ant: limit of 2 a minute"),
        ({"total": SOME, "waiting": 13, "next_ready": 60.0}, ["Yes", "98.7 %", "Waiting", "In 1 min"], "the next one is tried in 1 min"),
        ({"total": SOME, "waiting": 13, "outlook": SLOW, "sources": [{**ANT, "trouble": "cooling"}]}, ["Yes", "98.7 %", "Waiting", "At 02:00 UTC"], "if ant serves again"),
        ({"total": SOME, "waiting": 13, "sources": [{**ANT, "trouble": "breaker open; one probe in 9 s; " + "x" * 500}] * 5}, ["Yes", "98.7 %", "Waiting", "Not known"], "13 wait; ant: breaker open; ant: breaker open; ant: breaker open; and 2 more | once ant"),
        ({"total": SOME, "waiting": 13, "sources": [{**ANT, "held": "by Ann"}]}, ["Yes", "98.7 %", "Waiting", "Not while it is held"], "ant: by Ann"),
        ({"total": SOME, "waiting": 13, "paused": "for lunch"}, ["Yes", "98.7 %", "Paused", "Not while it is paused"], "for lunch; 13 wait"),
        ({"total": SOME, "parked": 13}, ["Yes", "98.7 %", "Nothing", "Not by itself"], "13 parked: they need a person"),
        ({"total": SOME, "waiting": 13, "outlook": SLOW, "health": "degraded", "troubles": [("source ant", "x"), ("lake", "gone")]}, ["At work, with trouble", "98.7 %", "Waiting", "Not known"], "lake, source ant"),
        ({"total": SOME, "waiting": 13, "outlook": SLOW, "unforeseen": 3566}, ["Yes", "98.7 %", "Waiting", "At 02:00 UTC"], "with about 3,566 requests for games not listed yet"),
        ({"total": SOME}, ["Yes", "98.7 %", "Nothing", "Not planned yet"], "plans what is left, in 1 min 30 s"),
        ({"total": SOME, "running": 2}, ["Yes", "98.7 %", "Fetching", "Soon"], "the last 2 are under way"),
        ({"health": "degraded", "troubles": [("lake", "full"), ("source ant", "x")]}, ["At work, with trouble", "Yes", "Nothing", "Done"], "lake, source ant"),
    ],
)  # fmt: skip
def test_each_state_has_its_answers(given: dict[str, Any], short: list[str], said: str) -> None:
    made = answers(seen(**given))
    assert [each.question for each in made] == ["Well?", "Complete?", "Doing what?", "Done when?"]
    assert [each.short for each in made] == short
    assert said in " | ".join(each.detail for each in made)
