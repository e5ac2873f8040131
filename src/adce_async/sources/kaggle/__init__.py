"""Kaggle: data sets of others about the NBA, each version once, with the operator's own account."""

from adce_async.sources.kaggle.account import CREDENTIALS
from adce_async.sources.kaggle.datasets import KaggleMetadata, KaggleView
from adce_async.sources.kaggle.declared import SCRAPERS, SOURCE
from adce_async.sources.kaggle.downloads import KaggleArchive, KaggleFile

__all__ = ["CREDENTIALS", "SCRAPERS", "SOURCE", "KaggleArchive", "KaggleFile", "KaggleMetadata", "KaggleView"]
