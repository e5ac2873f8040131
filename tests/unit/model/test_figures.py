from __future__ import annotations

from adce_async.model.figures import Family, Reading


def test_a_reading_is_itself_and_has_no_labels_unless_given() -> None:
    assert Reading("a", 1.0) == Reading("a", 1.0, {})
    assert Reading("a", 1.0, {"source": "ant"}) != Reading("a", 1.0)
    assert (Family("a", "what").labels, Family("a", "what").counts) == ((), False)
