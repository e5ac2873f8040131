from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from adce_async.model.facts import GameFacts, SideFacts
from adce_async.model.game_results import GameResult, final_results, pack, unpack

games = st.builds(
    GameResult,
    st.text(),
    st.text(),
    st.text(),
    st.text(),
    st.integers(0, 400),
    st.text(),
    st.integers(0, 400),
    st.booleans(),
)


@given(st.lists(games))
def test_a_text_comes_back_as_it_was(found: list[GameResult]) -> None:
    assert list(unpack(pack(found))) == found


def test_no_games_are_no_text() -> None:
    assert pack([]) == ""
    assert unpack("") == ()


def facts(home: SideFacts, away: SideFacts, *, final: bool = True) -> GameFacts:
    return GameFacts("1", "2024-12-15", home, away, final, "regular")


def test_the_score_is_the_points_else_the_last_play_else_the_periods() -> None:
    home, away = SideFacts("BOS", 112, (1, 2), last_play=3), SideFacts("NYK", last_play=105, periods=(1, 2))
    assert final_results([facts(home, away)]) == (GameResult("1", "2024-12-15", "regular", "BOS", 112, "NYK", 105),)
    (found,) = final_results([facts(SideFacts("BOS", periods=(30, 20)), away)])
    assert found.home_points == 50


def test_without_a_score_or_an_end_there_is_no_result() -> None:
    known = SideFacts("BOS", 112)
    assert final_results([facts(known, SideFacts("NYK")), facts(SideFacts("NYK", player_points=9), known)]) == ()
    assert final_results([facts(known, SideFacts("NYK", 90), final=False)]) == ()
