from __future__ import annotations

from adce_async.engine.collecting.services import Recent
from adce_async.model.coverage import StoredObject


def test_recent_is_what_was_stored_since_a_listing_began() -> None:
    recent, stored = Recent(), StoredObject("a", 1, "", 0.0, verified=True)
    recent.note(stored)
    assert recent.all() == {"a": stored}
    recent.begin()
    assert recent.all() == {}
