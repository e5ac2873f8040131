"""Keys of the lake and the patterns that make them; both ways, and nothing dangerous either way.

A key is a relative path of `/`-separated parts. A pattern is a key with `{field}` in it. A field's value
stays within one part: it never holds a `/`, so that `a/{x}/{y}.json` can be read back without guessing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from adce_async.errors import InvalidKeyError

MAX_KEY_BYTES = 900
"""S3 allows 1,024 bytes; the rest is room for a prefix."""
MAX_PART_BYTES = 240
"""File systems allow 255; the rest is room for the ending of a temporary file."""
MAX_SHOWN = 60
"""Characters of a bad value that a message repeats."""

_FIELD = re.compile(r"\{([a-z][a-z0-9_]*)\}")
_UNSAFE_PART = re.compile(r"[\x00-\x1f\x7f\\]")
_UNSAFE_FIELD = re.compile(r"[\x00-\x1f\x7f\\/{}]")


def validate_key(key: str) -> str:
    """`key` itself, if it may be stored. Raises InvalidKeyError that says why not.

    >>> validate_key("espn_box_scores/2024-25/401705066.json")
    'espn_box_scores/2024-25/401705066.json'
    >>> validate_key("../etc/passwd")
    Traceback (most recent call last):
    adce_async.errors.InvalidKeyError: key '../etc/passwd': '..' is not allowed in it
    """
    if not key:
        raise InvalidKeyError("a key is empty")
    if len(key.encode("utf-8", "surrogatepass")) > MAX_KEY_BYTES:
        raise InvalidKeyError(f"key {shown(key)}: longer than {MAX_KEY_BYTES} bytes")
    if _UNSAFE_PART.search(key) or not key.isprintable():
        raise InvalidKeyError(f"key {shown(key)}: control characters and backslashes are not allowed in it")
    if key.startswith("/"):
        raise InvalidKeyError(f"key {shown(key)}: must be relative, without a leading '/'")
    for part in key.split("/"):
        if part in ("", ".", ".."):
            raise InvalidKeyError(f"key {shown(key)}: {part!r} is not allowed in it")
        if len(part.encode()) > MAX_PART_BYTES:
            raise InvalidKeyError(f"key {shown(key)}: a part is longer than {MAX_PART_BYTES} bytes")
    if key.split("/", 1)[0].casefold() == ".adce":  # some file systems don't tell .ADCE from it
        raise InvalidKeyError(f"key {shown(key)}: '.adce/' is the service's own folder")
    return key


def is_valid(key: str) -> bool:
    """True if `validate_key` lets it pass."""
    try:
        validate_key(key)
    except InvalidKeyError:
        return False
    return True


def shown(value: object) -> str:
    r"""`value` for a message, whatever it is: escaped, on one line, cut to a length that can be read.

    >>> shown("a\tb"), shown(None), len(shown("x" * 1_000_000))
    ("'a\\tb'", 'None', 63)
    """
    if isinstance(value, str | bytes):
        value = value[:MAX_SHOWN]
    text = repr(value)
    return text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]}..."


def validate_field(name: str, value: str) -> str:
    """`value` itself, if it may stand in a key or a URL. Raises InvalidKeyError."""
    if not value or value in (".", "..") or _UNSAFE_FIELD.search(value) or not value.isprintable():
        raise InvalidKeyError(
            f"field {name}={shown(value)}: must not be empty, '.', '..' or hold '/', '\\', braces or control characters"
        )
    return value


class PathPattern:
    """A key pattern: `espn_box_scores/{season}/{game_id}.json`.

    >>> p = PathPattern("espn_box_scores/{season}/{game_id}.json")
    >>> p.format({"season": "2024-25", "game_id": "401705066"})
    'espn_box_scores/2024-25/401705066.json'
    >>> p.parse("espn_box_scores/2024-25/401705066.json")
    {'season': '2024-25', 'game_id': '401705066'}
    >>> p.parse("espn_box_scores/readme.txt") is None
    True
    >>> p.prefix
    'espn_box_scores/'
    """

    __slots__ = ("_regex", "_slashes", "fields", "prefix", "text")

    def __init__(self, text: str) -> None:
        """Raises InvalidKeyError if no valid key can come of `text`."""
        bare = _FIELD.sub("x", text)
        if "{" in bare or "}" in bare:
            raise InvalidKeyError(f"pattern {text!r}: fields are written {{name}}, in lower case")
        validate_key(bare)
        self.text = text
        self.fields: tuple[str, ...] = tuple(dict.fromkeys(_FIELD.findall(text)))
        self.prefix = text.split("{", 1)[0].rpartition("/")[0] + "/" if "/" in text.split("{", 1)[0] else ""
        self._slashes = text.count("/")
        seen: set[str] = set()

        def group(match: re.Match[str]) -> str:
            name = match[1]
            if name in seen:
                return f"(?P={name})"
            seen.add(name)
            return f"(?P<{name}>[^/]+?)"

        pieces = re.split(r"(\{[a-z][a-z0-9_]*\})", text)
        self._regex = re.compile("".join(_FIELD.sub(group, p) if p.startswith("{") else re.escape(p) for p in pieces))

    def format(self, fields: Mapping[str, str]) -> str:
        """The key for `fields`. Raises KeyError for a missing field, InvalidKeyError for a bad one."""
        key = self.text.format_map(fields)
        # one look at the whole key instead of one at each field: millions of keys are made in a pass
        if (
            len(key) > 200
            or key.count("/") != self._slashes
            or not key.isascii()
            or not key.isprintable()
            or key.startswith(".")
            or "\\" in key
            or "/." in key
            or "//" in key
            or "{" in key
            or not all(map(fields.__getitem__, self.fields))
        ):
            for name in self.fields:
                validate_field(name, fields[name])
            validate_key(key)
        return key

    def parse(self, key: str) -> dict[str, str] | None:
        """The fields that make `key`, or None if the pattern does not."""
        match = self._regex.fullmatch(key)
        return match.groupdict() if match else None

    def __repr__(self) -> str:
        return f"PathPattern({self.text!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PathPattern) and other.text == self.text

    def __hash__(self) -> int:
        return hash(self.text)
