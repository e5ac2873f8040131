"""Files of the system before this one: one line a file says what to do, and real errors are told as ever."""

from __future__ import annotations

import pytest
from tests.unit.config.conftest import SCRAPING, Project

OLD_SCRAPERS = """
scrapers:
  a: {base_url: "https://a.test", rate_limit: {requests_per_second: 0}, storage: {}}
  b: {base_url: "https://b.test", monitoring: {}, surprise: 1}
"""
OLD_TYPES = """
expected_coverage:
  hoopr:
    seasons: [2004]
    data_types:
      play_by_play: {path_patterns: ["hoopr/{year}.parquet"]}
      box_scores: {path_patterns: ["a/{x}.json", "b/{x}.json"], priority: 5}
"""


def test_each_old_file_is_one_line(project: Project):
    project.write(scraper_config=OLD_SCRAPERS, data_inventory=OLD_TYPES)
    assert project.problems() == [
        (
            "config/scraper_config.yaml:2: scrapers: old form: `adce migrate .` writes new files beside the old ones "
            "(2 entries, each of which names no 'source')"
        ),
        (
            "inventory/data_inventory.yaml:5: expected_coverage: old form: `adce migrate .` writes new files beside the "
            "old ones (2 entries, each of which names no 'scraper')"
        ),
    ]


def test_errors_of_new_entries_beside_old_ones_are_told(project: Project):
    project.write(scraper_config=OLD_SCRAPERS + "  c: {source: ant, check: {required: [x]}}\n")
    told = project.problems()
    assert sum("old form" in line for line in told) == 1
    assert any("scrapers.c: says not what to fetch" in line for line in told)
    assert not any("scrapers.a" in line or "scrapers.b" in line for line in told)


def test_a_new_entry_without_its_source_is_no_old_one(project: Project):
    project.write(scraper_config=SCRAPING.replace("    source: ant\n", ""))
    (told,) = (line for line in project.problems() if "scraper_config" in line)
    assert "scrapers.ant_items.source: missing" in told


def test_a_new_data_type_without_a_scraper_is_no_old_one(project: Project):
    project.write(data_inventory="expected_coverage: {ant: {data_types: {items: {path_pattern: x.json}}}}")
    (told,) = project.problems()
    assert "no scraper covers this data type" in told


def test_the_old_patterns_beside_a_scraper_are_read(project: Project):
    project.write(
        data_inventory="""
        expected_coverage:
          ant: {data_types: {items: {scraper: ant_items, path_patterns: ["x/{id}.json"], dimensions: {id: [1]}}}}
        """
    )
    assert project.problems() == []


def test_what_is_switched_off_is_left_alone(project: Project):
    project.write(
        data_inventory="""
        expected_coverage: {ant: {data_types: {play_by_play: {enabled: false, path_patterns: ["x.json"]}}}}
        """
    )
    assert project.problems() == []


@pytest.mark.parametrize(("keys", "lines"), [(3, 3), (20, 1)])
def test_many_keys_without_effect_are_one_line(project: Project, keys: int, lines: int):
    tasks = "".join(f"  t{n}: {{schedule: '0 1 * * *', script: x, args: [], post_execution: {{}}}}\n" for n in range(2))
    dead = ["use_aws_inventory", "fallback_to_sample", "performance"]
    more = [
        "test_mode: {skip_reconciliation: true, skip_task_queue_check: true, clear_queue_on_start: true}",
        "resource_limits: {max_cpu_percent: 1}",
        "rate_limiting: {global_limits: {requests_per_minute: 9, adaptive: true, retry_after_header: true}}",
        "integration: {scraper_config: {}, reconciliation_config: {}}",
    ]
    text = "".join(f"{key}: true\n" for key in dead) + ("\n".join(more) + "\n" if keys > 3 else "")
    project.write(autonomous_config=text + (f"scheduled_tasks:\n{tasks}" if keys > 3 else ""))
    told = [line for line in project.warnings() if "any more" in line]
    assert len(told) == lines
    if lines == 1:
        assert "old form: use_aws_inventory and 10 other keys have no effect any more; `adce migrate .`" in told[0]


def test_prefixes_are_read_and_said_to_do_nothing(project: Project):
    for text in ("prefixes: [elsewhere]", "s3: {prefixes: [elsewhere]}"):
        project.write(reconciliation_config=text)
        (told,) = (line for line in project.warnings() if "prefixes" in line)
        assert "what is listed follows from the inventory's patterns" in told
