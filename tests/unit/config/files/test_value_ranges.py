"""Which values a range stands for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from adce_async.config.files.value_ranges import expand_values
from adce_async.config.saying.show import rows
from adce_async.model.counted_values import CountedValues

if TYPE_CHECKING:
    from tests.unit.config.conftest import Project


INVENTORY = """
expected_coverage:
  ant:
    data_types:
      items:
        scraper: ant_items
        path_pattern: ant/{id}.json
        dimensions: {id: [1, 2]}
"""


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2002-2004", ["2002", "2003", "2004"]),
        ("1-10", [str(n) for n in range(1, 11)]),
        ("08-11", ["08", "09", "10", "11"]),
        ("2024-25", ["2024-25"]),
        ("2024-12-15", ["2024-12-15"]),
        ("abc", ["abc"]),
        (5, ["5"]),
        (["1-3", 7], ["1-3", 7]),
        (True, True),
    ],
)
def test_values_of_a_dimension(written: Any, expected: Any) -> None:
    found = expand_values(written)
    assert (list(found) if isinstance(found, tuple) else found) == expected


@pytest.mark.parametrize("written", ["2024-25", "1999-00", "2024-12", "2024-3", "2024-12-15", "20-10-5", "a9-1"])
def test_what_is_no_range_stays_as_it_is(written: str) -> None:
    assert expand_values(written) == (written,)


@pytest.mark.parametrize("written", ["1 - 3", "1\u20133"])
def test_a_range_in_other_people_s_spelling(written: str) -> None:
    assert expand_values(written) == ("1", "2", "3")


DIMENSION = "inventory/data_inventory.yaml:7: expected_coverage.ant.data_types.items.dimensions.id"


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("9-1", "got '9-1', a range that runs backwards; expected '1-9', or a list ['9-1'] if it is no range"),
        (
            "2025-2002",
            (
                "got '2025-2002', a range that runs backwards; expected '2002-2025', or a list ['2025-2002'] if it is "
                "no range"
            ),
        ),
        (
            "1-99999999999",
            (
                "got '1-99999999999', a range of 99999999999 values; expected 20000000 at most, or a list "
                "['1-99999999999'] if it is no range"
            ),
        ),
    ],
)
def test_a_range_that_is_none(project: Project, written: str, message: str) -> None:
    project.write(data_inventory=INVENTORY.replace("[1, 2]", written))
    assert project.problems() == [f"{DIMENSION}: {message}"]
    project.write(data_inventory=INVENTORY.replace("[1, 2]", f"['{written}']"))
    assert project.problems() == []


def test_a_long_range_is_known_by_its_ends() -> None:
    ids = expand_values("401000000-410999999")
    assert isinstance(ids, CountedValues)
    assert (len(ids), ids[0], ids[-1]) == (10_000_000, "401000000", "410999999")
    assert expand_values("1-1000") == tuple(map(str, range(1, 1001)))


def test_a_long_range_is_shown_as_it_is_written(project: Project) -> None:
    project.write(data_inventory=INVENTORY.replace("[1, 2]", "0001-5000"))
    shown = {row.path.rpartition(".")[2]: row.value for row in rows(project.load())}
    assert shown["values"] == "0001-5000"


def test_a_long_range_is_no_days(project: Project) -> None:
    project.write(data_inventory=INVENTORY.replace("{id}", "{date_compact}").replace("id: [1, 2]", "date: 1-20000000"))
    assert len(project.problems()) == 1
    assert "got '1'; expected days such as 2024-12-15" in project.problems()[0]
