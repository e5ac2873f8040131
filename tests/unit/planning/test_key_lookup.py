from __future__ import annotations

import pytest

from adce_async.model.coverage import DataType
from adce_async.model.dimensions import Declared
from adce_async.model.keys import PathPattern
from adce_async.planning.key_lookup import data_type_of_key, key_fields


def of(pattern: str, *seasons: str, name: str = "box") -> Declared:
    return Declared(DataType("ant", name, "ant_items", PathPattern(pattern)), seasons)


@pytest.mark.parametrize(
    ("pattern", "seasons", "key", "fields"),
    [
        ("b/{season}/{game_id}.json", (), "b/2023-24/7.json", {"season": "2023-24", "game_id": "7"}),
        ("b/{season_end}/{game_id}.json", (), "b/2024/7.json", {"season_end": "2024", "game_id": "7", "season": "2023-24"}),
        ("b/{date_compact}.json", (), "b/20231215.json", {"date_compact": "20231215", "date": "2023-12-15", "season": "2023-24"}),
        ("b/{game_id}.json", ("2023-24",), "b/7.json", {"game_id": "7", "season": "2023-24"}),
        ("b/{game_id}.json", ("2022-23", "2023-24"), "b/7.json", {"game_id": "7"}),
        ("b/{game_id}.json", (), "c/7.json", None),
        ("b/{game_id}.json", (), "b/7/8.json", None),
        ("b/{date}.json", (), "b/soon.json", None),
    ],
)  # fmt: skip
def test_the_fields_of_a_key(pattern: str, seasons: tuple[str, ...], key: str, fields: object) -> None:
    assert key_fields(of(pattern, *seasons), key) == fields


def test_the_owner_is_the_one_whose_pattern_and_season_fit() -> None:
    boxes, plays = of("b/{season}/{game_id}.json", "2023-24"), of("p/{game_id}.json", name="plays")
    assert data_type_of_key([boxes, plays], "p/7.json") == (plays, {"game_id": "7"})
    assert data_type_of_key([boxes, plays], "b/2023-24/7.json") == (boxes, {"season": "2023-24", "game_id": "7"})
    assert data_type_of_key([boxes, plays], "b/2022-23/7.json") is None
    assert data_type_of_key([boxes, plays], "b/7.json") is None


def test_a_key_that_two_could_make_is_nobodys() -> None:
    assert (
        data_type_of_key([of("b/{game_id}.json"), of("b/{game_id}_plays.json", name="plays")], "b/7_plays.json") is None
    )
