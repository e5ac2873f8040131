from __future__ import annotations

import pytest

from adce_async.adapters.s3.place import Place


@pytest.mark.parametrize(
    ("url", "full", "own"),
    [
        ("s3://bucket", "a/1.json", ".adce/lock"),
        ("s3://bucket/nba", "nba/a/1.json", "nba/.adce/lock"),
        ("s3://bucket/nba/deep", "nba/deep/a/1.json", "nba/deep/.adce/lock"),
    ],
)
def test_keys_are_spelled_below_the_prefix(url: str, full: str, own: str) -> None:
    place = Place.of(url)
    assert (place.bucket, place.full("a/1.json"), place.own("lock")) == ("bucket", full, own)
    assert place.key(full) == "a/1.json"
    assert str(place) == url
    assert place.shown("a/1.json") == f"{url}/a/1.json"
