"""How many regular-season games the league played, season by season, as published by it.

Usually that is teams x games / 2. It is not where a team folded in mid-season or teams played unequally often (1946-47,
1949-50, 1950-51, 1952-53), and not in the short seasons: lockouts in 1998-99 and 2011-12, a game cancelled after the
Boston Marathon in 2012-13, the pandemic in 2019-20 and 2020-21. Play-in games and the final of the NBA Cup count in
none of them. While a season is under way its schedule holds fewer: 1,206 until the knock-out round of the cup is drawn.
"""

from __future__ import annotations

from adce_async.model.seasons import end_year

# end year of the first season with so many
_SINCE = (
    (2005, 1230), (1996, 1189), (1990, 1107), (1989, 1025), (1981, 943), (1977, 902), (1975, 738), (1971, 697),
    (1969, 574), (1968, 492), (1967, 405), (1962, 360), (1961, 316), (1960, 300), (1955, 288), (1954, 324),
    (1953, 351), (1952, 330), (1951, 354), (1950, 561), (1949, 360), (1948, 192), (1947, 331),
)  # fmt: skip
_SHORT = {1999: 725, 2012: 990, 2013: 1229, 2020: 1059, 2021: 1080}
_CUP_FINALS = {2024: "2023-12-09", 2025: "2024-12-17", 2026: "2025-12-16"}


def regular_season_games(season: str) -> int | None:
    """Games of the regular season; None before 1946-47. Raises ValueError if it is no season.

    >>> regular_season_games("2023-24"), regular_season_games("2012-13"), regular_season_games("1961-62")
    (1230, 1229, 360)
    """
    year = end_year(season)
    return _SHORT.get(year) or next((games for since, games in _SINCE if year >= since), None)


def cup_final_day(season: str) -> str | None:
    """The Eastern day of the NBA Cup's final, on which nothing else is played; None where there is (or is known) none.

    Most sources list that game as one of the regular season, in which it does not count.

    >>> cup_final_day("2023-24")
    '2023-12-09'
    """
    return _CUP_FINALS.get(end_year(season))
