"""What each team was called, season by season: facts, by the years in which seasons end.

A row is a team under one name: nba.com's code of that time, its first and last season (None: still so), and what else
sources call it. Rows of one franchise stand together, oldest first. Moves and renames are the league's record; the
years and the codes of Basketball-Reference were compared with a published table of all its team seasons (a test holds
them against it). nba.com's codes of teams that are gone are as `commonteamyears` had them (BOM, HUS, DEF, JET, DN);
MIH and TCB, which it has only under the franchise's code of today, are not seen and taken from others who read its
logs. ESPN begins with 2001-02 and calls New Orleans NO throughout; that it has some games under the code of today
(BKN for NJN) is allowed for, not seen.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Era(NamedTuple):
    """A team under one name; first and last season by the years in which they end."""

    code: str
    first: int
    last: int | None
    also: tuple[str, ...] = ()


_NEW_ORLEANS = ("NO", "NOH", "NOK", "NOP")

ERAS: tuple[Era, ...] = (
    Era("TCB", 1950, 1951, ("TRI",)),
    Era("MIH", 1952, 1955, ("MLH",)),
    Era("STL", 1956, 1968, ("SLH",)),
    Era("ATL", 1969, None),
    Era("BOS", 1947, None),
    Era("NYN", 1977, 1977),
    Era("NJN", 1978, 2012, ("NJ", "BKN", "BRK")),
    Era("BKN", 2013, None, ("BRK",)),
    # two teams: the first Hornets moved to New Orleans; the Bobcats took over their name with 2014-15
    Era("CHH", 1989, 2002, ("CHA",)),
    Era("CHA", 2005, None, ("CHO",)),
    Era("CHI", 1967, None),
    Era("CLE", 1971, None),
    Era("DAL", 1981, None),
    Era("DEN", 1977, None),
    Era("FTW", 1949, 1957),
    Era("DET", 1958, None),
    Era("PHW", 1947, 1962),
    Era("SFW", 1963, 1971),
    Era("GSW", 1972, None, ("GOS", "GS")),
    Era("SDR", 1968, 1971),
    Era("HOU", 1972, None),
    Era("IND", 1977, None),
    Era("BUF", 1971, 1978),
    Era("SDC", 1979, 1984),
    Era("LAC", 1985, None),
    Era("MNL", 1949, 1960),
    Era("LAL", 1961, None),
    Era("VAN", 1996, 2001, ("MEM",)),
    Era("MEM", 2002, None),
    Era("MIA", 1989, None),
    Era("MIL", 1969, None),
    Era("MIN", 1990, None),
    Era("NOH", 2003, 2005, _NEW_ORLEANS),
    Era("NOK", 2006, 2007, _NEW_ORLEANS),
    Era("NOH", 2008, 2013, _NEW_ORLEANS),
    Era("NOP", 2014, None, _NEW_ORLEANS),
    Era("NYK", 1947, None, ("NY",)),
    Era("SEA", 1968, 2008, ("OKC",)),
    Era("OKC", 2009, None),
    Era("ORL", 1990, None),
    Era("SYR", 1950, 1963),
    Era("PHI", 1964, None, ("PHL",)),
    Era("PHX", 1969, None, ("PHO",)),
    Era("POR", 1971, None),
    Era("ROC", 1949, 1957),
    Era("CIN", 1958, 1972),
    Era("KCK", 1973, 1985, ("KCO",)),
    Era("SAC", 1986, None),
    Era("SAS", 1977, None, ("SA", "SAN")),
    Era("TOR", 1996, None),
    Era("NOJ", 1975, 1979),
    Era("UTA", 1980, None, ("UTAH", "UTH")),
    Era("CHP", 1962, 1962),
    Era("CHZ", 1963, 1963),
    Era("BAL", 1964, 1973),
    Era("CAP", 1974, 1974),
    Era("WAS", 1975, None, ("WSB", "WSH")),
    # gone: some of them share a code with a later team
    Era("AND", 1950, 1950),
    Era("BAL", 1948, 1955, ("BLB",)),
    Era("CHS", 1947, 1950),
    Era("CLR", 1947, 1947),
    Era("DN", 1950, 1950, ("DNN",)),
    Era("DEF", 1947, 1947, ("DTF",)),
    Era("JET", 1949, 1949, ("INJ",)),
    Era("INO", 1950, 1953),
    Era("PIT", 1947, 1947),
    Era("PRO", 1947, 1949),
    Era("SHE", 1950, 1950),
    Era("BOM", 1947, 1950, ("STB",)),
    Era("HUS", 1947, 1947, ("TRH",)),
    Era("WAT", 1950, 1950),
    Era("WAS", 1947, 1951, ("WSC",)),
)

ABA: Mapping[str, tuple[int, int]] = {
    "ANA": (1968, 1968), "CAR": (1970, 1974), "DLC": (1968, 1973), "DNA": (1975, 1976), "DNR": (1968, 1974),
    "FLO": (1971, 1972), "HSM": (1968, 1969), "INA": (1968, 1976), "KEN": (1968, 1976), "LAS": (1969, 1970),
    "MMF": (1969, 1970), "MMP": (1971, 1972), "MMS": (1975, 1975), "MMT": (1973, 1974), "MNM": (1968, 1968),
    "MNP": (1969, 1969), "NJA": (1968, 1968), "NOB": (1968, 1970), "NYA": (1969, 1976), "OAK": (1968, 1969),
    "PTC": (1971, 1972), "PTP": (1968, 1970), "SAA": (1974, 1976), "SDA": (1973, 1975), "SDS": (1976, 1976),
    "SSL": (1975, 1976), "TEX": (1971, 1971), "UTS": (1971, 1976), "VIR": (1971, 1976), "WSA": (1970, 1970),
}  # fmt: skip
"""Teams of the ABA as Basketball-Reference, which alone has them, calls them."""
