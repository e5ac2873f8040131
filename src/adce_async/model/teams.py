"""One code for each team, whatever a source calls it: nba.com's, of the time of the game.

ESPN and Basketball-Reference differ from it in a few teams; everything else is spelled alike. Codes of teams that
have moved (SEA, NJN, VAN, ...) stay what they were: a game of 1995 is joined with a game of 1995.
"""

from __future__ import annotations

_ESPN = {"GS": "GSW", "NO": "NOP", "NY": "NYK", "SA": "SAS", "UTAH": "UTA", "WSH": "WAS", "NJ": "NJN"}
_BASKETBALL_REFERENCE = {"PHO": "PHX", "BRK": "BKN", "CHO": "CHA", "WSB": "WAS", "NOK": "NOH"}
_BY_SOURCE = {"espn": _ESPN, "hoopr": _ESPN, "basketball_reference": _BASKETBALL_REFERENCE}

NBA_TEAM_IDS = {
    "1610612737": "ATL", "1610612738": "BOS", "1610612739": "CLE", "1610612740": "NOP", "1610612741": "CHI",
    "1610612742": "DAL", "1610612743": "DEN", "1610612744": "GSW", "1610612745": "HOU", "1610612746": "LAC",
    "1610612747": "LAL", "1610612748": "MIA", "1610612749": "MIL", "1610612750": "MIN", "1610612751": "BKN",
    "1610612752": "NYK", "1610612753": "ORL", "1610612754": "IND", "1610612755": "PHI", "1610612756": "PHX",
    "1610612757": "POR", "1610612758": "SAC", "1610612759": "SAS", "1610612760": "OKC", "1610612761": "TOR",
    "1610612762": "UTA", "1610612763": "MEM", "1610612764": "WAS", "1610612765": "DET", "1610612766": "CHA",
}  # fmt: skip
"""Team ids of nba.com; they stay with a franchise wherever it moves."""


def canonical_team(source: str, code: str) -> str:
    """The code of nba.com for a team that `source` calls `code`; unknown ones stay as they are.

    >>> canonical_team("espn", "GS"), canonical_team("basketball_reference", "BRK"), canonical_team("nba_api", "BKN")
    ('GSW', 'BKN', 'BKN')
    """
    return _BY_SOURCE.get(source, {}).get(code.upper(), code.upper())
