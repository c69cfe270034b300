"""A URL that the worker could not fetch would take every ISP down, so it is refused before it is saved."""

import pytest
from pydantic import TypeAdapter, ValidationError

from app.model.check import HttpCheck
from app.model.complaints import field_errors


@pytest.mark.parametrize(
    "url",
    [
        "http://10.0.0.3",
        "https://example.com:8443/generate_204?a=b#c",
        "http://xn--bcher-kva.example/",
        "http://bücher.example/",
        "http://a_b.example./",
    ],
)
def test_a_url_that_can_be_fetched_stays_as_it_is(url: str) -> None:
    assert TypeAdapter(HttpCheck).validate_python({"url": url}).url == url


@pytest.mark.parametrize(
    ("url", "words"),
    [
        (f"http://{'x' * 300}/", "xxxx… is neither the name nor the IPv4 address of a server"),
        (f"http://{'x' * 64}.example/", "neither the name"),
        ("http:///path", "nothing is neither the name"),
        ("http://:80/", "neither the name"),
        ("http://-a.example/", "neither the name"),
        ("http://10.0.0.300/", "neither the name"),
        ("http://127.0.0.1/", "neither the name"),
        ("http://a..b/", "neither the name"),
        ("http://a.example:99999/", "a number from 1 to 65535"),
        ("http://a.example:0/", "a number from 1 to 65535"),
        ("http://a.example:http/", "a number from 1 to 65535"),
        ("http://[::1]/", "IPv6 is not probed yet"),
        ("http://[::1/", "must be a URL like"),
        ("http://user:secret@a.example/", "must not contain a user name or password"),
        ("http://@a.example/", "must not contain a user name"),
        ("http://a.example/\x1b[31m", "must be a URL like"),
        ("http://a b/", "must be a URL like"),
        ("ftp://a.example/", "must be a URL like"),
        ("a.example", "must be a URL like"),
        (f"http://a.example/{'x' * 2048}", "at most 2048 characters"),
    ],
)
def test_a_url_that_cannot_be_fetched_is_refused_with_a_sentence(url: str, words: str) -> None:
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(HttpCheck).validate_python({"url": url})
    (error,) = field_errors(caught.value).errors
    assert error.field == "url"
    assert words in error.message
    assert "secret" not in error.message
