"""Virtual environments for peers, made once in the user's cache folder."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.harness import LIMIT, SkippedError, say


def venv(name: str, packages: Sequence[str]) -> str:
    """The Python of the environment `name` that has `packages`. Raises SkippedError if it can't be made."""
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "adce-bench"
    folder = cache / f"{name}-{sys.version_info.major}.{sys.version_info.minor}"
    python, ready = folder / "bin" / "python", folder / "ready"
    if not ready.exists() or ready.read_text().split() != list(packages):
        say(f"installing {', '.join(packages)} into {folder}")
        _run(sys.executable, "-m", "venv", "--clear", str(folder))
        _run(str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *packages)
        ready.write_text("\n".join(packages))
    return str(python)


def _run(*command: str) -> None:
    try:
        subprocess.run(command, check=True, capture_output=True, text=True, timeout=LIMIT)
    except (subprocess.SubprocessError, OSError) as error:
        words = (getattr(error, "stderr", None) or str(error)).strip().splitlines()
        raise SkippedError(f"{command[-1]} can't be installed: {words[-1] if words else error!r}") from error
