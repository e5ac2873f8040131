from __future__ import annotations

import math

import pytest

from adce_async.errors import (
    BlockedError,
    NotFoundError,
    NotYetError,
    PermanentError,
    RefusedError,
    TransientError,
    UnreadableError,
)
from adce_async.planning.outage import DOUBT_SECONDS, FEW, FORMAT, LONGEST_SECONDS, PROBES_ALONE, Doubt, shape, sign


def doubt(*signs: str) -> Doubt:
    found = Doubt()
    for number, each in enumerate(signs):
        found.refused(f"key {number}", each, 100.0 + number)
    return found


@pytest.mark.parametrize(
    ("cause", "expected"),
    [
        (UnreadableError("no JSON"), FORMAT),
        (None, None),
        (TransientError("HTTP 500", status=500), None),
        (BlockedError("HTTP 429", status=429), None),
        (NotYetError("not final"), None),
        (PermanentError("robots.txt disallows it"), None),
        (PermanentError("HTTP 401", status=401), None),
        (ValueError("a bug"), None),
    ],
)
def test_what_says_nothing_about_a_source_has_no_sign(cause, expected) -> None:
    assert sign(cause, b"x") == expected


def test_equal_refusals_have_equal_signs_and_others_do_not() -> None:
    gone = NotFoundError("HTTP 404", status=404)
    assert sign(gone, b"no item 7 (09:12:33)") == sign(gone, b"no  item 8 (09:12:35)")
    assert sign(gone, b"no item 7") != sign(RefusedError("not it"), b"no item 7")
    assert shape(b'{"team": "BOS", "n": 1}') != shape(b'{"team": "NYK", "n": 1}')
    assert shape(b'{"team": "BOS"}', ["BOS"]) == shape(b'{"team": "NYK"}', ["NYK"])


def test_only_different_keys_that_were_refused_alike_make_a_doubt_ripe() -> None:
    assert doubt(*["a"] * FEW).ripe
    assert not doubt("a", "b", "c", "b", "a").ripe
    again = Doubt()
    for _ in range(5):
        again.refused("one key", "a", 0.0)
    assert not again.ripe


def test_probes_go_out_one_at_a_time_at_growing_intervals() -> None:
    found = doubt(*["a"] * FEW)
    found.begin(1000.0, alone=False)
    waits = []
    now = 1000.0
    for _ in range(14):
        waits.append(found.wait(now))
        now += waits[-1]
        assert found.wait(now) == 0.0
        found.probing = "a request"
        assert found.wait(now) == math.inf
        found.probe_failed(now, alone=False)
    assert waits[:4] == [2.0, 4.0, 8.0, 16.0]
    assert waits[-1] == LONGEST_SECONDS
    assert found.wait(now - 1_000_000) == 0.0  # a clock that was set back silences nobody


def test_all_are_looked_at_only_where_nothing_was_ever_served() -> None:
    for alone in (True, False):
        found = doubt(*["a"] * FEW)
        found.begin(0.0, alone=alone)
        for _ in range(PROBES_ALONE):
            assert not found.looking
            found.probe_failed(0.0, alone=alone)
        assert found.looking is alone


def test_the_more_often_it_was_the_keys_the_later_it_is_asked_again() -> None:
    found = doubt(*["a"] * FEW)
    found.was_keys()
    assert (found.patience, found.streak) == (2 * FEW, {})
    found.begin(0.0, alone=False)
    found.served()
    assert found.patience == FEW


def test_a_doubt_survives_a_restart_with_its_first_probe_at_once() -> None:
    found = doubt(*["a"] * FEW)
    found.begin(1000.0, alone=True)
    known = Doubt.of(found.as_dict())
    assert (known.doubtful, known.streak, known.wait(1000.0)) == (True, found.streak, 0.0)
    assert Doubt().as_dict() == {}


def test_a_doubt_lasts_from_when_it_began_however_long_ago_the_first_refusal_was() -> None:
    found = doubt("a")
    begins = 100.0 + 3 * DOUBT_SECONDS
    found.begin(begins, alone=False)
    for known in (found, Doubt.of(found.as_dict())):
        assert known.since == 100.0
        assert not known.is_over(begins + DOUBT_SECONDS)
        assert known.is_over(begins + DOUBT_SECONDS + 1.0)


def test_a_doubt_that_an_earlier_version_kept_began_with_its_first_refusal() -> None:
    kept = doubt(*["a"] * FEW).as_dict()
    del kept["began"]
    assert Doubt.of(kept).began == 100.0
