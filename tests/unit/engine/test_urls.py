from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adce_async.engine import urls
from adce_async.errors import PermanentError

printable = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E, exclude_characters="#"), max_size=30)


@given(printable)
def test_what_can_be_sent_is_sent_as_it_is(rest: str) -> None:
    assert urls.complete(f"https://a.test/{rest}") == f"https://a.test/{rest}"


@given(st.text(max_size=30))
def test_whatever_comes_can_be_put_on_a_request_line(rest: str) -> None:
    url = urls.complete(f"https://a.test/{rest}", {"key": rest})
    assert url.isascii()
    assert url.isprintable()
    assert " " not in url


@pytest.mark.parametrize(
    ("location", "target"),
    [
        ("/b?c", "https://a.test/b?c"),
        ("b", "https://a.test/x/b"),
        ("?q=1", "https://a.test/x/y?q=1"),
        ("//b.test/z", "https://b.test/z"),
        (" https://b.test/%7e ", "https://b.test/%7e"),
        ("", "https://a.test/x/y"),
    ],
)
def test_join(location: str, target: str) -> None:
    assert urls.join("https://a.test/x/y", location) == target


@pytest.mark.parametrize(
    ("url", "mirrored"),
    [
        ("https://a.test", "http://m:1/a.test/"),
        ("https://a.test/", "http://m:1/a.test/"),
        ("https://a.test/b%2F?c=%20+", "http://m:1/a.test/b%2F?c=%20+"),
        ("https://a.test:8443?c", "http://m:1/a.test:8443/?c"),
    ],
)
def test_on_wire(url: str, mirrored: str) -> None:
    assert urls.on_wire(url, "http://m:1/") == mirrored
    assert urls.on_wire(url, None) == url


def test_a_host_may_be_listed_with_its_port() -> None:
    hosts = {"a.test", "127.0.0.1:8000"}
    assert urls.check_host("https://A.test:8443/", hosts, "a") == "a.test"
    assert urls.check_host("http://127.0.0.1:8000/x", hosts, "a") == "127.0.0.1"
    with pytest.raises(PermanentError, match=r"127\.0\.0\.1 is not a host of a, which has 127\.0\.0\.1:8000, a\.test"):
        urls.check_host("http://127.0.0.1:8001/", hosts, "a")
    with pytest.raises(PermanentError, match="which has none"):
        urls.check_host("http://127.0.0.1:8001/", set(), "a")


@pytest.mark.parametrize(
    "url", ["https:///x", "https://", "a.test/x", "https://a.test:x/", "https://[::1", "https://a:0/"]
)
def test_what_is_no_url(url: str) -> None:
    with pytest.raises(PermanentError):
        urls.split(url)
