"""Keys are those of the field's indexers: else replay finds nothing."""

from __future__ import annotations

import json
import random
import subprocess

import pytest

from archive.export.urlkey import urlkey
from tests.side import side_python

SESSION = "0123456789ABCDEF0123456789abcdef"
FOLDER = "abcdefghijklmnopqrstuvwx"
# What the indexers' library gives.
KEYS = {
    "http://www.Example.com:8080/A?b=2&a=1": "com,example:8080)/a?a=1&b=2",
    "https://example.com:443/": "com,example)/",
    "http://example.com:443/": "com,example:443)/",
    "http://example.com": "com,example)/",
    "http://example.com/a/": "com,example)/a",
    "http://example.com/a//b/./c/../d": "com,example)/a/b/d",
    "http://127.0.0.1:8101/x": "1,0,0,127:8101)/x",
    "http://16843009/": "1,1,1,1)/",
    "http://0177.0.0.1/": "1,0,0,127)/",
    "http://www2.foo.de/": "de,foo)/",
    "http://www.com/": "com)/",
    "http://user:pw@foo.de:80/a": "de,foo)/a",
    "http://foo.de.:80/": "de,foo)/",
    "http://[::1]:81/x": "::1:81)/x",
    "http://ü.de/ä?ö": "de,xn--tda)/%c3%a4?%c3%b6",
    "http://foo.de/%C3%84": "de,foo)/%c3%84",
    "http://foo.de/%2525": "de,foo)/%25",
    "http://foo.de/a%2Fb": "de,foo)/a/b",
    "http://foo.de/a b?c d": "de,foo)/a%20b?c%20d",
    "http://foo.de/?utm_source=x&b": "de,foo)/?b&utm_source=x",
    "http://foo.de/?a-b=1&a=1": "de,foo)/?a=1&a-b=1",
    "http://foo.de/?": "de,foo)/",
    "http://foo.de/?&": "de,foo)/?&",
    "http://foo.de/#top": "de,foo)/",
    f"http://foo.de/?jsessionid={SESSION}&a=1": "de,foo)/?a=1",
    f"http://foo.de/?a=1&PHPSESSID={SESSION}": "de,foo)/?&a=1",
    "http://foo.de/?cfid=1&cftoken=2&x=3": "de,foo)/?x=3",
    f"http://foo.de/(S({FOLDER}))/seite.aspx": "de,foo)/seite.aspx",
    "http://foo.de/\na\tb": "de,foo)/ab",
    "ftp://x.y/A//b/": "y,x)/a/b",
    "urn:uuid:ABC Def": "urn:uuid:abc%20def",
    "dns:Example.com": "dns:example.com",
    "http://http://foo.de/": "de,foo)/",
    "foo.de/x": "de,foo)/x",
    "": "-",
}


@pytest.mark.parametrize(("url", "key"), KEYS.items())
def test_the_key_of_a_url(url: str, key: str) -> None:
    assert urlkey(url) == key


@pytest.mark.parametrize(
    "url",
    [
        "http://foo.de:99999/ä b",
        "http://foo.de:ab/",
        "http://[",
        "http://",
        "\udcff:\udcff",
        "http://\udcff/",
    ],
)
def test_what_is_no_url_has_a_key_without_blanks(url: str) -> None:
    assert urlkey(url).isascii()
    assert not set(urlkey(url)) & set(" \r\n\t")


def _made(number: int) -> list[str]:
    """URLs of odd parts; hosts are none that anybody would look up."""
    dice = random.Random(20260301)
    hosts = [
        "example.com",
        "WWW.Example.com",
        "127.0.0.1:8101",
        "a.b:443",
        "u:p@x.de",
        "ü.de",
        "..a..b..",
        "x.de:",
    ]
    parts = [
        "a",
        "B",
        "/",
        "//",
        ".",
        "..",
        "/./",
        "%",
        "%20",
        "%2F",
        "%23",
        "%3F",
        "%2525",
        "ä",
        " ",
        "+",
        "&",
    ]
    parts += [
        "=",
        "?",
        "#",
        ";",
        "b=2",
        "a=1",
        "a-b=1",
        "€",
        "\t",
        ":",
        "@",
        "~",
        "'",
        "|",
        "sid=",
        "jsessionid=",
    ]
    parts += [
        SESSION,
        f"(S({FOLDER}))/",
        "x.aspx",
        "utm_source=x",
        "PHPSESSID=",
        "cfid=1&cftoken=2",
        "\\",
        "[",
    ]
    return [
        dice.choice(["http://", "https://"])
        + dice.choice(hosts)
        + "/"
        + "".join(dice.choices(parts, k=dice.randrange(9)))
        for _ in range(number)
    ]


def test_keys_are_those_of_the_indexers_library() -> None:
    urls = _made(4_000)
    code = "import json, sys, surt; print(json.dumps([surt.surt(url) for url in json.load(sys.stdin)]))"
    ran = subprocess.run(
        [side_python(), "-I", "-c", code], input=json.dumps(urls), capture_output=True, text=True, timeout=60
    )
    assert ran.returncode == 0, ran.stderr
    assert [(url, urlkey(url)) for url in urls] == list(zip(urls, json.loads(ran.stdout), strict=True))
