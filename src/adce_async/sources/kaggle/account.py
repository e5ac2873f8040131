"""The operator's Kaggle token, where Kaggle's own programs have it. Read anew for each scrape, kept nowhere.

Since November 2025 an account hands out single tokens (`KGAT_...`, sent as bearer); the older pair of name and key
(HTTP basic) goes on working. The first of these counts, in the order of Kaggle's own programs:

1. `KAGGLE_API_TOKEN`: the token, or the path of a file with it
2. `~/.kaggle/access_token` or `access_token.txt`
3. `KAGGLE_USERNAME` and `KAGGLE_KEY`
4. `~/.kaggle/kaggle.json`

`KAGGLE_CONFIG_DIR` names another folder than `~/.kaggle`; `~/.config/kaggle` is looked into as well. People put one
kind where the other belongs: a token as `KAGGLE_KEY` or in `kaggle.json`, the pair as `KAGGLE_API_TOKEN`; it is told
by its form, not by its place.
"""

from __future__ import annotations

import base64
import json
import os
import re
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

from adce_async.errors import AccountError
from adce_async.scraping.credentials import Credentials

HOW = (
    "create one at https://www.kaggle.com/settings/api (Generate New Token), and set KAGGLE_API_TOKEN to it or save it"
    " as ~/.kaggle/access_token (the older KAGGLE_USERNAME with KAGGLE_KEY, or kaggle.json, go on working)"
)
_BEARER = "KGAT_"
_TOKEN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.~+/=-]{7,}")
_MOST_BYTES = 65_536


def authorization() -> dict[str, str]:
    """The header that says who asks.

    Raises AccountError that says what to do if there is no token, or if others can read the file. (Kaggle's own
    client warns of that only; a service has nobody who would read the warning.)
    """
    empty = ""
    for where, text in _found():
        if token := _clean(text):
            return {"Authorization": _header(token, where)}
        empty = empty or f" ({where} is empty)"
    half = [name for name in ("KAGGLE_USERNAME", "KAGGLE_KEY") if _clean(os.environ.get(name, ""))]
    alone = f" ({half[0]} is set, and without the other one it is none)" if len(half) == 1 else empty
    raise AccountError(f"no Kaggle token{alone}: {HOW}", status=401)


def _found(*, strict: bool = True) -> Iterator[tuple[str, str]]:
    """(where, text) of everything that may be a token, the one that counts first.

    Raises AccountError for a file that can't be used, unless not `strict`.
    """
    said = _clean(os.environ.get("KAGGLE_API_TOKEN", ""))
    folders = list(_folders())
    files = [folder / name for folder in folders for name in ("access_token", "access_token.txt")]
    if said.startswith(("/", "~/")):
        files.insert(0, _expanded(said))
    elif said:
        yield "KAGGLE_API_TOKEN", said
    yield from _held(files, strict)
    name, key = (_clean(os.environ.get(f"KAGGLE_{part}", "")) for part in ("USERNAME", "KEY"))
    if key and (name or key.startswith(_BEARER)):
        yield "KAGGLE_KEY", key if key.startswith(_BEARER) else json.dumps({"username": name, "key": key})
    yield from _held([folder / "kaggle.json" for folder in folders], strict)


def _held(files: Iterable[Path], strict: bool) -> Iterator[tuple[str, str]]:
    for file in files:
        if (text := _read(file, strict)) is not None:
            yield str(file), text


def _folders() -> Iterator[Path]:
    """Where Kaggle's files may be; nowhere for who has no home."""
    if folder := _clean(os.environ.get("KAGGLE_CONFIG_DIR", "")):
        yield _expanded(folder)
        return
    try:
        home = Path.home()
    except RuntimeError:  # neither HOME nor an entry in the list of users
        return
    yield home / ".kaggle"
    yield Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config") / "kaggle"


def _expanded(text: str) -> Path:
    try:
        return Path(text).expanduser()
    except RuntimeError:
        return Path(text)


def _read(path: Path, strict: bool) -> str | None:
    """What is in a file; None if there is none."""
    try:
        mode = path.stat().st_mode
        if strict and os.name == "posix" and mode & (stat.S_IRWXG | stat.S_IRWXO):
            advice = f"run 'chmod 600 {path}', or set KAGGLE_API_TOKEN instead"
            raise AccountError(f"others can read the Kaggle token in {path}: {advice}", status=401)
        with path.open("rb") as file:
            data = file.read(_MOST_BYTES)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        if not strict:
            return None
        text = f"the Kaggle token in {path} can't be read ({error.strerror}): make it a file that this user can read"
        raise AccountError(f"{text}, or remove it; to get a token, {HOW}", status=401) from error
    wide = data[:2] in (b"\xff\xfe", b"\xfe\xff")  # as some shells write what is sent into a file
    return data.decode("utf-16" if wide else "utf-8-sig", "replace")


def _clean(text: str) -> str:
    """Without what env files, editors and shells leave around a value."""
    return text.strip().strip("'\"").strip()


def _header(token: str, where: str) -> str:
    if token.startswith("{"):
        token = _of_json(token, where)
    if token.startswith("Basic "):
        return token
    if not _TOKEN.fullmatch(token):
        raise AccountError(f"what {where} holds is no Kaggle token (expected one word, on one line): {HOW}", status=401)
    return f"Bearer {token}"


def _of_json(text: str, where: str) -> str:
    """The token, or `Basic ...` for a name and a key."""
    try:
        found = json.loads(text)
    except ValueError as error:
        raise AccountError(f"what {where} holds is not JSON, though it begins so: {HOW}", status=401) from error
    name, key = (_clean(value) if isinstance(value := found.get(part), str) else "" for part in ("username", "key"))
    if key.startswith(_BEARER):
        return key
    if not (name and key):
        raise AccountError(f"no 'username' and 'key' in {where}: {HOW}", status=401)
    return "Basic " + base64.b64encode(f"{name}:{key}".encode()).decode()


def _secrets() -> list[str]:
    """Everything that is found, whether it counts or not."""
    return [text for _, found in _found(strict=False) if (text := _clean(found))]


def _problem() -> str:
    try:
        authorization()
    except AccountError as error:
        return error.reason
    return ""


CREDENTIALS = Credentials(_secrets, _problem)
