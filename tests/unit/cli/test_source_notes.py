"""What is said of sources beside the registry is of sources that there are, and of addresses that are not asked."""

from __future__ import annotations

import re

import pytest

from adce_async.app import builtins
from adce_async.cli.source_notes import CANNOT_TELL, NOT_ASKED

KNOWN = builtins()


def test_each_source_that_comes_with_the_program_has_its_notes() -> None:
    assert NOT_ASKED.keys() == CANNOT_TELL.keys() == KNOWN.sources.keys()
    assert all(NOT_ASKED.values())
    assert all(CANNOT_TELL.values())


@pytest.mark.parametrize("source", NOT_ASKED)
def test_what_is_said_not_to_be_asked_is_asked_by_no_scraper(source: str) -> None:
    paths = {str(entry.url) for entry in KNOWN.scrapers.values() if entry.source == source and not entry.retired}
    for form in NOT_ASKED[source]:
        for path in re.findall(r"`(/[^`*]+?)`", form):
            assert not any(url.partition("//")[2].partition("/")[2] == path[1:] for url in paths), path


def test_lines_end_without_a_stop_and_name_no_address_twice() -> None:
    for source, lines in CANNOT_TELL.items():
        assert len(set(lines)) == len(lines), source
        assert not any(line.endswith(".") for line in lines), source
