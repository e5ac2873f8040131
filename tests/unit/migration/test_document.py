"""What is written is read back as it was meant."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from adce_async.config.reading.documents import parse_layer
from adce_async.migration.comments import Comments
from adce_async.migration.document import Document

SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.text()
)
KEYS = st.text(min_size=1).filter(lambda key: key != "<<")
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=3)),
    max_leaves=8,
)


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(KEYS, VALUES, max_size=4))
def test_any_data_comes_back(data: dict[str, Any]):
    layer, problems = parse_layer("x", Document(data).render(Comments("")))
    assert not problems
    assert layer.data == data
