"""Installed from its wheel, in an empty folder: the first thing that somebody tries, and what it is told."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

from tests.process.conftest import LIMIT

ROOT = Path(__file__).resolve().parents[2]


def test_from_an_empty_folder_to_a_configuration_that_is_valid(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True, timeout=LIMIT)
    (wheel,) = tmp_path.glob("*.whl")
    installed, desk = tmp_path / "installed", tmp_path / "desk"
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(installed)
    desk.mkdir()

    def adce(*words: str) -> subprocess.CompletedProcess[str]:
        environ = {**os.environ, "PYTHONPATH": str(installed)}
        command = [sys.executable, "-m", "adce_async", *words]
        return subprocess.run(
            command, cwd=desk, env=environ, capture_output=True, text=True, timeout=LIMIT, check=False
        )

    where = subprocess.run(
        [sys.executable, "-c", "import adce_async; print(adce_async.__file__)"],
        env={**os.environ, "PYTHONPATH": str(installed)},
        capture_output=True,
        text=True,
        timeout=LIMIT,
        check=True,
    )
    assert where.stdout.startswith(str(installed))
    nothing = adce("coverage")
    assert nothing.returncode == 0
    assert "nothing is declared, so nothing will be collected; `adce init` writes" in nothing.stderr
    assert adce("init").returncode == 0
    checked = adce("config", "check")
    assert (checked.returncode, checked.stderr) == (0, "")
    assert "valid: 5 sources" in checked.stdout
    for folder, name in (("config", "scraper_config"), ("inventory", "data_inventory")):
        assert (desk / folder / f"{name}.yaml").read_text() == (ROOT / folder / f"{name}.yaml").read_text()
    assert adce("metrics", "dashboards", "--into", "monitoring").returncode == 0
    assert "adce_tasks_total" in (desk / "monitoring" / "prometheus-rules.yml").read_text()
