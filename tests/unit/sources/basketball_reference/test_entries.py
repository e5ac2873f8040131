"""Basketball-Reference: what it declares, and every page that was really captured."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlencode, urlsplit

from protego import Protego
from tests.unit.sources.basketball_reference.bodies import BUILTINS, SCRAPERS
from tests.yaml_text import parsed

from adce_async.config.files.inventory import InventoryConfig

ROOT = Path(__file__).resolve().parents[4]

ENTRIES = {name: BUILTINS.scrapers[f"basketball_reference_{name}"] for name in SCRAPERS}

FIELDS = {
    "season": "2017-18", "month": "october", "date": "2017-10-17", "game_id": "201710170CLE", "team": "CLE",
    "player_slug": "jamesle01",
}  # fmt: skip

ROBOTS = """User-agent: *
Crawl-delay: 3
Disallow: /basketball/
Disallow: /blazers/
Disallow: /dump/
Disallow: /fc/
Disallow: /my/
Disallow: /7103
Disallow: /nocdn/
Disallow: /play-index/
Disallow: /req/
Disallow: /short/
Disallow: */gamelog/
Disallow: */splits/
Disallow: */on-off/
Disallow: */lineups/
Disallow: */shooting/
"""


def asked(name: str, fields: dict[str, str]) -> str:
    params = SCRAPERS[name].params_for(fields)
    return SCRAPERS[name].url_for(fields) + (f"?{urlencode(params)}" if params else "")


def test_names_and_hosts():
    assert len(SCRAPERS) >= 26
    for name, entry in ENTRIES.items():
        assert entry.source == "basketball_reference"
        assert entry.evidence in ("captured", "documented")
        assert entry.description
        assert urlsplit(asked(name, FIELDS)).hostname in BUILTINS.sources["basketball_reference"].hosts
    assert len({asked(name, FIELDS) for name in SCRAPERS}) == len(SCRAPERS)


def test_what_robots_txt_disallows_is_retired():
    robots = Protego.parse(ROBOTS)
    for name, entry in ENTRIES.items():
        assert robots.can_fetch(asked(name, FIELDS), "adce-async") is (not entry.retired)
    assert [name for name, entry in ENTRIES.items() if entry.retired] == ["player_game_log"]


def test_the_inventory_is_covered():
    inventory = InventoryConfig.model_validate(parsed((ROOT / "inventory/data_inventory.yaml").read_text()))
    declared = inventory.expected_coverage["basketball_reference"].data_types
    assert {"schedule", "box_score", "play_by_play"} <= declared.keys()
    for data_type in declared.values():
        name = str(data_type.scraper).removeprefix("basketball_reference_")
        assert not ENTRIES[name].retired
        fields = FIELDS | {field: str(one.values[0]) for field, one in data_type.dimensions.items() if one.values}
        assert "{" not in asked(name, fields)
