"""hoopR: whole seasons as parquet and CSV files, and the body of each game, from sportsdataverse on GitHub."""

from adce_async.sources.hoopr.declared import SCRAPERS, SOURCE
from adce_async.sources.hoopr.games import HooprGame
from adce_async.sources.hoopr.parquet import HooprParquet

__all__ = ["SCRAPERS", "SOURCE", "HooprGame", "HooprParquet"]
