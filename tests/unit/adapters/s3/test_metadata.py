from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adce_async.adapters.s3.metadata import MOST_BYTES, content_type_header, from_metadata, to_metadata
from adce_async.testing.store_contract import NOON, came

SHA = "ab" * 32
texts = st.text(st.characters(exclude_categories=("Cs",)), max_size=40)


@given(texts, texts, texts, texts, st.floats(0, 1e11))
def test_what_is_written_comes_back_and_is_fit_for_a_header(
    url: str, scraper: str, version: str, etag: str, at: float
) -> None:
    before = replace(came(at), url=url, scraper=scraper or "s", scraper_version=version or "1", etag=etag)
    written = to_metadata(before, SHA, 7)
    for value in written.values():
        assert value.isascii()
        assert value.isprintable()
        assert value == value.strip()
        assert "  " not in value
    assert from_metadata(written, "application/json", 7) == (before, SHA)


def test_it_never_is_more_than_s3_takes_and_the_hash_stays() -> None:
    before = replace(came(), url="https://ant.test/?q=" + "ü" * 3000, etag="e" * 1500, last_modified="m" * 900)
    written = to_metadata(before, SHA, 7)
    assert sum(len(name) + len(value) for name, value in written.items()) <= MOST_BYTES
    back = from_metadata(written, "", 7)
    assert back is not None
    assert (back[0].fetched_at, back[0].url, back[1]) == (NOON, "", SHA)


@pytest.mark.parametrize(
    "change",
    [
        {"adce-size": "8"},
        {"adce-size": "x"},
        {"adce-sha256": "short"},
        {"adce-fetched-at": "noon"},
        {"adce-status": ""},
    ],
)
def test_what_others_wrote_there_tells_nothing(change: dict[str, str]) -> None:
    assert from_metadata(to_metadata(came(), SHA, 7) | change, "", 7) is None
    assert from_metadata({}, "", 7) is None


@pytest.mark.parametrize(
    ("said", "sent"),
    [
        ("text/html", "text/html"),
        ("", "binary/octet-stream"),
        ("a\nb", "binary/octet-stream"),
        ("größe", "binary/octet-stream"),
    ],
)
def test_content_types_of_others_may_hold_anything(said: str, sent: str) -> None:
    assert content_type_header(said) == sent
