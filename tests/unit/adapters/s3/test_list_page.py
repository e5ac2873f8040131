"""A page is read whole or refused: what is broken must never look like a smaller lake."""

from __future__ import annotations

from xml.sax.saxutils import escape

import pytest

from adce_async.adapters.s3.list_page import BrokenPageError, Page, read_page

AWS = ' xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'


def content(key: str, *, size: str = "5", etag: str = '"e1"', at: str = "2025-01-15T12:00:00.000Z") -> str:
    tagged = f"<ETag>{escape(etag)}</ETag>"
    return f"<Contents><Key>{escape(key)}</Key><LastModified>{at}</LastModified>{tagged}<Size>{size}</Size></Contents>"


def page(*contents: str, more: str = "false", head: str = "", space: str = AWS) -> bytes:
    text = f"<ListBucketResult{space}><Name>lake</Name>{head}<IsTruncated>{more}</IsTruncated>{''.join(contents)}"
    return f'<?xml version="1.0" encoding="UTF-8"?>{text}</ListBucketResult>'.encode()


@pytest.mark.parametrize("space", ["", AWS])
def test_a_page(space: str) -> None:
    found = read_page(
        page(
            content("a&<b", etag="&quot;".replace("&quot;", '"') + 'x-2"'),
            content("ü", size="0"),
            more="true",
            space=space,
        )
    )
    assert found == Page(["a&<b", "ü"], [5, 0], ["x-2", "e1"], [1736942400.0, 1736942400.0], more=True)
    assert len(found) == 2


def test_an_empty_bucket() -> None:
    assert read_page(page(head="<KeyCount>0</KeyCount>")) == Page()


def test_keys_are_decoded_where_the_page_says_that_they_are_encoded() -> None:
    assert read_page(page(content("a+b%2Bc%20d"), head="<EncodingType>url</EncodingType>")).keys == ["a b+c d"]
    assert read_page(page(content("a+b%2Bc%20d"))).keys == ["a+b%2Bc%20d"]


def test_what_comes_after_a_key() -> None:
    found = read_page(page(*map(content, "abcd"), more="true"))
    assert found.after("") is found
    assert found.after("b") == Page(["c", "d"], [5, 5], ["e1", "e1"], [1736942400.0] * 2, more=True)
    assert found.after("bb").keys == ["c", "d"]
    assert found.after("d") == Page(more=True)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "broken"),
        (b"no XML", "broken"),
        (page(content("a"))[:-10], "broken"),
        (b"<Error><Code>InternalError</Code></Error>", "<Error> instead of"),
        (b"<ListBucketResult/>", "IsTruncated is missing"),
        (page(more="perhaps"), "IsTruncated is 'perhaps'"),
        (page(content("a"), head="<KeyCount>2</KeyCount>"), "1 keys instead of 2"),
        (page(content("a"), head="<KeyCount>many</KeyCount>"), "many"),
        (page(content("b"), content("a")), "not in order"),
        (page(content("a"), content("a")), "not in order"),
        (page(content("a", size="")), "broken"),
        (page(content("a", size="x")), "broken"),
        (page(content("a", at="yesterday")), "yesterday"),
        (page(content("a", at="2025-01-15T12:00:00")), "LastModified"),
        (page("<Contents><Size>1</Size></Contents>"), "no key"),
    ],
)
def test_what_is_no_whole_page_is_refused(body: bytes, said: str) -> None:
    with pytest.raises(BrokenPageError, match=said):
        read_page(body)


def test_common_prefixes_count_as_keys_do() -> None:
    assert (
        len(
            read_page(
                page(
                    content("a"), "<CommonPrefixes><Prefix>b/</Prefix></CommonPrefixes>", head="<KeyCount>2</KeyCount>"
                )
            )
        )
        == 1
    )
