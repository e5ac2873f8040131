"""Documents that are generated are what would be generated now."""

from __future__ import annotations

from pathlib import Path

import pytest

from adce_async.app import builtins
from adce_async.cli import metrics_document, tables_document
from adce_async.cli.common import today
from adce_async.cli.sources_document import markdown
from adce_async.config.reading.load import load
from adce_async.config.saying import document
from adce_async.config.settings import Overrides
from adce_async.policies import configured
from adce_async.scraping.registry import build

ROOT = Path(__file__).resolve().parents[2]


def test_docs_sources_is_current(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    known = builtins()
    settings = load(Overrides(), {}, builtin_scrapers=known.scrapers.keys(), builtin_sources=known.sources.keys())
    text = markdown(configured(settings, build(settings, known, today()), today()))
    assert (ROOT / "docs" / "sources.md").read_text() == text, "run `make docs`"


def test_docs_metrics_is_current() -> None:
    assert (ROOT / "docs" / "metrics.md").read_text() == metrics_document.markdown(), "run `make docs`"


def test_docs_configuration_is_current() -> None:
    assert (ROOT / "docs" / "configuration.md").read_text() == document.markdown(), "run `make docs`"


def test_docs_tables_is_current() -> None:
    assert (ROOT / "docs" / "tables.md").read_text() == tables_document.markdown(), "run `make docs`"
