"""A token is sent, given back or expires: once, whatever is called after that."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from adce_async.engine.fetching.limiter.permit import Permit


class Grantor:
    """Remembers what became of its tokens."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def on_sent(self) -> None:
        self.told.append("sent")

    def on_released(self) -> None:
        self.told.append("released")

    def on_spent(self, at: float) -> None:
        self.told.append(f"spent at {at:g}")


ENDS: dict[str, Callable[[Permit], None]] = {
    "sent": Permit.sent,
    "released": Permit.release,
    "spent at 7": lambda permit: permit.expire(7.0),
}


@pytest.mark.parametrize("first", ENDS)
def test_only_the_first_end_counts(first: str) -> None:
    grantor = Grantor()
    permit = Permit(grantor, waited=1.5)
    assert (permit.held, permit.waited) == (True, 1.5)
    ENDS[first](permit)
    assert not permit.held
    for end in ENDS.values():
        end(permit)
    assert grantor.told == [first]


def test_as_a_context_it_gives_back_what_was_not_sent() -> None:
    grantor = Grantor()
    with Permit(grantor):
        pass
    with Permit(grantor) as permit:
        permit.sent()
    with pytest.raises(KeyError), Permit(grantor):
        raise KeyError
    assert grantor.told == ["released", "sent", "released"]
