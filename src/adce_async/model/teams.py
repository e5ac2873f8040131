"""One code for each team, whatever a source calls it: nba.com's, of the time of the game.

Codes of teams that have moved (SEA, NJN, VAN, ...) stay what they were: a game of 1995 is joined with a game of 1995.
Which team a code means depends on the season: BAL, CHA, WAS and NO have been several. Without a season only a source's
own spelling is undone; facts of several sources are joined by `team_of` (`planning.verify`).
"""

from __future__ import annotations

import functools

from adce_async.model import team_table
from adce_async.model.seasons import end_year

_ESPN = {"GS": "GSW", "NO": "NOP", "NY": "NYK", "SA": "SAS", "UTAH": "UTA", "WSH": "WAS", "NJ": "NJN"}
_BASKETBALL_REFERENCE = {"PHO": "PHX", "BRK": "BKN", "CHO": "CHA", "WSB": "WAS"}
_NBA = {"UTH": "UTA", "SAN": "SAS", "GOS": "GSW", "PHL": "PHI"}
"""Of its tables of the 1980s and 1990s; these teams have neither moved nor changed their names."""
_BY_SOURCE = {"espn": _ESPN, "hoopr": _ESPN, "basketball_reference": _BASKETBALL_REFERENCE, "nba_api": _NBA}

NBA_TEAM_IDS = {
    "1610612737": "ATL", "1610612738": "BOS", "1610612739": "CLE", "1610612740": "NOP", "1610612741": "CHI",
    "1610612742": "DAL", "1610612743": "DEN", "1610612744": "GSW", "1610612745": "HOU", "1610612746": "LAC",
    "1610612747": "LAL", "1610612748": "MIA", "1610612749": "MIL", "1610612750": "MIN", "1610612751": "BKN",
    "1610612752": "NYK", "1610612753": "ORL", "1610612754": "IND", "1610612755": "PHI", "1610612756": "PHX",
    "1610612757": "POR", "1610612758": "SAC", "1610612759": "SAS", "1610612760": "OKC", "1610612761": "TOR",
    "1610612762": "UTA", "1610612763": "MEM", "1610612764": "WAS", "1610612765": "DET", "1610612766": "CHA",
}  # fmt: skip
"""Team ids of nba.com; they stay with a franchise wherever it moves."""


def canonical_team(source: str, code: str, season: str | None = None) -> str:
    """The code of nba.com for a team that `source` calls `code`; unknown ones stay as they are.

    With a season (of the form 2024-25; ValueError for any other): its code of that time.

    >>> canonical_team("espn", "GS"), canonical_team("basketball_reference", "BRK"), canonical_team("nba_api", "BKN")
    ('GSW', 'BKN', 'BKN')
    >>> [canonical_team("espn", "NO", season) for season in ("2004-05", "2005-06", "2024-25")]
    ['NOH', 'NOK', 'NOP']
    """
    spelled = _BY_SOURCE.get(source, {}).get(code.upper(), code.upper())
    return spelled if season is None else team_of(spelled, season) or spelled


def team_of(code: str, season: str) -> str | None:
    """The team that sources call `code` in a season, by nba.com's code of that time; None if none is called so.

    Teams of the ABA keep the codes of Basketball-Reference. Raises ValueError if `season` is none.

    >>> team_of("BLB", "1950-51"), team_of("CHO", "2014-15"), team_of("NOK", "2005-06"), team_of("SEA", "2015-16")
    ('BAL', 'CHA', 'NOK', None)
    """
    return _teams(end_year(season)).get(code.upper())


@functools.lru_cache(maxsize=128)
def _teams(year: int) -> dict[str, str]:
    """Each spelling of a season -> the code of its team."""
    eras = [era for era in team_table.ERAS if era.first <= year and (era.last is None or year <= era.last)]
    other = {spelling: era.code for era in eras for spelling in era.also}
    aba = {code: code for code, (first, last) in team_table.ABA.items() if first <= year <= last}
    return other | aba | {era.code: era.code for era in eras}
