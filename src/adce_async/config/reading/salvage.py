"""What can still be read of a file that is no YAML as a whole: each of its sections that is by itself."""

from __future__ import annotations

import re
from pathlib import Path

from adce_async.config.reading.documents import decoded, parse_layer, read_layer
from adce_async.config.reading.layers import Layer
from adce_async.errors import Problem

_BEGIN = re.compile(r"^(?=[^\s#\-\[\]{}])", re.MULTILINE)
"""Before each line that is not indented and no comment, list item or end of something: there a section begins."""


def read_sections(path: Path) -> tuple[Layer | None, list[Problem]]:
    """As `documents.read_layer`, with the sections that can be read where the file as a whole can't; the problems stay.

    For who must not act by a broken file, but has to find a service that was started when it was whole.
    """
    layer, problems = read_layer(path)
    if layer is None or layer.data or not problems or not path.is_file():
        return layer, problems
    try:
        text = decoded(path.read_bytes())
    except (OSError, UnicodeDecodeError):
        return layer, problems
    kept = "".join(_kept(str(path), section) for section in _BEGIN.split(text))
    return parse_layer(str(path), kept)[0], problems


def _kept(name: str, section: str) -> str:
    """The section, or as many empty lines, so that all others keep their numbers."""
    layer, problems = parse_layer(name, section)
    return section if layer.data and not problems else "\n" * section.count("\n")
