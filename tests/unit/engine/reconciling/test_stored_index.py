"""What is known to be stored."""

from adce_async.engine.reconciling.stored_index import StoredIndex
from adce_async.model.stored_change import StoredChange


def test_a_change_says_something_of_its_key() -> None:
    index = StoredIndex()
    assert index.apply([StoredChange("a", removed=True), StoredChange("b", removed=False)]) == {"a", "b"}
