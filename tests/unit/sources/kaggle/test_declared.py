"""What Kaggle's scrapers are declared to do, and that the inventory can ask for it."""

from __future__ import annotations

from urllib.parse import urlsplit

from tests.unit.sources.declared_types import declared, example

from adce_async.scraping.base import Scraper
from adce_async.scraping.registry import load_builtins, make_scraper

BUILTINS = load_builtins(["adce_async.sources.kaggle"])

BASKETBALL = {"owner": "wyattowalsh", "slug": "basketball"}


def scraper(name: str) -> Scraper:
    return make_scraper(name, BUILTINS.scrapers[name])


def test_what_is_declared():
    source = BUILTINS.sources["kaggle"]
    assert set(source.hosts) == {"www.kaggle.com", "storage.googleapis.com"}
    assert "KAGGLE_KEY" in source.terms
    for name, entry in BUILTINS.scrapers.items():
        url = scraper(name).url_for(BASKETBALL | {"file": "team.csv"})
        assert urlsplit(url).hostname in source.hosts
        assert entry.evidence in ("captured", "documented")
        assert scraper(name).stream is (name in ("kaggle_dataset", "kaggle_file"))


def test_the_inventory_can_be_asked_for():
    types = declared("kaggle")
    assert len(types) >= 5
    known = {entry["owner"] + "/" + entry["slug"] for entry in map(example, types.values())}
    assert len(known) == 4
    for name, data_type in types.items():
        fields = example(data_type)
        url = scraper(data_type.scraper).url_for(fields)
        assert f"/{fields['owner']}/{fields['slug']}" in url, name
        assert f"/{fields['owner']}/{fields['slug']}/" in data_type.pattern.text
        if "download" in url:
            assert "{version}" in data_type.pattern.text
