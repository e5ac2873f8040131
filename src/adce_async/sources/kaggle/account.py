"""The operator's Kaggle token, where Kaggle's own programs have it. Read anew for each scrape, kept nowhere."""

from __future__ import annotations

import base64
import json
import os
import stat
from pathlib import Path

from adce_async.errors import PermanentError

_HOW = (
    "create a token at www.kaggle.com/settings, and set KAGGLE_USERNAME and KAGGLE_KEY or save it as"
    " ~/.kaggle/kaggle.json"
)


def authorization() -> dict[str, str]:
    """The header that says who asks: HTTP basic, from the environment, else from `kaggle.json`.

    Raises PermanentError that says what to do if there is no token, or if others can read the file. (Kaggle's own
    client warns of that only; a service has nobody who would read the warning.)
    """
    name, key = os.environ.get("KAGGLE_USERNAME", ""), os.environ.get("KAGGLE_KEY", "")
    if not (name and key):
        name, key = _from_file(_path())
    return {"Authorization": "Basic " + base64.b64encode(f"{name}:{key}".encode()).decode()}


def _path() -> Path:
    folder = os.environ.get("KAGGLE_CONFIG_DIR")
    return (Path(folder) if folder else Path.home() / ".kaggle") / "kaggle.json"


def _from_file(path: Path) -> tuple[str, str]:
    try:
        mode = path.stat().st_mode
        if os.name == "posix" and mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise PermanentError(f"others can read the Kaggle token in {path}: run 'chmod 600 {path}'")
        token = json.loads(path.read_bytes())
    except FileNotFoundError as error:
        raise PermanentError(f"no Kaggle token: {_HOW}") from error
    except (OSError, ValueError) as error:
        raise PermanentError(f"the Kaggle token in {path} can't be read ({error}): {_HOW}") from error
    name, key = (token.get(part) for part in ("username", "key")) if isinstance(token, dict) else (None, None)
    if not (isinstance(name, str) and name and isinstance(key, str) and key):
        raise PermanentError(f"no 'username' and 'key' in {path}: {_HOW}")
    return name, key
