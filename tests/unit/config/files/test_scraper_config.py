"""scraper_config.yaml as a whole."""

from __future__ import annotations

from tests.unit.config.refused import error

from adce_async.config.files.scraper_config import ScraperConfig


def test_a_scraper_without_a_source() -> None:
    assert error(ScraperConfig, {"scrapers": {"x": {"uses": "a.b:C"}}}) == "scrapers.x.source: Field required"


def test_an_empty_file_declares_nothing() -> None:
    assert (ScraperConfig().sources, ScraperConfig().scrapers) == ({}, {})


def test_names_of_sources_are_one_in_any_case_and_those_of_scrapers_are_not() -> None:
    entry = {"source": "Ant", "uses": "a.b:C"}
    config = ScraperConfig.model_validate({"sources": {"ANT": {}}, "scrapers": {"Items": entry, "items": entry}})
    assert list(config.sources) == ["ant"]
    assert list(config.scrapers) == ["Items", "items"]
    assert config.scrapers["Items"].source == "ant"
