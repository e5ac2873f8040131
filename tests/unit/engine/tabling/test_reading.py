"""One body into rows, or why not."""

from __future__ import annotations

import pytest
from tests.unit.engine.tabling.ants import Ants, body

from adce_async.engine.tabling.reading import BrokenError, rows_of
from adce_async.scraping.base import Page, Want

WANT = Want("ant/1.json", "items", {"id": "1"})


def made(content: bytes, season: str | None = "1995-96"):
    return list(rows_of(Ants("ants", "ant"), Page("u", content, fetched_at=1000.5), WANT, "ant", season))


def test_each_row_says_where_it_comes_from() -> None:
    ((row, other),) = (rows["schedules"] for rows in made(body(1, "a", "b")))
    assert (row["source"], row["data_type"], row["key"], row["season"]) == ("ant", "items", "ant/1.json", "1995-96")
    assert (row["verified"], row["fetched_at"].timestamp()) == (True, 1000.5)
    assert (row["game_id"], other["game_id"]) == ("a", "b")


def test_teams_get_the_codes_of_their_time(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = {"plays": [{"home": "NOK", "team": "", "away": None}]}
    monkeypatch.setattr("tests.unit.engine.tabling.ants.reader", lambda *_: rows)
    monkeypatch.setattr(Ants, "table_reader", lambda *_: "tests.unit.engine.tabling.ants:reader")
    from adce_async.engine.tabling import reading

    reading._reader.cache_clear()
    try:
        (row,) = made(body(1), "2005-06")[0]["plays"]
    finally:
        reading._reader.cache_clear()
    assert (row["home"], row["team"], row["away"]) == ("NOK", None, None)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (body(2), "RefusedError: id 2"),
        (b"{", "can't be read into tables"),
        (b'{"id": "1"}', "can't be read into tables"),
    ],
)
def test_what_its_check_refuses_or_its_reader_fails_on_is_broken(content: bytes, reason: str) -> None:
    with pytest.raises(BrokenError, match=reason):
        made(content)
