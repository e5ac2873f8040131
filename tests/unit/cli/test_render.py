"""Summaries for people: figures that are right for nothing, for one and for many."""

from __future__ import annotations

import pytest

from adce_async.cli import render
from adce_async.engine.reconciling.reconciler import coverage_document
from adce_async.model.coverage import Coverage

NOTHING = Coverage("ant", "later", "2024-25")
ONE = Coverage("ant", "items", None, expected=1, stored=1, verified=1)
MANY = Coverage("bee", "items", None, expected=170_000, stored=169_999, missing=1, stale=2, small=3, invalid=4)


def test_totals_of_nothing_are_no_success() -> None:
    assert render.totals([NOTHING]) == "total: 0 expected, 0 stored, 0 missing, 0 verified; nothing is expected yet"


def test_totals_of_one() -> None:
    assert render.totals([ONE]) == "total: 1 expected, 1 stored, 0 missing, 1 verified; 100 % complete"


def test_totals_of_many() -> None:
    said = "170001 expected, 170000 stored, 1 missing, 2 stale, 3 small, 4 invalid, 1 verified"
    assert render.totals([NOTHING, ONE, MANY]) == f"total: {said}; 99.99 % complete; 1 of 3 rows expect nothing yet"


def test_the_table_shows_no_share_of_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    render.coverage_table([NOTHING, ONE])
    header, nothing, one, total = capsys.readouterr().out.splitlines()
    assert (header.split()[-1], nothing.split()[-1], one.split()[-2:]) == ("complete", "-", ["100", "%"])
    assert total.startswith("total: 1 expected")


def test_the_document_says_null_for_the_share_of_nothing() -> None:
    document = coverage_document([NOTHING, ONE])
    assert [row["completeness_pct"] for row in document["rows"]] == [None, 100.0]  # type: ignore[attr-defined]
    assert document["totals"]["completeness_pct"] == 100.0  # type: ignore[index]
    assert coverage_document([NOTHING])["totals"]["completeness_pct"] is None  # type: ignore[index]
    assert coverage_document([])["totals"]["expected"] == 0  # type: ignore[index]
