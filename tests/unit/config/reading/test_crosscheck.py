"""What only several files together can tell."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from adce_async.config.reading.load import load
from adce_async.config.settings import Overrides
from adce_async.errors import ConfigError

if TYPE_CHECKING:
    from tests.unit.config.conftest import Project

DATA_TYPES = "inventory/data_inventory.yaml:{line}: expected_coverage.ant.data_types.{key}"


def inventory(*data_types: str, source: str = "ant", seasons: str = "[2025]") -> str:
    lines = ["expected_coverage:", f"  {source}:", f"    seasons: {seasons}", "    data_types:"]
    return "\n".join([*lines, *(f"      {one}" for one in data_types)])


def scraping(*scrapers: str, hosts: str = "[ant.test]") -> str:
    return "\n".join([f"sources: {{ant: {{hosts: {hosts}}}}}", "scrapers:", *(f"  {one}" for one in scrapers)])


ITEMS = 'items: {source: ant, url: "https://ant.test/{id}", check: {required: [x]}}'


def test_everything_fits(project: Project) -> None:
    assert project.problems() == []
    assert project.warnings() == []


def test_a_source_that_is_neither_known_nor_one_of_its_own(project: Project) -> None:
    project.write(scraper_config="sources:\n  esp: {enabled: false}\n  bee: {hosts: [bee.test]}\n", data_inventory="")
    message = "no source 'esp' is known, and it has no 'hosts' to be one of your own"
    with pytest.raises(ConfigError) as raised:
        load(Overrides(), {}, builtin_sources=["espn", "kaggle"])
    assert str(raised.value) == f"config/scraper_config.yaml:2: sources.esp: {message}; did you mean 'espn'?"
    project.write(scraper_config="sources: {ESPN: {enabled: false}}")
    assert load(Overrides(), {}, builtin_sources=["espn", "kaggle"]).scraping.sources["espn"].enabled is False


def test_names_that_nobody_declares(project: Project) -> None:
    project.write(
        scraper_config=scraping("one: {source: amt, uses: a.b:C}"),
        data_inventory=inventory('t: {scraper: on, path_pattern: "t/{id}", dimensions: {id: [1]}}', source="nat"),
    )
    assert project.problems() == [
        (
            "config/scraper_config.yaml:3: scrapers.one.source: no source 'amt' is declared under "
            "'sources'; did you mean 'ant'?"
        ),
        (
            "inventory/data_inventory.yaml:2: expected_coverage.nat: no source 'nat' is declared under "
            "'sources' of scraper_config.yaml; did you mean 'ant'?"
        ),
        (
            "inventory/data_inventory.yaml:5: expected_coverage.nat.data_types.t.scraper: no scraper 'on' "
            "is declared in scraper_config.yaml; did you mean 'one'?"
        ),
    ]


def test_built_in_names_need_no_declaration(project: Project) -> None:
    project.write(
        scraper_config='scrapers: {mine: {source: Built, url: "https://b.test/{id}", check: {required: [x]}}}\n',
        data_inventory=inventory('t: {scraper: theirs, path_pattern: "t/{id}", dimensions: {id: [1]}}', source="BUILT"),
    )
    settings = load(Overrides(), {}, builtin_sources=["built"], builtin_scrapers=["theirs"])
    assert list(settings.inventory.expected_coverage) == ["built"]
    assert len(project.problems()) == 3


def test_a_url_goes_to_a_host_of_its_source(project: Project) -> None:
    project.write(scraper_config=scraping(ITEMS.replace("ant.test", "bee.test")), data_inventory="")
    problem = "'bee.test' is not among the hosts of source 'ant'; expected it under its 'hosts'"
    assert project.problems() == [f"config/scraper_config.yaml:3: scrapers.items.url: {problem}"]
    project.write(scraper_config=scraping(ITEMS.replace("ant.test", "ANT.test:8443")))
    assert project.problems() == []
    project.write(scraper_config=scraping(ITEMS, hosts="[]"))
    assert len(project.problems()) == 1


def test_a_data_type_is_fetched_by_a_scraper_of_its_own_source(project: Project) -> None:
    project.write(
        scraper_config="sources: {ant: {hosts: [ant.test]}, bee: {}}\nscrapers:\n  b: {source: bee, uses: a.b:C}\n",
        data_inventory=inventory('t: {scraper: b, path_pattern: "t/{id}", dimensions: {id: [1]}}'),
    )
    assert project.problems() == [
        DATA_TYPES.format(line=5, key="t.scraper: 'b' belongs to source 'bee'; expected a scraper of 'ant'")
    ]


def test_a_scraper_that_is_switched_off_fills_nothing(project: Project) -> None:
    project.write(
        scraper_config=scraping(ITEMS.replace("check", "enabled: false, check")),
        data_inventory=inventory('t: {scraper: items, path_pattern: "t/{id}", dimensions: {id: [1]}}'),
    )
    assert project.problems() == [
        DATA_TYPES.format(
            line=5, key="t.scraper: 'items' is not enabled; expected 'enabled: true' there, or 'enabled: false' here"
        )
    ]


@pytest.mark.parametrize(
    ("scraper", "data_type", "missing"),
    [
        ('url: "https://ant.test/{idd}"', 'path_pattern: "t/{id}", dimensions: {id: [1]}', "{idd} in 'scrapers.s.url'"),
        (
            'url: "https://ant.test/", params: {d: "{date_compact}"}',
            'path_pattern: "t/{id}", dimensions: {id: [1]}',
            "{date_compact} in 'scrapers.s.params.d'",
        ),
        (
            'url: "https://ant.test/{id}"',
            'path_pattern: "t/{id}", dimensions: {id: [1]}',
            "{other} in 'scrapers.s.check.equals.a.b'",
        ),
    ],
)
def test_every_field_of_a_url_and_a_check_is_filled(
    project: Project, scraper: str, data_type: str, missing: str
) -> None:
    equals = '{equals: {a.b: "{other}"}}' if "check" in missing else "{required: [x]}"
    project.write(
        scraper_config=scraping(f"s: {{source: ant, {scraper}, check: {equals}}}"),
        data_inventory=inventory(f"t: {{scraper: s, {data_type}}}"),
    )
    (problem,) = project.problems()
    assert problem.startswith(DATA_TYPES.format(line=5, key=f"t.dimensions: nothing gives {missing} a value; "))


@pytest.mark.parametrize(
    ("url", "data_type"),
    [
        ("{season_end}/{season_start}/{season}", 'path_pattern: "t/{season}"'),
        (
            "{date_compact}/{year}/{month}/{day}",
            'path_pattern: "t/{date}", dimensions: {date: {calendar: season_days}}',
        ),
        ("{page}/{id}", 'path_pattern: "t/{id}", dimensions: {id: [1, 2], page: [1]}'),
        ("{anything}", 'path_pattern: "t/{id}", dimensions: {id: {from: t2}}'),
    ],
)
def test_fields_that_follow_from_others_count(project: Project, url: str, data_type: str) -> None:
    project.write(
        scraper_config=scraping(
            f'a: {{source: ant, url: "https://ant.test/{url}", check: {{required: [x]}}}}',
            "c: {source: ant, uses: a.b:C}",
        ),
        data_inventory=inventory(
            f"t: {{scraper: a, {data_type}}}", 't2: {scraper: c, path_pattern: "t2/{id}", dimensions: {id: [1]}}'
        ),
    )
    assert project.problems() == []


def test_without_seasons_there_is_no_field_season(project: Project) -> None:
    project.write(
        scraper_config=scraping('a: {source: ant, url: "https://ant.test/{season}", check: {required: [x]}}'),
        data_inventory=inventory('t: {scraper: a, path_pattern: "t/{id}", dimensions: {id: [1]}}', seasons="[]"),
    )
    assert "nothing gives {season}" in project.problems()[0]


def test_two_data_types_cannot_own_one_key(project: Project) -> None:
    project.write(
        scraper_config=scraping(ITEMS),
        data_inventory=inventory(
            'a: {scraper: items, path_pattern: "t/{id}", dimensions: {id: [1]}}',
            'b: {scraper: items, path_pattern: "t/{id}", dimensions: {id: [2]}}',
        ),
    )
    assert project.problems() == [
        DATA_TYPES.format(
            line=6, key="b.path_pattern: 'ant.a' has the same pattern; expected each key to belong to one data type"
        )
    ]


def test_references_are_checked(project: Project) -> None:
    project.write(
        scraper_config=scraping(ITEMS),
        data_inventory=inventory('a: {scraper: items, path_pattern: "t/{id}", dimensions: {id: {from: b}}}'),
    )
    (problem,) = project.problems()
    assert problem.startswith(DATA_TYPES.format(line=5, key="a.dimensions.id.from: no data type 'ant.b' is declared"))


def test_limits_and_multipliers_of_sources_that_do_not_exist(project: Project) -> None:
    project.write(
        autonomous_config="""
            rate_limiting:
              source_limits:
                nba_api: {requests_per_minute: 5}
                AMT: {requests_per_minute: 5}
                ant: {requests_per_minute: 5}
            priority_weighting:
              source_multipliers: {kaggle: 2, default: 1, antt: 3, hoopr: 1}
            """
    )
    assert project.warnings() == [
        (
            "config/autonomous_config.yaml:4: rate_limiting.source_limits.AMT: no source 'amt' is known, so "
            "these limits bind nothing; did you mean 'ant'?"
        ),
        (
            "config/autonomous_config.yaml:7: priority_weighting.source_multipliers.antt: no source 'antt' "
            "is known, so this multiplier has no effect; did you mean 'ant'?"
        ),
    ]


def test_the_unknown_source_of_a_scraper_is_said_once_where_it_stands(project: Project) -> None:
    project.write(
        scraper_config=scraping(ITEMS.replace("source: ant", "source: amt")),
        data_inventory=inventory('t: {scraper: items, path_pattern: "t/{id}", dimensions: {id: [1]}}'),
    )
    message = "no source 'amt' is declared under 'sources'; did you mean 'ant'?"
    assert project.problems() == [f"config/scraper_config.yaml:3: scrapers.items.source: {message}"]


def test_a_dimension_that_nothing_depends_on_is_probably_not_meant_so(project: Project) -> None:
    project.write(
        scraper_config=scraping(ITEMS),
        data_inventory=inventory('t: {scraper: items, path_pattern: "t/{id}", dimensions: {id: [1], kind: [a]}}'),
    )
    place = DATA_TYPES.format(line=5, key="t.dimensions.kind")
    assert project.warnings() == [f"{place}: neither 'path_pattern' nor 'items' uses {{kind}}"]
    project.write(scraper_config=scraping(ITEMS.replace("{id}", "{kind}/{id}")))
    assert project.warnings() == []
