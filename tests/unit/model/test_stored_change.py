"""Which of two changes came later."""

import pytest

from adce_async.model.stored_change import StoredChange


@pytest.mark.parametrize(
    ("later", "earlier"),
    [
        ("0055AED6DCD90281E6", "0055AED6DCD90281E5"),
        ("A0", "9F"),
        ("FF", "100"),  # longer is larger only because of its digits
        ("0055AED6DCD90281E501", "0055AED6DCD90281E5"),
        ("ff", "0FE"),  # case says nothing
    ],
)
def test_sequencers_are_compared_padded_on_their_right(later: str, earlier: str) -> None:
    new, old = (StoredChange("a", removed=False, sequencer=each) for each in (later, earlier))
    assert new.is_later_than(old)
    assert not old.is_later_than(new)


def test_the_sequencer_wins_over_the_times() -> None:
    new = StoredChange("a", removed=True, at=5.0, sequencer="02")
    old = StoredChange("a", removed=False, at=9.0, sequencer="01")
    assert new.is_later_than(old)


def test_the_same_one_again_is_not_later() -> None:
    change = StoredChange("a", removed=False, at=5.0, sequencer="01")
    assert not change.is_later_than(StoredChange("a", removed=False, at=6.0, sequencer="010"))
    assert not change.is_later_than(change)


def test_without_a_sequencer_the_times_decide() -> None:
    new, old = StoredChange("a", removed=True, at=6.0, sequencer="01"), StoredChange("a", removed=False, at=5.0)
    assert new.is_later_than(old)
    assert not old.is_later_than(new)
