"""Discoveries on their way into a database and back."""

from __future__ import annotations

import pytest

from adce_async.adapters.discovery_rows import decode_discovery, encode_discovery
from adce_async.model.coverage import Discovery, Item, ItemState

GAMES = Discovery((Item({"id": "1"}, ItemState.LIVE, scored=True, starts=5.5), Item({"id": "2"}, ItemState.FINAL)))


@pytest.mark.parametrize("found", [Discovery(), GAMES, Discovery((), 7.5, ("a",))])
def test_it_comes_back_as_it_was(found: Discovery) -> None:
    assert decode_discovery("ant/1", encode_discovery(found)) == found


@pytest.mark.parametrize("text", [b"", b"{}", b"[[1]]", b'[["final", 7]]', b"null"])
def test_what_cant_be_read_is_not_remembered(text: bytes) -> None:
    assert decode_discovery("ant/1", text) is None
