"""Each key that may stand in the files does something, or is kept for people.

It has an effect if the program reads it, or does something else with another value. What is retired is no key of the
models at all, and everything else is refused.
"""

from __future__ import annotations

import datetime as dt

import pytest
from tests.unit.config.conftest import Project
from tests.unit.config.field_reads import Field, field_reads, modules_below
from tests.unit.config.leaves import LEAVES, Leaf

from adce_async.config.files.base import ForPeople
from adce_async.config.files.retired import RETIRED
from adce_async.config.files.scraper import ScraperEntry
from adce_async.config.saying.schema import field_docs
from adce_async.scraping.registry import Builtins, build

NO_USER = tuple(f"adce_async.{room}" for room in ("config", "demo", "migration", "shipped", "testing", "__main__"))
"""Who reads the files for others, or for something else than to act on them."""
BY_COMPARISON: set[Field] = {(ScraperEntry, "version")}
"""Fields that are read with all others of their entry: see the test below."""


@pytest.fixture(scope="module")
def read_by_the_program() -> set[Field]:
    modules = [name for name in modules_below("adce_async") if not name.startswith(NO_USER)]
    return field_reads(iter([*modules, "adce_async.config.effective_limits"]))


@pytest.fixture(scope="module")
def read_for_paths() -> set[Field]:
    return field_reads(iter(["adce_async.config.reading.paths"]))


def is_for_people(leaf: Leaf) -> bool:
    model, name = leaf.fields[-1]
    return any(isinstance(mark, ForPeople) for mark in model.model_fields[name].metadata)


def test_each_key_has_an_effect_or_is_for_people(read_by_the_program: set[Field], read_for_paths: set[Field]) -> None:
    read = read_by_the_program | read_for_paths | BY_COMPARISON
    assert len(LEAVES) == len({leaf.path for leaf in LEAVES}) > 180
    wrong = []
    for leaf in LEAVES:
        kinds = (read.issuperset(leaf.fields), is_for_people(leaf))
        if kinds.count(True) != 1:
            wrong.append((".".join(leaf.path), dict(zip(("effect", "for people"), kinds, strict=True))))
    assert wrong == []


def test_no_retired_key_is_one_that_is_read() -> None:
    retired = {(file, *key.split(".")) for file, table in RETIRED.items() for key in table}
    assert retired.isdisjoint(leaf.path for leaf in LEAVES)
    assert len(retired) > 70


def test_what_is_kept_for_people_is_said_to_be(read_by_the_program: set[Field]) -> None:
    found = {leaf.fields[-1] for leaf in LEAVES if is_for_people(leaf)}
    assert len(found) > 10
    assert found.isdisjoint(read_by_the_program)
    assert all(field_docs(model)[name].startswith("For people") for model, name in found)


def test_a_raised_version_of_a_scraper_means_that_what_was_parked_is_tried_again(project: Project) -> None:
    def fingerprint(version: str) -> str:
        text = f'sources: {{ant: {{hosts: [ant.test]}}}}\nscrapers: {{ant_items: {{{ENTRY}, version: "{version}"}}}}\n'
        (declared,) = build(project.write(scraper_config=text).load(), Builtins(), dt.date(2026, 11, 1)).declared
        return declared.data_type.fingerprint

    assert fingerprint("1") == fingerprint("1") != fingerprint("2")


ENTRY = 'source: ant, url: "https://ant.test/{id}", check: {required: [id]}'
