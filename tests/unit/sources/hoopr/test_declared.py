"""What hoopR publishes, and that the inventory can ask for it."""

from __future__ import annotations

from urllib.parse import urlsplit

from tests.unit.sources.declared_types import declared, example

from adce_async.scraping.registry import load_builtins, make_scraper

BUILTINS = load_builtins(["adce_async.sources.hoopr"])


def test_what_is_declared():
    source = BUILTINS.sources["hoopr"]
    assert {"github.com", "objects.githubusercontent.com", "release-assets.githubusercontent.com"} < set(source.hosts)
    assert source.max_response_bytes == 2_000_000_000
    assert source.read_timeout_seconds == 60
    assert len(BUILTINS.scrapers) >= 10
    for name, entry in BUILTINS.scrapers.items():
        made = make_scraper(name, entry)
        assert urlsplit(made.url_for({"season": "2024-25", "game_id": "1"})).hostname in source.hosts
        assert entry.evidence in ("captured", "documented")
        assert entry.description


def test_the_inventory_can_be_asked_for():
    types = declared("hoopr")
    assert len(types) >= 10
    for data_type in types.values():
        scraper = make_scraper(data_type.scraper, BUILTINS.scrapers[data_type.scraper])
        fields = example(data_type)
        season_end = {"season_end": "2025"} if "season" in fields else {}
        key = data_type.pattern.format(fields | season_end)
        assert key.rpartition(".")[2] == scraper.url_for(fields).rpartition(".")[2]
    pattern = types["play_by_play"].pattern
    assert pattern.format({"season_end": "2025"}) == "hoopr_parquet/play_by_play/nba_data_2025.parquet"
