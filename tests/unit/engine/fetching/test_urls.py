from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adce_async.engine.fetching import urls
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


@given(
    st.sampled_from(["https", "http"]),
    st.sampled_from(["a.test", "a-b.test", "127.0.0.1", "A.test", "localhost", "[::1]", "me@a.test", "me:x@a.test"]),
    st.sampled_from(["", ":1", ":80", ":9000", ":65535", ":65536", ":99999", ":0", ":01", ":x"]),
    st.sampled_from(["", "/", "/a/b%2F", "/é", "/a b", "//x"]),
    st.sampled_from(["", "?", "?a=1&b=%20", "?a?b", "?é"]),
)
def test_the_quick_way_agrees_with_the_standard_one(scheme: str, host: str, port: str, path: str, query: str) -> None:
    url = f"{scheme}://{host}{port}{path}{query}"
    try:
        standard = urlsplit(url)
        expected = (standard.scheme, standard.netloc, standard.hostname, standard.port, standard.path, standard.query)
        good = standard.port != 0
    except ValueError:
        good = False
    if not good:
        with pytest.raises(PermanentError):
            urls.split(url)
        return
    parts = urls.split(url)
    assert (parts.scheme, parts.netloc, parts.host, parts.port, parts.path, parts.query) == expected
    assert parts.has_login == ("@" in host)
